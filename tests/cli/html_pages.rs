//! The page that `run --html` writes, as a file. What a browser makes of it is tested in `tests/external`.

use super::program::{MIXED, Place, failing};

#[test]
fn a_page_has_the_same_bytes_with_any_number_of_threads_and_beside_other_files() {
    let place = Place::with(&failing("0.3", ""));
    place.run(&["run", "s.toml", "--replications", "70", "--threads", "1", "--html", "one.html"]).exits(0);
    let ran = place.run(&[
        "run",
        "s.toml",
        "--replications",
        "70",
        "--threads",
        "4",
        "--html",
        "two.html",
        "-o",
        "out",
    ]);
    ran.exits(0).complains(&["written to two.html", "written to out"]);
    let page = place.read("one.html");
    assert_eq!(page, place.read("two.html"));
    assert_eq!(place.list("."), ["one.html", "out", "s.toml", "two.html"]);
    // Fleet, in flight, makespan, blast radius, latencies.
    assert_eq!(page.matches("<svg role=\"img\"").count(), 5);
    assert_eq!(page.matches("<details>").count(), 5);
    assert!(!page.contains("http://") && !page.contains("https://") && !page.contains("<script"));
}

/// The makespans of the table behind a picture are those of all replications.
#[test]
fn the_numbers_behind_a_picture_add_up() {
    let place = Place::with(&failing("0.3", ""));
    place.run(&["run", "s.toml", "--replications", "70", "--html", "page.html"]).exits(0);
    let page = place.read("page.html");
    let (_, picture) = page.split_once("<strong>Makespan over replications</strong>").unwrap();
    let (_, body) = picture.split_once("<tbody>").unwrap();
    let (body, _) = body.split_once("</tbody>").unwrap();
    let cells = body.split("<td>").skip(1).map(|cell| cell.split('<').next().unwrap());
    assert_eq!(cells.map(|count| count.parse::<u32>().unwrap()).sum::<u32>(), 70);
}

#[test]
fn only_a_page_of_our_own_is_replaced() {
    let place = Place::with(MIXED);
    place.run(&["run", "s.toml", "--html", "page.html"]).exits(0);
    let first = place.read("page.html");
    place.run(&["run", "s.toml", "--seed", "2", "--html", "page.html"]).exits(0);
    assert_ne!(place.read("page.html"), first);
    std::fs::create_dir(place.path("dir")).unwrap();
    for (file, said) in [
        ("s.toml", "s.toml is there already and is no report of fleetsim; nothing was overwritten"),
        (".", ". is no name for a file"),
        ("dir", "dir cannot be written"),
        ("nowhere/page.html", "cannot write nowhere/page.html"),
        ("..", ".. is no name for a file"),
    ] {
        place.run(&["run", "s.toml", "--html", file]).exits(2).complains(&[said]);
    }
    assert_eq!((place.read("s.toml"), place.list(".").len()), (MIXED.to_string(), 3));
}

//! The directory that a run writes: all of it or nothing, and nothing of anybody else's.

use std::{fs, process::Stdio};

use super::program::{MIXED, Place, failing, list};

const FILES: [&str; 12] = [
    "delivery.hgrm",
    "execution.hgrm",
    "invocations.csv",
    "latencies.hlog",
    "metrics.csv",
    "plan.json",
    "replications.csv",
    "run.json",
    "sojourn.hgrm",
    "summary.json",
    "timeline.csv",
    "wait.hgrm",
];

#[test]
fn every_file_is_there_and_nothing_without_out() {
    let place = Place::with(MIXED);
    place.run(&["run", "s.toml"]).exits(0);
    assert_eq!(place.list("."), ["s.toml"]);
    place.run(&["run", "s.toml", "-o", "out"]).exits(0).complains(&["written to out"]);
    assert_eq!(place.list("out"), FILES);
    place.run(&["run", "s.toml", "--replications", "3", "--history", "--out", "deep/er"]).exits(0);
    let mut with_history = [&FILES[..], &["history.jsonl"]].concat();
    with_history.sort_unstable();
    assert_eq!(place.list("deep/er"), with_history);
    assert_eq!((place.list("."), place.list("deep")), (names(&["deep", "out", "s.toml"]), names(&["er"])));
}

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(ToString::to_string).collect()
}

#[test]
fn auto_names_the_directory_by_name_and_digest() {
    let place = Place::with(MIXED);
    let json = place.run(&["run", "s.toml", "--out", "auto", "--format", "json"]).exits(0).json();
    let name = format!("mixed-{}", json["digest"].as_str().unwrap());
    assert_eq!(place.list("results/runs"), [name.as_str()]);
    assert_eq!(place.list(&format!("results/runs/{name}")), FILES);
    place.run(&["run", "s.toml", "--out", "auto"]).exits(2).complains(&["is there already"]);
    place.run(&["run", "s.toml", "--out", "auto", "--force"]).exits(0);
    assert_eq!(place.list("results/runs"), [name]);
}

#[test]
fn nothing_is_overwritten_unless_forced() {
    let place = Place::with(MIXED);
    place.run(&["run", "s.toml", "-o", "out"]).exits(0);
    let before = place.read("out/run.json");
    place
        .run(&["run", "s.toml", "-o", "out", "--seed", "2"])
        .exits(2)
        .complains(&["out is there already", "--force"]);
    assert_eq!(place.read("out/run.json"), before);
    place.run(&["run", "s.toml", "-o", "out", "--seed", "2", "--force", "--history"]).exits(0);
    assert_eq!(place.json("out/run.json")["seed"], 2);
    place.run(&["run", "s.toml", "-o", "out", "--force"]).exits(0);
    assert_eq!(place.list("out"), FILES);
    fs::create_dir(place.path("empty")).unwrap();
    place.run(&["run", "s.toml", "-o", "empty"]).exits(0);
}

#[test]
fn force_replaces_runs_only() {
    let place = Place::with(MIXED);
    fs::create_dir(place.path("notes")).unwrap();
    place.write("notes/thesis.txt", "years");
    place.run(&["run", "s.toml", "-o", "mine"]).exits(0);
    place.write("mine/thesis.txt", "years");
    place.run(&["run", "s.toml", "-o", "nested"]).exits(0);
    fs::create_dir(place.path("nested/more")).unwrap();
    let before = place.list("mine");
    for directory in ["notes", "mine", "nested"] {
        let ran = place.run(&["run", "s.toml", "-o", directory, "--force"]).exits(2);
        ran.complains(&["holds something other than a run"]);
    }
    assert_eq!((place.list("mine"), place.read("notes/thesis.txt")), (before, "years".into()));
}

#[test]
fn a_failure_leaves_nothing_behind() {
    let place = Place::with(MIXED);
    place.write("bad.toml", "version = 2");
    place.write("file", "");
    for (scenario, out, said) in [
        ("bad.toml", "out", "error: "),
        ("s.toml", "file", "cannot use file"),
        ("s.toml", "file/out", "file"),
        ("s.toml", "..", "is there already"),
        ("s.toml", "", "no name for a directory"),
    ] {
        place.run(&["run", scenario, "-o", out]).exits(2).complains(&[said]);
        assert_eq!(place.list("."), ["bad.toml", "file", "s.toml"], "{out}");
    }
}

#[cfg(unix)]
#[test]
fn a_full_disk_leaves_nothing_behind() {
    let place = Place::with(MIXED);
    // A limit on the size of files, whose signal is ignored, fails writes as a full disk does.
    let ran = place.shell("trap '' XFSZ; ulimit -f 1; fleetsim run s.toml -o out --history").exits(2);
    ran.complains(&["error: cannot write ", "out"]);
    assert_eq!(place.list("."), ["s.toml"]);
}

#[cfg(target_os = "linux")]
#[test]
fn standard_output_that_takes_nothing_is_2() {
    let place = Place::with(&failing("0", ""));
    for arguments in
        [&["run", "s.toml"][..], &["explain", "s.toml"], &["schema"], &["man"], &["completions", "bash"]]
    {
        let full = fs::File::options().write(true).open("/dev/full").unwrap();
        let output = place.command(arguments).stdout(full).stderr(Stdio::piped()).output().unwrap();
        let ran = super::program::Ran::of(output).exits(2);
        ran.complains(&["error: cannot write to standard output: No space left"]);
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let output = place.command(arguments).stdout(writer).stderr(Stdio::piped()).output().unwrap();
        super::program::Ran::of(output)
            .exits(2)
            .complains(&["error: cannot write to standard output: Broken pipe"]);
    }
}

#[test]
fn two_runs_differ_in_run_json_alone() {
    let place = Place::with(MIXED);
    for (out, threads) in [("one", "1"), ("two", "4")] {
        let arguments =
            ["run", "s.toml", "--replications", "70", "--history", "-o", out, "--threads", threads];
        place.run(&arguments).exits(0);
    }
    for name in list(&place.path("one")) {
        let same = place.read(&format!("one/{name}")) == place.read(&format!("two/{name}"));
        assert_eq!(same, name != "run.json", "{name}");
    }
}

#[test]
fn run_json_says_what_made_the_result() {
    let place = Place::with(MIXED);
    place.run(&["run", "s.toml", "--seed", "9", "--threads", "2", "-o", "out"]).exits(0);
    let (run, summary) = (place.json("out/run.json"), place.json("out/summary.json"));
    let command: Vec<_> =
        run["command"].as_array().unwrap().iter().map(|one| one.as_str().unwrap()).collect();
    assert_eq!(command[1..], ["run", "s.toml", "--seed", "9", "--threads", "2", "-o", "out"]);
    assert_eq!(run["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!((&run["threads"], &run["seed"]), (&2.into(), &9.into()));
    for field in ["scenario", "plan", "seed", "replications", "digest"] {
        assert_eq!(run[field], summary[field], "{field}");
    }
    assert!(run["wall_seconds"].as_f64().is_some_and(|seconds| seconds >= 0.0));
    assert!(run["began"].as_str().is_some_and(|text| text.ends_with('Z')));
    for field in ["os", "architecture", "processors", "processor"] {
        assert!(run["machine"].get(field).is_some(), "{field}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_path_that_is_not_utf_8_is_a_path() {
    use std::os::unix::ffi::OsStrExt;
    let place = Place::with(MIXED);
    let name = std::ffi::OsStr::from_bytes(b"caf\xe9.toml");
    fs::copy(place.path("s.toml"), place.path("").join(name)).unwrap();
    let output = place.command(&["run", "-o", "out"]).arg(name).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
}

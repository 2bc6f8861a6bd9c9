//! The pages that `--html` writes, in a real Chromium without a window.

use std::{fs, net::TcpListener, path::PathBuf, process::Command, thread};

use serde_json::Value;
use tempfile::TempDir;

use super::{ROOT, asked_for, succeed};

/// A place with pages, and a Chromium that looks at them.
struct Place(TempDir);

/// What Chromium says of a page.
struct Seen {
    seen: Value,
    /// What the page wrote to the console.
    console: Vec<String>,
    /// Addresses outside this machine's files that it asked for.
    requests: Vec<String>,
}

impl Place {
    fn new() -> Self {
        let place = Self(TempDir::new().unwrap());
        fs::copy(format!("{ROOT}/tests/external/look.html"), place.path("look.html")).unwrap();
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Looks at a page, in a window as wide as a phone's.
    fn look(&self, page: &str, dark: bool) -> Seen {
        let log = self.path("net.json");
        // A Chromium that waits for ever would stop the gate without a word.
        let mut chromium = Command::new("timeout");
        chromium.args(["120", "chromium"]);
        chromium.args(["--headless=new", "--no-sandbox", "--disable-gpu", "--allow-file-access-from-files"]);
        chromium.args(["--disable-background-networking", "--disable-component-update", "--no-first-run"]);
        chromium.args(["--disable-sync", "--disable-default-apps", "--enable-logging=stderr"]);
        chromium.args(["--virtual-time-budget=5000", "--dump-dom"]);
        // Blink's own number of the theme.
        chromium.arg(format!("--blink-settings=preferredColorScheme={}", if dark { 0 } else { 1 }));
        chromium.arg(format!("--log-net-log={}", log.display()));
        chromium.arg(format!("--user-data-dir={}", self.path("profile").display()));
        chromium.arg(format!("file://{}?{page}", self.path("look.html").display()));
        let output = succeed(&mut chromium);
        let (dom, said) =
            (String::from_utf8(output.stdout).unwrap(), String::from_utf8_lossy(&output.stderr));
        let (_, seen) = dom.split_once("<pre id=\"seen\">").expect("the looking page");
        let (seen, _) = seen.split_once("</pre>").unwrap();
        let seen = seen.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
        Seen {
            seen: serde_json::from_str(&seen).unwrap_or_else(|error| panic!("{error}: {seen}\n{said}")),
            console: said.lines().filter(|line| line.contains("CONSOLE")).map(String::from).collect(),
            requests: requests(&fs::read_to_string(log).unwrap()),
        }
    }

    fn run(&self, arguments: &[&str]) {
        let mut program = Command::new(env!("CARGO_BIN_EXE_fleetsim"));
        program.args(arguments).current_dir(self.0.path());
        let code = program.output().unwrap().status.code();
        assert!(matches!(code, Some(0 | 1)), "{arguments:?}: {code:?}");
    }
}

/// Addresses that a page asked for, but files, by Chromium's own log of its network: one event a line. What Chromium asks
/// for by itself has no origin.
fn requests(log: &str) -> Vec<String> {
    let events =
        log.lines().filter_map(|line| serde_json::from_str::<Value>(line.trim_end_matches(',')).ok());
    let of_page = events.filter_map(|event| {
        let (url, initiator) = (event["params"]["url"].as_str()?, event["params"]["initiator"].as_str()?);
        let own = ["file:", "data:"].iter().any(|scheme| url.starts_with(scheme));
        (initiator != "not an origin" && !own).then(|| url.to_string())
    });
    of_page.collect()
}

#[track_caller]
fn assert_whole(seen: &Seen, pictures: usize) {
    assert_eq!((&seen.console[..], &seen.requests[..]), (&[][..], &[][..]));
    let page = &seen.seen;
    assert_eq!((page["active"].as_u64(), page["overflows"].as_bool()), (Some(0), Some(false)), "{page:#}");
    let all = page["pictures"].as_array().unwrap();
    assert!(all.len() >= pictures, "{} pictures", all.len());
    for picture in all {
        let (width, height) = (picture["box"][0].as_f64().unwrap(), picture["box"][1].as_f64().unwrap());
        assert!(width > 250.0 && width < 390.0 && height > 150.0, "{picture}");
        assert!(
            picture["shapes"].as_u64().unwrap() > 1 && picture["rows"].as_u64().unwrap() > 1,
            "{picture}"
        );
        assert_eq!(picture["role"], "img");
        let named = picture["named"].as_array().unwrap();
        assert!(named.len() == 2 && named.iter().all(|text| text.as_str().unwrap().len() > 8), "{picture}");
    }
}

#[test]
fn the_page_of_a_run_is_whole_on_a_phone_in_light_and_dark() {
    if !asked_for() {
        return;
    }
    let place = Place::new();
    let scenario = format!("{ROOT}/scenarios/notification-storm.toml");
    place.run(&["run", &scenario, "--replications", "20", "--html", "page.html"]);
    let light = place.look("page.html", false);
    // Fleet, in flight, believed, wrong, makespan, blast radius, latencies of invocations and of notifications.
    assert_whole(&light, 8);
    assert_eq!(
        (&light.seen["paper"], &light.seen["letters"]),
        (&"rgb(255, 255, 255)".into(), &"rgb(36, 43, 51)".into())
    );
    let dark = place.look("page.html", true);
    assert_whole(&dark, 8);
    assert_eq!(
        (&dark.seen["paper"], &dark.seen["letters"]),
        (&"rgb(26, 31, 37)".into(), &"rgb(227, 231, 235)".into())
    );
}

/// The pages of a plan and of a comparison are made like that of a run.
#[test]
fn the_pages_of_a_plan_and_of_a_comparison_are_whole() {
    if !asked_for() {
        return;
    }
    let place = Place::new();
    let scenario = |name: &str| format!("{ROOT}/scenarios/{name}.toml");
    place.run(&["plan", &scenario("plan-rollout"), "--html", "plan.html"]);
    assert_whole(&place.look("plan.html", false), 2);
    let changed = fs::read_to_string(scenario("bad-release")).unwrap();
    let changed = changed.replace("MaxErrors = \"10\"", "MaxErrors = \"20\"");
    fs::write(place.path("changed.toml"), changed).unwrap();
    place.run(&[
        "compare",
        &scenario("bad-release"),
        "changed.toml",
        "--replications",
        "20",
        "--html",
        "two.html",
    ]);
    assert_whole(&place.look("two.html", true), 1);
}

/// Nothing that a scenario says is run or asked for. Somebody listens at the address that its names lead to.
#[test]
fn a_hostile_name_stays_text() {
    if !asked_for() {
        return;
    }
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let name = format!(
        "</title></style><script>console.error('{address}')</script><img src={address}/x onerror=alert(1)>\"'&amp;"
    );
    let scenario = serde_json::json!({
        "version": 1, "name": name, "description": name,
        "group": [{ "name": "web", "count": 50, "tags": { "Role": "x" }, "execution": "10s", "delivery": "1s" }],
        "command": [{ "request": {
            "DocumentName": "AWS-RunShellScript",
            "Targets": [{ "Key": "tag:Role", "Values": ["x"] }],
            "Parameters": { "commands": ["true"] },
        } }],
    });
    let place = Place::new();
    fs::write(place.path("s.json"), scenario.to_string()).unwrap();
    place.run(&["run", "s.json", "--html", "page.html"]);
    let seen = place.look("page.html", false);
    assert_whole(&seen, 3);
    assert_eq!(seen.seen["heading"], name);
    assert!(listener.accept().is_err(), "somebody called");
}

/// What the tests above look for is found where it is.
#[test]
fn a_page_that_runs_and_asks_is_found_out() {
    if !asked_for() {
        return;
    }
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/x", listener.local_addr().unwrap());
    // Hangs up on whoever calls: the page is not whole before its image is there or has failed.
    thread::spawn(move || listener.incoming().for_each(drop));
    let place = Place::new();
    let page = format!("<!doctype html><h1>x</h1><img src={address}><script>console.error('said')</script>");
    fs::write(place.path("page.html"), page).unwrap();
    let seen = place.look("page.html", false);
    assert!(seen.console.iter().any(|line| line.contains("said")), "{:?}", seen.console);
    assert!(seen.requests.contains(&address), "{:?}", seen.requests);
    assert_eq!(seen.seen["active"], 2);
}

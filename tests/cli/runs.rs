//! What a run prints, and what it does not depend on.

use serde_json::Value;

use super::program::{MIXED, Place, failing};

#[test]
fn three_formats_of_one_run() {
    let place = Place::with(MIXED);
    let json = place.run(&["run", "s.toml", "--format", "json"]).exits(0).json();
    let digest = json["digest"].as_str().unwrap();
    let text = place.run(&["run", "s.toml"]).exits(0).out;
    let markdown = place.run(&["run", "s.toml", "--format", "markdown"]).exits(0).out;
    assert!(text.ends_with(&format!("digest {digest}\n")), "{text}");
    assert!(markdown.starts_with("# mixed\n") && markdown.contains(digest), "{markdown}");
    assert!(!text.contains('\u{1b}') && !markdown.contains('\u{1b}'));
    let width = text.lines().map(|line| line.chars().count()).max();
    assert!(width <= Some(110), "{width:?}");
}

#[test]
fn threads_change_no_byte_and_progress_stays_off_a_file() {
    let place = Place::with(MIXED);
    for many in [&["--replications", "1"][..], &["--replications", "200"], &["--replication", "130"]] {
        for format in ["text", "json", "markdown"] {
            let ran = |threads| {
                let arguments = [&["run", "s.toml", "--format", format, "--threads", threads], many].concat();
                let ran = place.run(&arguments).exits(0);
                assert_eq!(ran.err, "");
                ran.out
            };
            let one = ran("1");
            assert_eq!(one, ran("2"), "{many:?}");
            assert_eq!(one, ran("4"), "{many:?}");
        }
    }
}

#[test]
fn the_seed_is_the_root_of_all_luck() {
    let place = Place::with(MIXED);
    let digest = |more: &[&str]| {
        let arguments = [&["run", "s.toml", "--format", "json"], more].concat();
        place.run(&arguments).exits(0).json()["digest"].clone()
    };
    assert_eq!(digest(&[]), digest(&["--seed", "1"]));
    assert_ne!(digest(&[]), digest(&["--seed", "2"]));
    assert_eq!(digest(&["--replications", "1"]), digest(&["--replication", "0"]));
    place.write("s.toml", MIXED.replace("version = 1", "version = 1\nseed = 2"));
    assert_eq!(digest(&[]), digest(&["--seed", "2"]));
}

#[test]
fn one_replication_alone_is_the_one_among_many() {
    let place = Place::with(MIXED);
    place.run(&["run", "s.toml", "--replications", "70", "-o", "all"]).exits(0);
    let all = place.csv("all/replications.csv");
    for index in [0, 1, 64, 69] {
        let (out, index) = (format!("one-{index}"), index.to_string());
        place.run(&["run", "s.toml", "--replication", &index, "-o", &out]).exits(0);
        let one = place.csv(&format!("{out}/replications.csv"));
        assert_eq!(one, [all[index.parse::<usize>().unwrap()].clone()]);
        assert_eq!(place.json(&format!("{out}/summary.json"))["first_replication"].to_string(), index);
    }
}

#[test]
fn json_and_toml_are_the_same_scenario() {
    let place = Place::with(MIXED);
    let value: Value = toml::from_str(MIXED).unwrap();
    place.write("s.json", serde_json::to_string_pretty(&value).unwrap());
    let summary = |name| place.run(&["run", name, "--format", "json"]).exits(0).json();
    assert_eq!(summary("s.toml"), summary("s.json"));
}

#[test]
fn the_checks_change_neither_digest_nor_measures() {
    let place = Place::with(MIXED);
    let summary = |which| {
        let arguments = ["run", "s.toml", "--format", "json", "--replications", "150", "--check", which];
        place.run(&arguments).exits(0).json()
    };
    let (all, sample, none) = (summary("all"), summary("sample"), summary("none"));
    assert_eq!(all["checked_replications"], 150);
    assert!(sample["checked_replications"].as_u64() >= Some(2));
    assert_eq!((&none["checked_replications"], none.get("verdict")), (&Value::from(0), None));
    for field in ["digest", "commands", "plan"] {
        assert!(all[field] == sample[field] && all[field] == none[field], "{field}");
    }
}

/// A constant of 10 s is at most 10 s, though no bucket of a histogram ends there.
#[test]
fn thresholds_are_held_against_exact_extremes() {
    let thresholds =
        "\"delivery.max\" = \"<= 200ms\"\n\"delivery.min\" = \">= 200ms\"\n\"delivery.mean\" = \"<= 200ms\"";
    let place = Place::with(&failing("0.0", thresholds));
    place.run(&["run", "s.toml"]).exits(0);
}

/// What misses its bound by less than the rounding of the table is shown to the last digit.
#[test]
fn a_narrow_miss_is_shown_exactly() {
    let place = Place::with(&failing("0.0", "\"delivery.max\" = \"<= 199999us\""));
    let text = place.run(&["run", "s.toml"]).exits(1).out;
    assert!(text.contains("200ms     MISSED"), "{text}");
    place.write("s.toml", failing("0.0", "\"delivery.max\" = \"<= 199999us\"").replace("200ms", "200001us"));
    let text = place.run(&["run", "s.toml"]).exits(1).out;
    assert!(text.contains("200ms 1us  MISSED"), "{text}");
}

/// S4.15, S5.3, Settled 6: what was never sent held no slot, and the story says so.
#[test]
fn the_story_tells_the_silent_from_those_never_sent() {
    let scenario = include_str!("../../scenarios/first-instance-offline.toml").replace("# gate", "gate");
    let text = Place::with(&scenario).run(&["run", "s.toml"]).exits(0).out;
    assert!(text.contains("no final answer from 1 instance before the deadline"), "{text}");
    assert!(text.contains("99 never sent: the command expired first"), "{text}");
}

/// S7.7: the story of a cancel adds up with the rows.
#[test]
fn the_story_of_a_cancel() {
    let place = Place::with(include_str!("../../scenarios/cancel-midway.toml"));
    let text = place.run(&["run", "s.toml", "-o", "out"]).exits(0).out;
    let rows = place.csv("out/invocations.csv");
    let cancelled = |unsent| {
        let here = rows.iter().filter(|row| row["status"] == "Cancelled");
        here.filter(|row| row["sent_us"].is_empty() == unsent).count()
    };
    let sentence = format!(
        "cancel requested at 2026-01-01T00:05:00Z: {} had not been sent, {} ended as Cancelled in flight",
        cancelled(true),
        cancelled(false)
    );
    assert!(text.contains(&sentence), "{sentence:?} is not in:\n{text}");
}

#[test]
fn fields_that_change_nothing_yet_are_named() {
    let scenario =
        MIXED.replace("TimeoutSeconds = 600", "TimeoutSeconds = 600\nOutputS3Region = \"eu-west-1\"");
    let place = Place::with(&scenario);
    for arguments in
        [&["run", "s.toml"][..], &["explain", "s.toml"], &["explain", "s.toml", "--format", "markdown"]]
    {
        let text = place.run(arguments).exits(0).out;
        assert!(text.contains("not simulated: OutputS3Region"), "{text}");
    }
}

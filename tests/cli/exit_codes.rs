//! One table of exit codes for all subcommands (Settled 15).

use super::program::{MIXED, Place, failing};

#[test]
fn good_is_0() {
    let place = Place::with(&failing("0", "\"success.min\" = \">= 20\""));
    let ran = place.run(&["run", "s.toml"]).exits(0);
    assert_eq!(ran.err, "");
    assert!(ran.out.contains("Success/Success"), "{}", ran.out);
}

/// The digest that a text summary ends with.
fn digest(out: &str) -> &str {
    out.rsplit_once("digest ").expect("a digest").1.trim()
}

#[test]
fn a_missed_threshold_is_1_and_the_line_that_runs_it_again_does() {
    let place = Place::new();
    place.write("it's a scenario.toml", failing("0.5", "\"broken.max\" = \"<= 1\""));
    for more in [&[][..], &["--seed", "77"], &["--replication", "3"], &["--replications", "5"]] {
        let arguments = [&["run", "it's a scenario.toml"], more].concat();
        let first = place.run(&arguments).exits(1);
        let again = first.err.trim().strip_prefix("again: ").expect("a line that runs it again");
        let second = place.shell(again).exits(1);
        assert_eq!(digest(&first.out), digest(&second.out), "{again}");
        assert_eq!(first.out, second.out);
    }
}

#[test]
fn bad_usage_is_2() {
    let place = Place::with(MIXED);
    for (arguments, said) in [
        (&[][..], "Usage: fleetsim"),
        (&["simulate"], "unrecognized subcommand"),
        (&["run"], "<SCENARIO>"),
        (&["run", "s.toml", "--replications", "0"], "--replications"),
        (&["run", "s.toml", "--replications", "18446744073709551615"], "1..=1000000"),
        (&["run", "s.toml", "--threads", "100000"], "--threads"),
        (&["run", "s.toml", "--replication", "1", "--replications", "2"], "cannot be used with"),
        (&["run", "s.toml", "--threads", "0"], "--threads"),
        (&["run", "s.toml", "--seed", "-1"], "-1"),
        (&["run", "s.toml", "--history"], "--out"),
        (&["run", "s.toml", "--force"], "--out"),
        (&["run", "s.toml", "--format", "xml"], "possible values: text, json, markdown"),
        (&["completions", "csh"], "possible values"),
        (&["man", "-o", "nowhere"], "cannot write manual pages into nowhere"),
        (&["check", "nowhere.jsonl"], "cannot read nowhere.jsonl"),
        (&["check", "."], "directory"),
    ] {
        let ran = place.run(arguments).exits(2).complains(&[said]);
        assert_eq!(ran.out, "", "{arguments:?}");
    }
}

#[test]
fn bad_scenarios_are_2_with_file_line_and_column() {
    let place = Place::new();
    let typo = failing("0.5", "").replace("count = 20", "cuont = 20");
    place.write("typo.toml", &typo);
    place.write("broken.toml", "version = \n");
    place.write("bytes.toml", b"name = \"\xff\"");
    place.write("empty.toml", "");
    place.write("broken.json", "{\n  \"version\": }");
    for (name, parts) in [
        ("typo.toml", &["error: unknown field `cuont`", "typo.toml:6:1", "did you mean `count`?"][..]),
        ("broken.toml", &["not valid TOML", "broken.toml:1:11"]),
        ("broken.json", &["not valid JSON", "broken.json:2:"]),
        ("bytes.toml", &["cannot read bytes.toml", "UTF-8"]),
        ("empty.toml", &["the field `version` is missing", "the field `group` is missing"]),
        ("nowhere.toml", &["cannot read nowhere.toml", "give the path of a scenario"]),
        (".", &["cannot read .", "directory"]),
    ] {
        for subcommand in ["run", "explain"] {
            let ran = place.run(&[subcommand, name]).exits(2).complains(parts);
            assert_eq!(ran.out, "");
        }
    }
}

#[test]
fn what_cannot_be_judged_is_4() {
    let unmeasured = "\"time_to_stop.max\" = \"<= 1h\"";
    let place = Place::with(&failing("0", unmeasured));
    let ran = place.run(&["run", "s.toml"]).exits(4).complains(&["again: fleetsim run s.toml"]);
    assert!(ran.out.contains("nothing to measure"), "{}", ran.out);
    let both = format!("{unmeasured}\n\"success.max\" = \"< 20\"");
    Place::with(&failing("0", &both)).run(&["run", "s.toml"]).exits(1);
}

#[test]
fn a_history_without_internal_facts_is_4() {
    let place = Place::with(&failing("0.5", ""));
    place.run(&["run", "s.toml", "--history", "-o", "out"]).exits(0);
    let visible = |line: &&str| {
        !["Acknowledged", "ThresholdExceeded", "LateReply", "Broken"]
            .iter()
            .any(|fact| line.contains(&format!("\"fact\":\"{fact}\"")))
    };
    let history = place.read("out/history.jsonl");
    let lines: Vec<&str> = history.lines().filter(visible).collect();
    let last = format!("{{\"records\":{}}}", lines.len() - 2);
    let outside = [&lines[..lines.len() - 1], &[&last], &[""]].concat().join("\n");
    place.write("outside.jsonl", outside);
    let ran = place.run(&["check", "outside.jsonl"]).exits(4);
    assert!(ran.out.starts_with("failing: unknown"), "{}", ran.out);
}

#[test]
fn a_broken_rule_is_3() {
    let place = Place::with(&failing("0.5", ""));
    place.run(&["run", "s.toml", "--history", "-o", "out"]).exits(0);
    let history = place.read("out/history.jsonl");
    let lines: Vec<&str> = history.lines().collect();
    let gone = lines.iter().position(|line| line.contains("\"InvocationEnded\"")).expect("an ending");
    let last = format!("{{\"records\":{}}}", lines.len() - 3);
    let rest = [&lines[..gone], &lines[gone + 1..lines.len() - 1], &[&last], &[""]].concat().join("\n");
    place.write("spoiled.jsonl", rest);
    for (format, said) in [("text", "INVALID"), ("json", "\"invalid\""), ("markdown", "INVALID")] {
        let ran = place.run(&["check", "spoiled.jsonl", "--format", format]).exits(3);
        assert!(ran.out.contains(said), "{}", ran.out);
    }
}

//! Runs of several commands: each has its name in every file and report.

use std::collections::BTreeSet;

use hdrhistogram::serialization::interval_log::{IntervalLogIterator, LogEntry};

use super::program::{Place, number};

/// Three commands, of which the last finds nobody.
const THREE: &str = r#"
version = 1
name = "three"
[[group]]
name = "web"
count = 40
tags = { Role = "x" }
delivery = "200ms"
execution = { uniform = { min = "5s", max = "15s" } }
[[command]]
name = "deploy"
[command.request]
DocumentName = "AWS-RunShellScript"
Targets = [{ Key = "tag:Role", Values = ["x"] }]
Parameters = { commands = ["true"] }
MaxConcurrency = "2"
[[command]]
at = "1m"
[command.request]
DocumentName = "AWS-RunPatchBaseline"
Targets = [{ Key = "InstanceIds", Values = ["i-web00000000000007"] }]
Parameters = { Operation = ["Scan"] }
OutputS3Region = "eu-west-1"
[[command]]
name = "last"
at = "2m"
[command.request]
DocumentName = "AWS-RunShellScript"
Targets = [{ Key = "tag:Role", Values = ["nobody"] }]
Parameters = { commands = ["true"] }
[thresholds]
"deploy: makespan.max" = "<= 1h"
"success.min" = ">= 0"
"#;

const NAMES: [&str; 3] = ["deploy", "command-2", "last"];

fn ran() -> Place {
    let place = Place::with(THREE);
    place.run(&["run", "s.toml", "-o", "out", "--history"]).exits(0);
    place
}

#[test]
fn files_are_called_after_commands() {
    let place = ran();
    let shared = ["history", "invocations", "metrics", "plan", "replications", "run", "summary", "timeline"];
    let own = ["delivery.hgrm", "execution.hgrm", "latencies.hlog", "sojourn.hgrm", "wait.hgrm"];
    let mut expected: BTreeSet<String> =
        NAMES.iter().flat_map(|name| own.iter().map(move |file| format!("{name}-{file}"))).collect();
    let found: BTreeSet<String> = place.list("out").into_iter().collect();
    expected.extend(found.iter().filter(|name| shared.iter().any(|file| name.starts_with(file))).cloned());
    assert_eq!((found.len(), found), (23, expected));
    // A run of several commands may be replaced, one with a file of somebody else's may not.
    place.run(&["run", "s.toml", "-o", "out", "--force"]).exits(0);
    place.write("out/my thesis-wait.hgrm", "years");
    place.run(&["run", "s.toml", "-o", "out", "--force"]).exits(2);
}

#[test]
fn tables_name_the_command() {
    let place = ran();
    let count = |file: &str, name: &str| place.csv(file).iter().filter(|row| row["command"] == name).count();
    for (name, targets) in NAMES.into_iter().zip([40, 1, 0]) {
        assert_eq!(count("out/invocations.csv", name), targets, "{name}");
        assert_eq!(count("out/replications.csv", name), 1, "{name}");
        let timeline = place.csv("out/timeline.csv");
        let last = timeline.iter().rfind(|row| row["command"] == name).unwrap();
        assert_eq!(number(last, "Success"), Some(targets as u64), "{name}");
    }
    assert_eq!(place.csv("out/replications.csv").len(), 3);
}

/// Each command has histograms of its own.
#[test]
fn histograms_are_of_one_command() {
    let place = ran();
    for (name, targets) in NAMES.into_iter().zip([40, 1, 0]) {
        let percentiles = place.read(&format!("out/{name}-sojourn.hgrm"));
        let total = format!("Total count    = {targets:>12}]");
        assert!(percentiles.contains(&total), "{total:?} is not in {percentiles}");
        let log = place.read(&format!("out/{name}-latencies.hlog"));
        let tags = IntervalLogIterator::new(log.as_bytes()).filter_map(Result::ok);
        let intervals = tags.filter(|entry| matches!(entry, LogEntry::Interval(_))).count();
        assert_eq!(intervals > 0, targets > 0, "{name}");
    }
}

#[test]
fn reports_name_the_command() {
    let place = ran();
    let summary = place.json("out/summary.json");
    for (at, name) in NAMES.into_iter().enumerate() {
        assert_eq!(summary["commands"][at]["name"], name);
    }
    let thresholds: Vec<_> = summary["thresholds"].as_array().unwrap().iter().collect();
    let told: Vec<_> =
        thresholds.iter().map(|one| (one["command"].as_u64(), one["metric"].as_str())).collect();
    let all = [0, 1, 2].map(|at| (Some(at), Some("success.min")));
    assert_eq!(told, [&[(Some(0), Some("makespan.max"))], &all[..]].concat());

    let text = place.run(&["run", "s.toml"]).exits(0).out;
    let markdown = place.run(&["run", "s.toml", "--format", "markdown"]).exits(0).out;
    for line in [
        "deploy: AWS-RunShellScript to 40 targets",
        "command-2: AWS-RunPatchBaseline to 1 targets",
        "last: AWS-RunShellScript to 0 targets",
    ] {
        assert!(text.contains(&format!("\n{line}: ")), "{text}");
        assert!(markdown.contains(&format!("\n## {line}\n")), "{markdown}");
    }
    for row in ["deploy: makespan.max", "deploy: success.min", "command-2: success.min", "last: success.min"]
    {
        assert!(text.contains(&format!(" {row} ")), "{row}: {text}");
        assert!(markdown.contains(&row.replace('_', "\\_")), "{row}: {markdown}");
    }
    let explained = place.run(&["explain", "s.toml"]).exits(0).out;
    assert!(explained.contains("command-2: not simulated: OutputS3Region"), "{explained}");
    assert!(explained.contains("commands.1.name = \"command-2\""), "{explained}");
}

/// A miss of one command is enough, and the commands are told apart.
#[test]
fn a_threshold_of_one_command_is_missed() {
    let place = Place::with(
        &THREE.replace("\"deploy: makespan.max\" = \"<= 1h\"", "\"deploy: makespan.max\" = \"<= 1s\""),
    );
    let text = place.run(&["run", "s.toml"]).exits(1).out;
    assert_eq!(text.matches("MISSED").count(), 1, "{text}");
    let place = Place::with(&THREE.replace("\"success.min\" = \">= 0\"", "\"success.min\" = \">= 2\""));
    let text = place.run(&["run", "s.toml"]).exits(1).out;
    assert_eq!(text.matches("MISSED").count(), 2, "{text}");
}

#[test]
fn a_history_of_several_commands_is_judged() {
    let place = ran();
    place.run(&["check", "out/history.jsonl"]).exits(0);
    let lines = place.read("out/history.jsonl");
    for command in 0..3 {
        assert!(lines.contains(&format!("\"command\":{command}")), "{command}");
    }
}

//! What a run prints and writes of events, recomputed from its lines.

use serde_json::Value;

use super::program::{MIXED, Place};

/// [`MIXED`] with a rule on failures, whose target sends a command that fails as well and so feeds it.
fn feeding() -> String {
    let rule = r#"
[event_bus]
loss = "2%"
[[rule]]
name = "on-failure"
pattern = { detail-type = ["EC2 Command Status-change Notification"], detail = { status = ["Failed", "TimedOut"] } }
[[rule.target]]
id = "again"
arn = "arn:aws:ssm:us-east-1::document/AWS-RunShellScript"
role_arn = "arn:aws:iam::123456789012:role/rules"
run_command_targets = [{ Key = "tag:Role", Values = ["x"] }]
input = { commands = ["./again"], executionTimeout = ["300"] }
at_most = 3
"#;
    MIXED.to_string() + rule
}

/// A number below a million as people read it.
fn thousands(number: usize) -> String {
    if number < 1000 { number.to_string() } else { format!("{},{:03}", number / 1000, number % 1000) }
}

#[test]
fn the_summary_agrees_with_the_events() {
    let place = Place::with(&feeding());
    let ran = place.run(&["run", "s.toml", "-o", "out", "--history"]).exits(0);
    assert!(ran.out.contains("RULE `on-failure` FED ITSELF"), "{}", ran.out);
    ran.complains(&["the rule `on-failure` feeds itself"]);
    let summary = place.json("out/summary.json");
    let events: Vec<Value> =
        place.read("out/events.jsonl").lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(summary["events"]["emitted"], events.len());
    assert_eq!(summary["commands"].as_array().unwrap().len(), 1, "commands of rules stand with their rule");
    let target = &summary["events"]["targets"][0];
    assert_eq!((&target["commands"], &target["fed"], &target["dropped"]), (&3.into(), &2.into(), &1.into()));
    // A command's id is the same in all its events, and each event has its own.
    let ids = |field: fn(&Value) -> &Value| {
        events.iter().map(|event| field(event).to_string()).collect::<std::collections::BTreeSet<_>>().len()
    };
    assert_eq!(ids(|event| &event["id"]), events.len());
    assert_eq!(ids(|event| &event["detail"]["command-id"]), 4);
    place.run(&["check", "out/history.jsonl"]).exits(0);
    let page = place.run(&["run", "s.toml", "--html", "page.html"]).exits(0);
    assert!(page.out.contains("EventBridge"));
    let page = place.read("page.html");
    let attempts = place.read("out/history.jsonl").matches("\"TargetInvoked\"").count();
    let (emitted, lost) = (thousands(events.len()), &summary["events"]["lost"]);
    let said = format!("{emitted} events, {lost} lost events, {} attempts at targets", thousands(attempts));
    for part in ["Events over time", "Delay of targets", "on-failure.again", &said] {
        assert!(page.contains(part), "{part}");
    }
    // Commands of rules have rows of their own.
    let rows = place.csv("out/replications.csv");
    let names: Vec<&str> = rows.iter().map(|row| row["command"].as_str()).collect();
    assert_eq!(names, ["command-1", "on-failure.again.1", "on-failure.again.2", "on-failure.again.3"]);
}

/// The events of a run are what patterns are tried on.
#[test]
fn events_can_be_held_against_patterns() {
    let place = Place::with(&feeding());
    place.run(&["run", "s.toml", "-o", "out"]).exits(0);
    let events = place.read("out/events.jsonl");
    let ended = events.lines().find(|line| line.contains(r#""status":"Failed""#)).unwrap();
    place.write("event.json", ended);
    place.write("pattern.json", r#"{"source": ["aws.ssm"], "detail": {"status": ["Failed"]}}"#);
    place.run(&["pattern", "test", "--envelope", "pattern.json", "event.json"]).exits(0);
    place.write("pattern.json", r#"{"detail": {"status": ["In Progress"]}}"#);
    place.run(&["pattern", "test", "pattern.json", "event.json"]).exits(1);
}

/// Shards merge to the bytes of the whole run, and rules that send everything leave nothing to plan.
#[test]
fn shards_and_plans() {
    let place = Place::with(&feeding());
    let all = ["run", "s.toml", "--replications", "6", "-o"];
    place.run(&[&all[..], &["whole"]].concat()).exits(0);
    for shard in ["1/2", "2/2"] {
        place.run(&[&all[..], &["parts", "--shard", shard]].concat()).exits(0);
    }
    place.run(&["merge", "parts", "-o", "merged"]).exits(0);
    assert_eq!(place.read("merged/summary.json"), place.read("whole/summary.json"));
    let alone = feeding();
    let (before, rest) = alone.split_once("[[command]]").unwrap();
    let (_, after) = rest.split_once("[event_bus]").unwrap();
    place.write("alone.toml", format!("command = []\n{before}[event_bus]{after}"));
    place.run(&["plan", "alone.toml"]).exits(2).complains(&["rules send all commands of the scenario"]);
}

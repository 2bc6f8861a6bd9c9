//! `fleetsim import`, and `check` of what it writes.

use std::fs;

use serde_json::{Value, json};

use super::program::Place;

const ID: &str = "ef7fdfd8-9b57-4151-a15c-db9a12345678";

fn invocation(instance: u32, sent: f64, end: Option<f64>) -> Value {
    let status = if end.is_some() { "Success" } else { "InProgress" };
    let start = 1_767_225_600.0;
    json!({"CommandId": ID, "InstanceId": format!("i-{instance:017x}"), "DocumentName": "AWS-RunShellScript",
        "RequestedDateTime": start + sent, "Status": status, "StatusDetails": status,
        "CommandPlugins": [{"Name": "aws:runShellScript", "Status": status, "StatusDetails": status,
            "ResponseCode": if end.is_some() { 0 } else { -1 }, "ResponseStartDateTime": start + sent + 0.2,
            "ResponseFinishDateTime": end.map(|end| start + end), "Output": "secret output"}]})
}

fn command(max_concurrency: &str) -> Value {
    json!({"CommandId": ID, "DocumentName": "AWS-RunShellScript", "RequestedDateTime": "2026-01-01T00:00:00.000000+00:00",
        "ExpiresAfter": "2026-01-01T02:00:00.000000+00:00", "Status": "Success", "StatusDetails": "Success",
        "Parameters": {"commands": ["secret command"]}, "InstanceIds": [], "MaxErrors": "0",
        "Targets": [{"Key": "tag:Role", "Values": ["web"]}], "MaxConcurrency": max_concurrency,
        "TargetCount": 3, "CompletedCount": 3, "ErrorCount": 0, "DeliveryTimedOutCount": 0})
}

/// Three invocations, of which two always overlap.
fn invocations() -> Vec<Value> {
    vec![invocation(1, 0.5, Some(20.0)), invocation(2, 1.0, Some(30.0)), invocation(3, 21.0, Some(40.0))]
}

#[test]
fn answers_are_taken_in_and_judged() {
    let place = Place::new();
    place.write(
        "i.json",
        serde_json::to_string_pretty(&json!({"CommandInvocations": invocations()})).unwrap(),
    );
    let judged = |concurrency: &str, code: i32| {
        place.write("c.json", json!({"Commands": [command(concurrency)]}).to_string());
        let import =
            ["import", "--asked-at", "2026-01-01T00:01:00Z", "--force", "c.json", "i.json", "-o", "r.jsonl"];
        place.run(&import).exits(0).complains(&["4 sightings written", "0 broken"]);
        place.run(&["check", "r.jsonl", "--format", "json"]).exits(code).json()
    };
    assert_eq!(judged("3", 0)["verdict"], "valid");
    // The answer does not tell when they ended; the executions certainly overlapped two at a time.
    let doubted = judged("2", 4);
    let of = |judged: &Value, rule: &str| {
        judged["rules"].as_array().unwrap().iter().find(|report| report["rule"] == rule).unwrap().clone()
    };
    assert_eq!(of(&doubted, "max-concurrency")["verdict"], "unknown");
    let broken = judged("1", 3);
    assert_eq!(of(&broken, "max-concurrency")["verdict"], "invalid");
    // Nobody says when the answers were given: much is unknown, and a delivery may have timed out at its time.
    let late = json!({"CommandId": ID, "InstanceId": "i-00000000000000004", "RequestedDateTime": 1_767_225_600,
        "Status": "TimedOut", "StatusDetails": "DeliveryTimedOut"});
    place.write("late.json", json!({"CommandInvocations": [late]}).to_string());
    place.write("c.json", json!({"Commands": [command("100%")]}).to_string());
    place.run(&["import", "c.json", "late.json", "-o", "late.jsonl"]).exits(0);
    let judged = place.run(&["check", "late.jsonl", "--format", "json"]).exits(4).json();
    assert_eq!(of(&judged, "timeouts")["verdict"], "valid");
    let record = place.read("r.jsonl");
    assert!(!record.contains("secret"), "{record}");
    assert!(record.starts_with("{\"fleetsim_sightings\":1,"), "{record}");
    let text = place.run(&["check", "r.jsonl"]).exits(3).out;
    assert!(text.starts_with("r.jsonl: INVALID   commands 1\n"), "{text}");
    assert!(
        text.contains("2 in flight at once, MaxConcurrency allows 1 (S4.5; 2026-01-01T00:00:01Z)"),
        "{text}"
    );
    let markdown = place.run(&["check", "r.jsonl", "--format", "markdown"]).exits(3).out;
    assert!(markdown.contains("| max-concurrency "), "{markdown}");
}

fn event(second: u32, instance: u32, status: &str) -> String {
    json!({"version": "0", "id": "x", "detail-type": "EC2 Command Invocation Status-change Notification",
        "source": "aws.ssm", "account": "123456789012", "time": format!("2026-01-01T00:{:02}:{:02}Z", second / 60, second % 60),
        "region": "us-east-1", "resources": [], "detail": {"command-id": ID, "document-name": "D",
        "instance-id": format!("i-{instance}"), "requested-date-time": "2026-01-01T00:00:00.000Z", "status": status}})
    .to_string()
}

#[test]
fn disorder_doubles_and_broken_lines_are_counted() {
    let place = Place::new();
    let lines = [
        event(10, 1, "InProgress"),
        event(30, 1, "Success"),
        event(25, 2, "InProgress"),
        event(30, 1, "Success"),
        "{\"version\": \"0\", \"detail-ty".into(),
        json!({"detail-type": "Scheduled Event", "time": "2026-01-01T00:00:00Z", "detail": {}}).to_string(),
        event(900, 2, "Success"),
        event(20, 3, "InProgress"),
    ];
    place.write("e.jsonl", lines.join("\n"));
    let ran = place.run(&["import", "e.jsonl", "-o", "r.jsonl"]).exits(0);
    let ran = ran.complains(&[
        "warning: e.jsonl: line 5: ",
        "1 of the sightings came more than 300 s late",
        "--sort",
    ]);
    ran.complains(&["4 sightings written; 1 doubled, 1 late, 1 broken, 1 about something else"]);
    let times = |record: &str| -> Vec<String> {
        let until = |line: &str| {
            let line: Value = serde_json::from_str(line).unwrap();
            line["invocation"]["until"].as_str().map(String::from)
        };
        record.lines().filter_map(until).collect()
    };
    let record = times(&place.read("r.jsonl"));
    assert_eq!(record.len(), 4);
    assert!(record.is_sorted(), "{record:?}");
    place.run(&["import", "e.jsonl", "-o", "r.jsonl"]).exits(2).complains(&["is there already", "--force"]);
    let sorted = place.run(&["import", "--sort", "e.jsonl", "-o", "s.jsonl"]).exits(0);
    sorted.complains(&["5 sightings written; 1 doubled, 0 late, 1 broken"]);
    assert!(times(&place.read("s.jsonl")).is_sorted());
    place.run(&["import", "--strict", "e.jsonl", "-o", "t.jsonl"]).exits(2).complains(&["line 5"]);
    assert_eq!(place.list("."), ["e.jsonl", "r.jsonl", "s.jsonl"]);
    place
        .run(&["import", "--from", "messages", "e.jsonl", "-o", "u.jsonl"])
        .exits(0)
        .complains(&["one of events"]);
}

#[cfg(unix)]
#[test]
fn standard_input_and_output() {
    let place = Place::new();
    place.write("i.json", json!({"CommandInvocations": invocations()}).to_string());
    let ran = place.shell("fleetsim import - -o - < i.json | fleetsim check -").exits(4);
    assert!(ran.out.starts_with("-: unknown   commands 1\n"), "{}", ran.out);
    place.run(&["import", "--help"]).exits(0);
    place.run(&["import", "missing.json", "-o", "-"]).exits(2).complains(&["cannot read missing.json"]);
    place
        .run(&["import", "i.json", "--asked-at", "noon", "-o", "-"])
        .exits(2)
        .complains(&["2026-01-31T12:00:00Z"]);
}

#[test]
fn a_record_that_is_none_is_2_with_the_number_of_the_line() {
    let place = Place::new();
    place.write("r.jsonl", "{\"fleetsim_sightings\":1}\n{\"invocation\":{}}\n");
    place.run(&["check", "r.jsonl"]).exits(2).complains(&["r.jsonl: line 2: this is no sighting"]);
    place.write("r.jsonl", "{\"fleetsim_sightings\":9}\n");
    place.run(&["check", "r.jsonl"]).exits(2).complains(&["sightings format 9"]);
}

/// Answers that others recorded or published.
#[test]
fn recorded_answers_are_taken_in() {
    let directory = format!("{}/../shared/data", env!("CARGO_MANIFEST_DIR"));
    let Ok(examples) = fs::read_to_string(format!("{directory}/ssm_samples/awscli_examples.jsonl")) else {
        return eprintln!("skipped: {directory} is not there");
    };
    let recorded = fs::read_to_string(format!("{directory}/ssm_samples/custodian_placebo.jsonl")).unwrap();
    let lines =
        examples.lines().chain(recorded.lines()).map(|line| serde_json::from_str::<Value>(line).unwrap());
    let is_wanted = |line: &Value| {
        let name = line["op"].as_str().or(line["api"].as_str()).unwrap_or_default();
        [
            "get-command-invocation",
            "list-command-invocations",
            "send-command",
            "ssm.GetCommandInvocation",
            "ssm.SendCommand",
        ]
        .contains(&name)
    };
    let answers: Vec<String> = lines
        .filter(is_wanted)
        .map(|mut line| {
            let field = if line["output"].is_null() { "data" } else { "output" };
            line[field].take().to_string()
        })
        .collect();
    assert_eq!(answers.len(), 5);
    let place = Place::new();
    place.write("a.jsonl", answers.join("\n"));
    let ran = place.run(&["import", "--sort", "a.jsonl", "-o", "r.jsonl"]).exits(0);
    ran.complains(&["6 sightings written", " 0 broken, 0 about something else"]);
    let record = place.read("r.jsonl");
    for needle in [
        "\"InstanceId\":\"i-02573cafcfEXAMPLE\"",
        "\"ExecutionStartDateTime\":\"2020-02-19T18:18:03.419Z\"",
        "\"ExpiresAfter\":\"2019-02-14T21:50:14.717Z\"",
        "\"TargetCount\":1",
    ] {
        assert!(record.contains(needle), "{needle} is not in\n{record}");
    }
    // Messages about other things are told apart, not taken for broken.
    let messages = ["msg_2015_subject_attributes", "msg_2019_plain", "msg_2019_unicode"];
    let paths: Vec<String> =
        messages.iter().map(|name| format!("{directory}/sns_signature/{name}.json")).collect();
    let arguments: Vec<&str> =
        ["import", "-o", "m.jsonl"].into_iter().chain(paths.iter().map(String::as_str)).collect();
    place.run(&arguments).exits(0).complains(&["0 sightings written", "0 broken, 3 about something else"]);
}

/// Nothing is valid because nothing happened.
#[test]
fn a_record_of_nothing_is_not_valid() {
    let place = Place::new();
    for (name, text) in [
        ("cut.json", r#"{"CommandInvocations": [{"CommandId": "x""#),
        ("words.json", "garbage"),
        ("none.json", r#"{"CommandInvocations": []}"#),
    ] {
        place.write(name, text);
        place
            .run(&["import", "--force", name, "-o", "r.jsonl"])
            .exits(0)
            .complains(&["nothing in the input"]);
        place.run(&["check", "r.jsonl"]).exits(4).complains(&["tells of no command"]);
    }
}

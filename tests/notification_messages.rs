//! Sections 9.2 and 9.3: the messages as the guide prints them, and as a run writes them.

mod common;
mod notified;

use std::collections::BTreeMap;

use common::*;
use fleetsim::{
    base::Chance,
    ensemble,
    report::messages::MessageFiles,
    scenario::{Roster, plan::Plan},
    sns::{Message, Subject},
    ssm::{
        NotificationType, NotifiedStatus as N,
        reading::{DispatchOrder, NotificationCase},
    },
    world::Model,
};
use jiff::Timestamp;
use notified::*;
use serde_json::{Value, json};

/// The samples of the guide (monitoring-sns-examples), with the line breaks that are there for the reader.
const SUMMARY_BY_ID: &str = r#"{
    "commandId": "a8c7e76f-15f1-4c33-9052-0123456789ab",
    "documentName": "AWS-RunPowerShellScript",
    "instanceIds": [
        "i-1234567890abcdef0",
        "i-9876543210abcdef0"
    ],
    "requestedDateTime": "2019-04-25T17:57:09.17Z",
    "expiresAfter": "2019-04-25T19:07:09.17Z",
    "outputS3BucketName": "amzn-s3-demo-bucket",
    "outputS3KeyPrefix": "runcommand",
    "status": "InProgress",
    "eventTime": "2019-04-25T17:57:09.236Z"
}"#;
const SUMMARY_BY_TAG: &str = r#"{
    "commandId": "9e92c686-ddc7-4827-b040-0123456789ab",
    "documentName": "AWS-RunPowerShellScript",
    "instanceIds": [],
    "requestedDateTime": "2019-04-25T18:01:03.888Z",
    "expiresAfter": "2019-04-25T19:11:03.888Z",
    "outputS3BucketName": "",
    "outputS3KeyPrefix": "",
    "status": "InProgress",
    "eventTime": "2019-04-25T18:01:05.825Z"
}"#;
const INVOCATION: &str = r#"{
    "commandId": "ceb96b84-16aa-4540-91e3-925a9a278b8c",
    "documentName": "AWS-RunPowerShellScript",
    "instanceId": "i-1234567890abcdef0",
    "requestedDateTime": "2019-04-25T18:06:05.032Z",
    "status": "InProgress",
    "eventTime": "2019-04-25T18:06:05.099Z"
}"#;

fn instant(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// A sample without its line breaks, the order of fields kept.
fn on_one_line(sample: &str) -> String {
    serde_json::from_str::<Value>(sample).unwrap().to_string()
}

/// S9.8 to S9.14: the three samples come out of their fields, to the letter.
#[test]
fn the_samples_of_the_guide() {
    let ids = ["i-1234567890abcdef0".to_string(), "i-9876543210abcdef0".to_string()];
    let by_id = Message {
        command_id: "a8c7e76f-15f1-4c33-9052-0123456789ab",
        document_name: "AWS-RunPowerShellScript",
        requested: instant("2019-04-25T17:57:09.170Z"),
        status: N::InProgress,
        event_time: instant("2019-04-25T17:57:09.236Z"),
        subject: Subject::Command {
            instance_ids: &ids,
            expires_after: instant("2019-04-25T19:07:09.170Z"),
            output_s3_bucket_name: "amzn-s3-demo-bucket",
            output_s3_key_prefix: "runcommand",
        },
    };
    let by_tag = Message {
        command_id: "9e92c686-ddc7-4827-b040-0123456789ab",
        requested: instant("2019-04-25T18:01:03.888Z"),
        event_time: instant("2019-04-25T18:01:05.825Z"),
        subject: Subject::Command {
            instance_ids: &[],
            expires_after: instant("2019-04-25T19:11:03.888Z"),
            output_s3_bucket_name: "",
            output_s3_key_prefix: "",
        },
        ..by_id
    };
    let invocation = Message {
        command_id: "ceb96b84-16aa-4540-91e3-925a9a278b8c",
        requested: instant("2019-04-25T18:06:05.032Z"),
        event_time: instant("2019-04-25T18:06:05.099Z"),
        subject: Subject::Invocation { instance_id: "i-1234567890abcdef0" },
        ..by_id
    };
    for (message, sample) in [(by_id, SUMMARY_BY_ID), (by_tag, SUMMARY_BY_TAG), (invocation, INVOCATION)] {
        assert_eq!(message.body(NotificationCase::LowerCamel), on_one_line(sample));
    }
    // The names of the guide of 2018 (rc-sns-notifications) are these with a capital letter.
    let pascal = by_id.body(NotificationCase::Pascal);
    for name in [
        "CommandId",
        "DocumentName",
        "RequestedDateTime",
        "ExpiresAfter",
        "OutputS3BucketName",
        "OutputS3KeyPrefix",
        "Status",
        "EventTime",
    ] {
        assert!(pascal.contains(&format!("\"{name}\":")), "{name}: {pascal}");
    }
    // S9.10: every status is spelled as in the enumeration.
    for (status, word) in N::ALL.into_iter().zip(["InProgress", "Success", "TimedOut", "Cancelled", "Failed"])
    {
        let body = Message { status, ..invocation }.body(NotificationCase::LowerCamel);
        assert!(body.contains(&format!("\"status\":\"{word}\"")), "{body}");
    }
}

/// What a run writes: the table and the lines, parsed.
fn files(plan: &Plan, replication: u64) -> (Vec<BTreeMap<String, String>>, Vec<Value>) {
    let (mut table, mut lines) = (Vec::new(), Vec::new());
    let mut files = MessageFiles::new(plan, plan.seed, replication, &mut table, &mut lines);
    ensemble::run_one(&Model::new(plan), plan.seed, replication, false, &mut files);
    files.finish().unwrap();
    let rows = csv::Reader::from_reader(&table[..]).into_deserialize().map(Result::unwrap).collect();
    let lines = String::from_utf8(lines).unwrap();
    (rows, lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
}

/// The message in a line.
fn message(line: &Value) -> Value {
    serde_json::from_str(line["Message"].as_str().unwrap()).unwrap()
}

/// One after the other; of three the first fails, so that the third is never sent.
fn stopping() -> Plan {
    let groups = vec![group_of("a", 3, fleetsim::scenario::plan::ExecutionResult::Exit(1))];
    let mut plan = plan(groups, command(&["a"], "1", "0"));
    plan.readings.dispatch_order = DispatchOrder::Listed;
    plan.commands[0].at = lasting(5.0);
    let subscriptions = vec![subscription("audit", constant(0.25)), subscription("slow", constant(60.0))];
    notifying(plan, NotificationType::Invocation, &N::ALL, subscriptions)
}

/// S9.12, S9.14: `eventTime` is when the status changed; `requestedDateTime` when the invocation was sent, or for one that
/// never was, when the command was requested. S9.11: nothing tells Terminated from Cancelled.
#[test]
fn messages_of_invocations() {
    let plan = stopping();
    let (rows, lines) = files(&plan, 0);
    let roster = Roster::new(&plan);
    assert_eq!((rows.len(), lines.len()), (8, 8));
    let audit: Vec<_> = lines.iter().filter(|line| line["subscription"] == "audit").collect();
    let first = message(audit[0]);
    let command_id = first["commandId"].clone();
    assert_eq!(
        first,
        json!({
            "commandId": command_id, "documentName": "AWS-RunShellScript", "instanceId": roster.id(0),
            "requestedDateTime": "2026-01-01T00:00:05Z", "status": "InProgress",
            "eventTime": "2026-01-01T00:00:05.1Z",
        })
    );
    assert_eq!((&audit[0]["arrived"], &audit[0]["TopicArn"]), (&json!(5_350_000), &json!(ARN)));
    let of_third = message(audit.iter().find(|line| message(line)["instanceId"] == roster.id(2)).unwrap());
    assert_eq!(of_third["status"], "Cancelled");
    assert_eq!(of_third["requestedDateTime"], "2026-01-01T00:00:05Z");
    assert_eq!(of_third["eventTime"], "2026-01-01T00:00:15.1Z");
    assert_eq!(of_third.as_object().unwrap().len(), 6);
    for line in &lines {
        assert_eq!(message(line)["commandId"], command_id);
    }

    let row = &rows[0];
    let cell = |name: &str| row[name].as_str();
    assert_eq!((cell("subscription"), cell("command"), cell("status")), ("audit", "command", "InProgress"));
    assert_eq!((cell("instance_id"), cell("event_time")), (&*roster.id(0), "2026-01-01T00:00:05.1Z"));
    assert_eq!(
        (cell("published_us"), cell("arrived_us"), cell("latency_us")),
        ("5100000", "5350000", "250000")
    );
    assert_eq!((cell("duplicate"), cell("out_of_order")), ("false", "false"));
    assert_eq!(cell("message_id"), audit[0]["MessageId"]);
}

/// S9.13, S9.14: the summary has the command's own times, its S3 fields, and ids only where the request names them.
#[test]
fn messages_of_the_command() {
    let mut plan =
        notifying(stopping(), NotificationType::Command, &N::ALL, vec![subscription("one", constant(1.0))]);
    plan.commands[0].request.output_s3_bucket_name = Some("out".into());
    let (rows, lines) = files(&plan, 0);
    assert_eq!(lines.len(), 2);
    let last = message(&lines[1]);
    assert_eq!(
        last,
        json!({
            "commandId": last["commandId"], "documentName": "AWS-RunShellScript", "instanceIds": [],
            "requestedDateTime": "2026-01-01T00:00:05Z", "expiresAfter": "2026-01-01T01:10:05Z",
            "outputS3BucketName": "out", "outputS3KeyPrefix": "", "status": "Failed",
            "eventTime": "2026-01-01T00:00:15.1Z",
        })
    );
    assert_eq!(rows[0]["instance_id"], "");

    let ids: Vec<String> = (0..2).map(|index| Roster::new(&plan).id(index)).collect();
    plan.commands[0].request.targets = None;
    plan.commands[0].request.instance_ids = Some(ids.clone());
    plan.commands[0].request.document_name = "arn:aws:ssm:eu-west-1::document/AWS-RunShellScript".into();
    plan.readings.notification_case = NotificationCase::Pascal;
    let (_, lines) = files(&plan, 0);
    let first = message(&lines[0]);
    assert_eq!((&first["InstanceIds"], &first["DocumentName"]), (&json!(ids), &json!("AWS-RunShellScript")));
}

/// S9.17: a message has one id, whichever the subscription and however often it arrives; a second publication is another
/// message. Other replications and seeds have other commands.
#[test]
fn ids_of_messages() {
    let mut plan = stopping();
    plan.topics[0].published_twice = Chance::ONE;
    plan.topics[0].subscriptions[0].duplicate = Chance::ONE;
    let (rows, lines) = files(&plan, 0);
    let mut arrivals = BTreeMap::<_, Vec<_>>::new();
    for row in &rows {
        let what = (row["instance_id"].clone(), row["status"].clone());
        arrivals.entry(what).or_default().push((&row["message_id"], &row["subscription"]));
    }
    // Twice InProgress, once or twice an end for each of three; twice published; thrice arrived.
    assert_eq!((arrivals.len(), rows.len()), (4, 24));
    for of_one in arrivals.values() {
        let mut ids: Vec<_> = of_one.iter().map(|(id, _)| id).collect();
        ids.sort();
        assert!(ids[0] == ids[2] && ids[3] == ids[5] && ids[0] != ids[3], "{ids:?}");
    }
    assert_eq!(rows.iter().filter(|row| row["duplicate"] == "true").count(), 8);
    let id = |plan: &Plan, replication| message(&files(plan, replication).1[0])["commandId"].clone();
    assert_eq!(message(&lines[0])["commandId"], id(&plan, 0));
    let other = Plan { seed: 2, ..plan.clone() };
    assert!(id(&plan, 0) != id(&plan, 1) && id(&plan, 0) != id(&other, 0));
}

/// What is lost has a row without an arrival, and no line.
#[test]
fn lost_messages() {
    let mut plan = stopping();
    plan.topics[0].subscriptions[0].loss = Chance::ONE;
    let (rows, lines) = files(&plan, 0);
    let lost: Vec<_> = rows.iter().filter(|row| row["subscription"] == "audit").collect();
    assert!(lost.iter().all(|row| row["arrived_us"].is_empty() && row["latency_us"].is_empty()));
    assert_eq!((lost.len(), lines.len()), (4, 4));
    assert!(lines.iter().all(|line| line["subscription"] == "slow"));
}

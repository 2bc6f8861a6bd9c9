//! What Run Command sends to EventBridge.

use serde_json::{Value, json};

use crate::{
    conform::{
        bench::{Bench, Reply},
        case::{Case, Halt, Outcome, case, demand, invalid, unknown},
        json::{list, text},
        leftover::Leftover,
        watch::Story,
    },
    wire::dialect::Service,
};

pub(in crate::conform) const CASES: &[Case] = &[
    case!(
        "event-of-the-command",
        of_the_command,
        "a rule's queue gets the command's changes of status",
        "S10.1, S10.3, S10.5, S10.12"
    ),
    case!("event-of-invocations", of_invocations, "and those of each invocation", "S10.1, S10.4, S10.5"),
    case!(
        "envelope-of-events",
        envelope,
        "an event has version, id, source, account, time in whole seconds, region, resources and detail",
        "S10.2, S10.7"
    ),
    case!(
        "rule-that-does-not-match",
        no_match,
        "a rule whose pattern does not match sends nothing",
        "S10.13, S10.21"
    ),
    case!(
        "test-event-pattern",
        test_pattern,
        "TestEventPattern tells InProgress from In Progress",
        "S10.13, S10.21, O-1"
    ),
];

const COMMAND: &str = "EC2 Command Status-change Notification";
const INVOCATION: &str = "EC2 Command Invocation Status-change Notification";
/// What the target of a rule is called.
const TARGET: &str = "conform";

/// A command, and the events about it that reached a queue.
struct Heard {
    story: Story,
    events: Vec<Value>,
}

/// A call that has to succeed for anything to be heard.
async fn needed(bench: &Bench, service: Service, operation: &str, body: &Value) -> Result<Reply, Halt> {
    let reply = bench.json(service, operation, body).await?;
    match reply.error {
        None => Ok(reply),
        Some(_) => unknown(format!("{operation} was refused: {}", reply.shown())),
    }
}

/// Makes a queue and a rule for this pattern that sends to it; the queue's URL.
async fn queue(bench: &Bench, name: &str, pattern: &Value) -> Result<String, Halt> {
    let name = format!("{}-{name}", bench.mark);
    let made = needed(bench, Service::Sqs, "CreateQueue", &json!({"QueueName": name})).await?;
    let url = text(&made.json, "QueueUrl").to_string();
    bench.leftovers.borrow_mut().push(Leftover::Queue(url.clone()));
    let asked = json!({"QueueUrl": url, "AttributeNames": ["QueueArn"]});
    let told = needed(bench, Service::Sqs, "GetQueueAttributes", &asked).await?;
    let arn = told.json["Attributes"]["QueueArn"].as_str().unwrap_or_default().to_string();
    let policy = json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sqs:SendMessage", "Resource": arn,
    }]});
    let attributes = json!({"QueueUrl": url, "Attributes": {"Policy": policy.to_string()}});
    needed(bench, Service::Sqs, "SetQueueAttributes", &attributes).await?;
    let rule = json!({"Name": name, "EventPattern": pattern.to_string(), "State": "ENABLED"});
    needed(bench, Service::Events, "PutRule", &rule).await?;
    bench.leftovers.borrow_mut().push(Leftover::Rule(name.clone()));
    let targets = json!({"Rule": name, "Targets": [{"Id": TARGET, "Arn": arn}]});
    needed(bench, Service::Events, "PutTargets", &targets).await?;
    bench.leftovers.borrow_mut().push(Leftover::Targets(name, TARGET.into()));
    Ok(url)
}

/// Sends a command and takes what arrives about it, until its end was told or long enough.
async fn heard(
    bench: &Bench,
    name: &str,
    pattern: &Value,
    is_enough: impl Fn(&Heard) -> bool,
) -> Result<Heard, Halt> {
    let works = &bench.fleet.works;
    let ids = works.some(2)?;
    let url = queue(bench, name, pattern).await?;
    // New rules take effect after a short time (S10.24).
    bench.wait(5.0).await;
    let story = bench.send_and_watch(works.request(ids, json!({}))).await?;
    let mut heard = Heard { story, events: Vec::new() };
    let until = bench.seconds() + bench.settings.lateness;
    while !is_enough(&heard) && bench.seconds() < until {
        let receive = json!({"QueueUrl": url, "MaxNumberOfMessages": 10, "WaitTimeSeconds": 0});
        let reply = needed(bench, Service::Sqs, "ReceiveMessage", &receive).await?;
        let bodies = list(&reply.json, "Messages").iter().map(|one| text(one, "Body"));
        let events = bodies.filter_map(|body| serde_json::from_str::<Value>(body).ok());
        let id = heard.story.id.clone();
        heard.events.extend(events.filter(|event| text(&event["detail"], "command-id") == id));
        bench.wait(1.0).await;
    }
    Ok(heard)
}

impl Heard {
    /// The statuses of the events of a type.
    fn statuses(&self, kind: &str) -> Vec<&str> {
        let of_kind = self.events.iter().filter(|event| text(event, "detail-type") == kind);
        of_kind.map(|event| text(&event["detail"], "status")).collect()
    }

    fn tells(&self, kind: &str, count: usize) -> bool {
        let statuses = self.statuses(kind);
        let end = text(&self.story.command, "Status");
        [end, "InProgress"]
            .iter()
            .all(|wanted| statuses.iter().filter(|status| *status == wanted).count() >= count)
    }
}

fn pattern(kind: &str) -> Value {
    json!({"source": ["aws.ssm"], "detail-type": [kind]})
}

/// Judges the details of events. One that is missing is no offence: they are best effort (S10.11).
fn judge(heard: &Heard, kind: &str, count: usize, fields: &[&str]) -> Outcome {
    for event in &heard.events {
        let detail = &event["detail"];
        if text(event, "source") != "aws.ssm" || text(event, "detail-type") != kind {
            return invalid(format!("{} of {}", text(event, "detail-type"), text(event, "source")));
        }
        if let Some(name) = fields.iter().find(|name| detail.get(**name).is_none()) {
            return invalid(format!("the detail has no {name}"));
        }
    }
    let statuses = heard.statuses(kind).join(", ");
    if !heard.tells(kind, count) {
        let seen =
            if statuses.is_empty() { "no event arrived".into() } else { format!("only {statuses} arrived") };
        return unknown(format!("{seen}, and events are best effort (S10.11)"));
    }
    Ok(statuses)
}

async fn of_the_command(bench: &Bench) -> Outcome {
    let heard = heard(bench, "command", &pattern(COMMAND), |heard| heard.tells(COMMAND, 1)).await?;
    let fields =
        ["command-id", "document-name", "expire-after", "parameters", "requested-date-time", "status"];
    judge(&heard, COMMAND, 1, &fields)
}

async fn of_invocations(bench: &Bench) -> Outcome {
    let heard = heard(bench, "invocation", &pattern(INVOCATION), |heard| heard.tells(INVOCATION, 2)).await?;
    let fields = ["command-id", "document-name", "instance-id", "requested-date-time", "status"];
    judge(&heard, INVOCATION, 2, &fields)
}

async fn envelope(bench: &Bench) -> Outcome {
    let all = json!({"source": ["aws.ssm"]});
    let heard = heard(bench, "envelope", &all, |heard| !heard.events.is_empty()).await?;
    let Some(event) = heard.events.first() else { return unknown("no event arrived") };
    let fields =
        ["version", "id", "detail-type", "source", "account", "time", "region", "resources", "detail"];
    if let Some(name) = fields.iter().find(|name| event.get(**name).is_none()) {
        return invalid(format!("the event has no {name}"));
    }
    let time = text(event, "time");
    let is_whole = time.parse::<jiff::Timestamp>().is_ok() && time.ends_with('Z') && !time.contains('.');
    let seen = format!("version {}, time {time}", text(event, "version"));
    demand(text(event, "version") == "0" && is_whole && event["resources"].is_array(), seen)
}

async fn no_match(bench: &Bench) -> Outcome {
    let pattern = json!({"source": ["aws.ssm"], "detail": {"status": ["In Progress", "Nothing"]}});
    let works = &bench.fleet.works;
    let ids = works.some(1)?;
    let url = queue(bench, "nothing", &pattern).await?;
    bench.wait(5.0).await;
    bench.send_and_watch(works.request(ids, json!({}))).await?;
    bench.wait(10.0).await;
    let receive = json!({"QueueUrl": url, "MaxNumberOfMessages": 10, "WaitTimeSeconds": 0});
    let reply = needed(bench, Service::Sqs, "ReceiveMessage", &receive).await?;
    let count = list(&reply.json, "Messages").len();
    demand(count == 0, format!("{count} messages"))
}

async fn test_pattern(bench: &Bench) -> Outcome {
    let event = json!({
        "version": "0", "id": "51c0891d-0e34-45b1-83d6-95db273d1602", "detail-type": COMMAND, "source": "aws.ssm",
        "account": "123456789012", "time": "2026-01-01T00:00:00Z", "region": "us-east-1", "resources": [],
        "detail": {"status": "InProgress"},
    });
    let mut results = Vec::new();
    for status in ["InProgress", "In Progress"] {
        let pattern = json!({"source": ["aws.ssm"], "detail": {"status": [status]}});
        let body = json!({"EventPattern": pattern.to_string(), "Event": event.to_string()});
        let answer = needed(bench, Service::Events, "TestEventPattern", &body).await?.json;
        results.push(answer.get("Result").and_then(Value::as_bool));
    }
    demand(
        results == [Some(true), Some(false)],
        format!("InProgress {:?}, In Progress {:?}", results[0], results[1]),
    )
}

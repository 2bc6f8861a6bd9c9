//! Against what SQS documents, and what it answered when it was recorded (LocalStack's snapshots).

use std::fs;

use serde_json::{Value, json};

use super::*;
use crate::{
    base::SimDuration,
    service::Ids,
    wire::{
        call::Call,
        dialect::{Dialect, Service},
        sqs::message::ReceiveMessageRequest,
    },
};

mod fifo;
mod messages;
mod queues;

const ACCOUNT: &str = "111111111111";
const BASE: &str = "http://localhost:8008";

/// Queues, and a clock that the test moves.
struct Bench {
    sqs: Sqs,
    ids: Ids,
    now: SimTime,
}

impl Bench {
    fn new() -> Self {
        Self { sqs: Sqs::new(ACCOUNT, "us-east-1", BASE), ids: Ids::new(1), now: SimTime::ZERO }
    }

    fn wait(&mut self, seconds: u64) {
        self.now = self.now + SimDuration::from_secs(seconds);
    }

    fn moment(&mut self) -> (&mut Sqs, Moment<'_>) {
        let start = "2026-01-01T00:00:00Z".parse().unwrap();
        (&mut self.sqs, Moment { now: self.now, start, ids: &mut self.ids })
    }

    fn try_call(&mut self, operation: &str, parameters: Value) -> Result<Value, Fault> {
        let dialect = Dialect { service: Service::Sqs, protocol: Protocol::Json10 };
        let request = Request::read(&Call { dialect, operation: operation.into(), parameters })?;
        let (sqs, mut moment) = self.moment();
        let answer = sqs.call(&request, Protocol::Json10, &mut moment)?;
        Ok(serde_json::to_value(answer).unwrap())
    }

    fn call(&mut self, operation: &str, parameters: Value) -> Value {
        self.try_call(operation, parameters).unwrap()
    }

    fn fault(&mut self, operation: &str, parameters: Value) -> (&'static str, String) {
        let fault = self.try_call(operation, parameters).unwrap_err();
        (fault.code, fault.message)
    }

    fn make(&mut self, name: &str, attributes: Value) -> String {
        let mut asked = json!({"QueueName": name});
        asked["Attributes"] = attributes;
        let made = self.call("CreateQueue", asked);
        made["QueueUrl"].as_str().unwrap().into()
    }

    fn send(&mut self, url: &str, body: &str) -> Value {
        self.call("SendMessage", json!({"QueueUrl": url, "MessageBody": body}))
    }

    fn receive(&mut self, url: &str) -> Vec<Value> {
        let all = json!({"QueueUrl": url, "MaxNumberOfMessages": 10, "MessageSystemAttributeNames": ["All"],
                         "MessageAttributeNames": ["All"]});
        self.call("ReceiveMessage", all)["Messages"].as_array().cloned().unwrap_or_default()
    }

    fn counts(&mut self, url: &str) -> [String; 3] {
        let answer = self.call("GetQueueAttributes", json!({"QueueUrl": url, "AttributeNames": ["All"]}));
        ["", "Delayed", "NotVisible"].map(|kind| {
            let name = format!("ApproximateNumberOfMessages{kind}");
            answer["Attributes"][name].as_str().unwrap().to_string()
        })
    }
}

/// What was recorded of SQS under a test's name; `None` where the recordings are not at hand.
fn recorded(test: &str) -> Option<Value> {
    let path =
        concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/data/localstack_snapshots/test_sqs.snapshot.json");
    let Ok(text) = fs::read_to_string(path) else {
        eprintln!("skipped: {path} is not there");
        return None;
    };
    let all: Value = serde_json::from_str(&text).unwrap();
    let name = format!("tests/aws/services/sqs/test_sqs.py::TestSqsProvider::{test}");
    Some(all[name]["recorded-content"].clone())
}

/// Checks that an answer is the recorded one, apart from what differs every time.
fn assert_like(answer: &Value, recorded: &Value) {
    let strip = |value: &Value| {
        let mut value = value.clone();
        let fields = value.as_object_mut().unwrap();
        for name in ["ResponseMetadata", "ReceiptHandle", "MessageId"] {
            fields.remove(name);
        }
        let times = |value: &mut Value| {
            if value.as_str().is_some_and(|text| text.parse::<u64>().is_ok_and(|time| time > 1_000_000_000)) {
                *value = "timestamp".into();
            }
        };
        let attributes = fields.get_mut("Attributes").and_then(Value::as_object_mut);
        if let Some(attributes) = attributes {
            attributes.values_mut().for_each(times);
            attributes.remove("SenderId");
        }
        value
    };
    assert_eq!(strip(answer), strip(recorded));
}

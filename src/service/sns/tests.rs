//! Against what SNS documents, and what it answered when it was recorded (LocalStack's snapshots).

use std::fs;

use serde_json::{Value, json};

use super::{confirmation::TOKEN_LIFE, *};
use crate::{
    base::{SimDuration, SimTime},
    service::Ids,
    sns::{Protocol, RetryPolicy},
    wire::{
        call::Call,
        dialect::{self, Dialect, Service},
        sns::envelope::{NOTIFICATION, SUBSCRIPTION_CONFIRMATION, UNSUBSCRIBE_CONFIRMATION},
    },
};

mod published;
mod subscribed;
mod topics;

const TOPIC: &str = "arn:aws:sns:us-east-1:111111111111:topic";
const QUEUE: &str = "arn:aws:sqs:us-east-1:111111111111:queue";
const HOOK: &str = "http://localhost:9000/hook";

/// Topics, and a clock that the test moves.
struct Bench {
    sns: Sns,
    ids: Ids,
    now: SimTime,
}

impl Bench {
    fn new() -> Self {
        let sns = Sns::new("111111111111", "us-east-1", "http://localhost:8008");
        Self { sns, ids: Ids::new(1), now: SimTime::ZERO }
    }

    /// With one topic, which the scenario named.
    fn with_topic() -> Self {
        let mut bench = Self::new();
        bench.sns.add_topic(TOPIC);
        bench
    }

    fn wait(&mut self, duration: SimDuration) {
        self.now = self.now + duration;
    }

    fn try_by(&mut self, caller: Caller, operation: &str, parameters: Value) -> Result<Value, Fault> {
        let dialect = Dialect { service: Service::Sns, protocol: dialect::Protocol::Json11 };
        let request = Request::read(&Call { dialect, operation: operation.into(), parameters })?;
        let start = "2026-01-01T00:00:00Z".parse().unwrap();
        let mut moment = Moment { now: self.now, start, ids: &mut self.ids };
        let answer = self.sns.call_by(caller, &request, &mut moment)?;
        Ok(serde_json::to_value(answer).unwrap())
    }

    fn call(&mut self, operation: &str, parameters: Value) -> Value {
        self.try_by(Caller::Signed, operation, parameters).unwrap()
    }

    /// The text of an error.
    fn fault(&mut self, operation: &str, parameters: Value) -> String {
        self.try_by(Caller::Signed, operation, parameters).unwrap_err().message
    }

    fn subscribe(&mut self, protocol: &str, endpoint: &str, attributes: Value) -> String {
        let mut asked = json!({"TopicArn": TOPIC, "Protocol": protocol, "Endpoint": endpoint,
                               "ReturnSubscriptionArn": true});
        asked["Attributes"] = attributes;
        self.call("Subscribe", asked)["SubscriptionArn"].as_str().unwrap().into()
    }

    fn publish(&mut self, mut parameters: Value) -> Value {
        parameters["TopicArn"] = TOPIC.into();
        self.call("Publish", parameters)
    }

    /// Confirms by the token that was sent last.
    fn confirm(&mut self, caller: Caller) -> Value {
        let token = self.sns.take_outgoing().pop().unwrap().envelope.token;
        self.try_by(caller, "ConfirmSubscription", json!({"TopicArn": TOPIC, "Token": token})).unwrap()
    }
}

/// What was recorded of SNS under a test's name; `None` where the recordings are not at hand.
fn recorded(test: &str) -> Option<Value> {
    let path =
        concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/data/localstack_snapshots/test_sns.snapshot.json");
    let Ok(text) = fs::read_to_string(path) else {
        eprintln!("skipped: {path} is not there");
        return None;
    };
    let all: Value = serde_json::from_str(&text).unwrap();
    Some(all[format!("tests/aws/services/sns/test_sns.py::{test}")]["recorded-content"].clone())
}

/// The text of a recorded error.
fn text(recorded: &Value, step: &str) -> String {
    recorded[step]["Error"]["Message"].as_str().unwrap_or_else(|| panic!("no {step}")).into()
}

/// Attributes whose values are JSON, as what they say.
fn parsed(attributes: &Value) -> Value {
    let parse = |value: &Value| {
        let text = value.as_str().filter(|text| text.starts_with('{'));
        text.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_else(|| value.clone())
    };
    let fields = attributes.as_object().unwrap().iter();
    Value::Object(fields.map(|(name, value)| (name.clone(), parse(value))).collect())
}

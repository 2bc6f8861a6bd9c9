//! What cases make and have to put away.

use form_urlencoded::Serializer;
use serde_json::json;

use crate::wire::dialect::Service;

/// Something that was made, by what removes it.
#[derive(Clone, Debug)]
pub(super) enum Leftover {
    /// A topic, with its subscriptions.
    Topic(String),
    /// A queue by its URL.
    Queue(String),
    /// A rule by its name.
    Rule(String),
    /// The targets of a rule by its name, all called as this project calls them.
    Targets(String, String),
    /// A command that may still run.
    Command(String),
}

impl Leftover {
    /// The call that removes it.
    pub(super) fn removal(self) -> (Service, &'static str, Vec<u8>) {
        let body = |value: serde_json::Value| value.to_string().into_bytes();
        match self {
            Self::Topic(arn) => (Service::Sns, "DeleteTopic", form(&[("TopicArn", &arn)])),
            Self::Queue(url) => (Service::Sqs, "DeleteQueue", body(json!({"QueueUrl": url}))),
            Self::Rule(name) => (Service::Events, "DeleteRule", body(json!({"Name": name}))),
            Self::Targets(rule, id) => {
                (Service::Events, "RemoveTargets", body(json!({"Rule": rule, "Ids": [id]})))
            }
            Self::Command(id) => (Service::Ssm, "CancelCommand", body(json!({"CommandId": id}))),
        }
    }
}

/// A form.
pub(super) fn form(fields: &[(&str, &str)]) -> Vec<u8> {
    Serializer::new(String::new()).extend_pairs(fields).finish().into_bytes()
}

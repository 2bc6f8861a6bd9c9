//! SNS topics as the user writes them.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Endpoint, PolicySource};
use crate::{
    base::SimDuration,
    scenario::{distribution::Written, share::Share},
    sns::{FilterPolicyScope, Protocol},
};

/// An SNS topic that requests name in `NotificationConfig`. One that a request names and no `[[topic]]` declares has a
/// single subscription with every default.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Topic {
    /// The ARN of a standard topic, as in `NotificationConfig`.
    #[schemars(extend("examples" = ["arn:aws:sns:eu-central-1:123456789012:patching"]))]
    pub arn: String,
    /// The chance that Systems Manager publishes a change twice.
    #[schemars(extend("default" = 0))]
    pub published_twice: Option<Share>,
    /// The delivery policy of HTTP/S subscriptions that have none of their own, as SNS takes it:
    /// `{ http = { defaultHealthyRetryPolicy = { numRetries = 5 } } }`, or the name of a JSON file beside the scenario.
    pub delivery_policy: Option<PolicySource>,
    /// Who receives its messages. Default: one named `subscriber`.
    #[schemars(length(min = 1, max = 100))]
    pub subscription: Option<Vec<Subscription>>,
}

/// A subscription of a topic. Without any field from `protocol` on, a message arrives after its latency and nothing more is
/// told of its way.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Subscription {
    /// Unique name within the topic: letters, digits, `-` and `_`. Files are named after it.
    #[schemars(length(min = 1, max = 100))]
    pub name: String,
    /// Time from the publication of a message to its arrival, drawn for each message anew, so that order is lost.
    /// Default: log-normal, median 100 ms, 99 % below 1 s; assumed, for no figure was published.
    pub latency: Option<Written>,
    /// The chance that a message arrives twice. The second time comes a further latency after the first.
    #[schemars(extend("default" = 0))]
    pub duplicates: Option<Share>,
    /// The chance that a message never arrives.
    #[schemars(extend("default" = 0))]
    pub loss: Option<Share>,
    /// How the endpoint is reached.
    #[schemars(extend("default" = "sqs"))]
    pub protocol: Option<Protocol>,
    /// Whether the message comes without its envelope. Only of SQS and HTTP/S.
    #[schemars(extend("default" = false))]
    pub raw: Option<bool>,
    /// Whether the subscription is ever confirmed. Nothing is delivered to one that is not.
    #[schemars(extend("default" = true))]
    pub confirmed: Option<bool>,
    /// When it is confirmed, from the start of the simulation. What is published before that is not delivered.
    #[schemars(extend("default" = "0s"))]
    pub confirm_after: Option<SimDuration>,
    /// Which messages are delivered, as SNS takes it: `{ status = ["Failed", "TimedOut"] }`, or the name of a JSON file
    /// beside the scenario. Default: all.
    pub filter_policy: Option<PolicySource>,
    /// What the filter policy is held against.
    #[schemars(extend("default" = "MessageAttributes"))]
    pub filter_policy_scope: Option<FilterPolicyScope>,
    /// When SNS tries again, as SNS takes it: `{ healthyRetryPolicy = { numRetries = 5 } }`, or the name of a JSON file
    /// beside the scenario. Only of HTTP/S. Default: the topic's, else SNS's own of the protocol.
    pub delivery_policy: Option<PolicySource>,
    /// By how much of itself a delay of the delivery policy is longer or shorter at most; assumed, for SNS says only that
    /// there is jitter.
    #[schemars(extend("default" = "10%"))]
    pub jitter: Option<Share>,
    /// Whether an answer from 400 to 499 is a failure, which is tried again. SNS takes it for delivered. Only of HTTP/S.
    #[schemars(extend("default" = false))]
    pub treat_4xx_as_failure: Option<bool>,
    /// The ARN of the SQS queue for messages that SNS gives up. Default: they are discarded.
    pub dead_letter_queue: Option<String>,
    /// Who takes the messages. Default: one that takes everything at once.
    pub endpoint: Option<Endpoint>,
}

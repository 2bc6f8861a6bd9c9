//! SNS topics as the user writes them.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::scenario::{distribution::Written, share::Share};

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
    /// Who receives its messages. Default: one named `subscriber`.
    #[schemars(length(min = 1, max = 100))]
    pub subscription: Option<Vec<Subscription>>,
}

/// A subscription of a topic.
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
}

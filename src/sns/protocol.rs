//! The protocols of subscriptions.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::policy::RetryPolicy;
use crate::base::SimDuration;

/// How a subscription's endpoint is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Protocol {
    /// A POST to a web server.
    Http,
    /// The same, encrypted.
    Https,
    /// The message as the text of an e-mail.
    Email,
    /// The envelope as the text of an e-mail.
    EmailJson,
    /// A standard SQS queue, and a consumer behind it.
    Sqs,
}

/// What a filter policy is held against.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum FilterPolicyScope {
    /// The message's attributes.
    MessageAttributes,
    /// The message itself.
    MessageBody,
}

/// How long SNS waits for the answer to a request (S9.30).
pub const REQUEST_TIMEOUT: SimDuration = SimDuration::from_secs(15);

/// The retries of a message to HTTP/S end so long after its first attempt (S9.25).
pub const LONGEST_RETRYING: SimDuration = SimDuration::from_secs(3600);

impl Protocol {
    /// All protocols, with the names that SNS has for them.
    pub const ALL: [(&'static str, Self); 5] = [
        ("http", Self::Http),
        ("https", Self::Https),
        ("email", Self::Email),
        ("email-json", Self::EmailJson),
        ("sqs", Self::Sqs),
    ];

    /// The protocol of this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(known, _)| *known == name).map(|(_, protocol)| *protocol)
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
            Self::Email => "email",
            Self::EmailJson => "email-json",
            Self::Sqs => "sqs",
        }
    }

    /// Whether it is HTTP or HTTPS, whose rules are others: policies of one's own (S9.23), and 4xx for delivered (S9.29).
    pub fn is_http(self) -> bool {
        matches!(self, Self::Http | Self::Https)
    }

    /// Whether it is e-mail.
    pub fn is_email(self) -> bool {
        matches!(self, Self::Email | Self::EmailJson)
    }

    /// How SNS retries where nobody says otherwise (section 9.5).
    pub fn retry_policy(self) -> RetryPolicy {
        match self {
            Self::Http | Self::Https => RetryPolicy::HTTP,
            Self::Email | Self::EmailJson => RetryPolicy::CUSTOMER_MANAGED,
            Self::Sqs => RetryPolicy::AWS_MANAGED,
        }
    }

    /// The longest time from the first attempt to the last; `None` where SNS sets no bound.
    pub fn longest_retrying(self) -> Option<SimDuration> {
        self.is_http().then_some(LONGEST_RETRYING)
    }
}

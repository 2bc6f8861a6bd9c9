//! How SNS delivers to a subscription, and the endpoint that it delivers to.

use serde::{Deserialize, Serialize};

use crate::{
    base::{Chance, SimDuration, SimTime, distribution::Distribution},
    sns::{FilterPolicyScope, Protocol, RetryPolicy},
};

/// How SNS delivers to a subscription (section 9). Without it every message arrives after its latency, whatever the
/// consumer does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Delivery {
    /// How the endpoint is reached.
    pub protocol: Protocol,
    /// Whether the message comes without its envelope (S9.19).
    pub raw: bool,
    /// When the subscription is confirmed; `None`: never. What is published before that is not delivered (S9.18).
    pub confirmed_at: Option<SimDuration>,
    /// Which messages are delivered; `None`: all.
    pub filter_policy: Option<FilterPolicy>,
    /// When an attempt that failed is made again.
    pub retry_policy: RetryPolicy,
    /// By how much of itself a delay is longer or shorter at most (S9.26).
    pub jitter: Chance,
    /// How many attempts a second SNS makes; `None`: as many as there are (S9.23).
    pub max_receives_per_second: Option<u32>,
    /// Whether an answer from 400 to 499 over HTTP/S is a failure, against S9.29 (O-61).
    pub treat_4xx_as_failure: bool,
    /// The ARN of the queue for messages that SNS gives up; `None`: they are discarded (S9.27).
    pub dead_letter_queue: Option<String>,
    /// The endpoint.
    pub endpoint: Endpoint,
}

/// The jitter of a subscription that says nothing about it. Assumed: no figure was published (S9.26).
pub const DEFAULT_JITTER: Chance = Chance(100_000_000);

/// A filter policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FilterPolicy {
    /// The policy, JSON as text.
    pub policy: String,
    /// What it is held against.
    pub scope: FilterPolicyScope,
}

/// A model of who takes the messages: a web server, a mail server, or a queue and its consumer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Endpoint {
    /// How many messages it works on at once; `None`: any number.
    pub workers: Option<u32>,
    /// How long it works on a message; `None`: no time. Microseconds.
    pub service: Option<Distribution>,
    /// How many requests may wait for a worker, beyond which it answers 503; `None`: any number. Only of HTTP/S.
    pub queue: Option<u32>,
    /// What SNS is answered; with the remaining chance 200.
    pub answers: Vec<Answer>,
    /// When it is down.
    pub outages: Vec<Outage>,
    /// What there is to say of a queue; `None` of other protocols.
    pub sqs: Option<Sqs>,
}

/// An answer other than 200.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// The chance of it at one attempt.
    pub chance: Chance,
    /// The status code; `None`: there is no answer at all.
    pub status: Option<u16>,
}

/// A span of time in which an endpoint is down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outage {
    /// Its beginning, from the start of the simulation.
    pub from: SimDuration,
    /// Its end, which is not in it any more.
    pub until: SimDuration,
    /// What SNS is answered; `None`: it reaches nobody, or where there is a queue, nobody takes from that.
    pub status: Option<u16>,
}

/// A queue, and how its consumer takes from it (section 10.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sqs {
    /// What was received and not deleted so long after is received again (S10.40).
    pub visibility_timeout: SimDuration,
    /// How long the queue keeps a message (S10.40).
    pub retention: SimDuration,
    /// What was received so often goes to the queue's own dead-letter queue instead; `None`: it has none (S10.41).
    pub max_receive_count: Option<u32>,
    /// The chance that the consumer fails on a message, which is then not deleted.
    pub failure: Chance,
}

impl Endpoint {
    /// One that takes everything at once.
    pub fn ideal() -> Self {
        Self {
            workers: None,
            service: None,
            queue: None,
            answers: Vec::new(),
            outages: Vec::new(),
            sqs: None,
        }
    }

    /// The outage that `time` is in.
    pub fn outage(&self, time: SimTime) -> Option<&Outage> {
        self.outages.iter().find(|outage| (outage.from.0..outage.until.0).contains(&time.0))
    }
}

impl Delivery {
    /// Whether the subscription is confirmed when a message is published.
    pub fn is_confirmed(&self, published: SimTime) -> bool {
        self.confirmed_at.is_some_and(|at| published >= SimTime::ZERO + at)
    }

    /// The time between two attempts that SNS keeps at least.
    pub fn pace(&self) -> Option<SimDuration> {
        self.max_receives_per_second.map(|count| SimDuration(1_000_000_u64.div_ceil(u64::from(count.max(1)))))
    }
}

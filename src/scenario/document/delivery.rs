//! Endpoints of subscriptions as the user writes them, and policies in SNS's own form.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::{
    base::SimDuration,
    scenario::{distribution::Written, share::Share},
};

/// A policy in SNS's own form: the name of a JSON file beside the scenario, or the policy itself.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum PolicySource {
    /// The name of a JSON file beside the scenario.
    File(String),
    /// The policy itself.
    Inline(Map<String, Value>),
}

/// A model of who takes the messages of a subscription: a web server, a mail server, or an SQS queue and its consumer.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Endpoint {
    /// How many messages it works on at once. Default: any number.
    #[schemars(range(min = 1, max = 1000000))]
    pub workers: Option<u32>,
    /// How long it works on a message. Default: no time.
    pub service: Option<Written>,
    /// How many requests may wait for a worker; beyond that it answers 503. Only of HTTP/S. Default: any number.
    pub queue: Option<u32>,
    /// What SNS is answered; with the remaining chance 200.
    #[schemars(length(max = 100), extend("default" = []))]
    pub answers: Option<Vec<Answer>>,
    /// When it is down.
    #[schemars(length(max = 1000), extend("default" = []))]
    pub outages: Option<Vec<Outage>>,
    /// What the consumer received and did not delete so long after is received again: 1 s to 12 h. Only of SQS.
    #[schemars(extend("default" = "30s"))]
    pub visibility_timeout: Option<SimDuration>,
    /// How long the queue keeps a message: 1 min to 14 days. Only of SQS.
    #[schemars(extend("default" = "4days"))]
    pub retention: Option<SimDuration>,
    /// What was received so often goes to the queue's own dead-letter queue. Only of SQS. Default: it has none.
    #[schemars(range(min = 1, max = 1000))]
    pub max_receive_count: Option<u32>,
    /// The chance that the consumer fails on a message, which it then does not delete. Only of SQS.
    #[schemars(extend("default" = 0))]
    pub failures: Option<Share>,
}

/// An answer other than 200. Exactly one field besides `chance`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// The chance of it at one attempt.
    pub chance: Share,
    /// The status code. Of SQS and e-mail 400 to 499 stand for errors of the client, after which nothing is tried again.
    #[schemars(range(min = 200, max = 599))]
    pub status: Option<u16>,
    /// There is no answer; SNS gives up after 15 s. Only of HTTP/S.
    pub hang: Option<bool>,
}

/// A span of time in which an endpoint is down.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Outage {
    /// Its beginning, from the start of the simulation.
    pub from: SimDuration,
    /// Its end.
    pub until: SimDuration,
    /// What SNS is answered, such as 404 or 503. Default: it reaches nobody; of SQS, the consumer takes nothing from the
    /// queue.
    #[schemars(range(min = 300, max = 599))]
    pub status: Option<u16>,
}

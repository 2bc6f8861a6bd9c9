//! How SNS delivered to each subscription, and what two consumers made of it.

use serde::Serialize;

use super::{human, notifications::SubscriptionSummary, rows::Table};
use crate::{
    base::SimTime,
    measure::{Carriage, Spread, TrustWaits},
    scenario::plan::Delivery,
    ssm::NotificationType,
};

/// What the deliveries to one subscription came to, over all replications. Times are microseconds.
#[derive(Clone, Debug, Serialize)]
pub struct DeliverySummary {
    /// The protocol, as SNS spells it.
    pub protocol: String,
    /// Counts, and the largest of any replication.
    #[serde(flatten)]
    pub carriage: Carriage,
    /// How long after a terminal status was published the naive consumer's belief is right and stays so. 2^46 - 1 stands for
    /// never; absent when no terminal status was published.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trust_wait: Option<Spread>,
    /// The same of the consumer that heeds the event time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub right_trust_wait: Option<Spread>,
}

impl DeliverySummary {
    pub(super) fn new(plan: &Delivery, carriage: Carriage, waits: Option<&TrustWaits>) -> Self {
        let protocol = serde_json::to_value(plan.protocol).expect("a protocol is a word");
        Self {
            protocol: protocol.as_str().unwrap_or_default().into(),
            carriage,
            trust_wait: waits.and_then(|waits| Spread::of_durations(&waits.naive)),
            right_trust_wait: waits.and_then(|waits| Spread::of_durations(&waits.right)),
        }
    }
}

/// Subscriptions whose delivery is followed.
fn followed(all: &[SubscriptionSummary]) -> impl Iterator<Item = (&str, &DeliverySummary)> {
    all.iter().filter_map(|one| Some((one.subscription.as_str(), one.delivery.as_ref()?)))
}

/// What SNS did.
pub(super) fn attempts(all: &[SubscriptionSummary]) -> Table {
    let row = |(name, one): (&str, &DeliverySummary)| {
        let of = &one.carriage;
        let counts = [
            of.attempts,
            of.retries,
            of.failures,
            of.swallowed,
            of.dead_lettered + of.redriven,
            of.discarded + of.expired,
            of.filtered_out + of.unconfirmed,
            of.backlog,
        ];
        std::iter::once(name.to_string()).chain(counts.map(human::count)).collect()
    };
    let header = vec![
        "delivery to",
        "attempts",
        "retries",
        "failed",
        "swallowed",
        "dead letters",
        "discarded",
        "kept back",
        "backlog",
    ];
    (header, followed(all).map(row).collect())
}

/// What a naive consumer and a right one made of it.
pub(super) fn consumers(all: &[SubscriptionSummary]) -> Table {
    let wait = |spread: &Option<Spread>| spread.as_ref().map_or("-".into(), |spread| trust(spread.p999));
    let row = |(name, one): (&str, &DeliverySummary)| {
        let of = &one.carriage;
        vec![
            name.to_string(),
            human::micros(of.late_by.0 as f64),
            human::count(of.naive_misled),
            human::count(of.naive_wrong),
            wait(&one.trust_wait),
            human::count(of.right_wrong),
            wait(&one.right_trust_wait),
        ]
    };
    let header = vec![
        "consumers of",
        "late by",
        "naive: misled",
        "wrong",
        "trust 99.9 %",
        "right: wrong",
        "trust 99.9 %",
    ];
    (header, followed(all).map(row).collect())
}

/// How long one must wait, in words.
fn trust(micros: u64) -> String {
    // Quantiles are right to 0.1 %.
    match micros >= SimTime::MAX.0 / 1000 * 999 {
        true => "never".into(),
        false => human::micros(micros as f64),
    }
}

/// What it means, in sentences.
pub(super) fn story(kind: NotificationType, all: &[SubscriptionSummary]) -> Vec<String> {
    followed(all).flat_map(|(name, one)| one.tell(name, kind)).collect()
}

impl DeliverySummary {
    fn tell(&self, name: &str, kind: NotificationType) -> Vec<String> {
        let of = &self.carriage;
        let count = |count: u64, one: &str, many: &str| match count {
            1 => format!("1 {one}"),
            _ => format!("{} {many}", human::count(count)),
        };
        let mut told = Vec::new();
        if of.unconfirmed > 0 {
            let messages = count(of.unconfirmed, "message", "messages");
            told.push(format!("`{name}` was not confirmed when {messages} of its topic were published"));
        }
        if of.swallowed > 0 {
            let answers = count(of.swallowed, "attempt was", "attempts were");
            told.push(format!(
                "{answers} answered 3xx or 4xx by `{name}`: SNS counts that as delivered, the consumer has nothing (S9.29)"
            ));
        }
        let gone = of.dead_lettered + of.redriven + of.discarded + of.expired;
        if gone > 0 {
            let messages = count(gone, "message", "messages");
            let dead = match of.dead_lettered + of.redriven {
                0 => "none of them".to_string(),
                dead if dead == gone => "all of them".into(),
                dead => format!("{} of them", human::count(dead)),
            };
            told.push(format!("{messages} to `{name}` were given up, {dead} into a dead-letter queue"));
        }
        if of.backlog > 0 {
            let at = human::micros(of.backlog_at.0 as f64);
            let most = human::count(of.backlog);
            told.push(format!("the backlog of `{name}` was {most} at most, {at} after the start"));
        }
        told.push(self.trusted(name, kind));
        told
    }

    fn trusted(&self, name: &str, kind: NotificationType) -> String {
        let entities = match kind {
            NotificationType::Command => "commands",
            NotificationType::Invocation => "instances",
        };
        let of = &self.carriage;
        let [misled, wrong, right] = [of.naive_misled, of.naive_wrong, of.right_wrong].map(human::count);
        let wait = |spread: &Option<Spread>| match spread.as_ref().map(|spread| trust(spread.p999)) {
            None => "is not known".into(),
            Some(wait) if wait == "never" => "is never to be trusted at 99.9 %".to_string(),
            Some(wait) => format!("is to be trusted at 99.9 % after {wait}"),
        };
        format!(
            "a naive consumer of `{name}` was misled about {misled} {entities} and stays wrong about {wrong}, what it heard \
             last {}; a right one stays wrong about {right}, what it heard last {}",
            wait(&self.trust_wait),
            wait(&self.right_trust_wait)
        )
    }
}

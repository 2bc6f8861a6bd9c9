//! What became of notifications: the figures of each subscription, and what they mean.

use serde::Serialize;

use super::{
    deliveries::{self, DeliverySummary},
    human,
    rows::Table,
};
use crate::{
    measure::{Latencies, Spread, Totals},
    scenario::plan::{Command, Plan, Subscription},
    ssm::NotificationType,
};

/// What one subscription received of one command, over all replications. Times are microseconds.
#[derive(Clone, Debug, Serialize)]
pub struct SubscriptionSummary {
    /// The topic's ARN.
    pub topic: String,
    /// The subscription's name.
    pub subscription: String,
    /// Messages published, second publications included.
    pub published: u64,
    /// Messages that arrived.
    pub arrived: u64,
    /// Messages that never arrived.
    pub lost: u64,
    /// Further arrivals of messages that had arrived before.
    pub duplicates: u64,
    /// Arrivals, first or further, of an older status after a newer one of the same instance.
    pub out_of_order: u64,
    /// From publication to first arrival; absent when nothing arrived.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub latency: Option<Spread>,
    /// The longest time that a consumer who trusts the last arrival was wrong, until an arrival set it right.
    pub wrong_for: u64,
    /// What such a consumer is wrong about for good: instances, or the command.
    pub wrong_for_good: u64,
    /// How SNS delivered; absent where the scenario says nothing of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delivery: Option<DeliverySummary>,
}

/// The figures of every subscription of the topic that a command notifies.
pub(super) fn sum_up(
    plan: &Plan,
    command: &Command,
    totals: &Totals,
    latencies: &Latencies,
) -> Vec<SubscriptionSummary> {
    let Some(notification) = &command.notification else { return Vec::new() };
    let topic = &plan.topics[notification.topic as usize];
    let of_subscription = |(at, subscription): (usize, &Subscription)| {
        let one = totals.receptions.get(at).copied().unwrap_or_default();
        let carriage = totals.carriages.get(at).cloned().flatten();
        let delivery = subscription.delivery.as_deref().zip(carriage);
        SubscriptionSummary {
            topic: topic.arn.clone(),
            subscription: subscription.name.clone(),
            published: one.published,
            arrived: one.arrived,
            lost: one.lost,
            duplicates: one.duplicates,
            out_of_order: one.out_of_order,
            latency: latencies.notifications().get(at).and_then(Spread::of_durations),
            wrong_for: one.wrong_for,
            wrong_for_good: one.wrong_for_good,
            delivery: delivery
                .map(|(plan, carriage)| DeliverySummary::new(plan, carriage, latencies.trust().get(at))),
        }
    };
    topic.subscriptions.iter().enumerate().map(of_subscription).collect()
}

/// The counts of each subscription, and the shares of its arrivals.
pub(super) fn counts(subscriptions: &[SubscriptionSummary]) -> Table {
    let row = |one: &SubscriptionSummary| {
        vec![
            one.subscription.clone(),
            human::count(one.published),
            human::count(one.arrived),
            human::count(one.lost),
            one.doubled(),
            one.disordered(),
            human::micros(one.wrong_for as f64),
            human::count(one.wrong_for_good),
        ]
    };
    let header = vec![
        "messages to",
        "published",
        "arrived",
        "lost",
        "duplicates",
        "out of order",
        "wrong for",
        "for good",
    ];
    (header, subscriptions.iter().map(row).collect())
}

/// What the figures mean, two sentences a subscription.
pub(super) fn story(
    command: &Command,
    subscriptions: &[SubscriptionSummary],
    replications: u64,
) -> Vec<String> {
    let kind = command.notification.as_ref().map(|notification| notification.kind).unwrap_or_default();
    let tell = |one: &SubscriptionSummary| match one.published {
        0 => vec![format!("nothing was published to `{}`", one.subscription)],
        _ => vec![one.order(), one.belief(kind, replications)],
    };
    let told = subscriptions.iter().flat_map(tell);
    told.chain(deliveries::story(kind, subscriptions)).collect()
}

impl SubscriptionSummary {
    /// The share of the messages that came again.
    fn doubled(&self) -> String {
        human::percent(self.duplicates as f64, self.arrived as f64)
    }

    /// The share of all arrivals that were out of order.
    fn disordered(&self) -> String {
        human::percent(self.out_of_order as f64, (self.arrived + self.duplicates) as f64)
    }

    fn order(&self) -> String {
        let name = &self.subscription;
        let mut sentence = match self.out_of_order {
            0 => format!("to `{name}` no message arrived out of order"),
            _ => format!("to `{name}` {} of the messages arrived out of order", self.disordered()),
        };
        if self.lost > 0 {
            sentence += &format!(", {} were lost", human::percent(self.lost as f64, self.published as f64));
        }
        if self.duplicates > 0 {
            sentence += &format!(", {} came again", self.doubled());
        }
        sentence
    }

    fn belief(&self, kind: NotificationType, replications: u64) -> String {
        let of_what = match kind {
            NotificationType::Command => "the command",
            NotificationType::Invocation => "an instance",
        };
        let wrong = match self.wrong_for {
            0 => "never wrong".into(),
            longest => format!("wrong for up to {}", human::micros(longest as f64)),
        };
        let name = &self.subscription;
        let (one, count) = (replications == 1, human::count(self.wrong_for_good));
        let for_good = match kind {
            _ if self.wrong_for_good == 0 => "nothing stays wrong".into(),
            NotificationType::Command if one => "it stays InProgress for good".into(),
            NotificationType::Command => format!("in {count} replications it stays InProgress for good"),
            NotificationType::Invocation if one && self.wrong_for_good == 1 => {
                "1 instance stays InProgress for good".into()
            }
            NotificationType::Invocation if one => format!("{count} instances stay InProgress for good"),
            NotificationType::Invocation => {
                let mean = human::number(self.wrong_for_good as f64 / replications as f64);
                format!("{mean} instances (mean) stay InProgress for good")
            }
        };
        format!("what `{name}` last heard of {of_what} was {wrong}; {for_good}")
    }
}

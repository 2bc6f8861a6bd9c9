//! The points that notifications rest on.

use super::{Grounds, Point};
use crate::{
    base::Chance,
    scenario::{
        distribution::DEFAULT_LATENCY,
        plan::{DEFAULT_JITTER, Delivery, Subscription, Topic},
    },
    sns::RetryPolicy,
};

impl Grounds<'_> {
    /// The topic of the command's notification.
    fn topic(&self) -> Option<&Topic> {
        self.command.notification.as_ref().map(|notification| &self.plan.topics[notification.topic as usize])
    }

    fn notifies(&self) -> bool {
        self.command.notification.is_some()
    }

    fn has_subscription(&self, is_it: fn(&Subscription) -> bool) -> bool {
        self.topic().is_some_and(|topic| topic.subscriptions.iter().any(is_it))
    }

    fn has_delivery(&self, is_it: fn(&Delivery) -> bool) -> bool {
        let deliveries = self.topic().into_iter().flat_map(|topic| &topic.subscriptions);
        deliveries.filter_map(|subscription| subscription.delivery.as_deref()).any(is_it)
    }

    fn published_twice(&self) -> Chance {
        self.topic().map_or(Chance(0), |topic| topic.published_twice)
    }

    /// The ARN of a topic of which the scenario says no more than that.
    fn bare_topic(&self) -> Option<&str> {
        let topic = self.topic()?;
        let [only] = &topic.subscriptions[..] else { return None };
        (only.name == "subscriber" && only.latency == DEFAULT_LATENCY).then_some(&topic.arn)
    }

    fn names_no_type(&self) -> bool {
        let config = &self.command.request.notification_config;
        config.as_ref().is_some_and(|config| config.notification_type.is_none())
    }
}

/// Whether the formula of the backoff phase makes a difference.
fn has_curve(policy: &RetryPolicy) -> bool {
    policy.backoff_retries() > 2 && policy.min_delay_target < policy.max_delay_target
}

pub(super) const POINTS: &[Point] = &[
    Point {
        name: "O-26",
        matters: |grounds| grounds.notifies(),
        text: |_| {
            "InProgress, Success, TimedOut, Cancelled and Failed notify; finer details go under their Status."
                .into()
        },
    },
    Point {
        name: "O-58",
        matters: |grounds| grounds.notifies(),
        text: |grounds| {
            let doubled = grounds.has_subscription(|subscription| subscription.duplicate > Chance(0));
            let lost = grounds.has_subscription(|subscription| subscription.loss > Chance(0));
            let followed = grounds.has_delivery(|_| true);
            let mishaps = match (doubled, lost) {
                (false, false) if followed => "on the way none is lost or doubled",
                (false, false) => "none is lost or doubled",
                (true, false) => "some are doubled",
                (false, true) => "some are lost",
                (true, true) => "some are lost or doubled",
            };
            format!("Each message takes a time of its own to each subscription, so order is lost; {mishaps}.")
        },
    },
    Point {
        name: "O-59",
        matters: |grounds| grounds.notifies(),
        text: |grounds| match grounds.published_twice() {
            Chance(0) => "Systems Manager publishes each change once.".into(),
            chance => format!(
                "Systems Manager publishes a change twice with a probability of {}.",
                chance.probability()
            ),
        },
    },
    Point {
        name: "O-28",
        matters: |grounds| grounds.has_delivery(|_| true),
        text: |_| "A delivery policy counts retries; the first attempt comes beside them.".into(),
    },
    Point {
        name: "O-61",
        matters: |grounds| grounds.has_delivery(|delivery| delivery.protocol.is_http()),
        text: |grounds| match grounds.has_delivery(|delivery| delivery.treat_4xx_as_failure) {
            true => {
                "To some subscriptions an answer from 400 to 499 is a failure, against SNS's guide.".into()
            }
            false => {
                "Over HTTP an answer from 400 to 499 counts as delivered, and the message is lost.".into()
            }
        },
    },
    Point {
        name: "S9.26",
        matters: |grounds| {
            grounds.has_delivery(|delivery| {
                delivery.retry_policy.num_retries > 0 && delivery.jitter == DEFAULT_JITTER
            })
        },
        text: |_| {
            "Delays before retries are up to 10 % longer or shorter; SNS says only that there is jitter."
                .into()
        },
    },
    Point {
        name: "S9.36",
        matters: |grounds| grounds.has_delivery(|delivery| has_curve(&delivery.retry_policy)),
        text: |_| {
            "How delays grow in the backoff phase is ours: SNS names the functions and gives no formula."
                .into()
        },
    },
    Point {
        name: "S9.1",
        matters: |grounds| grounds.names_no_type(),
        text: |_| "The request names no NotificationType, which makes it Command.".into(),
    },
    Point {
        name: "topic",
        matters: |grounds| grounds.bare_topic().is_some(),
        text: |grounds| {
            let arn = grounds.bare_topic().unwrap_or_default();
            format!("Nothing is said about who subscribes to {arn}; it has one subscription.")
        },
    },
    Point {
        name: "latency",
        matters: |grounds| grounds.has_subscription(|subscription| subscription.latency == DEFAULT_LATENCY),
        text: |_| {
            "Where nothing else is said, half of the messages arrive within 100 ms, 99 % within 1 s.".into()
        },
    },
];

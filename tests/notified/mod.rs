//! Plans with notifications, and what their histories tell of them.
#![allow(dead_code, reason = "each test file uses its own part")]

use fleetsim::{
    base::{Chance, SimTime, distribution::Distribution},
    history::{Fact, Notice, Record},
    scenario::plan::{Notification, Plan, Subscription, Topic},
    ssm::{NotificationType, NotifiedStatus},
};

/// The topic of every plan here.
pub const ARN: &str = "arn:aws:sns:eu-central-1:123456789012:ops";

/// A subscription without mishaps.
pub fn subscription(name: &str, latency: Distribution) -> Subscription {
    Subscription { name: name.into(), latency, duplicate: Chance(0), loss: Chance(0), delivery: None }
}

/// The plan, with what `events` say of each command published to the subscriptions.
pub fn notifying(
    mut plan: Plan,
    kind: NotificationType,
    events: &[NotifiedStatus],
    subscriptions: Vec<Subscription>,
) -> Plan {
    plan.topics = vec![Topic { arn: ARN.into(), published_twice: Chance(0), subscriptions }];
    for command in &mut plan.commands {
        command.notification = Some(Notification { topic: 0, events: events.into(), kind });
    }
    plan
}

/// An arrival.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arrival {
    pub at: SimTime,
    pub notice: Notice,
    pub duplicate: bool,
    pub published: SimTime,
}

/// What was published, and when.
pub fn published(history: &[Record]) -> Vec<(SimTime, Notice)> {
    let publication = |record: &Record| match record.fact {
        Fact::Published(notice) => Some((record.time, notice)),
        _ => None,
    };
    history.iter().filter_map(publication).collect()
}

/// What was published about one instance, or the command.
pub fn told(history: &[Record], instance: Option<u32>) -> Vec<NotifiedStatus> {
    let all = published(history).into_iter().filter(|(_, notice)| notice.instance == instance);
    all.map(|(_, notice)| notice.status).collect()
}

/// What arrived at a subscription.
pub fn arrivals(history: &[Record], at: u32) -> Vec<Arrival> {
    let arrival = |record: &Record| match record.fact {
        Fact::Arrived { notice, subscription, duplicate, published } if subscription == at => {
            Some(Arrival { at: record.time, notice, duplicate, published })
        }
        _ => None,
    };
    history.iter().filter_map(arrival).collect()
}

/// What is lost to a subscription, and when.
pub fn losses(history: &[Record], at: u32) -> Vec<(SimTime, Notice)> {
    let loss = |record: &Record| match record.fact {
        Fact::Lost { notice, subscription } if subscription == at => Some((record.time, notice)),
        _ => None,
    };
    history.iter().filter_map(loss).collect()
}

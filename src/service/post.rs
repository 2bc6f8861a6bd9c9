//! Messages on their way out of SNS: how late each is, and when it is due.

use std::collections::BTreeMap;

use super::{Outgoing, sns::Handover};
use crate::{
    base::{SimDuration, SimTime, distribution::Sampler, philox::philox4x64},
    scenario::{
        Plan,
        plan::{Outages, Subscription},
    },
};

/// What tells these words from all others that are drawn under the same seed.
const STREAM: u64 = 0x4C41_5445_4E45_5353;

/// A message that is under way.
#[derive(Debug)]
pub enum Parcel {
    /// To an endpoint outside.
    Outside(Box<Outgoing>),
    /// To a queue of the service.
    Queue(Box<Handover>),
}

/// All messages under way, by the time when they are due.
#[derive(Debug)]
pub struct Post {
    seed: u64,
    under_way: BTreeMap<(SimTime, u64), Entry>,
    count: u64,
    /// How late the messages of each topic of the scenario are: as those to its first subscription.
    topics: BTreeMap<String, Lateness>,
    /// When SNS takes nothing.
    outages: Outages,
}

#[derive(Debug)]
struct Entry {
    published: SimTime,
    /// From when SNS has it until it is due.
    latency: SimDuration,
    parcel: Parcel,
}

/// How late messages are, and what else becomes of them.
#[derive(Debug)]
struct Lateness {
    latency: Sampler,
    loss: u128,
    duplicate: u128,
}

impl Lateness {
    fn of(subscription: &Subscription) -> Option<Self> {
        let latency = Sampler::new(&subscription.latency).ok()?;
        let (loss, duplicate) = (subscription.loss.words(), subscription.duplicate.words());
        Some(Self { latency, loss, duplicate })
    }
}

impl Post {
    /// No messages yet, over the topics of a plan. Messages of a topic that the scenario does not describe are due at once.
    pub fn new(plan: &Plan) -> Self {
        let lateness = |topic: &crate::scenario::plan::Topic| {
            Some((topic.arn.clone(), Lateness::of(topic.subscriptions.first()?)?))
        };
        Self {
            seed: plan.seed,
            under_way: BTreeMap::new(),
            count: 0,
            topics: plan.topics.iter().filter_map(lateness).collect(),
            outages: Outages::of_sns(plan),
        }
    }

    /// When the next message is due.
    pub fn next_time(&self) -> Option<SimTime> {
        self.under_way.keys().next().map(|(time, _)| *time)
    }

    /// Takes a message that is due later than it says by what SNS needs, as the scenario has it: drawn for each message anew,
    /// so that order is lost (O-58). It may be lost, or come twice.
    pub fn send(&mut self, topic_arn: &str, published: SimTime, parcel: impl Fn() -> Parcel) {
        let Some(lateness) = self.topics.get(topic_arn) else {
            return self.enter(published, SimDuration::ZERO, parcel());
        };
        let words = philox4x64([self.count, 0, 0, 0], [self.seed, STREAM]);
        let [first, mishap, second, _] = words;
        if u128::from(mishap) < lateness.loss {
            self.count += 1;
            return;
        }
        let after = |word| delay(lateness.latency.sample(word));
        let is_doubled = u128::from(mishap) < lateness.loss + lateness.duplicate;
        let (once, again) = (after(first), after(second));
        self.enter(published, once, parcel());
        if is_doubled {
            self.enter(published, once + again, parcel());
        }
    }

    /// Takes a message that is due at once.
    pub fn hand_over(&mut self, now: SimTime, parcel: Parcel) {
        self.enter(now, SimDuration::ZERO, parcel);
    }

    /// The next message that is due by `now`, when it is due, and when it was published.
    pub fn take(&mut self, now: SimTime) -> Option<(SimTime, SimTime, Parcel)> {
        let entry = self.under_way.first_entry().filter(|entry| entry.key().0 <= now)?;
        let due = entry.key().0;
        let Entry { published, parcel, .. } = entry.remove();
        Some((due, published, parcel))
    }

    /// The outages of SNS are those of a plan now: what is under way is due accordingly, though not before now.
    pub fn heed_outages(&mut self, plan: &Plan, now: SimTime) {
        self.outages = Outages::of_sns(plan);
        for ((_, number), entry) in std::mem::take(&mut self.under_way) {
            let due = self.outages.over_at(entry.published) + entry.latency;
            self.under_way.insert((due.max(now), number), entry);
        }
    }

    fn enter(&mut self, published: SimTime, latency: SimDuration, parcel: Parcel) {
        let due = self.outages.over_at(published) + latency;
        self.under_way.insert((due, self.count), Entry { published, latency, parcel });
        self.count += 1;
    }
}

/// Microseconds as a delay of at least one.
fn delay(micros: f64) -> SimDuration {
    SimDuration((micros + 0.5).clamp(1.0, SimTime::MAX.0 as f64) as u64)
}

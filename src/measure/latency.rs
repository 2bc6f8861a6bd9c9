//! Durations of the four stages of an invocation, and of the ways of notifications.

use hdrhistogram::Histogram;
use serde::{Deserialize, Serialize};

use super::{carriage::TrustWaits, cells::Cells};
use crate::{
    base::{SimDuration, SimTime},
    history::Ending,
};

/// A stage of an invocation's life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// From the command's request to the send.
    Wait,
    /// From the send to the receipt by the agent.
    Delivery,
    /// On the instance.
    Execution,
    /// From the send to the terminal status.
    Sojourn,
}

impl Stage {
    /// All stages, in the order of an invocation's life.
    pub const ALL: [Self; 4] = [Self::Wait, Self::Delivery, Self::Execution, Self::Sojourn];

    /// The name in outputs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Wait => "wait",
            Self::Delivery => "delivery",
            Self::Execution => "execution",
            Self::Sojourn => "sojourn",
        }
    }
}

/// The durations of one stage, in microseconds: their counts, and beside them what needs none and so stays exact.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Durations {
    cells: Cells,
    /// The smallest; `u64::MAX` of none.
    pub min: u64,
    /// The largest; 0 of none.
    pub max: u64,
    /// Their sum.
    pub sum: u128,
}

impl Default for Durations {
    fn default() -> Self {
        Self { cells: Cells::default(), min: u64::MAX, max: 0, sum: 0 }
    }
}

impl Durations {
    /// All durations, right to 0.1 %.
    pub fn histogram(&self) -> Histogram<u64> {
        self.cells.histogram()
    }

    #[inline]
    pub(super) fn add(&mut self, SimDuration(micros): SimDuration) {
        self.cells.add(micros);
        self.min = self.min.min(micros);
        self.max = self.max.max(micros);
        self.sum += u128::from(micros);
    }

    pub(super) fn merge(&mut self, other: &Self) {
        self.cells.merge(&other.cells);
        self.min = self.min.min(other.min);
        self.max = self.max.max(other.max);
        self.sum += other.sum;
    }
}

/// The durations of each stage, and of the notifications.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Latencies {
    stages: [Durations; Stage::ALL.len()],
    /// For each subscription that something arrived at, and those before it.
    notifications: Vec<Durations>,
    /// For each subscription whose delivery is followed, and those before it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    trust: Vec<TrustWaits>,
}

impl Latencies {
    /// Takes in an invocation that ended at `ended`, of a command requested at `requested`. Stages that it did not
    /// go through are not recorded.
    pub fn record(&mut self, requested: SimTime, ended: SimTime, ending: &Ending) {
        let Some(sent) = ending.sent else { return };
        self.add(Stage::Wait, sent.since(requested));
        self.add(Stage::Sojourn, ended.since(sent));
        if let Some(started) = ending.started {
            self.add(Stage::Delivery, started.since(sent));
        }
        if let Some(elapsed) = ending.elapsed {
            self.add(Stage::Execution, elapsed);
        }
    }

    /// Takes in a message that arrived at a subscription for the first time, so long after its publication.
    #[inline]
    pub fn add_notification(&mut self, subscription: u32, latency: SimDuration) {
        self.of_subscription(subscription as usize).add(latency);
    }

    /// From publication to first arrival, for each subscription that something arrived at and those before it.
    pub fn notifications(&self) -> &[Durations] {
        &self.notifications
    }

    /// From publication to first arrival, over all subscriptions.
    pub fn all_notifications(&self) -> Durations {
        let mut all = Durations::default();
        self.notifications.iter().for_each(|one| all.merge(one));
        all
    }

    /// How long one must wait until what was last heard of an entity can be trusted, for each subscription whose delivery
    /// is followed and those before it.
    pub fn trust(&self) -> &[TrustWaits] {
        &self.trust
    }

    /// The same over all subscriptions.
    pub fn all_trust(&self) -> TrustWaits {
        let mut all = TrustWaits::default();
        self.trust.iter().for_each(|one| all.merge(one));
        all
    }

    /// The waits of a subscription, to be added to.
    pub(super) fn trust_of(&mut self, subscription: usize) -> &mut TrustWaits {
        if subscription >= self.trust.len() {
            self.trust.resize_with(subscription + 1, TrustWaits::default);
        }
        &mut self.trust[subscription]
    }

    /// The durations of a stage.
    pub fn stage(&self, stage: Stage) -> &Durations {
        &self.stages[stage as usize]
    }

    /// Adds what another has recorded.
    pub fn merge(&mut self, other: &Self) {
        for (mine, theirs) in self.stages.iter_mut().zip(&other.stages) {
            mine.merge(theirs);
        }
        for (subscription, theirs) in other.notifications.iter().enumerate() {
            self.of_subscription(subscription).merge(theirs);
        }
        for (subscription, theirs) in other.trust.iter().enumerate() {
            self.trust_of(subscription).merge(theirs);
        }
    }

    #[inline]
    fn of_subscription(&mut self, subscription: usize) -> &mut Durations {
        if subscription >= self.notifications.len() {
            self.make_room(subscription);
        }
        &mut self.notifications[subscription]
    }

    #[cold]
    fn make_room(&mut self, subscription: usize) {
        self.notifications.resize_with(subscription + 1, Durations::default);
    }

    #[inline]
    fn add(&mut self, stage: Stage, duration: SimDuration) {
        self.stages[stage as usize].add(duration);
    }
}

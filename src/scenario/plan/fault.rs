//! Faults: what goes wrong between two times, whatever the commands do.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::Plan;
use crate::base::{Chance, SimDuration, SimTime, distribution::Distribution};

/// Something that goes wrong between two times.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InjectedFault {
    /// When it begins, counted from the start of the simulation.
    pub from: SimDuration,
    /// When it is over; `None`: never. After `from`.
    pub until: Option<SimDuration>,
    /// What goes wrong.
    pub kind: FaultKind,
    /// Of messages that come twice: how long after its receipt; microseconds. `None`: one delivery.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Distribution>,
}

/// What goes wrong. Outages of consumers are told by their [`Endpoint`](super::Endpoint)s.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FaultKind {
    /// No agent reaches Systems Manager.
    RegionOutage,
    /// SNS takes what is published when it is over.
    SnsOutage,
    /// S3 takes no object.
    S3Outage,
    /// CloudWatch Logs takes no event.
    LogsOutage,
    /// Something is wrong with instances.
    Instances {
        /// Whom it strikes.
        struck: Struck,
        /// What is wrong with them.
        trouble: Trouble,
    },
}

/// Whom a fault strikes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Struck {
    /// The indices of groups, in order.
    pub groups: Vec<u32>,
    /// The chance of each of their instances to be struck.
    pub share: Chance,
}

/// What is wrong with instances.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Trouble {
    /// They have no power; what ran begins its step again afterwards (S8.39).
    Lost,
    /// Steps that begin in that time take so many times as long.
    Slow(f64),
    /// They have no network.
    CutOff,
    /// Their role allows nothing, so that their agents hibernate (S8.45).
    Hibernate,
    /// Their clock is ahead by so much (S8.47).
    ClockAhead(SimDuration),
    /// A message that reaches them does so twice with this chance.
    Duplicates(Chance),
}

/// By how much a clock may be wrong until requests that are signed by it are refused (S8.47).
const LARGEST_SKEW: SimDuration = SimDuration::from_secs(5 * 60);

impl Trouble {
    /// What it comes to: with a clock that is too far off nothing that is signed is accepted, as without permission (S8.47); `None`
    /// when nothing comes of it.
    pub fn effect(self) -> Option<Self> {
        match self {
            Self::ClockAhead(by) => (by > LARGEST_SKEW).then_some(Self::Hibernate),
            other => Some(other),
        }
    }
}

impl InjectedFault {
    /// From its beginning to its end, which is not in it any more.
    pub fn span(&self) -> Range<SimTime> {
        SimTime::ZERO + self.from..self.until.map_or(SimTime::MAX, |until| SimTime::ZERO + until)
    }
}

/// The outages of a service: spans of time that may overlap.
#[derive(Clone, Debug, Default)]
pub struct Outages(Vec<Range<SimTime>>);

impl Outages {
    /// Those of SNS, which takes what is published meanwhile when they are over.
    pub fn of_sns(plan: &Plan) -> Self {
        let outages = plan.faults.iter().filter(|fault| fault.kind == FaultKind::SnsOutage);
        Self(outages.map(InjectedFault::span).collect())
    }

    /// The first time from `time` on that is in none of them.
    #[inline]
    pub fn over_at(&self, time: SimTime) -> SimTime {
        if self.0.is_empty() { time } else { self.after_all(time) }
    }

    #[cold]
    fn after_all(&self, time: SimTime) -> SimTime {
        let is_in = |time: SimTime| self.0.iter().find(|span| span.contains(&time));
        std::iter::successors(Some(time), |&time| is_in(time).map(|span| span.end)).last().unwrap_or(time)
    }
}

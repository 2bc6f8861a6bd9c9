//! How many events there were in each span of one replication, and how often targets of rules were tried.

use super::bins::Bins;
use crate::{
    base::SimDuration,
    history::{Fact, Record},
    scenario::Plan,
};

/// Spans of time at most.
const SPANS: usize = 64;

/// What happened about events in a span of time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Events that were sent to EventBridge.
    pub emitted: u32,
    /// Events that will never be delivered.
    pub lost: u32,
    /// Attempts at targets of rules.
    pub attempts: u32,
    /// Of those, the ones that failed.
    pub failed: u32,
}

impl Traffic {
    /// Empty spans for a replication of `plan`; `None` where it has no events.
    pub(super) fn spans(plan: &Plan) -> Option<Bins<Self>> {
        plan.events.as_ref().map(|_| Bins::new(SimDuration::from_secs(1), SPANS))
    }

    /// Counts a fact in its span, if it is about events.
    pub(super) fn count(spans: &mut Bins<Self>, record: &Record) {
        let one = match record.fact {
            Fact::EventEmitted { .. } => Self { emitted: 1, ..Self::default() },
            Fact::EventLost { .. } => Self { lost: 1, ..Self::default() },
            Fact::TargetInvoked { error, .. } => {
                Self { attempts: 1, failed: u32::from(error.is_some()), ..Self::default() }
            }
            _ => return,
        };
        spans.at(record.time, Self::add, |_| Self::default()).add(&one);
    }

    fn add(&mut self, other: &Self) {
        self.emitted += other.emitted;
        self.lost += other.lost;
        self.attempts += other.attempts;
        self.failed += other.failed;
    }
}

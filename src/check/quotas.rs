//! What callers of `SendCommand` have used of the quotas that the plan assumes, worked out anew.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    base::{CallRate, Chance, SimDuration, SimTime},
    check::report::Tally,
    scenario::plan::{AssumedQuotas, Plan, TargetKind},
};

/// The most that a caller waits, in seconds (O-46).
const LONGEST_WAIT: u64 = 20;

/// What the checker knows of quotas.
#[derive(Debug)]
pub(crate) struct QuotaBook {
    pub(crate) given: AssumedQuotas,
    /// The targets of rules that send commands, and that nothing but a quota throttles.
    pub(crate) targets: BTreeSet<(u16, u8)>,
    /// The commands that callers send at a time of their own, and that rules do not.
    pub(crate) own: Vec<bool>,
    /// Of each command refused and not sent yet: how often, and when the last time.
    pub(crate) refused: BTreeMap<u32, (u32, SimTime)>,
    /// The commands of which the caller gave up.
    pub(crate) given_up: Vec<u32>,
    /// Invocations that have not ended, of the commands requested so far.
    pub(crate) pending: u64,
    credit: Credit,
    pub(crate) tally: Tally,
}

/// Calls saved up, in microseconds of waiting.
#[derive(Debug)]
struct Credit {
    saved: u64,
    since: SimTime,
}

impl QuotaBook {
    /// A book for a plan; `None` where it assumes no quotas.
    pub(crate) fn new(plan: &Plan) -> Option<Self> {
        let given = plan.assumed?;
        let saved = given.send_command.map_or(0, most_saved);
        Some(Self {
            given,
            targets: targets(plan),
            own: plan.commands.iter().map(|command| command.trigger.is_none()).collect(),
            refused: BTreeMap::new(),
            given_up: Vec::new(),
            pending: 0,
            credit: Credit { saved, since: SimTime::ZERO },
            tally: Tally::default(),
        })
    }

    /// Whether the rate lets a call pass now.
    pub(crate) fn has_credit(&mut self, now: SimTime) -> bool {
        let Some(rate) = self.given.send_command else { return true };
        let Credit { saved, since } = &mut self.credit;
        *saved = saved.saturating_add(now.0.saturating_sub(since.0)).min(most_saved(rate));
        *since = now;
        *saved >= rate.every.0
    }

    /// Whether so many invocations may be pending beside those that are.
    pub(crate) fn admits(&self, count: u32) -> bool {
        self.given.pending_invocations.is_none_or(|most| self.pending + u64::from(count) <= most)
    }

    /// A call has passed.
    pub(crate) fn spend(&mut self) {
        let cost = self.given.send_command.map_or(0, |rate| rate.every.0);
        self.credit.saved = self.credit.saved.saturating_sub(cost);
    }

    /// Until when a caller calls again that was refused so often.
    pub(crate) fn latest_call(refusals: u32, last: SimTime) -> SimTime {
        let seconds = (1..refusals).fold(1_u64, |wait, _| (wait * 2).min(LONGEST_WAIT));
        last + SimDuration::from_secs(seconds)
    }
}

fn targets(plan: &Plan) -> BTreeSet<(u16, u8)> {
    let rules = plan.events.iter().flat_map(|events| (0..).zip(&events.rules));
    let targets = rules.flat_map(|(number, rule)| {
        let sends = (0..).zip(&rule.targets).filter(|(_, target)| {
            matches!(target.kind, TargetKind::RunCommand { .. }) && target.throttled == Chance(0)
        });
        sends.map(move |(target, _)| (number, target))
    });
    targets.collect()
}

fn most_saved(rate: CallRate) -> u64 {
    rate.every.0.saturating_mul(rate.burst.into())
}

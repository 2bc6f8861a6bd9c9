//! Calls of `SendCommand` that an assumed rate refuses and that their callers repeat (O-46), and commands with which more invocations
//! would be pending than is assumed to be possible (S1.29).

use std::{collections::BTreeMap, sync::Arc};

use super::{event::Event, instant::World};
use crate::{
    base::TokenBucket,
    fleet::{Targets, caller},
    history::{Fact, Observer},
    scenario::plan::{AssumedQuotas, Plan},
};

/// What has been used of the quotas.
#[derive(Debug)]
pub(super) struct Quotas {
    given: AssumedQuotas,
    calls: Option<TokenBucket>,
    /// Of each command that is still to be sent, how often its caller has been refused.
    refusals: BTreeMap<u32, u32>,
    /// The commands that had not ended at the latest call.
    under_way: Vec<u32>,
}

impl Quotas {
    /// Quotas of which nothing has been used; `None` where the plan has none.
    pub(super) fn new(plan: &Plan) -> Option<Box<Self>> {
        let given = plan.assumed?;
        let calls = given.send_command.map(TokenBucket::new);
        Some(Box::new(Self { given, calls, refusals: BTreeMap::new(), under_way: Vec::new() }))
    }
}

impl World<'_> {
    /// A caller calls `SendCommand`: the command is submitted, or the call is refused and repeated later.
    pub(super) fn call_send_command(&mut self, command: u32, observer: &mut impl Observer) {
        if !self.exceeds_rate() {
            return self.submit(command, observer);
        }
        let quotas = self.quotas.as_mut().expect("one of them is exceeded");
        let refusals = quotas.refusals.entry(command).or_insert(0);
        *refusals += 1;
        let attempt = *refusals;
        let gives_up = attempt >= quotas.given.attempts;
        self.emit(observer, command, Fact::Throttled { attempt, gives_up });
        if !gives_up {
            let wait = caller::wait(&self.luck, command, attempt);
            self.calendar.schedule(self.now + wait, command, Event::Submit);
        }
    }

    /// Whether a call of `SendCommand` exceeds the rate now. One that does not has been counted.
    pub(super) fn exceeds_rate(&mut self) -> bool {
        let now = self.now;
        let calls = self.quotas.as_mut().and_then(|quotas| quotas.calls.as_mut());
        calls.is_some_and(|calls| !calls.take(now))
    }

    /// The targets of a command that is requested now: none where more invocations would be pending than may be.
    pub(super) fn targets_within_limit(&mut self, command: u32) -> Arc<Targets> {
        let targets = self.targets_now(command);
        let limit = self.quotas.as_ref().and_then(|quotas| quotas.given.pending_invocations);
        match limit {
            Some(limit) if self.pending() + u64::from(targets.count()) > limit => {
                Arc::new(Targets::beyond_limit())
            }
            Some(_) => {
                self.quotas.as_mut().expect("it has a limit").under_way.push(command);
                targets
            }
            None => targets,
        }
    }

    /// How many invocations have not ended.
    fn pending(&mut self) -> u64 {
        let quotas = self.quotas.as_mut().expect("there are quotas");
        let mut under_way = std::mem::take(&mut quotas.under_way);
        under_way.retain(|&command| !self.untouched_run(command).has_ended());
        let pending = under_way.iter().map(|&command| self.untouched_run(command).pending()).sum();
        self.quotas.as_mut().expect("there are quotas").under_way = under_way;
        pending
    }
}

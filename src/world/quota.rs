//! Calls of `SendCommand` that an assumed quota refuses, and that their callers repeat (O-46).

use std::collections::BTreeMap;

use super::{event::Event, instant::World};
use crate::{
    base::TokenBucket,
    fleet::caller,
    history::{Fact, Observer},
    scenario::plan::{AssumedQuota, AssumedQuotas, Plan},
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
        let Some(quota) = self.exceeded_quota(command) else { return self.submit(command, observer) };
        let quotas = self.quotas.as_mut().expect("one of them is exceeded");
        let refusals = quotas.refusals.entry(command).or_insert(0);
        *refusals += 1;
        let attempt = *refusals;
        let gives_up = attempt >= quotas.given.attempts;
        self.emit(observer, command, Fact::Throttled { quota, attempt, gives_up });
        if !gives_up {
            let wait = caller::wait(&self.luck, command, attempt);
            self.calendar.schedule(self.now + wait, command, Event::Submit);
        }
    }

    /// Which quota a call of `SendCommand` exceeds now. One that exceeds none has been counted.
    pub(super) fn exceeded_quota(&mut self, command: u32) -> Option<AssumedQuota> {
        let most = self.quotas.as_ref()?.given.pending_invocations;
        if most.is_some_and(|most| self.pending_with(command) > most) {
            return Some(AssumedQuota::PendingInvocations);
        }
        let now = self.now;
        let quotas = self.quotas.as_mut()?;
        if quotas.calls.as_mut().is_some_and(|calls| !calls.take(now)) {
            return Some(AssumedQuota::SendCommand);
        }
        quotas.under_way.push(command);
        None
    }

    /// How many invocations have not ended, with those that a command would add.
    fn pending_with(&mut self, command: u32) -> u64 {
        let quotas = self.quotas.as_mut().expect("there are quotas");
        let mut under_way = std::mem::take(&mut quotas.under_way);
        under_way.retain(|&other| !self.untouched_run(other).has_ended());
        let pending: u64 = under_way.iter().map(|&other| self.untouched_run(other).pending()).sum();
        self.quotas.as_mut().expect("there are quotas").under_way = under_way;
        pending + u64::from(self.targets_now(command).count())
    }
}

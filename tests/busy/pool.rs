//! What may be told of one agent: section 8.1, S8.3, S8.16, S8.19, S8.29, S8.36, S8.38, O-25, Settled 9.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use fleetsim::{
    base::{SimDuration, SimTime},
    history::{AgentChange, AgentNote, Fact, Record, Refusal},
    scenario::plan::{AgentLimits, Channel, Plan},
    ssm::{InvocationStatus, StatusDetails},
};

/// One agent's pool, as the facts tell of it.
pub(crate) struct Pool<'a> {
    plan: &'a Plan,
    limits: AgentLimits,
    channel: Channel,
    /// What it holds without a place for it, since when, and whether that has ended for the service.
    held: Option<(u32, SimTime, bool)>,
    running: BTreeSet<u32>,
    waiting: VecDeque<u32>,
    /// Commands whose cancel may have reached the agent, and those withdrawn.
    cancelled: BTreeSet<u32>,
    refusals: BTreeMap<u32, (u32, SimTime)>,
    rebooting: Option<SimTime>,
    /// Whether its instance has no power.
    is_lost: bool,
    /// Every invocation that ran was broken in one instant: the instance may be gone.
    broken: BTreeSet<u32>,
    may_be_gone: bool,
}

impl<'a> Pool<'a> {
    pub(crate) fn new(plan: &'a Plan, instance: u32) -> Self {
        let mut first = 0;
        let is_here = |group: &&fleetsim::scenario::plan::Group| {
            first += group.count();
            instance < first
        };
        let group = plan.groups.iter().find(is_here).unwrap();
        assert!(plan.has_busy_agents(group));
        Self {
            plan,
            limits: group.agent,
            channel: group.channel,
            held: None,
            running: BTreeSet::new(),
            waiting: VecDeque::new(),
            cancelled: BTreeSet::new(),
            refusals: BTreeMap::new(),
            rebooting: None,
            is_lost: false,
            broken: BTreeSet::new(),
            may_be_gone: false,
        }
    }

    pub(crate) fn read(&mut self, record: &Record) {
        let (command, now) = (record.command, record.time);
        match record.fact {
            Fact::Accepted { queued, .. } => {
                self.assert_works();
                self.assert_resent(command, now);
                self.assert_heard(command, now);
                assert_eq!(queued, self.running.len() as u32 == self.limits.workers);
                if queued {
                    assert!((self.waiting.len() as u32) < self.limits.buffer);
                    self.waiting.push_back(command);
                } else {
                    assert!(self.waiting.is_empty(), "what waits comes first");
                    assert!(self.running.insert(command));
                }
            }
            Fact::Refused { why: Refusal::Closed, .. } => {
                assert_eq!(self.channel, Channel::Mgs);
                assert!(!self.is_lost && now < self.rebooting.unwrap() + SimDuration::from_secs(15));
            }
            Fact::AgentNoted { note: AgentNote::Deaf, .. } => {
                self.assert_works();
                self.assert_heard(command, now);
                assert_eq!(self.channel, Channel::Mds);
                self.assert_full();
                self.held = Some((command, now, false));
            }
            Fact::Refused { .. } => {
                assert_eq!(self.channel, Channel::Mgs);
                self.assert_works();
                self.assert_resent(command, now);
                self.assert_full();
                let (times, last) = self.refusals.entry(command).or_default();
                (*times, *last) = (*times + 1, now);
            }
            Fact::Started { .. } => {
                self.assert_works();
                assert_eq!(self.waiting.pop_front(), Some(command), "first come, first served");
                self.running.insert(command);
                assert!(self.running.len() as u32 <= self.limits.workers);
                assert!(self.plan.readings.agent_runs_expired || now <= self.expires_after(command));
            }
            Fact::Released { .. } if !self.running.remove(&command) => {
                assert_eq!(self.waiting.pop_front(), Some(command), "dropped in its turn");
                assert!((self.running.len() as u32) < self.limits.workers, "by a free worker");
                let too_late = !self.plan.readings.agent_runs_expired && now > self.expires_after(command);
                assert!(too_late || self.cancelled.contains(&command));
            }
            Fact::InvocationChanged { state, .. } if state.status == InvocationStatus::Cancelling => {
                self.cancelled.insert(command);
            }
            // O-24: withdrawn, before the service knew of the receipt.
            Fact::InvocationEnded { ending, .. } if ending.state.details == StatusDetails::Cancelled => {
                self.cancelled.insert(command);
                self.end_held(command);
            }
            Fact::InvocationEnded { .. } => self.end_held(command),
            Fact::RebootBegan { .. } => {
                self.held = None;
                assert!(self.running.contains(&command) && self.rebooting.replace(now).is_none());
            }
            Fact::RebootEnded { .. } => {
                let began = self.rebooting.take().unwrap();
                // Every boot of these plans takes five seconds.
                assert_eq!(now, began + SimDuration::from_secs(15 + 60 + 5));
            }
            // S8.39: a loss of power ends a reboot, which is then a boot with the power.
            Fact::AgentChanged { change: AgentChange::Crashed, .. } => {
                (self.is_lost, self.rebooting, self.held) = (true, None, None);
            }
            Fact::AgentChanged { change: AgentChange::Restarted, .. } => self.is_lost = false,
            Fact::Broken { .. } => {
                self.broken.insert(command);
                self.may_be_gone = self.running.is_subset(&self.broken);
            }
            _ => {}
        }
    }

    fn assert_works(&self) {
        assert!(!self.is_lost, "nothing reaches an agent without power");
        assert_eq!(self.rebooting, None, "nothing reaches an agent in a reboot");
    }

    fn assert_full(&self) {
        let taken = (self.running.len() as u32, self.waiting.len() as u32);
        assert_eq!(taken, (self.limits.workers, self.limits.buffer));
    }

    /// What the agent holds it tries every ten seconds to take in, and hears of nothing else. When it has dropped what has ended
    /// is not told.
    fn assert_heard(&mut self, command: u32, now: SimTime) {
        let Some((held, since, has_ended)) = self.held else { return };
        if held == command {
            assert!(now > since && now.since(since).0.is_multiple_of(10_000_000));
        } else {
            assert!(has_ended, "its agent is deaf");
        }
        self.held = None;
    }

    fn end_held(&mut self, command: u32) {
        if let Some((held, _, has_ended)) = &mut self.held {
            *has_ended |= *held == command;
        }
    }

    /// 10 s, then 20, 40, 80, 160, and every 300 s.
    fn assert_resent(&self, command: u32, now: SimTime) {
        let Some(&(times, last)) = self.refusals.get(&command) else { return };
        let seconds = [10, 20, 40, 80, 160].get(times as usize - 1).copied().unwrap_or(300);
        assert!(now > last + SimDuration::from_secs(seconds));
    }

    fn expires_after(&self, command: u32) -> SimTime {
        let command = &self.plan.commands[command as usize];
        let seconds = command.timeout_seconds + command.execution_timeout_seconds;
        SimTime::ZERO + command.at + SimDuration::from_secs(seconds.into())
    }

    /// At the end of an instant nothing waits beside a free worker.
    pub(crate) fn close_instant(&self) {
        let is_free = (self.running.len() as u32) < self.limits.workers;
        assert!(!is_free || self.waiting.is_empty() || self.may_be_gone || self.is_lost);
    }
}

//! Reboots, and instances that are gone: what becomes of all that ran or waited on the instance (section 8.8).

use super::{
    event::{Event, Place},
    instant::World,
    site::{Agent, Down},
};
use crate::{
    base::SimDuration,
    history::{AgentChange, Fact, Observer},
};

/// From a step's wish for a reboot on, the agent's modules stop for so long (S8.29).
const STOPPING: SimDuration = SimDuration::from_secs(15);
/// From then to the shutdown: the minute of `shutdown -r +1` (S8.29).
const UNTIL_SHUTDOWN: SimDuration = SimDuration::from_secs(60);
/// A document that is older is not resumed (S5.20).
const LONGEST_RESUMED: SimDuration = SimDuration::from_secs(48 * 3600);

impl World<'_> {
    /// The instance of an invocation reboots. What ran on it is interrupted.
    pub(super) fn reboot(&mut self, command: u32, place: Place, observer: &mut impl Observer) {
        let instance = place.instance;
        let restarts = self.site.work(place.slot).restarts;
        let boot = self.model.agents.boot(&self.luck, instance, command, restarts);
        let closed = self.now + STOPPING;
        let until = closed + UNTIL_SHUTDOWN + boot;
        self.site.interrupt(instance);
        self.site.agent(instance).expect("it ran a step").down = Some(Down::Rebooting { until, closed });
        self.calendar.schedule(until, command, Event::RebootEnd { instance });
        self.emit(observer, command, Fact::RebootBegan { instance });
        self.lose_letters(instance, observer);
    }

    /// The agent works again, after a reboot or without power: what was in progress begins its step again, up to a limit (S5.20, S8.36, S8.39).
    pub(super) fn end_reboot(&mut self, command: u32, instance: u32, observer: &mut impl Observer) {
        let now = self.now;
        let is_due = |agent: &&mut Agent| {
            let until = |down| match down {
                Down::Rebooting { until, .. } | Down::Lost { until } => Some(until),
                Down::Stopped | Down::Terminated => None,
            };
            agent.down.and_then(until) == Some(now)
        };
        let Some(agent) = self.site.agent(instance).filter(is_due) else { return };
        let fact = match agent.down.take() {
            Some(Down::Lost { .. }) => Fact::AgentChanged { instance, change: AgentChange::Restarted },
            _ => Fact::RebootEnded { instance },
        };
        let (in_progress, waiting) = (agent.pool.running().to_vec(), agent.pool.waiting().to_vec());
        self.emit(observer, command, fact);
        let limit = self.model.agents.limits(instance).retries;
        for slot in in_progress {
            let place = Place { instance, slot };
            let work = self.site.work(slot);
            work.restarts += 1;
            let (command, step, runs) = (work.command, work.step, work.runs);
            if work.restarts > limit || now.since(self.requested(command)) > LONGEST_RESUMED {
                self.break_once(command, place, observer);
                self.release(command, place, observer);
            } else {
                self.run_step(command, place, step, runs + 1);
            }
        }
        if self.plan.readings.agent_quirks {
            // O-54: what the agent finds on its disk bears no mark of the cancel.
            waiting.into_iter().for_each(|slot| self.site.work(slot).is_cancelled = false);
        }
        self.serve(instance, observer);
    }

    /// The instance stops or is terminated, with all that ran or waited on it: at a random moment, which `down` remembers, or
    /// at a time that its availability knows.
    pub(super) fn vanish(&mut self, instance: u32, down: Option<Down>, observer: &mut impl Observer) {
        let Some(agent) = self.site.agent(instance) else { return };
        if matches!(agent.down, Some(Down::Stopped | Down::Terminated)) {
            return;
        }
        let (running, waiting) = agent.pool.handle_loss();
        for &slot in &running {
            let work = self.site.work(slot);
            work.interrupt();
            let command = work.command;
            self.break_once(command, Place { instance, slot }, observer);
        }
        for slot in running.into_iter().chain(waiting) {
            let command = self.site.work(slot).command;
            self.settle(command, Place { instance, slot });
        }
        self.site.agent(instance).expect("as before").down = down;
        self.lose_letters(instance, observer);
        if down.is_none() {
            self.site.forget(instance);
        }
    }
}

//! Messages that come twice: how long an agent knows the first, and what it does when it does not (S8.4, S8.17, S8.27).

use super::{
    event::{Event, Place},
    instant::World,
    live::{Live, LiveEnd, Phase},
};
use crate::{
    base::{SimDuration, SimTime},
    fleet::{
        Reach,
        poll::{Letter, LetterKind},
        reach::{Away, reach},
    },
    history::{AgentNote, Observer},
};

impl World<'_> {
    /// A message that the agent took in may come a second time.
    pub(super) fn double(&mut self, command: u32, place: Place) {
        let (now, agents, instance) = (self.now, &self.model.agents, place.instance);
        if !agents.has_faults() || self.site.work(place.slot).is_again {
            return;
        }
        let Some(doubling) = agents.doubling(&self.luck, instance, command, now) else { return };
        if doubling.is_late {
            self.site.copies.insert((command, instance), now);
        }
        self.calendar.schedule(now + doubling.after, command, Event::Copy(place));
    }

    /// A second copy of a message is there for the agent.
    #[cold]
    pub(super) fn offer_copy(&mut self, command: u32, place: Place, observer: &mut impl Observer) {
        let received = self.site.copies.remove(&(command, place.instance));
        let is_known = self.live.get_mut(command, place).is_some();
        if received.is_none() && !is_known || !self.reaches_copy(command, place) {
            return;
        }
        if self.model.agents.polls(place.instance) {
            let letter = Letter { command, slot: place.slot, kind: LetterKind::Copy(received) };
            return self.offer(place, letter, observer);
        }
        self.receive_copy(command, place, received, observer);
    }

    /// Whether the agent can be reached now, whatever has become of the invocation.
    pub(super) fn reaches_copy(&mut self, command: u32, place: Place) -> bool {
        if self.live.get_mut(command, place).is_some() {
            return self.reach_agent(command, place) == Reach::Now;
        }
        let (now, agents, instance) = (self.now, &self.model.agents, place.instance);
        if self.site.agent(instance).is_some_and(|agent| agent.down.is_some()) {
            return false;
        }
        let is_there = match agents.availability(&self.luck, instance) {
            Some(Away::Alternating(which)) => {
                agents.reachable_from(&self.luck, instance, which, &mut None, now) == now
            }
            away => reach(away, now) == Reach::Now,
        };
        let is_scaled_out = self.reach_of_scaled(instance).is_some_and(|reach| reach != Reach::Now);
        is_there && !is_scaled_out && self.connected_despite_faults(instance) == now
    }

    /// The agent gets a second copy. It knows the first while that is in its pool, and for as long as it remembers messages.
    pub(super) fn receive_copy(
        &mut self,
        command: u32,
        place: Place,
        received: Option<SimTime>,
        observer: &mut impl Observer,
    ) {
        let (now, agents) = (self.now, &self.model.agents);
        let is_in_pool = self.live.get_mut(command, place).is_some() && !self.site.work(place.slot).is_done;
        let is_forgotten =
            received.is_some_and(|since| agents.forgets_at(&self.luck, place.instance, since) <= now);
        if is_forgotten && !is_in_pool {
            return self.execute_again(command, place.instance, observer);
        }
        let note = match agents.polls(place.instance) {
            true => AgentNote::AcknowledgedAgain,
            false => AgentNote::Duplicate,
        };
        self.note(command, place, note, observer);
    }

    /// The agent runs a command for the second time. The service hears nothing of it that it would heed: it has the replies to
    /// this command, or has given it up. Where there is no place in the pool, nothing comes of the copy.
    fn execute_again(&mut self, command: u32, instance: u32, observer: &mut impl Observer) {
        let now = self.now;
        let availability = self.model.agents.availability(&self.luck, instance);
        let place = self.live.insert(Live {
            command,
            instance,
            ordinal: 0,
            attempts: 0,
            sent: now,
            started: now,
            finish_at: now,
            elapsed: SimDuration::ZERO,
            reply: SimDuration::ZERO,
            end: LiveEnd::Open,
            availability,
            phase: Phase::Received,
            is_broken: true,
            ended: true,
        });
        self.site.open(place.slot, command);
        let work = self.site.work(place.slot);
        (work.is_again, work.is_silent, work.is_broken) = (true, true, true);
        if self.meet(command, place).pool.is_full() {
            return self.settle(command, place);
        }
        self.note(command, place, AgentNote::ExecutedAgain, observer);
        self.hand_over(command, place, observer);
    }
}

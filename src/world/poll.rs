//! Agents on MDS: what they hear with their polls, and what becomes of messages while they hear nothing (S8.8, S8.9, S8.14 to
//! S8.18).

use super::{
    event::{Event, Place},
    instant::World,
    live::Phase,
    site::{Content, Reply},
};
use crate::{
    fleet::{
        Reach,
        poll::{Letter, LetterKind, VISIBILITY},
    },
    history::{AgentNote, Observer},
};

impl World<'_> {
    /// A message is there for an agent, which gets it with a poll.
    pub(super) fn offer(&mut self, place: Place, letter: Letter, observer: &mut impl Observer) {
        let instance = place.instance;
        self.meet(letter.command, place);
        self.site.poll(instance).expect("its agent polls").handle_message(letter);
        self.answer_poll(instance, observer);
    }

    /// The agent deals with all that its open poll brings.
    fn answer_poll(&mut self, instance: u32, observer: &mut impl Observer) {
        let (now, agents) = (self.now, &self.model.agents);
        while let Some(poll) = self.site.poll(instance) {
            let mut again = |letter: Letter| {
                let place = Place { instance, slot: letter.slot };
                self.live.get_mut(letter.command, place).map_or(0, |live| live.attempts)
            };
            let next = poll.poll(now, |letter| agents.pause(&self.luck, instance, letter, again(letter)));
            let Some(letter) = next else { break };
            self.open_letter(instance, letter, observer);
        }
        let timeout = self.site.poll(instance).and_then(|poll| poll.next_timeout());
        if let Some(timeout) = timeout {
            self.calendar.schedule(timeout, 0, Event::Poll { instance });
        }
        self.site.forget_idle(instance);
    }

    fn open_letter(&mut self, instance: u32, letter: Letter, observer: &mut impl Observer) {
        let (command, place) = (letter.command, Place { instance, slot: letter.slot });
        match letter.kind {
            LetterKind::Copy(received) => {
                if self.reaches_copy(command, place) {
                    self.receive_copy(command, place, received, observer);
                }
                return;
            }
            // What the service has withdrawn is not handed out.
            _ if self.live.get_mut(command, place).is_none() => return,
            LetterKind::Cancel | LetterKind::Send => {}
        }
        match self.reach_agent(command, place) {
            Reach::Now if letter.kind == LetterKind::Cancel => self.cancel_run(command, place, observer),
            Reach::Now if self.is_new_to_agent(command, place) => self.hand_over(command, place, observer),
            Reach::Now => self.acknowledge_again(command, place, observer),
            _ => self.miss_letter(instance, letter, observer),
        }
    }

    fn is_new_to_agent(&mut self, command: u32, place: Place) -> bool {
        let live = self.live.get_mut(command, place).expect("in flight");
        matches!(live.phase, Phase::Sent | Phase::Delayed)
    }

    /// The agent pauses no more, or tries again to take in a message that it had no place for.
    pub(super) fn poll_again(&mut self, instance: u32, observer: &mut impl Observer) {
        let now = self.now;
        let Some(poll) = self.site.poll(instance) else { return };
        if let Some(held) = poll.handle_timeout(now) {
            let (command, place) = (held.command, Place { instance, slot: held.slot });
            let has_ended = self.live.get_mut(command, place).expect("it is held").ended;
            // Settled 9, as for what waits in the pool.
            if has_ended && self.is_too_late(command) {
                self.settle(command, place);
            } else {
                self.hand_over(command, place, observer);
            }
        }
        self.answer_poll(instance, observer);
    }

    /// S8.16: the agent has no place for a message, holds it and hears nothing until it has.
    pub(super) fn grow_deaf(&mut self, command: u32, place: Place, observer: &mut impl Observer) {
        let (now, slot) = (self.now, place.slot);
        let poll = self.site.poll(place.instance).expect("its agent polls");
        poll.handle_full(now, Letter { command, slot, kind: LetterKind::Send });
        let live = self.live.get_mut(command, place).expect("received");
        if !matches!(live.phase, Phase::Held { .. }) {
            live.phase = Phase::Held { was_delayed: live.phase == Phase::Delayed };
            self.note(command, place, AgentNote::Deaf, observer);
        }
    }

    /// S8.18: what the agent has taken in and the service has no acknowledgement of can be handed out again.
    pub(super) fn plan_redelivery(&mut self, command: u32, place: Place) {
        if self.is_unacknowledged(command, place) {
            self.calendar.schedule(self.now + VISIBILITY, command, Event::Visible(place));
        }
    }

    pub(super) fn hand_out_again(&mut self, command: u32, place: Place, observer: &mut impl Observer) {
        if !self.is_unacknowledged(command, place) {
            return;
        }
        match self.reach_agent(command, place) {
            Reach::Now => {
                let letter = Letter { command, slot: place.slot, kind: LetterKind::Send };
                self.offer(place, letter, observer);
            }
            Reach::NotBefore(then) => self.calendar.schedule(then, command, Event::Visible(place)),
            Reach::Never | Reach::Gone => {}
        }
    }

    fn is_unacknowledged(&mut self, command: u32, place: Place) -> bool {
        let live = self.live.get_mut(command, place);
        live.is_some_and(|live| live.phase == Phase::Received && !live.ended)
    }

    /// S8.17: the agent has the message already: InProgress and the acknowledgement again.
    fn acknowledge_again(&mut self, command: u32, place: Place, observer: &mut impl Observer) {
        if !self.is_unacknowledged(command, place) {
            return;
        }
        self.note(command, place, AgentNote::AcknowledgedAgain, observer);
        let latency = self.live.get_mut(command, place).expect("in flight").reply;
        let reply = Reply { latency, arrives: self.now, is_kept: false, content: Content::Received };
        self.reply(command, place, reply, observer);
        self.plan_redelivery(command, place);
    }

    /// The agent is gone: what it has not taken in is handed out when it is back.
    pub(super) fn lose_letters(&mut self, instance: u32, observer: &mut impl Observer) {
        let now = self.now;
        let Some(poll) = self.site.poll(instance) else { return };
        for letter in poll.handle_loss(now) {
            if self.live.get_mut(letter.command, Place { instance, slot: letter.slot }).is_some() {
                self.miss_letter(instance, letter, observer);
            }
        }
    }

    /// A message is there, and the agent is not.
    fn miss_letter(&mut self, instance: u32, letter: Letter, observer: &mut impl Observer) {
        let (command, place) = (letter.command, Place { instance, slot: letter.slot });
        match letter.kind {
            LetterKind::Copy(_) => {}
            LetterKind::Cancel => self.cancel_on_agent(command, place, observer),
            LetterKind::Send => {
                let live = self.live.get_mut(command, place).expect("in flight");
                match live.phase {
                    Phase::Held { .. } if live.ended => return self.settle(command, place),
                    Phase::Held { was_delayed: true } => live.phase = Phase::Delayed,
                    Phase::Held { was_delayed: false } => live.phase = Phase::Sent,
                    Phase::Sent | Phase::Delayed => {}
                    _ => return self.hand_out_again(command, place, observer),
                }
                let reach = self.reach_agent(command, place);
                self.miss(command, place, reach, observer);
            }
        }
    }
}

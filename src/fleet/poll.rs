//! The long polls of an agent on MDS: when it hears of messages, and when it is deaf (S8.8, S8.9, S8.16).

use std::collections::VecDeque;

use super::{
    agent::Agents,
    behaviour::part,
    luck::{Luck, Purpose},
};
use crate::{
    base::{SimDuration, SimTime},
    scenario::plan::Channel,
};

/// A poll that brings nothing ends after so long, and the next one begins at once (S8.8).
const LONGEST_POLL: SimDuration = SimDuration::from_secs(20);
/// A poll that returned sooner is followed by a pause (S8.9).
const EARLY: SimDuration = SimDuration::from_secs(1);
/// The shortest pause, and by how much one may be longer (S8.9).
const PAUSE: [SimDuration; 2] = [SimDuration(2_000_000), SimDuration(499_000)];
/// An agent that is full tries again after so long to take a message in (S8.16).
const NEXT_TRY: SimDuration = SimDuration::from_secs(10);
/// So long after it was handed out, a message that was not acknowledged can be handed out again (S8.18, O-52).
pub const VISIBILITY: SimDuration = SimDuration::from_secs(10);

/// A message to an agent. It is known by numbers that the caller chooses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Letter {
    /// The command.
    pub command: u32,
    /// Where the invocation lives.
    pub slot: u32,
    /// What the message is.
    pub kind: LetterKind,
}

/// What a message to an agent is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LetterKind {
    /// The command, for the first time or again because it was not acknowledged.
    Send,
    /// A cancel message.
    Cancel,
    /// A second copy of the command; of one that is late, when the agent received the first.
    Copy(Option<SimTime>),
}

/// What the agent does about messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// A poll is open.
    Polls { since: SimTime },
    /// The last poll returned early.
    Pauses { until: SimTime },
    /// Workers and buffer are full; the first message is tried again at that time, and no poll is open.
    Retries { at: SimTime },
}

/// The polls of one agent, and the messages that wait for one.
#[derive(Clone, Debug)]
pub struct Poll {
    state: State,
    /// The instant of the last answer: all messages of an instant come with one.
    answered: Option<SimTime>,
    inbox: VecDeque<Letter>,
    /// The timeout that was last told.
    told: Option<SimTime>,
}

impl Poll {
    /// An agent that has polled since then, again and again.
    pub fn new(since: SimTime) -> Self {
        Self { state: State::Polls { since }, answered: None, inbox: VecDeque::new(), told: None }
    }

    /// A message is there for the agent.
    pub fn handle_message(&mut self, letter: Letter) {
        self.inbox.push_back(letter);
    }

    /// The message that the agent gets now, if a poll is open and one is there. `pause` is how long a pause after it takes.
    pub fn poll(&mut self, now: SimTime, pause: impl FnOnce(Letter) -> SimDuration) -> Option<Letter> {
        match self.state {
            State::Retries { .. } => return None,
            State::Pauses { .. } if self.answered != Some(now) => return None,
            State::Polls { .. } | State::Pauses { .. } => {}
        }
        let letter = self.inbox.pop_front()?;
        if let State::Polls { since } = self.state
            && self.answered != Some(now)
        {
            let lasted = SimDuration(now.since(since).0 % LONGEST_POLL.0);
            self.state = match lasted < EARLY {
                true => State::Pauses { until: now + pause(letter) },
                false => State::Polls { since: now },
            };
            self.answered = Some(now);
        }
        Some(letter)
    }

    /// The agent has no place for a message that it got. Until it has, it hears nothing.
    pub fn handle_full(&mut self, now: SimTime, letter: Letter) {
        self.inbox.push_front(letter);
        self.state = State::Retries { at: now + NEXT_TRY };
    }

    /// A time of [`next_timeout`](Self::next_timeout) has come: the next poll is open. Gives what an agent that was full tries
    /// to take in before.
    pub fn handle_timeout(&mut self, now: SimTime) -> Option<Letter> {
        let held = match self.state {
            State::Pauses { until } if until == now => None,
            State::Retries { at } if at == now => self.inbox.pop_front(),
            _ => return None,
        };
        (self.state, self.answered) = (State::Polls { since: now }, None);
        held
    }

    /// The agent is gone, with what it held; gives back all that it has not taken in. When it is back, it polls.
    pub fn handle_loss(&mut self, now: SimTime) -> VecDeque<Letter> {
        (self.state, self.answered) = (State::Polls { since: now }, None);
        std::mem::take(&mut self.inbox)
    }

    /// When it polls or tries again, if that was not told before.
    pub fn next_timeout(&mut self) -> Option<SimTime> {
        let next = match self.state {
            State::Polls { .. } => None,
            State::Pauses { until: at } | State::Retries { at } => Some(at),
        };
        let is_new = next != self.told;
        self.told = next;
        next.filter(|_| is_new)
    }

    /// Whether there is nothing to remember of it.
    pub fn is_idle(&self) -> bool {
        matches!(self.state, State::Polls { .. }) && self.inbox.is_empty()
    }
}

impl Agents {
    /// Whether an instance's agent hears of messages in polls.
    #[inline]
    pub fn polls(&self, instance: u32) -> bool {
        self.has_polls && self.channel(instance) == Channel::Mds
    }

    /// The polls of an agent that has had nothing to do.
    pub fn idle_poll(&self, luck: &Luck, instance: u32, now: SimTime) -> Poll {
        let [word, ..] = luck.of_instance(self.key(instance), Purpose::Poll, 0);
        let phase = part(LONGEST_POLL, word);
        let lasted = (now.0 + LONGEST_POLL.0 - phase.0) % LONGEST_POLL.0;
        Poll::new(SimTime(now.0.saturating_sub(lasted)))
    }

    /// How long an agent pauses after a poll that a message has ended early.
    pub fn pause(&self, luck: &Luck, instance: u32, letter: Letter, again: u32) -> SimDuration {
        let kind = match letter.kind {
            LetterKind::Send => 0,
            LetterKind::Cancel => 1,
            LetterKind::Copy(_) => 2,
        };
        let key = self.key(instance);
        let [word, ..] = luck.of_invocation(key, letter.command, Purpose::Pause, again << 2 | kind);
        PAUSE[0] + part(PAUSE[1] + SimDuration::UNIT, word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAUSED: SimDuration = SimDuration(2_250_000);

    fn at(millis: u64) -> SimTime {
        SimTime(millis * 1000)
    }

    fn letter(command: u32) -> Letter {
        Letter { command, slot: 0, kind: LetterKind::Send }
    }

    fn heard(poll: &mut Poll, now: SimTime) -> Vec<u32> {
        std::iter::from_fn(|| poll.poll(now, |_| PAUSED)).map(|letter| letter.command).collect()
    }

    #[test]
    fn a_poll_that_returns_early_is_followed_by_a_pause() {
        // S8.8, S8.9: polls begin at 0, 20 and 40 s; the one from 40 s on lasts half a second.
        let mut poll = Poll::new(at(0));
        poll.handle_message(letter(1));
        poll.handle_message(letter(2));
        assert_eq!(heard(&mut poll, at(40_500)), [1, 2]);
        assert_eq!((poll.next_timeout(), poll.next_timeout()), (Some(at(42_750)), None));
        poll.handle_message(letter(3));
        assert_eq!(heard(&mut poll, at(42_000)), [0_u32; 0]);
        assert_eq!(poll.handle_timeout(at(42_750)), None);
        // The next one returns at once, and is followed by a pause as well.
        assert_eq!(heard(&mut poll, at(42_750)), [3]);
        assert_eq!(poll.next_timeout(), Some(at(45_000)));
    }

    #[test]
    fn a_poll_that_lasted_is_followed_by_the_next_at_once() {
        let mut poll = Poll::new(at(0));
        poll.handle_message(letter(1));
        assert_eq!(heard(&mut poll, at(5_000)), [1]);
        assert_eq!(poll.next_timeout(), None);
        poll.handle_message(letter(2));
        assert_eq!(heard(&mut poll, at(6_000)), [2]);
        assert!(poll.is_idle());
    }

    #[test]
    fn a_full_agent_is_deaf_and_tries_every_ten_seconds() {
        // S8.16.
        let mut poll = Poll::new(at(0));
        poll.handle_message(letter(1));
        assert_eq!(heard(&mut poll, at(5_000)), [1]);
        poll.handle_full(at(5_000), letter(1));
        poll.handle_message(letter(2));
        assert_eq!((heard(&mut poll, at(5_000)), poll.next_timeout()), (vec![], Some(at(15_000))));
        assert_eq!(poll.handle_timeout(at(9_000)), None);
        assert_eq!(poll.handle_timeout(at(15_000)), Some(letter(1)));
        poll.handle_full(at(15_000), letter(1));
        assert_eq!(poll.next_timeout(), Some(at(25_000)));
        assert_eq!(poll.handle_timeout(at(25_000)), Some(letter(1)));
        assert_eq!(heard(&mut poll, at(25_000)), [2]);
    }

    #[test]
    fn what_an_agent_held_is_lost_with_it() {
        let mut poll = Poll::new(at(0));
        poll.handle_full(at(5_000), letter(1));
        poll.handle_message(letter(2));
        assert_eq!(poll.handle_loss(at(6_000)), [letter(1), letter(2)]);
        assert_eq!(poll.handle_timeout(at(15_000)), None);
        assert!(poll.is_idle());
    }
}

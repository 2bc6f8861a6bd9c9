//! Slow start: how far the answers received so far let the number in flight grow (Settled 3).

use std::collections::VecDeque;

use crate::{
    base::{SimDuration, SimTime},
    ssm::{
        Readings,
        reading::{Gate, Grace, SlowStart},
    },
};

/// Later than every grace.
const NEVER: SimTime = SimTime(u64::MAX);

/// The sends of one instant and how many of them are unanswered.
#[derive(Debug)]
struct Wave {
    time: SimTime,
    unanswered: u32,
}

/// The window of slow start. Waves older than the grace count as answered and are forgotten, so it remembers
/// no more instants than there are within the grace.
#[derive(Debug)]
pub(crate) struct Ramp {
    shape: SlowStart,
    gate: Gate,
    grace: Option<SimDuration>,
    waves: VecDeque<Wave>,
    /// How many waves have been forgotten: the number of the oldest one left.
    forgotten: u32,
    answered: u64,
    /// Before this time no grace passes.
    quiet_until: SimTime,
}

impl Ramp {
    pub(crate) fn new(readings: &Readings) -> Self {
        let grace = match (readings.gate, readings.unanswered_grace) {
            (Gate::Ack, Grace::After(grace)) => Some(grace.max(SimDuration::UNIT)),
            _ => None,
        };
        Self {
            shape: readings.slow_start,
            gate: readings.gate,
            grace,
            waves: VecDeque::new(),
            forgotten: 0,
            answered: 0,
            quiet_until: NEVER,
        }
    }

    /// Whether there is a window at all.
    pub(crate) fn is_on(&self) -> bool {
        self.shape != SlowStart::Off
    }

    /// Whether the window lets one more be sent beside those in flight.
    pub(crate) fn has_room(&self, in_flight: u32) -> bool {
        let in_flight = u64::from(in_flight);
        match self.shape {
            SlowStart::Double => in_flight < 1 + 2 * self.answered,
            SlowStart::Window => in_flight < (2 * self.answered).max(1),
            SlowStart::Jump => self.answered > 0 || in_flight == 0,
            SlowStart::Off => true,
        }
    }

    /// How many invocations count as answered.
    pub(crate) fn answered(&self) -> u64 {
        self.answered
    }

    /// Takes note of a send and gives the number of its wave.
    pub(crate) fn send(&mut self, time: SimTime) -> u32 {
        let Some(grace) = self.grace else { return 0 };
        if self.waves.is_empty() {
            self.quiet_until = time + grace;
        }
        match self.waves.back_mut() {
            Some(wave) if wave.time == time => wave.unanswered += 1,
            _ => self.waves.push_back(Wave { time, unanswered: 1 }),
        }
        self.forgotten + self.waves.len() as u32 - 1
    }

    /// Takes note of an invocation's acknowledgement.
    pub(crate) fn acknowledge(&mut self, wave: u32) {
        if self.gate == Gate::Ack {
            self.answer(wave);
        }
    }

    /// Takes note of an invocation's end, `received` or not.
    pub(crate) fn end(&mut self, wave: u32, received: bool) {
        if self.gate == Gate::Complete || !received {
            self.answer(wave);
        }
    }

    fn answer(&mut self, wave: u32) {
        if self.grace.is_none() {
            self.answered += 1;
        } else if let Some(at) = wave.checked_sub(self.forgotten) {
            self.waves[at as usize].unanswered -= 1;
            self.answered += 1;
        }
    }

    /// Whether no grace passes up to `now`.
    pub(crate) fn is_quiet(&self, now: SimTime) -> bool {
        now < self.quiet_until
    }

    /// The next time at which sends count as answered only because the grace has passed.
    pub(crate) fn next_grace(&mut self) -> Option<SimTime> {
        let grace = self.grace?;
        while self.waves.front().is_some_and(|wave| wave.unanswered == 0) {
            self.forget_oldest();
        }
        let next = self.waves.front().map(|wave| wave.time + grace);
        self.quiet_until = next.unwrap_or(NEVER);
        next
    }

    /// Lets the grace pass for all that was sent long enough before `now`.
    pub(crate) fn pass(&mut self, now: SimTime) {
        while self.next_grace().is_some_and(|time| time <= now) {
            self.forget_oldest();
        }
    }

    fn forget_oldest(&mut self) {
        if let Some(wave) = self.waves.pop_front() {
            self.answered += u64::from(wave.unanswered);
            self.forgotten += 1;
        }
    }
}

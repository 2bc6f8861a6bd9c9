//! How many invocations may be in flight: `MaxConcurrency` behind slow start (section 4.2, Settled 3).

use std::collections::VecDeque;

use crate::{
    base::{SimDuration, SimTime},
    ssm::{
        Readings,
        reading::{Gate, Grace, SlowStart},
    },
};

/// The window of slow start. It opens with the number of invocations that have been acknowledged, and once it is
/// as wide as `MaxConcurrency` it stays so.
#[derive(Clone, Debug)]
pub struct Window {
    cap: u32,
    /// How many may be in flight.
    size: u32,
    slow_start: SlowStart,
    gate: Gate,
    grace: Option<SimDuration>,
    /// Invocations acknowledged, ended, or unanswered for longer than the grace; each counted once.
    passed: u32,
    /// Sends that have not passed yet and those after them, oldest first. Empty once the window is open.
    waiting: VecDeque<Waiting>,
    /// Ordinal of the first of `waiting`.
    first: u32,
}

#[derive(Clone, Copy, Debug)]
struct Waiting {
    sent: SimTime,
    passed: bool,
}

impl Window {
    /// A window that may grow to `cap` invocations in flight.
    pub fn new(cap: u32, readings: &Readings) -> Self {
        let grace = match (readings.gate, readings.unanswered_grace) {
            // No delay is shorter than a unit (Settled 1).
            (Gate::Ack, Grace::After(grace)) => Some(grace.max(SimDuration::UNIT)),
            _ => None,
        };
        let mut window = Self {
            cap,
            size: 0,
            slow_start: readings.slow_start,
            gate: readings.gate,
            grace,
            passed: 0,
            waiting: VecDeque::new(),
            first: 0,
        };
        window.grow(0);
        window
    }

    /// How many may be in flight now.
    pub fn size(&self) -> u32 {
        self.size
    }

    /// So many more have passed.
    fn grow(&mut self, passed: u32) {
        self.passed += passed;
        let grown = match self.slow_start {
            SlowStart::Double => self.passed.saturating_mul(2).saturating_add(1),
            SlowStart::Window => self.passed.saturating_mul(2).max(1),
            SlowStart::Jump if self.passed == 0 => 1,
            SlowStart::Jump | SlowStart::Off => self.cap,
        };
        self.size = grown.min(self.cap);
    }

    /// The next ordinal was sent at `now`.
    pub fn handle_sent(&mut self, now: SimTime) {
        self.queue(Waiting { sent: now, passed: false });
    }

    /// The next ordinal will never be sent.
    pub fn handle_skipped(&mut self) {
        self.queue(Waiting { sent: SimTime::ZERO, passed: true });
    }

    /// The invocation at `ordinal` was acknowledged.
    pub fn handle_acknowledged(&mut self, ordinal: u32) {
        if self.gate == Gate::Ack {
            self.pass(ordinal);
        }
    }

    /// The invocation at `ordinal` ended.
    pub fn handle_ended(&mut self, ordinal: u32) {
        self.pass(ordinal);
    }

    /// Time has come to `now`: what has gone unanswered for the grace passes.
    pub fn handle_timeout(&mut self, now: SimTime) {
        let Some(grace) = self.grace else { return };
        while let Some(oldest) = self.waiting.front().filter(|oldest| oldest.sent + grace <= now) {
            let passed = u32::from(!oldest.passed);
            self.grow(passed);
            self.waiting.pop_front();
            self.first += 1;
        }
        self.tidy();
    }

    /// Whether an acknowledgement may widen the window.
    pub fn heeds_acknowledgements(&self) -> bool {
        self.gate == Gate::Ack && !self.waiting.is_empty()
    }

    /// When `handle_timeout` has something to do, if nothing else happens before.
    pub fn next_timeout(&self) -> Option<SimTime> {
        let oldest = self.waiting.front()?;
        self.grace.map(|grace| oldest.sent + grace)
    }

    fn is_open(&self) -> bool {
        self.size == self.cap
    }

    fn queue(&mut self, waiting: Waiting) {
        if self.is_open() {
            return;
        }
        self.waiting.push_back(waiting);
        self.tidy();
    }

    #[inline]
    fn pass(&mut self, ordinal: u32) {
        if !self.waiting.is_empty() {
            self.pass_waiting(ordinal);
        }
    }

    fn pass_waiting(&mut self, ordinal: u32) {
        let place = ordinal.checked_sub(self.first).map(|place| place as usize);
        if let Some(waiting) = place.and_then(|place| self.waiting.get_mut(place)) {
            let passed = u32::from(!std::mem::replace(&mut waiting.passed, true));
            self.grow(passed);
            self.tidy();
        }
    }

    /// Drops what has passed from the front, and everything once the window is open for good.
    fn tidy(&mut self) {
        if self.is_open() {
            self.waiting = VecDeque::new();
        }
        while self.waiting.front().is_some_and(|oldest| oldest.passed) {
            self.waiting.pop_front();
            self.first += 1;
        }
    }
}

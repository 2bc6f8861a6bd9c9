//! Rate control: which invocation is sent when, and when no more are. The only implementation in the program.
//!
//! The machine knows its targets by ordinal, their place in the order of dispatch. Within an instant all inputs are
//! handled before the first output is polled (Settled 1); outputs are drained before the next input.

use std::collections::BTreeSet;

use super::{threshold::Threshold, window::Window};
use crate::{
    base::{Rate, SimTime},
    ssm::Readings,
};

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Input {
    /// The agent's acknowledgement of a sent invocation was received.
    Acknowledged {
        /// Which.
        ordinal: u32,
    },
    /// A sent invocation reached a terminal status and frees its slot (Settled 4).
    Ended {
        /// Which.
        ordinal: u32,
        /// Whether it counts against `MaxErrors`.
        error: bool,
    },
    /// A single invocation that was not sent yet was cancelled.
    Withdraw {
        /// Which.
        ordinal: u32,
    },
    /// The whole command was cancelled.
    Cancel,
    /// The command's time to send ran out.
    Expire,
    /// The command's alarm went off, or could not be read (S4.29).
    Alarm,
    /// [`Dispatch::next_timeout`] has come.
    Timeout,
}

/// What should be done now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Output {
    /// Send the invocation.
    Send {
        /// Which.
        ordinal: u32,
    },
    /// Give the invocation up without sending it.
    Drop {
        /// Which.
        ordinal: u32,
        /// Why.
        halt: Halt,
    },
    /// Nothing is left to send or in flight. Said once.
    Done,
}

/// Why sending has ended for good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Halt {
    /// The errors exceeded `MaxErrors`.
    Stopped,
    /// The command was cancelled.
    Cancelled,
    /// The command's time ran out.
    Expired,
    /// Its alarm went off.
    Alarmed,
}

/// The rate-control machine of one command.
#[derive(Clone, Debug)]
pub struct Dispatch {
    window: Window,
    threshold: Threshold,
    sendable: u32,
    next: u32,
    in_flight: u32,
    withdrawn: BTreeSet<u32>,
    halt: Option<Halt>,
    done: bool,
}

impl Dispatch {
    /// A machine for `sendable` of `targets` targets: percentages are of all targets (Settled 5).
    pub fn new(
        max_concurrency: Rate,
        max_errors: Rate,
        targets: u32,
        sendable: u32,
        readings: &Readings,
    ) -> Self {
        let cap = max_concurrency.of(targets, readings.concurrency_rounding).max(1);
        Self {
            window: Window::new(cap, readings),
            threshold: Threshold::new(max_errors, targets, readings),
            sendable,
            next: 0,
            in_flight: 0,
            withdrawn: BTreeSet::new(),
            halt: None,
            done: false,
        }
    }

    /// Takes note of what happened at `now`.
    #[inline(always)] // Who tells of something knows what it is.
    pub fn handle(&mut self, now: SimTime, input: Input) {
        match input {
            Input::Acknowledged { ordinal } => self.window.handle_acknowledged(ordinal),
            Input::Ended { ordinal, error } => {
                self.in_flight -= 1;
                self.window.handle_ended(ordinal);
                if error && self.threshold.handle_error() {
                    self.halt.get_or_insert(Halt::Stopped);
                }
            }
            Input::Withdraw { ordinal } => {
                debug_assert!(self.is_waiting(ordinal));
                self.withdrawn.insert(ordinal);
            }
            Input::Cancel => {
                self.halt.get_or_insert(Halt::Cancelled);
            }
            Input::Expire => {
                self.halt.get_or_insert(Halt::Expired);
            }
            Input::Alarm => {
                self.halt.get_or_insert(Halt::Alarmed);
            }
            Input::Timeout => self.window.handle_timeout(now),
        }
    }

    /// What should be done at `now`, one thing at a time; `None` when there is nothing more to do.
    pub fn poll(&mut self, now: SimTime) -> Option<Output> {
        while self.next < self.sendable {
            let ordinal = self.next;
            if self.withdrawn.remove(&ordinal) {
                self.next += 1;
                self.window.handle_skipped();
            } else if let Some(halt) = self.halt {
                self.next += 1;
                return Some(Output::Drop { ordinal, halt });
            } else if self.in_flight < self.window.size() {
                self.next += 1;
                self.in_flight += 1;
                self.window.handle_sent(now);
                return Some(Output::Send { ordinal });
            } else {
                return None;
            }
        }
        if self.in_flight > 0 || self.done {
            return None;
        }
        self.done = true;
        Some(Output::Done)
    }

    /// When [`Input::Timeout`] is due, if nothing else happens before.
    pub fn next_timeout(&self) -> Option<SimTime> {
        let waits = self.next < self.sendable && self.halt.is_none();
        self.window.next_timeout().filter(|_| waits)
    }

    /// Whether an acknowledgement may change what is sent when.
    pub fn heeds_acknowledgements(&self) -> bool {
        self.window.heeds_acknowledgements()
    }

    /// Whether the invocation has neither been sent nor given up.
    pub fn is_waiting(&self, ordinal: u32) -> bool {
        (self.next..self.sendable).contains(&ordinal) && !self.withdrawn.contains(&ordinal)
    }

    /// The errors received so far.
    pub fn errors(&self) -> u32 {
        self.threshold.errors()
    }

    /// Whether the errors received exceed `MaxErrors`.
    pub fn is_exceeded(&self) -> bool {
        self.threshold.is_exceeded()
    }
}

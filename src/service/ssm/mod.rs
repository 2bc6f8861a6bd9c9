//! Answers of Systems Manager, from what is known of commands, invocations and instances (section 15).

pub mod command;
pub mod instance;
pub mod invocation;
pub(super) mod output;
pub mod send;

use jiff::Timestamp;

use super::run_command::RunCommand;
use crate::base::{SimDuration, SimTime};

/// What answers are made from.
#[derive(Clone, Copy, Debug)]
pub struct View<'a> {
    /// The fleet and its commands.
    pub run_command: &'a RunCommand,
    /// The instant that simulated time 0 stands for.
    pub start: Timestamp,
    /// How long a command stays unseen after its request: the gap of an eventually consistent store. Assumed.
    pub gap: SimDuration,
}

impl View<'_> {
    /// Whether what was requested at a time is seen now.
    fn sees(&self, requested: SimTime) -> bool {
        requested + self.gap <= self.run_command.now()
    }
}

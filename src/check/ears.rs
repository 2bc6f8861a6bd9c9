//! What agents have not heard or have forgotten: the messages that keep agents on MDS deaf (S8.16), and those that come so late
//! that they are executed again (S8.27).

use rustc_hash::{FxHashMap, FxHashSet};

use crate::{
    base::{SimDuration, SimTime},
    history::AgentNote,
};

/// A deaf agent tries again after so long to take in the message that it holds (S8.16).
const NEXT_TRY: SimDuration = SimDuration::from_secs(10);

/// What keeps an agent from hearing anything else.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Held {
    pub(crate) command: u32,
    since: SimTime,
    /// Whether its invocation has ended. Then the agent may have dropped it, which is not told.
    pub(crate) has_ended: bool,
}

/// All that is deaf or forgotten.
#[derive(Debug, Default)]
pub(crate) struct Ears {
    held: FxHashMap<u32, Held>,
    /// The commands and instances of what is about to be executed again.
    again: FxHashSet<(u32, u32)>,
}

impl Ears {
    /// What an agent holds.
    pub(crate) fn held(&self, instance: u32) -> Option<Held> {
        self.held.get(&instance).copied()
    }

    /// Whether what the agent takes in now is executed again.
    pub(crate) fn is_again(&self, command: u32, instance: u32) -> bool {
        self.again.contains(&(command, instance))
    }

    pub(crate) fn note(&mut self, time: SimTime, (command, instance): (u32, u32), note: AgentNote) {
        match note {
            AgentNote::Deaf => {
                self.held.insert(instance, Held { command, since: time, has_ended: false });
            }
            AgentNote::ExecutedAgain => {
                self.again.insert((command, instance));
            }
            _ => {}
        }
    }

    /// The agent takes a command in.
    pub(crate) fn accept(&mut self, command: u32, instance: u32) {
        self.again.remove(&(command, instance));
        if self.held(instance).is_some_and(|held| held.command == command) {
            self.held.remove(&instance);
        }
    }

    /// An invocation has ended.
    pub(crate) fn end(&mut self, command: u32, instance: u32) {
        if let Some(held) = self.held.get_mut(&instance).filter(|held| held.command == command) {
            held.has_ended = true;
        }
    }

    /// The agent is gone, with what it held.
    pub(crate) fn lose(&mut self, instance: u32) {
        self.held.remove(&instance);
    }
}

impl Held {
    /// Whether the agent tries at that time.
    pub(crate) fn is_tried(&self, at: SimTime) -> bool {
        at > self.since && at.since(self.since).0.is_multiple_of(NEXT_TRY.0)
    }
}

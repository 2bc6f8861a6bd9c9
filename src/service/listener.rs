//! What other services hear of what happens in the world.

use crate::{
    base::SimTime,
    history::{Fact, Notice, Observer, Record},
};

/// What was told since somebody looked.
#[derive(Debug, Default)]
pub struct Heard {
    /// What Run Command has published, with the command.
    pub published: Vec<(SimTime, u32, Notice)>,
    /// Changes of status, of which events tell.
    pub changes: Vec<Record>,
    /// Whether changes are wanted at all.
    pub wants_changes: bool,
}

impl Heard {
    /// Whether nothing was told.
    pub fn is_empty(&self) -> bool {
        self.published.is_empty() && self.changes.is_empty()
    }
}

impl Observer for Heard {
    fn observe(&mut self, record: &Record) {
        match record.fact {
            Fact::Published(notice) => self.published.push((record.time, record.command, notice)),
            _ if !self.wants_changes => {}
            Fact::InvocationChanged { .. }
            | Fact::InvocationEnded { .. }
            | Fact::CommandChanged { .. }
            | Fact::CommandEnded { .. }
            | Fact::EventEmitted { .. } => self.changes.push(*record),
            _ => {}
        }
    }
}

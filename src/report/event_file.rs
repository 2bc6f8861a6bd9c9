//! Every event of one replication, as a queue that a rule without conditions feeds would hold it.

use std::io::{self, Write};

use crate::{
    base::SimTime,
    events::{Cause, Happening},
    history::{Fact, Observer, Record},
    scenario::{Narrator, Plan, Roster, narrator::Ids},
    sns::id,
};

/// Writes `events.jsonl` as events are sent. The first failure of the output is kept and ends the writing;
/// [`EventFile::finish`] tells it.
#[derive(Debug)]
pub struct EventFile<'a, W: Write> {
    plan: &'a Plan,
    roster: Roster,
    commands: Vec<String>,
    requested: Vec<SimTime>,
    lines: W,
    state: io::Result<()>,
}

impl<'a, W: Write> EventFile<'a, W> {
    /// Begins the file. `seed` and `replication` are in the ids.
    pub fn new(plan: &'a Plan, seed: u64, replication: u64, lines: W) -> Self {
        let count = plan.commands.len();
        Self {
            plan,
            roster: Roster::new(plan),
            commands: (0..count as u32).map(|at| id::command_id(seed, replication, at)).collect(),
            requested: vec![SimTime::ZERO; count],
            lines,
            state: Ok(()),
        }
    }

    /// Flushes. Fails with the first error that the output had.
    pub fn finish(mut self) -> io::Result<()> {
        self.state?;
        self.lines.flush()
    }

    fn write(&mut self, cause: Cause) -> io::Result<()> {
        let Some(narrator) = Narrator::new(self.plan, &self.roster) else { return Ok(()) };
        let command = cause.happening.command() as usize;
        let about = match cause.happening {
            Happening::Command { .. } | Happening::Invocation { .. } => self.commands[command].clone(),
            Happening::LifecycleAction { instance, hook } => id::uuid(
                format!("action {} {} {hook}", self.commands[0], self.roster.id(instance)).as_bytes(),
            ),
            other => id::uuid(format!("activity {} {other:?}", self.commands[0]).as_bytes()),
        };
        let event = id::uuid(format!("event {} {cause:?}", self.commands[0]).as_bytes());
        let ids = Ids { event, subject: about };
        writeln!(self.lines, "{}", narrator.tell(cause, self.requested[command], ids).to_json())
    }
}

impl<W: Write> Observer for EventFile<'_, W> {
    fn observe(&mut self, record: &Record) {
        match record.fact {
            Fact::Requested => self.requested[record.command as usize] = record.time,
            Fact::EventEmitted { happening } if self.state.is_ok() => {
                self.state = self.write(Cause { time: record.time, happening });
            }
            _ => {}
        }
    }
}

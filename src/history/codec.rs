//! The history as a file: one JSON value a line. The first line holds the plan, the last one says that nothing is
//! missing, so that half a file never looks whole.

use std::{
    borrow::Cow,
    fmt,
    io::{self, BufRead, Write},
};

use serde::{Deserialize, Serialize};

use super::{
    digest::Digest,
    fact::{Fact, Record},
    observer::Observer,
};
use crate::{
    base::SimTime,
    events::{Delivery, Happening},
    scenario::{Plan, Roster},
};

mod event_facts;
mod event_line;
mod line;
mod message_line;
mod plan;
mod upload_line;

use line::Line;

/// The version of the file format.
pub const FORMAT: u32 = 2;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header<'a> {
    fleetsim_history: u32,
    seed: u64,
    replication: u64,
    plan: Cow<'a, Plan>,
}

/// What the first line has in every format.
#[derive(Deserialize)]
struct Format {
    fleetsim_history: u32,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Footer {
    records: u64,
    /// Absent in histories that another program wrote.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    digest: Option<Digest>,
}

/// A record as a line of the file, without the line's end.
pub fn to_line(record: &Record, roster: &Roster) -> String {
    serde_json::to_string(&Line::new(record, roster)).expect("a record is plain data")
}

/// Writes a history. The first failure of the output is kept and ends the writing; [`HistoryWriter::finish`] tells it.
#[derive(Debug)]
pub struct HistoryWriter<W: Write> {
    roster: Roster,
    output: W,
    records: u64,
    digest: Digest,
    state: io::Result<()>,
}

impl<W: Write> HistoryWriter<W> {
    /// Begins a history of one replication of `plan`.
    pub fn new(plan: &Plan, seed: u64, replication: u64, output: W) -> Self {
        let header = Header { fleetsim_history: FORMAT, seed, replication, plan: Cow::Borrowed(plan) };
        let roster = Roster::new(plan);
        let mut writer = Self { roster, output, records: 0, digest: Digest::default(), state: Ok(()) };
        writer.line(&header);
        writer
    }

    /// Writes the last line and flushes. Fails with the first error that the output had.
    pub fn finish(mut self) -> io::Result<()> {
        self.line(&Footer { records: self.records, digest: Some(self.digest) });
        self.state?;
        self.output.flush()
    }

    fn line(&mut self, value: &impl Serialize) {
        if self.state.is_ok() {
            let written = serde_json::to_writer(&mut self.output, value).map_err(io::Error::from);
            self.state = written.and_then(|()| self.output.write_all(b"\n"));
        }
    }
}

impl<W: Write> Observer for HistoryWriter<W> {
    fn observe(&mut self, record: &Record) {
        self.records += 1;
        self.digest.observe(record);
        let line = Line::new(record, &self.roster);
        self.line(&line);
    }
}

/// What a fact about events names that the plan has not.
fn fault_of_events(fact: &Fact, plan: &Plan, roster: &Roster) -> Option<String> {
    let (happening, delivery) = match *fact {
        Fact::EventEmitted { happening } | Fact::EventLost { happening } => (Some(happening), None),
        Fact::TargetInvoked { delivery, .. }
        | Fact::GivenUp { delivery, .. }
        | Fact::Triggered { delivery }
        | Fact::TriggerDropped { delivery } => (Some(delivery.cause.happening), Some(delivery)),
        Fact::ActionStarted { instance, hook }
        | Fact::ActionHeartbeat { instance, hook }
        | Fact::ActionEnded { instance, hook, .. } => {
            (Some(Happening::LifecycleAction { instance, hook }), None)
        }
        Fact::InstanceLaunched { instance }
        | Fact::InstanceInService { instance }
        | Fact::InstanceTerminated { instance } => (Some(Happening::Launched { instance }), None),
        _ => (None, None),
    };
    let happening = happening?;
    let Some(events) = &plan.events else { return Some("the plan has no events".into()) };
    if let Some(Delivery { rule, target, .. }) = delivery
        && events.target(rule, target).is_none()
    {
        return Some(format!("the plan has no target {target} of rule {rule}"));
    }
    if happening.command() as usize >= plan.commands.len() {
        return Some(format!("the plan has no command {}", happening.command()));
    }
    if happening.is_of_command() {
        return None;
    }
    let group = happening.instance().and_then(|instance| roster.locate(instance));
    let Some(group) = group.and_then(|(group, _)| events.scaling_of(group)) else {
        return Some("the instance belongs to no Auto Scaling group".into());
    };
    match happening {
        Happening::LifecycleAction { hook, .. } if hook as usize >= group.hooks.len() => {
            Some(format!("the Auto Scaling group has no hook {hook}"))
        }
        _ => None,
    }
}

/// Whether a line means to be the last one, whatever its spaces: another program may have written it.
fn is_footer(line: &str) -> bool {
    let fields = line.trim_start().strip_prefix('{');
    fields.is_some_and(|fields| fields.trim_start().starts_with("\"records\""))
}

/// Why a history cannot be read.
#[derive(Debug)]
pub struct HistoryError {
    /// The line, from 1.
    pub line: u64,
    /// What is wrong with it and what would be right.
    pub message: String,
}

impl fmt::Display for HistoryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.message)
    }
}

impl std::error::Error for HistoryError {}

/// Reads a history record by record; memory does not grow with its length.
#[derive(Debug)]
pub struct HistoryReader<R> {
    input: R,
    line: u64,
    buffer: String,
    /// The plan that the first line holds.
    pub plan: Plan,
    roster: Roster,
    /// The seed of the run.
    pub seed: u64,
    /// Which replication it is.
    pub replication: u64,
    records: u64,
    digest: Digest,
}

impl<R: BufRead> HistoryReader<R> {
    /// Reads the first line.
    pub fn new(mut input: R) -> Result<Self, HistoryError> {
        let mut buffer = String::new();
        let error = |message| HistoryError { line: 1, message };
        input.read_line(&mut buffer).map_err(|e| error(e.to_string()))?;
        if let Ok(Format { fleetsim_history: found }) = serde_json::from_str(&buffer)
            && found != FORMAT
        {
            return Err(error(format!("history format {found}; this version reads format {FORMAT}")));
        }
        let header: Header<'_> = serde_json::from_str(&buffer).map_err(|e| {
            error(format!(
                "this is not a fleetsim history ({e}); the first line of one is {{\"fleetsim_history\":{FORMAT},...}}, \
                 as `fleetsim run --history -o DIR` writes it"
            ))
        })?;
        let (plan, seed, replication) = (header.plan.into_owned(), header.seed, header.replication);
        plan::check(&plan).map_err(error)?;
        let roster = Roster::new(&plan);
        let digest = Digest::default();
        Ok(Self { input, line: 1, buffer, plan, roster, seed, replication, records: 0, digest })
    }

    /// The next record; `None` behind the last line, if that says what was read.
    pub fn next_record(&mut self) -> Result<Option<Record>, HistoryError> {
        self.buffer.clear();
        self.line += 1;
        let read = self.input.read_line(&mut self.buffer);
        if read.map_err(|error| self.error(error.to_string()))? == 0 {
            return Err(self.error("the history ends without its last line: it is not whole".into()));
        }
        if is_footer(&self.buffer) {
            self.check_footer()?;
            return self.check_end().map(|()| None);
        }
        let parsed: Result<Line<'_>, _> = serde_json::from_str(&self.buffer);
        let line = parsed.map_err(|error| self.error(format!("this is not a record: {error}")))?;
        let (time, given) = (line.t, line.command);
        let command = given.unwrap_or_default();
        if command as usize >= self.plan.commands.len() {
            return Err(self.error(format!("the plan has no command {command}")));
        }
        if time > SimTime::MAX {
            let most = SimTime::MAX.0;
            return Err(
                self.error(format!("the time {} is beyond the calendar, which ends at {most}", time.0))
            );
        }
        let fact = line.fact.into_fact(&self.roster).map_err(|message| self.error(message))?;
        if given.is_none() && !fact.is_of_no_command() {
            return Err(self.error("the record does not say which command it is about".into()));
        }
        if let Some(fault) = fault_of_events(&fact, &self.plan, &self.roster) {
            return Err(self.error(fault));
        }
        let record = Record { time, command, fact };
        self.records += 1;
        self.digest.observe(&record);
        Ok(Some(record))
    }

    /// The digest of what was read so far.
    pub fn digest(&self) -> Digest {
        self.digest
    }

    fn check_footer(&mut self) -> Result<(), HistoryError> {
        let parsed = serde_json::from_str(&self.buffer);
        let footer: Footer = parsed.map_err(|error| self.error(format!("bad last line: {error}")))?;
        if footer.records != self.records {
            let (said, read) = (footer.records, self.records);
            return Err(self.error(format!("the last line says {said} records, but {read} were read")));
        }
        match footer.digest.filter(|&said| said != self.digest) {
            None => Ok(()),
            Some(said) => {
                let read = self.digest;
                let message = format!("the last line says digest {said}, but the records come to {read}");
                Err(self.error(message))
            }
        }
    }

    fn check_end(&mut self) -> Result<(), HistoryError> {
        self.line += 1;
        let rest = self.input.fill_buf().map(|rest| rest.is_empty());
        match rest {
            Ok(true) => Ok(()),
            Ok(false) => Err(self.error("something stands behind the last line".into())),
            Err(error) => Err(self.error(error.to_string())),
        }
    }

    fn error(&self, message: String) -> HistoryError {
        HistoryError { line: self.line, message }
    }
}

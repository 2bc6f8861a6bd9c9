//! Tables for spreadsheets: one row an invocation, one a span of time, one a replication.

use std::io::{self, Write};

use csv::{Writer, WriterBuilder};

use crate::{
    ensemble::Replication,
    history::{Fact, Observer, Record},
    measure::{
        CommandResult, Timeline,
        statistics::{pooled_as, value},
    },
    scenario::{
        Plan, Roster,
        threshold::{METRICS, Metric},
    },
    ssm::StatusDetails,
};

/// Writes `invocations.csv` as invocations end. The first failure of the output is kept and ends the writing;
/// [`InvocationsCsv::finish`] tells it.
#[derive(Debug)]
pub struct InvocationsCsv<'a, W: Write> {
    plan: &'a Plan,
    roster: Roster,
    output: Writer<W>,
    state: io::Result<()>,
}

impl<'a, W: Write> InvocationsCsv<'a, W> {
    /// Begins the table with its header.
    pub fn new(plan: &'a Plan, output: W) -> Self {
        let mut output = plain(output);
        let header = [
            "command",
            "instance_id",
            "group",
            "status",
            "status_details",
            "response_code",
            "sent_us",
            "started_us",
            "elapsed_us",
            "ended_us",
        ];
        let state = output.write_record(header).map_err(io::Error::from);
        Self { plan, roster: Roster::new(plan), output, state }
    }

    /// Flushes. Fails with the first error that the output had.
    pub fn finish(mut self) -> io::Result<()> {
        self.state?;
        self.output.flush()
    }
}

impl<W: Write> Observer for InvocationsCsv<'_, W> {
    fn observe(&mut self, record: &Record) {
        let Fact::InvocationEnded { instance, ending } = record.fact else { return };
        if self.state.is_err() {
            return;
        }
        let (group, place) = self.roster.locate(instance).expect("an instance of the fleet");
        let group = &self.plan.groups[group];
        let optional = |value: Option<u64>| value.map(|value| value.to_string()).unwrap_or_default();
        let written = self.output.write_record([
            self.plan.commands[record.command as usize].name.clone(),
            group.instance_id(place),
            text(&group.name),
            format!("{:?}", ending.state.status),
            ending.state.details.name().into(),
            ending.response_code.to_string(),
            optional(ending.sent.map(|time| time.0)),
            optional(ending.started.map(|time| time.0)),
            optional(ending.elapsed.map(|elapsed| elapsed.0)),
            record.time.0.to_string(),
        ]);
        self.state = written.map_err(io::Error::from);
    }
}

/// Writes `timeline.csv`: where the invocations of each command stand at the end of each span of time.
pub fn write_timeline(plan: &Plan, timeline: &Timeline, output: impl Write) -> io::Result<()> {
    let mut output = plain(output);
    let parts = ["command", "time_us", "waiting", "in_flight", "in_progress", "delayed", "cancelling"];
    let endings = StatusDetails::INVOCATION_ENDINGS.map(StatusDetails::name);
    output.write_record(parts.into_iter().chain(endings))?;
    for (index, command) in plan.commands.iter().enumerate() {
        let rows = timeline.rows(index);
        for (begin, row) in rows.iter() {
            let end = begin + rows.width();
            let parts = [row.waiting, row.in_flight, row.in_progress, row.delayed, row.cancelling];
            let counts = parts.into_iter().chain(row.endings).map(|count| count.to_string());
            output.write_record([command.name.clone(), end.0.to_string()].into_iter().chain(counts))?;
        }
    }
    output.flush()
}

/// Writes `replications.csv` as replications end: every metric of every command. Times are microseconds. The first failure
/// of the output is kept and ends the writing; [`ReplicationsCsv::finish`] tells it.
#[derive(Debug)]
pub struct ReplicationsCsv<'a, W: Write> {
    plan: &'a Plan,
    output: Writer<W>,
    state: io::Result<()>,
}

impl<'a, W: Write> ReplicationsCsv<'a, W> {
    /// Begins the table with its header.
    pub fn new(plan: &'a Plan, output: W) -> Self {
        let names = per_replication().map(|(name, metric)| match metric.is_time() {
            true => format!("{name}_us"),
            false => name.to_string(),
        });
        let head = ["replication", "command", "digest", "status", "status_details"].map(String::from);
        let mut table = Self::rows(plan, output);
        table.state = table.output.write_record(head.into_iter().chain(names)).map_err(io::Error::from);
        table
    }

    /// A part of the table, without its header.
    pub fn rows(plan: &'a Plan, output: W) -> Self {
        Self { plan, output: plain(output), state: Ok(()) }
    }

    /// Writes the rows of one more replication.
    pub fn add(&mut self, replication: &Replication) {
        for (command, result) in self.plan.commands.iter().zip(&replication.commands) {
            // What a rule may send and did not is no command of this replication.
            let is_sent = command.trigger.is_none() || result.ended.is_some();
            if is_sent && self.state.is_ok() {
                self.state = self.add_row(replication, &command.name, result);
            }
        }
    }

    /// Flushes. Fails with the first error that the output had.
    pub fn finish(mut self) -> io::Result<()> {
        self.state?;
        self.output.flush()
    }

    fn add_row(
        &mut self,
        replication: &Replication,
        command: &str,
        result: &CommandResult,
    ) -> io::Result<()> {
        let state = result.ended.map(|(_, state, _)| state);
        let head = [
            replication.index.to_string(),
            command.into(),
            replication.digest.to_string(),
            state.map(|state| format!("{:?}", state.status)).unwrap_or_default(),
            state.map(|state| state.details.name().to_string()).unwrap_or_default(),
        ];
        let values = per_replication()
            .map(|(_, metric)| value(result, metric).map(|value| value.to_string()).unwrap_or_default());
        Ok(self.output.write_record(head.into_iter().chain(values))?)
    }
}

/// The metrics of a whole replication.
fn per_replication() -> impl Iterator<Item = (&'static str, Metric)> {
    METRICS.into_iter().filter(|(_, metric)| pooled_as(*metric).is_none())
}

pub(super) fn plain<W: Write>(output: W) -> Writer<W> {
    WriterBuilder::new().from_writer(output)
}

/// Text from a scenario that a spreadsheet must not take for a formula.
pub(super) fn text(text: &str) -> String {
    match text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        true => format!("'{text}"),
        false => text.into(),
    }
}

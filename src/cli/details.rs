//! The files that follow one replication fact by fact.

use std::{fs::File, io::BufWriter};

use super::{console::Failure, output::OutputDirectory, whole::prefix};
use crate::{
    history::{Observer, Record, codec::HistoryWriter},
    measure::Timeline,
    report::{csv, event_file::EventFile, hdr, messages::MessageFiles, metrics_file::MetricsFile},
    scenario::Plan,
};

/// The files that follow one replication fact by fact.
pub(super) struct Details<'a> {
    timeline: Timeline,
    invocations: csv::InvocationsCsv<'a, BufWriter<File>>,
    history: Option<HistoryWriter<BufWriter<File>>>,
    messages: Option<MessageFiles<'a, BufWriter<File>>>,
    events: Option<EventFile<'a, BufWriter<File>>>,
    metrics: MetricsFile<'a>,
}

const INVOCATIONS: &str = "invocations.csv";
const HISTORY: &str = "history.jsonl";
const EVENTS: &str = "events.jsonl";
const METRICS: &str = "metrics.csv";
const MESSAGES: [&str; 2] = ["notifications.csv", "notifications.jsonl"];

impl<'a> Details<'a> {
    pub(super) fn new(
        directory: &OutputDirectory,
        plan: &'a Plan,
        seed: u64,
        replication: u64,
        history: bool,
    ) -> Result<Self, Failure> {
        let history = history.then(|| directory.file(HISTORY)).transpose()?;
        let notifies = plan.commands.iter().any(|command| command.notification.is_some());
        let messages = if notifies {
            let [table, lines] = MESSAGES.map(|name| directory.file(name));
            Some(MessageFiles::new(plan, seed, replication, table?, lines?))
        } else {
            None
        };
        let events = plan.events.is_some().then(|| directory.file(EVENTS)).transpose()?;
        Ok(Self {
            timeline: Timeline::new(plan),
            invocations: csv::InvocationsCsv::new(plan, directory.file(INVOCATIONS)?),
            history: history.map(|file| HistoryWriter::new(plan, seed, replication, file)),
            messages,
            events: events.map(|file| EventFile::new(plan, seed, replication, file)),
            metrics: MetricsFile::new(plan),
        })
    }

    pub(super) fn finish(self, directory: &OutputDirectory, plan: &Plan) -> Result<(), Failure> {
        self.invocations.finish().map_err(|error| directory.failed(INVOCATIONS, &error))?;
        if let Some(history) = self.history {
            history.finish().map_err(|error| directory.failed(HISTORY, &error))?;
        }
        if let Some(messages) = self.messages {
            messages.finish().map_err(|error| directory.failed(MESSAGES[0], &error))?;
        }
        if let Some(events) = self.events {
            events.finish().map_err(|error| directory.failed(EVENTS, &error))?;
        }
        directory.write(METRICS, |file| self.metrics.write(file))?;
        directory.write("timeline.csv", |file| csv::write_timeline(plan, &self.timeline, file))?;
        for command in 0..plan.own_commands() {
            let name = format!("{}latencies.hlog", prefix(plan, command));
            directory.write(&name, |file| hdr::write_interval_log(plan, &self.timeline, command, file))?;
        }
        Ok(())
    }
}

impl Observer for Details<'_> {
    fn observe(&mut self, record: &Record) {
        self.timeline.observe(record);
        self.invocations.observe(record);
        self.history.observe(record);
        self.messages.observe(record);
        self.events.observe(record);
        self.metrics.observe(record);
    }
}

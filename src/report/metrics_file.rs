//! `metrics.csv`: what CloudWatch would show of one replication, minute by minute, and the calls that put outputs.

use std::{
    collections::BTreeMap,
    io::{self, Write},
};

use serde::Serialize;

use super::human;
use crate::{
    base::SimTime,
    history::{Fact, Observer, Record},
    measure::{Totals, uploads::Rates},
    output::Store,
    scenario::Plan,
    ssm::{CommandState, CommandStatus, StatusDetails},
};

const MINUTE: u64 = 60_000_000;

/// What happened in one minute.
#[derive(Clone, Copy, Debug, Default)]
struct Minute {
    /// The metrics of `AWS/SSM-RunCommand`: CommandsSucceeded, CommandsFailed, CommandsDeliveryTimedOut.
    commands: [u64; 3],
    /// Bytes that are there since, in S3 and CloudWatch Logs.
    bytes: [u64; 2],
}

/// Collects a replication for the file.
#[derive(Debug)]
pub struct MetricsFile<'a> {
    plan: &'a Plan,
    minutes: BTreeMap<u64, Minute>,
    calls: [Rates; 2],
}

impl<'a> MetricsFile<'a> {
    /// Begins to collect.
    pub fn new(plan: &'a Plan) -> Self {
        Self { plan, minutes: BTreeMap::new(), calls: Default::default() }
    }

    /// Writes the minutes in which there is anything to tell.
    ///
    /// # Errors
    ///
    /// Those of the output.
    pub fn write(mut self, output: impl Write) -> io::Result<()> {
        let calls = self.calls.each_ref().map(per_minute);
        for minute in calls.iter().flat_map(BTreeMap::keys) {
            self.minutes.entry(*minute).or_default();
        }
        let mut table = csv::Writer::from_writer(output);
        table.write_record([
            "minute",
            "CommandsSucceeded",
            "CommandsFailed",
            "CommandsDeliveryTimedOut",
            "PutObject",
            "PutLogEvents",
            "bytes_s3",
            "bytes_logs",
        ])?;
        for (number, minute) in &self.minutes {
            let [s3, logs] = calls.each_ref().map(|calls| calls.get(number).copied().unwrap_or(0));
            let rounded = [s3, logs].map(|millionths| millionths.div_ceil(1_000_000));
            let numbers = minute.commands.into_iter().chain(rounded).chain(minute.bytes);
            let begin = human::instant(&self.plan.start, SimTime(number * MINUTE));
            table.write_record([begin].into_iter().chain(numbers.map(|number| number.to_string())))?;
        }
        table.flush()
    }
}

/// Calls in each minute that has any, in millionths.
fn per_minute(rates: &Rates) -> BTreeMap<u64, u64> {
    let mut minutes = BTreeMap::new();
    for (second, calls) in (0_u64..).zip(rates.seconds()).filter(|(_, calls)| *calls > 0) {
        *minutes.entry(second / 60).or_insert(0) += calls;
    }
    minutes
}

/// What CloudWatch counts of the commands of all replications (section 13): each in one of the metrics of `AWS/SSM-RunCommand`, or in
/// none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct MetricsSummary {
    /// CommandsSucceeded.
    pub succeeded: u64,
    /// CommandsFailed.
    pub failed: u64,
    /// CommandsDeliveryTimedOut.
    pub delivery_timed_out: u64,
    /// Commands that no metric counts: cancelled, incomplete, refused, without targets (S13.4, O-40).
    pub in_none: u64,
}

impl MetricsSummary {
    /// The counts of all replications.
    pub(super) fn new(commands: &[Totals]) -> Self {
        let mut counts = Self::default();
        for (status, details, count) in commands.iter().flat_map(Totals::statuses) {
            let place = match metric(CommandState { status, details }) {
                Some(0) => &mut counts.succeeded,
                Some(1) => &mut counts.failed,
                Some(_) => &mut counts.delivery_timed_out,
                None => &mut counts.in_none,
            };
            *place += count;
        }
        counts
    }
}

/// The place of the metric that a command's end counts in; `None` where none counts it (S13.2, S13.4, O-40).
pub(super) fn metric(state: CommandState) -> Option<usize> {
    match (state.status, state.details) {
        (CommandStatus::Success, StatusDetails::Success) => Some(0),
        (CommandStatus::Failed, StatusDetails::Failed) => Some(1),
        (CommandStatus::TimedOut, StatusDetails::DeliveryTimedOut) => Some(2),
        _ => None,
    }
}

impl Observer for MetricsFile<'_> {
    fn observe(&mut self, record: &Record) {
        let minute = record.time.0 / MINUTE;
        match &record.fact {
            Fact::CommandEnded { state, .. } => {
                if let Some(place) = metric(*state) {
                    self.minutes.entry(minute).or_default().commands[place] += 1;
                }
            }
            Fact::Uploaded(upload) => {
                let place = usize::from(upload.store == Store::Logs);
                self.minutes.entry(minute).or_default().bytes[place] += upload.bytes;
                self.calls[place].add(record.time, upload);
            }
            _ => {}
        }
    }
}

//! The numbers of a load, for people and programs.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::{
    check::Judgement,
    ensemble::RuleSummary,
    load::{
        messages::Messages,
        record::{Job, LoadRecord},
        tally::{Cell, Durations},
        verdict::Finding,
    },
};

/// A load, summed up. Durations are in microseconds but for the schedule's.
#[derive(Clone, Debug, Serialize)]
pub struct LoadSummary {
    /// What was asked of the generator.
    pub load: Job,
    /// The parts that this is made of.
    pub shards: Vec<u64>,
    /// How long it took, in seconds.
    pub seconds: f64,
    /// Whether it was ended before its time.
    pub interrupted: bool,
    /// Why the result says nothing about the endpoint, if so.
    pub void: Option<String>,
    /// How the schedule was kept.
    pub schedule: ScheduleSummary,
    /// Requests answered or failed a second, polls among them.
    pub done_per_second: f64,
    /// All operations together, then each operation and stage.
    pub requests: Vec<Row>,
    /// The thresholds.
    pub thresholds: Vec<Threshold>,
    /// The notifications, where somebody listened.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notifications: Option<MessageSummary>,
    /// What the rules say of the endpoint, if they were asked.
    pub rules: Option<Rules>,
}

/// How the schedule was kept.
#[derive(Clone, Debug, Serialize)]
pub struct ScheduleSummary {
    /// Sends planned; polls are not planned.
    pub planned: u64,
    /// Of them later than the bound.
    pub late: u64,
    /// Of them not made.
    pub skipped: u64,
    /// The most requests under way at once.
    pub most_under_way: u64,
    /// From the plan to the send, in nanoseconds.
    pub error_ns: Option<Quantiles>,
    /// The same of a bare timer loop beside, if one was asked for.
    pub bare_error_ns: Option<Quantiles>,
}

/// The notifications that arrived.
#[derive(Clone, Debug, Serialize)]
pub struct MessageSummary {
    /// Messages, each as often as it came.
    pub received: u64,
    /// Those that had come before (S9.17).
    pub doubled: u64,
    /// Those that came behind a newer one about the same invocation or command (S9.12).
    pub out_of_order: u64,
    /// Those that are no message of Run Command.
    pub unreadable: u64,
    /// From the publication to the arrival; absent where the service's clock does not go like ours.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub latency: Option<Quantiles>,
}

impl MessageSummary {
    fn new(messages: &Messages) -> Self {
        let Messages { received, doubled, disordered: out_of_order, unreadable, ref latency } = *messages;
        Self { received, doubled, out_of_order, unreadable, latency: Quantiles::of(latency) }
    }
}

/// The requests of an operation in a stage.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    /// The operation; `all` of all.
    pub operation: String,
    /// The stage; empty of all.
    pub stage: String,
    /// Answers and failures.
    pub done: u64,
    /// Good answers.
    pub good: u64,
    /// Throttles by name.
    pub throttles: BTreeMap<String, u64>,
    /// Other errors by name.
    pub errors: BTreeMap<String, u64>,
    /// Requests sent again.
    pub retries: u64,
    /// Latency from the planned send.
    pub from_planned: Option<Quantiles>,
    /// Latency from the actual send.
    pub from_actual: Option<Quantiles>,
}

/// Quantiles of durations.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Quantiles {
    /// How many.
    pub count: u64,
    /// The mean.
    pub mean: f64,
    /// The median.
    pub p50: u64,
    /// 90 %.
    pub p90: u64,
    /// 99 %.
    pub p99: u64,
    /// 99.9 %.
    #[serde(rename = "p99.9")]
    pub p999: u64,
    /// The largest.
    pub max: u64,
}

/// A threshold and what came of it.
#[derive(Clone, Debug, Serialize)]
pub struct Threshold {
    /// As it was written.
    pub threshold: String,
    /// What was measured.
    pub measured: Option<String>,
    /// Whether it is met.
    pub met: Option<bool>,
}

/// What the rules say.
#[derive(Clone, Debug, Serialize)]
pub struct Rules {
    /// All of them together.
    pub verdict: Judgement,
    /// What time 0 of the objections stands for.
    pub start: String,
    /// Commands judged.
    pub commands: u64,
    /// Readings that it took.
    pub readings: Vec<&'static str>,
    /// Rule by rule.
    pub rules: Vec<RuleSummary>,
}

impl LoadSummary {
    /// Sums up a load.
    pub fn new(record: &LoadRecord, rules: Option<Rules>) -> Self {
        let all = record.tally.sum(|_, _| true);
        let schedule = &record.tally.schedule;
        let cells = record.tally.cells.iter();
        let rows = cells.map(|((operation, stage), cell)| Row::new(operation.name(), stage, cell));
        let requests = std::iter::once(Row::new("all", "", &all)).chain(rows).collect();
        Self {
            load: record.job.clone(),
            shards: record.shards.clone(),
            seconds: record.seconds,
            interrupted: record.interrupted,
            void: record.void(),
            schedule: ScheduleSummary {
                planned: schedule.planned,
                late: schedule.late,
                skipped: schedule.skipped,
                most_under_way: schedule.most_under_way,
                error_ns: Quantiles::of(&schedule.error),
                bare_error_ns: record.bare.as_ref().and_then(Quantiles::of),
            },
            done_per_second: if record.seconds > 0.0 { all.done() as f64 / record.seconds } else { 0.0 },
            requests,
            thresholds: record.findings().into_iter().map(Threshold::from).collect(),
            notifications: record.messages.as_ref().map(MessageSummary::new),
            rules,
        }
    }
}

impl Row {
    fn new(operation: &str, stage: &str, cell: &Cell) -> Self {
        Self {
            operation: operation.into(),
            stage: stage.into(),
            done: cell.done(),
            good: cell.good,
            throttles: cell.throttles.clone(),
            errors: cell.errors.clone(),
            retries: cell.retries,
            from_planned: Quantiles::of(&cell.planned),
            from_actual: Quantiles::of(&cell.actual),
        }
    }
}

impl Quantiles {
    /// The quantiles of durations; `None` of none.
    pub fn of(Durations(histogram): &Durations) -> Option<Self> {
        let at = |share| histogram.value_at_quantile(share);
        (!histogram.is_empty()).then(|| Self {
            count: histogram.len(),
            mean: histogram.mean(),
            p50: at(0.5),
            p90: at(0.9),
            p99: at(0.99),
            p999: at(0.999),
            max: histogram.max(),
        })
    }
}

impl From<Finding> for Threshold {
    fn from(finding: Finding) -> Self {
        Self { threshold: finding.text, measured: finding.measured, met: finding.met }
    }
}

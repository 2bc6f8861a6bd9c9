//! A load's summary as text and Markdown.

use std::{collections::BTreeMap, fmt::Write};

use super::summary::{LoadSummary, MessageSummary, Quantiles, Row};
use crate::{
    base::SimDuration,
    report::{human, markdown, rows::Table, text, verdict},
};

/// The summary for a terminal.
pub fn to_text(summary: &LoadSummary) -> String {
    let mut output = String::new();
    for line in head(summary) {
        let _ = writeln!(output, "{}", text::printable(&line));
    }
    for (header, rows) in tables(summary) {
        if !rows.is_empty() {
            output.push('\n');
            let numbers = if header[0] == "operation" { 2..header.len() } else { 0..0 };
            text::push_table(&mut output, header, rows, numbers);
        }
    }
    if let Some(rules) = &summary.rules {
        let _ = write!(output, "\n{}\n{}", judged(summary), verdict::to_text(&rules.rules, &rules.start));
    }
    output
}

/// The summary as Markdown.
pub fn to_markdown(summary: &LoadSummary) -> String {
    let mut output = String::from("# Load\n\n");
    for line in head(summary) {
        let _ = writeln!(output, "- {}", markdown::escape(&line));
    }
    output.push('\n');
    tables(summary).into_iter().for_each(|table| markdown::push_table(&mut output, table));
    if let Some(rules) = &summary.rules {
        let judged = markdown::escape(&judged(summary));
        let _ = write!(output, "## {judged}\n\n{}", verdict::to_markdown(&rules.rules, &rules.start));
    }
    output
}

/// What stands above the tables.
pub fn head(summary: &LoadSummary) -> Vec<String> {
    let (load, schedule) = (&summary.load, &summary.schedule);
    let way = if load.open { "open loop" } else { "closed loop" };
    let mut lines = vec![
        format!("load of {}: {way}, {}, {}, seed {}", load.endpoint, load.arrivals, load.mix, load.seed),
        format!(
            "{} requests in {:.1}s: {:.1} a second over at most {} connections",
            human::count(summary.requests.first().map_or(0, |all| all.done)),
            summary.seconds,
            summary.done_per_second,
            load.connections
        ),
    ];
    if let Some(error) = schedule.error_ns {
        lines.push(format!(
            "schedule: {} sends planned, {} later than {}, {} skipped; error p50 {}, p99.9 {}, max {}",
            human::count(schedule.planned),
            human::count(schedule.late),
            human::duration(SimDuration(load.bound_us)),
            human::count(schedule.skipped),
            human::duration(SimDuration(error.p50 / 1000)),
            human::duration(SimDuration(error.p999 / 1000)),
            human::duration(SimDuration(error.max / 1000)),
        ));
    }
    if let Some(error) = schedule.bare_error_ns {
        let [p50, p999, max] =
            [error.p50, error.p999, error.max].map(|ns| human::duration(SimDuration(ns / 1000)));
        lines.push(format!("a bare timer loop beside it: error p50 {p50}, p99.9 {p999}, max {max}"));
    }
    lines.extend(summary.notifications.as_ref().map(notifications));
    if summary.interrupted {
        lines.push("interrupted before its end".into());
    }
    lines.extend(summary.void.as_ref().map(|why| format!("VOID: {why}")));
    lines
}

fn notifications(told: &MessageSummary) -> String {
    let count = human::count;
    let mut line = format!(
        "notifications: {} arrived, {} of them again, {} out of order",
        count(told.received),
        count(told.doubled),
        count(told.out_of_order)
    );
    if told.unreadable > 0 {
        let _ = write!(line, ", {} not of Run Command", count(told.unreadable));
    }
    if let Some(late) = told.latency {
        let [p50, p99, max] = [late.p50, late.p99, late.max].map(|us| human::duration(SimDuration(us)));
        let _ = write!(line, "; p50 {p50}, p99 {p99}, max {max} after they were published");
    }
    line
}

/// Latencies, errors and thresholds.
pub fn tables(summary: &LoadSummary) -> [Table; 3] {
    [latencies(summary), errors(summary), thresholds(summary)]
}

fn latencies(summary: &LoadSummary) -> Table {
    let header = vec![
        "operation",
        "stage",
        "done",
        "errors",
        "throttles",
        "p50",
        "p90",
        "p99",
        "p99.9",
        "max",
        "p99 sent",
    ];
    let row = |row: &Row| {
        let sum = |counts: &BTreeMap<String, u64>| human::count(counts.values().sum());
        let mut cells = vec![
            row.operation.clone(),
            row.stage.clone(),
            human::count(row.done),
            sum(&row.errors),
            sum(&row.throttles),
        ];
        let show = |value: u64| human::duration(SimDuration(value));
        match row.from_planned {
            Some(Quantiles { p50, p90, p99, p999, max, .. }) => {
                cells.extend([p50, p90, p99, p999, max].map(show));
            }
            None => cells.extend(vec!["-".to_string(); 5]),
        }
        cells.push(row.from_actual.map_or("-".into(), |actual| show(actual.p99)));
        cells
    };
    (header, summary.requests.iter().map(row).collect())
}

fn errors(summary: &LoadSummary) -> Table {
    let each = |row: &Row| {
        let of = |kind: &'static str, counts: &BTreeMap<String, u64>| {
            let line = |(name, count): (&String, &u64)| {
                vec![
                    row.operation.clone(),
                    row.stage.clone(),
                    human::count(*count),
                    kind.into(),
                    text::printable(name),
                ]
            };
            counts.iter().map(line).collect::<Vec<_>>()
        };
        [of("error", &row.errors), of("throttle", &row.throttles)].concat()
    };
    let rows = summary.requests.iter().skip(1).flat_map(each).collect();
    (vec!["operation", "stage", "count", "kind", "name"], rows)
}

fn thresholds(summary: &LoadSummary) -> Table {
    let rows = summary.thresholds.iter().map(|one| {
        let word = match one.met {
            Some(true) => "met",
            Some(false) => "MISSED",
            None => "unknown",
        };
        vec![one.threshold.clone(), one.measured.clone().unwrap_or("-".into()), word.into()]
    });
    (vec!["threshold", "measured", ""], rows.collect())
}

fn judged(summary: &LoadSummary) -> String {
    let Some(rules) = &summary.rules else { return String::new() };
    let word = crate::report::rows::word(rules.verdict);
    format!("rules, judged from outside over {} commands: {word}", human::count(rules.commands))
}

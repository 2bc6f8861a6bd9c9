//! Two runs side by side: text, Markdown, JUnit XML and JSON.

use std::fmt::Write;

use serde_json::{Value, json};

use super::{
    human,
    junit::{self, Case, Fault},
    markdown,
    rows::Table,
    text,
};
use crate::{
    compare::{Comparison, Exact, GateResult, Mark, Row},
    measure::Interval,
};

/// The comparison for a terminal.
pub fn to_text(comparison: &Comparison) -> String {
    let mut output = String::new();
    for line in head(comparison) {
        let _ = writeln!(output, "{}", text::printable(&line));
    }
    for (header, rows) in [changes(comparison), gates(comparison)] {
        if !rows.is_empty() {
            output.push('\n');
            let numbers = if header[0] == "gate" { 0..0 } else { 1..header.len() };
            text::push_table(&mut output, header, rows, numbers);
        }
    }
    let _ = writeln!(output, "\n{}", legend(comparison));
    output
}

/// The comparison as Markdown.
pub fn to_markdown(comparison: &Comparison) -> String {
    let mut output = format!("# {}\n\n", markdown::escape(&title(comparison)));
    for line in head(comparison) {
        let _ = writeln!(output, "- {}", markdown::escape(&line));
    }
    output.push('\n');
    markdown::push_table(&mut output, gates(comparison));
    markdown::push_table(&mut output, changes(comparison));
    let _ = writeln!(output, "{}", markdown::escape(&legend(comparison)));
    output
}

/// The comparison as JUnit XML: a case for the digests, and one for each gate.
pub fn to_junit(comparison: &Comparison) -> String {
    let fault = |reason: &str| Some(Fault::Error(reason.into()));
    let objections = comparison.objections.iter();
    let mut cases: Vec<_> =
        objections.map(|objection| Case { name: "comparable".into(), fault: fault(objection) }).collect();
    let facts = match comparison.exact {
        Exact::Changed { .. } => Some(Fault::Failure(said(comparison.exact))),
        Exact::Same | Exact::Free => None,
    };
    cases.push(Case { name: "facts".into(), fault: facts });
    let gate =
        |gate: &GateResult| Case::gate(format!("{}: {}", gate.command, gate.text), gate.passed, &gate.reason);
    cases.extend(comparison.gates.iter().map(gate));
    junit::suite(&title(comparison), &cases)
}

/// The candidate's values in the form `customSmallerIsBetter`, as benchmark trackers of CI services read it. Only what is
/// better when it is less is in it.
pub fn to_json(comparison: &Comparison) -> Value {
    let rows = comparison.rows.iter().filter(|row| row.less_is_better);
    let entry = |row: &Row| {
        let scale = if row.is_time { 1e6 } else { 1.0 };
        let reach = row.contrast.difference.map(|Interval { low, high }| (high - low) / 2.0 / scale);
        let mut entry = json!({
            "name": format!("{}: {}", comparison.candidate.scenario, name(row)),
            "unit": if row.is_time { "s" } else { "instances" },
            "value": row.contrast.candidate / scale,
            "extra": format!(
                "baseline {}, change {}, {}", show(row, row.contrast.baseline), change(row), row.mark.sign()
            ),
        });
        if let Some(reach) = reach {
            entry["range"] = json!(format!("± {reach:.6}"));
        }
        entry
    };
    Value::Array(rows.map(entry).collect())
}

/// What is compared.
pub(super) fn title(comparison: &Comparison) -> String {
    let (baseline, candidate) = (&comparison.baseline.scenario, &comparison.candidate.scenario);
    if baseline == candidate { candidate.clone() } else { format!("{baseline} and {candidate}") }
}

/// What there is to say before the tables.
pub(super) fn head(comparison: &Comparison) -> Vec<String> {
    let side = |role: &str, side: &crate::compare::Side| {
        let count = human::count(side.replications);
        format!("{role} {}: {}, seed {}, {count} replication(s)", side.label, side.scenario, side.seed)
    };
    let mut lines = vec![side("baseline ", &comparison.baseline), side("candidate", &comparison.candidate)];
    let how = match comparison.is_paired {
        true => "the same luck: replications are compared in pairs",
        false => "other luck: replications are compared as independent ones",
    };
    lines.push(format!("{}; {how}", said(comparison.exact)));
    let equal = comparison.rows.iter().filter(|row| row.mark == Mark::Equal).count();
    if equal > 0 {
        lines.push(format!("{equal} of {} statistics are equal", comparison.rows.len()));
    }
    lines.extend(comparison.objections.iter().map(|objection| format!("not comparable: {objection}")));
    lines
}

fn said(exact: Exact) -> String {
    match exact {
        Exact::Same => "facts are the same".into(),
        Exact::Changed { first: Some(index) } => {
            format!("FACTS CHANGED though plan and seed are the same, first in replication {index}")
        }
        Exact::Changed { first: None } => "FACTS CHANGED though plan and seed are the same".into(),
        Exact::Free => "plan or seed differ".into(),
    }
}

/// A row for each statistic that is not equal.
pub(super) fn changes(comparison: &Comparison) -> Table {
    let row = |row: &Row| {
        let interval = row
            .contrast
            .difference
            .map(|Interval { low, high }| format!("{} to {}", signed(row, low), signed(row, high)));
        let counts = row.counts.map(|(first, second)| match first == second {
            true => human::count(first as u64),
            false => format!("{}, {}", human::count(first as u64), human::count(second as u64)),
        });
        vec![
            name(row),
            show(row, row.contrast.baseline),
            show(row, row.contrast.candidate),
            change(row),
            interval.unwrap_or_else(|| "-".into()),
            counts.unwrap_or_else(|| "pooled".into()),
            row.mark.sign().into(),
        ]
    };
    let header = vec!["metric", "baseline", "candidate", "change", "difference", "n", ""];
    (header, comparison.rows.iter().filter(|row| row.mark != Mark::Equal).map(row).collect())
}

/// A row for each gate.
pub(super) fn gates(comparison: &Comparison) -> Table {
    let several = comparison.candidate.commands.len() > 1;
    let row = |gate: &GateResult| {
        let name = if several { format!("{}: {}", gate.command, gate.text) } else { gate.text.clone() };
        vec![name, gate.word().into(), gate.reason.clone()]
    };
    (vec!["gate", "verdict", "why"], comparison.gates.iter().map(row).collect())
}

/// What the signs mean.
pub(super) fn legend(comparison: &Comparison) -> String {
    let confidence = comparison.confidence * 100.0;
    format!(
        "{} not significant ({confidence}% interval)   {} no interval: too few values, or pooled over invocations",
        Mark::Luck.sign(),
        Mark::Unknown.sign()
    )
}

/// What a row is about.
pub(super) fn name(row: &Row) -> String {
    let command = row.command.as_ref().map(|name| format!("{name}: ")).unwrap_or_default();
    format!("{command}{}.{}", row.metric, row.statistic)
}

fn change(row: &Row) -> String {
    match row.contrast.percent() {
        Some(percent) => format!("{:+.1} %", if percent.abs() < 0.05 { 0.0 } else { percent }),
        None if row.contrast.candidate == 0.0 => "+0.0 %".into(),
        None => "from 0".into(),
    }
}

pub(super) fn show(row: &Row, value: f64) -> String {
    if row.is_time { human::micros(value) } else { human::number(value) }
}

fn signed(row: &Row, value: f64) -> String {
    let sign = if value < 0.0 { '-' } else { '+' };
    let size = value.abs();
    let text = if row.is_time || size.fract() == 0.0 { show(row, size) } else { format!("{size:.2}") };
    format!("{sign}{text}")
}

//! Two loads side by side, as text and Markdown.

use std::fmt::Write;

use serde_json::{Value, json};

use crate::{
    load::compare::{Measured, Metric, Row},
    report::{
        human,
        junit::{self, Case},
        markdown,
        rows::Table,
        text,
    },
};

/// A gate with what came of it.
pub type Judged = (String, Option<bool>, String);

/// The comparison for a terminal.
pub fn to_text(rows: &[Row], gates: &[Judged]) -> String {
    let mut output = String::new();
    let (header, rows) = changes(rows);
    text::push_table(&mut output, header, rows, 2..5);
    let (header, rows) = self::gates(gates);
    if !rows.is_empty() {
        output.push('\n');
        text::push_table(&mut output, header, rows, 0..0);
    }
    let _ = writeln!(output, "\n{LEGEND}");
    output
}

/// The comparison as Markdown.
pub fn to_markdown(rows: &[Row], gates: &[Judged]) -> String {
    let mut output = String::from("# Two loads\n\n");
    markdown::push_table(&mut output, self::gates(gates));
    markdown::push_table(&mut output, changes(rows));
    let _ = writeln!(output, "{LEGEND}");
    output
}

/// The gates as JUnit XML.
pub fn to_junit(gates: &[Judged]) -> String {
    let case = |(text, passed, why): &Judged| Case::gate(text.clone(), *passed, why);
    junit::suite("two loads", &gates.iter().map(case).collect::<Vec<_>>())
}

/// The candidate's values in the form `customSmallerIsBetter`, as benchmark trackers of CI services read it.
pub fn to_json(rows: &[Row]) -> Value {
    let entry = |row: &Row| {
        let (unit, scale) = match row.metric {
            Metric::Quantile(_) => ("ms", 1e3),
            Metric::Errors | Metric::Throttles => ("%", 1.0),
        };
        let mut entry = json!({
            "name": format!("{}: {}", operation(row), row.metric.name()),
            "unit": unit,
            "value": row.candidate.value / scale,
            "extra": format!("baseline {}", shown(row.metric, row.baseline)),
        });
        if let Some(interval) = row.candidate.interval {
            entry["range"] = json!(format!("{} to {}", interval.low / scale, interval.high / scale));
        }
        entry
    };
    Value::Array(rows.iter().map(entry).collect())
}

/// What a quantile is of.
fn operation(row: &Row) -> &'static str {
    row.operation.map_or("all", |operation| operation.name())
}

/// What "clear" means.
pub const LEGEND: &str = "clear: the intervals of the two values lie apart. They take requests for independent, which those of one busy second are not.";

/// A row for each metric of each operation.
pub fn changes(rows: &[Row]) -> Table {
    let row = |row: &Row| {
        let share = (row.candidate.value / row.baseline.value - 1.0) * 100.0;
        let changed = if row.baseline.value > 0.0 { format!("{share:+.1} %") } else { "-".into() };
        vec![
            operation(row).into(),
            row.metric.name(),
            shown(row.metric, row.baseline),
            shown(row.metric, row.candidate),
            changed,
            if row.is_clear() { "clear".into() } else { String::new() },
        ]
    };
    (vec!["operation", "metric", "baseline", "candidate", "change", ""], rows.iter().map(row).collect())
}

fn shown(metric: Metric, measured: Measured) -> String {
    match metric {
        Metric::Quantile(_) => human::micros(measured.value),
        Metric::Errors | Metric::Throttles => format!("{:.3} %", measured.value),
    }
}

/// A row for each gate.
pub fn gates(gates: &[Judged]) -> Table {
    let rows = gates.iter().map(|(text, passed, why)| {
        let word = match passed {
            Some(true) => "passed",
            Some(false) => "FAILED",
            None => "unknown",
        };
        vec![text.clone(), word.into(), why.clone()]
    });
    (vec!["gate", "", "why"], rows.collect())
}

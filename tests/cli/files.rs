//! The tables and `summary.json` of one run, recomputed from its rows of invocations.

use std::collections::BTreeMap;

use fleetsim::scenario::Plan;
use serde_json::Value;

use super::program::{MIXED, Place, number};

type Row = BTreeMap<String, String>;

/// When the command of [`MIXED`] is requested: `at = "5s"`.
const REQUESTED: u64 = 5_000_000;

const ENDINGS: [&str; 9] = [
    "Success",
    "Failed",
    "ExecutionTimedOut",
    "DeliveryTimedOut",
    "Undeliverable",
    "InvalidPlatform",
    "AccessDenied",
    "Cancelled",
    "Terminated",
];

fn written(scenario: &str) -> (Place, Vec<Row>) {
    let place = Place::with(scenario);
    place.run(&["run", "s.toml", "-o", "out"]).exits(0);
    let rows = place.csv("out/invocations.csv");
    (place, rows)
}

fn ended_as(rows: &[Row], details: &str) -> u64 {
    rows.iter().filter(|row| row["status_details"] == details).count() as u64
}

fn metric(summary: &Value, name: &str) -> u64 {
    let spread = &summary["commands"][0]["per_replication"][name];
    assert_eq!((&spread["min"], &spread["p99"]), (&spread["max"], &spread["max"]), "one replication: {name}");
    spread["max"].as_u64().unwrap_or_else(|| panic!("no {name}"))
}

#[test]
fn the_plan_reads_back() {
    let (place, _) = written(MIXED);
    let text = place.read("out/plan.json");
    let plan: Plan = serde_json::from_str(&text).unwrap();
    assert_eq!(serde_json::to_string_pretty(&plan).unwrap(), text);
    let explained = place.run(&["explain", "s.toml", "--format", "json"]).exits(0).json();
    assert_eq!(explained["plan"], place.json("out/plan.json"));
}

#[test]
fn the_summary_agrees_with_the_invocations() {
    let (place, rows) = written(MIXED);
    let summary = place.json("out/summary.json");
    assert_eq!(rows.len(), 162);
    let names = [
        "success",
        "failed",
        "execution_timed_out",
        "delivery_timed_out",
        "undeliverable",
        "cancelled",
        "terminated",
    ];
    for name in names {
        let details = ENDINGS.iter().find(|ending| ending.to_lowercase() == name.replace('_', "")).unwrap();
        assert_eq!(metric(&summary, name), ended_as(&rows, details), "{name}");
    }
    assert_eq!((ended_as(&rows, "InvalidPlatform"), ended_as(&rows, "AccessDenied")), (7, 5));
    assert!(
        ["Success", "Failed", "ExecutionTimedOut", "DeliveryTimedOut", "Undeliverable"]
            .iter()
            .all(|details| ended_as(&rows, details) > 0)
    );
    assert_eq!(metric(&summary, "targets"), 162);
    // S1.28: ErrorCount is Failed and Execution Timed Out.
    assert_eq!(metric(&summary, "errors"), ended_as(&rows, "Failed") + ended_as(&rows, "ExecutionTimedOut"));
    let sent = rows.iter().filter(|row| number(row, "sent_us").is_some()).count() as u64;
    assert_eq!(metric(&summary, "sent"), sent);
    let last = rows.iter().filter_map(|row| number(row, "ended_us")).max().unwrap();
    assert_eq!(metric(&summary, "makespan"), last - REQUESTED);
    assert_eq!(metric(&summary, "peak_in_flight"), peak(&rows));
}

/// The most invocations between their send and their end at once; within an instant ends come first.
fn peak(rows: &[Row]) -> u64 {
    let sent = |row: &&Row| number(row, "sent_us").is_some();
    let mut moves: Vec<(u64, i64)> = rows
        .iter()
        .filter(sent)
        .flat_map(|row| [(number(row, "sent_us").unwrap(), 1), (number(row, "ended_us").unwrap(), -1)])
        .collect();
    moves.sort_unstable();
    let mut now = 0;
    let in_flight = moves.iter().map(|(_, step)| {
        now += step;
        now
    });
    in_flight.max().unwrap_or(0) as u64
}

#[test]
fn the_pooled_durations_agree_with_the_invocations() {
    let (place, rows) = written(MIXED);
    let summary = place.json("out/summary.json");
    for stage in ["wait", "delivery", "execution", "sojourn"] {
        let mut values: Vec<u64> = rows.iter().filter_map(|row| duration(row, stage)).collect();
        values.sort_unstable();
        let spread = &summary["commands"][0]["pooled"][stage];
        assert_eq!(spread["count"], values.len(), "{stage}");
        // Histograms keep three digits: 0.1 %.
        let near = |name: &str, value: f64| {
            let said = spread[name].as_f64().unwrap();
            assert!((said - value).abs() <= 0.001 * value + 1.0, "{stage} {name}: {said} is not {value}");
        };
        near("min", values[0] as f64);
        near("max", values[values.len() - 1] as f64);
        near("p50", values[values.len().div_ceil(2) - 1] as f64);
        near("mean", values.iter().map(|&value| value as f64).sum::<f64>() / values.len() as f64);
    }
}

/// A stage's duration by the definitions in `docs/outputs.md`.
pub(crate) fn duration(row: &Row, stage: &str) -> Option<u64> {
    let at = |column| number(row, column);
    match stage {
        "wait" => Some(at("sent_us")? - REQUESTED),
        "delivery" => Some(at("started_us")? - at("sent_us")?),
        "execution" => at("elapsed_us"),
        "sojourn" => at("sent_us").and_then(|sent| Some(at("ended_us")? - sent)),
        _ => panic!("no stage {stage}"),
    }
}

#[test]
fn the_timeline_always_sums_to_the_targets() {
    let (place, rows) = written(MIXED);
    let timeline = place.csv("out/timeline.csv");
    let mut before = 0;
    for row in &timeline {
        let count = |column| number(row, column).unwrap();
        let time = count("time_us");
        assert!(time > before);
        before = time;
        let ended: u64 = ENDINGS.iter().map(|ending| count(ending)).sum();
        // The command is requested five seconds after the start; a row is about the end of its second.
        let targets = if time > REQUESTED { 162 } else { 0 };
        assert_eq!(count("waiting") + count("in_flight") + ended, targets, "at {time}");
        assert!(count("in_progress") + count("delayed") + count("cancelling") <= count("in_flight"));
        let so_far = rows.iter().filter(|row| number(row, "ended_us").unwrap() < time).count() as u64;
        assert_eq!(ended, so_far, "at {time}");
    }
    let last = timeline.last().unwrap();
    for ending in ENDINGS {
        assert_eq!(number(last, ending), Some(ended_as(&rows, ending)), "{ending}");
    }
    assert!(timeline.len() <= 1024);
}

#[test]
fn a_cancel_shows_in_every_file() {
    let cancelled = format!("{MIXED}\n[[command.cancel]]\nat = \"40s\"\n");
    let (place, rows) = written(&cancelled);
    let summary = place.json("out/summary.json");
    assert!(metric(&summary, "cancelled") > 100);
    assert_eq!(metric(&summary, "cancelled"), ended_as(&rows, "Cancelled"));
    let last = place.csv("out/timeline.csv").pop().unwrap();
    assert_eq!(number(&last, "Cancelled"), Some(ended_as(&rows, "Cancelled")));
    let never_sent = rows.iter().filter(|row| number(row, "sent_us").is_none());
    assert!(never_sent.filter(|row| row["status_details"] == "Cancelled").count() > 50);
}

//! `run.json`: what made a result, on what machine, how fast. Outside every digest and comparison.

use std::{env, fs, thread, time::Duration};

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::{
    planner::Outcome,
    report::{Summary, plan},
};

/// The provenance of a run that began at `began` and took `wall`.
pub(super) fn of_run(summary: &Summary, began: Timestamp, wall: Duration, threads: usize) -> Value {
    let mut run = run(began, wall, threads);
    run["scenario"] = json!(summary.scenario);
    run["plan"] = json!(summary.plan);
    run["seed"] = json!(summary.seed);
    run["replications"] = json!(summary.replications);
    run["digest"] = json!(summary.digest);
    run
}

/// The provenance of a plan that began at `began` and took `wall`.
pub(super) fn of_plan(outcome: &Outcome, began: Timestamp, wall: Duration, threads: usize) -> Value {
    let mut run = run(began, wall, threads);
    run["scenario"] = json!(outcome.scenario);
    run["seed"] = json!(outcome.seed);
    run["replications"] = json!(outcome.replications_used);
    run["digest"] = json!(plan::digest(outcome));
    run
}

fn run(began: Timestamp, wall: Duration, threads: usize) -> Value {
    json!({
        "program": "fleetsim",
        "version": env!("CARGO_PKG_VERSION"),
        "commit": option_env!("FLEETSIM_COMMIT"),
        "command": env::args_os().map(|argument| argument.to_string_lossy().into_owned()).collect::<Vec<_>>(),
        "began": began.to_string(),
        "wall_seconds": wall.as_secs_f64(),
        "threads": threads,
        "machine": {
            "os": env::consts::OS,
            "architecture": env::consts::ARCH,
            "processors": thread::available_parallelism().map_or(1, usize::from),
            "processor": processor(),
        },
    })
}

/// The processor's name, where the system tells it.
fn processor() -> Option<String> {
    let text = fs::read_to_string("/proc/cpuinfo").ok()?;
    let line = text.lines().find(|line| line.starts_with("model name"))?;
    Some(line.split_once(':')?.1.trim().to_string())
}

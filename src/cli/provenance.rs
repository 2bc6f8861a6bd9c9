//! `run.json`: what made a result, on what machine, how fast. Outside every digest and comparison.

use std::{env, fs, thread, time::Duration};

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::report::Summary;

/// The provenance of a run that began at `began` and took `wall`.
pub(super) fn of_run(summary: &Summary, began: Timestamp, wall: Duration, threads: usize) -> Value {
    json!({
        "program": "fleetsim",
        "version": env!("CARGO_PKG_VERSION"),
        "commit": option_env!("FLEETSIM_COMMIT"),
        "command": env::args_os().map(|argument| argument.to_string_lossy().into_owned()).collect::<Vec<_>>(),
        "began": began.to_string(),
        "wall_seconds": wall.as_secs_f64(),
        "threads": threads,
        "scenario": summary.scenario,
        "plan": summary.plan,
        "seed": summary.seed,
        "replications": summary.replications,
        "digest": summary.digest,
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

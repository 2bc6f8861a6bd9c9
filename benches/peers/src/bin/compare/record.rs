//! The figures as `results/peers.json`, with what made them.

use std::{env::consts, fs, process::Command, thread};

use serde_json::{Map, Value, json};

use crate::{
    engines::{CONCURRENCIES, Kind, PROJECT, python},
    figures::{Bar, Cell, Figures, Row},
    measure::{COUNTED_CONCURRENCY, ROUNDS, run},
};

/// The command, commit, machine and programs behind the figures.
pub fn origin() -> Map<String, Value> {
    let commit = said(Command::new("git").args(["describe", "--always", "--dirty", "--abbrev=12"]));
    let processors = thread::available_parallelism().map_or(0, usize::from);
    let cpus = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpus.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let model = model.map_or("unknown processor", |(_, model)| model);
    let versions = "import platform, simpy; print(platform.python_version(), simpy.__version__)";
    let versions = said(Command::new(python()).args(["-c", versions]));
    let (python, simpy) = versions.split_once(' ').expect("two versions");
    let origin = json!({
        "what": "the reference rollout on fleetsim (full tier, digest and measures on, nothing checked) and its peers",
        "command": "benches/peers.sh --record",
        "commit": commit,
        "seed": 1,
        "machine": format!("{model}, {processors} processors, {} {}", consts::OS, consts::ARCH),
        "rustc": said(Command::new("rustc").arg("--version")),
        "python": python,
        "peers": {
            "simrs": locked("simrs"),
            "odem-rs": locked("odem-rs"),
            "nexosim": locked("nexosim"),
            "simpy": simpy,
        },
    });
    let Value::Object(origin) = origin else { unreachable!("an object") };
    origin
}

/// The record, as text.
pub fn json(origin: &Map<String, Value>, figures: &Figures) -> String {
    let mut record = origin.clone();
    let engines: Map<_, _> = figures.rows.iter().map(|row| (row.engine.name.into(), engine(row))).collect();
    record.insert("rounds".into(), ROUNDS.into());
    record.insert("fleetsim sends notifications".into(), figures.notifications.into());
    record.insert("engines".into(), engines.into());
    record.insert("bars of the full tier".into(), figures.bars.iter().map(bar).collect());
    serde_json::to_string_pretty(&record).expect("plain data") + "\n"
}

fn engine(row: &Row) -> Value {
    let mut value = Map::from_iter([("instances".into(), row.engine.instances().into())]);
    for (concurrency, cell) in CONCURRENCIES.iter().zip(&row.cells) {
        let mut figures = figures(cell);
        if row.engine.kind != Kind::Fleetsim {
            figures["fleetsim_is_faster"] = ratio(cell);
        }
        value.insert(format!("k={concurrency}"), figures);
    }
    value.insert(format!("instructions per invocation, k={COUNTED_CONCURRENCY}"), row.instructions.into());
    value.into()
}

fn ratio(cell: &Cell) -> Value {
    let [least, median, most] = cell.ratio.map(|ratio| rounded(ratio, 3));
    json!({ "median": median, "least": least, "most": most })
}

fn figures(cell: &Cell) -> Value {
    json!({
        "million_invocations_per_second": rounded(cell.speed / 1e6, 4),
        "peak_memory_bytes": cell.memory,
        "added_memory_bytes": cell.added_memory,
    })
}

fn bar(bar: &Bar) -> Value {
    json!({
        "bar": bar.what,
        if bar.at_least { "at_least" } else { "at_most" }: bar.asked,
        "found": rounded(bar.found, 3),
        "verdict": bar.verdict.name(),
    })
}

fn rounded(figure: f64, digits: i32) -> f64 {
    let scale = 10f64.powi(digits);
    (figure * scale).round() / scale
}

/// The version of a crate that this was built with.
fn locked(name: &str) -> &'static str {
    let lock = include_str!("../../../Cargo.lock");
    let entry =
        lock.split("[[package]]").find_map(|entry| entry.strip_prefix(&format!("\nname = \"{name}\"\n")));
    let version = entry.and_then(|rest| rest.strip_prefix("version = \"")?.split_once('"'));
    version.expect("a locked crate").0
}

/// What a program prints, in the project's root.
fn said(command: &mut Command) -> String {
    let output = run(command.current_dir(PROJECT));
    String::from_utf8_lossy(&output.stdout).trim().to_string()
}

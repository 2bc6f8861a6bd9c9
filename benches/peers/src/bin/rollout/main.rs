//! Runs the reference rollout on one engine and prints what it came to and what it cost, as one line of JSON.
//!
//! `rollout ENGINE INSTANCES CONCURRENCY SECONDS`: the same rollout again and again until SECONDS of processor time are
//! used, once at least.

mod closures;
mod fleetsim;
mod model;
mod nexosim;
mod odem;
mod simrs;

use std::{env, fs};

use fleetsim_peers::outcome::{Line, Outcome};
use rustix::time::{ClockId, clock_gettime};

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [engine, instances, concurrency, seconds] = arguments.as_slice() else {
        panic!("usage: rollout ENGINE INSTANCES CONCURRENCY SECONDS");
    };
    let instances = instances.parse().expect("INSTANCES is a number");
    let concurrency = concurrency.parse().expect("CONCURRENCY is a number");
    let seconds = seconds.parse().expect("SECONDS is a number");
    let run: fn(u32, u32) -> Outcome = match engine.as_str() {
        "closures" => closures::run,
        "fleetsim" => fleetsim::run,
        "nexosim" => nexosim::run,
        "odem" => odem::run,
        "simrs" => simrs::run,
        other => panic!("no engine {other}"),
    };
    let line = measure(seconds, || run(instances, concurrency));
    println!("{}", serde_json::to_string(&line).expect("plain data"));
}

fn measure(least_seconds: f64, run: impl Fn() -> Outcome) -> Line {
    let before = peak_memory();
    let start = processor_time();
    let outcome = run();
    let (mut rollouts, mut seconds) = (1, processor_time() - start);
    while seconds < least_seconds {
        assert_eq!(run(), outcome, "the same rollout again");
        rollouts += 1;
        seconds = processor_time() - start;
    }
    Line { outcome, rollouts, seconds, memory: [before, peak_memory()] }
}

/// Seconds of processor time that this process has used.
fn processor_time() -> f64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

/// The most memory that this process has held, in KiB.
fn peak_memory() -> u64 {
    let status = fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("a peak");
    line.trim().trim_end_matches(" kB").parse().expect("a number")
}

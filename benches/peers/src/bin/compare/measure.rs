//! Starting the programs and reading what they cost.

use std::process::{Command, Output};

use fleetsim_peers::outcome::Line;

use crate::engines::{CONCURRENCIES, ENGINES, Engine};

/// Interleaved rounds.
pub const ROUNDS: usize = 7;
/// Processor time that a program uses in a round, at least.
const SECONDS: f64 = 0.3;
/// Where the instructions are counted.
pub const COUNTED_CONCURRENCY: u32 = 1000;

/// What was measured of one engine at one concurrency.
pub struct Timed {
    /// One line a round.
    pub lines: Vec<Line>,
    /// Invocations a second of processor time, one figure a round.
    pub speeds: Vec<f64>,
    /// The most memory that its process held in any round, in bytes.
    pub memory: u64,
    /// How much of it the rollout added.
    pub added_memory: u64,
}

/// Times every engine at every concurrency, in rounds, each of which begins with another engine.
pub fn time_all() -> Vec<[Timed; 2]> {
    let empty = || Timed { lines: Vec::new(), speeds: Vec::new(), memory: 0, added_memory: 0 };
    let mut timed: Vec<_> = ENGINES.iter().map(|_| CONCURRENCIES.map(|_| empty())).collect();
    for round in 0..ROUNDS {
        eprintln!("round {} of {ROUNDS}", round + 1);
        for (at, concurrency) in CONCURRENCIES.into_iter().enumerate() {
            for turn in 0..ENGINES.len() {
                let engine = (round + turn) % ENGINES.len();
                timed[engine][at].add(&ENGINES[engine], time(&ENGINES[engine], concurrency));
            }
        }
    }
    timed
}

impl Timed {
    fn add(&mut self, engine: &Engine, line: Line) {
        self.speeds.push(f64::from(engine.instances()) * f64::from(line.rollouts) / line.seconds);
        let [before, peak] = line.memory;
        self.memory = self.memory.max(peak * 1024);
        self.added_memory = self.added_memory.max((peak - before) * 1024);
        self.lines.push(line);
    }
}

fn time(engine: &Engine, concurrency: u32) -> Line {
    let output = run(&mut engine.command(&[], engine.instances(), concurrency, SECONDS));
    serde_json::from_slice(&output.stdout).expect("a line of JSON")
}

/// Instructions that one invocation costs: the difference between two sizes, so that start-up cancels out.
pub fn count_instructions(engine: &Engine) -> u64 {
    eprintln!("counting the instructions of {}", engine.name);
    let [small, large] = engine.counted_instances();
    let [few, many] = [small, large].map(|instances| count(engine, instances));
    (many - few) / u64::from(large - small)
}

fn count(engine: &Engine, instances: u32) -> u64 {
    let callgrind = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null"];
    let output = run(&mut engine.command(&callgrind, instances, COUNTED_CONCURRENCY, 0.0));
    let text = String::from_utf8_lossy(&output.stderr);
    let counted = text.lines().find_map(|line| line.split_once("Collected : "));
    counted.and_then(|(_, count)| count.trim().parse().ok()).expect("callgrind says what it collected")
}

/// Runs a program to its end; whatever goes wrong ends this one.
pub fn run(command: &mut Command) -> Output {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {}\n{stderr}", output.status);
    output
}

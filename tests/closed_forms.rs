//! The closed forms that a simulation must reproduce, each within its 99.9 % confidence interval.
//!
//! Executions are exponential, delivery takes a microsecond, slow start is off. The seeds are fixed, so the tests are.

mod common;

use common::*;
use fleetsim::{
    base::distribution::Distribution,
    history::{Fact, Observer, Record},
    scenario::plan::{Command, ExecutionResult, Plan},
    ssm::{StatusDetails, reading::SlowStart},
    world::{Model, World},
};

/// The mean execution time, in seconds.
const MEAN: f64 = 100.0;
/// The two-sided 99.9 % quantile of the normal distribution.
const Z: f64 = 3.2905;
const REPLICATIONS: u64 = 2000;

/// What is measured of one replication.
#[derive(Default)]
struct Seen {
    sent: u32,
    failed: u32,
    makespan: f64,
}

impl Observer for Seen {
    fn observe(&mut self, record: &Record) {
        match record.fact {
            Fact::Sent { .. } => self.sent += 1,
            Fact::InvocationEnded { ending, .. } => {
                self.failed += u32::from(ending.state.details == StatusDetails::Failed);
            }
            Fact::CommandEnded { .. } => self.makespan = record.time.0 as f64 / 1e6,
            _ => {}
        }
    }
}

/// So many instances, concurrency and tolerated errors, and a chance to fail that has nothing to do with duration.
fn memoryless(instances: u32, concurrency: u32, failure: f64, errors: u32) -> Plan {
    let mut group = group("a", instances);
    group.delivery = Distribution::Constant { value: 1.0 };
    group.execution = Distribution::Exponential { mean: MEAN * 1e6 };
    group.outcomes = vec![outcome(failure, ExecutionResult::Exit(1))];
    // Far away: no deadline and no kill disturbs.
    let command = limited(command(&["a"], &concurrency.to_string(), &errors.to_string()), 172_800);
    let command = Command { timeout_seconds: 2_592_000, ..command };
    let mut plan = plan(vec![group], command);
    plan.readings.slow_start = SlowStart::Off;
    plan
}

fn replications(plan: &Plan) -> Vec<Seen> {
    let model = Model::new(plan);
    let one = |replication| {
        let mut seen = Seen::default();
        World::new(&model, plan.seed, replication).run(&mut seen);
        seen
    };
    (0..REPLICATIONS).map(one).collect()
}

fn assert_mean(what: &str, values: impl Iterator<Item = f64>, expected: f64) {
    let values: Vec<f64> = values.collect();
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (n - 1.0);
    let half = Z * (variance / n).sqrt();
    // The interval has to be narrow enough to tell right from nearly right.
    assert!(half < 0.06 * expected, "{what}: the half-width {half} says little about {expected}");
    // A microsecond of delivery for each wave, and rounding, are no difference.
    assert!((mean - expected).abs() < half + 1e-3, "{what}: {mean} ± {half}, expected {expected}");
}

/// Expected makespan: m ((N - k) / k + H_k): while something waits one of k ends every m / k; then they run out.
#[test]
fn makespan() {
    for (n, k) in [(20, 4), (50, 10), (30, 1), (12, 12), (100, 7), (40, 39)] {
        let harmonic: f64 = (1..=k).map(|i| 1.0 / f64::from(i)).sum();
        let expected = MEAN * (f64::from(n - k) / f64::from(k) + harmonic);
        let seen = replications(&memoryless(n, k, 0.0, 0));
        assert_mean(&format!("N = {n}, k = {k}"), seen.iter().map(|seen| seen.makespan), expected);
        assert!(seen.iter().all(|seen| seen.sent == n && seen.failed == 0));
    }
}

/// k, p and E of the tests of the stop.
const STOPS: [(u32, f64, u32); 6] =
    [(10, 0.1, 0), (10, 0.2, 3), (1, 0.1, 2), (50, 0.05, 1), (5, 0.5, 10), (25, 1.0, 4)];

/// Expected invocations sent at the stop: (E + 1) / p of them ended, and k - 1 are in flight.
/// Expected failures in the end: E + 1, and a share p of those in flight.
#[test]
fn sent_and_failed_at_the_stop() {
    for (k, p, e) in STOPS {
        let tolerated = f64::from(e + 1);
        let others = f64::from(k - 1);
        // So many that the targets never run out before the stop.
        let n = (20.0 * tolerated / p) as u32 + k;
        let seen = replications(&memoryless(n, k, p, e));
        let what = format!("k = {k}, p = {p}, E = {e}");
        let sent = seen.iter().map(|seen| f64::from(seen.sent));
        let failed = seen.iter().map(|seen| f64::from(seen.failed));
        assert_mean(&format!("sent, {what}"), sent, tolerated / p + others);
        assert_mean(&format!("failed, {what}"), failed, tolerated + others * p);
        // S4.24: never more than E + k; S4.23: with concurrency 1 never more than E + 1.
        assert!(seen.iter().all(|seen| (e + 1..=e + k).contains(&seen.failed)), "{what}");
    }
}

/// S4.23: with concurrency 1 there are never more than E + 1 failures, few targets or many.
#[test]
fn concurrency_one_never_overshoots() {
    for n in [1, 3, 10, 40] {
        for e in [0, 1, 5] {
            let seen = replications(&memoryless(n, 1, 0.4, e));
            assert!(seen.iter().all(|seen| seen.failed <= e + 1));
            assert!(seen.iter().any(|seen| seen.failed == (e + 1).min(n)));
        }
    }
}

//! Replications in parallel come to what they come to one by one.

use fleetsim::{
    base::{Chance, SimDuration},
    ensemble::{self, Checks, Ensemble},
    history::{Digest, Record},
    scenario::{
        Plan,
        plan::{Availability, AvailabilityState, ExecutionResult, Outcome},
    },
    world::Model,
};
use rayon::ThreadPoolBuilder;

use crate::common;

/// More than two chunks, the last one not full.
const REPLICATIONS: u64 = 130;

/// Failures, unreachable instances, slow start and a stop.
fn plan() -> Plan {
    let mut group = common::group("a", 30);
    group.execution = fleetsim::base::distribution::Distribution::Exponential { mean: 2e7 };
    group.reply = Some(common::constant(0.3));
    group.outcomes = vec![Outcome {
        chance: Chance(100_000_000),
        run: None,
        result: ExecutionResult::Exit(1),
        execution: None,
    }];
    let state = AvailabilityState::ReachableFrom(SimDuration::from_secs(50));
    group.availability = vec![Availability { chance: Chance(200_000_000), state }];
    common::plan(vec![group], common::command(&["a"], "20%", "10%"))
}

fn run(model: &Model<'_>, threads: usize, checks: Checks) -> Ensemble {
    let pool = ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
    pool.install(|| ensemble::run(model, model.plan.seed, REPLICATIONS, checks, &|_| ()))
}

#[test]
fn the_number_of_threads_changes_nothing() {
    // Principle 6.
    let plan = plan();
    let model = Model::new(&plan);
    for checks in [Checks::All, Checks::Sample, Checks::None] {
        let alone = run(&model, 1, checks);
        for threads in [2, 3, 8] {
            assert_eq!(run(&model, threads, checks), alone, "{threads} threads, {checks:?}");
        }
    }
}

#[test]
fn an_ensemble_is_the_merge_of_its_replications() {
    let plan = plan();
    let model = Model::new(&plan);
    let whole = run(&model, 2, Checks::All);
    let mut digest = Digest::default();
    let mut latencies = vec![Default::default(); plan.commands.len()];
    let mut judged = vec![0; whole.rules.len()];
    for index in 0..REPLICATIONS {
        let one = ensemble::run_one(&model, plan.seed, index, true, &mut ());
        assert_eq!(one.replications[..], whole.replications[index as usize..=index as usize]);
        digest.add_replication(index, one.replications[0].digest);
        latencies.iter_mut().zip(&one.latencies).for_each(
            |(all, part): (&mut fleetsim::measure::Latencies, _)| {
                all.merge(part);
            },
        );
        judged.iter_mut().zip(&one.rules).for_each(|(all, rule)| *all += rule.judged);
    }
    assert_eq!((digest, latencies, whole.checked), (whole.digest, whole.latencies, REPLICATIONS));
    assert_eq!(judged, whole.rules.iter().map(|rule| rule.judged).collect::<Vec<_>>());
    assert!(whole.rules.iter().all(|rule| rule.offences == 0 && rule.reason.is_none()));
}

#[test]
fn observers_change_nothing() {
    // Settled 11.
    let plan = plan();
    let model = Model::new(&plan);
    let mut records: Vec<Record> = Vec::new();
    let watched = ensemble::run_one(&model, plan.seed, 7, true, &mut records);
    let alone = ensemble::run_one(&model, plan.seed, 7, false, &mut ());
    assert_eq!((watched.digest, watched.replications), (alone.digest, alone.replications));
    assert_eq!(records, common::history(&plan, 7));
}

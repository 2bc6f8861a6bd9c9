//! Replications in parallel come to what they come to one by one.

use std::sync::atomic::{AtomicU64, Ordering};

use fleetsim::{
    base::{Chance, SimDuration},
    ensemble::{self, Checks, Ensemble, Goal, Replication, Watch},
    history::{Digest, Record},
    scenario::{
        Plan,
        plan::{Availability, AvailabilityState, ExecutionResult, Outcome},
    },
    world::Model,
};
use rayon::ThreadPoolBuilder;

use crate::common;

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

fn run(model: &Model<'_>, threads: usize, checks: Checks) -> (Ensemble, Vec<Replication>) {
    let pool = ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
    let mut all = Vec::new();
    let mut each = |one: &Replication| all.push(one.clone());
    let watch = Watch { each: &mut each, stop: &|| false };
    let mut ensemble =
        pool.install(|| ensemble::run(model, model.plan().seed, 0..REPLICATIONS, checks, watch));
    if checks == Checks::Sample {
        pool.install(|| ensemble::check_outliers(model, model.plan().seed, &mut ensemble));
    }
    (ensemble, all)
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
    let (whole, replications) = run(&model, 2, Checks::All);
    assert_eq!(whole.first.as_ref(), replications.first());
    let mut merged = Ensemble::default();
    let mut digest = Digest::default();
    let mut latencies = vec![Default::default(); plan.commands.len()];
    let mut judged = vec![0; whole.rules.len()];
    for index in 0..REPLICATIONS {
        let one = ensemble::run_one(&model, plan.seed, index, true, &mut ());
        assert_eq!(one.first.as_ref(), Some(&replications[index as usize]));
        digest.add_replication(index, replications[index as usize].digest);
        latencies.iter_mut().zip(&one.latencies).for_each(
            |(all, part): (&mut fleetsim::measure::Latencies, _)| {
                all.merge(part);
            },
        );
        judged.iter_mut().zip(&one.rules).for_each(|(all, rule)| *all += rule.judged);
        merged.merge(one);
    }
    assert_eq!(merged, whole);
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
    assert_eq!((watched.digest, watched.first), (alone.digest, alone.first));
    assert_eq!(records, common::history(&plan, 7));
}

#[test]
fn a_run_that_is_stopped_is_the_run_of_so_many() {
    let plan = plan();
    let model = Model::new(&plan);
    for threads in [1, 3] {
        let pool = ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
        let asked = AtomicU64::new(0);
        let mut seen = Vec::new();
        let mut each = |one: &Replication| seen.push(one.index);
        let stop = || asked.fetch_add(1, Ordering::Relaxed) >= 20;
        let watch = Watch { each: &mut each, stop: &stop };
        let stopped = pool.install(|| ensemble::run(&model, plan.seed, 0..REPLICATIONS, Checks::All, watch));
        assert_eq!(seen, (0..20).collect::<Vec<_>>());
        let whole = ensemble::run(
            &model,
            plan.seed,
            0..20,
            Checks::All,
            Watch { each: &mut |_| (), stop: &|| false },
        );
        assert_eq!(stopped, whole);
    }
}

/// The looks of a run until a goal is reached come at 100, 200, 300 and so on, and it stops at the first that suffices.
#[test]
fn a_run_until_a_goal_is_the_run_of_so_many() {
    let plan = plan();
    let model = Model::new(&plan);
    let whole = |count| {
        ensemble::run(&model, plan.seed, 0..count, Checks::None, Watch { each: &mut |_| (), stop: &|| false })
    };
    let until = |goals: &[Goal], at_most| {
        let watch = Watch { each: &mut |_| (), stop: &|| false };
        ensemble::run_until(&model, plan.seed, (goals, at_most), Checks::None, watch)
    };
    let goals: Vec<Goal> =
        ["makespan.mean within 2%", "failed.mean within 10%"].map(|goal| goal.parse().unwrap()).into();
    let reached = |ensemble: &Ensemble| goals.iter().all(|goal| goal.outcome(&plan, ensemble).reached);
    let stopped = until(&goals, 5000);
    let before: Vec<u64> = [100, 200, 300, 400, 500, 700, 900, 1200, 1500, 1900]
        .into_iter()
        .take_while(|&count| count < stopped.count)
        .collect();
    assert!(before.len() > 1 && reached(&stopped), "{}", stopped.count);
    assert!(before.iter().all(|&count| !reached(&whole(count))));
    assert_eq!(stopped, whole(stopped.count));
    assert_eq!(until(&goals, 150), whole(150));
}

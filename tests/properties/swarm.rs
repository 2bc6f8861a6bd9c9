//! Case after case, each a function of its seed.

use std::{
    env,
    panic::{AssertUnwindSafe, catch_unwind},
    str::FromStr,
};

use fleetsim::{check::Verdict, scenario::Plan};
use proptest::{
    strategy::{Strategy, ValueTree},
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use rayon::prelude::*;

use crate::{
    coverage::Coverage,
    judge::{Evidence, judge, rules},
    plans::{any_plan, plan},
};

/// Cases of a run that asks for no number.
const CASES: u64 = 1000;

#[test]
fn every_history_of_every_plan_is_valid() {
    let (cases, first) = (setting("FLEETSIM_SWARM", CASES), setting("FLEETSIM_SEED", 1));
    let results: Vec<_> = (first..first + cases).into_par_iter().map(|seed| (seed, run(seed))).collect();
    let mut coverage = Coverage::default();
    let mut failures = Vec::new();
    for (seed, result) in results {
        match result {
            Ok(seen) => coverage.add(seen),
            Err(reason) => failures.push((seed, reason)),
        }
    }
    for (seed, reason) in failures.iter().take(20) {
        eprintln!("seed {seed}: {reason}");
    }
    if let Some((seed, reason)) = failures.first() {
        panic!("{} of {cases} cases failed, the first is\n{}", failures.len(), story(*seed, reason));
    }
    eprintln!("{cases} cases from seed {first} on\n{coverage}");
    let missing = coverage.missing();
    assert!(cases < CASES || missing.is_empty(), "never occurred: {missing:#?}");
}

#[test]
fn every_plan_is_data_and_can_be_judged() {
    let mut busy = 0;
    for seed in 0..200 {
        let plan = tree_of(any_plan(), seed).current();
        let json = serde_json::to_string(&plan).expect("a plan is JSON");
        let again: Plan = serde_json::from_str(&json).expect("JSON of a plan is a plan");
        assert_eq!(again, plan);
        // Without records nothing is wrong, and nothing in the plan keeps a rule from judging.
        let reports = rules(&plan, &[]);
        assert!(reports.iter().all(|report| report.verdict == Verdict::Valid), "{reports:?}");
        busy += u32::from(plan.groups.iter().any(|group| plan.has_busy_agents(group)));
    }
    assert!(busy > 50, "commands share agents in {busy} of 200 plans");
}

fn setting<T: FromStr>(name: &str, default: T) -> T {
    env::var(name).map_or(default, |text| {
        text.parse().unwrap_or_else(|_| panic!("{name} is \"{text}\", not a whole number"))
    })
}

/// Runs the case of a seed.
fn run(seed: u64) -> Result<Coverage, String> {
    judge_calmly(&tree(seed).current()).map(|evidence| Coverage::of(&evidence))
}

/// The plan of a seed, and the simpler ones behind it.
fn tree(seed: u64) -> impl ValueTree<Value = Plan> {
    tree_of(plan(), seed)
}

fn tree_of<S: Strategy<Value = Plan>>(plans: S, seed: u64) -> S::Tree {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    plans.new_tree(&mut runner).expect("the strategy refuses nothing")
}

/// A case that fails: its plan, shrunk, what is wrong with it, and the line that runs it again.
fn story(seed: u64, reason: &str) -> String {
    let (plan, reason) = shrink(&mut tree(seed), reason.into());
    let json = serde_json::to_string_pretty(&plan).expect("a plan is JSON");
    format!(
        "{json}\n{reason}\nrun it again: FLEETSIM_SWARM=1 FLEETSIM_SEED={seed} cargo test --test properties every_history"
    )
}

/// The simplest plan on the way from this one that still fails.
fn shrink(tree: &mut impl ValueTree<Value = Plan>, reason: String) -> (Plan, String) {
    let mut worst = (tree.current(), reason);
    let mut goes_on = tree.simplify();
    while goes_on {
        goes_on = match judge_calmly(&tree.current()) {
            Ok(_) => tree.complicate(),
            Err(reason) => {
                worst = (tree.current(), reason);
                tree.simplify()
            }
        };
    }
    worst
}

/// A panic of the engine or the checker is a failure like others.
fn judge_calmly(plan: &Plan) -> Result<Evidence, String> {
    catch_unwind(AssertUnwindSafe(|| judge(plan))).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().cloned();
        Err(format!(
            "panic: {}",
            text.or(panic.downcast_ref::<&str>().map(ToString::to_string)).unwrap_or_default()
        ))
    })
}

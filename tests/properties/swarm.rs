//! Case after case, each a function of its seed.

use std::{
    env,
    panic::{AssertUnwindSafe, catch_unwind},
    str::FromStr,
};

use fleetsim::scenario::Plan;
use proptest::{
    strategy::{Strategy, ValueTree},
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use rayon::prelude::*;

use crate::{
    coverage::Coverage,
    judge::{Evidence, judge},
    plans::plan,
};

/// Cases of a run that asks for no number.
const CASES: u64 = 1000;

#[test]
fn every_history_of_every_plan_is_valid() {
    let (cases, first) = (setting("FLEETSIM_SWARM", CASES), setting("FLEETSIM_SEED", 1));
    let coverage = (first..first + cases).into_par_iter().map(run).reduce(
        || Ok(Coverage::default()),
        |one, other| match (one, other) {
            (Ok(one), Ok(other)) => Ok(one.merge(other)),
            (Err(failure), _) | (_, Err(failure)) => Err(failure),
        },
    );
    match coverage {
        Ok(coverage) => {
            eprintln!("{cases} cases from seed {first} on\n{coverage}");
            let missing = coverage.missing();
            assert!(cases < CASES || missing.is_empty(), "never occurred: {missing:#?}");
        }
        Err(failure) => panic!("{failure}"),
    }
}

fn setting<T: FromStr>(name: &str, default: T) -> T {
    env::var(name).map_or(default, |text| {
        text.parse().unwrap_or_else(|_| panic!("{name} is \"{text}\", not a whole number"))
    })
}

/// Runs the case of a seed; a failure is shrunk first.
fn run(seed: u64) -> Result<Coverage, String> {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let mut tree = plan().new_tree(&mut runner).expect("the strategy refuses nothing");
    match judge_calmly(&tree.current()) {
        Ok(evidence) => Ok(Coverage::of(&evidence)),
        Err(reason) => {
            let (plan, reason) = shrink(&mut tree, reason);
            let json = serde_json::to_string_pretty(&plan).expect("a plan is JSON");
            Err(format!(
                "{json}\n{reason}\nrun it again: FLEETSIM_SWARM=1 FLEETSIM_SEED={seed} cargo test --test properties \
                 every_history"
            ))
        }
    }
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

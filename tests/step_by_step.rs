//! Two ways to the same history: what is foreseen when a message is sent, and every agent followed step by step.

mod common;
#[allow(dead_code, reason = "plans of the ordinary kind are all that is needed")]
mod random;

use fleetsim::{
    history::{Digest, Record},
    scenario::plan::{ExecutionResult, Plan},
    world::{Model, World},
};
use proptest::prelude::*;

fn run(model: &Model, plan: &Plan, replication: u64) -> (Digest, Vec<Record>) {
    let mut both = (Digest::default(), Vec::new());
    World::new(model, plan.seed, replication).run(&mut both);
    both
}

/// Without what concerns a whole instance where there are several commands.
fn foreseeable(mut plan: Plan) -> Plan {
    if plan.commands.len() > 1 {
        for group in &mut plan.groups {
            group.outcomes.retain(|outcome| {
                !matches!(outcome.result, ExecutionResult::Stopped | ExecutionResult::Terminated)
            });
        }
    }
    plan
}

proptest! {
    #![proptest_config(random::config(20_000))]

    /// Plans that need no more than the short way come to the same on the long one.
    #[test]
    fn both_ways_come_to_the_same(plan in random::ordinary()) {
        let plan = foreseeable(plan);
        let short = Model::new(&plan);
        prop_assert!(short.is_foreseeable);
        let (expected, mut told) = run(&short, &plan, 0);
        let (found, mut told_stepwise) = run(&Model::step_by_step(&plan), &plan, 0);
        if expected != found {
            // The order within an instant may differ.
            let order = |record: &Record| (record.time, record.command, format!("{:?}", record.fact));
            told.sort_by_key(order);
            told_stepwise.sort_by_key(order);
            let at = told.iter().zip(&told_stepwise).position(|(one, other)| one != other);
            let at = at.unwrap_or(told.len().min(told_stepwise.len()));
            prop_assert!(false, "{:?}\nstep by step {:?}", told.get(at), told_stepwise.get(at));
        }
    }
}

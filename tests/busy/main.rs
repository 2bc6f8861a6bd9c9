//! The contract of a history where agents are busy, documents have several steps and instances reboot, kept by random
//! plans of that kind.

#[path = "../common/mod.rs"]
mod common;
#[path = "../random/mod.rs"]
mod random;

mod invocation;
mod plans;
mod pool;

use std::collections::{BTreeMap, BTreeSet};

use common::history;
use fleetsim::{
    base::SimTime,
    check::{Checker, Verdict},
    history::{Digest, Fact, Observer, Record},
    scenario::plan::Plan,
    world::{Model, World},
};
use proptest::{prelude::*, strategy::ValueTree, test_runner::TestRunner};

use crate::{invocation::Invocation, pool::Pool};

/// The instance that a fact is about.
fn instance_of(fact: Fact) -> Option<u32> {
    match fact {
        Fact::Sent { instance }
        | Fact::Acknowledged { instance }
        | Fact::InvocationChanged { instance, .. }
        | Fact::InvocationEnded { instance, .. }
        | Fact::LateReply { instance, .. }
        | Fact::Broken { instance }
        | Fact::StepEnded { instance, .. }
        | Fact::Accepted { instance, .. }
        | Fact::Started { instance }
        | Fact::Released { instance }
        | Fact::Refused { instance, .. }
        | Fact::AgentNoted { instance, .. }
        | Fact::RebootBegan { instance }
        | Fact::RebootEnded { instance } => Some(instance),
        _ => None,
    }
}

/// Reads a history and complains about whatever breaks the contract.
fn read(plan: &Plan, history: &[Record]) {
    let mut pools: BTreeMap<u32, Pool> = BTreeMap::new();
    let mut invocations: BTreeMap<(u32, u32), Invocation> = BTreeMap::new();
    let mut now = SimTime::ZERO;
    for record in history {
        assert!(record.time >= now, "records are in order of time");
        if record.time > now {
            pools.values().for_each(Pool::close_instant);
            now = record.time;
        }
        if let Fact::AgentChanged { instance, .. } = record.fact {
            // Of agents that nothing has reached nothing is held.
            pools.get_mut(&instance).into_iter().for_each(|pool| pool.read(record));
        }
        let Some(instance) = instance_of(record.fact) else { continue };
        pools.entry(instance).or_insert_with(|| Pool::new(plan, instance)).read(record);
        let key = (record.command, instance);
        invocations.entry(key).or_insert_with(|| Invocation::new(plan, key)).read(record);
    }
    pools.values().for_each(Pool::close_instant);
    invocations.values().for_each(Invocation::close);
}

proptest! {
    #![proptest_config(random::config(5000))]

    /// The contract's points on agents, steps and reboots; and the checker has nothing against it either.
    #[test]
    fn every_history_keeps_the_contract(plan in plans::plans()) {
        let history = history(&plan, 0);
        read(&plan, &history);
        let mut checker = Checker::new(&plan);
        history.iter().for_each(|record| checker.observe(record));
        for report in checker.finish() {
            prop_assert_eq!(report.verdict, Verdict::Valid, "{}", report.rule);
        }
    }

    /// Principle 6: the same plan, seed and replication: the same digest, in one go or step by step.
    #[test]
    fn digests_repeat(plan in plans::plans(), replication in 0_u64..3) {
        let model = Model::new(&plan);
        prop_assert!(!model.is_foreseeable);
        let mut whole = Digest::default();
        World::new(&model, plan.seed, replication).run(&mut whole);
        let mut records: Vec<Record> = Vec::new();
        let mut world = World::new(&model, plan.seed, replication);
        while world.step(&mut records) {}
        let mut afterwards = Digest::default();
        records.iter().for_each(|record| afterwards.observe(record));
        prop_assert_eq!(afterwards, whole);
    }
}

/// The random plans are worth something only if they come to every fact about agents.
#[test]
fn random_plans_reach_everything() {
    let mut runner = TestRunner::new(random::config(1));
    let mut reached = BTreeMap::<_, u32>::new();
    let mut dropped = 0;
    for _ in 0..300 {
        let plan = plans::plans().new_tree(&mut runner).unwrap().current();
        let mut waiting = BTreeSet::new();
        for record in history(&plan, 0) {
            let key = (record.command, instance_of(record.fact));
            let what = match record.fact {
                Fact::Accepted { queued: true, .. } => {
                    waiting.insert(key);
                    "waits".into()
                }
                Fact::Started { .. } => {
                    waiting.remove(&key);
                    "started".into()
                }
                Fact::Released { .. } => {
                    dropped += u32::from(waiting.remove(&key));
                    "released".into()
                }
                Fact::Refused { why, .. } => format!("{why:?}"),
                Fact::AgentNoted { note, .. } => format!("{note:?}"),
                Fact::StepEnded { reply, .. } => format!("{:?}", reply.status),
                Fact::RebootEnded { .. } => "rebooted".into(),
                Fact::LateReply { .. } => "late".into(),
                Fact::InvocationEnded { ending, .. } => ending.state.details.name().into(),
                _ => continue,
            };
            *reached.entry(what).or_default() += 1;
        }
    }
    let steps = ["Success", "Failed", "TimedOut", "Cancelled", "Skipped", "SuccessAndReboot"];
    let facts =
        ["waits", "started", "released", "BufferFull", "Closed", "Deaf", "rebooted", "late", "Undeliverable"];
    for wanted in steps.iter().chain(&facts) {
        assert!(reached.get(*wanted).is_some_and(|&count| count > 10), "{wanted}: {reached:?}");
    }
    assert!(dropped > 10, "{dropped}");
}

//! What observers that need no order of time are told, with fewer events or courses remembered, is what all others are told.

mod common;
mod random;

use std::{cell::Cell, collections::BTreeMap, fs};

use fleetsim::{
    history::{Digest, Fact, Observer, Record},
    measure::{CommandResult, Latencies, Measure},
    scenario::{self, Plan, Roster, Source},
    world::{Courses, Model, World},
};
use proptest::prelude::*;

/// Takes facts in any order, and keeps them.
#[derive(Default)]
struct AnyOrder(Vec<Record>);

impl Observer for AnyOrder {
    const IN_ORDER: bool = false;

    fn observe(&mut self, record: &Record) {
        self.0.push(*record);
    }
}

#[derive(Debug, PartialEq)]
struct Outcome {
    digest: Digest,
    results: Vec<CommandResult>,
    latencies: Vec<Latencies>,
}

fn run(model: &Model, plan: &Plan, replication: u64, also: &mut impl Observer) -> Outcome {
    let mut latencies = vec![Latencies::default(); plan.commands.len()];
    let mut digest = Digest::default();
    let mut measure = Measure::new(plan, &mut latencies);
    World::new(model, plan.seed, replication).run(&mut ((&mut digest, &mut measure), also));
    let results = measure.finish();
    Outcome { digest, results, latencies }
}

/// Both ways come to the same. How many facts were told out of order.
fn compare(plan: &Plan, replication: u64) -> Result<usize, String> {
    let model = Model::new(plan);
    let (mut ordered, mut told) = (Vec::new(), AnyOrder::default());
    let expected = run(&model, plan, replication, &mut ordered);
    let found = run(&model, plan, replication, &mut told);
    let disorder = told.0.windows(2).filter(|pair| pair[0].time > pair[1].time).count();
    promised_order(plan, &told.0)?;
    let by_content = |records: &mut Vec<Record>| {
        records.sort_by_key(|record| (record.time, record.command, format!("{:?}", record.fact)));
    };
    if expected != found {
        by_content(&mut ordered);
        by_content(&mut told.0);
        let at = ordered.iter().zip(&told.0).position(|(one, other)| one != other);
        let at = at.unwrap_or(ordered.len().min(told.0.len()));
        return Err(format!("in order {:?}\nin any order {:?}", ordered.get(at), told.0.get(at)));
    }
    let mut courses = Courses::default();
    courses.begin(plan.commands.len(), plan.fleet_size());
    for whence in ["drawn", "remembered"] {
        let mut digest = Digest::default();
        World::with_courses(&model, plan.seed, replication, &mut courses).run(&mut digest);
        if digest != expected.digest {
            return Err(format!("with courses {whence} it is another history"));
        }
    }
    Ok(disorder)
}

/// The order that `Observer::IN_ORDER` promises even to those who ask for none.
fn promised_order(plan: &Plan, told: &[Record]) -> Result<(), String> {
    let roster = Roster::new(plan);
    let mut latest = BTreeMap::new();
    for record in told {
        let entity = match record.fact {
            Fact::Sent { instance } | Fact::InvocationEnded { instance, .. } => vec![None, Some(instance)],
            Fact::Acknowledged { instance } | Fact::InvocationChanged { instance, .. } => {
                vec![Some(instance)]
            }
            Fact::Published(notice) | Fact::Arrived { notice, .. } if notice.instance.is_some() => {
                vec![notice.instance]
            }
            _ => continue,
        };
        for entity in entity {
            let before = latest.insert((record.command, entity), record.time);
            if before.is_some_and(|before| before > record.time) {
                let whose = entity.map_or("the sends and ends".into(), |instance| roster.id(instance));
                return Err(format!("{record:?} is out of order for {whose}"));
            }
        }
    }
    Ok(())
}

fn plain(mut plan: Plan) -> Plan {
    plan.faults.clear();
    plan.alarms.clear();
    plan.assumed = None;
    plan.groups.iter_mut().for_each(|group| group.output = None);
    plan
}

#[test]
fn both_ways_come_to_the_same() {
    let disorder = Cell::new(0);
    let mut runner = proptest::test_runner::TestRunner::new(random::config(20_000));
    // Most of the plans have nothing that keeps the world from foresight.
    let plans = (random::plans(), prop::bool::weighted(0.75))
        .prop_map(|(plan, is_plain)| if is_plain { plain(plan) } else { plan });
    let outcome = runner.run(&plans, |plan| {
        disorder.set(disorder.get() + compare(&plan, 0).map_err(TestCaseError::fail)?);
        Ok(())
    });
    outcome.unwrap_or_else(|failure| panic!("{failure}"));
    assert!(disorder.get() > 500, "only {} facts were told out of order", disorder.get());
}

#[test]
fn on_every_scenario_too() {
    let mut disorder = 0;
    let paths = fs::read_dir("scenarios").unwrap().map(|entry| entry.unwrap().path());
    for path in paths.filter(|path| path.extension().is_some_and(|extension| extension == "toml")) {
        let source = Source { path: path.clone(), text: fs::read_to_string(&path).unwrap() };
        let plan = scenario::load(source, &|beside| fs::read_to_string(beside)).unwrap().plan;
        if plan.fleet_size() <= 20_000 {
            disorder += compare(&plan, 3).unwrap_or_else(|difference| panic!("{path:?}: {difference}"));
        }
    }
    assert!(disorder > 1000, "only {disorder} facts were told out of order");
}

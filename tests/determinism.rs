//! The same plan and seed give the same history, and luck belongs to the instance.

mod common;
mod random;

use common::*;
use fleetsim::{
    base::{Chance, SimDuration, distribution::Distribution},
    history::{Digest, Fact, Observer, Record},
    scenario::plan::{AvailabilityState, Command, ExecutionResult, Group, Plan},
    ssm::{
        StatusDetails,
        reading::{DispatchOrder, SlowStart},
    },
    world::{Model, World},
};
use proptest::prelude::*;

/// Instances of which everything is left to luck. All of them reply: nobody holds a slot until expiry.
fn lucky(name: &str, count: u32) -> Group {
    Group {
        delivery: Distribution::Lognormal { median: 80_000.0, sigma: 0.7 },
        execution: Distribution::Exponential { mean: 20e6 },
        slowness: Distribution::Uniform { min: 0.5, max: 2.0 },
        outcomes: vec![outcome(0.3, ExecutionResult::Exit(1)), outcome(0.1, ExecutionResult::Exit(137))],
        ..group(name, count)
    }
}

fn lucky_plan() -> Plan {
    plan(vec![lucky("a", 40), lucky("b", 20)], command(&["a", "b"], "8", "100%"))
}

/// What became of each instance under the first command, apart from when: its luck.
fn luck_of(plan: &Plan, instances: std::ops::Range<u32>) -> Vec<(StatusDetails, Option<SimDuration>)> {
    let records: Vec<_> = history(plan, 0).into_iter().filter(|record| record.command == 0).collect();
    let luck = |instance| {
        let (_, ending) = ended(&records, instance);
        (ending.state.details, ending.elapsed)
    };
    instances.map(luck).collect()
}

/// The instances in the order in which they are sent to.
fn order(plan: &Plan, command: u32, replication: u64) -> Vec<u32> {
    let sent = |record: Record| match record.fact {
        Fact::Sent { instance } if record.command == command => Some(instance),
        _ => None,
    };
    history(plan, replication).into_iter().filter_map(sent).collect()
}

proptest! {
    #![proptest_config(random::config(1000))]

    /// Principle 6: the same plan, seed and replication: the same digest, whoever else observes, in one go or step
    /// by step.
    #[test]
    fn digests_repeat_and_observers_change_nothing(plan in random::plans(), replication in 0_u64..3) {
        let alone = digest(&plan, replication);
        prop_assert_eq!(digest(&plan, replication), alone);

        let model = Model::new(&plan);
        let world = || World::new(&model, plan.seed, replication);
        let mut records: Vec<Record> = Vec::new();
        let mut with_records = (Digest::default(), &mut records);
        world().run(&mut with_records);
        prop_assert_eq!(with_records.0, alone);

        let mut among_others = ((), (Some(Digest::default()), None::<Digest>));
        world().run(&mut among_others);
        prop_assert_eq!(among_others.1.0, Some(alone));

        let mut afterwards = Digest::default();
        records.iter().for_each(|record| afterwards.observe(record));
        prop_assert_eq!(afterwards, alone);

        let mut stepped: Vec<Record> = Vec::new();
        let mut world = world();
        let mut last = None;
        while let Some(next) = world.next_time() {
            prop_assert!(Some(next) > last, "instants go forward");
            last = Some(next);
            let before = stepped.len();
            prop_assert!(world.step(&mut stepped));
            prop_assert!(stepped[before..].iter().all(|record| record.time == next));
        }
        prop_assert!(!world.step(&mut stepped));
        prop_assert_eq!(stepped, records);
    }
}

/// Principle 6: another seed, or another replication, is another history.
#[test]
fn seeds_and_replications_differ() {
    let mut plan = lucky_plan();
    let mut digests: Vec<_> = (0..20).map(|replication| digest(&plan, replication)).collect();
    for seed in 2..20 {
        plan.seed = seed;
        digests.push(digest(&plan, 0));
    }
    digests.sort_by_key(Digest::to_string);
    digests.dedup();
    assert_eq!(digests.len(), 38);
}

/// Principle 9: what happens on an instance does not depend on when and in which order the command is sent.
#[test]
fn policies_are_compared_on_the_same_luck() {
    let base = lucky_plan();
    let expected = luck_of(&base, 0..60);
    assert!(expected.iter().filter(|(details, _)| *details == StatusDetails::Failed).count() > 5);
    for concurrency in ["1", "3", "50%", "60"] {
        for order in [DispatchOrder::Random, DispatchOrder::Listed] {
            for slow_start in [SlowStart::Double, SlowStart::Off] {
                let mut plan = base.clone();
                plan.commands[0].request.max_concurrency = Some(concurrency.into());
                plan.readings.dispatch_order = order;
                plan.readings.slow_start = slow_start;
                assert_eq!(luck_of(&plan, 0..60), expected, "{concurrency} {order:?} {slow_start:?}");
            }
        }
    }
}

/// Principle 9: who is not reachable is luck of its own, the same for every command of a replication.
#[test]
fn availability_stays_with_the_instance() {
    let mut away = group_away("a", 40, AvailabilityState::Unreachable);
    away.availability[0].chance = Chance(400_000_000);
    let mut plan = plan(vec![away], command(&["a"], "40", "0"));
    plan.commands.push(Command { at: lasting(7.0), ..plan.commands[0].clone() });
    let history = history(&plan, 0);
    let unreachable = |command| {
        let delayed = |record: &Record| match record.fact {
            Fact::InvocationChanged { instance, state } if state.details == StatusDetails::Delayed => {
                (record.command == command).then_some(instance)
            }
            _ => None,
        };
        let mut found: Vec<_> = history.iter().filter_map(delayed).collect();
        found.sort_unstable();
        found
    };
    assert_eq!(unreachable(0), unreachable(1));
    assert!((4..36).contains(&unreachable(0).len()));
}

/// Principle 9: a group or an instance more at the end, or another command, moves nobody else's luck.
#[test]
fn what_is_added_moves_nothing() {
    let expected = luck_of(&lucky_plan(), 0..60);

    let mut more = lucky_plan();
    more.groups.push(lucky("c", 10));
    more.commands[0] = command(&["a", "b", "c"], "8", "100%");
    assert_eq!(luck_of(&more, 0..60), expected);

    let mut larger = lucky_plan();
    members(&mut larger.groups[1]).count = 25;
    assert_eq!(luck_of(&larger, 0..60), expected);

    let mut again = lucky_plan();
    again.commands.push(Command { at: lasting(1.0), ..again.commands[0].clone() });
    assert_eq!(luck_of(&again, 0..60), expected);
}

/// Principle 9: the luck belongs to the group's name and the place in the group, never to a position in the fleet.
#[test]
fn luck_follows_the_name() {
    let base = lucky_plan();
    let expected = luck_of(&base, 0..60);

    let mut swapped = base.clone();
    swapped.groups.swap(0, 1);
    assert_eq!(luck_of(&swapped, 20..60), expected[..40]);
    assert_eq!(luck_of(&swapped, 0..20), expected[40..]);

    let mut renamed = base.clone();
    renamed.groups[1].name = "c".into();
    let found = luck_of(&renamed, 0..60);
    assert_eq!(found[..40], expected[..40]);
    assert!(found[40..].iter().zip(&expected[40..]).all(|(found, expected)| found.1 != expected.1));

    let mut reworded = base;
    members(&mut reworded.groups[1]).id_prefix = "mi-b".into();
    assert_eq!(luck_of(&reworded, 0..60), expected);
}

/// Settled 2: the order is a permutation that seed, replication and command choose; or as the fleet is listed.
#[test]
fn the_order_of_dispatch_is_chosen_by_luck_or_listed() {
    let mut plan = lucky_plan();
    plan.commands.push(plan.commands[0].clone());
    let orders = [order(&plan, 0, 0), order(&plan, 1, 0), order(&plan, 0, 1)];
    for (i, one) in orders.iter().enumerate() {
        let mut all = one.clone();
        all.sort_unstable();
        assert!(all.into_iter().eq(0..60));
        assert!(orders[i + 1..].iter().all(|other| other != one));
    }
    plan.seed = 2;
    assert_ne!(order(&plan, 0, 0), orders[0]);
    plan.readings.dispatch_order = DispatchOrder::Listed;
    assert!(order(&plan, 0, 0).into_iter().eq(0..60));
}

/// Digests as they were when this was written: they hold the bits of every draw, sum and hash in place, over time and
/// over platforms. They prove nothing else. When results change on purpose, they change, and the commit says why.
#[test]
fn pinned_digests() {
    let constant = plan(vec![group("a", 10)], command(&["a"], "3", "0"));
    let mut away = lucky_plan();
    away.groups[0].availability =
        group_away("", 0, AvailabilityState::ReachableFrom(lasting(33.0))).availability;
    away.groups[0].availability[0].chance = Chance(250_000_000);
    away.groups[0].reply = Some(Distribution::Gamma { shape: 2.0, scale: 50_000.0 });
    away.groups[1].execution = Distribution::Weibull { shape: 0.7, scale: 15e6 };
    away.commands[0].request.max_errors = Some("10%".into());
    away.commands[0].cancels = vec![cancel(60.0, &[])];
    for (name, plan, expected) in [
        ("constant", constant, "2d0732ed6e9d7e300029a34ea8ad32c7"),
        ("lucky", lucky_plan(), "cf2879ba6b9eab173a86e69935201dda"),
        ("away", away, "1845a35c9e516bedce4d2abb9285d891"),
    ] {
        let mut run = Digest::default();
        (0..5).for_each(|replication| run.add_replication(replication, digest(&plan, replication)));
        assert_eq!(run.to_string(), expected, "{name}");
    }
}

//! The measures of notifications against a slow reference, which knows nothing but the history and the words' meaning.

mod common;
mod notified;
mod random;

use std::collections::BTreeSet;

use common::*;
use fleetsim::{
    base::{Chance, SimDuration, SimTime, distribution::Distribution},
    ensemble::{self, Checks, Ensemble, Replication, Watch},
    history::{Fact, Record},
    measure::{Durations, Reception, statistics::value},
    scenario::{
        plan::{Notification, Plan, Subscription, Topic},
        threshold::Metric,
    },
    ssm::{NotificationType, NotifiedStatus},
    world::Model,
};
use notified::{notifying, subscription};
use proptest::{collection::vec, prelude::*, sample::select};

/// What a history says to one consumer about one entity, in its order.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Said {
    Published(NotifiedStatus),
    Arrived(NotifiedStatus),
}

/// The measures of one subscription, counted out.
fn reference(history: &[Record], command: u32, at: u32) -> (Reception, Vec<u64>) {
    let mut reception = Reception::default();
    let mut latencies = Vec::new();
    let mut entities = BTreeSet::new();
    for record in history.iter().filter(|record| record.command == command) {
        match record.fact {
            Fact::Published(notice) => {
                reception.published += 1;
                entities.insert(notice.instance);
            }
            Fact::Lost { subscription, .. } if subscription == at => reception.lost += 1,
            Fact::Arrived { subscription, duplicate: true, .. } if subscription == at => {
                reception.duplicates += 1;
            }
            Fact::Arrived { subscription, published, .. } if subscription == at => {
                reception.arrived += 1;
                latencies.push(record.time.since(published).0);
            }
            _ => {}
        }
    }
    for entity in entities {
        let said: Vec<_> = history
            .iter()
            .filter(|record| record.command == command)
            .filter_map(|record| match record.fact {
                Fact::Published(notice) if notice.instance == entity => {
                    Some((record.time, Said::Published(notice.status)))
                }
                Fact::Arrived { notice, subscription, .. }
                    if notice.instance == entity && subscription == at =>
                {
                    Some((record.time, Said::Arrived(notice.status)))
                }
                _ => None,
            })
            .collect();
        follow(&said, &mut reception);
    }
    latencies.sort_unstable();
    (reception, latencies)
}

/// What the consumer believes of an entity after each of the things said, beside the truth.
fn follow(said: &[(SimTime, Said)], reception: &mut Reception) {
    let last = |upto: usize, of: fn(&Said) -> Option<NotifiedStatus>| {
        said[..=upto].iter().rev().find_map(|(_, said)| of(said))
    };
    let mut wrong_since = None;
    for (index, (now, what)) in said.iter().enumerate() {
        let truth = last(index, |said| match said {
            Said::Published(status) => Some(*status),
            Said::Arrived(_) => None,
        });
        let belief = last(index, |said| match said {
            Said::Arrived(status) => Some(*status),
            Said::Published(_) => None,
        });
        let is_wrong = belief.is_some() && belief != truth;
        match (wrong_since, is_wrong) {
            (None, true) => wrong_since = Some(*now),
            (Some(since), false) => {
                reception.wrong_for = reception.wrong_for.max(now.since(since));
                wrong_since = None;
            }
            _ => {}
        }
        let newer_came = said[..index]
            .iter()
            .any(|(_, said)| matches!(said, Said::Arrived(status) if *status != NotifiedStatus::InProgress));
        if *what == Said::Arrived(NotifiedStatus::InProgress) && newer_came {
            reception.out_of_order += 1;
        }
    }
    reception.wrong_for_good += u32::from(wrong_since.is_some());
}

/// What the program measures of one replication.
fn measured(plan: &Plan) -> (Vec<Record>, Vec<Vec<(Reception, Durations)>>) {
    let mut history = Vec::new();
    let ensemble = ensemble::run_one(&Model::new(plan), plan.seed, 0, false, &mut history);
    let of_command = |(index, result): (usize, &fleetsim::measure::CommandResult)| {
        let latency = |at| ensemble.latencies[index].notifications().get(at).cloned().unwrap_or_default();
        result.notifications.iter().enumerate().map(|(at, one)| (*one, latency(at))).collect()
    };
    let commands = &ensemble.first.as_ref().unwrap().commands;
    (history, commands.iter().enumerate().map(of_command).collect())
}

fn chance() -> impl Strategy<Value = Chance> {
    select(vec![Chance(0), Chance(0), Chance(300_000_000), Chance::ONE])
}

fn any_subscription() -> impl Strategy<Value = Subscription> {
    // Whole and half seconds, so that instants meet; and latencies of all sizes beside executions of some seconds.
    let latency = select(vec![
        constant(0.0),
        constant(1.0),
        Distribution::Values { values: vec![0.0, 500_000.0, 1e6, 2e6, 20e6] },
        Distribution::Exponential { mean: 0.1e6 },
        Distribution::Exponential { mean: 10e6 },
        Distribution::Pareto { min: 0.5e6, shape: 0.4 },
    ]);
    (latency, chance(), chance()).prop_map(|(latency, duplicate, loss)| Subscription {
        duplicate,
        loss,
        ..subscription("any", latency)
    })
}

/// A random plan whose commands notify, most of them, one of two topics.
fn notifying_plans() -> impl Strategy<Value = Plan> {
    let topic = (vec(any_subscription(), 0..=3), chance());
    let kind =
        select(vec![NotificationType::Command, NotificationType::Invocation, NotificationType::Invocation]);
    let events = prop_oneof![
        3 => Just(NotifiedStatus::ALL.to_vec()),
        1 => proptest::sample::subsequence(NotifiedStatus::ALL.to_vec(), 0..=5),
    ];
    let notification = proptest::option::weighted(
        0.9,
        (0_u32..2, events, kind).prop_map(|(topic, events, kind)| Notification { topic, events, kind }),
    );
    (random::plans(), vec(topic, 2), vec(notification, 3)).prop_map(|(mut plan, topics, notifications)| {
        let topic = |(at, (subscriptions, published_twice)): (usize, (Vec<Subscription>, Chance))| Topic {
            arn: format!("{}{at}", notified::ARN),
            published_twice,
            subscriptions: subscriptions
                .into_iter()
                .enumerate()
                .map(|(at, one)| Subscription { name: format!("s{at}"), ..one })
                .collect(),
        };
        plan.topics = topics.into_iter().enumerate().map(topic).collect();
        for (command, notification) in plan.commands.iter_mut().zip(notifications) {
            command.notification = notification;
        }
        plan
    })
}

proptest! {
    #![proptest_config(random::config(400))]

    #[test]
    fn the_measures_are_those_of_the_history(plan in notifying_plans()) {
        let (history, measured) = measured(&plan);
        for (command, subscriptions) in measured.iter().enumerate() {
            prop_assert_eq!(subscriptions.len(), plan.subscriptions(&plan.commands[command]).len());
            for (at, (reception, durations)) in subscriptions.iter().enumerate() {
                let (expected, latencies) = reference(&history, command as u32, at as u32);
                prop_assert_eq!(*reception, expected, "command {}, subscription {}", command, at);
                // Each message arrives for the first time, or is lost.
                prop_assert_eq!(reception.arrived + reception.lost, reception.published);
                prop_assert_eq!(durations.histogram().len(), latencies.len() as u64);
                prop_assert_eq!(durations.sum, latencies.iter().map(|&one| u128::from(one)).sum::<u128>());
                let ends = (latencies.first().copied().unwrap_or(u64::MAX), latencies.last().copied().unwrap_or(0));
                prop_assert_eq!((durations.min, durations.max), ends);
            }
        }
    }

    /// O-58: no message arrives in the instant of its publication, and a second arrival is later than the first.
    #[test]
    fn every_arrival_has_its_publication(plan in notifying_plans()) {
        let history = history(&plan, 0);
        let is_before = |index: usize, fact: Fact, command: u32, upto: SimTime| {
            history[..index].iter().any(|one| one.fact == fact && one.command == command && one.time < upto)
        };
        for (index, record) in history.iter().enumerate() {
            let Fact::Arrived { notice, subscription, duplicate, published } = record.fact else { continue };
            let publication = Record { time: published, fact: Fact::Published(notice), ..*record };
            prop_assert!(published < record.time && history[..index].contains(&publication), "{:?}", record);
            let first = Fact::Arrived { notice, subscription, duplicate: false, published };
            prop_assert_eq!(is_before(index, first, record.command, record.time), duplicate, "{:?}", record);
        }
    }
}

/// Random plans reach what the measures tell apart.
#[test]
fn random_plans_have_every_case() {
    use proptest::strategy::ValueTree;
    let mut runner = proptest::test_runner::TestRunner::new(random::config(1));
    let mut all = Reception::default();
    for _ in 0..400 {
        let plan = notifying_plans().new_tree(&mut runner).unwrap().current();
        for (one, _) in measured(&plan).1.iter().flatten() {
            all.lost += one.lost;
            all.duplicates += one.duplicates;
            all.out_of_order += one.out_of_order;
            all.wrong_for_good += one.wrong_for_good;
            all.wrong_for = all.wrong_for.max(one.wrong_for);
        }
    }
    assert!(all.lost > 500 && all.duplicates > 500, "{all:?}");
    assert!(all.out_of_order > 50 && all.wrong_for_good > 50, "{all:?}");
    assert!(all.wrong_for > SimDuration::from_secs(60), "{all:?}");
}

/// Replications 0 to `count` - 1, summed up and one by one.
fn collected(model: &Model<'_>, count: u64) -> (Ensemble, Vec<Replication>) {
    let mut all = Vec::new();
    let mut each = |one: &Replication| all.push(one.clone());
    let watch = Watch { each: &mut each, stop: &|| false };
    (ensemble::run(model, model.plan().seed, 0..count, Checks::None, watch), all)
}

/// What is measured of several replications is what each comes to, by integers.
#[test]
fn replications_add_up() {
    let mut slow = subscription("slow", Distribution::Exponential { mean: 8e6 });
    (slow.duplicate, slow.loss) = (Chance(50_000_000), Chance(50_000_000));
    let plan = plan(vec![group("a", 40)], command(&["a"], "10", "0"));
    let plan = notifying(
        plan,
        NotificationType::Invocation,
        &NotifiedStatus::ALL,
        vec![subscription("near", constant(0.1)), slow],
    );
    let model = Model::new(&plan);
    let (all, replications) = collected(&model, 130);
    let mut latencies = [Durations::default(), Durations::default()];
    let (mut sums, mut counts) = ([0; 2], [0; 2]);
    for replication in &replications {
        let alone = ensemble::run_one(&model, plan.seed, replication.index, false, &mut ());
        assert_eq!(alone.first.as_ref(), Some(replication));
        for (at, durations) in alone.latencies[0].notifications().iter().enumerate() {
            sums[at] += durations.sum;
            counts[at] += durations.histogram().len();
            latencies[at].min = latencies[at].min.min(durations.min);
            latencies[at].max = latencies[at].max.max(durations.max);
        }
    }
    for (at, durations) in all.latencies[0].notifications().iter().enumerate() {
        assert_eq!((durations.sum, durations.histogram().len()), (sums[at], counts[at]));
        assert_eq!((durations.min, durations.max), (latencies[at].min, latencies[at].max));
    }
    assert_eq!(all.latencies[0].all_notifications().sum, sums[0] + sums[1]);

    // Metrics of a command are the sums over its subscriptions, and the longest time.
    let result = &replications[0].commands[0];
    let [near, slow] = result.notifications[..] else { panic!("two subscriptions") };
    for (metric, expected) in [
        (Metric::Published, near.published),
        (Metric::Arrived, near.arrived + slow.arrived),
        (Metric::Lost, slow.lost),
        (Metric::Duplicates, slow.duplicates),
        (Metric::OutOfOrder, slow.out_of_order),
        (Metric::WrongForGood, slow.wrong_for_good),
    ] {
        assert_eq!(value(result, metric), Some(expected.into()), "{metric:?}");
    }
    assert_eq!(value(result, Metric::WrongFor), Some(slow.wrong_for.0));
    assert!(near.published == 80 && slow.lost > 0 && slow.duplicates > 0 && slow.out_of_order > 0);
    // Nothing is wrong for longer than the 0.1 s that the news take.
    assert_eq!((near.out_of_order, near.wrong_for), (0, SimDuration(100_000)));
}

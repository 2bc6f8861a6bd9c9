//! Closed forms of notifications, each within its 99.9 % confidence interval. The seeds are fixed, so the tests are.

mod common;
mod notified;

use common::*;
use fleetsim::{
    base::{Chance, distribution::Distribution},
    ensemble::{self, Ensemble},
    measure::Reception,
    scenario::plan::{Plan, Subscription},
    ssm::{NotificationType, NotifiedStatus},
    world::Model,
};
use notified::{notifying, subscription};

const INSTANCES: u32 = 20_000;
/// The mean latency, in seconds.
const MEAN: f64 = 2.0;
/// The two-sided 99.9 % quantile of the normal distribution.
const Z: f64 = 3.2905;

fn run(execution: Distribution, subscription: Subscription) -> Ensemble {
    let mut group = group("a", INSTANCES);
    group.execution = execution;
    let plan = plan(vec![group], command(&["a"], "100%", "0"));
    let events = &NotifiedStatus::ALL;
    let plan: Plan = notifying(plan, NotificationType::Invocation, events, vec![subscription]);
    ensemble::run_one(&Model::new(&plan), plan.seed, 0, false, &mut ())
}

fn reception(ensemble: &Ensemble) -> Reception {
    ensemble.first.as_ref().unwrap().commands[0].notifications[0]
}

/// Whether so many hits of so many tries speak for this probability; the interval is narrow enough to say something.
fn assert_share(what: &str, hits: u32, tries: u32, probability: f64) {
    let share = f64::from(hits) / f64::from(tries);
    let half = Z * (probability * (1.0 - probability) / f64::from(tries)).sqrt();
    assert!(half < 0.2 * probability, "{what}: the half-width {half} says little about {probability}");
    assert!((share - probability).abs() < half, "{what}: {share} ± {half}, expected {probability}");
}

/// The terminal status, published x later, arrives first if its latency is shorter by x than that of InProgress, both
/// exponential with mean m: P = exp(-x/m) / 2. The consumer then stays wrong for good.
#[test]
fn order_is_lost_as_often_as_latencies_say() {
    for execution in [0.0, 0.5, 2.0, 5.0] {
        let exponential = Distribution::Exponential { mean: MEAN * 1e6 };
        let seen = reception(&run(constant(execution), subscription("one", exponential)));
        let expected = (-execution / MEAN).exp() / 2.0;
        assert_share(&format!("x = {execution}"), seen.out_of_order, INSTANCES, expected);
        assert_eq!(seen.wrong_for_good, seen.out_of_order);
        assert_eq!((seen.published, seen.arrived, seen.lost, seen.duplicates), (40_000, 40_000, 0, 0));
    }
}

/// With executions that are exponential too, with mean e: P = E exp(-x/m) / 2 = m / (2 (m + e)).
#[test]
fn order_is_lost_over_random_executions() {
    for execution in [1.0, 6.0] {
        let exponential = |mean: f64| Distribution::Exponential { mean: mean * 1e6 };
        let seen = reception(&run(exponential(execution), subscription("one", exponential(MEAN))));
        assert_share(
            &format!("e = {execution}"),
            seen.out_of_order,
            INSTANCES,
            MEAN / (2.0 * (MEAN + execution)),
        );
    }
}

/// With every message doubled, a further latency later, the consumer is wrong for good if both latencies of InProgress
/// together exceed x and both of the terminal status. Exponential latencies have no memory: at x InProgress has both still
/// to go with probability exp(-x/m), and then an even race before it; or one, with probability x/m exp(-x/m), and then
/// both of the terminal status must be shorter, 1/4. P = exp(-x/m) (1/2 + x/(4m)).
#[test]
fn doubles_set_some_right() {
    let execution: f64 = 2.0;
    let mut one = subscription("one", Distribution::Exponential { mean: MEAN * 1e6 });
    one.duplicate = Chance::ONE;
    let seen = reception(&run(constant(execution), one));
    assert_eq!(seen.duplicates, 2 * INSTANCES);
    let ratio = execution / MEAN;
    let expected = (-ratio).exp() * (0.5 + ratio / 4.0);
    assert_share("wrong for good", seen.wrong_for_good, INSTANCES, expected);
}

/// Loss and doubling happen as often as their chances say, independently: wrong for good is whoever heard InProgress and
/// not the end, q (1 - q), where nothing can overtake.
#[test]
fn mishaps_are_as_frequent_as_their_chances() {
    let mut one = subscription("one", constant(1.0));
    (one.loss, one.duplicate) = (Chance(100_000_000), Chance(200_000_000));
    let seen = reception(&run(constant(10.0), one));
    assert_share("lost", seen.lost, seen.published, 0.1);
    assert_share("doubled", seen.duplicates, seen.published, 0.9 * 0.2);
    assert_share("wrong for good", seen.wrong_for_good, INSTANCES, 0.1 * 0.9);
    assert_eq!(seen.out_of_order, 0);
}

/// O-59: a share p of all changes is published twice.
#[test]
fn second_publications_are_as_frequent_as_their_chance() {
    let plan = plan(vec![group("a", INSTANCES)], command(&["a"], "100%", "0"));
    let one = vec![subscription("one", constant(1.0))];
    let mut plan = notifying(plan, NotificationType::Invocation, &NotifiedStatus::ALL, one);
    plan.topics[0].published_twice = Chance(150_000_000);
    let seen = reception(&ensemble::run_one(&Model::new(&plan), plan.seed, 0, false, &mut ()));
    assert_share("again", seen.published - 2 * INSTANCES, 2 * INSTANCES, 0.15);
}

/// The latencies are those of the distribution: mean m, and the median m ln 2 (the histogram is right to 0.1 %).
#[test]
fn latencies_have_their_distribution() {
    let exponential = Distribution::Exponential { mean: MEAN * 1e6 };
    let ensemble = run(constant(5.0), subscription("one", exponential));
    let latency = &ensemble.latencies[0].notifications()[0];
    let count = latency.histogram().len() as f64;
    assert_eq!(count, 40_000.0);
    let mean = latency.sum as f64 / count / 1e6;
    let half = Z * MEAN / count.sqrt();
    assert!((mean - MEAN).abs() < half, "{mean} ± {half}");
    let median = MEAN * std::f64::consts::LN_2 * 1e6;
    let below = latency.histogram().count_between(0, median as u64) as f64 / count;
    assert!((below - 0.5).abs() < Z * 0.5 / count.sqrt() + 0.001, "{below}");
}

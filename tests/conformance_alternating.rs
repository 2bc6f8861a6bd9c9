//! O-23, sentence by sentence: an instance whose connection comes and goes.

mod common;

use common::*;
use fleetsim::{
    base::{SimTime, distribution::Distribution},
    history::{Fact, Record},
    scenario::plan::{AvailabilityState, Command, Group, Plan},
    ssm::{StatusDetails, reading::SlowStart},
};

use StatusDetails::{Cancelled, Cancelling, Delayed, InProgress, Success};

/// Instances that can be reached for 100 s, then cannot for 50 s, and so on.
fn alternating(count: u32) -> Group {
    let state = AvailabilityState::Alternating { up: constant(100.0), down: constant(50.0) };
    group_away("a", count, state)
}

/// One command to all of them at once.
fn to_all(group: Group) -> Plan {
    let mut plan = plan(vec![group], command(&["a"], "100%", "100%"));
    plan.readings.slow_start = SlowStart::Off;
    plan
}

/// Those that a first delivery did not reach, each with the time at which its connection came back.
fn away(history: &[Record], count: u32) -> Vec<(u32, SimTime)> {
    let reconnected = |instance| match changes(history, instance).as_slice() {
        [(Delayed, _), (InProgress, again), ..] => Some((instance, SimTime(again.0 - 100_000))),
        _ => None,
    };
    (0..count).filter_map(reconnected).collect()
}

/// A message that finds the instance away: Delayed, and with it one delivery time after the connection is back. The
/// beginning is a random point of a cycle, so that a third of the instances is away, and comes back spread evenly over the
/// 50 s of absence. Five standard deviations.
#[test]
fn messages_wait_for_the_connection() {
    let count = 3000;
    let history = history(&to_all(alternating(count)), 0);
    let away = away(&history, count);
    let (n, p) = (f64::from(count), 50.0 / 150.0);
    assert!((away.len() as f64 - n * p).abs() < 5.0 * (n * p * (1.0 - p)).sqrt(), "{}", away.len());
    let mut sum = 0.0;
    for &(instance, again) in &away {
        assert_eq!(changes(&history, instance)[0], (Delayed, at(0.1)));
        assert!(at(0.1) < again && again <= at(50.1), "{again:?}");
        assert_eq!(ended_as(&history, instance), (Success, again + lasting(10.1)));
        sum += again.since(at(0.1)).as_secs_f64();
    }
    // The standard deviation of a uniform value in 50 s is 14.4 s.
    let mean = sum / away.len() as f64;
    assert!((mean - 25.0).abs() < 5.0 * 14.4 / (away.len() as f64).sqrt(), "{mean}");
}

/// What runs goes on, and its reply waits for the connection: begun 0.1 s into 100 s of connection, a script of 120 s ends
/// 20.1 s after its loss, and 29.9 s before the next.
#[test]
fn replies_wait_for_the_connection() {
    for reply in [None, Some(2.0)] {
        let mut group = alternating(200);
        group.execution = constant(120.0);
        group.reply = reply.map(constant);
        let history = history(&to_all(group), 0);
        let late = lasting(reply.unwrap_or(0.0));
        let mut away = away(&history, 200);
        // With replies of 2 s the first one is that much later.
        away.iter_mut().for_each(|(_, again)| again.0 -= late.0);
        assert!(away.len() > 30);
        for (instance, again) in away {
            let (time, ending) = ended(&history, instance);
            assert_eq!(time, again + lasting(150.0) + late);
            assert_eq!((ending.state.details, ending.elapsed), (Success, Some(lasting(120.0))));
            assert_eq!(ending.started, Some(again + lasting(0.1)));
        }
    }
}

/// A first reply waits like any other, and no later one overtakes it.
#[test]
fn the_first_reply_may_wait_too() {
    // A reply that leaves before the connection is lost is not held up; one that would leave after it is.
    let mut group = alternating(300);
    group.reply = Some(constant(30.0));
    group.execution = constant(1.0);
    let history = history(&to_all(group), 0);
    for instance in 0..300 {
        let acknowledged = times(&history, Fact::Acknowledged { instance })[0];
        assert!(ended(&history, instance).0 > acknowledged);
    }
}

/// The cycles belong to the instance: whoever asks, and whenever, finds the same.
#[test]
fn every_command_meets_the_same_cycles() {
    let mut plan = to_all(alternating(300));
    for moment in [1000.0, 2003.0, 2003.5] {
        plan.commands.push(Command { at: lasting(moment), ..plan.commands[0].clone() });
    }
    let history = history(&plan, 0);
    let mut phases = vec![None; 300];
    let mut compared = 0;
    for command in 0..4 {
        for (instance, again) in away(&of_command(&history, command), 300) {
            let phase = again.0 % 150_000_000;
            let known: &mut Option<u64> = &mut phases[instance as usize];
            compared += u32::from(known.is_some());
            assert_eq!(*known.get_or_insert(phase), phase, "{command}");
        }
    }
    assert!(compared > 50);
    // Alone, the last command meets what it meets among others.
    let mut alone = to_all(alternating(300));
    alone.commands[0].at = lasting(2003.5);
    // The luck of a delivery is a command's own; it is constant here.
    let met = away(&of_command(&common::history(&alone, 0), 0), 300);
    assert_eq!(met, away(&of_command(&history, 3), 300));
}

/// Each period is drawn anew: with exponential ones absences differ, from instance to instance and from time to time.
#[test]
fn periods_are_drawn_anew() {
    let exponential = |seconds| Distribution::Exponential { mean: seconds * 1e6 };
    let state = AvailabilityState::Alternating { up: exponential(100.0), down: exponential(50.0) };
    let mut plan = to_all(group_away("a", 2000, state));
    // Long after the beginning a third of the time is absence, wherever the first cycle began.
    plan.commands[0].at = lasting(10_000.0);
    let history = history(&plan, 0);
    let away = away(&history, 2000);
    let (n, p) = (2000.0_f64, 1.0 / 3.0);
    assert!((away.len() as f64 - n * p).abs() < 5.0 * (n * p * (1.0 - p)).sqrt(), "{}", away.len());
    // What is left of an exponential absence has its mean and its standard deviation.
    let rest = away.iter().map(|(_, again)| again.since(at(10_000.1)).as_secs_f64());
    let mean = rest.sum::<f64>() / away.len() as f64;
    assert!((mean - 50.0).abs() < 5.0 * 50.0 / (away.len() as f64).sqrt(), "{mean}");
}

/// A cancel message that finds no connection is lost: the work ends as it would.
#[test]
fn a_cancel_message_is_lost_without_a_connection() {
    let mut group = alternating(100);
    group.execution = constant(120.0);
    let undisturbed = history(&to_all(group.clone()), 0);
    let away = away(&undisturbed, 100);
    assert!(away.len() > 20);
    for (instance, again) in away {
        for (after, is_lost) in [(99.0, false), (101.0, true)] {
            let mut plan = to_all(group.clone());
            let moment = again.since(at(0.0)).as_secs_f64() + after;
            plan.commands[0].cancels = vec![cancel(moment, &[&id(instance)])];
            let history = history(&plan, 0);
            assert_eq!(changes(&history, instance).last(), Some(&(Cancelling, at(moment))));
            let expected =
                if is_lost { (Success, again + lasting(150.0)) } else { (Cancelled, at(moment + 0.100001)) };
            assert_eq!(ended_as(&history, instance), expected);
        }
    }
}

fn id(instance: u32) -> String {
    format!("i-a{instance:016}")
}

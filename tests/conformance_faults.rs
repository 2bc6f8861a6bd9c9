//! S8.21 to S8.25, S8.39, S8.40, S8.45 and O-22, sentence by sentence: what faults do to agents.

mod common;

use std::collections::BTreeMap;

use common::*;
use fleetsim::{
    base::{Chance, SimDuration, SimTime},
    check::{Checker, Judgement, overall},
    history::{AgentChange, AgentNote, Fact, Observer, Record},
    scenario::plan::{FaultKind, InjectedFault, Plan, Struck, Trouble},
    ssm::{StatusDetails, reading::SlowStart},
};

use AgentChange::{Connected, ConnectionLost, Crashed, Disconnected, Online, Restarted};
use AgentNote::{Dropped, Duplicate, Kept, Resent};
use StatusDetails::{DeliveryTimedOut, Success};

/// One command to all of `count` instances at once, which take `seconds`.
fn to_all(count: u32, seconds: f64) -> Plan {
    let mut group = group("a", count);
    group.execution = constant(seconds);
    let mut plan = plan(vec![group], limited(command(&["a"], "100%", "100%"), 36_000));
    plan.readings.slow_start = SlowStart::Off;
    plan
}

fn during(mut plan: Plan, from: f64, until: f64, kind: FaultKind) -> Plan {
    plan.faults.push(InjectedFault { from: lasting(from), until: Some(lasting(until)), kind, after: None });
    plan
}

fn trouble(trouble: Trouble) -> FaultKind {
    FaultKind::Instances { struck: Struck { groups: vec![0], share: Chance::ONE }, trouble }
}

/// A history, which all rules must find valid.
fn judged(plan: &Plan) -> Vec<Record> {
    let history = history(plan, 0);
    let mut checker = Checker::new(plan);
    history.iter().for_each(|record| checker.observe(record));
    let reports = checker.finish();
    assert_eq!(overall(&reports), Judgement::Valid, "{reports:#?}");
    assert!(reports.iter().any(|report| report.rule == "faults" && report.judged > 0));
    history
}

/// When this happened to each instance.
fn changed(history: &[Record], to: AgentChange) -> BTreeMap<u32, SimTime> {
    let changes = history.iter().filter_map(|record| match record.fact {
        Fact::AgentChanged { instance, change } if change == to => Some((instance, record.time)),
        _ => None,
    });
    changes.collect()
}

fn noted(history: &[Record], of: AgentNote) -> Vec<SimTime> {
    let is_it = |record: &&Record| matches!(record.fact, Fact::AgentNoted { note, .. } if note == of);
    history.iter().filter(is_it).map(|record| record.time).collect()
}

/// S8.24: of an outage of 6 s the first attempts fail, between 0 and 2.5 s; the second come 5 to 15 s later. Where the second
/// fails too, the third comes 10 to 30 s after that.
#[test]
fn agents_come_back_as_their_back_off_has_it() {
    let history = judged(&during(to_all(2000, 10.0), 100.0, 106.0, FaultKind::RegionOutage));
    assert_eq!(changed(&history, Disconnected).len(), 2000);
    let back = changed(&history, Connected);
    assert_eq!(back.len(), 2000);
    assert!(back.values().all(|&time| at(106.0) <= time && time <= at(106.0 + 30.0)));
    let second = back.values().filter(|&&time| time <= at(117.5)).count();
    assert!(second > 1500, "{second}");
}

/// S8.24, S8.25: after half an hour the waits are of 16 to 40 minutes, so that agents come back spread over them.
#[test]
fn a_long_outage_brings_agents_back_over_minutes() {
    let history = judged(&during(to_all(1000, 10.0), 100.0, 1900.0, FaultKind::RegionOutage));
    let back: Vec<SimTime> = changed(&history, Connected).into_values().collect();
    assert_eq!(back.len(), 1000);
    let within = |minutes: f64| back.iter().filter(|&&time| time <= at(1900.0 + 60.0 * minutes)).count();
    assert!(back.iter().all(|&time| time >= at(1900.0)));
    assert!((20..500).contains(&within(5.0)), "{}", within(5.0));
    assert!(within(20.0) < 1000, "{}", within(20.0));
    assert_eq!(within(60.0), 1000);
}

/// A message that finds no connection is Delayed, and with the agent one delivery time after it is back.
#[test]
fn messages_wait_for_the_agent() {
    let history = judged(&during(to_all(50, 10.0), 0.05, 60.0, FaultKind::RegionOutage));
    for (instance, back) in changed(&history, Connected) {
        let expected = [(StatusDetails::Delayed, at(0.1)), (StatusDetails::InProgress, back + lasting(0.1))];
        assert_eq!(changes(&history, instance), expected);
        assert_eq!(ended_as(&history, instance), (Success, back + lasting(10.1)));
    }
}

/// S8.21: what ends without a connection is kept, and leaves with the first run of a job every five minutes: evenly spread over those.
#[test]
fn replies_are_sent_again_within_five_minutes() {
    let history = judged(&during(to_all(1000, 60.0), 30.0, 70.0, FaultKind::RegionOutage));
    let back = changed(&history, Connected);
    let waits: Vec<f64> = (0..1000)
        .map(|instance| {
            let (details, time) = ended_as(&history, instance);
            assert_eq!(details, Success);
            assert!(time >= back[&instance]);
            time.since(back[&instance]).as_secs_f64()
        })
        .collect();
    assert!(waits.iter().all(|&wait| wait <= 300.0));
    let mean = waits.iter().sum::<f64>() / 1000.0;
    // The standard deviation of a uniform value in 300 s is 86.6 s.
    assert!((mean - 150.0).abs() < 5.0 * 86.6 / 1000_f64.sqrt(), "{mean}");
    assert_eq!((noted(&history, Kept).len(), noted(&history, Resent).len()), (1000, 1000));
}

/// S8.21, S8.23: a reply that is older than two hours is dropped, and the invocation is Delivery Timed Out although the work was done.
#[test]
fn replies_are_dropped_after_two_hours() {
    let hours = |hours: f64| hours * 3600.0;
    let history = judged(&during(to_all(100, 60.0), 30.0, hours(3.0), FaultKind::RegionOutage));
    let dropped = noted(&history, Dropped);
    assert_eq!(dropped.len(), 100);
    let made = 60.1;
    assert!(
        dropped.iter().all(|&time| at(made + hours(2.0)) < time && time <= at(made + hours(2.0) + 300.0))
    );
    assert_eq!(endings(&history, DeliveryTimedOut), 100);
    // 1 h 50 min are survived, even with the way back.
    let history = judged(&during(to_all(100, 60.0), 30.0, hours(1.0), FaultKind::RegionOutage));
    assert_eq!(noted(&history, Dropped).len() + endings(&history, Success), 100);
    assert!(endings(&history, Success) > 50);
}

/// O-22, S8.40: ConnectionLost 15 minutes after the last ping, which came in the five minutes before; Online within five minutes of the
/// end, for a ping needs no control channel. Not after 9 minutes.
#[test]
fn pings_tell_of_an_outage() {
    let history = judged(&during(to_all(500, 10.0), 600.0, 2400.0, FaultKind::RegionOutage));
    let (lost, online) = (changed(&history, ConnectionLost), changed(&history, Online));
    assert_eq!((lost.len(), online.len()), (500, 500));
    assert!(lost.values().all(|&time| at(1200.0) <= time && time <= at(1500.0)));
    assert!(online.values().all(|&time| at(2400.0) <= time && time <= at(2700.0)));
    let history = judged(&during(to_all(500, 10.0), 600.0, 600.0 + 540.0, FaultKind::RegionOutage));
    assert!(changed(&history, ConnectionLost).is_empty());
}

/// S8.39: what ran when the power went begins its step again when it is back; the work before is lost.
#[test]
fn a_loss_of_power_begins_the_step_again() {
    let history = judged(&during(to_all(20, 100.0), 50.0, 80.0, trouble(Trouble::Lost)));
    assert_eq!(changed(&history, Crashed).into_values().collect::<Vec<_>>(), [at(50.0); 20]);
    assert_eq!(changed(&history, Restarted).into_values().collect::<Vec<_>>(), [at(80.0); 20]);
    assert!((0..20).all(|instance| ended_as(&history, instance) == (Success, at(180.0))));
}

/// S8.36: a document that was found in progress more than 15 times is not resumed, and no reply comes.
#[test]
fn the_sixteenth_loss_of_power_ends_it() {
    let losses = |count: u32| {
        let plan = to_all(3, 100.0);
        (0..count).fold(plan, |plan, number| {
            let from = 50.0 + f64::from(number) * 50.0;
            during(plan, from, from + 10.0, trouble(Trouble::Lost))
        })
    };
    assert_eq!(endings(&judged(&losses(15)), Success), 3);
    assert_eq!(endings(&judged(&losses(16)), DeliveryTimedOut), 3);
}

/// Instances whose power does not come back never answer.
#[test]
fn power_that_is_lost_for_good() {
    let mut plan = during(to_all(5, 100.0), 50.0, 51.0, trouble(Trouble::Lost));
    plan.faults[0].until = None;
    let history = judged(&plan);
    assert_eq!(endings(&history, DeliveryTimedOut), 5);
    assert!(changed(&history, Restarted).is_empty());
}

/// S8.45: pings 300 s after the beginning, then after 600 s three times, 1200 s three times, 2400 s three times, and each hour.
#[test]
fn an_agent_without_permission_wakes_by_its_own_clock() {
    for (until, back) in
        [(100.0, 300.0), (301.0, 900.0), (2100.0, 2100.0), (2101.0, 3300.0), (14_000.0, 16_500.0)]
    {
        let history = judged(&during(to_all(3, 1.0), 0.0, until, trouble(Trouble::Hibernate)));
        assert_eq!(changed(&history, Connected).into_values().collect::<Vec<_>>(), [at(back); 3], "{until}");
    }
}

/// S8.47: beyond five minutes an agent is as one without permission (S8.45: back with the ping after 300 s); up to that nothing happens.
#[test]
fn a_clock_that_is_far_off_is_no_better_than_no_permission() {
    let ahead = |seconds: f64| trouble(Trouble::ClockAhead(lasting(seconds)));
    let far = judged(&during(to_all(3, 1.0), 0.0, 100.0, ahead(300.000001)));
    assert_eq!(changed(&far, Connected).into_values().collect::<Vec<_>>(), [at(300.0); 3]);
    assert!((0..3).all(|instance| ended_as(&far, instance) == (Success, at(301.1))));
    let near = history(&during(to_all(3, 1.0), 0.0, 100.0, ahead(300.0)), 0);
    assert_eq!(near, history(&to_all(3, 1.0), 0));
}

/// Steps that begin in the time of the fault take so many times as long.
#[test]
fn slow_agents_take_longer() {
    let plan = during(to_all(5, 10.0), 0.0, 1.0, trouble(Trouble::Slow(3.0)));
    let history = history(&plan, 0);
    assert!((0..5).all(|instance| ended_as(&history, instance) == (Success, at(30.1))));
    let plan = during(to_all(5, 10.0), 1.0, 2.0, trouble(Trouble::Slow(3.0)));
    assert!((0..5).all(|instance| ended_as(&common::history(&plan, 0), instance) == (Success, at(10.1))));
}

/// S8.27: an agent knows a message that comes again, and runs it once.
#[test]
fn duplicates_are_known() {
    let plan = during(to_all(5, 10.0), 0.0, 1.0, trouble(Trouble::Duplicates(Chance::ONE)));
    let history = judged(&plan);
    assert_eq!(noted(&history, Duplicate), [at(0.2); 5]);
    assert!((0..5).all(|instance| ended_as(&history, instance) == (Success, at(10.1))));
}

/// A share strikes about so many, the same ones each time.
#[test]
fn a_share_is_drawn_for_each_instance() {
    let struck = Struck { groups: vec![0], share: Chance(300_000_000) };
    let plan =
        during(to_all(3000, 10.0), 1.0, 5.0, FaultKind::Instances { struck, trouble: Trouble::CutOff });
    let cut_off = |replication| changed(&history(&plan, replication), Disconnected);
    let (n, p): (f64, f64) = (3000.0, 0.3);
    assert!((cut_off(0).len() as f64 - n * p).abs() < 5.0 * (n * p * (1.0 - p)).sqrt());
    assert_eq!(cut_off(0), cut_off(0));
    assert_ne!(cut_off(0), cut_off(1));
}

/// What is published while SNS is out arrives after its end, by its own latency.
#[test]
fn sns_takes_messages_late() {
    use fleetsim::{
        scenario::plan::{Notification, Subscription, Topic},
        ssm::{NotificationType, NotifiedStatus},
    };
    let mut plan = during(to_all(5, 10.0), 10.0, 100.0, FaultKind::SnsOutage);
    let subscription = Subscription {
        name: "s".into(),
        latency: constant(1.0),
        duplicate: Chance(0),
        loss: Chance(0),
        delivery: None,
    };
    plan.topics = vec![Topic {
        arn: "arn:aws:sns:eu-west-1:123456789012:t".into(),
        published_twice: Chance(0),
        subscriptions: vec![subscription],
    }];
    let events = NotifiedStatus::ALL.to_vec();
    plan.commands[0].notification =
        Some(Notification { topic: 0, events, kind: NotificationType::Invocation });
    let arrivals = |status: NotifiedStatus| {
        let is_it = move |record: &&Record| matches!(record.fact, Fact::Arrived { notice, .. } if notice.status == status);
        history(&plan, 0).iter().filter(is_it).map(|record| record.time).collect::<Vec<_>>()
    };
    assert_eq!(arrivals(NotifiedStatus::InProgress), [at(1.1); 5]);
    assert_eq!(arrivals(NotifiedStatus::Success), [at(101.0); 5]);
}

/// Long after a fault everything is as if there had been none.
#[test]
fn a_fault_before_the_command_changes_nothing_but_what_is_told_of_it() {
    let without = to_all(50, 10.0);
    let mut plan = during(without.clone(), 10.0, 20.0, FaultKind::RegionOutage);
    plan.commands[0].at = SimDuration::from_secs(7200);
    let mut late = without;
    late.commands[0].at = SimDuration::from_secs(7200);
    let told = |record: &Record| !record.fact.is_of_no_command();
    let of_commands: Vec<Record> = judged(&plan).into_iter().filter(told).collect();
    let mut expected = history(&late, 0);
    let mut found = of_commands;
    let order = |record: &Record| (record.time, format!("{:?}", record.fact));
    expected.sort_by_key(order);
    found.sort_by_key(order);
    assert_eq!(found, expected);
}

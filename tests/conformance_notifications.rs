//! Section 9, sentence by sentence: what is published, and how it arrives.

mod common;
mod notified;

use common::*;
use fleetsim::{
    base::{Chance, distribution::Distribution},
    history::{Fact, Notice, Record},
    scenario::plan::{AvailabilityState, ExecutionResult, Group, Plan},
    ssm::{
        CommandStatus, NotificationType, NotifiedStatus as N, StatusDetails,
        reading::{DispatchOrder, SlowStart},
        status::Platform,
    },
};
use notified::*;

/// All instances of the groups at once, and one subscription that takes a second.
fn notified(groups: Vec<Group>, kind: NotificationType) -> Plan {
    let roles: Vec<String> = groups.iter().map(|group| group.name.clone()).collect();
    let roles: Vec<&str> = roles.iter().map(String::as_str).collect();
    let plan = plan(groups, command(&roles, "100%", "100%"));
    notifying(plan, kind, &N::ALL, vec![subscription("consumer", constant(1.0))])
}

fn of_invocations(groups: Vec<Group>) -> Plan {
    notified(groups, NotificationType::Invocation)
}

fn of_the_command(groups: Vec<Group>) -> Plan {
    notified(groups, NotificationType::Command)
}

fn notice(instance: Option<u32>, status: N) -> Notice {
    Notice { instance, status, again: false }
}

/// S9.7: type Invocation tells each change of each invocation, and nothing of the command.
#[test]
fn invocations_are_told_one_by_one() {
    let history = history(&of_invocations(vec![group("a", 1)]), 0);
    let published = published(&history);
    assert_eq!(
        published,
        [(at(0.1), notice(Some(0), N::InProgress)), (at(10.1), notice(Some(0), N::Success))]
    );
}

/// S9.7: type Command tells each change of the command, and nothing of its invocations.
#[test]
fn the_command_is_told_as_a_whole() {
    let history = history(&of_the_command(vec![group("a", 3)]), 0);
    let (_, _, end, _) = command_ended(&history);
    assert_eq!(
        published(&history),
        [(at(0.0), notice(None, N::InProgress)), (end, notice(None, N::Success))]
    );
}

/// S9.3: Pending, Delayed and Cancelling notify nobody.
#[test]
fn other_statuses_notify_nobody() {
    let late = AvailabilityState::ReachableFrom(lasting(60.0));
    let plan = of_invocations(vec![group_away("a", 1, late.clone()), group("b", 1)]);
    let history_of_both = history(&plan, 0);
    assert_eq!(changes(&history_of_both, 0)[0].0, StatusDetails::Delayed);
    assert_eq!(told(&history_of_both, Some(0)), [N::InProgress, N::Success]);

    let mut cancelled = of_invocations(vec![group("a", 1)]);
    cancelled.commands[0].cancels = vec![cancel(5.0, &[])];
    let history_of_cancel = history(&cancelled, 0);
    assert_eq!(changes(&history_of_cancel, 0)[1].0, StatusDetails::Cancelling);
    assert_eq!(told(&history_of_cancel, Some(0)), [N::InProgress, N::Cancelled]);

    let mut cancelled = of_the_command(vec![group("a", 1)]);
    cancelled.commands[0].cancels = vec![cancel(5.0, &[])];
    let history_of_cancel = history(&cancelled, 0);
    assert_eq!(command_changes(&history_of_cancel)[1].0, StatusDetails::Cancelling);
    assert_eq!(told(&history_of_cancel, None), [N::InProgress, N::Cancelled]);
}

/// O-26: what changes is the Status. InProgress/Delayed after InProgress/InProgress (C3) is no news, nor is the way back.
#[test]
fn details_alone_are_no_change() {
    let late = AvailabilityState::ReachableFrom(lasting(60.0));
    let history = history(&of_the_command(vec![group_away("a", 1, late)]), 0);
    let details: Vec<_> = command_changes(&history).into_iter().map(|(details, _)| details).collect();
    assert_eq!(details, [StatusDetails::InProgress, StatusDetails::Delayed, StatusDetails::InProgress]);
    assert_eq!(told(&history, None), [N::InProgress, N::Success]);
}

/// S9.4, O-26: details are told under their Status.
#[test]
fn details_go_under_their_status() {
    let gone = AvailabilityState::TerminatedAt(lasting(0.05));
    let groups = vec![
        group_of("a", 1, ExecutionResult::Exit(137)),
        group_of("b", 1, ExecutionResult::ReplyLost),
        group_away("c", 1, gone),
        with(group("d", 1), |members| members.platform = Platform::Windows),
        with(group("e", 1), |members| members.access_denied = true),
    ];
    let history_of_all = history(&of_invocations(groups), 0);
    let ends: Vec<_> = (0..5)
        .map(|i| (ended_as(&history_of_all, i).0, *told(&history_of_all, Some(i)).last().unwrap()))
        .collect();
    assert_eq!(
        ends,
        [
            (StatusDetails::ExecutionTimedOut, N::TimedOut),
            (StatusDetails::DeliveryTimedOut, N::TimedOut),
            (StatusDetails::Undeliverable, N::Failed),
            (StatusDetails::InvalidPlatform, N::Failed),
            (StatusDetails::AccessDenied, N::Failed),
        ]
    );
    // Those never sent tell their end alone.
    assert_eq!(told(&history_of_all, Some(3)), [N::Failed]);

    // O-9: what the stop ends is Terminated, told as Cancelled; an Incomplete command is told as Failed (O-4).
    let mut stopped = of_invocations(vec![group_of("a", 3, ExecutionResult::Exit(1))]);
    stopped.commands[0].request.max_concurrency = Some("1".into());
    stopped.commands[0].request.max_errors = Some("0".into());
    stopped.readings.dispatch_order = DispatchOrder::Listed;
    let history_of_stop = history(&stopped, 0);
    assert_eq!(ended_as(&history_of_stop, 2).0, StatusDetails::Terminated);
    assert_eq!(told(&history_of_stop, Some(2)), [N::Cancelled]);

    let incomplete = of_the_command(vec![group("a", 1), group_of("b", 1, ExecutionResult::Exit(1))]);
    let history_of_some = history(&incomplete, 0);
    let (status, details, ..) = command_ended(&history_of_some);
    assert_eq!((status, details), (CommandStatus::Failed, StatusDetails::Incomplete));
    assert_eq!(told(&history_of_some, None), [N::InProgress, N::Failed]);
}

/// S9.2: of the events those that the request names.
#[test]
fn events_are_filtered() {
    let groups = || vec![group("a", 1), group_of("b", 1, ExecutionResult::Exit(1))];
    for (events, first, second) in [
        (&[N::InProgress][..], &[N::InProgress][..], &[N::InProgress][..]),
        (&[N::Success], &[N::Success], &[]),
        (&[N::InProgress, N::Failed], &[N::InProgress], &[N::InProgress, N::Failed]),
        (&[N::TimedOut, N::Cancelled], &[], &[]),
    ] {
        let plan = of_invocations(groups());
        let plan = notifying(plan, NotificationType::Invocation, events, vec![]);
        let history = history(&plan, 0);
        assert_eq!((told(&history, Some(0)), told(&history, Some(1))), (first.into(), second.into()));
    }
}

/// Settled 10: every change is published right after the fact that tells it, exactly once.
#[test]
fn every_change_is_published_once() {
    let late = AvailabilityState::ReachableFrom(lasting(60.0));
    let groups = vec![group("a", 5), group_of("b", 2, ExecutionResult::Exit(1)), group_away("c", 2, late)];
    let history = history(&of_invocations(groups), 0);
    let mut expected = Vec::new();
    for record in &history {
        let change = match record.fact {
            Fact::InvocationChanged { instance, state } => {
                N::of_invocation(state.status).map(|s| (instance, s))
            }
            Fact::InvocationEnded { instance, ending } => {
                N::of_invocation(ending.state.status).map(|s| (instance, s))
            }
            _ => None,
        };
        expected.extend(change.map(|(instance, status)| (record.time, notice(Some(instance), status))));
    }
    assert_eq!(expected.len(), 2 * 9);
    assert_eq!(published(&history), expected);
    let tells = |fact: &Fact| matches!(fact, Fact::InvocationChanged { .. } | Fact::InvocationEnded { .. });
    for pair in history.windows(2).filter(|pair| matches!(pair[1].fact, Fact::Published(_))) {
        assert!(tells(&pair[0].fact) && pair[0].time == pair[1].time, "{pair:?}");
    }
}

/// S9.20: at every subscription each message arrives, a latency after its publication, also when the command has ended.
#[test]
fn every_message_arrives_at_every_subscription() {
    let plan = of_invocations(vec![group("a", 3)]);
    let subscriptions = vec![subscription("near", constant(1.0)), subscription("far", constant(30.0))];
    let plan = notifying(plan, NotificationType::Invocation, &N::ALL, subscriptions);
    let history = history(&plan, 0);
    for (index, latency) in [(0, 1.0), (1, 30.0)] {
        let arrived: Vec<_> =
            arrivals(&history, index).into_iter().map(|a| (a.published, a.notice)).collect();
        assert_eq!(arrived, published(&history));
        for arrival in arrivals(&history, index) {
            assert_eq!(arrival.at, arrival.published + lasting(latency));
            assert!(!arrival.duplicate);
        }
    }
    let (_, _, end, _) = command_ended(&history);
    assert_eq!(history.last().unwrap().time, end + lasting(30.0));
}

/// Settled 10: in an instant InProgress arrives before the terminal status. A message of 4200 s meets `ExpiresAfter`,
/// 600 + 3600 s after the request, so that both are published at once.
#[test]
fn in_an_instant_in_progress_arrives_first() {
    let slow = Group { delivery: constant(4200.0), ..group("a", 3) };
    let mut plan = of_invocations(vec![slow]);
    plan.readings.slow_start = SlowStart::Off;
    let arrived = arrivals(&history(&plan, 0), 0);
    assert!(arrived.iter().all(|arrival| arrival.at == at(4201.0)) && arrived.len() == 6);
    let statuses: Vec<_> = arrived.iter().map(|arrival| arrival.notice.status).collect();
    assert_eq!(
        statuses,
        [N::InProgress, N::InProgress, N::InProgress, N::TimedOut, N::TimedOut, N::TimedOut]
    );
}

/// S9.20, O-58: a message that is doubled arrives a second time, after the first; one that is lost never does.
#[test]
fn messages_are_doubled_and_lost() {
    let mut plan = of_invocations(vec![group("a", 4)]);
    plan.topics[0].subscriptions[0].duplicate = Chance::ONE;
    let mut losing = subscription("losing", constant(1.0));
    losing.loss = Chance::ONE;
    plan.topics[0].subscriptions.push(losing);
    let history = history(&plan, 0);
    for (time, notice) in published(&history) {
        let of_it = arrivals(&history, 0).into_iter().filter(|arrival| arrival.notice == notice);
        let times: Vec<_> = of_it.map(|arrival| (arrival.at, arrival.duplicate)).collect();
        assert_eq!(times, [(time + lasting(1.0), false), (time + lasting(2.0), true)]);
    }
    assert_eq!(losses(&history, 1), published(&history));
    assert!(arrivals(&history, 1).is_empty() && losses(&history, 0).is_empty());
}

/// O-59: a change published twice is two messages of one instant, each with a way of its own.
#[test]
fn a_change_may_be_published_twice() {
    let mut plan = of_invocations(vec![group("a", 4)]);
    plan.topics[0].published_twice = Chance::ONE;
    plan.topics[0].subscriptions[0].latency = Distribution::Exponential { mean: 1e6 };
    let history = history(&plan, 0);
    let published = published(&history);
    assert_eq!(published.len(), 16);
    for pair in published.chunks(2) {
        let [(first_time, first), (second_time, second)] = pair else { unreachable!("pairs") };
        assert_eq!((first_time, *second), (second_time, Notice { again: true, ..*first }));
        let arrived = |notice| arrivals(&history, 0).into_iter().find(|one| one.notice == notice).unwrap().at;
        assert_ne!(arrived(*first), arrived(*second));
    }
}

/// O-58, principle 9 of the design: the latency of a message depends neither on other subscriptions nor on mishaps.
#[test]
fn latencies_are_draws_of_their_own() {
    let exponential = Distribution::Exponential { mean: 2e6 };
    let alone = of_invocations(vec![group("a", 50)]);
    let with = |subscriptions| {
        let plan = notifying(alone.clone(), NotificationType::Invocation, &N::ALL, subscriptions);
        history(&plan, 0)
    };
    let one = with(vec![subscription("one", exponential.clone())]);
    let two = with(vec![subscription("one", exponential.clone()), subscription("two", exponential.clone())]);
    assert_eq!(arrivals(&one, 0), arrivals(&two, 0));
    assert_ne!(arrivals(&two, 0), arrivals(&two, 1));

    let mut lossy = subscription("one", exponential);
    (lossy.loss, lossy.duplicate) = (Chance(300_000_000), Chance(300_000_000));
    let lossy = with(vec![lossy]);
    let lost = losses(&lossy, 0);
    let kept: Vec<_> = arrivals(&one, 0)
        .into_iter()
        .filter(|arrival| !lost.contains(&(arrival.published, arrival.notice)))
        .collect();
    let first: Vec<_> = arrivals(&lossy, 0).into_iter().filter(|arrival| !arrival.duplicate).collect();
    assert_eq!(first, kept);
    // 100 messages: neither none nor all of them.
    assert!((10..60).contains(&lost.len()), "{}", lost.len());
    let doubled = arrivals(&lossy, 0).len() - first.len();
    assert!((5..50).contains(&doubled), "{doubled}");
}

/// Nothing that notifications do moves anything else.
#[test]
fn notifications_change_nothing_but_add_their_facts() {
    let late = AvailabilityState::ReachableFrom(lasting(60.0));
    let quiet = plan(vec![group("a", 20), group_away("b", 3, late)], command(&["a", "b"], "5", "0"));
    let is_notification = |record: &Record| {
        matches!(record.fact, Fact::Published(_) | Fact::Arrived { .. } | Fact::Lost { .. })
    };
    for kind in [NotificationType::Command, NotificationType::Invocation] {
        let loud = notifying(quiet.clone(), kind, &N::ALL, vec![subscription("one", constant(7.0))]);
        let mut told = history(&loud, 0);
        assert!(told.iter().any(is_notification));
        told.retain(|record| !is_notification(record));
        assert_eq!(told, history(&quiet, 0));
    }
}

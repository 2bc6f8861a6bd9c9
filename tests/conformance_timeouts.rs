//! Section 5, sentence by sentence: the three clocks, and who enforces which.

mod common;

use common::*;
use fleetsim::{
    history::Fact,
    scenario::plan::{AvailabilityState, ExecutionResult, Group, Members, Plan},
    ssm::{CommandStatus, InvocationStatus, StatusDetails, reading::TimeoutMeaning},
};

/// One instance; `TimeoutSeconds` and the execution timeout as given.
fn one(group: Group, timeout_seconds: u32, execution_timeout_seconds: u32) -> Plan {
    let command = limited(command(&[&group.name], "1", "0"), execution_timeout_seconds);
    plan(vec![group], fleetsim::scenario::plan::Command { timeout_seconds, ..command })
}

fn delivery_then_execution(mut plan: Plan) -> Plan {
    plan.readings.timeout_meaning = TimeoutMeaning::DeliveryThenExecution;
    plan
}

fn taking(seconds: f64) -> Group {
    Group { execution: constant(seconds), ..group("a", 1) }
}

/// Section 5.5, row 1: online, ten seconds: Success at about 10 s.
#[test]
fn online_and_quick_is_success() {
    let history = history(&one(taking(10.0), 600, 3600), 0);
    let (time, ending) = ended(&history, 0);
    assert_eq!((ending.state.details, time), (StatusDetails::Success, at(10.1)));
    assert_eq!((ending.sent, ending.started), (Some(at(0.0)), Some(at(0.1))));
    assert_eq!((ending.elapsed, ending.response_code), (Some(lasting(10.0)), 0));
}

/// Section 5.5, row 2, S5.8, S5.15: two hours of script: the agent kills it 3600 s after its start; an error.
#[test]
fn the_agent_kills_at_its_execution_timeout() {
    let history = history(&one(taking(7200.0), 600, 3600), 0);
    let (time, ending) = ended(&history, 0);
    assert_eq!(time, at(3600.1));
    assert_eq!(ending.state.status, InvocationStatus::TimedOut);
    assert_eq!(ending.state.details, StatusDetails::ExecutionTimedOut);
    assert_eq!((ending.response_code, ending.elapsed), (137, Some(lasting(3600.0))));
    assert_eq!(command_ended(&history).3.error_count, 1);
}

/// Section 5.5, row 3, S5.1, S5.3: offline for ever: Delivery Timed Out at 600 + 3600, and no error.
#[test]
fn offline_for_ever_times_out_after_the_sum() {
    let history = history(&one(group_away("a", 1, AvailabilityState::Unreachable), 600, 3600), 0);
    let (time, ending) = ended(&history, 0);
    assert_eq!(time, at(4200.0));
    assert_eq!(ending.state.status, InvocationStatus::TimedOut);
    assert_eq!(ending.state.details, StatusDetails::DeliveryTimedOut);
    assert_eq!((ending.response_code, ending.started, ending.elapsed), (-1, None, None));
    let (status, details, end, counts) = command_ended(&history);
    assert_eq!((status, details), (CommandStatus::TimedOut, StatusDetails::DeliveryTimedOut));
    assert_eq!((end, counts.error_count, counts.delivery_timed_out_count), (at(4200.0), 0, 1));
}

/// Section 5.5, row 4, O-18: comes online at 700. Under the total it runs; when TimeoutSeconds is about delivery
/// alone (S5.4) it is given up at 600 and never runs.
#[test]
fn coming_online_after_timeout_seconds_depends_on_the_reading() {
    let away = group_away("a", 1, AvailabilityState::ReachableFrom(lasting(700.0)));
    let total = one(away, 600, 3600);
    assert_eq!(ended_as(&history(&total, 0), 0), (StatusDetails::Success, at(710.1)));

    let history = history(&delivery_then_execution(total), 0);
    assert_eq!(ended_as(&history, 0), (StatusDetails::DeliveryTimedOut, at(600.0)));
    assert!(times(&history, Fact::Acknowledged { instance: 0 }).is_empty());
    assert!(!history.iter().any(|record| record.time > at(600.0)));
}

/// Section 5.5, last row: 30 s and 172,800 s: Delivery Timed Out only after 48 h and 30 s.
#[test]
fn a_short_timeout_seconds_does_not_shorten_the_total() {
    let plan = one(group_away("a", 1, AvailabilityState::Unreachable), 30, 172_800);
    assert_eq!(ended_as(&history(&plan, 0), 0), (StatusDetails::DeliveryTimedOut, at(172_830.0)));
    // S5.7: read as delivery alone, after 30 s.
    let history = history(&delivery_then_execution(plan), 0);
    assert_eq!(ended_as(&history, 0), (StatusDetails::DeliveryTimedOut, at(30.0)));
}

/// S5.14: the execution clock starts with the step, not with the request: delivery does not count.
#[test]
fn delivery_does_not_count_as_execution() {
    let late = Group { delivery: constant(500.0), ..taking(3600.0) };
    assert_eq!(ended_as(&history(&one(late, 600, 3600), 0), 0), (StatusDetails::Success, at(4100.0)));
    // One microsecond too long, and the agent kills it.
    let late = Group { delivery: constant(500.0), ..taking(3600.000001) };
    assert_eq!(
        ended_as(&history(&one(late, 600, 3600), 0), 0),
        (StatusDetails::ExecutionTimedOut, at(4100.0))
    );
}

/// S5.3: at ExpiresAfter everything that is InProgress, Delayed or Pending, sent or not, is Delivery Timed Out.
#[test]
fn everything_not_ended_expires_together() {
    let late = Group { delivery: constant(5000.0), ..group("late", 1) };
    let running = Group { delivery: constant(700.0), execution: constant(3600.0), ..group("runs", 1) };
    let away = group_away("away", 1, AvailabilityState::Unreachable);
    let groups = vec![late, running, away, group("rest", 2)];
    let mut plan = plan(groups, command(&["late", "runs", "away", "rest"], "3", "0"));
    plan.readings.dispatch_order = fleetsim::ssm::reading::DispatchOrder::Listed;
    plan.readings.slow_start = fleetsim::ssm::reading::SlowStart::Off;
    let history = history(&plan, 0);
    for instance in 0..5 {
        assert_eq!(ended_as(&history, instance), (StatusDetails::DeliveryTimedOut, at(4200.0)));
    }
    assert_eq!(changes(&history, 0), []);
    assert_eq!(changes(&history, 1), [(StatusDetails::InProgress, at(700.0))]);
    assert_eq!(changes(&history, 2), [(StatusDetails::Delayed, at(0.1))]);
    assert_eq!(sent(&history, 4), None);
}

/// The contract: a reply that arrives at the very instant of a deadline counts; one microsecond later it is late.
#[test]
fn a_reply_at_the_instant_of_expiry_counts() {
    let plan = |delivery| one(Group { delivery: constant(delivery), ..taking(3600.0) }, 600, 3600);
    assert_eq!(ended_as(&history(&plan(600.0), 0), 0), (StatusDetails::Success, at(4200.0)));
    let late = history(&plan(600.000001), 0);
    assert_eq!(ended_as(&late, 0), (StatusDetails::DeliveryTimedOut, at(4200.0)));
    // The same for an acknowledgement at the deadline for deliveries.
    let plan = |delivery| {
        delivery_then_execution(one(Group { delivery: constant(delivery), ..taking(10.0) }, 600, 3600))
    };
    assert_eq!(ended_as(&history(&plan(600.0), 0), 0), (StatusDetails::Success, at(610.0)));
    let late = history(&plan(600.000001), 0);
    assert_eq!(ended_as(&late, 0), (StatusDetails::DeliveryTimedOut, at(600.0)));
}

/// O-18: read as delivery then execution, what was received in time may take its execution timeout.
#[test]
fn received_in_time_may_take_its_time() {
    let plan = one(Group { delivery: constant(590.0), ..taking(3000.0) }, 600, 3600);
    let history = history(&delivery_then_execution(plan), 0);
    assert_eq!(ended_as(&history, 0), (StatusDetails::Success, at(3590.0)));
}

/// O-18: and what was not even sent by then is given up with the rest.
#[test]
fn the_deadline_for_deliveries_ends_the_sending() {
    let mut plan = delivery_then_execution(one(taking(400.0), 600, 3600));
    plan.groups[0].members = Members::Numbered(numbered("a", 5));
    let history = history(&plan, 0);
    // One after the other, 400.1 s each: two are sent before 600 s; the second runs to its end.
    assert_eq!(send_times(&history), [at(0.0), at(400.1)]);
    assert_eq!(endings(&history, StatusDetails::Success), 2);
    assert_eq!(endings(&history, StatusDetails::DeliveryTimedOut), 3);
    assert_eq!(command_ended(&history).2, at(800.2));
}

/// S5.9: no terminal reply by expiry is Delivery Timed Out, even if the script ran to its end.
#[test]
fn a_lost_reply_is_a_delivery_timeout() {
    let history = history(&one(group_of("a", 1, ExecutionResult::ReplyLost), 600, 3600), 0);
    let (time, ending) = ended(&history, 0);
    assert_eq!((ending.state.details, time), (StatusDetails::DeliveryTimedOut, at(4200.0)));
    assert_eq!((ending.started, ending.elapsed, ending.response_code), (Some(at(0.1)), None, -1));
    // Settled 13: the work was done; nothing is broken.
    assert!(times(&history, Fact::Broken { instance: 0 }).is_empty());
}

/// S5.22, O-20: a script that runs on past expiry ends late; its reply changes nothing.
#[test]
fn a_reply_after_expiry_is_ignored_and_counted() {
    let late = Group { delivery: constant(4000.0), ..taking(1000.0) };
    let history = history(&one(late, 600, 3600), 0);
    assert_eq!(ended_as(&history, 0), (StatusDetails::DeliveryTimedOut, at(4200.0)));
    assert_eq!(command_ended(&history).2, at(4200.0));
    assert_eq!(times(&history, Fact::LateReply { instance: 0, response_code: 0 }), [at(5000.0)]);
}

/// Settled 9: what reaches the agent only after expiry does not start.
#[test]
fn what_arrives_after_expiry_does_not_start() {
    let late = Group { delivery: constant(4200.5), ..group_of("a", 1, ExecutionResult::Exit(1)) };
    let history = history(&one(late, 600, 3600), 0);
    assert_eq!(ended_as(&history, 0), (StatusDetails::DeliveryTimedOut, at(4200.0)));
    assert_eq!(history.last().unwrap().time, at(4200.0));
}

/// S5.1: the clocks count from the request, not from the start of the simulation.
#[test]
fn deadlines_count_from_the_request() {
    let mut plan = one(group_away("a", 1, AvailabilityState::Unreachable), 600, 3600);
    plan.commands[0].at = lasting(100.0);
    let history = history(&plan, 0);
    assert_eq!(times(&history, Fact::Requested), [at(100.0)]);
    assert_eq!(ended_as(&history, 0), (StatusDetails::DeliveryTimedOut, at(4300.0)));
}

/// S4.27, O-6: delivery timeouts have their own threshold, at the end only: the sending never stops for them.
#[test]
fn delivery_timeouts_spoil_the_command_and_stop_nothing() {
    let groups = vec![group_away("off", 1, AvailabilityState::Unreachable), group("on", 49)];
    let history = history(&plan(groups, command(&["off", "on"], "50", "0")), 0);
    assert_eq!(endings(&history, StatusDetails::Success), 49);
    let (status, details, end, _) = command_ended(&history);
    assert_eq!((status, details), (CommandStatus::TimedOut, StatusDetails::DeliveryTimedOut));
    assert_eq!(end, at(4200.0));
}

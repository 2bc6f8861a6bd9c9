//! Section 4, sentence by sentence, through the whole engine. The machine alone is played in `plays.rs`.

mod common;

use common::*;
use fleetsim::{
    base::{SimTime, distribution::Distribution},
    history::{Fact, Record},
    scenario::plan::{AvailabilityState, ExecutionResult, Plan},
    ssm::{
        CommandStatus, InvocationStatus, Readings, StatusDetails,
        reading::{DispatchOrder, ErrorBoundary, Gate, SlowStart},
        status::Platform,
    },
};

const FAILS: ExecutionResult = ExecutionResult::Exit(1);

fn listed(plan: Plan) -> Plan {
    Plan { readings: Readings { dispatch_order: DispatchOrder::Listed, ..plan.readings }, ..plan }
}

fn without_slow_start(plan: Plan) -> Plan {
    Plan { readings: Readings { slow_start: SlowStart::Off, ..plan.readings }, ..plan }
}

fn terminated(history: &[Record]) -> usize {
    endings(history, StatusDetails::Terminated)
}

/// The number of the error that stopped the sending, and when.
fn stop(history: &[Record]) -> Option<(u32, SimTime)> {
    history.iter().find_map(|record| match record.fact {
        Fact::ThresholdExceeded { errors } => Some((errors, record.time)),
        _ => None,
    })
}

/// S4.2 and S4.17: without rate controls in the request, 50 at once, and the first error stops.
#[test]
fn defaults_are_fifty_and_none() {
    let mut command = command(&["a"], "1", "0");
    command.request.max_concurrency = None;
    command.request.max_errors = None;
    let plan = without_slow_start(plan(vec![group_of("a", 80, FAILS)], command));
    let history = history(&plan, 0);
    assert_eq!(most_in_flight(&history), 50);
    assert_eq!(stop(&history), Some((1, at(10.1))));
    assert_eq!(terminated(&history), 30);
}

/// A row of section 4.6: targets, MaxConcurrency, MaxErrors, window, error that stops, most failures possible.
type Row = (u32, &'static str, &'static str, u32, Option<u32>, usize);

const WORKED_EXAMPLES: [Row; 8] = [
    (50, "50", "0", 50, Some(1), 50),
    (50, "10", "10%", 10, Some(6), 15),
    (50, "1", "10%", 1, Some(6), 6),
    (10, "25%", "25%", 3, Some(3), 5),
    (3, "10%", "10%", 1, Some(1), 1),
    (1000, "5%", "1", 50, Some(2), 51),
    (1000, "100%", "100%", 1000, None, 1000),
    (7, "50%", "50%", 4, Some(4), 7),
];

/// Section 4.6, S4.3, S4.24: where everything fails, and executions end one by one, each row comes out as it says.
#[test]
fn worked_examples_reach_their_bound_when_ends_are_apart() {
    for (targets, concurrency, errors, window, stops_at, most_failures) in WORKED_EXAMPLES {
        // Group by group slower: no two invocations end in the same instant, and each end is followed by a send.
        let groups: Vec<_> = (0..targets)
            .map(|i| {
                let mut group = group_of(&format!("n{i}-"), 1, FAILS);
                members(&mut group).tags.insert("Role".into(), "all".into());
                group.execution = constant(10.0 + f64::from(i) * 0.001);
                group
            })
            .collect();
        let plan = listed(without_slow_start(plan(groups, command(&["all"], concurrency, errors))));
        let history = history(&plan, 0);
        let row = format!("{targets} targets, {concurrency}, {errors}");
        assert_eq!(most_in_flight(&history), window, "{row}");
        assert_eq!(stop(&history).map(|(error, _)| error), stops_at, "{row}");
        assert_eq!(endings(&history, StatusDetails::Failed), most_failures, "{row}");
        assert_eq!(terminated(&history), targets as usize - most_failures, "{row}");
    }
}

/// Section 4.6, S4.24: whatever the order and slow start, the bound holds, and the error that stops is the same
/// or, when several arrive in one instant, not before it.
#[test]
fn worked_examples_never_go_beyond_their_bound() {
    for slow_start in [SlowStart::Double, SlowStart::Window, SlowStart::Jump, SlowStart::Off] {
        for gate in [Gate::Ack, Gate::Complete] {
            for (targets, concurrency, errors, window, stops_at, most_failures) in WORKED_EXAMPLES {
                let mut plan =
                    plan(vec![group_of("all", targets, FAILS)], command(&["all"], concurrency, errors));
                plan.readings = Readings { slow_start, gate, ..plan.readings };
                let history = history(&plan, 0);
                assert!(most_in_flight(&history) <= window);
                assert!(endings(&history, StatusDetails::Failed) <= most_failures);
                assert_eq!(stop(&history).map(|(error, _)| error), stops_at);
            }
        }
    }
}

/// S4.5: the number of instances that run the command at the same time.
#[test]
fn never_more_at_once_than_max_concurrency() {
    for concurrency in [1, 2, 7, 20] {
        let plan = plan(vec![group("a", 40)], command(&["a"], &concurrency.to_string(), "0"));
        assert_eq!(most_in_flight(&history(&plan, 0)), concurrency);
    }
}

/// S4.8, S4.13, O-12: one at 0, two more when it is acknowledged after a tenth of a second, then four more, up to
/// the eight that may be in flight. Slow start costs round trips, not executions.
#[test]
fn slow_start_grows_by_round_trips() {
    let plan = plan(vec![group("a", 10)], command(&["a"], "8", "0"));
    let seconds = [0.0, 0.1, 0.1, 0.2, 0.2, 0.2, 0.2, 0.3, 10.1, 10.2];
    assert_eq!(send_times(&history(&plan, 0)), seconds.map(at));
}

/// S4.9, S4.10: the older gate waits for the first invocation to complete.
#[test]
fn slow_start_gated_by_completion_grows_by_executions() {
    let mut plan = plan(vec![group("a", 10)], command(&["a"], "8", "0"));
    plan.readings.gate = Gate::Complete;
    // 1 until 10.1; then 3 until 20.2; then a = 4, W = 8 with 6 left.
    let seconds = [0.0, 10.1, 10.1, 10.1, 20.2, 20.2, 20.2, 20.2, 20.2, 20.2];
    assert_eq!(send_times(&history(&plan, 0)), seconds.map(at));
}

/// S4.14, O-14: the first instance is offline; after 30 s the ramp goes on, and its slot stays held.
#[test]
fn an_unanswered_send_holds_the_ramp_for_thirty_seconds() {
    let groups = vec![group_away("off", 1, AvailabilityState::Unreachable), group("on", 4)];
    let plan = listed(plan(groups, command(&["off", "on"], "3", "0")));
    let history = history(&plan, 0);
    // 30 s: a = 1, W = 3, two more. Both end at 40.1 and the last two follow.
    assert_eq!(send_times(&history), [0.0, 30.0, 30.0, 40.1, 40.1].map(at));
    assert_eq!(ended_as(&history, 0), (StatusDetails::DeliveryTimedOut, at(4200.0)));
}

/// S4.15: with the gate `complete` and the first instance offline, everything waits for the whole total timeout.
#[test]
fn the_completion_gate_waits_for_ever_for_an_offline_instance() {
    let groups = vec![group_away("off", 1, AvailabilityState::Unreachable), group("on", 4)];
    let mut plan = listed(plan(groups, command(&["off", "on"], "3", "0")));
    plan.readings.gate = Gate::Complete;
    let history = history(&plan, 0);
    assert_eq!(send_times(&history), [at(0.0)]);
    assert_eq!(endings(&history, StatusDetails::DeliveryTimedOut), 5);
    assert_eq!(command_ended(&history).2, at(4200.0));
}

/// S4.18: three errors are tolerated; the fourth stops the sending.
#[test]
fn the_fourth_error_stops_when_three_are_tolerated() {
    let plan = plan(vec![group_of("a", 10, FAILS)], command(&["a"], "1", "3"));
    let history = history(&plan, 0);
    assert_eq!(stop(&history), Some((4, at(4.0 * 10.1))));
    assert_eq!(endings(&history, StatusDetails::Failed), 4);
    assert_eq!(terminated(&history), 6);
}

/// S4.19, O-11: ten percent of fifty: the sixth, or as the Automation guide has it the fifth.
#[test]
fn ten_percent_of_fifty_is_the_sixth_or_the_fifth() {
    let mut plan = plan(vec![group_of("a", 50, FAILS)], command(&["a"], "1", "10%"));
    assert_eq!(stop(&history(&plan, 0)).unwrap().0, 6);
    plan.readings.error_boundary = ErrorBoundary::AutomationDoc;
    assert_eq!(stop(&history(&plan, 0)).unwrap().0, 5);
}

/// S4.20, O-10: an execution that timed out counts as an error, unless the reading says otherwise.
#[test]
fn execution_timeouts_count_as_errors() {
    let mut plan = plan(vec![group_of("a", 5, ExecutionResult::Hang)], command(&["a"], "1", "1"));
    plan.commands[0].timeout_seconds = 1_000_000;
    let counted = history(&plan, 0);
    assert_eq!(endings(&counted, StatusDetails::ExecutionTimedOut), 2);
    assert_eq!(terminated(&counted), 3);
    assert_eq!(command_ended(&counted).3.error_count, 2);

    plan.readings.execution_timed_out_counts = false;
    let uncounted = history(&plan, 0);
    assert_eq!(endings(&uncounted, StatusDetails::ExecutionTimedOut), 5);
    assert_eq!(stop(&uncounted), None);
}

/// S4.21: Delivery Timed Out, Undeliverable, Invalid Platform and Access Denied do not count against MaxErrors 0.
#[test]
fn neutral_endings_and_delivery_timeouts_do_not_count() {
    let mut denied = group("denied", 2);
    members(&mut denied).access_denied = true;
    let mut windows = group("windows", 2);
    members(&mut windows).platform = Platform::Windows;
    let groups = vec![
        group_away("gone", 2, AvailabilityState::TerminatedAt(lasting(0.0))),
        denied,
        windows,
        group_away("off", 2, AvailabilityState::Unreachable),
        group("on", 2),
    ];
    let roles = ["gone", "denied", "windows", "off", "on"];
    let history = history(&listed(plan(groups, command(&roles, "10", "0"))), 0);
    for (details, count) in [
        (StatusDetails::Undeliverable, 2),
        (StatusDetails::AccessDenied, 2),
        (StatusDetails::InvalidPlatform, 2),
        (StatusDetails::DeliveryTimedOut, 2),
        (StatusDetails::Success, 2),
    ] {
        assert_eq!(endings(&history, details), count, "{details:?}");
    }
    assert_eq!(stop(&history), None);
    let counts = command_ended(&history).3;
    assert_eq!((counts.target_count, counts.completed_count), (10, 10));
    assert_eq!((counts.error_count, counts.delivery_timed_out_count), (0, 2));
}

/// S4.22: what was cancelled or terminated is not in ErrorCount.
#[test]
fn cancelled_and_terminated_are_no_errors() {
    let mut plan = plan(vec![group_of("a", 6, FAILS)], command(&["a"], "3", "0"));
    let stopped = history(&plan, 0);
    // Sent at 0, 0.1 and 0.1: the first fails at 10.1, the other two at 10.2, and three are Terminated.
    assert_eq!(terminated(&stopped), 3);
    assert_eq!(command_ended(&stopped).3.error_count, 3);

    plan.commands[0].cancels = vec![cancel(5.0, &[])];
    let cancelled = history(&plan, 0);
    assert_eq!(endings(&cancelled, StatusDetails::Cancelled), 6);
    assert_eq!(command_ended(&cancelled).3.error_count, 0);
}

/// S4.23, S4.28: those in flight when the sending stops run to their end, and may fail as well.
#[test]
fn what_is_in_flight_goes_on_after_the_stop() {
    let mut bad = group_of("a", 10, FAILS);
    bad.execution = Distribution::Uniform { min: 1e6, max: 9e6 };
    let plan = without_slow_start(plan(vec![bad], command(&["a"], "4", "0")));
    let history = history(&plan, 0);
    let stopped = stop(&history).unwrap().1;
    assert_eq!(endings(&history, StatusDetails::Failed), 4);
    let later =
        |record: &&Record| matches!(record.fact, Fact::InvocationEnded { .. }) && record.time > stopped;
    assert_eq!(history.iter().filter(later).count(), 3);
    assert!(send_times(&history).iter().all(|&sent| sent < stopped));
}

/// S4.23: MaxConcurrency 1 gives a hard bound: MaxErrors + 1 failures.
#[test]
fn concurrency_one_is_a_hard_bound() {
    for errors in 0..5 {
        let plan = plan(vec![group_of("a", 9, FAILS)], command(&["a"], "1", &errors.to_string()));
        assert_eq!(endings(&history(&plan, 0), StatusDetails::Failed), errors + 1);
    }
}

/// S4.25, Settled 6: what was not sent becomes Terminated at the tripping instant; O-9: under the status Cancelled.
#[test]
fn unsent_invocations_become_terminated_at_the_stop() {
    let history = history(&plan(vec![group_of("a", 3, FAILS)], command(&["a"], "1", "0")), 0);
    let (_, stopped) = stop(&history).unwrap();
    for instance in 0..3 {
        let (time, ending) = ended(&history, instance);
        assert_eq!(time, stopped);
        if ending.state.details == StatusDetails::Terminated {
            assert_eq!(ending.state.status, InvocationStatus::Cancelled);
            assert_eq!((ending.response_code, ending.sent, ending.started), (-1, None, None));
        }
    }
    assert_eq!(terminated(&history), 2);
    assert_eq!(command_ended(&history).0, CommandStatus::Failed);
}

/// S4.26, O-16: what was sent and not received yet is not recalled by the stop.
#[test]
fn the_stop_recalls_nothing() {
    let slow = {
        let mut group = group("slow", 1);
        group.delivery = constant(60.0);
        group
    };
    let groups = vec![slow, group_of("bad", 1, FAILS), group("rest", 3)];
    let plan = listed(without_slow_start(plan(groups, command(&["slow", "bad", "rest"], "2", "0"))));
    let history = history(&plan, 0);
    assert_eq!(stop(&history).unwrap().1, at(10.1));
    assert_eq!(ended_as(&history, 0), (StatusDetails::Success, at(70.0)));
    assert_eq!(terminated(&history), 3);
}

/// Settled 4, O-15: an instance that is Delayed holds its slot until it ends.
#[test]
fn a_delayed_invocation_holds_its_slot() {
    let groups = vec![group_away("off", 2, AvailabilityState::Unreachable), group("on", 3)];
    let plan = listed(without_slow_start(plan(groups, command(&["off", "on"], "2", "0"))));
    let history = history(&plan, 0);
    assert_eq!(send_times(&history), [at(0.0), at(0.0)]);
    assert_eq!(endings(&history, StatusDetails::DeliveryTimedOut), 5);
}

/// Settled 4, Settled 5: targets that are never sent to count in the percentages, hold no slot and open no window.
#[test]
fn the_never_sent_count_in_percentages_only() {
    let mut denied = group("denied", 16);
    members(&mut denied).access_denied = true;
    let groups = vec![denied, group("on", 4)];
    // 10 % of 20 is 2.
    let history = history(&plan(groups, command(&["denied", "on"], "10%", "0")), 0);
    assert_eq!(send_times(&history), [0.0, 0.1, 10.1, 10.2].map(at));
    assert_eq!(endings(&history, StatusDetails::AccessDenied), 16);
}

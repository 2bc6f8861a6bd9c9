//! Section 7, sentence by sentence: what a cancel does to each invocation and to the command.

mod common;

use common::*;
use fleetsim::{
    history::{Fact, Record},
    scenario::plan::{AvailabilityState, Cancel, ExecutionResult, Group, Plan},
    ssm::{
        CommandStatus, StatusDetails,
        reading::{CancelUnanswered, DispatchOrder},
        status::Platform,
    },
};

/// Some instances one after the other (10.1 s each unless the group says otherwise), and one cancel.
fn cancelled(group: Group, concurrency: &str, cancel: Cancel) -> Plan {
    let mut plan = plan(vec![group], command(&["a"], concurrency, "0"));
    plan.readings.dispatch_order = DispatchOrder::Listed;
    plan.commands[0].cancels = vec![cancel];
    plan
}

fn told(history: &[Record]) -> (CommandStatus, StatusDetails) {
    let (status, details, ..) = command_ended(history);
    (status, details)
}

const CANCELLED: (CommandStatus, StatusDetails) = (CommandStatus::Cancelled, StatusDetails::Cancelled);

/// S7.1, S7.7, T12, T14, C7, C8: a cancel without ids reaches every invocation; what runs is killed and says so.
#[test]
fn a_running_invocation_is_killed() {
    let history = history(&cancelled(group("a", 1), "1", cancel(5.0, &[])), 0);
    assert_eq!(times(&history, Fact::CancelRequested { instance: None }), [at(5.0)]);
    assert_eq!(
        changes(&history, 0),
        [(StatusDetails::InProgress, at(0.1)), (StatusDetails::Cancelling, at(5.0))]
    );
    // The message takes 0.1 s like any other; the reply the smallest delay.
    let (time, ending) = ended(&history, 0);
    assert_eq!((ending.state.details, time), (StatusDetails::Cancelled, at(5.100001)));
    assert_eq!((ending.response_code, ending.elapsed), (137, Some(lasting(5.0))));
    assert_eq!(
        command_changes(&history),
        [(StatusDetails::InProgress, at(0.0)), (StatusDetails::Cancelling, at(5.0))]
    );
    assert_eq!(told(&history), CANCELLED);
    assert_eq!(command_ended(&history).2, at(5.100001));
    // Settled 13: it started and did not succeed.
    assert_eq!(times(&history, Fact::Broken { instance: 0 }).len(), 1);
}

/// S7.7, S5.15: on Windows a killed step has the code -1.
#[test]
fn a_killed_step_on_windows_says_minus_one() {
    let windows = with(group("a", 1), |members| members.platform = Platform::Windows);
    let mut plan = cancelled(windows, "1", cancel(5.0, &[]));
    plan.commands[0] = running_on(plan.commands[0].clone(), &[Platform::Windows]);
    let (_, ending) = ended(&history(&plan, 0), 0);
    assert_eq!((ending.state.details, ending.response_code), (StatusDetails::Cancelled, -1));
}

/// S7.14, T13, O-24: what was not sent, and what was sent and not received, is Cancelled at once.
#[test]
fn what_was_not_received_is_cancelled_at_once() {
    // One runs, one is under way, three wait.
    let slow = Group { delivery: constant(4.0), ..group("a", 5) };
    let history = history(&cancelled(slow, "2", cancel(5.0, &[])), 0);
    assert_eq!(send_times(&history), [at(0.0), at(4.0)]);
    for instance in 1..5 {
        let (time, ending) = ended(&history, instance);
        assert_eq!((ending.state.details, time), (StatusDetails::Cancelled, at(5.0)));
        assert_eq!((ending.response_code, ending.started), (-1, None));
        assert_eq!(ending.sent, (instance == 1).then_some(at(4.0)));
    }
    // S7.6: the withdrawn message never starts anything.
    assert!(times(&history, Fact::Acknowledged { instance: 1 }).is_empty());
    assert_eq!(ended_as(&history, 0), (StatusDetails::Cancelled, at(9.000001)));
    assert_eq!(told(&history), CANCELLED);
}

/// S7.14: a cancel in the instant of the request, before anything is sent.
#[test]
fn a_cancel_with_the_request_sends_nothing() {
    let history = history(&cancelled(group("a", 3), "1", cancel(0.0, &[])), 0);
    assert!(send_times(&history).is_empty());
    assert_eq!(endings(&history, StatusDetails::Cancelled), 3);
    assert_eq!(command_changes(&history), [(StatusDetails::Cancelling, at(0.0))]);
    assert_eq!((told(&history), command_ended(&history).2), (CANCELLED, at(0.0)));
}

/// O-24: a Delayed invocation is Cancelled at once, and does not come back.
#[test]
fn a_delayed_invocation_is_cancelled_at_once() {
    let away = group_away("a", 1, AvailabilityState::ReachableFrom(lasting(60.0)));
    let history = history(&cancelled(away, "1", cancel(5.0, &[])), 0);
    assert_eq!(ended_as(&history, 0), (StatusDetails::Cancelled, at(5.0)));
    assert_eq!(history.last().unwrap().time, at(5.0));
}

/// S7.2, T15: no guarantee: work that ends before the message arrives, or with it, ends as it would.
#[test]
fn work_may_end_before_the_cancel_arrives() {
    for seconds in [10.0, 10.05] {
        let history = history(&cancelled(group("a", 1), "1", cancel(seconds, &[])), 0);
        assert_eq!(ended_as(&history, 0), (StatusDetails::Success, at(10.1)));
        assert_eq!(changes(&history, 0)[1], (StatusDetails::Cancelling, at(seconds)));
        // Section 6.3 step 4: nothing was cancelled in the end.
        assert_eq!(told(&history), (CommandStatus::Success, StatusDetails::Success));
        assert!(times(&history, Fact::Broken { instance: 0 }).is_empty());
    }
}

/// S7.3, O-53: a cancel of what has ended is accepted and changes nothing. In the very instant of its end the command
/// is still told to be Cancelling.
#[test]
fn a_cancel_with_nothing_left_to_do_is_no_more_than_accepted() {
    let mut undisturbed = cancelled(group("a", 2), "2", cancel(0.0, &[]));
    undisturbed.commands[0].cancels.clear();
    let expected = history(&undisturbed, 0);
    // The second is sent at 0.1 and ends at 10.2.
    assert_eq!(command_ended(&expected).2, at(10.2));
    for seconds in [10.2, 10.3, 100.0] {
        for (ids, instance) in [(&[] as &[&str], None), (&["i-a0000000000000001"], Some(1))] {
            let mut told = history(&cancelled(group("a", 2), "2", cancel(seconds, ids)), 0);
            let request = Fact::CancelRequested { instance };
            assert_eq!(times(&told, request), [at(seconds)]);
            let cancelling = |fact: &Fact| matches!(fact, Fact::CommandChanged { state } if state.status == CommandStatus::Cancelling);
            let said = told.iter().filter(|record| cancelling(&record.fact)).count();
            assert_eq!(said, usize::from(seconds == 10.2 && instance.is_none()));
            told.retain(|record| record.fact != request && !cancelling(&record.fact));
            assert_eq!(told, expected, "cancelled at {seconds}");
        }
    }
}

/// S7.1, O-50: a cancel of single invocations leaves the others and the sending alone.
#[test]
fn single_invocations_can_be_cancelled() {
    // Instance 0 runs, instances 1 to 3 wait; 2 is withdrawn.
    let ids = ["i-a0000000000000000", "i-a0000000000000002"];
    let history = history(&cancelled(group("a", 4), "1", cancel(5.0, &ids)), 0);
    assert_eq!(times(&history, Fact::CancelRequested { instance: Some(0) }), [at(5.0)]);
    assert_eq!(times(&history, Fact::CancelRequested { instance: Some(2) }), [at(5.0)]);
    assert_eq!(ended_as(&history, 0), (StatusDetails::Cancelled, at(5.100001)));
    assert_eq!(ended_as(&history, 2), (StatusDetails::Cancelled, at(5.0)));
    assert_eq!(send_times(&history), [at(0.0), at(5.100001), at(15.200001)]);
    assert_eq!(endings(&history, StatusDetails::Success), 2);
    assert_eq!(told(&history), (CommandStatus::Failed, StatusDetails::Incomplete));
    assert_eq!(command_changes(&history), [(StatusDetails::InProgress, at(0.0))]);
}

/// S7.1: an instance that the command does not target: accepted, no effect.
#[test]
fn an_instance_of_another_command_is_left_alone() {
    let mut plan = plan(vec![group("a", 1), group("b", 1)], command(&["a"], "1", "0"));
    plan.commands[0].cancels = vec![cancel(5.0, &["i-b0000000000000000"])];
    let history = history(&plan, 0);
    assert_eq!(times(&history, Fact::CancelRequested { instance: Some(1) }), [at(5.0)]);
    assert_eq!(told(&history), (CommandStatus::Success, StatusDetails::Success));
}

/// S7.2: asked twice, an invocation is Cancelling once and ends once.
#[test]
fn asking_twice_is_asking_once() {
    let mut plan = cancelled(group("a", 2), "2", cancel(5.0, &[]));
    plan.commands[0].cancels.extend([cancel(5.05, &[]), cancel(5.06, &["i-a0000000000000000"])]);
    let history = history(&plan, 0);
    for instance in [0, 1] {
        assert_eq!(ended_as(&history, instance), (StatusDetails::Cancelled, at(5.100001)));
        assert_eq!(changes(&history, instance).len(), 2);
    }
    assert_eq!(command_changes(&history).len(), 2);
}

/// S7.11, T16, O-24: a Cancelling invocation whose agent never answers is resolved at ExpiresAfter.
#[test]
fn a_cancel_without_an_answer_is_resolved_at_expiry() {
    let silent = [
        group_of("a", 1, ExecutionResult::ReplyLost),
        group_away("a", 1, AvailabilityState::StoppedAt(lasting(4.0))),
    ];
    for group in silent {
        let mut plan = cancelled(group, "1", cancel(5.0, &[]));
        let unanswered = history(&plan, 0);
        assert_eq!(ended_as(&unanswered, 0), (StatusDetails::Cancelled, at(4200.0)));
        assert_eq!((told(&unanswered), ended(&unanswered, 0).1.response_code), (CANCELLED, -1));
        // Settled 13: killed or stopped, it did not succeed, and is broken once.
        assert_eq!(times(&unanswered, Fact::Broken { instance: 0 }).len(), 1);

        plan.readings.cancel_unanswered = CancelUnanswered::DeliveryTimedOut;
        let strict = history(&plan, 0);
        assert_eq!(ended_as(&strict, 0), (StatusDetails::DeliveryTimedOut, at(4200.0)));
        assert_eq!(told(&strict), (CommandStatus::TimedOut, StatusDetails::DeliveryTimedOut));
    }
}

/// Settled 13: a step killed in the last microsecond of its execution, with its reply lost, is broken once.
#[test]
fn a_silent_kill_at_the_last_microsecond_breaks_once() {
    let silent = group_of("a", 1, ExecutionResult::ReplyLost);
    let history = history(&cancelled(silent, "1", cancel(9.999999, &[])), 0);
    assert_eq!(times(&history, Fact::Broken { instance: 0 }), [at(10.099999)]);
    assert_eq!(ended_as(&history, 0), (StatusDetails::Cancelled, at(4200.0)));
}

/// O-24, O-20: received, and the service does not know it yet: Cancelled at once; the work goes on and its reply is
/// late.
#[test]
fn a_receipt_that_the_service_does_not_know_of_is_no_receipt() {
    let far = Group { reply: Some(constant(2.0)), ..group("a", 1) };
    let history = history(&cancelled(far, "1", cancel(1.0, &[])), 0);
    assert_eq!(ended_as(&history, 0), (StatusDetails::Cancelled, at(1.0)));
    assert_eq!(changes(&history, 0), []);
    assert_eq!(times(&history, Fact::LateReply { instance: 0, response_code: 0 }), [at(12.1)]);
    assert!(times(&history, Fact::Acknowledged { instance: 0 }).is_empty());
}

/// S7.12, Settled 6: errors after a cancel change nothing about what was not sent.
#[test]
fn failures_in_flight_after_a_cancel() {
    let bad = group_of("a", 3, ExecutionResult::Exit(1));
    let history = history(&cancelled(bad, "1", cancel(10.05, &[])), 0);
    assert_eq!(ended_as(&history, 0), (StatusDetails::Failed, at(10.1)));
    assert_eq!(endings(&history, StatusDetails::Cancelled), 2);
    assert_eq!(endings(&history, StatusDetails::Terminated), 0);
    // Step 4 of section 6.3 stands before the errors.
    assert_eq!(told(&history), CANCELLED);
}

/// O-24: two commands are on the agent, and their first replies, which take 20 s, under way, when they are cancelled. Both are Cancelled at once;
/// the one that runs goes on, and the one that waits runs after it, for no cancel message is sent.
#[test]
fn what_has_reached_the_agent_goes_on_there() {
    let mut a = group("a", 1);
    (a.execution, a.reply) = (constant(60.0), Some(constant(20.0)));
    a.agent.workers = 1;
    let mut plan = cancelled(a, "1", cancel(10.0, &[]));
    plan.commands = vec![plan.commands[0].clone(), plan.commands[0].clone()];
    plan.commands[1].at = lasting(1.0);
    let history = history(&plan, 0);
    for command in 0..2 {
        let of_it = of_command(&history, command);
        assert_eq!(ended_as(&of_it, 0), (StatusDetails::Cancelled, at(10.0)));
        assert!(of_it.iter().any(|record| matches!(record.fact, Fact::LateReply { .. })), "{command}");
    }
}

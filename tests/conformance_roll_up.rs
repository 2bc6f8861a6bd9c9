//! Section 6: from invocations to the command, every row of the worked examples under both readings.

mod common;

use common::*;
use fleetsim::{
    control::{Tally, roll_up},
    scenario::plan::{ExecutionResult, Plan},
    ssm::{
        CommandStatus, InvocationStatus, Readings, StatusDetails,
        reading::{Comparison, NeutralWithSuccess, ToleratedFailures},
    },
};

const SUCCESS: Told = (CommandStatus::Success, StatusDetails::Success);
const FAILED: Told = (CommandStatus::Failed, StatusDetails::Failed);
const INCOMPLETE: Told = (CommandStatus::Failed, StatusDetails::Incomplete);
const UNDELIVERED: Told = (CommandStatus::TimedOut, StatusDetails::DeliveryTimedOut);
const CANCELLED: Told = (CommandStatus::Cancelled, StatusDetails::Cancelled);

type Told = (CommandStatus, StatusDetails);

/// A tally from text such as "47S 3F": Success, Failed, eXecution and Delivery timed out, Neutral, Cancelled,
/// K for Terminated.
fn tally(text: &str) -> Tally {
    let mut tally = Tally::default();
    for part in text.split_whitespace() {
        let (count, letter) = part.split_at(part.len() - 1);
        let count: u32 = count.parse().unwrap();
        tally.targets += count;
        let details = match letter {
            "S" => StatusDetails::Success,
            "F" => StatusDetails::Failed,
            "X" => StatusDetails::ExecutionTimedOut,
            "D" => StatusDetails::DeliveryTimedOut,
            "N" => StatusDetails::Undeliverable,
            "C" => StatusDetails::Cancelled,
            "K" => StatusDetails::Terminated,
            _ => panic!("no such ending: {letter}"),
        };
        (0..count).for_each(|_| tally.record(details));
    }
    assert_eq!(tally.completed(), tally.targets);
    tally
}

fn told(text: &str, tolerated: u32, cancelled: bool, readings: &Readings) -> Told {
    let state = roll_up(&tally(text), tolerated, cancelled, readings);
    (state.status, state.details)
}

/// The guide's own words (O-3, O-6): so many or more.
fn literal() -> Readings {
    Readings {
        failed_rule: Comparison::AtLeast,
        delivery_timed_out_rule: Comparison::AtLeast,
        ..Readings::default()
    }
}

/// The rows of section 6.4: invocations, tolerated errors, cancelled, literal, recommended.
const WORKED_EXAMPLES: [(&str, u32, bool, Told, Told); 19] = [
    ("50S", 0, false, FAILED, SUCCESS),
    ("50S", 5, false, SUCCESS, SUCCESS),
    ("47S 3F", 5, false, INCOMPLETE, INCOMPLETE),
    ("45S 5F", 5, false, FAILED, INCOMPLETE),
    ("44S 6F", 5, false, FAILED, FAILED),
    ("20S 6F 24K", 5, false, FAILED, FAILED),
    ("20S 5F 1X 24K", 5, false, FAILED, FAILED),
    ("1X", 0, false, FAILED, FAILED),
    ("49S 1D", 0, false, UNDELIVERED, UNDELIVERED),
    ("47S 3D", 3, false, UNDELIVERED, INCOMPLETE),
    ("40S 4D 6F", 5, false, FAILED, FAILED),
    ("38S 6D 6F", 5, false, FAILED, FAILED),
    ("5N", 0, false, FAILED, FAILED),
    ("4N 1S", 0, false, SUCCESS, SUCCESS),
    ("1N 3S 1F", 1, false, FAILED, INCOMPLETE),
    ("4N 1D", 3, false, INCOMPLETE, INCOMPLETE),
    ("30S 20C", 0, true, CANCELLED, CANCELLED),
    ("49S 1C", 0, false, INCOMPLETE, INCOMPLETE),
    ("", 0, false, NO_INSTANCES, NO_INSTANCES),
];

const NO_INSTANCES: Told = (CommandStatus::Success, StatusDetails::NoInstancesInTag);

/// Section 6.4, S6.8 to S6.16, O-3 to O-6b, O-49, O-50, O-56.
#[test]
fn worked_examples() {
    for (invocations, tolerated, cancelled, expected_literal, expected) in WORKED_EXAMPLES {
        let row = format!("{invocations} of which {tolerated} errors are tolerated");
        assert_eq!(told(invocations, tolerated, cancelled, &Readings::default()), expected, "{row}");
        assert_eq!(told(invocations, tolerated, cancelled, &literal()), expected_literal, "{row}, literal");
    }
}

/// S6.8, O-4: the guide's Success row forgives failures below the threshold; third row of section 6.4.
#[test]
fn tolerated_failures_may_be_forgiven() {
    let forgiving = |readings| Readings { tolerated_failures: ToleratedFailures::Success, ..readings };
    assert_eq!(told("47S 3F", 5, false, &forgiving(literal())), SUCCESS);
    assert_eq!(told("45S 5F", 5, false, &forgiving(literal())), FAILED);
    assert_eq!(told("45S 5F", 5, false, &forgiving(Readings::default())), SUCCESS);
    assert_eq!(told("44S 6F", 5, false, &forgiving(Readings::default())), FAILED);
    assert_eq!(told("45S 4F 1X", 5, false, &forgiving(Readings::default())), SUCCESS);
    // Nothing but errors is no success.
    assert_eq!(told("3F", 5, false, &forgiving(Readings::default())), INCOMPLETE);
    // Delivery timeouts are not forgiven with them.
    assert_eq!(told("45S 4F 1D", 5, false, &forgiving(Readings::default())), INCOMPLETE);
}

/// S6.13, O-7: with the option, errors that are all execution timeouts make the command Execution Timed Out.
#[test]
fn execution_timeouts_alone_may_name_the_command() {
    let option = |readings| Readings { command_execution_timed_out: true, ..readings };
    let timed_out = (CommandStatus::TimedOut, StatusDetails::ExecutionTimedOut);
    for readings in [option(Readings::default()), option(literal())] {
        assert_eq!(told("1X", 0, false, &readings), timed_out);
        assert_eq!(told("1X 1F", 0, false, &readings), FAILED);
        assert_eq!(told("47S 1X", 5, false, &readings), INCOMPLETE);
    }
}

/// O-10: whether Execution Timed Out counts decides rows with both.
#[test]
fn execution_timeouts_may_not_count() {
    let uncounted = Readings { execution_timed_out_counts: false, ..Readings::default() };
    assert_eq!(told("20S 5F 1X 24K", 5, false, &uncounted), INCOMPLETE);
    assert_eq!(told("1X", 0, false, &uncounted), INCOMPLETE);
}

/// S6.14, S6.15, O-5, O-49: neutral invocations beside successes, and beside failures.
#[test]
fn neutral_invocations_under_each_reading() {
    use NeutralWithSuccess::{Ignore, Incomplete, Success};
    let with = |neutral_with_success, tolerated_failures| Readings {
        neutral_with_success,
        tolerated_failures,
        ..Readings::default()
    };
    let strict = ToleratedFailures::Incomplete;
    let kind = ToleratedFailures::Success;
    for (invocations, readings, expected) in [
        ("4N 1S", with(Success, strict), SUCCESS),
        ("4N 1S", with(Incomplete, strict), INCOMPLETE),
        ("4N 1S", with(Ignore, strict), SUCCESS),
        ("5N", with(Incomplete, strict), FAILED),
        ("5N", with(Ignore, strict), FAILED),
        ("1N 3S 1F", with(Ignore, strict), INCOMPLETE),
        ("1N 3S 1F", with(Ignore, kind), SUCCESS),
        ("1N 3S 1F", with(Success, kind), INCOMPLETE),
        ("1N 3S 1F", with(Incomplete, kind), INCOMPLETE),
    ] {
        assert_eq!(told(invocations, 1, false, &readings), expected, "{invocations} {readings:?}");
    }
}

/// O-50, section 6.3 step 4: a cancelled command is Cancelled if a single invocation was, else what it would be.
#[test]
fn a_cancel_counts_only_if_it_caught_something() {
    let readings = Readings::default();
    assert_eq!(told("49S 1C", 0, true, &readings), CANCELLED);
    assert_eq!(told("50S", 0, true, &readings), SUCCESS);
    assert_eq!(told("40S 10F", 5, true, &readings), FAILED);
    // Step 4 stands before steps 5 and 6.
    assert_eq!(told("10F 1C", 0, true, &readings), CANCELLED);
    assert_eq!(told("10D 1C", 0, true, &readings), CANCELLED);
}

/// O-9, O-56: the status halves are readings.
#[test]
fn status_halves_are_readings() {
    let readings = Readings {
        incomplete_status: CommandStatus::Success,
        no_instances_status: CommandStatus::Failed,
        ..Readings::default()
    };
    assert_eq!(told("49S 1F", 1, false, &readings), (CommandStatus::Success, StatusDetails::Incomplete));
    assert_eq!(told("", 0, false, &readings), (CommandStatus::Failed, StatusDetails::NoInstancesInTag));
}

/// S1.28: CompletedCount has every terminal invocation, ErrorCount Failed and Execution Timed Out.
#[test]
fn counters() {
    let tally = tally("1S 2F 3X 4D 5N 6C 7K");
    assert_eq!((tally.completed(), tally.error_count(), tally.delivery_timed_out), (28, 5, 4));
    // What counts as an error for MaxErrors is a reading, ErrorCount is not.
    let uncounted = Readings { execution_timed_out_counts: false, ..Readings::default() };
    assert_eq!((tally.counted_errors(&Readings::default()), tally.counted_errors(&uncounted)), (5, 2));
}

/// O-8: the command is Failed when the last invocation has ended, not when the sending stops.
#[test]
fn the_command_fails_at_its_end() {
    let bad = group_of("bad", 1, ExecutionResult::Exit(1));
    let mut long = group("long", 1);
    long.execution = constant(100.0);
    let mut plan = plan(vec![bad, long, group("rest", 3)], command(&["bad", "long", "rest"], "2", "0"));
    plan.readings.dispatch_order = fleetsim::ssm::reading::DispatchOrder::Listed;
    let history = history(&plan, 0);
    // The second is sent at 0.1 and takes 100.1.
    assert_eq!(ended_as(&history, 0).1, at(10.1));
    assert_eq!(command_ended(&history).2, at(100.2));
    assert_eq!(command_changes(&history), [(StatusDetails::InProgress, at(0.0))]);
}

/// S1.12, S1.31, C4: nothing matches: Success at once, with a TargetCount of 0.
#[test]
fn no_instances_in_tag_is_success() {
    let history = history(&plan(vec![group("a", 3)], command(&["b"], "1", "0")), 0);
    let (status, details, time, counts) = command_ended(&history);
    assert_eq!((status, details), NO_INSTANCES);
    assert_eq!((time, counts.target_count), (at(0.0), 0));
    assert_eq!(history.len(), 3, "requested, targeted, ended");
}

/// O-9: the status halves of invocations that are not the agent's word.
#[test]
fn invocation_status_halves_are_readings() {
    let mut denied = group("denied", 1);
    members(&mut denied).access_denied = true;
    let mut windows = group("windows", 1);
    members(&mut windows).platform = fleetsim::ssm::status::Platform::Windows;
    let groups = vec![denied, windows, group_of("bad", 2, ExecutionResult::Exit(1))];
    let mut plan = plan(groups, command(&["denied", "windows", "bad"], "1", "0"));
    plan.readings.dispatch_order = fleetsim::ssm::reading::DispatchOrder::Listed;
    let halves = |plan: &Plan| [0, 1, 3].map(|instance| ended(&history(plan, 0), instance).1.state.status);
    use InvocationStatus::{Cancelled, Failed, TimedOut};
    assert_eq!(halves(&plan), [Failed, Failed, Cancelled]);
    plan.readings.access_denied_status = Cancelled;
    plan.readings.invalid_platform_status = TimedOut;
    plan.readings.terminated_status = Failed;
    assert_eq!(halves(&plan), [Cancelled, TimedOut, Failed]);
}

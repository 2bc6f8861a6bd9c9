//! Plans on which engine and checker, or engine and contract, once disagreed.

use fleetsim::{
    base::{Chance, SimDuration, SimTime},
    history::{Fact, Record},
    scenario::{
        Plan,
        plan::{Availability, AvailabilityState, Cancel, ExecutionResult, Group, Outcome},
    },
    ssm::{
        CommandStatus as S, StatusDetails as D,
        reading::{Grace, ToleratedFailures},
        status::Platform,
    },
};

use crate::{
    common::{command, constant, endings, group, plan},
    judge::judge,
};

/// The history of a plan that every rule finds good.
fn good(plan: &Plan) -> Vec<Record> {
    judge(plan).unwrap_or_else(|reason| panic!("{reason}")).records
}

fn one_group(group: Group, concurrency: &str, errors: &str) -> Plan {
    let role = group.name.clone();
    plan(vec![group], command(&[role.as_str()], concurrency, errors))
}

fn always(result: ExecutionResult) -> Vec<Outcome> {
    vec![Outcome { chance: Chance::ONE, run: None, result, execution: None }]
}

fn available(state: AvailabilityState) -> Vec<Availability> {
    vec![Availability { chance: Chance::ONE, state }]
}

/// The statuses that the command goes through, with their times.
fn command_states(records: &[Record]) -> Vec<(SimTime, S, D)> {
    let state = |record: &Record| match record.fact {
        Fact::CommandChanged { state } | Fact::CommandEnded { state, .. } => {
            Some((record.time, state.status, state.details))
        }
        _ => None,
    };
    records.iter().filter_map(state).collect()
}

fn seconds(seconds: u64) -> SimTime {
    SimTime::ZERO + SimDuration::from_secs(seconds)
}

#[test]
fn a_grace_of_nothing_takes_a_unit_of_time() {
    // Settled 1: no cascades within an instant.
    let mut plan = one_group(group("a", 3), "3", "0");
    plan.readings.unanswered_grace = Grace::After(SimDuration::ZERO);
    let sent: Vec<_> =
        good(&plan).iter().filter(|r| matches!(r.fact, Fact::Sent { .. })).map(|r| r.time.0).collect();
    assert_eq!(sent, [0, 1, 1]);
}

#[test]
fn a_command_stays_delayed_until_the_service_knows_better() {
    // C3: the agent has it at 10.1 s, the service hears of it at 15.1 s.
    let reachable = available(AvailabilityState::ReachableFrom(SimDuration::from_secs(10)));
    let slow = Group { availability: reachable, reply: Some(constant(5.0)), ..group("a", 1) };
    let states = command_states(&good(&one_group(slow, "1", "0")));
    let tenth = SimDuration(100_000);
    assert_eq!(
        states[1..3],
        [
            (SimTime::ZERO + tenth, S::InProgress, D::Delayed),
            (seconds(15) + tenth, S::InProgress, D::InProgress),
        ]
    );
}

#[test]
fn a_command_that_ends_is_not_delayed_first() {
    // C3, O-23.
    let gone = available(AvailabilityState::TerminatedAt(SimDuration::ZERO));
    let states = command_states(&good(&one_group(Group { availability: gone, ..group("a", 1) }, "1", "0")));
    let statuses: Vec<_> = states.into_iter().map(|(_, _, details)| details).collect();
    assert_eq!(statuses, [D::InProgress, D::Failed]);
}

#[test]
fn a_kill_a_moment_before_the_end_breaks_an_instance_once() {
    // Settled 13. It runs from 0.1 s to 10.1 s; the cancel message arrives a microsecond before.
    let silent = Group { outcomes: always(ExecutionResult::ReplyLost), ..group("a", 1) };
    let mut plan = one_group(silent, "1", "0");
    let at = SimDuration(10_000_000 - 1);
    plan.commands[0].cancels = vec![Cancel { at, instance_ids: Vec::new() }];
    let broken = good(&plan).iter().filter(|record| matches!(record.fact, Fact::Broken { .. })).count();
    assert_eq!(broken, 1);
}

#[test]
fn errors_alone_are_no_success() {
    // O-4: 3 F with a MaxErrors of 5: there is no success that they could stand beside.
    let failing = Group { outcomes: always(ExecutionResult::Exit(1)), ..group("a", 3) };
    let mut plan = one_group(failing, "1", "5");
    assert_eq!(command_states(&good(&plan)).last().map(|state| state.2), Some(D::Incomplete));
    plan.readings.tolerated_failures = ToleratedFailures::Success;
    assert_eq!(command_states(&good(&plan)).last().map(|state| state.2), Some(D::Incomplete));
}

#[test]
fn execution_timeouts_that_do_not_count_are_no_errors() {
    // O-10, O-7, O-4: they neither stop the sending, nor decide the status, nor are forgiven.
    let hanging = Group { outcomes: always(ExecutionResult::Hang), ..group("a", 3) };
    let mut plan = one_group(hanging, "1", "0");
    plan.readings.command_execution_timed_out = true;
    plan.commands[0].execution_timeout_seconds = 5;
    plan.commands[0].steps[0].timeout_seconds = 5;
    let ended = |plan: &Plan| command_states(&good(plan)).last().map(|state| (state.1, state.2));
    assert_eq!(ended(&plan), Some((S::TimedOut, D::ExecutionTimedOut)));
    assert_eq!(endings(&good(&plan), D::Terminated), 2);
    plan.readings.execution_timed_out_counts = false;
    plan.readings.tolerated_failures = ToleratedFailures::Success;
    assert_eq!(ended(&plan), Some((S::Failed, D::Incomplete)));
    assert_eq!(endings(&good(&plan), D::ExecutionTimedOut), 3);
}

#[test]
fn the_threshold_is_exceeded_after_a_cancel_as_before_it() {
    // S4.18: a reply that is under way when the command is cancelled is the error too many.
    let failing =
        Group { outcomes: always(ExecutionResult::Exit(1)), reply: Some(constant(1.0)), ..group("a", 1) };
    let mut plan = one_group(failing, "1", "0");
    let at = SimDuration::from_secs(11);
    plan.commands[0].cancels = vec![Cancel { at, instance_ids: Vec::new() }];
    let facts: Vec<_> = good(&plan).into_iter().map(|record| record.fact).collect();
    let place = |wanted: Fact| facts.iter().position(|fact| *fact == wanted);
    let cancelled = place(Fact::CancelRequested { instance: None });
    assert!(cancelled.is_some() && place(Fact::ThresholdExceeded { errors: 1 }) > cancelled);
}

#[test]
fn a_cancel_in_the_instant_of_the_end_is_told() {
    // C7: the only invocation ends at 10.1 s, and so does the command, which is Cancelling first.
    let mut plan = one_group(group("a", 1), "1", "0");
    plan.commands[0].cancels = vec![Cancel { at: SimDuration(10_100_000), instance_ids: Vec::new() }];
    let states = command_states(&good(&plan));
    let end = SimTime(10_100_000);
    assert_eq!(states[1..], [(end, S::Cancelling, D::Cancelling), (end, S::Success, D::Success)]);
}

#[test]
fn who_has_no_access_is_told_nothing_of_platforms() {
    // S1.23, S1.24.
    let mut stranger = group("a", 2);
    let members = crate::fleets::members(&mut stranger);
    (members.access_denied, members.platform) = (true, Platform::Windows);
    assert_eq!(endings(&good(&one_group(stranger, "1", "0")), D::AccessDenied), 2);
}

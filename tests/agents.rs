//! What instances and their agents do: exit codes, time, reachability, replies, and what is broken in the end.

mod common;

use std::collections::BTreeSet;

use common::*;
use fleetsim::{
    base::{SimDuration, distribution::Distribution},
    history::{Fact, Record},
    scenario::plan::{AvailabilityState, ExecutionResult, Group, Plan},
    ssm::{
        CommandStatus, InvocationStatus, StatusDetails,
        reading::{DispatchOrder, SlowStart},
        status::Platform,
    },
};

use AvailabilityState::{ReachableFrom, StoppedAt, TerminatedAt, Unreachable};

fn alone(group: Group) -> Plan {
    let platforms = [Platform::Linux, Platform::Windows, Platform::MacOS];
    plan(vec![group], running_on(command(&["a"], "1", "0"), &platforms))
}

/// Section 8.6, O-44: 137 on Unix and -1 on Windows look like an execution timeout; 168 is a success, 169 is not.
#[test]
fn exit_codes_by_platform() {
    use StatusDetails::{ExecutionTimedOut, Failed, Success};
    for (code, unix, windows) in [
        (0, Success, Success),
        (1, Failed, Failed),
        (168, Success, Success),
        (169, Failed, Failed),
        (137, ExecutionTimedOut, Failed),
        (-1, Failed, ExecutionTimedOut),
        (255, Failed, Failed),
    ] {
        for (platform, expected) in
            [(Platform::Linux, unix), (Platform::MacOS, unix), (Platform::Windows, windows)]
        {
            let group =
                with(group_of("a", 1, ExecutionResult::Exit(code)), |members| members.platform = platform);
            let history = history(&alone(group), 0);
            let (time, ending) = ended(&history, 0);
            assert_eq!(ending.state.details, expected, "{code} on {platform:?}");
            assert_eq!((ending.response_code, ending.elapsed, time), (code, Some(lasting(10.0)), at(10.1)));
            // S4.20: both count as errors. Settled 13: broken is what did not succeed.
            let bad = usize::from(expected != Success);
            assert_eq!(command_ended(&history).3.error_count, bad as u32);
            assert_eq!(times(&history, Fact::Broken { instance: 0 }).len(), bad);
        }
    }
}

/// S5.15: what never ends by itself is killed exactly at its execution timeout, with the platform's code.
#[test]
fn a_hang_is_killed_at_the_execution_timeout() {
    for (platform, code) in [(Platform::Linux, 137), (Platform::Windows, -1)] {
        let group = with(group_of("a", 1, ExecutionResult::Hang), |members| members.platform = platform);
        let history = history(&alone(group), 0);
        let (time, ending) = ended(&history, 0);
        assert_eq!((ending.state.details, time), (StatusDetails::ExecutionTimedOut, at(3600.1)));
        assert_eq!((ending.response_code, ending.elapsed), (code, Some(lasting(3600.0))));
        assert_eq!(times(&history, Fact::Broken { instance: 0 }), [at(3600.1)]);
    }
}

/// S5.9, O-23, Settled 13: an instance that stops or is terminated at a random moment of the execution says nothing
/// more: Delivery Timed Out, and broken from that moment on.
#[test]
fn instances_that_vanish_while_running() {
    for result in [ExecutionResult::Stopped, ExecutionResult::Terminated] {
        let plan = plan(vec![group_of("a", 200, result)], command(&["a"], "200", "0"));
        let history = history(&plan, 0);
        assert_eq!(endings(&history, StatusDetails::DeliveryTimedOut), 200);
        let mut moments = BTreeSet::new();
        for instance in 0..200 {
            let broken = times(&history, Fact::Broken { instance });
            let (time, ending) = ended(&history, instance);
            assert_eq!((time, broken.len()), (at(4200.0), 1));
            assert_eq!((ending.response_code, ending.elapsed), (-1, None));
            let into = broken[0].since(ending.started.unwrap());
            assert!(SimDuration::ZERO < into && into <= lasting(10.0));
            moments.insert(into);
        }
        // Random: spread over the ten seconds.
        assert!(moments.len() > 190);
        assert!(*moments.first().unwrap() < lasting(1.0) && *moments.last().unwrap() > lasting(9.0));
    }
}

/// The same with a planned time: running when it comes, the execution is lost; ended by then, it is not.
#[test]
fn instances_that_vanish_at_a_planned_time() {
    for state in [StoppedAt(lasting(5.0)), TerminatedAt(lasting(5.0))] {
        let history = history(&alone(group_away("a", 1, state)), 0);
        assert_eq!(ended_as(&history, 0), (StatusDetails::DeliveryTimedOut, at(4200.0)));
        assert_eq!(times(&history, Fact::Broken { instance: 0 }), [at(5.0)]);
        assert_eq!(changes(&history, 0), [(StatusDetails::InProgress, at(0.1))]);
    }
    for state in [StoppedAt(lasting(10.1)), TerminatedAt(lasting(11.0))] {
        let history = history(&alone(group_away("a", 1, state)), 0);
        assert_eq!(ended_as(&history, 0), (StatusDetails::Success, at(10.1)));
        assert!(times(&history, Fact::Broken { instance: 0 }).is_empty());
    }
}

/// T3, T5, C3, O-23: registered but never reachable: Delayed when that is noticed, in the end Delivery Timed Out.
#[test]
fn unreachable_is_delayed_then_timed_out() {
    for state in [Unreachable, StoppedAt(lasting(0.0)), ReachableFrom(lasting(5000.0))] {
        let history = history(&alone(group_away("a", 1, state)), 0);
        assert_eq!(changes(&history, 0), [(StatusDetails::Delayed, at(0.1))]);
        assert_eq!(
            command_changes(&history),
            [(StatusDetails::InProgress, at(0.0)), (StatusDetails::Delayed, at(0.1))]
        );
        assert_eq!(ended_as(&history, 0), (StatusDetails::DeliveryTimedOut, at(4200.0)));
        // Settled 13: nothing started, nothing is broken.
        assert!(times(&history, Fact::Broken { instance: 0 }).is_empty());
    }
}

/// T4: from the time on at which the agent answers, another delivery brings the message.
#[test]
fn reachable_again_is_in_progress_again() {
    let history = history(&alone(group_away("a", 1, ReachableFrom(lasting(60.0)))), 0);
    let expected = [(StatusDetails::Delayed, at(0.1)), (StatusDetails::InProgress, at(60.1))];
    assert_eq!(changes(&history, 0), expected);
    assert_eq!(command_changes(&history)[1..], expected);
    assert_eq!(ended_as(&history, 0), (StatusDetails::Success, at(70.1)));
}

/// C3 with replies that take time: the command is Delayed until the first acknowledgement, not until the receipt
/// that it does not know of.
#[test]
fn the_command_is_delayed_until_the_first_acknowledgement() {
    let away = group_away("a", 1, ReachableFrom(lasting(60.0)));
    let history = history(&alone(Group { reply: Some(constant(2.0)), ..away }), 0);
    let expected = [(StatusDetails::Delayed, at(0.1)), (StatusDetails::InProgress, at(62.1))];
    assert_eq!(changes(&history, 0), expected);
    assert_eq!(command_changes(&history)[1..], expected);
    assert_eq!(ended_as(&history, 0), (StatusDetails::Success, at(72.1)));
}

/// C3: the next send ends the command's delay as well; if that fails too, it is Delayed again.
#[test]
fn the_next_send_ends_the_delay() {
    let groups = vec![group_away("a", 2, Unreachable), group("b", 1)];
    let mut plan = plan(groups, command(&["a", "b"], "2", "0"));
    plan.readings.dispatch_order = DispatchOrder::Listed;
    let history = history(&plan, 0);
    // O-14: the second goes out after 30 s; both slots are held then, and the third is never sent.
    let (progress, delay) = (StatusDetails::InProgress, StatusDetails::Delayed);
    let expected = [(progress, at(0.0)), (delay, at(0.1)), (progress, at(30.0)), (delay, at(30.1))];
    assert_eq!(command_changes(&history), expected);
}

/// T11, O-23: a terminated instance is Undeliverable when the send finds that out; no error; S6.14: all neutral.
#[test]
fn a_terminated_instance_is_undeliverable() {
    let history = history(&alone(group_away("a", 1, TerminatedAt(lasting(0.1)))), 0);
    let (time, ending) = ended(&history, 0);
    assert_eq!((ending.state.details, time), (StatusDetails::Undeliverable, at(0.1)));
    assert_eq!((ending.state.status, ending.response_code), (InvocationStatus::Failed, -1));
    assert_eq!((ending.sent, ending.started), (Some(at(0.0)), None));
    assert_eq!(changes(&history, 0), []);
    // Section 6.3 step 3: Delayed is for commands that have something left.
    assert_eq!(command_changes(&history), [(StatusDetails::InProgress, at(0.0))]);
    let (status, details, end, counts) = command_ended(&history);
    assert_eq!((status, details, end), (CommandStatus::Failed, StatusDetails::Failed, at(0.1)));
    assert_eq!((counts.completed_count, counts.error_count), (1, 0));
}

/// O-20, S5.22, Settled 13: an execution that ends after expiry: the reply is late, and a failure breaks all the same.
#[test]
fn late_replies_and_what_they_break() {
    for (result, code, end, broken) in [
        (ExecutionResult::Exit(0), Some(0), 4209.0, false),
        (ExecutionResult::Exit(7), Some(7), 4209.0, true),
        (ExecutionResult::Hang, Some(137), 4199.0 + 3600.0, true),
        (ExecutionResult::ReplyLost, None, 4209.0, false),
    ] {
        let far = Group { delivery: constant(4199.0), ..group_of("a", 1, result) };
        let history = history(&alone(far), 0);
        assert_eq!(ended_as(&history, 0), (StatusDetails::DeliveryTimedOut, at(4200.0)));
        let late = |record: &Record| match record.fact {
            Fact::LateReply { response_code, .. } => Some((response_code, record.time)),
            _ => None,
        };
        let found: Vec<_> = history.iter().filter_map(late).collect();
        assert_eq!(found, code.map(|code| (code, at(end))).into_iter().collect::<Vec<_>>(), "{result:?}");
        let expected = if broken { vec![at(end)] } else { vec![] };
        assert_eq!(times(&history, Fact::Broken { instance: 0 }), expected, "{result:?}");
        // S4.23: what came late is no error.
        assert_eq!(command_ended(&history).3.error_count, 0);
    }
}

/// A reply takes its own time: the acknowledgement and the end are known that much later.
#[test]
fn replies_take_their_time() {
    let far = Group { reply: Some(constant(2.0)), ..group("a", 2) };
    let history = history(&alone(far), 0);
    let (time, ending) = ended(&history, sent_first(&history));
    assert_eq!(time, at(12.1));
    assert_eq!((ending.started, ending.elapsed), (Some(at(0.1)), Some(lasting(10.0))));
    let first = sent_first(&history);
    assert_eq!(times(&history, Fact::Acknowledged { instance: first }), [at(2.1)]);
    // Settled 4: the slot is held until the service knows.
    assert_eq!(send_times(&history), [at(0.0), at(12.1)]);
}

fn sent_first(history: &[Record]) -> u32 {
    (0..2).find(|&instance| sent(history, instance) == Some(at(0.0))).unwrap()
}

/// An outcome may bring its own execution time: this script fails after a second.
#[test]
fn an_outcome_has_its_own_execution_time() {
    let mut group = group_of("a", 1, ExecutionResult::Exit(1));
    group.outcomes[0].execution = Some(constant(1.0));
    assert_eq!(ended_as(&history(&alone(group), 0), 0), (StatusDetails::Failed, at(1.1)));
}

/// Outcomes come with the chances given; what is left over ends with exit code 0. Five standard deviations.
#[test]
fn outcomes_come_with_their_chances() {
    let mut group = group("a", 20_000);
    group.outcomes = vec![outcome(0.3, ExecutionResult::Exit(1)), outcome(0.1, ExecutionResult::ReplyLost)];
    let mut plan = plan(vec![group], command(&["a"], "100%", "100%"));
    plan.readings.slow_start = SlowStart::Off;
    let history = history(&plan, 0);
    for (details, chance) in
        [(StatusDetails::Failed, 0.3), (StatusDetails::DeliveryTimedOut, 0.1), (StatusDetails::Success, 0.6)]
    {
        let (n, found) = (20_000.0_f64, endings(&history, details) as f64);
        assert!(
            (found - n * chance).abs() < 5.0 * (n * chance * (1.0 - chance)).sqrt(),
            "{details:?} {found}"
        );
    }
}

/// How long the executions took, by instance.
fn elapsed(plan: &Plan, replication: u64) -> Vec<SimDuration> {
    let history = history(plan, replication);
    (0..plan.fleet_size()).map(|instance| ended(&history, instance).1.elapsed.unwrap()).collect()
}

/// Principle 9: the slowness is a factor on the execution, drawn once for each instance, the same in every
/// replication and for every command.
#[test]
fn slowness_stays_with_the_instance() {
    let mut group = group("a", 50);
    group.slowness = Distribution::Uniform { min: 1.0, max: 3.0 };
    let mut plan = plan(vec![group], command(&["a"], "50", "0"));
    let first = elapsed(&plan, 0);
    assert_eq!(first, elapsed(&plan, 1));
    assert!(first.iter().all(|&one| lasting(10.0) <= one && one <= lasting(30.0)));
    assert_eq!(first.iter().collect::<BTreeSet<_>>().len(), 50);
    plan.seed = 2;
    assert_ne!(first, elapsed(&plan, 0));

    plan.seed = 1;
    plan.groups[0].execution = constant(20.0);
    let twice = elapsed(&plan, 0);
    // To the microsecond that rounding may cost.
    assert!(first.iter().zip(&twice).all(|(one, two)| two.0.abs_diff(2 * one.0) <= 1));

    let second = fleetsim::scenario::plan::Command { at: lasting(100.0), ..plan.commands[0].clone() };
    plan.commands.push(second);
    let of_second = |record: &Record| match record.fact {
        Fact::InvocationEnded { instance, ending } if record.command == 1 => {
            Some((instance, ending.elapsed?))
        }
        _ => None,
    };
    let mut found: Vec<_> = history(&plan, 0).iter().filter_map(of_second).collect();
    found.sort_unstable();
    assert_eq!(found.into_iter().map(|(_, elapsed)| elapsed).collect::<Vec<_>>(), twice);
}

//! Reboots, sentence by sentence: S8.28 to S8.31, S8.36, S8.38, S8.39, T17.

mod common;

use common::*;
use fleetsim::{
    base::SimTime,
    history::{Fact, Record},
    scenario::plan::{
        AvailabilityState, Command, ExecutionResult, Group, Outcome, Plan, Step, StepBehaviour,
    },
    ssm::{StatusDetails, StepStatus, status::Platform},
};

use ExecutionResult::Exit;
use StatusDetails::{Cancelled, Cancelling, Delayed, DeliveryTimedOut, Failed, InProgress, Success};

/// From the end of the step that asks for it: 15 s, a minute, and a boot of 60 s (S8.29).
const REBOOT: f64 = 135.0;

/// How a step ends in one of its runs.
fn in_run(run: u32, result: ExecutionResult) -> Outcome {
    Outcome { run: Some(run), ..outcome(1.0, result) }
}

/// Commands to one instance, each with the time of its request, how long its script takes, and how that ends.
fn plan_of(commands: &[(f64, f64, Vec<Outcome>)]) -> Plan {
    let platforms = [Platform::Linux, Platform::Windows];
    let one = running_on(command(&["a"], "1", "0"), &platforms);
    let mut plan = plan(vec![group("a", 1)], one.clone());
    plan.commands = commands.iter().map(|(at, ..)| Command { at: lasting(*at), ..one.clone() }).collect();
    let behaviour = |(command, (_, seconds, outcomes)): (u32, &(f64, f64, Vec<Outcome>))| StepBehaviour {
        command,
        step: 0,
        execution: constant(*seconds),
        outcomes: outcomes.clone(),
        output: None,
    };
    plan.groups[0].steps = (0..).zip(commands).map(behaviour).collect();
    plan
}

fn reboots_once() -> Vec<Outcome> {
    vec![in_run(1, Exit(194))]
}

fn began(history: &[Record]) -> Vec<SimTime> {
    times(history, Fact::RebootBegan { instance: 0 })
}

fn rebooted(history: &[Record]) -> Vec<SimTime> {
    times(history, Fact::RebootEnded { instance: 0 })
}

/// Section 8.6, S8.28 to S8.30, T17: the instance reboots, the same step runs again from its beginning, and the invocation is
/// InProgress all the time.
#[test]
fn a_step_asks_for_a_reboot_and_runs_again() {
    for (platform, code) in [(Platform::Linux, 194), (Platform::Windows, 3010)] {
        let mut plan = plan_of(&[(0.0, 10.0, vec![in_run(1, Exit(code))])]);
        members(&mut plan.groups[0]).platform = platform;
        let history = history(&plan, 0);
        assert_eq!((began(&history), rebooted(&history)), (vec![at(10.1)], vec![at(145.1)]));
        let told = steps_ended(&history, 0);
        let (time, step, reply) = told[0];
        assert_eq!((told.len(), time, step), (1, at(10.1), 0));
        assert_eq!((reply.status, reply.response_code), (StepStatus::SuccessAndReboot, code));
        assert_eq!((reply.started, reply.elapsed), (at(0.1), lasting(10.0)));
        let (time, ending) = ended(&history, 0);
        assert_eq!((ending.state.details, ending.response_code, time), (Success, 0, at(155.1)));
        assert_eq!((ending.started, ending.elapsed), (Some(at(0.1)), Some(lasting(155.0))));
        assert_eq!(changes(&history, 0), [(InProgress, at(0.1))]);
        assert!(times(&history, Fact::Broken { instance: 0 }).is_empty());
    }
}

/// Section 8.6: on the other platform the code is a failure.
#[test]
fn the_other_platforms_code_asks_for_nothing() {
    for (platform, code) in [(Platform::Linux, 3010), (Platform::Windows, 194)] {
        let mut plan = plan_of(&[(0.0, 10.0, vec![in_run(1, Exit(code))])]);
        members(&mut plan.groups[0]).platform = platform;
        let history = history(&plan, 0);
        assert_eq!(ended_as(&history, 0), (Failed, at(10.1)));
        assert!(began(&history).is_empty());
    }
}

/// The run that follows may end otherwise, and has its own luck.
#[test]
fn the_second_run_may_fail() {
    let history = history(&plan_of(&[(0.0, 10.0, vec![in_run(1, Exit(194)), in_run(2, Exit(3))])]), 0);
    assert_eq!(ended_as(&history, 0), (Failed, at(155.1)));
    assert_eq!(times(&history, Fact::Broken { instance: 0 }), [at(155.1)]);
}

/// S8.29: the reply leaves before the reboot, and takes its time; nothing is between it and the end.
#[test]
fn the_reply_before_the_reboot() {
    let mut plan = plan_of(&[(0.0, 10.0, reboots_once())]);
    plan.groups[0].reply = Some(constant(2.0));
    let history = history(&plan, 0);
    assert_eq!(steps_ended(&history, 0)[0].0, at(12.1));
    assert_eq!(began(&history), [at(10.1)]);
    assert_eq!(ended_as(&history, 0), (Success, at(157.1)));
}

/// S8.31, S8.36: only the run counter ends a loop of reboots: 15 restarts are allowed, with the sixteenth the document is given
/// up without a reply, and Delivery Timed Out follows.
#[test]
fn a_loop_of_reboots_ends_with_the_run_counter() {
    for retries in [15, 1, 3] {
        let mut plan = plan_of(&[(0.0, 10.0, vec![outcome(1.0, Exit(194))])]);
        plan.groups[0].agent.retries = retries;
        let history = history(&plan, 0);
        let runs = retries + 1;
        let end_of_run = |run: u32| 0.1 + f64::from(run) * 10.0 + f64::from(run - 1) * REBOOT;
        let expected: Vec<_> = (1..=runs).map(|run| at(end_of_run(run))).collect();
        assert_eq!(began(&history), expected);
        let expected: Vec<_> = (1..=runs).map(|run| at(end_of_run(run) + REBOOT)).collect();
        assert_eq!(rebooted(&history), expected);
        assert_eq!(steps_ended(&history, 0).len(), runs as usize);
        assert_eq!(times(&history, Fact::Broken { instance: 0 }), expected[runs as usize - 1..]);
        assert_eq!(ended_as(&history, 0), (DeliveryTimedOut, at(4200.0)));
    }
}

/// S8.36, S8.38: a document that is given up frees its worker.
#[test]
fn a_document_given_up_frees_its_worker() {
    let mut plan = plan_of(&[(0.0, 10.0, vec![outcome(1.0, Exit(194))]), (0.0, 5.0, vec![])]);
    (plan.groups[0].agent.workers, plan.groups[0].agent.retries) = (1, 1);
    let history = history(&plan, 0);
    // 10.1 to 145.1, 155.1 to 290.1.
    let first = of_command(&history, 0);
    assert_eq!(times(&first, Fact::Released { instance: 0 }), [at(290.1)]);
    let second = of_command(&history, 1);
    assert_eq!(times(&second, Fact::Started { instance: 0 }), [at(290.1)]);
    assert_eq!(ended_as(&second, 0), (Success, at(295.1)));
}

/// S8.39, S8.38: what else ran begins its step again, what waited waits again.
#[test]
fn others_are_interrupted_by_a_reboot() {
    let mut plan = plan_of(&[
        (0.0, 10.0, reboots_once()),
        (2.0, 20.0, vec![]),
        // Ends before.
        (0.0, 9.0, vec![]),
        (3.0, 7.0, vec![]),
    ]);
    plan.groups[0].agent.workers = 3;
    // The one that waits takes the worker of the third at 9.1, and is interrupted, too.
    plan.commands.push(Command { at: lasting(4.0), ..plan.commands[0].clone() });
    let history = history(&plan, 0);
    let end = |command| ended_as(&of_command(&history, command), 0);
    assert_eq!((began(&history), rebooted(&history)), (vec![at(10.1)], vec![at(145.1)]));
    assert_eq!(end(0), (Success, at(155.1)));
    assert_eq!(end(1), (Success, at(165.1)));
    assert_eq!(end(2), (Success, at(9.1)));
    assert_eq!(end(3), (Success, at(152.1)));
    // No reply tells of a run that was interrupted; the execution spans it.
    let (_, ending) = ended(&of_command(&history, 1), 0);
    assert_eq!((ending.started, ending.elapsed), (Some(at(2.1)), Some(lasting(163.0))));
    // The last waited from 4.1, and takes the worker that is free first: the fourth's.
    let fifth = of_command(&history, 4);
    assert_eq!(times(&fifth, Fact::Started { instance: 0 }), [at(152.1)]);
    for command in 0..5 {
        assert!(times(&of_command(&history, command), Fact::Broken { instance: 0 }).is_empty());
    }
}

/// S8.36: the counter is the document's: each restart that finds it in progress counts, whoever asked for it.
#[test]
fn restarts_count_for_every_document_in_progress() {
    let mut plan = plan_of(&[(0.0, 10.0, vec![outcome(1.0, Exit(194))]), (0.0, 1000.0, vec![])]);
    plan.groups[0].agent.retries = 2;
    let history = history(&plan, 0);
    // The third restart, at 0.1 + 3 x 145, is too many for both.
    for command in 0..2 {
        let broken = times(&of_command(&history, command), Fact::Broken { instance: 0 });
        assert_eq!(broken, [at(435.1)]);
        assert_eq!(ended_as(&of_command(&history, command), 0), (DeliveryTimedOut, at(4200.0)));
    }
    assert_eq!(rebooted(&history).len(), 3);
}

/// S8.29: in between nothing reaches the agent: a message is Delayed, and with it one delivery time after the reboot.
#[test]
fn messages_wait_for_the_end_of_a_reboot() {
    let history =
        history(&plan_of(&[(0.0, 10.0, reboots_once()), (20.0, 5.0, vec![]), (145.0, 5.0, vec![])]), 0);
    let second = of_command(&history, 1);
    assert_eq!(changes(&second, 0), [(Delayed, at(20.1)), (InProgress, at(145.2))]);
    assert_eq!(ended_as(&second, 0), (Success, at(150.2)));
    // What arrives at the very end of the reboot is received.
    let third = of_command(&history, 2);
    assert_eq!(changes(&third, 0), [(InProgress, at(145.1))]);
}

/// S8.29: a cancel message that arrives in between is lost, and the step runs again to its end.
#[test]
fn a_cancel_message_is_lost_in_a_reboot() {
    for (moment, is_lost) in [(50.0, true), (146.0, false)] {
        let mut plan = plan_of(&[(0.0, 10.0, reboots_once())]);
        plan.commands[0].cancels = vec![cancel(moment, &[])];
        let history = history(&plan, 0);
        assert_eq!(changes(&history, 0)[1], (Cancelling, at(moment)));
        let expected = if is_lost { (Success, at(155.1)) } else { (Cancelled, at(146.100001)) };
        assert_eq!(ended_as(&history, 0), expected);
    }
}

/// S7.10, O-54: what was cancelled while it waited bears no mark after a reboot, and runs; with the other reading it is dropped as
/// before.
#[test]
fn a_cancel_of_what_waits_is_forgotten_in_a_reboot() {
    let mut plan = plan_of(&[(0.0, 10.0, reboots_once()), (0.0, 5.0, vec![])]);
    plan.groups[0].agent.workers = 1;
    plan.commands[1].cancels = vec![cancel(5.0, &[])];
    let second = of_command(&history(&plan, 0), 1);
    assert_eq!(times(&second, Fact::Started { instance: 0 }), [at(155.1)]);
    assert_eq!(ended_as(&second, 0), (Success, at(160.1)));
    plan.readings.agent_quirks = false;
    let second = of_command(&history(&plan, 0), 1);
    assert_eq!(times(&second, Fact::Released { instance: 0 }), [at(155.1)]);
    assert!(times(&second, Fact::Started { instance: 0 }).is_empty());
    assert_eq!(ended_as(&second, 0), (Cancelled, at(4200.0)));
}

/// S5.3, O-20: the service does not wait for a reboot; what runs again afterwards is late.
#[test]
fn the_service_gives_up_during_a_reboot() {
    let mut plan = plan_of(&[(0.0, 10.0, vec![in_run(1, Exit(194)), in_run(2, Exit(4))])]);
    plan.commands[0].timeout_seconds = 30;
    plan.commands[0].execution_timeout_seconds = 30;
    let history = history(&plan, 0);
    assert_eq!(ended_as(&history, 0), (DeliveryTimedOut, at(60.0)));
    assert_eq!(times(&history, Fact::LateReply { instance: 0, response_code: 4 }), [at(155.1)]);
    assert_eq!(times(&history, Fact::Broken { instance: 0 }), [at(155.1)]);
}

/// O-23: an instance that stops while it reboots does not come back; what it had begun is broken.
#[test]
fn an_instance_may_stop_while_it_reboots() {
    let mut plan = plan_of(&[(0.0, 10.0, reboots_once()), (0.0, 5.0, vec![])]);
    plan.groups[0].agent.workers = 1;
    plan.groups[0].availability =
        group_away("", 0, AvailabilityState::StoppedAt(lasting(100.0))).availability;
    let history = history(&plan, 0);
    assert_eq!((began(&history), rebooted(&history)), (vec![at(10.1)], vec![]));
    assert_eq!(times(&of_command(&history, 0), Fact::Broken { instance: 0 }), [at(100.0)]);
    assert!(times(&of_command(&history, 1), Fact::Broken { instance: 0 }).is_empty());
    assert_eq!(endings(&history, DeliveryTimedOut), 2);
}

/// S8.39: in a document of several steps the reboot repeats the step that asked, not those before it.
#[test]
fn only_the_step_that_asked_runs_again() {
    let mut plan = plan_of(&[(0.0, 10.0, vec![])]);
    let platforms = [Platform::Linux, Platform::Windows];
    plan.commands[0].steps = vec![Step::plain("step", &platforms, 3600); 3];
    plan.groups[0].steps.push(StepBehaviour {
        command: 0,
        step: 1,
        execution: constant(20.0),
        outcomes: vec![in_run(1, Exit(194)), in_run(2, Exit(194))],
        output: None,
    });
    let history = history(&plan, 0);
    let told: Vec<_> =
        steps_ended(&history, 0).into_iter().map(|(time, step, reply)| (step, reply.status, time)).collect();
    let (again, success) = (StepStatus::SuccessAndReboot, StepStatus::Success);
    assert_eq!(
        told,
        [
            (0, success, at(10.1)),
            (1, again, at(30.1)),
            (1, again, at(30.1 + REBOOT + 20.0)),
            (1, success, at(30.1 + 2.0 * (REBOOT + 20.0))),
            // As the group says, as no behaviour of its own does.
            (2, success, at(30.1 + 2.0 * (REBOOT + 20.0) + 10.0)),
        ]
    );
    assert_eq!(ended(&history, 0).1.elapsed, Some(lasting(350.0)));
}

/// The time of a boot is drawn for each reboot anew.
#[test]
fn each_boot_takes_its_own_time() {
    let mut plan = plan_of(&[(0.0, 1.0, vec![outcome(1.0, Exit(194))])]);
    plan.groups[0] = Group {
        reboot: fleetsim::base::distribution::Distribution::Uniform { min: 0.0, max: 600e6 },
        ..plan.groups[0].clone()
    };
    let history = history(&plan, 0);
    let mut took: Vec<_> =
        began(&history).into_iter().zip(rebooted(&history)).map(|(from, to)| to.since(from)).collect();
    assert_eq!(took.len(), 16);
    assert!(took.iter().all(|&time| lasting(75.0) < time && time <= lasting(675.0)));
    took.sort_unstable();
    took.dedup();
    assert_eq!(took.len(), 16);
}

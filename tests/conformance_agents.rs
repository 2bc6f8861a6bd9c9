//! Section 8.1 and S8.20, sentence by sentence: what an agent takes in, what waits, what it refuses.

mod common;

use common::*;
use fleetsim::{
    history::{Fact, Record},
    scenario::plan::{AgentLimits, Command, ExecutionResult, Plan, StepBehaviour},
    ssm::{StatusDetails, reading::CancelUnanswered},
};
use proptest::prelude::*;

use StatusDetails::{Cancelled, Cancelling, Delayed, DeliveryTimedOut, InProgress, Success};

/// Commands to one instance, each with the time of its request and how long its script takes. Delivery takes 0.1 s.
fn queue(commands: &[(f64, f64)]) -> Plan {
    let one = command(&["a"], "1", "0");
    let mut plan = plan(vec![group("a", 1)], one.clone());
    plan.commands = commands.iter().map(|&(at, _)| Command { at: lasting(at), ..one.clone() }).collect();
    let behaviour = |(command, &(_, seconds)): (u32, &(f64, f64))| StepBehaviour {
        command,
        step: 0,
        execution: constant(seconds),
        outcomes: vec![],
        output: None,
    };
    plan.groups[0].steps = (0..).zip(commands).map(behaviour).collect();
    plan
}

/// What the pool of the only instance did with a command, with times.
fn pool(history: &[Record], command: u32) -> Vec<(&'static str, f64)> {
    let told = |record: &Record| {
        let what = match record.fact {
            Fact::Accepted { queued: true, .. } => "waits",
            Fact::Accepted { queued: false, .. } => "runs",
            Fact::Started { .. } => "started",
            Fact::Released { .. } => "released",
            Fact::Refused { .. } => "refused",
            _ => return None,
        };
        Some((what, record.time.0 as f64 / 1e6))
    };
    of_command(history, command).iter().filter_map(told).collect()
}

/// S8.2: five run, five wait, the eleventh is refused. O-25: it is Delayed, and sent again 10 s and a delivery later.
#[test]
fn ten_are_taken_and_the_eleventh_is_refused() {
    let history = history(&queue(&[(0.0, 10.0); 11]), 0);
    for command in 0..5 {
        assert_eq!(pool(&history, command), [("runs", 0.1), ("released", 10.1)]);
    }
    for command in 5..10 {
        let expected = [("waits", 0.1), ("started", 10.1), ("released", 20.1)];
        assert_eq!(pool(&history, command), expected, "{command}");
    }
    let expected = [("refused", 0.1), ("waits", 10.2), ("started", 20.1), ("released", 30.1)];
    assert_eq!(pool(&history, 10), expected);
    let eleventh = of_command(&history, 10);
    // T3, T4, C3: as after any send that failed.
    let expected = [(Delayed, at(0.1)), (InProgress, at(10.2))];
    assert_eq!(changes(&eleventh, 0), expected);
    assert_eq!(command_changes(&eleventh)[1..], expected);
    assert_eq!(ended_as(&eleventh, 0), (Success, at(30.1)));
}

/// O-25: 10 s, then 20, 40, 80, 160 and every 300 s, each time with a delivery of 0.1 s; Settled 4: the slot is held.
#[test]
fn a_refused_invocation_is_sent_again_later_and_later() {
    let mut plan = queue(&[(0.0, 1000.0), (0.0, 1.0), (0.0, 1.0)]);
    plan.groups[0].agent = AgentLimits { workers: 1, buffer: 1, retries: 15 };
    let history = history(&plan, 0);
    let refusals = [0.1, 10.2, 30.3, 70.4, 150.5, 310.6, 610.7, 910.8];
    let mut expected: Vec<_> = refusals.map(|time| ("refused", time)).to_vec();
    // The one that waited is over at 1001.1.
    expected.extend([("runs", 1210.9), ("released", 1211.9)]);
    assert_eq!(pool(&history, 2), expected);
    let third = of_command(&history, 2);
    assert_eq!(changes(&third, 0), [(Delayed, at(0.1)), (InProgress, at(1210.9))]);
    assert_eq!(send_times(&third), [at(0.0)]);
}

/// O-25: until the command expires.
#[test]
fn a_refused_invocation_may_never_get_in() {
    let mut plan = queue(&[(0.0, 3000.0), (0.0, 3000.0), (0.0, 1.0)]);
    plan.groups[0].agent = AgentLimits { workers: 1, buffer: 1, retries: 15 };
    plan.commands[2].timeout_seconds = 100;
    plan.commands[2] = limited(plan.commands[2].clone(), 100);
    let third = of_command(&history(&plan, 0), 2);
    assert_eq!(ended_as(&third, 0), (DeliveryTimedOut, at(200.0)));
    assert_eq!(third.last().unwrap().time, at(200.0));
}

/// S8.20: InProgress does not wait for a worker; S5.14: the time in the queue is not execution time.
#[test]
fn what_waits_is_in_progress() {
    let mut plan = queue(&[(0.0, 100.0), (1.0, 100.0)]);
    plan.groups[0].agent.workers = 1;
    plan.groups[0].reply = Some(constant(2.0));
    plan.commands = plan.commands.into_iter().map(|command| limited(command, 150)).collect();
    let history = history(&plan, 0);
    let second = of_command(&history, 1);
    assert_eq!(pool(&history, 1), [("waits", 1.1), ("started", 100.1), ("released", 200.1)]);
    assert_eq!(changes(&second, 0), [(InProgress, at(3.1))]);
    let (time, ending) = ended(&second, 0);
    assert_eq!((time, ending.state.details), (at(202.1), Success));
    assert_eq!((ending.started, ending.elapsed), (Some(at(100.1)), Some(lasting(100.0))));
}

/// S8.3: one queue for all commands of an instance, first come, first served, whatever they take.
#[test]
fn first_come_first_served() {
    let mut plan = queue(&[(0.0, 50.0), (0.3, 5.0), (0.1, 20.0), (0.2, 1.0)]);
    plan.groups[0].agent.workers = 1;
    let history = history(&plan, 0);
    let started = |command| times(&of_command(&history, command), Fact::Started { instance: 0 });
    assert_eq!((started(2), started(3), started(1)), (vec![at(50.1)], vec![at(70.1)], vec![at(71.1)]));
}

/// S8.3: a worker that becomes free serves what waits before what is received in the same instant.
#[test]
fn a_free_worker_serves_the_same_instant() {
    let mut plan = queue(&[(0.0, 10.0), (1.0, 5.0), (10.0, 5.0)]);
    plan.groups[0].agent = AgentLimits { workers: 1, buffer: 1, retries: 15 };
    // The first ends at 10.1, when the third is received: it takes the place of the second, which takes the worker.
    let history = history(&plan, 0);
    assert_eq!(pool(&history, 1), [("waits", 1.1), ("started", 10.1), ("released", 15.1)]);
    assert_eq!(pool(&history, 2), [("waits", 10.1), ("started", 15.1), ("released", 20.1)]);
}

/// What pools do is told where an agent may have more commands than workers, and only there.
#[test]
fn pools_are_told_of_where_agents_may_be_busy() {
    let mut plan = queue(&[(0.0, 10.0); 3]);
    let mut other = group("b", 1);
    other.agent.workers = 2;
    plan.groups.push(other);
    for command in &mut plan.commands {
        command.request.targets.as_mut().unwrap()[0].values.push("b".into());
        command.request.max_concurrency = Some("2".into());
    }
    let is_told = |record: &Record, instance| {
        let taken = |queued| Fact::Accepted { instance, queued };
        [taken(false), taken(true), Fact::Released { instance }].contains(&record.fact)
    };
    let history = history(&plan, 0);
    assert_eq!(history.iter().filter(|record| is_told(record, 0)).count(), 0);
    assert_eq!(history.iter().filter(|record| is_told(record, 1)).count(), 6);
}

/// Six commands received at 590 s; five of them run until `free`, the sixth then takes 300 s.
fn behind_five_others(free: f64) -> Plan {
    let mut plan = queue(&[(0.0, free - 590.0); 6]);
    plan.groups[0].delivery = constant(590.0);
    plan.groups[0].steps[5].execution = constant(300.0);
    plan.commands.iter_mut().for_each(|command| command.steps[0].timeout_seconds = 40_000);
    plan
}

/// Section 5.5, row 5, S5.9, O-20: received at 590, behind five others until 4000, then 300 s of script: the service gives up
/// at 4200, and the work gets done.
#[test]
fn waiting_for_others_until_it_is_too_late() {
    let history = history(&behind_five_others(4000.0), 0);
    let sixth = of_command(&history, 5);
    assert_eq!(pool(&history, 5), [("waits", 590.0), ("started", 4000.0), ("released", 4300.0)]);
    assert_eq!(changes(&sixth, 0), [(InProgress, at(590.0))]);
    let (time, ending) = ended(&sixth, 0);
    assert_eq!((ending.state.details, time), (DeliveryTimedOut, at(4200.0)));
    // The service knows of the receipt, not of the wait.
    assert_eq!((ending.started, ending.elapsed), (Some(at(590.0)), None));
    assert_eq!(times(&sixth, Fact::LateReply { instance: 0, response_code: 0 }), [at(4300.0)]);
    assert!(times(&sixth, Fact::Broken { instance: 0 }).is_empty());
}

/// Settled 9: what still waits when its command has expired is dropped by the worker that becomes free. At the very
/// instant it still starts, as everything that happens at the instant of a deadline counts.
#[test]
fn what_waits_beyond_expiry_does_not_start() {
    for (free, starts) in [(4200.0, true), (4200.000001, false), (4500.0, false)] {
        let history = history(&behind_five_others(free), 0);
        let next = if starts {
            vec![("started", free), ("released", free + 300.0)]
        } else {
            vec![("released", free)]
        };
        assert_eq!(pool(&history, 5)[1..], next);
        let sixth = of_command(&history, 5);
        assert_eq!(ended_as(&sixth, 0), (DeliveryTimedOut, at(4200.0)));
        let late = times(&sixth, Fact::LateReply { instance: 0, response_code: 0 });
        assert_eq!(late.len(), usize::from(starts));
        assert!(times(&sixth, Fact::Broken { instance: 0 }).is_empty());
    }
}

/// Settled 9, S5.22: the reading that it runs all the same; and a failure then breaks.
#[test]
fn what_waits_beyond_expiry_runs_if_so_read() {
    let mut plan = behind_five_others(4500.0);
    plan.readings.agent_runs_expired = true;
    plan.groups[0].steps[5].outcomes = vec![outcome(1.0, ExecutionResult::Exit(7))];
    let history = history(&plan, 0);
    let sixth = of_command(&history, 5);
    assert_eq!(pool(&history, 5)[1..], [("started", 4500.0), ("released", 4800.0)]);
    assert_eq!(ended_as(&sixth, 0), (DeliveryTimedOut, at(4200.0)));
    assert_eq!(times(&sixth, Fact::LateReply { instance: 0, response_code: 7 }), [at(4800.0)]);
    assert_eq!(times(&sixth, Fact::Broken { instance: 0 }), [at(4800.0)]);
}

/// S7.4, S7.10, S7.11, O-24: the cancel message overtakes what waits; what it names is dropped when a worker becomes free,
/// without a reply, and the service resolves it at `ExpiresAfter`.
#[test]
fn a_cancelled_invocation_that_waits_is_dropped_without_a_reply() {
    let mut plan = queue(&[(0.0, 100.0), (0.0, 10.0), (0.0, 10.0)]);
    plan.groups[0].agent.workers = 1;
    plan.commands[1].cancels = vec![cancel(5.0, &[])];
    for (reading, details) in
        [(CancelUnanswered::Cancelled, Cancelled), (CancelUnanswered::DeliveryTimedOut, DeliveryTimedOut)]
    {
        plan.readings.cancel_unanswered = reading;
        let history = history(&plan, 0);
        let second = of_command(&history, 1);
        assert_eq!(pool(&history, 1), [("waits", 0.1), ("released", 100.1)]);
        assert_eq!(changes(&second, 0), [(InProgress, at(0.1)), (Cancelling, at(5.0))]);
        let (time, ending) = ended(&second, 0);
        assert_eq!((ending.state.details, time), (details, at(4200.0)));
        assert_eq!((ending.response_code, ending.elapsed), (-1, None));
        // Settled 13: nothing started.
        assert!(times(&second, Fact::Broken { instance: 0 }).is_empty());
        // The third takes the worker in the same instant.
        assert_eq!(pool(&history, 2)[1], ("started", 100.1));
    }
}

/// S7.10: until then it keeps its place in the buffer.
#[test]
fn a_cancelled_invocation_that_waits_keeps_its_place() {
    let mut plan = queue(&[(0.0, 100.0), (0.0, 10.0), (50.0, 10.0)]);
    plan.groups[0].agent = AgentLimits { workers: 1, buffer: 1, retries: 15 };
    plan.commands[1].cancels = vec![cancel(5.0, &[])];
    assert_eq!(pool(&history(&plan, 0), 2)[0], ("refused", 50.1));
}

/// S7.2: a cancel message that arrives when the worker has just taken the invocation up kills it; S7.7: the worker is free.
#[test]
fn a_cancel_that_comes_too_late_for_the_queue_kills() {
    let mut plan = queue(&[(0.0, 100.0), (0.0, 10.0), (0.0, 10.0)]);
    plan.groups[0].agent.workers = 1;
    plan.commands[1].cancels = vec![cancel(100.05, &[])];
    let history = history(&plan, 0);
    let second = of_command(&history, 1);
    assert_eq!(pool(&history, 1)[1..], [("started", 100.1), ("released", 100.15)]);
    let (time, ending) = ended(&second, 0);
    assert_eq!((ending.state.details, time), (Cancelled, at(100.150001)));
    assert_eq!((ending.started, ending.elapsed), (Some(at(100.1)), Some(lasting(0.05))));
    assert_eq!(times(&second, Fact::Broken { instance: 0 }), [at(100.15)]);
    assert_eq!(pool(&history, 2)[1], ("started", 100.15));
}

/// O-24: what the service does not know to be received is Cancelled at once. It goes on with the agent all the same, whether it runs or waits,
/// for no cancel message is sent.
#[test]
fn a_wait_that_the_service_does_not_know_of() {
    let mut plan = queue(&[(0.0, 10.0), (0.0, 10.0)]);
    plan.groups[0].agent.workers = 1;
    plan.groups[0].reply = Some(constant(3.0));
    plan.commands.iter_mut().for_each(|command| command.cancels = vec![cancel(1.0, &[])]);
    let history = history(&plan, 0);
    assert_eq!(pool(&history, 0), [("runs", 0.1), ("released", 10.1)]);
    assert_eq!(pool(&history, 1), [("waits", 0.1), ("started", 10.1), ("released", 20.1)]);
    for (command, replies) in [(0, vec![at(13.1)]), (1, vec![at(23.1)])] {
        let history = of_command(&history, command);
        assert_eq!(ended_as(&history, 0), (Cancelled, at(1.0)));
        assert_eq!(times(&history, Fact::LateReply { instance: 0, response_code: 0 }), replies);
    }
}

/// O-23, Settled 13: a step that stops its instance takes with it what runs there, and what waits never starts. Later
/// messages find the instance away or gone.
#[test]
fn an_instance_that_is_gone_takes_everything_with_it() {
    for (result, later) in [
        (ExecutionResult::Stopped, DeliveryTimedOut),
        (ExecutionResult::Terminated, StatusDetails::Undeliverable),
    ] {
        let mut plan = queue(&[(0.0, 100.0), (0.0, 1000.0), (0.0, 10.0), (200.0, 10.0)]);
        plan.groups[0].agent.workers = 2;
        plan.groups[0].steps[0].outcomes = vec![outcome(1.0, result)];
        let history = history(&plan, 0);
        let broken = |command| times(&of_command(&history, command), Fact::Broken { instance: 0 });
        let moment = broken(0)[0];
        assert!(at(0.1) < moment && moment <= at(100.1));
        assert_eq!((broken(0).len(), broken(1)), (1, vec![moment]));
        assert!(broken(2).is_empty() && broken(3).is_empty());
        for command in 0..3 {
            assert_eq!(ended_as(&of_command(&history, command), 0), (DeliveryTimedOut, at(4200.0)));
            assert!(!pool(&history, command).iter().any(|(what, _)| ["started", "released"].contains(what)));
        }
        let (details, time) = ended_as(&of_command(&history, 3), 0);
        assert_eq!(details, later);
        assert_eq!(time, if later == DeliveryTimedOut { at(4400.0) } else { at(200.1) });
    }
}

/// T3, C3, T11: refused first, then the instance is gone: one send that failed, once.
#[test]
fn refused_and_then_undeliverable() {
    let mut plan = queue(&[(0.0, 9.0), (0.0, 9.0), (0.0, 9.0)]);
    plan.groups[0].agent = AgentLimits { workers: 1, buffer: 1, retries: 15 };
    plan.groups[0].steps[0].outcomes = vec![outcome(1.0, ExecutionResult::Terminated)];
    let third = of_command(&history(&plan, 0), 2);
    assert_eq!(changes(&third, 0), [(Delayed, at(0.1))]);
    assert_eq!(command_changes(&third), [(InProgress, at(0.0)), (Delayed, at(0.1))]);
    assert_eq!(ended_as(&third, 0), (StatusDetails::Undeliverable, at(10.2)));
}

/// When each of several commands starts, by the textbook: each takes the worker that is free first, in the order of their
/// receipt (for one worker this is Lindley's recursion).
fn starts(arrivals_and_services: &[(u64, u64)], workers: usize) -> Vec<u64> {
    let mut free = vec![0; workers];
    let start = |&(arrival, service): &(u64, u64)| {
        let first = free.iter_mut().min().unwrap();
        let start = arrival.max(*first);
        *first = start + service;
        start
    };
    arrivals_and_services.iter().map(start).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(500) })]

    /// S8.3: the waits of a queue with one or several servers, from the recursion.
    #[test]
    fn waits_are_those_of_the_textbook(
        gaps in prop::collection::vec((0_u64..40, 1_u64..60), 2..40),
        workers in 1_usize..5,
    ) {
        let mut now = 0;
        let commands: Vec<(u64, u64)> = gaps
            .into_iter()
            .map(|(gap, service)| {
                now += gap;
                (now, service)
            })
            .collect();
        let in_seconds: Vec<_> = commands.iter().map(|&(at, takes)| (at as f64, takes as f64)).collect();
        let mut plan = queue(&in_seconds);
        plan.groups[0].agent = AgentLimits { workers: workers as u32, buffer: 100, retries: 15 };
        let history = history(&plan, 0);
        for (command, start) in (0..).zip(starts(&commands, workers)) {
            // Delivery shifts everything by a tenth of a second.
            let (time, ending) = ended(&of_command(&history, command), 0);
            let (start, service) = (start as f64 + 0.1, commands[command as usize].1 as f64);
            prop_assert_eq!(ending.started, Some(at(start)));
            prop_assert_eq!((time, ending.elapsed), (at(start + service), Some(lasting(service))));
        }
    }
}

//! Documents of several steps, sentence by sentence: S6.1, S7.7, S7.8, S8.26, S8.32, S8.34, section 8.6.

mod common;

use common::*;
use fleetsim::{
    base::{SimTime, distribution::Distribution},
    history::{Fact, Record, StepReply},
    scenario::plan::{ExecutionResult, Group, Plan, Step, StepBehaviour},
    ssm::{
        InvocationStatus, StatusDetails, StepStatus, document::OnFailure, reading::CancelUnanswered,
        status::Platform,
    },
};

use ExecutionResult::{Exit, Hang, ReplyLost};
use StatusDetails as D;
use StepStatus::{Cancelled, Failed, Skipped, Success, TimedOut};

const BOTH: [Platform; 2] = [Platform::Linux, Platform::Windows];

/// A document of these steps, each with how its script ends. Step 0 takes 10 s, step 1 20 s, and so on.
fn document(steps: &[(Step, ExecutionResult)]) -> Plan {
    let mut one = running_on(command(&["a"], "1", "0"), &BOTH);
    one.steps = steps.iter().map(|(step, _)| step.clone()).collect();
    let behaviour = |(step, (_, result)): (u32, &(Step, ExecutionResult))| StepBehaviour {
        command: 0,
        step,
        execution: constant(10.0 * f64::from(step + 1)),
        outcomes: vec![outcome(1.0, *result)],
        output: None,
    };
    let steps = (0..).zip(steps).map(behaviour).collect();
    plan(vec![Group { steps, ..group("a", 1) }], one)
}

fn step() -> Step {
    Step::plain("step", &BOTH, 3600)
}

fn scripts(results: &[ExecutionResult]) -> Plan {
    document(&results.iter().map(|&result| (step(), result)).collect::<Vec<_>>())
}

/// What is told of the steps: status, code, and when in seconds.
fn told(history: &[Record]) -> Vec<(StepStatus, i32, f64)> {
    let steps = steps_ended(history, 0);
    assert!(steps.iter().map(|(_, step, _)| *step).eq(0..steps.len() as u32), "in the document's order");
    let seconds = |time: SimTime| time.0 as f64 / 1e6;
    steps.iter().map(|(time, _, reply)| (reply.status, reply.response_code, seconds(*time))).collect()
}

/// The invocation's end: details, code and when.
fn end(history: &[Record]) -> (D, i32, SimTime) {
    let (time, ending) = ended(history, 0);
    (ending.state.details, ending.response_code, time)
}

/// S1.1, S8.26: one step after the other; a reply for each; S6.3 and the contract: the sum spans them all.
#[test]
fn steps_run_one_after_the_other() {
    let history = history(&scripts(&[Exit(0); 3]), 0);
    assert_eq!(told(&history), [(Success, 0, 10.1), (Success, 0, 30.1), (Success, 0, 60.1)]);
    let spans: Vec<_> =
        steps_ended(&history, 0).iter().map(|(_, _, reply)| (reply.started, reply.elapsed)).collect();
    assert_eq!(spans, [(at(0.1), lasting(10.0)), (at(10.1), lasting(20.0)), (at(30.1), lasting(30.0))]);
    let (time, ending) = ended(&history, 0);
    assert_eq!((time, ending.state.details, ending.response_code), (at(60.1), D::Success, 0));
    assert_eq!((ending.started, ending.elapsed), (Some(at(0.1)), Some(lasting(60.0))));
    // S6.5: until then it is InProgress.
    assert_eq!(changes(&history, 0), [(D::InProgress, at(0.1))]);
    // The last step right before the end.
    let place =
        history.iter().position(|record| matches!(record.fact, Fact::InvocationEnded { .. })).unwrap();
    assert!(matches!(history[place - 1].fact, Fact::StepEnded { step: 2, .. }));
}

/// S8.26: what is not told: the step of a document with one.
#[test]
fn a_single_step_is_not_told_for_itself() {
    assert!(told(&history(&scripts(&[Exit(1)]), 0)).is_empty());
}

/// S2.2, S8.32, S6.1: a failed step does not keep the later ones from running; the sum is Failed, with the code of the
/// first failure. Settled 13: broken is the instance from that step on.
#[test]
fn a_failed_step_does_not_stop_the_later_ones() {
    let history = history(&scripts(&[Exit(0), Exit(3), Exit(4), Exit(0)]), 0);
    let expected = [(Success, 0, 10.1), (Failed, 3, 30.1), (Failed, 4, 60.1), (Success, 0, 100.1)];
    assert_eq!(told(&history), expected);
    assert_eq!(end(&history), (D::Failed, 3, at(100.1)));
    assert_eq!(times(&history, Fact::Broken { instance: 0 }), [at(30.1)]);
}

/// Section 8.6: 168 and 169 in the middle: the remaining steps are skipped, at once.
#[test]
fn exit_codes_that_end_the_document() {
    for (code, status, details) in [(168, Success, D::Success), (169, Failed, D::Failed)] {
        let history = history(&scripts(&[Exit(0), Exit(code), Exit(1), Exit(1)]), 0);
        let expected = [(Success, 0, 10.1), (status, code, 30.1), (Skipped, -1, 30.1), (Skipped, -1, 30.1)];
        assert_eq!(told(&history), expected);
        assert_eq!(end(&history), (details, code, at(30.1)));
        let broken = times(&history, Fact::Broken { instance: 0 });
        assert_eq!(broken.len(), usize::from(details == D::Failed));
        // What did not run begins where the step before it ended, and takes no time.
        let (_, _, skipped) = steps_ended(&history, 0)[2];
        assert_eq!((skipped.started, skipped.elapsed), (at(30.1), lasting(0.0)));
    }
}

/// S8.32: `onFailure: exit` and `successAndExit`, `onSuccess: exit`; ours: the code of a failure that counts as a success is
/// 168, and it breaks nothing.
#[test]
fn rules_for_what_follows() {
    let on_failure = |on_failure| Step { on_failure, ..step() };
    let exit_on_success = Step { exit_on_success: true, ..step() };
    for (rule, result, status, code, ends, details) in [
        (on_failure(OnFailure::Exit), Exit(5), Failed, 5, true, D::Failed),
        (on_failure(OnFailure::Exit), Exit(0), Success, 0, false, D::Failed),
        (on_failure(OnFailure::SuccessAndExit), Exit(5), Success, 168, true, D::Success),
        (exit_on_success.clone(), Exit(0), Success, 0, true, D::Success),
        (exit_on_success, Exit(5), Failed, 5, false, D::Failed),
        // S8.32: a step that timed out does not trigger `onFailure`.
        (on_failure(OnFailure::Exit), Exit(137), TimedOut, 137, false, D::Failed),
        (on_failure(OnFailure::SuccessAndExit), Exit(137), TimedOut, 137, false, D::Failed),
    ] {
        let history = history(&document(&[(rule.clone(), result), (step(), Exit(9))]), 0);
        let second = if ends { (Skipped, -1, 10.1) } else { (Failed, 9, 30.1) };
        assert_eq!(told(&history), [(status, code, 10.1), second], "{rule:?} {result:?}");
        assert_eq!(end(&history).0, details, "{rule:?} {result:?}");
        let is_broken = details != D::Success;
        assert_eq!(times(&history, Fact::Broken { instance: 0 }).len(), usize::from(is_broken));
    }
}

/// S8.32: a document of one step can be forgiven its failure, too.
#[test]
fn a_single_failure_may_count_as_a_success() {
    let rule = Step { on_failure: OnFailure::SuccessAndExit, ..step() };
    let history = history(&document(&[(rule, Exit(5))]), 0);
    assert_eq!(end(&history), (D::Success, 168, at(10.1)));
    assert!(told(&history).is_empty() && times(&history, Fact::Broken { instance: 0 }).is_empty());
}

/// S8.32: `finallyStep` runs whatever came before; those between are skipped before it, in the instant of its reply.
#[test]
fn a_final_step_always_runs() {
    let finally = |result| (Step { finally: true, ..step() }, result);
    for (first, status, details, code) in [
        (Exit(169), Failed, D::Failed, 169),
        (Exit(168), Success, D::Success, 0),
        (Exit(0), Success, D::Failed, 8),
    ] {
        let history = history(&document(&[(step(), first), (step(), Exit(8)), finally(Exit(0))]), 0);
        let between = if first == Exit(0) { (Failed, 8, 30.1) } else { (Skipped, -1, 40.1) };
        let last = if first == Exit(0) { 60.1 } else { 40.1 };
        let Exit(own) = first else { unreachable!() };
        assert_eq!(told(&history), [(status, own, 10.1), between, (Success, 0, last)]);
        assert_eq!(end(&history), (details, code, at(last)));
    }
    // It counts like any other.
    let history = history(&document(&[(step(), Exit(168)), finally(Exit(4))]), 0);
    assert_eq!(end(&history), (D::Failed, 4, at(30.1)));
}

/// S8.34: a step is skipped where it does not run, each instance by its own platform; S6.3: that is as good as success.
#[test]
fn steps_are_skipped_by_platform() {
    let only = |platform| Step { platforms: vec![platform], ..step() };
    let mut plan = document(&[
        (only(Platform::Windows), Exit(1)),
        (step(), Exit(0)),
        (only(Platform::Linux), Exit(0)),
        (only(Platform::Windows), Exit(2)),
    ]);
    let mut windows = with(plan.groups[0].clone(), |members| {
        members.id_prefix = "i-w".into();
        members.platform = Platform::Windows;
    });
    windows.name = "w".into();
    plan.groups.push(windows);
    plan.commands[0].request.max_concurrency = Some("2".into());
    let history = history(&plan, 0);
    let told = |instance| -> Vec<_> {
        let began = sent(&history, instance).unwrap();
        let since =
            |(time, _, reply): (SimTime, u32, StepReply)| (reply.status, time.since(began).as_secs_f64());
        steps_ended(&history, instance).into_iter().map(since).collect()
    };
    // Those skipped are told with the step behind them, or with the end.
    assert_eq!(told(0), [(Skipped, 20.1), (Success, 20.1), (Success, 50.1), (Skipped, 50.1)]);
    assert_eq!(told(1), [(Failed, 10.1), (Success, 30.1), (Skipped, 70.1), (Failed, 70.1)]);
    assert_eq!(ended(&history, 0).1.state.details, D::Success);
    assert_eq!((ended(&history, 1).1.state.details, ended(&history, 1).1.response_code), (D::Failed, 1));
}

/// S8.34, S6.3: where no step runs at all, the document is a success that takes no time but the reply's; ours: with code 0.
#[test]
fn a_document_without_a_step_that_runs() {
    let windows = Step { platforms: vec![Platform::Windows], ..step() };
    for (steps, reply, end) in [(1, None, 0.100001), (2, None, 0.100001), (2, Some(2.0), 2.100001)] {
        let mut plan = document(&vec![(windows.clone(), Exit(1)); steps]);
        plan.groups[0].reply = reply.map(constant);
        let history = history(&plan, 0);
        let (time, ending) = ended(&history, 0);
        assert_eq!((ending.state.details, ending.response_code, time), (D::Success, 0, at(end)));
        assert_eq!((ending.started, ending.elapsed), (Some(at(0.1)), Some(lasting(0.0))));
        assert_eq!(told(&history), if steps == 1 { vec![] } else { vec![(Skipped, -1, end); 2] });
    }
}

/// S5.14, S5.15, S8.32: each step has its own clock; one that is killed at its end is TimedOut, and the next goes on.
#[test]
fn each_step_has_its_own_timeout() {
    let limited = |timeout_seconds| Step { timeout_seconds, ..step() };
    let plan = document(&[
        (limited(7), Exit(0)),
        (limited(60), Hang),
        (limited(30), Exit(0)),
        (limited(39), Exit(0)),
    ]);
    let history = history(&plan, 0);
    let expected = [(TimedOut, 137, 7.1), (TimedOut, 137, 67.1), (Success, 0, 97.1), (TimedOut, 137, 136.1)];
    assert_eq!(told(&history), expected);
    assert_eq!(end(&history), (D::ExecutionTimedOut, 137, at(136.1)));
    assert_eq!(ended(&history, 0).1.state.status, InvocationStatus::TimedOut);
    assert_eq!(times(&history, Fact::Broken { instance: 0 }), [at(7.1)]);
}

/// S6.1: Failed outranks TimedOut, whichever came first.
#[test]
fn a_failure_outranks_a_timeout() {
    let history = history(&scripts(&[Exit(137), Exit(2), Exit(0)]), 0);
    assert_eq!(end(&history), (D::Failed, 2, at(60.1)));
}

/// S7.7: the step that runs is killed, the rest is Cancelled, that which always runs too.
#[test]
fn a_cancel_kills_the_step_that_runs() {
    let finally = Step { finally: true, ..step() };
    let mut plan = document(&[(step(), Exit(0)), (step(), Exit(0)), (step(), Exit(0)), (finally, Exit(0))]);
    plan.commands[0].cancels = vec![cancel(15.0, &[])];
    let history = history(&plan, 0);
    let end_of_all = 15.100001;
    let expected = [
        (Success, 0, 10.1),
        (Cancelled, 137, end_of_all),
        (Cancelled, -1, end_of_all),
        (Cancelled, -1, end_of_all),
    ];
    assert_eq!(told(&history), expected);
    assert_eq!(end(&history), (D::Cancelled, 137, at(end_of_all)));
    assert_eq!(ended(&history, 0).1.elapsed, Some(lasting(15.0)));
    assert_eq!(steps_ended(&history, 0)[1].2.elapsed, lasting(5.0));
    assert_eq!(times(&history, Fact::Broken { instance: 0 }), [at(15.1)]);
}

/// S7.8, O-55: a cancelled invocation whose earlier step failed, or timed out, is reported so.
#[test]
fn an_earlier_failure_outranks_a_cancel() {
    for (first, details, code) in [(Exit(6), D::Failed, 6), (Exit(137), D::ExecutionTimedOut, 137)] {
        let mut plan = scripts(&[first, Exit(0), Exit(0)]);
        plan.commands[0].cancels = vec![cancel(15.0, &[])];
        let history = history(&plan, 0);
        assert_eq!(end(&history), (details, code, at(15.100001)));
        assert_eq!(changes(&history, 0)[1], (D::Cancelling, at(15.0)));
        assert_eq!(told(&history)[1..], [(Cancelled, 137, 15.100001), (Cancelled, -1, 15.100001)]);
        assert_eq!(times(&history, Fact::Broken { instance: 0 }), [at(10.1)]);
    }
}

/// O-23: a reply that is lost takes all later ones with it, and the work goes on.
#[test]
fn lost_replies() {
    let history = history(&scripts(&[Exit(0), ReplyLost, Exit(5), Exit(0)]), 0);
    assert_eq!(told(&history), [(Success, 0, 10.1)]);
    assert_eq!(end(&history), (D::DeliveryTimedOut, -1, at(4200.0)));
    // The third step ran, and failed.
    assert_eq!(times(&history, Fact::Broken { instance: 0 }), [at(60.1)]);
    // As far as the service knows, it began with the first step.
    assert_eq!(ended(&history, 0).1.started, Some(at(0.1)));
}

/// O-23, O-24, S7.7: killed in a step whose reply is lost: nobody says so.
#[test]
fn a_kill_whose_reply_is_lost() {
    let mut plan = scripts(&[ReplyLost, Exit(0)]);
    plan.commands[0].cancels = vec![cancel(5.0, &[])];
    plan.readings.cancel_unanswered = CancelUnanswered::DeliveryTimedOut;
    let history = history(&plan, 0);
    assert_eq!(end(&history), (D::DeliveryTimedOut, -1, at(4200.0)));
    assert_eq!(times(&history, Fact::Broken { instance: 0 }), [at(5.1)]);
}

/// S5.3, O-20: steps that end after the invocation has are not told; the final reply is late, with the code of the sum.
#[test]
fn steps_after_the_end() {
    let mut plan = scripts(&[Exit(0), Exit(0), Exit(7), Exit(0)]);
    plan.commands[0].timeout_seconds = 30;
    plan.commands[0].execution_timeout_seconds = 5;
    let history = history(&plan, 0);
    assert_eq!(told(&history), [(Success, 0, 10.1), (Success, 0, 30.1)]);
    assert_eq!(end(&history), (D::DeliveryTimedOut, -1, at(35.0)));
    assert_eq!(times(&history, Fact::LateReply { instance: 0, response_code: 7 }), [at(100.1)]);
    assert_eq!(times(&history, Fact::Broken { instance: 0 }), [at(60.1)]);
}

/// Replies take their time, each its own, and none overtakes an earlier one.
#[test]
fn no_reply_overtakes_another() {
    let mut plan = scripts(&[Exit(0); 6]);
    plan.groups[0].steps.clear();
    plan.groups[0].execution = constant(1.0);
    plan.groups[0].reply = Some(Distribution::Uniform { min: 0.0, max: 10e6 });
    let (mut held_up, mut latencies) = (0, Vec::new());
    for replication in 0..50 {
        let history = history(&plan, replication);
        let acknowledged = times(&history, Fact::Acknowledged { instance: 0 })[0];
        let mut before = acknowledged;
        for (time, step, reply) in steps_ended(&history, 0) {
            let left = reply.started + reply.elapsed;
            assert_eq!(left, at(0.1 + f64::from(step + 1)));
            assert!(before < time);
            if time.since(before) == lasting(0.000001) {
                held_up += 1;
            } else {
                latencies.push(time.since(left));
            }
            before = time;
        }
        assert_eq!(ended(&history, 0).0, before);
    }
    assert!(held_up > 50, "{held_up}");
    assert!(latencies.iter().all(|&latency| latency <= lasting(10.0)));
    latencies.sort_unstable();
    latencies.dedup();
    assert!(latencies.len() > 100, "each reply has its own latency");
}

/// Principle 9: steps have luck of their own, and the first step's is that of a document with one.
#[test]
fn steps_have_luck_of_their_own() {
    let mut plan = scripts(&[Exit(0); 3]);
    plan.groups[0] = Group { execution: Distribution::Exponential { mean: 10e6 }, ..group("a", 40) };
    plan.commands[0].request.max_concurrency = Some("100%".into());
    let elapsed = |plan: &Plan, step: usize| -> Vec<_> {
        let history = history(plan, 0);
        (0..40).map(|instance| steps_ended(&history, instance)[step].2.elapsed).collect()
    };
    let first = elapsed(&plan, 0);
    assert!(first.iter().zip(elapsed(&plan, 1)).all(|(one, other)| *one != other));
    assert!(elapsed(&plan, 1) != elapsed(&plan, 2));
    let mut single = plan.clone();
    single.commands[0].steps.truncate(1);
    let history = history(&single, 0);
    let alone: Vec<_> = (0..40).map(|instance| ended(&history, instance).1.elapsed.unwrap()).collect();
    assert_eq!(alone, first);
}

/// Principle 9: the slowness of an instance is a factor on each of its steps.
#[test]
fn slowness_is_a_factor_on_each_step() {
    let mut plan = scripts(&[Exit(0), Exit(0)]);
    plan.groups[0].slowness = Distribution::Constant { value: 3.0 };
    assert_eq!(told(&history(&plan, 0)), [(Success, 0, 30.1), (Success, 0, 90.1)]);
}

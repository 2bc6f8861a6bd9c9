//! Section 11: what steps write is put to S3 and CloudWatch Logs before the agent goes on.

mod common;

use common::*;
use fleetsim::{
    base::{Chance, SimDuration, SimTime, distribution::Distribution},
    check::{Checker, Judgement, overall},
    history::{Fact, Observer, Record},
    output::{Failure, Store, Stream, Upload, logs, s3},
    scenario::plan::{
        Command, DeniedStore, ExecutionResult, FaultKind, Group, InjectedFault, Output, Plan, Step, Written,
    },
    ssm::{StatusDetails, StepStatus, request::CloudWatchOutputConfig, status::Platform::Linux},
};

const S3: &[Store] = &[Store::S3];
const LOGS: &[Store] = &[Store::Logs];

fn bytes(count: f64) -> Distribution {
    Distribution::Constant { value: count }
}

/// Puts take half a second and 10,000 bytes a second more; calls for log events 50 ms.
fn output(stdout: f64, stderr: f64) -> Output {
    Output {
        written: Written { stdout: bytes(stdout), stderr: bytes(stderr) },
        s3_latency: constant(0.5),
        s3_bytes_per_second: 10_000,
        s3_failure: Chance(0),
        logs_latency: constant(0.05),
        denied: vec![],
    }
}

fn wanting(mut command: Command, stores: &[Store]) -> Command {
    let request = &mut command.request;
    request.output_s3_bucket_name = stores.contains(&Store::S3).then(|| "outputs".into());
    request.cloud_watch_output_config = stores.contains(&Store::Logs).then(|| CloudWatchOutputConfig {
        cloud_watch_output_enabled: Some(true),
        ..CloudWatchOutputConfig::default()
    });
    command
}

/// One instance that has the command after 0.1 s and runs it for 10 s.
fn alone(output: Output, stores: &[Store]) -> Plan {
    let group = Group { output: Some(Box::new(output)), ..group("a", 1) };
    plan(vec![group], wanting(command(&["a"], "1", "0"), stores))
}

/// The history, which every rule accepts, and what was put.
fn run(plan: &Plan) -> (Vec<Record>, Vec<(SimTime, Upload)>) {
    let history = history(plan, 0);
    let mut checker = Checker::new(plan);
    history.iter().for_each(|record| checker.observe(record));
    let reports = checker.finish();
    assert_eq!(overall(&reports), Judgement::Valid, "{reports:?}");
    let put = |record: &Record| match record.fact {
        Fact::Uploaded(upload) => Some((record.time, upload)),
        _ => None,
    };
    let uploads = history.iter().filter_map(put).collect();
    (history, uploads)
}

/// S11.5, S11.6: an object of the stream that is not empty, and the reply after it; the time told is the process's.
#[test]
fn a_stream_is_an_object_when_the_step_has_ended() {
    let (history, uploads) = run(&alone(output(1000.0, 0.0), S3));
    let object = Upload { bytes: 1000, calls: 1, since: at(10.1), ..Upload::of(0, 0, Stream::Stdout) };
    assert_eq!(uploads, [(at(10.7), object)]);
    let (time, ending) = ended(&history, 0);
    assert_eq!((time, ending.elapsed), (at(10.7), Some(lasting(10.0))));
    assert_eq!(ending.state.details, StatusDetails::Success);
}

/// S11.6: both streams at once.
#[test]
fn the_reply_waits_for_the_longer_stream() {
    let (history, uploads) = run(&alone(output(1000.0, 20_000.0), S3));
    let times: Vec<_> = uploads.iter().map(|(time, upload)| (*time, upload.stream)).collect();
    assert_eq!(times, [(at(10.7), Stream::Stdout), (at(12.6), Stream::Stderr)]);
    assert_eq!(ended_as(&history, 0), (StatusDetails::Success, at(12.6)));
}

/// S11.6, S12.18: six attempts, and the step goes on as if nothing had happened.
#[test]
fn a_put_that_fails_is_tried_again_and_forgiven() {
    let delays = |which: fn((SimDuration, SimDuration)) -> SimDuration| {
        (1..s3::ATTEMPTS).map(|attempt| which(s3::delay_bounds(attempt)).0).sum::<u64>()
    };
    let failing = Output { s3_failure: Chance::ONE, ..output(1000.0, 0.0) };
    let denied = Output { denied: vec![DeniedStore { command: 0, store: Store::S3 }], ..output(1000.0, 0.0) };
    for (output, each, failure) in [(failing, 0.6, Failure::Failed), (denied, 0.5, Failure::AccessDenied)] {
        let (history, uploads) = run(&alone(output, S3));
        let [(time, upload)] = uploads[..] else { panic!("{uploads:?}") };
        assert_eq!((upload.calls, upload.bytes, upload.failure), (6, 0, Some(failure)));
        let took = time.since(at(10.1)).0 - 6 * lasting(each).0;
        assert!((delays(|(least, _)| least)..=delays(|(_, most)| most)).contains(&took), "{took}");
        assert_eq!(ended_as(&history, 0), (StatusDetails::Success, time));
    }
}

/// S11.14, S11.15: a call each second, one more tick to see that nothing is left, a look each second.
#[test]
fn log_events_are_put_each_second_and_hold_the_reply_back() {
    let (history, uploads) = run(&alone(output(2000.0, 0.0), LOGS));
    let stream = Upload {
        store: Store::Logs,
        bytes: 2000,
        calls: 10,
        since: at(1.1),
        ..Upload::of(0, 0, Stream::Stdout)
    };
    assert_eq!(uploads, [(at(10.1), stream)]);
    let (time, ending) = ended(&history, 0);
    assert_eq!((time, ending.elapsed), (at(11.1), Some(lasting(10.0))));
}

/// S11.15: the agent waits for a stream that has nothing in it, too.
#[test]
fn an_empty_stream_delays_the_reply() {
    let mut plan = alone(output(0.0, 0.0), LOGS);
    plan.groups[0].execution = constant(10.5);
    let (history, uploads) = run(&plan);
    assert_eq!(uploads, []);
    assert_eq!(ended_as(&history, 0), (StatusDetails::Success, at(11.6)));
}

/// S11.15, S11.16: a stream that is denied is never done, so the agent waits as long as it waits at most.
#[test]
fn a_stream_that_is_denied_holds_the_reply_back_for_a_minute() {
    let denied = vec![DeniedStore { command: 0, store: Store::Logs }];
    let (history, uploads) = run(&alone(Output { denied, ..output(2000.0, 0.0) }, LOGS));
    let [(_, upload)] = uploads[..] else { panic!("{uploads:?}") };
    assert_eq!((upload.calls, upload.bytes, upload.failure), (0, 0, Some(Failure::AccessDenied)));
    assert_eq!(ended_as(&history, 0), (StatusDetails::Success, at(70.1)));
}

/// S11.15: what has not been put after 60 s is lost.
#[test]
fn a_long_stream_is_cut_off() {
    let (history, uploads) = run(&alone(output(200e6, 0.0), LOGS));
    let [(time, upload)] = uploads[..] else { panic!("{uploads:?}") };
    assert_eq!((time, upload.calls, upload.failure), (at(70.1), 70, Some(Failure::TimedOut)));
    assert_eq!(upload.bytes, 70 * logs::CALL_BYTES);
    assert_eq!(ended_as(&history, 0), (StatusDetails::Success, at(70.1)));
}

/// O-37: by the guide every half minute.
#[test]
fn with_the_guides_period_the_reply_waits_longer() {
    let mut plan = alone(output(2000.0, 0.0), LOGS);
    plan.readings.log_period = SimDuration::from_secs(30);
    let (history, uploads) = run(&plan);
    assert_eq!(uploads[0].0, at(30.1));
    assert_eq!(ended_as(&history, 0), (StatusDetails::Success, at(60.1)));
}

fn of_two_steps() -> Plan {
    let mut plan = alone(output(1000.0, 0.0), S3);
    plan.commands[0].steps = ["one", "two"].map(|name| Step::plain(name, &[Linux], 3600)).to_vec();
    plan
}

/// S11.6: the next step begins when the outputs of the one before are put.
#[test]
fn steps_wait_for_the_outputs_of_the_one_before() {
    let (history, uploads) = run(&of_two_steps());
    let told = steps_ended(&history, 0);
    let times: Vec<_> = told.iter().map(|(time, _, reply)| (*time, reply.started, reply.elapsed)).collect();
    let ten = lasting(10.0);
    assert_eq!(times, [(at(10.7), at(0.1), ten), (at(21.3), at(10.7), ten)]);
    assert_eq!(uploads.iter().map(|(_, upload)| upload.step).collect::<Vec<_>>(), [0, 1]);
    let (_, ending) = ended(&history, 0);
    assert_eq!(ending.elapsed, Some(lasting(20.6)));
}

/// S7.7: a step that is over stays as it is, and the one after it is cancelled.
#[test]
fn a_cancel_while_outputs_are_put_ends_the_next_step() {
    let mut plan = of_two_steps();
    plan.commands[0].cancels = vec![cancel(10.2, &[])];
    let (history, _) = run(&plan);
    let told: Vec<_> = steps_ended(&history, 0).iter().map(|(_, _, reply)| reply.status).collect();
    assert_eq!(told, [StepStatus::Success, StepStatus::Cancelled]);
    // A kill has a reply of its own, a moment later.
    assert_eq!(ended_as(&history, 0), (StatusDetails::Cancelled, SimTime(at(10.7).0 + 1)));
}

/// S11.6: what a step had written that failed, or was killed, is put like any other.
#[test]
fn outputs_of_what_fails_are_put() {
    for (result, expected) in [
        (ExecutionResult::Exit(1), StatusDetails::Failed),
        (ExecutionResult::Hang, StatusDetails::ExecutionTimedOut),
    ] {
        let mut plan = alone(output(1000.0, 0.0), S3);
        plan.groups[0].outcomes = vec![outcome(1.0, result)];
        let (history, uploads) = run(&plan);
        assert_eq!(uploads.len(), 1);
        let (details, time) = ended_as(&history, 0);
        assert_eq!((details, time), (expected, uploads[0].0));
        // Settled 13: broken since the process ended.
        let broken = times(&history, Fact::Broken { instance: 0 });
        assert_eq!(broken, [SimTime(time.0 - lasting(0.6).0)]);
    }
}

/// Where nobody wants outputs, or nothing is said of them, nothing is different.
#[test]
fn outputs_that_nobody_wants_change_nothing() {
    let silent = plan(vec![group("a", 1)], command(&["a"], "1", "0"));
    let unwanted = alone(output(1000.0, 1000.0), &[]);
    let unsaid = Plan { groups: vec![group("a", 1)], ..alone(output(0.0, 0.0), S3) };
    assert_eq!(digest(&unwanted, 0), digest(&silent, 0));
    assert_eq!(digest(&unsaid, 0), digest(&silent, 0));
}

/// What the rule on uploads objects to.
#[test]
fn a_history_that_puts_what_it_must_not_is_invalid() {
    let plan = alone(output(1000.0, 0.0), S3);
    let right = history(&plan, 0);
    let spoil = |change: &dyn Fn(&mut Upload)| {
        let mut spoiled = right.clone();
        for record in &mut spoiled {
            if let Fact::Uploaded(upload) = &mut record.fact {
                change(upload);
            }
        }
        spoiled
    };
    let mut late = right.clone();
    let place = late.iter().position(|record| matches!(record.fact, Fact::Uploaded(_))).unwrap();
    let object = late.remove(place);
    late.push(Record { time: late.last().unwrap().time, ..object });
    let mut twice = right.clone();
    twice.insert(place, object);
    for spoiled in [
        late,
        twice,
        spoil(&|upload| upload.store = Store::Logs),
        spoil(&|upload| upload.step = 1),
        spoil(&|upload| upload.calls = 7),
        spoil(&|upload| upload.bytes = 0),
        spoil(&|upload| upload.failure = Some(Failure::AccessDenied)),
        spoil(&|upload| (upload.failure, upload.bytes) = (Some(Failure::Failed), 0)),
    ] {
        let mut checker = Checker::new(&plan);
        spoiled.iter().for_each(|record| checker.observe(record));
        let reports = checker.finish();
        let objectors: Vec<_> =
            reports.iter().filter(|report| report.verdict.judgement() == Judgement::Invalid).collect();
        assert_eq!(objectors.iter().map(|report| report.rule).collect::<Vec<_>>(), ["uploads"]);
    }
    // S11.15: the reply did not wait.
    let mut plan = alone(output(2000.0, 0.0), LOGS);
    plan.groups[0].execution = constant(10.5);
    let mut hasty = history(&plan, 0);
    let last = at(10.6);
    hasty.iter_mut().for_each(|record| record.time = record.time.min(last));
    let mut checker = Checker::new(&plan);
    hasty.iter().for_each(|record| checker.observe(record));
    let reports = checker.finish();
    assert!(
        reports
            .iter()
            .any(|report| report.rule == "uploads" && report.verdict.judgement() == Judgement::Invalid)
    );
}

fn out(mut plan: Plan, kind: FaultKind, from: f64, until: f64) -> Plan {
    plan.faults.push(InjectedFault { from: lasting(from), until: Some(lasting(until)), kind, after: None });
    plan
}

/// S11.6: attempts that begin in an outage of S3 fail. One that lasts for the first attempt costs that and its delay; one of a minute outlasts
/// all six, and the step goes on.
#[test]
fn s3_takes_nothing_in_an_outage() {
    let (history, uploads) = run(&out(alone(output(1000.0, 0.0), S3), FaultKind::S3Outage, 10.0, 10.2));
    let [(time, upload)] = uploads[..] else { panic!("{uploads:?}") };
    assert_eq!((upload.calls, upload.bytes, upload.failure), (2, 1000, None));
    // 0.5 s that failed, 80 to 120 ms, 0.5 s and 0.1 s for the bytes.
    assert!((at(11.28)..=at(11.32)).contains(&time), "{time:?}");
    assert_eq!(ended_as(&history, 0), (StatusDetails::Success, time));

    let (history, uploads) = run(&out(alone(output(1000.0, 0.0), S3), FaultKind::S3Outage, 0.0, 60.0));
    let [(time, upload)] = uploads[..] else { panic!("{uploads:?}") };
    assert_eq!((upload.calls, upload.bytes, upload.failure), (6, 0, Some(Failure::Failed)));
    // Six times 0.5 s, and delays of 3.1 s, 20 % more or less.
    assert!((at(10.1 + 3.0 + 2.48)..=at(10.1 + 3.0 + 3.72)).contains(&time), "{time:?}");
    assert_eq!(ended_as(&history, 0), (StatusDetails::Success, time));
}

/// S11.14, S11.15: what a call in an outage of CloudWatch Logs should have put waits for the next tick, and the step for that: a minute at most.
#[test]
fn log_events_wait_for_the_end_of_an_outage() {
    // Ticks at 1.1, 2.1 and so on: those from 8.1 to 19.1 fail, that at 20.1 puts the rest, that at 21.1 finds nothing left.
    let plan = out(alone(output(2000.0, 0.0), LOGS), FaultKind::LogsOutage, 7.5, 20.0);
    let (history, uploads) = run(&plan);
    let [(time, upload)] = uploads[..] else { panic!("{uploads:?}") };
    assert_eq!((time, upload.bytes, upload.calls, upload.failure), (at(20.1), 2000, 20, None));
    assert_eq!(ended_as(&history, 0), (StatusDetails::Success, at(21.1)));
    // 7 of 10 s were there before; a minute behind the end of the process the rest is lost.
    let plan = out(alone(output(2000.0, 0.0), LOGS), FaultKind::LogsOutage, 7.5, 100.0);
    let (history, uploads) = run(&plan);
    let [(time, upload)] = uploads[..] else { panic!("{uploads:?}") };
    assert_eq!((time, upload.bytes, upload.failure), (at(70.1), 1400, Some(Failure::TimedOut)));
    assert_eq!(ended_as(&history, 0), (StatusDetails::Success, at(70.1)));
}

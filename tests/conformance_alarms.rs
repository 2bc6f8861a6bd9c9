//! S4.28 to S4.30 and O-62, sentence by sentence: what an alarm does to a command that names it.

mod common;

use common::*;
use fleetsim::{
    base::SimTime,
    check::{Checker, Judgement, Verdict, overall},
    history::{Fact, Observer, Record},
    scenario::plan::{Alarm, AlarmCause, AlarmChange, ExecutionResult, Plan},
    ssm::{
        CommandStatus, StatusDetails,
        alarm::{
            AlarmState::{self, InsufficientData, Ok, Unreadable},
            TriggeredState,
        },
        reading::{AlarmStop, SlowStart},
        request::{self, AlarmConfiguration},
    },
};

use StatusDetails::{Cancelled, Incomplete, Success, Terminated};

const ALARM: AlarmState = AlarmState::Alarm;

/// Ten instances, two at a time, each for 10.1 s: sends at 0, 10.1, 20.2, 30.3 and 40.4 s.
fn pairs(result: ExecutionResult, cause: AlarmCause) -> Plan {
    let mut plan = plan(vec![group_of("a", 10, result)], command(&["a"], "2", "100%"));
    plan.readings.slow_start = SlowStart::Off;
    plan.alarms = vec![Alarm { name: "errors".into(), cause }];
    plan.commands[0].request.alarm_configuration = Some(AlarmConfiguration {
        ignore_poll_alarm_failure: None,
        alarms: vec![request::Alarm { name: "errors".into() }],
    });
    plan
}

fn changes(changes: &[(f64, AlarmState)]) -> AlarmCause {
    let change = |&(seconds, state): &(f64, AlarmState)| AlarmChange { at: lasting(seconds), state };
    AlarmCause::Changes(changes.iter().map(change).collect())
}

fn good(cause: AlarmCause) -> Plan {
    pairs(ExecutionResult::Exit(0), cause)
}

fn ignoring(mut plan: Plan) -> Plan {
    let config = plan.commands[0].request.alarm_configuration.as_mut().unwrap();
    config.ignore_poll_alarm_failure = Some(true);
    plan
}

fn verdict(plan: &Plan, history: &[Record]) -> Vec<(&'static str, Judgement)> {
    let mut checker = Checker::new(plan);
    history.iter().for_each(|record| checker.observe(record));
    let reports = checker.finish();
    let not_valid = reports.iter().filter(|report| report.verdict != Verdict::Valid);
    not_valid.map(|report| (report.rule, report.verdict.judgement())).collect()
}

/// A history, which all rules must find valid.
fn judged(plan: &Plan) -> Vec<Record> {
    let history = history(plan, 0);
    let mut checker = Checker::new(plan);
    history.iter().for_each(|record| checker.observe(record));
    let reports = checker.finish();
    assert_eq!(overall(&reports), Judgement::Valid, "{reports:#?}");
    assert!(reports.iter().any(|report| report.rule == "alarms" && report.judged > 0));
    history
}

/// When and why the alarm stopped the command.
fn triggered(history: &[Record]) -> Option<(SimTime, TriggeredState)> {
    history.iter().find_map(|record| match record.fact {
        Fact::AlarmTriggered { state } => Some((record.time, state)),
        _ => None,
    })
}

fn times(history: &[Record], details: StatusDetails) -> Vec<SimTime> {
    let time = |record: &Record| match record.fact {
        Fact::InvocationEnded { ending, .. } if ending.state.details == details => Some(record.time),
        _ => None,
    };
    history.iter().filter_map(time).collect()
}

/// S4.30, S4.28: at 15 s four were sent, of which two run on; the other six never run.
#[test]
fn what_is_pending_does_not_run_and_what_runs_goes_on() {
    let history = judged(&good(changes(&[(15.0, ALARM)])));
    assert_eq!(triggered(&history), Some((at(15.0), TriggeredState::Alarm)));
    assert_eq!(times(&history, Terminated), [at(15.0); 6]);
    assert_eq!(times(&history, Success), [at(10.1), at(10.1), at(20.2), at(20.2)]);
    let (status, details, time, _) = command_ended(&history);
    assert_eq!((status, details, time), (CommandStatus::Failed, Incomplete, at(20.2)));
}

/// O-62: the other reading.
#[test]
fn what_is_pending_may_be_cancelled() {
    let mut plan = good(changes(&[(15.0, ALARM)]));
    plan.readings.alarm_stop = AlarmStop::Cancelled;
    let history = judged(&plan);
    assert_eq!(times(&history, Cancelled), [at(15.0); 6]);
    assert_eq!(endings(&history, Success), 4);
    assert_eq!(command_ended(&history).1, Incomplete);
}

/// S4.29: OK and INSUFFICIENT_DATA always carry on; what cannot be read stops unless that is ignored, and is told as UNKNOWN.
#[test]
fn only_alarm_and_what_cannot_be_read_stop() {
    for state in [Ok, InsufficientData] {
        let history = judged(&good(changes(&[(15.0, state)])));
        assert_eq!((triggered(&history), endings(&history, Success)), (None, 10));
    }
    let unreadable = good(changes(&[(15.0, Unreadable)]));
    let history = judged(&unreadable);
    assert_eq!(triggered(&history), Some((at(15.0), TriggeredState::Unknown)));
    assert_eq!(endings(&history, Terminated), 6);
    let history = judged(&ignoring(unreadable));
    assert_eq!((triggered(&history), endings(&history, Success)), (None, 10));
    let history = judged(&ignoring(good(changes(&[(15.0, ALARM)]))));
    assert_eq!(triggered(&history), Some((at(15.0), TriggeredState::Alarm)));
}

/// Ours: an alarm that has gone off before stops the command before its first send, one that is OK again does not, and one that goes off when
/// all is over is not read.
#[test]
fn the_state_counts_while_the_command_is_under_way() {
    let from = |seconds: f64, cause| {
        let mut plan = good(cause);
        plan.commands[0].at = lasting(seconds);
        plan
    };
    let history = judged(&from(7.0, changes(&[(5.0, ALARM)])));
    assert_eq!(triggered(&history), Some((at(7.0), TriggeredState::Alarm)));
    assert_eq!(times(&history, Terminated), [at(7.0); 10]);
    assert_eq!(command_ended(&history).2, at(7.0));
    let history = judged(&from(7.0, changes(&[(5.0, ALARM), (7.0, Ok)])));
    assert_eq!((triggered(&history), endings(&history, Success)), (None, 10));
    // The last two end at 50.5 s.
    let history = judged(&good(changes(&[(50.6, ALARM)])));
    assert_eq!(triggered(&history), None);
    let history = judged(&good(changes(&[(50.5, ALARM)])));
    assert_eq!((triggered(&history).map(|(time, _)| time), endings(&history, Success)), (Some(at(50.5)), 10));
}

/// Failures come in pairs at 10.1, 20.2 and so on: two in each period of ten seconds but the first, so that an alarm at two goes off
/// when the second period is over, and one at three never does.
#[test]
fn failures_make_an_alarm_go_off_when_a_period_is_over() {
    let failing =
        |at_least| pairs(ExecutionResult::Exit(1), AlarmCause::Failures { at_least, period: lasting(10.0) });
    let history = judged(&failing(2));
    assert_eq!(triggered(&history), Some((at(20.0), TriggeredState::Alarm)));
    assert_eq!((endings(&history, Terminated), endings(&history, StatusDetails::Failed)), (6, 4));
    let history = judged(&failing(3));
    assert_eq!((triggered(&history), endings(&history, StatusDetails::Failed)), (None, 10));
}

/// A command that is requested within the period behind a bad one is stopped at once; one period later it is not.
#[test]
fn an_alarm_over_failures_lasts_for_a_period() {
    let two = |second: f64| {
        let cause = AlarmCause::Failures { at_least: 2, period: lasting(10.0) };
        let mut plan = pairs(ExecutionResult::Exit(1), cause);
        let mut late = plan.commands[0].clone();
        (late.name, late.at) = ("late".into(), lasting(second));
        plan.commands.push(late);
        let history = judged(&plan);
        triggered(&of_command(&history, 1)).map(|(time, _)| time)
    };
    // The first command is stopped at 20 s; what it had sent fails at 20.2 s, so that the third period is bad, too.
    assert_eq!(two(25.0), Some(at(25.0)));
    assert_eq!(two(30.0), Some(at(30.0)));
    assert_eq!(two(39.9), Some(at(39.9)));
    // Then its own first two fail at 50.1 s.
    assert_eq!(two(40.0), Some(at(60.0)));
}

/// An alarm of which the plan says nothing never goes off.
#[test]
fn an_alarm_that_is_not_declared_does_nothing() {
    let mut plan = good(changes(&[(15.0, ALARM)]));
    plan.alarms[0].name = "another".into();
    let history = history(&plan, 0);
    assert_eq!((triggered(&history), endings(&history, Success)), (None, 10));
    assert!(verdict(&plan, &history).is_empty());
}

/// The rule sees what is missing, early, late or against the alarm.
#[test]
fn a_spoiled_history_is_found_out() {
    let plan = good(changes(&[(15.0, ALARM)]));
    let history = judged(&plan);
    let place = history.iter().position(|record| matches!(record.fact, Fact::AlarmTriggered { .. })).unwrap();
    let objects = |spoiled: &[Record]| {
        let rules = verdict(&plan, spoiled);
        rules.contains(&("alarms", Judgement::Invalid))
    };
    let mut without = history.clone();
    without.remove(place);
    assert!(objects(&without));
    let mut twice = history.clone();
    twice.insert(place, history[place]);
    assert!(objects(&twice));
    let mut unknown = history.clone();
    unknown[place].fact = Fact::AlarmTriggered { state: TriggeredState::Unknown };
    assert!(objects(&unknown));
    let mut early = history.clone();
    let mut told = early.remove(place);
    let before = early.iter().position(|record| record.time > at(10.0)).unwrap();
    told.time = early[before].time;
    early.insert(before, told);
    assert!(objects(&early));
    // One is sent after all.
    let mut sent = history.clone();
    let last = sent.iter().rposition(|record| record.time == at(15.0)).unwrap();
    let Fact::InvocationEnded { instance, .. } = sent[last].fact else { panic!("{:?}", sent[last]) };
    sent[last].fact = Fact::Sent { instance };
    assert!(objects(&sent));
    // What runs is stopped: nobody asked for that (S4.28).
    let mut killed = history.clone();
    let place = killed
        .iter()
        .position(|record| record.time > at(15.0) && matches!(record.fact, Fact::InvocationEnded { .. }));
    let Fact::InvocationEnded { ending, .. } = &mut killed[place.unwrap()].fact else { unreachable!() };
    ending.state.details = Terminated;
    assert!(verdict(&plan, &killed).contains(&("stop", Judgement::Invalid)));
}

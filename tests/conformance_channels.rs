//! S8.5 to S8.19 and S8.27, sentence by sentence: the two channels to an agent, and messages that come twice.

mod common;

use std::collections::BTreeMap;

use common::*;
use fleetsim::{
    base::{Chance, SimTime},
    check::{Checker, Judgement, Verdict, overall},
    history::{AgentChange, AgentNote, Fact, Observer, Record, Refusal},
    scenario::plan::{
        AgentLimits, Channel, Command, ExecutionResult, FaultKind, InjectedFault, Plan, Struck, Trouble,
    },
    ssm::{StatusDetails, reading::SlowStart},
};

use AgentNote::{AcknowledgedAgain, Deaf, Duplicate, ExecutedAgain};
use StatusDetails::{Cancelled, DeliveryTimedOut, InProgress, Success};

/// A command to all of `count` instances on MDS at each of these times, in seconds; each takes `seconds`.
fn polling(count: u32, seconds: f64, times: &[f64]) -> Plan {
    let mut group = group("a", count);
    group.execution = constant(seconds);
    group.channel = Channel::Mds;
    let sent = |&at: &f64| Command { at: lasting(at), ..limited(command(&["a"], "100%", "100%"), 36_000) };
    let mut plan = plan(vec![group], limited(command(&["a"], "100%", "100%"), 36_000));
    plan.commands = times.iter().map(sent).collect();
    plan.readings.slow_start = SlowStart::Off;
    plan
}

/// One worker and one place to wait, so that the third command finds none.
fn two_places(mut plan: Plan) -> Plan {
    plan.groups[0].agent = AgentLimits { workers: 1, buffer: 1, retries: 15 };
    plan
}

fn during(mut plan: Plan, from: f64, until: f64, kind: FaultKind) -> Plan {
    plan.faults.push(InjectedFault { from: lasting(from), until: Some(lasting(until)), kind, after: None });
    plan
}

/// The command, cancelled as a whole.
fn cancelled(command: &Command, seconds: f64) -> Command {
    Command { cancels: vec![cancel(seconds, &[])], ..command.clone() }
}

/// The messages of the first second come twice, the second time so much later.
fn twice(plan: Plan, after: f64) -> Plan {
    let struck = Struck { groups: vec![0], share: Chance::ONE };
    let trouble = Trouble::Duplicates(Chance::ONE);
    let mut plan = during(plan, 0.0, 1.0, FaultKind::Instances { struck, trouble });
    plan.faults[0].after = Some(constant(after));
    plan
}

/// A history, which all rules must find valid.
fn judged(plan: &Plan) -> Vec<Record> {
    let history = history(plan, 0);
    let mut checker = Checker::new(plan);
    history.iter().for_each(|record| checker.observe(record));
    let reports = checker.finish();
    assert_eq!(overall(&reports), Judgement::Valid, "{reports:#?}");
    history
}

/// When a fact of this kind was told of a command, with its instance.
fn told(history: &[Record], command: u32, is_it: impl Fn(&Fact) -> Option<u32>) -> Vec<(u32, SimTime)> {
    let of_command = history.iter().filter(|record| record.command == command);
    of_command.filter_map(|record| Some((is_it(&record.fact)?, record.time))).collect()
}

fn accepted(history: &[Record], command: u32) -> Vec<(u32, SimTime)> {
    told(history, command, |fact| match fact {
        Fact::Accepted { instance, .. } => Some(*instance),
        _ => None,
    })
}

fn noted(history: &[Record], command: u32, of: AgentNote) -> Vec<(u32, SimTime)> {
    told(history, command, |fact| match fact {
        Fact::AgentNoted { instance, note } if *note == of => Some(*instance),
        _ => None,
    })
}

fn ended(history: &[Record], command: u32) -> Vec<(StatusDetails, SimTime)> {
    let of_command = history.iter().filter(|record| record.command == command);
    let ended = of_command.filter_map(|record| match record.fact {
        Fact::InvocationEnded { ending, .. } => Some((ending.state.details, record.time)),
        _ => None,
    });
    ended.collect()
}

/// When the service learned that its agent has a command: at once, where replies take no time of their own.
fn acknowledged(history: &[Record], command: u32) -> Vec<(u32, SimTime)> {
    told(history, command, |fact| match fact {
        Fact::Acknowledged { instance } => Some(*instance),
        _ => None,
    })
}

/// S8.8: there is always a poll open on an idle agent, so the first message is received when it is delivered.
#[test]
fn an_idle_agent_hears_at_once() {
    let history = judged(&polling(200, 10.0, &[7.0]));
    let heard = acknowledged(&history, 0);
    assert_eq!(heard.len(), 200);
    assert!(heard.iter().all(|&(_, time)| time == at(7.1)));
}

/// S8.8, S8.9: the poll that a message ends has begun at a random time in the 20 s before. In one case in twenty that was less
/// than a second ago; then the agent pauses for 2000 to 2499 ms, and what comes half a second later waits for the end of it.
#[test]
fn a_poll_that_returns_early_is_followed_by_a_pause() {
    let history = judged(&polling(4000, 1.0, &[7.0, 7.5]));
    let late: Vec<f64> = (acknowledged(&history, 1).into_iter())
        .map(|(_, time)| time.since(at(7.1)).as_secs_f64())
        .filter(|&after| after != 0.5)
        .collect();
    // 200 of 4000 are expected, with a standard deviation of 13.8.
    assert!((200.0 - late.len() as f64).abs() < 5.0 * 13.8, "{}", late.len());
    assert!(late.iter().all(|after| (2.0..2.5).contains(after)));
    let mean = late.iter().sum::<f64>() / late.len() as f64;
    // The standard deviation of a uniform value in half a second is 0.144 s.
    assert!((mean - 2.25).abs() < 5.0 * 0.144 / (late.len() as f64).sqrt(), "{mean}");
}

/// S8.9: the second poll of all agents has lasted half a second when the second message comes, and the third waits.
#[test]
fn a_second_message_within_a_second_begins_a_pause() {
    let history = judged(&polling(300, 1.0, &[7.0, 7.5, 8.0]));
    assert!(acknowledged(&history, 2).iter().all(|&(_, time)| (at(9.1)..at(10.1)).contains(&time)));
}

/// S8.16: the agent holds the third command and tries every 10 s, from 4.1 s on; the first ends at 100.1 s, so the try at 104.1 s
/// succeeds. The fourth waits for the next poll, which finds no place for it either until the second has ended, at 200.1 s.
#[test]
fn a_full_agent_tries_every_ten_seconds_and_hears_nothing_else() {
    let history = judged(&two_places(polling(1, 100.0, &[0.0, 4.0, 14.0, 24.0])));
    assert_eq!(accepted(&history, 0), [(0, at(0.1))]);
    assert_eq!(accepted(&history, 1), [(0, at(4.1))]);
    assert_eq!(noted(&history, 2, Deaf), [(0, at(14.1))]);
    assert_eq!(accepted(&history, 2), [(0, at(104.1))]);
    // The poll that opens at 104.1 s brings the fourth at once.
    assert_eq!(noted(&history, 3, Deaf), [(0, at(104.1))]);
    assert_eq!(accepted(&history, 3), [(0, at(204.1))]);
    let refused = history.iter().any(|record| matches!(record.fact, Fact::Refused { .. }));
    assert!(!refused, "nothing is refused on MDS");
    assert!((0..4).all(|command| ended(&history, command)[0].0 == Success));
}

/// S8.16: a cancel does not reach a deaf agent; what was to be killed ends by itself.
#[test]
fn a_cancel_does_not_reach_a_deaf_agent() {
    let mut plan = two_places(polling(1, 100.0, &[0.0, 4.0, 14.0]));
    plan.commands[0] = cancelled(&plan.commands[0], 20.0);
    let history = judged(&plan);
    assert_eq!(ended(&history, 0), [(Success, at(100.1))]);
    // The cancel of the second waits with the agent, and is heard at 104.1 s, when the second runs.
    plan.commands[1] = cancelled(&plan.commands[1], 20.0);
    let history = judged(&plan);
    assert_eq!(ended(&history, 1)[0].0, Cancelled);
    assert_eq!(ended(&history, 1)[0].1.since(at(104.1)).as_secs_f64(), 0.000_001);
}

/// S8.19, S7.6: on MGS the third is refused, and the cancel reaches the agent.
#[test]
fn a_cancel_reaches_a_full_agent_on_mgs() {
    let mut plan = two_places(polling(1, 100.0, &[0.0, 4.0, 14.0]));
    plan.groups[0].channel = Channel::Mgs;
    plan.commands[0] = cancelled(&plan.commands[0], 20.0);
    let history = judged(&plan);
    assert_eq!(ended(&history, 0)[0].0, Cancelled);
    assert!(ended(&history, 0)[0].1 < at(20.2));
    let full = |fact: &Fact| matches!(fact, Fact::Refused { instance: 0, why: Refusal::BufferFull });
    let refused = told(&history, 2, |fact| full(fact).then_some(0));
    assert_eq!((refused[0], Refusal::BufferFull.code()), ((0, at(14.1)), 51402));
    assert!(noted(&history, 2, Deaf).is_empty());
}

/// O-24: what the agent holds when it is withdrawn is Cancelled at once. It goes on there like what the agent has taken in, and runs when its
/// turn comes: after the second, which runs from 100.1 s to 200.1 s.
#[test]
fn what_a_deaf_agent_holds_can_be_withdrawn() {
    let mut plan = two_places(polling(1, 100.0, &[0.0, 4.0, 14.0]));
    plan.commands[2] = cancelled(&plan.commands[2], 20.0);
    let history = judged(&plan);
    assert_eq!(ended(&history, 2), [(Cancelled, at(20.0))]);
    assert_eq!(accepted(&history, 2), [(0, at(104.1))]);
    let started = told(&history, 2, |fact| matches!(fact, Fact::Started { .. }).then_some(0));
    assert_eq!(started, [(0, at(200.1))]);
    let late = told(&history, 2, |fact| matches!(fact, Fact::LateReply { .. }).then_some(0));
    assert_eq!(late, [(0, at(300.1))]);
}

/// Settled 9: what a deaf agent holds beyond ExpiresAfter is dropped.
#[test]
fn what_a_deaf_agent_holds_can_expire() {
    let mut plan = two_places(polling(1, 100.0, &[0.0, 4.0, 14.0]));
    plan.commands[2] = Command { timeout_seconds: 30, ..limited(plan.commands[2].clone(), 40) };
    let history = judged(&plan);
    assert_eq!(ended(&history, 2)[0].0, DeliveryTimedOut);
    assert!(accepted(&history, 2).is_empty());
}

/// S8.14, S8.18, S8.17, O-52: a first reply that takes 25 s leaves two times 10 s in which the message comes again, and the agent, which has
/// it, acknowledges it again. Nothing runs twice.
#[test]
fn what_is_not_acknowledged_comes_again_every_ten_seconds() {
    let mut plan = polling(1, 100.0, &[0.0]);
    plan.groups[0].reply = Some(constant(25.0));
    let history = judged(&plan);
    assert_eq!(noted(&history, 0, AcknowledgedAgain), [(0, at(10.1)), (0, at(20.1))]);
    assert_eq!(acknowledged(&history, 0), [(0, at(25.1))]);
    assert_eq!(ended(&history, 0), [(Success, at(125.1))]);
    plan.groups[0].channel = Channel::Mgs;
    assert!(noted(&judged(&plan), 0, Duplicate).is_empty());
}

/// S8.11, S8.12: the attempts of a poll that fails come 1 to 1.5, 2 to 3 and 4 to 6 s after one another, and the next poll at once. So none is
/// later than 6 s after the end of an outage, and a mean round of 8.75 s leaves on average, by the inspection paradox,
/// the mean square of the waits over twice their mean sum: (1.583 + 6.333 + 25.333) / 17.5 = 1.9 s.
#[test]
fn agents_on_mds_come_back_within_six_seconds() {
    for lasts in [5.0, 61.0, 3600.0, 86_400.0] {
        let plan = during(polling(2000, 10.0, &[0.0]), 100.0, 100.0 + lasts, FaultKind::RegionOutage);
        let history = judged(&plan);
        let back: Vec<f64> = (history.iter())
            .filter(|record| matches!(record.fact, Fact::AgentChanged { change: AgentChange::Connected, .. }))
            .map(|record| record.time.since(at(100.0 + lasts)).as_secs_f64())
            .collect();
        assert_eq!(back.len(), 2000);
        assert!(back.iter().all(|&after| after <= 6.0));
        let mean = back.iter().sum::<f64>() / 2000.0;
        // After one minute and less the rounds are not spread evenly yet.
        assert!(lasts < 3600.0 || (mean - 1.9).abs() < 0.2, "{mean}");
    }
}

/// S8.17, S8.18, S8.21: what a deaf agent takes in during an outage it cannot acknowledge, and keeps the reply. The message is handed out
/// again when the agent is back, and what it kept leaves with the second acknowledgement, before the job of every five minutes.
#[test]
fn a_second_acknowledgement_takes_along_what_was_kept() {
    let plan = two_places(polling(20, 100.0, &[0.0, 4.0, 14.0]));
    let history = judged(&during(plan, 90.0, 150.0, FaultKind::RegionOutage));
    let back: BTreeMap<u32, SimTime> = (history.iter())
        .filter_map(|record| match record.fact {
            Fact::AgentChanged { instance, change: AgentChange::Connected } => Some((instance, record.time)),
            _ => None,
        })
        .collect();
    assert_eq!(accepted(&history, 2), (0..20).map(|instance| (instance, at(104.1))).collect::<Vec<_>>());
    assert_eq!(acknowledged(&history, 2).into_iter().collect::<BTreeMap<_, _>>(), back);
    assert_eq!(noted(&history, 2, AcknowledgedAgain).into_iter().collect::<BTreeMap<_, _>>(), back);
}

/// S8.16, S8.38: what an agent held when its instance lost power is handed out when it is back.
#[test]
fn what_was_held_is_handed_out_after_a_loss_of_power() {
    let struck = Struck { groups: vec![0], share: Chance::ONE };
    let kind = FaultKind::Instances { struck, trouble: Trouble::Lost };
    let history = judged(&during(two_places(polling(3, 100.0, &[0.0, 4.0, 14.0])), 30.0, 40.0, kind));
    // The first runs again from 40 s to 140 s; the third comes at 40.1 s, and is taken in with the first try after that.
    assert!(noted(&history, 2, Deaf).contains(&(0, at(40.1))));
    assert!(accepted(&history, 2).iter().all(|&(_, time)| time == at(140.1)));
    assert_eq!(accepted(&history, 2).len(), 3);
}

/// S8.19, S8.29: in the 15 s before the shutdown an agent on MGS refuses with 51401, in the minute after that nothing reaches it; on
/// MDS it does not poll.
#[test]
fn an_agent_that_is_about_to_reboot_refuses() {
    let mut plan = two_places(polling(1, 10.0, &[0.0, 1.0, 20.0, 40.0]));
    plan.groups[0].outcomes = vec![rebooting(1)];
    plan.groups[0].channel = Channel::Mgs;
    let closed = |history: &[Record], command| {
        let is_it = |fact: &Fact| matches!(fact, Fact::Refused { why: Refusal::Closed, .. }).then_some(0);
        told(history, command, is_it)
    };
    let history = judged(&plan);
    // The first step ends, and asks for a reboot, at 10.1 s.
    assert_eq!((closed(&history, 2), Refusal::Closed.code()), (vec![(0, at(20.1))], 51401));
    // Its next delivery, after the reboot, may meet another one.
    assert!(closed(&history, 3).iter().all(|&(_, time)| time > at(10.1 + 75.0 + 60.0)));
    assert_eq!(changes(&of_command(&history, 3), 0)[0].0, StatusDetails::Delayed);
    plan.groups[0].channel = Channel::Mds;
    assert!(closed(&judged(&plan), 2).is_empty());
}

fn rebooting(run: u32) -> fleetsim::scenario::plan::Outcome {
    fleetsim::scenario::plan::Outcome {
        chance: Chance::ONE,
        run: Some(run),
        result: ExecutionResult::Exit(194),
        execution: None,
    }
}

/// S8.27: the agent knows a message for 29 minutes, and has forgotten it after 41.
#[test]
fn a_late_copy_is_executed_again() {
    for channel in [Channel::Mgs, Channel::Mds] {
        let again = |minutes: f64| {
            let mut plan = twice(polling(500, 10.0, &[0.0]), minutes * 60.0);
            plan.groups[0].channel = channel;
            plan.groups[0].agent.workers = 1;
            plan.is_open = true;
            judged(&plan)
        };
        let known = if channel == Channel::Mgs { Duplicate } else { AcknowledgedAgain };
        let history = again(29.0);
        assert_eq!((noted(&history, 0, known).len(), noted(&history, 0, ExecutedAgain).len()), (500, 0));
        assert_eq!(accepted(&history, 0).len(), 500);
        let history = again(41.0);
        assert_eq!((noted(&history, 0, known).len(), noted(&history, 0, ExecutedAgain).len()), (0, 500));
        let (at_first, second) = (at(0.1), at(0.1 + 41.0 * 60.0));
        let times: Vec<SimTime> = accepted(&history, 0).into_iter().map(|(_, time)| time).collect();
        assert_eq!(times, [vec![at_first; 500], vec![second; 500]].concat());
        // It takes its time, and nothing else changes.
        assert_eq!(history.iter().map(|record| record.time).max(), Some(second + lasting(10.0)));
        assert_eq!(ended(&history, 0).len(), 500);
        // In between the job that forgets comes at a time of its own: after 35 minutes in half of the cases.
        let half = noted(&again(35.0), 0, ExecutedAgain).len();
        assert!((250.0 - half as f64).abs() < 5.0 * 11.2, "{half}");
    }
}

/// S8.27: for as long as the command is in its pool the agent knows it, whatever the time.
#[test]
fn what_still_runs_is_not_executed_again() {
    let history = judged(&twice(polling(20, 3600.0, &[0.0]), 41.0 * 60.0));
    assert_eq!(
        (noted(&history, 0, AcknowledgedAgain).len(), noted(&history, 0, ExecutedAgain).len()),
        (20, 0)
    );
}

/// The codes as a history tells them, and what older ones meant that told none.
#[test]
fn codes_are_told_in_histories() {
    use fleetsim::history::codec::{HistoryReader, HistoryWriter};
    let mut plan = two_places(polling(1, 10.0, &[0.0, 1.0, 5.0, 20.0]));
    plan.groups[0].outcomes = vec![rebooting(1)];
    plan.groups[0].channel = Channel::Mgs;
    let mut bytes = Vec::new();
    let mut writer = HistoryWriter::new(&plan, plan.seed, 0, &mut bytes);
    let history = history(&plan, 0);
    history.iter().for_each(|record| writer.observe(record));
    writer.finish().unwrap();
    let text = String::from_utf8(bytes).unwrap();
    assert!(text.contains("\"code\":51401") && text.contains("\"code\":51402"));
    let read = |text: &str| {
        let mut reader = HistoryReader::new(text.as_bytes()).map_err(|error| error.to_string())?;
        let mut records = Vec::new();
        loop {
            match reader.next_record() {
                Ok(Some(record)) => records.push(record),
                Ok(None) => return Ok(records),
                Err(error) => return Err(error.to_string()),
            }
        }
    };
    assert_eq!(read(&text).unwrap(), history);
    assert_eq!(read(&text.replace(",\"code\":51402", "")).unwrap(), history, "older histories tell no code");
    let error = read(&text.replace("51401", "51403")).unwrap_err();
    assert!(error.contains("51403") && error.contains("51401 and 51402"), "{error}");
}

/// Who is InProgress on MDS is told as on MGS: InProgress and the acknowledgement are one (S8.14, S8.19).
#[test]
fn channels_differ_in_nothing_else() {
    let mds = polling(50, 10.0, &[0.0]);
    let mut mgs = mds.clone();
    mgs.groups[0].channel = Channel::Mgs;
    let told = |plan: &Plan| judged(plan).iter().map(|record| (record.time, record.fact)).collect::<Vec<_>>();
    assert_eq!(told(&mds), told(&mgs));
    assert_eq!(changes(&judged(&mds), 0), [(InProgress, at(0.1))]);
}

/// The rules that object to a history.
fn objectors(plan: &Plan, history: &[Record]) -> Vec<&'static str> {
    let mut checker = Checker::new(plan);
    history.iter().for_each(|record| checker.observe(record));
    let reports = checker.finish().into_iter();
    reports.filter(|report| report.verdict != Verdict::Valid).map(|report| report.rule).collect()
}

fn on(channel: Channel, plan: &Plan) -> Plan {
    let mut plan = plan.clone();
    plan.groups[0].channel = channel;
    plan
}

/// Each channel's histories are none of the other, and no refusal is another one.
#[test]
fn rules_know_the_channels_apart() {
    let full = two_places(polling(1, 100.0, &[0.0, 4.0, 14.0, 24.0]));
    let (mds, mgs) = (on(Channel::Mds, &full), on(Channel::Mgs, &full));
    assert_eq!(objectors(&mgs, &judged(&mds)), ["order", "agents"]);
    assert_eq!(objectors(&mds, &judged(&mgs)), ["agents"]);
    // S8.16: deaf because of the fourth, it hears of the third.
    let mut history = judged(&mds);
    let deaf = |record: &&mut Record| matches!(record.fact, Fact::AgentNoted { note: Deaf, .. });
    history.iter_mut().find(deaf).unwrap().command = 3;
    assert_eq!(objectors(&mds, &history), ["agents"]);

    let mut plan = on(Channel::Mgs, &two_places(polling(1, 10.0, &[0.0, 1.0, 20.0])));
    plan.groups[0].outcomes = vec![rebooting(1)];
    let turned = |from: Refusal, to: Refusal| {
        let mut history = judged(&plan);
        let is_it = |record: &&mut Record| matches!(record.fact, Fact::Refused { why, .. } if why == from);
        history.iter_mut().find(is_it).expect("refused").fact = Fact::Refused { instance: 0, why: to };
        objectors(&plan, &history)
    };
    assert!(turned(Refusal::Closed, Refusal::BufferFull).contains(&"reboots"));
    assert_eq!(turned(Refusal::BufferFull, Refusal::Closed), ["agents"]);

    let outage = during(polling(50, 10.0, &[0.0]), 100.0, 1900.0, FaultKind::RegionOutage);
    assert_eq!(objectors(&outage, &judged(&on(Channel::Mgs, &outage))), ["faults"]);
    let late = twice(polling(5, 10.0, &[0.0]), 41.0 * 60.0);
    let mut soon = late.clone();
    soon.faults[0].after = None;
    assert_eq!(objectors(&soon, &judged(&late)), ["faults"]);
}

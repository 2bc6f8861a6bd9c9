//! O-46: quotas of the API that a scenario assumes, callers that are refused, and commands that are dead (S1.29).

mod common;
mod written;

use common::*;
use fleetsim::{
    base::{CallRate, SimDuration, SimTime},
    check::{Checker, Judgement, Verdict, overall},
    ensemble::run_one,
    history::{CommandCounts, Fact, Observer, Record},
    scenario::{
        Faults, Resolved,
        plan::{AssumedQuotas, Plan},
    },
    ssm::{CommandStatus, StatusDetails, reading::SlowStart},
    world::Model,
};
use written::assert_says;

const ALL: AssumedQuotas = AssumedQuotas {
    send_command: None,
    list_command_invocations: None,
    pending_invocations: None,
    attempts: 3,
};

/// So many commands to all of ten instances, which take 10.1 s, one command every `every` seconds.
fn commands(count: u32, every: f64, assumed: AssumedQuotas) -> Plan {
    let mut plan = plan(vec![group("a", 10)], command(&["a"], "10", "0"));
    plan.readings.slow_start = SlowStart::Off;
    plan.groups[0].agent.workers = 100;
    plan.assumed = Some(assumed);
    let first = plan.commands[0].clone();
    plan.commands = (0..count)
        .map(|number| {
            let mut command = first.clone();
            command.name = format!("c{number}");
            command.at = lasting(every * f64::from(number));
            command
        })
        .collect();
    plan
}

fn rate(seconds: f64, burst: u32, attempts: u32) -> AssumedQuotas {
    AssumedQuotas { send_command: Some(CallRate { every: lasting(seconds), burst }), attempts, ..ALL }
}

fn reports(plan: &Plan, history: &[Record]) -> Vec<fleetsim::check::RuleReport> {
    let mut checker = Checker::new(plan);
    history.iter().for_each(|record| checker.observe(record));
    checker.finish()
}

/// A history, which all rules must find valid.
fn judged(plan: &Plan) -> Vec<Record> {
    let history = history(plan, 0);
    let reports = reports(plan, &history);
    assert_eq!(overall(&reports), Judgement::Valid, "{reports:#?}");
    assert!(reports.iter().any(|report| report.rule == "assumed-quotas" && report.judged > 0));
    history
}

/// When each command was requested.
fn requested(plan: &Plan, history: &[Record]) -> Vec<Option<SimTime>> {
    let of = |command: u32| {
        let is_it = |record: &&Record| record.command == command && record.fact == Fact::Requested;
        history.iter().find(is_it).map(|record| record.time)
    };
    (0..plan.commands.len() as u32).map(of).collect()
}

fn refusals(history: &[Record]) -> Vec<(SimTime, u32, u32, bool)> {
    let refusal = |record: &Record| match record.fact {
        Fact::Throttled { attempt, gives_up } => Some((record.time, record.command, attempt, gives_up)),
        _ => None,
    };
    history.iter().filter_map(refusal).collect()
}

/// A bucket of two that gets one every 2 s. Callers that call once: of one call a second from 0 s on, those at 0, 1, 2, 4, 6 and 8 s
/// pass, for the token that was left at 0 s is taken at 1 s.
#[test]
fn what_the_rate_refuses_is_never_sent_by_a_caller_that_calls_once() {
    let plan = commands(9, 1.0, rate(2.0, 2, 1));
    let history = judged(&plan);
    let sent: Vec<_> = requested(&plan, &history).iter().map(Option::is_some).collect();
    assert_eq!(sent, [true, true, true, false, true, false, true, false, true]);
    let refused = [3, 5, 7].map(|second| (at(f64::from(second)), second, 1, true));
    assert_eq!(refusals(&history), refused);
}

/// The SDK's standard mode: three calls, the second within a second after the first, the third within two more.
#[test]
fn callers_call_again_and_give_up() {
    // The only token is gone, and the next one comes in an hour.
    let plan = commands(2, 1.0, rate(3600.0, 1, 3));
    let history = judged(&plan);
    let refusals = refusals(&history);
    let attempts: Vec<_> =
        refusals.iter().map(|&(_, command, attempt, gives_up)| (command, attempt, gives_up)).collect();
    assert_eq!(attempts, [(1, 1, false), (1, 2, false), (1, 3, true)]);
    let [first, second, third] = [0, 1, 2].map(|number: usize| refusals[number].0);
    assert_eq!(first, at(1.0));
    assert!(first < second && second <= first + lasting(1.0));
    assert!(second < third && third <= second + lasting(2.0));
    assert_eq!(requested(&plan, &history)[1], None);
    let model = Model::new(&plan);
    let result = run_one(&model, plan.seed, 0, false, &mut Vec::new()).first.unwrap();
    assert!(result.commands[1].gave_up && result.commands[1].ended.is_none());
    assert_eq!((result.commands[1].throttled, result.commands[0].throttled), (3, 0));
}

/// Twenty calls in one instant, one token a second: the patient ones all pass in the end, each at its own token's time or later.
#[test]
fn patient_callers_all_pass() {
    let plan = commands(20, 0.0, rate(1.0, 1, 1000));
    let history = judged(&plan);
    let mut times: Vec<SimTime> = requested(&plan, &history).into_iter().map(Option::unwrap).collect();
    times.sort();
    assert!(times.windows(2).all(|pair| pair[1].since(pair[0]) >= lasting(1.0)), "{times:?}");
    // A caller waits at most 20 s, so that no 21 s pass without one while some wait.
    assert!(times.windows(2).all(|pair| pair[1].since(pair[0]) <= lasting(21.0)), "{times:?}");
}

/// How each command ended, with its counters; `None` where it was never sent.
fn ends(plan: &Plan, history: &[Record]) -> Vec<Option<(StatusDetails, CommandCounts)>> {
    let of = |command: u32| {
        let end = |record: &Record| match record.fact {
            Fact::CommandEnded { state, counts } if record.command == command => {
                assert_eq!(
                    state.status == CommandStatus::Failed,
                    state.details == StatusDetails::LimitExceeded
                );
                Some((state.details, counts))
            }
            _ => None,
        };
        history.iter().find_map(end)
    };
    (0..plan.commands.len() as u32).map(of).collect()
}

fn details(plan: &Plan) -> Vec<StatusDetails> {
    ends(plan, &judged(plan)).into_iter().map(|end| end.unwrap().0).collect()
}

fn pending(most: u64) -> AssumedQuotas {
    AssumedQuotas { pending_invocations: Some(most), ..ALL }
}

/// S1.29, S14.10, C5: ten of fifteen are pending from 0 s to 10.1 s. A second command of ten is accepted then and dead, runs nowhere and is
/// not repeated; a third, sent when the first has ended, runs.
#[test]
fn beyond_the_pending_invocations_a_command_is_limit_exceeded() {
    use StatusDetails::{LimitExceeded, Success};
    let plan = commands(3, 6.0, pending(15));
    let history = judged(&plan);
    assert!(refusals(&history).is_empty());
    assert_eq!(requested(&plan, &history), [Some(at(0.0)), Some(at(6.0)), Some(at(12.0))]);
    let ends = ends(&plan, &history);
    assert_eq!(ends[1], Some((LimitExceeded, CommandCounts::default())));
    let second: Vec<_> = history.iter().filter(|record| record.command == 1).collect();
    assert!(second.iter().all(|record| record.time == at(6.0)));
    assert!(
        second.iter().all(|record| !matches!(record.fact, Fact::Sent { .. } | Fact::InvocationEnded { .. }))
    );
    assert_eq!((ends[0].unwrap().0, ends[2].unwrap().0), (Success, Success));
    // What fits to the last place is accepted; what never fits is dead at once. The dead count for nothing.
    assert_eq!(details(&commands(2, 0.0, pending(20))), [Success; 2]);
    assert_eq!(details(&commands(3, 0.0, pending(19))), [Success, LimitExceeded, LimitExceeded]);
    assert_eq!(details(&commands(2, 0.0, pending(9))), [LimitExceeded; 2]);
}

/// A call that the rate refuses is not looked at further: the second command is called for again and then dead.
#[test]
fn the_rate_comes_before_the_pending_invocations() {
    let plan = commands(2, 0.0, AssumedQuotas { pending_invocations: Some(15), ..rate(1.0, 1, 1000) });
    let history = judged(&plan);
    assert!(!refusals(&history).is_empty());
    assert_eq!(ends(&plan, &history)[1].unwrap().0, StatusDetails::LimitExceeded);
}

/// S7.1: the id of a command that was not accepted is unknown.
#[test]
fn what_was_not_accepted_cannot_be_cancelled() {
    let mut plan = commands(2, 0.0, rate(3600.0, 1, 1));
    plan.commands[1].cancels = vec![cancel(5.0, &[])];
    let history = judged(&plan);
    assert!(history.iter().all(|record| !matches!(record.fact, Fact::CancelRequested { .. })));
}

/// Luck of everything else is the same with a quota that nothing exceeds.
#[test]
fn a_wide_quota_changes_nothing() {
    let wide = AssumedQuotas { pending_invocations: Some(1000), ..rate(0.001, 100, 3) };
    let with = commands(4, 3.0, wide);
    let without = Plan { assumed: None, ..with.clone() };
    assert_eq!(history(&with, 0), history(&without, 0));
}

/// The rule sees a refusal without need, a request without a token or too many pending, and callers that are not what they should be.
#[test]
fn a_spoiled_history_is_found_out() {
    let objects = |plan: &Plan, spoiled: &[Record]| {
        let reports = reports(plan, spoiled);
        let rule = reports.iter().find(|report| report.rule == "assumed-quotas").unwrap();
        matches!(rule.verdict, Verdict::Invalid { .. })
    };
    let plan = commands(2, 1.0, rate(5.0, 1, 10));
    let history = judged(&plan);
    let refused: Vec<usize> =
        (0..history.len()).filter(|&at| matches!(history[at].fact, Fact::Throttled { .. })).collect();
    assert!(refused.len() >= 3, "{}", refused.len());
    // A call that was refused is left out, told twice, given up too early, or out of order.
    let spoil = |at: usize, fact: Fact| {
        let mut spoiled = history.clone();
        spoiled[at].fact = fact;
        spoiled
    };
    let mut without = history.clone();
    without.remove(refused[1]);
    assert!(objects(&plan, &without));
    let mut twice = history.clone();
    twice.insert(refused[1], history[refused[1]]);
    assert!(objects(&plan, &twice));
    assert!(objects(&plan, &spoil(refused[0], Fact::Throttled { attempt: 1, gives_up: true })));
    assert!(objects(&plan, &spoil(refused[0], Fact::Throttled { attempt: 2, gives_up: false })));
    // Without the quota nothing would have been refused, or under a narrower one nothing accepted.
    assert!(objects(&Plan { assumed: Some(rate(0.1, 1, 10)), ..plan.clone() }, &history));
    assert!(objects(&Plan { assumed: Some(rate(60.0, 1, 10)), ..plan.clone() }, &history));
    let narrow = AssumedQuotas { pending_invocations: Some(9), ..rate(5.0, 1, 10) };
    assert!(objects(&Plan { assumed: Some(narrow), ..plan.clone() }, &history));
    // And a command that is dead without need.
    let narrow = commands(2, 1.0, pending(15));
    let wide = Plan { assumed: Some(pending(20)), ..narrow.clone() };
    assert!(objects(&wide, &judged(&narrow)));
    // Nobody calls again.
    let cut: Vec<Record> =
        history.iter().copied().filter(|record| record.command == 0 || record.time <= at(1.0)).collect();
    assert!(objects(&plan, &cut));
}

fn load(text: &str) -> Result<Resolved, Faults> {
    written::load("s.toml", &written::command_to_five("", text), &[])
}

#[test]
fn quotas_are_read() {
    let resolved = load(
        "[assumed]\nsend_command = { rate = 0.5 }\npending_invocations = 10\n\
         list_command_invocations = { rate = 10, burst = 3 }\n[polling]\nevery = \"5s\"",
    )
    .unwrap();
    let assumed = resolved.plan.assumed.unwrap();
    let every = |micros| SimDuration(micros);
    assert_eq!(assumed.send_command, Some(CallRate { every: every(2_000_000), burst: 1 }));
    assert_eq!(assumed.list_command_invocations, Some(CallRate { every: every(100_000), burst: 3 }));
    assert_eq!((assumed.pending_invocations, assumed.attempts), (Some(10), 3));
    assert!(resolved.warnings.is_empty());
    // The report says that they are an assumption.
    assert!(resolved.assumptions.iter().any(|assumption| assumption.point == "O-46"));
}

#[test]
fn bad_quotas() {
    for (text, parts) in [
        ("[assumed]\nsend_command = { rate = 0 }", &["s.toml:14:25", "0.000001 to 1000000"] as &[&str]),
        ("[assumed]\nsend_command = { rate = -1 }", &["s.toml:14:25", "-1 is out of range"]),
        ("[assumed]\nsend_command = { rate = nan }", &["s.toml:14:25"]),
        ("[assumed]\nsend_command = { rate = 1, burst = 0 }", &["s.toml:14:36", "0 is out of range"]),
        ("[assumed]\npending_invocations = 0", &["s.toml:14:23", "0 is out of range"]),
        ("[assumed]\nattempts = 0", &["s.toml:14:12", "1 to 1000"]),
        ("[assumed]\nsend_commands = { rate = 1 }", &["s.toml:14:1", "send_command"]),
    ] {
        assert_says(&load(text).expect_err(text).render(false), parts);
    }
    let resolved = load("[assumed]\nlist_command_invocations = { rate = 1 }").unwrap();
    let warning = resolved.warnings[0].render(false);
    assert_says(&warning, &["s.toml:14", "nobody lists invocations", "[polling]"]);
}

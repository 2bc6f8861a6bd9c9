//! O-46: quotas of the API that a scenario assumes, and callers that are refused.

mod common;
mod written;

use common::*;
use fleetsim::{
    base::{CallRate, SimDuration, SimTime},
    check::{Checker, Judgement, Verdict, overall},
    ensemble::run_one,
    history::{Fact, Observer, Record},
    scenario::{
        Faults, Resolved,
        plan::{AssumedQuota, AssumedQuotas, Plan},
    },
    ssm::reading::SlowStart,
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

fn refusals(history: &[Record]) -> Vec<(SimTime, u32, AssumedQuota, u32, bool)> {
    let refusal = |record: &Record| match record.fact {
        Fact::Throttled { quota, attempt, gives_up } => {
            Some((record.time, record.command, quota, attempt, gives_up))
        }
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
    let quota = AssumedQuota::SendCommand;
    let refused = [3, 5, 7].map(|second| (at(f64::from(second)), second, quota, 1, true));
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
        refusals.iter().map(|&(_, command, _, attempt, gives_up)| (command, attempt, gives_up)).collect();
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

/// Ten of fifteen are pending from 0 s to 10.1 s. A second command of ten has to wait until then.
#[test]
fn pending_invocations_are_counted_over_commands() {
    let quotas = |attempts| AssumedQuotas { pending_invocations: Some(15), attempts, ..ALL };
    let plan = commands(2, 0.0, quotas(1000));
    let history = judged(&plan);
    let second = requested(&plan, &history)[1].unwrap();
    // The waits are at most 1, 2, 4, 8 s: the latest call after 10.1 s is the fourth, before 15 s or 8 s after the one before.
    assert!(second >= at(10.1) && second <= at(18.1), "{second:?}");
    assert!(refusals(&history).iter().all(|refusal| refusal.2 == AssumedQuota::PendingInvocations));
    // One that fits beside it is not refused, and one that never fits is given up.
    let mut plan = commands(2, 0.0, AssumedQuotas { pending_invocations: Some(20), ..ALL });
    assert_eq!(requested(&plan, &judged(&plan)), [Some(at(0.0)); 2]);
    plan.assumed = Some(AssumedQuotas { pending_invocations: Some(9), ..ALL });
    assert_eq!(requested(&plan, &judged(&plan)), [None; 2]);
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
    // A call that was refused is left out, told twice, given up too early, or for another reason.
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
    let quota = AssumedQuota::SendCommand;
    assert!(objects(&plan, &spoil(refused[0], Fact::Throttled { quota, attempt: 1, gives_up: true })));
    let quota = AssumedQuota::PendingInvocations;
    assert!(objects(&plan, &spoil(refused[0], Fact::Throttled { quota, attempt: 1, gives_up: false })));
    // Without the quota nothing would have been refused, or under a narrower one nothing accepted.
    assert!(objects(&Plan { assumed: Some(rate(0.1, 1, 10)), ..plan.clone() }, &history));
    assert!(objects(&Plan { assumed: Some(rate(60.0, 1, 10)), ..plan.clone() }, &history));
    let narrow = AssumedQuotas { pending_invocations: Some(9), ..rate(5.0, 1, 10) };
    assert!(objects(&Plan { assumed: Some(narrow), ..plan.clone() }, &history));
    // Nobody calls again.
    let cut: Vec<Record> =
        history.iter().copied().filter(|record| record.command == 0 || record.time <= at(1.0)).collect();
    assert!(objects(&plan, &cut));
}

/// The first line after these is the twelfth.
const SCENARIO: &str = r#"version = 1
[[group]]
name = "web"
count = 5
execution = "20s"
tags = { Role = "web" }
[[command]]
[command.request]
DocumentName = "AWS-RunShellScript"
Targets = [{ Key = "tag:Role", Values = ["web"] }]
Parameters = { commands = ["true"] }
"#;

fn load(text: &str) -> Result<Resolved, Faults> {
    written::load("s.toml", &format!("{SCENARIO}{text}\n"), &[])
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
        ("[assumed]\nsend_command = { rate = 0 }", &["s.toml:13:25", "0.000001 to 1000000"] as &[&str]),
        ("[assumed]\nsend_command = { rate = -1 }", &["s.toml:13:25", "-1 is out of range"]),
        ("[assumed]\nsend_command = { rate = nan }", &["s.toml:13:25"]),
        ("[assumed]\nsend_command = { rate = 1, burst = 0 }", &["s.toml:13:36", "0 is out of range"]),
        ("[assumed]\npending_invocations = 0", &["s.toml:13:23", "0 is out of range"]),
        ("[assumed]\nattempts = 0", &["s.toml:13:12", "1 to 1000"]),
        ("[assumed]\nsend_commands = { rate = 1 }", &["s.toml:13:1", "send_command"]),
    ] {
        assert_says(&load(text).expect_err(text).render(false), parts);
    }
    let resolved = load("[assumed]\nlist_command_invocations = { rate = 1 }").unwrap();
    let warning = resolved.warnings[0].render(false);
    assert_says(&warning, &["s.toml:13", "nobody lists invocations", "[polling]"]);
}

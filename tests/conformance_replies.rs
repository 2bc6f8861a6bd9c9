//! S8.21, S8.26, S8.27, S8.36 and S5.20: what becomes of replies that an agent kept or dropped, and of documents that it found again.

mod common;
mod written;

use common::*;
use fleetsim::{
    base::SimTime,
    check::{Checker, Judgement, overall},
    history::{AgentNote, Fact, Observer, Record},
    scenario::plan::{ExecutionResult, FaultKind, InjectedFault, Outcome, Plan, StepBehaviour},
    ssm::{StatusDetails, StepStatus, reading::SlowStart},
};

use AgentNote::{Dropped, Kept, Resent};
use StatusDetails::{DeliveryTimedOut, Success};

/// A command to twenty instances at once, whose steps go so, with an outage of the Region.
fn through_an_outage(steps: Vec<StepBehaviour>, from: f64, until: f64) -> Plan {
    let mut plan = plan(vec![group("a", 20)], limited(command(&["a"], "100%", "100%"), 36_000));
    plan.readings.slow_start = SlowStart::Off;
    plan.commands[0].steps = vec![plan.commands[0].steps[0].clone(); steps.len()];
    plan.groups[0].steps = steps;
    let (from, until) = (lasting(from), Some(lasting(until)));
    plan.faults.push(InjectedFault { from, until, kind: FaultKind::RegionOutage, after: None });
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

fn noted(history: &[Record], of: AgentNote) -> Vec<SimTime> {
    let is_it = |record: &&Record| matches!(record.fact, Fact::AgentNoted { note, .. } if note == of);
    history.iter().filter(is_it).map(|record| record.time).collect()
}

/// How a step of the only command goes in the only group.
fn step(step: u32, seconds: f64, outcomes: Vec<Outcome>) -> StepBehaviour {
    StepBehaviour { command: 0, step, execution: constant(seconds), outcomes, output: None }
}

/// S8.21, S8.26: the reply about the first of two steps is dropped. The final one sums up both.
#[test]
fn the_next_reply_tells_what_a_dropped_one_would_have_told() {
    let steps = vec![step(0, 1200.0, vec![]), step(1, 10_800.0, vec![])];
    let history = judged(&through_an_outage(steps, 600.0, 9000.0));
    assert_eq!(noted(&history, Dropped).len(), 20);
    for instance in 0..20 {
        assert_eq!(ended_as(&history, instance).0, Success);
        let (end, _) = ended(&history, instance);
        let told = steps_ended(&history, instance);
        let steps: Vec<_> = told.iter().map(|(time, step, reply)| (*time, *step, reply.started)).collect();
        assert_eq!(steps, [(end, 0, at(0.1)), (end, 1, at(1200.1))]);
    }
}

/// S8.21, S8.26: that a step asked for a reboot is not told when the reply about it is dropped, for the next one tells of its last run.
#[test]
fn a_reboot_of_which_the_reply_is_dropped_is_not_told() {
    let reboots = Outcome { run: Some(1), ..outcome(1.0, ExecutionResult::Exit(194)) };
    let history = judged(&through_an_outage(vec![step(0, 4800.0, vec![reboots])], 600.0, 13_000.0));
    let is_reboot = |record: &&Record| matches!(record.fact, Fact::RebootEnded { .. });
    assert_eq!((history.iter().filter(is_reboot).count(), noted(&history, Dropped).len()), (20, 20));
    assert!((0..20).all(|instance| ended_as(&history, instance).0 == Success));
    assert!((0..20).all(|instance| steps_ended(&history, instance).is_empty()));
}

/// Scenario text, held to all rules.
fn told(text: &str) -> Vec<Record> {
    let resolved = written::load("s.toml", text, &[]).unwrap_or_else(|faults| panic!("{faults}"));
    judged(&resolved.plan)
}

const ONE_SERVER: &str = r#"version = 1
[[group]]
name = "web"
count = 1
tags = { Role = "web" }
"#;

/// A command to the server at that second.
fn sent_at(second: u32, more: &str) -> String {
    format!(
        r#"[[command]]
name = "at-{second}"
at = "{second}s"
[command.request]
DocumentName = "AWS-RunShellScript"
Parameters = {{ commands = ["x"], executionTimeout = ["172800"] }}
Targets = [{{ Key = "tag:Role", Values = ["web"] }}]
{more}
"#
    )
}

/// T2, S8.21: on MDS a message that the full agent held is taken up while there is no connection, and the reply on that is dropped two
/// hours later. The next one tells the service that the agent has the command, and that it has ended.
#[test]
fn any_reply_may_be_the_first() {
    let long = "TimeoutSeconds = 20000";
    let commands: String = [0, 5, 10].map(|second| sent_at(second, long)).concat();
    let history = told(&format!(
        "{ONE_SERVER}execution = \"1h\"\ndelivery = \"1s\"\nagent = {{ channel = \"mds\", workers = 1, buffer = 1 }}\n\
         [[fault]]\nkind = \"agents-cut-off\"\nfrom = \"30s\"\nuntil = \"3h 20m\"\n{commands}"
    ));
    let third = of_command(&history, 2);
    let received = times(&third, Fact::Acknowledged { instance: 0 });
    let (end, ending) = ended(&third, 0);
    assert_eq!((ending.state.details, received), (Success, vec![end]));
    assert_eq!(noted(&third, Dropped).len(), 1);
}

/// S8.27, S8.36: a message that comes again when the agent has forgotten it begins another count of restarts. A script that always
/// asks for a reboot is restarted 15 times in each, and no reply comes.
#[test]
fn the_second_execution_has_its_own_run_counter() {
    let history = told(&format!(
        "{ONE_SERVER}execution = \"10s\"\nreboot = \"1m\"\noutcomes = [{{ chance = 1, exit_code = 194 }}]\n\
         [[fault]]\nkind = \"duplicate-deliveries\"\nfrom = \"0s\"\nuntil = \"1h\"\nchance = 1\nafter = \"45m\"\n{}",
        sent_at(0, "")
    ));
    assert_eq!(times(&history, Fact::RebootBegan { instance: 0 }).len(), 32);
    assert_eq!(endings(&history, DeliveryTimedOut), 1);
}

/// S5.20: an agent that is back after 50 hours gives up what ran; after 46 it begins the step again.
#[test]
fn what_is_older_than_two_days_is_not_resumed() {
    for (hours, details) in [(47, Success), (51, DeliveryTimedOut)] {
        let history = told(&format!(
            "{ONE_SERVER}execution = \"2h\"\n[[fault]]\nkind = \"agents-lost\"\nfrom = \"1h\"\nuntil = \"{hours}h\"\n{}",
            sent_at(0, "TimeoutSeconds = 2592000")
        ));
        assert_eq!(ended_as(&history, 0).0, details, "{hours}");
        let broken = times(&history, Fact::Broken { instance: 0 }).len();
        assert_eq!(broken, usize::from(details != Success), "{hours}");
    }
}

/// S8.21: what was kept has left with the job; from then on replies leave at once, that of a step that asks for a reboot too.
#[test]
fn after_what_was_kept_replies_leave_at_once() {
    let history = told(&format!(
        r#"{ONE_SERVER}execution = "60s"
reboot = "10m"
reply = "100ms"
[[behaviour]]
where = {{ step = "s1" }}
execution = "20m"
outcomes = [{{ chance = 1, run = 1, exit_code = 194 }}]
[[document]]
name = "Doc"
[document.content]
schemaVersion = "2.2"
mainSteps = [
    {{ name = "s0", action = "aws:runShellScript", inputs = {{ timeoutSeconds = 3600 }} }},
    {{ name = "s1", action = "aws:runShellScript", inputs = {{ timeoutSeconds = 3600 }} }},
]
[[fault]]
kind = "agents-cut-off"
from = "30s"
until = "70s"
[[command]]
[command.request]
DocumentName = "Doc"
Targets = [{{ Key = "tag:Role", Values = ["web"] }}]
"#
    ));
    assert_eq!((noted(&history, Kept).len(), noted(&history, Resent).len()), (1, 1));
    let (told, step, reply) = steps_ended(&history, 0)[1];
    assert_eq!((step, reply.status), (1, StepStatus::SuccessAndReboot));
    assert_eq!(told, reply.started + reply.elapsed + lasting(0.1));
}

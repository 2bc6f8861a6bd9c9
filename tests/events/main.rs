//! EventBridge and Auto Scaling: what events say, what scenarios may ask of them, what comes of them, and how the checker
//! finds what is wrong.

mod bodies;
#[path = "../common/mod.rs"]
mod common;
mod faults;
mod files;
mod random;
mod roles;
mod scaling;
mod spoils;
mod targets;
#[path = "../written/mod.rs"]
mod written;

use fleetsim::{
    base::{SimDuration, SimTime},
    check::{Checker, Judgement, RuleReport},
    history::{Digest, Fact, Observer, Record},
    scenario::Plan,
    world::{Model, World},
};

/// A fleet of ten web servers, a command that half a percent of the scenarios need, and whatever else.
pub fn scenario(more: &str) -> String {
    let none = if more.contains("[[command]]") { "" } else { "command = []" };
    format!(
        r#"version = 1
{none}
[[group]]
name = "web"
count = 10
tags = {{ Role = "web" }}
delivery = "100ms"
execution = "10s"
{more}
"#
    )
}

/// A command to all web servers.
pub const COMMAND: &str = r#"
[[command]]
name = "update"
[command.request]
DocumentName = "AWS-RunShellScript"
Targets = [{ Key = "tag:Role", Values = ["web"] }]
Parameters = { commands = ["./update"] }
"#;

/// The plan of a scenario that is right.
#[track_caller]
pub fn plan(more: &str) -> Plan {
    load(&scenario(more))
}

/// The plan of a whole text.
#[track_caller]
pub fn load(text: &str) -> Plan {
    written::load("s.toml", text, &[]).unwrap_or_else(|faults| panic!("{faults}")).plan
}

/// The history of one replication, by the shortest way.
pub fn history(plan: &Plan, replication: u64) -> Vec<Record> {
    let mut records = Vec::new();
    World::new(&Model::new(plan), plan.seed, replication).run(&mut records);
    records
}

/// What the rules say of a history.
pub fn judge(plan: &Plan, records: &[Record]) -> Vec<RuleReport> {
    let mut checker = Checker::new(plan);
    records.iter().for_each(|record| checker.observe(record));
    checker.finish()
}

/// The rules that object.
pub fn objecting(plan: &Plan, records: &[Record]) -> Vec<&'static str> {
    let reports = judge(plan, records);
    let bad = reports.iter().filter(|report| report.verdict.judgement() != Judgement::Valid);
    bad.map(|report| report.rule).collect()
}

/// A history that all rules find right.
#[track_caller]
pub fn good(plan: &Plan, replication: u64) -> Vec<Record> {
    let records = history(plan, replication);
    for report in judge(plan, &records) {
        assert_eq!(report.verdict.judgement(), Judgement::Valid, "{report:#?}");
    }
    records
}

/// The digest of one replication.
pub fn digest(model: &Model, plan: &Plan, replication: u64) -> Digest {
    let mut digest = Digest::default();
    World::new(model, plan.seed, replication).run(&mut digest);
    digest
}

/// How many facts are such.
pub fn count(records: &[Record], is: impl Fn(&Fact) -> bool) -> usize {
    records.iter().filter(|record| is(&record.fact)).count()
}

/// When such facts were told.
pub fn times(records: &[Record], is: impl Fn(&Fact) -> bool) -> Vec<SimTime> {
    records.iter().filter(|record| is(&record.fact)).map(|record| record.time).collect()
}

/// So many seconds after the start.
pub fn at(seconds: u64) -> SimTime {
    SimTime::ZERO + SimDuration::from_secs(seconds)
}

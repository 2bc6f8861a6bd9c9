//! Small plans for tests, built by hand.
#![allow(dead_code, reason = "each test file uses its own part")]

use std::collections::BTreeMap;

use fleetsim::{
    base::{SimDuration, distribution::Distribution},
    history::{Digest, Fact, Record},
    scenario::plan::{Command, Group, Plan},
    ssm::{Readings, SendCommandRequest, StatusDetails, request::Target, status::Platform},
    world::{Model, World},
};

/// Always `seconds`.
pub fn constant(seconds: f64) -> Distribution {
    Distribution::Constant { value: seconds * 1e6 }
}

/// A group of instances that answer after a tenth of a second and take ten seconds.
pub fn group(name: &str, count: u32) -> Group {
    Group {
        name: name.into(),
        count,
        id_prefix: format!("i-{name}"),
        platform: Platform::Linux,
        tags: BTreeMap::from([("Role".into(), name.into())]),
        access_denied: false,
        delivery: constant(0.1),
        reply: None,
        execution: constant(10.0),
        slowness: Distribution::Constant { value: 1.0 },
        availability: vec![],
        outcomes: vec![],
    }
}

/// A shell command to everything tagged with one of `roles`, with a total timeout of 600 + 3600 seconds.
pub fn command(roles: &[&str], max_concurrency: &str, max_errors: &str) -> Command {
    let values = roles.iter().map(ToString::to_string).collect();
    Command {
        at: SimDuration::ZERO,
        request: SendCommandRequest {
            document_name: "AWS-RunShellScript".into(),
            targets: Some(vec![Target { key: "tag:Role".into(), values }]),
            max_concurrency: Some(max_concurrency.into()),
            max_errors: Some(max_errors.into()),
            ..SendCommandRequest::default()
        },
        timeout_seconds: 600,
        execution_timeout_seconds: 3600,
        platforms: vec![Platform::Linux, Platform::MacOS],
        cancels: vec![],
        not_simulated: vec![],
    }
}

/// A plan of one command over some groups, under the default readings.
pub fn plan(groups: Vec<Group>, command: Command) -> Plan {
    Plan {
        version: 1,
        name: "test".into(),
        description: String::new(),
        start: "2026-01-01T00:00:00Z".into(),
        seed: 1,
        profile: "api".into(),
        readings: Readings::default(),
        groups,
        commands: vec![command],
        thresholds: vec![],
    }
}

/// The history of one replication.
pub fn history(plan: &Plan, replication: u64) -> Vec<Record> {
    let mut records = Vec::new();
    World::new(&Model::new(plan), plan.seed, replication).run(&mut records);
    records
}

/// The digest of one replication.
pub fn digest(plan: &Plan, replication: u64) -> Digest {
    let mut digest = Digest::default();
    World::new(&Model::new(plan), plan.seed, replication).run(&mut digest);
    digest
}

/// How many invocations ended in this way.
pub fn endings(history: &[Record], details: StatusDetails) -> usize {
    let ended = |record: &&Record| matches!(record.fact, Fact::InvocationEnded { ending, .. } if ending.state.details == details);
    history.iter().filter(ended).count()
}

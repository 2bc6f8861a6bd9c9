//! Small plans for tests, built by hand.
#![allow(dead_code, reason = "each test file uses its own part")]

use std::collections::BTreeMap;

use fleetsim::{
    base::{Chance, SimDuration, SimTime, distribution::Distribution},
    history::{CommandCounts, Digest, Ending, Fact, Record, StepReply},
    scenario::plan::{
        AgentLimits, Availability, AvailabilityState, Cancel, Channel, Command, ExecutionResult, Group,
        Members, Numbered, Outcome, PLAN_VERSION, Plan, Step,
    },
    ssm::{CommandStatus, Readings, SendCommandRequest, StatusDetails, request::Target, status::Platform},
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
        members: Members::Numbered(numbered(name, count)),
        delivery: constant(0.1),
        reply: None,
        execution: constant(10.0),
        slowness: Distribution::Constant { value: 1.0 },
        availability: vec![],
        outcomes: vec![],
        steps: vec![],
        agent: AgentLimits::default(),
        channel: Channel::Mgs,
        reboot: constant(60.0),
        output: None,
    }
}

/// Linux instances with the tag `Role` = `name`.
pub fn numbered(name: &str, count: u32) -> Numbered {
    Numbered {
        count,
        id_prefix: format!("i-{name}"),
        platform: Platform::Linux,
        tags: BTreeMap::from([("Role".into(), name.into())]),
        access_denied: false,
    }
}

/// A shell command to everything tagged with one of `roles`, with a total timeout of 600 + 3600 seconds.
pub fn command(roles: &[&str], max_concurrency: &str, max_errors: &str) -> Command {
    let values = roles.iter().map(ToString::to_string).collect();
    Command {
        name: "command".into(),
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
        steps: vec![Step::plain("run", &[Platform::Linux, Platform::MacOS], 3600)],
        notification: None,
        cancels: vec![],
        access_denied: vec![],
        publish_denied: false,
        not_simulated: vec![],
        trigger: None,
        is_template: false,
    }
}

/// The command with this execution timeout, of each step and in the total.
pub fn limited(mut command: Command, seconds: u32) -> Command {
    command.execution_timeout_seconds = seconds;
    command.steps.iter_mut().for_each(|step| step.timeout_seconds = seconds);
    command
}

/// The command with a document that runs on these platforms, and so does each of its steps.
pub fn running_on(mut command: Command, platforms: &[Platform]) -> Command {
    command.platforms = platforms.to_vec();
    command.steps.iter_mut().for_each(|step| step.platforms = platforms.to_vec());
    command
}

/// A plan of one command over some groups, under the default readings.
pub fn plan(groups: Vec<Group>, command: Command) -> Plan {
    Plan {
        version: PLAN_VERSION,
        name: "test".into(),
        description: String::new(),
        start: "2026-01-01T00:00:00Z".into(),
        seed: 1,
        profile: "api".into(),
        readings: Readings::default(),
        groups,
        resource_groups: vec![],
        topics: vec![],
        events: None,
        commands: vec![command],
        thresholds: vec![],
        faults: Vec::new(),
        alarms: Vec::new(),
        polling: None,
        assumed: None,
        is_open: false,
    }
}

/// The history of one replication.
pub fn history(plan: &Plan, replication: u64) -> Vec<Record> {
    let mut records = Vec::new();
    World::new(&Model::new(plan), plan.seed, replication).run(&mut records);
    records
}

/// The records of one command.
pub fn of_command(history: &[Record], command: u32) -> Vec<Record> {
    history.iter().filter(|record| record.command == command).copied().collect()
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

/// A point of time, in seconds.
pub fn at(seconds: f64) -> SimTime {
    SimTime((seconds * 1e6).round() as u64)
}

/// A length of time, in seconds.
pub fn lasting(seconds: f64) -> SimDuration {
    SimDuration((seconds * 1e6).round() as u64)
}

/// This result with this probability.
pub fn outcome(probability: f64, result: ExecutionResult) -> Outcome {
    Outcome { chance: Chance::from_probability(probability).unwrap(), run: None, result, execution: None }
}

/// A group of which every execution comes to `result`.
pub fn group_of(name: &str, count: u32, result: ExecutionResult) -> Group {
    Group { outcomes: vec![outcome(1.0, result)], ..group(name, count) }
}

/// A group that is not always reachable, every instance in the same way.
pub fn group_away(name: &str, count: u32, state: AvailabilityState) -> Group {
    Group { availability: vec![Availability { chance: Chance::ONE, state }], ..group(name, count) }
}

/// A cancel, of the whole command when no ids are given.
pub fn cancel(seconds: f64, ids: &[&str]) -> Cancel {
    Cancel { at: lasting(seconds), instance_ids: ids.iter().map(ToString::to_string).collect() }
}

/// When and how the invocation for an instance ended.
pub fn ended(history: &[Record], instance: u32) -> (SimTime, Ending) {
    let mut found = history.iter().filter_map(|record| match record.fact {
        Fact::InvocationEnded { instance: other, ending } if other == instance => Some((record.time, ending)),
        _ => None,
    });
    let first = found.next().expect("the invocation ends");
    assert!(found.next().is_none(), "instance {instance} ends twice");
    first
}

/// The details with which the invocation for an instance ended, and when.
pub fn ended_as(history: &[Record], instance: u32) -> (StatusDetails, SimTime) {
    let (time, ending) = ended(history, instance);
    (ending.state.details, time)
}

/// The command's terminal status, when it came, and the counters with it.
pub fn command_ended(history: &[Record]) -> (CommandStatus, StatusDetails, SimTime, CommandCounts) {
    let mut found = history.iter().filter_map(|record| match record.fact {
        Fact::CommandEnded { state, counts } => Some((state.status, state.details, record.time, counts)),
        _ => None,
    });
    let first = found.next().expect("the command ends");
    assert!(found.next().is_none(), "the command ends twice");
    first
}

/// The details of every change of the command that is not its end, with times.
pub fn command_changes(history: &[Record]) -> Vec<(StatusDetails, SimTime)> {
    let changed = |record: &Record| match record.fact {
        Fact::CommandChanged { state } => Some((state.details, record.time)),
        _ => None,
    };
    history.iter().filter_map(changed).collect()
}

/// The steps of an instance that were told, each with its time and what the reply says.
pub fn steps_ended(history: &[Record], of: u32) -> Vec<(SimTime, u32, StepReply)> {
    let told = |record: &Record| match record.fact {
        Fact::StepEnded { instance, step, reply } if instance == of => Some((record.time, step, reply)),
        _ => None,
    };
    history.iter().filter_map(told).collect()
}

/// The details of every change of an invocation that is not its end, with times.
pub fn changes(history: &[Record], of: u32) -> Vec<(StatusDetails, SimTime)> {
    let changed = |record: &Record| match record.fact {
        Fact::InvocationChanged { instance, state } if instance == of => Some((state.details, record.time)),
        _ => None,
    };
    history.iter().filter_map(changed).collect()
}

/// When an instance was sent to, if it was.
pub fn sent(history: &[Record], of: u32) -> Option<SimTime> {
    let mut sends = history.iter().filter(|record| record.fact == Fact::Sent { instance: of });
    sends.next().map(|record| record.time)
}

/// The times at which something was sent.
pub fn send_times(history: &[Record]) -> Vec<SimTime> {
    let sends = history.iter().filter(|record| matches!(record.fact, Fact::Sent { .. }));
    sends.map(|record| record.time).collect()
}

/// The times of all facts that are equal to `fact`.
pub fn times(history: &[Record], fact: Fact) -> Vec<SimTime> {
    history.iter().filter(|record| record.fact == fact).map(|record| record.time).collect()
}

/// The most invocations in flight at the end of an instant.
pub fn most_in_flight(history: &[Record]) -> u32 {
    let mut in_flight = 0;
    let mut most = 0;
    for record in history {
        match record.fact {
            Fact::Sent { .. } => in_flight += 1,
            Fact::InvocationEnded { ending, .. } if ending.sent.is_some() => in_flight -= 1,
            _ => {}
        }
        most = most.max(in_flight);
    }
    most
}

/// Who the instances of a numbered group are, to be changed.
pub fn members(group: &mut Group) -> &mut Numbered {
    match &mut group.members {
        Members::Numbered(numbered) => numbered,
        Members::Listed(_) => panic!("the group is listed"),
    }
}

/// A numbered group with something changed about who its instances are.
pub fn with(mut group: Group, change: impl FnOnce(&mut Numbered)) -> Group {
    change(members(&mut group));
    group
}

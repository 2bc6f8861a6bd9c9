//! Histories written by hand: a tiny builder, and the good stories that the tests spoil.

use std::collections::BTreeMap;

use fleetsim::{
    base::{Chance, SimDuration, SimTime, distribution::Distribution},
    check::{Checker, Judgement, Offence, RuleReport, Verdict},
    history::{CommandCounts, Ending, Fact, Observer, Record},
    scenario::plan::{
        AgentLimits, Channel, Command, ExecutionResult, Group, Members, Numbered, Outcome, PLAN_VERSION,
        Plan, Step,
    },
    ssm::{
        CommandState, CommandStatus, InvocationState, InvocationStatus, Readings, SendCommandRequest,
        StatusDetails as D, request::Target, status::Platform,
    },
    world::{Model, World},
};

/// `TimeoutSeconds` and the execution timeout of every story: `ExpiresAfter` is at 160 s.
pub(crate) const DELIVERY_LIMIT: u32 = 60;
/// See [`DELIVERY_LIMIT`].
pub(crate) const EXECUTION_LIMIT: u32 = 100;

/// A plan and a history of it.
#[derive(Clone, Debug)]
pub(crate) struct Story {
    pub(crate) plan: Plan,
    pub(crate) records: Vec<Record>,
    now: SimTime,
    command: u32,
}

/// A group of Linux instances tagged `fleet=<name>`.
pub(crate) fn group(name: &str, count: u32) -> Group {
    let nothing = Distribution::Constant { value: 1.0 };
    Group {
        name: name.into(),
        members: Members::Numbered(Numbered {
            count,
            id_prefix: format!("i-{name}"),
            platform: Platform::Linux,
            tags: BTreeMap::from([("fleet".to_owned(), name.to_owned())]),
            access_denied: false,
        }),
        delivery: nothing.clone(),
        reply: None,
        execution: nothing.clone(),
        slowness: nothing,
        availability: Vec::new(),
        outcomes: Vec::new(),
        steps: Vec::new(),
        agent: AgentLimits::default(),
        channel: Channel::Mgs,
        reboot: Distribution::Constant { value: 1.0 },
        output: None,
    }
}

/// A chance that a script ends with this code.
pub(crate) fn exit(code: i32) -> Outcome {
    Outcome { chance: Chance::ONE, run: None, result: ExecutionResult::Exit(code), execution: None }
}

impl Story {
    /// A command to all of a group of `count`, slow start and the rest as by default.
    pub(crate) fn new(count: u32, concurrency: &str, errors: &str) -> Self {
        let request = SendCommandRequest {
            targets: Some(vec![Target { key: "tag:fleet".into(), values: vec!["a".into()] }]),
            max_concurrency: Some(concurrency.into()),
            max_errors: Some(errors.into()),
            ..SendCommandRequest::default()
        };
        let command = Command {
            name: "command".into(),
            at: SimDuration::ZERO,
            request,
            timeout_seconds: DELIVERY_LIMIT,
            execution_timeout_seconds: EXECUTION_LIMIT,
            platforms: vec![Platform::Linux],
            steps: vec![Step::plain("run", &[Platform::Linux], EXECUTION_LIMIT)],
            notification: None,
            cancels: Vec::new(),
            access_denied: Vec::new(),
            publish_denied: false,
            not_simulated: Vec::new(),
            trigger: None,
            is_template: false,
        };
        let plan = Plan {
            version: PLAN_VERSION,
            name: String::new(),
            description: String::new(),
            start: "2026-01-01T00:00:00Z".into(),
            seed: 0,
            profile: "api".into(),
            readings: Readings::default(),
            groups: vec![group("a", count)],
            resource_groups: Vec::new(),
            topics: Vec::new(),
            events: None,
            commands: vec![command],
            thresholds: Vec::new(),
            faults: Vec::new(),
            alarms: Vec::new(),
            polling: None,
            assumed: None,
            is_open: false,
        };
        Self { plan, records: Vec::new(), now: SimTime::ZERO, command: 0 }
    }

    /// Other groups of instances.
    pub(crate) fn groups(mut self, groups: Vec<Group>) -> Self {
        self.plan.groups = groups;
        self
    }

    /// Another request.
    pub(crate) fn request(mut self, change: impl FnOnce(&mut SendCommandRequest)) -> Self {
        change(&mut self.plan.commands[0].request);
        self
    }

    /// Other readings.
    pub(crate) fn readings(mut self, change: impl FnOnce(&mut Readings)) -> Self {
        change(&mut self.plan.readings);
        self
    }

    /// Other things in the plan.
    pub(crate) fn plan(mut self, change: impl FnOnce(&mut Plan)) -> Self {
        change(&mut self.plan);
        self
    }

    /// What follows happens so many seconds after the start.
    pub(crate) fn at(mut self, seconds: u64) -> Self {
        self.now = seconds_on(seconds);
        self
    }

    /// What follows is about the command with this number.
    pub(crate) fn of(mut self, command: u32) -> Self {
        self.command = command;
        self
    }

    pub(crate) fn fact(mut self, fact: Fact) -> Self {
        self.records.push(Record { time: self.now, command: self.command, fact });
        self
    }

    /// Requested, and resolved to so many targets.
    pub(crate) fn requested(self, count: u32) -> Self {
        self.fact(Fact::Requested).fact(Fact::Targeted { count })
    }

    pub(crate) fn sent(self, instance: u32) -> Self {
        self.fact(Fact::Sent { instance })
    }

    /// Sent, as the first of the command.
    pub(crate) fn first_sent(self, instance: u32) -> Self {
        self.sent(instance).command(CommandStatus::InProgress, D::InProgress)
    }

    /// Acknowledged, and so InProgress.
    pub(crate) fn ack(self, instance: u32) -> Self {
        self.fact(Fact::Acknowledged { instance }).invocation(
            instance,
            InvocationStatus::InProgress,
            D::InProgress,
        )
    }

    pub(crate) fn invocation(self, instance: u32, status: InvocationStatus, details: D) -> Self {
        self.fact(Fact::InvocationChanged { instance, state: InvocationState { status, details } })
    }

    pub(crate) fn delayed(self, instance: u32) -> Self {
        self.invocation(instance, InvocationStatus::Delayed, D::Delayed)
    }

    pub(crate) fn cancelling(self, instance: u32) -> Self {
        self.invocation(instance, InvocationStatus::Cancelling, D::Cancelling)
    }

    pub(crate) fn command(self, status: CommandStatus, details: D) -> Self {
        self.fact(Fact::CommandChanged { state: CommandState { status, details } })
    }

    /// The command is cancelled as a whole.
    pub(crate) fn cancel(self) -> Self {
        self.fact(Fact::CancelRequested { instance: None })
    }

    /// An ending with everything that goes with it.
    pub(crate) fn ends(self, instance: u32, details: D) -> Self {
        let ending = self.ending(instance, details);
        self.fact(Fact::InvocationEnded { instance, ending })
    }

    /// Several endings alike.
    pub(crate) fn all_end(self, instances: impl IntoIterator<Item = u32>, details: D) -> Self {
        instances.into_iter().fold(self, |story, instance| story.ends(instance, details))
    }

    /// What an ending now would look like.
    pub(crate) fn ending(&self, instance: u32, details: D) -> Ending {
        let (status, response_code) = match details {
            D::Success => (InvocationStatus::Success, 0),
            D::Failed => (InvocationStatus::Failed, 1),
            D::ExecutionTimedOut => (InvocationStatus::TimedOut, 137),
            D::DeliveryTimedOut => (InvocationStatus::TimedOut, -1),
            D::Cancelled | D::Terminated => (InvocationStatus::Cancelled, -1),
            _ => (InvocationStatus::Failed, -1),
        };
        let when = |wanted: Fact| {
            let is_one = |record: &&Record| record.command == self.command && record.fact == wanted;
            self.records.iter().find(is_one).map(|record| record.time)
        };
        let started = when(Fact::Started { instance }).or(when(Fact::Acknowledged { instance }));
        let has_reply = matches!(details, D::Success | D::Failed | D::ExecutionTimedOut);
        Ending {
            state: InvocationState { status, details },
            response_code,
            sent: when(Fact::Sent { instance }),
            started,
            elapsed: started.filter(|_| has_reply).map(|started| self.now.since(started)),
        }
    }

    /// The command's end, with counters that fit the endings so far.
    pub(crate) fn done(self, status: CommandStatus, details: D) -> Self {
        let ended_as = |wanted: &[D]| {
            let is_one = |record: &&Record| match record.fact {
                Fact::InvocationEnded { ending, .. } if record.command == self.command => {
                    wanted.is_empty() || wanted.contains(&ending.state.details)
                }
                _ => false,
            };
            self.records.iter().filter(is_one).count() as u32
        };
        let targets = |record: &Record| match record.fact {
            Fact::Targeted { count } if record.command == self.command => Some(count),
            _ => None,
        };
        let target_count = self.records.iter().find_map(targets).expect("a story begins with `requested`");
        let counts = CommandCounts {
            target_count,
            completed_count: ended_as(&[]),
            error_count: ended_as(&[D::Failed, D::ExecutionTimedOut]),
            delivery_timed_out_count: ended_as(&[D::DeliveryTimedOut]),
        };
        self.fact(Fact::CommandEnded { state: CommandState { status, details }, counts })
    }

    /// The story as the engine tells it.
    pub(crate) fn simulated(mut self) -> Self {
        World::new(&Model::new(&self.plan), self.plan.seed, 0).run(&mut self.records);
        self
    }

    /// The verdicts on this story.
    pub(crate) fn judge(&self) -> Vec<RuleReport> {
        judge(&self.plan, &self.records)
    }

    /// The rules that object to this story.
    pub(crate) fn objectors(&self) -> Vec<&'static str> {
        objectors(&self.judge())
    }
}

/// So many seconds after the start.
pub(crate) fn seconds_on(seconds: u64) -> SimTime {
    SimTime(seconds * 1_000_000)
}

/// The verdicts on a history of a plan.
pub(crate) fn judge(plan: &Plan, records: &[Record]) -> Vec<RuleReport> {
    let mut checker = Checker::new(plan);
    for record in records {
        checker.observe(record);
    }
    checker.finish()
}

/// The rules that object.
pub(crate) fn objectors(reports: &[RuleReport]) -> Vec<&'static str> {
    let objects = |report: &&RuleReport| report.verdict.judgement() == Judgement::Invalid;
    reports.iter().filter(objects).map(|report| report.rule).collect()
}

/// What the rules object to, for the message of a test that fails.
pub(crate) fn complaints(reports: &[RuleReport]) -> String {
    let complaint = |report: &RuleReport| match &report.verdict {
        Verdict::Valid => None,
        Verdict::Unknown { reason } => Some(format!("  {}: unknown, {reason}", report.rule)),
        Verdict::Invalid { offences, count } => {
            let Offence { time, message, .. } = &offences[0];
            Some(format!("  {}: {count}, first at {} us: {message}", report.rule, time.0))
        }
    };
    reports.iter().filter_map(complaint).collect::<Vec<_>>().join("\n")
}

/// Who the instances of a group are, to be changed.
pub(crate) fn members(group: &mut Group) -> &mut Numbered {
    match &mut group.members {
        Members::Numbered(numbered) => numbered,
        Members::Listed(_) => panic!("the group is listed"),
    }
}

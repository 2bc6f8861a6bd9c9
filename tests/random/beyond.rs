//! What random plans have beyond the service: documents of several steps, reboots, agents that commands share,
//! connections that come and go, messages, outputs.
//!
//! [`AGENTS`] and [`NOTIFICATIONS`] switch either side off, to look for a fault on the other.
#![allow(dead_code, reason = "each test file uses its own part")]

use fleetsim::{
    base::{Chance, SimDuration, distribution::Distribution},
    scenario::plan::{
        AgentLimits, AssumedQuotas, Availability, AvailabilityState, Channel, ExecutionResult, FaultKind,
        Group, InjectedFault, Notification, Outcome, Plan, Step, StepBehaviour, Struck, Subscription, Topic,
        Trouble,
    },
    ssm::{
        NotificationType, NotifiedStatus,
        document::OnFailure,
        status::Platform::{self, Linux, MacOS, Windows},
    },
};
use proptest::{
    collection::vec,
    option::{self, weighted},
    prelude::*,
    sample::{select, subsequence},
};

#[path = "alarm.rs"]
mod alarm;
#[path = "delivery.rs"]
mod delivery;
#[path = "output.rs"]
mod output;
#[path = "quota.rs"]
mod quota;

/// Whether random plans have several steps, reboots, more commands than workers, and connections that come and go.
pub const AGENTS: bool = true;
/// Whether random plans publish.
pub const NOTIFICATIONS: bool = true;

/// What is added to a plan. Groups, commands and steps are taken in turn, however many there are.
#[derive(Clone, Debug)]
pub struct Beyond {
    agents: Option<Agents>,
    mail: Option<Mail>,
    faults: Vec<InjectedFault>,
    outputs: Option<output::Outputs>,
    alarms: Option<alarm::Alarms>,
    assumed: Option<AssumedQuotas>,
}

#[derive(Clone, Debug)]
struct Agents {
    /// Commands like those of the plan, each at another time.
    more: Vec<(usize, SimDuration)>,
    documents: Vec<(Vec<Step>, bool)>,
    groups: Vec<Agent>,
    behaviours: Vec<(usize, StepBehaviour)>,
}

#[derive(Clone, Debug)]
struct Agent {
    limits: AgentLimits,
    channel: Channel,
    reboot: Distribution,
    /// In which run of a step which code of a reboot comes.
    reboots: Option<(Option<u32>, i32)>,
    alternating: Option<AvailabilityState>,
}

#[derive(Clone, Debug)]
struct Mail {
    topics: Vec<Topic>,
    asked: Vec<Option<Notification>>,
}

/// Whatever the switches allow.
pub fn beyond() -> impl Strategy<Value = Beyond> {
    some(AGENTS, NOTIFICATIONS)
}

/// Steps and agents, messages, or both.
pub fn some(has_agents: bool, has_notifications: bool) -> impl Strategy<Value = Beyond> {
    let agents = if has_agents { weighted(0.8, agents()).boxed() } else { Just(None).boxed() };
    let mail = if has_notifications { weighted(0.6, mail()).boxed() } else { Just(None).boxed() };
    let faults = if has_agents {
        prop_oneof![2 => Just(Vec::new()), 1 => vec(fault(), 1..=3)].boxed()
    } else {
        Just(Vec::new()).boxed()
    };
    let outputs = if has_agents { weighted(0.3, output::outputs()).boxed() } else { Just(None).boxed() };
    let alarms = if has_agents { weighted(0.2, alarm::alarms()).boxed() } else { Just(None).boxed() };
    let assumed = if has_agents { weighted(0.15, quota::quotas()).boxed() } else { Just(None).boxed() };
    (agents, mail, faults, outputs, alarms, assumed).prop_map(
        |(agents, mail, faults, outputs, alarms, assumed)| Beyond {
            agents,
            mail,
            faults,
            outputs,
            alarms,
            assumed,
        },
    )
}

/// Mostly short, and sometimes so long that replies are dropped.
fn fault() -> impl Strategy<Value = InjectedFault> {
    let lasts = prop_oneof![4 => seconds(60), 1 => seconds(4 * 3600)];
    let trouble = prop_oneof![
        2 => Just(Trouble::Lost),
        2 => Just(Trouble::CutOff),
        1 => Just(Trouble::Hibernate),
        1 => Just(Trouble::Slow(3.0)),
        1 => select(vec![200, 400]).prop_map(|by| Trouble::ClockAhead(SimDuration::from_secs(by))),
        2 => Just(Trouble::Duplicates(Chance(700_000_000))),
    ];
    let share = select(vec![Chance(500_000_000), Chance::ONE]);
    let groups = subsequence(vec![0, 1, 2, 3], 1..=4);
    let instances = (groups, share, trouble).prop_map(|(groups, share, trouble)| FaultKind::Instances {
        struck: Struck { groups, share },
        trouble,
    });
    let kind = prop_oneof![
        2 => Just(FaultKind::RegionOutage),
        1 => select(vec![FaultKind::SnsOutage, FaultKind::S3Outage, FaultKind::LogsOutage]),
        4 => instances,
    ];
    // Agents forget messages after 30 to 40 minutes.
    let late = prop_oneof![seconds(60), seconds(5400)]
        .prop_map(|late| Distribution::Constant { value: late.0 as f64 });
    let after = option::of(late);
    (seconds(100), lasts, kind, prop::bool::weighted(0.1), after).prop_map(
        |(from, lasts, kind, for_good, after)| {
            let is_loss = matches!(kind, FaultKind::Instances { trouble: Trouble::Lost, .. });
            let until = (!(is_loss && for_good)).then_some(from + lasts + SimDuration::UNIT);
            let doubles = matches!(kind, FaultKind::Instances { trouble: Trouble::Duplicates(_), .. });
            InjectedFault { from, until, kind, after: after.filter(|_| doubles) }
        },
    )
}

fn agents() -> impl Strategy<Value = Agents> {
    let more = vec((0..8_usize, seconds(100)), 0..=5);
    let documents = vec((document(), any::<bool>()), 1..=3);
    (more, documents, vec(agent(), 1..=4), vec((0..4_usize, behaviour()), 0..=4))
        .prop_map(|(more, documents, groups, behaviours)| Agents { more, documents, groups, behaviours })
}

fn document() -> impl Strategy<Value = Vec<Step>> {
    let platforms: Vec<&[Platform]> = vec![&[Linux, Windows, MacOS], &[Linux, MacOS], &[Windows], &[Linux]];
    let on_failure =
        select(vec![OnFailure::Continue, OnFailure::Continue, OnFailure::Exit, OnFailure::SuccessAndExit]);
    let step = (select(platforms), 5..=60_u32, on_failure, prop::bool::weighted(0.2));
    (vec(step, 1..=5), prop::bool::weighted(0.4)).prop_map(|(steps, finally)| {
        let last = steps.len() - 1;
        let step = |(number, (platforms, timeout_seconds, on_failure, exit_on_success))| Step {
            on_failure,
            exit_on_success,
            finally: finally && number == last && number > 0,
            ..Step::plain(format!("step{number}"), platforms, timeout_seconds)
        };
        steps.into_iter().enumerate().map(step).collect()
    })
}

fn agent() -> impl Strategy<Value = Agent> {
    let limits = (1..=3_u32, 1..=2_u32, 1..=3_u32);
    let limits = limits.prop_map(|(workers, buffer, retries)| AgentLimits { workers, buffer, retries });
    let reboots = (option::of(1..=2_u32), select(vec![194, 3010]));
    let channel = select(vec![Channel::Mgs, Channel::Mgs, Channel::Mds]);
    (limits, channel, duration(20.0), option::of(reboots), weighted(0.3, alternating())).prop_map(
        |(limits, channel, reboot, reboots, alternating)| Agent {
            limits,
            channel,
            reboot,
            reboots,
            alternating,
        },
    )
}

/// Up and down for a second at least, so that time goes on.
fn alternating() -> impl Strategy<Value = AvailabilityState> {
    let span = || duration(20.0).prop_map(|of| Distribution::Shifted { by: 1e6, of: Box::new(of) });
    (span(), span()).prop_map(|(up, down)| AvailabilityState::Alternating { up, down })
}

fn behaviour() -> impl Strategy<Value = StepBehaviour> {
    let code = select(vec![0, 1, 137, -1, 168, 169, 194, 3010]).prop_map(ExecutionResult::Exit);
    let result =
        prop_oneof![6 => code, 1 => Just(ExecutionResult::Hang), 1 => Just(ExecutionResult::ReplyLost)];
    let outcome = (0..=50_u32, option::of(1..=3_u32), result, option::of(duration(10.0)));
    let outcome = outcome.prop_map(|(percent, run, result, execution)| Outcome {
        chance: Chance(Chance::ONE.0 / 100 * percent),
        run,
        result,
        execution,
    });
    (0..8_u32, 0..5_u32, duration(10.0), vec(outcome, 0..=2)).prop_map(
        |(command, step, execution, outcomes)| StepBehaviour {
            command,
            step,
            execution,
            outcomes,
            output: None,
        },
    )
}

fn mail() -> impl Strategy<Value = Mail> {
    // Where a delivery is followed nothing is foreseen, so most plans have none.
    let topics = (vec(topic(), 1..=2), prop::bool::weighted(0.3)).prop_map(|(mut topics, follows)| {
        let subscriptions = topics.iter_mut().flat_map(|topic| &mut topic.subscriptions);
        subscriptions.filter(|_| !follows).for_each(|one| one.delivery = None);
        topics
    });
    (topics, vec(option::of(notification()), 1..=3)).prop_map(|(topics, asked)| Mail { topics, asked })
}

fn topic() -> impl Strategy<Value = Topic> {
    let subscription = (duration(5.0), chance(), chance(), weighted(0.5, delivery::delivery()));
    (chance(), vec(subscription, 0..=3)).prop_map(|(published_twice, subscriptions)| Topic {
        arn: String::new(),
        published_twice,
        subscriptions: (0..)
            .zip(subscriptions)
            .map(|(number, (latency, duplicate, loss, delivery)): (u32, _)| Subscription {
                name: format!("subscription{number}"),
                latency,
                duplicate,
                loss,
                delivery: delivery.map(Box::new),
            })
            .collect(),
    })
}

fn notification() -> impl Strategy<Value = Notification> {
    let kind = select(vec![NotificationType::Command, NotificationType::Invocation]);
    let all = Just(NotifiedStatus::ALL.to_vec());
    let events = prop_oneof![all, subsequence(NotifiedStatus::ALL.to_vec(), 1..=4)];
    (0..2_u32, events, kind).prop_map(|(topic, events, kind)| Notification { topic, events, kind })
}

/// Mostly none, so that both sides of every rule are met.
pub fn chance() -> impl Strategy<Value = Chance> {
    prop_oneof![2 => Just(Chance(0)), 1 => Just(Chance(300_000_000)), 1 => Just(Chance::ONE)]
}

pub fn seconds(most: u64) -> impl Strategy<Value = SimDuration> {
    (0..=2 * most).prop_map(|halves| SimDuration(halves * 500_000))
}

/// Mostly on a grid, so that instants meet.
pub fn duration(most: f64) -> impl Strategy<Value = Distribution> {
    let grid = move || (0..=20_u32).prop_map(move |part| f64::from(part) * most * 5e4);
    prop_oneof![
        2 => grid().prop_map(|value| Distribution::Constant { value }),
        1 => (grid(), grid()).prop_map(|(a, b)| Distribution::Uniform { min: a.min(b), max: a.max(b) }),
        1 => (0.1..1.0_f64).prop_map(move |mean| Distribution::Exponential { mean: mean * most * 1e6 }),
    ]
}

impl Beyond {
    /// The plan with all that.
    pub fn onto(self, mut plan: Plan) -> Plan {
        if let Some(agents) = self.agents {
            agents.onto(&mut plan);
        }
        if let Some(mail) = self.mail {
            mail.onto(&mut plan);
        }
        let count = plan.groups.len() as u32;
        plan.faults = self.faults;
        plan.assumed = self.assumed;
        for fault in &mut plan.faults {
            if let FaultKind::Instances { struck, .. } = &mut fault.kind {
                struck.groups.retain(|&group| group < count);
            }
        }
        if let Some(outputs) = self.outputs {
            outputs.onto(&mut plan);
        }
        if let Some(alarms) = self.alarms {
            alarms.onto(&mut plan);
        }
        plan
    }
}

impl Agents {
    fn onto(self, plan: &mut Plan) {
        let like = plan.commands.clone();
        for (number, at) in self.more {
            let mut command = like[number % like.len()].clone();
            let before = command.at;
            command.at = at;
            for cancel in &mut command.cancels {
                cancel.at = at + SimDuration(cancel.at.0 - before.0);
            }
            plan.commands.push(command);
        }
        let documents = self.documents.iter().cycle();
        for (command, (steps, is_long)) in plan.commands.iter_mut().zip(documents) {
            command.execution_timeout_seconds =
                steps.iter().map(|step| step.timeout_seconds).max().unwrap_or(5);
            command.steps.clone_from(steps);
            command.timeout_seconds += if *is_long { 400 } else { 0 };
        }
        let count = plan.commands.len() as u32;
        for (group, agent) in plan.groups.iter_mut().zip(self.groups.iter().cycle()) {
            agent.clone().onto(group);
        }
        for (number, mut behaviour) in self.behaviours {
            behaviour.command %= count;
            behaviour.step %= plan.commands[behaviour.command as usize].steps.len() as u32;
            let groups = plan.groups.len();
            let group = &mut plan.groups[number % groups];
            let place = |other: &StepBehaviour| (other.command, other.step);
            if group.steps.iter().all(|other| place(other) != place(&behaviour)) {
                group.steps.push(behaviour);
            }
        }
    }
}

impl Agent {
    fn onto(self, group: &mut Group) {
        (group.agent, group.channel, group.reboot) = (self.limits, self.channel, self.reboot);
        if let Some((run, code)) = self.reboots {
            let result = ExecutionResult::Exit(code);
            match group.outcomes.first_mut() {
                Some(first) => (first.run, first.result) = (run, result),
                None => {
                    let chance = Chance(400_000_000);
                    group.outcomes.push(Outcome { chance, run, result, execution: None });
                }
            }
        }
        if let Some(state) = self.alternating {
            match group.availability.first_mut() {
                Some(first) => first.state = state,
                None => group.availability.push(Availability { chance: Chance(500_000_000), state }),
            }
        }
    }
}

impl Mail {
    fn onto(self, plan: &mut Plan) {
        let count = self.topics.len() as u32;
        plan.topics = self.topics;
        for (number, topic) in plan.topics.iter_mut().enumerate() {
            topic.arn = format!("arn:aws:sns:eu-west-1:123456789012:topic{number}");
        }
        for (command, asked) in plan.commands.iter_mut().zip(self.asked.iter().cycle()) {
            command.notification = asked.clone();
            if let Some(notification) = &mut command.notification {
                notification.topic %= count;
            }
        }
    }
}

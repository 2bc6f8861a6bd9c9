//! What all replications of a plan share.

use std::{borrow::Cow, sync::Arc};

use super::{courier, event::COMMAND_LIMIT, notify::Outlet};
use crate::{
    fleet::{Agents, Carrier, EventLuck, Targets, Topic, fault, steps::asks_for_reboot},
    scenario::{
        Plan, Roster, Rulebook,
        plan::{AvailabilityState, Channel, Command, ExecutionResult, Group, Outages, Outcome},
    },
    ssm::{document::OnFailure, status::Platform},
};

/// A plan made ready to run: samplers built, targets resolved.
#[derive(Debug)]
pub struct Model<'a> {
    pub(super) plan: Cow<'a, Plan>,
    pub(super) agents: Agents,
    /// Of each command; `None` of one that was added later: its targets are resolved when it is submitted.
    pub(super) targets: Vec<Option<Arc<Targets>>>,
    pub(super) roster: Roster,
    /// Whether what comes of a message is known when it is sent, because on an instance nothing but that message has a
    /// say in it. Otherwise every agent is followed step by step.
    pub is_foreseeable: bool,
    pub(super) topics: Vec<Topic>,
    /// For each subscription of each topic, how SNS delivers, if that is followed.
    pub(super) carriers: Vec<Vec<Option<Carrier>>>,
    /// Whether any delivery is followed.
    pub(super) follows_deliveries: bool,
    /// What each command publishes.
    pub(super) outlets: Vec<Option<Outlet>>,
    /// Whether any change of a status is published or an event.
    pub(super) is_heard: bool,
    /// The luck of events, and the rules; `None` where the plan has no events.
    pub(super) events: Option<(EventLuck, Rulebook)>,
    /// When SNS delivers nothing.
    pub(super) sns_outages: Outages,
}

impl<'a> Model<'a> {
    /// Prepares `plan`. Panics when the plan was not made by resolving a scenario and holds nonsense, or more than
    /// [`COMMAND_LIMIT`] commands.
    pub fn new(plan: &'a Plan) -> Self {
        Self { is_foreseeable: is_foreseeable(plan), ..Self::step_by_step(plan) }
    }

    /// The same, but agents are followed step by step even where that comes to nothing else. For tests: it takes longer.
    pub fn step_by_step(plan: &'a Plan) -> Self {
        Self::step_by_step_of(Cow::Borrowed(plan))
    }

    pub(super) fn step_by_step_of(plan: Cow<'a, Plan>) -> Self {
        assert!(plan.commands.len() <= COMMAND_LIMIT, "at most {COMMAND_LIMIT} commands");
        let carriers = courier::carriers(&plan);
        Self {
            follows_deliveries: carriers.iter().flatten().any(Option::is_some),
            carriers,
            agents: Agents::new(&plan),
            is_heard: plan.is_open
                || plan.events.is_some()
                || plan.commands.iter().any(|command| command.notification.is_some()),
            targets: targets(&plan).into_iter().map(Some).collect(),
            roster: Roster::new(&plan),
            is_foreseeable: false,
            topics: plan.topics.iter().map(Topic::new).collect(),
            outlets: plan.commands.iter().map(Outlet::of).collect(),
            sns_outages: Outages::of_sns(&plan),
            events: plan.events.as_ref().map(|events| (EventLuck::new(events), Rulebook::new(&plan))),
            plan,
        }
    }

    /// The plan.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// How many blocks of words the messages about invocations have at most; none where no command publishes any.
    pub(super) fn blocks_of_messages(&self) -> usize {
        let of_command = |outlet: &Outlet| self.topics[outlet.topic].subscriptions() as usize;
        let blocks = self.outlets.iter().flatten().filter(|outlet| outlet.of_invocations).map(of_command);
        blocks.sum::<usize>() * self.plan.fleet_size() as usize
    }
}

/// The targets of each command. Those that one target of a rule sends have the same.
fn targets(plan: &Plan) -> Vec<Arc<Targets>> {
    let mut all: Vec<Arc<Targets>> = Vec::with_capacity(plan.commands.len());
    for (at, command) in plan.commands.iter().enumerate() {
        let before = at.checked_sub(1).filter(|_| plan.is_like_the_one_before(at));
        let targets = match before {
            Some(before) => Arc::clone(&all[before]),
            None => Arc::new(Targets::resolve(plan, command)),
        };
        all.push(targets);
    }
    all
}

fn is_foreseeable(plan: &Plan) -> bool {
    // Instances that are terminated take what runs on them along.
    let comes_and_goes = plan.events.as_ref().is_some_and(|events| !events.auto_scaling_groups.is_empty());
    !comes_and_goes
        && !fault::strike_agents(plan)
        && !plan.has_outputs()
        && !plan.has_alarms()
        && plan.commands.iter().all(has_one_plain_step)
        && plan.groups.iter().all(|group| {
            group.channel == Channel::Mgs
                && !plan.has_busy_agents(group)
                && !alternates(group)
                && outcomes(group).all(|outcome| is_lonely(outcome, plan.commands.len()))
        })
}

/// One step that runs wherever the document does, and whose end is told as it is.
fn has_one_plain_step(command: &Command) -> bool {
    let [step] = command.steps.as_slice() else { return false };
    command.platforms.iter().all(|platform| step.platforms.contains(platform))
        && step.on_failure != OnFailure::SuccessAndExit
}

fn alternates(group: &Group) -> bool {
    group.availability.iter().any(|share| matches!(share.state, AvailabilityState::Alternating { .. }))
}

fn outcomes(group: &Group) -> impl Iterator<Item = &Outcome> {
    group.outcomes.iter().chain(group.steps.iter().flat_map(|step| &step.outcomes))
}

/// Whether an outcome concerns no other command on the instance, nor another run.
fn is_lonely(outcome: &Outcome, commands: usize) -> bool {
    match outcome.result {
        ExecutionResult::Exit(code) => {
            ![Platform::Linux, Platform::Windows].iter().any(|&platform| asks_for_reboot(platform, code))
        }
        ExecutionResult::Stopped | ExecutionResult::Terminated => commands == 1,
        ExecutionResult::Hang | ExecutionResult::ReplyLost => true,
    }
}

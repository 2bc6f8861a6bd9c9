//! What all replications of a plan share.

use super::{event::COMMAND_LIMIT, notify::Outlet};
use crate::{
    fleet::{Agents, Targets, Topic},
    scenario::{Plan, Roster},
};

/// A plan made ready to run: samplers built, targets resolved.
#[derive(Debug)]
pub struct Model<'a> {
    /// The plan.
    pub plan: &'a Plan,
    pub(super) agents: Agents,
    pub(super) targets: Vec<Targets>,
    pub(super) roster: Roster,
    pub(super) topics: Vec<Topic>,
    /// What each command publishes.
    pub(super) outlets: Vec<Option<Outlet>>,
}

impl<'a> Model<'a> {
    /// Prepares `plan`. Panics when the plan was not made by resolving a scenario and holds nonsense, or more than
    /// [`COMMAND_LIMIT`] commands.
    pub fn new(plan: &'a Plan) -> Self {
        assert!(plan.commands.len() <= COMMAND_LIMIT, "at most {COMMAND_LIMIT} commands");
        Self {
            plan,
            agents: Agents::new(plan),
            targets: plan.commands.iter().map(|command| Targets::resolve(plan, command)).collect(),
            roster: Roster::new(plan),
            topics: plan.topics.iter().map(Topic::new).collect(),
            outlets: plan
                .commands
                .iter()
                .map(|command| command.notification.as_ref().map(Outlet::new))
                .collect(),
        }
    }
    /// How many blocks of words the messages about invocations have at most; none where no command publishes any.
    pub(super) fn blocks_of_messages(&self) -> usize {
        let of_command = |outlet: &Outlet| self.topics[outlet.topic].subscriptions() as usize;
        let blocks = self.outlets.iter().flatten().filter(|outlet| outlet.of_invocations).map(of_command);
        blocks.sum::<usize>() * self.plan.fleet_size() as usize
    }
}

//! What all replications of a plan share.

use super::event::COMMAND_LIMIT;
use crate::{
    fleet::{Agents, Targets},
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
        }
    }
}

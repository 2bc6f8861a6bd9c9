//! What the points look at: one command, and the groups that it targets.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    base::{Rate, Rounding},
    scenario::{
        Plan,
        plan::{
            AvailabilityState, Channel, Command, ExecutionResult, FaultKind, Group, InjectedFault, Outcome,
            Trouble,
        },
        targeting::{self, Alike},
    },
    ssm::{Readings, limits, request::Target, status::Platform, target::TargetKey},
};

/// One command of a plan, and what it meets.
pub(super) struct Grounds<'a> {
    pub(super) readings: &'a Readings,
    pub(super) command: &'a Command,
    pub(super) plan: &'a Plan,
    /// How many targets there are, kind by kind.
    selected: BTreeMap<Alike, u32>,
    /// What may become of its steps there, exit code 0 apart.
    results: BTreeSet<(Platform, ExecutionResult)>,
}

impl<'a> Grounds<'a> {
    pub(super) fn new(plan: &'a Plan, index: usize) -> Self {
        let command = &plan.commands[index];
        let selected = targeting::counts(&plan.groups, &plan.resource_groups, &command.request);
        let steps = || 0..command.steps.len() as u32;
        let results = |alike: &Alike| {
            let (group, platform) = (&plan.groups[alike.group], alike.platform);
            let outcomes = steps().flat_map(move |step| outcomes(group, (index as u32, step)));
            outcomes.map(move |outcome| (platform, outcome.result))
        };
        let results = selected.keys().flat_map(results).collect();
        Self { readings: &plan.readings, command, plan, selected, results }
    }

    /// The groups with targets.
    pub(super) fn targeted(&self) -> impl Iterator<Item = &'a Group> {
        let groups: BTreeSet<usize> = self.selected.keys().map(|alike| alike.group).collect();
        groups.into_iter().map(|group| &self.plan.groups[group])
    }

    pub(super) fn target_count(&self) -> u32 {
        self.selected.values().sum()
    }

    pub(super) fn max_concurrency(&self) -> Rate {
        let text = self.command.request.max_concurrency_or_default();
        limits::parse_max_concurrency(text).expect("the request of a plan is valid")
    }

    pub(super) fn max_errors(&self) -> Rate {
        let text = self.command.request.max_errors_or_default();
        limits::parse_max_errors(text).expect("the request of a plan is valid")
    }

    /// Whether a percentage does not come out whole over the targets.
    pub(super) fn is_fractional(&self, rate: Rate) -> bool {
        rate.of(self.target_count(), Rounding::Ceil) != rate.of(self.target_count(), Rounding::Floor)
    }

    pub(super) fn has_result(&self, is_it: fn(ExecutionResult) -> bool) -> bool {
        self.results.iter().any(|(_, result)| is_it(*result))
    }

    pub(super) fn can_fail(&self) -> bool {
        self.results.iter().any(|(platform, result)| match result {
            ExecutionResult::Exit(0 | 168) => false,
            ExecutionResult::Exit(_) => !result.asks_for_reboot(*platform),
            result => *result == ExecutionResult::Hang,
        })
    }

    /// Whether a target may boot anew, of the groups that `fit`.
    pub(super) fn can_reboot(&self, fit: fn(&Group) -> bool) -> bool {
        let asks = self.results.iter().filter(|(platform, result)| result.asks_for_reboot(*platform));
        let platforms: Vec<_> = asks.map(|(platform, _)| *platform).collect();
        let fits = |alike: &Alike| fit(&self.plan.groups[alike.group]) && platforms.contains(&alike.platform);
        self.selected.keys().any(fits)
    }

    /// Whether a fault may take the connection of agents.
    pub(super) fn can_lose_connection(&self) -> bool {
        self.plan.faults.iter().any(|fault| match &fault.kind {
            FaultKind::RegionOutage => true,
            FaultKind::Instances { trouble, .. } => {
                matches!(trouble, Trouble::Lost | Trouble::CutOff | Trouble::Hibernate)
            }
            _ => false,
        })
    }

    pub(super) fn can_be_absent(&self) -> bool {
        self.can_lose_connection()
            || self.targeted().any(|group| !group.availability.is_empty())
            || self.has_result(|result| !matches!(result, ExecutionResult::Exit(_) | ExecutionResult::Hang))
    }

    /// Whether some but not all targets are of a platform that the document does not run on.
    pub(super) fn wrong_platforms(&self) -> bool {
        self.selected.keys().any(|alike| !self.command.platforms.contains(&alike.platform))
    }

    pub(super) fn denied(&self) -> bool {
        !self.command.access_denied.is_empty() || self.selected.keys().any(|alike| alike.access_denied)
    }

    /// Whether real instances may be out of reach.
    pub(super) fn may_have_lost_connection(&self) -> bool {
        self.targeted().any(|group| !group.members.listed().is_empty() && !group.availability.is_empty())
    }

    pub(super) fn has_target_key(&self, is_it: TargetKey<'_>) -> bool {
        let key = |target: &Target| TargetKey::parse(&target.key) == Some(is_it);
        self.command.request.targets.iter().flatten().any(key)
    }

    pub(super) fn can_be_neutral(&self) -> bool {
        let gone = |state: &AvailabilityState| matches!(state, AvailabilityState::TerminatedAt(_));
        self.denied()
            || self.wrong_platforms()
            || self.has_result(|result| result == ExecutionResult::Terminated)
            || self.targeted().flat_map(|group| &group.availability).any(|entry| gone(&entry.state))
    }

    /// Whether an agent may have to let it wait.
    pub(super) fn can_wait(&self) -> bool {
        self.targeted().any(|group| self.plan.has_busy_agents(group))
    }

    /// Whether it may be cancelled while it waits on an agent that then restarts.
    pub(super) fn can_be_cancelled_in_a_queue(&self) -> bool {
        let restarts =
            |fault: &InjectedFault| matches!(fault.kind, FaultKind::Instances { trouble: Trouble::Lost, .. });
        self.can_wait()
            && !self.command.cancels.is_empty()
            && (self.can_reboot(|_| true) || self.plan.faults.iter().any(restarts))
    }

    /// Whether an agent on which it may have to wait has the buffer that agents have by default.
    pub(super) fn can_wait_by_default(&self) -> bool {
        let usual = |group: &Group| group.agent.buffer == self.readings.agent_buffer;
        self.targeted().any(|group| self.plan.has_busy_agents(group) && usual(group))
    }

    /// Whether an agent may have to refuse it.
    pub(super) fn can_be_refused(&self) -> bool {
        let holds = |group: &Group| u64::from(group.agent.workers) + u64::from(group.agent.buffer);
        let refuses =
            |group: &Group| group.channel == Channel::Mgs && self.plan.commands.len() as u64 > holds(group);
        self.targeted().any(refuses)
    }

    /// Whether the execution timeout that enters the total is that of a step.
    pub(super) fn total_has_longest_step(&self) -> bool {
        let longest = self.command.steps.iter().map(|step| step.timeout_seconds).max();
        longest == Some(self.command.execution_timeout_seconds)
    }
}

/// What may become of one step of a group; `of` is command and step.
fn outcomes(group: &Group, of: (u32, u32)) -> &[Outcome] {
    let found = group.steps.binary_search_by_key(&of, |behaviour| (behaviour.command, behaviour.step));
    found.map_or(&group.outcomes, |at| &group.steps[at].outcomes)
}

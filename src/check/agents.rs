//! The agents of the fleet: what the plan says of them, group by group, and what goes on on them over all commands.

use crate::{
    base::SimTime,
    check::{ears::Ears, ledger::Book, outages::Outages, pools::Pools, terms::GroupTerms},
    history::{AgentChange, Ending, Fact, Record},
    scenario::plan::{
        AvailabilityState, Channel, ExecutionResult, FaultKind, Group, InjectedFault, Outcome, Plan, Trouble,
    },
    ssm::StepStatus,
};

/// All agents.
#[derive(Debug, Default)]
pub(crate) struct Agents {
    groups: Vec<AgentTerms>,
    /// Whether any of them may be busy, so that the history tells what their pools do.
    pub(crate) may_be_busy: bool,
    /// Whether any of them may reboot.
    pub(crate) may_reboot: bool,
    /// For each group the first instance behind it.
    ends: Vec<u32>,
    pub(crate) pools: Pools,
    pub(crate) ears: Ears,
    pub(crate) outages: Outages,
    /// How many instances reboot now and cannot have stopped for good.
    pub(crate) down: u32,
    /// Whether the history tells of reboots when there are any, as far as has shown.
    pub(crate) tell_reboots: bool,
}

/// What is alike for the agents of a group.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AgentTerms {
    pub(crate) workers: u32,
    /// Workers and places in the buffer together (S8.2).
    pub(crate) capacity: u32,
    /// How often a document is resumed (S8.36).
    pub(crate) retries: u32,
    /// Whether they are on MDS, and hear of messages in polls.
    pub(crate) polls: bool,
    /// Whether the history tells what the pools do.
    pub(crate) is_busy: bool,
    /// Whether any command may have it reboot.
    pub(crate) may_reboot: bool,
    /// From when on an instance may have stopped for good, and its agent with it.
    stops: Option<SimTime>,
}

impl Agents {
    pub(crate) fn new(plan: &Plan) -> Self {
        let groups: Vec<_> = plan.groups.iter().map(|group| AgentTerms::new(plan, group)).collect();
        let sum = |end: &mut u32, group: &Group| {
            *end += group.count();
            Some(*end)
        };
        let ends = plan.groups.iter().scan(0, sum).collect();
        Self {
            may_be_busy: groups.iter().any(|group| group.is_busy),
            may_reboot: groups.iter().any(|group| group.may_reboot),
            groups,
            ends,
            ..Self::default()
        }
    }

    /// The agent of an instance, as far as it is like those of its group.
    pub(crate) fn of(&self, instance: u32) -> Option<&AgentTerms> {
        self.groups.get(self.ends.partition_point(|&end| end <= instance))
    }

    /// The agents of a group.
    pub(crate) fn terms(&self, group: &GroupTerms) -> &AgentTerms {
        &self.groups[group.group as usize]
    }

    /// Takes note of what an agent did with an invocation, or of a final reply that came too late.
    pub(crate) fn note(&mut self, record: &Record, instance: u32, had_ended: bool) {
        if self.of(instance).is_some_and(|terms| terms.is_busy) {
            let is_again = self.ears.is_again(record.command, instance);
            self.pools.note(record, instance, (had_ended, is_again));
        }
        if let Fact::Accepted { .. } = record.fact {
            self.ears.accept(record.command, instance);
        }
        if let Fact::StepEnded { reply, .. } = record.fact
            && reply.status == StepStatus::SuccessAndReboot
            && reply.started + reply.elapsed == record.time
        {
            self.outages.told.push(instance);
        }
    }

    /// Takes note of an invocation that has ended.
    pub(crate) fn note_end(&mut self, record: &Record, instance: u32, ending: &Ending, books: &[Book]) {
        if self.may_be_busy {
            self.pools.note_end(record, instance, ending);
            self.ears.end(record.command, instance);
        }
        if !self.outages.is_empty() {
            self.forget_outage(instance, books);
        }
    }

    /// Takes note of a reboot that begins or ends, or of a loss of power.
    pub(crate) fn reboot(&mut self, record: &Record, instance: u32, books: &[Book]) {
        let Some(terms) = self.of(instance).copied() else { return };
        let was_down = self.outages.is_down(instance);
        let goes = matches!(
            record.fact,
            Fact::RebootBegan { .. } | Fact::AgentChanged { change: AgentChange::Crashed, .. }
        );
        if goes {
            self.outages.begin(instance, record.time);
            self.ears.lose(instance);
        } else {
            self.outages.end(instance, record.time);
            self.forget_outage(instance, books);
            if terms.is_busy {
                self.pools.restart(instance, terms.retries);
            }
        }
        if terms.never_stops() {
            self.down -= u32::from(was_down);
            self.down += u32::from(self.outages.is_down(instance));
        }
    }

    fn forget_outage(&mut self, instance: u32, books: &[Book]) {
        if self.outages.of(instance).is_some() && books.iter().all(|book| book.in_flight(instance).is_none())
        {
            self.outages.forget(instance);
        }
    }
}

impl AgentTerms {
    fn new(plan: &Plan, group: &Group) -> Self {
        let all = || group.outcomes.iter().chain(group.steps.iter().flat_map(|step| &step.outcomes));
        let stopping = |outcome: &Outcome| {
            matches!(outcome.result, ExecutionResult::Stopped | ExecutionResult::Terminated)
        };
        // Either platform's code: listed instances of one group may differ.
        let asks = |outcome: &Outcome| [194, 3010].map(ExecutionResult::Exit).contains(&outcome.result);
        let stop_of = |state: &AvailabilityState| match state {
            AvailabilityState::StoppedAt(after) | AvailabilityState::TerminatedAt(after) => {
                Some(SimTime::ZERO + *after)
            }
            _ => None,
        };
        let comes_and_goes = plan
            .events
            .iter()
            .flat_map(|events| &events.auto_scaling_groups)
            .any(|scaling| std::ptr::eq(&plan.groups[scaling.group as usize], group));
        let is_group =
            |at: &u32| plan.groups.get(*at as usize).is_some_and(|other| std::ptr::eq(other, group));
        let takes_power = |fault: &&InjectedFault| match &fault.kind {
            FaultKind::Instances { struck, trouble: Trouble::Lost } => struck.groups.iter().any(is_group),
            _ => false,
        };
        let losses = || plan.faults.iter().filter(takes_power);
        let for_good = losses().filter(|fault| fault.until.is_none()).map(|fault| fault.span().start);
        let stops = group.availability.iter().filter_map(|share| stop_of(&share.state)).chain(for_good).min();
        Self {
            workers: group.agent.workers,
            capacity: group.agent.workers.saturating_add(group.agent.buffer),
            retries: group.agent.retries,
            polls: group.channel == Channel::Mds,
            is_busy: plan.has_busy_agents(group),
            may_reboot: all().any(asks) || losses().next().is_some(),
            stops: if comes_and_goes || all().any(stopping) { Some(SimTime::ZERO) } else { stops },
        }
    }

    /// Whether an instance may have stopped for good by then.
    pub(crate) fn may_have_stopped(&self, by: SimTime) -> bool {
        self.stops.is_some_and(|stops| stops <= by)
    }

    /// Whether an instance never stops for good.
    pub(crate) fn never_stops(&self) -> bool {
        self.stops.is_none()
    }
}

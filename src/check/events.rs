//! What the checker remembers of events, deliveries and instances that come and go (section 10). Memory follows what is
//! under way; where targets may be invoked twice it keeps the deliveries that are done.

use std::{collections::BTreeMap, sync::Arc};

use rustc_hash::FxHashMap;

use crate::{
    base::SimTime,
    check::{
        report::{RuleReport, Tally},
        rules::{emissions, lifecycle, rule_targets, triggers},
    },
    events::{Cause, Delivery, Happening},
    history::{Fact, Record},
    scenario::{
        Plan, Roster, Rulebook,
        plan::{Events, Rule, RuleTarget, TargetKind},
    },
    ssm::{CommandStatus, EventStatus, InvocationStatus, reading::EventStatuses},
};

mod fleet;

pub(crate) use fleet::{Fleet, Open, Stage};

/// Everything about events.
#[derive(Debug)]
pub(crate) struct EventBook {
    plan: Plan,
    pub(crate) events: Arc<Events>,
    roster: Roster,
    rulebook: Rulebook,
    /// When each command was requested.
    requested: Vec<SimTime>,
    /// The status of each command that was told last.
    told: Vec<Option<EventStatus>>,
    /// What happened in this instant and has to be told.
    pub(crate) owed: Vec<Happening>,
    pub(crate) ways: FxHashMap<Delivery, Way>,
    /// The deliveries that every one of these must have, and have not begun.
    pub(crate) awaited: u64,
    /// How many deliveries are to be tried again.
    pub(crate) retrying: u64,
    /// Invocations of Run Command in this instant of which nothing has come yet.
    pub(crate) triggers: Vec<Delivery>,
    /// The commands that were triggered in this instant and are not requested yet.
    pub(crate) sent: Vec<u32>,
    /// How many commands each target of each rule has sent.
    pub(crate) count: BTreeMap<(u16, u8), u32>,
    pub(crate) fleet: Fleet,
    pub(crate) tallies: EventTallies,
}

/// What the rules about events have judged.
#[derive(Debug, Default)]
pub(crate) struct EventTallies {
    pub(crate) emissions: Tally,
    pub(crate) rule_targets: Tally,
    pub(crate) triggers: Tally,
    pub(crate) lifecycle: Tally,
}

impl EventTallies {
    /// The verdicts of the rules about events.
    pub(crate) fn report(self, missing: Option<&str>, roster: &Roster) -> Vec<RuleReport> {
        let all = [
            (&emissions::ABOUT, self.emissions),
            (&rule_targets::ABOUT, self.rule_targets),
            (&triggers::ABOUT, self.triggers),
            (&lifecycle::ABOUT, self.lifecycle),
        ];
        all.map(|(about, tally)| tally.report(about, missing, roster)).into()
    }
}

/// How far a delivery has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// The event matches the rule, which was in force.
    Awaited,
    /// The same, but the rule may not have been in force when the event came.
    Possible,
    /// So many attempts failed, the last one then; there may be another.
    Failed(u32, SimTime),
    /// It was given to the target, or given up.
    Done(SimTime),
}

impl EventBook {
    /// Whether an assumed rate may refuse what the target sends (O-46).
    pub(crate) fn has_quotas(&self, target: &RuleTarget) -> bool {
        self.plan.assumed.is_some_and(|quotas| quotas.send_command.is_some())
            && matches!(target.kind, TargetKind::RunCommand { .. })
    }

    /// The book of a plan; `None` where it has no events.
    pub(crate) fn new(plan: &Plan) -> Option<Self> {
        let events = plan.events.as_ref()?;
        Some(Self {
            roster: Roster::new(plan),
            rulebook: Rulebook::new(plan),
            requested: vec![SimTime::ZERO; plan.commands.len()],
            told: vec![None; plan.commands.len()],
            owed: Vec::new(),
            ways: FxHashMap::default(),
            awaited: 0,
            retrying: 0,
            triggers: Vec::new(),
            sent: Vec::new(),
            count: BTreeMap::new(),
            fleet: Fleet::new(plan, events),
            events: Arc::new(events.clone()),
            tallies: EventTallies::default(),
            plan: plan.clone(),
        })
    }

    pub(crate) fn rule(&self, rule: u16) -> Option<&Rule> {
        self.events.rules.get(usize::from(rule))
    }

    pub(crate) fn target(&self, delivery: &Delivery) -> Option<&RuleTarget> {
        self.events.target(delivery.rule, delivery.target)
    }

    /// Whether no event is ever lost.
    pub(crate) fn plan_loses_nothing(&self) -> bool {
        self.events.bus.loss.0 == 0
    }

    /// The rule that sends a command.
    pub(crate) fn sender(&self, command: u32) -> Option<u16> {
        self.plan.commands.get(command as usize)?.trigger.map(|trigger| trigger.rule)
    }

    /// The rules that an event matches.
    pub(crate) fn matching(&mut self, cause: Cause) -> Vec<u16> {
        let requested = self.requested.get(cause.happening.command() as usize).copied().unwrap_or_default();
        self.rulebook.matching(&self.plan, &self.roster, cause, requested)
    }

    /// The event that a record has to have, if any: a status was told that is worth one (O-26).
    pub(crate) fn happening(&mut self, record: &Record) -> Option<Happening> {
        let command = record.command;
        match record.fact {
            Fact::Requested => {
                *self.requested.get_mut(command as usize)? = record.time;
                None
            }
            Fact::InvocationChanged { instance, state } => {
                self.of_invocation(command, instance, state.status)
            }
            Fact::InvocationEnded { instance, ending } => {
                self.of_invocation(command, instance, ending.state.status)
            }
            Fact::CommandChanged { state } | Fact::CommandEnded { state, .. } => {
                let status = self.of_command(state.status)?;
                let news = self.told.get_mut(command as usize)?.replace(status) != Some(status);
                news.then_some(Happening::Command { command, status })
            }
            Fact::ActionStarted { instance, hook } => Some(Happening::LifecycleAction { instance, hook }),
            Fact::InstanceInService { instance } => Some(Happening::Launched { instance }),
            Fact::InstanceTerminated { instance } => Some(Happening::Terminated { instance }),
            _ => None,
        }
    }

    fn of_invocation(&self, command: u32, instance: u32, status: InvocationStatus) -> Option<Happening> {
        let status = match status {
            InvocationStatus::InProgress => EventStatus::InProgress,
            InvocationStatus::Success => EventStatus::Success,
            InvocationStatus::TimedOut => EventStatus::TimedOut,
            InvocationStatus::Cancelled => EventStatus::Cancelled,
            InvocationStatus::Failed => EventStatus::Failed,
            InvocationStatus::Delayed if self.tells_all() => EventStatus::Delayed,
            InvocationStatus::Cancelling if self.tells_all() => EventStatus::Cancelling,
            _ => return None,
        };
        Some(Happening::Invocation { command, instance, status })
    }

    fn of_command(&self, status: CommandStatus) -> Option<EventStatus> {
        Some(match status {
            CommandStatus::InProgress => EventStatus::InProgress,
            CommandStatus::Success => EventStatus::Success,
            CommandStatus::TimedOut => EventStatus::TimedOut,
            CommandStatus::Cancelled => EventStatus::Cancelled,
            CommandStatus::Failed => EventStatus::Failed,
            CommandStatus::Cancelling if self.tells_all() => EventStatus::Cancelling,
            _ => return None,
        })
    }

    fn tells_all(&self) -> bool {
        self.plan.readings.event_statuses == EventStatuses::WithDelayedAndCancelling
    }

    /// Whether a delivery may be repeated, so that it is kept when it is done.
    pub(crate) fn may_repeat(&self, delivery: &Delivery) -> bool {
        let rule = self.rule(delivery.rule).is_some_and(|rule| rule.runs_twice.0 > 0);
        rule || self.target(delivery).is_some_and(|target| target.invoked_twice.0 > 0)
    }
}

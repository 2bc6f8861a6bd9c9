//! What alarms do by the plan and by the failures that the history tells, worked out anew.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    base::{SimDuration, SimTime},
    check::report::Tally,
    scenario::plan::{Alarm, AlarmCause, Plan},
    ssm::alarm::{AlarmState, TriggeredState},
};

/// What the checker knows of alarms.
#[derive(Debug)]
pub(crate) struct AlarmBook {
    alarms: Vec<Alarm>,
    /// Of each command, its alarm and whether it ignores that it cannot be read.
    named: Vec<Option<(usize, bool)>>,
    /// Of each length of a period, the failures in each.
    failures: BTreeMap<SimDuration, BTreeMap<u64, u32>>,
    /// The commands under way that have an alarm, each with the time of its request.
    pub(crate) under_way: BTreeMap<u32, SimTime>,
    /// Those that are told to have been stopped.
    pub(crate) stopped: BTreeSet<u32>,
    /// Those of this instant.
    pub(crate) stopped_now: Vec<u32>,
    /// Whether any was told.
    pub(crate) is_told: bool,
    pub(crate) tally: Tally,
}

impl AlarmBook {
    /// A book for a plan; `None` where no command has an alarm.
    pub(crate) fn new(plan: &Plan) -> Option<Self> {
        let named: Vec<_> = plan.commands.iter().map(|command| plan.alarm_of(command)).collect();
        let periods = plan.alarms.iter().filter_map(|alarm| match alarm.cause {
            AlarmCause::Failures { period, .. } => Some((period, BTreeMap::new())),
            AlarmCause::Changes(_) => None,
        });
        named.iter().any(Option::is_some).then(|| Self {
            failures: periods.collect(),
            alarms: plan.alarms.clone(),
            named,
            under_way: BTreeMap::new(),
            stopped: BTreeSet::new(),
            stopped_now: Vec::new(),
            is_told: false,
            tally: Tally::default(),
        })
    }

    /// Whether a command has an alarm.
    pub(crate) fn has_alarm(&self, command: u32) -> bool {
        self.named.get(command as usize).is_some_and(Option::is_some)
    }

    /// Takes note of an invocation that failed.
    pub(crate) fn count_failure(&mut self, now: SimTime) {
        for (period, counts) in &mut self.failures {
            *counts.entry(now.0 / period.0.max(1)).or_insert(0) += 1;
        }
    }

    /// When a command that was requested then should first have been stopped by its alarm, up to a time and with it.
    pub(crate) fn due(
        &self,
        command: u32,
        requested: SimTime,
        until: SimTime,
    ) -> Option<(SimTime, TriggeredState)> {
        let (at, ignores) = (*self.named.get(command as usize)?)?;
        let triggers = |state: AlarmState| match state {
            AlarmState::Alarm => Some(TriggeredState::Alarm),
            AlarmState::Unreadable => (!ignores).then_some(TriggeredState::Unknown),
            AlarmState::Ok | AlarmState::InsufficientData => None,
        };
        match &self.alarms[at].cause {
            AlarmCause::Changes(changes) => changes.iter().enumerate().find_map(|(place, change)| {
                let from = requested.max(SimTime::ZERO + change.at);
                let is_over = changes.get(place + 1).is_some_and(|next| SimTime::ZERO + next.at <= from);
                let state = triggers(change.state).filter(|_| !is_over && from <= until)?;
                Some((from, state))
            }),
            &AlarmCause::Failures { at_least, period } => {
                let counts = self.failures.get(&period)?;
                let first = (requested.0 / period.0).saturating_sub(1);
                let mut bad = counts.range(first..).filter(|(_, count)| **count >= at_least);
                bad.find_map(|(&number, _)| {
                    let begins = (number + 1).saturating_mul(period.0);
                    let is_over = requested.0 >= begins.saturating_add(period.0);
                    let from = requested.max(SimTime(begins));
                    (!is_over && from <= until).then_some((from, TriggeredState::Alarm))
                })
            }
        }
    }
}

//! Alarms: what stops commands that name them (S4.29, S4.30).

use serde::{Deserialize, Serialize};

use super::{Command, Plan};
use crate::{base::SimDuration, ssm::alarm::AlarmState};

/// A CloudWatch alarm.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Alarm {
    /// Unique name.
    pub name: String,
    /// What makes it go off.
    pub cause: AlarmCause,
}

/// What makes an alarm go off.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AlarmCause {
    /// The times at which its state changes, each after the one before; INSUFFICIENT_DATA before the first.
    Changes(Vec<AlarmChange>),
    /// Invocations, of any command, that end as Failed or Execution Timed Out.
    Failures {
        /// It is in ALARM for the time of a period after one in which there were at least so many.
        at_least: u32,
        /// Periods begin with the simulation. More than zero.
        period: SimDuration,
    },
}

/// A change of an alarm's state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AlarmChange {
    /// When, counted from the start of the simulation.
    pub at: SimDuration,
    /// The state from then on.
    pub state: AlarmState,
}

impl Plan {
    /// The index of the alarm that a command names, and whether it ignores that the alarm cannot be read; `None` where it
    /// names none of which the plan says anything.
    pub fn alarm_of(&self, command: &Command) -> Option<(usize, bool)> {
        if self.alarms.is_empty() {
            return None;
        }
        let (name, ignores) = command.request.alarm()?;
        Some((self.alarms.iter().position(|alarm| alarm.name == name)?, ignores))
    }

    /// Whether any command may be stopped by an alarm.
    pub fn has_alarms(&self) -> bool {
        !self.alarms.is_empty()
            && (self.is_open || self.commands.iter().any(|command| self.alarm_of(command).is_some()))
    }
}

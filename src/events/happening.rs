//! What an event tells, and what became of it, without the words: indices into a plan.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::lifecycle::LifecycleResult;
use crate::{base::SimTime, ssm::EventStatus};

/// What an event tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Happening {
    /// A command has another Status (S10.3).
    Command {
        /// Index of the command.
        command: u32,
        /// The new status.
        status: EventStatus,
    },
    /// An invocation has another Status (S10.4).
    Invocation {
        /// Index of the command.
        command: u32,
        /// The instance.
        instance: u32,
        /// The new status.
        status: EventStatus,
    },
    /// An instance waits for a lifecycle hook (S10.51).
    LifecycleAction {
        /// The instance.
        instance: u32,
        /// Index of the hook in the instance's Auto Scaling group.
        hook: u32,
    },
    /// An instance is in service (S10.52).
    Launched {
        /// The instance.
        instance: u32,
    },
    /// A launch was abandoned (S10.52).
    LaunchFailed {
        /// The instance.
        instance: u32,
    },
    /// An instance was terminated (S10.52).
    Terminated {
        /// The instance.
        instance: u32,
    },
}

impl Happening {
    /// The command that it is about; 0 where it is about none, so that whoever files records by command finds a place.
    pub fn command(self) -> u32 {
        match self {
            Self::Command { command, .. } | Self::Invocation { command, .. } => command,
            _ => 0,
        }
    }

    /// Whether it is about a command, and not Auto Scaling's.
    pub fn is_of_command(self) -> bool {
        matches!(self, Self::Command { .. } | Self::Invocation { .. })
    }

    /// The instance that it is about.
    pub fn instance(self) -> Option<u32> {
        match self {
            Self::Command { .. } => None,
            Self::Invocation { instance, .. }
            | Self::LifecycleAction { instance, .. }
            | Self::Launched { instance }
            | Self::LaunchFailed { instance }
            | Self::Terminated { instance } => Some(instance),
        }
    }

    /// A number that tells happenings about the same instance and command apart, below 2^10.
    pub fn kind(self) -> u32 {
        match self {
            Self::Command { status, .. } => status as u32,
            Self::Invocation { status, .. } => 8 + status as u32,
            Self::Launched { .. } => 16,
            Self::LaunchFailed { .. } => 17,
            Self::Terminated { .. } => 18,
            Self::LifecycleAction { hook, .. } => 32 + hook,
        }
    }
}

/// An event: what it tells, and since when that is so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cause {
    /// When it happened, which is the event's `time`.
    pub time: SimTime,
    /// What happened.
    pub happening: Happening,
}

/// One event on its way to one target of one rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Delivery {
    /// The event.
    pub cause: Cause,
    /// Index of the rule.
    pub rule: u16,
    /// Index of the target in the rule.
    pub target: u8,
    /// The event ran the rule for the second time (S10.25).
    pub second_run: bool,
    /// The run invoked the target for the second time (S10.25).
    pub again: bool,
}

impl Delivery {
    /// Whether EventBridge delivers more than it was asked to.
    pub fn is_extra(&self) -> bool {
        self.second_run || self.again
    }
}

/// Why a target could not be invoked, as `ERROR_CODE` in a dead-letter queue spells it (S10.29).
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum TargetError {
    /// The rule's role may not do it; not tried again (S10.28).
    NoPermissions,
    /// What the target names is not there; not tried again (S10.28).
    NoResource,
    /// Too many calls.
    Throttling,
    /// No answer.
    Timeout,
}

impl TargetError {
    /// Whether EventBridge tries again (S10.28).
    pub fn is_retried(self) -> bool {
        matches!(self, Self::Throttling | Self::Timeout)
    }

    /// As AWS spells it.
    pub fn code(self) -> &'static str {
        match self {
            Self::NoPermissions => "NO_PERMISSIONS",
            Self::NoResource => "NO_RESOURCE",
            Self::Throttling => "THROTTLING",
            Self::Timeout => "TIMEOUT",
        }
    }
}

impl fmt::Display for TargetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// Which limit ended the attempts at a target, as `EXHAUSTED_RETRY_CONDITION` spells it (S10.29).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Exhausted {
    /// There were so many.
    MaximumRetryAttempts,
    /// The event is so old.
    MaximumEventAgeInSeconds,
}

/// How a lifecycle action ended (S10.54 to S10.56).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum ActionEnd {
    /// `CompleteLifecycleAction` was called.
    Completed(LifecycleResult),
    /// Nobody called in time: the hook's default result.
    TimedOut(LifecycleResult),
    /// Another hook of the instance was abandoned.
    Skipped,
}

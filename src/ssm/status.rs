//! The statuses of Run Command as tables (section 1 of `docs/semantics.md`).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// `CommandInvocationStatus` of the API (S1.4, S1.5: the wire spelling is British).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub enum InvocationStatus {
    /// Not sent to the instance yet, or not received by its agent (S1.13).
    Pending,
    /// The agent has received the command (S1.14; Settled 8: at the agent's first reply).
    InProgress,
    /// An attempt to send failed; the service tries again (S1.15).
    Delayed,
    /// Exit code 0 came back (S1.16).
    Success,
    /// Ended before completion on request or by the system (S1.20, S1.22).
    Cancelled,
    /// Delivery or execution ran out of time (S1.17, S1.18).
    TimedOut,
    /// A step failed, or the instance could not be used (S1.19).
    Failed,
    /// A cancel was accepted and not answered yet.
    Cancelling,
}

/// `CommandStatus` of the API; `Delayed` exists only in its details (S1.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub enum CommandStatus {
    /// Nothing sent yet (O-2).
    Pending,
    /// Sent to at least one instance, not final on all (S1.26).
    InProgress,
    /// All invocations ended well enough (S6.8).
    Success,
    /// A cancel of the whole command took effect.
    Cancelled,
    /// Too many errors, or incomplete (S6.9, S6.11).
    Failed,
    /// Too many deliveries timed out (S6.12).
    TimedOut,
    /// A cancel of the whole command was accepted.
    Cancelling,
}

/// `StatusDetails` of commands and invocations, in the spaceless form of filters and events (O-1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum StatusDetails {
    /// Not sent yet.
    Pending,
    /// Under way.
    InProgress,
    /// A send failed and is retried.
    Delayed,
    /// A cancel is under way.
    Cancelling,
    /// Ended well.
    Success,
    /// A step's exit code was not zero (S1.19).
    Failed,
    /// The agent stopped the step at its execution timeout (S1.18, S5.8).
    ExecutionTimedOut,
    /// No terminal reply by `ExpiresAfter` (S1.17, S5.9).
    DeliveryTimedOut,
    /// The instance does not exist or does not respond (S1.21).
    Undeliverable,
    /// Cancelled on request (S1.20).
    Cancelled,
    /// Not sent because the error threshold had been exceeded (S1.22).
    Terminated,
    /// The instance's platform is not one of the document's (S1.23).
    InvalidPlatform,
    /// The caller has no access to the instance (S1.24).
    AccessDenied,
    /// A command whose invocations neither all succeeded nor failed often enough (S6.11).
    Incomplete,
    /// A command whose selector matched nothing (S1.12, S1.31).
    NoInstancesInTag,
    /// A command with which too many invocations would have been pending (S1.29); the console calls it Rate Exceeded.
    LimitExceeded,
}

/// How a step (plugin) ended, in the agent's words (S1.32).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum StepStatus {
    /// Exit code 0 or 168.
    Success,
    /// Any other exit code.
    Failed,
    /// Killed at its execution timeout.
    TimedOut,
    /// Killed or not begun because of a cancel (S7.7).
    Cancelled,
    /// Not run on this platform or in this case; counts as success (S6.3).
    Skipped,
    /// The instance reboots and the step runs again; the API shows it as InProgress.
    SuccessAndReboot,
}

/// A status that SNS tells of (S9.3); the values of `NotificationEvents` beside `All`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub enum NotifiedStatus {
    /// Under way.
    InProgress,
    /// Ended well.
    Success,
    /// Ran out of time.
    TimedOut,
    /// Ended on request or by the system.
    Cancelled,
    /// Failed.
    Failed,
}

/// What notifications are about (S9.1, S9.7).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum NotificationType {
    /// The command as a whole; assumed where a request does not say.
    #[default]
    Command,
    /// Each invocation.
    Invocation,
}

/// An invocation's `Status` and `StatusDetails` together (S1.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct InvocationState {
    /// The closed status.
    pub status: InvocationStatus,
    /// The finer one.
    pub details: StatusDetails,
}

/// A command's `Status` and `StatusDetails` together (S1.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct CommandState {
    /// The closed status.
    pub status: CommandStatus,
    /// The finer one.
    pub details: StatusDetails,
}

/// The platforms an agent runs on, as `DescribeInstanceInformation` spells them (S15.6).
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema, Default,
)]
pub enum Platform {
    /// Any Linux distribution.
    #[default]
    Linux,
    /// Windows Server.
    Windows,
    /// macOS.
    MacOS,
}

impl Platform {
    /// Every platform.
    pub const ALL: [Self; 3] = [Self::Linux, Self::Windows, Self::MacOS];
}

/// A status as the events of EventBridge tell it (S10.3, S10.4, O-26).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum EventStatus {
    /// Under way.
    InProgress,
    /// Ended well.
    Success,
    /// Ran out of time.
    TimedOut,
    /// Ended on request or by the system.
    Cancelled,
    /// Failed.
    Failed,
    /// A send failed; only under `event_statuses = "with-delayed-and-cancelling"`.
    Delayed,
    /// A cancel is under way; only under the same reading.
    Cancelling,
}

impl EventStatus {
    /// Every status that an event may tell.
    pub const ALL: [Self; 7] = [
        Self::InProgress,
        Self::Success,
        Self::TimedOut,
        Self::Cancelled,
        Self::Failed,
        Self::Delayed,
        Self::Cancelling,
    ];

    /// What is told of an invocation in this status; `None` where nothing is (O-26). `finer`: of Delayed and Cancelling as
    /// well.
    pub fn of_invocation(status: InvocationStatus, finer: bool) -> Option<Self> {
        match status {
            InvocationStatus::Delayed => finer.then_some(Self::Delayed),
            InvocationStatus::Cancelling => finer.then_some(Self::Cancelling),
            other => NotifiedStatus::of_invocation(other).map(Self::from),
        }
    }

    /// The same of a command, which is Delayed in its details alone.
    pub fn of_command(status: CommandStatus, finer: bool) -> Option<Self> {
        match status {
            CommandStatus::Cancelling => finer.then_some(Self::Cancelling),
            other => NotifiedStatus::of_command(other).map(Self::from),
        }
    }
}

impl From<NotifiedStatus> for EventStatus {
    fn from(status: NotifiedStatus) -> Self {
        match status {
            NotifiedStatus::InProgress => Self::InProgress,
            NotifiedStatus::Success => Self::Success,
            NotifiedStatus::TimedOut => Self::TimedOut,
            NotifiedStatus::Cancelled => Self::Cancelled,
            NotifiedStatus::Failed => Self::Failed,
        }
    }
}

impl NotifiedStatus {
    /// Every status that SNS tells of.
    pub const ALL: [Self; 5] =
        [Self::InProgress, Self::Success, Self::TimedOut, Self::Cancelled, Self::Failed];

    /// What is told of an invocation in this status; `None` where nothing is (S9.3, O-26).
    pub fn of_invocation(status: InvocationStatus) -> Option<Self> {
        match status {
            InvocationStatus::InProgress => Some(Self::InProgress),
            InvocationStatus::Success => Some(Self::Success),
            InvocationStatus::TimedOut => Some(Self::TimedOut),
            InvocationStatus::Cancelled => Some(Self::Cancelled),
            InvocationStatus::Failed => Some(Self::Failed),
            InvocationStatus::Pending | InvocationStatus::Delayed | InvocationStatus::Cancelling => None,
        }
    }

    /// What is told of a command in this status; `None` where nothing is (S9.3).
    pub fn of_command(status: CommandStatus) -> Option<Self> {
        match status {
            CommandStatus::InProgress => Some(Self::InProgress),
            CommandStatus::Success => Some(Self::Success),
            CommandStatus::TimedOut => Some(Self::TimedOut),
            CommandStatus::Cancelled => Some(Self::Cancelled),
            CommandStatus::Failed => Some(Self::Failed),
            CommandStatus::Pending | CommandStatus::Cancelling => None,
        }
    }

    /// Whether no other status follows.
    pub fn is_terminal(self) -> bool {
        self != Self::InProgress
    }
}

impl InvocationStatus {
    /// The spelling in answers and filters.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pending => "Pending",
            Self::InProgress => "InProgress",
            Self::Delayed => "Delayed",
            Self::Success => "Success",
            Self::Cancelled => "Cancelled",
            Self::TimedOut => "TimedOut",
            Self::Failed => "Failed",
            Self::Cancelling => "Cancelling",
        }
    }

    /// Whether nothing follows (T18).
    pub fn is_terminal(self) -> bool {
        matches!(self, Self::Success | Self::Cancelled | Self::TimedOut | Self::Failed)
    }
}

impl CommandStatus {
    /// The spelling in answers and filters.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pending => "Pending",
            Self::InProgress => "InProgress",
            Self::Success => "Success",
            Self::Cancelled => "Cancelled",
            Self::Failed => "Failed",
            Self::TimedOut => "TimedOut",
            Self::Cancelling => "Cancelling",
        }
    }

    /// Whether nothing follows.
    pub fn is_terminal(self) -> bool {
        matches!(self, Self::Success | Self::Cancelled | Self::TimedOut | Self::Failed)
    }
}

impl StatusDetails {
    /// Every terminal detail an invocation can end with, in the order in which reports list them.
    pub const INVOCATION_ENDINGS: [Self; 9] = [
        Self::Success,
        Self::Failed,
        Self::ExecutionTimedOut,
        Self::DeliveryTimedOut,
        Self::Undeliverable,
        Self::InvalidPlatform,
        Self::AccessDenied,
        Self::Cancelled,
        Self::Terminated,
    ];

    /// The spelling in filters and events (O-1).
    pub fn name(self) -> &'static str {
        match self {
            Self::Pending => "Pending",
            Self::InProgress => "InProgress",
            Self::Delayed => "Delayed",
            Self::Cancelling => "Cancelling",
            Self::Success => "Success",
            Self::Failed => "Failed",
            Self::ExecutionTimedOut => "ExecutionTimedOut",
            Self::DeliveryTimedOut => "DeliveryTimedOut",
            Self::Undeliverable => "Undeliverable",
            Self::Cancelled => "Cancelled",
            Self::Terminated => "Terminated",
            Self::InvalidPlatform => "InvalidPlatform",
            Self::AccessDenied => "AccessDenied",
            Self::Incomplete => "Incomplete",
            Self::NoInstancesInTag => "NoInstancesInTag",
            Self::LimitExceeded => "LimitExceeded",
        }
    }
}

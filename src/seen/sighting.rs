//! Sightings: what one answer, event or message tells of a command or an invocation.
//!
//! Events and notifications tell a status and no details (S9.11, S10.3). A sighting has details all the same, those of
//! [`answer`](super::answer), and says that they were not told.

use jiff::Timestamp;

use super::Window;
use crate::ssm::{CommandState, InvocationState, SendCommandRequest, StepStatus};

/// What was seen.
#[derive(Clone, Debug, PartialEq)]
#[allow(clippy::large_enum_variant, reason = "they are not kept, but folded one at a time")]
pub enum Sighting {
    /// A command as a whole.
    Command(CommandSighting),
    /// A command on one instance.
    Invocation(InvocationSighting),
    /// A call of `CancelCommand` that was accepted.
    Cancel(CancelSighting),
}

/// When a state was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// Somebody asked, and it was so at some instant from the question to the answer.
    Polled {
        /// When the request left.
        asked: Timestamp,
        /// When the answer was there.
        answered: Timestamp,
    },
    /// It began to be so: what an event or a notification tells.
    Began(Window),
}

/// What is seen of a command.
#[derive(Clone, Debug, PartialEq)]
pub struct CommandSighting {
    /// `CommandId`.
    pub command_id: String,
    /// When it was so.
    pub when: When,
    /// `Status` and `StatusDetails`.
    pub state: CommandState,
    /// Whether the details were told, and not only the status.
    pub details_told: bool,
    /// `RequestedDateTime`.
    pub requested: Option<Timestamp>,
    /// `ExpiresAfter`: the end of the total timeout (S5.3).
    pub expires_after: Option<Timestamp>,
    /// What was asked for, as far as the answer repeats it.
    pub request: Option<SendCommandRequest>,
    /// `TargetCount`.
    pub target_count: Option<u32>,
    /// `CompletedCount`.
    pub completed_count: Option<u32>,
    /// `ErrorCount`.
    pub error_count: Option<u32>,
    /// `DeliveryTimedOutCount`.
    pub delivery_timed_out_count: Option<u32>,
}

/// What is seen of an invocation.
#[derive(Clone, Debug, PartialEq)]
pub struct InvocationSighting {
    /// `CommandId`.
    pub command_id: String,
    /// `InstanceId`.
    pub instance_id: String,
    /// When it was so.
    pub when: When,
    /// `Status` and `StatusDetails`.
    pub state: InvocationState,
    /// Whether the details were told, and not only the status.
    pub details_told: bool,
    /// `DocumentName`.
    pub document_name: Option<String>,
    /// `RequestedDateTime`.
    pub requested: Option<Timestamp>,
    /// `ResponseCode`; -1 before there is one (S15.12).
    pub response_code: Option<i32>,
    /// `ExecutionStartDateTime`.
    pub started: Option<Timestamp>,
    /// `ExecutionEndDateTime`.
    pub finished: Option<Timestamp>,
    /// The steps that have ended, where they were asked for.
    pub steps: Vec<StepSighting>,
}

/// What is seen of a step (`CommandPlugins`).
#[derive(Clone, Debug, PartialEq)]
pub struct StepSighting {
    /// `Name`.
    pub name: String,
    /// `Status`.
    pub status: StepStatus,
    /// `ResponseCode`.
    pub response_code: Option<i32>,
    /// `ResponseStartDateTime`.
    pub started: Option<Timestamp>,
    /// `ResponseFinishDateTime`.
    pub finished: Option<Timestamp>,
}

/// A call of `CancelCommand` that was accepted: something that a client did, and no answer tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CancelSighting {
    /// `CommandId`.
    pub command_id: String,
    /// `InstanceIds`; none: all of them (S7.1).
    pub instance_ids: Vec<String>,
    /// When the call was made.
    pub when: When,
}

impl When {
    /// The first instant at which it may have been so.
    pub fn earliest(self) -> Timestamp {
        match self {
            Self::Polled { asked, .. } => asked,
            Self::Began(window) => window.after.unwrap_or(Timestamp::MIN),
        }
    }

    /// The instant by which it was so.
    pub fn latest(self) -> Timestamp {
        match self {
            Self::Polled { answered, .. } => answered,
            Self::Began(window) => window.until,
        }
    }

    /// What a record is put in order by: when somebody asked, or the instant by which it had begun.
    pub fn order(self) -> Timestamp {
        match self {
            Self::Polled { asked, .. } => asked,
            Self::Began(window) => window.until,
        }
    }
}

impl Sighting {
    /// `CommandId`.
    pub fn command_id(&self) -> &str {
        match self {
            Self::Command(command) => &command.command_id,
            Self::Invocation(invocation) => &invocation.command_id,
            Self::Cancel(cancel) => &cancel.command_id,
        }
    }

    /// When it was so.
    pub fn when(&self) -> When {
        match self {
            Self::Command(command) => command.when,
            Self::Invocation(invocation) => invocation.when,
            Self::Cancel(cancel) => cancel.when,
        }
    }
}

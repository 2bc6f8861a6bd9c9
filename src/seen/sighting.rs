//! Sightings: what one answer, event or message tells of a command or an invocation.

use jiff::Timestamp;

use super::Window;
use crate::ssm::{CommandState, InvocationState, SendCommandRequest, StepStatus};

/// What was seen.
#[derive(Clone, Debug, PartialEq)]
pub enum Sighting {
    /// A command as a whole.
    Command(CommandSighting),
    /// A command on one instance.
    Invocation(InvocationSighting),
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
    /// `RequestedDateTime`.
    pub requested: Option<Timestamp>,
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
    /// The steps, where they were asked for.
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

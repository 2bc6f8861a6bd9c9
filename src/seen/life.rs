//! The life of an invocation, put together from what was seen of it.

use jiff::Timestamp;

use super::{StepSighting, Window};
use crate::ssm::InvocationState;

/// What is known of an invocation in the end.
#[derive(Clone, Debug, PartialEq)]
pub struct Life {
    /// `CommandId`.
    pub command_id: String,
    /// `InstanceId`.
    pub instance_id: String,
    /// `DocumentName`, where anything told it.
    pub document_name: Option<String>,
    /// `RequestedDateTime`: when it was sent.
    pub requested: Option<Timestamp>,
    /// Its states in their order; never empty.
    pub phases: Vec<Phase>,
    /// `ResponseCode`.
    pub response_code: Option<i32>,
    /// `ExecutionStartDateTime`.
    pub started: Option<Timestamp>,
    /// `ExecutionEndDateTime`.
    pub finished: Option<Timestamp>,
    /// The steps as last seen.
    pub steps: Vec<StepSighting>,
}

/// A state that an invocation was in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Phase {
    /// The state.
    pub state: InvocationState,
    /// Whether its details were told, and not only the status.
    pub details_told: bool,
    /// When it began.
    pub began: Window,
    /// The last instant at which it certainly had not ended: when the last poll that saw it was asked. That may be before the
    /// first answer; [`Timestamp::MIN`] where no such instant is known.
    pub seen_until: Timestamp,
}

impl Life {
    /// The state that it ended in, if it was seen to end.
    pub fn end(&self) -> Option<&Phase> {
        self.phases.last().filter(|phase| phase.state.status.is_terminal())
    }
}

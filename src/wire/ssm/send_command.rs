//! `SendCommand`: what is refused, and the answer.

use serde::{Deserialize, Serialize};

use super::command::Command;
use crate::{
    ssm::{Readings, SendCommandRequest, document::Document},
    wire::fault::{Fault, refusal},
};

/// The answer of `SendCommand`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct SendCommandResult {
    /// The command as it was accepted: Pending (S15.7).
    pub command: Command,
}

/// Why the service refuses this request, whatever the fleet; `documents` are those that it may name.
///
/// # Errors
///
/// All violations of the model in one, or the first of the other reasons.
pub fn check(request: &SendCommandRequest, readings: &Readings, documents: &[Document]) -> Result<(), Fault> {
    refusal(&request.validate(readings, documents)).map_or(Ok(()), Err)
}

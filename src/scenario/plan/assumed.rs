//! Quotas of the API for which AWS publishes no numbers, so that they are the user's (O-46).

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::base::CallRate;

/// What the API takes of its callers; `None` where all passes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AssumedQuotas {
    /// Calls of `SendCommand`, of all callers together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub send_command: Option<CallRate>,
    /// Calls of `ListCommandInvocations`, of all clients together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub list_command_invocations: Option<CallRate>,
    /// How many invocations of all commands there may be that have not ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pending_invocations: Option<u64>,
    /// How often a caller calls `SendCommand` in all before it gives up; at least 1.
    pub attempts: u32,
}

/// What a call of `SendCommand` exceeds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AssumedQuota {
    /// The rate of calls.
    SendCommand = 0,
    /// The invocations that have not ended.
    PendingInvocations = 1,
}

impl fmt::Display for AssumedQuota {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::SendCommand => "the rate of SendCommand",
            Self::PendingInvocations => "the pending invocations",
        })
    }
}

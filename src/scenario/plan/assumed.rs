//! Quotas of the API for which AWS publishes no numbers, so that they are the user's (O-46).

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
    /// How many invocations of all commands there may be that have not ended; a command beyond is LimitExceeded (S1.29).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pending_invocations: Option<u64>,
    /// How often a caller calls `SendCommand` in all before it gives up; at least 1.
    pub attempts: u32,
}

impl AssumedQuotas {
    /// A quota of pending invocations and none else.
    pub fn of_pending(limit: u64) -> Self {
        let pending_invocations = Some(limit);
        Self { send_command: None, list_command_invocations: None, pending_invocations, attempts: 1 }
    }

    /// What is left of them where the calls are real, and whoever takes them limits their rate.
    pub fn without_rates(self) -> Option<Self> {
        self.pending_invocations.map(Self::of_pending)
    }
}

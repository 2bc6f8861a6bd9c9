//! Clients that list invocations until a command has ended.

use serde::{Deserialize, Serialize};

use crate::base::SimDuration;

/// A client for each command, which changes nothing in the simulation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Polling {
    /// From one listing to the next, and from the request to the first. More than zero.
    pub every: SimDuration,
    /// How many invocations a call of `ListCommandInvocations` lists, 1 to 50.
    pub page: u32,
}

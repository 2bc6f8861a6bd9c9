//! `[polling]`: a client that lists invocations until a command has ended.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::base::SimDuration;

/// A client for each command that calls `ListCommandInvocations`, page by page, from its request until it sees that all is over. It changes
/// nothing in the simulation.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Polling {
    /// From one listing to the next, at least a second.
    pub every: SimDuration,
    /// `MaxResults`, the size of a page.
    #[schemars(range(min = 1, max = 50), extend("default" = 50))]
    pub page: Option<u32>,
}

//! `[group.agent]`: the limits of a group's agents.

use schemars::JsonSchema;
use serde::Deserialize;

/// The limits of a group's agents, as `amazon-ssm-agent.json` has them. A number outside its range stands for the default
/// (S8.1).
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Agent {
    /// `CommandWorkersLimit`: how many commands run at once, from 1.
    #[schemars(extend("default" = 5))]
    pub workers: Option<i32>,
    /// `CommandWorkerBufferLimit`: how many accepted commands wait for a worker, from 1. Default: the reading
    /// `agent_buffer`.
    pub buffer: Option<i32>,
    /// `CommandRetryLimit`: how often a document is resumed after a restart, 1 to 100.
    #[schemars(extend("default" = 15))]
    pub retries: Option<i32>,
}

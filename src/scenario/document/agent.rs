//! `[group.agent]`: the limits of a group's agents, and the way on which messages reach them.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::scenario::plan::Channel;

/// The limits of a group's agents, as `amazon-ssm-agent.json` has them, and their channel. A number outside its range stands for the default
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
    /// The way on which messages reach them: `mgs`, pushed over an open connection (`ssmmessages`), or `mds`, in long polls
    /// (`ec2messages`), as agents before 3.1.821.0 have it (S8.5). Default: `mgs`, or `mds` where the `instance_profile` does
    /// not allow ssmmessages (S12.19).
    pub channel: Option<Channel>,
}

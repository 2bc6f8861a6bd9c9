//! `[[fault]]`: what goes wrong between two times, whatever the commands do.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    base::SimDuration,
    scenario::{distribution::Written, share::Share},
    ssm::status::Platform,
};

/// Something that goes wrong between two times, whatever the commands do.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// What goes wrong.
    pub kind: FaultKind,
    /// When it begins, counted from the start of the simulation.
    pub from: SimDuration,
    /// When it is over. Only `agents-lost` may go without: these agents never come back.
    pub until: Option<SimDuration>,
    /// Which instances it may strike; only of the kinds that begin with `agents`, `clock-skew` and `duplicate-deliveries`.
    /// Default: all.
    #[serde(rename = "where")]
    pub matching: Option<FaultWhere>,
    /// Which share of them it strikes, drawn for each instance in each replication.
    #[schemars(extend("default" = 1))]
    pub share: Option<Share>,
    /// Of `agents-slow`: steps that begin in that time take so many times as long.
    pub factor: Option<f64>,
    /// Of `clock-skew`: by how much the clock is ahead.
    pub by: Option<SimDuration>,
    /// Of `duplicate-deliveries`: the chance that a message which reaches an agent reaches it twice.
    pub chance: Option<Share>,
    /// Of `duplicate-deliveries`: how long after the first the second comes. After 30 to 40 minutes the agent has forgotten the first,
    /// and executes the command again (S8.27). Default: one delivery.
    pub after: Option<Written>,
    /// Of `consumer-outage`: the ARN of the `[[topic]]`.
    pub topic: Option<String>,
    /// Of `consumer-outage`: the name of the subscription.
    pub subscription: Option<String>,
    /// Of `consumer-outage`: what SNS is answered, such as 503. Default: it reaches nobody; of SQS, the consumer takes
    /// nothing from the queue.
    #[schemars(range(min = 300, max = 599))]
    pub status: Option<u16>,
}

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FaultKind {
    /// No agent reaches Systems Manager: no message comes to one, and no reply leaves. Requests are still accepted.
    RegionOutage,
    /// SNS takes nothing; what is published meanwhile it takes afterwards.
    SnsOutage,
    /// The endpoint of a subscription is down.
    ConsumerOutage,
    /// S3 takes no object.
    S3Outage,
    /// CloudWatch Logs takes no event.
    LogsOutage,
    /// Instances lose power and boot again at the end: what ran on them begins its step again.
    AgentsLost,
    /// Steps that begin on the instances take longer.
    AgentsSlow,
    /// The instances have no network; what runs on them goes on.
    AgentsCutOff,
    /// The role of the instances allows nothing: agents hibernate, and come back with a ping after the end.
    AgentsHibernate,
    /// The clock of the instances is wrong.
    ClockSkew,
    /// Messages reach agents twice.
    DuplicateDeliveries,
}

/// Conditions on the instances that a fault may strike, all of which must hold.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FaultWhere {
    /// The name of their group.
    pub group: Option<String>,
    /// Their platform.
    pub platform: Option<Platform>,
    /// Tags, with these values.
    pub tags: Option<BTreeMap<String, String>>,
}

//! The plan: a scenario with every default explicit. A run is a function of a plan and a seed.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    base::{Chance, SimDuration, distribution::Distribution},
    ssm::{
        NotificationType, NotifiedStatus, Readings, SendCommandRequest, document::OnFailure, status::Platform,
    },
};

mod alarm;
mod assumed;
mod delivery;
mod events;
mod fault;
mod group;
mod output;
mod polling;
mod range;

pub use alarm::{Alarm, AlarmCause, AlarmChange};
pub use assumed::AssumedQuotas;
pub use delivery::{Answer, DEFAULT_JITTER, Delivery, Endpoint, FilterPolicy, Outage, Sqs};
pub use events::{
    AutoScalingGroup, EventBus, Events, LifecycleHook, Rule, RuleTarget, ScalingActivity, TargetKind,
    TargetOutage, Trigger,
};
pub use fault::{FaultKind, InjectedFault, Outages, Struck, Trouble};
pub use group::{
    AgentLimits, Availability, AvailabilityState, Channel, ExecutionResult, Group, Instance, Members,
    Numbered, Outcome, StepBehaviour,
};
pub(super) use group::{instance_id, place_of};
pub use output::{DeniedStore, Output, Written};
pub use polling::Polling;
pub use range::InstanceRange;

/// The version of the plan's format.
pub const PLAN_VERSION: u32 = 2;

/// The most instances of a fleet, in all groups together.
pub const LARGEST_FLEET: u64 = (1 << 24) - 1;

/// Everything a run depends on but the seed of its luck.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// [`PLAN_VERSION`].
    pub version: u32,
    /// The scenario's name.
    pub name: String,
    /// The story, as the scenario tells it.
    pub description: String,
    /// The instant that simulation time 0 stands for, RFC 3339 in UTC.
    pub start: String,
    /// The root of all luck.
    pub seed: u64,
    /// The profile that the readings started from.
    pub profile: String,
    /// How AWS's contradictory texts are read.
    pub readings: Readings,
    /// The fleet, in the order in which instances are numbered.
    pub groups: Vec<Group>,
    /// The resource groups that requests may name.
    pub resource_groups: Vec<ResourceGroup>,
    /// The SNS topics that requests may name.
    pub topics: Vec<Topic>,
    /// EventBridge and Auto Scaling; `None` where the scenario has neither.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub events: Option<Events>,
    /// What goes wrong between two times.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<InjectedFault>,
    /// The alarms that requests may name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub alarms: Vec<Alarm>,
    /// The client that lists the invocations of each command, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub polling: Option<Polling>,
    /// Quotas of the API that the scenario assumes, if any (O-46).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assumed: Option<AssumedQuotas>,
    /// The commands: those of the scenario, then those that rules may send.
    pub commands: Vec<Command>,
    /// Service levels that the result is held to.
    pub thresholds: Vec<Threshold>,
    /// Whether callers sent commands while it ran. Then nothing is left out because of how few commands there are.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_open: bool,
}

/// A resource group of AWS: a named set of instances (S3.10).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResourceGroup {
    /// Unique name.
    pub name: String,
    /// Whether the caller may not list its members; a command to it is AccessDenied as a whole (S1.30).
    pub access_denied: bool,
    /// Who belongs to it.
    pub members: ResourceGroupMembers,
}

/// Who belongs to a resource group.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ResourceGroupMembers {
    /// Instances with all these tags.
    Tags(BTreeMap<String, String>),
    /// The instances with these ids, sorted.
    InstanceIds(Vec<String>),
}

/// An SNS topic and who listens to it (section 9).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Topic {
    /// Its ARN, unique.
    pub arn: String,
    /// The chance that Systems Manager publishes a change twice (O-59).
    pub published_twice: Chance,
    /// Who receives its messages.
    pub subscriptions: Vec<Subscription>,
}

/// One subscription of a topic.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Subscription {
    /// Unique name within the topic.
    pub name: String,
    /// From publication to arrival, drawn for each message anew, so that order is lost (O-58); microseconds.
    pub latency: Distribution,
    /// The chance that a message arrives twice (S9.20).
    pub duplicate: Chance,
    /// The chance that a message never arrives.
    pub loss: Chance,
    /// How SNS delivers, as far as the scenario says anything of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivery: Option<Box<Delivery>>,
}

/// One `SendCommand` and what belongs to it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Command {
    /// Unique name.
    pub name: String,
    /// When it is sent.
    pub at: SimDuration,
    /// The request as the API takes it, unresolved: "25%" stays "25%".
    pub request: SendCommandRequest,
    /// `TimeoutSeconds` after defaults.
    pub timeout_seconds: u32,
    /// The execution timeout that the agent enforces and the total includes (S5.12, O-21), whole seconds.
    pub execution_timeout_seconds: u32,
    /// Platforms that the document runs on.
    pub platforms: Vec<Platform>,
    /// The document's steps, at least one.
    pub steps: Vec<Step>,
    /// What is published of it.
    pub notification: Option<Notification>,
    /// Cancel requests.
    pub cancels: Vec<Cancel>,
    /// The instances that its principal may not send to, in order, where its policies say so (O-17).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub access_denied: Vec<InstanceRange>,
    /// Whether its role may not publish, so that all its messages are dropped (O-26b).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub publish_denied: bool,
    /// Fields of the request that are checked and kept but do not change the simulation yet.
    pub not_simulated: Vec<String>,
    /// The rule that sends it, if it is sent at all; `None`: the scenario sends it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trigger: Option<Trigger>,
    /// Whether it is never sent, and only says how the steps go of commands like it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_template: bool,
}

/// One step (plugin) of a document.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Unique name within the document.
    pub name: String,
    /// Platforms it runs on; on the others it is Skipped (S8.34).
    pub platforms: Vec<Platform>,
    /// Its execution timeout, whole seconds (S5.12, S5.14).
    pub timeout_seconds: u32,
    /// What follows when it has Failed (S8.32).
    pub on_failure: OnFailure,
    /// Whether the document ends with its success, `onSuccess: exit` (S8.32).
    pub exit_on_success: bool,
    /// Whether it runs even when the document has ended early, `finallyStep` (S8.32).
    pub finally: bool,
}

impl Step {
    /// A step without rules of its own: the next one follows whatever its end.
    pub fn plain(name: impl Into<String>, platforms: &[Platform], timeout_seconds: u32) -> Self {
        Self {
            name: name.into(),
            platforms: platforms.to_vec(),
            timeout_seconds,
            on_failure: OnFailure::Continue,
            exit_on_success: false,
            finally: false,
        }
    }
}

/// What a command publishes (section 9.1).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Notification {
    /// Index of the topic.
    pub topic: u32,
    /// Which statuses, each once, in the order of the enumeration.
    pub events: Vec<NotifiedStatus>,
    /// Of what.
    pub kind: NotificationType,
}

/// One `CancelCommand`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cancel {
    /// When it is called, counted from the start of the simulation.
    pub at: SimDuration,
    /// The instances whose invocations are cancelled; empty means the whole command (S7.1).
    pub instance_ids: Vec<String>,
}

/// A service level: what a metric's statistic must satisfy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Threshold {
    /// As written, such as `makespan.p95`.
    pub metric: String,
    /// As written, such as `<= 2h`.
    pub bound: String,
}

impl Command {
    /// Whether it is sent at its time, and not by a rule or never.
    pub fn is_sent(&self) -> bool {
        self.trigger.is_none() && !self.is_template
    }
}

impl Plan {
    /// The number of instances in the fleet.
    pub fn fleet_size(&self) -> u32 {
        self.groups.iter().map(Group::count).sum()
    }

    /// How many commands the scenario itself sends; those that rules may send follow them.
    pub fn own_commands(&self) -> usize {
        self.commands.iter().take_while(|command| command.trigger.is_none()).count()
    }

    /// Whether a command is another one of those that the same target of a rule may send, all of which are alike.
    pub fn is_like_the_one_before(&self, command: usize) -> bool {
        let trigger = |at: usize| self.commands[at].trigger;
        trigger(command).is_some() && command > 0 && trigger(command) == trigger(command - 1)
    }

    /// Who receives what a command publishes; nobody when it publishes nothing.
    pub fn subscriptions(&self, command: &Command) -> &[Subscription] {
        let topic = command.notification.as_ref().map(|notification| notification.topic as usize);
        topic.map_or(&[], |topic| &self.topics[topic].subscriptions)
    }

    /// Whether the agents of a group may ever have more commands than workers, so that what their pools do is
    /// worth telling.
    pub fn has_busy_agents(&self, group: &Group) -> bool {
        self.is_open || self.commands.len() > group.agent.workers as usize
    }
}

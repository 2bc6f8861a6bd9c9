//! What the user wrote: the scenario document as it stands in TOML or JSON, before any default.
//!
//! The docstrings are the descriptions of the published JSON Schema and of the reference.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

mod delivery;
mod topic;

pub use delivery::{Answer, Endpoint, Outage, PolicySource};
pub use topic::{Subscription, Topic};

use super::{
    distribution::{Written, WrittenFactor},
    share::Share,
};
use crate::{
    base::SimDuration,
    ssm::{Readings, SendCommandRequest, status::Platform},
};

mod access;
mod agent;
mod alarm;
mod assumed;
mod behaviour;
mod events;
mod fault;
mod inventory;
mod output;
mod own_document;
mod planning;
mod polling;

pub use access::{PolicyDocument, Principal, Role};
pub use agent::Agent;
pub use alarm::{AlarmChange, AlarmFailures, CloudWatchAlarm};
pub use assumed::{Assumed, Calls};
pub use behaviour::Behaviour;
pub use events::{
    AutoScalingGroup, EventBus, LifecycleHook, RetryPolicy, Rule, RuleTarget, ScalingActivity, TargetOutage,
};
pub use fault::{Fault, FaultKind, FaultWhere};
pub use inventory::{InstanceWhere, Inventory, ResourceGroup};
pub use output::{LogsPuts, Output, S3Puts, StepOutput};
pub use own_document::{ContentSource, OwnDocument};
pub use planning::{BadRelease, Objective, Planning, SweptValue, Vary};
pub use polling::Polling;

/// A fleetsim scenario: a fleet, commands sent to it, and what the result must satisfy.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// The version of this format; 1.
    #[schemars(range(min = 1, max = 1))]
    pub version: u32,
    /// The scenario's name. Default: the name of the file.
    pub name: Option<String>,
    /// The story it tells.
    #[schemars(extend("default" = ""))]
    pub description: Option<String>,
    /// The instant at which the simulation starts, RFC 3339.
    #[schemars(extend("format" = "date-time", "default" = "2026-01-01T00:00:00Z"))]
    pub start: Option<String>,
    /// The root of all luck.
    #[schemars(extend("default" = 1))]
    pub seed: Option<u64>,
    /// How AWS's contradictory texts are read; see `readings`.
    #[schemars(extend("default" = "api"))]
    pub profile: Option<Profile>,
    /// Single readings that differ from the profile's.
    #[schemars(with = "Option<Readings>")]
    pub readings: Option<Map<String, Value>>,
    /// The account, twelve digits; it is in events, and in the ARNs of what policies are about.
    #[schemars(extend("default" = "123456789012"))]
    pub account: Option<String>,
    /// The Region, likewise.
    #[schemars(extend("default" = "us-east-1"))]
    pub region: Option<String>,
    /// Who sends commands, with IAM policies. A command without a principal may do everything.
    #[schemars(length(max = 1000), extend("default" = []))]
    pub principal: Option<Vec<Principal>>,
    /// Roles that requests name as `ServiceRoleArn`, and targets of rules as `role_arn`. Those not declared may do everything.
    #[schemars(length(max = 1000), extend("default" = []))]
    pub role: Option<Vec<Role>>,
    /// Real instances, for groups with `where`.
    #[schemars(length(max = 1000))]
    pub inventory: Option<Vec<Inventory>>,
    /// The fleet: groups of instances that behave alike.
    #[schemars(length(min = 1, max = 10000))]
    pub group: Vec<Group>,
    /// Outcomes added to every group that matches, such as a bad release on one platform; of groups with `where`, to the
    /// instances that match.
    #[schemars(length(max = 1000))]
    pub outcome: Option<Vec<OutcomeRule>>,
    /// Resource groups, which the request may name.
    #[schemars(length(max = 10000))]
    pub resource_group: Option<Vec<ResourceGroup>>,
    /// SNS topics that requests name in `NotificationConfig`.
    #[schemars(length(max = 1000), extend("default" = []))]
    pub topic: Option<Vec<Topic>>,
    /// The event bus. Without it, rules and Auto Scaling groups nobody hears of events.
    pub event_bus: Option<EventBus>,
    /// Rules of EventBridge.
    #[schemars(length(max = 300), extend("default" = []))]
    pub rule: Option<Vec<Rule>>,
    /// Auto Scaling groups.
    #[schemars(length(max = 1000), extend("default" = []))]
    pub auto_scaling_group: Option<Vec<AutoScalingGroup>>,
    /// What goes wrong between two times, whatever the commands do.
    #[schemars(length(max = 1000), extend("default" = []))]
    pub fault: Option<Vec<Fault>>,
    /// CloudWatch alarms that requests name in `AlarmConfiguration`. One that is not declared never goes off.
    #[schemars(length(max = 1000), extend("default" = []))]
    pub alarm: Option<Vec<CloudWatchAlarm>>,
    /// A client for each command that lists its invocations until all is over. Default: none.
    pub polling: Option<Polling>,
    /// Quotas of the API that you assume. Default: none.
    pub assumed: Option<Assumed>,
    /// What groups do in some commands and steps instead of their own.
    #[schemars(length(max = 1000))]
    pub behaviour: Option<Vec<Behaviour>>,
    /// Command documents beside those of AWS.
    #[schemars(length(max = 1000))]
    pub document: Option<Vec<OwnDocument>>,
    /// The commands; none where rules send all of them, or callers of `fleetsim serve`.
    #[serde(default)]
    #[schemars(length(max = 1000))]
    pub command: Vec<Command>,
    /// Service levels: `"makespan.p95" = "<= 2h"`, of one command `"NAME: makespan.p95" = "<= 2h"`.
    pub thresholds: Option<BTreeMap<String, String>>,
    /// What `fleetsim plan` tries and demands.
    pub plan: Option<Planning>,
}

/// A set of readings of AWS's contradictory texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Profile {
    /// The recommended reading of every point.
    Api,
    /// As the console sends: `TimeoutSeconds` 600, five values a target.
    Console,
    /// The guide to the letter, even where it cannot be meant.
    LiteralDocs,
    /// The guide of 2018.
    #[serde(rename = "legacy-2018")]
    Legacy2018,
}

/// Instances that behave alike: made-up ones with `count`, or those of the inventory with `where`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Group {
    /// Unique name.
    #[schemars(length(min = 1, max = 100))]
    pub name: String,
    /// How many instances. Give this or `where`.
    #[schemars(range(min = 1, max = 16777215))]
    pub count: Option<u32>,
    /// Which instances of the inventory: those that match and that no group before has taken; `{}` takes all that are
    /// left. Ids, platforms and tags are then the inventory's.
    #[serde(rename = "where")]
    pub matching: Option<InstanceWhere>,
    /// What instance ids begin with: `i-` or, for hybrid instances, `mi-`, then letters, digits or `_`; the number
    /// of the instance fills them up to 17 characters. Default: `i-` and up to 8 letters and digits of the name.
    pub id_prefix: Option<String>,
    /// The platform.
    #[schemars(extend("default" = "Linux"))]
    pub platform: Option<Platform>,
    /// Tags on every instance.
    #[schemars(extend("default" = {}))]
    pub tags: Option<BTreeMap<String, String>>,
    /// Whether the caller is denied access to these instances.
    #[schemars(extend("default" = false))]
    pub access_denied: Option<bool>,
    /// IAM policies of the role in the instance profile: without what AmazonSSMManagedInstanceCore allows, instances are no
    /// managed nodes. Default: they have it.
    #[schemars(length(min = 1, max = 100))]
    pub instance_profile: Option<Vec<PolicyDocument>>,
    /// Time from send to receipt by the agent. Default: log-normal, median 100 ms, 99 % below 1 s.
    pub delivery: Option<Written>,
    /// Time of each reply of the agent to the service. Default: part of `delivery`.
    pub reply: Option<Written>,
    /// Time of each step on an instance of average speed.
    pub execution: Written,
    /// Factor on the execution time, drawn once for each instance. Default: 1.
    pub slowness: Option<WrittenFactor>,
    /// Who cannot be reached when; the remaining chance is always reachable.
    #[schemars(extend("default" = []))]
    pub availability: Option<Vec<Availability>>,
    /// The same for the instances that the inventory shows as ConnectionLost, stopped or stopping; `[]` makes them
    /// always reachable. Default: never reachable.
    pub connection_lost: Option<Vec<Availability>>,
    /// What happens to each step other than exit code 0; the remaining chance is that.
    #[schemars(extend("default" = []))]
    pub outcomes: Option<Vec<Outcome>>,
    /// The limits of the agents.
    pub agent: Option<Agent>,
    /// Time from the shutdown of an instance that reboots until its agent works again. Default: log-normal, median one
    /// minute, 99 % below about two.
    pub reboot: Option<Written>,
    /// What each step writes, and how it is put to S3 and CloudWatch Logs. Default: steps write nothing.
    pub output: Option<Output>,
}

/// A share of a group that is not always reachable. Exactly one field besides `chance`, or `up` and `down`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Availability {
    /// The chance that an instance is like this.
    pub chance: Share,
    /// Registered, but its agent never answers.
    pub unreachable: Option<bool>,
    /// Its agent answers from this time on.
    pub reachable_from: Option<SimDuration>,
    /// Stopped at this time, for good; a running step is lost without a reply.
    pub stopped_at: Option<SimDuration>,
    /// Terminated at this time; a send after that is Undeliverable.
    pub terminated_at: Option<SimDuration>,
    /// Its connection comes and goes; so long it can be reached each time, at least a second. What runs on it goes on.
    pub up: Option<Written>,
    /// And so long it cannot.
    pub down: Option<Written>,
}

/// One way in which a step can end. Exactly one field besides `chance`, `run` and `execution`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Outcome {
    /// The chance of it for one run of a step.
    pub chance: Share,
    /// Only in this run of the step: it runs again after a reboot. Default: in every run.
    #[schemars(range(min = 1, max = 101))]
    pub run: Option<u32>,
    /// The script ends with this code. 194, on Windows 3010, asks for a reboot, after which the step runs again.
    pub exit_code: Option<i32>,
    /// The script never ends by itself.
    pub hang: Option<bool>,
    /// The work is done with exit code 0, but the final reply never arrives.
    pub reply_lost: Option<bool>,
    /// The instance stops at a random moment of the execution, for good.
    pub stopped: Option<bool>,
    /// The instance is terminated at a random moment of the execution.
    pub terminated: Option<bool>,
    /// Time of the execution when this happens, instead of the group's.
    pub execution: Option<Written>,
}

/// An outcome for every group, or instance of the inventory, and step that match all of `where`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OutcomeRule {
    /// Which groups or instances, commands and steps. Default: all.
    #[serde(rename = "where")]
    pub matching: Option<Where>,
    /// The chance of it for one run of a step.
    pub chance: Share,
    /// Only in this run of the step: it runs again after a reboot. Default: in every run.
    #[schemars(range(min = 1, max = 101))]
    pub run: Option<u32>,
    /// The script ends with this code. 194, on Windows 3010, asks for a reboot, after which the step runs again.
    pub exit_code: Option<i32>,
    /// The script never ends by itself.
    pub hang: Option<bool>,
    /// The work is done with exit code 0, but the final reply never arrives.
    pub reply_lost: Option<bool>,
    /// The instance stops at a random moment of the execution, for good.
    pub stopped: Option<bool>,
    /// The instance is terminated at a random moment of the execution.
    pub terminated: Option<bool>,
    /// Time of the execution when this happens, instead of the group's.
    pub execution: Option<Written>,
}

/// Conditions on a group, and on a step that it runs, all of which must hold. In groups with `where`, platform and tags
/// are those of each instance.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Where {
    /// The group's name.
    pub group: Option<String>,
    /// The platform.
    pub platform: Option<Platform>,
    /// Tags, with these values.
    pub tags: Option<BTreeMap<String, String>>,
    /// The command's name.
    pub command: Option<String>,
    /// The name of the command's document.
    pub document: Option<String>,
    /// The name of the step.
    pub step: Option<String>,
}

/// One `SendCommand` and what belongs to it.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Command {
    /// Unique name: a letter or digit, then letters, digits, `-`, `_` and `.`. Default: `command-1` for the first one,
    /// and so on.
    #[schemars(length(min = 1, max = 100))]
    pub name: Option<String>,
    /// When it is sent, counted from the start of the simulation.
    #[schemars(extend("default" = "0s"))]
    pub at: Option<SimDuration>,
    /// The name of the `[[principal]]` who sends it. Default: somebody who may do everything.
    pub principal: Option<String>,
    /// What is sent: the name of a file beside the scenario, exactly as `aws ssm send-command --cli-input-json`
    /// takes it, or the request itself as a table.
    pub request: RequestSource,
    /// Cancel requests.
    #[schemars(extend("default" = []))]
    pub cancel: Option<Vec<Cancel>>,
}

/// A request: the name of a JSON file beside the scenario, or the request itself.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum RequestSource {
    /// The name of a JSON file beside the scenario.
    File(String),
    /// The request itself.
    Inline(Box<SendCommandRequest>),
}

/// One `CancelCommand`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Cancel {
    /// When it is called, counted from the start of the simulation; after the command.
    pub at: SimDuration,
    /// The instances whose invocations are cancelled, 1 to 50. Default: the whole command.
    #[schemars(length(min = 1, max = 50))]
    pub instance_ids: Option<Vec<String>>,
}

impl OutcomeRule {
    /// The outcome without its condition.
    pub fn outcome(&self) -> Outcome {
        Outcome {
            chance: self.chance,
            run: self.run,
            exit_code: self.exit_code,
            hang: self.hang,
            reply_lost: self.reply_lost,
            stopped: self.stopped,
            terminated: self.terminated,
            execution: self.execution.clone(),
        }
    }
}

//! EventBridge and Auto Scaling as the user writes them.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use crate::{
    base::SimDuration,
    events::{LifecycleResult, LifecycleTransition, TargetError},
    scenario::{distribution::Written, share::Share},
    ssm::request::Target,
};

/// The account's default event bus, on which Systems Manager tells every change of status and Auto Scaling every lifecycle
/// action. Without it, `[[rule]]` and `[[auto_scaling_group]]` there are no events, and they cost nothing.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EventBus {
    /// Time from what happened until its event is at the rules, drawn for each event anew. Default: log-normal, median
    /// 500 ms, 99 % below 5 s; assumed, for no figure was published.
    pub latency: Option<Written>,
    /// The chance that an event is never delivered: events of Systems Manager and Auto Scaling are best effort.
    #[schemars(extend("default" = 0))]
    pub loss: Option<Share>,
}

/// A rule of EventBridge.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Unique name: 1 to 64 letters, digits, `.`, `-` and `_`.
    #[schemars(length(min = 1, max = 64))]
    pub name: String,
    /// The event pattern: a table, JSON as text, or the name of a JSON file beside the scenario.
    pub pattern: Value,
    /// Whether its state is ENABLED.
    #[schemars(extend("default" = true))]
    pub enabled: Option<bool>,
    /// Events that come to it before this time do not run it: new rules take a while. Default: from the start.
    pub effective_after: Option<SimDuration>,
    /// The chance that an event runs it twice.
    #[schemars(extend("default" = 0))]
    pub runs_twice: Option<Share>,
    /// What it invokes, at most 5.
    #[schemars(length(min = 1, max = 5))]
    pub target: Vec<RuleTarget>,
}

/// A target of a rule.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RuleTarget {
    /// `Id`, unique in the rule: 1 to 64 letters, digits, `.`, `-` and `_`.
    #[schemars(length(min = 1, max = 64))]
    pub id: String,
    /// `Arn`: of a document, and Run Command sends it; of an SNS topic; of an SQS queue.
    #[schemars(extend("examples" = ["arn:aws:ssm:us-east-1::document/AWS-RunShellScript"]))]
    pub arn: String,
    /// `RoleArn`: the role in which EventBridge sends the command. Run Command needs one. Where it is a `[[role]]`, its policies
    /// decide what may be sent.
    pub role_arn: Option<String>,
    /// `Input`: of Run Command the document's parameters, each with a list of values, as a table or as JSON text; the same for
    /// every event.
    pub input: Option<Value>,
    /// `RunCommandTargets`: one block with `InstanceIds` or `tag:NAME`; the same instances for every event.
    #[schemars(length(max = 5))]
    pub run_command_targets: Option<Vec<Target>>,
    /// How many commands it sends in one replication at most, 1 to 1000: the guard against a rule that feeds itself.
    #[schemars(range(min = 1, max = 1000), extend("default" = 100))]
    pub at_most: Option<u32>,
    /// The chance that a run of the rule invokes it twice. Run Command then sends the command twice.
    #[schemars(extend("default" = 0))]
    pub invoked_twice: Option<Share>,
    /// The chance that an attempt is throttled, and tried again.
    #[schemars(extend("default" = 0))]
    pub throttled: Option<Share>,
    /// Times at which it does not answer.
    #[schemars(extend("default" = []))]
    pub outages: Option<Vec<TargetOutage>>,
    /// What every attempt meets, such as `NO_PERMISSIONS`. Default: that of a `[[role]]` that may not send; else nothing.
    pub error: Option<TargetError>,
    /// How often it is tried again.
    pub retry_policy: Option<RetryPolicy>,
    /// `DeadLetterConfig.Arn`: the ARN of a standard queue for events that were given up. Default: they are dropped.
    pub dead_letter_arn: Option<String>,
}

/// `RetryPolicy` of a target.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct RetryPolicy {
    /// 0 to 185.
    #[schemars(range(min = 0, max = 185), extend("default" = 185))]
    pub maximum_retry_attempts: Option<u32>,
    /// 60 to 86400 seconds.
    #[schemars(range(min = 60, max = 86400), extend("default" = 86400))]
    pub maximum_event_age_in_seconds: Option<u32>,
}

/// A time during which a target does not answer.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TargetOutage {
    /// Its beginning, counted from the start of the simulation.
    pub from: SimDuration,
    /// Its end.
    pub until: SimDuration,
}

/// An Auto Scaling group: the instances of a `[[group]]`, of which some are launched and terminated in the simulation.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AutoScalingGroup {
    /// `AutoScalingGroupName`, unique.
    #[schemars(length(min = 1, max = 255))]
    pub name: String,
    /// The name of the `[[group]]` whose instances belong to it. The last ones are launched, in order; the others are there
    /// from the start.
    pub group: String,
    /// Time from the launch of an instance until its agent is registered and can be reached. Default: log-normal, median one
    /// minute, 99 % below about two.
    pub boot: Option<Written>,
    /// Scale-out activities.
    #[schemars(length(max = 1000), extend("default" = []))]
    pub launches: Option<Vec<ScalingActivity>>,
    /// Scale-in activities. The instances that were there first are terminated first.
    #[schemars(length(max = 1000), extend("default" = []))]
    pub terminations: Option<Vec<ScalingActivity>>,
    /// Lifecycle hooks, at most 50.
    #[schemars(length(max = 50), extend("default" = []))]
    pub hook: Option<Vec<LifecycleHook>>,
}

/// Instances that are launched or terminated at a time.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScalingActivity {
    /// When, counted from the start of the simulation.
    pub at: SimDuration,
    /// How many.
    #[schemars(range(min = 1, max = 16777215))]
    pub count: u32,
}

/// A lifecycle hook.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LifecycleHook {
    /// `LifecycleHookName`, unique in the group: 1 to 255 letters, digits, `-`, `_` and `/`.
    #[schemars(length(min = 1, max = 255))]
    pub name: String,
    /// `LifecycleTransition`.
    pub transition: LifecycleTransition,
    /// `HeartbeatTimeout`: 30 seconds to 2 hours.
    #[schemars(extend("default" = "1h"))]
    pub heartbeat_timeout: Option<SimDuration>,
    /// `DefaultResult`: what the action comes to when nobody completes it in time.
    #[schemars(extend("default" = "ABANDON"))]
    pub default_result: Option<LifecycleResult>,
    /// `NotificationMetadata`, in the events.
    #[schemars(length(min = 1, max = 4000))]
    pub notification_metadata: Option<String>,
    /// The `[[rule]]` whose commands complete the action: the script calls `complete-lifecycle-action` as its last step, so an
    /// invocation that succeeds on the instance does it. Default: nobody, and the hook times out.
    pub completed_by: Option<String>,
    /// How often such a command calls `record-lifecycle-action-heartbeat` while it runs. Default: never.
    pub heartbeat_every: Option<SimDuration>,
}

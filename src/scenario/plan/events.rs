//! EventBridge and Auto Scaling: the bus, its rules, and the groups of instances that come and go (section 10).

use serde::{Deserialize, Serialize};

use crate::{
    base::{Chance, SimDuration, distribution::Distribution},
    events::{LifecycleResult, LifecycleTransition, RetryPolicy, TargetError},
};

/// Everything about events. Without it Systems Manager sends none.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Events {
    /// The default event bus of the account (S10.12).
    pub bus: EventBus,
    /// Its rules.
    pub rules: Vec<Rule>,
    /// Groups whose instances come and go.
    pub auto_scaling_groups: Vec<AutoScalingGroup>,
}

/// The default event bus.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EventBus {
    /// The account, twelve digits.
    pub account: String,
    /// The Region.
    pub region: String,
    /// From what happened to the rules that it matches, drawn for each event; microseconds.
    pub latency: Distribution,
    /// The chance that an event is never delivered (S10.11).
    pub loss: Chance,
}

/// A rule (section 10.3).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Unique name.
    pub name: String,
    /// The event pattern, JSON.
    pub pattern: String,
    /// Whether its state is ENABLED.
    pub enabled: bool,
    /// Events that come before this time do not run it (S10.24).
    pub effective_after: SimDuration,
    /// The chance that an event runs it twice (S10.25).
    pub runs_twice: Chance,
    /// What it invokes.
    pub targets: Vec<RuleTarget>,
}

/// A target of a rule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleTarget {
    /// `Id`, unique in the rule.
    pub id: String,
    /// `Arn`.
    pub arn: String,
    /// What it is.
    pub kind: TargetKind,
    /// `RoleArn`.
    pub role_arn: Option<String>,
    /// The chance that a run invokes it twice (S10.25).
    pub invoked_twice: Chance,
    /// The chance that an attempt is throttled (S10.28).
    pub throttled: Chance,
    /// When it does not answer.
    pub outages: Vec<TargetOutage>,
    /// What every attempt meets (S10.28).
    pub error: Option<TargetError>,
    /// `RetryPolicy` (S10.27).
    pub retry_policy: RetryPolicy,
    /// `DeadLetterConfig`: the ARN of a queue (S10.29).
    pub dead_letter_arn: Option<String>,
}

/// What a target is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TargetKind {
    /// Run Command: each invocation sends the next of these commands of the plan (section 10.5).
    RunCommand {
        /// Index of the first.
        first: u32,
        /// How many there are; of more invocations none sends anything.
        at_most: u32,
    },
    /// An SNS topic.
    Topic,
    /// An SQS queue.
    Queue,
}

/// A time during which a target does not answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TargetOutage {
    /// Its beginning, counted from the start of the simulation.
    pub from: SimDuration,
    /// Its end.
    pub until: SimDuration,
}

/// That a command is not sent by the scenario but by a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trigger {
    /// Index of the rule.
    pub rule: u16,
    /// Index of the target in the rule.
    pub target: u8,
}

/// An Auto Scaling group: instances of one group of the fleet, some of which are launched and terminated.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AutoScalingGroup {
    /// `AutoScalingGroupName`.
    pub name: String,
    /// Index of the group of the fleet. Its last instances are launched, in order; the others are there from the start.
    pub group: u32,
    /// From the launch of an instance until its agent is registered; microseconds.
    pub boot: Distribution,
    /// Scale-out activities, in order of time.
    pub launches: Vec<ScalingActivity>,
    /// Scale-in activities, in order of time. The instances that were there first are terminated first.
    pub terminations: Vec<ScalingActivity>,
    /// Lifecycle hooks.
    pub hooks: Vec<LifecycleHook>,
}

/// Instances that are launched or terminated at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScalingActivity {
    /// When.
    pub at: SimDuration,
    /// How many.
    pub count: u32,
}

/// A lifecycle hook (S10.53 to S10.57).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LifecycleHook {
    /// `LifecycleHookName`, unique in its group.
    pub name: String,
    /// `LifecycleTransition`.
    pub transition: LifecycleTransition,
    /// `HeartbeatTimeout`: 30 to 7200 whole seconds.
    pub heartbeat_timeout: SimDuration,
    /// `DefaultResult`.
    pub default_result: LifecycleResult,
    /// `NotificationMetadata`.
    pub notification_metadata: Option<String>,
    /// The rule whose commands complete the action as their last step, where they succeed; `None`: nobody does.
    pub completed_by: Option<u16>,
    /// How often such a command records a heartbeat while it runs.
    pub heartbeat_every: Option<SimDuration>,
}

impl Events {
    /// A target of a rule.
    pub fn target(&self, rule: u16, target: u8) -> Option<&RuleTarget> {
        self.rules.get(usize::from(rule))?.targets.get(usize::from(target))
    }

    /// The Auto Scaling group that has the group of the fleet with this index.
    pub fn scaling_of(&self, group: usize) -> Option<&AutoScalingGroup> {
        self.auto_scaling_groups.iter().find(|scaling| scaling.group as usize == group)
    }
}

impl AutoScalingGroup {
    /// How many instances its activities launch.
    pub fn launched(&self) -> u32 {
        self.launches.iter().map(|activity| activity.count).sum()
    }

    /// The places in the group of the instances that are launched, each with its time. `size` is that of the group.
    pub fn launch_times(&self, size: u32) -> impl Iterator<Item = (u32, SimDuration)> {
        (size.saturating_sub(self.launched())..).zip(times(&self.launches))
    }

    /// The places in the group of the instances that are terminated, each with its time.
    pub fn termination_times(&self) -> impl Iterator<Item = (u32, SimDuration)> {
        (0..).zip(times(&self.terminations))
    }

    /// The hooks of a transition, each with its index.
    pub fn hooks_of(&self, transition: LifecycleTransition) -> impl Iterator<Item = (u32, &LifecycleHook)> {
        (0..).zip(&self.hooks).filter(move |(_, hook)| hook.transition == transition)
    }
}

fn times(activities: &[ScalingActivity]) -> impl Iterator<Item = SimDuration> {
    activities.iter().flat_map(|activity| (0..activity.count).map(|_| activity.at))
}

//! Readings: where AWS's own texts contradict each other or are silent, which way a scenario reads them.
//! Each is a named knob with a default; a profile sets several at once (section 16 of `docs/semantics.md`).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::status::{CommandStatus, InvocationStatus};
use crate::base::{Rounding, SimDuration};

/// How the window of slow start grows with the number of acknowledged invocations (O-12).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SlowStart {
    /// One, then two more for each acknowledged one: 1, 3, 7, 15 in flight.
    Double,
    /// Twice the acknowledged ones: 1, 2, 4, 8 in flight.
    Window,
    /// The whole of `MaxConcurrency` after the first acknowledged one.
    Jump,
    /// The whole of `MaxConcurrency` from the beginning.
    Off,
}

/// What the window of slow start waits for (O-14, S4.9).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Gate {
    /// The agent's acknowledgement; the guide since 2020-08.
    Ack,
    /// The end of the invocation; the guide of 2018 to 2020 and the Automation guide.
    Complete,
}

/// How long slow start waits for an invocation that does not answer: a duration, or `wait` (O-14).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Grace {
    /// After so long the invocation counts as acknowledged.
    After(SimDuration),
    /// Until its end.
    Wait(Wait),
}

/// The word `wait`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Wait {
    /// No limit.
    Wait,
}

/// The order in which the targets are sent to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum DispatchOrder {
    /// A permutation that the seed chooses.
    Random,
    /// As the fleet lists them.
    Listed,
}

/// Which error of a percentage stops the sending (O-11, S4.19).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ErrorBoundary {
    /// The one beyond those tolerated: the sixth for 10 % of 50.
    Beyond,
    /// The last of those tolerated, as the Automation guide has it: the fifth for 10 % of 50.
    AutomationDoc,
}

/// How a count is compared with `MaxErrors` when the command's status is made (O-3, O-6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Comparison {
    /// More than `MaxErrors`.
    MoreThan,
    /// `MaxErrors` or more, the literal text of the guide.
    AtLeast,
}

/// The command's status when some invocations failed, no more than tolerated (O-4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ToleratedFailures {
    /// Failed/Incomplete: three of four texts.
    Incomplete,
    /// Success/Success: the guide's Success row.
    Success,
}

/// The command's status when successes stand beside neutral invocations only (O-5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum NeutralWithSuccess {
    /// Success: the guide's worked example.
    Success,
    /// Incomplete: the guide's Incomplete row.
    Incomplete,
    /// As if the neutral invocations were not there: the API model, and the guide before 2020-10.
    Ignore,
}

/// What `TimeoutSeconds` limits (O-18).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum TimeoutMeaning {
    /// Together with the execution timeout, the whole life of the command.
    Total,
    /// Delivery alone; what was received in time may take its execution timeout.
    DeliveryThenExecution,
}

/// How a `Cancelling` invocation ends whose agent never answers (O-24).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CancelUnanswered {
    /// `Cancelled` at `ExpiresAfter`.
    Cancelled,
    /// `DeliveryTimedOut` at `ExpiresAfter`.
    DeliveryTimedOut,
}

/// How the names of fields in notifications begin (S9.8).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum NotificationCase {
    /// `commandId`: the guide since 2019-05.
    LowerCamel,
    /// `CommandId`: the guide before.
    Pascal,
}

/// Which changes of status Systems Manager sends to EventBridge (O-26).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum EventStatuses {
    /// Those that SNS tells of: InProgress, Success, TimedOut, Cancelled and Failed.
    Notified,
    /// Delayed and Cancelling as well.
    WithDelayedAndCancelling,
}

/// What becomes of the invocations that an alarm keeps from being sent (O-62).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum AlarmStop {
    /// Terminated, as when the errors exceed `MaxErrors`.
    Terminated,
    /// Cancelled, as when somebody cancels them.
    Cancelled,
}

/// Every reading in force, each with its value: what a resolved plan carries.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Readings {
    /// O-12.
    pub slow_start: SlowStart,
    /// O-14.
    pub gate: Gate,
    /// O-14: how long an unanswered send holds the ramp back.
    pub unanswered_grace: Grace,
    /// Settled: the dispatch order.
    pub dispatch_order: DispatchOrder,
    /// O-13 for `MaxConcurrency`.
    pub concurrency_rounding: Rounding,
    /// O-13 for `MaxErrors`.
    pub errors_rounding: Rounding,
    /// O-11.
    pub error_boundary: ErrorBoundary,
    /// O-10: whether Execution Timed Out counts against `MaxErrors`.
    pub execution_timed_out_counts: bool,
    /// O-3.
    pub failed_rule: Comparison,
    /// O-6.
    pub delivery_timed_out_rule: Comparison,
    /// O-7: whether a command can end as TimedOut/ExecutionTimedOut.
    pub command_execution_timed_out: bool,
    /// O-4.
    pub tolerated_failures: ToleratedFailures,
    /// O-5.
    pub neutral_with_success: NeutralWithSuccess,
    /// O-56.
    pub no_instances_status: CommandStatus,
    /// O-9: the status of an Incomplete command.
    pub incomplete_status: CommandStatus,
    /// O-9: the status of a Terminated invocation.
    pub terminated_status: InvocationStatus,
    /// O-9: the status of an Invalid Platform invocation.
    pub invalid_platform_status: InvocationStatus,
    /// O-9: the status of an Access Denied invocation.
    pub access_denied_status: InvocationStatus,
    /// O-19: the `TimeoutSeconds` of a request that names none.
    pub default_timeout_seconds: u32,
    /// O-18.
    pub timeout_meaning: TimeoutMeaning,
    /// O-24.
    pub cancel_unanswered: CancelUnanswered,
    /// Settled 9: whether what still waits on the agent when its command expires is run all the same.
    pub agent_runs_expired: bool,
    /// O-54: whether a command that was cancelled while it waited on the agent runs when the agent has restarted.
    pub agent_quirks: bool,
    /// O-29: how many values one target may hold.
    pub target_values: u32,
    /// Settled 10: the fields of notifications.
    pub notification_case: NotificationCase,
    /// S8.2: how many accepted commands wait on an agent that says nothing about it.
    pub agent_buffer: u32,
    /// O-26: which statuses EventBridge hears of.
    pub event_statuses: EventStatuses,
    /// O-33: how many values the target of a rule that sends a command may name.
    pub rule_target_values: u32,
    /// O-37: how often the agent puts log events, at least a second.
    pub log_period: SimDuration,
    /// O-62: how invocations end that an alarm keeps from being sent.
    pub alarm_stop: AlarmStop,
}

impl Default for Readings {
    /// The profile `api`: the recommended reading of every point.
    fn default() -> Self {
        Self {
            slow_start: SlowStart::Double,
            gate: Gate::Ack,
            unanswered_grace: Grace::After(SimDuration::from_secs(30)),
            dispatch_order: DispatchOrder::Random,
            concurrency_rounding: Rounding::Ceil,
            errors_rounding: Rounding::Floor,
            error_boundary: ErrorBoundary::Beyond,
            execution_timed_out_counts: true,
            failed_rule: Comparison::MoreThan,
            delivery_timed_out_rule: Comparison::MoreThan,
            command_execution_timed_out: false,
            tolerated_failures: ToleratedFailures::Incomplete,
            neutral_with_success: NeutralWithSuccess::Success,
            no_instances_status: CommandStatus::Success,
            incomplete_status: CommandStatus::Failed,
            terminated_status: InvocationStatus::Cancelled,
            invalid_platform_status: InvocationStatus::Failed,
            access_denied_status: InvocationStatus::Failed,
            default_timeout_seconds: 3600,
            timeout_meaning: TimeoutMeaning::Total,
            cancel_unanswered: CancelUnanswered::Cancelled,
            agent_runs_expired: false,
            agent_quirks: true,
            target_values: 50,
            notification_case: NotificationCase::LowerCamel,
            agent_buffer: 5,
            event_statuses: EventStatuses::Notified,
            rule_target_values: 50,
            log_period: SimDuration::from_secs(1),
            alarm_stop: AlarmStop::Terminated,
        }
    }
}

//! `CancelCommand`, `ListCommands` and the structure `Command`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::filter::{self, CommandFilter};
use crate::{
    ssm::{
        limits,
        request::{AlarmConfiguration, CloudWatchOutputConfig, NotificationConfig, Target},
    },
    wire::{
        check::{Check, Violations},
        fault::Fault,
        page::paged,
        time::EpochSeconds,
    },
};

/// The request of `CancelCommand`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CancelCommandRequest {
    /// Which command.
    pub command_id: String,
    /// On which instances; none named: on all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub instance_ids: Vec<String>,
}

/// The request of `ListCommands`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListCommandsRequest {
    /// This command alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub command_id: Option<String>,
    /// Commands that went to this instance alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instance_id: Option<String>,
    /// The size of a page, 1 to 50.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_results: Option<i64>,
    /// The token of the page before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
    /// Up to 5 filters, all of which must match.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub filters: Vec<CommandFilter>,
}

/// The answer of `ListCommands`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListCommandsResult {
    /// The commands of this page, the newest first.
    pub commands: Vec<Command>,
    /// Where the list goes on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
}

/// A command, with the sums over its invocations (S15.1). Texts that were not given are empty and not left out.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Command {
    /// A UUID.
    pub command_id: String,
    /// The document's name.
    pub document_name: String,
    /// The version that was asked for.
    #[serde(default)]
    pub document_version: String,
    /// The comment.
    pub comment: String,
    /// When what is not terminal times out.
    pub expires_after: EpochSeconds,
    /// The parameters that were given.
    pub parameters: BTreeMap<String, Vec<String>>,
    /// The instances that were named.
    pub instance_ids: Vec<String>,
    /// The selectors that were given.
    pub targets: Vec<Target>,
    /// When it was requested.
    pub requested_date_time: EpochSeconds,
    /// Its status (S1.4).
    pub status: String,
    /// The finer one.
    pub status_details: String,
    /// Deprecated; left out when it was not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output_s3_region: Option<String>,
    /// Bucket for the output.
    pub output_s3_bucket_name: String,
    /// Key prefix for the output.
    pub output_s3_key_prefix: String,
    /// As given, or "50".
    pub max_concurrency: String,
    /// As given, or "0".
    pub max_errors: String,
    /// How many instances it goes to.
    pub target_count: i64,
    /// How many of them have reached a terminal status.
    pub completed_count: i64,
    /// How many errors counted.
    pub error_count: i64,
    /// How many deliveries timed out.
    #[serde(default)]
    pub delivery_timed_out_count: i64,
    /// What the request calls `ServiceRoleArn` (S15.5).
    pub service_role: String,
    /// What is told to a topic.
    pub notification_config: FilledNotificationConfig,
    /// CloudWatch Logs for the output.
    #[serde(default)]
    pub cloud_watch_output_config: FilledCloudWatchOutputConfig,
    /// As given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout_seconds: Option<i64>,
    /// The alarm that stops it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alarm_configuration: Option<AlarmConfiguration>,
    /// The alarms that went off.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub triggered_alarms: Vec<AlarmStateInformation>,
}

/// `NotificationConfig` as answers have it: what was not given is empty (S15.7).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct FilledNotificationConfig {
    /// The topic.
    pub notification_arn: String,
    /// The events.
    pub notification_events: Vec<String>,
    /// Command or Invocation.
    pub notification_type: String,
}

/// `CloudWatchOutputConfig` as answers have it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct FilledCloudWatchOutputConfig {
    /// The log group.
    pub cloud_watch_log_group_name: String,
    /// Whether output goes there.
    pub cloud_watch_output_enabled: bool,
}

/// An alarm that went off.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct AlarmStateInformation {
    /// Its name.
    pub name: String,
    /// `ALARM`, or `UNKNOWN` when it could not be read.
    pub state: String,
}

paged!(ListCommandsRequest, "InvalidNextToken", "The specified token is not valid.", next_token, max_results);

impl Check for CancelCommandRequest {
    fn check(&self, violations: &mut Violations) {
        violations.length("/CommandId", Some(&self.command_id), COMMAND_ID);
        violations.size("/InstanceIds", self.instance_ids.len(), 0..=limits::INSTANCE_IDS);
        for (at, id) in self.instance_ids.iter().enumerate() {
            violations.instance_id(&format!("/InstanceIds/{at}"), Some(id));
        }
    }
}

impl Check for ListCommandsRequest {
    fn check(&self, violations: &mut Violations) {
        check_list(
            (self.command_id.as_deref(), self.instance_id.as_deref()),
            self.max_results,
            &self.filters,
            violations,
        );
    }
}

impl ListCommandsRequest {
    /// Its filters, and whether they go together.
    ///
    /// # Errors
    ///
    /// `InvalidFilterKey`, `InvalidInstanceId` for an instance with Status Pending (S15.17), or a ValidationException.
    pub fn filter(&self) -> Result<filter::Filter, Fault> {
        let filter = filter::Filter::of(&self.filters, filter::Of::Commands)?;
        if self.instance_id.is_some() && filter.status.as_deref() == Some("Pending") {
            let message = "A Pending command has not reached the instance: InstanceId and Status Pending exclude each other";
            return Err(Fault::new("InvalidInstanceId", message));
        }
        Ok(filter)
    }
}

/// The length of a command's id.
pub(super) const COMMAND_ID: std::ops::RangeInclusive<usize> = 36..=36;
/// The size of a page of commands or invocations (section 14.1).
const MAX_RESULTS: std::ops::RangeInclusive<i64> = 1..=50;

/// What a list of commands and a list of invocations check alike: command and instance, the size of a page, and the filters.
pub(super) fn check_list(
    (command_id, instance_id): (Option<&str>, Option<&str>),
    max_results: Option<i64>,
    filters: &[CommandFilter],
    violations: &mut Violations,
) {
    violations.length("/CommandId", command_id, COMMAND_ID);
    violations.instance_id("/InstanceId", instance_id);
    violations.number("/MaxResults", max_results, MAX_RESULTS);
    filter::check(filters, violations);
}

impl From<&NotificationConfig> for FilledNotificationConfig {
    fn from(config: &NotificationConfig) -> Self {
        Self {
            notification_arn: config.notification_arn.clone().unwrap_or_default(),
            notification_events: config.notification_events.clone().unwrap_or_default(),
            notification_type: config.notification_type.clone().unwrap_or_default(),
        }
    }
}

impl From<&CloudWatchOutputConfig> for FilledCloudWatchOutputConfig {
    fn from(config: &CloudWatchOutputConfig) -> Self {
        Self {
            cloud_watch_log_group_name: config.cloud_watch_log_group_name.clone().unwrap_or_default(),
            cloud_watch_output_enabled: config.cloud_watch_output_enabled.unwrap_or_default(),
        }
    }
}

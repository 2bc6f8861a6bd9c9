//! `SendCommand`, exactly as `aws ssm send-command --cli-input-json` takes it (section 15).

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::limits::{DEFAULT_MAX_CONCURRENCY, DEFAULT_MAX_ERRORS};

/// The request of `SendCommand`. Fields and limits are those of the service model (section 14.1).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct SendCommandRequest {
    /// Name or ARN of the document, such as `AWS-RunShellScript`.
    pub document_name: String,
    /// Up to 50 instance ids (S3.1). Give either these or `Targets`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance_ids: Option<Vec<String>>,
    /// Up to 5 selectors, all of which must match (S3.2, S3.6). Give either these or `InstanceIds`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub targets: Option<Vec<Target>>,
    /// `$LATEST`, `$DEFAULT` or a version number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document_version: Option<String>,
    /// Hash of the document's content.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document_hash: Option<String>,
    /// `Sha256` or `Sha1`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document_hash_type: Option<String>,
    /// 30 to 2,592,000 seconds (S5.1, O-18, O-19).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout_seconds: Option<i64>,
    /// At most 100 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// Parameters of the document: name to list of values.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parameters: Option<BTreeMap<String, Vec<String>>>,
    /// Deprecated; the service finds the region itself (S11.8).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output_s3_region: Option<String>,
    /// Bucket for the output, 3 to 63 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output_s3_bucket_name: Option<String>,
    /// Key prefix for the output, at most 500 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output_s3_key_prefix: Option<String>,
    /// How many instances at once: a count from 1 or `1%` to `100%`; default 50 (S4.1, S4.2).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_concurrency: Option<String>,
    /// How many errors are tolerated: a count from 0 or `0%` to `100%`; default 0 (S4.16 to S4.18).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_errors: Option<String>,
    /// Role that the service assumes to publish notifications.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service_role_arn: Option<String>,
    /// Which changes are published to an SNS topic (S9.1).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notification_config: Option<NotificationConfig>,
    /// CloudWatch Logs for the output.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cloud_watch_output_config: Option<CloudWatchOutputConfig>,
    /// An alarm that stops the command (S4.29).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alarm_configuration: Option<AlarmConfiguration>,
}

/// One selector: a key and the values of which one must match (S3.6).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Target {
    /// `tag:NAME`, `tag-key` or `InstanceIds` (section 3.2).
    pub key: String,
    /// Up to 50 values (O-29).
    #[serde(default)]
    pub values: Vec<String>,
}

/// `NotificationConfig` (S9.1).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct NotificationConfig {
    /// The topic.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notification_arn: Option<String>,
    /// Any of All, InProgress, Success, TimedOut, Cancelled, Failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notification_events: Option<Vec<String>>,
    /// Command or Invocation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notification_type: Option<String>,
}

/// `CloudWatchOutputConfig` (section 11.2).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct CloudWatchOutputConfig {
    /// The log group, 1 to 512 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cloud_watch_log_group_name: Option<String>,
    /// Whether output goes there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cloud_watch_output_enabled: Option<bool>,
}

/// `AlarmConfiguration` (S4.29).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct AlarmConfiguration {
    /// Carry on when the alarm's state cannot be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ignore_poll_alarm_failure: Option<bool>,
    /// Exactly one alarm.
    pub alarms: Vec<Alarm>,
}

/// The name of a CloudWatch alarm.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Alarm {
    /// 1 to 255 characters, not blank.
    pub name: String,
}

impl SendCommandRequest {
    /// `MaxConcurrency` as written, or what the service takes in its place (S4.2).
    pub fn max_concurrency_or_default(&self) -> &str {
        self.max_concurrency.as_deref().unwrap_or(DEFAULT_MAX_CONCURRENCY)
    }

    /// `MaxErrors` as written, or what the service takes in its place (S4.17).
    pub fn max_errors_or_default(&self) -> &str {
        self.max_errors.as_deref().unwrap_or(DEFAULT_MAX_ERRORS)
    }
}

//! `ListCommandInvocations`, `GetCommandInvocation` and their structures.

use serde::{Deserialize, Serialize};

use super::{
    command::{COMMAND_ID, FilledCloudWatchOutputConfig, FilledNotificationConfig, check_list},
    filter::{self, CommandFilter},
};
use crate::wire::{
    check::{Check, Violations},
    fault::Fault,
    page::paged,
    time::EpochSeconds,
};

/// The request of `ListCommandInvocations`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListCommandInvocationsRequest {
    /// Invocations of this command alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub command_id: Option<String>,
    /// Invocations on this instance alone.
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
    /// Whether the steps are told as well.
    #[serde(default)]
    pub details: bool,
}

/// The answer of `ListCommandInvocations`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListCommandInvocationsResult {
    /// The invocations of this page.
    pub command_invocations: Vec<CommandInvocation>,
    /// Where the list goes on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
}

/// An invocation (S15.2).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CommandInvocation {
    /// The command's id.
    pub command_id: String,
    /// The instance.
    pub instance_id: String,
    /// Its name; empty when it has none.
    pub instance_name: String,
    /// The command's comment.
    pub comment: String,
    /// The document's name.
    pub document_name: String,
    /// The version that was asked for.
    pub document_version: String,
    /// When it was requested.
    pub requested_date_time: EpochSeconds,
    /// Its status.
    pub status: String,
    /// The finer one.
    pub status_details: String,
    /// What the agent traced, at most 2500 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trace_output: Option<String>,
    /// Where standard output went.
    pub standard_output_url: String,
    /// Where standard error went.
    pub standard_error_url: String,
    /// The steps; empty unless details were asked for.
    pub command_plugins: Vec<CommandPlugin>,
    /// What the request calls `ServiceRoleArn` (S15.5).
    pub service_role: String,
    /// What is told to a topic.
    pub notification_config: FilledNotificationConfig,
    /// CloudWatch Logs for the output.
    pub cloud_watch_output_config: FilledCloudWatchOutputConfig,
}

/// A step of an invocation (S15.3).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CommandPlugin {
    /// The step's name, or of schema 1.2 the action's.
    pub name: String,
    /// Its status (S1.4).
    pub status: String,
    /// The finer one.
    pub status_details: String,
    /// The exit code; -1 when not started or not received (S15.12).
    pub response_code: i64,
    /// When it began; left out before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub response_start_date_time: Option<EpochSeconds>,
    /// When it ended; left out before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub response_finish_date_time: Option<EpochSeconds>,
    /// What it wrote, at most 2500 characters.
    pub output: String,
    /// Where standard output went.
    pub standard_output_url: String,
    /// Where standard error went.
    pub standard_error_url: String,
    /// The bucket's Region; left out when it is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output_s3_region: Option<String>,
    /// The bucket.
    pub output_s3_bucket_name: String,
    /// The prefix of the keys.
    pub output_s3_key_prefix: String,
}

/// The request of `GetCommandInvocation`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetCommandInvocationRequest {
    /// The command.
    pub command_id: String,
    /// The instance.
    pub instance_id: String,
    /// The step; needed when there are several (S15.9).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plugin_name: Option<String>,
}

/// The answer of `GetCommandInvocation` (S15.4). Its times are texts.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetCommandInvocationResult {
    /// The command's id.
    pub command_id: String,
    /// The instance.
    pub instance_id: String,
    /// The command's comment.
    pub comment: String,
    /// The document's name.
    pub document_name: String,
    /// The version that was asked for.
    pub document_version: String,
    /// The step; left out while nothing has been reported.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plugin_name: Option<String>,
    /// The exit code; -1 when not started or not received (S15.12).
    pub response_code: i64,
    /// When it began, ISO 8601; empty before (S15.12).
    pub execution_start_date_time: String,
    /// How long it took, ISO 8601 such as `PT0.091S`; empty before its end (S15.13).
    pub execution_elapsed_time: String,
    /// When it ended; empty before.
    pub execution_end_date_time: String,
    /// Its status.
    pub status: String,
    /// The finer one.
    pub status_details: String,
    /// Standard output, at most 24,000 characters.
    pub standard_output_content: String,
    /// Where standard output went.
    pub standard_output_url: String,
    /// Standard error, at most 8,000 characters.
    pub standard_error_content: String,
    /// Where standard error went.
    pub standard_error_url: String,
    /// CloudWatch Logs for the output.
    #[serde(default)]
    pub cloud_watch_output_config: FilledCloudWatchOutputConfig,
}

paged!(
    ListCommandInvocationsRequest,
    "InvalidNextToken",
    "The specified token is not valid.",
    next_token,
    max_results
);

impl Check for ListCommandInvocationsRequest {
    fn check(&self, violations: &mut Violations) {
        check_list(
            (self.command_id.as_deref(), self.instance_id.as_deref()),
            self.max_results,
            &self.filters,
            violations,
        );
    }
}

impl Check for GetCommandInvocationRequest {
    fn check(&self, violations: &mut Violations) {
        violations.length("/CommandId", Some(&self.command_id), COMMAND_ID);
        violations.instance_id("/InstanceId", Some(&self.instance_id));
        violations.length("/PluginName", self.plugin_name.as_deref(), 4..=usize::MAX);
    }
}

impl ListCommandInvocationsRequest {
    /// Its filters.
    ///
    /// # Errors
    ///
    /// `InvalidFilterKey`, or a ValidationException.
    pub fn filter(&self) -> Result<filter::Filter, Fault> {
        filter::Filter::of(&self.filters, filter::Of::Invocations)
    }
}

/// How long a step took, as `ExecutionElapsedTime` says it (S15.13): days, hours, minutes and seconds with up to three
/// digits of a fraction, what is zero left out.
pub fn elapsed(millis: u64) -> String {
    let (seconds, fraction) = (millis / 1000, millis % 1000);
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3600 % 24, seconds / 60 % 60);
    let part = |number: u64, unit: &str| if number > 0 { format!("{number}{unit}") } else { String::new() };
    let rest = match (seconds % 60, fraction) {
        (0, 0) if seconds > 0 => String::new(),
        (whole, 0) => format!("{whole}S"),
        (whole, _) => format!("{whole}.{}S", format!("{fraction:03}").trim_end_matches('0')),
    };
    let time = part(hours, "H") + &part(minutes, "M") + &rest;
    let time = if time.is_empty() { time } else { format!("T{time}") };
    format!("P{}{time}", part(days, "D"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// S15.13, and ISO 8601.
    #[test]
    fn durations_are_iso_8601() {
        for (millis, text) in [
            (91, "PT0.091S"),
            (0, "PT0S"),
            (1_500, "PT1.5S"),
            (60_000, "PT1M"),
            (3_661_020, "PT1H1M1.02S"),
            (86_400_000, "P1D"),
            (90_000_001, "P1DT1H0.001S"),
        ] {
            assert_eq!(elapsed(millis), text);
        }
    }
}

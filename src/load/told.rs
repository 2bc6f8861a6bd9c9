//! What answers tell, read with patience: other servers leave out what they have not.

use jiff::Timestamp;
use serde::Deserialize;

/// The answer of `SendCommand`, and an element of that of `ListCommands`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Command {
    /// Its id.
    pub command_id: String,
    /// The document.
    pub document_name: Option<String>,
    /// `Status`.
    pub status: String,
    /// `StatusDetails`.
    pub status_details: Option<String>,
    /// The instances that were named.
    pub instance_ids: Vec<String>,
    /// `MaxConcurrency`.
    pub max_concurrency: Option<String>,
    /// `TargetCount`.
    pub target_count: Option<u32>,
    /// `CompletedCount`.
    pub completed_count: Option<u32>,
    /// `ErrorCount`.
    pub error_count: Option<u32>,
    /// `DeliveryTimedOutCount`.
    pub delivery_timed_out_count: Option<u32>,
    /// `RequestedDateTime`, in seconds since 1970.
    pub requested_date_time: Option<f64>,
    /// `ExpiresAfter`, in seconds since 1970.
    pub expires_after: Option<f64>,
}

/// An invocation, as `ListCommandInvocations` or `GetCommandInvocation` tell of it.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Invocation {
    /// The command.
    pub command_id: String,
    /// The instance.
    pub instance_id: String,
    /// The document.
    pub document_name: Option<String>,
    /// `Status`.
    pub status: String,
    /// `StatusDetails`.
    pub status_details: Option<String>,
    /// `RequestedDateTime`, in seconds since 1970.
    pub requested_date_time: Option<f64>,
    /// `ResponseCode`.
    pub response_code: Option<i32>,
    /// The steps.
    pub command_plugins: Vec<Step>,
}

/// A step of an invocation.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Step {
    /// Its name.
    pub name: String,
    /// `Status`.
    pub status: String,
    /// `ResponseCode`.
    pub response_code: Option<i32>,
    /// `ResponseStartDateTime`, in seconds since 1970.
    pub response_start_date_time: Option<f64>,
    /// `ResponseFinishDateTime`, in seconds since 1970.
    pub response_finish_date_time: Option<f64>,
}

/// The answer of `SendCommand`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct SendCommandResult {
    /// The command.
    pub command: Command,
}

/// The answer of `ListCommands`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct ListCommandsResult {
    /// Commands.
    pub commands: Vec<Command>,
}

/// The answer of `ListCommandInvocations`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct ListCommandInvocationsResult {
    /// Invocations.
    pub command_invocations: Vec<Invocation>,
    /// Where the list goes on.
    pub next_token: Option<String>,
}

/// The instances of `DescribeInstanceInformation`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct DescribeInstanceInformationResult {
    /// Instances.
    pub instance_information_list: Vec<Instance>,
}

/// An instance.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Instance {
    /// Its id.
    pub instance_id: String,
}

/// What Run Command publishes (section 9.2), as far as it is used here.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Notification {
    /// The command.
    pub command_id: String,
    /// The instance; of a message about the command itself none.
    pub instance_id: Option<String>,
    /// The document.
    pub document_name: Option<String>,
    /// `Status`.
    pub status: String,
    /// When it came to be so, by the service's clock.
    pub event_time: Option<String>,
}

/// The text of the first element of this name, as answers of SNS have it.
pub fn element(xml: &str, name: &str) -> Option<String> {
    let (_, rest) = xml.split_once(&format!("<{name}>"))?;
    let (text, _) = rest.split_once(&format!("</{name}>"))?;
    Some(text.to_string())
}

/// Whether a `Status` is an end.
pub fn is_terminal(status: &str) -> bool {
    matches!(status, "Success" | "Failed" | "TimedOut" | "Cancelled")
}

/// Whether a `Status` counts as in flight.
pub fn is_in_flight(status: &str) -> bool {
    matches!(status, "InProgress" | "Delayed" | "Cancelling")
}

/// Seconds since 1970 as an instant.
pub fn instant(seconds: f64) -> Option<Timestamp> {
    Timestamp::from_microsecond((seconds * 1e6).round() as i64).ok()
}

//! The events as EventBridge delivers them (S10.1 to S10.7, S10.50 to S10.52). The order of fields is that of the guides'
//! samples.

use std::collections::BTreeMap;

use jiff::{Timestamp, tz::Offset};
use serde::Serialize;
use serde_json::{Map, Value};

/// The fields that every event has (S10.2).
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Event<'a> {
    /// Always "0".
    pub version: &'static str,
    /// A UUID.
    pub id: String,
    /// What happened, in words.
    pub detail_type: &'a str,
    /// The service, or whoever put it on the bus.
    pub source: &'a str,
    /// The account's twelve digits.
    pub account: &'a str,
    /// When it happened, whole seconds.
    pub time: String,
    /// The Region.
    pub region: &'a str,
    /// The ARNs of what it is about.
    pub resources: Vec<String>,
    /// What the kind of event has beside.
    pub detail: Detail<'a>,
}

/// The details of an event.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
pub enum Detail<'a> {
    /// A command's Status changed.
    Command(CommandDetail<'a>),
    /// An invocation's Status changed.
    Invocation(InvocationDetail<'a>),
    /// An instance waits for a lifecycle hook.
    LifecycleAction(LifecycleActionDetail<'a>),
    /// A scaling activity is over.
    Activity(Box<ActivityDetail<'a>>),
    /// What a caller of `PutEvents` gave.
    Given(&'a Map<String, Value>),
}

/// S10.3.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct CommandDetail<'a> {
    /// A UUID.
    pub command_id: String,
    /// The document's name.
    pub document_name: &'a str,
    /// `ExpiresAfter`, with milliseconds.
    pub expire_after: String,
    /// What the request gave, secrets included (S10.8).
    pub parameters: &'a BTreeMap<String, Vec<String>>,
    /// When it was requested, with milliseconds.
    pub requested_date_time: String,
    /// The new status.
    pub status: String,
}

/// S10.4.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct InvocationDetail<'a> {
    /// A UUID.
    pub command_id: String,
    /// The document's name.
    pub document_name: &'a str,
    /// The instance.
    pub instance_id: String,
    /// When the command was requested, with milliseconds.
    pub requested_date_time: String,
    /// The new status.
    pub status: String,
}

/// S10.51.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct LifecycleActionDetail<'a> {
    /// A UUID that names the action.
    pub lifecycle_action_token: String,
    /// The group.
    pub auto_scaling_group_name: &'a str,
    /// The hook.
    pub lifecycle_hook_name: &'a str,
    /// The instance.
    #[serde(rename = "EC2InstanceId")]
    pub ec2_instance_id: String,
    /// `autoscaling:EC2_INSTANCE_LAUNCHING` or `autoscaling:EC2_INSTANCE_TERMINATING`.
    pub lifecycle_transition: &'static str,
    /// What the hook adds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notification_metadata: Option<&'a str>,
    /// Where the instance comes from.
    pub origin: &'static str,
    /// Where it goes.
    pub destination: &'static str,
}

/// S10.52.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ActivityDetail<'a> {
    /// `InProgress`, or `Failed`.
    pub status_code: &'static str,
    /// What was done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The group.
    pub auto_scaling_group_name: &'a str,
    /// A UUID.
    pub activity_id: String,
    /// Zone and subnet; not simulated.
    pub details: BTreeMap<&'static str, &'static str>,
    /// A UUID.
    pub request_id: String,
    /// Empty, or why it failed.
    pub status_message: &'static str,
    /// When it was over.
    pub end_time: String,
    /// The instance.
    #[serde(rename = "EC2InstanceId")]
    pub ec2_instance_id: String,
    /// When it began.
    pub start_time: String,
    /// Why it was done.
    pub cause: &'static str,
    /// Where the instance comes from.
    pub origin: &'static str,
    /// Where it goes.
    pub destination: &'static str,
}

impl Event<'_> {
    /// The event as JSON.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("an event is plain data")
    }
}

/// A time in whole seconds, as the envelope has it.
pub fn seconds(instant: Timestamp) -> String {
    Offset::UTC.to_datetime(instant).strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// A time with milliseconds, as details have it (S10.7).
pub fn millis(instant: Timestamp) -> String {
    let parts = Offset::UTC.to_datetime(instant);
    format!("{}.{:03}Z", parts.strftime("%Y-%m-%dT%H:%M:%S"), parts.subsec_nanosecond() / 1_000_000)
}

/// The ARN of an instance in the form of its kind (O-32).
pub fn instance_arn(region: &str, account: &str, id: &str) -> String {
    let (service, kind) =
        if id.starts_with("mi-") { ("ssm", "managed-instance") } else { ("ec2", "instance") };
    format!("arn:aws:{service}:{region}:{account}:{kind}/{id}")
}

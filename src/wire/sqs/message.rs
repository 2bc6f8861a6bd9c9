//! Messages.

use std::{collections::BTreeMap, ops::RangeInclusive};

use serde::{Deserialize, Serialize};

use super::{invalid, queue::Texts};
use crate::wire::{
    attribute::{self, MessageAttributeValue},
    check::Check,
    dialect::Service,
    fault::Fault,
};

/// The request of `SendMessage`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct SendMessageRequest {
    /// The queue.
    pub queue_url: String,
    /// The body.
    pub message_body: String,
    /// Seconds until it can be received, 0 to 900; the queue's when not given (section 10.6).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delay_seconds: Option<i64>,
    /// Attributes by name.
    #[serde(default)]
    pub message_attributes: BTreeMap<String, MessageAttributeValue>,
    /// `AWSTraceHeader` alone.
    #[serde(default)]
    pub message_system_attributes: BTreeMap<String, MessageAttributeValue>,
    /// For FIFO queues.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message_deduplication_id: Option<String>,
    /// For FIFO queues.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message_group_id: Option<String>,
}

/// The answer of `SendMessage`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct SendMessageResult {
    /// Of the body; SDKs compare it.
    #[serde(rename = "MD5OfMessageBody")]
    pub md5_of_message_body: String,
    /// Of the attributes.
    #[serde(rename = "MD5OfMessageAttributes", skip_serializing_if = "Option::is_none")]
    pub md5_of_message_attributes: Option<String>,
    /// Of the system attributes.
    #[serde(rename = "MD5OfMessageSystemAttributes", skip_serializing_if = "Option::is_none")]
    pub md5_of_message_system_attributes: Option<String>,
    /// A UUID.
    pub message_id: String,
    /// Of FIFO queues.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sequence_number: Option<String>,
}

/// The request of `ReceiveMessage`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ReceiveMessageRequest {
    /// The queue.
    pub queue_url: String,
    /// Which system attributes; the older name.
    #[serde(default)]
    pub attribute_names: Vec<String>,
    /// Which system attributes.
    #[serde(default)]
    pub message_system_attribute_names: Vec<String>,
    /// Which attributes: names, `All`, or the beginning of names and `.*`.
    #[serde(default)]
    pub message_attribute_names: Vec<String>,
    /// 1 to 10; 1 when not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_number_of_messages: Option<i64>,
    /// Seconds until they can be received again, 0 to 43,200; the queue's when not given (section 10.6).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub visibility_timeout: Option<i64>,
    /// Seconds to wait for messages, 0 to 20; the queue's when not given (section 10.6).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wait_time_seconds: Option<i64>,
    /// For FIFO queues.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub receive_request_attempt_id: Option<String>,
}

/// The answer of `ReceiveMessage`; without messages it has no fields.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ReceiveMessageResult {
    /// The messages.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub messages: Vec<Message>,
}

/// A message that was received.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Message {
    /// A UUID.
    pub message_id: String,
    /// With which it is deleted; another one at each receipt.
    pub receipt_handle: String,
    /// Of the body; SDKs compare it.
    #[serde(rename = "MD5OfBody")]
    pub md5_of_body: String,
    /// The body.
    pub body: String,
    /// The system attributes that were asked for (section 10.6).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: Texts,
    /// Of the attributes in this answer.
    #[serde(rename = "MD5OfMessageAttributes", skip_serializing_if = "Option::is_none")]
    pub md5_of_message_attributes: Option<String>,
    /// The attributes that were asked for.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub message_attributes: BTreeMap<String, MessageAttributeValue>,
}

/// The request of `DeleteMessage`; the answer has no result.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteMessageRequest {
    /// The queue.
    pub queue_url: String,
    /// From the receipt.
    pub receipt_handle: String,
}

/// The request of `ChangeMessageVisibility`; the answer has no result.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ChangeMessageVisibilityRequest {
    /// The queue.
    pub queue_url: String,
    /// From the receipt.
    pub receipt_handle: String,
    /// Seconds from now, 0 to 43,200 (section 10.6).
    pub visibility_timeout: i64,
}

impl Check for DeleteMessageRequest {}

impl Check for ChangeMessageVisibilityRequest {
    fn checked(&self) -> Result<(), Fault> {
        within("VisibilityTimeout", Some(self.visibility_timeout), VISIBILITY)
    }
}

impl Check for SendMessageRequest {
    fn checked(&self) -> Result<(), Fault> {
        if self.message_body.is_empty() {
            let message = "The request must contain the parameter MessageBody.";
            return Err(Fault::new("MissingRequiredParameterException", message));
        }
        within("DelaySeconds", self.delay_seconds, DELAY)?;
        attribute::check(&self.message_attributes, Service::Sqs)
    }
}

impl Check for ReceiveMessageRequest {
    fn checked(&self) -> Result<(), Fault> {
        if let Some(most) = self.max_number_of_messages.filter(|most| !(1..=10).contains(most)) {
            let reason = "Must be between 1 and 10, if provided.";
            return Err(invalid(&most.to_string(), "MaxNumberOfMessages", reason));
        }
        within("WaitTimeSeconds", self.wait_time_seconds, 0..=20)?;
        within("VisibilityTimeout", self.visibility_timeout, VISIBILITY)
    }
}

const VISIBILITY: RangeInclusive<i64> = 0..=43_200;
/// The range of `DelaySeconds`.
pub(super) const DELAY: RangeInclusive<i64> = 0..=900;

/// Checks a number's range.
pub(super) fn within(name: &str, number: Option<i64>, range: RangeInclusive<i64>) -> Result<(), Fault> {
    match number {
        Some(number) if !range.contains(&number) => {
            let reason = format!("Must be >= {} and <= {}, if provided.", range.start(), range.end());
            Err(invalid(&number.to_string(), name, &reason))
        }
        _ => Ok(()),
    }
}

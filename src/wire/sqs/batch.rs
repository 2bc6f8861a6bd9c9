//! Batches.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::wire::{
    attribute::MessageAttributeValue, check::Check, fault::Fault, sns::publish::BatchResultErrorEntry,
};

/// The request of `SendMessageBatch`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct SendMessageBatchRequest {
    /// The queue.
    pub queue_url: String,
    /// 1 to 10 messages.
    pub entries: Vec<SendMessageBatchRequestEntry>,
}

/// A message of a batch.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct SendMessageBatchRequestEntry {
    /// Its name in the answer; unique in the batch.
    pub id: String,
    /// The body.
    pub message_body: String,
    /// Seconds until it can be received, 0 to 900.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delay_seconds: Option<i64>,
    /// Attributes by name.
    #[serde(default)]
    pub message_attributes: BTreeMap<String, MessageAttributeValue>,
    /// For FIFO queues.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message_deduplication_id: Option<String>,
    /// For FIFO queues.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message_group_id: Option<String>,
}

/// The answer of `SendMessageBatch`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct SendMessageBatchResult {
    /// What was sent.
    pub successful: Vec<SendMessageBatchResultEntry>,
    /// What was not.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub failed: Vec<BatchResultErrorEntry>,
}

/// A message of a batch that was sent.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct SendMessageBatchResultEntry {
    /// Its name in the batch.
    pub id: String,
    /// A UUID.
    pub message_id: String,
    /// Of the body; SDKs compare it.
    #[serde(rename = "MD5OfMessageBody")]
    pub md5_of_message_body: String,
    /// Of the attributes.
    #[serde(rename = "MD5OfMessageAttributes", skip_serializing_if = "Option::is_none")]
    pub md5_of_message_attributes: Option<String>,
    /// Of FIFO queues.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sequence_number: Option<String>,
}

/// The request of `DeleteMessageBatch`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteMessageBatchRequest {
    /// The queue.
    pub queue_url: String,
    /// 1 to 10 messages.
    pub entries: Vec<DeleteMessageBatchRequestEntry>,
}

/// A message to delete.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteMessageBatchRequestEntry {
    /// Its name in the answer; unique in the batch.
    pub id: String,
    /// From the receipt.
    pub receipt_handle: String,
}

/// The answer of `DeleteMessageBatch`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteMessageBatchResult {
    /// What was deleted.
    pub successful: Vec<DeleteMessageBatchResultEntry>,
    /// What was not.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub failed: Vec<BatchResultErrorEntry>,
}

/// A message that was deleted.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteMessageBatchResultEntry {
    /// Its name in the batch.
    pub id: String,
}

impl Check for SendMessageBatchRequest {
    fn checked(&self) -> Result<(), Fault> {
        check_ids(&self.entries.iter().map(|entry| entry.id.as_str()).collect::<Vec<_>>())
    }
}

impl Check for DeleteMessageBatchRequest {
    fn checked(&self) -> Result<(), Fault> {
        check_ids(&self.entries.iter().map(|entry| entry.id.as_str()).collect::<Vec<_>>())
    }
}

/// Checks the names of a batch's entries and their number, in the words of SQS.
fn check_ids(ids: &[&str]) -> Result<(), Fault> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let fits = |id: &str| (1..=80).contains(&id.len()) && id.chars().all(allowed);
    let again = (0..ids.len()).find(|at| ids[..*at].contains(&ids[*at]));
    let (code, message) = match (ids.len(), again) {
        (0, _) => ("EmptyBatchRequest", "There should be at least one entry in the request.".into()),
        (many @ 11.., _) => (
            "TooManyEntriesInBatchRequest",
            format!("Maximum number of entries per request are 10. You have sent {many}."),
        ),
        _ if !ids.iter().all(|id| fits(id)) => (
            "InvalidBatchEntryId",
            "A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 \
             letters long."
                .into(),
        ),
        (_, Some(at)) => ("BatchEntryIdsNotDistinct", format!("Id {} repeated.", ids[at])),
        _ => return Ok(()),
    };
    Err(Fault::new(code, message))
}

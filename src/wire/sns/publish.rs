//! `Publish` and `PublishBatch`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::wire::{
    attribute::{self, MessageAttributeValue},
    check::Check,
    dialect::Service,
    fault::Fault,
};

/// The request of `Publish`. One of `topic_arn`, `target_arn` and `phone_number` says where to.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct PublishInput {
    /// A topic.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub topic_arn: Option<String>,
    /// A topic or a mobile endpoint.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target_arn: Option<String>,
    /// A telephone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone_number: Option<String>,
    /// What is said; at most 262,144 bytes with the attributes.
    pub message: String,
    /// The subject of mail; fewer than 100 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// `json` when the message has a text for each protocol.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message_structure: Option<String>,
    /// Attributes by name.
    #[serde(default)]
    pub message_attributes: BTreeMap<String, MessageAttributeValue>,
    /// For FIFO topics.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message_deduplication_id: Option<String>,
    /// For FIFO topics.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message_group_id: Option<String>,
}

/// The answer of `Publish`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct PublishResponse {
    /// A UUID.
    pub message_id: String,
    /// Of FIFO topics.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sequence_number: Option<String>,
}

/// The request of `PublishBatch`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct PublishBatchInput {
    /// The topic.
    pub topic_arn: String,
    /// 1 to 10 messages.
    pub publish_batch_request_entries: Vec<PublishBatchRequestEntry>,
}

/// A message of a batch.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct PublishBatchRequestEntry {
    /// Its name in the answer; unique in the batch.
    pub id: String,
    /// What is said.
    pub message: String,
    /// The subject of mail.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// `json` when the message has a text for each protocol.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message_structure: Option<String>,
    /// Attributes by name.
    #[serde(default)]
    pub message_attributes: BTreeMap<String, MessageAttributeValue>,
    /// For FIFO topics.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message_deduplication_id: Option<String>,
    /// For FIFO topics.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message_group_id: Option<String>,
}

/// The answer of `PublishBatch`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct PublishBatchResponse {
    /// What was published.
    pub successful: Vec<PublishBatchResultEntry>,
    /// What was not.
    pub failed: Vec<BatchResultErrorEntry>,
}

/// A message of a batch that was published.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct PublishBatchResultEntry {
    /// Its name in the batch.
    pub id: String,
    /// A UUID.
    pub message_id: String,
    /// Of FIFO topics.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sequence_number: Option<String>,
}

/// An entry of a batch that failed; of SNS and of SQS.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct BatchResultErrorEntry {
    /// Its name in the batch.
    pub id: String,
    /// The error.
    pub code: String,
    /// What the caller reads.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// Whether the caller is to blame.
    pub sender_fault: bool,
}

impl Check for PublishInput {
    fn checked(&self) -> Result<(), Fault> {
        attribute::check(&self.message_attributes, Service::Sns)
    }
}

impl Check for PublishBatchInput {
    fn checked(&self) -> Result<(), Fault> {
        let ids: Vec<_> = self.publish_batch_request_entries.iter().map(|entry| entry.id.as_str()).collect();
        if ids.is_empty() {
            let message = "The batch request doesn't contain any entries.";
            return Err(Fault::new("EmptyBatchRequestException", message));
        }
        if ids.len() > 10 {
            let message = "The batch request contains more entries than permissible.";
            return Err(Fault::new("TooManyEntriesInBatchRequestException", message));
        }
        let bad = |what, id| {
            let message = format!("The Id of a batch entry in the batch request {what}: {id}");
            Err(Fault::new("InvalidBatchEntryIdException", message))
        };
        let allowed = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        for (at, id) in ids.iter().enumerate() {
            if ids[..at].contains(id) {
                let message = "Two or more batch entries in the request have the same Id.";
                return Err(Fault::new("BatchEntryIdsNotDistinctException", message));
            }
            if id.is_empty() || !id.chars().all(allowed) {
                return bad("contains an impermissible character", id);
            }
            if id.len() > 80 {
                return bad("is too long", id);
            }
        }
        let mut entries = self.publish_batch_request_entries.iter();
        entries.try_for_each(|entry| attribute::check(&entry.message_attributes, Service::Sns))
    }
}

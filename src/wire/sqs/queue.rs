//! Queues.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::invalid;
use crate::wire::{check::Check, fault::Fault, page::paged};

/// Attributes or tags by name.
pub type Texts = BTreeMap<String, String>;

/// The request of `CreateQueue`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateQueueRequest {
    /// 1 to 80 letters, digits, hyphens and underscores; of a FIFO queue with `.fifo` at the end.
    pub queue_name: String,
    /// Attributes by name.
    #[serde(default)]
    pub attributes: Texts,
    /// Tags; in lower case here alone.
    #[serde(default, rename = "tags")]
    pub tags: Texts,
}

/// The answer of `CreateQueue` and `GetQueueUrl`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct QueueUrl {
    /// Where the queue is.
    pub queue_url: String,
}

/// The request of `GetQueueUrl`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetQueueUrlRequest {
    /// The queue's name.
    pub queue_name: String,
    /// Whose it is; the caller's when not given.
    #[serde(rename = "QueueOwnerAWSAccountId", skip_serializing_if = "Option::is_none")]
    pub queue_owner_aws_account_id: Option<String>,
}

/// The request of `GetQueueAttributes`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetQueueAttributesRequest {
    /// The queue.
    pub queue_url: String,
    /// Which attributes; `All` for all.
    #[serde(default)]
    pub attribute_names: Vec<String>,
}

/// The answer of `GetQueueAttributes`; without attributes it has no fields.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetQueueAttributesResult {
    /// Attributes by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: Texts,
}

/// The request of `SetQueueAttributes`; the answer has no result.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct SetQueueAttributesRequest {
    /// The queue.
    pub queue_url: String,
    /// Attributes by name.
    pub attributes: Texts,
}

/// The request of `ListQueues`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListQueuesRequest {
    /// What the names begin with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub queue_name_prefix: Option<String>,
    /// The token of the page before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
    /// The size of a page, 1 to 1000; without it there is one page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_results: Option<i64>,
}

/// The answer of `ListQueues`; without queues it has no fields.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListQueuesResult {
    /// Where the queues are.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub queue_urls: Vec<String>,
    /// Where the list goes on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
}

/// The request of `PurgeQueue`, `DeleteQueue` and `ListQueueTags`; the answers of the first two have no result.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct QueueRequest {
    /// The queue.
    pub queue_url: String,
}

/// The request of `TagQueue`; the answer has no result.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct TagQueueRequest {
    /// The queue.
    pub queue_url: String,
    /// Tags by key.
    #[serde(alias = "tags")]
    pub tags: Texts,
}

/// The request of `UntagQueue`; the answer has no result.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct UntagQueueRequest {
    /// The queue.
    pub queue_url: String,
    /// The keys of the tags that go.
    pub tag_keys: Vec<String>,
}

/// The answer of `ListQueueTags`; without tags it has no fields.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListQueueTagsResult {
    /// Tags by key.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: Texts,
}

paged!(
    ListQueuesRequest,
    "InvalidParameterValueException",
    "Invalid or expired next token.",
    next_token,
    max_results
);

impl Check for GetQueueUrlRequest {}
impl Check for GetQueueAttributesRequest {}
impl Check for SetQueueAttributesRequest {}
impl Check for QueueRequest {}
impl Check for TagQueueRequest {}
impl Check for UntagQueueRequest {}

impl Check for CreateQueueRequest {
    fn checked(&self) -> Result<(), Fault> {
        let stem = self.queue_name.strip_suffix(".fifo").unwrap_or(&self.queue_name);
        let allowed = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if stem.is_empty() || self.queue_name.len() > 80 || !stem.chars().all(allowed) {
            let message =
                "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length";
            return Err(Fault::new("InvalidParameterValueException", message));
        }
        Ok(())
    }
}

impl Check for ListQueuesRequest {
    fn checked(&self) -> Result<(), Fault> {
        match self.max_results {
            Some(most) if !(1..=1000).contains(&most) => {
                Err(invalid(&most.to_string(), "MaxResults", "Must be between 1 and 1000, if provided."))
            }
            _ => Ok(()),
        }
    }
}

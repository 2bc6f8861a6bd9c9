//! Topics and their tags.

use serde::{Deserialize, Serialize};

use super::{Attributes, invalid};
use crate::wire::{
    check::{Check, Violations},
    fault::Fault,
    page::paged,
    ssm::tag::Tag,
};

/// The request of `CreateTopic`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateTopicInput {
    /// 1 to 256 letters, digits, hyphens and underscores; of a FIFO topic with `.fifo` at the end.
    pub name: String,
    /// Attributes by name.
    #[serde(default)]
    pub attributes: Attributes,
    /// Tags.
    #[serde(default)]
    pub tags: Vec<Tag>,
}

/// The answer of `CreateTopic`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateTopicResponse {
    /// The topic, new or already there.
    pub topic_arn: String,
}

/// The request of `DeleteTopic`; the answer has no result.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteTopicInput {
    /// The topic; it need not be there.
    pub topic_arn: String,
}

/// The request of `ListTopics`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListTopicsInput {
    /// The token of the page before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
}

/// The answer of `ListTopics`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListTopicsResponse {
    /// Up to 100 topics.
    pub topics: Vec<Topic>,
    /// Where the list goes on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
}

/// A topic in a list.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Topic {
    /// Its ARN.
    pub topic_arn: String,
}

/// The request of `GetTopicAttributes`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetTopicAttributesInput {
    /// The topic.
    pub topic_arn: String,
}

/// The answer of `GetTopicAttributes`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetTopicAttributesResponse {
    /// Attributes by name.
    pub attributes: Attributes,
}

/// The request of `SetTopicAttributes`; the answer has no result.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct SetTopicAttributesInput {
    /// The topic.
    pub topic_arn: String,
    /// The attribute.
    pub attribute_name: String,
    /// Its new value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attribute_value: Option<String>,
}

/// The request of `TagResource`; the answer has no fields.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct TagResourceRequest {
    /// The topic.
    pub resource_arn: String,
    /// Tags; those with known keys get the new values.
    pub tags: Vec<Tag>,
}

/// The request of `UntagResource`; the answer has no fields.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct UntagResourceRequest {
    /// The topic.
    pub resource_arn: String,
    /// The keys of the tags that go.
    pub tag_keys: Vec<String>,
}

/// The request of `ListTagsForResource`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListTagsForResourceRequest {
    /// The topic.
    pub resource_arn: String,
}

/// The answer of `ListTagsForResource`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListTagsForResourceResponse {
    /// The tags.
    pub tags: Vec<Tag>,
}

impl Check for DeleteTopicInput {}
impl Check for ListTopicsInput {}
impl Check for GetTopicAttributesInput {}
impl Check for SetTopicAttributesInput {}
impl Check for ListTagsForResourceRequest {}

paged!(ListTopicsInput, "InvalidParameterException", "Invalid parameter: NextToken", next_token);

impl Check for CreateTopicInput {
    fn checked(&self) -> Result<(), Fault> {
        let stem = if self.is_fifo() { self.name.strip_suffix(".fifo") } else { Some(self.name.as_str()) };
        let allowed = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        let fits = stem.is_some_and(|stem| !stem.is_empty() && stem.chars().all(allowed));
        if !fits || self.name.len() > 256 {
            return Err(invalid("Topic Name"));
        }
        check_keys(&self.tags)
    }
}

impl Check for TagResourceRequest {
    fn check(&self, violations: &mut Violations) {
        for (at, tag) in self.tags.iter().enumerate() {
            violations.length(&format!("/Tags/{at}/Key"), Some(&tag.key), 1..=128);
            violations.length(&format!("/Tags/{at}/Value"), Some(&tag.value), 0..=256);
        }
    }
}

impl Check for UntagResourceRequest {
    fn check(&self, violations: &mut Violations) {
        for (at, key) in self.tag_keys.iter().enumerate() {
            violations.length(&format!("/TagKeys/{at}"), Some(key), 1..=128);
        }
    }
}

impl CreateTopicInput {
    /// Whether a FIFO topic is asked for.
    pub fn is_fifo(&self) -> bool {
        self.attributes.get("FifoTopic").is_some_and(|value| value == "true")
    }
}

/// Checks that no key comes twice.
///
/// # Errors
///
/// `InvalidParameter` in the words of SNS.
pub fn check_keys(tags: &[Tag]) -> Result<(), Fault> {
    let again = |at: usize| tags[..at].iter().any(|tag| tag.key == tags[at].key);
    if (0..tags.len()).any(again) {
        return Err(invalid("Duplicated keys are not allowed."));
    }
    Ok(())
}

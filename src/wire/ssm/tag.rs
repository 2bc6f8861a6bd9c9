//! Tags of documents and instances.

use std::sync::LazyLock;

use regex::Regex;
use serde::{Deserialize, Serialize};

use crate::{
    ssm::limits,
    wire::check::{Check, Violations},
};

/// A tag.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Tag {
    /// 1 to 128 characters.
    pub key: String,
    /// At most 256 characters.
    pub value: String,
}

/// The request of `AddTagsToResource`; the answer has no fields.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct AddTagsToResourceRequest {
    /// `Document`, `ManagedInstance` and so on.
    pub resource_type: String,
    /// Name or id.
    pub resource_id: String,
    /// The tags; those with known keys get the new values.
    pub tags: Vec<Tag>,
}

/// The request of `ListTagsForResource`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListTagsForResourceRequest {
    /// `Document`, `ManagedInstance` and so on.
    pub resource_type: String,
    /// Name or id.
    pub resource_id: String,
}

/// The answer of `ListTagsForResource`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListTagsForResourceResult {
    /// The tags.
    pub tag_list: Vec<Tag>,
}

/// The request of `RemoveTagsFromResource`; the answer has no fields.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct RemoveTagsFromResourceRequest {
    /// `Document`, `ManagedInstance` and so on.
    pub resource_type: String,
    /// Name or id.
    pub resource_id: String,
    /// The keys of the tags that go.
    pub tag_keys: Vec<String>,
}

/// What can have tags.
const RESOURCE_TYPES: &[&str] = &[
    "Document",
    "ManagedInstance",
    "MaintenanceWindow",
    "Parameter",
    "PatchBaseline",
    "OpsItem",
    "OpsMetadata",
    "Automation",
    "Association",
    "CloudConnector",
];

static TAG: LazyLock<Regex> = LazyLock::new(|| limits::regex(r"^([\p{L}\p{Z}\p{N}_.:/=+\-@]*)$"));

/// Tells of violations of the model in tags.
pub(super) fn check_tags(tags: &[Tag], violations: &mut Violations) {
    violations.size("/Tags", tags.len(), 0..=1000);
    for (at, tag) in tags.iter().enumerate() {
        let (key, value) = (format!("/Tags/{at}/Key"), format!("/Tags/{at}/Value"));
        violations.length(&key, Some(&tag.key), 1..=128);
        violations.pattern(&key, Some(&tag.key), &TAG);
        violations.length(&value, Some(&tag.value), 0..=256);
        violations.pattern(&value, Some(&tag.value), &TAG);
    }
}

impl Check for AddTagsToResourceRequest {
    fn check(&self, violations: &mut Violations) {
        violations.one_of("/ResourceType", Some(&self.resource_type), RESOURCE_TYPES);
        check_tags(&self.tags, violations);
    }
}

impl Check for ListTagsForResourceRequest {
    fn check(&self, violations: &mut Violations) {
        violations.one_of("/ResourceType", Some(&self.resource_type), RESOURCE_TYPES);
    }
}

impl Check for RemoveTagsFromResourceRequest {
    fn check(&self, violations: &mut Violations) {
        violations.one_of("/ResourceType", Some(&self.resource_type), RESOURCE_TYPES);
        for (at, key) in self.tag_keys.iter().enumerate() {
            violations.length(&format!("/TagKeys/{at}"), Some(key), 1..=128);
        }
    }
}

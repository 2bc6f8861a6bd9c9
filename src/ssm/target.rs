//! Targets: selectors and instance ids.

use std::{collections::BTreeMap, sync::LazyLock};

use regex::Regex;

use super::{limits, request::Target};

/// The pattern of an instance id (S3.14), as the API prints it. Its `\w` admits ASCII only.
pub const INSTANCE_ID_PATTERN: &str = r"(^i-(\w{8}|\w{17})$)|(^mi-\w{17}$)";

/// What a target's key selects by (section 3.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TargetKey<'a> {
    /// `tag:NAME`: the value of this tag.
    Tag(&'a str),
    /// `tag-key`: the name of a tag, whatever its value.
    TagKey,
    /// `InstanceIds`, in either casing.
    InstanceIds,
    /// `resource-groups:Name`: the members of this group.
    ResourceGroup,
    /// `resource-groups:ResourceTypeFilters`: instances of these types (O-30).
    ResourceTypes,
}

impl<'a> TargetKey<'a> {
    /// The key as it stands in a request; `None` when Run Command knows no such key.
    pub fn parse(key: &'a str) -> Option<Self> {
        match key {
            "tag-key" => Some(Self::TagKey),
            "InstanceIds" | "instanceids" => Some(Self::InstanceIds),
            "resource-groups:Name" => Some(Self::ResourceGroup),
            "resource-groups:ResourceTypeFilters" => Some(Self::ResourceTypes),
            _ => key.strip_prefix("tag:").filter(|name| !name.is_empty()).map(Self::Tag),
        }
    }
}

/// The types of instances in resource groups. AWS's own texts also write the first `AWS::EC2::INSTANCE`.
pub const RESOURCE_TYPES: [&str; 2] = ["AWS::EC2::Instance", "AWS::SSM::ManagedInstance"];

/// Whether instances can be of this type.
pub fn is_resource_type(name: &str) -> bool {
    RESOURCE_TYPES.iter().any(|known| known.eq_ignore_ascii_case(name))
}

impl Target {
    /// Whether an instance matches by its tags, or by its type, which its id tells: one value suffices (S3.6). Selectors
    /// by id or by resource group say no.
    pub fn matches(&self, id: &str, tags: &BTreeMap<String, String>) -> bool {
        match TargetKey::parse(&self.key) {
            Some(TargetKey::Tag(name)) => tags.get(name).is_some_and(|value| self.values.contains(value)),
            Some(TargetKey::TagKey) => self.values.iter().any(|name| tags.contains_key(name)),
            Some(TargetKey::ResourceTypes) => {
                let own = RESOURCE_TYPES[usize::from(id.starts_with("mi-"))];
                self.values.iter().any(|value| value.eq_ignore_ascii_case(own))
            }
            Some(TargetKey::InstanceIds | TargetKey::ResourceGroup) | None => false,
        }
    }
}

/// Whether `id` has the shape of an instance id: `i-` and 8 or 17 word characters, or `mi-` and 17 (S3.14).
pub fn is_instance_id(id: &str) -> bool {
    static PATTERN: LazyLock<Regex> = LazyLock::new(|| limits::regex(&format!("(?-u){INSTANCE_ID_PATTERN}")));
    PATTERN.is_match(id)
}

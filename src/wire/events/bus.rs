//! Event buses.

use serde::{Deserialize, Serialize};

use super::{check_bus, check_name, check_page, target::DeadLetterConfig};
use crate::wire::{
    check::{Check, Violations},
    page::paged,
    ssm::tag::Tag,
    time::EpochSeconds,
};

/// The request of `CreateEventBus`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateEventBusRequest {
    /// 1 to 256 characters, without a slash but for partners' buses.
    pub name: String,
    /// A partner's event source; there are none here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event_source_name: Option<String>,
    /// At most 512 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The key that encrypts events; without effect here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kms_key_identifier: Option<String>,
    /// Where events go that could not be delivered; without effect here, for targets have their own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dead_letter_config: Option<DeadLetterConfig>,
    /// Its tags.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<Tag>,
}

/// The answer of `CreateEventBus`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateEventBusResponse {
    /// The bus.
    pub event_bus_arn: String,
    /// What it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// As it was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kms_key_identifier: Option<String>,
    /// As it was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dead_letter_config: Option<DeadLetterConfig>,
}

/// The request of `DescribeEventBus`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeEventBusRequest {
    /// Name or ARN; the default bus when not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// The request of `DeleteEventBus`; the answer has no result.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteEventBusRequest {
    /// The bus.
    pub name: String,
}

/// The answer of `DescribeEventBus`, and without key and queue a bus in a list.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct EventBus {
    /// Its name.
    pub name: String,
    /// Its ARN.
    pub arn: String,
    /// What it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// As it was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kms_key_identifier: Option<String>,
    /// As it was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dead_letter_config: Option<DeadLetterConfig>,
    /// Who else may put events; there is none here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy: Option<String>,
    /// When it was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub creation_time: Option<EpochSeconds>,
    /// When it was changed last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_modified_time: Option<EpochSeconds>,
}

/// The request of `ListEventBuses`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListEventBusesRequest {
    /// What the names begin with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name_prefix: Option<String>,
    /// The token of the page before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
    /// The size of a page, 1 to 100.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<i64>,
}

/// The answer of `ListEventBuses`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListEventBusesResponse {
    /// The buses.
    pub event_buses: Vec<EventBus>,
    /// Where the list goes on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
}

paged!(ListEventBusesRequest, "ValidationException", "Parameter NextToken is not valid.", next_token, limit);

/// The characters of a bus's name, a partner's included.
const LENGTH: std::ops::RangeInclusive<usize> = 1..=256;

impl Check for CreateEventBusRequest {
    fn check(&self, violations: &mut Violations) {
        check_bus("/Name", Some(&self.name), violations);
        violations.length("/Name", Some(&self.name), LENGTH);
        violations.length("/EventSourceName", self.event_source_name.as_deref(), LENGTH);
        violations.length("/Description", self.description.as_deref(), 0..=512);
        violations.length("/KmsKeyIdentifier", self.kms_key_identifier.as_deref(), 0..=2048);
    }
}

impl Check for DescribeEventBusRequest {
    fn check(&self, violations: &mut Violations) {
        check_bus("/Name", self.name.as_deref(), violations);
    }
}

impl Check for DeleteEventBusRequest {
    fn check(&self, violations: &mut Violations) {
        check_bus("/Name", Some(&self.name), violations);
        violations.length("/Name", Some(&self.name), LENGTH);
    }
}

impl Check for ListEventBusesRequest {
    fn check(&self, violations: &mut Violations) {
        check_name("/NamePrefix", self.name_prefix.as_deref(), violations);
        check_page(self.limit, self.next_token.as_deref(), violations);
    }
}

//! `DescribeInstanceInformation` (S15.6).

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

use crate::wire::{
    check::{Check, Violations},
    fault::Fault,
    page::paged,
    time::EpochSeconds,
};

/// The request of `DescribeInstanceInformation`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeInstanceInformationRequest {
    /// The older kind of filters; not together with the newer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub instance_information_filter_list: Vec<InstanceInformationFilter>,
    /// The newer kind, which knows tags too.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub filters: Vec<InstanceInformationStringFilter>,
    /// The size of a page, 5 to 50; 10 when not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_results: Option<i64>,
    /// The token of the page before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
}

/// A filter of the older kind; its fields are in lower case.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct InstanceInformationFilter {
    /// What is compared.
    pub key: String,
    /// One of these must match.
    pub value_set: Vec<String>,
}

/// A filter of the newer kind.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct InstanceInformationStringFilter {
    /// What is compared.
    pub key: String,
    /// One of these must match.
    pub values: Vec<String>,
}

/// The answer of `DescribeInstanceInformation`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeInstanceInformationResult {
    /// The instances of this page.
    pub instance_information_list: Vec<InstanceInformation>,
    /// Where the list goes on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
}

/// A managed instance. What is not known is left out.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct InstanceInformation {
    /// Its id.
    pub instance_id: String,
    /// `Online`, `ConnectionLost` or `Inactive`.
    pub ping_status: String,
    /// When it was heard of last.
    pub last_ping_date_time: EpochSeconds,
    /// Its agent's version.
    pub agent_version: String,
    /// Whether that is the latest.
    pub is_latest_version: bool,
    /// `Windows`, `Linux` or `MacOS`.
    pub platform_type: String,
    /// Its operating system.
    pub platform_name: String,
    /// The version of that.
    pub platform_version: String,
    /// The activation of a hybrid instance.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub activation_id: Option<String>,
    /// The role of a hybrid instance.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub iam_role: Option<String>,
    /// When a hybrid instance was registered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub registration_date: Option<EpochSeconds>,
    /// `EC2Instance` or `ManagedInstance`.
    pub resource_type: String,
    /// The name of a hybrid instance.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its address.
    #[serde(rename = "IPAddress", skip_serializing_if = "Option::is_none")]
    pub ip_address: Option<String>,
    /// Its name for itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub computer_name: Option<String>,
    /// State Manager's sum.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub association_status: Option<String>,
    /// When an association ran last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_association_execution_date: Option<EpochSeconds>,
    /// When one ran well last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_successful_association_execution_date: Option<EpochSeconds>,
    /// State Manager's counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub association_overview: Option<InstanceAggregatedAssociationOverview>,
    /// Where the instance comes from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_id: Option<String>,
    /// What that is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_type: Option<String>,
    /// And where.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_location: Option<String>,
}

/// State Manager's counts of an instance.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct InstanceAggregatedAssociationOverview {
    /// The sum of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detailed_status: Option<String>,
    /// How many associations by status.
    #[serde(default)]
    pub instance_association_status_aggregated_count: BTreeMap<String, i64>,
}

paged!(
    DescribeInstanceInformationRequest,
    "InvalidNextToken",
    "The specified token is not valid.",
    next_token,
    max_results
);

/// The keys of the older filters.
const KEYS: &[&str] = &[
    "InstanceIds",
    "AgentVersion",
    "PingStatus",
    "PlatformTypes",
    "ActivationIds",
    "IamRole",
    "ResourceType",
    "AssociationStatus",
];
/// What the newer filters know besides, and `tag:NAME`.
const MORE_KEYS: &[&str] = &["SourceIds", "SourceTypes", "tag-key"];

impl Check for DescribeInstanceInformationRequest {
    fn check(&self, violations: &mut Violations) {
        violations.number("/MaxResults", self.max_results, 5..=50);
        for (at, filter) in self.instance_information_filter_list.iter().enumerate() {
            let pointer = format!("/InstanceInformationFilterList/{at}");
            violations.one_of(&format!("{pointer}/Key"), Some(&filter.key), KEYS);
            violations.size(&format!("{pointer}/ValueSet"), filter.value_set.len(), 1..=100);
        }
        for (at, filter) in self.filters.iter().enumerate() {
            let pointer = format!("/Filters/{at}");
            violations.length(&format!("{pointer}/Key"), Some(&filter.key), 1..=usize::MAX);
            violations.size(&format!("{pointer}/Values"), filter.values.len(), 1..=100);
        }
    }
}

impl DescribeInstanceInformationRequest {
    /// The filters of both kinds as key and values: an instance passes when it matches every one.
    ///
    /// # Errors
    ///
    /// `InvalidFilterKey` for an unknown key; ValidationException when both kinds are given.
    pub fn conditions(&self) -> Result<Vec<(&str, &[String])>, Fault> {
        if !self.instance_information_filter_list.is_empty() && !self.filters.is_empty() {
            let message = "InstanceInformationFilterList and Filters exclude each other";
            return Err(Fault::new("ValidationException", message));
        }
        let known = |key: &str| {
            KEYS.contains(&key) || MORE_KEYS.contains(&key) || key.len() > 4 && key.starts_with("tag:")
        };
        if let Some(filter) = self.filters.iter().find(|filter| !known(&filter.key)) {
            return Err(Fault::new("InvalidFilterKey", format!("there is no filter {}", filter.key)));
        }
        let old = self.instance_information_filter_list.iter().map(|f| (f.key.as_str(), &f.value_set[..]));
        Ok(old.chain(self.filters.iter().map(|f| (f.key.as_str(), &f.values[..]))).collect())
    }

    /// The size of a page.
    pub fn page_size(&self) -> usize {
        usize::try_from(self.max_results.unwrap_or(10)).unwrap_or(10)
    }
}

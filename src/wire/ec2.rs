//! EC2: instances that are asked for.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    call::operations,
    check::{Check, Violations},
};

operations! {
    /// A request to EC2.
    Request {
        RunInstances(RunInstancesRequest),
    }
}

/// The request of `RunInstances`, as much of it as a fleet is about.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct RunInstancesRequest {
    /// The least number of instances that will do.
    pub min_count: u32,
    /// How many there are to be, at most 1,000.
    pub max_count: u32,
    /// Tags of what is made.
    #[serde(default, rename = "TagSpecification")]
    pub tag_specifications: Vec<TagSpecification>,
}

/// Tags of one kind of resource.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TagSpecification {
    /// `instance`, `volume` and so on.
    #[serde(rename = "ResourceType")]
    pub resource_type: String,
    /// Their tags.
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
}

impl Check for RunInstancesRequest {
    fn check(&self, violations: &mut Violations) {
        if !(1..=1000).contains(&self.max_count) {
            let constraint = "have value between 1 and 1000";
            violations.add("/maxCount", &self.max_count.to_string(), constraint);
        }
        if !(1..=self.max_count).contains(&self.min_count) {
            let constraint = format!("have value between 1 and {}", self.max_count);
            violations.add("/minCount", &self.min_count.to_string(), &constraint);
        }
    }
}

impl RunInstancesRequest {
    /// The tags that each instance gets.
    pub fn tags(&self) -> BTreeMap<String, String> {
        let of_instances = self.tag_specifications.iter().filter(|tags| tags.resource_type == "instance");
        of_instances.flat_map(|specification| specification.tags.clone()).collect()
    }
}

/// The answer to `RunInstances`.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Reservation {
    /// The account.
    pub owner_id: String,
    /// The instances.
    pub instances_set: Vec<Instance>,
}

/// An instance.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Instance {
    /// Its id.
    pub instance_id: String,
    /// Its tags.
    pub tag_set: Vec<Tag>,
}

/// A tag.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Tag {
    /// Its key.
    pub key: String,
    /// Its value.
    pub value: String,
}

//! Real instances: inventories, and the conditions that choose among them; resource groups.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::ssm::status::Platform;

/// Real instances, from files as the AWS CLI prints them. Groups with `where` take them.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Inventory {
    /// Names of files beside the scenario, told apart by what is in them: the answers of `aws ssm
    /// describe-instance-information`, `aws ec2 describe-instances` and `aws resourcegroupstaggingapi
    /// get-resources`. What they say of one instance is joined by its id.
    #[schemars(length(min = 1, max = 1000))]
    pub files: Vec<String>,
    /// Which of their instances are in the fleet. Default: all that are managed.
    #[serde(rename = "where")]
    pub matching: Option<InstanceWhere>,
    /// Which of them the caller may send to, as a policy with a condition on tags allows it. Default: all.
    pub access: Option<InstanceWhere>,
}

/// Conditions on an instance of an inventory, all of which must hold; every instance matches `{}`.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct InstanceWhere {
    /// The instance's platform.
    pub platform: Option<Platform>,
    /// Tags that the instance has, with these values.
    pub tags: Option<BTreeMap<String, String>>,
    /// Ids, one of which is the instance's.
    pub instance_ids: Option<Vec<String>>,
}

/// A resource group, which a request may name as a target. Exactly one of `tags`, `instance_ids` and `members`; none is
/// needed where access is denied.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ResourceGroup {
    /// Unique name.
    #[schemars(length(min = 1, max = 300))]
    pub name: String,
    /// Instances with all these tags.
    pub tags: Option<BTreeMap<String, String>>,
    /// These instances.
    pub instance_ids: Option<Vec<String>>,
    /// The name of a file beside the scenario with the answer of `aws resource-groups list-group-resources`.
    pub members: Option<String>,
    /// Whether the caller may not list its members; a command to it is AccessDenied as a whole.
    #[schemars(extend("default" = false))]
    pub access_denied: Option<bool>,
}

//! Who may do what, as the user writes it: IAM policies in JSON.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

/// A user or role that sends commands. Its policies are all that it may do: permission boundaries and policies of the
/// organization are not simulated.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Principal {
    /// Unique name.
    #[schemars(length(min = 1, max = 64))]
    pub name: String,
    /// Its ARN. Default: a user of that name.
    #[schemars(extend("examples" = ["arn:aws:iam::123456789012:user/operator"]))]
    pub arn: Option<String>,
    /// Its tags, which policies know as `aws:PrincipalTag/NAME`.
    #[schemars(extend("default" = {}))]
    pub tags: Option<BTreeMap<String, String>>,
    /// Its policies.
    #[schemars(length(min = 1, max = 100))]
    pub policies: Vec<PolicyDocument>,
}

/// A role that requests name as `ServiceRoleArn`, for Systems Manager to publish in, or targets of rules as `role_arn`, for
/// EventBridge to send commands in.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Role {
    /// Its ARN.
    #[schemars(extend("examples" = ["arn:aws:iam::123456789012:role/publish-status"]))]
    pub arn: String,
    /// Who may assume it: its trust policy.
    pub trust: PolicyDocument,
    /// What it may do.
    #[schemars(length(min = 1, max = 100))]
    pub policies: Vec<PolicyDocument>,
}

/// An IAM policy: the name of a JSON file beside the scenario, or the policy itself.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum PolicyDocument {
    /// The name of a JSON file beside the scenario.
    File(String),
    /// The policy itself.
    Inline(Map<String, Value>),
}

//! Targets of rules.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{check_bus, check_name, check_page};
use crate::wire::{
    check::{Check, Violations},
    page::paged,
};

/// A target. Parameters of services that nothing here calls are kept as they were given.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Target {
    /// Its id, unique in the rule.
    pub id: String,
    /// What is called.
    pub arn: String,
    /// The role with which it is called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role_arn: Option<String>,
    /// A text in place of the event, at most 8192 characters (section 10.3).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input: Option<String>,
    /// The part of the event that is passed on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input_path: Option<String>,
    /// A text made of parts of the event.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input_transformer: Option<InputTransformer>,
    /// For Run Command: which instances (section 10.5).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run_command_parameters: Option<RunCommandParameters>,
    /// For FIFO queues.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sqs_parameters: Option<SqsParameters>,
    /// Where events go that could not be delivered (section 10.4).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dead_letter_config: Option<DeadLetterConfig>,
    /// How long and how often is tried (section 10.4).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_policy: Option<RetryPolicy>,
    /// As given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kinesis_parameters: Option<Value>,
    /// As given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ecs_parameters: Option<Value>,
    /// As given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub batch_parameters: Option<Value>,
    /// As given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub http_parameters: Option<Value>,
    /// As given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub redshift_data_parameters: Option<Value>,
    /// As given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sage_maker_pipeline_parameters: Option<Value>,
    /// As given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub app_sync_parameters: Option<Value>,
}

/// A text made of parts of the event.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct InputTransformer {
    /// Up to 100 parts: name and JSON path (section 10.3).
    #[serde(default)]
    pub input_paths_map: BTreeMap<String, String>,
    /// The text, with names in angle brackets; at most 8192 characters.
    pub input_template: String,
}

/// Which instances a command goes to.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct RunCommandParameters {
    /// 1 to 5 selectors (section 10.5).
    pub run_command_targets: Vec<RunCommandTarget>,
}

/// A selector (section 10.5).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct RunCommandTarget {
    /// `InstanceIds` or `tag:NAME`, 1 to 128 characters.
    pub key: String,
    /// 1 to 50 values of 1 to 256 characters.
    pub values: Vec<String>,
}

/// For FIFO queues.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct SqsParameters {
    /// The group.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message_group_id: Option<String>,
}

/// Where events go that could not be delivered.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeadLetterConfig {
    /// A standard queue.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub arn: Option<String>,
}

/// How long and how often is tried (section 10.4).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct RetryPolicy {
    /// 0 to 185.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub maximum_retry_attempts: Option<i64>,
    /// 60 to 86,400.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub maximum_event_age_in_seconds: Option<i64>,
}

/// The request of `PutTargets`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct PutTargetsRequest {
    /// The rule.
    pub rule: String,
    /// Its bus.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event_bus_name: Option<String>,
    /// 1 to 100 targets; those with known ids are replaced.
    pub targets: Vec<Target>,
}

/// The request of `RemoveTargets`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct RemoveTargetsRequest {
    /// The rule.
    pub rule: String,
    /// Its bus.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event_bus_name: Option<String>,
    /// 1 to 100 ids.
    pub ids: Vec<String>,
    /// Needed for managed rules.
    #[serde(default)]
    pub force: bool,
}

/// The answer of `PutTargets` and `RemoveTargets`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct TargetsResponse {
    /// How many failed.
    pub failed_entry_count: i64,
    /// Those that failed.
    pub failed_entries: Vec<TargetsResultEntry>,
}

/// A target that failed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct TargetsResultEntry {
    /// Its id.
    pub target_id: String,
    /// The error.
    pub error_code: String,
    /// What the caller reads.
    pub error_message: String,
}

/// The request of `ListTargetsByRule`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListTargetsByRuleRequest {
    /// The rule.
    pub rule: String,
    /// Its bus.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event_bus_name: Option<String>,
    /// The token of the page before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
    /// The size of a page, 1 to 100.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<i64>,
}

/// The answer of `ListTargetsByRule`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListTargetsByRuleResponse {
    /// The targets.
    pub targets: Vec<Target>,
    /// Where the list goes on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
}

/// The request of `ListRuleNamesByTarget`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListRuleNamesByTargetRequest {
    /// The ARN of the target.
    pub target_arn: String,
    /// The bus of the rules.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event_bus_name: Option<String>,
    /// The token of the page before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
    /// The size of a page, 1 to 100.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<i64>,
}

/// The answer of `ListRuleNamesByTarget`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListRuleNamesByTargetResponse {
    /// The names.
    pub rule_names: Vec<String>,
    /// Where the list goes on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
}

paged!(
    ListRuleNamesByTargetRequest,
    "ValidationException",
    "Parameter NextToken is not valid.",
    next_token,
    limit
);

paged!(
    ListTargetsByRuleRequest,
    "ValidationException",
    "Parameter NextToken is not valid.",
    next_token,
    limit
);

impl Check for PutTargetsRequest {
    fn check(&self, violations: &mut Violations) {
        check_name("/Rule", Some(&self.rule), violations);
        check_bus("/EventBusName", self.event_bus_name.as_deref(), violations);
        violations.size("/Targets", self.targets.len(), 1..=100);
        for (at, target) in self.targets.iter().enumerate() {
            target.check(&format!("/Targets/{at}"), violations);
        }
    }
}

impl Target {
    fn check(&self, pointer: &str, violations: &mut Violations) {
        check_name(&format!("{pointer}/Id"), Some(&self.id), violations);
        violations.length(&format!("{pointer}/Arn"), Some(&self.arn), 1..=1600);
        violations.length(&format!("{pointer}/Input"), self.input.as_deref(), 0..=8192);
        violations.length(&format!("{pointer}/InputPath"), self.input_path.as_deref(), 0..=256);
        if let Some(transformer) = &self.input_transformer {
            let pointer = format!("{pointer}/InputTransformer");
            violations.size(&format!("{pointer}/InputPathsMap"), transformer.input_paths_map.len(), 0..=100);
            let template = format!("{pointer}/InputTemplate");
            violations.length(&template, Some(&transformer.input_template), 1..=8192);
        }
        if let Some(parameters) = &self.run_command_parameters {
            let pointer = format!("{pointer}/RunCommandParameters/RunCommandTargets");
            violations.size(&pointer, parameters.run_command_targets.len(), 1..=5);
            for (at, target) in parameters.run_command_targets.iter().enumerate() {
                violations.length(&format!("{pointer}/{at}/Key"), Some(&target.key), 1..=128);
                violations.size(&format!("{pointer}/{at}/Values"), target.values.len(), 1..=50);
            }
        }
        if let Some(policy) = &self.retry_policy {
            let pointer = format!("{pointer}/RetryPolicy");
            let attempts = format!("{pointer}/MaximumRetryAttempts");
            violations.number(&attempts, policy.maximum_retry_attempts, 0..=185);
            let age = format!("{pointer}/MaximumEventAgeInSeconds");
            violations.number(&age, policy.maximum_event_age_in_seconds, 60..=86_400);
        }
    }
}

impl Check for RemoveTargetsRequest {
    fn check(&self, violations: &mut Violations) {
        check_name("/Rule", Some(&self.rule), violations);
        check_bus("/EventBusName", self.event_bus_name.as_deref(), violations);
        violations.size("/Ids", self.ids.len(), 1..=100);
        for (at, id) in self.ids.iter().enumerate() {
            check_name(&format!("/Ids/{at}"), Some(id), violations);
        }
    }
}

impl Check for ListTargetsByRuleRequest {
    fn check(&self, violations: &mut Violations) {
        check_name("/Rule", Some(&self.rule), violations);
        check_bus("/EventBusName", self.event_bus_name.as_deref(), violations);
        check_page(self.limit, self.next_token.as_deref(), violations);
    }
}

impl Check for ListRuleNamesByTargetRequest {
    fn check(&self, violations: &mut Violations) {
        violations.length("/TargetArn", Some(&self.target_arn), 1..=1600);
        check_bus("/EventBusName", self.event_bus_name.as_deref(), violations);
        check_page(self.limit, self.next_token.as_deref(), violations);
    }
}

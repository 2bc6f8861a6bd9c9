//! Rules.

use serde::{Deserialize, Serialize};

use super::{check_bus, check_name, check_page};
use crate::{
    events::pattern::Pattern,
    wire::{
        check::{Check, Violations},
        fault::Fault,
        page::paged,
        ssm::tag::Tag,
    },
};

/// The states of a rule (section 10.3).
pub const STATES: &[&str] = &["ENABLED", "DISABLED", "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"];

/// The request of `PutRule`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct PutRuleRequest {
    /// 1 to 64 characters (section 10.3).
    pub name: String,
    /// `rate(…)` or `cron(…)`, at most 256 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub schedule_expression: Option<String>,
    /// At most 4096 characters (section 10.2).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event_pattern: Option<String>,
    /// One of [`STATES`]; ENABLED when not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// At most 512 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The role with which targets are called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role_arn: Option<String>,
    /// Tags of a new rule.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<Tag>,
    /// Name or ARN; the default bus when not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event_bus_name: Option<String>,
}

/// The answer of `PutRule`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct PutRuleResponse {
    /// The rule.
    pub rule_arn: String,
}

/// The request of `DeleteRule`; the answer has no result.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteRuleRequest {
    /// The rule.
    pub name: String,
    /// Its bus.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event_bus_name: Option<String>,
    /// Needed for managed rules.
    #[serde(default)]
    pub force: bool,
}

/// The request of `DescribeRule`, `EnableRule` and `DisableRule`; the answers of the last two have no result.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct RuleRequest {
    /// The rule.
    pub name: String,
    /// Its bus.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event_bus_name: Option<String>,
}

/// The answer of `DescribeRule`, and without `created_by` a rule in a list. What was not given is left out.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Rule {
    /// Its name.
    pub name: String,
    /// Its ARN.
    pub arn: String,
    /// Its pattern as it was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event_pattern: Option<String>,
    /// Its schedule.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub schedule_expression: Option<String>,
    /// One of [`STATES`].
    pub state: String,
    /// What it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The role with which targets are called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role_arn: Option<String>,
    /// The service that made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub managed_by: Option<String>,
    /// The name of its bus.
    pub event_bus_name: String,
    /// The account; of `DescribeRule` alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_by: Option<String>,
}

/// The request of `ListRules`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListRulesRequest {
    /// What the names begin with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name_prefix: Option<String>,
    /// The bus.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event_bus_name: Option<String>,
    /// The token of the page before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
    /// The size of a page, 1 to 100.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<i64>,
}

/// The answer of `ListRules`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListRulesResponse {
    /// The rules.
    pub rules: Vec<Rule>,
    /// Where the list goes on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
}

paged!(ListRulesRequest, "ValidationException", "Parameter NextToken is not valid.", next_token, limit);

impl Check for PutRuleRequest {
    fn check(&self, violations: &mut Violations) {
        check_name("/Name", Some(&self.name), violations);
        violations.length("/ScheduleExpression", self.schedule_expression.as_deref(), 0..=256);
        violations.length("/EventPattern", self.event_pattern.as_deref(), 0..=4096);
        violations.one_of("/State", self.state.as_deref(), STATES);
        violations.length("/Description", self.description.as_deref(), 0..=512);
        violations.length("/RoleArn", self.role_arn.as_deref(), 1..=1600);
        check_bus("/EventBusName", self.event_bus_name.as_deref(), violations);
    }

    /// A rule has a pattern, a schedule or both, and the pattern can be compiled.
    fn checked(&self) -> Result<(), Fault> {
        if let Some(pattern) = self.event_pattern.as_deref().filter(|pattern| !pattern.is_empty()) {
            let compiled = Pattern::compile(pattern);
            return compiled
                .map(drop)
                .map_err(|fault| Fault::new("InvalidEventPatternException", fault.event_bridge_message()));
        }
        if self.schedule_expression.as_deref().is_none_or(str::is_empty) {
            let message = "Parameter(s) EventPattern or ScheduleExpression must be specified.";
            return Err(Fault::new("ValidationException", message));
        }
        Ok(())
    }
}

impl Check for DeleteRuleRequest {
    fn check(&self, violations: &mut Violations) {
        check_name("/Name", Some(&self.name), violations);
        check_bus("/EventBusName", self.event_bus_name.as_deref(), violations);
    }
}

impl Check for RuleRequest {
    fn check(&self, violations: &mut Violations) {
        check_name("/Name", Some(&self.name), violations);
        check_bus("/EventBusName", self.event_bus_name.as_deref(), violations);
    }
}

impl Check for ListRulesRequest {
    fn check(&self, violations: &mut Violations) {
        check_name("/NamePrefix", self.name_prefix.as_deref(), violations);
        check_bus("/EventBusName", self.event_bus_name.as_deref(), violations);
        check_page(self.limit, self.next_token.as_deref(), violations);
    }
}

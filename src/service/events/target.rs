//! Targets of rules.

use super::{Bus, EventBridge, Rule, input, invalid, invocation::service_and_resource, limit_exceeded, page};
use crate::{
    ssm::target::TargetKey,
    wire::{
        events::target::{
            ListRuleNamesByTargetRequest, ListRuleNamesByTargetResponse, ListTargetsByRuleRequest,
            ListTargetsByRuleResponse, PutTargetsRequest, RemoveTargetsRequest, Target, TargetsResponse,
        },
        fault::Fault,
        page::{Paged, cut},
    },
};

/// The most targets of a rule (S10.23).
const MOST: usize = 5;

impl EventBridge {
    /// Adds targets, or replaces those with the same ids.
    pub(super) fn put_targets(&mut self, request: &PutTargetsRequest) -> Result<TargetsResponse, Fault> {
        request.targets.iter().try_for_each(check)?;
        let bus = self.bus_mut(request.event_bus_name.as_deref())?;
        let rule = bus.rule_mut(&request.rule)?;
        let mut targets = rule.targets.clone();
        for target in &request.targets {
            match targets.iter_mut().find(|known| known.id == target.id) {
                Some(known) => *known = target.clone(),
                None => targets.push(target.clone()),
            }
        }
        if targets.len() > MOST {
            return Err(limit_exceeded());
        }
        rule.targets = targets;
        Ok(TargetsResponse::default())
    }

    /// Removes targets; those that are not there are removed already.
    pub(super) fn remove_targets(
        &mut self,
        request: &RemoveTargetsRequest,
    ) -> Result<TargetsResponse, Fault> {
        let bus = self.bus_mut(request.event_bus_name.as_deref())?;
        let rule = bus.rule_mut(&request.rule)?;
        rule.targets.retain(|target| !request.ids.contains(&target.id));
        Ok(TargetsResponse::default())
    }

    pub(super) fn list_targets_by_rule(
        &self,
        request: &ListTargetsByRuleRequest,
    ) -> Result<ListTargetsByRuleResponse, Fault> {
        let rule = self.bus(request.event_bus_name.as_deref())?.rule(&request.rule)?;
        let key = |target: &&Target| target.id.clone();
        let (part, next) = cut(&rule.targets, key, request.after()?.as_deref(), page(request.limit));
        Ok(ListTargetsByRuleResponse {
            targets: part.into_iter().cloned().collect(),
            next_token: next.map(|key| request.token(&key)),
        })
    }

    pub(super) fn list_rule_names_by_target(
        &self,
        request: &ListRuleNamesByTargetRequest,
    ) -> Result<ListRuleNamesByTargetResponse, Fault> {
        let bus: &Bus = self.bus(request.event_bus_name.as_deref())?;
        let calls = |rule: &&Rule| rule.targets.iter().any(|target| target.arn == request.target_arn);
        let names = bus.rules.values().filter(calls).map(|rule| rule.about.name.clone());
        let (rule_names, next) = cut(names, Clone::clone, request.after()?.as_deref(), page(request.limit));
        Ok(ListRuleNamesByTargetResponse { rule_names, next_token: next.map(|key| request.token(&key)) })
    }
}

/// Refuses a target that EventBridge does not take, whatever the rule.
fn check(target: &Target) -> Result<(), Fault> {
    let Target { id, arn, .. } = target;
    let Some((service, resource)) = service_and_resource(arn) else {
        let message = format!("Parameter {arn} is not valid. Reason: Provided Arn is not in correct format.");
        return Err(invalid(message));
    };
    let needs = |parameter: &str| {
        Err(invalid(format!("Parameter(s) {parameter} must be specified for target: {id}.")))
    };
    let group = target.sqs_parameters.as_ref().and_then(|parameters| parameters.message_group_id.as_ref());
    if service == "sqs" && resource.ends_with(".fifo") && group.is_none() {
        return needs("SqsParameters");
    }
    if service == "ssm" && resource.starts_with("document/") {
        let Some(parameters) = &target.run_command_parameters else { return needs("RunCommandParameters") };
        if target.role_arn.is_none() {
            return Err(invalid(format!("RoleArn is required for target {arn}.")));
        }
        for block in &parameters.run_command_targets {
            let is_tag = block.key.strip_prefix("tag:").is_some_and(|name| !name.is_empty());
            if !is_tag && TargetKey::parse(&block.key) != Some(TargetKey::InstanceIds) {
                let message = format!(
                    "RunCommandParameters of target {id} have the key {}: it is InstanceIds or tag:NAME.",
                    block.key
                );
                return Err(invalid(message));
            }
        }
    }
    input::check(target)
}

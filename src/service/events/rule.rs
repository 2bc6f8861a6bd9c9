//! Rules.

use super::{EventBridge, Rule, invalid, limit_exceeded, page};
use crate::{
    events::pattern::Pattern,
    wire::{
        events::{
            DEFAULT_BUS,
            rule::{
                DeleteRuleRequest, ListRulesRequest, ListRulesResponse, PutRuleRequest, PutRuleResponse,
                Rule as Described, RuleRequest,
            },
        },
        fault::Fault,
        page::{Paged, cut},
    },
};

/// The most rules of a bus (S10.23).
const MOST: usize = 300;

impl EventBridge {
    /// Makes a rule, or makes one anew and leaves it its targets. What is not given is as for a new rule.
    pub(super) fn put_rule(&mut self, request: &PutRuleRequest) -> Result<PutRuleResponse, Fault> {
        let PutRuleRequest { name, .. } = request;
        let bus = self.bus(request.event_bus_name.as_deref())?;
        let pattern = pattern(request, &bus.about.name)?;
        if bus.rules.len() >= MOST && !bus.rules.contains_key(name) {
            return Err(limit_exceeded());
        }
        let event_bus_name = bus.about.name.clone();
        let arn = match event_bus_name.as_str() {
            DEFAULT_BUS => self.arn(&format!("rule/{name}")),
            bus => self.arn(&format!("rule/{bus}/{name}")),
        };
        let about = Described {
            name: name.clone(),
            arn: arn.clone(),
            event_pattern: request.event_pattern.clone(),
            state: request.state.clone().unwrap_or_else(|| "ENABLED".into()),
            description: request.description.clone(),
            role_arn: request.role_arn.clone(),
            event_bus_name,
            ..Default::default()
        };
        let rules = &mut self.bus_mut(request.event_bus_name.as_deref())?.rules;
        let targets = rules.remove(name).map(|before| before.targets).unwrap_or_default();
        rules.insert(name.clone(), Rule { about, pattern, targets });
        Ok(PutRuleResponse { rule_arn: arn })
    }

    /// Deletes a rule; one that is not there is deleted already.
    pub(super) fn delete_rule(&mut self, request: &DeleteRuleRequest) -> Result<(), Fault> {
        let rules = &mut self.bus_mut(request.event_bus_name.as_deref())?.rules;
        if rules.get(&request.name).is_some_and(|rule| !rule.targets.is_empty()) {
            return Err(invalid("Rule can't be deleted since it has targets."));
        }
        rules.remove(&request.name);
        Ok(())
    }

    pub(super) fn describe_rule(&self, request: &RuleRequest) -> Result<Described, Fault> {
        let rule = self.bus(request.event_bus_name.as_deref())?.rule(&request.name)?;
        Ok(Described { created_by: Some(self.account.clone()), ..rule.about.clone() })
    }

    pub(super) fn set_state(&mut self, request: &RuleRequest, state: &str) -> Result<(), Fault> {
        let rule = self.bus_mut(request.event_bus_name.as_deref())?.rule_mut(&request.name)?;
        rule.about.state = state.into();
        Ok(())
    }

    pub(super) fn list_rules(&self, request: &ListRulesRequest) -> Result<ListRulesResponse, Fault> {
        let bus = self.bus(request.event_bus_name.as_deref())?;
        let prefix = request.name_prefix.as_deref().unwrap_or_default();
        let rules = bus.rules.values().map(|rule| &rule.about).filter(|rule| rule.name.starts_with(prefix));
        let key = |rule: &&Described| rule.name.clone();
        let (part, next) = cut(rules, key, request.after()?.as_deref(), page(request.limit));
        Ok(ListRulesResponse {
            rules: part.into_iter().cloned().collect(),
            next_token: next.map(|key| request.token(&key)),
        })
    }
}

/// The pattern of a rule. Schedules are refused, for nothing here would run them.
fn pattern(request: &PutRuleRequest, bus: &str) -> Result<Pattern, Fault> {
    if request.schedule_expression.as_deref().is_some_and(|schedule| !schedule.is_empty()) {
        return Err(invalid(match bus {
            DEFAULT_BUS => {
                "ScheduleExpression is not supported here: rules run on events; give an EventPattern alone."
            }
            _ => "ScheduleExpression is supported only on the default event bus.",
        }));
    }
    let text = request.event_pattern.as_deref().unwrap_or_default();
    Pattern::compile(text)
        .map_err(|fault| Fault::new("InvalidEventPatternException", fault.event_bridge_message()))
}

//! Conditions of rules: which groups match, and in which steps.

use super::{fault, planning, rule::Run};
use crate::{
    base::nearest,
    scenario::{
        document::{Scenario, Where},
        plan::Group,
        review::Review,
    },
};

/// The conditions of all rules, each of which may divide a group of an inventory.
pub(super) fn all(scenario: &Scenario) -> Vec<Where> {
    let outcomes = scenario.outcome.iter().flatten().map(|rule| rule.matching.clone());
    let behaviours = scenario.behaviour.iter().flatten().map(|rule| rule.matching.clone());
    let rules = outcomes.chain(behaviours).map(Option::unwrap_or_default);
    rules.chain(planning::conditions(scenario)).chain(fault::conditions(scenario)).collect()
}

/// Whether a group matches a condition; `name` is what the scenario calls it. Its instances all do, or none does.
pub(super) fn matches(condition: Option<&Where>, name: &str, group: &Group) -> bool {
    let Some(condition) = condition else { return true };
    let has = |(name, value): (&String, &String)| group.tags(0).get(name) == Some(value);
    group.count() > 0
        && condition.group.as_ref().is_none_or(|wanted| wanted == name)
        && condition.platform.is_none_or(|platform| platform == group.platform(0))
        && condition.tags.iter().flatten().all(has)
}

/// Whether a step matches a condition.
pub(super) fn holds(condition: Option<&Where>, run: &Run<'_>) -> bool {
    let is = |wanted: &Option<String>, name: &str| wanted.as_ref().is_none_or(|wanted| wanted == name);
    condition.is_none_or(|condition| {
        is(&condition.command, run.command_name)
            && is(&condition.document, &run.document.name)
            && is(&condition.step, run.step_name)
    })
}

/// Whether a condition leaves steps out.
pub(super) fn is_of_steps(condition: Option<&Where>) -> bool {
    condition.is_some_and(|condition| {
        condition.command.is_some() || condition.document.is_some() || condition.step.is_some()
    })
}

/// What conditions may name.
pub(super) struct Scope<'a> {
    /// The groups of the plan, each with the name that the scenario has for it.
    pub(super) groups: Vec<(&'a str, &'a Group)>,
    /// The names of the commands.
    pub(super) commands: &'a [String],
    /// Their steps; `None` when faults hide some.
    pub(super) runs: Option<&'a [Run<'a>]>,
}

impl Scope<'_> {
    /// Reports names that are not there, and warns of a rule at `pointer` that matches nothing.
    pub(super) fn check(
        &self,
        condition: Option<&Where>,
        pointer: &str,
        what: &str,
        review: &mut Review<'_>,
    ) {
        let Some(condition) = condition else { return };
        let before = review.faults.len();
        let mut known = |field: &str, wanted: Option<&String>, names: Vec<&str>, missing: &str| {
            let Some(wanted) = wanted.filter(|wanted| !names.contains(&wanted.as_str())) else { return };
            let help = match nearest(wanted, names) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("name a {field} of this scenario"),
            };
            review.error(&format!("{pointer}/where/{field}"), format!("{missing} `{wanted}`"), help);
        };
        let groups = self.groups.iter().map(|(name, _)| *name).collect();
        known("group", condition.group.as_ref(), groups, "there is no group");
        let commands = self.commands.iter().map(String::as_str).collect();
        known("command", condition.command.as_ref(), commands, "there is no command");
        if let Some(runs) = self.runs {
            let documents = runs.iter().map(|run| run.document.name.as_str()).collect();
            known("document", condition.document.as_ref(), documents, "no command runs the document");
            let steps = runs.iter().map(|run| run.step_name).collect();
            known("step", condition.step.as_ref(), steps, "no command has the step");
        }
        if review.faults.len() > before {
            return;
        }
        if !self.groups.iter().any(|(name, group)| matches(Some(condition), name, group)) {
            let help = "it matches by name, platform and tags, all of them";
            review.warning(pointer, format!("this {what} matches no group"), help);
        } else if self.runs.is_some_and(|runs| !runs.iter().any(|run| holds(Some(condition), run))) {
            let help = "it matches by command, document and step, all of them";
            review.warning(pointer, format!("this {what} matches no step of any command"), help);
        }
    }
}

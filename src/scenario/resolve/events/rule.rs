//! `[[rule]]`.

use std::collections::BTreeSet;

use super::{chance, check_name, pattern, target};
use crate::{
    base::SimDuration,
    scenario::{
        plan::{Command, Rule},
        resolve::command::Surroundings,
        review::Review,
    },
};

/// Every rule; the commands that they may send are added to `commands`.
pub(super) fn resolve(
    surroundings: &Surroundings<'_, '_>,
    commands: &mut Vec<Command>,
    review: &mut Review<'_>,
) -> Vec<Rule> {
    let (mut names, mut rules) = (BTreeSet::new(), Vec::new());
    for (at, written) in surroundings.scenario.rule.iter().flatten().enumerate() {
        let (pointer, path) = (format!("/rule/{at}"), format!("/events/rules/{at}"));
        check_name(&written.name, "rule", &mut names, &format!("{pointer}/name"), review);
        let pattern = pattern::resolve(&written.pattern, &format!("{pointer}/pattern"), review);
        let (mut ids, mut targets) = (BTreeSet::new(), Vec::new());
        for (number, one) in written.target.iter().enumerate() {
            check_name(&one.id, "target", &mut ids, &format!("{pointer}/target/{number}/id"), review);
            targets.extend(target::resolve(surroundings, (at, number), commands, review));
        }
        rules.push(Rule {
            name: written.name.clone(),
            pattern: pattern.unwrap_or_default(),
            enabled: review.choose(format!("{path}/enabled"), written.enabled, true, "enabled"),
            effective_after: review.choose(
                format!("{path}/effective_after"),
                written.effective_after,
                SimDuration::ZERO,
                "it was there before the start",
            ),
            runs_twice: chance(format!("{path}/runs_twice"), written.runs_twice, "never", review),
            targets,
        });
    }
    rules
}

//! `[plan]`: what is varied and demanded, and the bad releases, one of which may be laid over the groups.

use std::collections::BTreeSet;

use super::{Fleet, condition, outcome, rule::Run};
use crate::{
    base::{Chance, nearest},
    scenario::{
        demand::{DEFAULT_SHARE, Demand, Subject},
        document::{self, BadRelease, Scenario, SweptValue, Where},
        plan::{Group, Outcome, StepBehaviour},
        planning::{BAD_RELEASE, MAX_CONCURRENCY, MAX_ERRORS, Planning, REPLICATIONS, VariedField},
        review::Review,
        sweep,
    },
    ssm::limits,
};

/// What to plan.
pub(super) fn resolve(scenario: &Scenario, names: &[String], review: &mut Review<'_>) -> Planning {
    let nothing = document::Planning::default();
    let written = scenario.plan.as_ref().unwrap_or(&nothing);
    let command = command(scenario, names);
    if let Some(name) = written.command.as_ref().filter(|name| !names.contains(name)) {
        let help = match nearest(name, names.iter().map(String::as_str)) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "name a `[[command]]` of this scenario".into(),
        };
        review.error("/plan/command", format!("there is no command `{name}`"), help);
    }
    let mut planning = Planning {
        command,
        max_concurrency: rates(
            "/plan/max_concurrency",
            written.max_concurrency.as_deref(),
            &MAX_CONCURRENCY,
            |text| limits::parse_max_concurrency(text).is_ok(),
            review,
        ),
        max_errors: rates(
            "/plan/max_errors",
            written.max_errors.as_deref(),
            &MAX_ERRORS,
            |text| limits::parse_max_errors(text).is_ok(),
            review,
        ),
        fields: fields(written, review),
        bad_releases: releases(scenario).into_iter().map(|(name, _)| name).collect(),
        demands: Vec::new(),
        minimize: written.minimize.unwrap_or_default(),
        replications: written.replications.unwrap_or(REPLICATIONS),
    };
    demands(written, &mut planning, review);
    planning
}

/// Index of the command that is planned.
fn command(scenario: &Scenario, names: &[String]) -> usize {
    let wanted = scenario.plan.as_ref().and_then(|plan| plan.command.as_ref());
    wanted.and_then(|wanted| names.iter().position(|name| name == wanted)).unwrap_or(0)
}

fn texts(values: &[SweptValue]) -> Vec<String> {
    values.iter().map(SweptValue::text).collect()
}

/// Values of a rate control.
fn rates(
    pointer: &str,
    written: Option<&[SweptValue]>,
    default: &[&str],
    is_right: fn(&str) -> bool,
    review: &mut Review<'_>,
) -> Vec<String> {
    let written = written.map_or_else(|| default.iter().map(ToString::to_string).collect(), texts);
    let values = expand(pointer, &written, review);
    for (at, value) in values.iter().enumerate().filter(|(_, value)| !is_right(value)) {
        let place = if written.contains(value) { format!("{pointer}/{at}") } else { pointer.to_string() };
        let help = "a count such as 5, or a whole percentage such as \"10%\" (S4.1, S4.16)";
        review.error(&place, format!("`{value}` is no rate that the service takes"), help);
    }
    values
}

fn expand(pointer: &str, written: &[String], review: &mut Review<'_>) -> Vec<String> {
    sweep::expand(written).unwrap_or_else(|(at, message, help)| {
        review.error(&format!("{pointer}/{at}"), message, help);
        Vec::new()
    })
}

fn fields(written: &document::Planning, review: &mut Review<'_>) -> Vec<VariedField> {
    let all = written.vary.iter().flatten().enumerate();
    let field = |(at, field): (usize, &document::Vary)| {
        let values = expand(&format!("/plan/vary/{at}/values"), &texts(&field.values), review);
        VariedField { path: field.path.clone(), values }
    };
    all.map(field).collect()
}

fn demands(written: &document::Planning, planning: &mut Planning, review: &mut Review<'_>) {
    let texts = [
        (Subject::Within, &written.within),
        (Subject::BlastRadius, &written.blast_radius),
        (Subject::StopWithin, &written.stop_within),
    ];
    let parsed =
        texts.map(|(subject, text)| text.as_ref().map(|text| (subject, Demand::parse(subject, text))));
    let share = written.completes.map_or(DEFAULT_SHARE, |share| share.0);
    let completes = (Subject::Completes, Demand::completes(share));
    for (subject, demand) in [Some(completes)].into_iter().chain(parsed).flatten() {
        match demand {
            Ok(demand) => planning.demand(demand),
            Err((message, help)) => review.error(&format!("/plan/{}", subject.name()), message, help),
        }
    }
}

/// The bad releases with their names; the one that stands for others where the scenario has none.
fn releases(scenario: &Scenario) -> Vec<(String, BadRelease)> {
    let written = scenario.plan.as_ref().and_then(|plan| plan.bad_release.clone());
    let releases = written.unwrap_or_else(|| vec![default_release()]);
    let named = releases.into_iter().enumerate().map(|(at, release)| {
        let number = if at == 0 { String::new() } else { format!("-{}", at + 1) };
        (release.name.clone().unwrap_or_else(|| format!("{BAD_RELEASE}{number}")), release)
    });
    named.collect()
}

/// Exit code 1 on every instance.
fn default_release() -> BadRelease {
    BadRelease {
        name: None,
        matching: None,
        chance: None,
        exit_code: Some(1),
        hang: None,
        reply_lost: None,
        stopped: None,
        terminated: None,
        execution: None,
    }
}

/// The conditions of all bad releases, each of which may divide a group of an inventory.
pub(super) fn conditions(scenario: &Scenario) -> impl Iterator<Item = Where> {
    releases(scenario).into_iter().map(|(_, release)| release.matching.unwrap_or_default())
}

/// Checks all bad releases, and lays the one with the index `which` over the groups.
pub(super) fn lay(
    scenario: &Scenario,
    fleet: &mut Fleet,
    names: &[String],
    runs: Option<&[Run<'_>]>,
    which: Option<usize>,
    review: &mut Review<'_>,
) {
    let group_name = |written: &usize| scenario.group[*written].name.as_str();
    let mut known = BTreeSet::new();
    let mut laid = None;
    for (at, (name, release)) in releases(scenario).into_iter().enumerate() {
        let pointer = format!("/plan/bad_release/{at}");
        if !known.insert(name.clone()) {
            let message = format!("there is another bad release `{name}`");
            review.error(&format!("{pointer}/name"), message, "give each bad release a name of its own");
        }
        let groups = fleet.written.iter().map(group_name).zip(&fleet.groups).collect();
        let scope = condition::Scope { groups, commands: names, runs };
        scope.check(release.matching.as_ref(), &pointer, "bad release", review);
        let outcome = outcome::resolve(&release.outcome(), &pointer, review);
        if which == Some(at) {
            laid = outcome.map(|outcome| (of_planned(release.matching, scenario, names), outcome));
        }
    }
    let (Some((condition, outcome)), Some(runs)) = (laid, runs) else { return };
    for (written, group) in fleet.written.iter().zip(&mut fleet.groups) {
        if condition::matches(Some(&condition), group_name(written), group) {
            lay_over(group, &condition, &outcome, runs);
        }
    }
}

/// The condition, narrowed to the planned command where there are several and it names no steps.
fn of_planned(condition: Option<Where>, scenario: &Scenario, names: &[String]) -> Where {
    let condition = condition.unwrap_or_default();
    if names.len() == 1 || condition::is_of_steps(Some(&condition)) {
        return condition;
    }
    Where { command: names.get(command(scenario, names)).cloned(), ..condition }
}

fn lay_over(group: &mut Group, condition: &Where, outcome: &Outcome, runs: &[Run<'_>]) {
    let platform = group.platform(0);
    let before = group.outcomes.clone();
    if !condition::is_of_steps(Some(condition)) {
        make_room(&mut group.outcomes, outcome);
    }
    let concerned =
        runs.iter().filter(|run| condition::holds(Some(condition), run) && run.works_on(platform));
    for run in concerned {
        let own = group.steps.iter_mut().find(|step| (step.command, step.step) == run.place());
        match own {
            Some(step) => make_room(&mut step.outcomes, outcome),
            None if condition::is_of_steps(Some(condition)) => {
                let (command, step) = run.place();
                let mut outcomes = before.clone();
                make_room(&mut outcomes, outcome);
                group.steps.push(StepBehaviour {
                    command,
                    step,
                    execution: group.execution.clone(),
                    outcomes,
                    output: None,
                });
            }
            None => {}
        }
    }
    group.steps.sort_by_key(|step| (step.command, step.step));
}

/// Adds an outcome that comes before all others: they share what its chance leaves over.
fn make_room(outcomes: &mut Vec<Outcome>, release: &Outcome) {
    let left = u64::from(Chance::ONE.0 - release.chance.0);
    for outcome in outcomes.iter_mut() {
        outcome.chance = Chance((u64::from(outcome.chance.0) * left / u64::from(Chance::ONE.0)) as u32);
    }
    outcomes.insert(0, release.clone());
}

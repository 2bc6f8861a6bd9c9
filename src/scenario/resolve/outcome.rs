//! Outcomes: what becomes of a step, with chances that leave room for each other.

use std::collections::BTreeMap;

use crate::{
    base::{Chance, SimDuration, distribution::Distribution},
    scenario::{
        distribution::{Choice, MICROSECONDS},
        document,
        plan::{ExecutionResult, Outcome},
        review::Review,
    },
    ssm::status::Platform,
};

/// Stands where a faulty distribution was, in a plan that is thrown away.
pub(super) const PLACEHOLDER: Distribution = Distribution::Constant { value: 0.0 };

/// The outcomes written at `pointer`.
pub(super) fn resolve_all(
    outcomes: &[document::Outcome],
    pointer: &str,
    review: &mut Review<'_>,
) -> Vec<Outcome> {
    let outcomes = outcomes.iter().enumerate();
    outcomes.filter_map(|(at, outcome)| resolve(outcome, &format!("{pointer}/{at}"), review)).collect()
}

/// The outcome written at `pointer`.
pub(super) fn resolve(
    outcome: &document::Outcome,
    pointer: &str,
    review: &mut Review<'_>,
) -> Option<Outcome> {
    let results = [
        ("exit_code", outcome.exit_code.map(ExecutionResult::Exit)),
        ("hang", flag(outcome.hang, ExecutionResult::Hang, pointer, "hang", review)),
        ("reply_lost", flag(outcome.reply_lost, ExecutionResult::ReplyLost, pointer, "reply_lost", review)),
        ("stopped", flag(outcome.stopped, ExecutionResult::Stopped, pointer, "stopped", review)),
        ("terminated", flag(outcome.terminated, ExecutionResult::Terminated, pointer, "terminated", review)),
    ];
    let execution = outcome.execution.as_ref();
    let execution = execution.map(|written| duration(written, &format!("{pointer}/execution"), review));
    let result = exactly_one(&results, pointer, review)?;
    Some(Outcome { chance: outcome.chance.0, run: outcome.run, result, execution })
}

/// A distribution of durations; a placeholder when it has faults.
pub(super) fn duration(
    written: &Choice<SimDuration>,
    pointer: &str,
    review: &mut Review<'_>,
) -> Distribution {
    written.resolve(MICROSECONDS, pointer, review).unwrap_or(PLACEHOLDER)
}

/// What a flag stands for; `false` is a fault, as leaving it out says the same.
pub(super) fn flag<T>(
    flag: Option<bool>,
    means: T,
    pointer: &str,
    name: &str,
    review: &mut Review<'_>,
) -> Option<T> {
    if flag == Some(false) {
        let help = format!("write `{name} = true` or leave it out");
        review.error(&format!("{pointer}/{name}"), format!("`{name}` is false"), help);
    }
    flag.map(|_| means)
}

/// The only one of several choices that is given.
pub(super) fn exactly_one<T: Clone>(
    choices: &[(&str, Option<T>)],
    pointer: &str,
    review: &mut Review<'_>,
) -> Option<T> {
    let given: Vec<_> = choices.iter().filter_map(|(name, value)| Some((*name, value.as_ref()?))).collect();
    if let [(_, only)] = given[..] {
        return Some(only.clone());
    }
    let list = |names: Vec<&str>| names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    let all = list(choices.iter().map(|(name, _)| *name).collect());
    let message = match given[..] {
        [] => "this entry does not say what happens".into(),
        _ => format!("{} are given together", list(given.iter().map(|(name, _)| *name).collect())),
    };
    review.error(pointer, message, format!("give exactly one of {all}"));
    None
}

/// Reports chances that add up to more than 1, and instances of `platform` that would reboot for ever.
pub(super) fn check(outcomes: &[Outcome], platform: Platform, pointer: &str, review: &mut Review<'_>) {
    let mut sums = BTreeMap::from([(None, 0)]);
    for outcome in outcomes {
        *sums.entry(outcome.run).or_insert(0) += u64::from(outcome.chance.0);
    }
    let always = sums[&None];
    let whole = u64::from(Chance::ONE.0);
    for (run, sum) in sums.into_iter().map(|(run, sum)| (run, if run.is_some() { always + sum } else { sum }))
    {
        if sum <= whole {
            continue;
        }
        let which = run.map(|run| format!(" in run {run}")).unwrap_or_default();
        let message = format!("the chances add up to {}{which}", sum as f64 / 1e9);
        let help =
            "their sum is at most 1 in each run; for outcomes, every `[[outcome]]` that matches counts too";
        review.error(pointer, message, help);
        return;
    }
    let asks = |outcome: &&Outcome| outcome.run.is_none() && outcome.result.asks_for_reboot(platform);
    if outcomes.iter().filter(asks).map(|outcome| u64::from(outcome.chance.0)).sum::<u64>() == whole {
        let help = "only the limit of the agent's run counter ends that, without a reply (S8.31, S8.36); a `run` says in \
                    which run of the step";
        review.warning(pointer, "every run of the step asks for a reboot, after which it runs again", help);
    }
}

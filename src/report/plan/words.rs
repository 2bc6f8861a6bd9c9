//! A plan in sentences.

use super::cells::{self, Unit};
use crate::{
    planner::{Answer, INDIFFERENCE, Outcome, Relaxation, SettingOutcome, Verdict},
    report::human,
    scenario::document::Objective,
};

/// So many of the settings that are alike are named.
const NAMED: usize = 3;

/// What was planned.
pub(in crate::report) fn heading(outcome: &Outcome) -> String {
    let Outcome { scenario, document, .. } = outcome;
    let (targets, seed) = (human::count(outcome.targets.into()), outcome.seed);
    format!("{scenario}: plan of {} ({document} to {targets} targets, seed {seed})", outcome.command)
}

/// Worlds and demands.
pub(in crate::report) fn question(outcome: &Outcome) -> Vec<String> {
    let demands = outcome.demands.iter().map(|demand| format!("{} {demand}", demand.subject.name()));
    let demands: Vec<String> = demands.collect();
    let (used, all) = (human::count(outcome.replications_used), human::count(outcome.replications_of_all));
    let mut lines = vec![
        format!("worlds: {}", outcome.worlds.join(", ")),
        format!("demanded: {}; minimize {}", demands.join(", "), objective(outcome.minimize)),
        format!(
            "tried: {} settings with {used} replications in all ({all} would be {} for each in each world)",
            outcome.settings.len(),
            human::count(outcome.most_replications)
        ),
    ];
    lines.extend(interruption(outcome));
    lines
}

/// What is said of an outcome that is not the last word.
pub(super) fn interruption(outcome: &Outcome) -> Option<String> {
    let words = "PARTIAL: interrupted; more replications may change the answer";
    outcome.interrupted.then(|| words.into())
}

/// The objective, as its option names it.
pub(super) fn objective(objective: Objective) -> &'static str {
    match objective {
        Objective::Makespan => "makespan",
        Objective::Broken => "broken",
        Objective::TimeToStop => "time_to_stop",
    }
}

/// A setting by what is varied.
pub(in crate::report) fn name(outcome: &Outcome, at: usize) -> String {
    let setting = &outcome.settings[at];
    let mut name = format!("MaxConcurrency {}, MaxErrors {}", setting.max_concurrency, setting.max_errors);
    for (path, value) in outcome.fields.iter().zip(&setting.fields) {
        name += &format!(", {path} {value}");
    }
    name
}

/// What follows, in sentences.
pub(in crate::report) fn answer(outcome: &Outcome) -> Vec<String> {
    match &outcome.answer {
        Answer::Recommended { setting, ties, next } => recommended(outcome, *setting, ties, *next),
        Answer::Undecided { settings } => undecided(outcome, settings),
        Answer::Infeasible { relaxations } => infeasible(outcome, relaxations),
    }
}

fn recommended(outcome: &Outcome, at: usize, ties: &[usize], next: Option<usize>) -> Vec<String> {
    let setting = &outcome.settings[at];
    let meeting = outcome.settings.iter().filter(|setting| setting.verdict == Verdict::Met).count();
    let reason = match (meeting, outcome.minimize) {
        (1, _) => "it is the only setting that meets everything demanded".to_string(),
        (_, Objective::Makespan) => {
            format!("of {meeting} settings that meet everything demanded none ends a healthy release sooner")
        }
        (_, Objective::Broken) => {
            format!("of {meeting} settings that meet everything demanded none lets a bad release break less")
        }
        (_, Objective::TimeToStop) => {
            format!("of {meeting} settings that meet everything demanded none stops a bad release sooner")
        }
    };
    let mut sentences =
        vec![format!("Recommended: {}; {reason}.", name(outcome, at)), effect(outcome, setting)];
    sentences.extend(alike(outcome, ties));
    sentences.extend(next.and_then(|next| costs(outcome, "The next best", next)));
    let written = outcome.settings.iter().position(|setting| setting.is_written);
    sentences
        .extend(written.filter(|written| *written != at).and_then(|written| as_written(outcome, written)));
    sentences
}

/// What a setting comes to, in every world.
pub(super) fn effect(outcome: &Outcome, setting: &SettingOutcome) -> String {
    let healthy = match &setting.makespan {
        Some(makespan) => {
            let done = cells::estimate(makespan, Unit::Time);
            let completes = cells::share_interval(&setting.completes);
            format!("A healthy release is done in {done} on average and reaches every target in {completes}")
        }
        None => "A healthy release never reaches every target".into(),
    };
    let bad = outcome.worlds[1..].iter().zip(&setting.bad).map(|(name, world)| {
        let broken = cells::estimate(&world.broken, Unit::Instances);
        let stopped = match world.stopped.count {
            0 => "is never stopped".into(),
            _ => format!(
                "is stopped after {} (in {})",
                cells::estimate(&world.time_to_stop, Unit::Time),
                cells::share(&world.stopped)
            ),
        };
        format!("{name} breaks {broken} and {stopped}")
    });
    format!("{healthy}; {}.", bad.collect::<Vec<_>>().join("; "))
}

fn alike(outcome: &Outcome, ties: &[usize]) -> Option<String> {
    let named = ties.iter().take(NAMED).map(|at| name(outcome, *at)).collect::<Vec<_>>().join("; ");
    let more = ties.len().saturating_sub(NAMED);
    let more = if more > 0 { format!("; and {more} more") } else { String::new() };
    let objective = objective(outcome.minimize);
    (!ties.is_empty())
        .then(|| format!("Ties in {objective}, of which the recommended one does least harm: {named}{more}."))
}

/// How much more a setting costs than the recommended one.
fn costs(outcome: &Outcome, which: &str, at: usize) -> Option<String> {
    let difference = outcome.settings[at].difference.as_ref()?;
    let cost = cells::difference(difference, Unit::of(outcome.minimize));
    let (name, objective) = (name(outcome, at), objective(outcome.minimize));
    let pairs = human::count(difference.pairs);
    Some(format!("{which}, {name}: {objective} {cost}, paired over {pairs} replications."))
}

fn as_written(outcome: &Outcome, at: usize) -> Option<String> {
    let setting = &outcome.settings[at];
    let missed = setting.demands.iter().find(|judged| judged.verdict == Verdict::Missed);
    let Some(judged) = missed else { return costs(outcome, "As written", at) };
    let (subject, demand) = (judged.demand.subject.name(), &judged.demand);
    let kept = cells::share_interval(&judged.kept);
    Some(format!("As written, {}: misses {subject} {demand}; kept in {kept}.", name(outcome, at)))
}

fn undecided(outcome: &Outcome, settings: &[usize]) -> Vec<String> {
    let replications = human::count(outcome.most_replications);
    let mut sentences = vec![format!(
        "Undecided: {} of {} settings may meet everything demanded, but {replications} replications do not tell; raise \
         --replications.",
        settings.len(),
        outcome.settings.len()
    )];
    for &at in settings.iter().take(NAMED) {
        let demands = outcome.settings[at].demands.iter();
        let open = demands.filter(|judged| judged.verdict == Verdict::Undecided).map(|judged| {
            let kept = cells::share_interval(&judged.kept);
            format!("{} {} is kept in {kept}", judged.demand.subject.name(), judged.demand)
        });
        sentences.push(format!("{}: {}.", name(outcome, at), open.collect::<Vec<_>>().join(", ")));
    }
    sentences
}

fn infeasible(outcome: &Outcome, relaxations: &[Relaxation]) -> Vec<String> {
    let mut sentences = vec![format!(
        "None of the {} settings meets everything demanded. What would have to change:",
        outcome.settings.len()
    )];
    let change = |relaxation: &Relaxation| {
        let judged = &outcome.settings[relaxation.setting].demands[relaxation.demand];
        let (subject, demand) = (judged.demand.subject.name(), &judged.demand);
        match cells::weaker(judged) {
            Some(weaker) => format!("{subject} {weaker} instead of {demand}"),
            None => format!("{subject} {demand} left out"),
        }
    };
    let alone: Vec<&Relaxation> = relaxations.iter().filter(|relaxation| relaxation.meets_others).collect();
    for relaxation in &alone {
        sentences.push(format!("{}, for {}.", change(relaxation), name(outcome, relaxation.setting)));
    }
    if let (true, Some(first)) = (alone.is_empty(), relaxations.first()) {
        let changes: Vec<String> = relaxations.iter().map(change).collect();
        sentences.push(format!("{}, for {}.", changes.join(" and "), name(outcome, first.setting)));
    }
    if let Some(first) = relaxations.first() {
        sentences.push(effect(outcome, &outcome.settings[first.setting]));
    }
    sentences
}

/// What is predicted.
pub(super) fn prediction_heading(outcome: &Outcome) -> String {
    let (targets, setting) = (human::count(outcome.targets.into()), name(outcome, 0));
    format!(
        "{} to {targets} targets of {}, {setting} (seed {}, {} replications in each world)",
        outcome.document,
        outcome.scenario,
        outcome.seed,
        human::count(outcome.settings[0].replications)
    )
}

/// The prediction for the only setting, and how it stands to what is demanded.
pub(super) fn prediction(outcome: &Outcome, without_effect: &[String]) -> Vec<String> {
    let setting = &outcome.settings[0];
    let mut sentences: Vec<String> = interruption(outcome).into_iter().collect();
    sentences.push(effect(outcome, setting));
    for judged in &setting.demands {
        let (subject, kept) = (judged.demand.subject.name(), cells::share_interval(&judged.kept));
        let verdict = match judged.verdict {
            Verdict::Met => "met",
            Verdict::Undecided => "undecided",
            Verdict::Missed => "MISSED",
        };
        sentences.push(format!("{subject} {}: {verdict}; kept in {kept}.", judged.demand));
    }
    if !without_effect.is_empty() {
        sentences.push(format!("Without effect on the prediction: {}.", without_effect.join(", ")));
    }
    sentences
}

/// What the marks and columns mean.
pub(in crate::report) fn legend(outcome: &Outcome) -> Vec<String> {
    let confidence = human::percent(outcome.confidence, 1.0);
    let worlds = if outcome.worlds.len() > 2 { "of the bad releases the worst; " } else { "" };
    let indifference = human::percent(INDIFFERENCE, 1.0);
    vec![
        "*: recommended; =: a tie with it; f: no other setting is better in one of makespan, broken and time to stop and \
         worse in none; w: as written"
            .into(),
        "!: misses what is demanded of it; ?: undecided".into(),
        format!(
            "{worlds}means over replications, ± half of the {confidence} interval; a difference is a tie when its interval \
             holds zero or stays within {indifference}"
        ),
    ]
}

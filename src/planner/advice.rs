//! The answer: a setting, or why there is none and what would have to change.

use super::{Answer, Relaxation, SettingOutcome, Verdict, race::Race};
use crate::scenario::{demand::Subject, document::Objective};

/// What follows from what was observed.
pub(super) fn answer(race: &Race<'_>, settings: &[SettingOutcome]) -> Answer {
    let verdicts: Vec<Verdict> = settings.iter().map(|setting| setting.verdict).collect();
    let with = |wanted: Verdict| (0..verdicts.len()).filter(|&at| verdicts[at] == wanted).collect::<Vec<_>>();
    if let Some(best) = race.best(&verdicts) {
        return recommend(race, settings, best, with(Verdict::Met));
    }
    let undecided = with(Verdict::Undecided);
    if undecided.is_empty() {
        return Answer::Infeasible { relaxations: relaxations(race, settings) };
    }
    Answer::Undecided { settings: undecided }
}

/// Of the best and what is tied with it, the setting that does least harm; the first of equal ones.
fn recommend(race: &Race<'_>, settings: &[SettingOutcome], best: usize, met: Vec<usize>) -> Answer {
    let is_tie =
        |&at: &usize| at == best || race.difference(at, best).is_some_and(|difference| difference.is_tie);
    let (alike, others): (Vec<usize>, Vec<usize>) = met.into_iter().partition(is_tie);
    let harm = |at: usize| {
        let setting = &settings[at];
        let makespan = setting.makespan.map_or(f64::INFINITY, |makespan| makespan.mean);
        let (broken, stop) = (setting.broken().mean, setting.time_to_stop().mean);
        match race.study.planning.minimize {
            Objective::Makespan => [broken, stop, makespan],
            Objective::Broken => [makespan, stop, broken],
            Objective::TimeToStop => [broken, makespan, stop],
        }
    };
    let order = |one: &usize, other: &usize| {
        let pairs = harm(*one).into_iter().zip(harm(*other));
        pairs.map(|(one, other)| one.total_cmp(&other)).find(|order| order.is_ne()).unwrap_or(one.cmp(other))
    };
    let setting = alike.iter().copied().min_by(order).unwrap_or(best);
    let mean = |at: usize| race.difference(at, setting).map_or(f64::INFINITY, |difference| difference.mean);
    let next = others.into_iter().min_by(|one, other| mean(*one).total_cmp(&mean(*other)));
    Answer::Recommended { setting, ties: alike.into_iter().filter(|at| *at != setting).collect(), next }
}

/// For each demand the setting that needs least of it among those that meet all others; where nobody does, all that the
/// setting misses which misses least.
fn relaxations(race: &Race<'_>, settings: &[SettingOutcome]) -> Vec<Relaxation> {
    let demands = 0..race.study.planning.demands.len();
    let alone: Vec<_> = demands.filter_map(|demand| relaxation(race, settings, demand)).collect();
    if !alone.is_empty() {
        return alone;
    }
    let missed = |at: usize| {
        let demands = settings[at].demands.iter().enumerate();
        demands.filter(|(_, judged)| judged.verdict == Verdict::Missed).map(|(demand, _)| demand)
    };
    let nearest = (0..settings.len()).min_by_key(|&at| missed(at).count());
    let of = |setting: usize| {
        missed(setting).map(move |demand| Relaxation { demand, setting, meets_others: false })
    };
    nearest.into_iter().flat_map(of).collect()
}

fn relaxation(race: &Race<'_>, settings: &[SettingOutcome], demand: usize) -> Option<Relaxation> {
    let meets_others = |setting: &SettingOutcome| {
        let others = setting.demands.iter().enumerate().filter(|(at, _)| *at != demand);
        others.into_iter().all(|(_, judged)| judged.verdict != Verdict::Missed)
    };
    let of_completing = race.study.planning.demands[demand].subject == Subject::Completes;
    let needed = |(at, setting): (usize, &SettingOutcome)| {
        let judged = &setting.demands[demand];
        let missing = 1.0 - judged.kept.share();
        let need = if of_completing { missing } else { judged.needed? as f64 };
        Some((at, need))
    };
    let candidates = settings.iter().enumerate().filter(|(_, setting)| meets_others(setting));
    let least = candidates.filter_map(needed).min_by(|one, other| one.1.total_cmp(&other.1));
    least.map(|(setting, _)| Relaxation { demand, setting, meets_others: true })
}

/// The settings that an answer names.
pub(super) fn named(answer: &Answer) -> Vec<usize> {
    let mut named = match answer {
        Answer::Recommended { setting, next, .. } => [Some(*setting), *next].into_iter().flatten().collect(),
        Answer::Undecided { settings } => settings.clone(),
        Answer::Infeasible { relaxations } => {
            relaxations.iter().map(|relaxation| relaxation.setting).collect::<Vec<_>>()
        }
    };
    named.sort_unstable();
    named.dedup();
    named
}

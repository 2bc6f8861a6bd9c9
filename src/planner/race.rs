//! Spending replications where they decide.
//!
//! Every setting begins with the same few replications; after each round only those settings go on that may still be the
//! answer, and the number of replications doubles (in the manner of S.-H. Kim and B. L. Nelson, "A fully sequential
//! procedure for indifference-zone selection in simulation", 2001: on common random numbers, what is clearly worse is
//! eliminated, and what differs less than matters is not told apart). Rounds and decisions depend on nothing but results,
//! which are collected by index.

use std::{collections::BTreeMap, ops::Range};

use rayon::prelude::*;

use super::{
    CONFIDENCE, Difference, Judged, Observation, Outcome, Study, Verdict, advice, estimate::differences,
    judge::judge, observation::observe,
};
use crate::{
    measure::interval::{Moments, of_mean, of_share},
    scenario::{demand::Demand, document::Objective},
};

/// Replications of the first round.
const FIRST_ROUND: u64 = 64;
/// Replications that share their models and a thread.
const BLOCK: u64 = 64;
/// Settings of one variant whose models are in memory together, and that share what is drawn.
const SHARED: usize = 16;
/// What is dropped, as clearly worse or as clearly missing a demand, is so with this confidence: it is looked at after
/// every round, so that the confidence of a single look would not do.
const DROP_CONFIDENCE: f64 = 0.999;
/// A difference that surely lies within this share of the better mean is nobody's concern.
pub const INDIFFERENCE: f64 = 0.01;

/// Who watches a study, from any thread.
#[derive(Clone, Copy)]
pub struct Watch<'a> {
    /// Is told how many more replications are done.
    pub progress: &'a (dyn Fn(u64) + Sync),
    /// Says whether to end before the end.
    pub stop: &'a (dyn Fn() -> bool + Sync),
}

/// Plans a study. One that is stopped comes to what its finished rounds say; `None` where there is none.
pub fn plan(study: &Study, watch: Watch<'_>) -> Option<Outcome> {
    let mut race = Race::new(study);
    let most = study.planning.replications;
    let mut round = FIRST_ROUND.min(most);
    let mut open: Vec<usize> = (0..study.settings.len()).collect();
    while !open.is_empty() {
        if !race.run(&open, round, watch) {
            return race.interrupted();
        }
        open = if round == most { Vec::new() } else { race.open() };
        round = (2 * round).min(most);
    }
    // What the answer names deserves all replications, and more of them may name others.
    loop {
        let outcome = Outcome::new(&race);
        let named = advice::named(&outcome.answer);
        let short: Vec<usize> = named.into_iter().filter(|&setting| race.count(setting) < most).collect();
        if short.is_empty() {
            return Some(outcome);
        }
        if !race.run(&short, most, watch) {
            return race.interrupted();
        }
    }
}

/// What has been observed so far.
pub(super) struct Race<'a> {
    pub(super) study: &'a Study,
    /// By setting, world and replication.
    observed: Vec<Vec<Vec<Observation>>>,
}

/// Settings of one variant, in one world, over some replications.
struct Task {
    settings: Vec<usize>,
    world: usize,
    block: Range<u64>,
}

impl<'a> Race<'a> {
    fn new(study: &'a Study) -> Self {
        Self { study, observed: vec![vec![Vec::new(); study.worlds.len()]; study.settings.len()] }
    }

    /// How many replications a setting has had in each world.
    pub(super) fn count(&self, setting: usize) -> u64 {
        self.observed[setting][0].len() as u64
    }

    /// What was observed of a setting, by world.
    pub(super) fn of(&self, setting: usize) -> &[Vec<Observation>] {
        &self.observed[setting]
    }

    /// What the finished rounds came to, if there are any.
    fn interrupted(&self) -> Option<Outcome> {
        (self.count(0) > 0).then(|| Outcome { interrupted: true, ..Outcome::new(self) })
    }

    /// Brings settings to `count` replications in every world. False when stopped, and then nothing has changed: what
    /// settings are compared by are the same replications.
    fn run(&mut self, settings: &[usize], count: u64, watch: Watch<'_>) -> bool {
        let tasks = self.tasks(settings, count);
        let study = self.study;
        let run = |task: &Task| {
            if (watch.stop)() {
                return None;
            }
            let observed = observe(study, &task.settings, task.world, task.block.clone());
            (watch.progress)(observed.iter().map(|of_setting| of_setting.len() as u64).sum());
            Some(observed)
        };
        let results: Option<Vec<Vec<Vec<Observation>>>> = tasks.par_iter().map(run).collect();
        let Some(results) = results else { return false };
        for (task, result) in tasks.into_iter().zip(results) {
            for (setting, observed) in task.settings.into_iter().zip(result) {
                self.observed[setting][task.world].extend(observed);
            }
        }
        true
    }

    /// What is to be run; of each setting and world in the order of replications.
    fn tasks(&self, settings: &[usize], count: u64) -> Vec<Task> {
        let mut alike: BTreeMap<(usize, u64), Vec<usize>> = BTreeMap::new();
        for &setting in settings {
            let begin = self.count(setting);
            alike.entry((self.study.settings[setting].variant, begin)).or_default().push(setting);
        }
        let mut tasks = Vec::new();
        for ((_, begin), settings) in &alike {
            for settings in settings.chunks(SHARED) {
                for first in (*begin..count).step_by(BLOCK as usize) {
                    let block = first..(first + BLOCK).min(count);
                    let of_world = |world| Task { settings: settings.to_vec(), world, block: block.clone() };
                    tasks.extend((0..self.study.worlds.len()).map(of_world));
                }
            }
        }
        tasks
    }

    /// The settings that may still change the answer, and what they are compared with.
    fn open(&self) -> Vec<usize> {
        let judged: Vec<Vec<Judged>> = (0..self.observed.len()).map(|setting| self.judged(setting)).collect();
        let verdicts: Vec<Verdict> = judged.iter().map(|judged| overall(judged)).collect();
        let hopeful = (0..judged.len()).filter(|&setting| !judged[setting].iter().any(is_clearly_missed));
        let Some(best) = self.best(&verdicts) else { return hopeful.collect() };
        let rivals: Vec<usize> =
            hopeful.filter(|&setting| setting != best && self.is_rival(setting, best)).collect();
        if rivals.is_empty() { rivals } else { [rivals, vec![best]].concat() }
    }

    /// The setting with the smallest objective of those that meet everything; the first of equal ones.
    pub(super) fn best(&self, verdicts: &[Verdict]) -> Option<usize> {
        let met = (0..verdicts.len()).filter(|&setting| verdicts[setting] == Verdict::Met);
        let mean = |setting: usize| self.objective(setting).mean();
        met.filter_map(|setting| Some((setting, mean(setting)?)))
            .min_by(|one, other| one.1.total_cmp(&other.1))
            .map(|(setting, _)| setting)
    }

    /// Whether a setting may be better than the best so far, in a way that matters.
    fn is_rival(&self, setting: usize, best: usize) -> bool {
        let differences = self.differences(setting, best);
        let Some(interval) = of_mean(&differences, DROP_CONFIDENCE) else { return true };
        let reach = self.indifference(best);
        let is_alike = -reach <= interval.low && interval.high <= reach;
        interval.low <= 0.0 && !is_alike
    }

    fn indifference(&self, setting: usize) -> f64 {
        self.objective(setting).mean().unwrap_or(0.0) * INDIFFERENCE
    }

    fn differences(&self, setting: usize, other: usize) -> Moments {
        differences(self.series(setting), self.series(other))
    }

    /// How much more than another setting this one's objective is.
    pub(super) fn difference(&self, setting: usize, other: usize) -> Option<Difference> {
        let moments = self.differences(setting, other);
        let (mean, interval) = (moments.mean()?, of_mean(&moments, CONFIDENCE));
        let reach = self.indifference(other);
        let is_tie = interval.is_none_or(|interval| {
            let holds_zero = interval.low <= 0.0 && interval.high >= 0.0;
            holds_zero || (-reach <= interval.low && interval.high <= reach)
        });
        Some(Difference { pairs: moments.count, mean, interval, is_tie })
    }

    /// The objective in each replication; absent where the healthy release did not complete.
    fn series(&self, setting: usize) -> impl Iterator<Item = Option<u64>> {
        let (objective, worlds) = (self.study.planning.minimize, &self.observed[setting]);
        let world = match objective {
            Objective::Makespan => 0,
            Objective::Broken => self.worst(setting, |one| one.broken.into()),
            Objective::TimeToStop => self.worst(setting, |one| one.stopped_after),
        };
        worlds[world].iter().map(move |one| match objective {
            Objective::Makespan => one.is_complete.then_some(one.makespan),
            Objective::Broken => Some(one.broken.into()),
            Objective::TimeToStop => Some(one.stopped_after),
        })
    }

    fn objective(&self, setting: usize) -> Moments {
        Moments::of(self.series(setting).flatten().map(|value| value as i64))
    }

    /// The bad world in which the mean is largest; the first of equal ones.
    pub(super) fn worst(&self, setting: usize, value: fn(&Observation) -> u64) -> usize {
        let worlds = self.observed[setting].iter().enumerate().skip(1);
        let sum = |world: &[Observation]| world.iter().map(|one| u128::from(value(one))).sum::<u128>();
        let sums = worlds.map(|(at, world)| (at, sum(world)));
        sums.reduce(|worst, one| if one.1 > worst.1 { one } else { worst }).map_or(0, |(at, _)| at)
    }

    /// What each demand comes to for a setting.
    pub(super) fn judged(&self, setting: usize) -> Vec<Judged> {
        let demands = self.study.planning.demands.iter();
        demands.map(|demand: &Demand| judge(demand, &self.observed[setting])).collect()
    }
}

/// Whether a demand is missed so surely that no more looks are worth it.
fn is_clearly_missed(judged: &Judged) -> bool {
    of_share(judged.kept.count, judged.kept.of, DROP_CONFIDENCE).high < judged.demand.share.probability()
}

/// The worst verdict of all.
pub(super) fn overall(judged: &[Judged]) -> Verdict {
    judged.iter().map(|judged| judged.verdict).max().unwrap_or(Verdict::Met)
}

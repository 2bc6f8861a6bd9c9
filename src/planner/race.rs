//! Spending replications where they decide.
//!
//! Every setting begins with the same few replications; after each round only those settings go on that may still be the
//! answer, and the number of replications doubles (in the manner of S.-H. Kim and B. L. Nelson, "A fully sequential
//! procedure for indifference-zone selection in simulation", 2001: on common random numbers, what is clearly worse is
//! eliminated, and what differs less than matters is not told apart). Rounds and decisions depend on nothing but results,
//! which are collected by index.

use rayon::prelude::*;

use super::{
    CONFIDENCE, Difference, Judged, Observation, Outcome, Study, Verdict, advice, estimate::differences,
    judge::judge, observation::replicate,
};
use crate::{
    measure::interval::{Moments, of_mean, of_share},
    scenario::{demand::Demand, document::Objective},
    world::Model,
};

/// Replications of the first round.
const FIRST_ROUND: u64 = 64;
/// Replications that share a model and a thread.
const BLOCK: u64 = 64;
/// What is dropped, as clearly worse or as clearly missing a demand, is so with this confidence: it is looked at after
/// every round, so that the confidence of a single look would not do.
const DROP_CONFIDENCE: f64 = 0.999;
/// A difference that surely lies within this share of the better mean is nobody's concern.
pub const INDIFFERENCE: f64 = 0.01;

/// Plans a study. `progress` is told how many more replications are done, from any thread.
pub fn plan(study: &Study, progress: &(dyn Fn(u64) + Sync)) -> Outcome {
    let mut race = Race::new(study);
    let most = study.planning.replications;
    let mut round = FIRST_ROUND.min(most);
    let mut open: Vec<usize> = (0..study.settings.len()).collect();
    while !open.is_empty() {
        race.run(&open, round, progress);
        open = if round == most { Vec::new() } else { race.open() };
        round = (2 * round).min(most);
    }
    // What the answer names deserves all replications, and more of them may name others.
    loop {
        let outcome = Outcome::new(&race);
        let named = advice::named(&outcome.answer);
        let short: Vec<usize> = named.into_iter().filter(|&setting| race.count(setting) < most).collect();
        if short.is_empty() {
            return outcome;
        }
        race.run(&short, most, progress);
    }
}

/// What has been observed so far.
pub(super) struct Race<'a> {
    pub(super) study: &'a Study,
    /// By setting, world and replication.
    observed: Vec<Vec<Vec<Observation>>>,
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

    /// Brings settings to `count` replications in every world.
    fn run(&mut self, settings: &[usize], count: u64, progress: &(dyn Fn(u64) + Sync)) {
        let worlds = self.study.worlds.len();
        let of_setting = |&setting: &usize| {
            let begin = self.count(setting);
            let blocks =
                (begin..count).step_by(BLOCK as usize).map(move |first| first..(first + BLOCK).min(count));
            blocks.flat_map(move |block| (0..worlds).map(move |world| (setting, world, block.clone())))
        };
        let tasks: Vec<_> = settings.iter().flat_map(of_setting).collect();
        let study = self.study;
        let results: Vec<Vec<Observation>> = tasks
            .par_iter()
            .map(|(setting, world, block)| {
                let plan = study.plan(*setting, *world);
                let model = Model::new(&plan);
                let observed = replicate(&model, study.seed, study.planning.command, block.clone());
                progress(observed.len() as u64);
                observed
            })
            .collect();
        for ((setting, world, _), result) in tasks.into_iter().zip(results) {
            self.observed[setting][world].extend(result);
        }
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

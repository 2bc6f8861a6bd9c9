//! Running the replications of a plan.

use rayon::prelude::*;

use super::checks::{Checks, RuleSummary, merge, summarize};
use crate::{
    check::{Checker, RuleReport},
    history::{Digest, Observer},
    measure::{CommandResult, Latencies, Measure},
    scenario::Plan,
    world::{Model, World},
};

/// Replications of one chunk share their histograms.
const CHUNK: u64 = 64;
/// Outliers that a sample of checks goes back to, at most.
const OUTLIERS: usize = 100;

/// What one replication came to.
#[derive(Clone, Debug, PartialEq)]
pub struct Replication {
    /// Its index.
    pub index: u64,
    /// The digest of its facts.
    pub digest: Digest,
    /// What each command came to.
    pub commands: Vec<CommandResult>,
}

/// What all replications came to.
#[derive(Clone, Debug, PartialEq)]
pub struct Ensemble {
    /// In the order of their index.
    pub replications: Vec<Replication>,
    /// Durations pooled over all invocations of all replications, for each command.
    pub latencies: Vec<Latencies>,
    /// The digest of the run.
    pub digest: Digest,
    /// How many replications were checked.
    pub checked: u64,
    /// What the rules say; empty when nothing was checked.
    pub rules: Vec<RuleSummary>,
}

/// Some replications of a run, and the verdicts on those that were checked.
struct Part {
    replications: Vec<Replication>,
    latencies: Vec<Latencies>,
    checked: u64,
    rules: Vec<RuleSummary>,
}

/// Runs replications 0 to `count` - 1. `progress` is told how many more are done, from any thread.
pub fn run(
    model: &Model<'_>,
    seed: u64,
    count: u64,
    checks: Checks,
    progress: &(dyn Fn(u64) + Sync),
) -> Ensemble {
    let chunks = count.div_ceil(CHUNK);
    // Joined on the way, in order: the histograms of every chunk at once would fill the memory.
    let mut joined = (0..chunks)
        .into_par_iter()
        .map(|chunk| {
            let mut part = Part::empty(model.plan);
            for index in chunk * CHUNK..((chunk + 1) * CHUNK).min(count) {
                part.add(model, seed, index, checks.selects(index), &mut ());
                progress(1);
            }
            part
        })
        .reduce(|| Part::empty(model.plan), Part::join);
    if checks == Checks::Sample {
        let outliers = outliers(&joined.replications, checks);
        let more: Vec<_> = outliers.into_par_iter().map(|index| recheck(model, seed, index)).collect();
        more.into_iter().for_each(|rules| joined.add_rules(rules));
    }
    joined.finish()
}

/// Runs one replication alone, with another observer beside the measures.
pub fn run_one(
    model: &Model<'_>,
    seed: u64,
    index: u64,
    check: bool,
    observer: &mut impl Observer,
) -> Ensemble {
    let mut part = Part::empty(model.plan);
    part.add(model, seed, index, check, observer);
    part.finish()
}

fn replicate(
    model: &Model<'_>,
    seed: u64,
    index: u64,
    check: bool,
    latencies: &mut [Latencies],
    observer: &mut impl Observer,
) -> (Replication, Option<Vec<RuleReport>>) {
    let mut digest = Digest::default();
    let mut measure = Measure::new(model.plan, latencies);
    let mut world = World::new(model, seed, index);
    let always = (&mut digest, &mut measure);
    let reports = if check {
        let mut checker = Checker::new(model.plan);
        world.run(&mut (always, (&mut checker, observer)));
        Some(checker.finish())
    } else {
        // Apart, for a checker needs facts in order of time, which takes longer.
        world.run(&mut (always, observer));
        None
    };
    (Replication { index, digest, commands: measure.finish() }, reports)
}

/// The verdicts on a replication that was run before, whose measures are known already.
fn recheck(model: &Model<'_>, seed: u64, index: u64) -> Vec<RuleSummary> {
    let mut again = Part::empty(model.plan);
    again.add(model, seed, index, true, &mut ());
    again.rules
}

fn empty_latencies(plan: &Plan) -> Vec<Latencies> {
    vec![Latencies::default(); plan.commands.len()]
}

impl Part {
    fn empty(plan: &Plan) -> Self {
        Self { replications: Vec::new(), latencies: empty_latencies(plan), checked: 0, rules: Vec::new() }
    }

    /// Runs one more replication.
    fn add(&mut self, model: &Model<'_>, seed: u64, index: u64, check: bool, observer: &mut impl Observer) {
        let (one, reports) = replicate(model, seed, index, check, &mut self.latencies, observer);
        self.replications.push(one);
        if let Some(reports) = reports {
            self.add_rules(summarize(index, reports));
        }
    }

    /// Takes in the verdicts on one more replication.
    fn add_rules(&mut self, rules: Vec<RuleSummary>) {
        self.checked += 1;
        merge(&mut self.rules, rules);
    }

    /// This part and the one after it as one.
    fn join(mut self, after: Self) -> Self {
        self.replications.extend(after.replications);
        self.checked += after.checked;
        merge(&mut self.rules, after.rules);
        self.latencies.iter_mut().zip(&after.latencies).for_each(|(mine, theirs)| mine.merge(theirs));
        self
    }

    fn finish(self) -> Ensemble {
        let mut digest = Digest::default();
        for replication in &self.replications {
            digest.add_replication(replication.index, replication.digest);
        }
        Ensemble {
            replications: self.replications,
            latencies: self.latencies,
            digest,
            checked: self.checked,
            rules: self.rules,
        }
    }
}

/// Replications not checked yet whose makespan lies beyond three times the interquartile range from the quartiles
/// (J. W. Tukey, "Exploratory data analysis", 1977: the outer fences); the farthest first if there are too many.
fn outliers(replications: &[Replication], checks: Checks) -> Vec<u64> {
    let makespan = |replication: &Replication| {
        replication.commands.iter().filter_map(CommandResult::makespan).map(|time| time.0).max().unwrap_or(0)
    };
    let mut sorted: Vec<u64> = replications.iter().map(makespan).collect();
    sorted.sort_unstable();
    let quartile = |quarter: usize| sorted.get(sorted.len() * quarter / 4).copied().unwrap_or(0);
    let (low, high) = (quartile(1), quartile(3));
    let reach = 3 * (high - low);
    let beyond =
        |value: u64| low.saturating_sub(reach).saturating_sub(value) + value.saturating_sub(high + reach);
    let mut outliers: Vec<(u64, u64)> = replications
        .iter()
        .map(|replication| (beyond(makespan(replication)), replication.index))
        .filter(|&(distance, index)| distance > 0 && !checks.selects(index))
        .collect();
    outliers.sort_unstable_by_key(|&(distance, index)| (std::cmp::Reverse(distance), index));
    outliers.truncate(OUTLIERS);
    outliers.into_iter().map(|(_, index)| index).collect()
}

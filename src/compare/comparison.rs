//! Two runs side by side.

use std::collections::BTreeMap;

use super::{
    contrast::{Contrast, Sample},
    gate::{Gate, GateResult},
    side::{CommandSide, Side},
};
use crate::{
    measure::statistics::pooled_as,
    scenario::threshold::{METRICS, Metric, STATISTICS, Statistic},
    ssm::StatusDetails,
};

/// Statistics over replications that are shown.
const OVER_REPLICATIONS: [Statistic; 2] = [Statistic::Mean, Statistic::P95];
/// Statistics over all invocations that are shown.
const POOLED: [Statistic; 2] = [Statistic::P50, Statistic::P99];

/// Two runs, compared.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// The baseline.
    pub baseline: Side,
    /// The candidate.
    pub candidate: Side,
    /// With how much confidence intervals hold, between 0 and 1.
    pub confidence: f64,
    /// Why the two are not comparable; compared all the same where that was forced.
    pub objections: Vec<String>,
    /// What digests say.
    pub exact: Exact,
    /// Whether replications with the same luck were compared.
    pub is_paired: bool,
    /// One for each statistic.
    pub rows: Vec<Row>,
    /// One for each gate and each command that it is about.
    pub gates: Vec<GateResult>,
    /// The makespans of each pair, by command.
    pub makespans: Vec<(String, Vec<(u64, u64)>)>,
}

/// What digests say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exact {
    /// All facts are the same.
    Same,
    /// Plan and seed are the same, the facts are not: the program behaves in another way.
    Changed {
        /// The first replication that differs, where that is known.
        first: Option<u64>,
    },
    /// Plan or seed differ, so facts may.
    Free,
}

/// One statistic of both runs.
#[derive(Clone, Debug)]
pub struct Row {
    /// The command's name, where there are several.
    pub command: Option<String>,
    /// Such as `makespan`.
    pub metric: &'static str,
    /// Such as `p95`.
    pub statistic: &'static str,
    /// Whether its values are microseconds.
    pub is_time: bool,
    /// The values and their difference.
    pub contrast: Contrast,
    /// How many values the baseline and the candidate have; `None` where it is pooled over invocations.
    pub counts: Option<(usize, usize)>,
    /// What it comes to.
    pub mark: Mark,
    /// Whether less of it is wanted.
    pub less_is_better: bool,
}

/// What a difference comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// No difference at all.
    Equal,
    /// Not significant.
    Luck,
    /// Significantly less is wanted of it, and less it is; or the other way round.
    Better,
    /// The contrary.
    Worse,
    /// Significant, and neither good nor bad.
    Other,
    /// Nobody can tell: too few values, or no interval is known for it.
    Unknown,
}

impl Mark {
    /// As a table shows it.
    pub fn sign(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::Luck => "~",
            Self::Better => "better",
            Self::Worse => "WORSE",
            Self::Other => "differs",
            Self::Unknown => "?",
        }
    }
}

impl Comparison {
    /// Compares two runs.
    pub fn new(baseline: Side, candidate: Side, gates: &[Gate], confidence: f64) -> Self {
        let mut comparison = Self {
            confidence,
            objections: objections(&baseline, &candidate),
            exact: exact(&baseline, &candidate),
            is_paired: baseline.seed == candidate.seed,
            rows: Vec::new(),
            gates: Vec::new(),
            makespans: Vec::new(),
            baseline,
            candidate,
        };
        let pairs = matched(&comparison.baseline, &comparison.candidate);
        let several = pairs.len() > 1;
        let (mut rows, mut results, mut makespans) = (Vec::new(), Vec::new(), Vec::new());
        for (before, after) in pairs {
            let name = several.then(|| after.name.clone());
            rows.extend(METRICS.iter().flat_map(|metric| comparison.rows_of(&name, before, after, metric)));
            for gate in
                gates.iter().filter(|gate| gate.command.as_ref().is_none_or(|only| *only == after.name))
            {
                let sample = comparison.sample(before, after, gate.metric());
                results.push(gate.judge(before, after, sample.as_ref(), confidence));
            }
            if let Some(Sample::Pairs(pairs)) = comparison.sample(before, after, "makespan") {
                makespans.push((after.name.clone(), pairs));
            }
        }
        (comparison.rows, comparison.gates, comparison.makespans) = (rows, results, makespans);
        comparison
    }

    fn rows_of(
        &self,
        command: &Option<String>,
        before: &CommandSide,
        after: &CommandSide,
        &(name, metric): &(&'static str, Metric),
    ) -> Vec<Row> {
        let sample = self.sample(before, after, name);
        let statistics = if pooled_as(metric).is_some() { &POOLED[..] } else { &OVER_REPLICATIONS };
        let row = |&statistic: &Statistic| {
            let contrast = match &sample {
                Some(sample) => sample.contrast(statistic, self.confidence)?,
                None => Contrast {
                    baseline: before.summarized(name, statistic)?,
                    candidate: after.summarized(name, statistic)?,
                    difference: None,
                },
            };
            let equal = self.exact == Exact::Same || sample.as_ref().is_some_and(Sample::is_equal);
            let (statistic, _) = STATISTICS.iter().find(|(_, one)| *one == statistic)?;
            Some(Row {
                command: command.clone(),
                metric: name,
                statistic,
                is_time: metric.is_time(),
                counts: sample.as_ref().map(Sample::counts),
                mark: mark(&contrast, equal, metric),
                less_is_better: wanted(metric) == Some(true),
                contrast,
            })
        };
        let rows: Vec<_> = statistics.iter().filter_map(row).collect();
        let nothing = |row: &Row| row.contrast.baseline == 0.0 && row.contrast.candidate == 0.0;
        if rows.iter().all(nothing) { Vec::new() } else { rows }
    }

    /// The values of a metric in both runs, where they are known.
    fn sample(&self, before: &CommandSide, after: &CommandSide, metric: &str) -> Option<Sample> {
        let (first, second) = (before.values.get(metric)?, after.values.get(metric)?);
        if self.is_paired {
            let pairs = first.iter().filter_map(|(index, value)| Some((*value, *second.get(index)?)));
            return Some(Sample::Pairs(pairs.collect()));
        }
        let all = |values: &BTreeMap<u64, u64>| values.values().copied().collect();
        Some(Sample::Apart(all(first), all(second)))
    }
}

/// Commands with their like: by name, or the only two there are.
fn matched<'a>(baseline: &'a Side, candidate: &'a Side) -> Vec<(&'a CommandSide, &'a CommandSide)> {
    if let ([one], [other]) = (&baseline.commands[..], &candidate.commands[..]) {
        return vec![(one, other)];
    }
    let like = |after: &'a CommandSide| {
        Some((baseline.commands.iter().find(|before| before.name == after.name)?, after))
    };
    candidate.commands.iter().filter_map(like).collect()
}

/// Why two runs are not comparable.
fn objections(baseline: &Side, candidate: &Side) -> Vec<String> {
    let mut objections = Vec::new();
    if let (Some(one), Some(other)) = (&baseline.fleet, &candidate.fleet)
        && one != other
    {
        objections.push("they are about other fleets: the groups or their members differ".to_string());
    }
    let pairs = matched(baseline, candidate);
    if pairs.len() != baseline.commands.len() || pairs.len() != candidate.commands.len() {
        objections.push("they have other commands".into());
    }
    for (before, after) in pairs.iter().filter(|(before, after)| before.targets != after.targets) {
        objections
            .push(format!("`{}` had {} targets and now has {}", after.name, before.targets, after.targets));
    }
    objections
}

fn exact(baseline: &Side, candidate: &Side) -> Exact {
    let seeds = baseline.seed == candidate.seed;
    let span = |side: &Side| (side.first_replication, side.replications);
    if seeds && span(baseline) == span(candidate) && baseline.digest == candidate.digest {
        return Exact::Same;
    }
    if !seeds || baseline.plan != candidate.plan {
        return Exact::Free;
    }
    let common =
        || baseline.digests.iter().filter_map(|(at, one)| Some((*at, one, candidate.digests.get(at)?)));
    match common().find(|(_, one, other)| one != other) {
        Some((index, ..)) => Exact::Changed { first: Some(index) },
        None if span(baseline) == span(candidate) => Exact::Changed { first: None },
        None if common().next().is_some() => Exact::Same,
        None => Exact::Free,
    }
}

fn mark(contrast: &Contrast, equal: bool, metric: Metric) -> Mark {
    let Some(difference) = contrast.difference else {
        return if equal { Mark::Equal } else { Mark::Unknown };
    };
    let less = match wanted(metric) {
        _ if equal => return Mark::Equal,
        _ if difference.low <= 0.0 && difference.high >= 0.0 => return Mark::Luck,
        None => return Mark::Other,
        Some(less) => less,
    };
    if (difference.high < 0.0) == less { Mark::Better } else { Mark::Worse }
}

/// Whether less of a metric is better; `None` where neither is.
fn wanted(metric: Metric) -> Option<bool> {
    match metric {
        Metric::Ended(StatusDetails::Success) => Some(false),
        Metric::Ended(StatusDetails::Terminated) => None,
        Metric::Targets | Metric::Sent | Metric::PeakInFlight | Metric::Published | Metric::Arrived => None,
        _ => Some(true),
    }
}

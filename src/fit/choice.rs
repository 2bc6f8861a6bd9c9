//! Which distribution to take: the best family by a criterion if it is near enough to the sample, else the sample's own
//! quantiles.

use core::fmt;

use serde::Serialize;

use super::{
    curve::{Curve, SeenQuantile, curve, seen_quantile},
    empirical::{Empirical, empirical},
    estimate::{Estimate, FittedQuantile, estimate},
    family::Family,
    goodness::{Goodness, SHARES, goodness},
    observation::{Lasted, Sample},
};
use crate::base::distribution::{Distribution, Sampler};

/// By what families are ranked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Criterion {
    /// The Akaike information criterion: for the best prediction, generous with parameters.
    Aic,
    /// The Bayesian information criterion: with more and more observations it finds the true family if it is among those
    /// tried.
    #[default]
    Bic,
}

/// What is tried and what is good enough.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Rules {
    /// The families, each also with a minimum latency where it can have one.
    pub families: Vec<Family>,
    /// By what they are ranked.
    pub criterion: Criterion,
    /// A family is taken if its Kolmogorov-Smirnov distance is at most this, or at most what chance alone brings about in
    /// so small a sample (`Goodness::noise`): nowhere is the share of durations below a length off by more.
    pub distance: f64,
    /// The confidence of every interval, between 0 and 1.
    pub confidence: f64,
}

impl Default for Rules {
    /// All families, by BIC, at most 0.03 away, with 95 % confidence.
    fn default() -> Self {
        Self {
            families: Family::ALL.to_vec(),
            criterion: Criterion::default(),
            distance: 0.03,
            confidence: 0.95,
        }
    }
}

/// So many ends have to be seen for each free parameter: with fewer, intervals by the curvature of the likelihood are not to
/// be trusted.
pub const ENDS_A_PARAMETER: u64 = 10;

/// So many ends have to be seen for a quantile table.
pub const ENDS_FOR_A_TABLE: u64 = 20;

/// Why nothing is fitted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Refusal {
    /// Too few durations were seen to end.
    TooFew {
        /// How many were.
        ended: u64,
        /// How many have to be.
        needed: u64,
        /// How many observations there are with those that were not seen to end.
        observations: u64,
    },
    /// No family of those asked for has a likelihood with a maximum, and there are too few ends for a table.
    NothingFits {
        /// How many durations were seen to end.
        ended: u64,
        /// How many have to be for a table.
        needed: u64,
    },
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooFew { ended, needed, observations } => write!(
                f,
                "only {ended} of {observations} durations were seen to end, and at least {needed} are needed"
            ),
            Self::NothingFits { ended, needed } => {
                write!(f, "no family fits {ended} durations, and a quantile table needs at least {needed}")
            }
        }
    }
}

/// A family that was tried.
#[derive(Clone, Debug, Serialize)]
pub struct Candidate {
    /// Its parameters.
    pub estimate: Estimate,
    /// By how much its criterion is worse than the best one; 0 for the best. From 2 on the difference counts for something,
    /// from 10 on for much (K. P. Burnham and D. R. Anderson, "Model selection and multimodel inference", 2002, section 2.6).
    pub behind: f64,
    /// How well it fits.
    pub goodness: Goodness,
    /// The quantiles of `SHARES` with intervals.
    pub quantiles: Vec<FittedQuantile>,
}

/// A family that was not fitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Dropped {
    /// Which.
    pub family: Family,
    /// Whether with a minimum latency.
    pub shifted: bool,
    /// Why not: so many ends have to be seen for its parameters. `None` where there are enough, but the likelihood has no
    /// maximum that can be found: the sample shows no minimum latency, no second part, or no exact smallest value; or it has one that nothing can be
    /// drawn from.
    pub needed: Option<u64>,
}

/// What is taken, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Chosen {
    /// Every duration seen was the same.
    Constant,
    /// The candidate with this place in the list: the first that is near enough.
    Candidate(usize),
    /// The quantile table: no candidate is near enough.
    Empirical,
    /// The best candidate although it is not near enough: there are too few ends for a table.
    Poor(usize),
}

/// The distribution of a sample.
#[derive(Clone, Debug, Serialize)]
pub struct Calibration {
    /// What a scenario takes, in microseconds.
    pub distribution: Distribution,
    /// What it is.
    pub chosen: Chosen,
    /// How many observations.
    pub observations: u64,
    /// How many of them were seen to end.
    pub ended: u64,
    /// All families that have a maximum, the best one first.
    pub candidates: Vec<Candidate>,
    /// The families that were asked for and not fitted.
    pub dropped: Vec<Dropped>,
    /// The quantile table, if there are ends enough for one.
    pub empirical: Option<Empirical>,
    /// The quantiles of `SHARES` of the sample itself, with intervals that assume no family.
    pub seen: Vec<SeenQuantile>,
}

/// Fits every family to a sample and chooses. A sample of very many different values is fitted with its durations rounded
/// as `Sample::coarse` does.
pub fn calibrate(sample: &Sample, rules: &Rules) -> Result<Calibration, Refusal> {
    let (observations, ended) = (sample.count(), sample.ended());
    let too_few = Refusal::TooFew { ended, needed: ENDS_A_PARAMETER, observations };
    let sample = &sample.coarse();
    let Some(curve) = curve(sample).filter(|_| ended >= ENDS_A_PARAMETER) else { return Err(too_few) };
    let empirical = empirical(&curve).filter(|_| ended >= ENDS_FOR_A_TABLE);
    let (candidates, dropped) = match only_value(sample) {
        Some(_) => (Vec::new(), Vec::new()),
        None => candidates(sample, &curve, rules),
    };
    let (distribution, chosen) = choose(sample, &candidates, empirical.as_ref(), rules)?;
    let seen =
        SHARES.into_iter().filter_map(|share| seen_quantile(sample, share, rules.confidence)).collect();
    Ok(Calibration { distribution, chosen, observations, ended, candidates, dropped, empirical, seen })
}

fn choose(
    sample: &Sample,
    candidates: &[Candidate],
    empirical: Option<&Empirical>,
    rules: &Rules,
) -> Result<(Distribution, Chosen), Refusal> {
    if let Some(value) = only_value(sample) {
        return Ok((Distribution::Constant { value }, Chosen::Constant));
    }
    let is_near = |one: &Candidate| one.goodness.distance <= rules.distance.max(one.goodness.noise);
    let of = |place: usize| candidates[place].estimate.distribution.clone();
    match (candidates.iter().position(is_near), empirical) {
        (Some(place), _) => Ok((of(place), Chosen::Candidate(place))),
        (None, Some(table)) => Ok((table.distribution.clone(), Chosen::Empirical)),
        (None, None) if !candidates.is_empty() => Ok((of(0), Chosen::Poor(0))),
        (None, None) => Err(Refusal::NothingFits { ended: sample.ended(), needed: ENDS_FOR_A_TABLE }),
    }
}

/// Every family for whose parameters there are ends enough, without and with a minimum latency, the best one first; and those
/// that were not fitted.
fn candidates(sample: &Sample, curve: &Curve, rules: &Rules) -> (Vec<Candidate>, Vec<Dropped>) {
    let (mut candidates, mut dropped) = (Vec::new(), Vec::new());
    for family in &rules.families {
        for shifted in [false, true].into_iter().filter(|shifted| !shifted || family.can_be_shifted()) {
            let needed = ENDS_A_PARAMETER * family.free(shifted);
            if sample.ended() < needed {
                dropped.push(Dropped { family: *family, shifted, needed: Some(needed) });
            } else if let Some(candidate) = candidate(*family, shifted, sample, curve, rules) {
                candidates.push(candidate);
            } else {
                dropped.push(Dropped { family: *family, shifted, needed: None });
            }
        }
    }
    let score = |candidate: &Candidate| match rules.criterion {
        Criterion::Aic => candidate.estimate.aic,
        Criterion::Bic => candidate.estimate.bic,
    };
    candidates.sort_by(|one, other| score(one).total_cmp(&score(other)));
    let best = candidates.first().map_or(0.0, score);
    candidates.iter_mut().for_each(|candidate| candidate.behind = score(candidate) - best);
    (candidates, dropped)
}

fn candidate(
    family: Family,
    shifted: bool,
    sample: &Sample,
    curve: &Curve,
    rules: &Rules,
) -> Option<Candidate> {
    let estimate = estimate(family, shifted, sample, rules.confidence)?;
    // What nothing can be drawn from is of no use: a gamma of an extreme shape, values beyond the floats.
    Sampler::new(&estimate.distribution).ok()?;
    let goodness = goodness(curve, sample.ended(), &estimate.law()?);
    let quantiles = SHARES.into_iter().filter_map(|share| estimate.quantile(share)).collect();
    Some(Candidate { estimate, behind: 0.0, goodness, quantiles })
}

/// The only exact value of a sample of which nothing else is known.
fn only_value(sample: &Sample) -> Option<f64> {
    let mut ends = sample.observations().iter().filter(|one| !matches!(one.lasted, Lasted::AtLeast(_)));
    match (ends.next()?.lasted, ends.next()) {
        (Lasted::Exactly(at), None) if sample.longest() == at => Some(at as f64),
        _ => None,
    }
}

#[cfg(test)]
mod tests;

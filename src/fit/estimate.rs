//! A fitted family: parameters and quantiles with their intervals.

use serde::Serialize;

use super::{
    family::{Family, Lowest},
    law::Law,
    lowest::{self, Found},
    mixture::two_lognormals,
    observation::Sample,
};
use crate::{
    base::distribution::Distribution,
    measure::{Interval, interval::normal_quantile},
};

/// A parameter and where its true value lies.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Parameter {
    /// As `Distribution` spells it; of the second part of two lognormals with "slow" before it.
    pub name: &'static str,
    /// The estimate: microseconds for `mean`, `median`, `scale`, `min` and `by`, else a plain number.
    pub value: f64,
    /// The interval, in the same unit.
    pub interval: Interval,
}

/// A quantile of a fitted distribution.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct FittedQuantile {
    /// Which, from 0 to 1.
    pub share: f64,
    /// The estimate in microseconds.
    pub value: f64,
    /// The interval in microseconds, by the delta method on the logarithm.
    pub interval: Interval,
}

/// The parameters of a family under which a sample is most likely.
#[derive(Clone, Debug, Serialize)]
pub struct Estimate {
    /// The family.
    pub family: Family,
    /// Whether a minimum latency is part of it.
    pub shifted: bool,
    /// What a scenario takes, in microseconds.
    pub distribution: Distribution,
    /// Each parameter. Intervals are Wald's, from the observed information, on the scale on which the parameter is free:
    /// logarithm, or log-odds of a share. That of a `min` or `by` at the smallest value is one-sided and exact but for the
    /// other parameters; where the smallest value is the estimate, the intervals of the others take it as known. They do so too
    /// for a shifted Weibull or gamma of a shape between 1 and 2, and then hold the truth a few in a hundred times less often
    /// than they say.
    pub parameters: Vec<Parameter>,
    /// The log-likelihood at the maximum, durations in microseconds.
    pub log_likelihood: f64,
    /// The Akaike information criterion, 2 k - 2 ln L (H. Akaike, "A new look at the statistical model identification",
    /// 1974); smaller is better.
    pub aic: f64,
    /// The Bayesian information criterion, k ln n - 2 ln L, n the number of ends seen (G. Schwarz, "Estimating the dimension
    /// of a model", 1978; C. T. Volinsky and A. E. Raftery, "Bayesian information criterion for censored survival models",
    /// 2000); smaller is better.
    pub bic: f64,
    #[serde(skip)]
    found: Found,
    #[serde(skip)]
    confidence: f64,
}

/// Fits a family to a sample by maximum likelihood; with `shifted`, together with a minimum latency. `None` where the
/// likelihood has no maximum that can be found: the family has no such parameter, the sample shows no minimum, no second
/// part, or too few different values. The confidence lies between 0 and 1.
pub fn estimate(family: Family, shifted: bool, sample: &Sample, confidence: f64) -> Option<Estimate> {
    if sample.distinct() < 2 || (shifted && (!family.can_be_shifted() || sample.distinct() < 3)) {
        return None;
    }
    let found = match family {
        Family::Pareto => lowest::at_least(family, sample)?,
        Family::TwoLognormals => two_lognormals(sample)?,
        _ if shifted => lowest::shifted(family, sample)?,
        _ => lowest::at_zero(family, sample)?,
    };
    Some(Estimate::new(found, sample, confidence))
}

impl Estimate {
    fn new(found: Found, sample: &Sample, confidence: f64) -> Self {
        let model = found.model;
        let distribution = model.distribution(&found.peak.at);
        let z = normal_quantile(0.5 + confidence / 2.0);
        let free = model.parameters().into_iter().enumerate();
        let mut parameters: Vec<Parameter> = free
            .map(|(index, (name, scale))| {
                let (at, reach) = (found.peak.at[index], z * found.peak.covariance[index][index].sqrt());
                let (one, other) = (scale.value(at - reach), scale.value(at + reach));
                let interval = Interval { low: one.min(other), high: one.max(other) };
                Parameter { name, value: scale.value(at), interval }
            })
            .collect();
        parameters.extend(beginning(&found, &distribution, sample, confidence));
        let (count, likely) = (parameters.len() as f64, found.log_likelihood);
        Self {
            family: model.family,
            shifted: model.lowest != Lowest::Zero && model.family != Family::Pareto,
            distribution,
            parameters,
            log_likelihood: likely,
            aic: 2.0 * count - 2.0 * likely,
            bic: libm::log(sample.ended() as f64) * count - 2.0 * likely,
            found,
            confidence,
        }
    }

    /// The family's name, with what is added to it.
    pub fn name(&self) -> String {
        format!("{}{}", if self.shifted { "shifted " } else { "" }, self.family.name())
    }

    /// The density and distribution function.
    pub fn law(&self) -> Option<Law> {
        Law::new(&self.distribution)
    }

    /// A quantile with its interval. The share lies between 0 and 1.
    pub fn quantile(&self, share: f64) -> Option<FittedQuantile> {
        let (model, peak) = (self.found.model, &self.found.peak);
        let log_at = |free: &[f64]| Some(libm::log(Law::new(&model.distribution(free))?.quantile(share)));
        let log = log_at(&peak.at)?;
        let mut slopes = Vec::new();
        for index in 0..peak.at.len() {
            // A small part of the standard error: the quantile is nearly straight there.
            let step = 0.01 * peak.covariance[index][index].sqrt();
            let beside = |by: f64| {
                let mut free = peak.at.clone();
                free[index] += by;
                log_at(&free)
            };
            slopes.push((beside(step)? - beside(-step)?) / (2.0 * step));
        }
        let pairs = peak.covariance.iter().zip(&slopes).flat_map(|(row, slope)| {
            row.iter().zip(&slopes).map(move |(covariance, other)| slope * covariance * other)
        });
        let reach = normal_quantile(0.5 + self.confidence / 2.0) * pairs.sum::<f64>().max(0.0).sqrt();
        let interval = Interval { low: libm::exp(log - reach), high: libm::exp(log + reach) };
        Some(FittedQuantile { share, value: libm::exp(log), interval })
    }
}

/// The parameter that says where the support begins, if the smallest value told it: by how much the smallest of so many
/// lies above it at most.
fn beginning(
    found: &Found,
    distribution: &Distribution,
    sample: &Sample,
    confidence: f64,
) -> Option<Parameter> {
    let Lowest::Known(value) = found.model.lowest else { return None };
    let (least, _) = sample.least()?;
    let least = least as f64;
    let exposed = sample.rough().filter(|(value, _)| *value >= least).map(|(_, count)| count).sum::<f64>();
    // The smallest of n is above the quantile at 1 - a^(1/n) with probability a.
    let share = -libm::expm1(libm::log1p(-confidence) / exposed);
    let furthest = Law::new(distribution)?.quantile(share);
    let (name, low) = match found.model.family {
        Family::Pareto => ("min", least * (value / furthest)),
        _ => ("by", least - (furthest - value)),
    };
    Some(Parameter { name, value, interval: Interval { low: low.clamp(0.0, value), high: least } })
}

#[cfg(test)]
mod tests;

//! The families that are fitted, and how their parameters are free: as logarithms, so that none leaves its range.

use serde::{Deserialize, Serialize};

use super::observation::Sample;
use crate::base::distribution::Distribution;

/// A family of distributions, as `base::distribution::Distribution` spells them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Family {
    /// Memoryless: the mean.
    Exponential,
    /// The logarithm is normal: median and sigma.
    Lognormal,
    /// Shape and scale.
    Gamma,
    /// Shape and scale.
    Weibull,
    /// A power law above a smallest value: min and shape.
    Pareto,
    /// Two lognormal parts, the second one slower: its weight, and median and sigma of both.
    TwoLognormals,
}

impl Family {
    /// Every family.
    pub const ALL: [Self; 6] =
        [Self::Exponential, Self::Lognormal, Self::Gamma, Self::Weibull, Self::Pareto, Self::TwoLognormals];

    /// What the family is called in a report.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Exponential => "exponential",
            Self::Lognormal => "lognormal",
            Self::Gamma => "gamma",
            Self::Weibull => "Weibull",
            Self::Pareto => "Pareto",
            Self::TwoLognormals => "two lognormals",
        }
    }

    /// How many parameters are fitted, a minimum latency among them if it is `shifted`.
    pub const fn free(self, shifted: bool) -> u64 {
        let own = match self {
            Self::Exponential => 1,
            Self::Lognormal | Self::Gamma | Self::Weibull | Self::Pareto => 2,
            Self::TwoLognormals => 5,
        };
        if shifted { own + 1 } else { own }
    }

    /// Whether a smallest value below all observations can be told from the rest of the parameters: not where the family
    /// has one itself, and not where two parts bend the lower tail already.
    pub const fn can_be_shifted(self) -> bool {
        !matches!(self, Self::Pareto | Self::TwoLognormals)
    }
}

/// Where the support of a model begins.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Lowest {
    /// At 0.
    Zero,
    /// At a known value: the smallest observation, which is itself the estimate.
    Known(f64),
    /// Below this value, the smallest observation: the last parameter is the logarithm of the distance.
    Below(f64),
}

/// A family with its lowest value: from free parameters to a distribution and back to what they are called.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Model {
    pub(super) family: Family,
    pub(super) lowest: Lowest,
}

/// From a free parameter to the one with a name.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Scale {
    /// The free parameter is the logarithm.
    Log,
    /// The free parameter is the logarithm of the odds.
    LogOdds,
    /// The free parameter is the logarithm of the distance below this value.
    Below(f64),
}

impl Scale {
    pub(super) fn value(self, free: f64) -> f64 {
        match self {
            Self::Log => libm::exp(free),
            Self::LogOdds => 1.0 / (1.0 + libm::exp(-free)),
            Self::Below(top) => (top - libm::exp(free)).max(0.0),
        }
    }
}

impl Model {
    /// The name and scale of each free parameter, in order.
    pub(super) fn parameters(&self) -> Vec<(&'static str, Scale)> {
        let names: &[_] = match self.family {
            Family::Exponential => &["mean"],
            Family::Lognormal => &["median", "sigma"],
            Family::Gamma | Family::Weibull => &["shape", "scale"],
            Family::Pareto => &["shape"],
            Family::TwoLognormals => &["slow share", "median", "sigma", "slow median", "slow sigma"],
        };
        let scale =
            |name: &&'static str| (*name, if *name == "slow share" { Scale::LogOdds } else { Scale::Log });
        let by = match self.lowest {
            Lowest::Below(top) => Some(("by", Scale::Below(top))),
            Lowest::Zero | Lowest::Known(_) => None,
        };
        names.iter().map(scale).chain(by).collect()
    }

    /// The distribution with these free parameters.
    pub(super) fn distribution(&self, free: &[f64]) -> Distribution {
        let value = |index: usize| libm::exp(free[index]);
        let of = match self.family {
            Family::Exponential => Distribution::Exponential { mean: value(0) },
            Family::Lognormal => Distribution::Lognormal { median: value(0), sigma: value(1) },
            Family::Gamma => Distribution::Gamma { shape: value(0), scale: value(1) },
            Family::Weibull => Distribution::Weibull { shape: value(0), scale: value(1) },
            Family::Pareto => {
                let min = if let Lowest::Known(min) = self.lowest { min } else { 1.0 };
                return Distribution::Pareto { min, shape: value(0) };
            }
            Family::TwoLognormals => {
                let slow = Scale::LogOdds.value(free[0]);
                let part =
                    |first: usize| Distribution::Lognormal { median: value(first), sigma: value(first + 1) };
                Distribution::Mixture { parts: vec![(1.0 - slow, part(1)), (slow, part(3))] }
            }
        };
        let by = match self.lowest {
            Lowest::Zero => return of,
            Lowest::Known(by) => by,
            Lowest::Below(top) => top - libm::exp(free[free.len() - 1]),
        };
        Distribution::Shifted { by, of: Box::new(of) }
    }

    /// Where to begin, by moments of the values above `by` and of their logarithms: for what is exact throughout this is
    /// the maximum of the exponential, lognormal and Pareto families already.
    pub(super) fn start(&self, sample: &Sample, by: f64) -> Vec<f64> {
        // A Pareto's minimum is not taken off its values.
        let off = if self.family == Family::Pareto { 0.0 } else { by };
        let moments = Moments::of(sample, by, off);
        let spread = moments.spread.max(1e-9);
        match self.family {
            // With censoring too: all the time that was seen, over the ends in it.
            Family::Exponential => vec![libm::log(moments.total / (sample.ended() as f64).max(1.0))],
            Family::Lognormal | Family::TwoLognormals => vec![moments.log, libm::log(spread)],
            Family::Gamma => {
                // T. P. Minka, "Estimating a gamma distribution", 2002: within 1.5 % of the maximum.
                let s = (libm::log(moments.mean) - moments.log).max(1e-12);
                let shape = (3.0 - s + ((s - 3.0) * (s - 3.0) + 24.0 * s).sqrt()) / (12.0 * s);
                vec![libm::log(shape), libm::log(moments.mean / shape)]
            }
            Family::Weibull => {
                // The logarithm has standard deviation pi / (sqrt 6 shape) and mean ln scale - gamma / shape.
                let shape = 1.282_549_830_161_864 / spread;
                vec![libm::log(shape), moments.log + 0.577_215_664_901_532_9 / shape]
            }
            Family::Pareto => {
                let above = (moments.log - libm::log(by)) * moments.count;
                vec![libm::log(sample.ended() as f64 / above.max(1e-300))]
            }
        }
    }

    /// How far each parameter moves before the likelihood changes visibly, to begin with.
    pub(super) fn spans(&self, start: &[f64]) -> Vec<f64> {
        let mut spans = vec![0.01; start.len()];
        if self.family == Family::Lognormal {
            // The median moves on the scale of sigma.
            spans[0] = 0.01 * libm::exp(start[1]);
        }
        if self.family == Family::TwoLognormals {
            (spans[1], spans[3]) = (0.01 * libm::exp(start[2]), 0.01 * libm::exp(start[4]));
        }
        if matches!(self.family, Family::Weibull | Family::Gamma) {
            spans[1] = 0.01 / libm::exp(start[0]).max(1.0).sqrt();
        }
        spans
    }
}

/// Rough moments of a sample.
struct Moments {
    count: f64,
    /// The sum and mean of the values.
    total: f64,
    mean: f64,
    /// Mean and standard deviation of the logarithms.
    log: f64,
    spread: f64,
}

impl Moments {
    /// Of the values above `lowest`, less `off`.
    fn of(sample: &Sample, lowest: f64, off: f64) -> Self {
        let above = || sample.rough().filter(|(value, _)| *value > lowest);
        let values = || above().map(|(value, count)| (value - off, count));
        let mean_of = |of: &dyn Fn(f64) -> f64| {
            let sums = values()
                .fold((0.0, 0.0), |(sum, all), (value, count)| (sum + of(value) * count, all + count));
            (sums.0 / sums.1.max(1.0), sums.1)
        };
        let (mean, count) = mean_of(&|value| value);
        let (log, _) = mean_of(&libm::log);
        let (variance, _) = mean_of(&|value| (libm::log(value) - log) * (libm::log(value) - log));
        Self { count, total: mean * count, mean, log, spread: variance.sqrt() }
    }
}

//! Distributions as data, and samplers whose bits no platform changes.
//!
//! One 64-bit word in, one value out, by the inverse of the distribution function: the coupling between two
//! policies or two parameters is monotone, and every draw takes exactly one word.

use serde::{Deserialize, Serialize};

mod gamma;
pub mod incomplete_gamma;
mod normal;
mod prepare;
mod quantile;
mod sampler;
mod table;
mod truncate;
mod word;

pub use sampler::{Impossible, Sampler};

/// A distribution of non-negative values with every parameter explicit. The unit is the caller's:
/// microseconds for durations, a plain number for factors.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Distribution {
    /// Always `value`.
    Constant {
        /// The value.
        value: f64,
    },
    /// Every value between two bounds is equally likely.
    Uniform {
        /// The lower bound.
        min: f64,
        /// The upper bound.
        max: f64,
    },
    /// Memoryless.
    Exponential {
        /// The mean.
        mean: f64,
    },
    /// The logarithm is normal.
    Lognormal {
        /// The median.
        median: f64,
        /// The standard deviation of the logarithm.
        sigma: f64,
    },
    /// A sum of exponentials when the shape is whole.
    Gamma {
        /// The shape, from 0.05 to 1,000,000.
        shape: f64,
        /// The scale; the mean is shape times scale.
        scale: f64,
    },
    /// The stretched exponential.
    Weibull {
        /// The shape; below 1 a heavy tail.
        shape: f64,
        /// The scale, the 63.2 % quantile.
        scale: f64,
    },
    /// A power-law tail.
    Pareto {
        /// The smallest value.
        min: f64,
        /// The tail exponent; the mean is infinite at 1 and below.
        shape: f64,
    },
    /// Measured values, each equally likely; sorted.
    Values {
        /// The values in ascending order.
        values: Vec<f64>,
    },
    /// A quantile table: `(probability, value)` from probability 0 to 1, linear in between.
    Quantiles {
        /// The points in ascending order of both.
        points: Vec<(f64, f64)>,
    },
    /// One of several distributions, chosen by weight.
    Mixture {
        /// Weight and distribution; the weights need not sum to 1.
        parts: Vec<(f64, Distribution)>,
    },
    /// Another distribution moved up by a constant.
    Shifted {
        /// What is added to each value.
        by: f64,
        /// The distribution that is moved.
        of: Box<Distribution>,
    },
    /// Another distribution, conditioned on lying between two bounds.
    Truncated {
        /// The lower bound.
        min: f64,
        /// The upper bound.
        max: f64,
        /// The distribution that is cut.
        of: Box<Distribution>,
    },
}

impl Distribution {
    /// The lognormal distribution with this `median` and 0.99 quantile `p99`, two figures that operators know.
    ///
    /// Both are finite and above 0, and `p99` is at least the median.
    pub fn lognormal_from_p99(median: f64, p99: f64) -> Result<Self, Impossible> {
        let (median, p99) = (prepare::positive("median", median)?, prepare::positive("p99", p99)?);
        if p99 < median {
            let reason = format!("must be at least the median, {median}, not {p99}");
            return Err(Impossible { parameter: "p99", reason });
        }
        Ok(Self::Lognormal { median, sigma: libm::log(p99 / median) / normal::Z99 })
    }

    /// Whether it is always 0, and so has a mean of 0.
    pub fn is_zero(&self) -> bool {
        match self {
            Self::Constant { value } => *value == 0.0,
            Self::Uniform { max, .. } | Self::Truncated { max, .. } if *max == 0.0 => true,
            Self::Values { values } => values.iter().all(|value| *value == 0.0),
            Self::Quantiles { points } => points.iter().all(|(_, value)| *value == 0.0),
            Self::Mixture { parts } => parts.iter().all(|(weight, part)| *weight == 0.0 || part.is_zero()),
            Self::Shifted { by, of } => *by == 0.0 && of.is_zero(),
            Self::Truncated { of, .. } => of.is_zero(),
            Self::Exponential { mean: scale }
            | Self::Lognormal { median: scale, .. }
            | Self::Gamma { scale, .. }
            | Self::Weibull { scale, .. }
            | Self::Pareto { min: scale, .. } => *scale == 0.0,
            Self::Uniform { .. } => false,
        }
    }
}

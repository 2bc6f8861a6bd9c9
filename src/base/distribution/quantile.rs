//! The quantile functions: a word in, the value at u = (word + 1/2) / 2^64 out.

use super::{normal, table::Table, truncate::Truncated, word::probability};

/// A quantile function: what it gives never falls as the word rises, but for rounding.
#[derive(Clone, Debug)]
pub(super) enum Quantile {
    Constant(f64),
    Uniform { min: f64, max: f64 },
    Exponential { mean: f64 },
    Lognormal { median: f64, sigma: f64 },
    Weibull { exponent: f64, scale: f64 },
    Pareto { min: f64, exponent: f64 },
    Table(Table),
    Values(Vec<f64>),
    Points(Vec<(f64, f64)>),
    Shifted { by: f64, of: Box<Quantile> },
    Truncated(Box<Truncated>),
}

impl Quantile {
    pub(super) fn at(&self, word: u64) -> f64 {
        match self {
            Self::Constant(value) => *value,
            Self::Uniform { min, max } => between(*min, *max, probability(word)),
            Self::Exponential { mean } => mean * hazard(word),
            Self::Lognormal { median, sigma } => median * libm::exp(sigma * normal::quantile(word)),
            Self::Weibull { exponent, scale } => scale * libm::pow(hazard(word), *exponent),
            Self::Pareto { min, exponent } => min * libm::exp(exponent * hazard(word)),
            Self::Table(table) => table.at(word),
            Self::Values(values) => values[((u128::from(word) * values.len() as u128) >> 64) as usize],
            Self::Points(points) => on_points(points, probability(word)),
            Self::Shifted { by, of } => by + of.at(word),
            Self::Truncated(truncated) => truncated.at(word),
        }
    }
}

/// -ln(1 - u): the quantile of the exponential distribution with mean 1.
fn hazard(word: u64) -> f64 {
    if word >> 63 == 0 { -libm::log1p(-probability(word)) } else { -libm::log(probability(!word)) }
}

/// The value a share of the way from `min` to `max`, never beyond it by rounding.
fn between(min: f64, max: f64, share: f64) -> f64 {
    (min + (max - min) * share).min(max)
}

/// Linear between the two points round `u`; where several points share a probability the value jumps.
fn on_points(points: &[(f64, f64)], u: f64) -> f64 {
    // u is above the first probability, 0, and at most the last, 1; so both neighbours exist and differ.
    let after = points.partition_point(|(probability, _)| *probability < u);
    let ((p0, v0), (p1, v1)) = (points[after - 1], points[after]);
    between(v0, v1, (u - p0) / (p1 - p0))
}

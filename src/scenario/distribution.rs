//! Distributions as the user writes them, of durations and of plain factors.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use super::{review::Review, samples, source::join};
use crate::base::{
    SimDuration,
    distribution::{Distribution, Impossible, Sampler},
};

/// The delivery of a group that says nothing about it: close to the few samples that were published.
pub(super) const DEFAULT_DELIVERY: Distribution =
    Distribution::Lognormal { median: 100_000.0, sigma: DELIVERY_SIGMA };
/// The latency of a subscription that says nothing about it. Assumed: no figure was published.
pub(super) const DEFAULT_LATENCY: Distribution = DEFAULT_DELIVERY;
/// The time of an event to its rules where nothing is said of it. Assumed: no figure was published.
pub(super) const DEFAULT_EVENT_LATENCY: Distribution =
    Distribution::Lognormal { median: 500_000.0, sigma: DELIVERY_SIGMA };
/// ln(10) / 2.3263...: 99 % below ten times the median.
const DELIVERY_SIGMA: f64 = 0.989_785_370_747_015_8;
/// The time a group that says nothing takes to boot. Assumed: no figure was published.
pub(super) const DEFAULT_REBOOT: Distribution = Distribution::Lognormal { median: 60e6, sigma: 0.3 };

/// A distribution of durations.
pub type Written = Choice<SimDuration>;
/// A distribution of factors.
pub type WrittenFactor = Choice<Factor>;

/// A plain number without a unit, such as 1.5.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Factor(pub f64);

impl JsonSchema for Factor {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Factor".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "number", "minimum": 0 })
    }
}

/// A distribution, or a single value that always comes.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[schemars(rename = "{V}OrDistribution")]
#[serde(untagged)]
pub enum Choice<V> {
    /// Always this value.
    Value(V),
    /// A distribution.
    Shape(Shape<V>),
}

/// A distribution: a table with exactly one of these keys.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[schemars(rename = "{V}Distribution")]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
pub enum Shape<V> {
    /// Always this value.
    Constant(V),
    /// Every value between two bounds is equally likely.
    Uniform {
        /// The lower bound.
        min: V,
        /// The upper bound.
        max: V,
    },
    /// Memoryless.
    Exponential {
        /// The mean.
        mean: V,
    },
    /// The logarithm is normal. Give `sigma` or `p99`.
    Lognormal {
        /// The median.
        median: V,
        /// The standard deviation of the logarithm.
        sigma: Option<f64>,
        /// The value that 99 % stay below.
        p99: Option<V>,
    },
    /// A sum of exponentials when the shape is whole. Give `scale` or `mean`.
    Gamma {
        /// The shape.
        shape: f64,
        /// The scale; the mean is shape times scale.
        scale: Option<V>,
        /// The mean.
        mean: Option<V>,
    },
    /// The stretched exponential.
    Weibull {
        /// The shape; below 1 a heavy tail.
        shape: f64,
        /// The scale, the 63.2 % quantile.
        scale: V,
    },
    /// A power-law tail.
    Pareto {
        /// The smallest value.
        min: V,
        /// The tail exponent; the mean is infinite at 1 and below.
        shape: f64,
    },
    /// Measured values, each equally likely.
    #[schemars(bound = "V: JsonSchema")]
    Values(Vec<V>),
    /// Pairs of probability and value from probability 0 to 1, linear in between.
    Quantiles(Vec<(f64, V)>),
    /// Measured values from a column of a CSV file beside the scenario.
    Csv {
        /// The file's name.
        file: String,
        /// The column's name in the first row.
        column: String,
        /// The unit of the column, for durations: `s`, `ms`, `us`, `min` or `h`. Default: `s`.
        unit: Option<CsvUnit>,
    },
    /// One of several distributions, chosen by weight.
    Mixture(Vec<Part<V>>),
    /// Another distribution moved up by a constant.
    Shifted {
        /// What is added to each value.
        by: V,
        /// The distribution that is moved.
        of: Box<Choice<V>>,
    },
    /// Another distribution, conditioned on lying between two bounds, or on one side of one.
    Truncated {
        /// The lower bound; without it there is none.
        min: Option<V>,
        /// The upper bound; without it there is none.
        max: Option<V>,
        /// The distribution that is cut.
        of: Box<Choice<V>>,
    },
}

/// A distribution of a mixture.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[schemars(rename = "{V}MixturePart")]
#[serde(deny_unknown_fields)]
pub struct Part<V> {
    /// The weight; weights need not sum to 1.
    pub weight: f64,
    /// The distribution.
    pub of: Choice<V>,
}

/// The unit of a column of durations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum CsvUnit {
    /// Microseconds.
    Us,
    /// Milliseconds.
    Ms,
    /// Seconds.
    S,
    /// Minutes.
    Min,
    /// Hours.
    H,
}

/// How a written value becomes a number.
#[derive(Clone, Copy)]
pub(super) struct Measure<V> {
    /// The number of a value.
    number: fn(&V) -> f64,
    /// What to say behind such a number.
    unit: &'static str,
    /// The number that a CSV unit stands for; `None` refuses the unit.
    csv: fn(Option<CsvUnit>) -> Option<f64>,
}

/// Durations, in microseconds.
pub(super) const MICROSECONDS: Measure<SimDuration> = Measure {
    number: |duration| duration.0 as f64,
    unit: " (in microseconds)",
    csv: |unit| {
        Some(match unit.unwrap_or(CsvUnit::S) {
            CsvUnit::Us => 1.0,
            CsvUnit::Ms => 1e3,
            CsvUnit::S => 1e6,
            CsvUnit::Min => 60e6,
            CsvUnit::H => 3600e6,
        })
    },
};

/// Factors, as they are.
pub(super) const PLAIN: Measure<Factor> =
    Measure { number: |factor| factor.0, unit: "", csv: |unit| unit.is_none().then_some(1.0) };

impl<V: Copy> Choice<V> {
    /// The distribution with every parameter explicit; faults go to the review.
    pub(super) fn resolve(
        &self,
        measure: Measure<V>,
        pointer: &str,
        review: &mut Review<'_>,
    ) -> Option<Distribution> {
        let (shape, kind) = match self {
            Self::Value(value) => return Some(Distribution::Constant { value: (measure.number)(value) }),
            Self::Shape(shape) => (shape, shape.kind()),
        };
        let inside = join(pointer, kind);
        let distribution = shape.resolve(measure, &inside, review)?;
        match Sampler::new(&distribution) {
            Ok(_) => Some(distribution),
            Err(impossible) => impossible_shape(&impossible, measure.unit, &inside, review),
        }
    }
}

impl<V: Copy> Shape<V> {
    fn kind(&self) -> &'static str {
        match self {
            Self::Constant(_) => "constant",
            Self::Uniform { .. } => "uniform",
            Self::Exponential { .. } => "exponential",
            Self::Lognormal { .. } => "lognormal",
            Self::Gamma { .. } => "gamma",
            Self::Weibull { .. } => "weibull",
            Self::Pareto { .. } => "pareto",
            Self::Values(_) => "values",
            Self::Quantiles(_) => "quantiles",
            Self::Csv { .. } => "csv",
            Self::Mixture(_) => "mixture",
            Self::Shifted { .. } => "shifted",
            Self::Truncated { .. } => "truncated",
        }
    }

    fn resolve(&self, measure: Measure<V>, pointer: &str, review: &mut Review<'_>) -> Option<Distribution> {
        let number = measure.number;
        Some(match self {
            Self::Constant(value) => Distribution::Constant { value: number(value) },
            Self::Uniform { min, max } => Distribution::Uniform { min: number(min), max: number(max) },
            Self::Exponential { mean } => Distribution::Exponential { mean: number(mean) },
            Self::Lognormal { median, sigma, p99 } => {
                let median = number(median);
                match (sigma, p99.as_ref().map(number)) {
                    (Some(sigma), None) => Distribution::Lognormal { median, sigma: *sigma },
                    (None, Some(p99)) => match Distribution::lognormal_from_p99(median, p99) {
                        Ok(lognormal) => lognormal,
                        Err(impossible) => {
                            return impossible_shape(&impossible, measure.unit, pointer, review);
                        }
                    },
                    (both, _) => return one_of(both.is_some(), "sigma", "p99", pointer, review),
                }
            }
            Self::Gamma { shape, scale, mean } => {
                match (scale.as_ref().map(number), mean.as_ref().map(number)) {
                    (Some(scale), None) => Distribution::Gamma { shape: *shape, scale },
                    (None, Some(mean)) => Distribution::Gamma { shape: *shape, scale: mean / shape },
                    (both, _) => return one_of(both.is_some(), "scale", "mean", pointer, review),
                }
            }
            Self::Weibull { shape, scale } => Distribution::Weibull { shape: *shape, scale: number(scale) },
            Self::Pareto { min, shape } => Distribution::Pareto { min: number(min), shape: *shape },
            Self::Values(values) => measured(values.iter().map(number).collect()),
            Self::Quantiles(points) => Distribution::Quantiles {
                points: points.iter().map(|(at, value)| (*at, number(value))).collect(),
            },
            Self::Csv { file, column, unit } => {
                let Some(scale) = (measure.csv)(*unit) else {
                    review.error(&join(pointer, "unit"), "a factor has no unit", "leave `unit` out");
                    return None;
                };
                measured(samples::read(file, column, scale, pointer, review)?)
            }
            Self::Mixture(parts) => {
                let part = |(at, part): (usize, &Part<V>)| {
                    let of = part.of.resolve(measure, &format!("{pointer}/{at}/of"), review)?;
                    Some((part.weight, of))
                };
                Distribution::Mixture { parts: parts.iter().enumerate().map(part).collect::<Option<_>>()? }
            }
            Self::Shifted { by, of } => {
                let of = of.resolve(measure, &join(pointer, "of"), review)?;
                Distribution::Shifted { by: number(by), of: Box::new(of) }
            }
            Self::Truncated { min, max, of } => {
                let of = of.resolve(measure, &join(pointer, "of"), review)?;
                if min.is_none() && max.is_none() {
                    review.error(pointer, "truncated without a bound", "give `min`, `max` or both");
                    return None;
                }
                let min = min.as_ref().map_or(0.0, number);
                Distribution::Truncated { min, max: max.as_ref().map_or(f64::MAX, number), of: Box::new(of) }
            }
        })
    }
}

fn measured(mut values: Vec<f64>) -> Distribution {
    values.sort_by(f64::total_cmp);
    Distribution::Values { values }
}

/// Reports why a distribution cannot exist, at the parameter where the scenario has it.
fn impossible_shape<T>(
    impossible: &Impossible,
    unit: &str,
    pointer: &str,
    review: &mut Review<'_>,
) -> Option<T> {
    let message =
        format!("there is no such distribution: `{}` {}{unit}", impossible.parameter, impossible.reason);
    review.error(&join(pointer, impossible.parameter), message, "");
    None
}

fn one_of<T>(both: bool, one: &str, other: &str, pointer: &str, review: &mut Review<'_>) -> Option<T> {
    let found = if both {
        format!("both `{one}` and `{other}` are given")
    } else {
        format!("neither `{one}` nor `{other}` is given")
    };
    review.error(pointer, found, format!("give exactly one of `{one}` and `{other}`"));
    None
}

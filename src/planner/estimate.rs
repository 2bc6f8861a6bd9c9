//! Estimates from observations, each with its interval.

use serde::Serialize;

use super::CONFIDENCE;
use crate::measure::{
    Spread,
    interval::{self, Interval, Moments},
};

/// A mean over replications, and quantiles of them by nearest rank. Times are microseconds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Estimate {
    /// Over so many replications.
    pub count: u64,
    /// The mean.
    pub mean: f64,
    /// The median.
    pub p50: u64,
    /// 95 %.
    pub p95: u64,
    /// 99 %.
    pub p99: u64,
    /// The largest.
    pub max: u64,
    /// Where the true mean lies; absent of a single replication.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interval: Option<Interval>,
}

/// A share of the replications.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct ShareEstimate {
    /// In so many replications it was the case.
    pub count: u64,
    /// Of so many.
    pub of: u64,
    /// Where the true share lies (Wilson).
    pub interval: Interval,
}

/// What one setting's objective is above another's, replication by replication on the same luck.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Difference {
    /// Over so many pairs.
    pub pairs: u64,
    /// The mean difference.
    pub mean: f64,
    /// Where the true mean difference lies; absent of fewer than two pairs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interval: Option<Interval>,
    /// Whether nothing else can be said than that they are alike: the interval holds zero, or lies within the share of
    /// indifference.
    pub is_tie: bool,
}

impl Estimate {
    /// What some values come to; `None` of none.
    pub fn of(values: Vec<u64>) -> Option<Self> {
        let moments = Moments::of(values.iter().map(|value| signed(*value)));
        let interval = interval::of_mean(&moments, CONFIDENCE);
        let Spread { count, mean, p50, p95, p99, max, .. } = Spread::of_values(values)?;
        Some(Self { count, mean, p50, p95, p99, max, interval })
    }
}

impl ShareEstimate {
    /// So many of so many.
    pub fn of(count: u64, of: u64) -> Self {
        Self { count, of, interval: interval::of_share(count, of, CONFIDENCE) }
    }

    /// The share itself; 0 of none.
    pub fn share(&self) -> f64 {
        if self.of == 0 { 0.0 } else { self.count as f64 / self.of as f64 }
    }
}

/// The moments of the differences of pairs. A pair of which one value is missing says nothing.
pub(super) fn differences<'a>(
    one: impl Iterator<Item = Option<u64>> + 'a,
    other: impl Iterator<Item = Option<u64>> + 'a,
) -> Moments {
    let pairs = one.zip(other).filter_map(|(one, other)| Some((one?, other?)));
    Moments::of(pairs.map(|(one, other)| signed(one) - signed(other)))
}

fn signed(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

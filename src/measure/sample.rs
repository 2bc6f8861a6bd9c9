//! The values of one metric over replications, in bounded memory.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{
    cells::Cells,
    gaps,
    interval::{self, Interval, Moments},
};

/// So many different values are kept apart. Of more, cells count that are 0.1 % wide.
const MOST_VALUES: usize = 100_000;

/// A sample of times, in microseconds, or of counts. Every number it tells is a function of the values alone, in whatever
/// order and parts they came.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Sample {
    moments: Moments,
    extremes: Option<(u64, u64)>,
    values: Values,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum Values {
    /// How often each value occurred.
    Exact(Counts),
    /// How often each cell did.
    Rounded(Cells),
}

impl Default for Values {
    fn default() -> Self {
        Self::Exact(Counts::default())
    }
}

/// Values, each with its count.
#[derive(Clone, Debug, Default, PartialEq)]
struct Counts(BTreeMap<u64, u64>);

impl Serialize for Counts {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        gaps::serialize(self.iter(), serializer)
    }
}

impl<'de> Deserialize<'de> for Counts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self(gaps::deserialize(deserializer, u64::MAX)?.into_iter().collect()))
    }
}

impl Counts {
    fn iter(&self) -> impl Iterator<Item = (u64, u64)> {
        self.0.iter().map(|(&value, &count)| (value, count))
    }
}

impl FromIterator<u64> for Sample {
    fn from_iter<I: IntoIterator<Item = u64>>(values: I) -> Self {
        let mut sample = Self::default();
        values.into_iter().for_each(|value| sample.add(value));
        sample
    }
}

impl Sample {
    /// Takes in one more value.
    pub fn add(&mut self, value: u64) {
        self.add_many(value, 1);
    }

    /// Takes in another sample.
    pub fn merge(&mut self, other: &Self) {
        match &other.values {
            Values::Exact(counts) => counts.iter().for_each(|(value, count)| self.add_many(value, count)),
            Values::Rounded(cells) => {
                self.round().merge(cells);
                self.moments.merge(&other.moments);
                other.extremes.into_iter().for_each(|(min, max)| self.widen(min, max));
            }
        }
    }

    /// How many values.
    pub fn count(&self) -> u64 {
        self.moments.count
    }

    /// Number, sum and sum of squares.
    pub fn moments(&self) -> &Moments {
        &self.moments
    }

    /// The smallest and the largest value; `None` of none.
    pub fn extremes(&self) -> Option<(u64, u64)> {
        self.extremes
    }

    /// The values in order, each with how often it occurs; of very many different ones those that their cells begin with.
    pub fn counts(&self) -> Vec<(u64, u64)> {
        match &self.values {
            Values::Exact(counts) => counts.iter().collect(),
            Values::Rounded(cells) => cells.iter().collect(),
        }
    }

    /// The value with this rank in sorted order, from 1 to the number of values.
    pub fn at_rank(&self, rank: u64) -> u64 {
        let (min, max) = self.extremes.expect("a rank of a sample that has values");
        match &self.values {
            Values::Exact(counts) => at_rank(counts.iter(), rank),
            Values::Rounded(cells) => at_rank(cells.iter(), rank).clamp(min, max),
        }
    }

    /// A quantile by nearest rank: the smallest value with at least this share of the sample at or below it; `None` of no
    /// values.
    pub fn quantile(&self, per_mille: u64) -> Option<u64> {
        let rank = (u128::from(self.count()) * u128::from(per_mille)).div_ceil(1000).max(1);
        (self.count() > 0).then(|| self.at_rank(rank as u64))
    }

    /// The interval for the mean of what the values were drawn from; `None` of fewer than two.
    pub fn mean_interval(&self, confidence: f64) -> Option<Interval> {
        interval::of_mean(&self.moments, confidence)
    }

    /// The interval for a quantile of what the values were drawn from; `None` where they are too few.
    pub fn quantile_interval(&self, per_mille: u64, confidence: f64) -> Option<Interval> {
        let (low, high) = interval::quantile_ranks(self.count(), per_mille as f64 / 1000.0, confidence)?;
        Some(Interval { low: self.at_rank(low) as f64, high: self.at_rank(high) as f64 })
    }

    fn add_many(&mut self, value: u64, times: u64) {
        self.moments.add_many(value as i64, times);
        self.widen(value, value);
        match &mut self.values {
            Values::Exact(counts) => {
                *counts.0.entry(value).or_insert(0) += times;
                if counts.0.len() > MOST_VALUES {
                    self.round();
                }
            }
            Values::Rounded(cells) => cells.add_many(value, times),
        }
    }

    fn widen(&mut self, min: u64, max: u64) {
        let (low, high) = self.extremes.unwrap_or((min, max));
        self.extremes = Some((low.min(min), high.max(max)));
    }

    /// The cells, which from now on hold the values.
    fn round(&mut self) -> &mut Cells {
        if let Values::Exact(counts) = &self.values {
            let mut cells = Cells::default();
            counts.iter().for_each(|(value, count)| cells.add_many(value, count));
            self.values = Values::Rounded(cells);
        }
        match &mut self.values {
            Values::Rounded(cells) => cells,
            Values::Exact(_) => unreachable!("rounded just now"),
        }
    }
}

/// The value with this rank among values in order, each with how often it occurs.
fn at_rank(values: impl Iterator<Item = (u64, u64)>, rank: u64) -> u64 {
    let mut seen = 0;
    let reaches = |&(_, count): &(u64, u64)| {
        seen += count;
        seen >= rank
    };
    { values }.find(reaches).expect("a rank within the sample").0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_by_nearest_rank() {
        let sample: Sample = (1..=10).rev().collect();
        let quantiles = [1, 500, 501, 900, 950, 1000].map(|per_mille| sample.quantile(per_mille).unwrap());
        assert_eq!(quantiles, [1, 5, 6, 9, 10, 10]);
        assert_eq!(Sample::default().quantile(500), None);
        assert_eq!(sample.quantile_interval(500, 0.95), Some(Interval { low: 2.0, high: 9.0 }));
        assert_eq!(sample.quantile_interval(950, 0.95), None);
    }

    /// Beyond the bound everything stays a function of the values; only quantiles are rounded, by at most 0.1 %.
    #[test]
    fn a_large_sample_is_rounded_alike_in_whatever_parts_it_came() {
        let value = |i: u64| 1_000_000 + i * 7919 % 200_000 * 1000;
        let count = 2 * MOST_VALUES as u64;
        let whole: Sample = (0..count).map(value).collect();
        assert!(matches!(whole.values, Values::Rounded(_)));
        for bounds in [vec![0, 1000, count], vec![0, count - 1, count], vec![0, 70_000, 140_000, count]] {
            let mut merged = Sample::default();
            for part in bounds.windows(2).rev() {
                merged.merge(&(part[0]..part[1]).map(value).collect());
            }
            assert_eq!(merged, whole, "{bounds:?}");
        }
        assert_eq!(whole.extremes(), Some((1_000_000, 200_999_000)));
        for (per_mille, exact) in [(500, 100_999_000_u64), (990, 198_999_000)] {
            let found = whole.quantile(per_mille).unwrap();
            assert!(found.abs_diff(exact) * 1000 <= exact, "{per_mille}: {found}");
        }
    }

    #[test]
    fn a_sample_survives_being_written() {
        let small: Sample = [3, 3, 5_000_000_000].into_iter().collect();
        let large: Sample = (0..MOST_VALUES as u64 + 5).map(|i| i * 3).collect();
        for sample in [Sample::default(), small, large] {
            let text = serde_json::to_string(&sample).unwrap();
            assert_eq!(serde_json::from_str::<Sample>(&text).unwrap(), sample);
        }
    }
}

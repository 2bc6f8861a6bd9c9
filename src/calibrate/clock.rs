//! How fine the clocks were, and what that leaves unknown of a duration.
//!
//! Services tell milliseconds or whole seconds, cut off. A duration between two such times is known to within a unit either
//! way. Where that is little it counts as exact; where it is not, as lying between two looks.

use super::told::Span;
use crate::fit::{Lasted, Observation, Sample, observation::LONGEST};

/// The units that clocks tell in, in microseconds, the coarsest first.
const UNITS: [i64; 3] = [1_000_000, 1_000, 1];

/// A unit of at most this share of the median leaves durations exact.
const FINE: f64 = 0.05;

/// Durations ready for a fit.
#[derive(Clone, Debug, PartialEq)]
pub struct Durations {
    /// The sample.
    pub sample: Sample,
    /// Where the clocks were too coarse to take durations for exact: by how much they may be off, in microseconds.
    pub coarse: Option<u64>,
    /// How many ended before they began, by more than the clocks may differ, or were longer than a scenario can say; they are left out.
    pub impossible: u64,
}

/// Puts spans into a sample. The clocks behind beginnings and ends may differ by `error` microseconds.
pub fn durations(spans: &[Span], error: i64) -> Durations {
    let told: Vec<(i64, i64)> = spans
        .iter()
        .filter_map(|span| match span {
            Span::Told { from, to } => Some((*from, *to)),
            Span::Known(_) => None,
        })
        .collect();
    let (early, late) =
        (unit(told.iter().map(|(from, _)| *from)) + error, unit(told.iter().map(|(_, to)| *to)) + error);
    let most = early.max(late);
    let is_coarse = most > 1 && most as f64 > FINE * median(&told);
    let mut impossible = 0;
    let mut observations = Vec::with_capacity(spans.len());
    for span in spans {
        let lasted = match *span {
            Span::Known(lasted) => Some(lasted),
            Span::Told { from, to } if is_coarse => bounds(to - from, early, late),
            Span::Told { from, to } if to - from > -early => {
                Some(Lasted::Exactly((to - from).max(most / 2).max(1) as u64))
            }
            Span::Told { .. } => None,
        };
        match lasted.filter(|lasted| is_possible(*lasted)) {
            Some(lasted) => observations.push(Observation::once(lasted)),
            None => impossible += 1,
        }
    }
    let sample = Sample::new(observations).unwrap_or_else(|_| Sample::new([]).expect("nothing is a sample"));
    Durations { sample, coarse: is_coarse.then_some(most as u64), impossible }
}

fn bounds(lasted: i64, early: i64, late: i64) -> Option<Lasted> {
    let until = u64::try_from(lasted + late).ok()?;
    let after = (lasted - early).max(0) as u64;
    (after < until).then_some(Lasted::Between { after, until })
}

fn is_possible(lasted: Lasted) -> bool {
    let (Lasted::Exactly(at) | Lasted::AtLeast(at) | Lasted::Between { until: at, .. }) = lasted;
    at <= LONGEST
}

/// The unit of some times: the coarsest that all of them are whole multiples of; the finest of none.
fn unit(times: impl Iterator<Item = i64> + Clone) -> i64 {
    let whole = |unit: &&i64| times.clone().all(|time| time % **unit == 0);
    if times.clone().next().is_none() { 1 } else { UNITS.iter().find(whole).copied().unwrap_or(1) }
}

fn median(told: &[(i64, i64)]) -> f64 {
    let mut lasted: Vec<i64> = told.iter().map(|(from, to)| to - from).collect();
    if lasted.is_empty() {
        return 0.0;
    }
    let middle = lasted.len() / 2;
    *lasted.select_nth_unstable(middle).1 as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(lasted: i64, from: i64) -> Span {
        Span::Told { from, to: from + lasted }
    }

    #[test]
    fn milliseconds_are_fine_for_seconds_and_coarse_for_milliseconds() {
        let long = durations(&[told(20_000_000, 7_001_000), told(30_000_000, 5_000)], 0);
        assert_eq!(long.coarse, None);
        assert_eq!(long.sample, Sample::exact([20_000_000, 30_000_000]).unwrap());
        let short = durations(&[told(3_000, 7_001_000), told(0, 5_000), told(-5_000, 0)], 0);
        assert_eq!((short.coarse, short.impossible), (Some(1_000), 1));
        let looks = |after, until| Observation::once(Lasted::Between { after, until });
        assert_eq!(short.sample, Sample::new([looks(2_000, 4_000), looks(0, 1_000)]).unwrap());
    }

    /// The request in milliseconds, the start in whole seconds: the start may have been up to a second later.
    #[test]
    fn beginnings_and_ends_have_units_of_their_own() {
        let spans =
            [Span::Told { from: 1_500_000, to: 3_000_000 }, Span::Told { from: 1_501_000, to: 2_000_000 }];
        let found = durations(&spans, 0);
        let looks = |after, until| Observation::once(Lasted::Between { after, until });
        let expected = [looks(1_499_000, 2_500_000), looks(498_000, 1_499_000)];
        assert_eq!(found.sample, Sample::new(expected).unwrap());
    }

    #[test]
    fn a_zero_among_long_ones_is_half_a_unit_and_clocks_that_differ_make_all_coarse() {
        let spans = [told(0, 1_000), told(30_000_000, 7_001_000), told(31_000_000, 3_000)];
        assert_eq!(durations(&spans, 0).sample, Sample::exact([500, 30_000_000, 31_000_000]).unwrap());
        assert_eq!(durations(&spans, 2_000_000).coarse, Some(2_001_000));
    }
}

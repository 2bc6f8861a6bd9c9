//! How fine the clocks were, and what that leaves unknown of a duration.
//!
//! Services tell milliseconds or whole seconds, cut off. A duration between two such times is known to within a unit either
//! way. Where that is little it counts as exact; where it is not, as lying between two looks.

use std::collections::BTreeSet;

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
    let units = [unit(told.iter().map(|(from, _)| *from)), unit(told.iter().map(|(_, to)| *to))];
    let [early, late] = match units {
        [Some(early), Some(late)] => [early + error, late + error],
        [one, other] => [one.or(other).unwrap_or(1) + error; 2],
    };
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

/// The unit of some times: the coarsest that all of them are whole multiples of. `None` of a few times, which say nothing: all that
/// is sent in one instant has one.
fn unit(times: impl Iterator<Item = i64>) -> Option<i64> {
    const ENOUGH: usize = 5;
    let (mut at, mut different) = (0, BTreeSet::new());
    for time in times {
        // The last unit is 1, of which everything is a multiple.
        while time % UNITS[at] != 0 {
            at += 1;
        }
        if different.len() < ENOUGH {
            different.insert(time);
        }
    }
    (different.len() == ENOUGH).then_some(UNITS[at])
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

    /// Five durations that begin at times of their own.
    fn spans(lasted: [i64; 5]) -> Vec<Span> {
        let begins = [1_000, 5_000, 7_001_000, 8_123_000, 9_000_000];
        begins.into_iter().zip(lasted).map(|(from, lasted)| Span::Told { from, to: from + lasted }).collect()
    }

    fn looks(looks: &[(u64, u64)]) -> Sample {
        let looks = looks.iter().map(|&(after, until)| Observation::once(Lasted::Between { after, until }));
        Sample::new(looks).unwrap()
    }

    #[test]
    fn milliseconds_are_fine_for_seconds_and_coarse_for_milliseconds() {
        let seconds = [20, 30, 31, 32, 33].map(|second| second * 1_000_000);
        let long = durations(&spans(seconds), 0);
        assert_eq!(long.coarse, None);
        assert_eq!(long.sample, Sample::exact(seconds.map(|lasted| lasted as u64)).unwrap());
        let short = durations(&spans([3_000, 0, -5_000, 2_000, 1_000]), 0);
        assert_eq!((short.coarse, short.impossible), (Some(1_000), 1));
        assert_eq!(short.sample, looks(&[(2_000, 4_000), (0, 1_000), (1_000, 3_000), (0, 2_000)]));
    }

    /// Requests in milliseconds, starts in whole seconds: a start may have been up to a second later.
    #[test]
    fn beginnings_and_ends_have_units_of_their_own() {
        let spans: Vec<Span> =
            (0..5).map(|at| Span::Told { from: at * 1_001_000, to: at * 1_000_000 + 2_000_000 }).collect();
        let found = durations(&spans, 0);
        let expected = [0, 1, 2, 3, 4].map(|at: u64| (1_999_000 - at * 1_000, 3_000_000 - at * 1_000));
        assert_eq!(found.sample, looks(&expected));
    }

    /// What is sent at once has one time, which says nothing of the clock; the other end does.
    #[test]
    fn one_time_is_no_coarse_clock() {
        let spans: Vec<Span> =
            [250_000, 251_000, 262_000, 273_000, 280_000].map(|to| Span::Told { from: 0, to }).into();
        assert_eq!(durations(&spans, 0).coarse, None);
        assert_eq!(durations(&spans[..2], 0).coarse, None);
    }

    #[test]
    fn a_zero_among_long_ones_is_half_a_unit_and_clocks_that_differ_make_all_coarse() {
        let lasted = [0, 30_000_000, 31_000_000, 32_000_000, 33_000_000];
        let exact = lasted.map(|lasted| lasted.max(500) as u64);
        assert_eq!(durations(&spans(lasted), 0).sample, Sample::exact(exact).unwrap());
        assert_eq!(durations(&spans(lasted), 2_000_000).coarse, Some(2_001_000));
    }
}

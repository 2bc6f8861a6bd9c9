//! Chances: how many of how many, with Wilson's interval.

use serde::Serialize;

use crate::measure::{Interval, interval::of_share};

/// A chance as it was observed.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Share {
    /// How often it happened.
    pub happened: u64,
    /// How often it could have.
    pub of: u64,
    /// The estimate, from 0 to 1; `None` if it never could have.
    pub share: Option<f64>,
    /// Wilson's interval for the chance; from 0 to 1 if it never could have happened.
    pub interval: Interval,
}

/// How likely something is that happened so often of so many times, each for itself.
///
/// Of failures: what has not ended has not failed yet, so count them among those that ended, and only if long and short
/// ones are seen to end alike; where a time-out ends the long ones, being late is an outcome of its own.
pub fn share(happened: u64, of: u64, confidence: f64) -> Share {
    let happened = happened.min(of);
    let share = (of > 0).then(|| happened as f64 / of as f64);
    Share { happened, of, share, interval: of_share(happened, of, confidence) }
}

/// The chance of each of several outcomes that exclude each other.
pub fn shares(happened: &[u64], confidence: f64) -> Vec<Share> {
    let of = happened.iter().sum();
    happened.iter().map(|count| share(*count, of, confidence)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// R. G. Newcombe, "Two-sided confidence intervals for the single proportion", 1998, table I: 81 of 263, 15 of 148,
    /// 0 of 20 and 1 of 29 by the score method without continuity correction.
    #[test]
    fn published_intervals() {
        for (happened, of, low, high) in [
            (81, 263, 0.2553, 0.3662),
            (15, 148, 0.0624, 0.1605),
            (0, 20, 0.0, 0.1611),
            (1, 29, 0.0061, 0.1718),
        ] {
            let found = share(happened, of, 0.95);
            let near = |found: f64, expected: f64| (found - expected).abs() < 5e-5;
            assert!(near(found.interval.low, low) && near(found.interval.high, high), "{found:?}");
        }
    }

    #[test]
    fn outcomes_share_the_whole() {
        let found = shares(&[70, 20, 10], 0.95);
        assert_eq!(found.iter().map(|one| one.share.unwrap()).collect::<Vec<_>>(), [0.7, 0.2, 0.1]);
        assert_eq!(share(0, 0, 0.95).share, None);
    }
}

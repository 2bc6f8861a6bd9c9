//! A distribution straight from the curve: a quantile table of a bounded number of points.

use serde::Serialize;

use super::curve::Curve;
use crate::base::distribution::Distribution;

/// A quantile table and how exact it is.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Empirical {
    /// A `Quantiles` table, in microseconds.
    pub distribution: Distribution,
    /// By how much the shares of durations below any one length differ at most between the table and the curve, at its
    /// steps: what the bounded number of points costs.
    pub error: f64,
    /// The share of durations of which no end was seen. The table puts them at the longest duration seen, which is too
    /// short for them: what is above the quantile at 1 - `unseen` is unknown.
    pub unseen: f64,
}

/// The shares at which quantiles are taken: every hundredth, and finer towards the ends. Between two of them both functions
/// rise by the same, so neither is off by more than a hundredth.
fn shares() -> impl Iterator<Item = f64> {
    const FINE: [f64; 6] = [0.0001, 0.0005, 0.001, 0.002, 0.005, 0.0075];
    let low = FINE.into_iter();
    let high = FINE.into_iter().rev().map(|share| 1.0 - share);
    low.chain((1..100).map(|percent| f64::from(percent) / 100.0)).chain(high)
}

/// The table of a curve.
pub fn empirical(curve: &Curve) -> Option<Empirical> {
    let (first, unseen) = (curve.steps.first()?.after as f64, curve.unseen());
    let mut points = vec![(0.0, first)];
    points.extend(shares().filter_map(|share| Some((share, curve.value_at(share)?))));
    // The end of what was seen; where it is not all, the rest stands at the longest duration.
    let last = curve.steps.last()?.until as f64;
    if unseen > 0.0 {
        points.push((1.0 - unseen, last));
        points.push((1.0 - unseen, curve.longest as f64));
        points.push((1.0, curve.longest as f64));
    } else {
        points.push((1.0, last));
    }
    points.dedup();
    let error = largest_gap(curve, &points);
    Some(Empirical { distribution: Distribution::Quantiles { points }, error, unseen })
}

/// The largest difference at any step, not counting the step itself: a table has no steps.
fn largest_gap(curve: &Curve, points: &[(f64, f64)]) -> f64 {
    let gaps = curve.steps.iter().enumerate().map(|(index, step)| {
        let (before, after) = (1.0 - curve.above_before(index), 1.0 - step.above);
        let at = step.until as f64;
        // From the first to the last share that the table gives this value.
        let low = share_at(points, at, |value, at| value < at);
        let high = share_at(points, at, |value, at| value <= at);
        (before - high).max(low - after).max(0.0)
    });
    gaps.fold(0.0, f64::max)
}

/// The share of a table at a value, as a limit from below or from above.
fn share_at(points: &[(f64, f64)], at: f64, is_before: impl Fn(f64, f64) -> bool) -> f64 {
    let next = points.partition_point(|(_, value)| is_before(*value, at));
    match (next.checked_sub(1), points.get(next)) {
        (None, _) => 0.0,
        (_, None) => 1.0,
        (Some(before), Some((q, w))) => {
            let (p, v) = points[before];
            p + (q - p) * (at - v) / (w - v)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        base::distribution::Sampler,
        fit::{Lasted, Observation, Sample, curve},
    };

    /// 10,000 values of a curve with a closed form, t = 1 s * (1 + 9 u^3): the table is within a hundredth of it and has
    /// few points.
    #[test]
    fn a_table_is_within_a_hundredth() {
        let value = |u: f64| ((1.0 + 9.0 * u * u * u) * 1e6) as u64;
        let sample = Sample::exact((0..10_000).map(|index| value((f64::from(index) + 0.5) / 1e4))).unwrap();
        let table = empirical(&curve(&sample).unwrap()).unwrap();
        assert!(table.error < 0.0025 && table.unseen == 0.0, "{}", table.error);
        let Distribution::Quantiles { points } = &table.distribution else { panic!() };
        assert!(points.len() < 120);
        let sampler = Sampler::new(&table.distribution).unwrap();
        for share in [0.005_f64, 0.1, 0.5, 0.9, 0.99, 0.995] {
            let drawn = sampler.sample((share * 1.844_674_407_370_955_2e19) as u64);
            assert!((drawn / value(share) as f64 - 1.0).abs() < 0.002, "{share}: {drawn}");
        }
    }

    #[test]
    fn what_never_ended_stands_at_the_longest() {
        let exact = (1..=90).map(|at| Observation::once(Lasted::Exactly(at)));
        let cut = Observation { lasted: Lasted::AtLeast(500), count: 10 };
        let table = empirical(&curve(&Sample::new(exact.chain([cut])).unwrap()).unwrap()).unwrap();
        assert!((table.unseen - 0.1).abs() < 1e-12);
        let sampler = Sampler::new(&table.distribution).unwrap();
        assert!(sampler.sample((0.89 * 1.844_674_407_370_955_2e19) as u64) <= 90.0);
        assert!((sampler.sample((0.95 * 1.844_674_407_370_955_2e19) as u64) - 500.0).abs() < 1e-9);
    }

    /// Values on a coarse clock: the table passes through each step and so is not off beyond it.
    #[test]
    fn ties_are_no_error() {
        let sample = Sample::exact((0..1000).map(|index| 1 + index / 250)).unwrap();
        let table = empirical(&curve(&sample).unwrap()).unwrap();
        assert!(table.error < 0.011, "{}", table.error);
    }
}

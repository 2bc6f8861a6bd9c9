//! B. W. Turnbull, "The empirical distribution function with arbitrarily grouped, censored and truncated data", 1976: the
//! likelihood has its maximum with all probability on the innermost intervals, and the EM algorithm finds how much on each.

use super::{
    curve::{Curve, Step},
    observation::{Lasted, Sample},
};

/// After so many steps the curve is taken as it is, and says how far it may be from the maximum.
const STEPS: u32 = 20_000;
/// Good enough: the log-likelihood cannot rise by more than this.
const SHORTFALL: f64 = 1e-4;

/// An end lies later than the first and at the latest at the second, each in half microseconds so that an exact end is an
/// interval too; `u64::MAX` stands for never seen.
type Ends = (u64, u64);

/// A range of innermost intervals, and how many observations lie in it.
struct Range {
    from: usize,
    to: usize,
    count: f64,
}

/// The curve of a sample with any kind of observations.
pub(super) fn curve(sample: &Sample) -> Curve {
    let ends: Vec<(Ends, f64)> =
        sample.observations().iter().map(|one| (ends(one.lasted), one.count as f64)).collect();
    let innermost = innermost(&ends);
    let ranges: Vec<Range> = ends
        .iter()
        .map(|((after, until), count)| Range {
            from: innermost.partition_point(|inner| inner.0 < *after),
            to: innermost.partition_point(|inner| inner.1 <= *until),
            count: *count,
        })
        .collect();
    let (masses, shortfall) = maximise(&ranges, innermost.len());
    let (mut above, mut steps) = (1.0, Vec::new());
    for ((after, until), mass) in innermost.into_iter().zip(masses) {
        above = f64::max(above - mass, 0.0);
        if until < u64::MAX && mass > 1e-12 {
            steps.push(Step { after: after.div_ceil(2), until: until / 2, above, variance: None });
        }
    }
    Curve { steps, longest: sample.longest(), shortfall }
}

/// (2 x - 1, 2 x] for an exact end, (2 after, 2 until] for one between looks, (2 x, never] for none.
fn ends(lasted: Lasted) -> Ends {
    match lasted {
        Lasted::Exactly(at) => (2 * at - 1, 2 * at),
        Lasted::Between { after, until } => (2 * after, 2 * until),
        Lasted::AtLeast(at) => (2 * at, u64::MAX),
    }
}

/// The intervals from a lower end to an upper end with no other end in between, in order.
fn innermost(ends: &[(Ends, f64)]) -> Vec<Ends> {
    // At the same point an upper end comes before a lower one: the intervals are open below and closed above.
    let lower = ends.iter().map(|((after, _), _)| (*after, true));
    let upper = ends.iter().map(|((_, until), _)| (*until, false));
    let mut all: Vec<(u64, bool)> = lower.chain(upper).collect();
    all.sort_unstable();
    all.windows(2).filter(|pair| pair[0].1 && !pair[1].1).map(|pair| (pair[0].0, pair[1].0)).collect()
}

/// The probabilities of so many intervals under which the sample is most likely, and by how much the log-likelihood may
/// still rise.
fn maximise(ranges: &[Range], intervals: usize) -> (Vec<f64>, f64) {
    let whole: f64 = ranges.iter().map(|range| range.count).sum();
    let mut masses = vec![1.0 / intervals as f64; intervals];
    let mut shortfall = f64::INFINITY;
    for _ in 0..STEPS {
        let slopes = slopes(ranges, &masses);
        // No slope above n at the maximum; at most so much is to be gained (B. G. Lindsay, "The geometry of mixture
        // likelihoods", 1983).
        shortfall = slopes.iter().fold(0.0, |most: f64, slope| most.max(slope - whole));
        if shortfall <= SHORTFALL {
            break;
        }
        masses.iter_mut().zip(&slopes).for_each(|(mass, slope)| *mass *= slope / whole);
    }
    (masses, shortfall)
}

/// How fast the log-likelihood rises with the probability of each interval.
fn slopes(ranges: &[Range], masses: &[f64]) -> Vec<f64> {
    let mut sums = vec![0.0; masses.len() + 1];
    for (index, mass) in masses.iter().enumerate() {
        sums[index + 1] = sums[index] + mass;
    }
    let mut changes = vec![0.0; masses.len() + 1];
    for range in ranges {
        let mass =
            if range.to == range.from + 1 { masses[range.from] } else { sums[range.to] - sums[range.from] };
        let share = range.count / mass.max(1e-300);
        changes[range.from] += share;
        changes[range.to] -= share;
    }
    let slopes = changes.iter().scan(0.0, |sum, change| {
        *sum += change;
        Some(*sum)
    });
    slopes.take(masses.len()).collect()
}

//! What two samples differ by, with confidence. Means are compared by Student's t: over the differences of pairs where
//! both runs had the same luck, after Welch where not. Quantiles are compared by order statistics, each side with half
//! of the error allowed (Bonferroni): that assumes no distribution and holds for pairs too.

use crate::{
    measure::{
        Interval, Moments, Spread,
        interval::{of_quantile, student_quantile},
    },
    scenario::threshold::Statistic,
};

/// The values of one metric in both runs.
#[derive(Clone, Debug, PartialEq)]
pub enum Sample {
    /// Of the same replications on the same luck: baseline and candidate of each.
    Pairs(Vec<(u64, u64)>),
    /// Of independent replications.
    Apart(Vec<u64>, Vec<u64>),
}

/// One statistic of two samples. Values are microseconds or counts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Contrast {
    /// Of the baseline.
    pub baseline: f64,
    /// Of the candidate.
    pub candidate: f64,
    /// Where candidate minus baseline lies; `None` where the samples cannot tell.
    pub difference: Option<Interval>,
}

impl Sample {
    /// How many values the two samples have.
    pub fn counts(&self) -> (usize, usize) {
        match self {
            Self::Pairs(pairs) => (pairs.len(), pairs.len()),
            Self::Apart(baseline, candidate) => (baseline.len(), candidate.len()),
        }
    }

    /// Whether every pair is of equals.
    pub fn is_equal(&self) -> bool {
        matches!(self, Self::Pairs(pairs) if pairs.iter().all(|(baseline, candidate)| baseline == candidate))
    }

    /// Where `candidate - ratio * baseline` lies, with this confidence; `None` where the samples cannot tell. A ratio of 1
    /// asks for the difference, one of 1.05 whether the candidate is more than 5 % above (E. C. Fieller, "Some problems in
    /// interval estimation", 1954).
    pub fn interval(&self, statistic: Statistic, ratio: f64, confidence: f64) -> Option<Interval> {
        match share(statistic) {
            Some(share) => self.of_quantiles(share, ratio, confidence),
            None if statistic == Statistic::Mean => self.of_means(ratio, confidence),
            None => None,
        }
    }

    fn of_means(&self, ratio: f64, confidence: f64) -> Option<Interval> {
        let signed = |value: u64| value as i64;
        let (variance, degrees, middle) = match self {
            Self::Pairs(pairs) => {
                let baseline = Moments::of(pairs.iter().map(|pair| signed(pair.0)));
                let candidate = Moments::of(pairs.iter().map(|pair| signed(pair.1)));
                let difference = Moments::of(pairs.iter().map(|pair| signed(pair.1) - signed(pair.0)));
                // c - r b = (c - b) + (1 - r) b, so that a ratio of 1 is exactly about the differences.
                let rest = 1.0 - ratio;
                let (of_both, of_first) = (difference.variance()?, baseline.variance()?);
                let covariance = (candidate.variance()? - of_both - of_first) / 2.0;
                let variance = of_both + 2.0 * rest * covariance + rest * rest * of_first;
                let middle = difference.mean()? + rest * baseline.mean()?;
                (variance.max(0.0) / pairs.len() as f64, pairs.len() as u64 - 1, middle)
            }
            Self::Apart(baseline, candidate) => {
                let moments = |values: &[u64]| Moments::of(values.iter().map(|&value| signed(value)));
                let (first, second) = (moments(baseline), moments(candidate));
                let of_first = ratio * ratio * first.variance()? / first.count as f64;
                let of_second = second.variance()? / second.count as f64;
                let degrees = welch(of_first, first.count, of_second, second.count);
                (of_first + of_second, degrees, second.mean()? - ratio * first.mean()?)
            }
        };
        let reach = student_quantile(0.5 + confidence / 2.0, degrees) * variance.sqrt();
        Some(Interval { low: middle - reach, high: middle + reach })
    }

    fn of_quantiles(&self, share: f64, ratio: f64, confidence: f64) -> Option<Interval> {
        let (baseline, candidate) = self.sorted();
        let each = (1.0 + confidence) / 2.0;
        let (first, second) = (of_quantile(&baseline, share, each)?, of_quantile(&candidate, share, each)?);
        Some(Interval { low: second.low - ratio * first.high, high: second.high - ratio * first.low })
    }

    /// The statistic of both samples, and their difference.
    pub fn contrast(&self, statistic: Statistic, confidence: f64) -> Option<Contrast> {
        let (baseline, candidate) = self.sorted();
        Some(Contrast {
            baseline: point(&baseline, statistic)?,
            candidate: point(&candidate, statistic)?,
            difference: match self.is_equal() {
                true => Some(Interval { low: 0.0, high: 0.0 }),
                false => self.interval(statistic, 1.0, confidence),
            },
        })
    }

    fn sorted(&self) -> (Vec<u64>, Vec<u64>) {
        let (mut baseline, mut candidate) = match self {
            Self::Pairs(pairs) => pairs.iter().copied().unzip(),
            Self::Apart(baseline, candidate) => (baseline.clone(), candidate.clone()),
        };
        baseline.sort_unstable();
        candidate.sort_unstable();
        (baseline, candidate)
    }
}

impl Contrast {
    /// The candidate against the baseline, in percent more; `None` of a baseline of zero.
    pub fn percent(&self) -> Option<f64> {
        (self.baseline != 0.0).then(|| (self.candidate - self.baseline) * 100.0 / self.baseline)
    }
}

/// The share of a quantile; `None` of what is none.
fn share(statistic: Statistic) -> Option<f64> {
    Some(match statistic {
        Statistic::P50 => 0.5,
        Statistic::P90 => 0.9,
        Statistic::P95 => 0.95,
        Statistic::P99 => 0.99,
        Statistic::P999 => 0.999,
        Statistic::Min | Statistic::Mean | Statistic::Max => return None,
    })
}

fn point(sorted: &[u64], statistic: Statistic) -> Option<f64> {
    let spread = Spread::of_sample(&sorted.iter().copied().collect())?;
    Some(spread.get(statistic))
}

/// Degrees of freedom of the difference of two means of samples with different variances (B. L. Welch, "The
/// generalization of Student's problem", 1947), rounded down. The variances are those of the means.
fn welch(first: f64, first_count: u64, second: f64, second_count: u64) -> u64 {
    let sum = first + second;
    let parts = first * first / (first_count - 1) as f64 + second * second / (second_count - 1) as f64;
    if parts > 0.0 { (sum * sum / parts) as u64 } else { first_count + second_count - 2 }.max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn assert_near(interval: Interval, low: f64, high: f64) {
        assert!((interval.low - low).abs() < 1e-3 && (interval.high - high).abs() < 1e-3, "{interval:?}");
    }

    /// Differences 1, 2, 3, 4: mean 2.5, deviation 1.29099, standard error 0.645497, t(3, 0.975) = 3.182446.
    #[test]
    fn pairs_are_compared_by_their_differences() {
        let sample = Sample::Pairs(vec![(100, 101), (200, 202), (300, 303), (400, 404)]);
        assert_near(sample.interval(Statistic::Mean, 1.0, 0.95).unwrap(), 0.44574, 4.55426);
        // Each candidate is 1.01 times its baseline: nothing is left over, and nothing is uncertain.
        assert_near(sample.interval(Statistic::Mean, 1.01, 0.95).unwrap(), 0.0, 0.0);
    }

    /// 10, 12, 14 (variance 4) and 20, 26, 32 (variance 36): difference 14, standard error sqrt(4/3 + 12) = 3.651484; by
    /// Welch (40/3)^2 / ((16/9 + 144) / 2) = 2.439, two degrees: t = 4.302653.
    #[test]
    fn what_is_apart_is_compared_after_welch() {
        let sample = Sample::Apart(vec![10, 12, 14], vec![20, 26, 32]);
        assert_near(sample.interval(Statistic::Mean, 1.0, 0.95).unwrap(), -1.71107, 29.71107);
    }

    /// Of 6 values the median lies between the extremes with 1 - 2/64 = 0.969; of 7 with 0.984, enough for half of 5 %.
    #[test]
    fn quantiles_are_compared_by_order_statistics() {
        let apart = |count: u64| Sample::Apart((1..=count).collect(), (101..=100 + count).collect());
        assert_eq!(apart(6).interval(Statistic::P50, 1.0, 0.95), None);
        assert_near(apart(7).interval(Statistic::P50, 1.0, 0.95).unwrap(), 94.0, 106.0);
        assert_eq!(apart(7).interval(Statistic::Max, 1.0, 0.95), None);
    }

    #[test]
    fn one_value_tells_nothing() {
        let sample = Sample::Pairs(vec![(1, 2)]);
        let contrast = sample.contrast(Statistic::Mean, 0.95).unwrap();
        assert_eq!((contrast.difference, contrast.percent()), (None, Some(100.0)));
        assert_eq!(Sample::Pairs(vec![]).contrast(Statistic::Mean, 0.95), None);
    }
}

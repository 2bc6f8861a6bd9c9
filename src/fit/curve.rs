//! A distribution function as the sample alone says it is: a curve in steps, with intervals.

use serde::Serialize;

use super::{
    kaplan_meier,
    observation::{Lasted, Observation, Sample},
    turnbull,
};
use crate::measure::{Interval, interval::normal_quantile};

/// Where ends were seen, and how many durations are longer.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Step {
    /// The ends of this step lie later than this; for exact ones the same as `until`. In microseconds.
    pub after: u64,
    /// The ends of this step lie at the latest here, in microseconds.
    pub until: u64,
    /// The share of durations that are longer than `until`.
    pub above: f64,
    /// The variance of the logarithm of `above` (M. Greenwood, "The natural duration of cancer", 1926); infinite where
    /// nothing is above. `None` where ends are known only between looks.
    pub variance: Option<f64>,
}

/// The estimated distribution function of a sample, of no family.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Curve {
    /// In ascending order.
    pub steps: Vec<Step>,
    /// The longest duration up to which anything was seen, in microseconds.
    pub longest: u64,
    /// By how much the log-likelihood could still rise at most: 0 where the estimate has a closed form.
    pub shortfall: f64,
}

/// A quantile of a curve.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct SeenQuantile {
    /// Which, from 0 to 1.
    pub share: f64,
    /// The estimate in microseconds; `None` where too many were never seen to end.
    pub value: Option<f64>,
    /// The lower end of its interval, in microseconds.
    pub low: f64,
    /// The upper end; `None` where the sample bounds it by nothing.
    pub high: Option<f64>,
}

/// Estimates the distribution of a sample: Kaplan and Meier's curve, or Turnbull's where ends lie between looks. `None`
/// if no end was seen.
pub fn curve(sample: &Sample) -> Option<Curve> {
    if sample.ended() == 0 {
        return None;
    }
    Some(if sample.is_polled() { turnbull::curve(sample) } else { kaplan_meier::curve(sample) })
}

impl Curve {
    /// The share of durations that are longer than `at` microseconds. Between two looks the curve is taken to be straight.
    pub fn above(&self, at: f64) -> f64 {
        let passed = self.steps.partition_point(|step| step.until as f64 <= at);
        let before = self.above_before(passed);
        match self.steps.get(passed) {
            Some(step) if at > step.after as f64 => {
                let width = (step.until - step.after) as f64;
                before + (step.above - before) * (at - step.after as f64) / width
            }
            _ => before,
        }
    }

    /// The share above the step before the one with this index.
    pub(super) fn above_before(&self, index: usize) -> f64 {
        index.checked_sub(1).map_or(1.0, |before| self.steps[before].above)
    }

    /// The share of durations of which no end was seen: what lies beyond the last step.
    pub fn unseen(&self) -> f64 {
        self.above_before(self.steps.len())
    }

    /// The interval for the share above a step, on the scale of log(-log) (J. D. Kalbfleisch and R. L. Prentice, "The
    /// statistical analysis of failure time data", 1980); `None` where ends are known only between looks. Where nothing is
    /// above, from 0 to the upper end before.
    pub fn band(&self, index: usize, confidence: f64) -> Option<Interval> {
        let step = &self.steps[index];
        let variance = step.variance?;
        if step.above <= 0.0 {
            let high =
                index.checked_sub(1).map_or(Some(1.0), |before| Some(self.band(before, confidence)?.high))?;
            return Some(Interval { low: 0.0, high });
        }
        let log = libm::log(step.above);
        let reach = normal_quantile(0.5 + confidence / 2.0) * variance.sqrt() / -log;
        let end = |exponent: f64| libm::exp(log * libm::exp(exponent));
        Some(Interval { low: end(reach), high: end(-reach) })
    }

    /// The duration that a share lies at or below, straight within a step that lies between looks.
    pub fn value_at(&self, share: f64) -> Option<f64> {
        // A product of shares misses its decimal value by some last bits.
        const SLACK: f64 = 1e-12;
        let above = 1.0 - share;
        let index = self.steps.partition_point(|step| step.above > above + SLACK);
        let (step, before) = (self.steps.get(index)?, self.above_before(index));
        let part = ((before - above) / (before - step.above)).clamp(0.0, 1.0);
        Some(step.after as f64 + (step.until - step.after) as f64 * part)
    }
}

/// A quantile of the curve with its interval: the durations at which the band contains the share (R. Brookmeyer and J.
/// Crowley, "A confidence interval for the median survival time", 1982), on the scale of log(-log).
///
/// Where ends lie between looks, the true durations lie between those samples that end at the earlier and at the later
/// looks, so the lower end of the one and the upper end of the other bound the quantile (exactly so if nothing is
/// right-censored): the interval is never narrower than the looks are apart.
pub fn seen_quantile(sample: &Sample, share: f64, confidence: f64) -> Option<SeenQuantile> {
    let curve = curve(sample)?;
    let value = curve.value_at(share);
    let bounds =
        |sample: &Sample| kaplan_meier::quantile_bounds(&kaplan_meier::curve(sample), share, confidence);
    let (low, high) = if sample.is_polled() {
        (bounds(&ended_at(sample, |after, _| after.max(1))).0, bounds(&ended_at(sample, |_, until| until)).1)
    } else {
        bounds(sample)
    };
    Some(SeenQuantile { share, value, low, high })
}

/// The sample with every end between two looks at one point of time.
fn ended_at(sample: &Sample, at: impl Fn(u64, u64) -> u64) -> Sample {
    let exact = sample.observations().iter().map(|one| {
        let lasted = match one.lasted {
            Lasted::Between { after, until } => Lasted::Exactly(at(after, until)),
            other => other,
        };
        Observation { lasted, count: one.count }
    });
    Sample::merged(exact.collect())
}

#[cfg(test)]
mod tests;

//! Slow instances: how much of the spread of durations belongs to the instance and stays, and how much comes anew each time.
//!
//! The logarithm of a duration is the sum of a mean, a deviation of the instance and a deviation of the run: a one-way
//! random model, estimated by its variances between and within instances (S. R. Searle, G. Casella and C. E. McCulloch,
//! "Variance components", 1992, chapter 3; with unweighted means where instances were seen differently often: J. D. Thomas
//! and R. A. Hultquist, "Interval estimation for the unbalanced case of the one-way random effects model", 1978).

use std::collections::BTreeMap;

use serde::Serialize;

use super::chance::{chi_square_quantile, f_quantile};
use crate::{
    base::distribution::Distribution,
    measure::{Interval, interval::student_quantile},
};

/// One duration of one instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Run {
    /// A number for the instance.
    pub instance: u32,
    /// How long it took exactly, in microseconds; at least 1.
    pub duration: u64,
}

/// An estimate with its interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Estimated {
    /// The estimate.
    pub value: f64,
    /// Where the true value lies.
    pub interval: Interval,
}

/// The spread of durations, taken apart.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Slowness {
    /// How many instances.
    pub instances: u64,
    /// How many durations.
    pub runs: u64,
    /// The median duration of the typical instance, in microseconds: the geometric mean over instances.
    pub median: Estimated,
    /// The standard deviation of the logarithm of the factor by which instances differ; 0 where they differ no more than
    /// chance alone makes them. The interval is that of J. S. Williams ("A confidence interval for variance components",
    /// 1962): at least as sure as asked for if both deviations are normal and runs are independent. Both ends are 0 where
    /// instances are more alike than chance lets them be but for one half of the rest of the confidence.
    pub between: Estimated,
    /// The standard deviation of the logarithm of the durations of one instance.
    pub within: Estimated,
    /// The factor of an instance, with median 1: the `slowness` of a group.
    pub factor: Distribution,
    /// The correlation of one run's deviation with that of the next run of the same instance. Far from 0, runs are not
    /// independent: slow times last, a part of them is mistaken for slow instances, and the intervals are too narrow.
    pub memory: f64,
    /// The durations of a typical instance, in microseconds, in the order of the runs: each without its instance's factor,
    /// and stretched so that the spread within instances is estimated without bias. Instances seen once have none.
    pub rest: Vec<u64>,
}

/// Why the spread cannot be taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unidentifiable {
    /// A difference between instances needs at least two of them.
    OneInstance,
    /// No instance was seen twice: whether an instance is slow or was slow that once cannot be told. All of the spread may
    /// be put into the execution time, or all of it into the slowness; a single command does not see the difference.
    EachSeenOnce,
    /// Durations must be at least 1 microsecond.
    Zero,
}

/// Takes the spread of durations apart. The runs of an instance come in order of time, for `memory`.
pub fn slowness(runs: &[Run], confidence: f64) -> Result<Slowness, Unidentifiable> {
    let mut logs: BTreeMap<u32, Vec<f64>> = BTreeMap::new();
    for run in runs {
        if run.duration == 0 {
            return Err(Unidentifiable::Zero);
        }
        logs.entry(run.instance).or_default().push(libm::log(run.duration as f64));
    }
    if logs.len() < 2 {
        return Err(Unidentifiable::OneInstance);
    }
    if logs.values().all(|logs| logs.len() < 2) {
        return Err(Unidentifiable::EachSeenOnce);
    }
    let variances = Variances::of(&logs);
    let between = variances.between(confidence);
    let factor = match between.value {
        0.0 => Distribution::Constant { value: 1.0 },
        sigma => Distribution::Lognormal { median: 1.0, sigma },
    };
    let reach = student_quantile(0.5 + confidence / 2.0, logs.len() as u64 - 1)
        * (variances.of_means / variances.instances).sqrt();
    Ok(Slowness {
        instances: logs.len() as u64,
        runs: runs.len() as u64,
        median: Estimated {
            value: libm::exp(variances.mean),
            interval: Interval {
                low: libm::exp(variances.mean - reach),
                high: libm::exp(variances.mean + reach),
            },
        },
        between,
        within: variances.within(confidence),
        factor,
        memory: memory(&logs),
        rest: rest(runs, &logs, variances.mean),
    })
}

/// The mean squares of the analysis of variance.
struct Variances {
    instances: f64,
    /// Degrees of freedom between and within instances.
    degrees: (f64, f64),
    /// The mean of the instances' means.
    mean: f64,
    /// The variance of the instances' means.
    of_means: f64,
    /// The mean square within instances.
    within: f64,
    /// The harmonic mean of the number of runs.
    runs: f64,
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

fn squares(values: &[f64]) -> f64 {
    let mean = mean(values);
    values.iter().map(|value| (value - mean) * (value - mean)).sum()
}

impl Variances {
    fn of(logs: &BTreeMap<u32, Vec<f64>>) -> Self {
        let instances = logs.len() as f64;
        let runs: usize = logs.values().map(Vec::len).sum();
        let degrees = (instances - 1.0, runs as f64 - instances);
        let means: Vec<f64> = logs.values().map(|logs| mean(logs)).collect();
        let inverse: f64 = logs.values().map(|logs| 1.0 / logs.len() as f64).sum();
        Self {
            instances,
            degrees,
            mean: mean(&means),
            of_means: squares(&means) / degrees.0,
            within: logs.values().map(|logs| squares(logs)).sum::<f64>() / degrees.1,
            runs: instances / inverse,
        }
    }

    fn between(&self, confidence: f64) -> Estimated {
        let ((over, under), miss) = (self.degrees, 0.5 - confidence / 2.0);
        let squares = self.runs * self.of_means;
        let sigma = |variance: f64| (variance.max(0.0) / self.runs).sqrt();
        let bound =
            |share: f64, f: f64| sigma((squares - self.within * f) * over / chi_square_quantile(share, over));
        let low = bound(1.0 - miss, f_quantile(1.0 - miss, over, under));
        let high = bound(miss, f_quantile(miss, over, under));
        Estimated { value: sigma(squares - self.within), interval: Interval { low, high } }
    }

    fn within(&self, confidence: f64) -> Estimated {
        let (degrees, miss) = (self.degrees.1, 0.5 - confidence / 2.0);
        let bound = |share: f64| (self.within * degrees / chi_square_quantile(share, degrees)).sqrt();
        Estimated {
            value: self.within.sqrt(),
            interval: Interval { low: bound(1.0 - miss), high: bound(miss) },
        }
    }
}

/// The correlation of neighbouring deviations, over all instances.
fn memory(logs: &BTreeMap<u32, Vec<f64>>) -> f64 {
    let (mut products, mut all) = (0.0, 0.0);
    for logs in logs.values() {
        let mean = mean(logs);
        products += logs.windows(2).map(|pair| (pair[0] - mean) * (pair[1] - mean)).sum::<f64>();
        all += squares(logs);
    }
    if all > 0.0 { products / all } else { 0.0 }
}

/// The durations of a typical instance.
fn rest(runs: &[Run], logs: &BTreeMap<u32, Vec<f64>>, typical: f64) -> Vec<u64> {
    let stretched: BTreeMap<u32, (f64, f64)> = logs
        .iter()
        .filter(|(_, logs)| logs.len() > 1)
        .map(|(instance, logs)| {
            let count = logs.len() as f64;
            (*instance, (mean(logs), (count / (count - 1.0)).sqrt()))
        })
        .collect();
    let rest = runs.iter().filter_map(|run| {
        let (mean, stretch) = stretched.get(&run.instance)?;
        let log = typical + (libm::log(run.duration as f64) - mean) * stretch;
        Some((libm::exp(log).round() as u64).max(1))
    });
    rest.collect()
}

#[cfg(test)]
mod tests;

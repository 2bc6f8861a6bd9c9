//! The likelihood of a sample: the density of what is exact, the probability of what is censored.

use super::{
    climb::{Peak, climb},
    family::{Lowest, Model},
    law::Law,
    observation::{Lasted, Sample},
};

/// A sample laid out for the likelihood, with the logarithms of the exact values.
pub(super) struct Seen {
    exact: Vec<Exact>,
    /// Lower bound and count.
    above: Vec<(f64, f64)>,
    /// Bounds and count.
    between: Vec<(f64, f64, f64)>,
}

/// An exact duration.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Exact {
    value: f64,
    log: f64,
    count: f64,
}

impl Seen {
    pub(super) fn new(sample: &Sample) -> Self {
        let mut seen = Self { exact: Vec::new(), above: Vec::new(), between: Vec::new() };
        for one in sample.observations() {
            let count = one.count as f64;
            match one.lasted {
                Lasted::Exactly(at) => {
                    seen.exact.push(Exact { value: at as f64, log: libm::log(at as f64), count });
                }
                Lasted::AtLeast(at) => seen.above.push((at as f64, count)),
                Lasted::Between { after, until } => seen.between.push((after as f64, until as f64, count)),
            }
        }
        seen
    }

    /// The log-likelihood, with durations in microseconds; minus infinity where something seen is impossible.
    pub(super) fn log_likelihood(&self, law: &Law) -> f64 {
        let exact =
            self.exact.iter().map(|one| one.count * law.log_density_at(one.value, one.log)).sum::<f64>();
        let above = self.above.iter().map(|(at, count)| count * law.log_above(*at)).sum::<f64>();
        let between =
            self.between.iter().map(|(after, until, count)| count * law.log_between(*after, *until));
        exact + above + between.sum::<f64>()
    }

    /// The parameters of a model under which the sample is most likely.
    pub(super) fn climb(&self, model: &Model, start: &[f64]) -> Option<Peak> {
        let function = |free: &[f64]| self.of(model, free);
        climb(&function, start, &model.spans(start))
    }

    fn of(&self, model: &Model, free: &[f64]) -> f64 {
        // Outside of this no parameter of a duration in microseconds lies.
        if free.iter().any(|free| free.abs() > 500.0) {
            return f64::NEG_INFINITY;
        }
        if let Lowest::Below(top) = model.lowest
            && libm::exp(free[free.len() - 1]) > top
        {
            return f64::NEG_INFINITY;
        }
        Law::new(&model.distribution(free)).map_or(f64::NEG_INFINITY, |law| self.log_likelihood(&law))
    }
}

/// The log-likelihood of a sample, durations in microseconds.
pub fn log_likelihood(law: &Law, sample: &Sample) -> f64 {
    Seen::new(sample).log_likelihood(law)
}

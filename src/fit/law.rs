//! Density and distribution function of the distributions that `base::distribution` draws from, on a logarithmic scale
//! so that no tail under- or overflows. (The samplers need the inverse alone.)

use core::f64::consts::{FRAC_1_SQRT_2, LN_2};

use crate::base::distribution::{
    Distribution,
    incomplete_gamma::{log_lower, log_upper},
};

/// Half the logarithm of 2 pi.
pub(super) const HALF_LOG_TAU: f64 = 0.918_938_533_204_672_7;

/// A continuous distribution, made ready: its density, its distribution function and its quantiles.
#[derive(Clone, Debug)]
pub struct Law(Form);

#[derive(Clone, Debug)]
enum Form {
    Exponential {
        mean: f64,
        log_mean: f64,
    },
    /// Of the logarithm: its mean and standard deviation; and the logarithm of that.
    Lognormal {
        mean: f64,
        sigma: f64,
        log_sigma: f64,
    },
    Gamma {
        shape: f64,
        log_scale: f64,
        log_gamma: f64,
    },
    Weibull {
        shape: f64,
        log_shape: f64,
        log_scale: f64,
    },
    Pareto {
        log_min: f64,
        shape: f64,
    },
    /// Linear between points of probability and value.
    Points(Vec<(f64, f64)>),
    Shifted {
        by: f64,
        of: Box<Form>,
    },
    /// The logarithm of each weight, and the part.
    Mixture(Vec<(f64, Form)>),
}

impl Law {
    /// The law of a distribution; `None` of those that are never fitted: constant, uniform, values, truncated.
    pub fn new(distribution: &Distribution) -> Option<Self> {
        form(distribution).map(Self)
    }

    /// The logarithm of the density at `value`, per microsecond, whose logarithm is `log`.
    pub(super) fn log_density_at(&self, value: f64, log: f64) -> f64 {
        self.0.log_density(value, log)
    }

    /// The logarithm of the density at a value, per microsecond; minus infinity outside the support.
    pub fn log_density(&self, value: f64) -> f64 {
        if value > 0.0 { self.0.log_density(value, libm::log(value)) } else { f64::NEG_INFINITY }
    }

    /// The logarithm of the probability of a larger value.
    pub fn log_above(&self, value: f64) -> f64 {
        if value > 0.0 { self.0.log_above(value) } else { 0.0 }
    }

    /// The logarithm of the probability of no larger value.
    pub fn log_below(&self, value: f64) -> f64 {
        if value > 0.0 { self.0.log_below(value) } else { f64::NEG_INFINITY }
    }

    /// The probability of no larger value.
    pub fn below(&self, value: f64) -> f64 {
        let log = self.log_below(value);
        if log < -LN_2 { libm::exp(log) } else { -libm::expm1(self.log_above(value)) }
    }

    /// The logarithm of the probability of a value above `after` and at most `until`, without cancellation in either tail.
    pub fn log_between(&self, after: f64, until: f64) -> f64 {
        let above = self.log_above(after);
        if above < -LN_2 {
            return above + log_one_minus_exp(self.log_above(until) - above);
        }
        let below = self.log_below(until);
        below + log_one_minus_exp(self.log_below(after) - below)
    }

    /// The value that a share between 0 and 1 lies below, to a relative error of 1e-14.
    pub fn quantile(&self, share: f64) -> f64 {
        if let Form::Points(points) = &self.0 {
            return crossing(points, share);
        }
        let is_below = |value: f64| {
            if share < 0.5 {
                self.log_below(value) < libm::log(share)
            } else {
                self.log_above(value) > libm::log1p(-share)
            }
        };
        // Bisection of the exponent and then of the fraction: positive floats are in the order of their bits.
        let (mut low, mut high) = (0, f64::MAX.to_bits());
        while high - low > 32 {
            let middle = low + (high - low) / 2;
            *(if is_below(f64::from_bits(middle)) { &mut low } else { &mut high }) = middle;
        }
        f64::from_bits(high)
    }
}

fn form(distribution: &Distribution) -> Option<Form> {
    Some(match distribution {
        Distribution::Exponential { mean } => Form::Exponential { mean: *mean, log_mean: libm::log(*mean) },
        Distribution::Lognormal { median, sigma } => {
            Form::Lognormal { mean: libm::log(*median), sigma: *sigma, log_sigma: libm::log(*sigma) }
        }
        Distribution::Gamma { shape, scale } => {
            Form::Gamma { shape: *shape, log_scale: libm::log(*scale), log_gamma: libm::lgamma(*shape) }
        }
        Distribution::Weibull { shape, scale } => {
            Form::Weibull { shape: *shape, log_shape: libm::log(*shape), log_scale: libm::log(*scale) }
        }
        Distribution::Pareto { min, shape } => Form::Pareto { log_min: libm::log(*min), shape: *shape },
        Distribution::Quantiles { points } => Form::Points(points.clone()),
        Distribution::Shifted { by, of } => Form::Shifted { by: *by, of: Box::new(form(of)?) },
        Distribution::Mixture { parts } => {
            let total: f64 = parts.iter().map(|(weight, _)| weight).sum();
            let one = |(weight, part): &(f64, Distribution)| Some((libm::log(weight / total), form(part)?));
            Form::Mixture(parts.iter().map(one).collect::<Option<_>>()?)
        }
        Distribution::Constant { .. }
        | Distribution::Uniform { .. }
        | Distribution::Values { .. }
        | Distribution::Truncated { .. } => return None,
    })
}

impl Form {
    fn log_density(&self, value: f64, log: f64) -> f64 {
        match self {
            Self::Exponential { mean, log_mean } => -log_mean - value / mean,
            Self::Lognormal { mean, sigma, log_sigma } => {
                let z = (log - mean) / sigma;
                -0.5 * z * z - log - log_sigma - HALF_LOG_TAU
            }
            Self::Gamma { shape, log_scale, log_gamma } => {
                let y = log - log_scale;
                shape * y - libm::exp(y) - log_gamma - log
            }
            Self::Weibull { shape, log_shape, log_scale } => {
                let y = shape * (log - log_scale);
                log_shape + y - libm::exp(y) - log
            }
            Self::Pareto { log_min, shape } if log >= *log_min => {
                libm::log(*shape) - shape * (log - log_min) - log
            }
            Self::Shifted { by, of } if value > *by => of.log_density(value - by, libm::log(value - by)),
            Self::Mixture(parts) => log_sum(parts, |part| part.log_density(value, log)),
            Self::Points(points) => libm::log(slope(points, value)),
            Self::Pareto { .. } | Self::Shifted { .. } => f64::NEG_INFINITY,
        }
    }

    fn log_above(&self, value: f64) -> f64 {
        match self {
            Self::Exponential { mean, .. } => -value / mean,
            Self::Lognormal { mean, sigma, .. } => log_normal_above((libm::log(value) - mean) / sigma),
            Self::Gamma { .. } => self.gamma_tails(value).1,
            Self::Weibull { shape, log_scale, .. } => -libm::exp(shape * (libm::log(value) - log_scale)),
            Self::Pareto { log_min, shape } => -shape * (libm::log(value) - log_min).max(0.0),
            Self::Shifted { by, of } if value > *by => of.log_above(value - by),
            Self::Shifted { .. } => 0.0,
            Self::Mixture(parts) => log_sum(parts, |part| part.log_above(value)),
            Self::Points(points) => libm::log1p(-height(points, value)),
        }
    }

    fn log_below(&self, value: f64) -> f64 {
        match self {
            Self::Lognormal { mean, sigma, .. } => log_normal_above((mean - libm::log(value)) / sigma),
            Self::Gamma { .. } => self.gamma_tails(value).0,
            Self::Shifted { by, of } if value > *by => of.log_below(value - by),
            Self::Shifted { .. } => f64::NEG_INFINITY,
            Self::Mixture(parts) => log_sum(parts, |part| part.log_below(value)),
            Self::Points(points) => libm::log(height(points, value)),
            Self::Exponential { .. } | Self::Weibull { .. } | Self::Pareto { .. } => {
                log_one_minus_exp(self.log_above(value))
            }
        }
    }

    /// The logarithms of the gamma distribution's probabilities below and above a value.
    fn gamma_tails(&self, value: f64) -> (f64, f64) {
        let Self::Gamma { shape, log_scale, .. } = self else { return (f64::NAN, f64::NAN) };
        let y = libm::log(value) - log_scale;
        if !(shape.is_finite() && y.is_finite() && *shape > 0.0) {
            return (f64::NAN, f64::NAN);
        }
        // Far beyond, e^y alone decides; the continued fraction must not meet an infinity.
        if y > 700.0 {
            return (0.0, f64::NEG_INFINITY);
        }
        if libm::exp(y) < shape + 1.0 {
            let below = log_lower(*shape, y).min(0.0);
            (below, log_one_minus_exp(below))
        } else {
            let above = log_upper(*shape, y).min(0.0);
            (log_one_minus_exp(above), above)
        }
    }
}

/// ln(1 - e^x) for x of at most 0.
fn log_one_minus_exp(x: f64) -> f64 {
    if x > -LN_2 { libm::log(-libm::expm1(x)) } else { libm::log1p(-libm::exp(x)) }
}

/// The logarithm of a weighted sum of what is given by its logarithm.
fn log_sum(parts: &[(f64, Form)], of: impl Fn(&Form) -> f64) -> f64 {
    let logs = parts.iter().map(|(weight, part)| weight + of(part));
    // Largest so far, and the sum in units of it.
    let (most, sum) = logs.fold((f64::NEG_INFINITY, 0.0), |(most, sum), log| {
        if log == f64::NEG_INFINITY {
            (most, sum)
        } else if log <= most {
            (most, sum + libm::exp(log - most))
        } else {
            (log, sum * libm::exp(most - log) + 1.0)
        }
    });
    most + libm::log(sum)
}

/// The logarithm of the probability that a standard normal variable is above `z`.
pub(super) fn log_normal_above(z: f64) -> f64 {
    /// From here on the asymptotic series is as good (M. Abramowitz and I. A. Stegun, "Handbook of mathematical
    /// functions", 26.2.12), and the error function soon underflows.
    const FAR: f64 = 25.0;
    if z < -1.0 {
        return libm::log1p(-0.5 * libm::erfc(-z * FRAC_1_SQRT_2));
    }
    if z < FAR {
        return libm::log(0.5 * libm::erfc(z * FRAC_1_SQRT_2));
    }
    let w = 1.0 / (z * z);
    let series = 1.0 - w * (1.0 - 3.0 * w * (1.0 - 5.0 * w * (1.0 - 7.0 * w)));
    -0.5 * z * z - libm::log(z) - HALF_LOG_TAU + libm::log(series)
}

/// How much of a table of quantiles lies at or below a value.
fn height(points: &[(f64, f64)], value: f64) -> f64 {
    let after = points.partition_point(|(_, at)| *at <= value);
    match (after.checked_sub(1).map(|before| points[before]), points.get(after)) {
        (None, _) => 0.0,
        (_, None) => 1.0,
        (Some((p, v)), Some((q, w))) => p + (q - p) * (value - v) / (w - v),
    }
}

/// The density of a table of quantiles.
fn slope(points: &[(f64, f64)], value: f64) -> f64 {
    let after = points.partition_point(|(_, at)| *at <= value);
    match (after.checked_sub(1).map(|before| points[before]), points.get(after)) {
        (Some((p, v)), Some((q, w))) => (q - p) / (w - v),
        _ => 0.0,
    }
}

/// The quantile that a table gives.
fn crossing(points: &[(f64, f64)], share: f64) -> f64 {
    let after = points.partition_point(|(p, _)| *p < share).clamp(1, points.len() - 1);
    let ((p, v), (q, w)) = (points[after - 1], points[after]);
    v + (w - v) * (share - p) / (q - p)
}

#[cfg(test)]
mod tests;

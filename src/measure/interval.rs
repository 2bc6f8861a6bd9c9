//! Confidence intervals from samples of independent replications, as the textbooks have them: Student's for means, order
//! statistics for quantiles, Wilson's for probabilities. The float functions come from `libm`, and everything else is
//! sums, products and square roots, so that an interval has the same bits on every platform.

use serde::{Deserialize, Serialize};

/// The confidence of every interval in an output.
pub const CONFIDENCE: f64 = 0.95;

/// From where to where a true value lies, with the confidence asked for.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

/// Number, sum and sum of squares of a sample of integers: exact, so that merging in any order gives the same. No sum
/// overflows while values are below 2^47 (as microseconds: four years) and their number below 2^33.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moments {
    /// How many values.
    pub count: u64,
    /// Their sum.
    pub sum: i128,
    /// The sum of their squares.
    pub squares: i128,
}

impl Moments {
    /// The moments of some values.
    pub fn of(values: impl IntoIterator<Item = i64>) -> Self {
        let mut moments = Self::default();
        values.into_iter().for_each(|value| moments.add(value));
        moments
    }

    /// Takes in one more value.
    pub fn add(&mut self, value: i64) {
        self.add_many(value, 1);
    }

    /// Takes in one value so many times.
    pub fn add_many(&mut self, value: i64, times: u64) {
        let (value, count) = (i128::from(value), i128::from(times));
        self.count += times;
        self.sum += value * count;
        self.squares += value * value * count;
    }

    /// Takes in another sample.
    pub fn merge(&mut self, other: &Self) {
        self.count += other.count;
        self.sum += other.sum;
        self.squares += other.squares;
    }

    /// The arithmetic mean; `None` of no values.
    pub fn mean(&self) -> Option<f64> {
        (self.count > 0).then(|| self.sum as f64 / self.count as f64)
    }

    /// The sample variance, with n - 1; `None` of fewer than two values.
    pub fn variance(&self) -> Option<f64> {
        if self.count < 2 {
            return None;
        }
        // Squares about the whole part of the mean are exact in integers; what is left to the floats cancels nothing.
        let count = i128::from(self.count);
        let (whole, rest) = (self.sum.div_euclid(count), self.sum.rem_euclid(count));
        let about = self.squares - whole * (self.sum + rest);
        let squares = about as f64 - rest as f64 * (rest as f64 / self.count as f64);
        Some(squares.max(0.0) / (self.count - 1) as f64)
    }
}

/// Student's interval for the mean of what the sample was drawn from; `None` of fewer than two values. Exact for normal
/// samples, and near for others by the central limit theorem.
pub fn of_mean(moments: &Moments, confidence: f64) -> Option<Interval> {
    let (mean, variance) = (moments.mean()?, moments.variance()?);
    let reach = student_quantile(upper_share(confidence), moments.count - 1)
        * (variance / moments.count as f64).sqrt();
    Some(Interval { low: mean - reach, high: mean + reach })
}

/// The interval for a quantile of what the sample was drawn from, between two of its order statistics: it assumes no
/// distribution. `None` where the sample is too small for it. The values must be sorted.
pub fn of_quantile(sorted: &[u64], share: f64, confidence: f64) -> Option<Interval> {
    let (low, high) = quantile_ranks(sorted.len() as u64, share, confidence)?;
    let value = |rank: u64| sorted[rank as usize - 1] as f64;
    Some(Interval { low: value(low), high: value(high) })
}

/// Between which ranks, from 1, of a sorted sample of `count` values the quantile lies with at least this confidence, each
/// side missing it with at most half of the rest. The number of values below the quantile is binomial (H. A. David and
/// H. N. Nagaraja, "Order statistics", 2003, section 7.1). `None` where the sample is too small. The share lies between 0
/// and 1.
pub fn quantile_ranks(count: u64, share: f64, confidence: f64) -> Option<(u64, u64)> {
    let binomial = Binomial::new(count, share);
    let miss = 1.0 - upper_share(confidence);
    // Values below the quantile: fewer than `low`, or at least `high`.
    let (low, high) = (binomial.lower_rank(miss), binomial.upper_rank(miss));
    (low >= 1 && high <= count).then_some((low, high))
}

/// Wilson's score interval for a probability (E. B. Wilson, "Probable inference, the law of succession, and statistical
/// inference", 1927); from 0 to 1 without trials.
pub fn of_share(successes: u64, trials: u64, confidence: f64) -> Interval {
    if trials == 0 {
        return Interval { low: 0.0, high: 1.0 };
    }
    let (count, z) = (trials as f64, normal_quantile(upper_share(confidence)));
    let share = successes as f64 / count;
    let middle = share + z * z / (2.0 * count);
    let reach = z * (share * (1.0 - share) / count + z * z / (4.0 * count * count)).sqrt();
    let whole = 1.0 + z * z / count;
    // At the ends the two terms are equal but for rounding.
    let low = if successes == 0 { 0.0 } else { (middle - reach) / whole };
    let high = if successes == trials { 1.0 } else { (middle + reach) / whole };
    Interval { low, high }
}

/// The share below the upper end of a two-sided interval.
fn upper_share(confidence: f64) -> f64 {
    assert!(confidence > 0.0 && confidence < 1.0, "a confidence lies between 0 and 1");
    0.5 + confidence / 2.0
}

/// The value below which Student's t with these degrees of freedom lies with probability `share`, from 0.5 to below 1.
pub fn student_quantile(share: f64, degrees: u64) -> f64 {
    let above = 1.0 - share;
    falling_root(|t| student_above(t, degrees as f64) - above)
}

/// The value below which a standard normal variable lies with probability `share`, from 0.5 to below 1.
pub fn normal_quantile(share: f64) -> f64 {
    let above = 1.0 - share;
    falling_root(|z| 0.5 * libm::erfc(z / core::f64::consts::SQRT_2) - above)
}

/// Where a function that falls from at least 0 at 0 crosses 0, to the last bit.
fn falling_root(function: impl Fn(f64) -> f64) -> f64 {
    let (mut low, mut high) = (0.0, 1.0);
    while function(high) > 0.0 {
        low = high;
        high *= 2.0;
    }
    loop {
        let middle = low + (high - low) / 2.0;
        if middle <= low || middle >= high {
            return middle;
        }
        if function(middle) > 0.0 { low = middle } else { high = middle }
    }
}

/// The probability that Student's t is above `t`, which is not negative.
fn student_above(t: f64, degrees: f64) -> f64 {
    let (square, half) = (t * t, degrees / 2.0);
    // x = degrees / (degrees + t^2); for both halves of the identity I_x(a, b) = 1 - I_(1 - x)(b, a).
    let (x, rest) = (degrees / (degrees + square), square / (degrees + square));
    let log_front = -half * libm::log1p(square / degrees) + 0.5 * libm::log(rest) - log_beta_half(half);
    let front = libm::exp(log_front);
    if x < (half + 1.0) / (half + 2.5) {
        0.5 * front / half * continued_fraction(half, 0.5, x)
    } else {
        0.5 * (1.0 - front / 0.5 * continued_fraction(0.5, half, rest))
    }
}

/// The logarithm of the beta function of `a` and 1/2.
fn log_beta_half(a: f64) -> f64 {
    /// From here on Stirling's series is exact to the last bits, and the difference of two large logarithms is not.
    const LARGE: f64 = 100.0;
    let log_ratio = if a > LARGE {
        0.5 * libm::log(a) - 1.0 / (8.0 * a) + 1.0 / (192.0 * a * a * a)
    } else {
        libm::lgamma(a + 0.5) - libm::lgamma(a)
    };
    0.5 * libm::log(core::f64::consts::PI) - log_ratio
}

/// The continued fraction of the incomplete beta function by the modified method of Lentz (W. H. Press and others,
/// "Numerical recipes", section 6.4): times x^a (1 - x)^b / (a B(a, b)) it is the regularised function at x. It converges
/// fast for x below (a + 1) / (a + b + 2).
pub fn continued_fraction(a: f64, b: f64, x: f64) -> f64 {
    const STEPS: u32 = 10_000;
    const TINY: f64 = 1e-300;
    let away_from_zero = |value: f64| if value.abs() < TINY { TINY } else { value };
    let (mut c, mut d) = (1.0, 1.0 / away_from_zero(1.0 - (a + b) * x / (a + 1.0)));
    let mut fraction = d;
    for step in 1..=STEPS {
        let m = f64::from(step);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        let mut change = 1.0;
        for numerator in [even, odd] {
            d = 1.0 / away_from_zero(1.0 + numerator * d);
            c = away_from_zero(1.0 + numerator / c);
            change = c * d;
            fraction *= change;
        }
        if (change - 1.0).abs() < 4.0 * f64::EPSILON {
            break;
        }
    }
    fraction
}

/// A binomial distribution as the probabilities near its mode; those left out are below anything that counts.
struct Binomial {
    /// The number of successes that the first probability is of.
    first: u64,
    probabilities: Vec<f64>,
}

impl Binomial {
    fn new(trials: u64, share: f64) -> Self {
        assert!(share > 0.0 && share < 1.0, "a share lies between 0 and 1");
        const NEGLIGIBLE: f64 = 1e-25;
        let odds = share / (1.0 - share);
        let mode = (((trials + 1) as f64 * share) as u64).min(trials);
        // Each weight from its neighbour, beginning with 1 at the mode: products alone, no logarithm.
        let mut below = Vec::new();
        let mut weight = 1.0;
        for successes in (1..=mode).rev() {
            weight *= successes as f64 / ((trials - successes + 1) as f64 * odds);
            if weight < NEGLIGIBLE {
                break;
            }
            below.push(weight);
        }
        let first = mode - below.len() as u64;
        let mut weights: Vec<f64> = below.into_iter().rev().chain([1.0]).collect();
        weight = 1.0;
        for successes in mode..trials {
            weight *= (trials - successes) as f64 * odds / (successes + 1) as f64;
            if weight < NEGLIGIBLE {
                break;
            }
            weights.push(weight);
        }
        let whole: f64 = weights.iter().sum();
        weights.iter_mut().for_each(|weight| *weight /= whole);
        Self { first, probabilities: weights }
    }

    /// The largest number that the successes stay below with at most this probability; 0 where there is none.
    fn lower_rank(&self, probability: f64) -> u64 {
        self.first + within(self.probabilities.iter(), probability)
    }

    /// The smallest number that the successes reach with at most this probability; one more than the trials where there
    /// is none.
    fn upper_rank(&self, probability: f64) -> u64 {
        let steps = within(self.probabilities.iter().rev(), probability);
        self.first + self.probabilities.len() as u64 - steps
    }
}

/// How many of these, from the beginning, add up to at most `most`.
fn within<'a>(parts: impl Iterator<Item = &'a f64>, most: f64) -> u64 {
    let sums = parts.scan(0.0, |sum, part| {
        *sum += part;
        Some(*sum)
    });
    sums.take_while(|sum| *sum <= most).count() as u64
}

#[cfg(test)]
mod tests;

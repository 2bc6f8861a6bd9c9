//! Quantiles of the chi-square and of the F distribution, for the intervals of variances.

use crate::{base::distribution::Distribution, fit::Law, measure::interval::continued_fraction};

/// The value below which a chi-square variable with these degrees of freedom lies with probability `share`.
pub(super) fn chi_square_quantile(share: f64, degrees: f64) -> f64 {
    let gamma = Distribution::Gamma { shape: degrees / 2.0, scale: 2.0 };
    Law::new(&gamma).map_or(f64::NAN, |law| law.quantile(share))
}

/// The value below which an F variable with these degrees of freedom of numerator and denominator lies with probability
/// `share`.
pub(super) fn f_quantile(share: f64, over: f64, under: f64) -> f64 {
    // Bisection on the logarithm, to the last bit.
    let (mut low, mut high) = (-200.0, 200.0);
    loop {
        let middle = f64::midpoint(low, high);
        if middle <= low || middle >= high {
            return libm::exp(middle);
        }
        *(if f_below(libm::exp(middle), over, under) < share { &mut low } else { &mut high }) = middle;
    }
}

/// The probability that an F variable is at most `f`: I_x(over / 2, under / 2) at x = over f / (over f + under).
fn f_below(f: f64, over: f64, under: f64) -> f64 {
    let (a, b, whole) = (over / 2.0, under / 2.0, over * f + under);
    let (x, rest) = (over * f / whole, under / whole);
    let log_beta = libm::lgamma(a) + libm::lgamma(b) - libm::lgamma(a + b);
    let front = libm::exp(a * libm::log(x) + b * libm::log(rest) - log_beta);
    if x < (a + 1.0) / (a + b + 2.0) {
        front / a * continued_fraction(a, b, x)
    } else {
        1.0 - front / b * continued_fraction(b, a, rest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Tables of every textbook.
    #[test]
    fn published_quantiles() {
        for (share, degrees, expected) in [
            (0.95, 1.0, 3.841),
            (0.975, 3.0, 9.348),
            (0.025, 3.0, 0.216),
            (0.95, 10.0, 18.307),
            (0.99, 30.0, 50.892),
            (0.025, 100.0, 74.222),
        ] {
            assert!((chi_square_quantile(share, degrees) - expected).abs() < 6e-4, "{share} {degrees}");
        }
        for (share, over, under, expected) in [
            (0.95, 1.0, 1.0, 161.45),
            (0.95, 3.0, 12.0, 3.49),
            (0.975, 3.0, 12.0, 4.47),
            (0.975, 12.0, 3.0, 14.34),
            (0.95, 10.0, 10.0, 2.98),
            (0.99, 5.0, 20.0, 4.10),
            (0.95, 2.0, 1e6, 3.00),
        ] {
            assert!((f_quantile(share, over, under) - expected).abs() < 6e-3, "{share} {over} {under}");
        }
        // F with 2 and 2 degrees of freedom: f / (1 + f).
        assert!((f_quantile(0.8, 2.0, 2.0) - 4.0).abs() < 1e-12);
        assert!((f_quantile(0.025, 12.0, 3.0) * f_quantile(0.975, 3.0, 12.0) - 1.0).abs() < 1e-10);
    }
}

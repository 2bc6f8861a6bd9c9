//! The regularised incomplete gamma functions, on a logarithmic scale, so that no tail under- or overflows.

/// The logarithm of the regularised lower incomplete gamma function at e^`y`, by its power series
/// (NIST Digital Library of Mathematical Functions, 8.11.4); quick up to about shape + 1.
pub fn log_lower(shape: f64, y: f64) -> f64 {
    let x = libm::exp(y);
    let (mut sum, mut term, mut at) = (1.0, 1.0, shape);
    while term > sum * f64::EPSILON / 4.0 {
        at += 1.0;
        term *= x / at;
        sum += term;
    }
    shape * y - x - libm::lgamma(shape + 1.0) + libm::log(sum)
}

/// The logarithm of the regularised upper incomplete gamma function at e^`y` above shape + 1, by its continued
/// fraction (the same, 8.9.2, in its even part), evaluated from the front by Lentz's method.
pub fn log_upper(shape: f64, y: f64) -> f64 {
    let x = libm::exp(y);
    let mut b = x + 1.0 - shape;
    let (mut c, mut d) = (f64::MAX, 1.0 / b);
    let (mut fraction, mut n) = (d, 0.0);
    loop {
        n += 1.0;
        b += 2.0;
        let a = n * (shape - n);
        d = 1.0 / (a * d + b);
        c = b + a / c;
        fraction *= c * d;
        if (c * d - 1.0).abs() <= 2.0 * f64::EPSILON {
            return shape * y - x - libm::lgamma(shape) + libm::log(fraction);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// With shape 1 both have closed forms: 1 - e^-x and e^-x; with shape 2, (1 + x) e^-x.
    #[test]
    fn incomplete_gamma_functions_with_closed_forms() {
        for x in [1e-12, 0.1, 0.7, 1.9_f64] {
            let error = libm::exp(log_lower(1.0, libm::log(x))) / -libm::expm1(-x) - 1.0;
            assert!(error.abs() < 1e-14, "{x}: {error:e}");
        }
        for x in [3.1, 10.0, 45.0, 300.0_f64] {
            assert!((log_upper(1.0, libm::log(x)) + x).abs() < 1e-14 * x);
            let expected = libm::log1p(x) - x;
            assert!((log_upper(2.0, libm::log(x)) - expected).abs() < 1e-14 * x);
        }
    }
}

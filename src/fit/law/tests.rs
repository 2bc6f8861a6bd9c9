//! Distribution functions against published tables, closed forms and the samplers.

use super::*;
use crate::base::distribution::Sampler;

fn law(distribution: &Distribution) -> Law {
    Law::new(distribution).unwrap()
}

fn all() -> Vec<Distribution> {
    let slow = Distribution::Lognormal { median: 4e6, sigma: 0.3 };
    let lognormal = Distribution::Lognormal { median: 1e6, sigma: 0.8 };
    vec![
        Distribution::Exponential { mean: 1e6 },
        lognormal.clone(),
        Distribution::Gamma { shape: 0.7, scale: 1e6 },
        Distribution::Gamma { shape: 30.0, scale: 1e5 },
        Distribution::Weibull { shape: 0.6, scale: 1e6 },
        Distribution::Weibull { shape: 4.0, scale: 1e6 },
        Distribution::Pareto { min: 1e5, shape: 1.5 },
        Distribution::Shifted { by: 3e5, of: Box::new(lognormal.clone()) },
        Distribution::Quantiles { points: vec![(0.0, 1e5), (0.5, 2e5), (0.9, 4e5), (1.0, 9e5)] },
        Distribution::Mixture { parts: vec![(3.0, lognormal), (1.0, slow)] },
    ]
}

/// M. Abramowitz and I. A. Stegun, "Handbook of mathematical functions", table 26.2: minus the decimal logarithm of the
/// upper tail of the normal distribution.
#[test]
fn normal_tails_are_the_published_ones() {
    for (z, expected) in [
        (5.0, 6.54265),
        (10.0, 23.11805),
        (20.0, 88.56010),
        (50.0, 544.96634),
        (100.0, 2173.87154),
        (500.0, 54289.90830),
    ] {
        let found = -log_normal_above(z) / core::f64::consts::LN_10;
        assert!((found - expected).abs() < 6e-6, "{z}: {found}");
    }
    for z in [-30.0, -1.0 - 1e-12, -1.0 + 1e-12, -0.3, 0.0, 24.999_999, 25.0] {
        let (up, down) = (log_normal_above(z), log_normal_above(z + 1e-9));
        // The slope of the logarithm lies between 0 and that of the far tail.
        assert!(up >= down && up - down < 1e-9 * (z.abs() + 1.0) + 1e-12, "{z}");
    }
    assert!((log_normal_above(0.0) + LN_2).abs() < 1e-15);
}

/// The same book, table 26.7: the upper tail of chi-square, a gamma with shape half its degrees of freedom and scale 2.
#[test]
fn chi_square_tails_are_the_published_ones() {
    for (degrees, at, expected) in [
        (1.0, 1.0, 0.31731),
        (5.0, 10.0, 0.07524),
        (10.0, 20.0, 0.02925),
        (2.0, 4.0, 0.13534),
        (30.0, 30.0, 0.46565),
    ] {
        let chi_square = law(&Distribution::Gamma { shape: degrees / 2.0, scale: 2.0 });
        let found = libm::exp(chi_square.log_above(at));
        assert!((found - expected).abs() < 6e-6, "{degrees} {at}: {found}");
        assert!((found + chi_square.below(at) - 1.0).abs() < 1e-13);
    }
}

/// The samplers invert the distribution functions in another way.
#[test]
fn quantiles_are_those_of_the_samplers() {
    for distribution in all().into_iter().filter(|of| !matches!(of, Distribution::Mixture { .. })) {
        let (law, sampler) = (law(&distribution), Sampler::new(&distribution).unwrap());
        for exponent in [1, 2, 5, 20] {
            for word in [u64::MAX >> exponent, u64::MAX - (u64::MAX >> exponent)] {
                let share = (word as f64 + 0.5) / 18_446_744_073_709_551_616.0;
                let (found, expected) = (law.quantile(share), sampler.sample(word));
                assert!(
                    (found / expected - 1.0).abs() < 1e-7,
                    "{distribution:?} {share}: {found} {expected}"
                );
            }
        }
    }
}

/// The density is the slope of the distribution function, by central differences; the tails add up to 1.
#[test]
fn densities_are_slopes() {
    for distribution in all() {
        let law = law(&distribution);
        for share in [0.03_f64, 0.2, 0.45, 0.55, 0.8, 0.97] {
            let at = law.quantile(share);
            let h = at * 1e-5;
            let slope = (law.below(at + h) - law.below(at - h)) / (2.0 * h);
            let density = libm::exp(law.log_density(at));
            assert!((slope / density - 1.0).abs() < 1e-5, "{distribution:?} {share}: {slope} {density}");
            let whole = libm::exp(law.log_below(at)) + libm::exp(law.log_above(at));
            assert!(
                (whole - 1.0).abs() < 1e-12 && (law.below(at) - share).abs() < 1e-12,
                "{distribution:?} {share}"
            );
        }
    }
}

/// Exponential: between a and b lie e^-a - e^-b, also where both are next to nothing or next to 1.
#[test]
fn intervals_do_not_cancel() {
    let law = law(&Distribution::Exponential { mean: 1.0 });
    for (after, until) in
        [(0.0, 1e-9_f64), (1e-9, 2e-9), (0.3, 0.9), (50.0, 50.001), (700.0, 701.0), (0.0, 800.0)]
    {
        let expected = -after + libm::log(-libm::expm1(after - until));
        let found = law.log_between(after, until);
        assert!(
            (found - expected).abs() < 1e-9 * expected.abs().max(1e-7),
            "{after} {until}: {found} {expected}"
        );
    }
}

#[test]
fn nothing_lies_outside_the_support() {
    let shifted =
        law(&Distribution::Shifted { by: 5.0, of: Box::new(Distribution::Exponential { mean: 1.0 }) });
    let pareto = law(&Distribution::Pareto { min: 5.0, shape: 2.0 });
    for law in [shifted, pareto] {
        assert_eq!(law.log_density(4.9), f64::NEG_INFINITY);
        assert_eq!((law.log_above(4.9), law.below(4.9), law.log_above(0.0)), (0.0, 0.0, 0.0));
    }
    assert!(Law::new(&Distribution::Constant { value: 1.0 }).is_none());
    let gamma = law(&Distribution::Gamma { shape: 2.0, scale: 1e-300 });
    assert_eq!((gamma.log_above(1e300), gamma.log_below(1e300)), (f64::NEG_INFINITY, 0.0));
}

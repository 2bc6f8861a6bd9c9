//! Values that follow from a definition by hand.

use fleetsim::base::distribution::Distribution;

use super::{exponential, sampler, shifted, truncated, two_speeds};

const QUARTER: u64 = 1 << 62;
const HALF: u64 = 1 << 63;

fn assert_near(found: f64, expected: f64) {
    assert!((found - expected).abs() <= 1e-14 * expected.abs(), "found {found:e}, expected {expected:e}");
}

/// The least and the largest u are 2^-65 and 1 - 2^-65: -ln(1 - 2^-65) is 2^-65, -ln 2^-65 is 65 ln 2.
#[test]
fn both_tails_of_the_exponential_family() {
    let (least, most) = (0.5_f64.powi(65), 65.0 * std::f64::consts::LN_2);
    let exponential = sampler(&exponential(2.0));
    assert_near(exponential.sample(0), 2.0 * least);
    assert_near(exponential.sample(u64::MAX), 2.0 * most);
    let weibull = sampler(&Distribution::Weibull { shape: 0.5, scale: 3.0 });
    assert_near(weibull.sample(0), 3.0 * least * least);
    assert_near(weibull.sample(u64::MAX), 3.0 * most * most);
    let pareto = sampler(&Distribution::Pareto { min: 3.0, shape: 2.0 });
    assert_near(pareto.sample(0), 3.0);
    assert_near(pareto.sample(u64::MAX), 3.0 * 2.0_f64.powf(32.5));
}

/// A shape of 1 makes both the exponential distribution; the gamma goes by another road, through its table.
#[test]
fn shape_one_is_exponential() {
    let exponential = sampler(&exponential(3.0));
    let weibull = sampler(&Distribution::Weibull { shape: 1.0, scale: 3.0 });
    let gamma = sampler(&Distribution::Gamma { shape: 1.0, scale: 3.0 });
    for bit in 0..64 {
        for word in [1 << bit, !(1 << bit), 0x9E37_79B9_7F4A_7C15 >> bit, !(0x9E37_79B9_7F4A_7C15 >> bit)] {
            let expected = exponential.sample(word);
            assert_near(weibull.sample(word), expected);
            assert!((gamma.sample(word) / expected - 1.0).abs() < 1e-8, "{word:#x}");
        }
    }
}

#[test]
fn constant_and_uniform() {
    let constant = sampler(&Distribution::Constant { value: 2.5 });
    assert_eq!([0, HALF, u64::MAX].map(|word| constant.sample(word)), [2.5; 3]);
    let uniform = sampler(&Distribution::Uniform { min: 1.0, max: 3.0 });
    assert_eq!([0, QUARTER, HALF, u64::MAX].map(|word| uniform.sample(word)), [1.0, 1.5, 2.0, 3.0]);
    let from_zero = sampler(&Distribution::Uniform { min: 0.0, max: 8.0 });
    assert_eq!(from_zero.sample(0), 0.5_f64.powi(62));
}

#[test]
fn median_and_99th_percentile_of_a_lognormal() {
    let at_p99 = (0.99 * 2.0_f64.powi(64)) as u64;
    let lognormal = sampler(&Distribution::lognormal_from_p99(20.0, 140.0).expect("possible"));
    assert_near(lognormal.sample(HALF), 20.0);
    assert_near(lognormal.sample(at_p99), 140.0);
    let narrow = Distribution::lognormal_from_p99(20.0, 20.0).expect("possible");
    assert_eq!(narrow, Distribution::Lognormal { median: 20.0, sigma: 0.0 });
    assert_eq!(sampler(&narrow).sample(u64::MAX), 20.0);
}

/// With 3 values, word w chooses number floor(3 w / 2^64): the second begins at ceil(2^64 / 3).
#[test]
fn each_measured_value_has_its_third_of_the_words() {
    let values = sampler(&Distribution::Values { values: vec![1.0, 2.0, 4.0] });
    let third = u64::MAX / 3;
    let words = [0, third, third + 1, 2 * third, 2 * third + 1, u64::MAX];
    assert_eq!(words.map(|word| values.sample(word)), [1.0, 1.0, 2.0, 2.0, 4.0, 4.0]);
}

/// A point at 1/4 doubled is a jump from 2 to 5, two equal values are a mass.
#[test]
fn quantile_points_are_joined_by_lines() {
    let points = vec![(0.0, 1.0), (0.25, 2.0), (0.25, 5.0), (0.5, 5.0), (1.0, 9.0)];
    let quantiles = sampler(&Distribution::Quantiles { points });
    let words = [0, QUARTER / 2, QUARTER - 4096, QUARTER + 4096, HALF - 4096, HALF + QUARTER, u64::MAX];
    let expected = [1.0, 1.5, 2.0, 5.0, 5.0, 7.0, 9.0];
    for (word, expected) in words.into_iter().zip(expected) {
        assert!((quantiles.sample(word) - expected).abs() < 1e-14, "{word:#x}");
    }
}

/// Weights 3 and 1: three quarters of the words go to the first, stretched to all words.
#[test]
fn a_mixture_divides_the_words_by_weight() {
    let mixture = sampler(&two_speeds());
    let (first, second) = (sampler(&exponential(1.0)), sampler(&shifted(5.0, exponential(10.0))));
    assert_near(mixture.sample(HALF - QUARTER / 2), first.sample(HALF));
    assert_near(mixture.sample(3 * QUARTER - 1), first.sample(u64::MAX));
    assert_near(mixture.sample(3 * QUARTER), second.sample(2));
    assert_near(mixture.sample(3 * QUARTER + QUARTER / 2), second.sample(HALF + 2));
    assert_near(mixture.sample(u64::MAX), second.sample(u64::MAX - 1));
}

#[test]
fn a_weight_of_zero_is_never_drawn() {
    let constant = |value| Distribution::Constant { value };
    let parts = vec![(0.0, constant(1.0)), (0.1, constant(2.0)), (0.2, constant(3.0)), (0.0, constant(4.0))];
    let mixture = sampler(&Distribution::Mixture { parts });
    assert_eq!([0, u64::MAX / 4, HALF, u64::MAX].map(|word| mixture.sample(word)), [2.0, 2.0, 3.0, 3.0]);
}

/// Of the exponential between a and b the quantile at u is -ln(e^-a - u (e^-a - e^-b)).
#[test]
fn a_truncated_exponential_has_a_closed_form() {
    for (min, max) in [(0.5, 2.0), (0.0, 1e-3), (3.0, 1e6), (20.0, 21.0)] {
        let truncated = sampler(&truncated(min, max, exponential(1.0)));
        for (word, u) in [(0, 0.0), (QUARTER, 0.25), (HALF, 0.5), (3 * QUARTER, 0.75)] {
            let (most, least) = ((-min).exp(), (-max).exp());
            let expected = -(most - u * (most - least)).ln();
            // Near probability 1 - 2e-9 the words of the cut distribution are 2^-64 / 2e-9 = 3e-11 apart.
            assert!((truncated.sample(word) - expected).abs() < 1e-10, "{min} to {max} at {u}");
        }
    }
}

#[test]
fn truncation_that_cuts_nothing_changes_no_bit() {
    for distribution in [exponential(1.0), Distribution::Gamma { shape: 2.0, scale: 1.0 }] {
        let (plain, cut) = (sampler(&distribution), sampler(&truncated(0.0, 1e9, distribution)));
        for bit in 0..64 {
            assert_eq!(cut.sample(1 << bit), plain.sample(1 << bit));
            assert_eq!(cut.sample(!(1 << bit)), plain.sample(!(1 << bit)));
        }
    }
}

/// The bounds belong to the interval: of 1, 2, 2, 3 between 2 and 3 remain 2, 2, 3.
#[test]
fn truncated_values_keep_their_shares() {
    let cut = sampler(&truncated(2.0, 3.0, Distribution::Values { values: vec![1.0, 2.0, 2.0, 3.0] }));
    let third = u64::MAX / 3;
    let words = [0, 2 * third - 10, 2 * third + 10, u64::MAX];
    assert_eq!(words.map(|word| cut.sample(word)), [2.0, 2.0, 3.0, 3.0]);
}

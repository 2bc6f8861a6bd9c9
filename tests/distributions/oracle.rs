//! The samplers against the generators of `rand_distr`, which work in other ways (ziggurat, rejection), and
//! against the means that theory gives. The seeds are fixed, so that nothing here is left to chance.

use fleetsim::base::distribution::Distribution;
use rand::Rng;
use rand_distr::{Distribution as Oracle, Exp, Gamma, LogNormal, Pareto, Uniform, Weibull};

use super::{exponential, lognormal, sampler, shifted, stream::Stream, truncated, two_speeds};

const DRAWS: usize = 100_000;

fn draws(distribution: &Distribution) -> Vec<f64> {
    let (sampler, mut words) = (sampler(distribution), Stream::new(1));
    (0..DRAWS).map(|_| sampler.sample(words.next_u64())).collect()
}

/// The two-sample Kolmogorov-Smirnov test: the largest distance of the two empirical distribution functions is
/// below sqrt(-ln(level / 2) / 2) sqrt(2 / n) with probability 1 - level; the level is 1e-6.
fn assert_same_law(distribution: &Distribution, mut oracle: impl FnMut(&mut Stream) -> f64) {
    let mut words = Stream::new(2);
    let mut expected: Vec<f64> = (0..DRAWS).map(|_| oracle(&mut words)).collect();
    let mut found = draws(distribution);
    expected.sort_by(f64::total_cmp);
    found.sort_by(f64::total_cmp);
    let bound = (-(0.5e-6_f64).ln() / 2.0).sqrt() * (2.0 / DRAWS as f64).sqrt();
    let below = |values: &[f64], x| values.partition_point(|value| *value <= x) as f64 / DRAWS as f64;
    let distance = found.iter().map(|x| (below(&found, *x) - below(&expected, *x)).abs()).fold(0.0, f64::max);
    assert!(distance < bound, "{distribution:?}: {distance} is not below {bound}");
}

fn assert_same_as(distribution: &Distribution, oracle: &impl Oracle<f64>) {
    assert_same_law(distribution, |words| oracle.sample(words));
}

#[test]
fn closed_forms() {
    assert_same_as(&Distribution::Uniform { min: 0.5, max: 4.0 }, &Uniform::new(0.5, 4.0).unwrap());
    assert_same_as(&exponential(2.0), &Exp::new(0.5).unwrap());
    assert_same_as(&lognormal(), &LogNormal::new(20.0_f64.ln(), 0.8).unwrap());
    assert_same_as(&Distribution::Pareto { min: 1.5, shape: 0.9 }, &Pareto::new(1.5, 0.9).unwrap());
    for shape in [0.3, 1.0, 4.0] {
        assert_same_as(&Distribution::Weibull { shape, scale: 2.0 }, &Weibull::new(2.0, shape).unwrap());
    }
}

#[test]
fn gamma() {
    for shape in [0.05, 0.3, 1.0, 2.5, 40.0, 1e4, 1e6] {
        assert_same_as(&Distribution::Gamma { shape, scale: 3.0 }, &Gamma::new(shape, 3.0).unwrap());
    }
}

#[test]
fn measurements() {
    let values = vec![1.0, 2.0, 2.0, 3.5, 10.0, 11.0, 12.0];
    let index = Uniform::new(0, values.len()).unwrap();
    assert_same_law(&Distribution::Values { values: values.clone() }, |words| values[index.sample(words)]);

    let points = vec![(0.0, 1.0), (0.5, 10.0), (0.9, 20.0), (1.0, 100.0)];
    let (tenth, place) = (Uniform::new(0, 10).unwrap(), Uniform::new(0.0, 1.0).unwrap());
    assert_same_law(&Distribution::Quantiles { points }, |words| {
        let (from, to) = match tenth.sample(words) {
            0..5 => (1.0, 10.0),
            5..9 => (10.0, 20.0),
            _ => (20.0, 100.0),
        };
        from + (to - from) * place.sample(words)
    });
}

fn two_speeds_oracle(words: &mut Stream) -> f64 {
    if words.next_u64().is_multiple_of(4) {
        5.0 + Exp::new(0.1).unwrap().sample(words)
    } else {
        Exp::new(1.0).unwrap().sample(words)
    }
}

/// Truncation is what is left when the values outside are thrown away.
fn kept(min: f64, max: f64, words: &mut Stream, draw: impl Fn(&mut Stream) -> f64) -> f64 {
    loop {
        let value = draw(words);
        if (min..=max).contains(&value) {
            return value;
        }
    }
}

#[test]
fn composed() {
    assert_same_law(&two_speeds(), two_speeds_oracle);
    assert_same_law(&shifted(7.0, two_speeds()), |words| 7.0 + two_speeds_oracle(words));
    let cut = truncated(0.5, 20.0, two_speeds());
    assert_same_law(&cut, |words| kept(0.5, 20.0, words, two_speeds_oracle));
    let moved = truncated(7.5, 27.0, shifted(7.0, two_speeds()));
    assert_same_law(&moved, |words| 7.0 + kept(0.5, 20.0, words, two_speeds_oracle));
    let normal = LogNormal::new(20.0_f64.ln(), 0.8).unwrap();
    let cut = truncated(30.0, 300.0, lognormal());
    assert_same_law(&cut, |words| kept(30.0, 300.0, words, |words| normal.sample(words)));
    let nested = Distribution::Mixture { parts: vec![(1.0, cut), (1.0, two_speeds())] };
    assert_same_law(&nested, |words| match words.next_u64() % 2 {
        0 => kept(30.0, 300.0, words, |words| normal.sample(words)),
        _ => two_speeds_oracle(words),
    });
}

/// Within five standard errors of the textbook mean.
#[test]
fn means() {
    let gamma = |shape, scale| Distribution::Gamma { shape, scale };
    let (low, high) = ((-0.25_f64).exp(), (-2.0_f64).exp());
    let expected = [
        (Distribution::Uniform { min: 1.0, max: 4.0 }, 2.5),
        (exponential(2.0), 2.0),
        (lognormal(), 20.0 * (0.8_f64 * 0.8 / 2.0).exp()),
        (gamma(0.05, 3.0), 0.05 * 3.0),
        (gamma(0.7, 3.0), 0.7 * 3.0),
        (gamma(12.0, 3.0), 12.0 * 3.0),
        (gamma(1e6, 3.0), 3e6),
        // scale x Gamma(1 + 1 / shape): Gamma(1.5) is sqrt(pi) / 2, Gamma(3) is 2.
        (Distribution::Weibull { shape: 2.0, scale: 4.0 }, 2.0 * std::f64::consts::PI.sqrt()),
        (Distribution::Weibull { shape: 0.5, scale: 4.0 }, 8.0),
        (Distribution::Pareto { min: 1.5, shape: 3.0 }, 1.5 * 3.0 / 2.0),
        (Distribution::Values { values: vec![1.0, 2.0, 2.0, 3.0, 12.0] }, 4.0),
        (Distribution::Quantiles { points: vec![(0.0, 0.0), (0.5, 2.0), (1.0, 12.0)] }, 0.5 + 3.5),
        (shifted(5.0, exponential(2.0)), 7.0),
        (two_speeds(), 0.75 + 0.25 * 15.0),
        // Integrating by parts: the mean and what the bounds add, over what is kept.
        (truncated(0.5, 4.0, exponential(2.0)), 2.0 + (0.5 * low - 4.0 * high) / (low - high)),
    ];
    for (distribution, expected) in expected {
        let values = draws(&distribution);
        let mean = values.iter().sum::<f64>() / DRAWS as f64;
        let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / DRAWS as f64;
        let standard_error = (variance / DRAWS as f64).sqrt();
        assert!((mean - expected).abs() < 5.0 * standard_error, "{distribution:?}: {mean}, not {expected}");
    }
}

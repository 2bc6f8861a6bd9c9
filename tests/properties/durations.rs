//! Random distributions of durations, and random moments.
//!
//! Most durations lie on a grid, so that events often meet in one instant.

use fleetsim::base::{SimDuration, distribution::Distribution};
use proptest::prelude::*;

/// Any kind of distribution whose values are mostly below twice `scale` seconds.
pub(crate) fn duration(scale: f64) -> impl Strategy<Value = Distribution> {
    prop_oneof![
        6 => simple(scale),
        1 => (0.0..2.0_f64, simple(scale), simple(scale)).prop_map(|(weight, one, other)| {
            Distribution::Mixture { parts: vec![(weight, one), (1.0, other)] }
        }),
        1 => (grid(scale), simple(scale))
            .prop_map(|(by, of)| Distribution::Shifted { by, of: Box::new(of) }),
        1 => (1..=30_u32).prop_map(move |mean| Distribution::Truncated {
            min: 0.0,
            max: scale * 1e6,
            of: Box::new(Distribution::Exponential { mean: f64::from(mean) / 10.0 * scale * 1e6 }),
        }),
    ]
}

/// A factor on durations.
pub(crate) fn factor() -> impl Strategy<Value = Distribution> {
    prop_oneof![
        4 => Just(Distribution::Constant { value: 1.0 }),
        1 => Just(Distribution::Constant { value: 0.5 }),
        1 => Just(Distribution::Uniform { min: 0.5, max: 3.0 }),
        1 => Just(Distribution::Lognormal { median: 1.0, sigma: 0.7 }),
    ]
}

fn simple(scale: f64) -> impl Strategy<Value = Distribution> {
    let unit = scale * 1e6;
    prop_oneof![
        4 => grid(scale).prop_map(|value| Distribution::Constant { value }),
        3 => prop::collection::vec(grid(scale), 1..5).prop_map(|mut values| {
            values.sort_by(f64::total_cmp);
            Distribution::Values { values }
        }),
        1 => (grid(scale), grid(scale))
            .prop_map(|(a, b)| Distribution::Uniform { min: a.min(b), max: a.max(b) }),
        1 => (0.1..1.0_f64).prop_map(move |mean| Distribution::Exponential { mean: mean * unit }),
        1 => (0.1..1.0_f64, 0.1..1.5_f64)
            .prop_map(move |(median, sigma)| Distribution::Lognormal { median: median * unit, sigma }),
        1 => (0.2..4.0_f64).prop_map(move |shape| Distribution::Gamma { shape, scale: unit / 4.0 }),
        1 => (0.5..3.0_f64).prop_map(move |shape| Distribution::Weibull { shape, scale: unit }),
        1 => (0.8..3.0_f64).prop_map(move |shape| Distribution::Pareto { min: unit / 4.0, shape }),
        1 => (grid(scale), grid(scale)).prop_map(|(a, b)| {
            Distribution::Quantiles { points: vec![(0.0, a.min(b)), (0.5, (a + b) / 2.0), (1.0, a.max(b))] }
        }),
    ]
}

/// Tenths of `scale`, in microseconds.
fn grid(scale: f64) -> impl Strategy<Value = f64> + Clone {
    (0..=20_u32).prop_map(move |tenths| f64::from(tenths) * scale * 1e5)
}

/// A moment within so many seconds, mostly a whole one or a microsecond beside it.
pub(crate) fn moment(seconds: u64) -> impl Strategy<Value = SimDuration> {
    let whole = (0..=seconds).prop_map(SimDuration::from_secs);
    let tenths = (0..=seconds * 10).prop_map(|tenths| SimDuration(tenths * 100_000));
    let beside = (1..=seconds).prop_map(|at| SimDuration(at * 1_000_000 - 1));
    let any = (0..=seconds * 1_000_000).prop_map(SimDuration);
    prop_oneof![4 => whole, 2 => tenths, 1 => beside, 2 => any]
}

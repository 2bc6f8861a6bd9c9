//! Variance components against a published example and against simulations.

use super::*;
use crate::base::{
    distribution::{Distribution, Sampler},
    philox::philox4x64,
};

/// Logarithms as durations: large enough that rounding does not matter.
fn runs(logs: &[&[f64]]) -> Vec<Run> {
    let one = |(instance, logs): (usize, &&[f64])| {
        let run = move |log: &f64| Run {
            instance: instance as u32,
            duration: libm::exp(log + 20.0).round() as u64,
        };
        logs.iter().map(run).collect::<Vec<_>>()
    };
    logs.iter().enumerate().flat_map(one).collect()
}

/// Calcium in four turnip leaves, four determinations each (G. W. Snedecor and W. G. Cochran, "Statistical methods", 1989,
/// section 13.3): mean squares 0.2961 and 0.0066, so a variance of 0.0724 between leaves.
#[test]
fn turnip_leaves() {
    let found = slowness(
        &runs(&[
            &[3.28, 3.09, 3.03, 3.03],
            &[3.52, 3.48, 3.38, 3.38],
            &[2.88, 2.80, 2.81, 2.76],
            &[3.34, 3.38, 3.23, 3.26],
        ]),
        0.95,
    )
    .unwrap();
    let square = |value: f64| value * value;
    assert!((square(found.between.value) - 0.0724).abs() < 6e-5, "{found:?}");
    assert!((square(found.within.value) - 0.0066).abs() < 6e-5, "{found:?}");
    // By hand, with the quantiles of the tables: F(0.975; 3, 12) = 4.474, chi-square(0.975; 3) = 9.348 and its 0.025
    // quantile 0.2158; F(0.025; 3, 12) = 1 / 14.34.
    let low = (0.2961 - 0.0066 * 4.474) * 3.0 / (4.0 * 9.348);
    let high = (0.2961 - 0.0066 / 14.34) * 3.0 / (4.0 * 0.2158);
    assert!((square(found.between.interval.low) / low - 1.0).abs() < 0.01, "{found:?}");
    assert!((square(found.between.interval.high) / high - 1.0).abs() < 0.01, "{found:?}");
    // 12 degrees of freedom: 23.337 and 4.404.
    assert!((square(found.within.interval.low) - 0.0066 * 12.0 / 23.337).abs() < 1e-4);
    assert!((square(found.within.interval.high) - 0.0066 * 12.0 / 4.404).abs() < 2e-4);
    assert!((libm::log(found.median.value) - 20.0 - 3.1656).abs() < 1e-3, "{found:?}");
    assert_eq!((found.instances, found.runs, found.rest.len()), (4, 16, 16));
}

/// The spread of what is left is the spread within instances, and no instance is slower than another.
#[test]
fn the_rest_is_without_the_instances() {
    let found = slowness(&runs(&[&[1.0, 1.2, 1.4], &[5.0, 5.1], &[3.0]]), 0.95).unwrap();
    assert_eq!(found.rest.len(), 5);
    let logs: Vec<f64> = found.rest.iter().map(|lasted| libm::log(*lasted as f64)).collect();
    let mean = logs.iter().sum::<f64>() / 5.0;
    let variance = logs.iter().map(|log| (log - mean) * (log - mean)).sum::<f64>() / 5.0;
    // Squares within instances: 0.08 and 0.005, times 3/2 and 2.
    assert!((variance - (0.12 + 0.01) / 5.0).abs() < 1e-6, "{variance}");
    assert!((mean - libm::log(found.median.value)).abs() < 1e-6);
}

#[test]
fn what_cannot_be_told_apart_is_said() {
    assert_eq!(slowness(&runs(&[&[1.0, 2.0]]), 0.95), Err(Unidentifiable::OneInstance));
    assert_eq!(slowness(&runs(&[&[1.0], &[2.0], &[3.0]]), 0.95), Err(Unidentifiable::EachSeenOnce));
    assert_eq!(slowness(&[Run { instance: 0, duration: 0 }], 0.95), Err(Unidentifiable::Zero));
}

#[test]
fn instances_alike_have_no_factor() {
    let found = slowness(&runs(&[&[1.0, 2.0, 3.0], &[1.3, 2.1, 3.2], &[0.8, 2.0, 2.7]]), 0.95).unwrap();
    assert_eq!((found.between.value, found.between.interval.low), (0.0, 0.0));
    assert_eq!(found.factor, Distribution::Constant { value: 1.0 });
    assert!(found.between.interval.high > 0.1);
}

/// 12 instances with 2 to 13 runs each, 400 times: the intervals hold the truth about as often as they say. (400 at 95 %:
/// 380, and 367 to 393 within three standard deviations.)
#[test]
fn intervals_cover() {
    let normal = Sampler::new(&Distribution::Lognormal { median: 1.0, sigma: 1.0 }).unwrap();
    let draw = |seed: u64, instance: u32, run: u64| {
        libm::log(normal.sample(philox4x64([run, u64::from(instance), 0, 0], [seed, 3])[0]))
    };
    let (mut between, mut within, mut median) = (0, 0, 0);
    for seed in 0..400 {
        let one = |instance: u32| {
            let slow = 0.3 * draw(seed, instance, 1000);
            (0..u64::from(instance) + 2).map(move |run| Run {
                instance,
                duration: libm::exp(20.0 + slow + 0.2 * draw(seed, instance, run)).round() as u64,
            })
        };
        let runs: Vec<Run> = (0..12).flat_map(one).collect();
        let found = slowness(&runs, 0.95).unwrap();
        let holds =
            |of: Estimated, truth: f64| u32::from(of.interval.low <= truth && truth <= of.interval.high);
        between += holds(found.between, 0.3);
        within += holds(found.within, 0.2);
        median += holds(found.median, libm::exp(20.0));
        assert!(found.memory.abs() < 0.5);
    }
    for (name, covered) in [("between", between), ("within", within), ("median", median)] {
        println!("{name}: {covered} of 400");
        assert!((367..=395).contains(&covered), "{name}: {covered} of 400");
    }
}

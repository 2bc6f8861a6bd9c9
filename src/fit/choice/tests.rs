//! The choice among families, and what is refused.

use super::*;
use crate::{
    base::{distribution::Sampler, philox::philox4x64},
    fit::Observation,
};

/// Values of a distribution, in whole microseconds.
fn drawn(distribution: &Distribution, count: u64, seed: u64) -> Vec<u64> {
    let sampler = Sampler::new(distribution).unwrap();
    (0..count)
        .map(|index| sampler.sample(philox4x64([index, 0, 0, 0], [seed, 7])[0]).round().max(1.0) as u64)
        .collect()
}

fn of(distribution: &Distribution, count: u64) -> Calibration {
    calibrate(&Sample::exact(drawn(distribution, count, 1)).unwrap(), &Rules::default()).unwrap()
}

/// What is fitted has as many parameters as it is said to have.
#[test]
fn parameters_are_counted() {
    let found = of(&Distribution::Gamma { shape: 3.0, scale: 1e6 }, 500);
    for one in &found.candidates {
        let estimate = &one.estimate;
        assert_eq!(
            estimate.parameters.len() as u64,
            estimate.family.free(estimate.shifted),
            "{}",
            estimate.name()
        );
    }
    assert_eq!(found.candidates.len() + found.dropped.len(), 10);
}

/// With 2,000 values the family that they were drawn from is found.
#[test]
fn the_true_family_is_chosen() {
    let lognormal = |median, sigma| Distribution::Lognormal { median, sigma };
    let shifted = |of| Distribution::Shifted { by: 2e6, of: Box::new(of) };
    for (truth, family, is_shifted) in [
        (Distribution::Exponential { mean: 3e6 }, Family::Exponential, false),
        (lognormal(3e6, 0.7), Family::Lognormal, false),
        (Distribution::Gamma { shape: 3.0, scale: 1e6 }, Family::Gamma, false),
        (Distribution::Weibull { shape: 0.6, scale: 3e6 }, Family::Weibull, false),
        (Distribution::Pareto { min: 1e6, shape: 1.8 }, Family::Pareto, false),
        (shifted(lognormal(3e6, 0.9)), Family::Lognormal, true),
        (shifted(Distribution::Exponential { mean: 3e6 }), Family::Exponential, true),
        (
            Distribution::Mixture { parts: vec![(0.9, lognormal(2e6, 0.2)), (0.1, lognormal(2e7, 0.5))] },
            Family::TwoLognormals,
            false,
        ),
    ] {
        let found = of(&truth, 2000);
        assert_eq!(found.chosen, Chosen::Candidate(0), "{truth:?}");
        let best = &found.candidates[0];
        assert_eq!((best.estimate.family, best.estimate.shifted), (family, is_shifted), "{truth:?}");
        assert_eq!(best.behind, 0.0);
        assert!(found.candidates.windows(2).all(|pair| pair[0].behind <= pair[1].behind));
        assert!(best.goodness.distance < best.goodness.noise, "{truth:?} {}", best.goodness.distance);
    }
}

/// Three narrow heaps are no family: the table is taken.
#[test]
fn what_no_family_fits_becomes_a_table() {
    let heap = |median| Distribution::Lognormal { median, sigma: 0.01 };
    let heaps = Distribution::Mixture { parts: vec![(0.4, heap(1e6)), (0.3, heap(2e6)), (0.3, heap(5e6))] };
    let found = of(&heaps, 3000);
    assert_eq!(found.chosen, Chosen::Empirical);
    assert_eq!(found.distribution, found.empirical.unwrap().distribution);
    assert!(found.candidates.iter().all(|one| one.goodness.distance > 0.03));
}

/// The criterion is twice the log-likelihood's loss against the price of the parameters: one more costs 2 or ln n.
#[test]
fn criteria_differ_in_the_price_of_a_parameter() {
    let sample = Sample::exact(drawn(&Distribution::Exponential { mean: 1e6 }, 500, 2)).unwrap();
    let two = |criterion| {
        let families = vec![Family::Exponential, Family::Weibull];
        let found = calibrate(&sample, &Rules { families, criterion, ..Rules::default() }).unwrap();
        let plain = |family| {
            found.candidates.iter().find(|one| one.estimate.family == family && !one.estimate.shifted)
        };
        let (one, other) = (plain(Family::Exponential).unwrap(), plain(Family::Weibull).unwrap());
        let gain = 2.0 * (other.estimate.log_likelihood - one.estimate.log_likelihood);
        other.behind - one.behind + gain
    };
    assert!(
        (two(Criterion::Aic) - 2.0).abs() < 1e-9 && (two(Criterion::Bic) - libm::log(500.0)).abs() < 1e-9
    );
}

#[test]
fn too_few_are_refused_with_the_number_needed() {
    let cut = |count| Observation { lasted: Lasted::AtLeast(9), count };
    let few =
        Sample::new((1..=9).map(|at| Observation::once(Lasted::Exactly(at))).chain([cut(500)])).unwrap();
    let refusal = calibrate(&few, &Rules::default()).unwrap_err();
    assert_eq!(refusal, Refusal::TooFew { ended: 9, needed: 10, observations: 509 });
    assert_eq!(refusal.to_string(), "only 9 of 509 durations were seen to end, and at least 10 are needed");
    let none = calibrate(&Sample::new([]).unwrap(), &Rules::default()).unwrap_err();
    assert_eq!(none, Refusal::TooFew { ended: 0, needed: 10, observations: 0 });
}

/// Fifteen ends allow for one parameter, and for no table.
#[test]
fn few_allow_for_few_parameters() {
    let sample = Sample::exact(drawn(&Distribution::Exponential { mean: 1e6 }, 15, 3)).unwrap();
    let found = calibrate(&sample, &Rules::default()).unwrap();
    assert!(found.empirical.is_none());
    assert!(
        found
            .candidates
            .iter()
            .all(|one| one.estimate.family == Family::Exponential && !one.estimate.shifted)
    );
    let gamma = Dropped { family: Family::Gamma, shifted: true, needed: Some(30) };
    assert!(found.dropped.contains(&gamma) && found.dropped.len() == 9, "{:?}", found.dropped);
    let only = Rules { families: vec![Family::Gamma], ..Rules::default() };
    assert_eq!(calibrate(&sample, &only).unwrap_err(), Refusal::NothingFits { ended: 15, needed: 20 });
}

#[test]
fn one_value_is_a_constant() {
    let found = calibrate(&Sample::exact([7; 12]).unwrap(), &Rules::default()).unwrap();
    assert_eq!((found.chosen, found.distribution), (Chosen::Constant, Distribution::Constant { value: 7.0 }));
}

/// Every observation cut at its own time-out, more than half of them: the median is still that of the truth.
#[test]
fn censoring_does_not_shorten() {
    let truth = Distribution::Lognormal { median: 3e6, sigma: 0.7 };
    let seen =
        drawn(&truth, 4000, 4).into_iter().zip(drawn(&Distribution::Uniform { min: 0.0, max: 6e6 }, 4000, 5));
    let seen = seen
        .map(|(lasts, until)| if lasts <= until { Lasted::Exactly(lasts) } else { Lasted::AtLeast(until) });
    let sample = Sample::new(seen.map(Observation::once)).unwrap();
    assert!(sample.ended() < 2000);
    let found = calibrate(&sample, &Rules::default()).unwrap();
    let best = &found.candidates[0];
    assert_eq!(best.estimate.family, Family::Lognormal);
    let median = best.quantiles[0];
    assert!(median.interval.low < 3e6 && 3e6 < median.interval.high, "{median:?}");
    let seen = found.seen[0];
    assert!(seen.low < 3e6 && seen.high.is_some_and(|high| 3e6 < high), "{seen:?}");
}

/// Small and odd samples: coarse clocks, heaps, outliers, nearly everything cut off. Whatever comes out can be drawn from, and
/// its numbers are numbers.
#[test]
fn odd_samples_do_no_harm() {
    for seed in 0..150 {
        let [size, scale, kind, spread] = philox4x64([seed, 1, 0, 0], [11, 13]);
        let (count, unit) = (1 + size % 80, 1 << (scale % 22));
        let seen = (0..count).map(|index| {
            let [value, end, kinds, _] = philox4x64([seed, index, 2, 0], [11, 13]);
            let wild = if value % 50 == 0 { 1 << (end % 12) } else { 1 };
            let lasts = unit * (1 + value % (2 + spread % 1000)) * wild;
            let lasted = match (kind % 4, kinds % 10) {
                (1, 1..) | (2, 5..) => Lasted::AtLeast(lasts),
                (2 | 3, 0..5) => Lasted::Between { after: lasts - unit.min(lasts), until: lasts },
                _ => Lasted::Exactly(lasts),
            };
            Observation { lasted, count: 1 + end % 3 }
        });
        let sample = Sample::new(seen).unwrap();
        let Ok(found) = calibrate(&sample, &Rules::default()) else { continue };
        assert!(Sampler::new(&found.distribution).is_ok(), "{seed}: {:?}", found.distribution);
        for one in &found.candidates {
            let intervals =
                one.estimate.parameters.iter().map(|of| (of.interval.low, of.value, of.interval.high));
            let intervals =
                intervals.chain(one.quantiles.iter().map(|of| (of.interval.low, of.value, of.interval.high)));
            for (low, value, high) in intervals {
                assert!(
                    0.0 <= low && low <= value && value <= high,
                    "{seed}: {} {low} {value} {high}",
                    one.estimate.name()
                );
            }
            assert!(
                one.estimate.log_likelihood.is_finite() && (0.0..=1.0).contains(&one.goodness.distance),
                "{seed}"
            );
        }
    }
}

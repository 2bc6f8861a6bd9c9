//! Estimates against closed forms and published examples.

use super::*;
use crate::fit::{Lasted, Observation, log_likelihood};

/// Millions of revolutions of 23 ball bearings (J. Lieblein and M. Zelen, "Statistical investigation of the fatigue life of
/// deep-groove ball bearings", 1956), in hundredths.
const BEARINGS: [u64; 23] = [
    1788, 2892, 3300, 4152, 4212, 4560, 4848, 5184, 5196, 5412, 5556, 6780, 6864, 6864, 6888, 8412, 9312,
    9864, 10512, 10584, 12792, 12804, 17340,
];

/// The same remissions as in the tests of curves, in hundredths of a week.
fn remissions() -> Sample {
    let relapsed = [6, 6, 6, 7, 10, 13, 16, 22, 23].map(|weeks| Lasted::Exactly(weeks * 100));
    let not_yet = [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35].map(|weeks| Lasted::AtLeast(weeks * 100));
    Sample::new(relapsed.into_iter().chain(not_yet).map(Observation::once)).unwrap()
}

fn fit(family: Family, sample: &Sample) -> Estimate {
    estimate(family, false, sample, 0.95).unwrap()
}

fn near(found: f64, expected: f64, within: f64) {
    assert!((found - expected).abs() <= within, "{found} is not {expected}");
}

/// J. F. Lawless, "Statistical models and methods for lifetime data", 2003, sections 5.2 to 5.4: Weibull 2.10 and 81.9,
/// lognormal 4.15 and 0.522, gamma 4.03 with log-likelihoods of -113.69, -113.13 and -113.03.
#[test]
fn ball_bearings() {
    let sample = Sample::exact(BEARINGS).unwrap();
    // The values are in hundredths: each of 23 densities is a hundredth.
    let unit = 23.0 * libm::log(100.0);
    for (family, first, second, likely) in [
        (Family::Weibull, 2.10, 8190.0, -113.69),
        (Family::Gamma, 4.03, 1794.0, -113.03),
        (Family::Lognormal, 6346.0, 0.522, -113.13),
    ] {
        let found = fit(family, &sample);
        let [one, other] = &found.parameters[..] else { panic!() };
        near(one.value, first, 0.005 * first.max(2.0));
        near(other.value, second, 0.005 * second);
        near(found.log_likelihood + unit, likely, 0.006);
        near(found.aic, 4.0 - 2.0 * found.log_likelihood, 1e-12);
        near(found.bic, 2.0 * libm::log(23.0) - 2.0 * found.log_likelihood, 1e-12);
        assert!((log_likelihood(&found.law().unwrap(), &sample) - found.log_likelihood).abs() < 1e-9);
    }
}

/// With censoring, by the minimiser and the distributions of SciPy 1.17.1: parameters and standard errors of their
/// logarithms.
#[test]
fn remissions_with_censoring() {
    for (family, first, second, errors, likely) in [
        (Family::Weibull, 1.353_735, 3376.515, (0.278_398, 0.273_369), -41.658_678),
        (Family::Gamma, 1.677_009, 1854.139, (0.403_549, 0.608_002), -41.439_416),
        (Family::Lognormal, 2460.790, 0.978_725, (0.286_132 * 0.978_725, 0.256_039), -40.680_156),
    ] {
        let found = fit(family, &remissions());
        near(found.log_likelihood + 9.0 * libm::log(100.0), likely, 2e-6);
        let errors = if family == Family::Lognormal {
            [None, Some(errors.1)]
        } else {
            [Some(errors.0), Some(errors.1)]
        };
        for ((found, value), error) in found.parameters.iter().zip([first, second]).zip(errors) {
            near(found.value / value, 1.0, 2e-4);
            let width = libm::log(found.interval.high / found.interval.low) / (2.0 * 1.959_964);
            if let Some(error) = error {
                near(width, error, 1e-3);
            }
        }
    }
}

/// All the time over the ends in it, 359 weeks over 9; the standard error of its logarithm is 1 / sqrt(9).
#[test]
fn exponential_has_a_closed_form() {
    let found = fit(Family::Exponential, &remissions());
    near(found.parameters[0].value, 35_900.0 / 9.0, 0.02);
    near(found.log_likelihood, 9.0 * libm::log(9.0 / 35_900.0) - 9.0, 1e-9);
    let width = libm::log(found.parameters[0].interval.high / found.parameters[0].value);
    near(width, 1.959_964 / 3.0, 1e-5);
    // Every quantile is a multiple of the mean, and so are the ends of its interval.
    let median = found.quantile(0.5).unwrap();
    near(median.value, core::f64::consts::LN_2 * 35_900.0 / 9.0, 0.02);
    near(libm::log(median.interval.high / median.value), width, 1e-4);
}

/// Mean and standard deviation of the logarithms; the variances are sigma^2 / n and, of the logarithm of sigma, 1 / 2n. The
/// quantile at p has the variance (1 + z^2 / 2) sigma^2 / n of its logarithm.
#[test]
fn lognormal_has_a_closed_form() {
    let found = fit(Family::Lognormal, &Sample::exact(BEARINGS).unwrap());
    let logs = BEARINGS.map(|value| libm::log(value as f64));
    let mean = logs.iter().sum::<f64>() / 23.0;
    let sigma = (logs.iter().map(|log| (log - mean) * (log - mean)).sum::<f64>() / 23.0).sqrt();
    near(libm::log(found.parameters[0].value), mean, 1e-5);
    near(found.parameters[1].value, sigma, 1e-5);
    let reach = |interval: Interval| libm::log(interval.high / interval.low) / (2.0 * 1.959_964);
    near(reach(found.parameters[0].interval), sigma / 23_f64.sqrt(), 1e-4);
    near(reach(found.parameters[1].interval), 1.0 / 46_f64.sqrt(), 1e-3);
    let z = 2.326_347_874;
    let p99 = found.quantile(0.99).unwrap();
    near(libm::log(p99.value), mean + z * sigma, 1e-5);
    near(reach(p99.interval), sigma * ((1.0 + z * z / 2.0) / 23.0).sqrt(), 1e-3);
}

/// The smallest value is the minimum. Given it, the shape is the number of other ends over the sum of the logarithms of all
/// values above it, in units of it.
#[test]
fn pareto_has_a_closed_form() {
    let sample = Sample::new(
        [100, 150, 200, 400]
            .map(Lasted::Exactly)
            .into_iter()
            .chain([Lasted::AtLeast(50), Lasted::AtLeast(800)])
            .map(Observation::once),
    )
    .unwrap();
    let found = fit(Family::Pareto, &sample);
    let sum: f64 = [1.5, 2.0, 4.0, 8.0].map(libm::log).iter().sum();
    near(found.parameters[0].value, 3.0 / sum, 1e-5);
    let min = &found.parameters[1];
    assert_eq!((min.name, min.value, min.interval.high), ("min", 100.0, 100.0));
    // The smallest of the five that were seen at 100 exceeds the minimum by a factor of x with probability x^(-5 shape).
    near(min.interval.low, 100.0 * libm::pow(0.05, sum / 15.0), 1e-3);
}

/// Memoryless beyond the smallest value: given that, the mean is that of the others above it.
#[test]
fn shifted_exponential_has_a_closed_form() {
    let sample = Sample::exact([1_000_000, 1_200_000, 1_700_000, 1_400_000, 3_000_000]).unwrap();
    let found = estimate(Family::Exponential, true, &sample, 0.95).unwrap();
    assert!(found.shifted && found.name() == "shifted exponential");
    near(found.parameters[0].value, 3_300_000.0 / 4.0, 10.0);
    near(found.parameters[1].value, 1_000_000.0, 1e-6);
    near(found.parameters[1].interval.low, 1_000_000.0 + 825_000.0 * libm::log(0.05) / 5.0, 10.0);
}

/// Polled every hour, an exponential is geometric: with n ends in all after k whole hours, each hour ends one of k + n.
#[test]
fn polled_exponential_has_a_closed_form() {
    const HOUR: u64 = 3_600_000_000;
    let hours = [(0, 40), (1, 25), (2, 12), (3, 9), (4, 3), (7, 1)];
    let polled = hours.map(|(after, count)| Observation {
        lasted: Lasted::Between { after: after * HOUR, until: (after + 1) * HOUR },
        count,
    });
    let (ends, whole): (u64, u64) =
        hours.iter().fold((0, 0), |(ends, whole), (after, count)| (ends + count, whole + after * count));
    // And ten more that were given up after three hours.
    let given_up = Observation { lasted: Lasted::AtLeast(3 * HOUR), count: 10 };
    let found = fit(Family::Exponential, &Sample::new(polled.into_iter().chain([given_up])).unwrap());
    let p = ends as f64 / (whole + 30 + ends) as f64;
    near(found.parameters[0].value / (-(HOUR as f64) / libm::log1p(-p)), 1.0, 1e-6);
}

/// Ball bearings show no minimum: the likelihood of a shifted lognormal is largest without one (at -10.5 million
/// revolutions, by SciPy 1.17.1, if that were possible).
#[test]
fn no_minimum_is_made_up() {
    assert!(estimate(Family::Lognormal, true, &Sample::exact(BEARINGS).unwrap(), 0.95).is_none());
    assert!(estimate(Family::Pareto, true, &Sample::exact(BEARINGS).unwrap(), 0.95).is_none());
}

#[test]
fn one_value_is_no_distribution() {
    for family in Family::ALL {
        assert!(estimate(family, false, &Sample::exact([5, 5, 5]).unwrap(), 0.95).is_none(), "{family:?}");
    }
}

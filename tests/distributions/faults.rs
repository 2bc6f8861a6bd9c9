//! Every distribution that cannot exist is refused, with the parameter and what would be right.

use fleetsim::base::distribution::{Distribution, Impossible, Sampler};

use super::{exponential, shifted, truncated, two_speeds};

fn fault(distribution: &Distribution) -> Impossible {
    Sampler::new(distribution).err().unwrap_or_else(|| panic!("accepted {distribution:?}"))
}

fn assert_refused(distribution: &Distribution, parameter: &str, reason: &str) {
    let fault = fault(distribution);
    assert_eq!(fault.parameter, parameter, "{distribution:?}: {fault:?}");
    assert!(fault.reason.contains(reason), "{distribution:?}: {fault:?}");
}

#[test]
fn numbers_that_are_none_or_below_their_least() {
    for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -1.0] {
        let least = "must be a finite number of at least 0, not";
        assert_refused(&Distribution::Constant { value: bad }, "value", least);
        assert_refused(&Distribution::Uniform { min: bad, max: 1.0 }, "min", least);
        assert_refused(&Distribution::Uniform { min: 0.0, max: bad }, "max", least);
        assert_refused(&Distribution::Lognormal { median: 1.0, sigma: bad }, "sigma", least);
        assert_refused(&shifted(bad, exponential(1.0)), "by", least);
        assert_refused(&truncated(bad, 1.0, exponential(1.0)), "min", least);
        assert_refused(&truncated(0.0, bad, exponential(1.0)), "max", least);
    }
    for bad in [f64::NAN, f64::INFINITY, -1.0, 0.0] {
        let least = "must be a finite number above 0, not";
        assert_refused(&exponential(bad), "mean", least);
        assert_refused(&Distribution::Lognormal { median: bad, sigma: 1.0 }, "median", least);
        assert_refused(&Distribution::Gamma { shape: 1.0, scale: bad }, "scale", least);
        assert_refused(&Distribution::Weibull { shape: bad, scale: 1.0 }, "shape", least);
        assert_refused(&Distribution::Weibull { shape: 1.0, scale: bad }, "scale", least);
        assert_refused(&Distribution::Pareto { min: bad, shape: 1.0 }, "min", least);
        assert_refused(&Distribution::Pareto { min: 1.0, shape: bad }, "shape", least);
    }
    for shape in [f64::NAN, f64::INFINITY, -1.0, 0.0, 0.049, 1e6 + 1.0] {
        assert_refused(&Distribution::Gamma { shape, scale: 1.0 }, "shape", "from 0.05 to 1000000, not");
    }
}

#[test]
fn bounds_in_the_wrong_order() {
    assert_refused(&Distribution::Uniform { min: 3.0, max: 2.0 }, "min", "at most max, 2, not 3");
    assert_refused(&truncated(3.0, 3.0, exponential(1.0)), "min", "below max, 3, not 3");
    assert_refused(&truncated(3.0, 2.0, exponential(1.0)), "min", "below max, 2, not 3");
}

#[test]
fn values_beyond_the_floats() {
    assert_refused(&exponential(1e307), "mean", "must be smaller");
    assert_refused(&Distribution::Lognormal { median: 1.0, sigma: 80.0 }, "sigma", "must be smaller");
    assert_refused(&Distribution::Gamma { shape: 1e6, scale: 1e304 }, "scale", "must be smaller");
    assert_refused(&Distribution::Weibull { shape: 0.005, scale: 1.0 }, "shape", "must be larger");
    assert_refused(&Distribution::Pareto { min: 1.0, shape: 0.05 }, "shape", "must be larger");
    assert_refused(&shifted(f64::MAX, Distribution::Constant { value: f64::MAX }), "by", "must be smaller");
}

#[test]
fn measured_values() {
    let values = |values: &[f64]| Distribution::Values { values: values.to_vec() };
    assert_refused(&values(&[]), "values", "at least one");
    assert_refused(&values(&[1.0, f64::NAN]), "values", "finite");
    assert_refused(&values(&[-1.0, 1.0]), "values", "at least 0, not -1");
    assert_refused(&values(&[1.0, 3.0, 2.0]), "values", "must ascend, but 3 stands before 2");
}

#[test]
fn quantile_tables() {
    let points = |points: &[(f64, f64)]| Distribution::Quantiles { points: points.to_vec() };
    for bad in [&[][..], &[(0.0, 1.0)], &[(0.0, 1.0), (0.9, 2.0)], &[(0.1, 1.0), (1.0, 2.0)]] {
        assert_refused(&points(bad), "points", "from probability 0 to probability 1");
    }
    assert_refused(
        &points(&[(0.0, 1.0), (0.6, 2.0), (0.5, 3.0), (1.0, 4.0)]),
        "points",
        "must ascend in both",
    );
    assert_refused(
        &points(&[(0.0, 1.0), (0.5, 3.0), (1.0, 2.0)]),
        "points",
        "(0.5, 3.0) stands before (1.0, 2.0)",
    );
    assert_refused(&points(&[(0.0, f64::NAN), (1.0, 2.0)]), "points", "finite numbers of at least 0");
    assert_refused(
        &points(&[(0.0, 1.0), (f64::NAN, 1.0), (1.0, 2.0)]),
        "points",
        "finite numbers of at least 0",
    );
    assert_refused(&points(&[(0.0, -1.0), (1.0, 2.0)]), "points", "finite numbers of at least 0");
}

#[test]
fn mixtures() {
    let mixture = |weights: &[f64]| Distribution::Mixture {
        parts: weights.iter().map(|weight| (*weight, exponential(1.0))).collect(),
    };
    assert_refused(&mixture(&[1.0, -0.5]), "parts", "at least 0, not -0.5");
    assert_refused(&mixture(&[1.0, f64::NAN]), "parts", "not NaN");
    assert_refused(&mixture(&[]), "parts", "above 0, not 0");
    assert_refused(&mixture(&[0.0, 0.0]), "parts", "above 0, not 0");
    assert_refused(&mixture(&[f64::MAX, f64::MAX]), "parts", "above 0, not inf");
    assert_refused(&mixture(&[1.0; 65]), "parts", "at most 64");
    let in_a_part = Distribution::Mixture { parts: vec![(1.0, two_speeds()), (0.0, exponential(-1.0))] };
    assert_refused(&in_a_part, "mean", "above 0, not -1");
}

#[test]
fn truncations_that_keep_next_to_nothing() {
    let little = "must keep a probability of at least 1e-12";
    // e^-28 is 6.9e-13 and e^-27 is 1.9e-12.
    assert_refused(&truncated(28.0, 1e9, exponential(1.0)), "min", little);
    assert!(Sampler::new(&truncated(27.0, 1e9, exponential(1.0))).is_ok());
    assert_refused(&truncated(1.0, 1.0 + 1e-13, exponential(1.0)), "min", little);
    assert_refused(&truncated(3.0, 4.0, Distribution::Constant { value: 2.0 }), "min", little);
    assert_refused(&truncated(500.0, 600.0, two_speeds()), "min", little);
}

#[test]
fn nesting() {
    let nested = |depth| (0..depth).fold(exponential(1.0), |of, _| shifted(1.0, of));
    assert!(Sampler::new(&nested(8)).is_ok());
    assert_refused(&nested(9), "of", "at most 8 of mixture, shifted and truncated");
    assert_refused(&Distribution::Mixture { parts: vec![(1.0, nested(8))] }, "of", "at most 8");
    assert_refused(&truncated(0.0, 99.0, nested(8)), "of", "at most 8");
}

#[test]
fn a_99th_percentile_below_the_median() {
    let refused = |median, p99| Distribution::lognormal_from_p99(median, p99).expect_err("refused").parameter;
    assert_eq!(refused(2.0, 1.9), "p99");
    assert_eq!(refused(2.0, f64::NAN), "p99");
    assert_eq!(refused(0.0, 1.9), "median");
}

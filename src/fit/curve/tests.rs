//! Curves against published examples and against each other.

use super::*;

/// Weeks in remission on 6-MP (E. J. Freireich and others, "The effect of 6-mercaptopurine on the duration of
/// steroid-induced remissions in acute leukemia", Blood 21, 1963): relapses, and those without one so far.
fn freireich() -> Sample {
    let relapsed = [6, 6, 6, 7, 10, 13, 16, 22, 23].map(Lasted::Exactly);
    let not_yet = [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35].map(Lasted::AtLeast);
    Sample::new(relapsed.into_iter().chain(not_yet).map(Observation::once)).unwrap()
}

fn near(found: f64, expected: f64, within: f64) {
    assert!((found - expected).abs() <= within, "{found} is not {expected}");
}

/// The curve and Greenwood's standard errors as J. P. Klein and M. L. Moeschberger, "Survival analysis", 2003, table 4.1A
/// prints them, and the intervals on the scale of log(-log) as Stata's `sts list` does.
#[test]
fn kaplan_and_meier_on_6_mp() {
    let curve = curve(&freireich()).unwrap();
    let expected = [
        (6, 0.857, 0.0764, 0.6197, 0.9516),
        (7, 0.807, 0.0869, 0.5631, 0.9228),
        (10, 0.753, 0.0963, 0.5032, 0.8894),
        (13, 0.690, 0.1068, 0.4316, 0.8491),
        (16, 0.627, 0.1141, 0.3675, 0.8049),
        (22, 0.538, 0.1282, 0.2678, 0.7468),
        (23, 0.448, 0.1346, 0.1881, 0.6801),
    ];
    assert_eq!(curve.steps.len(), expected.len());
    for (index, (at, above, error, low, high)) in expected.into_iter().enumerate() {
        let step = curve.steps[index];
        assert_eq!(step.until, at);
        near(step.above, above, 5.1e-4);
        near(step.above * step.variance.unwrap().sqrt(), error, 5.1e-5);
        let band = curve.band(index, 0.95).unwrap();
        near(band.low, low, 5.1e-5);
        near(band.high, high, 5.1e-5);
    }
    near(curve.unseen(), 0.448, 5.1e-4);
    near(curve.above(12.0), 0.753, 5.1e-4);
}

/// The median is 23 weeks, at least 13, and no upper end can be told (Stata's `stci` on the same data).
#[test]
fn the_median_of_6_mp() {
    let median = seen_quantile(&freireich(), 0.5, 0.95).unwrap();
    assert_eq!((median.value, median.low, median.high), (Some(23.0), 13.0, None));
    assert_eq!(seen_quantile(&freireich(), 0.9, 0.95).unwrap().value, None);
}

/// Without censoring the curve is what is left of the sample, and Greenwood's variance that of a binomial share.
#[test]
fn without_censoring_it_is_the_sample() {
    let curve = curve(&Sample::exact([4, 1, 3, 3, 2, 9, 8, 7]).unwrap()).unwrap();
    for (at, above) in [(1.0, 7.0), (2.5, 6.0), (3.0, 4.0), (8.0, 1.0), (9.0, 0.0)] {
        near(curve.above(at), above / 8.0, 1e-15);
    }
    let third = curve.steps[2];
    near(third.above * third.above * third.variance.unwrap(), 0.5 * 0.5 / 8.0, 1e-15);
    assert_eq!((curve.value_at(0.5), curve.value_at(1.0), curve.unseen()), (Some(3.0), Some(9.0), 0.0));
}

/// Months to retraction after radiotherapy alone (D. M. Finkelstein and R. A. Wolfe, "A semiparametric model for regression
/// analysis of interval-censored failure time data", Biometrics 41, 1985), last visit before and first visit after.
#[rustfmt::skip]
fn retraction() -> Sample {
    let between = [
        (6, 10), (0, 7), (7, 16), (7, 14), (37, 44), (0, 8), (4, 11), (11, 15), (25, 37), (26, 40), (27, 34), (36, 44),
        (36, 48), (17, 25), (11, 18), (5, 12), (0, 5), (5, 11), (19, 35), (17, 25), (19, 26),
    ];
    let not_yet = [
        45, 46, 46, 17, 15, 22, 46, 46, 46, 46, 37, 40, 46, 38, 37, 18, 24, 36, 24, 32, 33, 37, 34, 36, 46,
    ];
    let between = between.map(|(after, until)| Lasted::Between { after, until });
    Sample::new(between.into_iter().chain(not_yet.map(Lasted::AtLeast)).map(Observation::once)).unwrap()
}

/// The maximum as M. P. Fay and P. A. Shaw, "Exact and asymptotic weighted logrank tests for interval censored data: the
/// interval R package", Journal of Statistical Software 36, 2010, print it.
#[test]
fn turnbull_on_retraction() {
    let curve = curve(&retraction()).unwrap();
    let expected = [
        (4, 5, 0.0463),
        (6, 7, 0.0334),
        (7, 8, 0.0887),
        (11, 12, 0.0708),
        (24, 25, 0.0926),
        (33, 34, 0.0818),
        (38, 40, 0.1209),
    ];
    let steps: Vec<_> = curve.steps.iter().enumerate().collect();
    let steps: Vec<_> =
        steps.iter().filter(|(index, step)| curve.above_before(*index) - step.above > 1e-3).collect();
    for ((index, step), (after, until, mass)) in steps.iter().zip(expected) {
        assert_eq!((step.after, step.until), (after, until));
        near(curve.above_before(*index) - step.above, mass, 2e-3);
    }
    assert!(curve.shortfall <= 1e-4);
    // What is left lies between 46 and 48, the only visit after the last censoring.
    near(curve.above(46.0), 0.4656, 2e-3);
}

/// Exact and cut-off durations among polled ones are where Kaplan and Meier put them.
#[test]
fn turnbull_is_kaplan_and_meier_where_both_can_be() {
    let whole = curve(&freireich()).unwrap();
    let narrow = freireich();
    let narrow = narrow.observations().iter().map(|one| match one.lasted {
        Lasted::Exactly(at) => Observation { lasted: Lasted::Between { after: at - 1, until: at }, ..*one },
        _ => *one,
    });
    // Within the last unit before it, as if exact; only the censorings at the same week now come before.
    let polled = curve(&Sample::new(narrow).unwrap()).unwrap();
    for at in [6.0, 7.0, 10.0, 13.0, 16.0, 22.0, 23.0] {
        near(polled.above(at), whole.above(at), 1e-3);
    }
    let mixed = Sample::new(
        freireich()
            .observations()
            .iter()
            .copied()
            .chain([Observation::once(Lasted::Between { after: 22, until: 23 })]),
    )
    .unwrap();
    // 22 + 1 of them, 3 of them at 6; by hand at 23: the two last ends of 7 that are left after 22.
    let curve = curve(&mixed).unwrap();
    near(curve.above(6.0), 19.0 / 22.0, 1e-3);
    assert_eq!(curve.steps.last().unwrap().until, 23);
}

/// Ends known to one hour: the interval of a quantile is at least an hour wide and holds that of the exact durations.
#[test]
fn intervals_of_polled_quantiles_hold_the_exact_ones() {
    const HOUR: u64 = 3_600_000_000;
    let exact: Vec<u64> = (1..=200).map(|index| index * index * 9_000_000).collect();
    let polled = exact
        .iter()
        .map(|at| Lasted::Between { after: (at - 1) / HOUR * HOUR, until: ((at - 1) / HOUR + 1) * HOUR });
    let polled = Sample::new(polled.map(Observation::once)).unwrap();
    for share in [0.1, 0.5, 0.9] {
        let inner = seen_quantile(&Sample::exact(exact.clone()).unwrap(), share, 0.95).unwrap();
        let outer = seen_quantile(&polled, share, 0.95).unwrap();
        assert!(outer.low <= inner.low && outer.high >= inner.high, "{inner:?} {outer:?}");
        assert!((outer.value.unwrap() - inner.value.unwrap()).abs() < HOUR as f64, "{inner:?} {outer:?}");
        assert!(outer.high.unwrap() - outer.low >= HOUR as f64);
    }
}

#[test]
fn without_an_end_there_is_no_curve() {
    assert!(curve(&Sample::new([Observation::once(Lasted::AtLeast(5))]).unwrap()).is_none());
    assert!(curve(&Sample::new([]).unwrap()).is_none());
}

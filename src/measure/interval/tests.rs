//! Intervals against published tables, closed forms, and simulations of how often they cover the truth.

use super::*;
use crate::base::philox::Philox4x64;

#[track_caller]
fn assert_near(found: f64, expected: f64, within: f64) {
    assert!((found - expected).abs() <= within, "{found} is not {expected}");
}

/// Tables of Student's t as every textbook prints them; the last row is the normal distribution's.
#[test]
fn quantiles_of_student_are_the_published_ones() {
    for (degrees, t95, t975, t995) in [
        (3, 2.3534, 3.1824, 5.8409),
        (5, 2.0150, 2.5706, 4.0321),
        (10, 1.8125, 2.2281, 3.1693),
        (30, 1.6973, 2.0423, 2.7500),
        (60, 1.6706, 2.0003, 2.6603),
        (120, 1.6577, 1.9799, 2.6174),
        (1_000_000_000, 1.6449, 1.9600, 2.5758),
    ] {
        for (share, expected) in [(0.95, t95), (0.975, t975), (0.995, t995)] {
            assert_near(student_quantile(share, degrees), expected, 5.1e-5);
        }
    }
    assert_near(normal_quantile(0.975), 1.959_963_984_540_054, 1e-13);
    assert_near(normal_quantile(0.995), 2.575_829_303_548_901, 1e-13);
}

/// One degree of freedom is Cauchy's distribution, two have a closed form; many approach the normal quantile with the
/// first term of Cornish and Fisher.
#[test]
fn quantiles_of_student_are_the_closed_forms() {
    for share in [0.6, 0.75, 0.9, 0.95, 0.975, 0.995, 0.9995] {
        let cauchy = libm::tan(core::f64::consts::PI * (share - 0.5));
        assert_near(student_quantile(share, 1) / cauchy, 1.0, 1e-11);
        let two = (2.0 * share - 1.0) / (2.0 * share * (1.0 - share)).sqrt();
        assert_near(student_quantile(share, 2) / two, 1.0, 1e-11);
        let z = normal_quantile(share);
        // What is left: the rest of the series, and the last bit of x near 1 times the degrees.
        for degrees in [201, 10_000, 1_000_000, 1_000_000_000] {
            let v = degrees as f64;
            let first = (z * z * z + z) / (4.0 * v);
            let second = (5.0 * z * z * z * z * z + 16.0 * z * z * z + 3.0 * z) / (96.0 * v * v);
            assert_near(
                student_quantile(share, degrees),
                z + first + second,
                60.0 / (v * v * v) + 1e-10 + v * f64::EPSILON,
            );
        }
    }
}

/// By hand: mean 3, variance 2.5, t(4) at 97.5 % is 2.776445.
#[test]
fn the_interval_of_a_mean() {
    let moments = Moments::of([1, 2, 3, 4, 5]);
    assert_eq!((moments.mean(), moments.variance()), (Some(3.0), Some(2.5)));
    let interval = of_mean(&moments, 0.95).unwrap();
    assert_near(interval.high - 3.0, 2.776_445 * (2.5_f64 / 5.0).sqrt(), 1e-6);
    assert_near(3.0 - interval.low, interval.high - 3.0, 1e-12);
    assert_eq!(of_mean(&Moments::of([7]), 0.95), None);
    assert_eq!(of_mean(&Moments::of([7, 7]), 0.95), Some(Interval { low: 7.0, high: 7.0 }));
}

/// Large values that differ in the last place: a sum of squares in floats would lose all of it.
#[test]
fn a_variance_loses_nothing_to_size_or_sign() {
    for shift in [0, 1_000_000_000_000_000, -1_000_000_000_000_000, -3] {
        let all = Moments::of([shift, shift + 1, shift + 2, shift + 2, shift + 5]);
        assert_eq!(all.variance(), Some(3.5), "{shift}");
        let mut merged = Moments::of([shift + 5, shift]);
        merged.add_many(shift + 2, 2);
        merged.merge(&Moments::of([shift + 1]));
        assert_eq!(merged, all);
    }
}

/// The median's ranks at 95 % from the table of W. J. Conover, "Practical nonparametric statistics", and by hand:
/// with 6 values both tails are 2^-6 = 1.56 %, with 5 they are 3.13 %; 0.95^n is at most 2.5 % from n = 72 on.
#[test]
fn ranks_are_the_published_ones() {
    for (count, share, expected) in [
        (5, 0.5, None),
        (6, 0.5, Some((1, 6))),
        (10, 0.5, Some((2, 9))),
        (20, 0.5, Some((6, 15))),
        (100, 0.5, Some((40, 61))),
        (71, 0.95, None),
        (72, 0.95, Some((64, 72))),
        (0, 0.5, None),
    ] {
        assert_eq!(quantile_ranks(count, share, 0.95), expected, "{count} {share}");
    }
    let (low, high) = quantile_ranks(1_000_000, 0.95, 0.95).unwrap();
    // The normal approximation: 950,000 -+ 1.96 * sqrt(47,500).
    assert!(low.abs_diff(949_573) <= 1 && high.abs_diff(950_428) <= 1, "{low} {high}");
    assert_eq!(of_quantile(&[3, 5, 6, 8, 9, 11], 0.5, 0.95), Some(Interval { low: 3.0, high: 11.0 }));
}

/// Pascal's triangle in integers: neither tail holds more than 2.5 %, and one rank further in would.
#[test]
fn ranks_of_the_median_agree_with_whole_numbers() {
    for count in 6_u32..60 {
        let mut row = vec![1_u64];
        for _ in 0..count {
            row = (0..=row.len())
                .map(|i| row.get(i).unwrap_or(&0) + i.checked_sub(1).map_or(0, |i| row[i]))
                .collect();
        }
        let fits = |low: usize| row[..low].iter().sum::<u64>() * 40 <= 1 << count;
        let low = (1..row.len()).take_while(|&low| fits(low)).last().unwrap() as u64;
        let expected = Some((low, u64::from(count) + 1 - low));
        assert_eq!(quantile_ranks(count.into(), 0.5, 0.95), expected, "{count}");
    }
}

/// R. G. Newcombe, "Two-sided confidence intervals for the single proportion", Statistics in Medicine 17, 1998, table I,
/// method 3.
#[test]
fn shares_are_the_published_ones() {
    for (successes, trials, low, high) in [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
        (29, 29, 0.8830, 1.0),
    ] {
        let interval = of_share(successes, trials, 0.95);
        assert_near(interval.low, low, 5.1e-5);
        assert_near(interval.high, high, 5.1e-5);
    }
    assert_eq!(of_share(0, 0, 0.95), Interval { low: 0.0, high: 1.0 });
}

/// Numbers from 0 to below 1.
fn numbers(key: u64) -> impl Iterator<Item = f64> {
    let philox = Philox4x64::new([key, 0]);
    (0..)
        .flat_map(move |at| philox.words([at, 0, 0, 0]))
        .map(|word| (word >> 11) as f64 / (1_u64 << 53) as f64)
}

/// In how many of 20,000 samples the interval holds the truth. The standard error of the share is 0.15 % at 95 %.
fn coverage(samples: impl Iterator<Item = Interval>, truth: f64) -> f64 {
    let all: Vec<_> = samples.take(20_000).collect();
    all.iter().filter(|interval| interval.low <= truth && truth <= interval.high).count() as f64
        / all.len() as f64
}

/// Student's interval is exact for normal samples, of any size.
#[test]
fn intervals_of_means_cover_as_they_say() {
    for (size, confidence) in [(2_usize, 0.95), (5, 0.9), (12, 0.95)] {
        let mut numbers = numbers(size as u64);
        let mut normal = move || {
            let (one, two) = (1.0 - numbers.next().unwrap(), numbers.next().unwrap());
            let radius = (-2.0 * libm::log(one)).sqrt();
            (1e9 + 1e7 * radius * libm::cos(core::f64::consts::TAU * two)) as i64
        };
        let sample = || of_mean(&Moments::of((0..size).map(|_| normal())), confidence).unwrap();
        assert_near(coverage(std::iter::repeat_with(sample), 1e9), confidence, 0.006);
    }
}

/// Of any distribution, here the exponential: at least as often as said, and as often as the binomial has it.
#[test]
fn intervals_of_quantiles_cover_as_they_say() {
    for (size, share, exact) in [(10, 0.5, 0.9785), (6, 0.5, 0.9688), (100, 0.9, 0.9557)] {
        let mut numbers = numbers(size as u64);
        let sample = || {
            let mut values: Vec<u64> =
                (0..size).map(|_| (-1e9 * libm::log(1.0 - numbers.next().unwrap())) as u64).collect();
            values.sort_unstable();
            of_quantile(&values, share, 0.95).unwrap()
        };
        let truth = -1e9 * libm::log(1.0 - share);
        assert_near(coverage(std::iter::repeat_with(sample), truth), exact, 0.005);
    }
}

/// Wilson's interval covers about as often as it says, summed exactly over all outcomes.
#[test]
fn intervals_of_shares_cover_as_they_say() {
    for (trials, share) in [(50, 0.1), (50, 0.5), (200, 0.03), (1000, 0.2)] {
        let binomial = Binomial::new(trials, share);
        let covered: f64 = (binomial.first..)
            .zip(&binomial.probabilities)
            .filter(|&(successes, _)| {
                let interval = of_share(successes, trials, 0.95);
                interval.low <= share && share <= interval.high
            })
            .map(|(_, probability)| probability)
            .sum();
        assert_near(covered, 0.95, 0.03);
    }
}

//! Known models, simulated and fitted: the 95 % intervals hold the true parameters, median and 99 % quantile about as often
//! as they say, whether durations are exact, timed out, cancelled or polled.

use std::collections::BTreeMap;

use fleetsim::{
    base::{
        distribution::{Distribution, Sampler},
        philox::philox4x64,
    },
    fit::{Family, Lasted, Law, Observation, Sample, estimate},
    measure::Interval,
};

/// What of a duration is seen.
#[derive(Clone, Copy, Debug)]
enum Seeing {
    /// All of it.
    Exactly,
    /// All of it up to a time-out of this many microseconds.
    TimeOut(u64),
    /// All of it up to a moment that is exponential with this mean, in microseconds: cancels.
    Cancelled(f64),
    /// At looks so many microseconds apart, up to a time-out after so many.
    Polled { every: u64, until: u64 },
}

const VALUES: u64 = 2000;

/// 2,000 durations of a distribution, as far as they are seen.
fn sample(truth: &Sampler, seeing: Seeing, stream: [u64; 2]) -> Sample {
    let seen = (0..VALUES).map(|index| {
        let [first, second, ..] = philox4x64([index, 0, 0, 0], stream);
        let lasts = truth.sample(first).round().max(1.0) as u64;
        let up_to = |end: u64| if lasts <= end { Lasted::Exactly(lasts) } else { Lasted::AtLeast(end) };
        Observation::once(match seeing {
            Seeing::Exactly => Lasted::Exactly(lasts),
            Seeing::TimeOut(end) => up_to(end),
            Seeing::Cancelled(mean) => {
                let moment = Sampler::new(&Distribution::Exponential { mean }).unwrap().sample(second);
                up_to((moment as u64).max(1))
            }
            Seeing::Polled { every, until } if lasts <= until => {
                let looks = (lasts - 1) / every;
                Lasted::Between { after: looks * every, until: (looks + 1) * every }
            }
            Seeing::Polled { until, .. } => Lasted::AtLeast(until),
        })
    });
    Sample::new(seen).unwrap()
}

/// The parameters of a distribution by the names that the estimates give them.
fn parameters(of: &Distribution) -> Vec<(&'static str, f64)> {
    match of {
        Distribution::Exponential { mean } => vec![("mean", *mean)],
        Distribution::Lognormal { median, sigma } => vec![("median", *median), ("sigma", *sigma)],
        Distribution::Gamma { shape, scale } | Distribution::Weibull { shape, scale } => {
            vec![("shape", *shape), ("scale", *scale)]
        }
        Distribution::Pareto { min, shape } => vec![("min", *min), ("shape", *shape)],
        Distribution::Shifted { by, of } => [parameters(of), vec![("by", *by)]].concat(),
        Distribution::Mixture { parts } => {
            let (fast, slow) = (parameters(&parts[0].1), parameters(&parts[1].1));
            let names = [
                ("median", fast[0].1),
                ("sigma", fast[1].1),
                ("slow median", slow[0].1),
                ("slow sigma", slow[1].1),
            ];
            [vec![("slow share", parts[1].0)], names.to_vec()].concat()
        }
        other => panic!("{other:?}"),
    }
}

/// A known model and how it is seen.
struct Case {
    truth: Distribution,
    family: Family,
    seeing: Seeing,
}

impl Case {
    /// In how many of so many seeds each interval holds the truth.
    fn covered(&self, number: u64, seeds: u64) -> BTreeMap<&'static str, u64> {
        let (sampler, law) = (Sampler::new(&self.truth).unwrap(), Law::new(&self.truth).unwrap());
        let shifted = matches!(self.truth, Distribution::Shifted { .. });
        let mut covered = BTreeMap::new();
        for seed in 0..seeds {
            let sample = sample(&sampler, self.seeing, [seed, number]);
            let found = estimate(self.family, shifted, &sample, 0.95)
                .unwrap_or_else(|| panic!("{:?}, seed {seed}: nothing found", self.truth));
            let mut count = |name, holds: Interval, value: f64| {
                *covered.entry(name).or_default() += u64::from(holds.low <= value && value <= holds.high);
            };
            for (name, value) in parameters(&self.truth) {
                let parameter = found.parameters.iter().find(|one| one.name == name).expect(name);
                count(name, parameter.interval, value);
            }
            for (name, share) in [("p50", 0.5), ("p99", 0.99)] {
                count(name, found.quantile(share).unwrap().interval, law.quantile(share));
            }
        }
        covered
    }
}

/// Every interval must hold the truth about as often as a binomial with 95 % lets expect, four standard deviations below;
/// and all of them together in 93 to 97 %, so that none gets there by being too wide.
fn assert_covered(seeds: u64, cases: impl IntoIterator<Item = Case>) {
    let (expected, mut hits, mut figures) = (0.95 * seeds as f64, 0, 0);
    let least = expected - 4.0 * (expected * 0.05).sqrt();
    for (number, case) in (41..).zip(cases) {
        let covered = case.covered(number, seeds);
        eprintln!("{:?}, {:?}: {covered:?} of {seeds}", case.truth, case.seeing);
        for (name, count) in covered {
            assert!(count as f64 >= least, "{:?}: {name} in {count} of {seeds}, not {least:.1}", case.truth);
            hits += count;
            figures += seeds;
        }
    }
    let share = hits as f64 / figures as f64;
    eprintln!("together {hits} of {figures}, {:.1} %", 100.0 * share);
    assert!((0.93..=0.97).contains(&share), "together {hits} of {figures}");
}

fn lognormal(median: f64, sigma: f64) -> Distribution {
    Distribution::Lognormal { median, sigma }
}

fn shifted(by: f64, of: Distribution) -> Distribution {
    Distribution::Shifted { by, of: Box::new(of) }
}

fn case(truth: Distribution, family: Family, seeing: Seeing) -> Case {
    Case { truth, family, seeing }
}

const POLLED: Seeing = Seeing::Polled { every: 1_000_000, until: 10_000_000 };

#[test]
fn exponentials_and_paretos() {
    let exponential = |seeing| case(Distribution::Exponential { mean: 3e6 }, Family::Exponential, seeing);
    let pareto = |seeing| case(Distribution::Pareto { min: 1e6, shape: 1.5 }, Family::Pareto, seeing);
    assert_covered(
        100,
        [
            exponential(Seeing::Exactly),
            exponential(Seeing::TimeOut(4_000_000)),
            exponential(POLLED),
            pareto(Seeing::Exactly),
            pareto(Seeing::TimeOut(9_000_000)),
        ],
    );
}

#[test]
fn lognormals() {
    let lognormal = |seeing| case(lognormal(3e6, 0.8), Family::Lognormal, seeing);
    assert_covered(100, [lognormal(Seeing::Exactly), lognormal(Seeing::Cancelled(6e6)), lognormal(POLLED)]);
}

#[test]
fn gammas_and_weibulls() {
    let gamma = |shape, scale, seeing| case(Distribution::Gamma { shape, scale }, Family::Gamma, seeing);
    let weibull =
        |shape, scale, seeing| case(Distribution::Weibull { shape, scale }, Family::Weibull, seeing);
    assert_covered(
        100,
        [
            gamma(0.6, 3e6, Seeing::TimeOut(4_000_000)),
            gamma(5.0, 1e6, Seeing::TimeOut(6_000_000)),
            gamma(5.0, 1e6, POLLED),
            weibull(0.7, 3e6, Seeing::Cancelled(9e6)),
            weibull(4.0, 3e6, Seeing::TimeOut(3_000_000)),
        ],
    );
}

/// Regular ones, and those that begin with a jump (shape of at most 1), whose smallest value is the estimate.
#[test]
fn with_a_minimum_latency() {
    let (exponential, timed_out) = (Distribution::Exponential { mean: 1e6 }, Seeing::TimeOut(5_000_000));
    let weibull = |shape| Distribution::Weibull { shape, scale: 1e6 };
    let gamma = |shape| Distribution::Gamma { shape, scale: 1e6 };
    let polled = Seeing::Polled { every: 250_000, until: 8_000_000 };
    assert_covered(
        40,
        [
            case(shifted(2e6, exponential), Family::Exponential, timed_out),
            case(shifted(2e6, lognormal(1e6, 0.9)), Family::Lognormal, timed_out),
            case(shifted(2e6, lognormal(1e6, 0.9)), Family::Lognormal, polled),
            case(shifted(2e6, weibull(0.7)), Family::Weibull, timed_out),
            case(shifted(2e6, weibull(3.0)), Family::Weibull, timed_out),
            case(shifted(2e6, gamma(0.8)), Family::Gamma, timed_out),
            case(shifted(2e6, gamma(3.0)), Family::Gamma, timed_out),
        ],
    );
}

#[test]
fn two_lognormals() {
    let parts = vec![(0.85, lognormal(1e6, 0.3)), (0.15, lognormal(6e6, 0.5))];
    let two = |seeing| case(Distribution::Mixture { parts: parts.clone() }, Family::TwoLognormals, seeing);
    assert_covered(40, [two(Seeing::Exactly), two(Seeing::TimeOut(12_000_000))]);
}

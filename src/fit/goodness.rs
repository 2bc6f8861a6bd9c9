//! How far a distribution is from what was seen.

use serde::Serialize;

use super::{curve::Curve, law::Law};

/// The quantiles whose errors are told one by one.
pub const SHARES: [f64; 4] = [0.5, 0.9, 0.95, 0.99];

/// The same quantile of the sample and of a distribution, for a quantile plot.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Pair {
    /// Which, from 0 to 1.
    pub share: f64,
    /// That of the sample's curve, in microseconds.
    pub seen: f64,
    /// That of the distribution, in microseconds.
    pub fitted: f64,
}

impl Pair {
    /// By which share of the observed quantile the fitted one is larger.
    pub fn error(&self) -> f64 {
        self.fitted / self.seen - 1.0
    }
}

/// How well a distribution fits a sample.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Goodness {
    /// Kolmogorov and Smirnov's distance: by how much the shares of durations below any one length differ at most.
    pub distance: f64,
    /// At which duration they do, in microseconds.
    pub at: u64,
    /// What the distance of a sample of this size from its own true distribution exceeds with probability 5 %:
    /// 1.358 / sqrt(n), n the number of ends seen (N. Smirnov, "Table for estimating the goodness of fit of empirical
    /// distributions", 1948). Parameters fitted to the same sample bring the distance down, by a third and more, so a larger
    /// distance speaks against the family and a smaller one does not prove it.
    pub noise: f64,
    /// Wasserstein's distance: by how many microseconds the quantiles differ on average, up to the last end seen.
    pub wasserstein: f64,
    /// The quantiles of `SHARES` as far as the sample reaches.
    pub quantiles: Vec<Pair>,
    /// Up to 99 quantiles for a plot, at equal steps of the share, as far as the sample reaches.
    pub plot: Vec<Pair>,
}

/// Compares a distribution with the curve of a sample of which this many ends were seen.
pub fn goodness(curve: &Curve, ended: u64, law: &Law) -> Goodness {
    let (distance, at) = distance(curve, law);
    let pair = |share: f64| Some(Pair { share, seen: curve.value_at(share)?, fitted: law.quantile(share) });
    Goodness {
        distance,
        at,
        noise: 1.358 / (ended as f64).sqrt(),
        wasserstein: wasserstein(curve, law),
        quantiles: SHARES.into_iter().filter_map(pair).collect(),
        plot: (1..100).map(|percent| f64::from(percent) / 100.0).filter_map(pair).collect(),
    }
}

/// The largest difference of the distribution functions, and where. Within a step that lies between looks the sample says
/// nothing.
pub(super) fn distance(curve: &Curve, law: &Law) -> (f64, u64) {
    let mut most = (0.0, 0);
    for (index, step) in curve.steps.iter().enumerate() {
        let before = (1.0 - curve.above_before(index), step.after);
        for (share, at) in [before, (1.0 - step.above, step.until)] {
            let away = (share - law.below(at as f64)).abs();
            if away > most.0 {
                most = (away, at);
            }
        }
    }
    most
}

/// The mean difference of the quantiles, at the middles of many equal shares.
fn wasserstein(curve: &Curve, law: &Law) -> f64 {
    const PARTS: u32 = 200;
    let reach = 1.0 - curve.unseen();
    let differences = (0..PARTS).filter_map(|part| {
        let share = reach * (f64::from(part) + 0.5) / f64::from(PARTS);
        Some((curve.value_at(share)? - law.quantile(share)).abs())
    });
    differences.sum::<f64>() / f64::from(PARTS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        base::distribution::Distribution,
        fit::{Lasted, Observation, Sample, curve},
    };

    fn exponential(mean: f64) -> Law {
        Law::new(&Distribution::Exponential { mean }).unwrap()
    }

    /// By hand: ends at 100 and 200 against 1 - e^(-t / 100). At 100 the shares are 0 and 1/2 against 0.632, at 200 they are
    /// 1/2 and 1 against 0.865.
    #[test]
    fn the_distance_by_hand() {
        let sample = Sample::exact([100, 200]).unwrap();
        let (distance, at) = distance(&curve(&sample).unwrap(), &exponential(100.0));
        assert!((distance - (1.0 - libm::exp(-1.0))).abs() < 1e-12, "{distance}");
        assert_eq!(at, 100);
    }

    /// Of two exponential distributions Wasserstein's distance is the difference of the means; the sample is the quantiles
    /// of the one at the middles of equal shares.
    #[test]
    fn wasserstein_of_two_exponentials() {
        let of = exponential(1e6);
        let sample =
            Sample::exact((0..1000).map(|part| of.quantile((f64::from(part) + 0.5) / 1000.0) as u64))
                .unwrap();
        let found = goodness(&curve(&sample).unwrap(), 1000, &exponential(1.25e6));
        assert!((found.wasserstein / 0.25e6 - 1.0).abs() < 0.01, "{}", found.wasserstein);
        // At 0.99 the sample's quantile is that at 0.9895 of the truth.
        for pair in found.quantiles {
            assert!((pair.error() - 0.25).abs() < 0.015, "{pair:?}");
        }
        assert_eq!(found.plot.len(), 99);
        // Largest where the densities cross, at ln(1.25) 5 seconds: 1.25^-4 (1 - 1.25^-1).
        assert!((found.distance - libm::pow(1.25, -4.0) * 0.2).abs() < 0.001, "{}", found.distance);
        assert!((found.noise - 1.358 / 1000_f64.sqrt()).abs() < 1e-15);
    }

    /// What was never seen to end is left out: half of the sample was cut off at its median.
    #[test]
    fn what_is_censored_is_not_compared() {
        let of = exponential(1e6);
        let exact =
            (0..500).map(|part| Lasted::Exactly(of.quantile((f64::from(part) + 0.5) / 1000.0) as u64));
        let cut = Observation { lasted: Lasted::AtLeast(693_147), count: 500 };
        let sample = Sample::new(exact.map(Observation::once).chain([cut])).unwrap();
        let found = goodness(&curve(&sample).unwrap(), sample.ended(), &of);
        assert!(found.distance < 0.002 && found.wasserstein < 2000.0, "{found:?}");
        assert_eq!((found.plot.len(), found.quantiles.len()), (50, 1));
    }
}

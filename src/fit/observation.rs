//! What was seen of durations: exactly, from below, or between two polls.

use serde::{Deserialize, Serialize};

use crate::base::SimDuration;

/// How much was seen of one duration, in microseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Lasted {
    /// It ended after exactly so long; at least 1.
    Exactly(u64),
    /// It had not ended after so long: it timed out, was cancelled, or still runs. Right-censored.
    AtLeast(u64),
    /// It ended between two looks, later than `after` and at the latest at `until`: what polling sees. Interval-censored;
    /// left-censored where `after` is 0.
    Between {
        /// The last look at which it still ran.
        after: u64,
        /// The first look at which it had ended.
        until: u64,
    },
}

/// A duration and how often it was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Observation {
    /// What was seen.
    pub lasted: Lasted,
    /// How often, at least once.
    pub count: u64,
}

impl Observation {
    /// Seen once.
    pub fn once(lasted: Lasted) -> Self {
        Self { lasted, count: 1 }
    }
}

/// Why an observation is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Its place among the observations, from 0.
    pub index: usize,
    /// What is wrong and what would be right.
    pub reason: String,
}

/// The longest duration that is taken: what a scenario may name.
pub const LONGEST: u64 = SimDuration::LONGEST.0;

/// How many observations a sample may have: their sum of squares and their weights stay exact.
pub const MOST: u64 = 1 << 32;

/// Seconds as a measurement gives them, in whole microseconds.
pub fn microseconds(seconds: f64) -> Result<u64, String> {
    if !seconds.is_finite() || seconds < 0.0 {
        return Err(format!("a duration is a finite number of at least 0 seconds, not {seconds}"));
    }
    let micros = (seconds * 1e6).round();
    if micros > LONGEST as f64 {
        return Err(format!("a duration is at most {}, not {seconds} seconds", SimDuration::LONGEST));
    }
    Ok(micros as u64)
}

/// Checked observations, in order, equal ones merged: the order in which they came has no influence on any result.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    observations: Vec<Observation>,
}

impl Sample {
    /// Checks all observations; every fault at once.
    pub fn new(observations: impl IntoIterator<Item = Observation>) -> Result<Self, Vec<Fault>> {
        let (mut kept, mut faults, mut total) = (Vec::new(), Vec::new(), 0_u64);
        for (index, observation) in observations.into_iter().enumerate() {
            total = total.saturating_add(observation.count);
            match fault(&observation) {
                Some(reason) => faults.push(Fault { index, reason }),
                None if total > MOST => {
                    faults.push(Fault { index, reason: format!("a sample has at most {MOST} observations") });
                    break;
                }
                None => kept.push(observation),
            }
        }
        if faults.is_empty() { Ok(Self::merged(kept)) } else { Err(faults) }
    }

    /// Exact durations, each seen once.
    pub fn exact(durations: impl IntoIterator<Item = u64>) -> Result<Self, Vec<Fault>> {
        Self::new(durations.into_iter().map(|micros| Observation::once(Lasted::Exactly(micros))))
    }

    /// Checked observations put in order.
    pub(super) fn merged(mut observations: Vec<Observation>) -> Self {
        observations.sort_unstable();
        observations.dedup_by(|next, kept| {
            let same = next.lasted == kept.lasted;
            kept.count += if same { next.count } else { 0 };
            same
        });
        Self { observations }
    }

    /// The same sample if it has at most 20,000 different observations; else with every duration rounded to 13 significant
    /// bits, within 1 part in 8,000: far less than its estimates are uncertain, and quick to work with whatever its size.
    pub fn coarse(&self) -> Self {
        const MANY: usize = 20_000;
        if self.observations.len() <= MANY {
            return self.clone();
        }
        let rounded = self.observations.iter().map(|one| {
            let lasted = match one.lasted {
                Lasted::Exactly(at) => Lasted::Exactly(rounded(at)),
                Lasted::AtLeast(at) => Lasted::AtLeast(rounded(at)),
                Lasted::Between { after, until } if rounded(after) < rounded(until) => {
                    Lasted::Between { after: rounded(after), until: rounded(until) }
                }
                narrow @ Lasted::Between { .. } => narrow,
            };
            Observation { lasted, count: one.count }
        });
        Self::merged(rounded.collect())
    }

    /// The observations, exact ones first, each kind in ascending order.
    pub fn observations(&self) -> &[Observation] {
        &self.observations
    }

    /// How many observations.
    pub fn count(&self) -> u64 {
        self.observations.iter().map(|one| one.count).sum()
    }

    /// How many of them saw an end: all but the right-censored.
    pub fn ended(&self) -> u64 {
        self.observations
            .iter()
            .filter(|one| !matches!(one.lasted, Lasted::AtLeast(_)))
            .map(|one| one.count)
            .sum()
    }

    /// Whether some ends are known only to lie between two looks.
    pub fn is_polled(&self) -> bool {
        self.observations.iter().any(|one| matches!(one.lasted, Lasted::Between { .. }))
    }

    /// The longest duration up to which anything was seen.
    pub fn longest(&self) -> u64 {
        let seen = self.observations.iter().map(|one| match one.lasted {
            Lasted::Exactly(at) | Lasted::AtLeast(at) | Lasted::Between { until: at, .. } => at,
        });
        seen.max().unwrap_or(0)
    }

    /// The smallest exact duration with its count, if nothing ended certainly or possibly before it.
    pub(super) fn least(&self) -> Option<(u64, u64)> {
        let Some(Observation { lasted: Lasted::Exactly(least), count }) = self.observations.first().copied()
        else {
            return None;
        };
        let before = |one: &Observation| matches!(one.lasted, Lasted::Between { after, .. } if after < least);
        (!self.observations.iter().any(before)).then_some((least, count))
    }

    /// The sample without its smallest exact duration.
    pub(super) fn without_least(&self) -> Self {
        Self { observations: self.observations[1..].to_vec() }
    }

    /// How many different values an end has: one for each exact duration and each pair of looks.
    pub(super) fn distinct(&self) -> usize {
        self.observations.iter().filter(|one| !matches!(one.lasted, Lasted::AtLeast(_))).count()
    }

    /// A single value for each observation, with its count: where nothing better is needed than where to begin. An
    /// interval stands for its middle, a censored duration for itself.
    pub(super) fn rough(&self) -> impl Iterator<Item = (f64, f64)> {
        self.observations.iter().filter_map(|one| {
            let value = match one.lasted {
                Lasted::Exactly(at) | Lasted::AtLeast(at) => at as f64,
                Lasted::Between { after, until } => (after as f64 + until as f64) / 2.0,
            };
            (value > 0.0).then_some((value, one.count as f64))
        })
    }
}

/// A duration in 13 significant bits, at most 2^-13 of it away.
fn rounded(at: u64) -> u64 {
    let unit = 1_u64 << (64 - at.leading_zeros()).saturating_sub(13);
    (at + unit / 2) / unit * unit
}

/// What is wrong with an observation.
fn fault(observation: &Observation) -> Option<String> {
    let longest = |at: u64| {
        let reason = || format!("a duration is at most {LONGEST} microseconds, not {at}");
        (at > LONGEST).then(reason)
    };
    if observation.count == 0 {
        return Some("an observation was seen at least once; leave out what was not".into());
    }
    match observation.lasted {
        Lasted::Exactly(0) => {
            Some("a duration that ended lasted at least 1 microsecond; where 0 was rounded down, say between 0 and \
                 the first unit of the clock"
                .into())
        }
        Lasted::Between { after, until } if after >= until => {
            Some(format!("the last look before the end, {after}, must be before the first after it, {until}"))
        }
        Lasted::Exactly(at) | Lasted::AtLeast(at) | Lasted::Between { until: at, .. } => longest(at),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(lasted: Lasted, count: u64) -> Observation {
        Observation { lasted, count }
    }

    #[test]
    fn every_fault_is_told_at_once() {
        let faults = Sample::new([
            seen(Lasted::Exactly(0), 1),
            seen(Lasted::Exactly(5), 1),
            seen(Lasted::Between { after: 7, until: 7 }, 1),
            seen(Lasted::AtLeast(LONGEST + 1), 1),
            seen(Lasted::Exactly(5), 0),
            seen(Lasted::AtLeast(0), MOST),
        ])
        .unwrap_err();
        assert_eq!(faults.iter().map(|fault| fault.index).collect::<Vec<_>>(), [0, 2, 3, 4, 5]);
        assert!(faults[1].reason.contains("7, must be before"), "{}", faults[1].reason);
    }

    #[test]
    fn the_order_does_not_matter() {
        let some = [
            seen(Lasted::AtLeast(3), 2),
            seen(Lasted::Exactly(9), 1),
            seen(Lasted::Between { after: 0, until: 4 }, 1),
            seen(Lasted::Exactly(2), 1),
            seen(Lasted::Exactly(9), 4),
        ];
        let sample = Sample::new(some).unwrap();
        assert_eq!(sample, Sample::new(some.into_iter().rev()).unwrap());
        assert_eq!(sample.observations()[..2], [seen(Lasted::Exactly(2), 1), seen(Lasted::Exactly(9), 5)]);
        assert_eq!((sample.count(), sample.ended(), sample.longest(), sample.distinct()), (9, 7, 9, 3));
        assert!(sample.is_polled());
    }

    #[test]
    fn the_least_is_known_only_if_nothing_may_lie_below() {
        let least =
            |some: &[Lasted]| Sample::new(some.iter().copied().map(Observation::once)).unwrap().least();
        assert_eq!(least(&[Lasted::Exactly(5), Lasted::Exactly(5), Lasted::AtLeast(1)]), Some((5, 2)));
        assert_eq!(least(&[Lasted::Exactly(5), Lasted::Between { after: 4, until: 9 }]), None);
        assert_eq!(least(&[Lasted::AtLeast(5)]), None);
    }

    #[test]
    fn very_many_values_are_rounded() {
        let few = Sample::exact(1..=20_000).unwrap();
        assert_eq!(few.coarse(), few);
        let many = Sample::exact((1..=200_000).map(|value| value * 7)).unwrap();
        let coarse = many.coarse();
        assert_eq!(coarse.count(), 200_000);
        assert!(coarse.distinct() < 40_000);
        for at in [1, 8_191, 8_192, 8_193, 16_385, 1 << 40, LONGEST] {
            assert!(rounded(at).abs_diff(at) <= at >> 13, "{at}");
        }
    }

    #[test]
    fn seconds_become_microseconds() {
        assert_eq!(microseconds(1.5), Ok(1_500_000));
        assert_eq!(microseconds(0.0), Ok(0));
        for wrong in [-1.0, f64::NAN, f64::INFINITY, 1e12] {
            assert!(microseconds(wrong).is_err(), "{wrong}");
        }
    }
}

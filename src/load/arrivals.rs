//! When requests are planned: a function of their number, and of nothing that happens meanwhile. A slow answer delays nothing.
//!
//! A [`Profile`] says how many requests are planned up to a time, and so when a given number is reached. Evenly spaced arrivals
//! are those at which the count comes to 0, 1, 2 and so on; a Poisson process is the same with exponential steps of mean one.

use std::time::Duration;

use crate::base::{SimDuration, philox::Philox4x64};

/// What the words of gaps are for, in the generator's key.
const GAPS: u64 = 0x6c6f_6164_2d67_6170;

/// A span of time in which the rate goes from one value to another.
#[derive(Clone, Debug, PartialEq)]
pub struct Stage {
    /// What it is called in results; stages with one name are counted as one.
    pub name: String,
    /// How long it is.
    pub length: SimDuration,
    /// Requests a second at its beginning.
    pub from: f64,
    /// Requests a second at its end.
    pub to: f64,
}

impl Stage {
    /// A stage of one rate.
    pub fn constant(name: &str, length: SimDuration, rate: f64) -> Self {
        Self { name: name.into(), length, from: rate, to: rate }
    }

    fn seconds(&self) -> f64 {
        self.length.as_secs_f64()
    }

    /// How many requests are planned in it.
    fn count(&self) -> f64 {
        self.seconds() * (self.from + self.to) / 2.0
    }

    /// How many seconds after its beginning so many requests have been planned.
    fn when(&self, count: f64) -> f64 {
        let slope = (self.to - self.from) / self.seconds();
        // The root of `from * t + slope / 2 * t^2 = count`, in the form that loses nothing when the slope is small.
        let root = (self.from * self.from + 2.0 * slope * count).max(0.0).sqrt();
        let sum = self.from + root;
        if sum > 0.0 { (2.0 * count / sum).min(self.seconds()) } else { 0.0 }
    }
}

/// Rates over time: stages one after the other. Ramps, steps and spikes are stages.
#[derive(Clone, Debug, PartialEq)]
pub struct Profile {
    stages: Vec<Stage>,
    /// Requests planned, and seconds gone, at the beginning of each stage.
    begins: Vec<(f64, f64)>,
    /// The same at the end.
    end: (f64, f64),
}

impl Profile {
    /// These stages, the whole `repeat` times.
    pub fn new(stages: &[Stage], repeat: u32) -> Self {
        let all = stages.iter().cloned();
        let stages: Vec<Stage> = all.cycle().take(stages.len() * repeat as usize).collect();
        let mut end = (0.0, 0.0);
        let begins = stages.iter().map(|stage| {
            let begin = end;
            end = (end.0 + stage.count(), end.1 + stage.seconds());
            begin
        });
        let begins = begins.collect();
        Self { stages, begins, end }
    }

    /// The stages in their order.
    pub fn stages(&self) -> &[Stage] {
        &self.stages
    }

    /// How long it is.
    pub fn length(&self) -> Duration {
        Duration::from_secs_f64(self.end.1)
    }

    /// How many requests are planned in all.
    pub fn count(&self) -> f64 {
        self.end.0
    }

    /// When so many requests have been planned, in seconds, and the stage that this is in; `None` when it never comes to that.
    fn when(&self, count: f64) -> Option<(f64, usize)> {
        // Sums of floats: a request that is planned for the very end is not in it, however they were rounded.
        if count >= self.end.0 - 1e-9 {
            return None;
        }
        let stage = self.begins.partition_point(|(before, _)| *before <= count) - 1;
        let (before, seconds) = self.begins[stage];
        Some((seconds + self.stages[stage].when(count - before), stage))
    }
}

/// How requests are spaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spacing {
    /// Evenly, as the rate has it.
    Even,
    /// As independent clients would: a Poisson process, from this seed.
    Poisson(u64),
}

/// A planned request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arrival {
    /// Its number, from 0, over all shards.
    pub number: u64,
    /// When it is planned, counted from the beginning.
    pub at: Duration,
    /// The stage that this is in.
    pub stage: usize,
}

/// Where arrivals come from.
#[derive(Clone, Debug)]
pub enum Plan {
    /// From a profile.
    Profile(Profile, Spacing),
    /// From a record of times, in order.
    Trace(Vec<Duration>),
}

impl Plan {
    /// How long it is.
    pub fn length(&self) -> Duration {
        match self {
            Self::Profile(profile, _) => profile.length(),
            Self::Trace(times) => times.last().copied().unwrap_or_default(),
        }
    }

    /// The names of its stages.
    pub fn stages(&self) -> Vec<String> {
        match self {
            Self::Profile(profile, _) => profile.stages().iter().map(|stage| stage.name.clone()).collect(),
            Self::Trace(_) => vec!["trace".into()],
        }
    }

    /// The arrivals of shard `number` of `of`, from 1: every `of`-th one, so that those of all shards are the whole.
    pub fn arrivals(&self, (number, of): (u64, u64)) -> impl Iterator<Item = Arrival> + '_ {
        let all = Arrivals { plan: self, next: 0, count: 0.0, words: gap_words(self) };
        all.filter(move |arrival| arrival.number % of == number - 1)
    }
}

fn gap_words(plan: &Plan) -> Option<Philox4x64> {
    match plan {
        Plan::Profile(_, Spacing::Poisson(seed)) => Some(Philox4x64::new([*seed, GAPS])),
        _ => None,
    }
}

/// All arrivals of a plan, in order.
struct Arrivals<'a> {
    plan: &'a Plan,
    next: u64,
    /// Where the next one stands on the scale of the profile's count.
    count: f64,
    words: Option<Philox4x64>,
}

impl Iterator for Arrivals<'_> {
    type Item = Arrival;

    fn next(&mut self) -> Option<Arrival> {
        let number = self.next;
        let (at, stage) = match (self.plan, &self.words) {
            (Plan::Trace(times), _) => (*times.get(usize::try_from(number).ok()?)?, 0),
            (Plan::Profile(profile, _), words) => {
                self.count = match words {
                    None => number as f64,
                    Some(words) => self.count + exponential(words.words([number, 0, 0, 0])[0]),
                };
                let (seconds, stage) = profile.when(self.count)?;
                (Duration::from_secs_f64(seconds), stage)
            }
        };
        self.next += 1;
        Some(Arrival { number, at, stage })
    }
}

/// An exponential variable of mean one from a random word.
fn exponential(word: u64) -> f64 {
    // 53 bits, never 0.
    let uniform = ((word >> 11) + 1) as f64 / (1u64 << 53) as f64;
    -libm::log(uniform)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(count: u64) -> SimDuration {
        SimDuration::from_secs(count)
    }

    fn times(plan: &Plan) -> Vec<f64> {
        plan.arrivals((1, 1)).map(|arrival| arrival.at.as_secs_f64()).collect()
    }

    fn even(stages: &[Stage], repeat: u32) -> Plan {
        Plan::Profile(Profile::new(stages, repeat), Spacing::Even)
    }

    #[test]
    fn a_constant_rate_is_a_comb() {
        let times = times(&even(&[Stage::constant("a", seconds(10), 20.0)], 1));
        assert_eq!(times.len(), 200);
        assert!(times.iter().enumerate().all(|(n, t)| (t - n as f64 / 20.0).abs() < 1e-6));
    }

    /// From 0 to 100 a second over 10 s: 500 requests, the n-th at sqrt(n / 5).
    #[test]
    fn a_ramp_follows_its_closed_form() {
        let ramp = Stage { name: "ramp".into(), length: seconds(10), from: 0.0, to: 100.0 };
        let up = times(&even(&[ramp], 1));
        assert_eq!(up.len(), 500);
        assert!(up.iter().enumerate().all(|(n, t)| (t - (n as f64 / 5.0).sqrt()).abs() < 1e-6));
        let down = Stage { name: "down".into(), length: seconds(10), from: 100.0, to: 0.0 };
        let down = times(&even(&[down], 1));
        assert!(down.iter().enumerate().all(|(n, t)| {
            let n = n as f64;
            (100.0 * t - 5.0 * t * t - n).abs() < 1e-3
        }));
        assert_eq!(down.len(), 500);
    }

    #[test]
    fn steps_and_spikes_have_the_counts_of_their_areas() {
        let stages = [Stage::constant("calm", seconds(9), 10.0), Stage::constant("spike", seconds(1), 500.0)];
        let plan = even(&stages, 3);
        let arrivals: Vec<_> = plan.arrivals((1, 1)).collect();
        assert_eq!(arrivals.len(), 3 * 590);
        let in_spikes = arrivals.iter().filter(|arrival| arrival.stage % 2 == 1).count();
        assert_eq!(in_spikes, 1500);
        let within = |arrival: &&Arrival| (9.0..10.0).contains(&(arrival.at.as_secs_f64() % 10.0));
        assert_eq!(arrivals.iter().filter(within).count(), 1500);
        let none =
            even(&[Stage::constant("pause", seconds(5), 0.0), Stage::constant("on", seconds(1), 2.0)], 1);
        assert_eq!(times(&none), [5.0, 5.5]);
    }

    /// Counts in spans of a second have mean and variance 1000, and do not depend on one another.
    #[test]
    fn a_poisson_process_has_its_mean_and_its_variance() {
        let (length, rate) = (400, 1000.0);
        let plan = Plan::Profile(
            Profile::new(&[Stage::constant("a", seconds(length), rate)], 1),
            Spacing::Poisson(7),
        );
        let mut counts = vec![0.0; length as usize];
        for time in times(&plan) {
            counts[time as usize] += 1.0;
        }
        let mean = counts.iter().sum::<f64>() / length as f64;
        let variance = counts.iter().map(|c| (c - mean).powi(2)).sum::<f64>() / (length - 1) as f64;
        // Four standard errors: sqrt(1000 / 400) of the mean, sqrt(2 / 399) * 1000 of the variance.
        assert!((mean - rate).abs() < 4.0 * 1.58, "{mean}");
        assert!((variance - rate).abs() < 4.0 * 70.8, "{variance}");
        let pairs = counts.windows(2).map(|pair| (pair[0] - mean) * (pair[1] - mean)).sum::<f64>();
        assert!((pairs / 399.0 / variance).abs() < 4.0 * 0.05);
    }

    #[test]
    fn a_seed_replays_the_schedule_and_another_does_not() {
        let plan = |seed| {
            let stages = [Stage { name: "r".into(), length: seconds(5), from: 10.0, to: 90.0 }];
            times(&Plan::Profile(Profile::new(&stages, 1), Spacing::Poisson(seed)))
        };
        assert_eq!(plan(1), plan(1));
        assert_ne!(plan(1), plan(2));
        assert!(plan(1).is_sorted());
    }

    #[test]
    fn the_shards_together_are_the_whole() {
        for spacing in [Spacing::Even, Spacing::Poisson(3)] {
            let plan = Plan::Profile(Profile::new(&[Stage::constant("a", seconds(7), 33.0)], 1), spacing);
            let mut union: Vec<_> = (1..=5).flat_map(|number| plan.arrivals((number, 5))).collect();
            union.sort_by_key(|arrival| arrival.number);
            assert_eq!(union, plan.arrivals((1, 1)).collect::<Vec<_>>());
            assert!(union.len() > 150);
        }
    }

    #[test]
    fn a_trace_is_replayed_as_it_is() {
        let trace = Plan::Trace([0, 3, 3, 10].map(Duration::from_millis).to_vec());
        assert_eq!(times(&trace), [0.0, 0.003, 0.003, 0.01]);
    }
}

//! Two lognormal parts by the EM algorithm (A. P. Dempster, N. M. Laird and D. B. Rubin, "Maximum likelihood from
//! incomplete data via the EM algorithm", 1977), with censored durations replaced by their conditional moments, and
//! finished by Newton's method.

use super::{
    family::{Family, Lowest, Model},
    law::{HALF_LOG_TAU, log_normal_above},
    likelihood::Seen,
    lowest::Found,
    observation::{Lasted, Sample},
};

/// Each part has to explain at least so many observations.
const LEAST_IN_A_PART: f64 = 10.0;
/// No part is narrower than this share of the spread of all: else a part would close in on one value for ever.
const NARROWEST: f64 = 0.01;
/// Shares of the sample at which it is cut in two to begin with.
const CUTS: [f64; 3] = [0.5, 0.8, 0.95];
const FIRST_STEPS: u32 = 20;
const STEPS: u32 = 200;

/// One part: its weight, and mean and standard deviation of the logarithm.
#[derive(Clone, Copy, Debug)]
struct Part {
    weight: f64,
    mean: f64,
    sigma: f64,
}

/// What was seen of the logarithm of a duration, and how often.
#[derive(Clone, Copy, Debug)]
struct Log {
    after: f64,
    until: f64,
    count: f64,
}

/// The best mixture of two lognormals, the slower part last; `None` where the sample does not show two.
pub(super) fn two_lognormals(sample: &Sample) -> Option<Found> {
    let logs = logs(sample);
    let narrowest = NARROWEST * spread(&logs);
    let begun = CUTS.iter().filter_map(|cut| {
        let mut parts = cut_at(&logs, *cut, narrowest)?;
        let reached = run(&logs, &mut parts, FIRST_STEPS, narrowest)?;
        Some((reached, parts))
    });
    let (_, mut parts) = begun.max_by(|one, other| one.0.total_cmp(&other.0))?;
    run(&logs, &mut parts, STEPS, narrowest)?;
    parts.sort_by(|one, other| one.mean.total_cmp(&other.mean));
    let seen: f64 = logs.iter().map(|log| log.count).sum();
    if parts.iter().any(|part| part.weight * seen < LEAST_IN_A_PART || part.sigma <= narrowest) {
        return None;
    }
    let [fast, slow] = parts;
    let odds = libm::log(slow.weight / fast.weight);
    let free = [odds, fast.mean, libm::log(fast.sigma), slow.mean, libm::log(slow.sigma)];
    let model = Model { family: Family::TwoLognormals, lowest: Lowest::Zero };
    let peak = Seen::new(sample).climb(&model, &free)?;
    Some(Found { model, log_likelihood: peak.value, peak })
}

fn logs(sample: &Sample) -> Vec<Log> {
    let logs = sample.observations().iter().map(|one| {
        let log = |at: u64| if at == 0 { f64::NEG_INFINITY } else { libm::log(at as f64) };
        let (after, until) = match one.lasted {
            Lasted::Exactly(at) => (log(at), log(at)),
            Lasted::AtLeast(at) => (log(at), f64::INFINITY),
            Lasted::Between { after, until } => (log(after), log(until)),
        };
        Log { after, until, count: one.count as f64 }
    });
    logs.collect()
}

impl Log {
    /// A single value in its place.
    fn rough(&self) -> f64 {
        match (self.after.is_finite(), self.until.is_finite()) {
            (true, true) => (self.after + self.until) / 2.0,
            (true, false) => self.after,
            (false, true) => self.until,
            (false, false) => 0.0,
        }
    }
}

/// Count, mean and standard deviation.
fn moments<'a>(logs: impl Iterator<Item = &'a Log> + Clone) -> (f64, f64, f64) {
    let count: f64 = logs.clone().map(|log| log.count).sum();
    let mean = logs.clone().map(|log| log.count * log.rough()).sum::<f64>() / count;
    let squares: f64 = logs.map(|log| log.count * (log.rough() - mean) * (log.rough() - mean)).sum();
    (count, mean, (squares / count).sqrt())
}

fn spread(logs: &[Log]) -> f64 {
    moments(logs.iter()).2
}

/// Two parts, of the values below and above a share of the sample.
fn cut_at(logs: &[Log], share: f64, narrowest: f64) -> Option<[Part; 2]> {
    let mut sorted = logs.to_vec();
    sorted.sort_by(|one, other| one.rough().total_cmp(&other.rough()));
    let whole: f64 = sorted.iter().map(|log| log.count).sum();
    let at = quantile(&sorted, share * whole);
    let cut = sorted.partition_point(|log| log.rough() < at);
    let part = |of: &[Log]| {
        let (count, mean, sigma) = moments(of.iter());
        (count > 0.0).then(|| Part { weight: count / whole, mean, sigma: sigma.max(2.0 * narrowest) })
    };
    Some([part(&sorted[..cut])?, part(&sorted[cut..])?])
}

fn quantile(sorted: &[Log], rank: f64) -> f64 {
    let mut sum = 0.0;
    let at = sorted.iter().find(|log| {
        sum += log.count;
        sum >= rank
    });
    at.map_or(0.0, Log::rough)
}

/// So many steps; the log-likelihood before the last one, but for a constant.
fn run(logs: &[Log], parts: &mut [Part; 2], steps: u32, narrowest: f64) -> Option<f64> {
    let mut reached = f64::NEG_INFINITY;
    for _ in 0..steps {
        let now = improve(logs, parts, narrowest);
        if !now.is_finite() {
            return None;
        }
        if now - reached < 1e-6 {
            break;
        }
        reached = now;
    }
    Some(reached)
}

/// One step: every observation is shared among the parts as likely as it is theirs, and each part refitted to its own.
fn improve(logs: &[Log], parts: &mut [Part; 2], narrowest: f64) -> f64 {
    // Of each part: share, first and second moment about its mean.
    let (mut sums, mut total, mut whole) = ([[0.0; 3]; 2], 0.0, 0.0);
    for log in logs {
        let seen = parts.map(|part| part.expect(log));
        let weights = [0, 1].map(|index| libm::log(parts[index].weight) + seen[index].0);
        let most = weights[0].max(weights[1]);
        let shares = weights.map(|weight| libm::exp(weight - most));
        let sum = shares[0] + shares[1];
        total += log.count * (most + libm::log(sum));
        whole += log.count;
        for index in 0..2 {
            let share = log.count * shares[index] / sum;
            sums[index][0] += share;
            sums[index][1] += share * seen[index].1;
            sums[index][2] += share * seen[index].2;
        }
    }
    for (part, [share, first, second]) in parts.iter_mut().zip(sums) {
        let moved = first / share;
        part.weight = share / whole;
        part.mean += moved;
        part.sigma = (second / share - moved * moved).max(0.0).sqrt().max(narrowest);
    }
    total
}

impl Part {
    /// The log-likelihood of what was seen under this part, and the first two moments of the logarithm about the part's
    /// mean, given that.
    fn expect(&self, log: &Log) -> (f64, f64, f64) {
        let z = |at: f64| (at - self.mean) / self.sigma;
        let (low, high) = (z(log.after), z(log.until));
        if log.after == log.until {
            let away = log.after - self.mean;
            let likelihood = -0.5 * low * low - libm::log(self.sigma) - HALF_LOG_TAU;
            return (likelihood, away, away * away);
        }
        let above = |z: f64| if z == f64::INFINITY { f64::NEG_INFINITY } else { log_normal_above(z) };
        // In the upper half both ends are told by what is above them, in the lower by what is below.
        let (far, near) = if low > 0.0 { (above(high), above(low)) } else { (above(-low), above(-high)) };
        let likelihood = near + libm::log(-libm::expm1(far - near));
        // The density at an end, in units of the probability between the ends.
        let edge = |z: f64| {
            if z.is_finite() { libm::exp(-0.5 * z * z - HALF_LOG_TAU - likelihood) } else { 0.0 }
        };
        let (at_low, at_high) = (edge(low), edge(high));
        let times = |z: f64, edge: f64| if z.is_finite() { z * edge } else { 0.0 };
        let first = self.sigma * (at_low - at_high);
        let second = self.sigma * self.sigma * (1.0 + times(low, at_low) - times(high, at_high));
        if first.is_finite() && second >= first * first {
            (likelihood, first, second)
        } else {
            let away = log.rough() - self.mean;
            (likelihood.max(-1e6), away, away * away)
        }
    }
}

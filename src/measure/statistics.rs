//! Statistics over replications, and over all invocations of all replications. The two are kept apart: a quantile of
//! the makespan is one over replications, a quantile of the sojourn is pooled over invocations.

use serde::{Deserialize, Serialize};

use super::{
    carriage::Carriage,
    latency::{Durations, Stage},
    notifications::Reception,
    outcome::CommandResult,
    sample::Sample,
};
use crate::scenario::threshold::{Metric, Statistic};

/// What a sample looks like. Times are microseconds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Spread {
    /// How many values.
    pub count: u64,
    /// The smallest.
    pub min: u64,
    /// The arithmetic mean.
    pub mean: f64,
    /// The quantiles, by nearest rank.
    pub p50: u64,
    /// 90 %.
    pub p90: u64,
    /// 95 %.
    pub p95: u64,
    /// 99 %.
    pub p99: u64,
    /// 99.9 %.
    pub p999: u64,
    /// The largest.
    pub max: u64,
}

impl Spread {
    /// The spread of the values of a sample; `None` of none.
    pub fn of_sample(sample: &Sample) -> Option<Self> {
        let (min, max) = sample.extremes()?;
        let quantile = |per_mille| sample.quantile(per_mille);
        Some(Self {
            count: sample.count(),
            min,
            mean: sample.moments().mean()?,
            p50: quantile(500)?,
            p90: quantile(900)?,
            p95: quantile(950)?,
            p99: quantile(990)?,
            p999: quantile(999)?,
            max,
        })
    }

    /// The spread of the durations of a stage; `None` of none. Smallest, mean and largest are exact, the quantiles
    /// right to 0.1 % and never outside the other two.
    pub fn of_durations(durations: &Durations) -> Option<Self> {
        let histogram = durations.histogram();
        let &Durations { min, max, sum, .. } = durations;
        let quantile = |share| histogram.value_at_quantile(share).clamp(min, max);
        (!histogram.is_empty()).then(|| Self {
            count: histogram.len(),
            min,
            mean: sum as f64 / histogram.len() as f64,
            p50: quantile(0.5),
            p90: quantile(0.9),
            p95: quantile(0.95),
            p99: quantile(0.99),
            p999: quantile(0.999),
            max,
        })
    }

    /// One number of it.
    pub fn get(&self, statistic: Statistic) -> f64 {
        match statistic {
            Statistic::Min => self.min as f64,
            Statistic::Mean => self.mean,
            Statistic::Max => self.max as f64,
            Statistic::P50 => self.p50 as f64,
            Statistic::P90 => self.p90 as f64,
            Statistic::P95 => self.p95 as f64,
            Statistic::P99 => self.p99 as f64,
            Statistic::P999 => self.p999 as f64,
        }
    }
}

/// The name of the pooled latencies of notifications.
pub const NOTIFICATION_LATENCY: &str = "notification_latency";

/// The name of the pooled waits until a naive consumer can be trusted.
pub const TRUST_WAIT: &str = "trust_wait";

/// The name of the pooled waits until a consumer that heeds event times can be trusted.
pub const RIGHT_TRUST_WAIT: &str = "right_trust_wait";

/// The name of the pooled durations that a metric is about; `None` for metrics of a whole replication.
pub fn pooled_as(metric: Metric) -> Option<&'static str> {
    match metric {
        Metric::Wait => Some(Stage::Wait.name()),
        Metric::Delivery => Some(Stage::Delivery.name()),
        Metric::Execution => Some(Stage::Execution.name()),
        Metric::Sojourn => Some(Stage::Sojourn.name()),
        Metric::NotificationLatency => Some(NOTIFICATION_LATENCY),
        Metric::TrustWait => Some(TRUST_WAIT),
        Metric::RightTrustWait => Some(RIGHT_TRUST_WAIT),
        _ => None,
    }
}

/// The value of a metric in one replication; `None` where it does not exist, as the time to a stop that never came.
pub fn value(result: &CommandResult, metric: Metric) -> Option<u64> {
    let count = |count: u32| Some(u64::from(count));
    match metric {
        Metric::Makespan => result.makespan().map(|time| time.0),
        Metric::TimeToStop => result.time_to_stop().map(|time| time.0),
        Metric::Targets => count(result.targets),
        Metric::Ended(details) => count(result.ending(details)),
        Metric::Errors => count(result.errors()),
        Metric::Broken => count(result.broken),
        Metric::LateReplies => count(result.late_replies),
        Metric::Sent => count(result.sent),
        Metric::PeakInFlight => count(result.peak_in_flight),
        Metric::Published => result.notifications.first().map(|one| one.published.into()),
        Metric::Arrived => over_subscriptions(result, |one| one.arrived),
        Metric::Lost => over_subscriptions(result, |one| one.lost),
        Metric::Duplicates => over_subscriptions(result, |one| one.duplicates),
        Metric::OutOfOrder => over_subscriptions(result, |one| one.out_of_order),
        Metric::WrongFor => result.notifications.iter().map(|one| one.wrong_for.0).max(),
        Metric::WrongForGood => over_subscriptions(result, |one| one.wrong_for_good),
        Metric::Wait
        | Metric::Delivery
        | Metric::Execution
        | Metric::Sojourn
        | Metric::NotificationLatency
        | Metric::TrustWait
        | Metric::RightTrustWait => None,
        metric => of_deliveries(&result.carriages, metric),
    }
}

/// The value of a metric of deliveries; `None` of a command none of whose deliveries is followed.
fn of_deliveries(all: &[Option<Carriage>], metric: Metric) -> Option<u64> {
    let followed = || all.iter().flatten();
    followed().next()?;
    let sum = |count: fn(&Carriage) -> u64| Some(followed().map(count).sum());
    let most = |size: fn(&Carriage) -> u64| followed().map(size).max();
    match metric {
        Metric::Attempts => sum(|one| one.attempts),
        Metric::Retries => sum(|one| one.retries),
        Metric::ClientErrors => sum(|one| one.swallowed),
        Metric::DeadLettered => sum(|one| one.dead_lettered + one.redriven),
        Metric::Discarded => sum(|one| one.discarded),
        Metric::FilteredOut => sum(|one| one.filtered_out),
        Metric::NaiveMisled => sum(|one| one.naive_misled),
        Metric::NaiveWrong => sum(|one| one.naive_wrong),
        Metric::RightWrong => sum(|one| one.right_wrong),
        Metric::Backlog => most(|one| one.backlog),
        Metric::Throttled => most(|one| one.throttled.0),
        Metric::LateBy => most(|one| one.late_by.0),
        _ => None,
    }
}

/// The sum of a count over the subscriptions; `None` of a command that publishes nothing.
fn over_subscriptions(result: &CommandResult, count: fn(&Reception) -> u32) -> Option<u64> {
    let all = &result.notifications;
    (!all.is_empty()).then(|| all.iter().map(|one| u64::from(count(one))).sum())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        base::SimTime,
        history::Ending,
        measure::Latencies,
        ssm::{InvocationState, InvocationStatus, StatusDetails},
    };

    /// Histograms round by up to 0.1 %; what a threshold is held against must not, where it can be helped.
    #[test]
    fn extremes_and_mean_of_durations_are_exact() {
        let mut latencies = Latencies::default();
        assert_eq!(Spread::of_durations(latencies.stage(Stage::Wait)), None);
        for sent in [10_000_000, 10_000_000, 300_000_001] {
            let state =
                InvocationState { status: InvocationStatus::Success, details: StatusDetails::Success };
            let ending =
                Ending { state, response_code: 0, sent: Some(SimTime(sent)), started: None, elapsed: None };
            latencies.record(SimTime::ZERO, SimTime(400_000_000), &ending);
        }
        let mut merged = Latencies::default();
        merged.merge(&latencies);
        let spread = Spread::of_durations(merged.stage(Stage::Wait)).unwrap();
        assert_eq!((spread.min, spread.p50, spread.max), (10_000_000, 10_002_431, 300_000_001));
        assert_eq!(spread.mean, 320_000_001.0 / 3.0);
    }
}

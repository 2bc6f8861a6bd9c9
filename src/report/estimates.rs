//! How far the figures of a run can be trusted: intervals over replications, which are independent of each other. Pooled
//! durations have none, because the invocations of one replication are not.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{human, rows::Table, summary::CommandSummary};
use crate::{
    measure::{
        Interval, Sample, Totals,
        interval::{self, CONFIDENCE},
    },
    scenario::threshold::{METRICS, Metric},
};

/// What a run that errors stopped is called beside the statuses.
const STOPPED: &str = "stopped";

/// The intervals of one metric over replications; a quantile has none where replications are too few. Times are whole
/// microseconds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Intervals {
    /// Of the mean: Student's.
    pub mean: Interval,
    /// Of the median: order statistics, as for all quantiles.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub p50: Option<Interval>,
    /// 90 %.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub p90: Option<Interval>,
    /// 95 %.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub p95: Option<Interval>,
    /// 99 %.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub p99: Option<Interval>,
    /// 99.9 %.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub p999: Option<Interval>,
}

/// In how many replications something happened, and the interval of its probability.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Probability {
    /// In so many replications.
    pub count: u64,
    /// Their share.
    pub share: f64,
    /// Wilson's interval.
    pub interval: Interval,
}

impl Intervals {
    /// Of a metric's values; `None` of fewer than two.
    fn of(metric: Metric, sample: &Sample) -> Option<Self> {
        let whole = |Interval { low, high }| match metric.is_time() {
            true => Interval { low: low.round(), high: high.round() },
            false => Interval { low, high },
        };
        let quantile = |per_mille| sample.quantile_interval(per_mille, CONFIDENCE);
        Some(Self {
            mean: whole(sample.mean_interval(CONFIDENCE)?),
            p50: quantile(500),
            p90: quantile(900),
            p95: quantile(950),
            p99: quantile(990),
            p999: quantile(999),
        })
    }
}

/// The intervals of each metric of a command; nothing of a single replication.
pub(super) fn intervals(totals: &Totals) -> BTreeMap<&'static str, Intervals> {
    let of_metric = |&(name, metric): &(&'static str, Metric)| {
        Some((name, Intervals::of(metric, totals.sample(metric)?)?))
    };
    METRICS.iter().filter_map(of_metric).collect()
}

/// In how many replications the command ended in each way and errors stopped it; nothing of a single replication.
pub(super) fn probabilities(totals: &Totals, replications: u64) -> BTreeMap<String, Probability> {
    if replications < 2 {
        return BTreeMap::new();
    }
    let statuses =
        totals.statuses().map(|(status, details, count)| (format!("{status:?}/{}", details.name()), count));
    let stopped = totals.sample(Metric::TimeToStop).map_or(0, Sample::count);
    let all = statuses.chain([(STOPPED.to_string(), stopped)]);
    let estimate = |count: u64| Probability {
        count,
        share: count as f64 / replications as f64,
        interval: interval::of_share(count, replications, CONFIDENCE),
    };
    all.map(|(what, count)| (what, estimate(count))).collect()
}

/// The table of probabilities.
pub(super) fn chances(command: &CommandSummary) -> Table {
    let row = |(what, one): (&String, &Probability)| {
        let name = if what == STOPPED { "stopped by errors".to_string() } else { format!("ended as {what}") };
        let Interval { low, high } = one.interval;
        let interval = format!("{} to {}", human::percent(low, 1.0), human::percent(high, 1.0));
        vec![name, human::count(one.count), human::percent(one.share, 1.0), interval]
    };
    (
        vec!["a replication", "number", "share", "95 % interval"],
        command.probabilities.iter().map(row).collect(),
    )
}

/// The table of intervals, of the metrics that vary.
pub(super) fn spans(command: &CommandSummary) -> Table {
    let row = |&(name, metric): &(&'static str, Metric)| {
        let intervals = command.intervals.get(name)?;
        let varies = intervals.mean.low < intervals.mean.high;
        let show = |interval: Option<Interval>| {
            interval
                .map_or("-".to_string(), |Interval { low, high }| human::span(low, high, metric.is_time()))
        };
        let spans = [Some(intervals.mean), intervals.p50, intervals.p95, intervals.p99].map(show);
        varies.then(|| std::iter::once(name.to_string()).chain(spans).collect())
    };
    (vec!["95 % interval of", "mean", "p50", "p95", "p99"], METRICS.iter().filter_map(row).collect())
}

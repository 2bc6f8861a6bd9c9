//! HdrHistogram files that the standard tools read: percentile distributions (`.hgrm`) and the interval log (`.hlog`).

use std::{
    io::{self, Write},
    time::{Duration, SystemTime},
};

use hdrhistogram::{
    Histogram,
    serialization::{
        V2DeflateSerializer,
        interval_log::{IntervalLogWriterBuilder, Tag},
    },
};
use jiff::Timestamp;

use crate::{
    measure::{Stage, Timeline, statistics::NOTIFICATION_LATENCY},
    scenario::Plan,
};

/// Rows of a percentile distribution for each halving of the distance to 100 %.
const TICKS: u32 = 5;
/// Files show milliseconds; histograms hold microseconds.
const PER_MILLISECOND: f64 = 1000.0;

/// Writes a percentile distribution in milliseconds, in the layout of HdrHistogram's own `outputPercentileDistribution`.
pub fn write_percentiles(histogram: &Histogram<u64>, mut output: impl Write) -> io::Result<()> {
    writeln!(
        output,
        "{:>12} {:>14} {:>10} {:>14}\n",
        "Value", "Percentile", "TotalCount", "1/(1-Percentile)"
    )?;
    for step in histogram.iter_quantiles(TICKS) {
        let value = histogram.highest_equivalent(step.value_iterated_to()) as f64 / PER_MILLISECOND;
        let share = step.quantile_iterated_to();
        let below = histogram.count_between(0, step.value_iterated_to());
        if share < 1.0 {
            writeln!(output, "{value:12.3} {share:2.12} {below:10} {:14.2}", 1.0 / (1.0 - share))?;
        } else {
            writeln!(output, "{value:12.3} {share:2.12} {below:10}")?;
        }
    }
    let (mean, deviation) = (histogram.mean() / PER_MILLISECOND, histogram.stdev() / PER_MILLISECOND);
    writeln!(output, "#[Mean    = {mean:12.3}, StdDeviation   = {deviation:12.3}]")?;
    let max = histogram.max() as f64 / PER_MILLISECOND;
    writeln!(output, "#[Max     = {max:12.3}, Total count    = {:12}]", histogram.len())?;
    let buckets = histogram.buckets();
    let sub_buckets = 2 * 1024;
    writeln!(output, "#[Buckets = {buckets:12}, SubBuckets     = {sub_buckets:12}]")
}

/// What the latencies of a subscription's notifications are called in files and tags.
pub fn notification_latency(subscription: &str) -> String {
    format!("{NOTIFICATION_LATENCY}-{subscription}")
}

/// Writes the interval log of one command: for each interval of simulation time in which an invocation ended or a
/// notification arrived, the durations of each stage, and the latencies of each subscription, tagged with its name, in
/// microseconds.
pub fn write_interval_log(
    plan: &Plan,
    timeline: &Timeline,
    command: usize,
    output: &mut impl Write,
) -> io::Result<()> {
    let start: Timestamp = plan.start.parse().expect("a resolved plan's start is a time");
    let mut serializer = V2DeflateSerializer::new();
    let mut log = IntervalLogWriterBuilder::new()
        .add_comment("[Logged with fleetsim; simulation time, values in microseconds]")
        .with_start_time(SystemTime::from(start))
        .with_base_time(SystemTime::from(start))
        .with_max_value_divisor(1.0)
        .begin_log_with(output, &mut serializer)?;
    let subscriptions: Vec<String> = plan
        .subscriptions(&plan.commands[command])
        .iter()
        .map(|subscription| notification_latency(&subscription.name))
        .collect();
    let intervals = timeline.intervals(command);
    let length = Duration::from_micros(intervals.width().0);
    for (begin, latencies) in intervals.iter() {
        let stages = Stage::ALL.iter().map(|&stage| (stage.name(), latencies.stage(stage)));
        let notified = subscriptions.iter().map(String::as_str).zip(latencies.notifications());
        for (name, durations) in stages.chain(notified) {
            let histogram = durations.histogram();
            if !histogram.is_empty() {
                log.write_histogram(&histogram, Duration::from_micros(begin.0), length, Tag::new(name))
                    .map_err(|error| io::Error::other(format!("{error:?}")))?;
            }
        }
    }
    Ok(())
}

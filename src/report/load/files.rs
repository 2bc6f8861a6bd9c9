//! The files of a load that grow while it goes on: a row a second, and HdrHistogram's interval log.

use std::{
    io::{self, Write},
    time::{Duration, SystemTime},
};

use csv::Writer;
use hdrhistogram::serialization::{
    V2DeflateSerializer,
    interval_log::{IntervalLogWriter, Tag},
};

use crate::load::log::Interval;

/// Rows of `timeline.csv`.
pub struct TimelineCsv<W: Write>(Writer<W>);

impl<W: Write> TimelineCsv<W> {
    /// Writes the header.
    ///
    /// # Errors
    ///
    /// Those of the output.
    pub fn new(output: W) -> io::Result<Self> {
        let mut writer = Writer::from_writer(output);
        writer.write_record([
            "second",
            "planned",
            "done",
            "errors",
            "throttles",
            "late",
            "skipped",
            "under_way",
            "invocations_in_flight",
            "p50_us",
            "p99_us",
            "max_us",
        ])?;
        Ok(Self(writer))
    }

    /// Writes a row.
    ///
    /// # Errors
    ///
    /// Those of the output.
    pub fn add(&mut self, interval: &Interval) -> io::Result<()> {
        let (sum, schedule) = (interval.sum(), &interval.schedule);
        let quantile = |share| sum.planned.quantile(share).map_or(String::new(), |value| value.to_string());
        self.0.write_record([
            format!("{:.3}", interval.begin.as_secs_f64()),
            schedule.planned.to_string(),
            sum.done().to_string(),
            sum.failed().to_string(),
            sum.throttled().to_string(),
            schedule.late.to_string(),
            schedule.skipped.to_string(),
            interval.under_way.to_string(),
            interval.in_flight.to_string(),
            quantile(0.5),
            quantile(0.99),
            quantile(1.0),
        ])?;
        Ok(())
    }

    /// Writes out what is held back.
    ///
    /// # Errors
    ///
    /// Those of the output.
    pub fn finish(mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// Writes the header of an interval log, of a load that began at `start`.
///
/// # Errors
///
/// Those of the output.
pub fn begin_log<'a, W: Write>(
    start: SystemTime,
    output: &'a mut W,
    serializer: &'a mut V2DeflateSerializer,
) -> io::Result<IntervalLogWriter<'a, 'a, W, V2DeflateSerializer>> {
    hdrhistogram::serialization::interval_log::IntervalLogWriterBuilder::new()
        .add_comment("[Logged with fleetsim load; wall time, values in microseconds]")
        .with_start_time(start)
        .with_base_time(start)
        .with_max_value_divisor(1.0)
        .begin_log_with(output, serializer)
}

/// Writes the two latencies of each operation and stage for an interval, tagged `OPERATION/STAGE/planned` and `.../actual`.
///
/// # Errors
///
/// Those of the output.
pub fn write_interval<W: Write>(
    log: &mut IntervalLogWriter<'_, '_, W, V2DeflateSerializer>,
    interval: &Interval,
    stages: &[String],
) -> io::Result<()> {
    for ((operation, stage), cell) in &interval.cells {
        let stage = tag_part(stages.get(*stage).map_or("", |name| name));
        for (which, durations) in [("planned", &cell.planned), ("actual", &cell.actual)] {
            if durations.0.is_empty() {
                continue;
            }
            let name = format!("{operation}/{stage}/{which}");
            let Some(tag) = Tag::new(&name) else { continue };
            let (begin, length): (Duration, Duration) = (interval.begin, interval.length);
            log.write_histogram(&durations.0, begin, length, Some(tag))
                .map_err(|error| io::Error::other(format!("{error:?}")))?;
        }
    }
    Ok(())
}

/// A name without what ends a tag.
fn tag_part(name: &str) -> String {
    name.chars().map(|letter| if letter == ',' || letter.is_whitespace() { '-' } else { letter }).collect()
}

//! What is seen while a load goes on: a line that is written over on a terminal, otherwise one every few seconds.

use std::{
    io::{self, IsTerminal},
    time::Duration,
};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::{
    base::SimDuration,
    cli::console,
    load::{log::Interval, tally::Cell},
    report::human,
};

/// Lines that stay are so far apart.
const BETWEEN_LINES: Duration = Duration::from_secs(10);

/// The view.
pub(super) struct View {
    bar: Option<ProgressBar>,
    length: Duration,
    next_line: Duration,
    /// What was counted since the last line that stays.
    since: (Duration, u64, Cell),
}

impl View {
    /// The view of a load that takes so long, not counted what follows.
    pub(super) fn new(length: Duration) -> Self {
        let bar = io::stderr().is_terminal().then(|| {
            let bar =
                ProgressBar::with_draw_target(Some(length.as_millis() as u64), ProgressDrawTarget::stderr());
            let style = ProgressStyle::with_template("{bar:20} {wide_msg}").expect("the template is right");
            bar.set_style(style);
            bar
        });
        Self { bar, length, next_line: BETWEEN_LINES, since: Default::default() }
    }

    /// Shows a second.
    pub(super) fn show(&mut self, interval: &Interval) {
        let end = interval.begin + interval.length;
        let sum = interval.sum();
        if let Some(bar) = &self.bar {
            bar.set_position(end.min(self.length).as_millis() as u64);
            bar.set_message(line(end, interval.length, interval.schedule.planned, &sum, interval));
            return;
        }
        self.since.0 += interval.length;
        self.since.1 += interval.schedule.planned;
        self.since.2.merge(&sum);
        if end >= self.next_line {
            let (length, planned, sum) = std::mem::take(&mut self.since);
            console::complain(&line(end, length, planned, &sum, interval));
            self.next_line = end + BETWEEN_LINES;
        }
    }

    /// Takes it away.
    pub(super) fn finish(&self) {
        self.bar.iter().for_each(ProgressBar::finish_and_clear);
    }
}

fn line(end: Duration, length: Duration, planned: u64, sum: &Cell, last: &Interval) -> String {
    let rate = |count: u64| count as f64 / length.as_secs_f64().max(1e-9);
    let quantile =
        |share| sum.planned.quantile(share).map_or("-".into(), |micros| human::duration(SimDuration(micros)));
    format!(
        "{}s: planned {:.0}/s, done {:.0}/s; p50 {} p99 {}; {} errors, {} throttles; {} under way, {} invocations in flight{}",
        end.as_secs(),
        rate(planned),
        rate(sum.done()),
        quantile(0.5),
        quantile(0.99),
        sum.failed(),
        sum.throttled(),
        last.under_way,
        last.in_flight,
        last.most_in_flight.as_ref().map_or(String::new(), |most| format!(" (MaxConcurrency {most})")),
    )
}

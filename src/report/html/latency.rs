//! Latencies on HdrHistogram's scale: how long it takes for all but a tenth, a hundredth, a thousandth.

use std::cmp::Reverse;

use hdrhistogram::Histogram;
use plotters::coord::ranged1d::Ranged;

use super::{
    axis::Axis,
    chart::{Chart, Mark},
    colour::Colour,
    page::Picture,
};
use crate::{
    measure::{Durations, EventTotals, Latencies, Stage, events::targets as targets_of},
    report::human,
    scenario::plan::Events,
};

/// Points of a line for every nine.
const POINTS: u32 = 40;
/// Shares in the table.
const SHARES: [(&str, f64); 6] =
    [("50 %", 0.5), ("90 %", 0.9), ("95 %", 0.95), ("99 %", 0.99), ("99.9 %", 0.999), ("99.99 %", 0.9999)];

/// The four stages of invocations, pooled over all replications; `None` when nothing was sent.
pub(super) fn stages(latencies: &Latencies) -> Option<Picture> {
    const COLOURS: [Colour; 4] = [Colour::GREY, Colour::ORANGE, Colour::BLUE, Colour::GREEN];
    let named = Stage::ALL.iter().map(|&stage| (stage.name().to_string(), latencies.stage(stage)));
    let lines: Vec<_> =
        COLOURS.into_iter().zip(named).map(|(colour, (name, of))| (name, colour, of)).collect();
    picture("Latencies of invocations", "invocations", &lines)
}

/// The latencies of notifications at each subscription; `None` when nothing arrived.
pub(super) fn notifications(subscriptions: &[String], latencies: &Latencies) -> Option<Picture> {
    let named = subscriptions.iter().cloned().zip(latencies.notifications());
    picture("Notification delay", "messages", &coloured(named))
}

/// The time from what happened to the delivery that reached a target of a rule, of the targets that were reached most; `None`
/// when none was.
pub(super) fn targets(events: &Events, totals: &EventTotals) -> Option<Picture> {
    let named = targets_of(events).map(|(rule, target)| format!("{rule}.{target}"));
    let mut reached: Vec<_> = named.zip(&totals.sums.targets).filter(|(_, one)| one.invoked > 0).collect();
    reached.sort_by_key(|(_, one)| Reverse(one.invoked));
    let most = reached.into_iter().take(COLOURS.len()).map(|(name, one)| (name, &one.delay));
    picture("Delay of targets", "deliveries", &coloured(most))
}

fn coloured<'a>(
    named: impl Iterator<Item = (String, &'a Durations)>,
) -> Vec<(String, Colour, &'a Durations)> {
    let lines = named.zip(COLOURS.into_iter().cycle());
    lines.map(|((name, durations), colour)| (name, colour, durations)).collect()
}

/// The colours of subscriptions and targets.
pub(super) const COLOURS: [Colour; 6] =
    [Colour::BLUE, Colour::RED, Colour::GREEN, Colour::PINK, Colour::ORANGE, Colour::VIOLET];

/// Histograms of microseconds; `None` when all are empty.
pub(super) fn of_histograms(
    title: &'static str,
    of: &str,
    lines: Vec<(String, Colour, Histogram<u64>)>,
) -> Option<Picture> {
    let ends = |(name, colour, histogram): (String, Colour, Histogram<u64>)| {
        (name, colour, Ends { min: histogram.min(), max: histogram.max() }, histogram)
    };
    drawn(title, of, lines.into_iter().map(ends).collect())
}

fn picture(title: &'static str, of: &str, lines: &[(String, Colour, &Durations)]) -> Option<Picture> {
    let whole = |(name, colour, durations): &(String, Colour, &Durations)| {
        let ends = Ends { min: durations.min, max: durations.max };
        (name.clone(), *colour, ends, durations.histogram())
    };
    drawn(title, of, lines.iter().map(whole).collect())
}

/// The smallest and the largest value, exactly.
struct Ends {
    min: u64,
    max: u64,
}

fn drawn(
    title: &'static str,
    of: &str,
    lines: Vec<(String, Colour, Ends, Histogram<u64>)>,
) -> Option<Picture> {
    let lines: Vec<_> = lines.into_iter().filter(|(.., histogram)| !histogram.is_empty()).collect();
    let most = lines.iter().map(|(.., histogram)| histogram.len()).max()?;
    let nines = most.ilog10().clamp(2, 5);
    let quantile = |ends: &Ends, histogram: &Histogram<u64>, share: f64| {
        histogram.value_at_quantile(share).clamp(ends.min, ends.max)
    };
    let x = Axis::shares(nines);
    // The very first are often there at once, and would take the room of the others.
    let low = lines.iter().map(|(_, _, durations, histogram)| quantile(durations, histogram, 0.1)).min()?;
    let y = Axis::log_times(low, lines.iter().map(|(_, _, durations, _)| durations.max).max()?);
    let marks = lines.iter().map(|(name, colour, durations, histogram)| {
        let at = |step: u32| {
            let share = 1.0 - libm::pow(10.0, -f64::from(step) / f64::from(POINTS));
            (
                Axis::nines(share).min(x.high()),
                Axis::log(quantile(durations, histogram, share)).max(y.range().start),
            )
        };
        // No further than the sample goes: its last value stands at 1 - 1/n.
        let last = (libm::log10(histogram.len() as f64) * f64::from(POINTS)) as u32;
        // Execution is most of sojourn and would hide it.
        let width = if name == Stage::Sojourn.name() { 5 } else { 2 };
        Mark::Line { points: (0..=last.min(nines * POINTS)).map(at).collect(), colour: *colour, width }
    });
    let mut marks: Vec<_> = marks.collect();
    marks.reverse();
    let row = |(name, share): &(&str, f64)| {
        let cells = lines
            .iter()
            .map(|(_, _, durations, histogram)| human::micros(quantile(durations, histogram, *share) as f64));
        [(*name).to_string()].into_iter().chain(cells).collect()
    };
    let header = ["share".to_string()].into_iter().chain(lines.iter().map(|(name, ..)| (*name).clone()));
    Some(Picture {
        title,
        description: format!(
            "The time within which a share of up to {} {of} is through; every further nine takes as much room, so \
             that the slowest are seen.",
            human::count(most)
        ),
        chart: Chart { x, y, x_title: "share that is as quick or quicker", y_title: "", marks },
        legend: lines.iter().map(|(name, colour, ..)| (*colour, (*name).clone())).collect(),
        table: (header.collect(), SHARES.iter().map(row).collect()),
    })
}

//! A picture of how a value of a whole replication is spread over replications.

use super::{
    axis::Axis,
    chart::{Chart, Mark},
    colour::Colour,
    page::Picture,
};
use crate::{measure::Spread, report::human};

/// Bars, about.
const BARS: u64 = 30;

/// What is spread.
#[derive(Clone, Copy)]
pub(super) struct Subject {
    pub(super) title: &'static str,
    /// What one value is called.
    pub(super) name: &'static str,
    pub(super) is_time: bool,
}

/// The distribution of some values with its quantiles; `None` of fewer than two values, or where all are the same.
pub(super) fn picture(subject: Subject, values: &[u64]) -> Option<Picture> {
    let spread = Spread::of_values(values.to_vec())?;
    if spread.min == spread.max {
        return None;
    }
    let show = |value: f64| if subject.is_time { human::micros(value) } else { human::number(value) };
    let bars = bars(values, &spread);
    let highest = bars.iter().map(|(_, count)| *count).max().unwrap_or(0);
    let x = if subject.is_time {
        Axis::times(spread.min, spread.max + 1)
    } else {
        Axis::counts(spread.min, spread.max + 1)
    };
    let width = bar_width(&spread);
    let mut marks: Vec<_> = bars
        .iter()
        .filter(|(_, count)| *count > 0)
        .map(|&(low, count)| Mark::Bar {
            corners: [(low as i64, count as i64), (((low + width) as i64).min(x.high()), 0)],
            colour: Colour::SKY,
        })
        .collect();
    let quantiles = [("p50", spread.p50), ("p95", spread.p95), ("p99", spread.p99)];
    for (line, (name, value)) in (0..).zip(quantiles) {
        marks.push(Mark::At { x: value as i64, word: name.into(), line });
    }
    let said = quantiles.map(|(name, value)| format!("{name} {}", show(value as f64)));
    let rows = bars.iter().map(|&(low, count)| vec![show(low as f64), human::count(count)]);
    Some(Picture {
        title: subject.title,
        description: format!(
            "{} replications, from {} to {}, mean {}; {}.",
            human::count(spread.count),
            show(spread.min as f64),
            show(spread.max as f64),
            show(spread.mean),
            said.join(", ")
        ),
        chart: Chart {
            x,
            y: Axis::counts(0, highest + highest / 4),
            x_title: subject.name,
            y_title: "replications",
            marks,
        },
        legend: Vec::new(),
        table: (vec![format!("{} from", subject.name), "replications".into()], rows.collect()),
    })
}

/// How many values lie in each of equal spans.
fn bars(values: &[u64], spread: &Spread) -> Vec<(u64, u64)> {
    let width = bar_width(spread);
    let mut bars: Vec<_> =
        (0..=(spread.max - spread.min) / width).map(|at| (spread.min + at * width, 0)).collect();
    values.iter().for_each(|value| bars[((value - spread.min) / width) as usize].1 += 1);
    bars
}

fn bar_width(spread: &Spread) -> u64 {
    (spread.max - spread.min + 1).div_ceil(BARS)
}

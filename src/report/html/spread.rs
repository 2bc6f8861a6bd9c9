//! A picture of how a value of a whole replication is spread over replications.

use super::{
    axis::Axis,
    chart::{Chart, Mark},
    colour::Colour,
    page::Picture,
};
use crate::{
    measure::{Spread, sample::Sample},
    report::human,
};

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
pub(super) fn picture(subject: Subject, sample: &Sample) -> Option<Picture> {
    let spread = Spread::of_sample(sample)?;
    if spread.min == spread.max {
        return None;
    }
    let show = |value: f64| if subject.is_time { human::micros(value) } else { human::number(value) };
    let bars = bars(sample, &spread);
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
fn bars(sample: &Sample, spread: &Spread) -> Vec<(u64, u64)> {
    let width = bar_width(spread);
    let mut bars: Vec<_> =
        (0..=(spread.max - spread.min) / width).map(|at| (spread.min + at * width, 0)).collect();
    for (value, count) in sample.counts() {
        // A cell may begin before the smallest value in it.
        bars[(value.saturating_sub(spread.min) / width) as usize].1 += count;
    }
    bars
}

fn bar_width(spread: &Spread) -> u64 {
    (spread.max - spread.min + 1).div_ceil(BARS)
}

/// How much longer the candidate of each pair took than its baseline; `None` of fewer than two pairs, or of equals.
pub(super) fn differences(command: &str, pairs: &[(u64, u64)]) -> Option<Picture> {
    let differences: Vec<i64> =
        pairs.iter().map(|&(baseline, candidate)| candidate as i64 - baseline as i64).collect();
    let (low, high) = (*differences.iter().min()?, *differences.iter().max()?);
    if differences.len() < 2 || (low, high) == (0, 0) {
        return None;
    }
    let width = ((high.abs_diff(low) + 1).div_ceil(BARS)) as i64;
    let mut bars: Vec<_> = (0..=(high - low) / width).map(|at| (low + at * width, 0)).collect();
    differences.iter().for_each(|value| bars[((value - low) / width) as usize].1 += 1);
    let highest: u64 = bars.iter().map(|(_, count)| *count).max()?;
    let x = Axis::differences(low.min(0), (high + 1).max(0));
    let bar = |&(low, count): &(i64, u64)| Mark::Bar {
        corners: [(low, count as i64), ((low + width).min(x.high()), 0)],
        colour: Colour::SKY,
    };
    let mut marks: Vec<_> = bars.iter().filter(|(_, count)| *count > 0).map(bar).collect();
    marks.push(Mark::At { x: 0, word: "no difference".into(), line: 0 });
    let signed = |micros: i64| {
        let size = human::micros(micros.unsigned_abs() as f64);
        if micros < 0 { format!("-{size}") } else { format!("+{size}") }
    };
    let (longer, shorter) =
        (differences.iter().filter(|value| **value > 0), differences.iter().filter(|value| **value < 0));
    let rows = bars.iter().map(|&(low, count)| vec![signed(low), human::count(count)]);
    Some(Picture {
        title: "Paired differences of the makespan",
        description: format!(
            "{command}: candidate minus baseline on the same luck, from {} to {}. The candidate took longer in {} of {} \
             pairs, and less in {}.",
            signed(low),
            signed(high),
            human::count(longer.count() as u64),
            human::count(differences.len() as u64),
            human::count(shorter.count() as u64)
        ),
        chart: Chart {
            x,
            y: Axis::counts(0, highest + highest / 4),
            x_title: "candidate minus baseline",
            y_title: "pairs",
            marks,
        },
        legend: Vec::new(),
        table: (vec!["difference from".into(), "pairs".into()], rows.collect()),
    })
}

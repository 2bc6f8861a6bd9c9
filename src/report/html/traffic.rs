//! Events over time in one replication, and the attempts at targets of rules.

use super::{
    axis::Axis,
    chart::{Chart, Mark},
    colour::Colour,
    page::Picture,
};
use crate::{
    measure::{Bins, Traffic},
    report::human,
};

/// What is counted: its name, its colour, and how many there were.
type Count = (&'static str, Colour, fn(&Traffic) -> u32);

/// From the bottom to the top.
const EVENTS: [Count; 2] =
    [("events", Colour::BLUE, |span| span.emitted), ("lost events", Colour::RED, |span| span.lost)];
const ATTEMPTS: [Count; 2] = [
    ("attempts at targets", Colour::ORANGE, |span| span.attempts),
    ("failed attempts", Colour::BROWN, |span| span.failed),
];

/// Events and attempts span by span; `None` where there were none.
pub(super) fn picture(spans: &Bins<Traffic>) -> Option<Picture> {
    let width = spans.width().0;
    let points: Vec<_> = spans.iter().map(|(begin, span)| (begin.0, *span)).collect();
    let end = points.last()?.0 + width;
    let sum = |of: fn(&Traffic) -> u32| points.iter().map(|(_, span)| u64::from(of(span))).sum::<u64>();
    let there = |counts: [Count; 2]| counts.into_iter().filter(|(.., of)| sum(*of) > 0);
    let mut marks: Vec<_> = points.iter().flat_map(|point| bars(point, width)).collect();
    for (_, colour, of) in there(ATTEMPTS) {
        let middle = |(begin, span): &(u64, Traffic)| ((begin + width / 2) as i64, i64::from(of(span)));
        marks.push(Mark::Line { points: points.iter().map(middle).collect(), colour, width: 2 });
    }
    let shown: Vec<Count> = there(EVENTS).chain(there(ATTEMPTS)).collect();
    let highest = points.iter().map(|(_, span)| (span.emitted + span.lost).max(span.attempts)).max()?;
    let said: Vec<_> =
        shown.iter().map(|(name, _, of)| format!("{} {name}", human::count(sum(*of)))).collect();
    let busy = points.iter().filter(|(_, span)| *span != Traffic::default());
    let row = |(begin, span): &(u64, Traffic)| {
        let cells = shown.iter().map(|(.., of)| human::count(of(span).into()));
        [human::micros(*begin as f64)].into_iter().chain(cells).collect()
    };
    let header = ["from".to_string()].into_iter().chain(shown.iter().map(|(name, ..)| (*name).to_string()));
    Some(Picture {
        title: "Events over time",
        description: format!("In spans of {}: {}.", human::micros(width as f64), said.join(", ")),
        chart: Chart {
            x: Axis::times(0, end).until(end),
            y: Axis::counts(0, highest.into()),
            x_title: "after the start",
            y_title: "in a span",
            marks,
        },
        legend: shown.iter().map(|(name, colour, _)| (*colour, (*name).to_string())).collect(),
        table: (header.collect(), busy.map(row).collect()),
    })
}

/// The events of a span, one bar on the other.
fn bars(&(begin, span): &(u64, Traffic), width: u64) -> Vec<Mark> {
    let mut below = 0;
    let mut bars = Vec::new();
    for (_, colour, of) in EVENTS {
        let above = below + i64::from(of(&span));
        let corners = [(begin as i64, above), ((begin + width) as i64, below)];
        bars.extend((above > below).then_some(Mark::Bar { corners, colour }));
        below = above;
    }
    bars
}

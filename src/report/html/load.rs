//! The page of a load.

use maud::html;

use super::{
    axis::Axis,
    chart::{Chart, Mark},
    colour::Colour,
    latency,
    page::{self, Picture},
};
use crate::{
    load::{compare::Row, record::LoadRecord},
    measure::Bins,
    report::{
        human,
        load::{
            LoadSummary,
            compare::{self, Judged},
            print,
        },
        rows,
    },
};

/// What was planned and done in a span of time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span {
    /// Sends planned; polls are not.
    pub planned: u64,
    /// Good answers.
    pub good: u64,
    /// Errors and throttles.
    pub bad: u64,
}

/// The page of a load, with what went on span by span.
pub fn render(summary: &LoadSummary, record: &LoadRecord, spans: &Bins<Span>) -> String {
    let pictures: Vec<_> = [over_time(spans), latencies("Latencies", record)].into_iter().flatten().collect();
    let mut head = print::head(summary).into_iter();
    let title = head.next().unwrap_or_default();
    let body = html! {
        h1 { "Load" }
        p { (title) }
        ul { @for line in head { li { (line) } } }
        (page::gallery(0, &pictures))
        div.tables { @for table in print::tables(summary) { (page::table(&page::shared(table))) } }
        @if let Some(judged) = &summary.rules {
            section.text {
                h2 { "Rules, judged from outside: " (rows::word(judged.verdict)) }
                ul { @for objection in rows::objections(&judged.rules, &judged.start) { li { (objection) } } }
                (page::table(&page::shared(rows::rules(&judged.rules))))
            }
        }
        p.quiet { "Made by fleetsim " (env!("CARGO_PKG_VERSION")) }
    };
    page::page("Load", &body)
}

/// The page of two loads side by side.
pub fn render_two(records: [&LoadRecord; 2], changes: &[Row], gates: &[Judged]) -> String {
    let [baseline, candidate] = records;
    let pictures = [
        latencies("Latencies of the baseline", baseline),
        latencies("Latencies of the candidate", candidate),
    ];
    let tables = [compare::gates(gates), compare::changes(changes)];
    let body = html! {
        h1 { "Two loads" }
        ul {
            @for (role, record) in ["baseline", "candidate"].into_iter().zip(records) {
                li { (role) ": " (record.job.endpoint) ", " (record.job.arrivals) ", " (record.job.mix) }
            }
        }
        div.tables { @for table in tables { @if !table.1.is_empty() { (page::table(&page::shared(table))) } } }
        p { (compare::LEGEND) }
        (page::gallery(0, &pictures.into_iter().flatten().collect::<Vec<_>>()))
        p.quiet { "Made by fleetsim " (env!("CARGO_PKG_VERSION")) }
    };
    page::page("Two loads", &body)
}

/// What is counted: its name, its colour, and how many there were.
type Count = (&'static str, Colour, fn(&Span) -> u64);

fn over_time(spans: &Bins<Span>) -> Option<Picture> {
    const LINES: [Count; 3] = [
        ("planned", Colour::GREY, |span| span.planned),
        ("good answers", Colour::BLUE, |span| span.good),
        ("errors and throttles", Colour::RED, |span| span.bad),
    ];
    let width = spans.width().0;
    let points: Vec<_> = spans.iter().map(|(begin, span)| (begin.0, *span)).collect();
    let end = points.last()?.0 + width;
    let line = |(_, colour, of): Count| {
        let middle = |(begin, span): &(u64, Span)| ((begin + width / 2) as i64, of(span) as i64);
        Mark::Line { points: points.iter().map(middle).collect(), colour, width: 2 }
    };
    let highest = points.iter().map(|(_, span)| span.planned.max(span.good).max(span.bad)).max()?;
    let row = |(begin, span): &(u64, Span)| {
        let cells = LINES.iter().map(|(.., of)| human::count(of(span)));
        [human::micros(*begin as f64)].into_iter().chain(cells).collect()
    };
    let header = ["from".to_string()].into_iter().chain(LINES.iter().map(|(name, ..)| (*name).to_string()));
    Some(Picture {
        title: "Requests over time",
        description: format!(
            "In spans of {}; polls are answered, and not planned.",
            human::micros(width as f64)
        ),
        chart: Chart {
            x: Axis::times(0, end).until(end),
            y: Axis::counts(0, highest),
            x_title: "after the start",
            y_title: "in a span",
            marks: LINES.into_iter().map(line).collect(),
        },
        legend: LINES.iter().map(|(name, colour, _)| (*colour, (*name).to_string())).collect(),
        table: (header.collect(), points.iter().map(row).collect()),
    })
}

/// The two latencies of each operation, over all stages.
fn latencies(title: &'static str, record: &LoadRecord) -> Option<Picture> {
    let mut operations: Vec<_> = record.tally.cells.keys().map(|(operation, _)| *operation).collect();
    operations.dedup();
    let lines = operations.into_iter().zip(latency::COLOURS).flat_map(|(operation, colour)| {
        let cell = record.tally.sum(|one, _| one == operation);
        let name = |which: &str| format!("{operation} from the {which} send");
        [(name("planned"), colour, cell.planned.0), (name("actual"), Colour::GREY, cell.actual.0)]
    });
    latency::of_histograms(title, "requests", lines.collect())
}

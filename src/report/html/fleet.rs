//! Pictures of one replication: the fleet over time, and what is in flight under the cap.

use super::{
    axis::Axis,
    chart::{Chart, Mark},
    colour::Colour,
    page::Picture,
};
use crate::{
    base::SimTime,
    measure::{Course, Snapshot},
    report::human,
    scenario::{Plan, plan::Command},
    ssm::{StatusDetails, limits},
};

/// Points of a line at most: more than there are pixels would be weight alone.
const POINTS: usize = 256;
/// Rows of the table behind a picture, about.
const ROWS: usize = 24;

/// One command's way through one replication.
pub(super) struct Way<'a> {
    plan: &'a Plan,
    command: &'a Command,
    stop: Option<SimTime>,
    targets: u32,
    /// From the request on, where the fleet stood.
    points: Vec<(u64, Snapshot)>,
}

/// A part of the fleet: its name, its colour, and how large it is.
struct Part {
    name: &'static str,
    colour: Colour,
    size: fn(&Snapshot) -> u32,
}

/// From the bottom to the top: what is in flight, what went wrong, what is done, what waits.
const PARTS: [Part; 14] = [
    Part { name: "InProgress", colour: Colour::BLUE, size: |now| now.in_progress },
    Part {
        name: "sent, not yet InProgress",
        colour: Colour::SKY,
        size: |now| now.in_flight.saturating_sub(now.in_progress + now.delayed + now.cancelling),
    },
    Part { name: "Delayed", colour: Colour::YELLOW, size: |now| now.delayed },
    Part { name: "Cancelling", colour: Colour::VIOLET, size: |now| now.cancelling },
    Part { name: "Failed", colour: Colour::RED, size: |now| ended(now, StatusDetails::Failed) },
    Part {
        name: "ExecutionTimedOut",
        colour: Colour::ORANGE,
        size: |now| ended(now, StatusDetails::ExecutionTimedOut),
    },
    Part {
        name: "DeliveryTimedOut",
        colour: Colour::PINK,
        size: |now| ended(now, StatusDetails::DeliveryTimedOut),
    },
    Part {
        name: "Undeliverable",
        colour: Colour::BROWN,
        size: |now| ended(now, StatusDetails::Undeliverable),
    },
    Part {
        name: "InvalidPlatform",
        colour: Colour::BROWN,
        size: |now| ended(now, StatusDetails::InvalidPlatform),
    },
    Part { name: "AccessDenied", colour: Colour::BROWN, size: |now| ended(now, StatusDetails::AccessDenied) },
    Part { name: "Cancelled", colour: Colour::GREY, size: |now| ended(now, StatusDetails::Cancelled) },
    Part { name: "Terminated", colour: Colour::SLATE, size: |now| ended(now, StatusDetails::Terminated) },
    Part { name: "Success", colour: Colour::GREEN, size: |now| ended(now, StatusDetails::Success) },
    Part { name: "waiting", colour: Colour::WAITING, size: |now| now.waiting },
];

fn ended(now: &Snapshot, details: StatusDetails) -> u32 {
    let at = StatusDetails::INVOCATION_ENDINGS.iter().position(|&ending| ending == details);
    at.map_or(0, |at| now.endings[at])
}

impl<'a> Way<'a> {
    /// The way of a command; `None` where it has no targets.
    pub(super) fn new(plan: &'a Plan, course: &Course, index: usize) -> Option<Self> {
        let command = &plan.commands[index];
        let rows = course.timeline.rows(index);
        let width = rows.width().0;
        let end = |begin: SimTime| (begin.0 + width).saturating_sub(command.at.0);
        let after: Vec<_> = rows.iter().map(|(begin, now)| (end(begin), *now)).collect();
        let after: Vec<_> = after.into_iter().filter(|(time, now)| *time > 0 && sum(now) > 0).collect();
        let targets = sum(&after.last()?.1);
        let first = Snapshot { waiting: targets, ..Snapshot::default() };
        let points = [(0, first)].into_iter().chain(thin(&after, POINTS)).collect();
        let stop = course.stop(index);
        Some(Self { plan, command, stop, targets, points })
    }

    /// The fleet over time by status.
    pub(super) fn fleet(&self) -> Picture {
        let parts: Vec<_> = PARTS
            .iter()
            .filter(|part| self.points.iter().skip(1).any(|(_, now)| (part.size)(now) > 0))
            .collect();
        let mut marks = Vec::new();
        let mut lower: Vec<(i64, i64)> = self.points.iter().map(|&(time, _)| (time as i64, 0)).collect();
        for part in &parts {
            let sizes = self.points.iter().map(|(_, now)| i64::from((part.size)(now)));
            let upper: Vec<_> =
                lower.iter().zip(sizes).map(|(&(time, below), size)| (time, below + size)).collect();
            marks.push(Mark::Band { upper: upper.clone(), lower, colour: part.colour });
            lower = upper;
        }
        // Where the fleet fits under the cap a line would mark nothing.
        marks.extend((self.cap() < self.targets).then(|| self.limit()));
        marks.extend(self.stop_mark());
        let shown = || parts.iter().rev();
        let header = ["after".to_string()].into_iter().chain(shown().map(|part| part.name.to_string()));
        Picture {
            title: "The fleet over time",
            description: self.describe(),
            chart: self.chart(marks, self.targets),
            legend: shown().map(|part| (part.colour, part.name.to_string())).collect(),
            table: (
                header.collect(),
                self.rows(|now| parts.iter().rev().map(|part| (part.size)(now)).collect()),
            ),
        }
    }

    /// What is in flight, under the cap.
    pub(super) fn in_flight(&self) -> Picture {
        let peak = self.points.iter().map(|(_, now)| now.in_flight).max().unwrap_or(0);
        let upper = self.points.iter().map(|&(time, now)| (time as i64, i64::from(now.in_flight))).collect();
        let lower = self.points.iter().map(|&(time, _)| (time as i64, 0)).collect();
        let mut marks = vec![Mark::Band { upper, lower, colour: Colour::BLUE }];
        let cap = self.cap();
        marks.extend((cap <= peak.saturating_mul(3)).then(|| self.limit()));
        marks.extend(self.stop_mark());
        let highest = if cap <= peak.saturating_mul(3) { peak.max(cap) + cap / 8 } else { peak };
        let asked = self.command.request.max_concurrency_or_default();
        Picture {
            title: "In flight, under the cap",
            description: format!(
                "Up to {} invocations in flight; MaxConcurrency {asked} allows {}.",
                human::count(peak.into()),
                human::count(cap.into())
            ),
            chart: self.chart(marks, highest),
            legend: vec![(Colour::BLUE, "in flight".into())],
            table: (
                vec!["after".into(), "in flight".into(), "errors".into()],
                self.rows(|now| {
                    let errors = [StatusDetails::Failed, StatusDetails::ExecutionTimedOut];
                    vec![now.in_flight, errors.iter().map(|&details| ended(now, details)).sum()]
                }),
            ),
        }
    }

    fn chart(&self, marks: Vec<Mark>, highest: u32) -> Chart {
        let last = self.points.last().map_or(0, |(time, _)| *time);
        Chart {
            x: Axis::times(0, last).until(last),
            y: Axis::counts(0, highest.into()),
            x_title: "after the request",
            y_title: "instances",
            marks,
        }
    }

    fn describe(&self) -> String {
        let last = self.points.last().map_or(0, |(time, _)| *time);
        let mut text = format!(
            "{} targets by status, from the request to the last ending after {}.",
            human::count(self.targets.into()),
            human::micros(last as f64)
        );
        if let Some(stop) = self.after_request(self.stop) {
            text +=
                &format!(" The error threshold stopped the sending after {}.", human::micros(stop as f64));
        }
        text
    }

    /// The most invocations that MaxConcurrency allows in flight.
    fn cap(&self) -> u32 {
        let asked = limits::parse_max_concurrency(self.command.request.max_concurrency_or_default());
        let asked = asked.expect("a resolved plan's rate controls are right");
        asked.of(self.targets, self.plan.readings.concurrency_rounding).max(1)
    }

    fn limit(&self) -> Mark {
        let cap = self.cap();
        Mark::Limit { y: cap.into(), word: format!("cap {}", human::count(cap.into())) }
    }

    fn stop_mark(&self) -> Option<Mark> {
        let stop = self.after_request(self.stop)?;
        Some(Mark::At { x: stop as i64, word: "the stop".into(), line: 0 })
    }

    fn after_request(&self, time: Option<SimTime>) -> Option<u64> {
        time.map(|time| time.0.saturating_sub(self.command.at.0))
    }

    fn rows(&self, sizes: impl Fn(&Snapshot) -> Vec<u32>) -> Vec<Vec<String>> {
        let row = |(time, now): (u64, Snapshot)| {
            let sizes = sizes(&now).into_iter().map(|size| human::count(size.into()));
            [human::micros(time as f64)].into_iter().chain(sizes).collect()
        };
        thin(&self.points, ROWS).map(row).collect()
    }
}

fn sum(now: &Snapshot) -> u32 {
    now.waiting + now.in_flight + now.endings.iter().sum::<u32>()
}

/// At most so many, evenly spread, the last among them.
pub(super) fn thin<T: Clone>(points: &[T], most: usize) -> impl Iterator<Item = T> + '_ {
    let stride = points.len().div_ceil(most).max(1);
    points.iter().rev().step_by(stride).rev().cloned()
}

//! What the generator hands on while it works. Whoever listens does so on a thread of their own, so that files, compression
//! and the terminal delay no request.

use std::{collections::BTreeMap, time::Duration};

use hyper::body::Bytes;
use jiff::Timestamp;

use super::{
    mix::Operation,
    tally::{Cell, Schedule, Tally},
};
use crate::wire::sns::envelope::Envelope;

/// Something handed on.
#[derive(Debug)]
pub enum Happening {
    /// What was counted in about a second.
    Interval(Interval),
    /// An answer about commands or invocations.
    Testimony(Testimony),
    /// A notification that arrived.
    Message(Message),
}

/// What was counted for a while.
#[derive(Debug, Default)]
pub struct Interval {
    /// When it began, from the beginning of the load.
    pub begin: Duration,
    /// How long it was.
    pub length: Duration,
    /// By operation and the number of the stage.
    pub cells: BTreeMap<(Operation, usize), Cell>,
    /// How the schedule was kept.
    pub schedule: Schedule,
    /// Requests under way at its end.
    pub under_way: usize,
    /// Invocations in flight at its end, as last told of the commands that are followed.
    pub in_flight: u64,
    /// `MaxConcurrency` of the command told of last, as it was asked for.
    pub most_in_flight: Option<String>,
}

/// An answer, as it came.
#[derive(Debug)]
pub struct Testimony {
    /// What was called.
    pub operation: Operation,
    /// When it was asked and answered.
    pub times: (Timestamp, Timestamp),
    /// The request's body.
    pub request: Bytes,
    /// The answer's body.
    pub body: Bytes,
}

/// A notification, as it came.
#[derive(Debug)]
pub struct Message {
    /// When it was there.
    pub at: Timestamp,
    /// What it came in.
    pub envelope: Envelope,
}

impl Interval {
    /// All cells as one.
    pub fn sum(&self) -> Cell {
        let mut sum = Cell::default();
        self.cells.values().for_each(|cell| sum.merge(cell));
        sum
    }

    /// Adds it to a tally; `stages` are the names of the stages.
    pub fn add_to(&self, tally: &mut Tally, stages: &[String]) {
        tally.schedule.merge(&self.schedule);
        for ((operation, stage), cell) in &self.cells {
            let stage = stages.get(*stage).cloned().unwrap_or_default();
            tally.cells.entry((*operation, stage)).or_default().merge(cell);
        }
    }
}

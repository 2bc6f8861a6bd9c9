//! How the fleet moved through the statuses: a bounded number of rows, whatever the length of the run.

use rustc_hash::FxHashMap;

use super::{bins::Bins, latency::Latencies, outcome::position};
use crate::{
    base::{SimDuration, SimTime},
    history::{Fact, Observer, Record},
    scenario::Plan,
    ssm::{InvocationStatus, StatusDetails},
};

/// Rows of the timeline at most.
const ROWS: usize = 1024;
/// Intervals of the interval log at most: each holds four histograms.
const INTERVALS: usize = 32;

/// Where one command's invocations stand at the end of a span of time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Snapshot {
    /// Targets neither sent nor ended.
    pub waiting: u32,
    /// Sent and not terminal; what follows, to Cancelling, are parts of it.
    pub in_flight: u32,
    /// Of those in flight, InProgress.
    pub in_progress: u32,
    /// Of those in flight, Delayed.
    pub delayed: u32,
    /// Of those in flight, Cancelling.
    pub cancelling: u32,
    /// Ended, by [`StatusDetails::INVOCATION_ENDINGS`].
    pub endings: [u32; StatusDetails::INVOCATION_ENDINGS.len()],
}

/// The timeline of every command, and the latencies of those invocations that ended, and notifications that arrived, in
/// each interval.
#[derive(Clone, Debug)]
pub struct Timeline {
    commands: Vec<CommandTimeline>,
}

#[derive(Clone, Debug)]
struct CommandTimeline {
    now: Snapshot,
    requested: SimTime,
    rows: Bins<Snapshot>,
    intervals: Bins<Latencies>,
    statuses: FxHashMap<u32, InvocationStatus>,
}

impl Timeline {
    /// An empty timeline for the commands of `plan`.
    pub fn new(plan: &Plan) -> Self {
        let one = CommandTimeline {
            now: Snapshot::default(),
            requested: SimTime::ZERO,
            rows: Bins::new(SimDuration::from_secs(1), ROWS),
            intervals: Bins::new(SimDuration::from_secs(10), INTERVALS),
            statuses: Default::default(),
        };
        Self { commands: vec![one; plan.commands.len()] }
    }

    /// The rows of a command.
    pub fn rows(&self, command: usize) -> &Bins<Snapshot> {
        &self.commands[command].rows
    }

    /// The latencies of a command's invocations and notifications by the interval in which they ended or arrived.
    pub fn intervals(&self, command: usize) -> &Bins<Latencies> {
        &self.commands[command].intervals
    }
}

impl Observer for Timeline {
    fn observe(&mut self, record: &Record) {
        let command = &mut self.commands[record.command as usize];
        if command.apply(record) {
            let now = command.now;
            *command.rows.at(record.time, |earlier, later| *earlier = *later, |last| *last) = now;
        }
    }
}

impl CommandTimeline {
    /// Moves the counts. False when the fact moves none.
    fn apply(&mut self, record: &Record) -> bool {
        match record.fact {
            Fact::Requested => self.requested = record.time,
            Fact::Targeted { count } => self.now.waiting = count,
            Fact::Sent { .. } => {
                self.now.waiting -= 1;
                self.now.in_flight += 1;
            }
            Fact::InvocationChanged { instance, state } => {
                let before = self.statuses.insert(instance, state.status);
                self.leave(before);
                if let Some(count) = self.now.part(state.status) {
                    *count += 1;
                }
            }
            Fact::InvocationEnded { instance, ending } => {
                let before = self.statuses.remove(&instance);
                self.leave(before);
                match ending.sent {
                    Some(_) => self.now.in_flight -= 1,
                    None => self.now.waiting -= 1,
                }
                if let Some(at) = position(ending.state.details) {
                    self.now.endings[at] += 1;
                }
                self.intervals.at(record.time, Latencies::merge, |_| Latencies::default()).record(
                    self.requested,
                    record.time,
                    &ending,
                );
            }
            Fact::Arrived { subscription, duplicate: false, published, .. } => {
                let interval = self.intervals.at(record.time, Latencies::merge, |_| Latencies::default());
                interval.add_notification(subscription, record.time.since(published));
                return false;
            }
            _ => return false,
        }
        true
    }

    fn leave(&mut self, status: Option<InvocationStatus>) {
        if let Some(count) = status.and_then(|status| self.now.part(status)) {
            *count -= 1;
        }
    }
}

impl Snapshot {
    /// The part of those in flight that a status counts in.
    fn part(&mut self, status: InvocationStatus) -> Option<&mut u32> {
        match status {
            InvocationStatus::InProgress => Some(&mut self.in_progress),
            InvocationStatus::Delayed => Some(&mut self.delayed),
            InvocationStatus::Cancelling => Some(&mut self.cancelling),
            _ => None,
        }
    }
}

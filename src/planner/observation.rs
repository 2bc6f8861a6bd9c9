//! What is remembered of a replication of a setting in a world.

use std::ops::Range;

use serde::Serialize;

use super::Study;
use crate::{
    base::SimTime,
    history::{Fact, Observer, Record},
    scenario::Plan,
    ssm::StatusDetails,
    world::{Courses, Model, World},
};

/// What the planned command came to in one replication. Times are microseconds from its request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Observation {
    /// When its last invocation had ended.
    pub makespan: u64,
    /// When sending ended: at the stop or, without one, with the makespan.
    pub stopped_after: u64,
    /// Instances on which it broke something (Settled 13).
    pub broken: u32,
    /// `TargetCount`.
    pub targets: u32,
    /// Whether its errors exceeded `MaxErrors`.
    pub is_stopped: bool,
    /// Whether every target was sent to that may be: nothing was stopped, expired or cancelled before.
    pub is_complete: bool,
}

/// Observes settings of one variant in a world, over the replications with these indices. What is drawn in a replication is
/// drawn once for all of them.
pub(super) fn observe(
    study: &Study,
    settings: &[usize],
    world: usize,
    indices: Range<u64>,
) -> Vec<Vec<Observation>> {
    let plans: Vec<Plan> = settings.iter().map(|&setting| study.plan(setting, world)).collect();
    let models: Vec<Model<'_>> = plans.iter().map(Model::new).collect();
    let mut observed = vec![Vec::new(); settings.len()];
    let mut courses = Courses::default();
    for index in indices {
        // Where rules may send commands, courses are not asked.
        let commands = if plans[0].events.is_none() { plans[0].commands.len() } else { 0 };
        courses.begin(commands, plans[0].fleet_size());
        for (model, observed) in models.iter().zip(&mut observed) {
            let mut watch = Watch::new(study.planning.command);
            World::with_courses(model, study.seed, index, &mut courses).run(&mut watch);
            observed.push(watch.finish());
        }
    }
    observed
}

/// Watches one command.
#[derive(Default)]
struct Watch {
    command: u32,
    requested: SimTime,
    ended: Option<SimTime>,
    stopped: Option<SimTime>,
    broken: u32,
    targets: u32,
    /// Targets that a stop, a deadline or a cancel found not sent to yet.
    unsent: u32,
}

impl Watch {
    fn new(command: usize) -> Self {
        Self { command: command as u32, ..Self::default() }
    }

    fn finish(self) -> Observation {
        let since = |time: SimTime| time.since(self.requested).0;
        let makespan = self.ended.map_or(SimTime::MAX.0, since);
        Observation {
            makespan,
            stopped_after: self.stopped.map_or(makespan, since),
            broken: self.broken,
            targets: self.targets,
            is_stopped: self.stopped.is_some(),
            is_complete: self.ended.is_some() && self.unsent == 0,
        }
    }
}

impl Observer for Watch {
    const IN_ORDER: bool = false;

    #[inline(always)]
    fn observe(&mut self, record: &Record) {
        if record.command != self.command {
            return;
        }
        match record.fact {
            Fact::Requested => self.requested = record.time,
            Fact::Targeted { count } => self.targets = count,
            Fact::ThresholdExceeded { .. } => self.stopped = Some(record.time),
            Fact::Broken { .. } => self.broken += 1,
            Fact::InvocationEnded { ending, .. } if ending.sent.is_none() => {
                use StatusDetails::{Cancelled, DeliveryTimedOut, Terminated};
                let was_cut_off = matches!(ending.state.details, Cancelled | DeliveryTimedOut | Terminated);
                self.unsent += u32::from(was_cut_off);
            }
            Fact::CommandEnded { .. } => self.ended = Some(record.time),
            _ => {}
        }
    }
}

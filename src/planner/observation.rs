//! What is remembered of a replication of a setting in a world.

use serde::Serialize;

use crate::{
    base::SimTime,
    measure::{CommandResult, Latencies, Measure},
    ssm::StatusDetails,
    world::{Model, World},
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

impl Observation {
    /// Sums up the result of a command.
    pub fn of(result: &CommandResult) -> Self {
        let makespan = result.makespan().map_or(SimTime::MAX.0, |time| time.0);
        let unsent =
            result.ending(StatusDetails::Terminated) + result.expired_unsent + result.cancelled_unsent;
        Self {
            makespan,
            stopped_after: result.time_to_stop().map_or(makespan, |time| time.0),
            broken: result.broken,
            targets: result.targets,
            is_stopped: result.stop.is_some(),
            is_complete: result.ended.is_some() && unsent == 0,
        }
    }
}

/// Runs the replications with these indices, and observes the command at `command`.
pub(super) fn replicate(
    model: &Model<'_>,
    seed: u64,
    command: usize,
    indices: impl Iterator<Item = u64>,
) -> Vec<Observation> {
    let mut latencies = vec![Latencies::default(); model.plan.commands.len()];
    let one = |index| {
        let mut measure = Measure::new(model.plan, &mut latencies);
        World::new(model, seed, index).run(&mut measure);
        Observation::of(&measure.finish()[command])
    };
    indices.map(one).collect()
}

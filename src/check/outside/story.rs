//! Everything that was seen of one command.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::command::CommandTrack;
use crate::{
    seen::{CancelSighting, InvocationSighting, Sighting, Track, When, course::Stage, course::TERMINAL},
    ssm::CommandStatus,
};

/// Everything that was seen of one command.
#[derive(Debug, Default)]
pub(super) struct Story {
    pub(super) command: CommandTrack,
    /// By instance.
    pub(super) invocations: BTreeMap<String, Track>,
    pub(super) cancels: Vec<CancelSighting>,
    /// When something was last told of it.
    pub(super) latest: Timestamp,
}

impl Story {
    /// Takes note of a sighting, at these times.
    pub(super) fn note(&mut self, sighting: &Sighting, when: When) {
        self.latest = self.latest.max(when.order());
        match sighting {
            Sighting::Command(command) => self.command.note(command, when),
            Sighting::Cancel(cancel) => self.cancels.push(CancelSighting { when, ..cancel.clone() }),
            Sighting::Invocation(invocation) => {
                let sighting = InvocationSighting { when, ..invocation.clone() };
                match self.invocations.get_mut(&invocation.instance_id) {
                    Some(track) => track.note(&sighting),
                    None => {
                        self.invocations.entry(invocation.instance_id.clone()).or_default().note(&sighting);
                    }
                }
            }
        }
    }

    /// Whether the command and all its invocations, which takes a `TargetCount`, were seen to end.
    pub(super) fn has_ended(&self) -> bool {
        let polled = self.command.polled.sights().last().map(|sight| sight.state.status);
        let told = self.command.told.sights().last().map(|sight| sight.state.status);
        let ended = |track: &Track| {
            let last = track.polled.sights().last().into_iter().chain(track.told.sights().last());
            last.into_iter().any(|sight| sight.state.rank() == TERMINAL)
        };
        polled.into_iter().chain(told).any(CommandStatus::is_terminal) && self.invocations.values().all(ended)
    }
}

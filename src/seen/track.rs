//! What was seen of one invocation, sighting by sighting.

use jiff::{SignedDuration, Timestamp};

use super::{Course, InvocationSighting, Life, Phase, StepSighting, When};
use crate::ssm::InvocationState;

/// The finest that the service tells: a time it tells may be so much off (S9.9, S10.7).
pub const RESOLUTION: SignedDuration = SignedDuration::from_millis(1);

/// What was seen of one invocation. It takes sightings in any order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Track {
    /// What polls saw.
    pub polled: Course<InvocationState>,
    /// What events and notifications told.
    pub told: Course<InvocationState>,
    /// `DocumentName`.
    pub document_name: Option<String>,
    /// `RequestedDateTime`, the latest that was told: it is the command's until the invocation is sent (S9.14).
    pub requested: Option<Timestamp>,
    /// `ResponseCode`, as the latest sighting tells it.
    pub response_code: Option<i32>,
    /// `ExecutionStartDateTime`.
    pub started: Option<Timestamp>,
    /// `ExecutionEndDateTime`.
    pub finished: Option<Timestamp>,
    /// The steps as last seen.
    pub steps: Vec<StepSighting>,
    /// When the latest sighting was.
    latest: Option<Timestamp>,
}

impl Track {
    /// Takes note of a sighting.
    pub fn note(&mut self, sighting: &InvocationSighting) {
        let course = match sighting.when {
            When::Polled { .. } => &mut self.polled,
            When::Began(_) => &mut self.told,
        };
        course.note(sighting.state, sighting.details_told, sighting.when);
        let at = sighting.when.order();
        let is_latest = self.latest.is_none_or(|latest| latest <= at);
        self.latest = self.latest.max(Some(at));
        self.requested = self.requested.max(sighting.requested);
        if self.document_name.is_none() {
            self.document_name.clone_from(&sighting.document_name);
        }
        replace(&mut self.response_code, sighting.response_code, is_latest);
        replace(&mut self.started, sighting.started, is_latest);
        replace(&mut self.finished, sighting.finished, is_latest);
        if !sighting.steps.is_empty() && (is_latest || self.steps.is_empty()) {
            self.steps.clone_from(&sighting.steps);
        }
    }

    /// When the latest sighting was.
    pub fn latest(&self) -> Option<Timestamp> {
        self.latest
    }

    /// The states in their order, with what is known of their beginnings.
    ///
    /// Where what was told contradicts what polls saw, the polls count. An invocation was Pending when it was requested at the latest; and what the agent's final reply ended was not over
    /// before the execution that the reply tells of.
    pub fn phases(&self) -> Vec<Phase> {
        let mut joined = self.polled.clone();
        joined.join(&self.told);
        let course =
            if joined.is_possible() || self.polled.sights().is_empty() { &joined } else { &self.polled };
        let mut phases: Vec<Phase> = course
            .stretches()
            .map(|stretch| Phase {
                state: stretch.state,
                details_told: stretch.details_told,
                began: stretch.began,
                seen_until: stretch.seen_until,
            })
            .collect();
        if let (Some(first), Some(requested)) = (phases.first_mut(), self.requested)
            && first.state.status == crate::ssm::InvocationStatus::Pending
        {
            first.began.until = first.began.until.min(later(requested, RESOLUTION));
        }
        if let (Some(last), Some(finished)) = (phases.last_mut(), self.finished)
            && last.state.status.is_terminal()
        {
            let finished = later(finished, -RESOLUTION).min(last.began.until);
            last.began.after = last.began.after.max(Some(finished));
        }
        phases
    }

    /// The life that it comes to.
    pub fn life(&self, command_id: &str, instance_id: &str) -> Life {
        Life {
            command_id: command_id.into(),
            instance_id: instance_id.into(),
            document_name: self.document_name.clone(),
            requested: self.requested,
            phases: self.phases(),
            response_code: self.response_code,
            started: self.started,
            finished: self.finished,
            steps: self.steps.clone(),
        }
    }
}

/// So much later, or earlier, as far as there are instants.
pub fn later(instant: Timestamp, by: SignedDuration) -> Timestamp {
    let end = if by.is_negative() { Timestamp::MIN } else { Timestamp::MAX };
    instant.checked_add(by).unwrap_or(end)
}

fn replace<T>(old: &mut Option<T>, new: Option<T>, is_latest: bool) {
    if new.is_some() && (is_latest || old.is_none()) {
        *old = new;
    }
}

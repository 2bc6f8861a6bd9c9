//! What was seen of a command as a whole.

use jiff::Timestamp;

use crate::{
    seen::{CommandSighting, Course, When, course::Span},
    ssm::{CommandState, CommandStatus, SendCommandRequest},
};

/// What was seen of a command as a whole.
#[derive(Debug, Default)]
pub(super) struct CommandTrack {
    /// What polls saw.
    pub(super) polled: Course<CommandState>,
    /// What events and notifications told.
    pub(super) told: Course<CommandState>,
    pub(super) request: Option<SendCommandRequest>,
    /// `RequestedDateTime`.
    pub(super) requested: Option<Timestamp>,
    pub(super) expires_after: Option<Timestamp>,
    /// The counters whenever they had changed, for the first and the last time.
    pub(super) counts: Vec<Counts>,
}

/// The counters as one answer has them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Counts {
    pub(super) at: Span,
    pub(super) status: CommandStatus,
    pub(super) target: Option<u32>,
    pub(super) completed: Option<u32>,
    pub(super) error: Option<u32>,
    pub(super) delivery_timed_out: Option<u32>,
}

impl CommandTrack {
    pub(super) fn note(&mut self, sighting: &CommandSighting, when: When) {
        match when {
            When::Polled { .. } => {
                self.polled.note(sighting.state, sighting.details_told, when);
                self.count(sighting, Span { from: when.earliest(), to: when.latest() });
            }
            When::Began(_) => self.told.note(sighting.state, sighting.details_told, when),
        }
        self.requested = self.requested.or(sighting.requested);
        self.expires_after = self.expires_after.or(sighting.expires_after);
        if let Some(request) = &sighting.request
            && self.request.as_ref().is_none_or(|known| told(request) > told(known))
        {
            self.request = Some(request.clone());
        }
    }

    fn count(&mut self, sighting: &CommandSighting, at: Span) {
        let counts = Counts {
            at,
            status: sighting.state.status,
            target: sighting.target_count,
            completed: sighting.completed_count,
            error: sighting.error_count,
            delivery_timed_out: sighting.delivery_timed_out_count,
        };
        if counts.is_empty() {
            return;
        }
        // In the middle of a stretch without a change no sighting says more than its neighbours.
        if let [.., first, last] = &mut self.counts[..]
            && counts.is_like(first)
            && counts.is_like(last)
        {
            *last = counts;
        } else {
            self.counts.push(counts);
        }
    }
}

impl Counts {
    fn is_empty(&self) -> bool {
        [self.target, self.completed, self.error, self.delivery_timed_out].iter().all(Option::is_none)
    }

    fn is_like(&self, other: &Self) -> bool {
        Self { at: other.at, ..*self } == *other && self.at.from >= other.at.from && self.at.to >= other.at.to
    }
}

/// How much of what matters here a request tells.
fn told(request: &SendCommandRequest) -> usize {
    let fields = [
        request.max_concurrency.is_some(),
        request.max_errors.is_some(),
        request.timeout_seconds.is_some(),
        request.notification_config.is_some(),
        request.instance_ids.as_ref().is_some_and(|ids| !ids.is_empty()),
        request.targets.as_ref().is_some_and(|targets| !targets.is_empty()),
    ];
    fields.iter().filter(|&&is_told| is_told).count()
}

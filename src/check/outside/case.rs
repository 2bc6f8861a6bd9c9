//! A command as the rules look at it: what was asked for, and what is certain and possible of each invocation.

use jiff::{SignedDuration, Timestamp};

use super::{command::CommandTrack, story::Story};
use crate::{
    base::Rounding,
    check::limit::Limit,
    seen::{
        CancelSighting, Header, Phase, Track,
        track::{RESOLUTION, later},
    },
    ssm::{InvocationStatus, StatusDetails as D},
};

/// A command as the rules look at it.
pub(super) struct Case<'a> {
    pub(super) id: &'a str,
    pub(super) header: &'a Header,
    pub(super) command: &'a CommandTrack,
    pub(super) cancels: &'a [CancelSighting],
    pub(super) invocations: Vec<Invocation<'a>>,
    /// How many invocations there are, where that was told.
    pub(super) total: Option<u32>,
    /// By so much a time that was told may be off.
    pub(super) slack: SignedDuration,
}

/// An invocation as the rules look at it.
pub(super) struct Invocation<'a> {
    pub(super) instance: &'a str,
    pub(super) track: &'a Track,
    pub(super) phases: Vec<Phase>,
    /// The first instant by which it certainly had been sent; `None` when nothing proves that it was.
    pub(super) sent_by: Option<Timestamp>,
    /// The last instant at which it certainly had not ended.
    pub(super) open_at: Timestamp,
}

impl<'a> Case<'a> {
    /// Whether the request names an alarm that may have stopped the command (S4.29).
    pub(super) fn has_alarm(&self) -> bool {
        self.command.request.as_ref().is_some_and(|request| request.alarm().is_some())
    }

    pub(super) fn new(id: &'a str, story: &'a Story, header: &'a Header) -> Self {
        let slack = RESOLUTION + SignedDuration::from_millis(header.clock_error_ms.into());
        Self {
            id,
            header,
            command: &story.command,
            cancels: &story.cancels,
            invocations: story
                .invocations
                .iter()
                .map(|(id, track)| Invocation::new(id, track, slack))
                .collect(),
            total: total(&story.command),
            slack,
        }
    }

    /// `MaxConcurrency`, where the request is known.
    pub(super) fn max_concurrency(&self) -> Option<Limit> {
        Limit::parse(self.command.request.as_ref()?.max_concurrency_or_default())
    }

    /// `MaxErrors`, where the request is known.
    pub(super) fn max_errors(&self) -> Option<Limit> {
        Limit::parse(self.command.request.as_ref()?.max_errors_or_default())
    }

    /// How many invocations may be in flight at once under the most generous rounding (O-13); `None` when that is a
    /// percentage of nobody knows how many.
    pub(super) fn window(&self) -> Option<u32> {
        let limit = self.max_concurrency()?;
        let total = match limit {
            Limit::Count(count) => return u32::try_from(count).ok(),
            Limit::Percent(_) => self.total?,
        };
        let n = (0..total).find(|&n| !limit.has_room(n, total, Rounding::Ceil));
        Some(n.unwrap_or(total))
    }

    /// How many invocations the record tells nothing of.
    pub(super) fn missing(&self) -> Option<u32> {
        Some(self.total?.saturating_sub(u32::try_from(self.invocations.len()).ok()?))
    }

    /// Why it cannot be told that nothing is missing; `None` when every invocation is there.
    pub(super) fn gap(&self) -> Option<String> {
        match (self.missing(), self.total) {
            (Some(0), _) => None,
            (Some(_), Some(total)) => Some(format!(
                "command {}: the record has {} of its {total} invocations",
                self.id,
                self.invocations.len()
            )),
            _ => Some(format!("command {}: the record does not tell its TargetCount", self.id)),
        }
    }

    /// The reason of a rule that needs the request.
    pub(super) fn no_request(&self) -> String {
        format!("command {}: the record does not tell what was requested", self.id)
    }
}

impl<'a> Invocation<'a> {
    fn new(instance: &'a str, track: &'a Track, slack: SignedDuration) -> Self {
        let phases = track.phases();
        let reached = phases.iter().filter(|phase| {
            matches!(phase.state.status, InvocationStatus::InProgress | InvocationStatus::Delayed)
                || (phase.details_told && is_by_agent(phase.state.details))
        });
        let started = track.started.map(|started| later(started, slack));
        let sent_by = reached.map(|phase| phase.began.until).chain(started).min();
        let going = phases.iter().filter(|phase| !phase.state.status.is_terminal());
        let ended = phases.iter().filter(|phase| phase.state.status.is_terminal());
        let after = ended.filter_map(|phase| phase.began.after);
        let finished = track.finished.map(|finished| later(finished, -slack));
        let open_at = going.map(|phase| phase.seen_until).chain(after).chain(finished).max();
        Self { instance, track, sent_by, open_at: open_at.unwrap_or(Timestamp::MIN), phases }
    }

    /// The state it ended in.
    pub(super) fn end(&self) -> Option<&Phase> {
        self.phases.last().filter(|phase| phase.state.status.is_terminal())
    }

    /// The details it ended with, where they were told.
    pub(super) fn ending(&self) -> Option<D> {
        self.end().filter(|end| end.details_told).map(|end| end.state.details)
    }

    /// Whether it may have ended in one of these ways, or may yet.
    pub(super) fn may_end_as(&self, ways: &[D]) -> bool {
        match self.end() {
            None => true,
            Some(end) if end.details_told => ways.contains(&end.state.details),
            Some(end) => ways.iter().any(|&way| can_be(end.state.status, way)),
        }
    }

    /// Whether it may have been sent at all.
    pub(super) fn may_be_sent(&self) -> bool {
        let never = [D::Terminated, D::InvalidPlatform, D::AccessDenied];
        self.sent_by.is_some() || self.ending().is_none_or(|details| !never.contains(&details))
    }
}

/// `TargetCount`: what an answer tells once the targets are resolved (O-45), or the number of ids that were named.
fn total(command: &CommandTrack) -> Option<u32> {
    let resolved = command.counts.iter().filter(|counts| counts.status != crate::ssm::CommandStatus::Pending);
    let told = resolved.filter_map(|counts| counts.target).next_back();
    told.or_else(|| {
        let ids = command.request.as_ref()?.instance_ids.as_ref()?;
        u32::try_from(ids.len()).ok().filter(|&count| count > 0)
    })
}

/// Whether only the agent can have told it (T6, T7).
fn is_by_agent(details: D) -> bool {
    matches!(details, D::Success | D::Failed | D::ExecutionTimedOut)
}

/// Whether details may stand under a status; those of O-9 under any that is terminal.
fn can_be(status: InvocationStatus, details: D) -> bool {
    match details {
        D::Success => status == InvocationStatus::Success,
        D::Failed => status == InvocationStatus::Failed,
        D::ExecutionTimedOut | D::DeliveryTimedOut => status == InvocationStatus::TimedOut,
        D::Cancelled => status == InvocationStatus::Cancelled,
        _ => true,
    }
}

//! Never more invocations in flight than `MaxConcurrency`.

use jiff::Timestamp;

use super::{Case, Tally, shown};
use crate::{
    check::{outside::case::Invocation, report::About},
    seen::track::later,
};

pub(crate) const ABOUT: About = About {
    rule: "max-concurrency",
    title: "never more invocations in flight than MaxConcurrency",
    source: "S4.1 to S4.6, O-13, O-15, Settled 5",
};

/// Judges how many were in flight for certain, and how many may have been. A slot is held from the send to the end (O-15);
/// Pending proves no send, so that certainty begins with what shows that the agent has it, or that an attempt was made.
pub(super) fn judge(case: &Case<'_>, tally: &mut Tally) -> Vec<&'static str> {
    tally.judged += case.invocations.len() as u64;
    if case.invocations.is_empty() {
        return vec![];
    }
    if case.max_concurrency().is_none() {
        tally.doubt(case.no_request());
        return vec![];
    }
    let Some(window) = case.window() else {
        tally.doubt(format!(
            "command {}: MaxConcurrency is a percentage, and TargetCount is not told",
            case.id
        ));
        return vec![];
    };
    let (at, certain) = most(case.invocations.iter().filter_map(certain));
    if certain > window {
        let message =
            format!("command {}: {certain} in flight at once, MaxConcurrency allows {window}", case.id);
        tally.object(at, "S4.5", message);
        return vec![];
    }
    let (at, possible) = most(case.invocations.iter().filter_map(|invocation| possible(case, invocation)));
    let missing = case.missing().unwrap_or(u32::MAX);
    if possible.saturating_add(missing) > window && case.total.is_none_or(|total| total > window) {
        tally.doubt(case.gap().unwrap_or_else(|| {
            let at = shown(at);
            format!(
                "command {}: up to {possible} may have been in flight at {at}, {window} are allowed",
                case.id
            )
        }));
    }
    vec![]
}

/// From when to when it was in flight whatever instants its sightings stand for.
fn certain(invocation: &Invocation<'_>) -> Option<(Timestamp, Timestamp)> {
    let sent_by = invocation.sent_by?;
    (sent_by < invocation.open_at).then_some((sent_by, invocation.open_at))
}

/// From when to when it may have been in flight.
fn possible(case: &Case<'_>, invocation: &Invocation<'_>) -> Option<(Timestamp, Timestamp)> {
    if !invocation.may_be_sent() {
        return None;
    }
    let requested = invocation.track.requested.max(case.command.requested);
    let from = requested.map_or(Timestamp::MIN, |requested| later(requested, -case.slack));
    let to = invocation.end().map_or(Timestamp::MAX, |end| end.began.until);
    (from < to).then_some((from, to))
}

/// The most stretches that overlap, and where they first do. A stretch ends before another one begins at the same instant.
fn most(stretches: impl Iterator<Item = (Timestamp, Timestamp)>) -> (Timestamp, u32) {
    let mut turns: Vec<(Timestamp, i32)> = stretches.flat_map(|(from, to)| [(from, 1), (to, -1)]).collect();
    turns.sort_unstable();
    let (mut now, mut most) = (0, (Timestamp::MIN, 0));
    for (at, turn) in turns {
        now += turn;
        if now > most.1 {
            most = (at, now);
        }
    }
    (most.0, most.1.unsigned_abs())
}

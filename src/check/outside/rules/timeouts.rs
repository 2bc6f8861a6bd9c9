//! Nothing outlives its time, and nothing times out before it.

use jiff::{SignedDuration, Timestamp};

use super::{Case, Tally, shown};
use crate::{
    check::{outside::case::Invocation, report::About},
    seen::track::later,
    ssm::StatusDetails,
};

pub(crate) const ABOUT: About = About {
    rule: "timeouts",
    title: "nothing goes on after ExpiresAfter, and no delivery times out before it may",
    source: "S1.17, S5.1 to S5.9, O-18, O-19",
};

/// The lower of the two defaults of `TimeoutSeconds` (O-19).
const DEFAULT: i64 = 600;
/// The least `TimeoutSeconds` (S5.1).
const LEAST: i64 = 30;

pub(super) fn judge(case: &Case<'_>, tally: &mut Tally) -> Vec<&'static str> {
    let mut readings = Vec::new();
    for invocation in &case.invocations {
        tally.judged += 1;
        judge_execution(case, invocation, tally);
        match case.command.expires_after {
            Some(expires) => readings.extend(judge_deadline(case, invocation, expires, tally)),
            None => tally.doubt(format!("command {}: the record does not tell its ExpiresAfter", case.id)),
        }
    }
    readings
}

fn judge_deadline(
    case: &Case<'_>,
    invocation: &Invocation<'_>,
    expires: Timestamp,
    tally: &mut Tally,
) -> Option<&'static str> {
    let instance = invocation.instance;
    if invocation.open_at > later(expires, case.slack) {
        let (at, expires) = (shown(invocation.open_at), shown(expires));
        let message =
            format!("command {} on {instance}: not ended at {at}, ExpiresAfter is {expires}", case.id);
        tally.object(invocation.open_at, "S5.3", message);
    }
    let end = invocation.end().filter(|_| invocation.ending() == Some(StatusDetails::DeliveryTimedOut))?;
    let by = later(end.began.until, case.slack);
    if by >= expires {
        return None;
    }
    // O-18: by the older reading delivery is over after TimeoutSeconds.
    let request = case.command.request.as_ref();
    let seconds = request.map_or(LEAST, |request| request.timeout_seconds.unwrap_or(DEFAULT));
    let requested = case.command.requested?;
    if by >= later(requested, SignedDuration::from_secs(seconds)) {
        return Some("O-18: delivery is over after TimeoutSeconds");
    }
    let (at, expires) = (shown(end.began.until), shown(expires));
    let message =
        format!("command {} on {instance}: DeliveryTimedOut at {at}, ExpiresAfter is {expires}", case.id);
    tally.object(end.began.until, "S1.17", message);
    None
}

/// What the agent tells of the execution lies between the request and its own end.
fn judge_execution(case: &Case<'_>, invocation: &Invocation<'_>, tally: &mut Tally) {
    let track = invocation.track;
    let Some(started) = track.started else { return };
    if let Some(requested) = case.command.requested
        && later(started, case.slack) < requested
    {
        let (at, requested, instance) = (shown(started), shown(requested), invocation.instance);
        let message = format!("command {} on {instance}: begun at {at}, requested at {requested}", case.id);
        tally.object(started, "S5.14", message);
    }
    if let Some(finished) = track.finished
        && later(finished, case.slack) < started
    {
        let (at, over, instance) = (shown(started), shown(finished), invocation.instance);
        let message = format!("command {} on {instance}: begun at {at}, over at {over}", case.id);
        tally.object(finished, "S5.14", message);
    }
}

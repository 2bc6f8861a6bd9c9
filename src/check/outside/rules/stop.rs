//! The error threshold stops the sending.

use jiff::Timestamp;

use super::{Case, Tally, shown};
use crate::{
    base::Rounding,
    check::{limit::Limit, report::About},
    seen::track::later,
    ssm::StatusDetails,
};

pub(crate) const ABOUT: About = About {
    rule: "stop",
    title: "nothing is sent after the error that exceeds MaxErrors, and nothing is Terminated before it",
    source: "S1.22, S4.16 to S4.25, O-10, O-11, O-13, O-16",
};

pub(super) fn judge(case: &Case<'_>, tally: &mut Tally) -> Vec<&'static str> {
    tally.judged += case.invocations.len() as u64;
    if case.invocations.is_empty() {
        return vec![];
    }
    let Some(limit) = case.max_errors() else {
        tally.doubt(case.no_request());
        return vec![];
    };
    if matches!(limit, Limit::Percent(_)) && case.total.is_none() {
        tally.doubt(format!("command {}: MaxErrors is a percentage, and TargetCount is not told", case.id));
        return vec![];
    }
    let total = case.total.unwrap_or_default();
    judge_terminated(case, limit, total, tally);
    if let Some(stopped) = stopped(case, limit, total) {
        judge_stopped(case, stopped, tally);
    }
    if let Some(gap) = case.gap() {
        tally.doubt(gap);
    }
    vec![]
}

/// When the sending had stopped under any reading: by O-10 Failed counts in all of them, and the most errors are tolerated
/// when a percentage is rounded up.
fn stopped(case: &Case<'_>, limit: Limit, total: u32) -> Option<Timestamp> {
    let failed =
        case.invocations.iter().filter(|invocation| invocation.ending() == Some(StatusDetails::Failed));
    let mut ends: Vec<Timestamp> =
        failed.filter_map(|invocation| Some(invocation.end()?.began.until)).collect();
    ends.sort_unstable();
    let tripping = (1..).zip(ends).find(|&(n, _)| limit.is_exceeded_by(n, total, Rounding::Ceil));
    tripping.map(|(_, end)| end)
}

/// What ran and had not ended at the stop was in flight then, for nothing is sent any more.
fn judge_stopped(case: &Case<'_>, stopped: Timestamp, tally: &mut Tally) {
    let (since, horizon) = (shown(stopped), later(stopped, case.slack));
    for invocation in case.invocations.iter().filter(|invocation| invocation.sent_by.is_some()) {
        // Of what was sent it is when that was (S9.14), and certainly not later.
        if let Some(requested) = invocation.track.requested.filter(|&requested| requested > horizon) {
            let (at, instance) = (shown(requested), invocation.instance);
            let message = format!(
                "command {}: sent to {instance} at {at}, the errors exceeded MaxErrors at {since}",
                case.id
            );
            tally.object(requested, "S4.18", message);
        }
    }
    let Some(window) = case.window() else { return };
    let went_on =
        case.invocations.iter().filter(|one| one.sent_by.is_some() && one.open_at > stopped).count();
    if went_on > window as usize {
        let message = format!(
            "command {}: {went_on} ran on after the errors exceeded MaxErrors, and only {window} were in flight",
            case.id
        );
        tally.object(stopped, "S4.23", message);
    }
}

/// Terminated is what was not sent because of the stop, which takes enough errors, by the reading that takes the fewest.
fn judge_terminated(case: &Case<'_>, limit: Limit, total: u32, tally: &mut Tally) {
    let Some(terminated) =
        case.invocations.iter().find(|one| one.ending() == Some(StatusDetails::Terminated))
    else {
        return;
    };
    let Some(missing) = case.missing() else { return };
    let errors = [StatusDetails::Failed, StatusDetails::ExecutionTimedOut];
    let possible = case.invocations.iter().filter(|one| one.may_end_as(&errors)).count();
    let possible = u32::try_from(possible).unwrap_or(u32::MAX).saturating_add(missing);
    if limit.is_exceeded_by(possible, total, Rounding::Floor) || limit.is_met_by(possible, total) {
        return;
    }
    if case.has_alarm() {
        // What its alarm keeps from being sent may be told as Terminated (S4.30, O-62).
        return tally.doubt(format!("command {}: whether its alarm stopped it is not told", case.id));
    }
    let at = terminated.end().map(|end| end.began.until).unwrap_or_default();
    let message = format!(
        "command {}: {} is Terminated, but at most {possible} errors do not exceed MaxErrors",
        case.id, terminated.instance
    );
    tally.object(at, "S1.22", message);
}

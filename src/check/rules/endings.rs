//! An ending is consistent in itself, and belongs to an instance that can end so.

use crate::{
    check::{
        case::Case,
        report::{About, Tally},
        terms::{GroupTerms, Terms},
    },
    history::Ending,
    ssm::{InvocationStatus, StatusDetails as D, document::OnFailure},
};

pub(crate) const ABOUT: About = About {
    rule: "endings",
    title: "status, details, response code and times of an ending fit together and fit the instance",
    source: "section 1.4, section 8.6, S1.23, S1.24, S15.12, O-9, Settled 4",
};

/// Judges a send: what cannot be sent to is not.
pub(crate) fn judge_sent(case: &Case<'_>, tally: &mut Tally) {
    if case.group.is_never_sent() {
        tally.object(case.record, "Settled 4", || "sent to an instance that can never be sent to".into());
    }
}

/// Judges an ending.
pub(crate) fn judge_end(case: &Case<'_>, ending: &Ending, tally: &mut Tally) {
    let (group, record) = (case.group, case.record);
    tally.judged += 1;
    let details = ending.state.details;
    if status_of(details, &case.book.terms) != Some(ending.state.status) {
        tally.object(record, "section 1.4", || {
            format!("{:?}/{} is no pair of an ending", ending.state.status, details.name())
        });
    } else if !fits_instance(case, group, details) {
        let fact = if group.is_never_sent() { "Settled 4" } else { "S1.23" };
        tally.object(record, fact, || format!("this instance cannot end as {} then", details.name()));
    } else if !fits_code(case, ending, group) {
        tally.object(record, "section 8.6", || {
            format!("response code {} does not belong to {}", ending.response_code, details.name())
        });
    } else if !fits_times(case, ending) {
        tally.object(record, "S15.12", || "its times are not those of its sending and execution".into());
    }
}

/// The status that goes with the details of an ending (section 1.4, O-9).
fn status_of(details: D, terms: &Terms) -> Option<InvocationStatus> {
    Some(match details {
        D::Success => InvocationStatus::Success,
        D::Failed | D::Undeliverable => InvocationStatus::Failed,
        D::ExecutionTimedOut | D::DeliveryTimedOut => InvocationStatus::TimedOut,
        D::Cancelled => InvocationStatus::Cancelled,
        D::Terminated => terms.readings.terminated_status,
        D::InvalidPlatform => terms.readings.invalid_platform_status,
        D::AccessDenied => terms.readings.access_denied_status,
        _ => return None,
    })
}

/// AccessDenied and, where access is given, InvalidPlatform exactly where the plan says so, and as soon as the targets
/// are known.
fn fits_instance(case: &Case<'_>, group: &GroupTerms, details: D) -> bool {
    let is_at_once = case.book.targeted == Some(case.record.time);
    match details {
        D::InvalidPlatform => group.invalid_platform && !group.access_denied && is_at_once,
        D::AccessDenied => group.access_denied && is_at_once,
        _ => !group.is_never_sent(),
    }
}

/// The table of section 8.6. What the steps of a document told decides is for `steps` to judge.
fn fits_code(case: &Case<'_>, ending: &Ending, group: &GroupTerms) -> bool {
    let (code, script) = (ending.response_code, &case.book.script);
    if script.is_told() && ending.elapsed.is_some() {
        return true;
    }
    let (kill, reboot) = (group.kill_code(), group.reboot_code());
    let is_failure = ![0, 168, kill, reboot].contains(&code);
    match ending.state.details {
        D::Success => {
            let only = script.step(0);
            let is_forgiven = is_failure && only.on_failure == OnFailure::SuccessAndExit;
            [0, 168].contains(&code) || is_forgiven || (code == -1 && !only.fits(group.platform))
        }
        D::Failed => is_failure,
        D::ExecutionTimedOut => code == kill,
        D::Cancelled => code == -1 || (ending.started.is_some() && code == kill),
        _ => code == -1,
    }
}

/// A send time if it was sent, the one in the history; an execution only then; its length only from a final reply.
fn fits_times(case: &Case<'_>, ending: &Ending) -> bool {
    let live = case.live;
    let is_sent_then = match live {
        Some(live) => ending.sent.is_some() && live.sent.is_none_or(|sent| ending.sent == Some(sent)),
        None => ending.sent.is_none(),
    };
    let is_reply =
        matches!(ending.state.details, D::Success | D::Failed | D::ExecutionTimedOut | D::Cancelled);
    is_sent_then
        && (ending.started.is_none() || live.is_some())
        && (ending.elapsed.is_none() || (ending.started.is_some() && is_reply))
}

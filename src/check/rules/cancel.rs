//! A cancel reaches everything at once and nothing else is cancelled.

use crate::{
    base::SimTime,
    check::{
        case::Case,
        ledger::Book,
        report::{About, Tally},
    },
    history::{Ending, Fact, Record},
    ssm::{CommandStatus, InvocationState, StatusDetails as D, reading::CancelUnanswered},
};

pub(crate) const ABOUT: About = About {
    rule: "cancel",
    title: "a cancel ends what has not been received at once, asks what runs to stop, and nothing is sent after it",
    source: "S7.1 to S7.14, T12 to T16, O-24, O-53",
};

/// Judges a cancel, and the command's answer to it.
pub(crate) fn judge(record: &Record, book: &Book, tally: &mut Tally) {
    match record.fact {
        Fact::CancelRequested { .. } => tally.judged += 1,
        Fact::CommandChanged { state }
            if state.status == CommandStatus::Cancelling
                && book.closed.is_none()
                && book.cancelled != Some(record.time) =>
        {
            tally.object(record, "C7", || "Cancelling, but no cancel was accepted in this instant".into());
        }
        _ => {}
    }
}

/// Judges a send: none comes after a cancel.
pub(crate) fn judge_sent(case: &Case<'_>, tally: &mut Tally) {
    if case.book.cancelled.is_some() {
        tally.object(case.record, "S7.14", || "sent although the command is cancelled".into());
    }
}

/// Judges whether an invocation is rightly Cancelling.
pub(crate) fn judge_change(case: &Case<'_>, instance: u32, state: InvocationState, tally: &mut Tally) {
    if state.details != D::Cancelling {
        return;
    }
    tally.judged += 1;
    if !case.book.is_cancel_wanted(instance) {
        tally.object(case.record, "T12", || "Cancelling, but nobody asked for it".into());
    } else if case.live.is_some_and(|live| live.received.is_none()) {
        tally.object(case.record, "O-24", || "not received yet, so it is Cancelled at once".into());
    }
}

/// Judges whether an invocation is rightly Cancelled.
pub(crate) fn judge_end(case: &Case<'_>, instance: u32, ending: &Ending, tally: &mut Tally) {
    let (book, record) = (case.book, case.record);
    if !matches!(ending.state.details, D::Cancelled | D::DeliveryTimedOut) {
        return;
    }
    let is_cancelling = case.live.is_some_and(|live| live.phase == D::Cancelling);
    let unanswered = book.terms.readings.cancel_unanswered;
    match ending.state.details {
        D::Cancelled => {
            tally.judged += 1;
            let is_running = case.live.is_some_and(|live| live.received.is_some());
            let is_expired = ending.elapsed.is_none() && book.deadline(true) == Some(record.time);
            let is_alarmed = book.may_end_by_alarm(D::Cancelled) && !case.was_sent;
            if !book.is_cancel_wanted(instance) && !is_alarmed {
                tally.object(record, "S1.20", || "Cancelled, but nobody asked for it".into());
            } else if is_running && !is_cancelling {
                tally.object(record, "O-24", || "it ran, so it is Cancelling first".into());
            } else if is_cancelling && is_expired && unanswered == CancelUnanswered::DeliveryTimedOut {
                tally.object(record, "O-24", || "an unanswered cancel ends as DeliveryTimedOut".into());
            }
        }
        D::DeliveryTimedOut if is_cancelling && unanswered == CancelUnanswered::Cancelled => {
            tally.object(record, "O-24", || "an unanswered cancel ends as Cancelled".into());
        }
        _ => {}
    }
}

/// Judges the end of the instant of a cancel.
pub(crate) fn close(book: &Book, at: SimTime, tally: &mut Tally) {
    for &instance in &book.named_now {
        let is_left = match book.in_flight(instance) {
            Some(live) => live.phase != D::Cancelling,
            None => book.terms.target(instance).is_some() && !book.has_ended(instance),
        };
        if is_left && book.closed.is_none() {
            tally.miss(at, "O-24", || {
                format!("the cancel of {} had no effect", book.terms.roster.id(instance))
            });
        }
    }
    if book.cancelled != Some(at) {
        return;
    }
    if book.state.status != CommandStatus::Cancelling {
        tally.miss(at, "C7", || "a cancel was accepted, but the command did not become Cancelling".into());
    }
    if book.closed.is_some() || book.missing() == 0 {
        return;
    }
    if book.waiting() > 0 {
        let waiting = book.waiting();
        tally.miss(at, "S7.14", || format!("{waiting} invocations not sent were not Cancelled"));
    }
    if book.cancelling < book.in_flight {
        let left = book.in_flight - book.cancelling;
        tally.miss(at, "O-24", || {
            format!("{left} invocations in flight are neither Cancelled nor Cancelling")
        });
    }
}

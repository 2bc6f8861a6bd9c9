//! The error threshold stops the sending, neither early nor late.

use crate::{
    base::SimTime,
    check::{
        case::Case,
        ledger::Book,
        report::{About, Tally},
    },
    history::{Ending, Record},
    ssm::StatusDetails,
};

pub(crate) const ABOUT: About = About {
    rule: "stop",
    title: "sending stops with the error that exceeds MaxErrors, and what was not sent is Terminated at once",
    source: "S1.22, S4.16 to S4.25, O-11, O-16, Settled 5 and 6",
};

/// Judges a send: none comes after the stop.
pub(crate) fn judge_sent(case: &Case<'_>, tally: &mut Tally) {
    if case.book.is_stopped() {
        tally.object(case.record, "S4.18", || "sent although the errors exceed MaxErrors".into());
    }
}

/// Judges what the stop terminates.
pub(crate) fn judge_end(case: &Case<'_>, ending: &Ending, tally: &mut Tally) {
    let book = case.book;
    match ending.state.details {
        StatusDetails::Failed | StatusDetails::ExecutionTimedOut => tally.judged += 1,
        StatusDetails::Terminated => {
            tally.judged += 1;
            let is_alarmed = book.may_end_by_alarm(StatusDetails::Terminated) && !case.was_sent;
            if book.tripped.is_none() && !book.told_exceeded && !is_alarmed {
                tally.object(case.record, "S1.22", || {
                    format!("Terminated, but {} errors do not exceed MaxErrors", book.errors)
                });
            }
        }
        _ => {}
    }
}

/// Judges the stop itself. A number that trips by itself but is miscounted is for `counted-errors` to object to.
pub(crate) fn judge_told(record: &Record, book: &Book, errors: u32, tally: &mut Tally) {
    tally.judged += 1;
    if book.told_exceeded {
        tally.object(record, "S4.18", || "ThresholdExceeded twice".into());
        return;
    }
    match book.tripped {
        Some((at, _)) if at != record.time => {
            tally.object(record, "S4.18", || {
                format!("told {} after the error that exceeds MaxErrors", record.time.since(at))
            });
        }
        None if !book.terms.trips(errors) => {
            tally.object(record, "S4.18", || format!("{errors} errors do not exceed MaxErrors"));
        }
        _ => {}
    }
}

/// Judges the end of the instant of the stop. `told` says whether the history tells internal facts.
pub(crate) fn close(book: &Book, at: SimTime, told: bool, tally: &mut Tally) {
    if book.tripped.is_none_or(|(tripped, _)| tripped != at) {
        return;
    }
    // Once the command is cancelled, what waits is for `cancel` to judge.
    if book.waiting() > 0 && book.cancelled.is_none() && book.alarmed.is_none() {
        let waiting = book.waiting();
        tally.miss(at, "S4.25", || {
            format!("the errors exceed MaxErrors, but {waiting} invocations not sent were not Terminated")
        });
    }
    if told && !book.told_exceeded {
        tally.miss(at, "S4.18", || "the errors exceed MaxErrors, but there is no ThresholdExceeded".into());
    }
}

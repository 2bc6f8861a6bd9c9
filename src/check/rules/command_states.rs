//! A command changes only in legal ways, says so when it must, and ends once, with its last invocation.

use crate::{
    base::SimTime,
    check::{
        case::Case,
        ledger::Book,
        report::{About, Tally},
    },
    history::{Fact, Record},
    ssm::{CommandState, CommandStatus as S, StatusDetails as D},
};

pub(crate) const ABOUT: About = About {
    rule: "command-states",
    title: "a command is requested, targeted, InProgress with the first send, and ends once with its last invocation",
    source: "C1 to C9, O-2, O-8",
};

/// Judges a record about an invocation by the command's state.
pub(crate) fn judge_invocation(case: &Case<'_>, tally: &mut Tally) {
    if case.book.targeted.is_none() {
        tally.object(case.record, "C1", || "the command has not been requested and targeted".into());
    }
}

/// Judges a send by the command's state.
pub(crate) fn judge_sent(case: &Case<'_>, tally: &mut Tally) {
    judge_invocation(case, tally);
    if case.book.closed.is_some() {
        tally.judged += 1;
        tally.object(case.record, "C9", || "the command had ended".into());
    }
}

/// Judges a record about the command.
pub(crate) fn judge(record: &Record, book: &Book, tally: &mut Tally) {
    match record.fact {
        Fact::Requested | Fact::Targeted { .. } => {
            tally.judged += 1;
            return judge_beginning(record, book, tally);
        }
        _ if book.targeted.is_none() => {
            tally.object(record, "C1", || "the command has not been requested and targeted".into());
        }
        _ => {}
    }
    match record.fact {
        Fact::ThresholdExceeded { .. } | Fact::CommandChanged { .. } | Fact::CommandEnded { .. }
            if book.closed.is_some() =>
        {
            tally.judged += 1;
            tally.object(record, "C9", || "the command had ended".into());
        }
        Fact::CommandChanged { state } => {
            tally.judged += 1;
            if !may_change(book, state) {
                tally.object(record, "section 2.2", || {
                    format!("{} cannot become {}", told(book.state), told(state))
                });
            }
        }
        Fact::CommandEnded { .. } => {
            tally.judged += 1;
            if book.delayed == Some(record.time) && book.state.details == D::Delayed {
                tally.object(record, "C3", || "it was told as Delayed in the instant of its end".into());
            } else if book.missing() == 0 && book.last_ended.or(book.targeted) != Some(record.time) {
                tally.object(record, "C9", || "the last invocation had ended in an earlier instant".into());
            }
        }
        _ => {}
    }
}

fn judge_beginning(record: &Record, book: &Book, tally: &mut Tally) {
    let is_request = record.fact == Fact::Requested;
    if (is_request && book.requested.is_some()) || book.targeted.is_some() {
        tally.object(record, "C1", || "requested or targeted twice, or after something else".into());
    } else if !is_request && book.requested != Some(record.time) {
        tally.object(record, "C1", || "targeted in another instant than requested".into());
    }
}

fn may_change(book: &Book, to: CommandState) -> bool {
    match ((book.state.status, book.state.details), (to.status, to.details)) {
        ((S::Pending, _), (S::InProgress, D::InProgress)) => book.sent > 0,
        ((S::InProgress, D::InProgress), (S::InProgress, D::Delayed)) => book.every_send_failed(),
        ((S::InProgress, D::Delayed), (S::InProgress, D::InProgress)) => !book.every_send_failed(),
        ((S::Pending | S::InProgress, _), (S::Cancelling, D::Cancelling)) => true,
        _ => false,
    }
}

fn told(state: CommandState) -> String {
    format!("{:?}/{}", state.status, state.details.name())
}

/// Judges what should have been said by the end of an instant.
pub(crate) fn close(book: &Book, at: SimTime, tally: &mut Tally) {
    // In most instants nothing has to be said.
    let is_told = book.closed.is_some()
        || (book.state.details == D::InProgress && book.last_failed != Some(at) && book.missing() > 0);
    if is_told {
        return;
    }
    let state = (book.state.status, book.state.details);
    let mut miss = |fact, message: &str| tally.miss(at, fact, || message.into());
    if book.first_sent == Some(at) && book.state.status == S::Pending {
        miss("O-2", "the first invocation was sent, but the command is still Pending");
    }
    let (has_hope, is_delayed) = (!book.every_send_failed(), state == (S::InProgress, D::Delayed));
    if has_hope && is_delayed && [book.last_sent, book.first_received].contains(&Some(at)) {
        miss("C3", "something was sent or answered, but the command is still Delayed");
    }
    if !has_hope && state == (S::InProgress, D::InProgress) && book.last_failed == Some(at) {
        miss("C3", "every send has failed, but the command is not Delayed");
    }
    if book.missing() == 0 && book.last_ended.or(book.targeted) == Some(at) {
        miss("C9", "every invocation has ended, but the command has not");
    }
}

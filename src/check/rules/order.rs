//! Records stand in order of time and speak of commands and instances that the plan knows.

use crate::{
    base::SimTime,
    check::{
        ledger::Book,
        report::{About, Tally},
    },
    history::{Fact, Record},
};

pub(crate) const ABOUT: About = About {
    rule: "order",
    title: "records stand in order of time, inputs before sends, about what the plan knows",
    source: "Settled 1, S3.6",
};

/// Judges the time of a record against that of the record before it.
pub(crate) fn judge_time(record: &Record, before: Option<SimTime>, tally: &mut Tally) {
    tally.judged += 1;
    if let Some(before) = before.filter(|&before| record.time < before) {
        tally.object(record, "Settled 1", || {
            format!("the record is {} earlier than the one before it", before.since(record.time))
        });
    }
}

/// Objects to a record about a command that the plan does not have.
pub(crate) fn unknown_command(record: &Record, tally: &mut Tally) {
    tally.object(record, "Settled 1", || format!("the plan has no command number {}", record.command));
}

/// Objects to a record about an instance that the command does not target.
pub(crate) fn unknown_target(record: &Record, tally: &mut Tally) {
    tally.object(record, "S3.6", || "its instance is not a target of the command".into());
}

/// Objects to a message to a subscription that the command's topic does not have.
pub(crate) fn unknown_subscription(record: &Record, subscription: u32, tally: &mut Tally) {
    tally.object(record, "S9.1", || format!("the command's topic has no subscription number {subscription}"));
}

/// Objects to what is told of a delivery that the plan does not follow.
pub(crate) fn unfollowed_delivery(record: &Record, tally: &mut Tally) {
    tally.object(record, "S9.20", || "the plan says nothing of how SNS delivers to this subscription".into());
}

/// Objects to what faults do in a plan that has none that agents notice.
pub(crate) fn unfaulted(record: &Record, tally: &mut Tally) {
    tally.object(record, "S8.24", || "the plan has no fault that an agent notices".into());
}

/// Judges whom a cancel and which step a reply speaks of; false when nothing else can judge it.
pub(crate) fn judge_subject(record: &Record, book: &Book, tally: &mut Tally) -> bool {
    match record.fact {
        Fact::CancelRequested { instance: Some(instance) } if instance >= book.terms.fleet() => {
            tally.object(record, "S7.1", || "its instance is not in the fleet".into());
            false
        }
        Fact::StepEnded { step, .. } if step >= book.script.len() => {
            tally.object(record, "S2.1", || format!("the document has no step number {step}"));
            false
        }
        _ => true,
    }
}

/// Judges the place within its instant of what is, or follows at once from, something that an instant handles before it
/// sends.
#[inline]
pub(crate) fn judge_input(record: &Record, book: &Book, tally: &mut Tally) {
    if book.last_sent == Some(record.time) {
        tally.object(record, "Settled 1", || "it stands after a send of the same instant".into());
    }
}

/// The same of a record about a command.
pub(crate) fn judge_command_input(record: &Record, book: &Book, tally: &mut Tally) {
    if matches!(
        record.fact,
        Fact::ThresholdExceeded { .. } | Fact::AlarmTriggered { .. } | Fact::CancelRequested { .. }
    ) {
        judge_input(record, book, tally);
    }
}

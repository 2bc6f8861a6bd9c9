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

/// Judges whom a cancel and which step a reply speaks of, and a record's place within its instant; false when nothing
/// else can judge it.
pub(crate) fn judge(record: &Record, book: &Book, tally: &mut Tally) -> bool {
    if let Fact::CancelRequested { instance: Some(instance) } = record.fact
        && instance >= book.terms.fleet()
    {
        tally.object(record, "S7.1", || "its instance is not in the fleet".into());
        return false;
    }
    if let Fact::StepEnded { step, .. } = record.fact
        && step >= book.script.len()
    {
        tally.object(record, "S2.1", || format!("the document has no step number {step}"));
        return false;
    }
    if is_input(&record.fact) && book.last_sent == Some(record.time) {
        tally.object(record, "Settled 1", || "it stands after a send of the same instant".into());
    }
    true
}

/// Whether a fact is, or follows at once from, something that an instant handles before it sends.
fn is_input(fact: &Fact) -> bool {
    matches!(
        fact,
        Fact::Acknowledged { .. }
            | Fact::InvocationChanged { .. }
            | Fact::InvocationEnded { .. }
            | Fact::ThresholdExceeded { .. }
            | Fact::CancelRequested { .. }
            | Fact::StepEnded { .. }
            | Fact::Accepted { .. }
            | Fact::Started { .. }
            | Fact::Released { .. }
            | Fact::Refused { .. }
    )
}

//! The command's status follows from its invocations (section 6.3).

use crate::{
    check::{
        ledger::Book,
        report::{About, Tally},
    },
    history::{Fact, Record},
    ssm::{
        CommandState, CommandStatus, StatusDetails as D,
        reading::{Comparison, NeutralWithSuccess, ToleratedFailures},
    },
};

pub(crate) const ABOUT: About = About {
    rule: "roll-up",
    title: "the command's status is the one that its invocations add up to",
    source: "section 6.3, S1.29, S1.30, O-3 to O-7, O-50, O-56",
};

/// Judges the status that a command ends with, once all its targets are accounted for.
pub(crate) fn judge(record: &Record, book: &Book, tally: &mut Tally) {
    let Fact::CommandEnded { state, .. } = record.fact else { return };
    if book.closed.is_some() || book.missing() > 0 {
        return;
    }
    tally.judged += 1;
    let due = Sum::of(book).state(book);
    if state != due {
        tally.object(record, "section 6.3", || {
            format!(
                "{:?}/{} told, but the invocations add up to {:?}/{}",
                state.status,
                state.details.name(),
                due.status,
                due.details.name()
            )
        });
    }
}

/// How many invocations ended how.
struct Sum {
    success: u32,
    failed: u32,
    delivery_timed_out: u32,
    neutral: u32,
    cancelled: u32,
    /// Those that count against `MaxErrors`.
    errors: u32,
}

impl Sum {
    fn of(book: &Book) -> Self {
        let neutral = [D::Undeliverable, D::InvalidPlatform, D::AccessDenied];
        Self {
            success: book.ended_as(D::Success),
            failed: book.ended_as(D::Failed),
            delivery_timed_out: book.ended_as(D::DeliveryTimedOut),
            neutral: neutral.map(|details| book.ended_as(details)).iter().sum(),
            cancelled: book.ended_as(D::Cancelled),
            errors: book.errors,
        }
    }

    fn state(&self, book: &Book) -> CommandState {
        let (terms, readings) = (&book.terms, &book.terms.readings);
        let with = |status, details| CommandState { status, details };
        // "MaxErrors or more" is "more than MaxErrors" of one more; none at all never reaches it.
        let is_over = |n: u32, comparison| match comparison {
            Comparison::MoreThan => terms.exceeds_errors(n),
            Comparison::AtLeast => n > 0 && terms.exceeds_errors(n + 1),
        };
        let success = with(CommandStatus::Success, D::Success);
        let failed = with(CommandStatus::Failed, D::Failed);
        if let Some(details) = terms.refused {
            // C5, C6: its Status is that of O-9.
            return with(CommandStatus::Failed, details);
        }
        if terms.total == 0 {
            return with(readings.no_instances_status, D::NoInstancesInTag);
        }
        if book.cancelled.is_some() && self.cancelled > 0 {
            return with(CommandStatus::Cancelled, D::Cancelled);
        }
        if is_over(self.errors, readings.failed_rule) {
            // O-7: the errors that reach it are all execution timeouts.
            return if readings.command_execution_timed_out && self.failed == 0 {
                with(CommandStatus::TimedOut, D::ExecutionTimedOut)
            } else {
                failed
            };
        }
        if is_over(self.delivery_timed_out, readings.delivery_timed_out_rule) {
            return with(CommandStatus::TimedOut, D::DeliveryTimedOut);
        }
        if self.neutral == terms.total {
            return failed;
        }
        // O-5: whom the command is about.
        let about = match readings.neutral_with_success {
            NeutralWithSuccess::Ignore => terms.total - self.neutral,
            NeutralWithSuccess::Success | NeutralWithSuccess::Incomplete => terms.total,
        };
        if self.success == about {
            // Row 1 of section 6.4: read to the letter, no errors at all reach a MaxErrors of 0.
            let is_vacuous = readings.failed_rule == Comparison::AtLeast && terms.exceeds_errors(1);
            return if is_vacuous { failed } else { success };
        }
        let is_tolerated = readings.tolerated_failures == ToleratedFailures::Success;
        if is_tolerated && self.success > 0 && self.success + self.errors == about {
            return success;
        }
        let counts_neutral = readings.neutral_with_success == NeutralWithSuccess::Success;
        if counts_neutral && self.success > 0 && self.success + self.neutral == about {
            return success;
        }
        with(readings.incomplete_status, D::Incomplete)
    }
}

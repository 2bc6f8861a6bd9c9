//! Only what counts as an error is counted as one.

use crate::{
    check::{
        ledger::Book,
        report::{About, Tally},
    },
    history::{Fact, Record},
    ssm::StatusDetails,
};

pub(crate) const ABOUT: About = About {
    rule: "counted-errors",
    title: "Failed and Execution Timed Out count as errors, and nothing else does",
    source: "S1.28, S4.20 to S4.22, O-10",
};

/// Judges the numbers of errors that the history tells.
pub(crate) fn judge(record: &Record, book: &Book, tally: &mut Tally) {
    match record.fact {
        Fact::ThresholdExceeded { errors } => {
            tally.judged += 1;
            // Several errors of one instant: the number may be that of the first too many or of them all.
            let least = book.tripped.map_or(book.errors, |(_, errors)| errors);
            if !(least..=book.errors).contains(&errors) {
                tally.object(record, "S4.20", || {
                    format!("{errors} errors told, counted were {}", book.errors)
                });
            }
        }
        Fact::CommandEnded { counts, .. } if book.closed.is_none() => {
            tally.judged += 1;
            let counted =
                book.ended_as(StatusDetails::Failed) + book.ended_as(StatusDetails::ExecutionTimedOut);
            // What never ended may have been an error: `targets` objects to it.
            if !(counted..=counted + book.missing()).contains(&counts.error_count) {
                tally.object(record, "S1.28", || {
                    format!("ErrorCount is {}, counted were {counted}", counts.error_count)
                });
            }
        }
        _ => {}
    }
}

//! Every target is accounted for.

use crate::{
    base::SimTime,
    check::{
        ledger::Book,
        report::{About, Tally},
    },
    history::{Fact, Record},
    ssm::StatusDetails,
};

pub(crate) const ABOUT: About = About {
    rule: "targets",
    title: "the selector resolves to the targets counted, and every one of them ends",
    source: "S1.28, S3.6, S4.3",
};

/// Judges `TargetCount` and, at the command's end, that nothing is missing and the counters say so.
pub(crate) fn judge(record: &Record, book: &Book, tally: &mut Tally) {
    match record.fact {
        Fact::Targeted { count } => {
            tally.judged += 1;
            if count != book.terms.total {
                tally.object(record, "S3.6", || {
                    format!("{count} targets, but the selector matches {}", book.terms.total)
                });
            }
        }
        Fact::CommandEnded { counts, .. } if book.closed.is_none() => {
            tally.judged += u64::from(book.terms.total);
            // The search goes through the fleet: not for a command that lacks nothing.
            if book.missing() > 0
                && let Some(lost) = book.first_missing()
            {
                tally.object(record, "S1.28", || {
                    let first = book.terms.roster.id(lost);
                    format!("{} targets have not ended, the first is {first}", book.missing())
                });
                return;
            }
            let timed_out = book.ended_as(StatusDetails::DeliveryTimedOut);
            for (name, told, counted) in [
                ("TargetCount", counts.target_count, book.terms.total),
                ("CompletedCount", counts.completed_count, book.ended),
                ("DeliveryTimedOutCount", counts.delivery_timed_out_count, timed_out),
            ] {
                if told != counted {
                    tally.object(record, "S1.28", || format!("{name} is {told}, counted were {counted}"));
                }
            }
        }
        _ => {}
    }
}

/// Judges a history that has come to its end.
pub(crate) fn finish(book: &Book, at: SimTime, tally: &mut Tally) {
    if book.closed.is_none() && book.missing() > 0 {
        let missing = book.missing();
        tally.miss(at, "S1.28", || format!("the history is over, and {missing} targets have not ended"));
    }
}

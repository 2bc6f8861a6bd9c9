//! No more invocations in flight than `MaxConcurrency`.

use crate::check::{
    case::Case,
    report::{About, Tally},
};

pub(crate) const ABOUT: About = About {
    rule: "max-concurrency",
    title: "no more invocations are in flight than MaxConcurrency allows",
    source: "S4.1 to S4.5, O-13, O-15, Settled 4 and 5",
};

/// Judges a send by what is in flight already: only sends make that grow.
pub(crate) fn judge_sent(case: &Case<'_>, tally: &mut Tally) {
    tally.judged += 1;
    let book = case.book;
    if !book.terms.has_room(book.in_flight) {
        tally.object(case.record, "S4.5", || {
            format!("sent although {} of {} targets were in flight", book.in_flight, book.terms.total)
        });
    }
}

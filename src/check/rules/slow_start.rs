//! Nothing is sent beyond the window of slow start.

use crate::check::{
    case::Case,
    report::{About, Tally},
};

pub(crate) const ABOUT: About = About {
    rule: "slow-start",
    title: "sending grows only as fast as invocations are acknowledged",
    source: "S4.8 to S4.14, O-12, O-14, Settled 3",
};

/// Judges a send by the answers received so far. `MaxConcurrency` is another rule's.
pub(crate) fn judge_sent(case: &Case<'_>, tally: &mut Tally) {
    let book = case.book;
    if !book.ramp.is_on() {
        return;
    }
    tally.judged += 1;
    if !book.ramp.has_room(book.in_flight) {
        tally.object(case.record, "S4.8", || {
            format!("sent with {} in flight and {} answered", book.in_flight, book.ramp.answered())
        });
    }
}

//! What may be sent is sent.

use crate::{
    base::SimTime,
    check::{
        ledger::Book,
        report::{About, Tally},
    },
};

pub(crate) const ABOUT: About = About {
    rule: "work-conservation",
    title: "no invocation waits while the window has room",
    source: "S4.5, S4.8, Settled 7",
};

/// Judges the end of an instant: stopped, cancelled, expired, nothing waiting, or the window is full.
pub(crate) fn close(book: &Book, at: SimTime, tally: &mut Tally) {
    if book.alarmed.is_some() {
        return;
    }
    if book.is_stopped() || book.cancelled.is_some() || book.closed.is_some() || book.waiting() == 0 {
        return;
    }
    if book.deadline(false).is_some_and(|deadline| at >= deadline) {
        return;
    }
    tally.judged += 1;
    if book.terms.has_room(book.in_flight) && book.ramp.has_room(book.in_flight) {
        tally.miss(at, "Settled 7", || {
            format!(
                "{} invocations wait, but only {} are in flight with {} answered",
                book.waiting(),
                book.in_flight,
                book.ramp.answered()
            )
        });
    }
}

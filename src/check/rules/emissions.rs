//! What happens is told to EventBridge, once, or lost.

use crate::{
    base::SimTime,
    check::{
        events::EventBook,
        report::{About, Tally},
    },
    events::Happening,
    history::{Fact, Record},
    scenario::Roster,
};

pub(crate) const ABOUT: About = About {
    rule: "emissions",
    title: "each change of Status and each step of an instance's life is sent to EventBridge at once or lost, nothing else is",
    source: "S10.1, S10.11, S10.51, S10.52, O-26",
};

/// Judges an event that was sent, or lost.
pub(crate) fn judge(record: &Record, happening: Happening, book: &mut EventBook) {
    book.tallies.emissions.judged += 1;
    let place = book.owed.iter().position(|owed| *owed == happening);
    let is_lossless = book.plan_loses_nothing();
    let tally = &mut book.tallies.emissions;
    match place.filter(|_| record.command == happening.command()) {
        Some(place) => _ = book.owed.swap_remove(place),
        None => tally.object(record, "S10.1", || "nothing in this instant asks for this event".into()),
    }
    if matches!(record.fact, Fact::EventLost { .. }) && is_lossless {
        tally.object(record, "S10.11", || "lost, but the bus loses nothing".into());
    }
}

/// Judges the end of an instant: all that had to be told was.
pub(crate) fn close(book: &mut EventBook, at: SimTime, roster: &Roster) {
    let tally: &mut Tally = &mut book.tallies.emissions;
    for happening in book.owed.drain(..) {
        tally.miss(at, "S10.1", || {
            let whose = happening.instance().map_or("the command".to_owned(), |instance| roster.id(instance));
            format!("no event was sent or lost that tells of {whose}: {happening:?}")
        });
    }
}

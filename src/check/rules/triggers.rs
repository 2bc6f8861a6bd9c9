//! Run Command as a target: each invocation sends the next of its commands, until it has sent as many as it may.

use crate::{
    base::SimTime,
    check::{
        events::EventBook,
        report::{About, Tally},
    },
    events::Delivery,
    history::{Fact, Record},
    scenario::plan::TargetKind,
};

pub(crate) const ABOUT: About = About {
    rule: "triggers",
    title: "each invocation of Run Command as a target sends one command, of those that the target may send the next",
    source: "S10.34, S10.37, S10.38",
};

/// Judges what an invocation of Run Command came to.
pub(crate) fn judge(record: &Record, delivery: Delivery, book: &mut EventBook) {
    book.tallies.triggers.judged += 1;
    let place = book.triggers.iter().position(|owed| *owed == delivery);
    if let Some(place) = place {
        book.triggers.swap_remove(place);
    } else {
        let tally = &mut book.tallies.triggers;
        tally.object(record, "S10.34", || "its target was not invoked in this instant".into());
    }
    let Some(TargetKind::RunCommand { first, at_most }) = book.target(&delivery).map(|target| target.kind)
    else {
        let tally = &mut book.tallies.triggers;
        return tally.object(record, "S10.34", || "the target sends no commands".into());
    };
    let sent = book.count.entry((delivery.rule, delivery.target)).or_default();
    let is_over = *sent >= at_most;
    let next = first + *sent;
    if matches!(record.fact, Fact::TriggerDropped { .. }) {
        if !is_over {
            let tally = &mut book.tallies.triggers;
            tally.object(record, "S10.37", || "dropped, but the target may send another command".into());
        }
        return;
    }
    *sent += 1;
    book.sent.push(record.command);
    if is_over || record.command != next {
        let tally = &mut book.tallies.triggers;
        tally.object(record, "S10.34", || format!("the next command of the target is number {next}"));
    }
}

/// Judges a request: a command of a rule is sent when it was triggered, in the same instant.
pub(crate) fn judge_request(record: &Record, book: &mut EventBook) {
    let place = book.sent.iter().position(|sent| *sent == record.command);
    match place {
        Some(place) => _ = book.sent.swap_remove(place),
        None if book.sender(record.command).is_some() => {
            let tally = &mut book.tallies.triggers;
            tally.object(record, "S10.34", || "a command of a rule that nothing has triggered".into());
        }
        None => {}
    }
}

/// Judges the end of an instant.
pub(crate) fn close(book: &mut EventBook, at: SimTime) {
    let tally: &mut Tally = &mut book.tallies.triggers;
    for delivery in book.triggers.drain(..) {
        let (rule, target) = (delivery.rule, delivery.target);
        tally.miss(at, "S10.34", || format!("target {target} of rule {rule} was invoked and sent nothing"));
    }
    for command in book.sent.drain(..) {
        tally.miss(at, "S10.34", || format!("command {command} was triggered and not requested"));
    }
}

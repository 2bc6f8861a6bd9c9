//! The API refuses calls that exceed an assumed rate and nothing else, and its callers call again as AWS's SDKs do. A command beyond
//! the pending invocations that are assumed to be possible runs nowhere.

use crate::{
    base::SimTime,
    check::{ledger::Book, quotas::QuotaBook, report::About},
    events::TargetError,
    history::{Fact, Record},
    ssm::{CommandState, StatusDetails},
};

pub(crate) const ABOUT: About = About {
    rule: "assumed-quotas",
    title: "SendCommand is refused exactly when its assumed rate is exceeded, and called again in time until its caller gives up; \
            LimitExceeded are the commands beyond the pending invocations",
    source: "S1.29, O-46",
};

/// Judges a record; `books` stand as before it. A command that exceeds the pending invocations has no targets from then on.
pub(crate) fn judge(record: &Record, books: &mut [Book], quotas: &mut QuotaBook) {
    let book = &mut books[record.command as usize];
    match record.fact {
        Fact::Requested => {
            judge_request(record, quotas);
            match quotas.admits(book.terms.total) {
                true => quotas.pending += u64::from(book.terms.total),
                false => book.terms.exceed_limit(),
            }
        }
        Fact::Throttled { attempt, gives_up } => judge_refusal(record, book, attempt, gives_up, quotas),
        Fact::CommandEnded { state, .. } => judge_limit(record, book, state, quotas),
        Fact::TargetInvoked { delivery, error: Some(TargetError::Throttling), .. } => {
            judge_target(record, (delivery.rule, delivery.target), quotas);
        }
        Fact::InvocationEnded { .. } => quotas.pending = quotas.pending.saturating_sub(1),
        _ => {}
    }
}

fn judge_request(record: &Record, quotas: &mut QuotaBook) {
    let (now, command) = (record.time, record.command);
    quotas.tally.judged += 1;
    let has_credit = quotas.has_credit(now);
    quotas.spend();
    let offence = match quotas.refused.remove(&command) {
        _ if !has_credit => Some("accepted although the rate of SendCommand is exceeded"),
        _ if quotas.given_up.contains(&command) => Some("its caller had given up"),
        Some(refused) if !is_in_time(refused, now) => Some("not called again when its caller should have"),
        _ => None,
    };
    if let Some(message) = offence {
        quotas.tally.object(record, "O-46", || message.into());
    }
}

/// LimitExceeded is the command with which too many invocations would have been pending, and no other.
fn judge_limit(record: &Record, book: &Book, state: CommandState, quotas: &mut QuotaBook) {
    if quotas.given.pending_invocations.is_none() {
        return;
    }
    quotas.tally.judged += 1;
    let exceeds = book.terms.refused == Some(StatusDetails::LimitExceeded);
    if exceeds == (state.details == StatusDetails::LimitExceeded) {
        return;
    }
    quotas.tally.object(record, "S1.29", || match exceeds {
        true => {
            format!("{} although with it too many invocations would have been pending", state.details.name())
        }
        false => "LimitExceeded although its invocations could have been pending".into(),
    });
}

fn judge_refusal(record: &Record, book: &Book, attempt: u32, gives_up: bool, quotas: &mut QuotaBook) {
    let (now, command) = (record.time, record.command);
    quotas.tally.judged += 1;
    let before = quotas.refused.insert(command, (attempt, now));
    let offence = if quotas.has_credit(now) {
        Some("refused although the rate of SendCommand is not exceeded")
    } else if !quotas.own[command as usize] || book.requested.is_some() || quotas.given_up.contains(&command)
    {
        Some("nobody calls for this command any more")
    } else if attempt != before.map_or(0, |(refusals, _)| refusals) + 1 {
        Some("the attempts are not in order")
    } else if before.is_some_and(|refused| !is_in_time(refused, now)) {
        Some("not called again when its caller should have")
    } else if gives_up != (attempt >= quotas.given.attempts) {
        Some("the caller gives up after its last attempt and not before")
    } else {
        None
    };
    if gives_up {
        quotas.refused.remove(&command);
        quotas.given_up.push(command);
    }
    if let Some(message) = offence {
        quotas.tally.object(record, "O-46", || message.into());
    }
}

fn judge_target(record: &Record, target: (u16, u8), quotas: &mut QuotaBook) {
    if !quotas.targets.contains(&target) {
        return;
    }
    quotas.tally.judged += 1;
    if quotas.has_credit(record.time) {
        let message = "a rule's target is throttled although the rate of SendCommand is not exceeded";
        quotas.tally.object(record, "O-46", || message.into());
    }
}

fn is_in_time((refusals, last): (u32, SimTime), now: SimTime) -> bool {
    last < now && now <= QuotaBook::latest_call(refusals, last)
}

/// Judges what has not come to its end with the history.
pub(crate) fn finish(quotas: &mut QuotaBook, at: SimTime) {
    for (command, (refusals, last)) in std::mem::take(&mut quotas.refused) {
        if QuotaBook::latest_call(refusals, last) < at {
            let message = || format!("the caller of command {command} did not call again");
            quotas.tally.miss(last, "O-46", message);
        }
    }
}

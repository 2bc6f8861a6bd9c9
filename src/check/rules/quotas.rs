//! The API refuses what exceeds an assumed quota and nothing else, and its callers call again as AWS's SDKs do.

use crate::{
    base::SimTime,
    check::{ledger::Book, quotas::QuotaBook, report::About},
    events::TargetError,
    history::{Fact, Record},
    scenario::plan::AssumedQuota,
};

pub(crate) const ABOUT: About = About {
    rule: "assumed-quotas",
    title: "SendCommand is refused exactly when an assumed quota is exceeded, and called again in time until its caller gives up",
    source: "O-46",
};

/// Judges a record; `books` stand as before it.
pub(crate) fn judge(record: &Record, books: &[Book], quotas: &mut QuotaBook) {
    match record.fact {
        Fact::Requested => judge_request(record, quotas),
        Fact::Throttled { quota, attempt, gives_up } => {
            judge_refusal(record, &books[record.command as usize], (quota, attempt, gives_up), quotas);
        }
        Fact::Targeted { count } => judge_pending(record, count, quotas),
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

fn judge_pending(record: &Record, count: u32, quotas: &mut QuotaBook) {
    quotas.pending += u64::from(count);
    let Some(most) = quotas.given.pending_invocations.filter(|most| quotas.pending > *most) else { return };
    let pending = quotas.pending;
    quotas
        .tally
        .object(record, "O-46", || format!("accepted although {pending} of {most} invocations are pending"));
}

fn judge_refusal(
    record: &Record,
    book: &Book,
    (quota, attempt, gives_up): (AssumedQuota, u32, bool),
    quotas: &mut QuotaBook,
) {
    let (now, command) = (record.time, record.command);
    quotas.tally.judged += 1;
    let before = quotas.refused.insert(command, (attempt, now));
    let is_exceeded = match quota {
        AssumedQuota::SendCommand => !quotas.has_credit(now),
        AssumedQuota::PendingInvocations => {
            let pending = quotas.pending + u64::from(book.terms.total);
            quotas.given.pending_invocations.is_some_and(|most| pending > most)
        }
    };
    let offence = if !is_exceeded {
        Some("refused although the quota is not exceeded")
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

/// How many instances the target's next command would have is not told, so that only the rate is judged.
fn judge_target(record: &Record, target: (u16, u8), quotas: &mut QuotaBook) {
    if quotas.given.pending_invocations.is_some() || !quotas.targets.contains(&target) {
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

//! Every message is delivered, kept back or given up as the plan says, and what is accepted arrives.

use super::attempts;
use crate::{
    base::SimTime,
    check::{
        post::{Letter, Post, PostTerms, Withheld},
        report::{About, Tally},
    },
    history::{DropReason, Fact, Parcel, Record},
    scenario::{Roster, plan::Delivery},
    sns::Answer,
};

pub(crate) const ABOUT: About = About {
    rule: "deliveries",
    title: "messages are kept back by confirmation and filter alone, given up when the policy is exhausted, and arrive when \
            accepted; a 4xx over HTTP counts as delivered",
    source: "S9.18, S9.20, S9.26, S9.27, S9.29, S9.33, O-58, O-61",
};

/// Judges an attempt, and what was answered at once.
pub(crate) fn judge_attempt(record: &Record, post: &mut Post, tally: &mut Tally) {
    let Fact::Attempted { parcel, attempt, answer, .. } = record.fact else { return };
    tally.judged += 1;
    let now = record.time;
    let Some((terms, letter)) = post.letter(record.command, &parcel) else {
        return tally.object(record, "S9.20", || "no such message is under way".into());
    };
    let copy = letter.copy(&parcel);
    let (is_done, is_refused, has_failed) = (copy.is_done, copy.is_refused, copy.failed.is_some());
    if parcel.copy && !terms.doubles {
        tally.object(record, "S9.20", || "a second copy, but the subscription doubles nothing".into());
    } else if let Withheld::As(why) = letter.withheld {
        let fact = if why == DropReason::Unconfirmed { "S9.18" } else { "S9.33" };
        tally.object(record, fact, || {
            "SNS must not deliver it: the subscription is not confirmed, or filters it out".into()
        });
    } else if letter.is_gone || is_done {
        tally.object(record, "S9.27", || "SNS is done with this message".into());
    } else if is_refused {
        tally.object(record, "S9.26", || "an error of the client is never retried".into());
    } else if now <= letter.published {
        tally.object(record, "Settled 1", || "attempted no later than it was published".into());
    } else if attempt > 1 && !has_failed {
        tally.object(record, "S9.26", || "the attempt before has not failed".into());
    }
    let copy = letter.copy(&parcel);
    copy.attempts = attempt;
    copy.failed = None;
    if attempt == 1 {
        copy.first = now;
    }
    match answer {
        Some(answer) => hear(terms, letter, &parcel, answer, now),
        None => letter.copy(&parcel).awaiting = Some(now),
    }
    post.touch(record.command, &parcel);
}

/// Takes note of an answer that came later. When it may come is for `attempts` to judge.
pub(crate) fn judge_answered(record: &Record, post: &mut Post, tally: &mut Tally) {
    let Fact::Answered { parcel, attempt, answer } = record.fact else { return };
    tally.judged += 1;
    let Some((terms, letter)) = post.letter(record.command, &parcel) else {
        return tally.object(record, "S9.20", || "no such message is under way".into());
    };
    let copy = letter.copy(&parcel);
    if copy.awaiting.is_some() && attempt == copy.attempts {
        copy.awaiting = None;
        if answer == Answer::TimedOut {
            copy.late.push(attempt);
        }
        hear(terms, letter, &parcel, answer, record.time);
    } else {
        copy.late.retain(|late| *late != attempt);
        if answer.is_accepted() {
            letter.handed_in += 1;
        }
    }
    post.touch(record.command, &parcel);
}

/// What SNS and the consumer make of an answer.
fn hear(terms: &PostTerms, letter: &mut Letter, parcel: &Parcel, answer: Answer, now: SimTime) {
    let plan = &terms.plan;
    if answer.is_accepted() {
        if plan.endpoint.sqs.is_some() {
            letter.queued += 1;
            letter.was_queued = true;
            letter.copy(parcel).queued_at = now;
        } else {
            letter.handed_in += 1;
        }
    }
    let copy = letter.copy(parcel);
    match verdict(plan, answer) {
        Heard::Delivered => copy.is_done = true,
        Heard::Failed => copy.failed = Some(now),
        Heard::Refused => (copy.failed, copy.is_refused) = (Some(now), true),
    }
}

enum Heard {
    Delivered,
    Failed,
    Refused,
}

/// What an answer means to SNS: over HTTP everything up to 499 is delivered (S9.29), unless told otherwise (O-61); elsewhere
/// what the client did wrong is final (S9.26).
fn verdict(plan: &Delivery, answer: Answer) -> Heard {
    let Answer::Status(status) = answer else { return Heard::Failed };
    match (status / 100, plan.protocol.is_http()) {
        (0..=3, _) => Heard::Delivered,
        (4, true) if plan.treat_4xx_as_failure => Heard::Failed,
        (4, true) => Heard::Delivered,
        (4, false) => Heard::Refused,
        _ => Heard::Failed,
    }
}

/// Judges that a message will not reach the consumer.
pub(crate) fn judge_dropped(record: &Record, post: &mut Post, tally: &mut Tally) {
    let Fact::Dropped { parcel, why } = record.fact else { return };
    tally.judged += 1;
    let Some((terms, letter)) = post.letter(record.command, &parcel) else {
        return tally.object(record, "S9.20", || "no such message is under way".into());
    };
    match why {
        DropReason::Unconfirmed | DropReason::FilteredOut => {
            let fact = if why == DropReason::Unconfirmed { "S9.18" } else { "S9.33" };
            let is_right = match letter.withheld {
                Withheld::As(right) => right == why,
                Withheld::Unknown => why == DropReason::FilteredOut,
                Withheld::No => false,
            };
            if !is_right {
                tally.object(record, fact, || "confirmation and filter policy let it through".into());
            } else if letter.is_gone || record.time != letter.published {
                tally.object(record, fact, || {
                    "that is decided in the instant of the publication, once".into()
                });
            }
            letter.is_gone = true;
        }
        DropReason::DeadLettered | DropReason::Discarded => {
            judge_given_up(record, terms, letter, (&parcel, why), tally);
        }
        DropReason::Redriven | DropReason::Expired => {
            judge_left_queue(record, terms, letter, (&parcel, why), tally);
        }
    }
    post.touch(record.command, &parcel);
}

fn judge_given_up(
    record: &Record,
    terms: &PostTerms,
    letter: &mut Letter,
    (parcel, why): (&Parcel, DropReason),
    tally: &mut Tally,
) {
    let copy = letter.copy(parcel);
    let has_queue = terms.plan.dead_letter_queue.is_some();
    if (why == DropReason::DeadLettered) != has_queue {
        tally.object(record, "S9.27", || match has_queue {
            true => "discarded, but the subscription has a dead-letter queue".into(),
            false => "the subscription has no dead-letter queue".into(),
        });
    } else if copy.is_done || copy.failed.is_none() {
        tally.object(record, "S9.27", || "given up, but no attempt has failed last".into());
    } else if !copy.is_refused && !attempts::is_exhausted(&terms.plan, copy, record.time) {
        tally.object(record, "S9.27", || {
            format!("given up after {} attempts, but the policy has more", copy.attempts)
        });
    }
    copy.is_done = true;
}

fn judge_left_queue(
    record: &Record,
    terms: &PostTerms,
    letter: &mut Letter,
    (parcel, why): (&Parcel, DropReason),
    tally: &mut Tally,
) {
    let waited = record.time.since(letter.copy(parcel).queued_at);
    let sqs = terms.plan.endpoint.sqs.as_ref();
    if !letter.was_queued || sqs.is_none() {
        tally.object(record, "S10.41", || "no queue has it".into());
    } else if why == DropReason::Redriven && sqs.is_some_and(|sqs| sqs.max_receive_count.is_none()) {
        tally.object(record, "S10.41", || "the queue has no dead-letter queue".into());
    } else if why == DropReason::Expired && sqs.is_some_and(|sqs| waited < sqs.retention) {
        tally.object(record, "S10.40", || "the queue keeps it longer".into());
    }
    letter.queued = letter.queued.saturating_sub(1);
}

/// Judges a message that is lost before any attempt.
pub(crate) fn judge_lost(record: &Record, post: &mut Post, tally: &mut Tally) {
    let Fact::Lost { notice, subscription } = record.fact else { return };
    tally.judged += 1;
    let Some((terms, letter)) = post.find(record.command, notice, subscription) else {
        return tally.object(record, "O-58", || "no such message is under way".into());
    };
    if !terms.loses {
        tally.object(record, "O-58", || "lost, but the subscription loses nothing".into());
    } else if letter.is_gone || letter.published != record.time {
        tally.object(record, "Settled 10", || "nothing like it was published in this instant".into());
    } else if let Withheld::As(_) = letter.withheld {
        tally.object(record, "S9.33", || "lost, but SNS does not deliver it at all".into());
    }
    letter.is_gone = true;
}

/// Judges an arrival.
pub(crate) fn judge_arrived(record: &Record, post: &mut Post, tally: &mut Tally) {
    let Fact::Arrived { notice, subscription, duplicate, published } = record.fact else { return };
    tally.judged += 1;
    let parcel = Parcel { notice, subscription, copy: false, published };
    let Some((terms, letter)) = post.letter(record.command, &parcel) else {
        return tally.object(record, "S9.20", || "no such message is under way".into());
    };
    let is_sqs = terms.plan.endpoint.sqs.is_some();
    if (is_sqs && !letter.was_queued) || (!is_sqs && letter.handed_in == 0) {
        tally.object(record, "S9.29", || "it arrives, but the endpoint has not accepted it".into());
    } else if duplicate != letter.has_arrived {
        tally.object(record, "S9.20", || match duplicate {
            true => "a duplicate of what has not arrived before".into(),
            false => "it arrives for the second time, and is no duplicate".into(),
        });
    }
    letter.has_arrived = true;
    letter.handed_in = letter.handed_in.saturating_sub(1);
    letter.queued = letter.queued.saturating_sub(1);
    post.touch(record.command, &parcel);
}

/// Judges the end of an instant: what had to be kept back was, and what was accepted has arrived.
pub(crate) fn close(post: &mut Post, at: SimTime, roster: &Roster, tally: &mut Tally) {
    let mut fresh = std::mem::take(&mut post.fresh);
    for &(command, notice, subscription) in &fresh {
        let Some((_, letter)) = post.find(command, notice, subscription) else { continue };
        let which = || {
            let whose = notice.instance.map_or("the command".to_owned(), |instance| roster.id(instance));
            format!("the message of {:?} of {whose} to subscription {subscription}", notice.status)
        };
        if let (Withheld::As(_), false) = (letter.withheld, letter.is_gone) {
            letter.is_gone = true;
            tally.miss(at, "S9.33", || format!("{} is not told to be kept back", which()));
        }
        if letter.handed_in > 0 {
            letter.handed_in = 0;
            tally.miss(at, "S9.29", || format!("{} was accepted and does not arrive", which()));
        }
        if let Some(unsettled) = unsettled(letter, at) {
            tally.miss(at, "S9.27", || format!("{} {unsettled}", which()));
        }
        post.forget_settled((command, notice, subscription));
    }
    fresh.clear();
    post.fresh = fresh;
}

/// An error of the client that SNS goes on after.
fn unsettled(letter: &mut Letter, at: SimTime) -> Option<&'static str> {
    let copy =
        letter.copies.iter_mut().find(|copy| copy.is_refused && !copy.is_done && copy.failed == Some(at))?;
    copy.is_done = true;
    Some("met an error of the client and was not given up")
}

/// Judges a history that has come to its end.
pub(crate) fn finish(post: &Post, at: SimTime, is_blind: bool, tally: &mut Tally) {
    let (open, queued) = post.unfinished();
    if open > 0 && !(is_blind && post.may_lose()) {
        tally.miss(at, "S9.27", || format!("{open} messages were neither delivered nor given up"));
    }
    if queued > 0 {
        tally.miss(at, "S10.40", || format!("{queued} messages were taken in by queues and not dealt with"));
    }
}

//! The targets of the rules that an event matches are invoked, at least once, and tried again within limits.

use crate::{
    base::SimTime,
    check::{
        events::{EventBook, Way},
        report::{About, Tally},
    },
    events::{Cause, Delivery, Exhausted, TargetError, retry},
    history::{Fact, Record},
    scenario::plan::{Rule, RuleTarget, TargetKind},
};

pub(crate) const ABOUT: About = About {
    rule: "rule-targets",
    title: "targets are invoked for events that their rule matches, at least once, tried again within limits, then given up",
    source: "S10.13, S10.24, S10.25, S10.27 to S10.30",
};

/// Takes note of an event that was sent: which targets have to be invoked.
pub(crate) fn expect(cause: Cause, book: &mut EventBook) {
    for rule in book.matching(cause) {
        let Some(one) = book.rule(rule) else { continue };
        let in_force = cause.time >= SimTime::ZERO + one.effective_after;
        for target in 0..one.targets.len() as u8 {
            let delivery = Delivery { cause, rule, target, second_run: false, again: false };
            let way = if in_force { Way::Awaited } else { Way::Possible };
            book.ways.insert(delivery, way);
            book.awaited += u64::from(in_force);
        }
    }
}

/// Judges an attempt at a target.
pub(crate) fn judge(
    record: &Record,
    (delivery, attempt, error): (Delivery, u32, Option<TargetError>),
    book: &mut EventBook,
) {
    book.tallies.rule_targets.judged += 1;
    let Some(target) = book.target(&delivery).cloned() else {
        return book.tallies.rule_targets.object(record, "S10.23", || "the plan has no such target".into());
    };
    let before = book.ways.remove(&delivery);
    let offence = order_offence(record, (&delivery, attempt), before, &target, book)
        .or_else(|| error_offence(record, error, &target, book));
    if let Some((fact, message)) = offence {
        book.tallies.rule_targets.object(record, fact, || message);
    }
    book.awaited -= u64::from(before == Some(Way::Awaited));
    book.retrying -= u64::from(matches!(before, Some(Way::Failed(..))));
    if let Some(error) = error {
        book.ways.insert(delivery, Way::Failed(attempt, record.time));
        book.retrying += 1;
        // What cannot be tried again is given up in this instant, which `close` looks after.
        let _ = error;
        return;
    }
    if matches!(target.kind, TargetKind::RunCommand { .. }) {
        book.triggers.push(delivery);
    }
    if book.may_repeat(&delivery) {
        book.ways.insert(delivery, Way::Done(record.time));
    }
}

type Complaint = Option<(&'static str, String)>;

/// What is wrong with the order of attempts.
fn order_offence(
    record: &Record,
    (delivery, attempt): (&Delivery, u32),
    before: Option<Way>,
    target: &RuleTarget,
    book: &EventBook,
) -> Complaint {
    let now = record.time;
    let rule = book.rule(delivery.rule)?;
    if delivery.cause.time >= now {
        return Some(("S10.13", "the target is invoked before the event can be there".into()));
    }
    match before {
        Some(Way::Awaited | Way::Possible) if attempt == 1 => early(now, rule),
        None if attempt == 1 && delivery.is_extra() => extra_offence(now, delivery, rule, target, book),
        Some(Way::Failed(made, then)) if attempt == made + 1 => {
            let (least, most) = retry::bounds(made);
            let waited = now.since(then);
            let policy = target.retry_policy;
            let oldest = u64::from(policy.maximum_event_age_in_seconds) * 1_000_000;
            if made > policy.maximum_retry_attempts {
                Some(("S10.27", format!("retry {made} of at most {}", policy.maximum_retry_attempts)))
            } else if now.since(delivery.cause.time).0 > oldest {
                Some(("S10.27", "tried again when the event is older than MaximumEventAgeInSeconds".into()))
            } else if !(least..=most).contains(&waited) {
                Some(("S10.30", format!("tried again after {waited}, not after {least} to {most}")))
            } else {
                None
            }
        }
        Some(Way::Done(_)) => Some(("S10.25", "invoked again, and not told as a second time".into())),
        None if !delivery.is_extra() => {
            Some(("S10.13", "no event that the rule matches is on its way to the target".into()))
        }
        _ => Some(("S10.27", format!("attempt {attempt} does not follow the one before it"))),
    }
}

fn early(now: SimTime, rule: &Rule) -> Complaint {
    let is_early = now < SimTime::ZERO + rule.effective_after;
    is_early.then(|| ("S10.24", "the rule is not in force yet".into()))
}

/// What is wrong with a second run of a rule, or a second invocation of a target.
fn extra_offence(
    now: SimTime,
    delivery: &Delivery,
    rule: &Rule,
    target: &RuleTarget,
    book: &EventBook,
) -> Complaint {
    let first = if delivery.again {
        Delivery { again: false, ..*delivery }
    } else {
        Delivery { second_run: false, ..*delivery }
    };
    let has_begun = match book.ways.get(&first) {
        Some(Way::Failed(_, then) | Way::Done(then)) => *then < now,
        _ => false,
    };
    if delivery.second_run && rule.runs_twice.0 == 0 {
        Some(("S10.25", "a second run of a rule that never runs twice".into()))
    } else if delivery.again && target.invoked_twice.0 == 0 {
        Some(("S10.25", "a second invocation of a target that is never invoked twice".into()))
    } else if !has_begun {
        Some(("S10.25", "a second time without a first".into()))
    } else {
        None
    }
}

/// What is wrong with how an attempt ended.
fn error_offence(
    record: &Record,
    error: Option<TargetError>,
    target: &RuleTarget,
    book: &EventBook,
) -> Complaint {
    let out = target.outages.iter().any(|outage| {
        SimTime::ZERO + outage.from <= record.time && record.time < SimTime::ZERO + outage.until
    });
    let fits = match (target.error, out, error) {
        (Some(always), _, found) => found == Some(always),
        (None, true, found) => found == Some(TargetError::Timeout),
        (None, false, None) => target.throttled < crate::base::Chance::ONE,
        (None, false, Some(TargetError::Throttling)) => target.throttled.0 > 0 || book.has_quotas(target),
        (None, false, Some(_)) => false,
    };
    (!fits).then(|| ("S10.28", "the target cannot have answered so at this time".into()))
}

/// Judges that a target is tried no more.
pub(crate) fn judge_end(record: &Record, book: &mut EventBook) {
    let Fact::GivenUp { delivery, error, exhausted, dead_lettered } = record.fact else { return };
    let Some(target) = book.target(&delivery).cloned() else { return };
    let now = record.time;
    let before = book.ways.remove(&delivery);
    let offence = match before {
        Some(Way::Failed(made, then)) if then == now => {
            let policy = target.retry_policy;
            let (_, most) = retry::bounds(made);
            let oldest = u64::from(policy.maximum_event_age_in_seconds) * 1_000_000;
            let may_age = (now + most).since(delivery.cause.time).0 > oldest;
            let fits = match exhausted {
                None => !error.is_retried(),
                Some(Exhausted::MaximumRetryAttempts) => {
                    error.is_retried() && made > policy.maximum_retry_attempts
                }
                Some(Exhausted::MaximumEventAgeInSeconds) => error.is_retried() && may_age,
            };
            (!fits).then_some(("S10.27", "given up before its limits are reached"))
        }
        _ => Some(("S10.28", "given up without an attempt that failed in this instant")),
    };
    let queue = target.dead_letter_arn.is_some();
    let tally = &mut book.tallies.rule_targets;
    tally.judged += 1;
    if let Some((fact, message)) = offence {
        tally.object(record, fact, || message.into());
    } else if dead_lettered != queue {
        tally.object(record, "S10.29", || "it goes to the dead-letter queue exactly if there is one".into());
    }
    book.retrying -= u64::from(matches!(before, Some(Way::Failed(..))));
    if book.may_repeat(&delivery) {
        book.ways.insert(delivery, Way::Done(now));
    }
}

/// Judges a history that has come to its end.
pub(crate) fn finish(book: &mut EventBook, at: SimTime) {
    let (awaited, retrying) = (book.awaited, book.retrying);
    let tally: &mut Tally = &mut book.tallies.rule_targets;
    if awaited > 0 {
        tally.miss(at, "S10.25", || format!("{awaited} targets were never invoked for events that match"));
    }
    if retrying > 0 {
        tally.miss(at, "S10.27", || {
            format!("{retrying} deliveries failed and were neither tried again nor given up")
        });
    }
}

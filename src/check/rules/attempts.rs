//! SNS attempts as the delivery policy says: how often, when, how fast, and for how long it waits.

use crate::{
    base::{Chance, SimDuration, SimTime},
    check::{
        post::{CopyState, Post, PostTerms},
        report::{About, Tally},
    },
    history::{Fact, Record},
    scenario::plan::Delivery,
    sns::{Answer, policy::BackoffFunction},
};

pub(crate) const ABOUT: About = About {
    rule: "attempts",
    title: "attempts to deliver follow the delivery policy's phases within the jitter, its throttle and the cap of 3,600 s",
    source: "S9.23 to S9.26, S9.30, O-28",
};

/// The longest time for retries over HTTP/S (S9.25).
const CAP: u64 = 3600 * 1_000_000;
/// How long SNS waits for an answer (S9.30).
const PATIENCE: u64 = 15 * 1_000_000;

/// The shortest and the longest delay before a retry, counted from 1; `None` when the policy has no such retry. Microseconds.
pub(crate) fn delay_bounds(plan: &Delivery, retry: u32) -> Option<(u64, u64)> {
    let policy = &plan.retry_policy;
    if retry == 0 || retry > policy.num_retries {
        return None;
    }
    let (min, max) = (f64::from(policy.min_delay_target) * 1e6, f64::from(policy.max_delay_target) * 1e6);
    let before_backoff = policy.num_no_delay_retries.saturating_add(policy.num_min_delay_retries);
    let after_backoff = policy.num_retries.saturating_sub(policy.num_max_delay_retries);
    let nominal = if retry <= policy.num_no_delay_retries {
        0.0
    } else if retry <= before_backoff {
        min
    } else if retry > after_backoff {
        max
    } else {
        let (step, steps) = (retry - before_backoff - 1, after_backoff - before_backoff - 1);
        backoff(policy.backoff_function, (min, max), step, steps)
    };
    let width = nominal * f64::from(plan.jitter.0) / f64::from(Chance::ONE.0);
    // A delay is at least a microsecond, and is rounded twice.
    Some((((nominal - width) as u64).saturating_sub(1).max(1), (nominal + width) as u64 + 2))
}

/// The delay after so many of so many steps from the smallest to the largest.
fn backoff(function: BackoffFunction, (min, max): (f64, f64), step: u32, steps: u32) -> f64 {
    if steps == 0 {
        return min;
    }
    let triangle = |n: u32| (0..=n.min(100_000)).map(f64::from).sum::<f64>();
    let share = match function {
        BackoffFunction::Linear => f64::from(step) / f64::from(steps),
        BackoffFunction::Arithmetic => triangle(step) / triangle(steps),
        BackoffFunction::Exponential => {
            let doubled = |n: u32| (0..n).fold(0.0, |sum, _| f64::min(2.0 * sum + 1.0, 1e300));
            if steps > 900 {
                libm::exp2(f64::from(step) - f64::from(steps))
            } else {
                doubled(step) / doubled(steps)
            }
        }
        BackoffFunction::Geometric => {
            return libm::exp(libm::log(min) + libm::log(max / min) * f64::from(step) / f64::from(steps));
        }
    };
    min + (max - min) * share
}

/// Judges an attempt. What is wrong with the message itself is for `deliveries` to object to.
pub(crate) fn judge_attempt(record: &Record, post: &mut Post, tally: &mut Tally) {
    let Fact::Attempted { parcel, attempt, throttled, answer } = record.fact else { return };
    tally.judged += 1;
    let now = record.time;
    let before = post.attempt(record.command, parcel.subscription, now);
    let Some((terms, letter)) = post.letter(record.command, &parcel) else { return };
    if let Some(per_second) = terms.plan.max_receives_per_second
        && before.is_some_and(|before| now.since(before).0.saturating_mul(per_second.into()) < 1_000_000)
    {
        tally.object(record, "S9.23", || format!("more than {per_second} attempts a second"));
    }
    let copy = letter.copy(&parcel);
    judge_time(record, terms, copy, (attempt, throttled), tally);
    judge_answer(record, terms, answer, tally);
}

fn judge_time(
    record: &Record,
    terms: &PostTerms,
    copy: &CopyState,
    (attempt, throttled): (u32, SimDuration),
    tally: &mut Tally,
) {
    let now = record.time;
    let due = SimTime(now.0.saturating_sub(throttled.0));
    if throttled > SimDuration::ZERO && terms.plan.max_receives_per_second.is_none() {
        tally.object(record, "S9.23", || "held back, but nothing throttles the subscription".into());
    } else if Some(attempt) != copy.attempts.checked_add(1) {
        tally.object(record, "O-28", || format!("attempt {attempt} after {}", copy.attempts));
    } else if let Some(failed) = copy.failed.filter(|_| attempt > 1) {
        let after = due.since(failed).0;
        match delay_bounds(&terms.plan, attempt - 1) {
            None => tally.object(record, "O-28", || {
                format!("{} retries are all, and this is one more", terms.plan.retry_policy.num_retries)
            }),
            Some((least, most)) if !(least..=most).contains(&after) => {
                tally.object(record, "S9.24", || {
                    let [least, most, after] = [least, most, after].map(SimDuration);
                    format!("retry {} comes {after} after the failure, not {least} to {most}", attempt - 1)
                });
            }
            Some(_) if is_beyond_cap(&terms.plan, now.since(copy.first)) => {
                tally.object(record, "S9.25", || "a retry more than 3,600 s after the first attempt".into());
            }
            Some(_) => {}
        }
    }
}

pub(crate) fn is_beyond_cap(plan: &Delivery, since_first: SimDuration) -> bool {
    plan.protocol.is_http() && since_first.0 > CAP
}

/// Judges what an endpoint answers at once, by when it is down.
fn judge_answer(record: &Record, terms: &PostTerms, answer: Option<Answer>, tally: &mut Tally) {
    let endpoint = &terms.plan.endpoint;
    let now = record.time.0;
    let outage = endpoint.outages.iter().find(|outage| outage.from.0 <= now && now < outage.until.0);
    let expected = match outage.map(|outage| outage.status) {
        Some(Some(status)) => Some(Answer::Status(status)),
        Some(None) if endpoint.sqs.is_none() => Some(Answer::Refused),
        _ => None,
    };
    if expected.is_some() && answer != expected {
        tally.object(record, "S9.26", || "the endpoint is down then, and does not answer so".into());
    } else if expected.is_none() && matches!(answer, Some(Answer::Refused)) {
        tally.object(record, "S9.26", || "no connection, but the endpoint is not down".into());
    } else if matches!(answer, Some(Answer::TimedOut | Answer::Hung)) {
        tally.object(record, "S9.30", || "given up in the instant of the attempt".into());
    } else if expected.is_none()
        && let Some(Answer::Status(status)) = answer
    {
        let is_planned = status == 200
            || (status == 503 && endpoint.queue.is_some())
            || endpoint.answers.iter().any(|one| one.status == Some(status));
        if !is_planned {
            tally.object(record, "S9.26", || format!("the endpoint never answers {status}"));
        }
    }
}

/// Judges an answer that came later.
pub(crate) fn judge_answered(record: &Record, post: &mut Post, tally: &mut Tally) {
    let Fact::Answered { parcel, attempt, answer } = record.fact else { return };
    tally.judged += 1;
    let Some((terms, letter)) = post.letter(record.command, &parcel) else { return };
    let copy = letter.copy(&parcel);
    let awaited = copy.awaiting.filter(|_| attempt == copy.attempts);
    let Some(since) = awaited else {
        if !copy.late.contains(&attempt) || !matches!(answer, Answer::Status(_)) {
            tally.object(record, "S9.30", || format!("attempt {attempt} waits for no such answer"));
        }
        return;
    };
    let waited = record.time.since(since).0;
    let may_hang = terms.plan.endpoint.answers.iter().any(|one| one.status.is_none());
    match answer {
        Answer::Status(_) if waited > PATIENCE => {
            tally.object(record, "S9.30", || "SNS does not wait so long for an answer".into());
        }
        Answer::TimedOut | Answer::Hung if waited != PATIENCE => {
            tally.object(record, "S9.30", || {
                format!("given up after {}, not after 15 s", SimDuration(waited))
            });
        }
        Answer::Hung if !may_hang => {
            tally.object(record, "S9.30", || "the endpoint leaves no request without an answer".into());
        }
        Answer::Refused => tally.object(record, "S9.26", || "a connection is refused at once".into()),
        _ => {}
    }
}

/// Whether SNS may give a message up now by its policy: there is no retry left, or it lies beyond the cap; within the jitter it
/// may or may not. Throttling may hold a retry back until it is too late.
pub(crate) fn is_exhausted(plan: &Delivery, copy: &CopyState, now: SimTime) -> bool {
    let elapsed = now.since(copy.first);
    if copy.failed != Some(now) {
        return plan.max_receives_per_second.is_some() && is_beyond_cap(plan, elapsed);
    }
    let next = delay_bounds(plan, copy.attempts);
    next.is_none_or(|(_, most)| is_beyond_cap(plan, elapsed + SimDuration(most)))
}

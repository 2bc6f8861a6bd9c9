//! What one life tells of times and of chances.

use jiff::Timestamp;

use crate::{
    fit::Lasted,
    seen::{Life, Phase},
    ssm::{InvocationStatus, StatusDetails},
};

/// A duration as it was told, before it is known how fine the clocks were.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Span {
    /// From one time that was told to another, in microseconds since 1970.
    Told {
        /// The beginning.
        from: i64,
        /// The end.
        to: i64,
    },
    /// A duration, or its bounds.
    Known(Lasted),
}

/// How an invocation ended, as far as a model has a word for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ending {
    /// Exit code 0.
    Success,
    /// Failed, with this code; 1 where none was told.
    Failed(i32),
    /// ExecutionTimedOut: slow, or hanging (S1.18).
    TimedOut,
    /// The execution began, and no final reply came before the total timeout (S5.9).
    ReplyLost,
    /// DeliveryTimedOut, and nothing tells of an execution: slow to deliver, or not to be reached (S1.17).
    NotDelivered,
    /// The instance is gone (S1.21).
    Undeliverable,
    /// Cancelled on the way or while it ran (S1.20).
    Cancelled,
    /// It was not seen to end.
    Unfinished,
    /// Terminated, InvalidPlatform, AccessDenied, or never sent: it tells nothing of the instance.
    NotSent,
}

/// What a life tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Told {
    /// From the request to the start of the execution.
    pub delivery: Option<Span>,
    /// From the start of the execution to its end.
    pub execution: Option<Span>,
    /// How it ended.
    pub ending: Ending,
}

/// An interval wider than this, in microseconds, is as good as no upper end: who asks a day later saw nothing end.
const LOOSE: i64 = 86_400_000_000;

/// Codes that a scenario takes for something other than a failure: success, a reboot, the kill at a time-out (section 8.6).
const MEANS_MORE: [i32; 6] = [0, -1, 137, 168, 194, 3010];

/// When the execution began: not before the first, and at the latest at the second.
type Start = (i64, i64);

/// What a life tells.
pub fn tell(life: &Life) -> Told {
    let start = start(life);
    let ending = ending(life);
    let over = life.end();
    let execution = match (ending, over) {
        (Ending::Success | Ending::Failed(_), Some(end)) => lasted(life, start, end),
        (Ending::TimedOut | Ending::Cancelled, Some(end)) => {
            let until = life.finished.map(micros).or(end.began.after.map(micros));
            start.zip(until).and_then(|((_, start), until)| at_least(start, until))
        }
        (Ending::Unfinished, _) => start.and_then(|(_, start)| at_least(start, seen_until(life)?)),
        _ => None,
    };
    Told { delivery: delivery(life, start, ending), execution, ending }
}

fn ending(life: &Life) -> Ending {
    let Some(end) = life.end() else { return Ending::Unfinished };
    match (end.state.status, end.state.details) {
        (InvocationStatus::Success, _) => Ending::Success,
        (InvocationStatus::Failed, StatusDetails::Undeliverable) => Ending::Undeliverable,
        (InvocationStatus::Failed, StatusDetails::InvalidPlatform | StatusDetails::AccessDenied) => {
            Ending::NotSent
        }
        (InvocationStatus::Failed, _) => {
            Ending::Failed(life.response_code.filter(|code| !MEANS_MORE.contains(code)).unwrap_or(1))
        }
        (_, StatusDetails::Terminated) => Ending::NotSent,
        (InvocationStatus::TimedOut, StatusDetails::ExecutionTimedOut) => Ending::TimedOut,
        // An event or a notification does not tell which time-out it was; what had begun ran out of its own.
        (InvocationStatus::TimedOut, _) if !end.details_told && life.started.is_some() => Ending::TimedOut,
        (InvocationStatus::TimedOut, _) if life.started.is_some() => Ending::ReplyLost,
        (InvocationStatus::TimedOut, _) if life.requested.is_some() => Ending::NotDelivered,
        (InvocationStatus::TimedOut, _) => Ending::NotSent,
        _ => Ending::Cancelled,
    }
}

/// When the execution began: as the agent told it, or else when InProgress did (Settled 8).
fn start(life: &Life) -> Option<Start> {
    if let Some(started) = life.started {
        return Some((micros(started), micros(started)));
    }
    let phase = life.phases.iter().find(|phase| phase.state.status == InvocationStatus::InProgress)?;
    let from = phase.began.after.max(life.requested)?;
    Some((micros(from), micros(phase.began.until))).filter(|(from, until)| from < until)
}

/// From the request to the start.
fn delivery(life: &Life, start: Option<Start>, ending: Ending) -> Option<Span> {
    let requested = micros(life.requested?);
    if let Some((from, until)) = start {
        return match life.started {
            Some(_) => Some(Span::Told { from: requested, to: from }),
            None => between(from - requested, until - requested),
        };
    }
    let was_delayed = life.phases.iter().any(|phase| phase.state.status == InvocationStatus::Delayed);
    match ending {
        Ending::NotDelivered => at_least(requested, micros(life.end()?.began.after?)),
        // What is Pending may not have been sent yet.
        Ending::Cancelled if was_delayed => at_least(requested, micros(life.end()?.began.after?)),
        Ending::Unfinished if was_delayed => at_least(requested, seen_until(life)?),
        _ => None,
    }
}

/// From the start to an end that was seen.
fn lasted(life: &Life, start: Option<Start>, end: &Phase) -> Option<Span> {
    if let (Some(started), Some(finished)) = (life.started, life.finished) {
        return Some(Span::Told { from: micros(started), to: micros(finished) });
    }
    let (from, until) = start?;
    let after = end.began.after.map_or(until, micros);
    between(after - until, micros(end.began.until) - from)
}

fn seen_until(life: &Life) -> Option<i64> {
    let until = life.phases.last()?.seen_until;
    (until != Timestamp::MIN).then(|| micros(until))
}

fn at_least(from: i64, to: i64) -> Option<Span> {
    let lasted = u64::try_from(to - from).ok().filter(|&lasted| lasted > 0)?;
    Some(Span::Known(Lasted::AtLeast(lasted)))
}

fn between(after: i64, until: i64) -> Option<Span> {
    let after = after.max(0);
    if until - after > LOOSE {
        return at_least(0, after);
    }
    let (after, until) = (after as u64, u64::try_from(until).ok()?);
    (after < until).then_some(Span::Known(Lasted::Between { after, until }))
}

fn micros(instant: Timestamp) -> i64 {
    instant.as_microsecond()
}

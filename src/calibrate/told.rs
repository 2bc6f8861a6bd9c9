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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{seen::Window, ssm::InvocationState};

    const START: i64 = 1_767_225_600;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(START + second).unwrap()
    }

    fn phase(status: InvocationStatus, details: StatusDetails, after: i64, until: i64, seen: i64) -> Phase {
        let began = Window { after: Some(at(after)), until: at(until) };
        Phase { state: InvocationState { status, details }, details_told: true, began, seen_until: at(seen) }
    }

    fn life(phases: Vec<Phase>) -> Life {
        Life {
            command_id: "c".into(),
            instance_id: "i".into(),
            document_name: None,
            requested: Some(at(0)),
            phases,
            response_code: None,
            started: None,
            finished: None,
            steps: Vec::new(),
        }
    }

    fn seconds(lasted: u64) -> u64 {
        lasted * 1_000_000
    }

    fn running() -> Phase {
        phase(InvocationStatus::InProgress, StatusDetails::InProgress, 2, 4, 10)
    }

    #[test]
    fn polls_bound_what_no_time_tells() {
        let end = phase(InvocationStatus::Success, StatusDetails::Success, 10, 12, 12);
        let told = tell(&life(vec![running(), end]));
        let between = |after, until| {
            Some(Span::Known(Lasted::Between { after: seconds(after), until: seconds(until) }))
        };
        let expected = Told { delivery: between(2, 4), execution: between(6, 10), ending: Ending::Success };
        assert_eq!(told, expected);
        // Who looks a week later has not seen when it ended.
        let late = phase(InvocationStatus::Success, StatusDetails::Success, 10, 600_000, 600_000);
        let told = tell(&life(vec![running(), late]));
        assert_eq!(told.execution, Some(Span::Known(Lasted::AtLeast(seconds(6)))));
    }

    #[test]
    fn what_goes_on_or_was_cut_off_lasted_at_least_so_long() {
        let open = tell(&life(vec![running()]));
        assert_eq!(
            (open.execution, open.ending),
            (Some(Span::Known(Lasted::AtLeast(seconds(6)))), Ending::Unfinished)
        );
        for (status, details, ending) in [
            (InvocationStatus::TimedOut, StatusDetails::ExecutionTimedOut, Ending::TimedOut),
            (InvocationStatus::Cancelled, StatusDetails::Cancelled, Ending::Cancelled),
        ] {
            let mut cut = life(vec![phase(status, details, 10, 11, 11)]);
            (cut.started, cut.finished) = (Some(at(3)), Some(at(9)));
            let told = tell(&cut);
            assert_eq!(told.ending, ending);
            assert_eq!(told.execution, Some(Span::Known(Lasted::AtLeast(seconds(6)))));
            assert!(matches!(told.delivery, Some(Span::Told { from, to }) if to - from == 3_000_000));
        }
    }

    /// DeliveryTimedOut is a lost reply if it had begun, and else never got there; what was not sent tells nothing.
    #[test]
    fn three_ways_to_time_out_without_a_reply() {
        let out = phase(InvocationStatus::TimedOut, StatusDetails::DeliveryTimedOut, 600, 601, 601);
        let never = tell(&life(vec![out]));
        assert_eq!(never.ending, Ending::NotDelivered);
        assert_eq!(never.delivery, Some(Span::Known(Lasted::AtLeast(seconds(600)))));
        let mut lost = life(vec![out]);
        lost.started = Some(at(1));
        assert_eq!((tell(&lost).ending, tell(&lost).execution), (Ending::ReplyLost, None));
        let mut unsent = life(vec![out]);
        unsent.requested = None;
        assert_eq!(tell(&unsent), Told { delivery: None, execution: None, ending: Ending::NotSent });
        // An event tells no details: what had begun may as well have run out of its own time.
        let mut untold = lost;
        untold.phases[0].details_told = false;
        assert_eq!(tell(&untold).ending, Ending::TimedOut);
    }

    #[test]
    fn codes_that_mean_more_are_failures_like_any_other() {
        let end = phase(InvocationStatus::Failed, StatusDetails::Failed, 10, 12, 12);
        for (code, expected) in [(Some(3), 3), (Some(194), 1), (Some(-1), 1), (None, 1)] {
            let mut failed = life(vec![end]);
            failed.response_code = code;
            assert_eq!(tell(&failed).ending, Ending::Failed(expected));
        }
        let terminated = phase(InvocationStatus::Cancelled, StatusDetails::Terminated, 10, 12, 12);
        assert_eq!(tell(&life(vec![terminated])).ending, Ending::NotSent);
    }
}

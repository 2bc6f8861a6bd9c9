//! How the agent puts log events: at each tick while the step runs, and until all is put (S11.14, S11.15).

use crate::base::{SimDuration, SimTime};

/// The most bytes of one event (S11.14).
pub const EVENT_BYTES: u64 = 200_000;
/// The most events of one call (S11.14).
pub const CALL_EVENTS: u64 = 4;
/// The most bytes of one call.
pub const CALL_BYTES: u64 = EVENT_BYTES * CALL_EVENTS;
/// How long a step that has ended waits for its log events at most (S11.15).
pub const LONGEST_WAIT: SimDuration = SimDuration::from_secs(60);
/// How often it looks whether they are put (S11.15).
const LOOK: SimDuration = SimDuration::from_secs(1);
/// A line of output. Ours: only whole lines are put while the step runs.
const LINE: u64 = 100;

/// A stream that a step writes evenly while it runs.
#[derive(Clone, Copy, Debug)]
pub struct Writing {
    /// How much it comes to.
    pub bytes: u64,
    /// When the step began.
    pub began: SimTime,
    /// When its process ended.
    pub ended: SimTime,
}

/// The calls of `PutLogEvents` for one stream: those while the process runs, then one at each tick until nothing is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Puts {
    began: SimTime,
    /// From one tick to the next.
    spacing: u64,
    /// Ticks while the process runs.
    running: u64,
    /// Calls and bytes at those.
    early: (u64, u64),
    /// Calls and bytes afterwards.
    late: (u64, u64),
}

impl Puts {
    /// The calls for `stream` where ticks are `period` apart, counted from the beginning of the step, and a call takes
    /// `latency`: a tick that comes while one is under way is left out.
    pub fn new(stream: Writing, period: SimDuration, latency: SimDuration) -> Self {
        let Writing { bytes, began, ended } = stream;
        let spacing = period.0 * latency.0.div_ceil(period.0).max(1);
        let whole = ended.since(began).0.max(1);
        let running = (whole - 1) / spacing;
        let calls = running.min(bytes / LINE);
        let written = u128::from(bytes) * u128::from(running * spacing) / u128::from(whole);
        let put = if calls == 0 { 0 } else { (written as u64).min(calls.saturating_mul(CALL_BYTES)) };
        let left = bytes - put;
        Self { began, spacing, running, early: (calls, put), late: (left.div_ceil(CALL_BYTES), left) }
    }

    /// When the first call is made; `None` of an empty stream.
    pub fn first(&self) -> Option<SimTime> {
        match (self.early.0, self.late.0) {
            (0, 0) => None,
            (0, _) => Some(self.tick(self.running + 1)),
            (calls, _) => Some(self.tick(self.running.div_ceil(calls))),
        }
    }

    /// When the agent finds nothing left: at the tick after that of the last call.
    pub fn done(&self) -> SimTime {
        self.tick(self.running + self.late.0 + 1)
    }

    /// How many calls have been made at a time behind the end of the process, how many bytes they put, and when the last of
    /// them was made.
    pub fn by(&self, then: SimTime) -> (u64, u64, Option<SimTime>) {
        let ticks = then.since(self.began).0 / self.spacing;
        let calls = ticks.saturating_sub(self.running).min(self.late.0);
        let bytes = calls.saturating_mul(CALL_BYTES).min(self.late.1);
        let last = match (calls, self.early.0) {
            (0, 0) => None,
            _ => Some(self.tick(self.running + calls)),
        };
        (self.early.0 + calls, self.early.1 + bytes, last)
    }

    fn tick(&self, number: u64) -> SimTime {
        self.began + SimDuration(number.saturating_mul(self.spacing))
    }
}

/// When a step that has ended goes on: it looks each second whether all is put, until the wait is over. `from` is when it
/// begins to look, behind its upload to S3.
pub fn waits_until(from: SimTime, done: SimTime) -> SimTime {
    let looks = done.since(from).0.div_ceil(LOOK.0).saturating_mul(LOOK.0);
    from + SimDuration(looks).min(LONGEST_WAIT)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(milliseconds: u64) -> SimTime {
        SimTime(milliseconds * 1000)
    }

    fn puts(bytes: u64, milliseconds: u64, period: u64, latency: u64) -> Puts {
        let stream = Writing { bytes, began: SimTime::ZERO, ended: at(milliseconds) };
        Puts::new(stream, SimDuration::from_secs(period), SimDuration(latency * 1000))
    }

    /// S11.14, S11.15: a call a second while there is something to put, one more tick to see that nothing is left.
    #[test]
    fn a_stream_is_put_each_second() {
        let puts = puts(10_000, 3_500, 1, 50);
        assert_eq!(puts.first(), Some(at(1_000)));
        assert_eq!(puts.by(at(4_000)), (4, 10_000, Some(at(4_000))));
        assert_eq!(puts.done(), at(5_000));
        // Looked at each second from the end of the process.
        assert_eq!(waits_until(at(3_500), puts.done()), at(5_500));
    }

    #[test]
    fn a_short_step_and_an_empty_stream() {
        let short = puts(500, 200, 1, 50);
        assert_eq!((short.first(), short.done()), (Some(at(1_000)), at(2_000)));
        assert_eq!(short.by(at(999)), (0, 0, None));
        let empty = puts(0, 3_500, 1, 50);
        assert_eq!((empty.first(), empty.done()), (None, at(4_000)));
        assert_eq!(empty.by(at(9_000)), (0, 0, None));
        // A few lines in an hour are not put each second.
        assert_eq!(puts(450, 3_600_000, 1, 50).by(at(3_700_000)).0, 5);
    }

    /// S11.14: four events of 200,000 bytes a call.
    #[test]
    fn what_is_long_takes_several_calls() {
        let long = puts(CALL_BYTES * 3 + 1, 100, 1, 50);
        assert_eq!(long.by(at(60_000)), (4, CALL_BYTES * 3 + 1, Some(at(4_000))));
        assert_eq!(long.by(at(2_500)), (2, CALL_BYTES * 2, Some(at(2_000))));
        assert_eq!(long.done(), at(5_000));
    }

    /// S11.15: sixty seconds at most.
    #[test]
    fn a_step_does_not_wait_for_ever() {
        let long = puts(CALL_BYTES * 100, 100, 1, 50);
        assert_eq!(waits_until(at(100), long.done()), at(60_100));
        assert_eq!(waits_until(at(100), at(50)), at(100));
    }

    /// S11.14: half a minute before 2018-06.
    #[test]
    fn ticks_may_be_far_apart_and_calls_slow() {
        let far = puts(10_000, 70_000, 30, 50);
        assert_eq!((far.first(), far.done()), (Some(at(30_000)), at(120_000)));
        assert_eq!(waits_until(at(70_000), far.done()), at(120_000));
        let slow = puts(10_000, 3_500, 1, 1_500);
        assert_eq!((slow.first(), slow.done()), (Some(at(2_000)), at(6_000)));
    }
}

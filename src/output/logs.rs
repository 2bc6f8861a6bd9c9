//! How the agent puts log events: at each tick while the step runs, and until all is put (S11.14, S11.15).

use std::ops::Range;

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

/// The calls of `PutLogEvents` for one stream: those while the process runs, then one at each tick until nothing is left. A call
/// in an outage fails, and what it should have put waits for the next tick.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Puts<'a> {
    began: SimTime,
    /// From one tick to the next.
    spacing: u64,
    /// Ticks while the process runs.
    running: u64,
    /// Calls at those, and bytes that are there then.
    early: (u64, u64),
    /// Calls that it takes afterwards, and their bytes.
    late: (u64, u64),
    /// When calls fail, in order.
    outages: &'a [Range<SimTime>],
}

impl<'a> Puts<'a> {
    /// The calls for `stream` where ticks are `period` apart, counted from the beginning of the step, and a call takes
    /// `latency`: a tick that comes while one is under way is left out. `outages` stand in order and do not overlap.
    pub fn new(
        stream: Writing,
        period: SimDuration,
        latency: SimDuration,
        outages: &'a [Range<SimTime>],
    ) -> Self {
        let Writing { bytes, began, ended } = stream;
        let spacing = period.0 * latency.0.div_ceil(period.0).max(1);
        let whole = ended.since(began).0.max(1);
        let running = (whole - 1) / spacing;
        let calls = running.min(bytes / LINE);
        let puts = Self { began, spacing, running, early: (calls, 0), late: (0, 0), outages };
        let taken = calls.min(puts.open(running));
        let written = u128::from(bytes) * u128::from(puts.last_open(running) * spacing) / u128::from(whole);
        let put = if taken == 0 { 0 } else { (written as u64).min(taken.saturating_mul(CALL_BYTES)) };
        let left = bytes - put;
        Self { early: (calls, put), late: (left.div_ceil(CALL_BYTES), left), ..puts }
    }

    /// The ticks at which calls fail, in order.
    fn blocked(&self) -> impl DoubleEndedIterator<Item = Range<u64>> {
        let first_from = |time: SimTime| time.since(self.began.min(time)).0.div_ceil(self.spacing);
        self.outages.iter().map(move |span| first_from(span.start).max(1)..first_from(span.end).max(1))
    }

    /// How many of the first ticks calls do not fail at.
    fn open(&self, ticks: u64) -> u64 {
        let failing = self.blocked().map(|range| range.end.min(ticks + 1).saturating_sub(range.start));
        ticks - failing.sum::<u64>()
    }

    /// The last of the first ticks at which calls do not fail; 0 if there is none.
    fn last_open(&self, ticks: u64) -> u64 {
        let before =
            |tick: u64, range: Range<u64>| if range.contains(&tick) { range.start - 1 } else { tick };
        self.blocked().rev().fold(ticks, before)
    }

    /// The tick of the last call.
    fn last(&self) -> u64 {
        self.blocked().fold(self.running + self.late.0, |tick, range| {
            let start = range.start.max(self.running + 1);
            if start <= tick { tick + range.end.saturating_sub(start) } else { tick }
        })
    }

    /// When the first call is made; `None` of an empty stream.
    pub fn first(&self) -> Option<SimTime> {
        match (self.early, self.late.0) {
            ((0, _), 0) => None,
            ((0, _), _) => Some(self.tick(self.running + 1)),
            ((calls, put), _) => {
                let spread = self.running.div_ceil(calls);
                let put_by = if put > 0 { self.last_open(self.running) } else { spread };
                Some(self.tick(spread.min(put_by)))
            }
        }
    }

    /// When the agent finds nothing left: at the tick after that of the last call.
    pub fn done(&self) -> SimTime {
        self.tick(self.last() + 1)
    }

    /// How many calls have been made at a time behind the end of the process, how many bytes they put, and when the last of
    /// them was made; those that failed included.
    pub fn by(&self, then: SimTime) -> (u64, u64, Option<SimTime>) {
        let ticks = then.since(self.began).0 / self.spacing;
        let ticks = ticks.clamp(self.running, self.last());
        let (calls, taken) = (ticks - self.running, self.open(ticks) - self.open(self.running));
        let bytes = taken.saturating_mul(CALL_BYTES).min(self.late.1);
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

    fn puts(bytes: u64, milliseconds: u64, period: u64, latency: u64) -> Puts<'static> {
        puts_despite(&[], bytes, milliseconds, (period, latency))
    }

    fn puts_despite(
        outages: &[Range<SimTime>],
        bytes: u64,
        milliseconds: u64,
        (period, latency): (u64, u64),
    ) -> Puts<'_> {
        let stream = Writing { bytes, began: SimTime::ZERO, ended: at(milliseconds) };
        Puts::new(stream, SimDuration::from_secs(period), SimDuration(latency * 1000), outages)
    }

    /// Ten thousand bytes in ten seconds. Calls at 2, 3 and 4 s fail; that at 5 s puts what they should have. Where those at the end
    /// fail, what was written up to 7 s is there, and the rest comes with the first call after the outage.
    #[test]
    fn calls_in_an_outage_are_made_again() {
        let span = |from: u64, until: u64| [at(from * 1000)..at(until * 1000)];
        let early = span(2, 5);
        let early = puts_despite(&early, 10_000, 10_000, (1, 50));
        assert_eq!(early.by(at(10_000)), (10, 10_000, Some(at(10_000))));
        assert_eq!(early.done(), at(11_000));
        let late = span(8, 13);
        let late = puts_despite(&late, 10_000, 10_000, (1, 50));
        assert_eq!(late.by(at(12_999)), (12, 7_000, Some(at(12_000))));
        assert_eq!(late.by(at(60_000)), (13, 10_000, Some(at(13_000))));
        assert_eq!(late.done(), at(14_000));
        // What is there was put before the outage, in the only call that so few lines take.
        let few = span(8, 13);
        let few = puts_despite(&few, 150, 10_000, (1, 50));
        assert_eq!((few.early, few.first()), ((1, 105), Some(at(7_000))));
        // Nothing at all while it lasts.
        let long = span(0, 100);
        let long = puts_despite(&long, 10_000, 10_000, (1, 50));
        assert_eq!((long.by(at(70_000)).1, long.first()), (0, Some(at(1_000))));
        assert_eq!(waits_until(at(10_000), long.done()), at(70_000));
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

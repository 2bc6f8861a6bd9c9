//! Which attempt is made when. Sans-I/O: it is told the time and what attempts came to.
//!
//! Every subscription has a lane of its own, so that one that hangs holds nobody up but itself.

use std::{
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
};

use super::retry::retry_delay;
use crate::{
    base::{SimDuration, SimTime},
    service::Outgoing,
};

/// How many attempts run at the same time at most.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Of one subscription.
    pub lane: usize,
    /// Of all.
    pub all: usize,
}

/// What an attempt came to, for the one who decides what follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The message needs no other attempt.
    Done,
    /// Another attempt may do better.
    Failed,
    /// None would.
    Hopeless,
}

/// What follows on an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Nothing.
    Nothing,
    /// Another one.
    Attempt,
    /// The message is given up.
    GivenUp,
}

/// A message on its way.
#[derive(Debug)]
pub struct Parcel<T> {
    /// Its number at this desk.
    pub number: u64,
    /// The message.
    pub outgoing: Rc<Outgoing>,
    /// The attempts so far, with the one that runs.
    pub attempts: u32,
    /// What else the carrier keeps with it.
    pub baggage: T,
    /// The time since the first attempt: delays as simulated, and attempts as long as they took. An endpoint outside takes
    /// the time that it takes, at whatever pace the simulation goes.
    spent: SimDuration,
}

/// All messages that are on their way.
#[derive(Debug)]
pub struct Desk<T> {
    lanes: BTreeMap<Rc<str>, Lane<T>>,
    /// When the lanes that can start an attempt at all can start it.
    agenda: BTreeSet<(SimTime, Rc<str>)>,
    running: BTreeMap<u64, Parcel<T>>,
    put: u64,
    bounds: Bounds,
}

#[derive(Debug)]
struct Lane<T> {
    /// In the order in which they are due.
    waiting: BTreeMap<(SimTime, u64), Parcel<T>>,
    running: usize,
    /// When the throttle lets the next attempt through.
    open_at: SimTime,
}

impl<T> Lane<T> {
    fn next_time(&self, bounds: Bounds) -> Option<SimTime> {
        let (due, _) = self.waiting.first_key_value().filter(|_| self.running < bounds.lane)?.0;
        Some(self.open_at.max(*due))
    }
}

impl<T> Desk<T> {
    /// A desk without messages.
    pub fn new(bounds: Bounds) -> Self {
        Self { lanes: BTreeMap::new(), agenda: BTreeSet::new(), running: BTreeMap::new(), put: 0, bounds }
    }

    /// Takes a message, whose first attempt is due.
    pub fn put(&mut self, outgoing: Rc<Outgoing>, baggage: T, now: SimTime) {
        self.put += 1;
        let parcel = Parcel { number: self.put, outgoing, attempts: 0, baggage, spent: SimDuration::ZERO };
        self.enqueue(parcel, now);
    }

    /// Whether attempts are running.
    pub fn is_running(&self) -> bool {
        !self.running.is_empty()
    }

    /// When the next attempt can be made, if none that runs has to end before.
    pub fn next_time(&self) -> Option<SimTime> {
        let (time, _) = self.agenda.first().filter(|_| self.running.len() < self.bounds.all)?;
        Some(*time)
    }

    /// An attempt to be made now; ask again until there is none.
    pub fn start(&mut self, now: SimTime) -> Option<&Parcel<T>> {
        self.next_time().filter(|time| *time <= now)?;
        let (_, key) = self.agenda.first()?.clone();
        let mut parcel = self.change(&key, |lane| {
            let (_, parcel) = lane.waiting.pop_first()?;
            lane.running += 1;
            if let Some(pace) = pace(&parcel.outgoing) {
                lane.open_at = now + pace;
            }
            Some(parcel)
        })?;
        parcel.attempts += 1;
        let number = parcel.number;
        self.running.insert(number, parcel);
        self.running.get(&number)
    }

    /// Says what an attempt came to, and how long it took; `None` when no attempt runs under this number.
    pub fn finish(
        &mut self,
        number: u64,
        verdict: Verdict,
        took: SimDuration,
        now: SimTime,
    ) -> Option<(Rc<Outgoing>, u32, Next)> {
        let mut parcel = self.running.remove(&number)?;
        self.change(&lane_of(&parcel.outgoing), |lane| lane.running -= 1);
        let (outgoing, attempts) = (parcel.outgoing.clone(), parcel.attempts);
        parcel.spent = parcel.spent + took;
        let next = match (verdict, delay(&parcel)) {
            (Verdict::Done, _) => Next::Nothing,
            (Verdict::Failed, Some(delay)) => {
                parcel.spent = parcel.spent + delay;
                self.enqueue(parcel, now + delay);
                Next::Attempt
            }
            (Verdict::Failed, None) | (Verdict::Hopeless, _) => Next::GivenUp,
        };
        Some((outgoing, attempts, next))
    }

    /// All messages that are left, in the order in which they came.
    pub fn into_rest(self) -> Vec<Rc<Outgoing>> {
        let waiting = self.lanes.into_values().flat_map(|lane| lane.waiting.into_values());
        let mut rest: Vec<_> = waiting.chain(self.running.into_values()).collect();
        rest.sort_by_key(|parcel| parcel.number);
        rest.into_iter().map(|parcel| parcel.outgoing).collect()
    }

    fn enqueue(&mut self, parcel: Parcel<T>, due: SimTime) {
        let key = (due, parcel.number);
        self.change(&lane_of(&parcel.outgoing), |lane| lane.waiting.insert(key, parcel));
    }

    /// Changes a lane, and keeps the agenda true.
    fn change<R>(&mut self, key: &Rc<str>, change: impl FnOnce(&mut Lane<T>) -> R) -> R {
        let new = || Lane { waiting: BTreeMap::new(), running: 0, open_at: SimTime::ZERO };
        let lane = self.lanes.entry(key.clone()).or_insert_with(new);
        if let Some(time) = lane.next_time(self.bounds) {
            self.agenda.remove(&(time, key.clone()));
        }
        let result = change(lane);
        if let Some(time) = lane.next_time(self.bounds) {
            self.agenda.insert((time, key.clone()));
        } else if lane.running == 0 && lane.open_at == SimTime::ZERO {
            self.lanes.remove(key);
        }
        result
    }
}

/// A subscription; before its confirmation, an endpoint.
fn lane_of(outgoing: &Outgoing) -> Rc<str> {
    outgoing.subscription_arn.as_deref().unwrap_or(&outgoing.endpoint).into()
}

/// The time between two attempts at least (S9.23).
fn pace(outgoing: &Outgoing) -> Option<SimDuration> {
    let most = outgoing.max_receives_per_second.filter(|most| *most > 0)?;
    Some(SimDuration(1_000_000_u64.div_ceil(most.into())))
}

/// The delay before the next attempt, if there is one (S9.25).
fn delay<T>(parcel: &Parcel<T>) -> Option<SimDuration> {
    let delay = retry_delay(&parcel.outgoing, parcel.attempts)?;
    let longest = parcel.outgoing.protocol.longest_retrying();
    Some(delay).filter(|delay| longest.is_none_or(|longest| parcel.spent + *delay <= longest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        serve::delivery::tests::outgoing,
        sns::{Protocol, RetryPolicy},
    };

    const BOUNDS: Bounds = Bounds { lane: 2, all: 3 };

    fn seconds(seconds: u64) -> SimTime {
        SimTime::ZERO + SimDuration::from_secs(seconds)
    }

    fn message(id: u64, endpoint: &str, change: impl FnOnce(&mut Outgoing)) -> Rc<Outgoing> {
        let mut message = outgoing(id, Protocol::Http, endpoint);
        change(&mut message);
        Rc::new(message)
    }

    fn start(desk: &mut Desk<()>, now: SimTime) -> Vec<u64> {
        std::iter::from_fn(|| desk.start(now).map(|parcel| parcel.outgoing.id)).collect()
    }

    /// The times of the attempts at a message that always fails after so long.
    fn attempts(message: Rc<Outgoing>, took: SimDuration) -> Vec<SimTime> {
        let mut desk = Desk::new(BOUNDS);
        desk.put(message, (), SimTime::ZERO);
        let mut times = Vec::new();
        while let Some(time) = desk.next_time() {
            assert_eq!(
                time.0.checked_sub(1).and_then(|before| desk.start(SimTime(before)).map(|_| ())),
                None
            );
            assert_eq!(start(&mut desk, time), [1]);
            times.push(time);
            let (_, attempt, next) = desk.finish(1, Verdict::Failed, took, time + took).unwrap();
            assert_eq!(attempt as usize, times.len());
            assert_eq!(next == Next::GivenUp, desk.next_time().is_none());
        }
        times
    }

    /// S9.30: about every 35 s, with the jitter of S9.26; O-28: four attempts.
    #[test]
    fn a_hanging_endpoint_is_tried_every_35_seconds() {
        let times = attempts(message(1, "a", |_| {}), SimDuration::from_secs(15));
        assert_eq!(times.len(), 4);
        for pair in times.windows(2) {
            let gap = pair[1].since(pair[0]);
            assert!((33_000_000..=37_000_000).contains(&gap.0), "{gap}");
        }
    }

    /// S9.25: with 100 retries after 3,600 s each there is none, after 600 s there are five, with the time that they take.
    #[test]
    fn retries_end_after_an_hour() {
        let policy = |delay| RetryPolicy {
            min_delay_target: delay,
            max_delay_target: delay,
            num_retries: 100,
            ..RetryPolicy::HTTP
        };
        let count = |delay, took| {
            let message = message(1, "a", |message| message.retries = policy(delay));
            attempts(message, SimDuration::from_secs(took)).len()
        };
        assert!((1..=2).contains(&count(3600, 0)));
        assert_eq!(count(3600, 400), 1);
        assert_eq!(count(640, 15), 6);
        assert_eq!(count(20, 0), 101);
    }

    #[test]
    fn mail_is_tried_51_times() {
        let message = Rc::new(outgoing(1, Protocol::Email, "a@b.c"));
        let times = attempts(message, SimDuration::ZERO);
        assert_eq!(times.len(), 51);
        assert!(times[50] > seconds(6 * 3600));
    }

    #[test]
    fn a_lane_and_all_lanes_have_their_bounds() {
        let mut desk = Desk::new(BOUNDS);
        for (id, endpoint) in [(1, "a"), (2, "a"), (3, "a"), (4, "b"), (5, "c")] {
            desk.put(message(id, endpoint, |_| {}), (), SimTime::ZERO);
        }
        assert_eq!(start(&mut desk, SimTime::ZERO), [1, 2, 4]);
        assert_eq!(desk.next_time(), None);
        desk.finish(4, Verdict::Done, SimDuration::ZERO, SimTime::ZERO);
        assert_eq!(start(&mut desk, SimTime::ZERO), [5]);
        desk.finish(1, Verdict::Hopeless, SimDuration::ZERO, SimTime::ZERO);
        assert_eq!(start(&mut desk, SimTime::ZERO), [3]);
        let rest: Vec<_> = desk.into_rest().iter().map(|outgoing| outgoing.id).collect();
        assert_eq!(rest, [2, 3, 5]);
    }

    /// S9.23: attempts are a second / `maxReceivesPerSecond` apart, also when the lane was empty in between.
    #[test]
    fn a_throttle_keeps_attempts_apart() {
        let mut desk = Desk::new(BOUNDS);
        let throttled = |id| message(id, "a", |message| message.max_receives_per_second = Some(3));
        desk.put(throttled(1), (), SimTime::ZERO);
        assert_eq!(start(&mut desk, SimTime::ZERO), [1]);
        desk.finish(1, Verdict::Done, SimDuration::UNIT, SimTime(1));
        desk.put(throttled(2), (), SimTime(2));
        desk.put(throttled(3), (), SimTime(2));
        assert_eq!(start(&mut desk, SimTime(333_333)), [0; 0]);
        assert_eq!(desk.next_time(), Some(SimTime(333_334)));
        assert_eq!(start(&mut desk, SimTime(333_334)), [2]);
        assert_eq!(desk.next_time(), Some(SimTime(666_668)));
    }

    #[test]
    fn an_end_that_nobody_waits_for_changes_nothing() {
        let mut desk: Desk<()> = Desk::new(BOUNDS);
        assert!(desk.finish(1, Verdict::Done, SimDuration::ZERO, SimTime::ZERO).is_none());
    }
}

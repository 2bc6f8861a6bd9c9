//! The calendar: the future event list.

use std::cmp::Reverse;

use super::{
    event::{Entry, Event, key_time},
    wheel::Wheel,
};
use crate::base::{SimDuration, SimTime};

/// The most events of different times that are kept sorted.
const OPEN_MOST: usize = 32;

/// Events to come, in their total order: those of a short span of time, sorted, and a wheel of those after it.
#[derive(Debug, Default)]
pub struct Calendar {
    /// The instant last asked for.
    now: SimTime,
    /// The events before `end`, the next one last.
    open: Vec<u128>,
    end: SimTime,
    later: Wheel,
    /// When the next event of the wheel happens, if somebody has looked since it last gave out any.
    peeked: Option<SimTime>,
    /// The same events in a heap of the standard library: whatever runs in a unit test, the two must agree.
    #[cfg(test)]
    heap: tests::Heap,
}

impl Calendar {
    /// Enters an event, at an instant after the one that was last asked for, or by which the next was.
    #[inline(always)] // Who enters an event knows its kind.
    pub fn schedule(&mut self, time: SimTime, command: u32, event: Event) {
        self.enter(time, Entry { time, command, event }.key());
    }

    fn enter(&mut self, time: SimTime, key: u128) {
        #[cfg(test)]
        self.heap.push(Reverse(key));
        if time < self.end {
            self.insert(key);
        } else {
            self.later.insert(key);
            if let Some(peeked) = &mut self.peeked {
                *peeked = (*peeked).min(time);
            }
        }
    }

    /// When the next event happens. From then on no other one can be entered before it.
    #[inline]
    pub fn next_time(&mut self) -> Option<SimTime> {
        self.next_time_until(SimTime::MAX)
    }

    /// When the next event happens, if that is by `limit`. Otherwise events after `limit` can still be entered.
    #[inline]
    pub fn next_time_until(&mut self, limit: SimTime) -> Option<SimTime> {
        if self.open.is_empty() {
            self.open_next(limit)?;
        }
        let next = key_time(*self.open.last()?);
        if next > limit {
            return None;
        }
        self.now = next;
        Some(next)
    }

    /// When the next event happens. Whoever only looks may enter others before it.
    pub fn peek(&mut self) -> Option<SimTime> {
        if let Some(&next) = self.open.last() {
            return Some(key_time(next));
        }
        if self.peeked.is_none() {
            self.peeked = self.later.first_time();
        }
        self.peeked
    }

    /// Takes out the next event if it happens at `now`, the time last asked for: the key of its [`Entry`].
    #[inline]
    pub fn pop_at(&mut self, now: SimTime) -> Option<u128> {
        let key = self.open.pop_if(|key| key_time(*key) == now);
        #[cfg(test)]
        assert_eq!(key, tests::pop_at(&mut self.heap, now));
        key
    }

    #[inline(never)]
    fn open_next(&mut self, limit: SimTime) -> Option<()> {
        self.end = self.later.take_next(limit, OPEN_MOST, &mut self.open)?;
        self.peeked = None;
        self.open.sort_unstable_by_key(|&key| Reverse(key));
        Some(())
    }

    /// Enters an event of the open span, and cuts the span short if it holds too many.
    #[inline(never)]
    fn insert(&mut self, key: u128) {
        let at = self.open.partition_point(|&other| other > key);
        self.open.insert(at, key);
        if self.open.len() > OPEN_MOST {
            let after_now = self.open.partition_point(|&key| key_time(key) > self.now);
            self.open.drain(..after_now).for_each(|key| self.later.insert(key));
            self.end = self.now + SimDuration::UNIT;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{collections::BinaryHeap, fs};

    use proptest::{
        collection::vec,
        prelude::*,
        test_runner::{Config, RngSeed},
    };

    use super::*;
    use crate::{
        history::{Observer, Record},
        scenario::{self, Source},
        world::{Model, World, event::Place},
    };

    /// The future event list that nobody doubts.
    pub type Heap = BinaryHeap<Reverse<u128>>;

    pub fn pop_at(heap: &mut Heap, now: SimTime) -> Option<u128> {
        let next = heap.peek().filter(|&&Reverse(key)| key_time(key) == now).copied();
        next.map(|Reverse(key)| {
            heap.pop();
            key
        })
    }

    /// What the handling of an event enters: how many events, after how long, and how far the next one is from
    /// the one before it.
    #[derive(Clone, Copy, Debug)]
    struct Burst {
        count: u32,
        delay: u64,
        step: u64,
    }

    /// Delays from a unit to the end of time, as many of each size.
    fn delay() -> impl Strategy<Value = u64> {
        (0_u32..47, any::<u64>()).prop_map(|(bits, word)| (1 << bits) + word % (1 << bits))
    }

    fn burst() -> impl Strategy<Value = Burst> {
        let count = prop_oneof![8 => 0_u32..3, 2 => 20_u32..50, 1 => 200_u32..500];
        let step = prop_oneof![Just(0), Just(1), Just(300), delay()];
        (count, delay(), step).prop_map(|(count, delay, step)| Burst { count, delay, step })
    }

    /// Every event handled enters the next burst, until there is none left. How many were handled.
    fn play(bursts: &[Burst]) -> u32 {
        let mut calendar = Calendar::default();
        let mut bursts = bursts.iter();
        let mut enter = |calendar: &mut Calendar, now: SimTime| {
            for (at, &Burst { count, delay, step }) in bursts.next().into_iter().enumerate() {
                for nth in 0..count {
                    let place = Place { instance: nth % 7, slot: at as u32 };
                    let time = now + SimDuration(delay) + SimDuration(step.saturating_mul(nth.into()));
                    let time = time.max(now + SimDuration::UNIT);
                    calendar.schedule(
                        time,
                        nth % 3,
                        [Event::Finish, Event::Receive][nth as usize % 2](place),
                    );
                }
            }
        };
        enter(&mut calendar, SimTime::ZERO);
        let mut handled = 0;
        while let Some(now) = calendar.next_time() {
            assert_eq!(calendar.heap.peek().map(|&Reverse(key)| key_time(key)), Some(now));
            while let Some(key) = calendar.pop_at(now) {
                assert_eq!(key_time(key), now);
                handled += 1;
                if now < SimTime::MAX {
                    enter(&mut calendar, now);
                }
            }
        }
        assert!(calendar.heap.is_empty());
        handled
    }

    proptest! {
        #![proptest_config(Config { failure_persistence: None, rng_seed: RngSeed::Fixed(1), ..Config::with_cases(2000) })]

        #[test]
        fn bursts_of_any_density_come_in_the_order_of_the_heap(bursts in vec(burst(), 1..100)) {
            play(&bursts);
        }
    }

    /// A world that callers send requests to: it goes on up to a time, and then events are entered between that time and those to
    /// come, more than fit into a span.
    fn play_step_by_step(steps: &[(u64, Vec<Burst>)]) -> usize {
        let mut calendar = Calendar::default();
        let (mut reached, mut handled) = (SimTime::ZERO, 0);
        for (wait, bursts) in steps {
            reached = reached + SimDuration(*wait);
            while let Some(now) = calendar.next_time_until(reached) {
                while calendar.pop_at(now).is_some() {
                    handled += 1;
                }
            }
            let earliest = calendar.heap.peek().map(|&Reverse(key)| key_time(key));
            assert!(earliest.is_none_or(|time| time > reached));
            assert_eq!(calendar.peek(), earliest);
            for (at, burst) in bursts.iter().enumerate() {
                for nth in 0..burst.count {
                    let after = SimDuration(burst.delay) + SimDuration(burst.step.saturating_mul(nth.into()));
                    let place = Place { instance: nth, slot: at as u32 };
                    let time = (reached + after).max(reached + SimDuration::UNIT);
                    calendar.schedule(time, nth % 3, Event::Finish(place));
                    if nth % 16 == 0 {
                        calendar.peek();
                    }
                }
            }
        }
        handled
    }

    proptest! {
        #![proptest_config(Config { failure_persistence: None, rng_seed: RngSeed::Fixed(2), ..Config::with_cases(1000) })]

        #[test]
        fn what_comes_from_outside_takes_its_place(
            steps in vec((delay().prop_map(|wait| wait % (1 << 40)), vec(burst(), 0..4)), 1..30),
        ) {
            play_step_by_step(&steps);
        }
    }

    /// An event in two hours, and after one hour more of them than a span holds, in between.
    #[test]
    fn nobody_who_looks_ahead_closes_the_time_before() {
        const HOUR: u64 = 3_600_000_000;
        let far = Burst { count: 1, delay: 2 * HOUR, step: 0 };
        let swarm = Burst { count: 100, delay: 1, step: 1000 };
        assert_eq!(play_step_by_step(&[(0, vec![far]), (HOUR, vec![swarm]), (2 * HOUR, vec![])]), 101);
    }

    /// Open span: 2^16 microseconds. Within it come more than fit, and more again from each.
    #[test]
    fn a_span_is_cut_short_again_and_again() {
        let swarm = Burst { count: 1000, delay: 20, step: 7 };
        let seed = Burst { count: 1, delay: 70_000, step: 0 };
        assert_eq!(play(&[seed, swarm, swarm, swarm]), 3001);
        let same = Burst { count: 5000, delay: 20, step: 0 };
        assert_eq!(play(&[seed, same, swarm, same]), 11_001);
    }

    #[test]
    fn the_shipped_scenarios_run_in_the_order_of_the_heap() {
        let mut records = 0;
        for file in fs::read_dir("scenarios").unwrap() {
            let path = file.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "toml") {
                let text = fs::read_to_string(&path).unwrap();
                let resolved = scenario::load(Source { path, text }, &|beside| fs::read_to_string(beside));
                let plan = resolved.unwrap_or_else(|faults| panic!("{faults}")).plan;
                let mut count = Count(0);
                World::new(&Model::new(&plan), plan.seed, 0).run(&mut count);
                records += count.0;
            }
        }
        assert!(records > 1_000_000);
    }

    struct Count(u64);

    impl Observer for Count {
        fn observe(&mut self, _: &Record) {
            self.0 += 1;
        }
    }
}

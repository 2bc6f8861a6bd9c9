//! The calendar: the future event list.

use std::{cmp::Reverse, collections::BinaryHeap};

use super::event::{Entry, Event};
use crate::base::SimTime;

/// Events to come, in their total order.
#[derive(Debug, Default)]
pub struct Calendar {
    heap: BinaryHeap<Reverse<u128>>,
}

impl Calendar {
    /// Enters an event.
    pub fn schedule(&mut self, time: SimTime, command: u32, event: Event) {
        self.heap.push(Reverse(Entry { time, command, event }.key()));
    }

    /// When the next event happens.
    pub fn next_time(&self) -> Option<SimTime> {
        self.heap.peek().map(|&Reverse(key)| Entry::from_key(key).time)
    }

    /// Takes out the next event if it happens at `now`.
    pub fn pop_at(&mut self, now: SimTime) -> Option<Entry> {
        if self.next_time()? != now {
            return None;
        }
        self.heap.pop().map(|Reverse(key)| Entry::from_key(key))
    }
}

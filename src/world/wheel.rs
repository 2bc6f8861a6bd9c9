//! A hierarchical timing wheel: keys of events, given out span of time by span of time.
//!
//! G. Varghese, T. Lauck, "Hashed and hierarchical timing wheels", SOSP 1987. A time is read as digits of eight bits. A
//! key lies on the level of the highest digit in which its time differs from the base, in the slot of that digit; so the
//! slots hold ascending times. The first one that holds anything is given out if it is short, and divided among the
//! levels below if not: whatever the times are, a key moves at most once a level, and no two keys are compared.

use super::event::key_time;
use crate::base::SimTime;

const DIGIT_BITS: u32 = 8;
const DIGITS: usize = 1 << DIGIT_BITS;
const SLOTS: usize = DIGITS * (u64::BITS / DIGIT_BITS) as usize;
/// What the last node of a list points to.
const NONE: u32 = u32::MAX;

/// Keys with times from a base on. Memory follows the most that were ever inside.
#[derive(Debug)]
pub struct Wheel {
    base: SimTime,
    slots: Slots,
    nodes: Vec<Node>,
    /// The first free node.
    free: u32,
}

/// A key, and the next node of the same list.
#[derive(Clone, Copy, Debug)]
struct Node {
    key: u128,
    next: u32,
}

impl Default for Wheel {
    fn default() -> Self {
        Self { base: SimTime::ZERO, slots: Slots::default(), nodes: Vec::new(), free: NONE }
    }
}

impl Wheel {
    /// Takes in a key whose time is not before the span last given out.
    #[inline]
    pub fn insert(&mut self, key: u128) {
        if self.free == NONE {
            self.grow();
        }
        let index = self.free;
        let node = &mut self.nodes[index as usize];
        self.free = node.next;
        node.key = key;
        node.next = self.slots.put(slot_of(key, self.base), index);
    }

    /// Gives out the keys of the next span that holds any and begins by `limit`, in no order, and says when it ends. There are
    /// at most `most` of them, or all have the same time. Keys after `limit` can still be taken in afterwards.
    pub fn take_next(&mut self, limit: SimTime, most: usize, into: &mut Vec<u128>) -> Option<SimTime> {
        loop {
            let slot = self.slots.first()?;
            let level = (slot / DIGITS) as u32;
            let shift = level * DIGIT_BITS;
            let above = (self.base.0 >> shift) & !(DIGITS as u64 - 1);
            let begin = SimTime((above | (slot % DIGITS) as u64) << shift);
            if begin > limit {
                return None;
            }
            self.base = begin;
            let first = self.slots.take(slot);
            if level == 0 || self.is_short(first, most) {
                self.give_out(first, into);
                return Some(SimTime(self.base.0 + (1 << shift)));
            }
            self.divide(first);
        }
    }

    /// The earliest time of any key. It takes as long as there are keys in the first slot.
    pub fn first_time(&self) -> Option<SimTime> {
        let mut at = self.slots.firsts[self.slots.first()?];
        let mut earliest = SimTime::MAX;
        while let Some(node) = self.nodes.get(at as usize) {
            earliest = earliest.min(key_time(node.key));
            at = node.next;
        }
        Some(earliest)
    }

    #[cold]
    fn grow(&mut self) {
        self.free = u32::try_from(self.nodes.len()).expect("fewer than 2^32 events");
        self.nodes.push(Node { key: 0, next: NONE });
    }

    fn is_short(&self, first: u32, most: usize) -> bool {
        let mut at = first;
        for _ in 0..most {
            let Some(node) = self.nodes.get(at as usize) else { return true };
            at = node.next;
        }
        at == NONE
    }

    fn give_out(&mut self, first: u32, into: &mut Vec<u128>) {
        let mut at = first;
        loop {
            let node = &mut self.nodes[at as usize];
            into.push(node.key);
            if node.next == NONE {
                node.next = self.free;
                break;
            }
            at = node.next;
        }
        self.free = first;
    }

    fn divide(&mut self, first: u32) {
        let mut at = first;
        while let Some(node) = self.nodes.get_mut(at as usize) {
            let next = node.next;
            node.next = self.slots.put(slot_of(node.key, self.base), at);
            at = next;
        }
    }
}

/// Where a key lies: the level and, in the lower bits, the digit.
#[inline]
fn slot_of(key: u128, base: SimTime) -> usize {
    let time = key_time(key).0;
    let level = ((time ^ base.0) | 1).ilog2() / DIGIT_BITS;
    level as usize * DIGITS + (time >> (level * DIGIT_BITS)) as usize % DIGITS
}

/// The first node of each slot, and which slots have one.
#[derive(Debug)]
struct Slots {
    firsts: [u32; SLOTS],
    /// A bit for each slot that is not empty.
    occupied: [u64; SLOTS / 64],
    /// A bit for each word of `occupied` that is not zero.
    words: u64,
}

impl Default for Slots {
    fn default() -> Self {
        Self { firsts: [NONE; SLOTS], occupied: [0; SLOTS / 64], words: 0 }
    }
}

impl Slots {
    /// Makes a node the first of a slot; what was the first comes after it.
    #[inline]
    fn put(&mut self, slot: usize, node: u32) -> u32 {
        self.occupied[slot / 64] |= 1 << (slot % 64);
        self.words |= 1 << (slot / 64);
        std::mem::replace(&mut self.firsts[slot], node)
    }

    /// The first slot that is not empty.
    #[inline]
    fn first(&self) -> Option<usize> {
        if self.words == 0 {
            return None;
        }
        let word = self.words.trailing_zeros() as usize;
        Some(word * 64 + self.occupied[word].trailing_zeros() as usize)
    }

    /// Empties a slot that is not empty: what was its first node.
    #[inline]
    fn take(&mut self, slot: usize) -> u32 {
        let word = slot / 64;
        self.occupied[word] &= !(1 << (slot % 64));
        if self.occupied[word] == 0 {
            self.words &= !(1 << word);
        }
        std::mem::replace(&mut self.firsts[slot], NONE)
    }
}

//! The invocations in flight, each in a place of its own that is used again.

use std::ops::{Index, IndexMut};

use rustc_hash::FxHashMap;

use crate::{base::SimTime, ssm::StatusDetails};

/// An invocation in flight.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Live {
    /// When it was sent; `None` when no record tells.
    pub(crate) sent: Option<SimTime>,
    /// When its agent first answered.
    pub(crate) received: Option<SimTime>,
    pub(crate) wave: u32,
    /// Pending, InProgress, Delayed or Cancelling.
    pub(crate) phase: StatusDetails,
    /// It has been InProgress.
    pub(crate) has_run: bool,
    /// It has been Delayed.
    pub(crate) was_delayed: bool,
}

impl Live {
    pub(crate) fn new(sent: Option<SimTime>, wave: u32) -> Self {
        let phase = StatusDetails::Pending;
        Self { sent, received: None, wave, phase, has_run: false, was_delayed: false }
    }

    /// Whether its agent has answered, but it never became InProgress (Settled 8).
    pub(crate) fn skips_in_progress(&self) -> bool {
        self.received.is_some() && !self.has_run
    }

    /// Its status changes; gives what it was.
    pub(crate) fn change(&mut self, to: StatusDetails) -> StatusDetails {
        self.has_run |= to == StatusDetails::InProgress;
        self.was_delayed |= to == StatusDetails::Delayed;
        std::mem::replace(&mut self.phase, to)
    }
}

/// The place of an invocation in flight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Slot(u32);

/// All of one command in flight.
#[derive(Debug, Default)]
pub(crate) struct Invocations {
    slots: Vec<Live>,
    free: Vec<Slot>,
    by_instance: FxHashMap<u32, Slot>,
    /// Who was found last: an acknowledgement is followed by InProgress.
    latest: Option<(u32, Slot)>,
}

impl Invocations {
    /// Where an instance's invocation stands.
    pub(crate) fn find(&mut self, instance: u32) -> Option<Slot> {
        if let Some((_, slot)) = self.latest.filter(|(latest, _)| *latest == instance) {
            return Some(slot);
        }
        let slot = *self.by_instance.get(&instance)?;
        self.latest = Some((instance, slot));
        Some(slot)
    }

    /// An instance's invocation, looked up anew.
    pub(crate) fn get(&self, instance: u32) -> Option<&Live> {
        self.by_instance.get(&instance).map(|&slot| &self[slot])
    }

    pub(crate) fn insert(&mut self, instance: u32, live: Live) -> Slot {
        let slot = self.free.pop().unwrap_or(Slot(self.slots.len() as u32));
        match self.slots.get_mut(slot.0 as usize) {
            Some(place) => *place = live,
            None => self.slots.push(live),
        }
        self.by_instance.insert(instance, slot);
        slot
    }

    /// Forgets who stands in a place, but leaves it to be read until [`free`](Self::free).
    pub(crate) fn take(&mut self, instance: u32) -> Option<Slot> {
        self.latest = None;
        self.by_instance.remove(&instance)
    }

    pub(crate) fn free(&mut self, slot: Slot) {
        self.free.push(slot);
    }
}

impl Index<Slot> for Invocations {
    type Output = Live;

    fn index(&self, slot: Slot) -> &Live {
        &self.slots[slot.0 as usize]
    }
}

impl IndexMut<Slot> for Invocations {
    fn index_mut(&mut self, slot: Slot) -> &mut Live {
        &mut self.slots[slot.0 as usize]
    }
}

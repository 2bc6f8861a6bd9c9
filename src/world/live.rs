//! The state of invocations that are in flight or still run on their instance. Memory follows these, not the fleet.

use super::event::Place;
use crate::{
    base::{SimDuration, SimTime},
    fleet::{agent::CourseEnd, reach::Away},
};

/// One live invocation.
#[derive(Clone, Copy, Debug)]
pub struct Live {
    /// The command it belongs to.
    pub command: u32,
    /// The instance.
    pub instance: u32,
    /// Its place in the order of dispatch.
    pub ordinal: u32,
    /// How often a delivery was tried again.
    pub attempts: u32,
    /// When it was sent.
    pub sent: SimTime,
    /// When the agent received it and began to execute; meaningful from [`Phase::Received`] on.
    pub started: SimTime,
    /// When the event of its end is due; an end planned for another time is stale.
    pub finish_at: SimTime,
    /// How long the execution takes.
    pub elapsed: SimDuration,
    /// How long a reply takes.
    pub reply: SimDuration,
    /// How the execution ends.
    pub end: LiveEnd,
    /// When its instance cannot be reached.
    pub availability: Option<Away>,
    /// How far it has come.
    pub phase: Phase,
    /// Whether a step that did not succeed was told.
    pub is_broken: bool,
    /// Whether the service has given it a terminal status; what follows is late.
    pub ended: bool,
}

/// How far an invocation has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Sent; the message is under way.
    Sent,
    /// Sent, and all else is foreseen: its receipt and its acknowledgement, which nothing heeds, are told with its end.
    Foreseen,
    /// A send failed.
    Delayed,
    /// Its agent, on MDS, holds it without a place for it (S8.16).
    Held {
        /// Whether a send had failed before.
        was_delayed: bool,
    },
    /// The agent has it, which the service does not know yet.
    Received,
    /// The service has the acknowledgement.
    InProgress,
    /// As [`Phase::InProgress`], and a cancel was requested.
    Cancelling,
}

/// How an execution ends, with interference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LiveEnd {
    /// As it would by itself.
    Course(CourseEnd),
    /// Its instance vanishes before it ends by itself. Its reply, like one about a kill before that, may be lost anyway.
    CutOff {
        /// Whether its reply would be lost.
        silently: bool,
    },
    /// Killed by a cancel message, with a reply.
    Killed,
    /// Killed by a cancel message, and the reply is lost.
    KilledSilently,
    /// It has ended, and no reply will come.
    Silent,
    /// The agent is followed step by step.
    Open,
}

impl Live {
    /// Whether the service knows that the agent has it.
    pub fn is_acknowledged(&self) -> bool {
        matches!(self.phase, Phase::InProgress | Phase::Cancelling)
    }

    /// Whether the event of its end is the one due now, and not one planned before a cancel.
    pub fn is_due(&self, now: SimTime) -> bool {
        self.finish_at == now && !matches!(self.end, LiveEnd::Silent)
    }

    /// Whether something on the instance is still to come.
    pub fn runs(&self) -> bool {
        !matches!(self.phase, Phase::Sent | Phase::Delayed) && !matches!(self.end, LiveEnd::Silent)
    }
}

/// A slab of live invocations; freed slots are used again.
#[derive(Debug, Default)]
pub struct LiveInvocations {
    slots: Vec<Option<Live>>,
    free: Vec<u32>,
}

impl LiveInvocations {
    /// Takes in an invocation and says where it is.
    pub fn insert(&mut self, live: Live) -> Place {
        let slot = self.free.pop().unwrap_or_else(|| {
            self.slots.push(None);
            u32::try_from(self.slots.len() - 1).expect("fewer slots than instances")
        });
        self.slots[slot as usize] = Some(live);
        Place { instance: live.instance, slot }
    }

    /// The invocation at `place`, unless it is gone and the slot empty or another's.
    pub fn get_mut(&mut self, command: u32, place: Place) -> Option<&mut Live> {
        let live = self.slots.get_mut(place.slot as usize)?.as_mut();
        live.filter(|live| live.instance == place.instance && live.command == command)
    }

    /// Forgets the invocation at `place`.
    pub fn remove(&mut self, place: Place) {
        if self.slots[place.slot as usize].take().is_some() {
            self.free.push(place.slot);
        }
    }

    /// The place of an instance's invocation of a command, unless it has ended or was never sent.
    pub fn find(&self, command: u32, instance: u32) -> Option<Place> {
        let found = self.of_command(command).find(|(_, live)| live.instance == instance);
        found.map(|(slot, _)| Place { instance, slot })
    }

    /// The places of all invocations of a command that have not ended, in the order of dispatch.
    pub fn not_ended(&self, command: u32) -> Vec<Place> {
        let mut places: Vec<(u32, Place)> = self
            .of_command(command)
            .map(|(slot, live)| (live.ordinal, Place { instance: live.instance, slot }))
            .collect();
        places.sort_unstable_by_key(|&(ordinal, _)| ordinal);
        places.into_iter().map(|(_, place)| place).collect()
    }

    /// The invocations of a command that have not ended, each with its slot.
    fn of_command(&self, command: u32) -> impl Iterator<Item = (u32, &Live)> {
        let live = (0..).zip(&self.slots).filter_map(|(slot, live)| Some((slot, live.as_ref()?)));
        live.filter(move |(_, live)| live.command == command && !live.ended)
    }
}

//! The messages of a queue: which may be received, which are hidden until when, and how old they are.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    base::{SimDuration, SimTime},
    wire::{attribute::MessageAttributeValue, sqs::queue::Texts},
};

/// The system attribute that names a message's group.
pub(super) const GROUP: &str = "MessageGroupId";

/// A message.
#[derive(Clone, Debug)]
pub(super) struct Message {
    pub id: String,
    pub body: String,
    pub attributes: BTreeMap<String, MessageAttributeValue>,
    /// System attributes that stay as they are.
    pub system: Texts,
    pub sent: SimTime,
    pub first_received: Option<SimTime>,
    pub last_received: Option<SimTime>,
    pub receipts: u32,
}

impl Message {
    /// What counts against the size of a message: body, and names, types and values of attributes.
    pub fn size(&self) -> usize {
        size(&self.body, &self.attributes)
    }
}

/// The size of a message with this body and these attributes, in bytes.
pub(super) fn size(body: &str, attributes: &BTreeMap<String, MessageAttributeValue>) -> usize {
    let bytes = |(name, value): (&String, &MessageAttributeValue)| {
        let text = value.string_value.as_ref().map_or(0, String::len);
        let binary = value.binary_value.as_ref().map_or(0, |bytes| bytes.0.len());
        name.len() + value.data_type.len() + text + binary
    };
    body.len() + attributes.iter().map(bytes).sum::<usize>()
}

/// Where a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Visible,
    /// Not yet visible, never received.
    Delayed(SimTime),
    /// Received and not deleted.
    InFlight(SimTime),
}

/// The messages of a queue, numbered as they arrived.
#[derive(Debug, Default)]
pub(super) struct Shelf {
    messages: BTreeMap<u64, (Message, Place)>,
    visible: BTreeSet<u64>,
    hidden: BTreeSet<(SimTime, u64)>,
    by_age: BTreeSet<(SimTime, u64)>,
    in_flight: usize,
    bytes: usize,
    arrived: u64,
}

impl Shelf {
    /// Drops what is older than `retention`, and shows again what was hidden until now.
    pub fn settle(&mut self, now: SimTime, retention: SimDuration) {
        while let Some((sent, at)) = self.by_age.first().copied().filter(|(sent, _)| *sent + retention <= now)
        {
            self.by_age.remove(&(sent, at));
            self.remove(at);
        }
        while let Some((_, at)) = self.hidden.first().copied().filter(|(until, _)| *until <= now) {
            self.place(at, Place::Visible);
        }
    }

    /// Puts a message at the end, hidden until a time if one is given.
    pub fn put(&mut self, message: Message, hidden_until: Option<SimTime>) {
        let at = self.arrived;
        self.arrived += 1;
        self.bytes += message.size();
        self.by_age.insert((message.sent, at));
        self.messages.insert(at, (message, Place::Visible));
        self.visible.insert(at);
        if let Some(until) = hidden_until {
            self.place(at, Place::Delayed(until));
        }
    }

    /// Takes a message out.
    pub fn remove(&mut self, at: u64) -> Option<Message> {
        self.place(at, Place::Visible);
        self.visible.remove(&at);
        let (message, _) = self.messages.remove(&at)?;
        self.by_age.remove(&(message.sent, at));
        self.bytes -= message.size();
        Some(message)
    }

    /// Hides a visible message that is received now, until a time. Gives it as it then is.
    pub fn receive(&mut self, at: u64, now: SimTime, until: SimTime) -> Option<&Message> {
        self.place(at, Place::InFlight(until));
        let (message, _) = self.messages.get_mut(&at)?;
        message.receipts += 1;
        message.first_received.get_or_insert(now);
        message.last_received = Some(now);
        Some(message)
    }

    /// Hides a message in flight until another time. Whether it is in flight.
    pub fn hide(&mut self, at: u64, until: SimTime) -> bool {
        let is_in_flight = matches!(self.messages.get(&at), Some((_, Place::InFlight(_))));
        if is_in_flight {
            self.place(at, Place::InFlight(until));
        }
        is_in_flight
    }

    fn place(&mut self, at: u64, place: Place) {
        let Some((_, old)) = self.messages.get_mut(&at) else { return };
        match std::mem::replace(old, place) {
            Place::Visible => {
                self.visible.remove(&at);
            }
            Place::Delayed(until) => {
                self.hidden.remove(&(until, at));
            }
            Place::InFlight(until) => {
                self.hidden.remove(&(until, at));
                self.in_flight -= 1;
            }
        }
        match place {
            Place::Visible => {
                self.visible.insert(at);
            }
            Place::Delayed(until) => {
                self.hidden.insert((until, at));
            }
            Place::InFlight(until) => {
                self.hidden.insert((until, at));
                self.in_flight += 1;
            }
        }
    }

    pub fn get(&self, at: u64) -> Option<&Message> {
        self.messages.get(&at).map(|(message, _)| message)
    }

    /// What may be received, in the order of arrival.
    pub fn visible(&self) -> impl Iterator<Item = (u64, &Message)> {
        self.visible.iter().filter_map(|at| self.get(*at).map(|message| (*at, message)))
    }

    /// The groups that have a message in flight.
    pub fn groups_in_flight(&self) -> BTreeSet<&str> {
        let hidden = self.hidden.iter().filter_map(|(_, at)| self.messages.get(at));
        let in_flight = hidden.filter(|(_, place)| matches!(place, Place::InFlight(_)));
        in_flight.filter_map(|(message, _)| message.system.get(GROUP).map(String::as_str)).collect()
    }

    /// When something may be received next; a time that is over when something may be now.
    pub fn next_visible(&self) -> Option<SimTime> {
        let hidden = self.hidden.first().map(|(until, _)| *until);
        if self.visible.is_empty() { hidden } else { Some(SimTime::ZERO) }
    }

    pub fn visible_count(&self) -> usize {
        self.visible.len()
    }

    pub fn in_flight_count(&self) -> usize {
        self.in_flight
    }

    pub fn delayed_count(&self) -> usize {
        self.hidden.len() - self.in_flight
    }

    pub fn count(&self) -> usize {
        self.messages.len()
    }

    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Throws everything away; numbers go on.
    pub fn clear(&mut self) {
        *self = Self { arrived: self.arrived, ..Self::default() };
    }
}

//! The state of messages on their way from a topic to a subscription. Memory follows these.

use crate::{
    base::SimTime,
    history::{Fact, Notice},
};

/// A message under way.
#[derive(Clone, Copy, Debug)]
pub struct Message {
    /// What it tells.
    pub notice: Notice,
    /// The subscription that it goes to.
    pub subscription: u32,
    /// Whether it will have arrived before.
    pub duplicate: bool,
    /// When it was published.
    pub published: SimTime,
}

impl Message {
    /// What is told of it when it arrives.
    #[inline]
    pub fn arrival(self) -> Fact {
        let Self { notice, subscription, duplicate, published } = self;
        Fact::Arrived { notice, subscription, duplicate, published }
    }
}

/// A slab of messages; freed slots are used again.
#[derive(Debug, Default)]
pub struct Messages {
    slots: Vec<Message>,
    free: Vec<u32>,
}

impl Messages {
    /// Takes in a message and says in which slot it is.
    #[inline]
    pub fn insert(&mut self, message: Message) -> u32 {
        let Some(slot) = self.free.pop() else { return self.push(message) };
        self.slots[slot as usize] = message;
        slot
    }

    #[cold]
    fn push(&mut self, message: Message) -> u32 {
        self.slots.push(message);
        u32::try_from(self.slots.len() - 1).expect("fewer messages than fit into memory")
    }

    /// Takes out the message in a slot that [`Messages::insert`] named, once.
    pub fn take(&mut self, slot: u32) -> Message {
        self.free.push(slot);
        self.slots[slot as usize]
    }
}

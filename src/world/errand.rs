//! What an event of a delivery is about: a message, one of its copies, and the number of an attempt or receipt. It is content and
//! no slot, so that the order of an instant rests on content.

use super::event::Place;
use crate::{history::Notice, ssm::NotifiedStatus};

const NUMBER_BITS: u32 = 20;
const STATUS_BITS: u32 = 3;
const SUBSCRIPTION_BITS: u32 = 7;

/// The largest number of an attempt or receipt; 100,016 attempts are the most that SNS makes.
const LARGEST: u32 = (1 << NUMBER_BITS) - 1;

/// How many subscriptions of a topic can be told apart.
pub const SUBSCRIPTION_LIMIT: usize = 1 << SUBSCRIPTION_BITS;

/// A step on a message's way to a subscription.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Errand {
    /// The command.
    pub command: u32,
    /// What the message tells.
    pub notice: Notice,
    /// The subscription.
    pub subscription: u32,
    /// Whether it is the second copy of the message.
    pub copy: bool,
    /// The number of the attempt or receipt, from 1.
    pub number: u32,
}

/// What tells messages under way apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Key {
    command: u32,
    instance: u32,
    what: u32,
}

impl Errand {
    /// Which message it is about.
    pub fn key(&self) -> Key {
        let Notice { instance, status, again } = self.notice;
        let what = self.subscription << 4 | (status as u32) << 1 | u32::from(again);
        Key { command: self.command, instance: instance.unwrap_or(u32::MAX), what }
    }

    /// The errand as the place of an event.
    pub fn place(&self) -> Place {
        Place { instance: self.notice.instance.unwrap_or(0), slot: self.ordinal() }
    }

    /// The errand of an event; `of_invocations`: what the command publishes is about its invocations.
    pub fn of(command: u32, Place { instance, slot }: Place, of_invocations: bool) -> Self {
        let (flags, number) = (slot >> NUMBER_BITS, slot & LARGEST);
        let status = NotifiedStatus::ALL[(flags >> 2 & ((1 << STATUS_BITS) - 1)) as usize];
        let instance = of_invocations.then_some(instance);
        Self {
            command,
            notice: Notice { instance, status, again: flags & 1 != 0 },
            subscription: flags >> (2 + STATUS_BITS),
            copy: flags & 2 != 0,
            number,
        }
    }

    /// All but command and instance as a number.
    pub fn ordinal(&self) -> u32 {
        let flags = self.subscription << (2 + STATUS_BITS)
            | (self.notice.status as u32) << 2
            | u32::from(self.copy) << 1
            | u32::from(self.notice.again);
        flags << NUMBER_BITS | self.number.min(LARGEST)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errands_survive_being_an_events_place() {
        for (instance, status) in [None, Some(0), Some(u32::MAX - 1)]
            .into_iter()
            .flat_map(|instance| NotifiedStatus::ALL.map(|status| (instance, status)))
        {
            for (subscription, number) in [(0, 1), (127, LARGEST), (99, 100_016)] {
                for (copy, again) in [(false, false), (true, false), (false, true), (true, true)] {
                    let notice = Notice { instance, status, again };
                    let errand = Errand { command: 7, notice, subscription, copy, number };
                    assert_eq!(Errand::of(7, errand.place(), instance.is_some()), errand);
                }
            }
        }
    }
}

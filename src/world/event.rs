//! The closed set of events, and their total order.

use crate::base::SimTime;

/// Something that happens at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// `SendCommand` is called.
    Submit,
    /// An execution that was foreseen is over, and its final reply, if any, reaches the service.
    Finish(Place),
    /// The agent's next reply reaches the service.
    Reply(Place),
    /// A step ends on the instance, or outputs of one have been put.
    StepEnd(Place),
    /// An instance stops or is terminated at its planned time.
    Vanish {
        /// The instance.
        instance: u32,
    },
    /// The agent works again after a reboot.
    RebootEnd {
        /// The instance.
        instance: u32,
    },
    /// The connection may be back over which the agent's replies leave.
    Reconnect(Place),
    /// A message reaches the instance, or would if its agent were reachable.
    Receive(Place),
    /// The agent's acknowledgement and first reply reach the service.
    Acknowledge(Place),
    /// A cancel message reaches the instance.
    CancelReceive(Place),
    /// `CancelCommand` is called.
    Cancel {
        /// Which of the command's cancels.
        index: u32,
    },
    /// What was not acknowledged is given up.
    DeliveryDeadline,
    /// `ExpiresAfter`: what has not ended is given up.
    Expire,
    /// Slow start may have something to do.
    DispatchTimeout,
    /// A message reaches a subscription; the slot is the message's.
    Arrive {
        /// The instance that it is about, 0 for the command, and the message.
        place: Place,
        /// Whether it tells a terminal status. In an instant, such messages come after the others.
        terminal: bool,
    },
    /// A worker of an endpoint is done with a message. Of this and the next three the slot is an errand (`world/errand.rs`).
    Serve(Place),
    /// SNS waits no longer for an answer.
    GiveUp(Place),
    /// What a consumer received and did not delete can be received again.
    Reappear(Place),
    /// An endpoint may be up again.
    Recover(Place),
    /// An attempt to deliver a message.
    Attempt(Place),
    /// `CompleteLifecycleAction` is called; the slot is the hook's index.
    Complete(Place),
    /// `RecordLifecycleActionHeartbeat` may be called; the slot is the hook's index.
    Heartbeat(Place),
    /// An event is at the rules, or a target is invoked once more; the slot is the parcel's.
    Parcel(Place),
    /// Auto Scaling launches an instance.
    Launch {
        /// The instance.
        instance: u32,
    },
    /// Auto Scaling begins to terminate an instance.
    Terminate {
        /// The instance.
        instance: u32,
    },
    /// A lifecycle hook may have timed out; the slot is its index.
    HookTimeout(Place),
    /// A fault begins that takes connections or power; the number is its place among those that agents notice.
    Fault {
        /// The number.
        at: u32,
    },
    /// An alarm may have changed its state.
    Alarm {
        /// Its index in the plan.
        at: u32,
    },
    /// A fault may be over for an agent, and it is connected again.
    Connect {
        /// The instance.
        instance: u32,
    },
    /// An agent's `PingStatus` may change.
    Ping {
        /// The instance.
        instance: u32,
    },
    /// An agent on MDS polls again, or tries again to take in a message.
    Poll {
        /// The instance.
        instance: u32,
    },
    /// A message that was not acknowledged can be handed out again.
    Visible(Place),
    /// The second copy of a message reaches the instance, or would if its agent were reachable.
    Copy(Place),
}

/// A live invocation, or a message under way: its instance, and the slot that holds its state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The instance.
    pub instance: u32,
    /// Index into the live invocations, or the messages.
    pub slot: u32,
}

/// An event with its time and command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// When it happens.
    pub time: SimTime,
    /// The command it belongs to, below 2^20.
    pub command: u32,
    /// What happens.
    pub event: Event,
}

const SLOT_BITS: u32 = 32;
/// A fleet has fewer instances than 2^24.
const INSTANCE_BITS: u32 = 24;
const COMMAND_BITS: u32 = 20;
const KIND_BITS: u32 = 6;

const COMMAND_AT: u32 = SLOT_BITS + INSTANCE_BITS;
const KIND_AT: u32 = COMMAND_AT + COMMAND_BITS;
const TIME_AT: u32 = KIND_AT + KIND_BITS;

/// How many commands one calendar can tell apart.
pub const COMMAND_LIMIT: usize = 1 << COMMAND_BITS;

impl Entry {
    /// The entry as one number. Numbers are in the order in which events happen: by time, then kind (endings
    /// before receipts, so that a worker that is free serves what is received; those before deadlines, so that what
    /// arrives at the instant of a deadline counts), then command and instance. The order rests on content alone, not
    /// on who was entered first.
    pub fn key(self) -> u128 {
        let only = |number| Place { instance: number, slot: 0 };
        let (kind, place) = match self.event {
            Event::Submit => (0, only(0)),
            Event::Finish(place) => (1, place),
            Event::Reply(place) => (2, place),
            Event::StepEnd(place) => (3, place),
            Event::Vanish { instance } => (4, only(instance)),
            Event::RebootEnd { instance } => (5, only(instance)),
            Event::Reconnect(place) => (6, place),
            Event::CancelReceive(place) => (7, place),
            Event::Receive(place) => (8, place),
            Event::Acknowledge(place) => (9, place),
            Event::Cancel { index } => (10, only(index)),
            Event::DeliveryDeadline => (11, only(0)),
            Event::Expire => (12, only(0)),
            Event::DispatchTimeout => (13, only(0)),
            Event::Arrive { place, terminal } => (14 + u128::from(terminal), place),
            Event::Serve(place) => (16, place),
            Event::GiveUp(place) => (17, place),
            Event::Reappear(place) => (18, place),
            Event::Recover(place) => (19, place),
            Event::Attempt(place) => (20, place),
            Event::Complete(place) => (24, place),
            Event::Heartbeat(place) => (25, place),
            Event::Parcel(place) => (26, place),
            Event::Launch { instance } => (27, only(instance)),
            Event::Terminate { instance } => (28, only(instance)),
            Event::HookTimeout(place) => (29, place),
            Event::Alarm { at } => (30, only(at)),
            Event::Fault { at } => (40, only(at)),
            Event::Connect { instance } => (41, only(instance)),
            Event::Ping { instance } => (42, only(instance)),
            Event::Poll { instance } => (43, only(instance)),
            Event::Visible(place) => (44, place),
            Event::Copy(place) => (45, place),
        };
        debug_assert!(place.instance < 1 << INSTANCE_BITS && self.command < 1 << COMMAND_BITS);
        u128::from(self.time.0) << TIME_AT
            | kind << KIND_AT
            | u128::from(self.command) << COMMAND_AT
            | u128::from(place.instance) << SLOT_BITS
            | u128::from(place.slot)
    }

    /// The entry that a key stands for.
    pub fn from_key(key: u128) -> Self {
        let part = |at: u32, bits: u32| (key >> at) as u32 & ((1 << bits) - 1);
        let place = Place { instance: part(SLOT_BITS, INSTANCE_BITS), slot: key as u32 };
        let event = match part(KIND_AT, KIND_BITS) {
            0 => Event::Submit,
            1 => Event::Finish(place),
            2 => Event::Reply(place),
            3 => Event::StepEnd(place),
            4 => Event::Vanish { instance: place.instance },
            5 => Event::RebootEnd { instance: place.instance },
            6 => Event::Reconnect(place),
            7 => Event::CancelReceive(place),
            8 => Event::Receive(place),
            9 => Event::Acknowledge(place),
            10 => Event::Cancel { index: place.instance },
            11 => Event::DeliveryDeadline,
            12 => Event::Expire,
            13 => Event::DispatchTimeout,
            14 => Event::Arrive { place, terminal: false },
            15 => Event::Arrive { place, terminal: true },
            16 => Event::Serve(place),
            17 => Event::GiveUp(place),
            18 => Event::Reappear(place),
            19 => Event::Recover(place),
            20 => Event::Attempt(place),
            24 => Event::Complete(place),
            25 => Event::Heartbeat(place),
            26 => Event::Parcel(place),
            27 => Event::Launch { instance: place.instance },
            28 => Event::Terminate { instance: place.instance },
            29 => Event::HookTimeout(place),
            30 => Event::Alarm { at: place.instance },
            40 => Event::Fault { at: place.instance },
            41 => Event::Connect { instance: place.instance },
            42 => Event::Ping { instance: place.instance },
            43 => Event::Poll { instance: place.instance },
            44 => Event::Visible(place),
            _ => Event::Copy(place),
        };
        Self { time: key_time(key), command: part(COMMAND_AT, COMMAND_BITS), event }
    }
}

/// When the entry that a key stands for happens.
pub fn key_time(key: u128) -> SimTime {
    SimTime((key >> TIME_AT) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_round_trip_and_order_by_time_then_kind_then_content() {
        let place = |instance, slot| Place { instance, slot };
        let entry = |time, command, event| Entry { time: SimTime(time), command, event };
        let in_order = [
            entry(0, 0, Event::Submit),
            entry(5, 0, Event::Finish(place(9, 0))),
            entry(5, 0, Event::Reply(place(9, 0))),
            entry(5, 0, Event::StepEnd(place(9, 0))),
            entry(5, 0, Event::Vanish { instance: 4 }),
            entry(5, 0, Event::RebootEnd { instance: 3 }),
            entry(5, 0, Event::Reconnect(place(1, 7))),
            entry(5, 0, Event::CancelReceive(place(1, 7))),
            entry(5, 0, Event::Receive(place(1, 7))),
            entry(5, 0, Event::Receive(place(2, 3))),
            entry(5, (1 << 20) - 1, Event::Receive(place(0, 0))),
            entry(5, 0, Event::Acknowledge(place(1, 7))),
            entry(5, 0, Event::Cancel { index: 3 }),
            entry(5, 0, Event::DeliveryDeadline),
            entry(5, 0, Event::Expire),
            entry(5, 0, Event::DispatchTimeout),
            entry(5, 0, Event::Arrive { place: place(1, 2), terminal: false }),
            entry(5, 0, Event::Arrive { place: place(1, 1), terminal: true }),
            entry(5, 0, Event::Serve(place(1, 1))),
            entry(5, 0, Event::GiveUp(place(1, 1))),
            entry(5, 0, Event::Reappear(place(1, 1))),
            entry(5, 0, Event::Recover(place(1, 1))),
            entry(5, 0, Event::Attempt(place(1, 1))),
            entry(5, 0, Event::Complete(place(1, 2))),
            entry(5, 0, Event::Heartbeat(place(1, 2))),
            entry(5, 0, Event::Parcel(place(1, 2))),
            entry(5, 0, Event::Launch { instance: 1 }),
            entry(5, 0, Event::Terminate { instance: 1 }),
            entry(5, 0, Event::HookTimeout(place(1, 2))),
            entry(5, 0, Event::Alarm { at: 1 }),
            entry(5, 0, Event::Fault { at: 3 }),
            entry(5, 0, Event::Connect { instance: 2 }),
            entry(5, 0, Event::Ping { instance: 1 }),
            entry(5, 0, Event::Poll { instance: 1 }),
            entry(5, 0, Event::Visible(place(1, 2))),
            entry(5, 0, Event::Copy(place(1, 2))),
            entry(SimTime::MAX.0, (1 << 20) - 1, Event::Finish(place((1 << 24) - 1, u32::MAX))),
        ];
        assert!(in_order.is_sorted_by_key(|entry| entry.key()));
        for entry in in_order {
            assert_eq!(Entry::from_key(entry.key()), entry);
        }
    }
}

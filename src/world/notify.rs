//! Notifications: what is published of a change of Status, and the way of each message to each subscription (section 9).

use super::{
    event::{Event, Place},
    instant::World,
    messages::Message,
};
use crate::{
    base::{SimDuration, SimTime},
    fleet::{
        Topic,
        topic::{Dice, Fate, Subject},
    },
    history::{Fact, Notice, Observer, Record},
    scenario::plan::{Command, Notification},
    ssm::{NotificationType, NotifiedStatus},
};

/// What a command publishes, and where.
#[derive(Debug)]
pub(super) struct Outlet {
    pub(super) topic: usize,
    pub(super) of_invocations: bool,
    /// Which statuses, in the order of [`NotifiedStatus::ALL`].
    events: [bool; NotifiedStatus::ALL.len()],
}

impl Outlet {
    /// What a command publishes; nothing where its role may not (O-26b).
    pub(super) fn of(command: &Command) -> Option<Self> {
        command.notification.as_ref().filter(|_| !command.publish_denied).map(Self::new)
    }

    fn new(notification: &Notification) -> Self {
        Self {
            topic: notification.topic as usize,
            of_invocations: notification.kind == NotificationType::Invocation,
            events: NotifiedStatus::ALL.map(|status| notification.events.contains(&status)),
        }
    }
}

/// A message about an invocation that was foreseen, before its arrival is told.
#[derive(Clone, Copy, Debug)]
pub(super) struct Held {
    arrives: SimTime,
    command: u32,
    message: Message,
}

/// A Status that notifies (S9.3), of an instance's invocation or of the command.
#[derive(Clone, Copy, Debug)]
pub(super) struct Change {
    instance: Option<u32>,
    status: NotifiedStatus,
}

/// The Status that a fact tells, if it notifies.
#[inline(always)]
pub(super) fn change_of(fact: &Fact) -> Option<Change> {
    let (instance, status) = match *fact {
        Fact::InvocationChanged { instance, state } => {
            (Some(instance), NotifiedStatus::of_invocation(state.status))
        }
        Fact::InvocationEnded { instance, ending } => {
            (Some(instance), NotifiedStatus::of_invocation(ending.state.status))
        }
        Fact::CommandChanged { state } | Fact::CommandEnded { state, .. } => {
            (None, NotifiedStatus::of_command(state.status))
        }
        _ => return None,
    };
    status.map(|status| Change { instance, status })
}

impl World<'_> {
    /// Publishes a change, if the command's notification asks for it.
    #[inline]
    pub(super) fn notify(
        &mut self,
        outlet: &Outlet,
        command: u32,
        Change { instance, status }: Change,
        observer: &mut impl Observer,
    ) {
        if outlet.of_invocations != instance.is_some() {
            return;
        }
        // Other details of the command's same Status are no change of it.
        if instance.is_none() && self.run_of(command).notified.replace(status) == Some(status) {
            return;
        }
        if !outlet.events[status as usize] {
            return;
        }
        let (topic, subject) = (&self.model.topics[outlet.topic], Subject { instance, command, status });
        self.publish(topic, subject, false, observer);
        let dice = Dice { luck: &self.luck, agents: &self.model.agents };
        if topic.is_published_twice(&dice, subject) {
            self.publish_again(topic, subject, observer);
        }
    }

    #[cold]
    fn publish_again(&mut self, topic: &Topic, subject: Subject, observer: &mut impl Observer) {
        self.publish(topic, subject, true, observer);
    }

    #[inline]
    fn publish(&mut self, topic: &Topic, subject: Subject, again: bool, observer: &mut impl Observer) {
        let Subject { instance, command, status } = subject;
        let (published, notice) = (self.now, Notice { instance, status, again });
        observer.observe(&Record { time: published, command, fact: Fact::Published(notice) });
        if self.courier.is_some() {
            return self.publish_among_followed(topic, subject, notice, observer);
        }
        for subscription in 0..topic.subscriptions() {
            self.send_out(topic, subject, notice, subscription, observer);
        }
    }

    /// The same where some deliveries are followed.
    #[cold]
    fn publish_among_followed(
        &mut self,
        topic: &Topic,
        subject: Subject,
        notice: Notice,
        observer: &mut impl Observer,
    ) {
        for subscription in 0..topic.subscriptions() {
            if !self.dispatch(subject.command, notice, subscription, observer) {
                self.send_out(topic, subject, notice, subscription, observer);
            }
        }
    }

    /// A message goes to a subscription whose delivery is not followed.
    #[inline(always)]
    fn send_out(
        &mut self,
        topic: &Topic,
        subject: Subject,
        notice: Notice,
        subscription: u32,
        observer: &mut impl Observer,
    ) {
        let (command, published) = (subject.command, self.now);
        let message = Message { notice, subscription, duplicate: false, published };
        let dice = Dice { luck: &self.luck, agents: &self.model.agents };
        match topic.fate(&dice, &mut self.memo, subject, subscription, notice.again) {
            Fate::Lost => self.emit(observer, command, Fact::Lost { notice, subscription }),
            Fate::Arrives(after) => self.under_way(command, message, after),
            Fate::ArrivesTwice(after, later) => {
                self.under_way(command, message, after);
                self.under_way(command, Message { duplicate: true, ..message }, after + later);
            }
        }
    }

    #[inline]
    fn under_way(&mut self, command: u32, message: Message, latency: SimDuration) {
        let held =
            Held { arrives: self.model.sns_outages.over_at(message.published) + latency, command, message };
        if self.holds_messages {
            self.held.push(held);
        } else {
            self.enter(held);
        }
    }

    /// A message has an event of its own.
    #[inline]
    fn enter(&mut self, Held { arrives, command, message }: Held) {
        let instance = message.notice.instance.unwrap_or(0);
        let place = Place { instance, slot: self.messages.insert(message) };
        let event = Event::Arrive { place, terminal: message.notice.status.is_terminal() };
        self.calendar.schedule(arrives, command, event);
    }

    /// Gives an event of its own to every message that is held.
    pub(super) fn release_held(&mut self) {
        while let Some(held) = self.held.pop() {
            self.enter(held);
        }
    }

    /// Tells the arrivals of messages that are held: of those that come before a time, or of all.
    pub(super) fn tell_held(&mut self, before: Option<SimTime>, observer: &mut impl Observer) {
        if self.held.is_empty() {
            return;
        }
        if self.held.len() > 1 {
            // In the order of their events.
            self.held.sort_by_key(|held| (held.arrives, held.message.notice.status.is_terminal()));
        }
        let count = self.held.partition_point(|held| before.is_none_or(|before| held.arrives < before));
        for Held { arrives, command, message } in self.held.drain(..count) {
            observer.observe(&Record { time: arrives, command, fact: message.arrival() });
        }
    }

    pub(super) fn arrive(&mut self, command: u32, place: Place, observer: &mut impl Observer) {
        let fact = self.messages.take(place.slot).arrival();
        observer.observe(&Record { time: self.now, command, fact });
    }
}

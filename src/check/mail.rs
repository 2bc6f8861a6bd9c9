//! The messages: what has to be published in this instant, and what was published and has not arrived.
//!
//! Memory follows the messages on their way. Where a subscription may double messages, it keeps those that have
//! arrived once, for the second time may come whenever it will.

use std::collections::{VecDeque, hash_map::Entry};

use rustc_hash::FxHashMap;

use crate::{
    base::{Chance, SimTime},
    history::Notice,
    scenario::plan::{Command, Notification, Plan, Subscription, Topic},
    ssm::{CommandStatus, InvocationStatus, NotificationType, NotifiedStatus},
};

/// What the commands ask to be told of, and what of it is under way.
#[derive(Debug, Default)]
pub(crate) struct Mail {
    topics: Vec<TopicTerms>,
    /// For each command what it asks for.
    asked: Vec<Option<Asked>>,
    /// Whether any command asks for anything.
    pub(crate) is_asked: bool,
    /// What has changed in this instant and has not been published.
    pub(crate) owed: VecDeque<(u32, Notice)>,
    /// What was published in this instant and may be published again.
    again: Vec<(u32, Notice)>,
    under_way: FxHashMap<Key, Stage>,
    /// How many messages have to arrive, on subscriptions that lose none and on others.
    pub(crate) awaited: [u64; 2],
    /// When a message about an end arrived last.
    pub(crate) end_arrived: Option<SimTime>,
}

/// What a command asks to be told of.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked {
    topic: u32,
    events: u8,
    kind: NotificationType,
}

#[derive(Debug)]
struct TopicTerms {
    publishes_twice: bool,
    subscriptions: Vec<SubscriptionTerms>,
}

/// What a subscription may do to a message.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SubscriptionTerms {
    pub(crate) doubles: bool,
    pub(crate) loses: bool,
    /// Its deliveries are followed step by step, and are another rule's.
    pub(crate) is_followed: bool,
}

/// One message to one subscription.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Key {
    about: u64,
    published: SimTime,
    what: u64,
}

/// How far a message has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// Published.
    Awaited,
    /// Published with something wrong about it, which `publications` has objected to: it may arrive.
    Doubtful,
    /// Arrived then, and may arrive again.
    Arrived(SimTime),
}

impl Mail {
    pub(crate) fn new(plan: &Plan) -> Self {
        let asked = |command: &Command| {
            command.notification.as_ref().filter(|_| !command.publish_denied).map(Asked::new)
        };
        let asked: Vec<_> = plan.commands.iter().map(asked).collect();
        Self {
            topics: plan.topics.iter().map(TopicTerms::new).collect(),
            is_asked: asked.iter().any(Option::is_some),
            asked,
            ..Self::default()
        }
    }

    /// What a command asks to be told of.
    pub(crate) fn asked(&self, command: u32) -> Option<Asked> {
        self.asked.get(command as usize).copied().flatten()
    }

    /// What a subscription to a command's messages may do; `None` when there is none with this number.
    pub(crate) fn subscription(&self, command: u32, subscription: u32) -> Option<SubscriptionTerms> {
        self.topic(command)?.subscriptions.get(subscription as usize).copied()
    }

    /// Whether a command's changes may be published twice (O-59).
    pub(crate) fn publishes_twice(&self, command: u32) -> bool {
        self.topic(command).is_some_and(|topic| topic.publishes_twice)
    }

    /// Takes a message out of those that have to be published.
    pub(crate) fn pay(&mut self, command: u32, notice: Notice) -> bool {
        if self.owed.front() == Some(&(command, notice)) {
            self.owed.pop_front();
            return true;
        }
        let place = self.owed.iter().position(|owed| *owed == (command, notice));
        place.is_some_and(|place| self.owed.remove(place).is_some())
    }

    /// Takes a message out of those that may be published again.
    pub(crate) fn repeat(&mut self, command: u32, first: Notice) -> bool {
        let place = self.again.iter().rposition(|again| *again == (command, first));
        place.map(|place| self.again.swap_remove(place)).is_some()
    }

    /// A message goes to all subscriptions.
    pub(crate) fn publish(&mut self, command: u32, notice: Notice, published: SimTime, stage: Stage) {
        if !notice.again && self.publishes_twice(command) {
            self.again.push((command, notice));
        }
        let Some(topic) = self.asked(command).and_then(|asked| self.topics.get(asked.topic as usize)) else {
            return;
        };
        let all = (0..).zip(&topic.subscriptions);
        for (number, subscription) in all.filter(|(_, subscription)| !subscription.is_followed) {
            let Entry::Vacant(place) = self.under_way.entry(Key::new(command, notice, published, number))
            else {
                continue;
            };
            place.insert(stage);
            self.awaited[usize::from(subscription.loses)] += u64::from(stage == Stage::Awaited);
        }
    }

    /// Takes a message that has arrived or is lost out of those under way.
    pub(crate) fn take(
        &mut self,
        command: u32,
        notice: Notice,
        published: SimTime,
        (number, subscription): (u32, SubscriptionTerms),
    ) -> Option<Stage> {
        let stage = self.under_way.remove(&Key::new(command, notice, published, number))?;
        self.awaited[usize::from(subscription.loses)] -= u64::from(stage == Stage::Awaited);
        Some(stage)
    }

    /// A message that has arrived at `time` may arrive a second time.
    pub(crate) fn keep(
        &mut self,
        command: u32,
        notice: Notice,
        published: SimTime,
        number: u32,
        time: SimTime,
    ) {
        self.under_way.insert(Key::new(command, notice, published, number), Stage::Arrived(time));
    }

    /// The instant is over.
    pub(crate) fn end_instant(&mut self) {
        self.owed.clear();
        self.again.clear();
    }

    /// Whether the instant leaves something behind.
    pub(crate) fn is_busy(&self) -> bool {
        !self.owed.is_empty() || !self.again.is_empty()
    }

    fn topic(&self, command: u32) -> Option<&TopicTerms> {
        self.topics.get(self.asked(command)?.topic as usize)
    }
}

impl Asked {
    fn new(notification: &Notification) -> Self {
        let events = notification.events.iter().fold(0, |events, &event| events | 1 << event as u8);
        Self { topic: notification.topic, events, kind: notification.kind }
    }

    /// Whether a message is of the kind and about an event that was asked for (S9.2, S9.7).
    pub(crate) fn wants(self, notice: Notice) -> bool {
        let kind = match notice.instance {
            Some(_) => NotificationType::Invocation,
            None => NotificationType::Command,
        };
        self.kind == kind && self.events & (1 << notice.status as u8) != 0
    }
}

/// What is told of an invocation in this status (S9.3, S9.4).
pub(crate) fn of_invocation(status: InvocationStatus) -> Option<NotifiedStatus> {
    Some(match status {
        InvocationStatus::InProgress => NotifiedStatus::InProgress,
        InvocationStatus::Success => NotifiedStatus::Success,
        InvocationStatus::Failed => NotifiedStatus::Failed,
        InvocationStatus::TimedOut => NotifiedStatus::TimedOut,
        InvocationStatus::Cancelled => NotifiedStatus::Cancelled,
        InvocationStatus::Pending | InvocationStatus::Delayed | InvocationStatus::Cancelling => return None,
    })
}

/// What is told of a command in this status (S9.3).
pub(crate) fn of_command(status: CommandStatus) -> Option<NotifiedStatus> {
    Some(match status {
        CommandStatus::InProgress => NotifiedStatus::InProgress,
        CommandStatus::Success => NotifiedStatus::Success,
        CommandStatus::Failed => NotifiedStatus::Failed,
        CommandStatus::TimedOut => NotifiedStatus::TimedOut,
        CommandStatus::Cancelled => NotifiedStatus::Cancelled,
        CommandStatus::Pending | CommandStatus::Cancelling => return None,
    })
}

impl TopicTerms {
    fn new(topic: &Topic) -> Self {
        let terms = |subscription: &Subscription| SubscriptionTerms {
            doubles: subscription.duplicate > Chance(0),
            loses: subscription.loss > Chance(0),
            is_followed: subscription.delivery.is_some(),
        };
        Self {
            publishes_twice: topic.published_twice > Chance(0),
            subscriptions: topic.subscriptions.iter().map(terms).collect(),
        }
    }
}

impl Key {
    fn new(command: u32, notice: Notice, published: SimTime, to: u32) -> Self {
        let instance = notice.instance.unwrap_or(u32::MAX);
        Self {
            about: u64::from(command) << 32 | u64::from(instance),
            published,
            what: u64::from(to) << 8 | (notice.status as u64) << 1 | u64::from(notice.again),
        }
    }
}

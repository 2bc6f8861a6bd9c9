//! SNS topics: how long a message takes to each subscription, and whether it arrives at all (O-58, O-59).

use super::{
    agent::Agents,
    behaviour::draw,
    luck::{Luck, Purpose},
    memo::{Memo, Whose},
};
use crate::{
    base::{Chance, SimDuration, distribution::Sampler},
    scenario::plan,
    ssm::NotifiedStatus,
};

/// The longest time that a message is under way. Twice this after the last publication is well inside the calendar.
const LONGEST: SimDuration = SimDuration::from_secs(100 * 86_400);

/// A topic, ready for drawing.
#[derive(Debug)]
pub struct Topic {
    published_twice: u128,
    subscriptions: Vec<Subscription>,
}

#[derive(Debug)]
struct Subscription {
    latency: Sampler,
    mishaps: Option<Mishaps>,
}

/// What can go wrong with a message, as numbers of words.
#[derive(Debug)]
struct Mishaps {
    loss: u128,
    duplicate: u128,
}

/// What a message is about, which is what its luck depends on.
#[derive(Clone, Copy, Debug)]
pub struct Subject {
    /// The instance; `None` for the command as a whole.
    pub instance: Option<u32>,
    /// The command.
    pub command: u32,
    /// The status that the message tells.
    pub status: NotifiedStatus,
}

/// What becomes of a message for one subscription.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It never arrives.
    Lost,
    /// It arrives so long after its publication.
    Arrives(SimDuration),
    /// It arrives so long after its publication, and once more so long after that.
    ArrivesTwice(SimDuration, SimDuration),
}

impl Topic {
    /// Prepares a topic of a plan. Panics on a latency that is impossible, which no resolved plan has.
    pub fn new(topic: &plan::Topic) -> Self {
        Self {
            published_twice: topic.published_twice.words(),
            subscriptions: topic.subscriptions.iter().map(Subscription::new).collect(),
        }
    }

    /// How many subscriptions it has.
    pub fn subscriptions(&self) -> u32 {
        self.subscriptions.len() as u32
    }

    /// Whether Systems Manager publishes this change a second time (O-59).
    pub fn is_published_twice(&self, dice: &Dice<'_>, subject: Subject) -> bool {
        self.published_twice > 0
            && u128::from(dice.draw(subject, Purpose::Republication, 0)[subject.lane()])
                < self.published_twice
    }

    /// What becomes of a message for a subscription. `again` tells a second publication from the first.
    #[inline]
    pub fn fate(
        &self,
        dice: &Dice<'_>,
        memo: &mut Memo,
        subject: Subject,
        subscription: u32,
        again: bool,
    ) -> Fate {
        let at = subscription << 1 | u32::from(again);
        let lane = subject.lane();
        let Subscription { latency, mishaps } = &self.subscriptions[subscription as usize];
        let words = dice.latencies(memo, subject, at);
        let first = draw(latency, words[lane]).min(LONGEST);
        let Some(mishaps) = mishaps else { return Fate::Arrives(first) };
        let chances = dice.draw(subject, Purpose::Mishap, at);
        if u128::from(chances[lane]) < mishaps.loss {
            Fate::Lost
        } else if u128::from(chances[lane + 2]) < mishaps.duplicate {
            Fate::ArrivesTwice(first, draw(latency, words[lane + 2]).min(LONGEST))
        } else {
            Fate::Arrives(first)
        }
    }
}

/// What draws need.
#[derive(Clone, Copy, Debug)]
pub struct Dice<'a> {
    /// The luck of the replication.
    pub luck: &'a Luck,
    /// Who knows the instances' keys.
    pub agents: &'a Agents,
}

impl Dice<'_> {
    fn draw(&self, subject: Subject, purpose: Purpose, ordinal: u32) -> [u64; 4] {
        let key = subject.instance.map_or(0, |instance| self.agents.key(instance));
        self.luck.of_invocation(key, subject.command, purpose, ordinal)
    }

    /// The words of latencies, which InProgress and the terminal status of an invocation share.
    fn latencies(&self, memo: &mut Memo, subject: Subject, ordinal: u32) -> [u64; 4] {
        let draw = || self.draw(subject, Purpose::Notification, ordinal);
        let Subject { instance: Some(instance), command, status } = subject else { return draw() };
        let whose = Whose { instance, command, ordinal };
        match status {
            NotifiedStatus::InProgress => memo.draw(whose, draw),
            _ => memo.recall(whose, draw),
        }
    }
}

impl Subscription {
    fn new(subscription: &plan::Subscription) -> Self {
        let safe = subscription.loss == Chance(0) && subscription.duplicate == Chance(0);
        Self {
            latency: Sampler::new(&subscription.latency).expect("a resolved plan is possible"),
            mishaps: (!safe).then(|| Mishaps {
                loss: subscription.loss.words(),
                duplicate: subscription.duplicate.words(),
            }),
        }
    }
}

impl Subject {
    /// The first lane of its words.
    fn lane(self) -> usize {
        usize::from(self.status.is_terminal())
    }
}

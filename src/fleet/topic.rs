//! SNS topics: how long a message takes to each subscription, and whether it arrives at all (O-58, O-59).

use super::{
    agent::Agents,
    behaviour::delay,
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

enum Mishap {
    Lost,
    Doubled,
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
        let subscription = &self.subscriptions[subscription as usize];
        let words = dice.latencies(memo, subject, at);
        let first = subscription.latency(words[lane]);
        let Some(mishaps) = &subscription.mishaps else { return Fate::Arrives(first) };
        match mishaps.of(lane, dice.draw(subject, Purpose::Mishap, at)) {
            Some(Mishap::Lost) => Fate::Lost,
            Some(Mishap::Doubled) => Fate::ArrivesTwice(first, subscription.latency(words[lane + 2])),
            None => Fate::Arrives(first),
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
    /// The words of a message for a purpose.
    pub fn draw(&self, subject: Subject, purpose: Purpose, ordinal: u32) -> [u64; 4] {
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

    fn latency(&self, word: u64) -> SimDuration {
        duration(self.latency.sample(word))
    }
}

impl Mishaps {
    fn of(&self, lane: usize, words: [u64; 4]) -> Option<Mishap> {
        if u128::from(words[lane]) < self.loss {
            return Some(Mishap::Lost);
        }
        (u128::from(words[lane + 2]) < self.duplicate).then_some(Mishap::Doubled)
    }
}

impl Subject {
    /// The first lane of its words.
    fn lane(self) -> usize {
        usize::from(self.status.is_terminal())
    }
}

/// Microseconds to a latency of at least one unit.
pub(super) fn duration(microseconds: f64) -> SimDuration {
    delay(microseconds).min(LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        base::distribution::Distribution,
        scenario::{self, Plan, Source},
    };

    const SCENARIO: &str = r#"
        version = 1
        group = [{ name = "web", count = 40, execution = "1s" }]
        [[command]]
        request = { DocumentName = "AWS-RunShellScript", Targets = [{ Key = "tag-key", Values = ["x"] }], Parameters = { commands = ["true"] } }
    "#;

    fn plan() -> Plan {
        let source = Source { path: "s.toml".into(), text: SCENARIO.into() };
        scenario::load(source, &|_| unreachable!("names no file")).expect("a good scenario").plan
    }

    fn topic(chance: Chance) -> Topic {
        let latency = Distribution::Exponential { mean: 1e6 };
        let subscription = |name: &str| plan::Subscription {
            name: name.into(),
            latency: latency.clone(),
            duplicate: chance,
            loss: chance,
            delivery: None,
        };
        Topic::new(&plan::Topic {
            arn: String::new(),
            published_twice: chance,
            subscriptions: vec![subscription("a"), subscription("b")],
        })
    }

    /// All messages of all instances: InProgress of everyone, then the ends.
    fn subjects() -> impl Iterator<Item = (Subject, u32, bool)> {
        let statuses = [NotifiedStatus::InProgress, NotifiedStatus::Success];
        statuses.into_iter().flat_map(|status| {
            (0..40).flat_map(move |instance| {
                let subject = Subject { instance: Some(instance), command: 0, status };
                (0..2).flat_map(move |at| [(subject, at, false), (subject, at, true)])
            })
        })
    }

    /// O-58: fates are drawn for each message anew, and what is remembered of them changes nothing.
    #[test]
    fn fates_are_their_own_whatever_is_remembered() {
        let (plan, luck) = (plan(), Luck::new(1, 0));
        let agents = Agents::new(&plan);
        let dice = Dice { luck: &luck, agents: &agents };
        for chance in [Chance(0), Chance(300_000_000)] {
            let topic = topic(chance);
            let fates = |blocks: usize| -> Vec<Fate> {
                let mut memo = Memo::new(blocks);
                subjects()
                    .map(|(subject, at, again)| topic.fate(&dice, &mut memo, subject, at, again))
                    .collect()
            };
            let all = fates(0);
            assert_eq!(all, fates(8));
            assert_eq!(all, fates(10_000));
            let mut latencies: Vec<_> = all
                .iter()
                .flat_map(|fate| match *fate {
                    Fate::Lost => vec![],
                    Fate::Arrives(first) => vec![first],
                    Fate::ArrivesTwice(first, later) => vec![first, later],
                })
                .collect();
            let count = latencies.len();
            latencies.sort_unstable();
            latencies.dedup();
            assert_eq!(latencies.len(), count, "no two messages share a latency");
            assert_eq!(all.contains(&Fate::Lost), chance > Chance(0));
        }
    }

    #[test]
    fn latencies_are_at_least_a_unit_and_at_most_a_hundred_days() {
        for (microseconds, latency) in
            [(0.0, 1), (0.4, 1), (1.5, 2), (1e30, LONGEST.0), (f64::NAN, 1), (f64::INFINITY, LONGEST.0)]
        {
            assert_eq!(duration(microseconds), SimDuration(latency));
        }
    }
}

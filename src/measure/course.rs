//! How one replication went, for pictures: where the fleet stood at every time, when each command was stopped, what the
//! consumers of its notifications believed, and how many events there were.

use super::{bins::Bins, carriage::Follower, timeline::Timeline, traffic::Traffic};
use crate::{
    base::{SimDuration, SimTime},
    history::{Fact, Notice, Observer, Record},
    scenario::plan::{Command, Plan},
};

/// Spans of time at most for which beliefs are kept.
const SPANS: usize = 1024;

/// How one replication went.
#[derive(Clone, Debug)]
pub struct Course {
    /// Where the fleet stood.
    pub timeline: Timeline,
    /// How many events there were, span by span; `None` where the plan has none.
    pub traffic: Option<Bins<Traffic>>,
    commands: Vec<CommandCourse>,
}

#[derive(Clone, Debug, Default)]
struct CommandCourse {
    stop: Option<SimTime>,
    beliefs: Option<Beliefs>,
}

/// How many entities somebody takes to be InProgress, and how many to be over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// InProgress.
    pub in_progress: u32,
    /// In a terminal status.
    pub over: u32,
}

/// What was true, as published, and what a naive consumer at each subscription believed at the end of a span of time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Belief {
    /// By the last status published.
    pub truth: Tally,
    /// By the last arrival, for each subscription.
    pub believed: Vec<Tally>,
    /// About how many entities each subscription's belief is not the truth; those it has not heard of do not count.
    pub wrong: Vec<u32>,
    /// How many messages each subscription's endpoint has taken in and is not done with; empty where no delivery is
    /// followed.
    pub backlog: Vec<u32>,
}

/// What is known of one entity.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Known {
    #[default]
    Nothing,
    InProgress,
    Over,
}

#[derive(Clone, Debug)]
struct Beliefs {
    now: Belief,
    spans: Bins<Belief>,
    truth: Vec<Known>,
    believed: Vec<Vec<Known>>,
    /// Who follows the deliveries to each subscription; empty where none is followed.
    followers: Vec<Option<Follower>>,
}

impl Course {
    /// The course of a replication of `plan` that is about to begin.
    pub fn new(plan: &Plan) -> Self {
        let of_command = |command| {
            let subscriptions = plan.subscriptions(command).len();
            let beliefs = || Beliefs::of(plan, command);
            CommandCourse { stop: None, beliefs: (subscriptions > 0).then(beliefs) }
        };
        Self {
            timeline: Timeline::new(plan),
            traffic: Traffic::spans(plan),
            commands: plan.commands.iter().map(of_command).collect(),
        }
    }

    /// When the errors of a command exceeded `MaxErrors`; `None` when they did not.
    pub fn stop(&self, command: usize) -> Option<SimTime> {
        self.commands[command].stop
    }

    /// What consumers believed, span by span; `None` of a command that notifies nobody.
    pub fn beliefs(&self, command: usize) -> Option<&Bins<Belief>> {
        self.commands[command].beliefs.as_ref().map(|beliefs| &beliefs.spans)
    }
}

impl Observer for Course {
    fn observe(&mut self, record: &Record) {
        self.timeline.observe(record);
        if let Some(spans) = &mut self.traffic {
            Traffic::count(spans, record);
        }
        let command = &mut self.commands[record.command as usize];
        match record.fact {
            Fact::ThresholdExceeded { .. } => command.stop = Some(record.time),
            Fact::Published(notice) => command.tell(record.time, |beliefs| beliefs.publish(notice)),
            Fact::Arrived { notice, subscription, published, .. } => command.tell(record.time, |beliefs| {
                beliefs.receive(subscription as usize, notice);
                beliefs.follow(subscription, |follower| follower.receive(notice, published, record.time));
            }),
            Fact::Attempted { parcel, .. } | Fact::Answered { parcel, .. } | Fact::Dropped { parcel, .. } => {
                command.tell(record.time, |beliefs| {
                    beliefs
                        .follow(parcel.subscription, |follower| follower.follow(&record.fact, record.time));
                });
            }
            _ => {}
        }
    }
}

impl CommandCourse {
    fn tell(&mut self, time: SimTime, change: impl FnOnce(&mut Beliefs)) {
        let Some(beliefs) = &mut self.beliefs else { return };
        change(beliefs);
        *beliefs.spans.at(time, |earlier, later| *earlier = later.clone(), Belief::clone) =
            beliefs.now.clone();
    }
}

impl Beliefs {
    fn new(entities: usize, subscriptions: usize) -> Self {
        let nothing = vec![Known::Nothing; entities.max(1)];
        let now = Belief {
            truth: Tally::default(),
            believed: vec![Tally::default(); subscriptions],
            wrong: vec![0; subscriptions],
            backlog: Vec::new(),
        };
        Self {
            now,
            followers: Vec::new(),
            spans: Bins::new(SimDuration::from_secs(1), SPANS),
            truth: nothing.clone(),
            believed: vec![nothing; subscriptions],
        }
    }

    /// Those of the consumers of what a command publishes.
    fn of(plan: &Plan, command: &Command) -> Self {
        let subscriptions = plan.subscriptions(command).len();
        let mut beliefs = Self::new(plan.fleet_size() as usize, subscriptions);
        let followers = Follower::all(plan, command);
        if followers.iter().any(Option::is_some) {
            (beliefs.followers, beliefs.now.backlog) = (followers, vec![0; subscriptions]);
        }
        beliefs
    }

    fn follow(&mut self, subscription: u32, tell: impl FnOnce(&mut Follower)) {
        let at = subscription as usize;
        if let Some(Some(follower)) = self.followers.get_mut(at) {
            tell(follower);
            self.now.backlog[at] = follower.backlog();
        }
    }

    fn publish(&mut self, notice: Notice) {
        let (entity, news) = Known::from(notice);
        // The second publication of InProgress (O-59) may follow the end.
        if self.truth[entity] == Known::Over {
            return;
        }
        self.move_each(entity, |beliefs| {
            beliefs.now.truth.replace(beliefs.truth[entity], news);
            beliefs.truth[entity] = news;
        });
    }

    fn receive(&mut self, subscription: usize, notice: Notice) {
        let (entity, news) = Known::from(notice);
        self.move_each(entity, |beliefs| {
            let believed = &mut beliefs.believed[subscription][entity];
            beliefs.now.believed[subscription].replace(*believed, news);
            *believed = news;
        });
    }

    /// Changes what is known of an entity, and keeps count of who is wrong about it.
    fn move_each(&mut self, entity: usize, change: impl FnOnce(&mut Self)) {
        let wrong = |beliefs: &Self, subscription: usize| {
            let believed = beliefs.believed[subscription][entity];
            u32::from(believed != Known::Nothing && believed != beliefs.truth[entity])
        };
        for subscription in 0..self.believed.len() {
            self.now.wrong[subscription] -= wrong(self, subscription);
        }
        change(self);
        for subscription in 0..self.believed.len() {
            self.now.wrong[subscription] += wrong(self, subscription);
        }
    }
}

impl Known {
    /// The entity that a message is about, and what it says of it.
    fn from(notice: Notice) -> (usize, Self) {
        let known = if notice.status.is_terminal() { Self::Over } else { Self::InProgress };
        (notice.instance.unwrap_or(0) as usize, known)
    }
}

impl Tally {
    fn replace(&mut self, before: Known, after: Known) {
        if let Some(count) = self.of(before) {
            *count -= 1;
        }
        if let Some(count) = self.of(after) {
            *count += 1;
        }
    }

    fn of(&mut self, known: Known) -> Option<&mut u32> {
        match known {
            Known::Nothing => None,
            Known::InProgress => Some(&mut self.in_progress),
            Known::Over => Some(&mut self.over),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ssm::NotifiedStatus;

    fn notice(instance: u32, status: NotifiedStatus) -> Notice {
        Notice { instance: Some(instance), status, again: false }
    }

    /// The slower subscription hears of the end of instance 1 before its beginning.
    #[test]
    fn who_is_wrong_is_counted() {
        let mut beliefs = Beliefs::new(3, 2);
        let tally = |in_progress, over| Tally { in_progress, over };
        beliefs.publish(notice(1, NotifiedStatus::InProgress));
        beliefs.receive(0, notice(1, NotifiedStatus::InProgress));
        assert_eq!(beliefs.now.wrong, [0, 0]);
        beliefs.publish(notice(1, NotifiedStatus::Success));
        assert_eq!((beliefs.now.truth, &beliefs.now.wrong[..]), (tally(0, 1), &[1, 0][..]));
        beliefs.receive(0, notice(1, NotifiedStatus::Success));
        beliefs.receive(1, notice(1, NotifiedStatus::Success));
        assert_eq!(beliefs.now.wrong, [0, 0]);
        beliefs.receive(1, notice(1, NotifiedStatus::InProgress));
        assert_eq!((beliefs.now.believed[1], &beliefs.now.wrong[..]), (tally(1, 0), &[0, 1][..]));
        // A second publication of what is over changes nothing.
        beliefs.publish(notice(1, NotifiedStatus::InProgress));
        assert_eq!(beliefs.now.truth, tally(0, 1));
    }
}

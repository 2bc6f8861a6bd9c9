//! What became of messages to a subscription whose delivery is followed: attempts, losses, the consumer's backlog, and
//! what two consumers made of what arrived.
//!
//! The naive consumer takes the last arrival about an entity (an instance, or the command) for the truth. The right one
//! heeds the event time, in which the terminal status comes last (Settled 10), and what it has seen before (S9.17).

use serde::{Deserialize, Serialize};

use super::latency::Durations;
use crate::{
    base::{SimDuration, SimTime},
    history::{DropReason, Fact, Notice, Parcel},
    scenario::plan::{Command, Delivery, Plan},
    sns::Answer,
    ssm::NotificationType,
};

/// What one subscription's deliveries came to, of one command in one replication.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Carriage {
    /// Attempts to deliver.
    pub attempts: u64,
    /// Those of them that are not the first of a message.
    pub retries: u64,
    /// Answers that are no success and no failure, behind which a message is lost: from 300 to 499 (S9.29).
    pub swallowed: u64,
    /// Attempts that failed: answers from 500 on, no connection, no answer in time.
    pub failures: u64,
    /// Messages in the subscription's dead-letter queue.
    pub dead_lettered: u64,
    /// Messages that SNS gave up and discarded.
    pub discarded: u64,
    /// Messages that the filter policy did not let through.
    pub filtered_out: u64,
    /// Messages published before the confirmation.
    pub unconfirmed: u64,
    /// Messages in the queue's own dead-letter queue.
    pub redriven: u64,
    /// Messages that the queue kept no longer.
    pub expired: u64,
    /// The longest time that throttling held back an attempt.
    #[serde(with = "micros")]
    pub throttled: SimDuration,
    /// The most messages that the endpoint had taken in and was not done with, and when.
    pub backlog: u64,
    /// When the backlog was first so long.
    pub backlog_at: SimTime,
    /// The longest event time by which an arrival was older than the newest one before it.
    #[serde(with = "micros")]
    pub late_by: SimDuration,
    /// Entities about which the naive consumer was wrong though it had been told better.
    pub naive_misled: u64,
    /// Entities about which the naive consumer is wrong for good.
    pub naive_wrong: u64,
    /// Entities about which the right consumer is wrong for good.
    pub right_wrong: u64,
    /// The longest time from the publication of a terminal status until the right consumer had it, having believed the
    /// entity to be InProgress.
    #[serde(with = "micros")]
    pub right_wrong_for: SimDuration,
}

/// How long after a terminal status was published the belief about its entity was right and stayed so. What never becomes
/// right counts as [`SimTime::MAX`].
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TrustWaits {
    /// Of the naive consumer.
    pub naive: Durations,
    /// Of the right consumer.
    pub right: Durations,
}

/// Follows the deliveries to one subscription.
#[derive(Clone, Debug)]
pub(super) struct Follower {
    carriage: Carriage,
    /// Whether an endpoint takes messages in and is done with them later.
    has_backlog: bool,
    is_sqs: bool,
    treats_4xx_as_failure: bool,
    backlog: u32,
    /// The newest event time that has arrived.
    newest: SimTime,
    entities: Vec<Entity>,
}

/// What is known of an entity.
#[derive(Clone, Copy, Debug, Default)]
struct Entity {
    /// When its terminal status was published, if the filter policy lets that through.
    over: Option<SimTime>,
    /// Since when the naive consumer has believed it over; `None`: it does not.
    naive_over: Option<SimTime>,
    naive_in_progress: bool,
    is_misled: bool,
    /// When its terminal status first arrived.
    told: Option<SimTime>,
    /// Whether InProgress arrived before that.
    right_in_progress: bool,
    /// Of its four messages (either kind of status, first and second publication) a bit each: those that wait in a queue,
    /// and above them those that have arrived.
    messages: u8,
}

impl Follower {
    /// Who follows the deliveries of each subscription of a command; `None` where that is not done.
    pub(super) fn all(plan: &Plan, command: &Command) -> Vec<Option<Self>> {
        let entities = match command.notification.as_ref().map(|notification| notification.kind) {
            Some(NotificationType::Invocation) => plan.fleet_size() as usize,
            Some(NotificationType::Command) | None => 1,
        };
        let subscriptions = plan.subscriptions(command).iter();
        let follower = |delivery: &Delivery| Self::new(delivery, entities);
        subscriptions.map(|subscription| subscription.delivery.as_deref().map(follower)).collect()
    }

    /// The same of every command; `None` where no delivery is followed.
    pub(super) fn of_plan(plan: &Plan) -> Option<Vec<Vec<Option<Self>>>> {
        let all: Vec<_> = plan.commands.iter().map(|command| Self::all(plan, command)).collect();
        all.iter().flatten().any(Option::is_some).then_some(all)
    }

    fn new(delivery: &Delivery, entities: usize) -> Self {
        let is_sqs = delivery.endpoint.sqs.is_some();
        Self {
            carriage: Carriage::default(),
            has_backlog: is_sqs || delivery.endpoint.service.is_some(),
            is_sqs,
            treats_4xx_as_failure: delivery.treat_4xx_as_failure || !delivery.protocol.is_http(),
            backlog: 0,
            newest: SimTime::ZERO,
            entities: vec![Entity::default(); entities],
        }
    }

    /// How many messages the endpoint has taken in and is not done with; 0 of one that is done with them at once.
    pub(super) fn backlog(&self) -> u32 {
        if self.has_backlog { self.backlog } else { 0 }
    }

    /// A message was published.
    pub(super) fn publish(&mut self, notice: Notice, now: SimTime) {
        if notice.status.is_terminal() {
            self.entity(notice).over.get_or_insert(now);
        }
    }

    /// Takes note of a fact about a delivery.
    pub(super) fn follow(&mut self, fact: &Fact, now: SimTime) {
        match *fact {
            Fact::Attempted { parcel, attempt, throttled, answer } => {
                self.carriage.attempts += 1;
                self.carriage.retries += u64::from(attempt > 1);
                self.carriage.throttled = self.carriage.throttled.max(throttled);
                if let Some(answer) = answer {
                    self.hear(answer);
                }
                match answer {
                    None => self.backlog += 1,
                    Some(answer) if self.is_sqs && answer.is_accepted() => self.queue(parcel.notice),
                    Some(_) => {}
                }
            }
            Fact::Answered { answer, .. } => {
                self.hear(answer);
                if answer != Answer::TimedOut {
                    self.backlog = self.backlog.saturating_sub(1);
                }
            }
            Fact::Dropped { parcel, why } => self.lose(parcel, why),
            _ => {}
        }
        if self.has_backlog && u64::from(self.backlog) > self.carriage.backlog {
            (self.carriage.backlog, self.carriage.backlog_at) = (self.backlog.into(), now);
        }
    }

    fn hear(&mut self, answer: Answer) {
        let one = &mut self.carriage;
        match answer {
            Answer::Status(200..=299) => {}
            Answer::Status(400..=499) if self.treats_4xx_as_failure => one.failures += 1,
            Answer::Status(..=499) => one.swallowed += 1,
            _ => one.failures += 1,
        }
    }

    fn lose(&mut self, parcel: Parcel, why: DropReason) {
        let one = &mut self.carriage;
        match why {
            DropReason::Unconfirmed => one.unconfirmed += 1,
            DropReason::FilteredOut => one.filtered_out += 1,
            DropReason::DeadLettered => one.dead_lettered += 1,
            DropReason::Discarded => one.discarded += 1,
            DropReason::Redriven => one.redriven += 1,
            DropReason::Expired => one.expired += 1,
        }
        match why {
            // Who does not want to hear of an end cannot be wrong about it.
            DropReason::FilteredOut if parcel.notice.status.is_terminal() => {
                self.entity(parcel.notice).over = None;
            }
            DropReason::Redriven | DropReason::Expired => self.leave_queue(parcel.notice),
            _ => {}
        }
    }

    /// A queue took a message in; a second copy of it, or one that has arrived, is no more work.
    fn queue(&mut self, notice: Notice) {
        let bit = bit(notice);
        let entity = self.entity(notice);
        if entity.messages & (bit | bit << 4) == 0 {
            entity.messages |= bit;
            self.backlog += 1;
        }
    }

    fn leave_queue(&mut self, notice: Notice) {
        let bit = bit(notice);
        let entity = self.entity(notice);
        if entity.messages & bit != 0 {
            entity.messages &= !bit;
            self.backlog -= 1;
        }
    }

    /// A message arrived.
    pub(super) fn receive(&mut self, notice: Notice, published: SimTime, now: SimTime) {
        if self.is_sqs {
            self.leave_queue(notice);
            self.entity(notice).messages |= bit(notice) << 4;
        }
        let late_by = self.newest.since(published);
        self.carriage.late_by = self.carriage.late_by.max(late_by);
        self.newest = self.newest.max(published);
        let entity = self.entity(notice);
        if notice.status.is_terminal() {
            entity.naive_in_progress = false;
            entity.naive_over.get_or_insert(now);
            if entity.told.is_none() {
                entity.told = Some(now);
                if entity.right_in_progress {
                    let wrong_for = now.since(published);
                    self.carriage.right_wrong_for = self.carriage.right_wrong_for.max(wrong_for);
                }
            }
        } else {
            entity.naive_in_progress = true;
            entity.naive_over = None;
            entity.is_misled |= entity.told.is_some();
            entity.right_in_progress |= entity.told.is_none();
        }
    }

    fn entity(&mut self, notice: Notice) -> &mut Entity {
        &mut self.entities[notice.instance.unwrap_or(0) as usize]
    }

    /// What it came to, when everything has arrived.
    pub(super) fn finish(self, waits: &mut TrustWaits) -> Carriage {
        let mut carriage = self.carriage;
        for entity in &self.entities {
            carriage.naive_misled += u64::from(entity.is_misled);
            let Some(over) = entity.over else { continue };
            carriage.naive_wrong += u64::from(entity.naive_in_progress);
            carriage.right_wrong += u64::from(entity.told.is_none() && entity.right_in_progress);
            let wait =
                |right: Option<SimTime>| right.map_or(SimDuration(SimTime::MAX.0), |at| at.since(over));
            waits.naive.add(wait(entity.naive_over));
            waits.right.add(wait(entity.told));
        }
        carriage
    }
}

/// The bit of a message among the four of its entity.
fn bit(notice: Notice) -> u8 {
    1 << (u8::from(notice.status.is_terminal()) | u8::from(notice.again) << 1)
}

impl Carriage {
    /// Takes in the same of another replication: counts sum up, of the rest the largest stays.
    pub fn merge(&mut self, other: &Self) {
        let sums = [
            (&mut self.attempts, other.attempts),
            (&mut self.retries, other.retries),
            (&mut self.swallowed, other.swallowed),
            (&mut self.failures, other.failures),
            (&mut self.dead_lettered, other.dead_lettered),
            (&mut self.discarded, other.discarded),
            (&mut self.filtered_out, other.filtered_out),
            (&mut self.unconfirmed, other.unconfirmed),
            (&mut self.redriven, other.redriven),
            (&mut self.expired, other.expired),
            (&mut self.naive_misled, other.naive_misled),
            (&mut self.naive_wrong, other.naive_wrong),
            (&mut self.right_wrong, other.right_wrong),
        ];
        sums.into_iter().for_each(|(mine, theirs)| *mine += theirs);
        if (other.backlog, self.backlog_at) > (self.backlog, other.backlog_at) {
            (self.backlog, self.backlog_at) = (other.backlog, other.backlog_at);
        }
        self.throttled = self.throttled.max(other.throttled);
        self.late_by = self.late_by.max(other.late_by);
        self.right_wrong_for = self.right_wrong_for.max(other.right_wrong_for);
    }
}

impl TrustWaits {
    pub(super) fn merge(&mut self, other: &Self) {
        self.naive.merge(&other.naive);
        self.right.merge(&other.right);
    }
}

/// Durations as numbers, in microseconds, as summaries have them.
mod micros {
    use serde::{Deserialize, Deserializer, Serializer};

    use crate::base::SimDuration;

    pub(super) fn serialize<S: Serializer>(duration: &SimDuration, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(duration.0)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SimDuration, D::Error> {
        u64::deserialize(deserializer).map(SimDuration)
    }
}

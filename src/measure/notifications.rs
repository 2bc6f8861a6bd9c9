//! What the subscriptions of a topic received, and what a naive consumer made of it.
//!
//! The naive consumer takes the last arrival about an instance (or the command) for the truth, as if SNS kept the order.
//! It is wrong while what it believes is not the status published last. Of two statuses of one entity the terminal one is
//! the newer, also where both were published in the same millisecond and `eventTime` cannot tell (Settled 10).

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use crate::{
    base::{SimDuration, SimTime},
    history::Notice,
    scenario::plan::{Command, Plan},
    ssm::NotificationType,
};

/// What one subscription received of one command in one replication.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reception {
    /// Messages published, second publications (O-59) included.
    pub published: u32,
    /// Messages that arrived.
    pub arrived: u32,
    /// Messages that never arrive.
    pub lost: u32,
    /// Further arrivals of messages that had arrived before.
    pub duplicates: u32,
    /// Arrivals of an older status after a newer one of the same entity had arrived.
    pub out_of_order: u32,
    /// The longest time that the consumer's belief about an entity was wrong before an arrival set it right.
    pub wrong_for: SimDuration,
    /// Entities that it believes wrongly for good.
    pub wrong_for_good: u32,
}

/// A message that arrives.
#[derive(Clone, Copy, Debug)]
pub struct Arrival {
    /// What it tells.
    pub notice: Notice,
    /// Whether it arrived before.
    pub duplicate: bool,
    /// When it was published.
    pub published: SimTime,
    /// When it arrives.
    pub now: SimTime,
}

/// Who listens to one command's notifications: a naive consumer at each subscription.
#[derive(Clone, Debug)]
pub struct Audience {
    published: u32,
    consumers: Vec<Consumer>,
}

/// The naive consumer of one subscription.
#[derive(Clone, Debug)]
struct Consumer {
    reception: Reception,
    notes: Notes,
    /// Since when the belief is wrong about entities noted as [`LATE`].
    late: FxHashMap<u32, SimTime>,
}

/// The consumer believes the entity to be InProgress.
const IN_PROGRESS: u64 = 1;
/// A terminal status of the entity was published.
const OVER: u64 = 2;
/// A terminal status of the entity has arrived.
const TOLD: u64 = 4;
/// InProgress came, wrongly, after the terminal status was published.
const LATE: u64 = 8;

/// Four bits an entity.
#[derive(Clone, Debug)]
struct Notes(Vec<u64>);

impl Audience {
    /// Who listens to what `command` publishes; nobody where it publishes nothing.
    pub fn new(plan: &Plan, command: &Command) -> Self {
        let entities = match command.notification.as_ref().map(|notification| notification.kind) {
            Some(NotificationType::Invocation) => plan.fleet_size(),
            Some(NotificationType::Command) | None => 1,
        };
        Self { published: 0, consumers: vec![Consumer::new(entities); plan.subscriptions(command).len()] }
    }

    /// A message was published.
    #[inline]
    pub fn publish(&mut self, notice: Notice) {
        self.published += 1;
        if notice.status.is_terminal() {
            self.consumers.iter_mut().for_each(|one| one.notes.add(entity(notice), OVER));
        }
    }

    /// A message will never arrive at a subscription.
    pub fn lose(&mut self, subscription: u32) {
        self.consumers[subscription as usize].reception.lost += 1;
    }

    /// A message arrived at a subscription. Whether it is out of order.
    #[inline]
    pub fn receive(&mut self, subscription: u32, arrival: Arrival) -> bool {
        self.consumers[subscription as usize].receive(arrival)
    }

    /// What it came to for each subscription, when everything has arrived.
    pub fn finish(self) -> Vec<Reception> {
        let published = self.published;
        self.consumers.into_iter().map(|one| Reception { published, ..one.finish() }).collect()
    }
}

impl Consumer {
    fn new(entities: u32) -> Self {
        Self { reception: Reception::default(), notes: Notes::new(entities), late: Default::default() }
    }

    #[inline]
    fn receive(&mut self, Arrival { notice, duplicate, published, now }: Arrival) -> bool {
        match duplicate {
            true => self.reception.duplicates += 1,
            false => self.reception.arrived += 1,
        }
        let entity = entity(notice);
        let noted = self.notes.get(entity);
        if notice.status.is_terminal() {
            if noted & IN_PROGRESS != 0 {
                let since = if noted & LATE == 0 { published } else { self.forget_late(entity) };
                self.reception.wrong_for = self.reception.wrong_for.max(now.since(since));
            }
            self.notes.put(entity, noted & !(IN_PROGRESS | LATE) | TOLD);
            return false;
        }
        if noted & (IN_PROGRESS | OVER) == OVER {
            self.note_late(entity, now);
        } else {
            self.notes.add(entity, IN_PROGRESS);
        }
        let is_out_of_order = noted & TOLD != 0;
        self.reception.out_of_order += u32::from(is_out_of_order);
        is_out_of_order
    }

    #[cold]
    fn note_late(&mut self, entity: u32, now: SimTime) {
        self.notes.add(entity, IN_PROGRESS | LATE);
        self.late.insert(entity, now);
    }

    #[cold]
    fn forget_late(&mut self, entity: u32) -> SimTime {
        self.late.remove(&entity).expect("a time is kept of what is noted as late")
    }

    fn finish(self) -> Reception {
        Reception { wrong_for_good: self.notes.count_in_progress_and_over(), ..self.reception }
    }
}

/// The number of the entity that a message is about.
fn entity(notice: Notice) -> u32 {
    notice.instance.unwrap_or(0)
}

impl Notes {
    const BITS: u32 = 4;
    const IN_A_WORD: u32 = u64::BITS / Self::BITS;

    fn new(entities: u32) -> Self {
        Self(vec![0; entities.div_ceil(Self::IN_A_WORD) as usize])
    }

    fn place(entity: u32) -> (usize, u32) {
        ((entity / Self::IN_A_WORD) as usize, entity % Self::IN_A_WORD * Self::BITS)
    }

    fn get(&self, entity: u32) -> u64 {
        let (word, shift) = Self::place(entity);
        self.0[word] >> shift & 0xf
    }

    fn put(&mut self, entity: u32, notes: u64) {
        let (word, shift) = Self::place(entity);
        self.0[word] = self.0[word] & !(0xf << shift) | notes << shift;
    }

    fn add(&mut self, entity: u32, notes: u64) {
        let (word, shift) = Self::place(entity);
        self.0[word] |= notes << shift;
    }

    fn count_in_progress_and_over(&self) -> u32 {
        // The lowest bit of each entity's four.
        const EACH: u64 = 0x1111_1111_1111_1111;
        let wrong = |word: &u64| ((word / IN_PROGRESS) & (word / OVER) & EACH).count_ones();
        self.0.iter().map(wrong).sum()
    }
}

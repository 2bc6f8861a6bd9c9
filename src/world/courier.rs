//! Deliveries that are followed attempt by attempt: what SNS does. What the endpoints do is in `endpoint.rs`.
//!
//! All state is that of messages under way. Whatever is drawn is a function of the errand, so that it may be drawn again
//! instead of being kept.

use rustc_hash::FxHashMap;

use super::{
    errand::{Errand, Key, SUBSCRIPTION_LIMIT},
    event::{Event, Place},
    instant::World,
    model::Model,
};
use crate::{
    base::{SimDuration, SimTime},
    fleet::{
        Carrier, Desk,
        carrier::Outcome,
        luck::Purpose,
        topic::{Dice, Fate, Subject},
    },
    history::{DropReason, Fact, Notice, Observer, Parcel},
    scenario::{
        Plan,
        letter::{self, News},
    },
    sns::{Answer, id, protocol::REQUEST_TIMEOUT},
    ssm::reading::NotificationCase,
};

/// The messages under way to subscriptions whose delivery is followed.
#[derive(Debug)]
pub(super) struct Courier {
    /// The `CommandId` of each command.
    command_ids: Vec<String>,
    /// What the ids are made from: seed and replication.
    root: (u64, u64),
    pub(super) letters: FxHashMap<Key, Letter>,
    /// For each subscription of each topic, its endpoint.
    counters: Vec<Vec<Counter>>,
    /// When each invocation was sent, by command and instance. Empty where no filter policy asks.
    sent: Option<FxHashMap<(u32, u32), SimTime>>,
}

/// A message to one subscription.
#[derive(Clone, Copy, Debug)]
pub(super) struct Letter {
    pub(super) published: SimTime,
    /// Whether the consumer has it.
    pub(super) has_arrived: bool,
    /// Who is not done with it yet: SNS with each of its copies, and everyone at the endpoint.
    pub(super) open: u32,
    pub(super) copies: [Copy; 2],
}

/// A copy of a message.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Copy {
    /// When SNS attempted to deliver it first.
    first: SimTime,
    /// Since when throttling has held back its next attempt.
    held: Option<SimTime>,
    /// The number of the attempt whose answer SNS waits for; 0 of none.
    awaited: u32,
    /// When a queue took it in.
    pub(super) queued: SimTime,
    /// How often a consumer has received it.
    pub(super) receipts: u32,
    /// Whether the queue has it no longer.
    pub(super) is_deleted: bool,
}

/// A subscription's endpoint, and the pace that SNS keeps towards it.
#[derive(Debug)]
pub(super) struct Counter {
    pub(super) desk: Desk<Errand>,
    /// When SNS may attempt next.
    free_at: SimTime,
    /// When it is asked next whether it is up again.
    pub(super) recovers: Option<SimTime>,
}

impl Courier {
    /// The courier of a replication; `None` where no delivery is followed.
    pub(super) fn new(model: &Model<'_>, seed: u64, replication: u64) -> Option<Box<Self>> {
        if !model.follows_deliveries {
            return None;
        }
        let plan = model.plan();
        let counter = |carrier: &Option<Carrier>| {
            let endpoint = carrier.as_ref().map(|carrier| &carrier.plan.endpoint);
            let (workers, room) =
                endpoint.map_or((None, None), |endpoint| (endpoint.workers, endpoint.queue));
            Counter { desk: Desk::new(workers, room), free_at: SimTime::ZERO, recovers: None }
        };
        let policies =
            model.carriers.iter().flatten().flatten().filter_map(|one| one.plan.filter_policy.as_ref());
        let asks = { policies }.any(|filter| filter.policy.to_lowercase().contains("requesteddatetime"));
        let ids = (0..plan.commands.len() as u32).map(|command| id::command_id(seed, replication, command));
        Some(Box::new(Self {
            command_ids: ids.collect(),
            root: (seed, replication),
            letters: FxHashMap::default(),
            counters: model.carriers.iter().map(|topic| topic.iter().map(counter).collect()).collect(),
            sent: asks.then(FxHashMap::default),
        }))
    }

    /// Takes note of a command that was added.
    pub(super) fn take_in(&mut self, command: u32) {
        let (seed, replication) = self.root;
        self.command_ids.push(id::command_id(seed, replication, command));
    }

    /// Takes note of a send.
    pub(super) fn note_sent(&mut self, command: u32, instance: u32, now: SimTime) {
        if let Some(sent) = &mut self.sent {
            sent.insert((command, instance), now);
        }
    }

    pub(super) fn counter(&mut self, topic: usize, subscription: u32) -> &mut Counter {
        &mut self.counters[topic][subscription as usize]
    }

    pub(super) fn letter(&mut self, errand: &Errand) -> Option<&mut Letter> {
        self.letters.get_mut(&errand.key())
    }

    /// Somebody is done with a message.
    pub(super) fn close(&mut self, errand: &Errand) {
        let letter = self.letter(errand).expect("it is open");
        letter.open -= 1;
        if letter.open == 0 {
            self.letters.remove(&errand.key());
        }
    }
}

impl Letter {
    pub(super) fn copy(&mut self, errand: &Errand) -> &mut Copy {
        &mut self.copies[usize::from(errand.copy)]
    }
}

/// How each subscription of each topic is delivered to; `None` where that is not followed.
pub(super) fn carriers(plan: &Plan) -> Vec<Vec<Option<Carrier>>> {
    let carriers = plan.topics.iter().map(|topic| {
        let all = &topic.subscriptions;
        assert!(all.len() <= SUBSCRIPTION_LIMIT, "at most {SUBSCRIPTION_LIMIT} subscriptions");
        all.iter().map(|subscription| subscription.delivery.as_deref().map(Carrier::new)).collect()
    });
    carriers.collect()
}

impl<'a> World<'a> {
    pub(super) fn courier(&mut self) -> &mut Courier {
        self.courier.as_mut().expect("only what is followed has a courier")
    }

    pub(super) fn topic_of(&self, command: u32) -> usize {
        self.model.outlets[command as usize].as_ref().expect("a command that publishes").topic
    }

    pub(super) fn carrier_of(&self, errand: &Errand) -> &'a Carrier {
        let carrier = &self.model.carriers[self.topic_of(errand.command)][errand.subscription as usize];
        carrier.as_ref().expect("an errand is about a delivery that is followed")
    }

    pub(super) fn counter_of(&mut self, errand: &Errand) -> &mut Counter {
        let topic = self.topic_of(errand.command);
        self.courier().counter(topic, errand.subscription)
    }

    /// The errand of an event.
    pub(super) fn errand(&self, command: u32, place: Place) -> Errand {
        let outlet = self.model.outlets[command as usize].as_ref().expect("a command that publishes");
        Errand::of(command, place, outlet.of_invocations)
    }

    pub(super) fn parcel(&mut self, errand: &Errand) -> Parcel {
        let published = self.courier().letter(errand).expect("under way").published;
        Parcel { notice: errand.notice, subscription: errand.subscription, copy: errand.copy, published }
    }

    pub(super) fn draw(&self, errand: &Errand, purpose: Purpose) -> [u64; 4] {
        let Notice { instance, status, .. } = errand.notice;
        let subject = Subject { instance, command: errand.command, status };
        Dice { luck: &self.luck, agents: &self.model.agents }.draw(subject, purpose, errand.ordinal())
    }

    /// Sends a message on its way to a subscription, if its delivery is followed; otherwise false.
    #[inline(never)]
    pub(super) fn dispatch(
        &mut self,
        command: u32,
        notice: Notice,
        subscription: u32,
        observer: &mut impl Observer,
    ) -> bool {
        let topic = self.topic_of(command);
        let Some(carrier) = &self.model.carriers[topic][subscription as usize] else { return false };
        let published = self.now;
        if let Some(why) = self.withheld(carrier, command, notice) {
            let parcel = Parcel { notice, subscription, copy: false, published };
            self.emit(observer, command, Fact::Dropped { parcel, why });
            return true;
        }
        let dice = Dice { luck: &self.luck, agents: &self.model.agents };
        let subject = Subject { instance: notice.instance, command, status: notice.status };
        let fate = self.model.topics[topic].fate(&dice, &mut self.memo, subject, subscription, notice.again);
        let (first, second) = match fate {
            Fate::Lost => {
                self.emit(observer, command, Fact::Lost { notice, subscription });
                return true;
            }
            Fate::Arrives(after) => (after, None),
            Fate::ArrivesTwice(after, later) => (after, Some(after + later)),
        };
        let open = 1 + u32::from(second.is_some());
        let letter = Letter { published, has_arrived: false, open, copies: [Copy::default(); 2] };
        let errand = Errand { command, notice, subscription, copy: false, number: 1 };
        let before = self.courier().letters.insert(errand.key(), letter);
        debug_assert!(before.is_none(), "a change of status is published once");
        let taken = self.model.sns_outages.over_at(published);
        self.calendar.schedule(taken + first, command, Event::Attempt(errand.place()));
        if let Some(second) = second {
            let errand = Errand { copy: true, ..errand };
            self.calendar.schedule(taken + second, command, Event::Attempt(errand.place()));
        }
        true
    }

    /// Why SNS does not even try.
    fn withheld(&mut self, carrier: &Carrier, command: u32, notice: Notice) -> Option<DropReason> {
        if !carrier.plan.is_confirmed(self.now) {
            return Some(DropReason::Unconfirmed);
        }
        let filter = carrier.filter.as_ref()?;
        let body = self.body(command, notice);
        (!filter.passes(&body, &[])).then_some(DropReason::FilteredOut)
    }

    /// The message that is published now.
    fn body(&mut self, command: u32, notice: Notice) -> String {
        let (plan, published) = (self.plan, self.now);
        let written = &plan.commands[command as usize];
        let instance_id = notice.instance.map(|instance| self.model.roster.id(instance));
        let requested = SimTime::ZERO + written.at;
        let courier = self.courier();
        let sent =
            notice.instance.and_then(|instance| courier.sent.as_ref()?.get(&(command, instance)).copied());
        let news = News {
            command_id: &courier.command_ids[command as usize],
            instance_id: instance_id.as_deref(),
            status: notice.status,
            requested,
            sent: sent.unwrap_or(requested),
            published,
        };
        let case: NotificationCase = plan.readings.notification_case;
        letter::message(plan, written, news).body(case)
    }

    /// SNS attempts to deliver, unless throttling holds it back.
    pub(super) fn attempt(&mut self, command: u32, place: Place, observer: &mut impl Observer) {
        let (errand, now) = (self.errand(command, place), self.now);
        let carrier = self.carrier_of(&errand);
        let held = self.courier().letter(&errand).expect("under way").copy(&errand).held.take();
        if let Some(pace) = carrier.pace.filter(|_| held.is_none()) {
            let counter = self.counter_of(&errand);
            let at = counter.free_at.max(now);
            counter.free_at = at + pace;
            if at > now {
                self.courier().letter(&errand).expect("under way").copy(&errand).held = Some(now);
                return self.calendar.schedule(at, command, Event::Attempt(place));
            }
        }
        let copy = self.courier().letter(&errand).expect("under way").copy(&errand);
        if errand.number == 1 {
            copy.first = now;
        } else if carrier.is_too_late(now.since(copy.first)) {
            return self.abandon(&errand, observer);
        }
        let answer = self.reach(&errand);
        let parcel = self.parcel(&errand);
        let throttled = held.map_or(SimDuration::ZERO, |since| now.since(since));
        let fact = Fact::Attempted { parcel, attempt: errand.number, throttled, answer };
        self.emit(observer, command, fact);
        match answer {
            Some(answer) => {
                if answer.is_accepted() {
                    self.hand_in(&errand, observer);
                }
                self.hear(&errand, answer, observer);
            }
            None => {
                let copy = self.courier().letter(&errand).expect("under way").copy(&errand);
                copy.awaited = errand.number;
                self.calendar.schedule(now + REQUEST_TIMEOUT, command, Event::GiveUp(place));
            }
        }
    }

    /// SNS waits no longer for an answer (S9.30).
    pub(super) fn give_up(&mut self, command: u32, place: Place, observer: &mut impl Observer) {
        let errand = self.errand(command, place);
        if !self.answers(&errand) {
            return;
        }
        let hangs = self.carrier_of(&errand).answer(self.draw(&errand, Purpose::Attempt)[0]).is_none();
        let answer = if hangs { Answer::Hung } else { Answer::TimedOut };
        let (parcel, attempt) = (self.parcel(&errand), errand.number);
        self.emit(observer, command, Fact::Answered { parcel, attempt, answer });
        self.hear(&errand, answer, observer);
    }

    /// Whether SNS has waited for the answer to an attempt; it does so no longer.
    pub(super) fn answers(&mut self, errand: &Errand) -> bool {
        let Some(letter) = self.courier().letter(errand) else { return false };
        let copy = letter.copy(errand);
        let is_awaited = copy.awaited == errand.number;
        if is_awaited {
            copy.awaited = 0;
        }
        is_awaited
    }

    /// SNS hears what came of an attempt.
    pub(super) fn hear(&mut self, errand: &Errand, answer: Answer, observer: &mut impl Observer) {
        let carrier = self.carrier_of(errand);
        match carrier.outcome(answer) {
            Outcome::Delivered => self.courier().close(errand),
            Outcome::Refused => self.abandon(errand, observer),
            Outcome::Failed => {
                let word = self.draw(errand, Purpose::Attempt)[2];
                let Some(delay) = carrier.retry_delay(errand.number, word) else {
                    return self.abandon(errand, observer);
                };
                let then = self.now + delay;
                let first = self.courier().letter(errand).expect("under way").copy(errand).first;
                if carrier.is_too_late(then.since(first)) {
                    return self.abandon(errand, observer);
                }
                let next = Errand { number: errand.number + 1, ..*errand };
                self.calendar.schedule(then, errand.command, Event::Attempt(next.place()));
            }
        }
    }

    /// SNS gives a message up (S9.27).
    fn abandon(&mut self, errand: &Errand, observer: &mut impl Observer) {
        let why = match self.carrier_of(errand).plan.dead_letter_queue {
            Some(_) => DropReason::DeadLettered,
            None => DropReason::Discarded,
        };
        let parcel = self.parcel(errand);
        self.emit(observer, errand.command, Fact::Dropped { parcel, why });
        self.courier().close(errand);
    }

    /// The consumer has a message.
    pub(super) fn arrive_at(&mut self, errand: &Errand, observer: &mut impl Observer) {
        let letter = self.courier().letter(errand).expect("under way");
        let (published, duplicate) = (letter.published, std::mem::replace(&mut letter.has_arrived, true));
        let (notice, subscription) = (errand.notice, errand.subscription);
        let fact = Fact::Arrived { notice, subscription, duplicate, published };
        self.emit(observer, errand.command, fact);
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use crate::{
        scenario::{self, Source},
        world::{Model, World},
    };

    /// Memory follows the messages under way: at the end there are none.
    #[test]
    fn nothing_is_kept_of_a_message_that_everybody_is_done_with() {
        let path = "scenarios/webhook-behind-a-404.toml";
        let source = Source { path: path.into(), text: fs::read_to_string(path).unwrap() };
        let plan = scenario::load(source, &|beside| fs::read_to_string(beside)).unwrap().plan;
        let model = Model::new(&plan);
        let mut world = World::new(&model, plan.seed, 0);
        let mut most = 0;
        while world.step(&mut ()) {
            most = most.max(world.courier().letters.len());
        }
        assert!((100..4000).contains(&most), "{most}");
        assert!(world.courier().letters.is_empty());
    }
}

//! What endpoints do with the messages that SNS brings: web servers with workers and a queue in front of them, and SQS
//! queues with a consumer behind them.

use super::{
    errand::Errand,
    event::{Event, Place},
    instant::World,
};
use crate::{
    base::{SimDuration, SimTime},
    fleet::{Carrier, luck::Purpose},
    history::{DropReason, Fact, Observer},
    scenario::plan::Sqs,
    sns::Answer,
};

impl World<'_> {
    /// A request reaches the endpoint: what it answers at once.
    pub(super) fn reach(&mut self, errand: &Errand) -> Option<Answer> {
        let (carrier, now) = (self.carrier_of(errand), self.now);
        let endpoint = &carrier.plan.endpoint;
        if let Some(outage) = endpoint.outage(now) {
            match outage.status {
                Some(status) => return Some(Answer::Status(status)),
                None if endpoint.sqs.is_none() => return Some(Answer::Refused),
                None => {}
            }
        }
        let words = self.draw(errand, Purpose::Attempt);
        let status = carrier.answer(words[0])?;
        if !carrier.plan.protocol.is_http() || endpoint.service.is_none() {
            return Some(Answer::Status(status));
        }
        let desk = &mut self.counter_of(errand).desk;
        if desk.is_full() {
            return Some(Answer::Status(503));
        }
        desk.wait(*errand);
        self.courier().letter(errand).expect("under way").open += 1;
        self.begin_requests(errand);
        None
    }

    /// Free workers of a web server take up what waits.
    fn begin_requests(&mut self, of: &Errand) {
        let carrier = self.carrier_of(of);
        while let Some(next) = self.counter_of(of).desk.take() {
            let service = carrier.service(self.draw(&next, Purpose::Attempt)[1]);
            let done = self.now + service.unwrap_or(SimDuration::UNIT);
            self.calendar.schedule(done, next.command, Event::Serve(next.place()));
        }
    }

    /// The endpoint has answered 2xx at once: what is delivered in person has arrived, the rest is in the queue.
    pub(super) fn hand_in(&mut self, errand: &Errand, observer: &mut impl Observer) {
        if self.carrier_of(errand).plan.endpoint.sqs.is_none() {
            return self.arrive_at(errand, observer);
        }
        let now = self.now;
        let letter = self.courier().letter(errand).expect("under way");
        letter.open += 1;
        letter.copy(errand).queued = now;
        self.counter_of(errand).desk.wait(Errand { number: 0, ..*errand });
        self.receive_messages(errand, observer);
    }

    /// A worker is done with a message.
    pub(super) fn end_service(&mut self, command: u32, place: Place, observer: &mut impl Observer) {
        let errand = self.errand(command, place);
        let carrier = self.carrier_of(&errand);
        self.counter_of(&errand).desk.release();
        match &carrier.plan.endpoint.sqs {
            Some(sqs) => {
                let words = self.draw(&errand, Purpose::Receipt);
                if !carrier.fails(sqs, words[0]) {
                    self.consume(&errand, observer);
                }
                self.courier().close(&errand);
                self.receive_messages(&errand, observer);
            }
            None => {
                self.answer(&errand, carrier, observer);
                self.begin_requests(&errand);
            }
        }
    }

    /// A web server answers a request, whether or not SNS still listens.
    fn answer(&mut self, errand: &Errand, carrier: &Carrier, observer: &mut impl Observer) {
        let status = carrier.answer(self.draw(errand, Purpose::Attempt)[0]);
        let answer = Answer::Status(status.expect("what hangs has no worker"));
        let (parcel, attempt) = (self.parcel(errand), errand.number);
        self.emit(observer, errand.command, Fact::Answered { parcel, attempt, answer });
        if answer.is_accepted() {
            self.arrive_at(errand, observer);
        }
        if self.answers(errand) {
            self.hear(errand, answer, observer);
        }
        self.courier().close(errand);
    }

    /// Free workers of a consumer receive what waits in its queue, unless it is down.
    fn receive_messages(&mut self, of: &Errand, observer: &mut impl Observer) {
        let (carrier, now) = (self.carrier_of(of), self.now);
        let sqs = carrier.plan.endpoint.sqs.as_ref().expect("it is a queue");
        let outage = carrier.plan.endpoint.outage(now).filter(|outage| outage.status.is_none());
        if let Some(outage) = outage {
            let until = SimTime::ZERO + outage.until;
            let topic = self.topic_of(of.command) as u32;
            let counter = self.counter_of(of);
            if counter.desk.is_waited_for() && counter.recovers != Some(until) {
                counter.recovers = Some(until);
                let place = Place { instance: topic, slot: of.subscription };
                self.calendar.schedule(until, of.command, Event::Recover(place));
            }
            return;
        }
        while let Some(next) = self.counter_of(of).desk.take() {
            if !self.receive_message(&next, carrier, sqs, observer) {
                self.counter_of(of).desk.release();
            }
        }
    }

    /// A worker receives a message. Whether it is busy with it.
    fn receive_message(
        &mut self,
        errand: &Errand,
        carrier: &Carrier,
        sqs: &Sqs,
        observer: &mut impl Observer,
    ) -> bool {
        let now = self.now;
        let Some(letter) = self.courier().letter(errand) else { return false };
        let copy = letter.copy(errand);
        if copy.is_deleted {
            return false;
        }
        if now.since(copy.queued) >= sqs.retention {
            self.lose(errand, DropReason::Expired, observer);
            return false;
        }
        copy.receipts += 1;
        let number = copy.receipts;
        if sqs.max_receive_count.is_some_and(|most| number > most) {
            self.lose(errand, DropReason::Redriven, observer);
            return false;
        }
        let errand = Errand { number, ..*errand };
        let words = self.draw(&errand, Purpose::Receipt);
        let (fails, service) = (carrier.fails(sqs, words[0]), carrier.service(words[1]));
        if fails || service.is_some_and(|service| service > sqs.visibility_timeout) {
            let then = now + sqs.visibility_timeout;
            self.calendar.schedule(then, errand.command, Event::Reappear(errand.place()));
        }
        match service {
            Some(service) => {
                self.courier().letter(&errand).expect("under way").open += 1;
                self.calendar.schedule(now + service, errand.command, Event::Serve(errand.place()));
            }
            None if fails => {}
            None => self.consume(&errand, observer),
        }
        service.is_some()
    }

    /// The consumer has dealt with a message, and deletes it.
    fn consume(&mut self, errand: &Errand, observer: &mut impl Observer) {
        self.arrive_at(errand, observer);
        self.delete(errand);
    }

    /// The queue gives a message away that nobody has dealt with.
    fn lose(&mut self, errand: &Errand, why: DropReason, observer: &mut impl Observer) {
        let parcel = self.parcel(errand);
        self.emit(observer, errand.command, Fact::Dropped { parcel, why });
        self.delete(errand);
    }

    fn delete(&mut self, errand: &Errand) {
        let copy = self.courier().letter(errand).expect("under way").copy(errand);
        if !std::mem::replace(&mut copy.is_deleted, true) {
            self.courier().close(errand);
        }
    }

    /// What was received and not deleted can be received again.
    pub(super) fn reappear(&mut self, command: u32, place: Place, observer: &mut impl Observer) {
        let errand = self.errand(command, place);
        let Some(letter) = self.courier().letter(&errand) else { return };
        if !letter.copy(&errand).is_deleted {
            self.counter_of(&errand).desk.wait(Errand { number: 0, ..errand });
            self.receive_messages(&errand, observer);
        }
    }

    /// A consumer that was down receives again.
    pub(super) fn recover(&mut self, command: u32, place: Place, observer: &mut impl Observer) {
        let Place { instance: topic, slot: subscription } = place;
        self.courier().counter(topic as usize, subscription).recovers = None;
        // Any errand to this endpoint will do to name it.
        let of = Errand { subscription, ..self.errand(command, Place { instance: 0, slot: 0 }) };
        self.receive_messages(&of, observer);
    }
}

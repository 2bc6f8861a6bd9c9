//! What one writes without a library: a heap of closures, in the order of time and insertion.

use std::{cmp::Ordering, collections::BinaryHeap};

use fleetsim_peers::outcome::Outcome;

use crate::model::{Invocation, Notification, Rollout, Time};

struct Event {
    time: Time,
    sequence: u64,
    action: Box<dyn FnOnce(&mut Simulation)>,
}

struct Simulation {
    now: Time,
    scheduled: u64,
    events: BinaryHeap<Event>,
    rollout: Rollout,
}

pub fn run(instances: u32, concurrency: u32) -> Outcome {
    let rollout = Rollout::new(instances, concurrency);
    let mut simulation = Simulation { now: 0, scheduled: 0, events: BinaryHeap::new(), rollout };
    simulation.send();
    while let Some(event) = simulation.events.pop() {
        simulation.now = event.time;
        (event.action)(&mut simulation);
    }
    simulation.rollout.outcome()
}

impl Simulation {
    fn schedule(&mut self, delay: u32, action: impl FnOnce(&mut Self) + 'static) {
        let event =
            Event { time: self.now + Time::from(delay), sequence: self.scheduled, action: Box::new(action) };
        self.scheduled += 1;
        self.events.push(event);
    }

    fn send(&mut self) {
        while let Some(invocation) = self.rollout.send(self.now) {
            self.schedule(invocation.delivery, move |simulation| simulation.receive(invocation));
        }
    }

    fn receive(&mut self, invocation: Invocation) {
        let notification = self.rollout.receive(&invocation);
        self.publish(notification);
        self.schedule(invocation.execution, move |simulation| simulation.end(invocation));
        self.send();
    }

    fn end(&mut self, invocation: Invocation) {
        let notification = self.rollout.end(self.now, &invocation);
        self.publish(notification);
        self.send();
    }

    fn publish(&mut self, notification: Notification) {
        self.schedule(notification.latency, move |simulation| simulation.rollout.arrive(notification));
    }
}

impl Ord for Event {
    /// The greatest of the heap is the earliest.
    fn cmp(&self, other: &Self) -> Ordering {
        (other.time, other.sequence).cmp(&(self.time, self.sequence))
    }
}

impl PartialOrd for Event {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Event {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Event {}

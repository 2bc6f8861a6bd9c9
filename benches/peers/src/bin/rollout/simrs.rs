//! simrs with one component, which keeps the state itself: the library's own store is a hash table, asked at every access.

use std::{cell::RefCell, rc::Rc, time::Duration};

use fleetsim_peers::outcome::Outcome;
use simrs::{Component, ComponentId, Executor, Scheduler, Simulation, State};

use crate::model::{Invocation, Notification, Rollout, Time};

#[derive(Debug)]
enum Event {
    Start,
    Receive(Invocation),
    End(Invocation),
    Arrive(Notification),
}

struct Fleet(Rc<RefCell<Rollout>>);

pub fn run(instances: u32, concurrency: u32) -> Outcome {
    let rollout = Rc::new(RefCell::new(Rollout::new(instances, concurrency)));
    let mut simulation = Simulation::default();
    let fleet = simulation.add_component(Fleet(rollout.clone()));
    simulation.schedule(Duration::ZERO, fleet, Event::Start);
    simulation.execute(Executor::unbound());
    rollout.borrow().outcome()
}

impl Component for Fleet {
    type Event = Event;

    fn process_event(
        &self,
        fleet: ComponentId<Event>,
        event: &Event,
        scheduler: &mut Scheduler,
        _: &mut State,
    ) {
        let rollout = &mut *self.0.borrow_mut();
        let now = scheduler.time().as_micros() as Time;
        let mut schedule = |delay: u32, event| {
            scheduler.schedule(Duration::from_micros(delay.into()), fleet, event);
        };
        match *event {
            Event::Start => {}
            Event::Receive(invocation) => {
                let notification = rollout.receive(&invocation);
                schedule(notification.latency, Event::Arrive(notification));
                schedule(invocation.execution, Event::End(invocation));
            }
            Event::End(invocation) => {
                let notification = rollout.end(now, &invocation);
                schedule(notification.latency, Event::Arrive(notification));
            }
            Event::Arrive(notification) => return rollout.arrive(notification),
        }
        while let Some(invocation) = rollout.send(now) {
            schedule(invocation.delivery, Event::Receive(invocation));
        }
    }
}

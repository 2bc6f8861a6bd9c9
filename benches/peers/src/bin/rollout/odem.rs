//! odem-rs: an invocation is a process, a notification is one that begins when it arrives.

use std::cell::RefCell;

use fleetsim_peers::outcome::Outcome;
use odem_rs::core::{
    agent::Behavior,
    config::Config,
    simulator::{Sim, Simulator},
};

use crate::model::{Invocation, Notification, Rollout, Time};

/// Later than every rollout.
const END: Time = Time::MAX / 2;

#[derive(Config)]
#[time(Time)]
struct Fleet {
    rollout: RefCell<Rollout>,
}

pub fn run(instances: u32, concurrency: u32) -> Outcome {
    let rollout = RefCell::new(Rollout::new(instances, concurrency));
    let simulator = Simulator::new(Fleet { rollout });
    let rollout = async |sim: &Sim<Fleet>| {
        send(sim);
        sim.advance_to(END).await;
    };
    simulator.run(rollout).expect("the end is scheduled");
    simulator.inner().rollout.borrow().outcome()
}

fn send(sim: &Sim<Fleet>) {
    while let Some(invocation) = sim.global().rollout.borrow_mut().send(sim.now()) {
        sim.spawn_at(invocation, invocation.delivery);
    }
}

impl Behavior<Fleet> for Invocation {
    type Output = ();

    async fn actions(&self, sim: &Sim<Fleet>) {
        let rollout = &sim.global().rollout;
        let notification = rollout.borrow_mut().receive(self);
        sim.spawn_at(notification, notification.latency);
        send(sim);
        sim.advance(self.execution).await;
        let notification = rollout.borrow_mut().end(sim.now(), self);
        sim.spawn_at(notification, notification.latency);
        send(sim);
    }
}

impl Behavior<Fleet> for Notification {
    type Output = ();

    async fn actions(&self, sim: &Sim<Fleet>) {
        sim.global().rollout.borrow_mut().arrive(*self);
    }
}

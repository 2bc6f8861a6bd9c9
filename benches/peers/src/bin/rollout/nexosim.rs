//! NeXosim on one thread, as one model that schedules its own events: no message passes between models. The state is
//! the model's environment, which needs no serialization.

use std::time::Duration;

use fleetsim_peers::outcome::Outcome;
use nexosim::{
    model::{BuildContext, Context, Model, ProtoModel, schedulable},
    ports::QuerySource,
    simulation::{Mailbox, SimInit},
    time::MonotonicTime,
};
use serde::{Deserialize, Serialize};

use crate::model::{Invocation, Notification, Rollout, Time};

const START: MonotonicTime = MonotonicTime::EPOCH;

pub fn run(instances: u32, concurrency: u32) -> Outcome {
    let mailbox = Mailbox::new();
    let mut bench = SimInit::with_num_threads(1);
    let outcome = QuerySource::new().connect(Fleet::outcome, &mailbox).register(&mut bench);
    let prototype = Prototype(Rollout::new(instances, concurrency));
    let mut simulation = bench.add_model(prototype, mailbox, "fleet").init(START).expect("a sound bench");
    simulation.run().expect("a sound model");
    simulation.process_query(&outcome, ()).expect("a sound model")
}

struct Prototype(Rollout);

impl ProtoModel for Prototype {
    type Model = Fleet;

    fn build(self, _: &mut BuildContext<Self>) -> (Fleet, Rollout) {
        (Fleet, self.0)
    }
}

#[derive(Serialize, Deserialize)]
struct Fleet;

#[Model(type Env = Rollout)]
impl Fleet {
    #[nexosim(init)]
    async fn init(&mut self, context: &Context<Self>, rollout: &mut Rollout) {
        send(context, rollout, 0);
    }

    #[nexosim(schedulable)]
    fn receive(&mut self, invocation: Invocation, context: &Context<Self>, rollout: &mut Rollout) {
        publish(context, rollout.receive(&invocation));
        context
            .schedule_event(delay(invocation.execution), schedulable!(Self::end), invocation)
            .expect(LATER);
        send(context, rollout, now(context));
    }

    #[nexosim(schedulable)]
    fn end(&mut self, invocation: Invocation, context: &Context<Self>, rollout: &mut Rollout) {
        let now = now(context);
        publish(context, rollout.end(now, &invocation));
        send(context, rollout, now);
    }

    #[nexosim(schedulable)]
    fn arrive(&mut self, notification: Notification, _: &Context<Self>, rollout: &mut Rollout) {
        rollout.arrive(notification);
    }

    async fn outcome(&mut self, _: (), _: &Context<Self>, rollout: &mut Rollout) -> Outcome {
        rollout.outcome()
    }
}

const LATER: &str = "every delay is positive";

fn send(context: &Context<Fleet>, rollout: &mut Rollout, now: Time) {
    while let Some(invocation) = rollout.send(now) {
        context
            .schedule_event(delay(invocation.delivery), schedulable!(Fleet::receive), invocation)
            .expect(LATER);
    }
}

fn publish(context: &Context<Fleet>, notification: Notification) {
    context
        .schedule_event(delay(notification.latency), schedulable!(Fleet::arrive), notification)
        .expect(LATER);
}

fn delay(microseconds: u32) -> Duration {
    Duration::from_micros(microseconds.into())
}

fn now(context: &Context<Fleet>) -> Time {
    context.time().duration_since(START).as_micros() as Time
}

//! The two ways to make load: open, where requests are sent when they are planned whatever the server does, and closed, where
//! so many clients each wait for the answer before they ask again.

use std::{
    io,
    rc::Rc,
    time::{Duration, Instant},
};

use tokio::{
    task::{spawn_local, yield_now},
    time,
};

use super::{
    arrivals::{Arrival, Plan},
    engine::{Engine, Job, What},
    mix::Operation,
    pacer::Pacer,
};

/// How often what was counted is handed on.
const INTERVAL: Duration = Duration::from_secs(1);

/// Sends requests by plan, of shard I of N, until all is sent and followed to its end, the time for that is over, or `stop`.
/// Has to run in a `LocalSet`.
///
/// # Errors
///
/// When the system has no timer.
pub async fn open(
    engine: &Rc<Engine>,
    plan: &Plan,
    shard: (u64, u64),
    stop: impl Future<Output = ()>,
) -> io::Result<()> {
    let pacer = Pacer::new()?;
    let ticks = spawn_local(tick(engine.clone()));
    let mut arrivals = plan.arrivals(shard).peekable();
    let end = engine.begin.0 + plan.length() + engine.settings.drain;
    let mut stop = std::pin::pin!(stop);
    loop {
        let now = Instant::now();
        let planned = arrivals.peek().map(|arrival| engine.begin.0 + arrival.at);
        let follow_up = engine.calendar.borrow().next();
        let is_over = engine.under_way.get() == 0 && engine.followed.get() == 0;
        if planned.is_none() && (is_over || now >= end) {
            break;
        }
        let due = [planned, follow_up].into_iter().flatten().min().unwrap_or(end);
        if due > now {
            tokio::select! {
                biased;
                () = &mut stop => break,
                () = pacer.until(due) => {}
                // The calendar has another first entry, or the last request is done.
                () = engine.news.notified() => continue,
            }
        }
        if planned == Some(due) {
            arrivals.next().into_iter().for_each(|arrival| engine.arrive(arrival, due));
        } else if let Some((planned, follow)) = engine.take_follow_up(due) {
            let stage = follow.stage;
            engine.begin_request(Job { planned, stage, what: What::Poll(follow) });
        }
        // Whoever is behind must not keep answers waiting.
        if due <= now {
            yield_now().await;
        }
    }
    ticks.abort();
    engine.flush();
    Ok(())
}

/// Keeps `clients` clients asking for so long; with `most`, for so many requests at most.
pub async fn closed(engine: &Rc<Engine>, clients: usize, length: Duration, stop: impl Future<Output = ()>) {
    let ticks = spawn_local(tick(engine.clone()));
    let end = engine.begin.0 + length;
    let client = |number: usize| {
        let engine = engine.clone();
        spawn_local(async move {
            let mut number = number as u64;
            while Instant::now() < end {
                let operation = engine.mix.of(number);
                let job = Job { planned: Instant::now(), stage: 0, what: What::Planned(operation, number) };
                engine.start();
                engine.clone().perform(job).await;
                number += clients as u64;
            }
        })
    };
    let all: Vec<_> = (0..clients).map(client).collect();
    let work = async {
        for one in all {
            // A client that panics is a defect, and told as one.
            one.await.expect("a client ends when its time is over");
        }
    };
    tokio::select! { () = work => {}, () = stop => {} }
    ticks.abort();
    engine.flush();
}

async fn tick(engine: Rc<Engine>) {
    let mut ticks = time::interval(INTERVAL);
    ticks.tick().await;
    loop {
        ticks.tick().await;
        engine.flush();
    }
}

impl Engine {
    /// A planned request is due.
    fn arrive(self: &Rc<Self>, arrival: Arrival, planned: Instant) {
        let error = planned.elapsed();
        let is_room = self.under_way.get() < self.settings.most_under_way;
        {
            let schedule = &mut self.interval.borrow_mut().schedule;
            schedule.planned += 1;
            schedule.error.add_nanos(error);
            schedule.late += u64::from(error > self.settings.bound);
            schedule.skipped += u64::from(!is_room);
        }
        if is_room {
            let operation = self.mix.of(arrival.number);
            let what = What::Planned(operation, arrival.number);
            self.begin_request(Job { planned, stage: arrival.stage, what });
        }
    }

    fn begin_request(self: &Rc<Self>, job: Job) {
        self.start();
        spawn_local(self.clone().perform(job));
    }

    fn start(&self) {
        self.under_way.set(self.under_way.get() + 1);
        let schedule = &mut self.interval.borrow_mut().schedule;
        schedule.most_under_way = schedule.most_under_way.max(self.under_way.get() as u64);
    }

    fn take_follow_up(&self, due: Instant) -> Option<(Instant, super::follow::Follow)> {
        let mut calendar = self.calendar.borrow_mut();
        calendar.next().filter(|at| *at <= due)?;
        calendar.take()
    }
}

/// Whether something has to be sent before a mix of these operations has anything to ask about.
pub fn needs_prelude(operations: impl Iterator<Item = Operation>) -> bool {
    let all: Vec<_> = operations.collect();
    all.iter().any(|operation| operation.needs_command())
}

//! The generator: makes requests when they are due, and hands on what came of them. One thread, one runtime.

use std::{
    cell::{Cell as Flag, RefCell},
    rc::Rc,
    sync::mpsc::Sender,
    time::{Duration, Instant},
};

use jiff::Timestamp;
use tokio::sync::Notify;

use super::{
    follow::{Calendar, Follow, Manner, Then},
    log::{Happening, Interval, Testimony},
    material::{Material, Sent},
    mix::{Mix, Operation},
    tally::Cell,
    told::SendCommandResult,
};
use crate::client::{Answer, Client, Failure, Prepared};

/// How the generator works.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// Requests under way or waiting for a connection at once; what is due beyond them is skipped.
    pub most_under_way: usize,
    /// A send is late when the generator turns to it so long after it was planned.
    pub bound: Duration,
    /// How often a request is sent again after a throttle, an error of the server or no answer.
    pub retries: u32,
    /// How long after an answer about a command's course it is asked again; `None`: commands are not followed.
    pub poll: Option<Duration>,
    /// How they are followed.
    pub manner: Manner,
    /// How long after the last planned request commands are still followed.
    pub drain: Duration,
    /// Whether answers about invocations are handed on, to be judged.
    pub testify: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            most_under_way: 10_000,
            bound: Duration::from_millis(10),
            retries: 0,
            poll: Some(Duration::from_secs(1)),
            manner: Manner::List,
            drain: Duration::from_secs(30),
            testify: false,
        }
    }
}

/// A request that is due.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) planned: Instant,
    pub(super) stage: usize,
    pub(super) what: What,
}

/// What a request asks.
#[derive(Debug)]
pub(super) enum What {
    /// The request with this number in the plan.
    Planned(Operation, u64),
    /// How a command is getting on.
    Poll(Follow),
}

/// What all requests share.
pub struct Engine {
    pub(super) client: Client,
    pub(super) settings: Settings,
    pub(super) mix: Mix,
    material: RefCell<Material>,
    pub(super) calendar: RefCell<Calendar>,
    /// Tells that the calendar has a new first entry, or that a request is done.
    pub(super) news: Notify,
    log: Sender<Happening>,
    pub(super) interval: RefCell<Interval>,
    pub(super) under_way: Flag<usize>,
    /// Commands that are followed and have not ended.
    pub(super) followed: Flag<usize>,
    /// Invocations in flight, as last told.
    in_flight: Flag<u64>,
    most_in_flight: RefCell<Option<String>>,
    /// The beginning on both clocks: wall time goes on evenly from there.
    pub begin: (Instant, Timestamp),
}

impl Engine {
    /// A generator that begins now and hands on what happens through `log`.
    pub fn new(
        client: Client,
        settings: Settings,
        mix: Mix,
        material: Material,
        log: Sender<Happening>,
    ) -> Rc<Self> {
        Rc::new(Self {
            client,
            settings,
            mix,
            material: RefCell::new(material),
            calendar: RefCell::default(),
            news: Notify::new(),
            log,
            interval: RefCell::default(),
            under_way: Flag::new(0),
            followed: Flag::new(0),
            in_flight: Flag::new(0),
            most_in_flight: RefCell::default(),
            begin: (Instant::now(), Timestamp::now()),
        })
    }

    /// Who calls.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// An instant as wall time.
    fn wall(&self, instant: Instant) -> Timestamp {
        let (begin, wall) = self.begin;
        let since = instant.saturating_duration_since(begin);
        wall.saturating_add(since).unwrap_or(Timestamp::MAX)
    }

    /// Hands on what was counted since the last time.
    pub(super) fn flush(&self) {
        let now = self.begin.0.elapsed();
        let mut interval = self.interval.borrow_mut();
        let next = Interval { begin: now, ..Interval::default() };
        let mut done = std::mem::replace(&mut *interval, next);
        done.length = now.saturating_sub(done.begin);
        done.under_way = self.under_way.get();
        done.in_flight = self.in_flight.get();
        done.most_in_flight.clone_from(&self.most_in_flight.borrow());
        // Who does not listen any more wants to hear no more.
        let _ = self.log.send(Happening::Interval(done));
    }

    /// Makes a request and takes in its answer.
    pub(super) async fn perform(self: Rc<Self>, job: Job) {
        let call = match &job.what {
            What::Planned(operation, number) => self.material.borrow().call(*operation, *number),
            What::Poll(follow) => follow.call(),
        };
        let operation = match &job.what {
            What::Planned(operation, _) => *operation,
            What::Poll(follow) => follow.operation(),
        };
        let asked = Instant::now();
        match call {
            None => self.count(operation, job.stage, |cell| {
                *cell.errors.entry("(no command yet)".into()).or_default() += 1;
            }),
            Some(call) => {
                let result = self.send(&call, operation, job.stage).await;
                if self.settings.testify {
                    self.testify(operation, &call, asked, &result);
                }
                self.take_in(operation, job, asked, result);
            }
        }
        self.under_way.set(self.under_way.get() - 1);
        if self.under_way.get() == 0 {
            self.news.notify_one();
        }
    }

    async fn send(&self, call: &Prepared, operation: Operation, stage: usize) -> Result<Answer, Failure> {
        let mut wait = Duration::from_millis(100);
        for _ in 0..self.settings.retries {
            let result = self.client.send(call).await;
            if !is_worth_another(&result) {
                return result;
            }
            self.count(operation, stage, |cell| cell.retries += 1);
            tokio::time::sleep(wait).await;
            wait = (wait * 2).min(Duration::from_secs(20));
        }
        self.client.send(call).await
    }

    fn take_in(&self, operation: Operation, job: Job, asked: Instant, result: Result<Answer, Failure>) {
        self.count(operation, job.stage, |cell| count_result(cell, job.planned, asked, &result));
        let heard = result.ok().filter(|answer| answer.error.is_none());
        match (job.what, heard) {
            (What::Planned(Operation::SendCommand, _), Some(answer)) => self.follow(&answer, job.stage),
            (What::Poll(follow), heard) => self.go_on(follow, heard.as_ref()),
            _ => {}
        }
    }

    /// Hands on an answer about commands or invocations.
    fn testify(
        &self,
        operation: Operation,
        call: &Prepared,
        asked: Instant,
        result: &Result<Answer, Failure>,
    ) {
        let Ok(answer) = result else { return };
        if answer.error.is_none() && operation != Operation::DescribeInstanceInformation {
            let times = (self.wall(asked), self.wall(answer.answered));
            let (request, body) = (call.body().clone(), answer.body.clone());
            let _ = self.log.send(Happening::Testimony(Testimony { operation, times, request, body }));
        }
    }

    /// Begins to follow a command that was sent.
    fn follow(&self, answer: &Answer, stage: usize) {
        let Ok(SendCommandResult { command }) = serde_json::from_slice(&answer.body) else { return };
        *self.most_in_flight.borrow_mut() = command.max_concurrency;
        if let Some(poll) = self.settings.poll {
            let whole = Follow::new(command.command_id.clone(), stage, self.settings.manner);
            let begin = |follow| {
                self.followed.set(self.followed.get() + 1);
                self.enter(answer.answered + poll, follow);
            };
            match (self.settings.manner, &command.instance_ids[..]) {
                (Manner::List, _) | (Manner::Get, []) => begin(whole),
                (Manner::Get, ids) => {
                    let of = |id: &String| Follow::invocation(command.command_id.clone(), id.clone(), stage);
                    ids.iter().map(of).for_each(begin);
                }
            }
        }
        let sent = Sent { command_id: command.command_id, instance_ids: command.instance_ids };
        self.material.borrow_mut().remember(sent);
    }

    /// Goes on following a command after an answer, or after none.
    fn go_on(&self, mut follow: Follow, heard: Option<&Answer>) {
        let now = Instant::now();
        let Some(poll) = self.settings.poll else { return };
        let Some(answer) = heard else {
            follow.begin_round();
            return self.enter(now + poll, follow);
        };
        let (before, mut instances) = (follow.in_flight, Vec::new());
        let then = follow.hear(&answer.body, &mut instances);
        self.material.borrow_mut().learn(&follow.command_id, instances);
        self.in_flight.set(self.in_flight.get().saturating_sub(before) + follow.in_flight);
        match then {
            Then::AtOnce => self.enter(answer.answered, follow),
            Then::Later => self.enter(answer.answered + poll, follow),
            Then::Done => self.followed.set(self.followed.get() - 1),
            Then::Apart => {
                let each: Vec<_> = follow.split().collect();
                self.followed.set(self.followed.get() - 1 + each.len());
                each.into_iter().for_each(|one| self.enter(answer.answered, one));
            }
        }
    }

    fn enter(&self, at: Instant, follow: Follow) {
        if self.calendar.borrow_mut().enter(at, follow) {
            self.news.notify_one();
        }
    }

    fn count(&self, operation: Operation, stage: usize, change: impl FnOnce(&mut Cell)) {
        change(self.interval.borrow_mut().cells.entry((operation, stage)).or_default());
    }
}

fn count_result(cell: &mut Cell, planned: Instant, asked: Instant, result: &Result<Answer, Failure>) {
    match result {
        Ok(answer) if answer.is_throttled() => {
            *cell.throttles.entry(answer.error.clone().unwrap_or_default()).or_default() += 1;
        }
        Ok(Answer { error: Some(error), .. }) => *cell.errors.entry(error.clone()).or_default() += 1,
        Ok(answer) => {
            cell.good += 1;
            cell.planned.add(answer.answered.saturating_duration_since(planned));
            cell.actual.add(answer.answered.saturating_duration_since(answer.sent));
        }
        Err(failure) => {
            *cell.errors.entry(failure.name().into()).or_default() += 1;
            // It took at least so long: to leave it out would flatter whoever does not answer.
            if *failure == Failure::TimedOut {
                cell.planned.add(planned.elapsed());
                cell.actual.add(asked.elapsed());
            }
        }
    }
}

/// Whether a client that tries again does so after this.
fn is_worth_another(result: &Result<Answer, Failure>) -> bool {
    match result {
        Ok(answer) => answer.is_throttled() || answer.status >= 500,
        Err(failure) => *failure != Failure::TooLong,
    }
}

//! The service on its thread: driven by the clock, journaled, called. Nothing here waits.

use std::{
    collections::BTreeSet,
    fs::File,
    path::Path,
    rc::Rc,
    time::{Duration, Instant},
};

use super::{
    auth::Auth,
    clock::{Clock, Speed},
    journal::{Entry, Gate, Header, Journal},
    metrics::{self, Gauges, Metrics},
    replay,
};
use crate::{
    base::{SimDuration, SimTime},
    iam::Principal,
    service::{self, Outgoing, OutgoingOutput, Service, Stores},
    wire::{call::Call, http::Response},
};

/// The longest that the service may work without a look at other requests.
const SLICE: Duration = Duration::from_millis(2);

/// The service and what drives it.
pub struct Host {
    service: Service,
    begin: Box<dyn Fn() -> Service>,
    clock: Clock,
    started: Instant,
    journal: Option<Rc<Journal>>,
    /// When something was last changed by a call.
    changed_at: Option<SimTime>,
    /// Times at which somebody waits to be woken, told apart by numbers.
    alarms: BTreeSet<(SimTime, u64)>,
    next_alarm: u64,
    outbox: Vec<Outgoing>,
    /// Where outputs are put in earnest.
    stores: Stores,
    /// Grows with whatever changes what clients see, time alone excepted.
    pub version: u64,
    /// How often everything began anew.
    pub epoch: u64,
    /// What is counted.
    pub metrics: Metrics,
}

/// When the service has to be driven on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// At once, after a look at other requests.
    Now,
    /// At this instant.
    At(Instant),
    /// When something comes from outside.
    Idle,
}

/// How far the service came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reached {
    /// As far as it should.
    Goal,
    /// As far as a slice allows.
    Slice,
    /// As far as the journal allows, which wakes us when it is further.
    Watermark,
}

impl Host {
    /// A service at time 0, which `begin` makes: now, and whenever everything begins anew.
    pub fn new(begin: Box<dyn Fn() -> Service>, speed: Speed) -> Self {
        Self {
            service: begin(),
            begin,
            clock: Clock::new(speed, Duration::ZERO, SimTime::ZERO),
            started: Instant::now(),
            journal: None,
            changed_at: None,
            alarms: BTreeSet::new(),
            next_alarm: 0,
            outbox: Vec::new(),
            stores: Stores::default(),
            version: 0,
            epoch: 0,
            metrics: Metrics::default(),
        }
    }

    /// Opens the journal at `path`, and makes its calls again. The note is for the user; [`Journal::keep`] has to be
    /// run with the file.
    ///
    /// # Errors
    ///
    /// In words for the user.
    pub fn open_journal(
        &mut self,
        path: &Path,
        header: Header,
        auth: Option<&Auth>,
    ) -> Result<(Rc<Journal>, File, Vec<String>), String> {
        let (journal, file, past) = Journal::open(path, header)?;
        let mut notes: Vec<_> = past.note.into_iter().collect();
        if !past.records.is_empty() {
            let wrong = |what| format!("the journal {} does not fit: {what}", path.display());
            let replayed = replay::replay(&mut self.service, &past.records, auth).map_err(wrong)?;
            self.outbox = replayed.outgoing;
            self.changed_at = replayed.changed_at;
            let seconds = self.service.now().since(SimTime::ZERO);
            notes.push(format!(
                "{} calls made again from {}; time goes on at {seconds}",
                replayed.calls,
                path.display()
            ));
        }
        self.started = Instant::now();
        self.clock.set(Duration::ZERO, self.service.now());
        self.journal = Some(journal.clone());
        Ok((journal, file, notes))
    }

    /// The service, to be asked.
    pub fn service(&self) -> &Service {
        &self.service
    }

    /// The clock.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// The wall time since the start.
    pub fn wall(&self) -> Duration {
        self.started.elapsed()
    }

    /// The simulated time that clients are told.
    pub fn now(&self) -> SimTime {
        self.service.now()
    }

    /// When next something happens by itself. What a call has left to be done at this very moment is done in the next one.
    pub fn next_time(&mut self) -> Option<SimTime> {
        let next = self.now() + SimDuration::UNIT;
        self.service.next_time().map(|time| time.max(next))
    }

    /// Lets happen what is due, but for so long only that nobody waits.
    pub fn tick(&mut self) {
        self.reach();
    }

    /// The same; what comes back has to be passed before the service is at the time that the clock shows. Nothing does while
    /// requests come in at a steady pace, since the watermark then goes ahead of them.
    pub fn catch_up(&mut self) -> Option<Gate> {
        let reached = self.reach();
        let time = self.clock.now(self.wall());
        self.journal.as_ref().filter(|_| reached == Reached::Watermark)?.gate(time)
    }

    /// Brings the service to the time that the clock shows, as far as the slice and the watermark allow: no time is reached that
    /// a client could not be told at once.
    fn reach(&mut self) -> Reached {
        let target = self.clock.now(self.wall());
        let allowed = match &self.journal {
            Some(journal) => target.min(journal.reach(target, self.clock.stride())),
            None => target,
        };
        let began = Instant::now();
        while let Some(time) = self.next_time().filter(|time| *time <= allowed) {
            self.service.advance(time);
            self.version += 1;
            if began.elapsed() > SLICE {
                return Reached::Slice;
            }
        }
        if self.service.now() < allowed {
            self.service.advance(allowed);
        }
        if allowed == target { Reached::Goal } else { Reached::Watermark }
    }

    /// Drives the service on, and says when to come again.
    pub fn drive(&mut self) -> Next {
        match self.reach() {
            Reached::Goal => {}
            Reached::Slice => return Next::Now,
            Reached::Watermark => return Next::Idle,
        }
        while self.alarms.first().is_some_and(|(time, _)| *time <= self.now()) {
            self.alarms.pop_first();
            self.version += 1;
        }
        let Some(next) = self.next_moment() else { return Next::Idle };
        if self.clock.runs_ahead() {
            self.clock.jump(self.wall(), next);
            self.reach();
            return Next::Now;
        }
        let wall = self.clock.wall_at(next);
        wall.map_or(Next::Idle, |wall| Next::At(self.started + wall))
    }

    fn next_moment(&mut self) -> Option<SimTime> {
        let alarm = self.alarms.first().map(|(time, _)| *time);
        self.next_time().into_iter().chain(alarm).min()
    }

    /// From now on somebody waits for `time`; the answer is the alarm's number.
    pub fn set_alarm(&mut self, time: SimTime) -> u64 {
        self.next_alarm += 1;
        self.alarms.insert((time, self.next_alarm));
        self.next_alarm
    }

    /// Nobody waits any more.
    pub fn drop_alarm(&mut self, time: SimTime, number: u64) {
        self.alarms.remove(&(time, number));
    }

    /// Answers a call. Before the answer may leave, its gate has to be passed.
    pub fn call(&mut self, call: &Call, caller: Option<&Principal>) -> (Response, Option<Gate>) {
        self.tick();
        if service::changes_state(call) && metrics::is_known(call) {
            let now = self.own_moment();
            if let Some(journal) = &self.journal {
                journal.note_call(Entry::new(now, call, caller.map(|caller| caller.arn.as_str())));
            }
            self.version += 1;
        }
        let response = self.service.call(call, caller);
        (response, self.gate())
    }

    /// Changes have moments of their own, a microsecond apart at least, which makes their order plain.
    fn own_moment(&mut self) -> SimTime {
        if self.changed_at.is_some_and(|last| self.now() <= last) {
            self.service.advance(self.now() + SimDuration::UNIT);
        }
        self.changed_at = Some(self.now());
        self.now()
    }

    /// What an answer that rests on the present state waits for.
    pub fn gate(&self) -> Option<Gate> {
        self.journal.as_ref()?.gate(self.now())
    }

    /// Of a `ReceiveMessage` that would find nothing: how long its caller is ready to wait.
    pub fn patience(&self, call: &Call) -> Option<SimDuration> {
        (call.operation == "ReceiveMessage").then(|| self.service.patience(call)).flatten()
    }

    /// A fault begins in the instant after now. Its number.
    ///
    /// # Errors
    ///
    /// What is wrong with the request.
    pub fn begin_fault(&mut self, request: &str) -> Result<u32, String> {
        self.tick();
        let now = self.own_moment();
        let id = self.service.begin_fault(request.as_bytes())?;
        if let Some(journal) = &self.journal {
            journal.note_fault(now, request);
        }
        self.version += 1;
        Ok(id)
    }

    /// A fault is over in the instant after now.
    ///
    /// # Errors
    ///
    /// When it does not go on.
    pub fn end_fault(&mut self, id: u32) -> Result<(), String> {
        self.tick();
        let now = self.own_moment();
        self.service.end_fault(id)?;
        if let Some(journal) = &self.journal {
            journal.note_fault_end(now, id);
        }
        self.version += 1;
        Ok(())
    }

    /// Stands still.
    pub fn pause(&mut self) {
        self.tick();
        let wall = self.wall();
        // Time stands where it was reached, not where it should have been.
        self.clock.set(wall, self.service.now());
        self.clock.pause(wall);
        self.version += 1;
    }

    /// Goes on.
    pub fn resume(&mut self) {
        self.clock.resume(self.wall());
        self.version += 1;
    }

    /// Goes at another speed.
    pub fn set_speed(&mut self, speed: Speed) {
        self.tick();
        self.clock.set_speed(self.wall(), speed);
        self.version += 1;
    }

    /// Goes on from `to`, once everything before has happened.
    pub fn jump(&mut self, to: SimTime) {
        self.clock.jump(self.wall(), to);
        self.version += 1;
    }

    /// Begins anew at time 0, and forgets everything.
    pub fn reset(&mut self) {
        self.service = (self.begin)();
        self.service.put_outputs(self.stores);
        self.clock.set(self.wall(), SimTime::ZERO);
        self.changed_at = None;
        self.outbox.clear();
        if let Some(journal) = &self.journal {
            journal.reset();
        }
        self.version += 1;
        self.epoch += 1;
    }

    /// The messages to be delivered outside, and what has to be passed before they leave.
    pub fn take_outgoing(&mut self) -> Option<(Vec<Outgoing>, Option<Gate>)> {
        let mut outgoing = std::mem::take(&mut self.outbox);
        outgoing.append(&mut self.service.take_outgoing());
        self.metrics.sent += outgoing.len() as u64;
        (!outgoing.is_empty()).then(|| (outgoing, self.gate()))
    }

    /// From now on outputs are put to stores outside. What the calls of a journal had put is not put again.
    pub fn put_outputs(&mut self, stores: Stores) {
        self.stores = stores;
        self.service.put_outputs(stores);
    }

    /// The outputs to be put outside, and what has to be passed before they leave.
    pub fn take_outputs(&mut self) -> Option<(Vec<OutgoingOutput>, Option<Gate>)> {
        let outputs = self.service.take_outputs();
        (!outputs.is_empty()).then(|| (outputs, self.gate()))
    }

    /// A message has arrived outside.
    pub fn note_delivery(&mut self, epoch: u64, id: u64) {
        if epoch != self.epoch {
            return;
        }
        self.metrics.delivered += 1;
        if let Some(journal) = &self.journal {
            journal.note_delivery(id);
        }
    }

    /// A message is given up: it goes to its dead-letter queue, if it has one.
    pub fn bury(&mut self, epoch: u64, outgoing: &Outgoing) {
        if epoch != self.epoch {
            return;
        }
        self.metrics.buried += 1;
        self.tick();
        let now = self.own_moment();
        if let Some(journal) = &self.journal {
            journal.note_burial(now, outgoing.id);
        }
        self.service.bury(outgoing);
        self.version += 1;
    }

    /// What Prometheus is told besides the counters.
    pub fn gauges(&self) -> Gauges {
        Gauges {
            simulated_seconds: self.now().since(SimTime::ZERO).as_secs_f64(),
            speed: self.clock.speed().as_factor(),
            is_paused: self.clock.is_paused(),
            live_invocations: self.service.live_invocations(),
            journal_syncs: self.journal.as_ref().map(|journal| journal.progress().syncs),
        }
    }
}

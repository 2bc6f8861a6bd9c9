//! The loop: all events of an instant, then what the rate control sends, then the commands' own status.

use std::{cmp::Reverse, sync::Arc};

use super::{
    alarm::Alarms,
    bus::Bus,
    calendar::Calendar,
    command::{CommandRun, ended_state},
    courier::Courier,
    courses::Courses,
    event::{Entry, Event},
    live::LiveInvocations,
    messages::Messages,
    model::Model,
    notify::{Held, change_of},
    quota::Quotas,
    site::Site,
    trouble::Links,
};
use crate::{
    base::SimTime,
    control::{Halt, Input, Output, roll_up},
    fleet::{Luck, memo::Memo},
    history::{Ending, Fact, Observer, Record},
    scenario::plan::{Command, Plan},
    ssm::{Readings, StatusDetails, reading::AlarmStop},
};

/// One replication of a plan, from its first event to its last.
#[derive(Debug)]
pub struct World<'a> {
    pub(super) model: &'a Model<'a>,
    /// The model's.
    pub(super) plan: &'a Plan,
    pub(super) luck: Luck,
    pub(super) now: SimTime,
    pub(super) calendar: Calendar,
    pub(super) live: LiveInvocations,
    pub(super) site: Site,
    /// Who has lost its connection.
    pub(super) links: Links,
    pub(super) messages: Messages,
    pub(super) memo: Memo,
    /// The messages whose delivery is followed.
    pub(super) courier: Option<Box<Courier>>,
    /// What was drawn in an earlier run of the same replication.
    pub(super) courses: Option<&'a mut Courses>,
    /// Whether messages are held until their invocation has ended, and those that are.
    pub(super) holds_messages: bool,
    pub(super) held: Vec<Held>,
    /// What is going on about events; `None` where the plan has none.
    pub(super) bus: Option<Box<Bus>>,
    /// What the alarms have seen; `None` where no command names one.
    pub(super) alarms: Option<Box<Alarms>>,
    /// What has been used of assumed quotas; `None` where the plan has none.
    pub(super) quotas: Option<Box<Quotas>>,
    /// In the order of the plan; `None` until submitted.
    pub(super) commands: Vec<Option<CommandRun>>,
    /// The commands to which something happened in this instant, each once.
    pub(super) touched: Vec<u32>,
}

impl<'a> World<'a> {
    /// The world before its first event. `seed` and `replication` choose its luck.
    pub fn new(model: &'a Model<'a>, seed: u64, replication: u64) -> Self {
        let plan = model.plan();
        let mut calendar = Calendar::default();
        for (index, command) in (0..).zip(&plan.commands).filter(|(_, command)| command.is_sent()) {
            enter_requests(&mut calendar, index, command);
        }
        for (at, span, _) in model.agents.breaks() {
            calendar.schedule(span.start, 0, Event::Fault { at });
        }
        let bus =
            model.events.as_ref().map(|(_, rulebook)| Box::new(Bus::new(model, rulebook, &mut calendar)));
        let alarms = Alarms::new(plan, &mut calendar);
        Self {
            model,
            plan,
            bus,
            alarms,
            luck: Luck::new(seed, replication),
            now: SimTime::ZERO,
            calendar,
            live: LiveInvocations::default(),
            site: Site::default(),
            links: Links::default(),
            messages: Messages::default(),
            memo: Memo::new(model.blocks_of_messages()),
            courier: Courier::new(model, seed, replication),
            courses: None,
            holds_messages: false,
            held: Vec::new(),
            quotas: Quotas::new(plan),
            commands: plan.commands.iter().map(|_| None).collect(),
            touched: Vec::new(),
        }
    }

    /// The same, with courses that were drawn for this seed and replication, of this plan but for its rate controls. They
    /// are not asked where agents are followed step by step, nor where rules may send commands.
    pub fn with_courses(model: &'a Model<'a>, seed: u64, replication: u64, courses: &'a mut Courses) -> Self {
        let courses = model.events.is_none().then_some(courses);
        Self { courses, ..Self::new(model, seed, replication) }
    }

    /// When the next instant is that something happens in.
    pub fn next_time(&mut self) -> Option<SimTime> {
        self.calendar.next_time()
    }

    /// Runs to the last event.
    pub fn run(&mut self, observer: &mut impl Observer) {
        while self.step(observer) {}
    }

    /// Handles one instant. False when there is nothing left to happen.
    #[inline]
    pub fn step(&mut self, observer: &mut impl Observer) -> bool {
        let Some(now) = self.next_time() else { return false };
        self.now = now;
        while let Some(key) = self.calendar.pop_at(now) {
            self.handle(key, observer);
        }
        if self.touched.len() > 1 {
            self.touched.sort_unstable_by_key(|&command| Reverse(command));
        }
        while let Some(command) = self.touched.pop() {
            self.end_instant(command, observer);
        }
        true
    }

    fn handle(&mut self, key: u128, observer: &mut impl Observer) {
        let Entry { command, event, .. } = Entry::from_key(key);
        match event {
            Event::Submit => self.call_send_command(command, observer),
            Event::Finish(place) => self.finish(command, place, observer),
            Event::Reply(place) => self.receive_reply(command, place, observer),
            Event::StepEnd(place) if self.model.is_foreseeable => {
                self.break_foreseen(command, place, observer);
            }
            Event::StepEnd(place) => self.end_run(command, place, observer),
            Event::Vanish { instance } => self.vanish(instance, None, observer),
            Event::RebootEnd { instance } => self.end_reboot(command, instance, observer),
            Event::Reconnect(place) => self.reconnect(command, place, observer),
            Event::Receive(place) => self.receive(command, place, observer),
            Event::Acknowledge(place) => self.acknowledge(command, place, observer),
            Event::CancelReceive(place) => self.receive_cancel(command, place, observer),
            Event::Cancel { index } => self.cancel(command, index, observer),
            Event::DeliveryDeadline => self.give_up_deliveries(command, observer),
            Event::Expire => self.expire(command, observer),
            Event::DispatchTimeout => {
                let now = self.now;
                self.run_of(command).dispatch.handle(now, Input::Timeout);
            }
            Event::Arrive { place, .. } => self.arrive(command, place, observer),
            event => self.deliver(command, event, observer),
        }
    }

    /// Handles an event of a delivery that is followed.
    #[cold]
    fn deliver(&mut self, command: u32, event: Event, observer: &mut impl Observer) {
        match event {
            Event::Serve(place) => self.end_service(command, place, observer),
            Event::GiveUp(place) => self.give_up(command, place, observer),
            Event::Reappear(place) => self.reappear(command, place, observer),
            Event::Recover(place) => self.recover(command, place, observer),
            Event::Attempt(place) => self.attempt(command, place, observer),
            Event::Fault { at } => self.begin_fault(at, observer),
            Event::Connect { instance } => self.connect(instance, observer),
            Event::Ping { instance } => self.check_ping(instance, observer),
            Event::Poll { instance } => self.poll_again(instance, observer),
            Event::Visible(place) => self.hand_out_again(command, place, observer),
            Event::Copy(place) => self.offer_copy(command, place, observer),
            Event::Alarm { at } => self.change_alarm(at, observer),
            other => self.handle_event(command, other, observer),
        }
    }

    pub(super) fn submit(&mut self, index: u32, observer: &mut impl Observer) {
        let targets = self.targets_within_limit(index);
        let run = CommandRun::new(self.plan, index, Arc::clone(&targets), &self.luck, self.now);
        if let Some(delivery) = run.deadlines.delivery {
            self.calendar.schedule(delivery, index, Event::DeliveryDeadline);
        }
        self.calendar.schedule(run.deadlines.expires_after, index, Event::Expire);
        self.commands[index as usize] = Some(run);
        self.touched.push(index);

        self.emit(observer, index, Fact::Requested);
        self.emit(observer, index, Fact::Targeted { count: targets.count() });
        for (instance, details) in targets.never_sent() {
            self.end_unsent(index, instance, details, observer);
        }
        if self.alarms.is_some() {
            self.read_alarm(index, observer);
        }
    }

    /// All inputs of the instant are in: sends what may be sent, and tells the command's own changes.
    fn end_instant(&mut self, command: u32, observer: &mut impl Observer) {
        let now = self.now;
        let done = loop {
            match self.run_of(command).dispatch.poll(now) {
                Some(Output::Send { ordinal }) => self.send(command, ordinal, observer),
                Some(Output::Drop { ordinal, halt }) => {
                    let instance = self.run_of(command).instance(ordinal);
                    self.end_unsent(command, instance, details_of_halt(halt, &self.plan.readings), observer);
                }
                Some(Output::Done) => break true,
                None => break false,
            }
        };
        if done {
            self.end_command(command, observer);
        } else {
            self.tell_progress(command, observer);
        }
        let run = self.run_of(command);
        run.touched = false;
        let timeout = run.dispatch.next_timeout();
        if run.timeout != timeout {
            run.timeout = timeout;
            if let Some(timeout) = timeout {
                self.calendar.schedule(timeout, command, Event::DispatchTimeout);
            }
        }
    }

    /// Tells the command's status if it is not the one last told.
    #[inline]
    pub(super) fn tell_progress(&mut self, command: u32, observer: &mut impl Observer) {
        let run = self.run_of(command);
        let state = run.progress();
        if run.state != state && !run.has_ended() {
            run.state = state;
            self.emit(observer, command, Fact::CommandChanged { state });
        }
    }

    fn end_command(&mut self, command: u32, observer: &mut impl Observer) {
        let readings = &self.plan.readings;
        let run = self.run_of(command);
        run.state = roll_up(&run.tally, run.tolerated, run.cancelled, readings);
        let fact = Fact::CommandEnded { state: run.state, counts: run.counts() };
        self.emit(observer, command, fact);
    }

    /// Gives an invocation that was never sent its terminal status.
    pub(super) fn end_unsent(
        &mut self,
        command: u32,
        instance: u32,
        details: StatusDetails,
        observer: &mut impl Observer,
    ) {
        let state = ended_state(details, &self.plan.readings);
        self.run_of(command).tally.record(details);
        let ending = Ending { state, response_code: -1, sent: None, started: None, elapsed: None };
        self.emit(observer, command, Fact::InvocationEnded { instance, ending });
    }

    /// The state of a submitted command.
    #[inline]
    pub(super) fn untouched_run(&self, command: u32) -> &CommandRun {
        self.commands[command as usize].as_ref().expect("events follow the submission")
    }

    /// The same to be changed: the command is touched in this instant.
    #[inline]
    pub(super) fn run_of(&mut self, command: u32) -> &mut CommandRun {
        let run = self.commands[command as usize].as_mut().expect("events follow the submission");
        if !run.touched {
            run.touched = true;
            self.touched.push(command);
        }
        run
    }

    /// Tells a fact, and then what is published because of it.
    #[inline(never)]
    pub(super) fn emit(&mut self, observer: &mut impl Observer, command: u32, fact: Fact) {
        self.emit_often(observer, command, fact);
    }

    /// The same for facts of every invocation. Inlined, for each caller's fact is of a known kind.
    #[inline(always)]
    pub(super) fn emit_often(&mut self, observer: &mut impl Observer, command: u32, fact: Fact) {
        observer.observe(&Record { time: self.now, command, fact });
        if is_change(&fact) && self.model.is_heard {
            self.tell_listeners(command, fact, observer);
        }
    }

    /// A status was told: what is published of it, and the event about it. Not inlined, to be out of the way of plans that
    /// nobody listens to.
    #[inline(never)]
    fn tell_listeners(&mut self, command: u32, fact: Fact, observer: &mut impl Observer) {
        if let Some(outlet) = &self.model.outlets[command as usize]
            && let Some(change) = change_of(&fact)
        {
            self.notify(outlet, command, change, observer);
        }
        if self.bus.is_some() {
            self.follow(command, &fact, observer);
        }
    }
}

/// Enters the requests about a command that are made at times of their own.
pub(super) fn enter_requests(calendar: &mut Calendar, index: u32, command: &Command) {
    calendar.schedule(SimTime::ZERO + command.at, index, Event::Submit);
    for (cancel, at) in (0..).zip(command.cancels.iter().map(|cancel| cancel.at)) {
        calendar.schedule(SimTime::ZERO + at, index, Event::Cancel { index: cancel });
    }
}

/// Whether a fact tells a status.
#[inline(always)]
fn is_change(fact: &Fact) -> bool {
    matches!(
        fact,
        Fact::InvocationChanged { .. }
            | Fact::InvocationEnded { .. }
            | Fact::CommandChanged { .. }
            | Fact::CommandEnded { .. }
    )
}

fn details_of_halt(halt: Halt, readings: &Readings) -> StatusDetails {
    match halt {
        Halt::Alarmed => match readings.alarm_stop {
            AlarmStop::Terminated => StatusDetails::Terminated,
            AlarmStop::Cancelled => StatusDetails::Cancelled,
        },
        Halt::Stopped => StatusDetails::Terminated,
        Halt::Cancelled => StatusDetails::Cancelled,
        Halt::Expired => StatusDetails::DeliveryTimedOut,
    }
}

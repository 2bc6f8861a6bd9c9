//! EventBridge: what happened on its way to the rules, and the rules on their way to their targets (sections 10.1 to 10.5).

use std::sync::Arc;

use super::{
    calendar::Calendar,
    event::{Event, Place},
    instant::World,
    model::Model,
    scaling::Scaling,
};
use crate::{
    base::{SimDuration, SimTime},
    events::{Cause, Delivery, Happening, TargetError},
    fleet::{EventLuck, Targets, bus::Dice},
    history::{Fact, Observer},
    scenario::{
        Rulebook,
        plan::{Events, RuleTarget, TargetKind},
    },
    ssm::{EventStatus, InvocationStatus, reading::EventStatuses},
};

/// What is going on about events.
#[derive(Debug)]
pub(super) struct Bus {
    rulebook: Rulebook,
    parcels: Parcels,
    /// When each command was requested.
    requested: Vec<SimTime>,
    /// The status of each command that was told last.
    told: Vec<Option<EventStatus>>,
    /// How many commands each target of each rule has sent.
    sent: Vec<Vec<u32>>,
    pub(super) scaling: Scaling,
}

/// Something that comes to EventBridge later.
#[derive(Clone, Copy, Debug)]
enum Parcel {
    /// An event reaches the rules.
    Event(Cause),
    /// An event runs a rule for the second time.
    SecondRun { cause: Cause, rule: u16 },
    /// A target is invoked for the second time, or tried again.
    Attempt { delivery: Delivery, attempt: u32 },
}

/// A slab of parcels; freed slots are used again.
#[derive(Debug, Default)]
struct Parcels {
    slots: Vec<Parcel>,
    free: Vec<u32>,
}

impl Parcels {
    fn insert(&mut self, parcel: Parcel) -> u32 {
        if let Some(slot) = self.free.pop() {
            self.slots[slot as usize] = parcel;
            return slot;
        }
        self.slots.push(parcel);
        u32::try_from(self.slots.len() - 1).expect("fewer parcels than fit into memory")
    }

    fn take(&mut self, slot: u32) -> Parcel {
        self.free.push(slot);
        self.slots[slot as usize]
    }
}

impl Parcel {
    fn happening(self) -> Happening {
        match self {
            Self::Event(cause) | Self::SecondRun { cause, .. } => cause.happening,
            Self::Attempt { delivery, .. } => delivery.cause.happening,
        }
    }
}

impl Bus {
    /// Before the first event; what Auto Scaling has planned is entered into the calendar.
    pub(super) fn new(model: &Model<'_>, rulebook: &Rulebook, calendar: &mut Calendar) -> Self {
        let plan = model.plan();
        let commands = plan.commands.len();
        let rules = plan.events.iter().flat_map(|events| &events.rules);
        Self {
            rulebook: rulebook.clone(),
            parcels: Parcels::default(),
            requested: vec![SimTime::ZERO; commands],
            told: vec![None; commands],
            sent: rules.map(|rule| vec![0; rule.targets.len()]).collect(),
            scaling: Scaling::new(plan, calendar),
        }
    }

    /// Takes note of a command that was added.
    pub(super) fn take_in(&mut self) {
        self.requested.push(SimTime::ZERO);
        self.told.push(None);
    }
}

impl<'a> World<'a> {
    /// Handles an event about EventBridge or Auto Scaling. Apart from those that every plan has.
    #[inline(never)]
    pub(super) fn handle_event(&mut self, command: u32, event: Event, observer: &mut impl Observer) {
        match event {
            Event::Complete(place) => self.complete_action(place, observer),
            Event::Heartbeat(place) => self.beat(command, place, observer),
            Event::Parcel(place) => self.open_parcel(place, observer),
            Event::Launch { instance } => self.launch(instance, observer),
            Event::Terminate { instance } => self.terminate(instance, observer),
            Event::HookTimeout(place) => self.time_out_action(place, observer),
            _ => unreachable!("handled by the loop"),
        }
    }

    /// The targets that a command has when it is sent now.
    pub(super) fn targets_now(&mut self, command: u32) -> Arc<Targets> {
        let now = self.now;
        let resolved = self.model.targets[command as usize].clone();
        let resolve = || Arc::new(Targets::resolve(self.plan, &self.plan.commands[command as usize]));
        let all = resolved.unwrap_or_else(resolve);
        let Some(bus) = &mut self.bus else { return all };
        bus.requested[command as usize] = now;
        if bus.scaling.is_idle() {
            return all;
        }
        Arc::new(all.existing(|instance| bus.scaling.exists(instance)))
    }

    /// A status was told: the event about it, and what it means to lifecycle hooks.
    #[cold]
    pub(super) fn follow(&mut self, command: u32, fact: &Fact, observer: &mut impl Observer) {
        let finer = self.plan.readings.event_statuses == EventStatuses::WithDelayedAndCancelling;
        match *fact {
            Fact::InvocationChanged { instance, state } => {
                self.tell_invocation(command, instance, state.status, finer, observer);
                if state.status == InvocationStatus::InProgress {
                    self.begin_heartbeats(command, instance);
                }
            }
            Fact::InvocationEnded { instance, ending } => {
                self.tell_invocation(command, instance, ending.state.status, finer, observer);
                if ending.state.status == InvocationStatus::Success {
                    self.call_complete(command, instance);
                }
            }
            Fact::CommandChanged { state } | Fact::CommandEnded { state, .. } => {
                let Some(status) = EventStatus::of_command(state.status, finer) else { return };
                let bus = self.bus.as_mut().expect("it is followed");
                // Other details of the same Status are no change of it.
                if bus.told[command as usize].replace(status) != Some(status) {
                    self.happen(Happening::Command { command, status }, observer);
                }
            }
            _ => {}
        }
    }

    fn tell_invocation(
        &mut self,
        command: u32,
        instance: u32,
        status: InvocationStatus,
        finer: bool,
        observer: &mut impl Observer,
    ) {
        if let Some(status) = EventStatus::of_invocation(status, finer) {
            self.happen(Happening::Invocation { command, instance, status }, observer);
        }
    }

    /// Something happened that an event tells: it is lost, or under way to the rules that it matches.
    pub(super) fn happen(&mut self, happening: Happening, observer: &mut impl Observer) {
        let way = self.event_luck().way(self.dice(), happening);
        let command = happening.command();
        let Some(latency) = way else {
            return self.emit(observer, command, Fact::EventLost { happening });
        };
        self.emit(observer, command, Fact::EventEmitted { happening });
        let cause = Cause { time: self.now, happening };
        if !self.matching(cause).is_empty() {
            self.post(Parcel::Event(cause), latency);
        }
    }

    fn post(&mut self, parcel: Parcel, latency: SimDuration) {
        let happening = parcel.happening();
        let bus = self.bus.as_mut().expect("there are events");
        let place = Place { instance: happening.instance().unwrap_or(0), slot: bus.parcels.insert(parcel) };
        self.calendar.schedule(self.now + latency, happening.command(), Event::Parcel(place));
    }

    fn open_parcel(&mut self, place: Place, observer: &mut impl Observer) {
        match self.bus.as_mut().expect("there are events").parcels.take(place.slot) {
            Parcel::Event(cause) => self.match_event(cause, observer),
            Parcel::SecondRun { cause, rule } => self.run_rule(cause, rule, true, observer),
            Parcel::Attempt { delivery, attempt } => self.invoke(delivery, attempt, observer),
        }
    }

    fn match_event(&mut self, cause: Cause, observer: &mut impl Observer) {
        for rule in self.matching(cause) {
            // S10.24: a new rule does not work at once.
            if self.now < SimTime::ZERO + self.events().rules[usize::from(rule)].effective_after {
                continue;
            }
            self.run_rule(cause, rule, false, observer);
            if let Some(later) = self.event_luck().second_run(self.dice(), cause.happening, rule) {
                self.post(Parcel::SecondRun { cause, rule }, later);
            }
        }
    }

    fn run_rule(&mut self, cause: Cause, rule: u16, second_run: bool, observer: &mut impl Observer) {
        for target in 0..self.events().rules[usize::from(rule)].targets.len() as u8 {
            let delivery = Delivery { cause, rule, target, second_run, again: false };
            self.invoke(delivery, 1, observer);
            if let Some(later) = self.event_luck().second_invocation(self.dice(), &delivery) {
                let again = Delivery { again: true, ..delivery };
                self.post(Parcel::Attempt { delivery: again, attempt: 1 }, later);
            }
        }
    }

    /// An attempt at a target.
    fn invoke(&mut self, delivery: Delivery, attempt: u32, observer: &mut impl Observer) {
        let target = self.target(&delivery);
        let (throttled, word) = self.event_luck().attempt(self.dice(), &delivery, attempt);
        let is_out = |at: SimTime| {
            let inside = |one: &&_| {
                let &&crate::scenario::plan::TargetOutage { from, until } = one;
                (SimTime::ZERO + from..SimTime::ZERO + until).contains(&at)
            };
            target.outages.iter().find(inside).map(|_| TargetError::Timeout)
        };
        let error = target
            .error
            .or_else(|| is_out(self.now))
            .or_else(|| throttled.then_some(TargetError::Throttling))
            .or_else(|| self.is_over_quota(target, &delivery).then_some(TargetError::Throttling));
        let command = delivery.cause.happening.command();
        self.emit(observer, command, Fact::TargetInvoked { delivery, attempt, error });
        let Some(error) = error else { return self.hand_over_to(target, delivery, observer) };
        let exhausted = if error.is_retried() {
            match target.retry_policy.next(attempt, delivery.cause.time, self.now, word) {
                Ok(next) => {
                    let parcel = Parcel::Attempt { delivery, attempt: attempt + 1 };
                    return self.post(parcel, next.since(self.now));
                }
                Err(exhausted) => Some(exhausted),
            }
        } else {
            None
        };
        let dead_lettered = target.dead_letter_arn.is_some();
        self.emit(observer, command, Fact::GivenUp { delivery, error, exhausted, dead_lettered });
    }

    /// The target has the event. Topics and queues end here: to have a topic's subscribers receive it, publish it from here.
    fn hand_over_to(&mut self, target: &RuleTarget, delivery: Delivery, observer: &mut impl Observer) {
        match target.kind {
            TargetKind::RunCommand { first, at_most } => self.trigger(delivery, first, at_most, observer),
            TargetKind::Topic | TargetKind::Queue => {}
        }
    }

    /// S10.34: the next of the target's commands is sent, if there is one left.
    fn trigger(&mut self, delivery: Delivery, first: u32, at_most: u32, observer: &mut impl Observer) {
        let bus = self.bus.as_mut().expect("there are events");
        let sent = &mut bus.sent[usize::from(delivery.rule)][usize::from(delivery.target)];
        if *sent == at_most {
            let command = delivery.cause.happening.command();
            return self.emit(observer, command, Fact::TriggerDropped { delivery });
        }
        let command = first + *sent;
        *sent += 1;
        self.emit(observer, command, Fact::Triggered { delivery });
        self.submit(command, observer);
    }

    /// Whether the assumed rate of `SendCommand` refuses the command that the target would send.
    fn is_over_quota(&mut self, target: &RuleTarget, delivery: &Delivery) -> bool {
        let TargetKind::RunCommand { at_most, .. } = target.kind else { return false };
        let bus = self.bus.as_ref().expect("there are events");
        let sent = bus.sent[usize::from(delivery.rule)][usize::from(delivery.target)];
        sent < at_most && self.exceeds_rate()
    }

    fn matching(&mut self, cause: Cause) -> Vec<u16> {
        let (plan, roster) = (self.plan, &self.model.roster);
        let bus = self.bus.as_mut().expect("there are events");
        let requested = bus.requested[cause.happening.command() as usize];
        bus.rulebook.matching(plan, roster, cause, requested)
    }

    fn target(&self, delivery: &Delivery) -> &'a RuleTarget {
        &self.events().rules[usize::from(delivery.rule)].targets[usize::from(delivery.target)]
    }

    pub(super) fn events(&self) -> &'a Events {
        self.plan.events.as_ref().expect("there are events")
    }

    pub(super) fn event_luck(&self) -> &'a EventLuck {
        let (luck, _) = self.model.events.as_ref().expect("there are events");
        luck
    }

    pub(super) fn dice(&self) -> Dice<'_> {
        Dice { luck: &self.luck, agents: &self.model.agents }
    }
}

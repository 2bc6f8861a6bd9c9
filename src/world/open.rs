//! A world that callers send requests to while it goes on. Between two calls it is put aside, so that the model may grow.
//!
//! What comes of it is what a world comes to that had all requests in its plan from the beginning: a request only adds
//! events at its own time, and no draw depends on what else there is. So a history can be had by running the plan again.

use std::{borrow::Cow, sync::Arc};

use super::{
    alarm::Alarms,
    bus::Bus,
    calendar::Calendar,
    command::CommandRun,
    courier::Courier,
    event::{COMMAND_LIMIT, Event},
    instant::{World, enter_requests},
    live::LiveInvocations,
    messages::Messages,
    model::Model,
    notify::Outlet,
    quota::Quotas,
    site::{Put, Site},
    trouble::Links,
};
use crate::{
    base::SimTime,
    fleet::{Luck, Targets, Topic, memo::Memo},
    history::Observer,
    scenario::plan::{self, AssumedQuotas, Cancel, Command, Plan, StepBehaviour},
};

/// A world put aside between two instants.
#[derive(Debug)]
pub struct Suspended {
    luck: Luck,
    now: SimTime,
    calendar: Calendar,
    live: LiveInvocations,
    site: Site,
    links: Links,
    messages: Messages,
    memo: Memo,
    courier: Option<Box<Courier>>,
    bus: Option<Box<Bus>>,
    alarms: Option<Box<Alarms>>,
    quotas: Option<Box<Quotas>>,
    commands: Vec<Option<CommandRun>>,
    touched: Vec<u32>,
}

impl Model<'static> {
    /// Prepares a plan that requests may be added to. Agents are followed step by step, for what one command does to another
    /// is not known in advance. Of assumed quotas the rates are left out: whoever takes the requests keeps to them.
    pub fn open(plan: Plan) -> Self {
        let plan =
            Plan { is_open: true, assumed: plan.assumed.and_then(AssumedQuotas::without_rates), ..plan };
        Model::step_by_step_of(Cow::Owned(plan))
    }

    /// Adds a command behind those that there are, and says its index. In every group its steps go as those of the command
    /// `like` do. `None` when there are as many commands as can be told apart.
    pub fn add_command(&mut self, command: Command, like: Option<u32>) -> Option<u32> {
        let plan = self.plan.to_mut();
        if plan.commands.len() >= COMMAND_LIMIT {
            return None;
        }
        let index = plan.commands.len() as u32;
        self.outlets.push(Outlet::of(&command));
        self.targets.push(None);
        plan.commands.push(command);
        for group in &mut plan.groups {
            let alike = group.steps.iter().filter(|behaviour| Some(behaviour.command) == like);
            let own: Vec<_> = alike.map(|step| StepBehaviour { command: index, ..step.clone() }).collect();
            group.steps.extend(own);
        }
        self.agents.add_command(plan, index);
        Some(index)
    }

    /// The targets of a command that was added, from now on known. Goes over the fleet.
    pub fn resolve_targets(&mut self, index: u32) -> Arc<Targets> {
        let at = index as usize;
        let resolve = || Arc::new(Targets::resolve(&self.plan, &self.plan.commands[at]));
        Arc::clone(self.targets[at].get_or_insert_with(resolve))
    }

    /// Adds a cancel to a command, and says its index.
    pub fn add_cancel(&mut self, command: u32, cancel: Cancel) -> u32 {
        let cancels = &mut self.plan.to_mut().commands[command as usize].cancels;
        cancels.push(cancel);
        cancels.len() as u32 - 1
    }

    /// Adds a topic without subscriptions, and says its index.
    pub fn add_topic(&mut self, topic: plan::Topic) -> u32 {
        let plan = self.plan.to_mut();
        self.topics.push(Topic::new(&topic));
        self.carriers.push(Vec::new());
        plan.topics.push(topic);
        plan.topics.len() as u32 - 1
    }
}

impl Suspended {
    /// The world before its first event.
    pub fn new(model: &Model<'_>, seed: u64, replication: u64) -> Self {
        World::new(model, seed, replication).suspend()
    }

    /// From now on what is put of outputs is kept until it is taken.
    pub fn keep_puts(&mut self) {
        self.site.puts.get_or_insert_default();
    }

    /// What was put of outputs since it was last taken, in order of time.
    pub fn take_puts(&mut self) -> Vec<Put> {
        self.site.puts.as_mut().map(std::mem::take).unwrap_or_default()
    }

    /// When the next instant is that something happens in.
    pub fn next_time(&mut self) -> Option<SimTime> {
        self.calendar.peek()
    }

    /// Takes in a command that was added to the model. Its time must be after the instant last handled.
    pub fn take_in(&mut self, index: u32, command: &Command) {
        self.commands.push(None);
        if let Some(courier) = &mut self.courier {
            courier.take_in(index);
        }
        if let Some(bus) = &mut self.bus {
            bus.take_in();
        }
        enter_requests(&mut self.calendar, index, command);
    }

    /// Takes in a cancel that was added to the model. Its time must be after the instant last handled.
    pub fn take_in_cancel(&mut self, command: u32, index: u32, cancel: &Cancel) {
        self.calendar.schedule(SimTime::ZERO + cancel.at, command, Event::Cancel { index });
    }

    /// Handles all instants up to a time and with it, or up to the one after which `stop` says so; and the time reached.
    pub fn run_to<O: Observer>(
        self,
        model: &Model<'_>,
        end: SimTime,
        observer: &mut O,
        stop: impl Fn(&O) -> bool,
    ) -> (Self, SimTime) {
        let mut world = World::resume(model, self);
        let mut reached = end;
        while let Some(next) = world.calendar.next_time_until(end) {
            world.step(observer);
            if stop(observer) {
                reached = next;
                break;
            }
        }
        (world.suspend(), reached)
    }
}

impl<'a> World<'a> {
    fn resume(model: &'a Model<'a>, suspended: Suspended) -> Self {
        let Suspended {
            luck,
            now,
            calendar,
            live,
            site,
            links,
            messages,
            memo,
            courier,
            bus,
            alarms,
            quotas,
            commands,
            touched,
        } = suspended;
        Self {
            model,
            plan: model.plan(),
            luck,
            now,
            calendar,
            live,
            site,
            links,
            messages,
            memo,
            courier,
            courses: None,
            holds_messages: false,
            held: Vec::new(),
            bus,
            alarms,
            quotas,
            commands,
            touched,
        }
    }

    fn suspend(self) -> Suspended {
        let Self {
            luck,
            now,
            calendar,
            live,
            site,
            links,
            messages,
            memo,
            courier,
            bus,
            alarms,
            quotas,
            commands,
            touched,
            ..
        } = self;
        Suspended {
            luck,
            now,
            calendar,
            live,
            site,
            links,
            messages,
            memo,
            courier,
            bus,
            alarms,
            quotas,
            commands,
            touched,
        }
    }
}

//! Auto Scaling: instances that are launched and terminated, and the lifecycle hooks that hold them up (section 10.7).

use super::{
    calendar::Calendar,
    event::{Event, Place},
    instant::World,
    site::Down,
};
use crate::{
    base::{SimDuration, SimTime},
    events::{
        ActionEnd, Happening, LifecycleResult, LifecycleTransition,
        lifecycle::{Step, Wait},
    },
    fleet::Reach,
    history::{Fact, Observer},
    scenario::Plan,
};

/// The instances of all Auto Scaling groups.
#[derive(Debug, Default)]
pub(super) struct Scaling {
    groups: Vec<Members>,
}

/// The instances of one group, in order.
#[derive(Debug)]
struct Members {
    first: u32,
    members: Vec<Member>,
}

#[derive(Debug)]
struct Member {
    state: State,
    /// When its agent is registered.
    ready: SimTime,
    /// Whether it is to be terminated as soon as it is in service.
    leaves_next: bool,
}

/// An instance's lifecycle state.
#[derive(Debug)]
enum State {
    /// It is not there yet.
    Absent,
    /// `Pending:Wait`.
    Launching(Wait),
    /// `InService`.
    InService,
    /// `Terminating:Wait`.
    Terminating(Wait),
    /// It is no more.
    Terminated,
}

impl Scaling {
    pub(super) fn new(plan: &Plan, calendar: &mut Calendar) -> Self {
        let Some(events) = &plan.events else { return Self::default() };
        let group = |scaling: &crate::scenario::plan::AutoScalingGroup| {
            let at = scaling.group as usize;
            let first = plan.groups[..at].iter().map(|group| group.count()).sum();
            let size = plan.groups[at].count();
            let present = || Member { state: State::InService, ready: SimTime::ZERO, leaves_next: false };
            let mut members: Vec<Member> = (0..size).map(|_| present()).collect();
            for (place, at) in scaling.launch_times(size) {
                members[place as usize].state = State::Absent;
                calendar.schedule(SimTime::ZERO + at, 0, Event::Launch { instance: first + place });
            }
            for (place, at) in scaling.termination_times() {
                calendar.schedule(SimTime::ZERO + at, 0, Event::Terminate { instance: first + place });
            }
            Members { first, members }
        };
        Self { groups: events.auto_scaling_groups.iter().map(group).collect() }
    }

    /// Whether there is no Auto Scaling group.
    pub(super) fn is_idle(&self) -> bool {
        self.groups.is_empty()
    }

    /// Whether an instance is there: of an Auto Scaling group, launched and not terminated.
    pub(super) fn exists(&self, instance: u32) -> bool {
        let gone = |(group, place): (usize, usize)| {
            matches!(self.groups[group].members[place].state, State::Absent | State::Terminated)
        };
        !self.place(instance).is_some_and(gone)
    }

    /// The Auto Scaling group of an instance, and its place in it.
    fn place(&self, instance: u32) -> Option<(usize, usize)> {
        let inside = |group: &Members| {
            let place = instance.checked_sub(group.first)? as usize;
            (place < group.members.len()).then_some(place)
        };
        self.groups.iter().enumerate().find_map(|(at, group)| Some((at, inside(group)?)))
    }

    fn member(&mut self, instance: u32) -> &mut Member {
        let (group, place) = self.place(instance).expect("an instance of an Auto Scaling group");
        &mut self.groups[group].members[place]
    }
}

impl Member {
    fn wait(&mut self) -> Option<&mut Wait> {
        match &mut self.state {
            State::Launching(wait) | State::Terminating(wait) => Some(wait),
            State::Absent | State::InService | State::Terminated => None,
        }
    }
}

impl World<'_> {
    fn member(&mut self, instance: u32) -> &mut Member {
        self.bus.as_mut().expect("there are events").scaling.member(instance)
    }

    /// Whether Auto Scaling keeps an instance from being reached.
    pub(super) fn reach_of_scaled(&self, instance: u32) -> Option<Reach> {
        let scaling = &self.bus.as_ref()?.scaling;
        let (group, place) = scaling.place(instance)?;
        let member = &scaling.groups[group].members[place];
        match member.state {
            State::Terminated => Some(Reach::Gone),
            State::Absent => Some(Reach::Never),
            _ => (self.now < member.ready).then_some(Reach::NotBefore(member.ready)),
        }
    }

    pub(super) fn launch(&mut self, instance: u32, observer: &mut impl Observer) {
        let (group, _) = self.scaling_place(instance).expect("it is launched by Auto Scaling");
        let boot = self.event_luck().boot(self.dice(), group, instance);
        let ready = self.now + boot;
        self.member(instance).ready = ready;
        self.emit(observer, 0, Fact::InstanceLaunched { instance });
        match self.begin_wait(instance, LifecycleTransition::Launching, observer) {
            Some(wait) => self.member(instance).state = State::Launching(wait),
            None => self.enter_service(instance, observer),
        }
    }

    fn enter_service(&mut self, instance: u32, observer: &mut impl Observer) {
        let member = self.member(instance);
        member.state = State::InService;
        let leaves_next = member.leaves_next;
        self.emit(observer, 0, Fact::InstanceInService { instance });
        self.happen(Happening::Launched { instance }, observer);
        if leaves_next {
            self.calendar.schedule(self.now + SimDuration::UNIT, 0, Event::Terminate { instance });
        }
    }

    pub(super) fn terminate(&mut self, instance: u32, observer: &mut impl Observer) {
        let member = self.member(instance);
        match member.state {
            State::Launching(_) => member.leaves_next = true,
            State::InService => match self.begin_wait(instance, LifecycleTransition::Terminating, observer) {
                Some(wait) => self.member(instance).state = State::Terminating(wait),
                None => self.remove_instance(instance, observer),
            },
            State::Absent | State::Terminating(_) | State::Terminated => {}
        }
    }

    /// The actions of all hooks of a transition begin; `None` where there is no hook.
    fn begin_wait(
        &mut self,
        instance: u32,
        transition: LifecycleTransition,
        observer: &mut impl Observer,
    ) -> Option<Wait> {
        let (group, _) = self.scaling_place(instance)?;
        let scaling = &self.events().auto_scaling_groups[group];
        let hooks: Vec<_> =
            scaling.hooks_of(transition).map(|(at, hook)| (at, hook.heartbeat_timeout)).collect();
        for &(hook, timeout) in &hooks {
            self.emit(observer, 0, Fact::ActionStarted { instance, hook });
            self.happen(Happening::LifecycleAction { instance, hook }, observer);
            let place = Place { instance, slot: hook };
            self.calendar.schedule(self.now + timeout, 0, Event::HookTimeout(place));
        }
        (!hooks.is_empty()).then(|| Wait::begin(self.now, hooks))
    }

    /// The instance is terminated, with all that ran on it.
    fn remove_instance(&mut self, instance: u32, observer: &mut impl Observer) {
        self.member(instance).state = State::Terminated;
        self.emit(observer, 0, Fact::InstanceTerminated { instance });
        self.happen(Happening::Terminated { instance }, observer);
        self.vanish(instance, Some(Down::Terminated), observer);
    }

    pub(super) fn time_out_action(&mut self, place: Place, observer: &mut impl Observer) {
        let (now, instance, hook) = (self.now, place.instance, place.slot);
        let deadline = self.member(instance).wait().and_then(|wait| wait.deadline(hook));
        if deadline != Some(now) {
            return;
        }
        let (group, _) = self.scaling_place(instance).expect("it waits");
        let result = self.events().auto_scaling_groups[group].hooks[hook as usize].default_result;
        self.end_action(instance, hook, ActionEnd::TimedOut(result), result, observer);
    }

    /// `CompleteLifecycleAction`; without an action it is refused.
    pub(super) fn complete_action(&mut self, place: Place, observer: &mut impl Observer) {
        let (instance, hook, result) = (place.instance, place.slot, LifecycleResult::Continue);
        if self.member(instance).wait().is_some_and(|wait| wait.is_open(hook)) {
            self.end_action(instance, hook, ActionEnd::Completed(result), result, observer);
        }
    }

    fn end_action(
        &mut self,
        instance: u32,
        hook: u32,
        end: ActionEnd,
        result: LifecycleResult,
        observer: &mut impl Observer,
    ) {
        let member = self.member(instance);
        let is_launch = matches!(member.state, State::Launching(_));
        let Some(step) = member.wait().and_then(|wait| wait.end(hook, result)) else { return };
        self.emit(observer, 0, Fact::ActionEnded { instance, hook, end });
        let Step::Proceeds { result, skipped } = step else { return };
        for hook in skipped {
            self.emit(observer, 0, Fact::ActionEnded { instance, hook, end: ActionEnd::Skipped });
        }
        match result {
            LifecycleResult::Continue if is_launch => self.enter_service(instance, observer),
            LifecycleResult::Abandon if is_launch => {
                self.happen(Happening::LaunchFailed { instance }, observer);
                self.remove_instance(instance, observer);
            }
            _ => self.remove_instance(instance, observer),
        }
    }

    /// An invocation has ended well: as its last step the script called `complete-lifecycle-action`.
    pub(super) fn call_complete(&mut self, command: u32, instance: u32) {
        let then = self.now + SimDuration::UNIT;
        for (hook, _) in self.hooks_served(command, instance) {
            self.calendar.schedule(then, command, Event::Complete(Place { instance, slot: hook }));
        }
    }

    /// An invocation is in progress: its script records heartbeats.
    pub(super) fn begin_heartbeats(&mut self, command: u32, instance: u32) {
        for (hook, every) in self.hooks_served(command, instance) {
            if let Some(every) = every {
                let place = Place { instance, slot: hook };
                self.calendar.schedule(self.now + every, command, Event::Heartbeat(place));
            }
        }
    }

    /// A script records a heartbeat, if it still runs.
    pub(super) fn beat(&mut self, command: u32, place: Place, observer: &mut impl Observer) {
        let (now, instance, hook) = (self.now, place.instance, place.slot);
        if self.live.find(command, instance).is_none() {
            return;
        }
        if let Some(deadline) = self.member(instance).wait().and_then(|wait| wait.heartbeat(hook, now)) {
            self.emit(observer, 0, Fact::ActionHeartbeat { instance, hook });
            if deadline > now {
                self.calendar.schedule(deadline, 0, Event::HookTimeout(place));
            }
        }
        let every = self.hooks_served(command, instance).into_iter().find(|(at, _)| *at == hook);
        if let Some((_, Some(every))) = every {
            self.calendar.schedule(now + every, command, Event::Heartbeat(place));
        }
    }

    /// The hooks of an instance's group whose actions this command completes, and how often it records heartbeats.
    fn hooks_served(&self, command: u32, instance: u32) -> Vec<(u32, Option<SimDuration>)> {
        let Some(trigger) = self.plan.commands[command as usize].trigger else { return Vec::new() };
        let Some((group, _)) = self.scaling_place(instance) else { return Vec::new() };
        let hooks = (0..).zip(&self.events().auto_scaling_groups[group].hooks);
        let served = hooks.filter(|(_, hook)| hook.completed_by == Some(trigger.rule));
        served.map(|(at, hook)| (at, hook.heartbeat_every)).collect()
    }

    /// Whether an instance belongs to an Auto Scaling group.
    pub(super) fn is_scaled(&self, instance: u32) -> bool {
        self.scaling_place(instance).is_some()
    }

    fn scaling_place(&self, instance: u32) -> Option<(usize, usize)> {
        self.bus.as_ref()?.scaling.place(instance)
    }
}

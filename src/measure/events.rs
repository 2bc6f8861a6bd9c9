//! What became of events: of each target of each rule, and of each lifecycle hook.

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use super::{latency::Durations, outcome::CommandResult, sample::Sample};
use crate::{
    base::{SimDuration, SimTime},
    events::{ActionEnd, Delivery, LifecycleTransition},
    history::{Fact, Record},
    scenario::plan::{Events, Plan},
    ssm::StatusDetails,
};

/// What became of events in one replication.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct EventResult {
    /// Events that were sent to EventBridge.
    pub emitted: u64,
    /// Events that will never be delivered.
    pub lost: u64,
    /// Of each target, rule by rule.
    pub targets: Vec<TargetResult>,
    /// Of each hook, group by group.
    pub hooks: Vec<HookResult>,
}

/// What became of the events that one target of one rule was invoked for.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TargetResult {
    /// Events that matched the rule when it was in force.
    pub matched: u64,
    /// Deliveries beyond one for each of them: second runs of the rule, second invocations of the target.
    pub doubled: u64,
    /// Attempts after the first of a delivery.
    pub retries: u64,
    /// Attempts that failed.
    pub failed: u64,
    /// Deliveries that reached the target.
    pub invoked: u64,
    /// Deliveries that were given up.
    pub given_up: u64,
    /// Of those, the ones that went to a dead-letter queue.
    pub dead_lettered: u64,
    /// Commands that it sent.
    pub commands: u64,
    /// Of those, the ones that an event of a command of the same rule caused (S10.37).
    pub fed: u64,
    /// Invocations that sent no command, because it had sent as many as it may.
    pub dropped: u64,
    /// Targets of those commands: invocations.
    pub instances: u64,
    /// Of the invocations, those that succeeded.
    pub succeeded: u64,
    /// From what happened to the delivery that reached the target.
    pub delay: Durations,
}

/// What became of the actions of one lifecycle hook.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct HookResult {
    /// Actions that began.
    pub actions: u64,
    /// Actions that were completed in time.
    pub completed: u64,
    /// Actions that timed out.
    pub timed_out: u64,
    /// Actions skipped because another one of the instance was abandoned.
    pub skipped: u64,
    /// Heartbeats recorded.
    pub heartbeats: u64,
    /// How long they waited.
    pub waited: Durations,
    /// How much of the timeout was left to those that were completed.
    pub left: Durations,
}

/// What became of events over replications: everything merges, in any order.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct EventTotals {
    /// Sums over replications.
    pub sums: EventResult,
    /// Of each hook, the share of its actions that were completed, one value a replication, in millionths.
    pub captured: Vec<Sample>,
    /// Of each target, in how many replications it was kept from sending another command.
    pub dropped_in: Vec<u64>,
}

/// Follows the events of one replication.
#[derive(Clone, Debug)]
pub struct EventMeasure {
    result: EventResult,
    /// For each rule the place of its first target.
    first_targets: Vec<usize>,
    /// The rule that sends each command.
    senders: Vec<Option<u16>>,
    /// For each instance of an Auto Scaling group the place of its group's first hook.
    groups: Vec<(u32, u32, usize)>,
    timeouts: Vec<SimDuration>,
    /// When each open action began, and when it times out.
    open: FxHashMap<(u32, u32), (SimTime, SimTime)>,
}

impl EventMeasure {
    /// A measure of a plan's events; `None` where it has none.
    pub fn new(plan: &Plan) -> Option<Self> {
        let events = plan.events.as_ref()?;
        let first_targets = events.rules.iter().scan(0, |next, rule| {
            let first = *next;
            *next += rule.targets.len();
            Some(first)
        });
        let (mut groups, mut timeouts) = (Vec::new(), Vec::new());
        for scaling in &events.auto_scaling_groups {
            let at = scaling.group as usize;
            let first: u32 = plan.groups[..at].iter().map(|group| group.count()).sum();
            groups.push((first, first + plan.groups[at].count(), timeouts.len()));
            timeouts.extend(scaling.hooks.iter().map(|hook| hook.heartbeat_timeout));
        }
        let targets = events.rules.iter().map(|rule| rule.targets.len()).sum();
        let result = EventResult {
            targets: vec![TargetResult::default(); targets],
            hooks: vec![HookResult::default(); timeouts.len()],
            ..EventResult::default()
        };
        Some(Self {
            result,
            first_targets: first_targets.collect(),
            senders: plan
                .commands
                .iter()
                .map(|command| command.trigger.map(|trigger| trigger.rule))
                .collect(),
            groups,
            timeouts,
            open: FxHashMap::default(),
        })
    }

    /// Takes note of a fact about events. Apart, to be out of the way of the others.
    #[cold]
    pub fn follow(&mut self, record: &Record) {
        let now = record.time;
        match record.fact {
            Fact::EventEmitted { .. } => self.result.emitted += 1,
            Fact::EventLost { .. } => self.result.lost += 1,
            Fact::TargetInvoked { delivery, attempt, error } => {
                let target = self.target(&delivery);
                let is_first = attempt == 1;
                target.matched += u64::from(is_first && !delivery.is_extra());
                target.doubled += u64::from(is_first && delivery.is_extra());
                target.retries += u64::from(!is_first);
                if error.is_some() {
                    target.failed += 1;
                } else {
                    target.invoked += 1;
                    target.delay.add(now.since(delivery.cause.time));
                }
            }
            Fact::GivenUp { delivery, dead_lettered, .. } => {
                let target = self.target(&delivery);
                target.given_up += 1;
                target.dead_lettered += u64::from(dead_lettered);
            }
            Fact::Triggered { delivery } => {
                let by = self.senders[delivery.cause.happening.command() as usize];
                let is_fed = delivery.cause.happening.is_of_command() && by == Some(delivery.rule);
                let target = self.target(&delivery);
                target.commands += 1;
                target.fed += u64::from(is_fed);
            }
            Fact::TriggerDropped { delivery } => self.target(&delivery).dropped += 1,
            Fact::ActionStarted { instance, hook } => {
                let Some(place) = self.hook(instance, hook) else { return };
                self.result.hooks[place].actions += 1;
                self.open.insert((instance, hook), (now, now + self.timeouts[place]));
            }
            Fact::ActionHeartbeat { instance, hook } => {
                let Some(place) = self.hook(instance, hook) else { return };
                self.result.hooks[place].heartbeats += 1;
                if let Some((_, deadline)) = self.open.get_mut(&(instance, hook)) {
                    *deadline = now + self.timeouts[place];
                }
            }
            Fact::ActionEnded { instance, hook, end } => self.end_action(now, (instance, hook), end),
            _ => {}
        }
    }

    fn end_action(&mut self, now: SimTime, action: (u32, u32), end: ActionEnd) {
        let (Some(place), Some((began, deadline))) =
            (self.hook(action.0, action.1), self.open.remove(&action))
        else {
            return;
        };
        let hook = &mut self.result.hooks[place];
        hook.waited.add(now.since(began));
        match end {
            ActionEnd::Completed(_) => {
                hook.completed += 1;
                hook.left.add(deadline.since(now));
            }
            ActionEnd::TimedOut(_) => hook.timed_out += 1,
            ActionEnd::Skipped => hook.skipped += 1,
        }
    }

    /// What became of the events, and of the commands that rules sent.
    pub fn finish(mut self, plan: &Plan, commands: &[CommandResult]) -> EventResult {
        for (command, result) in plan.commands.iter().zip(commands) {
            let Some(trigger) = command.trigger else { continue };
            let place = self.first_targets[usize::from(trigger.rule)] + usize::from(trigger.target);
            let target = &mut self.result.targets[place];
            target.instances += u64::from(result.targets);
            target.succeeded += u64::from(result.ending(StatusDetails::Success));
        }
        self.result
    }

    fn target(&mut self, delivery: &Delivery) -> &mut TargetResult {
        let place = self.first_targets[usize::from(delivery.rule)] + usize::from(delivery.target);
        &mut self.result.targets[place]
    }

    fn hook(&self, instance: u32, hook: u32) -> Option<usize> {
        let group = self.groups.iter().find(|(first, end, _)| (*first..*end).contains(&instance));
        group.map(|(.., first)| first + hook as usize)
    }
}

impl EventResult {
    fn merge(&mut self, other: &Self) {
        self.emitted += other.emitted;
        self.lost += other.lost;
        self.targets.resize(self.targets.len().max(other.targets.len()), TargetResult::default());
        self.targets.iter_mut().zip(&other.targets).for_each(|(mine, theirs)| mine.merge(theirs));
        self.hooks.resize(self.hooks.len().max(other.hooks.len()), HookResult::default());
        self.hooks.iter_mut().zip(&other.hooks).for_each(|(mine, theirs)| mine.merge(theirs));
    }
}

impl TargetResult {
    fn merge(&mut self, other: &Self) {
        self.matched += other.matched;
        self.doubled += other.doubled;
        self.retries += other.retries;
        self.failed += other.failed;
        self.invoked += other.invoked;
        self.given_up += other.given_up;
        self.dead_lettered += other.dead_lettered;
        self.commands += other.commands;
        self.fed += other.fed;
        self.dropped += other.dropped;
        self.instances += other.instances;
        self.succeeded += other.succeeded;
        self.delay.merge(&other.delay);
    }
}

impl HookResult {
    fn merge(&mut self, other: &Self) {
        self.actions += other.actions;
        self.completed += other.completed;
        self.timed_out += other.timed_out;
        self.skipped += other.skipped;
        self.heartbeats += other.heartbeats;
        self.waited.merge(&other.waited);
        self.left.merge(&other.left);
    }
}

impl EventTotals {
    /// Takes in one more replication.
    pub fn add(&mut self, one: &EventResult) {
        self.sums.merge(one);
        self.captured.resize(one.hooks.len(), Sample::default());
        for (sample, hook) in self.captured.iter_mut().zip(&one.hooks).filter(|(_, hook)| hook.actions > 0) {
            sample.add(hook.completed * 1_000_000 / hook.actions);
        }
        self.dropped_in.resize(one.targets.len(), 0);
        for (count, target) in self.dropped_in.iter_mut().zip(&one.targets) {
            *count += u64::from(target.dropped > 0);
        }
    }

    /// Takes in other replications.
    pub fn merge(&mut self, other: &Self) {
        self.sums.merge(&other.sums);
        self.captured.resize(self.captured.len().max(other.captured.len()), Sample::default());
        self.captured.iter_mut().zip(&other.captured).for_each(|(mine, theirs)| mine.merge(theirs));
        self.dropped_in.resize(self.dropped_in.len().max(other.dropped_in.len()), 0);
        self.dropped_in.iter_mut().zip(&other.dropped_in).for_each(|(mine, theirs)| *mine += theirs);
    }
}

/// The places of the hooks of a transition, in the order of [`EventResult::hooks`], with their names and those of their groups.
pub fn hooks(events: &Events) -> impl Iterator<Item = (&str, &str, LifecycleTransition)> {
    let of_group = |group| {
        let group: &crate::scenario::plan::AutoScalingGroup = group;
        group.hooks.iter().map(move |hook| (group.name.as_str(), hook.name.as_str(), hook.transition))
    };
    events.auto_scaling_groups.iter().flat_map(of_group)
}

/// The targets in the order of [`EventResult::targets`], with the names of their rules and their own.
pub fn targets(events: &Events) -> impl Iterator<Item = (&str, &str)> {
    let of_rule = |rule| {
        let rule: &crate::scenario::plan::Rule = rule;
        rule.targets.iter().map(move |target| (rule.name.as_str(), target.id.as_str()))
    };
    events.rules.iter().flat_map(of_rule)
}

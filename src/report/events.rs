//! What became of events: the figures of each target of each rule and of each lifecycle hook, and what they mean.

use serde::Serialize;

use super::{human, rows::Table};
use crate::{
    ensemble::Ensemble,
    events::LifecycleTransition,
    measure::{
        EventTotals, Interval, Spread,
        events::{HookResult, TargetResult, hooks, targets},
        interval::CONFIDENCE,
    },
    scenario::plan::{Events, Plan, TargetKind},
};

/// What became of events over all replications.
#[derive(Clone, Debug, Serialize)]
pub struct EventsSummary {
    /// Events that were sent to EventBridge.
    pub emitted: u64,
    /// Events that will never be delivered.
    pub lost: u64,
    /// Of each target of each rule.
    pub targets: Vec<TargetSummary>,
    /// Of each lifecycle hook.
    pub hooks: Vec<HookSummary>,
    /// What it means, in sentences.
    pub story: Vec<String>,
}

/// What became of the events that a target was invoked for, over all replications. Times are microseconds.
#[derive(Clone, Debug, Serialize)]
pub struct TargetSummary {
    /// The rule.
    pub rule: String,
    /// The target.
    pub target: String,
    /// Events that matched the rule.
    pub matched: u64,
    /// Deliveries beyond one for each of them.
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
    /// Of those, the ones that an event of a command of the same rule caused.
    pub fed: u64,
    /// Invocations that sent no command, because it had sent as many as it may.
    pub dropped: u64,
    /// In how many replications that happened.
    pub dropped_in: u64,
    /// Invocations that those commands have, one for each of their targets.
    pub invocations: u64,
    /// Of those, the ones that succeeded.
    pub succeeded: u64,
    /// From what happened to the delivery that reached the target; absent when none did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delay: Option<Spread>,
}

/// What became of the actions of a lifecycle hook, over all replications. Times are microseconds.
#[derive(Clone, Debug, Serialize)]
pub struct HookSummary {
    /// The Auto Scaling group.
    pub group: String,
    /// The hook.
    pub hook: String,
    /// What it holds up.
    pub transition: LifecycleTransition,
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
    /// The share of the actions that were completed, from 0 to 1; absent when there were none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub captured: Option<f64>,
    /// That share replication by replication, in millionths.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub captured_per_replication: Option<Spread>,
    /// The interval of its mean; absent of a single replication.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub captured_interval: Option<Interval>,
    /// How long the actions waited.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub waited: Option<Spread>,
    /// How much of the timeout was left to those that were completed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub left: Option<Spread>,
}

/// The figures of all rules and hooks; `None` where the plan has no events.
pub(super) fn sum_up(plan: &Plan, ensemble: &Ensemble) -> Option<EventsSummary> {
    let (events, totals) = (plan.events.as_ref()?, ensemble.events.as_ref()?);
    let targets = of_targets(events, totals);
    let hooks = of_hooks(events, totals);
    let mut story: Vec<String> = lost(totals).into_iter().collect();
    let limits = events.rules.iter().flat_map(|rule| &rule.targets).map(|target| target.kind);
    story.extend(targets.iter().zip(limits).flat_map(|(one, kind)| one.story(kind, ensemble.count)));
    story.extend(hooks.iter().flat_map(HookSummary::story));
    Some(EventsSummary { emitted: totals.sums.emitted, lost: totals.sums.lost, targets, hooks, story })
}

fn of_targets(events: &Events, totals: &EventTotals) -> Vec<TargetSummary> {
    let one = |((rule, target), (sum, &dropped_in)): ((&str, &str), (&TargetResult, &u64))| TargetSummary {
        rule: rule.into(),
        target: target.into(),
        matched: sum.matched,
        doubled: sum.doubled,
        retries: sum.retries,
        failed: sum.failed,
        invoked: sum.invoked,
        given_up: sum.given_up,
        dead_lettered: sum.dead_lettered,
        commands: sum.commands,
        fed: sum.fed,
        dropped: sum.dropped,
        dropped_in,
        invocations: sum.instances,
        succeeded: sum.succeeded,
        delay: Spread::of_durations(&sum.delay),
    };
    targets(events).zip(totals.sums.targets.iter().zip(&totals.dropped_in)).map(one).collect()
}

fn of_hooks(events: &Events, totals: &EventTotals) -> Vec<HookSummary> {
    let sums: Vec<&HookResult> = totals.sums.hooks.iter().collect();
    let one = |(at, (group, hook, transition)): (usize, (&str, &str, LifecycleTransition))| {
        let (sum, sample) = (sums[at], &totals.captured[at]);
        HookSummary {
            group: group.into(),
            hook: hook.into(),
            transition,
            actions: sum.actions,
            completed: sum.completed,
            timed_out: sum.timed_out,
            skipped: sum.skipped,
            heartbeats: sum.heartbeats,
            captured: (sum.actions > 0).then(|| sum.completed as f64 / sum.actions as f64),
            captured_per_replication: Spread::of_sample(sample),
            captured_interval: sample.mean_interval(CONFIDENCE),
            waited: Spread::of_durations(&sum.waited),
            left: Spread::of_durations(&sum.left),
        }
    };
    hooks(events).enumerate().map(one).collect()
}

fn lost(totals: &EventTotals) -> Option<String> {
    let (lost, all) = (totals.sums.lost, totals.sums.lost + totals.sums.emitted);
    let share = human::percent(lost as f64, all as f64);
    (lost > 0).then(|| format!("{share} of {} events were never delivered (S10.11)", human::count(all)))
}

impl TargetSummary {
    fn name(&self) -> String {
        format!("{}/{}", self.rule, self.target)
    }

    fn story(&self, kind: TargetKind, replications: u64) -> Vec<String> {
        let (name, count) = (self.name(), human::count);
        let mut story = Vec::new();
        if self.fed > 0 && self.dropped > 0 {
            let fed = count(self.fed);
            story.push(format!(
                "RULE `{}` FED ITSELF: {fed} of its commands came of others of them (S10.37)",
                self.rule
            ));
        }
        if let TargetKind::RunCommand { at_most, .. } = kind
            && self.dropped > 0
        {
            let often = match replications {
                1 => String::new(),
                _ => format!(" in {} of {} replications", count(self.dropped_in), count(replications)),
            };
            let (most, more) = (count(at_most.into()), count(self.dropped));
            story.push(format!(
                "`{name}` had sent the {most} commands that it may{often}; {more} more were dropped"
            ));
        }
        if self.invocations > self.commands {
            let (commands, all) = (count(self.commands), count(self.invocations));
            story.push(format!("`{name}` sent {commands} commands to {all} targets in all"));
            story.push(
                "its targets are constant: each event reaches all of them, whatever it is about (S10.31)"
                    .into(),
            );
        }
        if self.doubled > 0 {
            let twice = if self.commands > 0 { ", and sent as many commands more (S10.38)" } else { "" };
            story.push(format!(
                "`{name}` was invoked {} times too often (S10.25){twice}",
                count(self.doubled)
            ));
        }
        if self.given_up > 0 {
            let (all, dead) = (count(self.given_up), count(self.dead_lettered));
            story.push(format!("`{name}` was given up {all} times, {dead} to a dead-letter queue (S10.29)"));
        }
        story
    }
}

impl HookSummary {
    fn story(&self) -> Option<String> {
        let share = human::percent(self.completed as f64, self.actions as f64);
        let interval = self.captured_interval.map_or(String::new(), |Interval { low, high }| {
            let percent = |millionths: f64| format!("{:.1}", (millionths / 10_000.0).clamp(0.0, 100.0));
            format!(" (95 % interval {} to {})", percent(low), percent(high))
        });
        let all = human::count(self.actions);
        let what = match self.transition {
            LifecycleTransition::Launching => "ready for service",
            LifecycleTransition::Terminating => "done with",
        };
        let story = format!("`{}`: {share} of {all} instances were {what} in time{interval}", self.hook);
        (self.actions > 0).then_some(story)
    }
}

/// The counts of each target.
pub(super) fn counts(events: &EventsSummary) -> Table {
    let row = |one: &TargetSummary| {
        vec![
            one.name(),
            human::count(one.matched),
            human::count(one.doubled),
            human::count(one.retries),
            human::count(one.failed),
            human::count(one.given_up),
            human::count(one.dead_lettered),
            one.delay.as_ref().map_or("-".into(), |delay| human::micros(delay.p50 as f64)),
            one.delay.as_ref().map_or("-".into(), |delay| human::micros(delay.p99 as f64)),
        ]
    };
    let header = vec![
        "events to",
        "matched",
        "doubled",
        "retries",
        "failed",
        "given up",
        "dead letters",
        "delay p50",
        "p99",
    ];
    (header, events.targets.iter().map(row).collect())
}

/// What each target sent.
pub(super) fn commands(events: &EventsSummary) -> Table {
    let sending = events.targets.iter().filter(|one| one.commands + one.dropped > 0);
    let row = |one: &TargetSummary| {
        vec![
            one.name(),
            human::count(one.commands),
            human::count(one.fed),
            human::count(one.dropped),
            human::count(one.invocations),
            human::percent(one.succeeded as f64, one.invocations as f64),
        ]
    };
    let header = vec!["sent by", "commands", "fed by itself", "dropped", "invocations", "succeeded"];
    (header, sending.map(row).collect())
}

/// The counts of each hook.
pub(super) fn actions(events: &EventsSummary) -> Table {
    let row = |one: &HookSummary| {
        let time = |spread: &Option<Spread>| {
            spread.as_ref().map_or("-".into(), |spread| human::micros(spread.p50 as f64))
        };
        vec![
            format!("{}/{}", one.group, one.hook),
            human::count(one.actions),
            human::count(one.completed),
            human::percent(one.completed as f64, one.actions as f64),
            human::count(one.timed_out),
            human::count(one.skipped),
            human::count(one.heartbeats),
            time(&one.waited),
            time(&one.left),
        ]
    };
    let header = vec![
        "hook",
        "actions",
        "completed",
        "captured",
        "timed out",
        "skipped",
        "heartbeats",
        "waited p50",
        "left p50",
    ];
    (header, events.hooks.iter().map(row).collect())
}

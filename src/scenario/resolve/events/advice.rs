//! Warnings about rules that can be told from the whole plan: what never matches, and what feeds itself.

use std::collections::BTreeSet;

use crate::{
    base::SimTime,
    events::{Cause, Happening, LifecycleTransition, pattern::Pattern},
    scenario::{
        Plan, Roster,
        narrator::is_particular,
        plan::{Events, TargetKind},
        review::Review,
        rulebook,
        targeting::{Selected, Selector},
    },
    ssm::{EventStatus, reading::EventStatuses},
};

/// Looks over the rules of a plan.
pub(in crate::scenario::resolve) fn advise(plan: &Plan, review: &mut Review<'_>) {
    let Some(events) = &plan.events else { return };
    let roster = Roster::new(plan);
    let patterns: Vec<_> = events.rules.iter().map(|rule| Pattern::compile(&rule.pattern).ok()).collect();
    let matching = |happenings: &[Happening]| -> BTreeSet<usize> {
        let samples: Vec<_> = happenings
            .iter()
            .map(|&happening| {
                let cause = Cause { time: SimTime::ZERO, happening };
                rulebook::parse(plan, &roster, cause, SimTime::ZERO)
            })
            .collect();
        let matches = |pattern: &Option<Pattern>| {
            pattern.as_ref().is_some_and(|pattern| {
                let is_unclear = pattern.paths().any(is_particular);
                !is_unclear && samples.iter().any(|event| pattern.matches(event))
            })
        };
        (0..).zip(&patterns).filter(|(_, pattern)| matches(pattern)).map(|(at, _)| at).collect()
    };
    warn_of_idle(plan, events, &patterns, &matching, review);
    warn_of_loops(plan, events, &matching, review);
}

/// The commands of a plan that differ: its own, and the first of those that each target may send.
fn kinds(plan: &Plan, events: &Events) -> Vec<u32> {
    let targets = events.rules.iter().flat_map(|rule| &rule.targets);
    let first = targets.filter_map(|target| match target.kind {
        TargetKind::RunCommand { first, .. } => Some(first),
        _ => None,
    });
    (0..plan.own_commands() as u32).chain(first).collect()
}

/// What may happen to a command.
fn of_command(plan: &Plan, command: u32) -> Vec<Happening> {
    let statuses = match plan.readings.event_statuses {
        EventStatuses::Notified => &EventStatus::ALL[..5],
        EventStatuses::WithDelayedAndCancelling => &EventStatus::ALL[..],
    };
    let instance = first_target(plan, command);
    let both = |&status: &EventStatus| {
        let invocation = instance.map(|instance| Happening::Invocation { command, instance, status });
        std::iter::once(Happening::Command { command, status }).chain(invocation)
    };
    statuses.iter().flat_map(both).collect()
}

fn first_target(plan: &Plan, command: u32) -> Option<u32> {
    let selector = Selector::new(&plan.commands[command as usize].request, &plan.resource_groups);
    let mut first = 0;
    for group in &plan.groups {
        match selector.of(group) {
            Selected::All if group.count() > 0 => return Some(first),
            Selected::Places(places) if !places.is_empty() => return Some(first + places[0]),
            _ => first += group.count(),
        }
    }
    None
}

/// What may happen to instances.
fn of_scaling(plan: &Plan, events: &Events) -> Vec<Happening> {
    let mut all = Vec::new();
    for group in &events.auto_scaling_groups {
        let instance = plan.groups[..group.group as usize].iter().map(|group| group.count()).sum();
        let (launches, terminates) = (!group.launches.is_empty(), !group.terminations.is_empty());
        for (hook, one) in (0..).zip(&group.hooks) {
            let happens = match one.transition {
                LifecycleTransition::Launching => launches,
                LifecycleTransition::Terminating => terminates,
            };
            all.extend(happens.then_some(Happening::LifecycleAction { instance, hook }));
        }
        let failed = launches && group.hooks_of(LifecycleTransition::Launching).next().is_some();
        all.extend(launches.then_some(Happening::Launched { instance }));
        all.extend(failed.then_some(Happening::LaunchFailed { instance }));
        all.extend((terminates || failed).then_some(Happening::Terminated { instance }));
    }
    all
}

fn warn_of_idle(
    plan: &Plan,
    events: &Events,
    patterns: &[Option<Pattern>],
    matching: &impl Fn(&[Happening]) -> BTreeSet<usize>,
    review: &mut Review<'_>,
) {
    let commands = kinds(plan, events).into_iter().flat_map(|command| of_command(plan, command));
    let all: Vec<_> = commands.chain(of_scaling(plan, events)).collect();
    let busy = matching(&all);
    for (at, rule) in events.rules.iter().enumerate() {
        let is_clear = patterns[at].as_ref().is_some_and(|pattern| !pattern.paths().any(is_particular));
        if rule.enabled && is_clear && !busy.contains(&at) {
            let message = format!("the rule `{}` matches none of the events of this scenario", rule.name);
            let help = "`fleetsim run -o DIR` writes them to events.jsonl; `fleetsim pattern test` says why one does not match";
            review.warning(&format!("/rule/{at}/pattern"), message, help);
        }
    }
}

/// S10.37: the events of the commands that a rule sends run it again, by itself or by way of others.
fn warn_of_loops(
    plan: &Plan,
    events: &Events,
    matching: &impl Fn(&[Happening]) -> BTreeSet<usize>,
    review: &mut Review<'_>,
) {
    let next: Vec<BTreeSet<usize>> = events
        .rules
        .iter()
        .map(|rule| {
            let of_target = |target: &crate::scenario::plan::RuleTarget| match target.kind {
                TargetKind::RunCommand { first, .. } if rule.enabled => of_command(plan, first),
                _ => Vec::new(),
            };
            matching(&rule.targets.iter().flat_map(of_target).collect::<Vec<_>>())
        })
        .collect();
    for (at, rule) in events.rules.iter().enumerate() {
        let (mut reached, mut open) = (BTreeSet::new(), vec![at]);
        while let Some(one) = open.pop() {
            open.extend(next[one].iter().copied().filter(|&other| reached.insert(other)));
        }
        if reached.contains(&at) {
            let message = format!(
                "the rule `{}` feeds itself: events of the commands that it sends match it",
                rule.name
            );
            let help = "narrow its pattern, for example by `detail.document-name`; `at_most` ends the loop here, nothing does \
                        on AWS (S10.37)";
            review.warning(&format!("/rule/{at}/pattern"), message, help);
        }
    }
}

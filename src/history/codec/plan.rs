//! What everything later takes for granted of a plan, checked of one that comes from a file and was not resolved here.

use crate::scenario::plan::{
    AutoScalingGroup, Events, LARGEST_FLEET, PLAN_VERSION, Plan, RuleTarget, ScalingActivity, TargetKind,
};

/// Fails with what is wrong.
pub(super) fn check(plan: &Plan) -> Result<(), String> {
    if plan.version != PLAN_VERSION {
        return Err(format!("plan version {}; this version reads version {PLAN_VERSION}", plan.version));
    }
    let instances: u64 = plan.groups.iter().map(|group| u64::from(group.count())).sum();
    if instances > LARGEST_FLEET {
        return Err(format!("a fleet of {instances} instances; at most {LARGEST_FLEET} are read"));
    }
    for command in &plan.commands {
        let topic = command.notification.as_ref().map(|notification| notification.topic);
        if let Some(topic) = topic.filter(|&topic| topic as usize >= plan.topics.len()) {
            return Err(format!(
                "the command `{}` notifies topic {topic}, which the plan has not",
                command.name
            ));
        }
        let target = |rule, target| plan.events.as_ref().and_then(|events| events.target(rule, target));
        if command.trigger.is_some_and(|trigger| target(trigger.rule, trigger.target).is_none()) {
            return Err(format!("the plan has no target that sends the command `{}`", command.name));
        }
    }
    plan.events.as_ref().map_or(Ok(()), |events| check_events(plan, events))
}

fn check_events(plan: &Plan, events: &Events) -> Result<(), String> {
    let targets = events.rules.iter().flat_map(|rule| &rule.targets);
    let is_short = |target: &&RuleTarget| match target.kind {
        TargetKind::RunCommand { first, at_most } => {
            u64::from(first) + u64::from(at_most) > plan.commands.len() as u64
        }
        TargetKind::Topic | TargetKind::Queue => false,
    };
    if let Some(target) = { targets }.find(is_short) {
        return Err(format!("the target `{}` sends commands that the plan has not", target.id));
    }
    events.auto_scaling_groups.iter().try_for_each(|group| check_scaling(plan, events, group))
}

fn check_scaling(plan: &Plan, events: &Events, scaling: &AutoScalingGroup) -> Result<(), String> {
    let name = &scaling.name;
    let Some(group) = plan.groups.get(scaling.group as usize) else {
        return Err(format!(
            "the Auto Scaling group `{name}` is group {}, which the plan has not",
            scaling.group
        ));
    };
    let sum = |list: &[ScalingActivity]| list.iter().map(|activity| u64::from(activity.count)).sum::<u64>();
    let most = sum(&scaling.launches).max(sum(&scaling.terminations));
    if most > u64::from(group.count()) {
        let size = group.count();
        return Err(format!("{most} of the {size} instances of the Auto Scaling group `{name}` come or go"));
    }
    let completers = scaling.hooks.iter().filter_map(|hook| hook.completed_by);
    match { completers }.find(|&rule| usize::from(rule) >= events.rules.len()) {
        Some(rule) => Err(format!("a hook of `{name}` is completed by rule {rule}, which the plan has not")),
        None => Ok(()),
    }
}

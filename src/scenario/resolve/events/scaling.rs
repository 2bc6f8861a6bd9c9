//! `[[auto_scaling_group]]`: who is launched and terminated when, and the hooks that hold it up.

use std::{collections::BTreeSet, sync::LazyLock};

use regex::Regex;

use super::{PLACEHOLDER, choices, whole_seconds};
use crate::{
    base::SimDuration,
    events::LifecycleResult,
    scenario::{
        distribution::{DEFAULT_REBOOT, MICROSECONDS},
        document,
        plan::{AutoScalingGroup, LifecycleHook, Rule, ScalingActivity, TargetKind},
        resolve::{Fleet, command::Surroundings},
        review::Review,
    },
    ssm::limits,
};

static HOOK_NAME: LazyLock<Regex> = LazyLock::new(|| limits::regex(r"^[A-Za-z0-9\-_/]{1,255}$"));

/// Every Auto Scaling group whose instances are known.
pub(super) fn resolve(
    surroundings: &Surroundings<'_, '_>,
    rules: &[Rule],
    review: &mut Review<'_>,
) -> Vec<AutoScalingGroup> {
    let (mut names, mut taken, mut resolved) = (BTreeSet::new(), BTreeSet::new(), Vec::new());
    for (at, written) in surroundings.scenario.auto_scaling_group.iter().flatten().enumerate() {
        let (pointer, path) =
            (format!("/auto_scaling_group/{at}"), format!("/events/auto_scaling_groups/{at}"));
        if !names.insert(&written.name) {
            let message = format!("there is another Auto Scaling group `{}`", written.name);
            review.error(&format!("{pointer}/name"), message, "give each a name of its own");
        }
        let Some(fleet) = surroundings.fleet else { continue };
        let Some(group) = group(surroundings, fleet, written, &pointer, review) else { continue };
        if !taken.insert(group) {
            let message =
                format!("the instances of `{}` belong to another Auto Scaling group", written.group);
            review.error(&format!("{pointer}/group"), message, "an instance belongs to one at most");
        }
        let boot = written.boot.as_ref().map(|boot| {
            boot.resolve(MICROSECONDS, &format!("{pointer}/boot"), review).unwrap_or(PLACEHOLDER)
        });
        let one = AutoScalingGroup {
            name: written.name.clone(),
            group: group as u32,
            boot: review.choose(format!("{path}/boot"), boot, DEFAULT_REBOOT, "assumed"),
            launches: activities(&written.launches, format!("{path}/launches"), review),
            terminations: activities(&written.terminations, format!("{path}/terminations"), review),
            hooks: hooks(written, rules, (&pointer, &path), review),
        };
        check_counts(&one, fleet.groups[group].count(), &pointer, review);
        resolved.push(one);
    }
    resolved
}

/// The group of the plan that the scenario means.
fn group(
    surroundings: &Surroundings<'_, '_>,
    fleet: &Fleet,
    written: &document::AutoScalingGroup,
    pointer: &str,
    review: &mut Review<'_>,
) -> Option<usize> {
    let groups = &surroundings.scenario.group;
    let Some(at) = groups.iter().position(|group| group.name == written.group) else {
        let message = format!("there is no group `{}`", written.group);
        let help = choices(&written.group, groups.iter().map(|group| group.name.as_str()));
        review.error(&format!("{pointer}/group"), message, help);
        return None;
    };
    let mut parts = (0..).zip(&fleet.written).filter(|(_, of)| **of == at).map(|(part, _)| part);
    let first = parts.next();
    if first.is_none() || parts.next().is_some() {
        let message = format!("the instances of `{}` do not behave alike", written.group);
        let help = "an Auto Scaling group is one whole group of the fleet; use one with `count`";
        review.error(&format!("{pointer}/group"), message, help);
        return None;
    }
    first
}

fn activities(
    written: &Option<Vec<document::ScalingActivity>>,
    path: String,
    review: &mut Review<'_>,
) -> Vec<ScalingActivity> {
    let given = written.as_ref().map(|list| {
        let one = |&document::ScalingActivity { at, count }: &document::ScalingActivity| ScalingActivity {
            at,
            count,
        };
        let mut list: Vec<_> = list.iter().map(one).collect();
        list.sort_by_key(|activity| activity.at);
        list
    });
    review.choose(path, given, Vec::new(), "none")
}

/// No more are launched than there are, and nobody is terminated before being there.
fn check_counts(group: &AutoScalingGroup, size: u32, pointer: &str, review: &mut Review<'_>) {
    let sum = |list: &[ScalingActivity]| list.iter().map(|activity| u64::from(activity.count)).sum::<u64>();
    let (launched, terminated) = (sum(&group.launches), sum(&group.terminations));
    if launched > u64::from(size) {
        let message = format!("{launched} instances are launched, and the group has {size}");
        let help = "those launched are among the `count` of the `[[group]]`; raise it";
        return review.error(&format!("{pointer}/launches"), message, help);
    }
    if terminated > u64::from(size) {
        let message = format!("{terminated} instances are terminated, and the group has {size}");
        return review.error(
            &format!("{pointer}/terminations"),
            message,
            "terminate fewer, or raise `count`",
        );
    }
    let launches: std::collections::BTreeMap<u32, SimDuration> = group.launch_times(size).collect();
    let early =
        group.termination_times().find(|(place, at)| launches.get(place).is_some_and(|then| then >= at));
    if let Some((place, at)) = early {
        let message = format!("at {at} instance {place} of the group is terminated, which is not there yet");
        let help = "instances are terminated in the order in which they came; terminate fewer, or later";
        review.error(&format!("{pointer}/terminations"), message, help);
    }
}

fn hooks(
    written: &document::AutoScalingGroup,
    rules: &[Rule],
    (pointer, path): (&str, &str),
    review: &mut Review<'_>,
) -> Vec<LifecycleHook> {
    let (mut names, mut resolved) = (BTreeSet::new(), Vec::new());
    for (at, hook) in written.hook.iter().flatten().enumerate() {
        let (pointer, path) = (format!("{pointer}/hook/{at}"), format!("{path}/hooks/{at}"));
        if !HOOK_NAME.is_match(&hook.name) {
            let help = "1 to 255 letters, digits, `-`, `_` and `/`";
            review.error(&format!("{pointer}/name"), format!("`{}` is no name of a hook", hook.name), help);
        } else if !names.insert(&hook.name) {
            let message = format!("there is another hook `{}` of this group", hook.name);
            review.error(&format!("{pointer}/name"), message, "give each a name of its own");
        }
        let hour = SimDuration::from_secs(3600);
        let timeout = review.choose(
            format!("{path}/heartbeat_timeout"),
            hook.heartbeat_timeout,
            hour,
            "an hour (S10.54)",
        );
        if !whole_seconds(timeout, 30, 7200) {
            let message = format!("a heartbeat timeout of {timeout}");
            review.error(
                &format!("{pointer}/heartbeat_timeout"),
                message,
                "30 to 7200 whole seconds (S10.54)",
            );
        }
        check_heartbeats(hook, timeout, &pointer, review);
        let abandon = LifecycleResult::Abandon;
        resolved.push(LifecycleHook {
            name: hook.name.clone(),
            transition: hook.transition,
            heartbeat_timeout: timeout,
            default_result: review.choose(
                format!("{path}/default_result"),
                hook.default_result,
                abandon,
                "ABANDON (S10.54)",
            ),
            notification_metadata: hook.notification_metadata.clone(),
            completed_by: completed_by(hook, rules, &pointer, review),
            heartbeat_every: hook.heartbeat_every,
        });
    }
    review.choose(format!("{path}/hooks"), written.hook.is_some().then_some(resolved), Vec::new(), "none")
}

fn check_heartbeats(
    hook: &document::LifecycleHook,
    timeout: SimDuration,
    pointer: &str,
    review: &mut Review<'_>,
) {
    let Some(every) = hook.heartbeat_every else { return };
    let place = format!("{pointer}/heartbeat_every");
    if every < SimDuration::from_secs(1) {
        review.error(&place, format!("a heartbeat every {every}"), "a second or more");
    } else if every >= timeout {
        let help = "the hook times out before the first one; record them more often than `heartbeat_timeout`";
        review.warning(&place, format!("a heartbeat every {every}"), help);
    }
    if hook.completed_by.is_none() {
        review.error(&place, "nobody records heartbeats", "say `completed_by`, whose commands record them");
    }
}

fn completed_by(
    hook: &document::LifecycleHook,
    rules: &[Rule],
    pointer: &str,
    review: &mut Review<'_>,
) -> Option<u16> {
    let Some(name) = &hook.completed_by else {
        let help = "each instance waits until the hook times out; name the rule whose commands complete the action in \
                    `completed_by`";
        review.warning(pointer, "nobody completes this hook's actions", help);
        return None;
    };
    let place = format!("{pointer}/completed_by");
    let Some(at) = rules.iter().position(|rule| rule.name == *name) else {
        let help = choices(name, rules.iter().map(|rule| rule.name.as_str()));
        review.error(&place, format!("there is no rule `{name}`"), help);
        return None;
    };
    let sends =
        |target: &crate::scenario::plan::RuleTarget| matches!(target.kind, TargetKind::RunCommand { .. });
    if !rules[at].targets.iter().any(sends) {
        review.error(&place, format!("the rule `{name}` sends no command"), "give it a target that does");
    }
    Some(at as u16)
}

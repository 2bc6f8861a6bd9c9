//! The points that EventBridge and Auto Scaling rest on.

use super::Assumption;
use crate::{
    events::{LifecycleTransition, RetryPolicy},
    scenario::{
        Plan,
        distribution::{DEFAULT_EVENT_LATENCY, DEFAULT_REBOOT},
        plan::{Events, RuleTarget, TargetKind},
    },
    ssm::reading::EventStatuses,
};

/// The assumptions about events; none where the plan has none.
pub(super) fn of(plan: &Plan) -> Vec<Assumption> {
    let Some(events) = &plan.events else { return Vec::new() };
    let statuses = match plan.readings.event_statuses {
        EventStatuses::Notified => {
            "EventBridge hears of InProgress, Success, TimedOut, Cancelled and Failed; finer details go under their Status."
        }
        EventStatuses::WithDelayedAndCancelling => {
            "EventBridge hears of InProgress, Success, TimedOut, Cancelled and Failed, and of Delayed and Cancelling."
        }
    };
    let mut all = vec![Assumption { point: "O-26", text: statuses.into() }];
    let mut add = |holds: bool, point: &'static str, text: &str| {
        all.extend(holds.then(|| Assumption { point, text: text.into() }));
    };
    add(
        true,
        "O-32",
        "`resources` names the instance of an invocation, and of a command the only instance that the request names.",
    );
    let targets = || events.rules.iter().flat_map(|rule| &rule.targets);
    let sends = |target: &RuleTarget| matches!(target.kind, TargetKind::RunCommand { .. });
    add(
        targets().any(sends),
        "O-33",
        &format!("A rule's target names up to {} values of one key.", plan.readings.rule_target_values),
    );
    add(targets().any(sends), "O-34", "A rule that sends commands needs a role for it.");
    add(
        targets().any(is_tried_again),
        "S10.30",
        "A target is tried again after about a second, then twice as long each time up to 512 s, of which a random half \
         passes.",
    );
    add(
        events.bus.latency == DEFAULT_EVENT_LATENCY,
        "events",
        "Where nothing else is said, half of the events are at the rules within 500 ms, 99 % within 5 s.",
    );
    of_scaling(events, &mut add);
    all
}

fn is_tried_again(target: &RuleTarget) -> bool {
    let never = RetryPolicy { maximum_retry_attempts: 0, ..target.retry_policy };
    target.retry_policy != never && (target.throttled.0 > 0 || !target.outages.is_empty())
}

fn of_scaling(events: &Events, add: &mut impl FnMut(bool, &'static str, &str)) {
    let groups = &events.auto_scaling_groups;
    let hooks = || groups.iter().flat_map(|group| &group.hooks);
    add(
        hooks().any(|hook| hook.completed_by.is_some()),
        "S10.57",
        "A command that ends well on an instance has completed the instance's action; the call comes with its final reply.",
    );
    add(
        hooks().any(|hook| hook.transition == LifecycleTransition::Launching),
        "S10.56",
        "An instance whose launch is abandoned is terminated without the hooks of terminations, and not replaced.",
    );
    add(
        groups.iter().any(|group| group.boot == DEFAULT_REBOOT && !group.launches.is_empty()),
        "boot",
        "Where nothing else is said, the agent of a new instance is registered after about a minute.",
    );
}

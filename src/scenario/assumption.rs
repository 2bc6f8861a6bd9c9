//! The open points of the semantics that a plan rests on, in words.

use serde::Serialize;

mod alarm;
mod channel;
mod events;
mod notification;
mod output;
mod quota;

use super::{
    Plan,
    distribution::{DEFAULT_DELIVERY, DEFAULT_REBOOT},
    plan::ExecutionResult,
};
use crate::{
    base::Rate,
    ssm::{
        Readings, limits,
        reading::{CancelUnanswered, Comparison, ErrorBoundary, Gate, Grace, SlowStart, TimeoutMeaning},
        reading::{NeutralWithSuccess, ToleratedFailures},
        target::TargetKey,
    },
};

mod grounds;

use grounds::Grounds;

/// An open point of the semantics, and how this plan reads it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Assumption {
    /// The point, such as `O-14`; `alarm`, `delivery`, `latency` and `topic` for defaults on which no point says anything.
    pub point: &'static str,
    /// The reading, as a sentence.
    pub text: String,
}

/// A point of the table: whether it matters to a plan, and its sentence.
struct Point {
    name: &'static str,
    matters: fn(&Grounds<'_>) -> bool,
    text: fn(&Grounds<'_>) -> String,
}

/// The assumptions of a plan: for each point what it comes to in the commands that rest on it. Where it comes to more
/// than one thing, each begins with the names of the commands.
pub fn of(plan: &Plan) -> Vec<Assumption> {
    let is_another = |at: usize| at > 0 && plan.is_like_the_one_before(at);
    let commands = (0..plan.commands.len()).filter(|&at| !is_another(at));
    let grounds: Vec<_> = commands.map(|command| Grounds::new(plan, command)).collect();
    let tables =
        [POINTS, notification::POINTS, output::POINTS, alarm::POINTS, channel::POINTS, quota::POINTS];
    let points = tables.into_iter().flatten();
    points.flat_map(|point| of_point(point, &grounds)).chain(events::of(plan)).collect()
}

fn of_point(point: &Point, grounds: &[Grounds<'_>]) -> Vec<Assumption> {
    let mut texts: Vec<(String, Vec<&str>)> = Vec::new();
    for grounds in grounds.iter().filter(|grounds| (point.matters)(grounds)) {
        let (text, name) = ((point.text)(grounds), grounds.command.name.as_str());
        match texts.iter_mut().find(|(known, _)| *known == text) {
            Some((_, names)) => names.push(name),
            None => texts.push((text, vec![name])),
        }
    }
    let is_one = texts.len() == 1;
    let said = |(text, names): (String, Vec<&str>)| Assumption {
        point: point.name,
        text: if is_one { text } else { format!("{}: {text}", list(&names)) },
    };
    texts.into_iter().map(said).collect()
}

/// The first few names, and how many more there are.
fn list(names: &[&str]) -> String {
    const FEW: usize = 5;
    match names.len().checked_sub(FEW).filter(|more| *more > 0) {
        Some(more) => format!("{} and {more} more", names[..FEW].join(", ")),
        None => names.join(", "),
    }
}

const POINTS: &[Point] = &[
    Point {
        name: "O-2",
        matters: |_| true,
        text: |_| "The command is InProgress from the first send on, not from the first receipt.".into(),
    },
    Point {
        name: "O-3",
        matters: |grounds| grounds.can_fail(),
        text: |grounds| match grounds.readings.failed_rule {
            Comparison::MoreThan => {
                "The command is Failed when more errors came than MaxErrors tolerates.".into()
            }
            Comparison::AtLeast => {
                "The command is Failed when MaxErrors errors or more came, even none of 0.".into()
            }
        },
    },
    Point {
        name: "O-4",
        matters: |grounds| grounds.can_fail(),
        text: |grounds| match grounds.readings.tolerated_failures {
            ToleratedFailures::Incomplete => "With tolerated failures the command ends as Incomplete.".into(),
            ToleratedFailures::Success => "With tolerated failures the command ends as Success.".into(),
        },
    },
    Point {
        name: "O-5",
        matters: |grounds| grounds.can_be_neutral(),
        text: |grounds| {
            match grounds.readings.neutral_with_success {
            NeutralWithSuccess::Success => {
                "Undeliverable, InvalidPlatform and AccessDenied beside successes leave the command a Success.".into()
            }
            NeutralWithSuccess::Incomplete => {
                "Undeliverable, InvalidPlatform and AccessDenied beside successes make the command Incomplete.".into()
            }
            NeutralWithSuccess::Ignore => {
                "Undeliverable, InvalidPlatform and AccessDenied do not count in the command's status.".into()
            }
        }
        },
    },
    Point {
        name: "O-6",
        matters: |grounds| grounds.can_be_absent(),
        text: |grounds| {
            match grounds.readings.delivery_timed_out_rule {
            Comparison::MoreThan => {
                "The command is DeliveryTimedOut when more invocations than MaxErrors are; they have their own count.".into()
            }
            Comparison::AtLeast => "The command is DeliveryTimedOut when MaxErrors invocations or more are.".into(),
        }
        },
    },
    Point {
        name: "O-9",
        matters: |basis| basis.can_fail() || basis.can_be_absent() || basis.can_be_neutral(),
        text: |basis| {
            let Readings {
                terminated_status,
                invalid_platform_status,
                access_denied_status,
                incomplete_status,
                ..
            } = basis.readings;
            format!(
                "The Status of Terminated is {terminated_status:?}, of InvalidPlatform {invalid_platform_status:?}, of \
                 AccessDenied {access_denied_status:?}, of an Incomplete command {incomplete_status:?}."
            )
        },
    },
    Point {
        name: "O-10",
        matters: |_| true,
        text: |grounds| match grounds.readings.execution_timed_out_counts {
            true => "Execution Timed Out counts against MaxErrors.".into(),
            false => "Execution Timed Out does not count against MaxErrors.".into(),
        },
    },
    Point {
        name: "O-11",
        matters: |grounds| matches!(grounds.max_errors(), Rate::Percent(_)),
        text: |grounds| match grounds.readings.error_boundary {
            ErrorBoundary::Beyond => {
                "The error beyond a percentage stops the sending: the sixth for 10% of 50.".into()
            }
            ErrorBoundary::AutomationDoc => {
                "The last error within a percentage stops the sending: the fifth for 10% of 50.".into()
            }
        },
    },
    Point {
        name: "O-12",
        matters: |grounds| !matches!(grounds.readings.slow_start, SlowStart::Off),
        text: |grounds| match grounds.readings.slow_start {
            SlowStart::Double => "Slow start lets 1, 3, 7, 15 ... invocations be in flight.".into(),
            SlowStart::Window => "Slow start lets 1, 2, 4, 8 ... invocations be in flight.".into(),
            SlowStart::Jump | SlowStart::Off => {
                "Slow start sends one invocation, then as MaxConcurrency allows.".into()
            }
        },
    },
    Point {
        name: "O-13",
        matters: |grounds| {
            grounds.is_fractional(grounds.max_concurrency()) || grounds.is_fractional(grounds.max_errors())
        },
        text: |grounds| {
            let (rates, targets) = (grounds.readings, grounds.target_count());
            let concurrency = grounds.max_concurrency().of(targets, rates.concurrency_rounding).max(1);
            let errors = grounds.max_errors().of(targets, rates.errors_rounding);
            format!(
                "Over {targets} targets MaxConcurrency comes to {concurrency} and MaxErrors to {errors}, rounded."
            )
        },
    },
    Point {
        name: "O-14",
        matters: |grounds| !matches!(grounds.readings.slow_start, SlowStart::Off),
        text: |grounds| {
            let (event, grace) = match (grounds.readings.gate, grounds.readings.unanswered_grace) {
                (Gate::Ack, Grace::After(grace)) => ("acknowledged", format!("goes on after {grace}")),
                (Gate::Ack, Grace::Wait(_)) => ("acknowledged", "waits for the end of the invocation".into()),
                (Gate::Complete, _) => ("completed", "waits for the end of the invocation".into()),
            };
            format!("Slow start waits for invocations to be {event}; without an answer it {grace}.")
        },
    },
    Point {
        name: "O-15",
        matters: |_| true,
        text: |_| {
            "An invocation holds its slot from the send to its terminal status, through Delayed.".into()
        },
    },
    Point {
        name: "O-16",
        matters: |grounds| grounds.can_fail(),
        text: |_| "When the error threshold is exceeded, what has been sent goes on.".into(),
    },
    Point {
        name: "O-17",
        matters: |grounds| grounds.denied(),
        text: |_| "Instances selected by tag without access become AccessDenied one by one.".into(),
    },
    Point {
        name: "O-18",
        matters: |_| true,
        text: |grounds| match grounds.readings.timeout_meaning {
            TimeoutMeaning::Total => format!(
                "The command expires {} s after the request: TimeoutSeconds and the execution timeout.",
                u64::from(grounds.command.timeout_seconds)
                    + u64::from(grounds.command.execution_timeout_seconds)
            ),
            TimeoutMeaning::DeliveryThenExecution => format!(
                "What is not received {} s after the request never runs; what is, may take its execution timeout.",
                grounds.command.timeout_seconds
            ),
        },
    },
    Point {
        name: "O-18b",
        matters: |grounds| grounds.command.steps.len() > 1,
        text: |grounds| {
            let seconds = grounds.command.execution_timeout_seconds;
            match grounds.total_has_longest_step() {
                true => {
                    format!("Of the steps' execution timeouts the longest enters the total: {seconds} s.")
                }
                false => format!("The parameter executionTimeout alone enters the total: {seconds} s."),
            }
        },
    },
    Point {
        name: "O-19",
        matters: |grounds| grounds.command.request.timeout_seconds.is_none(),
        text: |grounds| {
            format!(
                "The request names no TimeoutSeconds, which makes it {}.",
                grounds.command.timeout_seconds
            )
        },
    },
    Point {
        name: "O-21",
        matters: |_| true,
        text: |grounds| {
            format!(
                "The execution timeout is the agent's value, {} s, for the kill and for the total alike.",
                grounds.command.execution_timeout_seconds
            )
        },
    },
    Point {
        name: "O-22",
        matters: |grounds| grounds.may_have_lost_connection(),
        text: |_| {
            "What the inventory shows as ConnectionLost or stopped is a target, but does not answer unless the scenario says so.".into()
        },
    },
    Point {
        name: "S8.24",
        matters: |grounds| grounds.can_lose_connection(),
        text: |_| {
            "Agents come back from faults by the back-off of the agent's code, and are ConnectionLost 15 minutes after their last ping (O-22).".into()
        },
    },
    Point {
        name: "O-23",
        matters: |grounds| grounds.can_be_absent(),
        text: |_| {
            "An unreachable instance is Delayed and in the end DeliveryTimedOut; a terminated one is Undeliverable.".into()
        },
    },
    Point {
        name: "O-24",
        matters: |grounds| !grounds.command.cancels.is_empty(),
        text: |grounds| {
            let end = match grounds.readings.cancel_unanswered {
                CancelUnanswered::Cancelled => "Cancelled",
                CancelUnanswered::DeliveryTimedOut => "DeliveryTimedOut",
            };
            format!(
                "A cancel ends at once what was not received; what never answers is {end} at ExpiresAfter."
            )
        },
    },
    Point {
        name: "O-25",
        matters: |grounds| grounds.can_be_refused(),
        text: |_| {
            "An agent that is full refuses: Delayed, and sent again after 10 s, doubling up to 5 minutes."
                .into()
        },
    },
    Point {
        name: "O-29",
        matters: |grounds| {
            let many = |values: &Vec<String>| values.len() > limits::TARGET_VALUES_IN_GUIDE;
            grounds.command.request.targets.iter().flatten().any(|target| many(&target.values))
        },
        text: |grounds| format!("One target may hold {} values.", grounds.readings.target_values),
    },
    Point {
        name: "O-30",
        matters: |grounds| grounds.has_target_key(TargetKey::ResourceTypes),
        text: |_| "Run Command takes resource types as targets, as the guide says.".into(),
    },
    Point {
        name: "O-42",
        matters: |grounds| grounds.wrong_platforms(),
        text: |_| {
            "Instances of a platform that the document does not run on become InvalidPlatform one by one."
                .into()
        },
    },
    Point {
        name: "O-44",
        matters: |grounds| grounds.has_result(|result| matches!(result, ExecutionResult::Exit(137 | -1))),
        text: |_| "Exit code 137 (Windows: -1) is reported as Execution Timed Out, as the agent does.".into(),
    },
    Point {
        name: "O-56",
        matters: |grounds| grounds.target_count() == 0,
        text: |grounds| {
            let status = grounds.readings.no_instances_status;
            format!("A command without targets ends as {status:?}/NoInstancesInTag.")
        },
    },
    Point {
        name: "S8.2",
        matters: |grounds| grounds.can_wait_by_default(),
        text: |grounds| {
            let buffer = grounds.readings.agent_buffer;
            format!("Agents that say nothing else run 5 commands at once and let {buffer} more wait.")
        },
    },
    Point {
        name: "Settled 9",
        matters: |grounds| grounds.can_wait(),
        text: |grounds| match grounds.readings.agent_runs_expired {
            true => "What waits on an agent starts even when its command has expired.".into(),
            false => "What still waits on an agent when its command expires does not start.".into(),
        },
    },
    Point {
        name: "O-54",
        matters: |grounds| grounds.can_be_cancelled_in_a_queue(),
        text: |grounds| match grounds.readings.agent_quirks {
            true => {
                "What was cancelled while it waited on an agent runs if the agent has restarted since.".into()
            }
            false => {
                "What was cancelled while it waited on an agent does not run, whatever becomes of the agent."
                    .into()
            }
        },
    },
    Point {
        name: "reboot",
        matters: |grounds| grounds.can_reboot(|group| group.reboot == DEFAULT_REBOOT),
        text: |_| {
            "Where nothing else is said, half of the instances boot within a minute, 99 % within two.".into()
        },
    },
    Point {
        name: "delivery",
        matters: |grounds| grounds.targeted().any(|group| group.delivery == DEFAULT_DELIVERY),
        text: |_| {
            "Where nothing else is said, half of the deliveries take less than 100 ms, 99 % less than 1 s."
                .into()
        },
    },
];

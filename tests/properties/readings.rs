//! Random readings: a profile, or every knob by itself.

use fleetsim::{
    base::{Rounding, SimDuration},
    scenario::document::Profile,
    ssm::{
        CommandStatus, InvocationStatus, Readings,
        reading::{
            CancelUnanswered, Comparison, DispatchOrder, ErrorBoundary, Gate, Grace, NeutralWithSuccess,
            SlowStart, TimeoutMeaning, ToleratedFailures, Wait,
        },
    },
};
use proptest::{prelude::*, sample::select};

/// The name of a profile and the readings in force.
pub(crate) fn readings() -> impl Strategy<Value = (String, Readings)> {
    let profiles = vec![Profile::Api, Profile::Console, Profile::LiteralDocs, Profile::Legacy2018];
    let profile = select(profiles).prop_map(|profile| (profile.name().to_owned(), profile.readings()));
    prop_oneof![1 => profile, 2 => drawn().prop_map(|readings| ("api".to_owned(), readings))]
}

fn drawn() -> impl Strategy<Value = Readings> {
    (sending(), stopping(), summing_up(), statuses()).prop_map(|(sending, stopping, summing_up, statuses)| {
        let (slow_start, gate, unanswered_grace, dispatch_order, concurrency_rounding) = sending;
        let (errors_rounding, error_boundary, execution_timed_out_counts, expiry) = stopping;
        let (timeout_meaning, cancel_unanswered, agent_runs_expired) = expiry;
        let (failed_rule, delivery_timed_out_rule, command_execution_timed_out, tolerated_failures, neutral) =
            summing_up;
        let (no_instances_status, incomplete_status, terminated_status, invalid_platform, access_denied) =
            statuses;
        Readings {
            slow_start,
            gate,
            unanswered_grace,
            dispatch_order,
            concurrency_rounding,
            errors_rounding,
            error_boundary,
            execution_timed_out_counts,
            failed_rule,
            delivery_timed_out_rule,
            command_execution_timed_out,
            tolerated_failures,
            neutral_with_success: neutral,
            no_instances_status,
            incomplete_status,
            terminated_status,
            invalid_platform_status: invalid_platform,
            access_denied_status: access_denied,
            timeout_meaning,
            cancel_unanswered,
            agent_runs_expired,
            ..Readings::default()
        }
    })
}

fn sending() -> impl Strategy<Value = (SlowStart, Gate, Grace, DispatchOrder, Rounding)> {
    let grace = prop_oneof![
        1 => Just(Grace::Wait(Wait::Wait)),
        1 => Just(Grace::After(SimDuration::ZERO)),
        6 => (1..=40_u64).prop_map(|seconds| Grace::After(SimDuration::from_secs(seconds))),
    ];
    (
        select(vec![SlowStart::Double, SlowStart::Window, SlowStart::Jump, SlowStart::Off]),
        select(vec![Gate::Ack, Gate::Complete]),
        grace,
        select(vec![DispatchOrder::Random, DispatchOrder::Listed]),
        rounding(),
    )
}

fn stopping()
-> impl Strategy<Value = (Rounding, ErrorBoundary, bool, (TimeoutMeaning, CancelUnanswered, bool))> {
    let expiry = (
        select(vec![TimeoutMeaning::Total, TimeoutMeaning::DeliveryThenExecution]),
        select(vec![CancelUnanswered::Cancelled, CancelUnanswered::DeliveryTimedOut]),
        any::<bool>(),
    );
    let boundary = select(vec![ErrorBoundary::Beyond, ErrorBoundary::AutomationDoc]);
    (rounding(), boundary, any::<bool>(), expiry)
}

fn summing_up() -> impl Strategy<Value = (Comparison, Comparison, bool, ToleratedFailures, NeutralWithSuccess)>
{
    let comparison = || select(vec![Comparison::MoreThan, Comparison::AtLeast]);
    (
        comparison(),
        comparison(),
        any::<bool>(),
        select(vec![ToleratedFailures::Incomplete, ToleratedFailures::Success]),
        select(vec![NeutralWithSuccess::Success, NeutralWithSuccess::Incomplete, NeutralWithSuccess::Ignore]),
    )
}

fn statuses()
-> impl Strategy<Value = (CommandStatus, CommandStatus, InvocationStatus, InvocationStatus, InvocationStatus)>
{
    let command = || select(vec![CommandStatus::Success, CommandStatus::Failed, CommandStatus::Cancelled]);
    let invocation = || select(vec![InvocationStatus::Cancelled, InvocationStatus::Failed]);
    (command(), command(), invocation(), invocation(), invocation())
}

fn rounding() -> impl Strategy<Value = Rounding> {
    select(vec![Rounding::Ceil, Rounding::Floor, Rounding::HalfUp])
}

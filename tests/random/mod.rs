//! Random small plans: every kind of outcome, availability, cancel and reading.

use fleetsim::{
    base::{Chance, SimDuration, distribution::Distribution},
    scenario::{
        Roster,
        plan::{
            Availability, AvailabilityState, Cancel, Command, ExecutionResult, Group, Members, Numbered,
            Outcome, Plan,
        },
    },
    ssm::{
        Readings,
        reading::{
            CancelUnanswered, DispatchOrder, ErrorBoundary, Gate, Grace, SlowStart, TimeoutMeaning, Wait,
        },
        status::Platform,
    },
};
use proptest::{
    collection::vec,
    option,
    prelude::*,
    sample::select,
    test_runner::{Config, RngSeed},
};

use crate::common;

pub mod beyond;

/// Always the same cases; `PROPTEST_RNG_SEED` chooses others.
pub fn config(cases: u32) -> Config {
    let config = Config { failure_persistence: None, ..Config::with_cases(cases) };
    match config.rng_seed {
        RngSeed::Random => Config { rng_seed: RngSeed::Fixed(1), ..config },
        RngSeed::Fixed(_) => config,
    }
}

/// Up to three groups of up to five instances, and up to three commands; more where [`beyond`] is switched on.
pub fn plans() -> BoxedStrategy<Plan> {
    if !(beyond::AGENTS || beyond::NOTIFICATIONS) {
        return ordinary().boxed();
    }
    (ordinary(), beyond::beyond()).prop_map(|(plan, beyond)| beyond.onto(plan)).boxed()
}

pub fn ordinary() -> impl Strategy<Value = Plan> {
    (vec(group(), 1..=3), vec(command(), 1..=3), readings(), any::<u64>()).prop_map(
        |(groups, mut commands, readings, seed)| {
            let named = |(name, mut group): (&str, Group)| {
                group.name = name.into();
                let Members::Numbered(members) = &mut group.members else { unreachable!("as made below") };
                members.id_prefix = format!("i-{name}");
                members.tags = [("Role".into(), name.into())].into();
                group
            };
            let groups: Vec<Group> = ["a", "b", "c"].into_iter().zip(groups).map(named).collect();
            let plan = common::plan(groups, commands.remove(0));
            let mut plan = Plan { readings, seed, ..plan };
            plan.commands.extend(commands);
            let size = plan.fleet_size();
            for command in 0..plan.commands.len() {
                for cancel in 0..plan.commands[command].cancels.len() {
                    let id =
                        |text: &String| Roster::new(&plan).id(text.parse::<u32>().unwrap() % size.max(1));
                    let ids = plan.commands[command].cancels[cancel].instance_ids.iter();
                    let ids = if size == 0 { vec![] } else { ids.map(id).collect() };
                    plan.commands[command].cancels[cancel].instance_ids = ids;
                }
            }
            plan
        },
    )
}

fn seconds(most: u64) -> impl Strategy<Value = SimDuration> {
    // Whole and half seconds, so that instants meet.
    (0..=2 * most).prop_map(|halves| SimDuration(halves * 500_000))
}

pub fn distribution(mean: f64) -> impl Strategy<Value = Distribution> {
    let mean = mean * 1e6;
    select(vec![
        Distribution::Constant { value: mean },
        Distribution::Uniform { min: 0.0, max: 2.0 * mean },
        Distribution::Exponential { mean },
    ])
}

fn group() -> impl Strategy<Value = Group> {
    let state = prop_oneof![
        Just(AvailabilityState::Unreachable),
        seconds(40).prop_map(AvailabilityState::ReachableFrom),
        seconds(40).prop_map(AvailabilityState::StoppedAt),
        seconds(40).prop_map(AvailabilityState::TerminatedAt),
    ];
    let result = select(vec![
        ExecutionResult::Exit(0),
        ExecutionResult::Exit(1),
        ExecutionResult::Exit(137),
        ExecutionResult::Exit(168),
        ExecutionResult::Hang,
        ExecutionResult::ReplyLost,
        ExecutionResult::Stopped,
        ExecutionResult::Terminated,
    ]);
    let availability = state.prop_map(|state| Availability { chance: Chance(300_000_000), state });
    let outcome = (result, option::of(distribution(2.0))).prop_map(|(result, execution)| Outcome {
        chance: Chance(300_000_000),
        run: None,
        result,
        execution,
    });
    let platform = select(vec![Platform::Linux, Platform::Linux, Platform::Windows]);
    let slowness = select(vec![1.0, 3.0]);
    let times = (distribution(0.5), option::of(distribution(0.5)), distribution(10.0), slowness);
    (0_u32..=5, times, vec(availability, 0..=2), vec(outcome, 0..=3), platform, prop::bool::weighted(0.1))
        .prop_map(
            |(
                count,
                (delivery, reply, execution, slowness),
                availability,
                outcomes,
                platform,
                access_denied,
            )| Group {
                delivery,
                reply,
                execution,
                slowness: Distribution::Uniform { min: 1.0, max: slowness },
                availability,
                outcomes,
                members: Members::Numbered(Numbered {
                    platform,
                    access_denied,
                    ..common::numbered("", count)
                }),
                ..common::group("", count)
            },
        )
}

fn command() -> impl Strategy<Value = Command> {
    let concurrency = select(vec!["1", "2", "3", "50", "1%", "25%", "50%", "100%"]);
    let errors = select(vec!["0", "1", "3", "0%", "20%", "50%", "100%"]);
    let roles = select(vec![&["a"] as &[&str], &["a", "b"], &["a", "b", "c"], &["z"]]);
    let ids = vec((0_u32..15).prop_map(|index| index.to_string()), 0..=2);
    // Not before the request.
    let cancels = vec((seconds(60), ids), 0..=2);
    (seconds(20), roles, concurrency, errors, 5_u32..60, 5_u32..30, cancels).prop_map(
        |(at, roles, concurrency, errors, timeout_seconds, execution_timeout_seconds, cancels)| Command {
            at,
            timeout_seconds,
            cancels: cancels
                .into_iter()
                .map(|(after, instance_ids)| Cancel { at: SimDuration(at.0 + after.0), instance_ids })
                .collect(),
            ..common::limited(common::command(roles, concurrency, errors), execution_timeout_seconds)
        },
    )
}

fn readings() -> impl Strategy<Value = Readings> {
    let graces = vec![
        Grace::Wait(Wait::Wait),
        Grace::After(SimDuration::from_secs(2)),
        Grace::After(SimDuration::from_secs(30)),
    ];
    let control = (
        select(vec![SlowStart::Double, SlowStart::Window, SlowStart::Jump, SlowStart::Off]),
        select(vec![Gate::Ack, Gate::Complete]),
        select(graces),
        select(vec![DispatchOrder::Random, DispatchOrder::Listed]),
        select(vec![ErrorBoundary::Beyond, ErrorBoundary::AutomationDoc]),
    );
    let others = (
        any::<bool>(),
        any::<bool>(),
        select(vec![TimeoutMeaning::Total, TimeoutMeaning::DeliveryThenExecution]),
        select(vec![CancelUnanswered::Cancelled, CancelUnanswered::DeliveryTimedOut]),
        any::<bool>(),
    );
    (control, others).prop_map(|(control, others)| Readings {
        slow_start: control.0,
        gate: control.1,
        unanswered_grace: control.2,
        dispatch_order: control.3,
        error_boundary: control.4,
        execution_timed_out_counts: others.0,
        agent_runs_expired: others.1,
        timeout_meaning: others.2,
        cancel_unanswered: others.3,
        agent_quirks: others.4,
        ..Readings::default()
    })
}

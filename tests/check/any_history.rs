//! The checker judges whatever it is given, however absurd, and never panics.

use fleetsim::{
    base::{SimDuration, SimTime},
    history::{Ending, Fact, Notice, Record, Refusal, StepReply},
    ssm::{
        CommandState, CommandStatus, InvocationState, InvocationStatus, NotificationType, NotifiedStatus,
        StatusDetails as D, StepStatus as S,
        reading::{Gate, SlowStart},
    },
};
use proptest::{
    prelude::*,
    test_runner::{Config, RngSeed},
};

use crate::{
    far_tales::{notification, six_steps, topic},
    story::{Story, exit, judge},
};

fn details() -> impl Strategy<Value = D> {
    let under_way = [D::InProgress, D::Delayed, D::Cancelling, D::Pending, D::Incomplete];
    prop::sample::select([&D::INVOCATION_ENDINGS[..], &under_way].concat())
}

fn fact() -> impl Strategy<Value = Fact> {
    let instance = || 0..5_u32;
    let time = || prop::option::of(moment());
    let state =
        || details().prop_map(|details| InvocationState { status: InvocationStatus::Failed, details });
    let elapsed = || time().prop_map(|time| time.map(|time| SimDuration(time.0)));
    let ending = (state(), -1..2_i32, time(), time(), elapsed()).prop_map(
        |(state, response_code, sent, started, elapsed)| Ending {
            state,
            response_code,
            sent,
            started,
            elapsed,
        },
    );
    let number = || prop_oneof![9 => 0..6_u32, 1 => Just(u32::MAX)];
    prop_oneof![
        1 => Just(Fact::Requested),
        1 => number().prop_map(|count| Fact::Targeted { count }),
        1 => instance().prop_map(|instance| Fact::Sent { instance }),
        1 => instance().prop_map(|instance| Fact::Acknowledged { instance }),
        1 => (instance(), state()).prop_map(|(instance, state)| Fact::InvocationChanged { instance, state }),
        1 => (instance(), ending).prop_map(|(instance, ending)| Fact::InvocationEnded { instance, ending }),
        1 => prop::option::of(instance()).prop_map(|instance| Fact::CancelRequested { instance }),
        1 => number().prop_map(|errors| Fact::ThresholdExceeded { errors }),
        1 => details().prop_map(|details| Fact::CommandChanged {
            state: CommandState { status: CommandStatus::Cancelling, details }
        }),
        1 => details().prop_map(|details| Fact::CommandEnded {
            state: CommandState { status: CommandStatus::Failed, details },
            counts: fleetsim::history::CommandCounts::default(),
        }),
        1 => instance().prop_map(|instance| Fact::LateReply { instance, response_code: 0 }),
        1 => instance().prop_map(|instance| Fact::Broken { instance }),
        4 => far_fact(),
    ]
}

/// Facts about agents and messages.
fn far_fact() -> impl Strategy<Value = Fact> {
    let instance = || 0..5_u32;
    let status =
        prop::sample::select(vec![S::Success, S::Failed, S::Skipped, S::Cancelled, S::SuccessAndReboot]);
    let code = prop::sample::select(vec![0, 1, -1, 137, 194]);
    let reply = (status, code, moment(), moment()).prop_map(|(status, response_code, started, elapsed)| {
        StepReply { status, response_code, started, elapsed: SimDuration(elapsed.0) }
    });
    let notice = || {
        (prop::option::of(instance()), prop::sample::select(&NotifiedStatus::ALL[..2]), any::<bool>())
            .prop_map(|(instance, status, again)| Notice { instance, status, again })
    };
    prop_oneof![
        2 => (instance(), 0..4_u32, reply).prop_map(|(instance, step, reply)| Fact::StepEnded { instance, step, reply }),
        2 => (instance(), any::<bool>()).prop_map(|(instance, queued)| Fact::Accepted { instance, queued }),
        1 => instance().prop_map(|instance| Fact::Started { instance }),
        2 => instance().prop_map(|instance| Fact::Released { instance }),
        1 => (instance(), prop::sample::select(vec![Refusal::Closed, Refusal::BufferFull])).prop_map(|(instance, why)| Fact::Refused { instance, why }),
        1 => instance().prop_map(|instance| Fact::RebootBegan { instance }),
        1 => instance().prop_map(|instance| Fact::RebootEnded { instance }),
        2 => notice().prop_map(Fact::Published),
        2 => (notice(), 0..3_u32, any::<bool>(), moment()).prop_map(
            |(notice, subscription, duplicate, published)| Fact::Arrived { notice, subscription, duplicate, published }
        ),
        1 => (notice(), 0..3_u32).prop_map(|(notice, subscription)| Fact::Lost { notice, subscription }),
    ]
}

/// Mostly a whole second that others meet, now and then a time that no calendar holds.
fn moment() -> impl Strategy<Value = SimTime> {
    let second = (0..200_u64).prop_map(|seconds| SimTime(seconds * 1_000_000));
    prop_oneof![30 => second, 1 => prop::sample::select(vec![SimTime(1), SimTime::MAX, SimTime(u64::MAX)])]
}

fn record() -> impl Strategy<Value = Record> {
    (moment(), 0..2_u32, fact()).prop_map(|(time, command, fact)| Record { time, command, fact })
}

/// Two commands of three steps share agents with one worker, and tell of themselves.
fn far(story: Story) -> Story {
    story.plan(|plan| {
        plan.topics = vec![topic()];
        plan.commands[0].steps = six_steps()[..3].to_vec();
        plan.commands[0].notification = notification(NotificationType::Invocation, &NotifiedStatus::ALL);
        plan.commands.push(plan.commands[0].clone());
        plan.commands[1].notification = notification(NotificationType::Command, &NotifiedStatus::ALL);
        (plan.groups[0].agent.workers, plan.groups[0].agent.buffer) = (1, 1);
        plan.groups[0].outcomes = vec![exit(194)];
    })
}

/// Always the same cases.
fn config() -> Config {
    Config { failure_persistence: None, rng_seed: RngSeed::Fixed(1), ..Config::default() }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn every_history_gets_every_verdict(
        mut records in prop::collection::vec(record(), 0..100),
        in_order in any::<bool>(),
        window in any::<bool>(),
        complete in any::<bool>(),
        several in any::<bool>(),
    ) {
        if in_order {
            records.sort_by_key(|record| record.time);
        }
        let mut story = Story::new(4, "50%", "1").readings(|readings| {
            readings.slow_start = if window { SlowStart::Window } else { SlowStart::Double };
            readings.gate = if complete { Gate::Complete } else { Gate::Ack };
        });
        if several {
            story = far(story);
        }
        let reports = judge(&story.plan, &records);
        prop_assert_eq!(reports.len(), 20);
        prop_assert_eq!(reports[0].judged, records.len() as u64);
    }
}

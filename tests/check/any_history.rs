//! The checker judges whatever it is given, however absurd, and never panics.

use fleetsim::{
    base::{SimDuration, SimTime},
    history::{Ending, Fact, Record},
    ssm::{
        CommandState, CommandStatus, InvocationState, InvocationStatus, StatusDetails as D,
        reading::{Gate, SlowStart},
    },
};
use proptest::{
    prelude::*,
    test_runner::{Config, RngSeed},
};

use crate::story::{Story, judge};

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
        Just(Fact::Requested),
        number().prop_map(|count| Fact::Targeted { count }),
        instance().prop_map(|instance| Fact::Sent { instance }),
        instance().prop_map(|instance| Fact::Acknowledged { instance }),
        (instance(), state()).prop_map(|(instance, state)| Fact::InvocationChanged { instance, state }),
        (instance(), ending).prop_map(|(instance, ending)| Fact::InvocationEnded { instance, ending }),
        prop::option::of(instance()).prop_map(|instance| Fact::CancelRequested { instance }),
        number().prop_map(|errors| Fact::ThresholdExceeded { errors }),
        details().prop_map(|details| Fact::CommandChanged {
            state: CommandState { status: CommandStatus::Cancelling, details }
        }),
        details().prop_map(|details| Fact::CommandEnded {
            state: CommandState { status: CommandStatus::Failed, details },
            counts: fleetsim::history::CommandCounts::default(),
        }),
        instance().prop_map(|instance| Fact::LateReply { instance, response_code: 0 }),
        instance().prop_map(|instance| Fact::Broken { instance }),
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

/// Always the same cases.
fn config() -> Config {
    Config { failure_persistence: None, rng_seed: RngSeed::Fixed(1), ..Config::default() }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn every_history_gets_every_verdict(
        mut records in prop::collection::vec(record(), 0..60),
        in_order in any::<bool>(),
        window in any::<bool>(),
        complete in any::<bool>(),
    ) {
        if in_order {
            records.sort_by_key(|record| record.time);
        }
        let story = Story::new(4, "50%", "1").readings(|readings| {
            readings.slow_start = if window { SlowStart::Window } else { SlowStart::Double };
            readings.gate = if complete { Gate::Complete } else { Gate::Ack };
        });
        let reports = judge(&story.plan, &records);
        prop_assert_eq!(reports.len(), 18);
        prop_assert_eq!(reports[0].judged, records.len() as u64);
    }
}

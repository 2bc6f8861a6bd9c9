//! The checker judges whatever it is given, however absurd, and never panics.

use fleetsim::{
    base::SimTime,
    history::{Ending, Fact, Record},
    ssm::{
        CommandState, CommandStatus, InvocationState, InvocationStatus, StatusDetails as D,
        reading::{Gate, SlowStart},
    },
};
use proptest::prelude::*;

use crate::story::{Story, judge};

fn details() -> impl Strategy<Value = D> {
    let under_way = [D::InProgress, D::Delayed, D::Cancelling, D::Pending, D::Incomplete];
    prop::sample::select([&D::INVOCATION_ENDINGS[..], &under_way].concat())
}

fn fact() -> impl Strategy<Value = Fact> {
    let instance = || 0..5_u32;
    let time = || prop::option::of((0..200_u64).prop_map(SimTime));
    let state =
        || details().prop_map(|details| InvocationState { status: InvocationStatus::Failed, details });
    let ending = (state(), -1..2_i32, time(), time()).prop_map(|(state, response_code, sent, started)| {
        Ending { state, response_code, sent, started, elapsed: None }
    });
    prop_oneof![
        Just(Fact::Requested),
        (0..6_u32).prop_map(|count| Fact::Targeted { count }),
        instance().prop_map(|instance| Fact::Sent { instance }),
        instance().prop_map(|instance| Fact::Acknowledged { instance }),
        (instance(), state()).prop_map(|(instance, state)| Fact::InvocationChanged { instance, state }),
        (instance(), ending).prop_map(|(instance, ending)| Fact::InvocationEnded { instance, ending }),
        prop::option::of(instance()).prop_map(|instance| Fact::CancelRequested { instance }),
        (0..4_u32).prop_map(|errors| Fact::ThresholdExceeded { errors }),
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

fn record() -> impl Strategy<Value = Record> {
    let time = (0..200_u64).prop_map(|seconds| SimTime(seconds * 1_000_000));
    (time, 0..2_u32, fact()).prop_map(|(time, command, fact)| Record { time, command, fact })
}

proptest! {
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
        prop_assert_eq!(reports.len(), 13);
        prop_assert_eq!(reports[0].judged, records.len() as u64);
    }
}

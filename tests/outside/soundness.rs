//! What polling shows of a simulated history is never invalid, whatever the plan, the readings and the poller.

use fleetsim::{
    check::{
        Verdict,
        outside::{Outcome, OutsideChecker},
    },
    scenario::plan::Plan,
    seen::{Header, Sighting},
    ssm::{
        Readings,
        reading::{Comparison, NeutralWithSuccess, ToleratedFailures},
    },
};
use proptest::{collection::vec, prelude::*, sample::select};

use crate::{
    common::history,
    poller::{Habits, sightings},
    random,
};

fn habits() -> impl Strategy<Value = Habits> {
    let gaps = vec(select(vec![50, 300, 1_000, 5_000, 30_000]), 1..6);
    let trips = vec((select(vec![0, 1, 20, 3_000]), select(vec![0, 1, 20, 3_000])), 1..5);
    (gaps, trips, vec(any::<u8>(), 1..5), any::<bool>(), any::<bool>()).prop_map(
        |(gaps, trips, asks, tells_times, listens)| Habits { gaps, trips, asks, tells_times, listens },
    )
}

/// Readings about the sum, which random plans leave at their defaults.
fn summed_up() -> impl Strategy<Value = Readings> {
    let comparison = || select(vec![Comparison::MoreThan, Comparison::AtLeast]);
    let tolerated = select(vec![ToleratedFailures::Incomplete, ToleratedFailures::Success]);
    let neutral =
        select(vec![NeutralWithSuccess::Success, NeutralWithSuccess::Incomplete, NeutralWithSuccess::Ignore]);
    (comparison(), comparison(), tolerated, neutral, any::<bool>()).prop_map(|of| Readings {
        failed_rule: of.0,
        delivery_timed_out_rule: of.1,
        tolerated_failures: of.2,
        neutral_with_success: of.3,
        command_execution_timed_out: of.4,
        ..Readings::default()
    })
}

pub(crate) fn judge(header: &Header, sightings: &[Sighting]) -> Outcome {
    let mut checker = OutsideChecker::new(header);
    sightings.iter().for_each(|sighting| checker.observe(sighting));
    checker.finish()
}

fn plans() -> impl Strategy<Value = Plan> {
    (random::plans(), summed_up()).prop_map(|(plan, summed_up)| {
        let readings = Readings {
            failed_rule: summed_up.failed_rule,
            delivery_timed_out_rule: summed_up.delivery_timed_out_rule,
            tolerated_failures: summed_up.tolerated_failures,
            neutral_with_success: summed_up.neutral_with_success,
            command_execution_timed_out: summed_up.command_execution_timed_out,
            ..plan.readings
        };
        Plan { readings, ..plan }
    })
}

proptest! {
    #![proptest_config(random::config(600))]

    #[test]
    fn what_is_seen_of_a_simulation_is_never_invalid(plan in plans(), habits in habits(), turn in any::<usize>()) {
        let mut seen = sightings(&plan, &history(&plan, 0), &habits);
        // Answers come in any order within an hour.
        if !seen.is_empty() {
            let middle = turn % seen.len();
            let reach = seen.len().min(40);
            seen[middle.saturating_sub(reach)..middle].reverse();
        }
        let header = Header { notifications: habits.listens, requests: true, clock_error_ms: 0 };
        let outcome = judge(&header, &seen);
        let invalid: Vec<_> =
            outcome.reports.iter().filter(|report| matches!(report.verdict, Verdict::Invalid { .. })).collect();
        prop_assert!(invalid.is_empty(), "{invalid:#?}");
    }
}

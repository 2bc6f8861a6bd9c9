//! What polling shows of a simulated history is never invalid, whatever the plan, the readings and the poller; and invocations
//! ended within the windows that it leaves.

use fleetsim::{
    check::{
        Verdict,
        outside::{Outcome, OutsideChecker},
    },
    history::{Fact, Record},
    scenario::{Roster, plan::Plan},
    seen::{Fold, Header, Life, Phase, Sighting},
    ssm::{
        Readings,
        reading::{Comparison, NeutralWithSuccess, ToleratedFailures},
    },
};
use jiff::SignedDuration;
use proptest::{collection::vec, prelude::*, sample::select};

use crate::{
    common::history,
    poller::{Habits, instant, sightings},
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

/// The lives that the sightings fold into, handed out on the way and at the end.
fn lives(seen: &[Sighting]) -> Vec<Life> {
    let mut fold = Fold::new(SignedDuration::from_hours(1));
    let mut lives = Vec::new();
    for sighting in seen {
        fold.add(sighting);
        lives.extend(std::iter::from_fn(|| fold.next_life()));
    }
    assert_eq!(fold.stragglers(), 0);
    lives.extend(fold.finish());
    lives
}

/// What is wrong with the ends of lives, which have to lie within their windows.
fn wrong_ends(plan: &Plan, history: &[Record], lives: &[Life]) -> Vec<String> {
    let roster = Roster::new(plan);
    let mut wrong = Vec::new();
    for record in history {
        let Fact::InvocationEnded { instance, ending } = record.fact else { continue };
        let (command, instance) = (format!("command-{}", record.command), roster.id(instance));
        let of = |life: &&Life| life.command_id == command && life.instance_id == instance;
        // What nobody asked about, or not after its end, is not known to have ended. What nobody saw for an hour after it had
        // been handed out is forgotten, and handed out again when somebody sees it once more.
        let ends: Vec<_> = lives.iter().filter(of).filter_map(Life::end).collect();
        let at = instant(record.time);
        let is_forgotten =
            |pair: &[&Phase]| pair[1].began.until >= pair[0].seen_until + SignedDuration::from_hours(1);
        let is_wrong = |end: &&Phase| {
            let is_within = end.began.after.is_none_or(|after| after <= at) && at <= end.began.until;
            !is_within || end.state.status != ending.state.status
        };
        if ends.iter().any(is_wrong) || !ends.windows(2).all(is_forgotten) {
            wrong.push(format!("{command} {instance}: {:?} at {at}, told {ends:?}", ending.state));
        }
    }
    wrong
}

proptest! {
    #![proptest_config(random::config(600))]

    #[test]
    fn what_is_seen_of_a_simulation_is_never_invalid(plan in plans(), habits in habits(), turn in any::<usize>()) {
        let history = history(&plan, 0);
        let mut seen = sightings(&plan, &history, &habits);
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
        let wrong = wrong_ends(&plan, &history, &lives(&seen));
        prop_assert!(wrong.is_empty(), "{wrong:#?}");
    }
}

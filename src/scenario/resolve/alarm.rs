//! Alarms that a scenario declares.

use std::collections::BTreeSet;

use crate::{
    base::SimDuration,
    scenario::{
        document::{self, CloudWatchAlarm, Scenario},
        origin::Basis,
        plan::{Alarm, AlarmCause, AlarmChange},
        review::Review,
    },
};

/// The period of an alarm that names none.
const PERIOD: SimDuration = SimDuration::from_secs(60);
/// The periods of CloudWatch that are shorter than a minute, in seconds.
const SHORT_PERIODS: [u64; 3] = [10, 20, 30];
const LONGEST_PERIOD: SimDuration = SimDuration::from_secs(24 * 3600);

/// Every alarm of the scenario that has no faults.
pub(super) fn resolve(scenario: &Scenario, review: &mut Review<'_>) -> Vec<Alarm> {
    let mut names = BTreeSet::new();
    let mut alarms = Vec::new();
    for (at, written) in scenario.alarm.iter().flatten().enumerate() {
        let pointer = format!("/alarm/{at}");
        if written.name.trim().is_empty() {
            review.error(&format!("{pointer}/name"), "the name is blank", "give the alarm a name (S4.29)");
        }
        if !names.insert(&written.name) {
            let message = format!("there is another alarm `{}`", written.name);
            review.error(&format!("{pointer}/name"), message, "give each alarm a name of its own");
        }
        review.origins.note(format!("/alarms/{at}"), Basis::Scenario);
        if let Some(cause) = cause(written, at, &pointer, review) {
            alarms.push(Alarm { name: written.name.clone(), cause });
        }
    }
    alarms
}

fn cause(written: &CloudWatchAlarm, at: usize, pointer: &str, review: &mut Review<'_>) -> Option<AlarmCause> {
    match (&written.change, &written.failures) {
        (Some(changes), None) => Some(AlarmCause::Changes(changes_of(changes, pointer, review))),
        (None, Some(failures)) => {
            let path = format!("/alarms/{at}/cause/failures/period");
            let period = review.choose(path, failures.period, PERIOD, "a minute");
            check_period(period, &format!("{pointer}/failures/period"), review);
            Some(AlarmCause::Failures { at_least: failures.at_least, period })
        }
        (None, None) => {
            review.error(pointer, "nothing makes this alarm go off", "add `change` or `failures`");
            None
        }
        (Some(_), Some(_)) => {
            review.error(
                &format!("{pointer}/failures"),
                "the alarm has `change`, too",
                "give one of the two",
            );
            None
        }
    }
}

fn changes_of(written: &[document::AlarmChange], pointer: &str, review: &mut Review<'_>) -> Vec<AlarmChange> {
    for (number, pair) in (1..).zip(written.windows(2)) {
        if pair[1].at <= pair[0].at {
            let message = format!("a change at {}, not after the one before at {}", pair[1].at, pair[0].at);
            review.error(
                &format!("{pointer}/change/{number}/at"),
                message,
                "give changes in the order of time",
            );
        }
    }
    written.iter().map(|change| AlarmChange { at: change.at, state: change.state }).collect()
}

fn check_period(period: SimDuration, pointer: &str, review: &mut Review<'_>) {
    let is_short = SHORT_PERIODS.iter().any(|&seconds| period == SimDuration::from_secs(seconds));
    let is_whole = period.0 > 0 && period.0.is_multiple_of(PERIOD.0) && period <= LONGEST_PERIOD;
    if !is_short && !is_whole {
        let message = format!("{period} is no period of CloudWatch");
        review.error(pointer, message, "give 10s, 20s, 30s, or whole minutes up to 24h");
    }
}

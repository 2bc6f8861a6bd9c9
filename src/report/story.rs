//! What the rate controls did, in sentences.

use super::{human, metrics_file::metric};
use crate::{
    base::SimTime,
    measure::{CommandResult, Spread, Totals},
    scenario::{
        plan::{Command, Plan},
        threshold::Metric,
    },
    ssm::{CommandState, StatusDetails, alarm::TriggeredState},
};

/// Of a command that ended so that CommandsSucceeded, CommandsFailed and CommandsDeliveryTimedOut all pass it by.
const NO_METRIC: &str = "counted by no CloudWatch metric";

/// The sentence on fields of the request that change nothing yet.
pub fn not_simulated(command: &Command) -> Option<String> {
    let fields = &command.not_simulated;
    (!fields.is_empty()).then(|| format!("not simulated: {}", fields.join(", ")))
}

/// The sentences on concurrency, errors and blast radius, of one replication.
pub fn of_one(plan: &Plan, command: &Command, result: &CommandResult) -> Vec<String> {
    let refusals = times(result.throttled);
    if result.gave_up {
        return vec![format!(
            "never sent: the assumed rate refused it {refusals}, and its caller gave up (O-46)"
        )];
    }
    let mut story = Vec::new();
    if result.throttled > 0 {
        let late = result.requested.since(SimTime::ZERO + command.at);
        let late = human::micros(late.0 as f64);
        story.push(format!("the assumed rate refused it {refusals} first: sent {late} late (O-46)"));
    }
    match result.ended {
        Some((_, state, _)) if state.details == StatusDetails::LimitExceeded => {
            story.push(
                "never ran: more invocations would have been pending than is assumed to be possible (S1.29)"
                    .into(),
            );
        }
        _ => story.extend(of_sent(plan, command, result)),
    }
    if result.ended.is_some_and(|(_, state, _)| metric(state).is_none()) {
        story.push(format!("{NO_METRIC} (S13.4)"));
    }
    story
}

/// The sentences of a command whose invocations were sent, or were to be.
fn of_sent(plan: &Plan, command: &Command, result: &CommandResult) -> Vec<String> {
    let max_concurrency = command.request.max_concurrency_or_default();
    let max_errors = command.request.max_errors_or_default();
    let mut story = vec![format!(
        "up to {} in flight at once (MaxConcurrency {max_concurrency} of {} targets)",
        number(result.peak_in_flight),
        number(result.targets),
    )];
    story.push(match result.stop {
        Some(stop) => format!(
            "stopped at {} by the {} error (MaxErrors {max_errors}); {} more failed in flight; {} never started",
            human::instant(&plan.start, stop.time),
            ordinal(stop.errors),
            number(stop.overshoot),
            number(result.ending(StatusDetails::Terminated)),
        ),
        None => format!("{} counted as errors (MaxErrors {max_errors}); not stopped", number(result.errors())),
    });
    if let Some((time, state)) = result.alarm {
        story.push(format!(
            "stopped by its alarm at {}, which {}: what had not been sent then never was (S4.30)",
            human::instant(&plan.start, time),
            match state {
                TriggeredState::Alarm => "was in ALARM",
                TriggeredState::Unknown => "could not be read",
            },
        ));
    }
    if let Some(cancel) = result.cancel {
        story.push(format!(
            "cancel requested at {}: {} had not been sent, {} ended as Cancelled in flight",
            human::instant(&plan.start, cancel),
            number(result.cancelled_unsent),
            number(result.ending(StatusDetails::Cancelled) - result.cancelled_unsent),
        ));
    }
    let silent = result.ending(StatusDetails::DeliveryTimedOut) - result.expired_unsent;
    if silent > 0 {
        story.push(format!(
            "no final answer from {} before the deadline; each held its slot until then (S5.3)",
            instances(silent)
        ));
    }
    if result.expired_unsent > 0 {
        story.push(format!("{} never sent: the command expired first (S5.3)", number(result.expired_unsent)));
    }
    if result.broken > 0 {
        story.push(format!("blast radius: {} broken in the end", instances(result.broken)));
    }
    if result.late_replies > 0 {
        story.push(format!(
            "{} replied after the service had given them up (O-20)",
            instances(result.late_replies)
        ));
    }
    story
}

/// The sentences on errors and blast radius, over several replications.
pub fn of_several(command: &Command, totals: &Totals, count: u64) -> Vec<String> {
    let max_errors = command.request.max_errors_or_default();
    let stops = totals.sample(Metric::TimeToStop).and_then(Spread::of_sample);
    let mut story = vec![format!(
        "stopped by errors (MaxErrors {max_errors}) in {} of {} replications",
        human::count(stops.map_or(0, |stops| stops.count)),
        human::count(count),
    )];
    if let Some(times) = stops {
        story[0] += &format!(
            ", after {} (median; {} to {})",
            human::micros(times.p50 as f64),
            human::micros(times.min as f64),
            human::micros(times.max as f64)
        );
    }
    if command.request.alarm_configuration.is_some() && totals.alarmed > 0 {
        let (stopped, count) = (human::count(totals.alarmed), human::count(count));
        story.push(format!("stopped by its alarm in {stopped} of {count} replications (S4.30)"));
    }
    if totals.throttled > 0 {
        let (calls, count) = (human::count(totals.throttled), human::count(count));
        let never = human::count(totals.never_sent);
        story.push(format!(
            "the assumed rate refused it {calls} times; never sent in {never} of {count} replications (O-46)"
        ));
    }
    if let Some(broken) = totals.sample(Metric::Broken).and_then(Spread::of_sample) {
        story.push(format!(
            "blast radius: {:.1} instances broken on average, {} at the 95th percentile, {} at most",
            broken.mean,
            human::count(broken.p95),
            human::count(broken.max)
        ));
    }
    let ends = totals.statuses().map(|(status, details, count)| (CommandState { status, details }, count));
    let uncounted: u64 = ends.filter(|(state, _)| metric(*state).is_none()).map(|(_, count)| count).sum();
    if uncounted > 0 {
        let (uncounted, count) = (human::count(uncounted), human::count(count));
        story.push(format!("{NO_METRIC} in {uncounted} of {count} replications (S13.4)"));
    }
    story
}

fn number(number: u32) -> String {
    human::count(number.into())
}

fn instances(count: u32) -> String {
    format!("{} {}", number(count), if count == 1 { "instance" } else { "instances" })
}

fn times(count: u32) -> String {
    match count {
        1 => "once".into(),
        2 => "twice".into(),
        _ => format!("{} times", number(count)),
    }
}

/// `1st`, `2nd`, `3rd`, `4th`, `11th`, `21st`.
fn ordinal(count: u32) -> String {
    let ending = match (count % 10, count % 100) {
        (_, 11..=13) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    };
    number(count) + ending
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinals() {
        let texts =
            [(1, "1st"), (2, "2nd"), (3, "3rd"), (4, "4th"), (11, "11th"), (112, "112th"), (1021, "1,021st")];
        for (count, text) in texts {
            assert_eq!(ordinal(count), text);
        }
    }
}

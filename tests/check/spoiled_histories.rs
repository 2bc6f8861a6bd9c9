//! Good histories pass every rule; spoiled in one way each, they fail exactly the rules named.

use crate::{
    deliveries, far_tales, simulated, spoiled_far,
    spoils::{self, Spoil},
    story::{Story, complaints, judge, objectors},
    tales,
};
use fleetsim::{
    base::SimDuration,
    check::{Judgement, overall},
    history::{Fact, Record},
};

/// A good story, written by hand and simulated.
struct Tale {
    name: &'static str,
    written: fn() -> Story,
    simulated: Option<fn() -> Story>,
}

const PLAIN: Tale =
    Tale { name: "plain success", written: tales::plain_success, simulated: Some(simulated::plain_success) };
const TRIP: Tale = Tale {
    name: "threshold trip",
    written: tales::threshold_trip,
    simulated: Some(simulated::threshold_trip),
};
const UNDELIVERED: Tale = Tale {
    name: "delivery timeout",
    written: tales::delivery_timeout,
    simulated: Some(simulated::delivery_timeout),
};
const CANCELLED: Tale =
    Tale { name: "cancelled", written: tales::cancelled, simulated: Some(simulated::cancelled) };
const PERCENT: Tale =
    Tale { name: "percentages", written: tales::percentages, simulated: Some(simulated::percentages) };
const STEPWISE: Tale = Tale { name: "steps and a reboot", written: far_tales::stepwise, simulated: None };
const SHARED: Tale = Tale { name: "a shared agent", written: far_tales::shared_agent, simulated: None };
const NOTIFIED: Tale = Tale { name: "notifications", written: far_tales::notified, simulated: None };

const DELIVERED: Tale = Tale { name: "deliveries", written: deliveries::delivered, simulated: None };

const GOOD: [Tale; 9] = [PLAIN, TRIP, UNDELIVERED, CANCELLED, PERCENT, STEPWISE, SHARED, NOTIFIED, DELIVERED];

/// Every good story with its name.
fn good() -> impl Iterator<Item = (String, Story)> {
    GOOD.into_iter().flat_map(|tale| {
        let Tale { name, written, simulated } = tale;
        let told = [("written", Some(written)), ("simulated", simulated)];
        told.into_iter().filter_map(move |(kind, tale)| Some((format!("{name}, {kind}"), tale?())))
    })
}

/// Whether a record is one that rules only look at, but that none of them can miss. What was refused may as well have been
/// under way, and a message that may be doubled need not be.
fn is_idle(record: &Record) -> bool {
    matches!(
        record.fact,
        Fact::Broken { .. }
            | Fact::LateReply { .. }
            | Fact::Refused { .. }
            | Fact::Arrived { duplicate: true, .. }
    )
}

/// Which story, spoiled how, and the rules that must object.
const SPOILED: &[(&str, Tale, Spoil, &[&str])] = &[
    // Order.
    ("swap two endings", PLAIN, spoils::swap_endings, &["order"]),
    ("send before the ending", PERCENT, spoils::send_before_ending, &["order", "max-concurrency"]),
    ("another command", PLAIN, spoils::another_command, &["order"]),
    ("stranger instance", PLAIN, spoils::instance_outside_the_fleet, &["order"]),
    // Invocations.
    ("drop a send", PLAIN, spoils::drop_last_sent, &["invocation-states", "work-conservation"]),
    ("drop an acknowledgement", PLAIN, spoils::drop_acknowledgement, &["invocation-states"]),
    ("drop an InProgress", PLAIN, spoils::drop_in_progress, &["invocation-states"]),
    ("double a send", PLAIN, spoils::double_sent, &["invocation-states"]),
    ("double an acknowledgement", PERCENT, spoils::double_acknowledgement, &["invocation-states"]),
    ("double an InProgress", PLAIN, spoils::double_in_progress, &["invocation-states"]),
    ("double a Success", PLAIN, spoils::double_ending, &["invocation-states"]),
    ("double a Failed", TRIP, spoils::double_ending, &["invocation-states"]),
    ("Undeliverable in flight", CANCELLED, spoils::undeliverable_while_running, &["invocation-states"]),
    ("late reply too early", PLAIN, spoils::late_reply_before_the_end, &["invocation-states"]),
    // The command.
    ("drop Requested", PLAIN, spoils::drop_requested, &["command-states"]),
    ("drop Targeted", PLAIN, spoils::drop_targeted, &["command-states"]),
    ("drop the command's InProgress", TRIP, spoils::drop_command_in_progress, &["command-states"]),
    ("drop CommandEnded", PLAIN, spoils::drop_command_ended, &["command-states"]),
    ("double CommandEnded", TRIP, spoils::double_command_ended, &["command-states"]),
    ("late CommandEnded", UNDELIVERED, spoils::late_command_ended, &["command-states"]),
    // Targets and counters.
    ("drop the last ending", PLAIN, spoils::drop_last_ending, &["targets"]),
    ("drop the last ending of a stop", TRIP, spoils::drop_last_ending, &["targets"]),
    ("drop a DeliveryTimedOut", UNDELIVERED, spoils::drop_last_ending, &["targets"]),
    ("Targeted off by one", PLAIN, spoils::targeted_off_by_one, &["targets"]),
    ("TargetCount off by one", CANCELLED, spoils::target_count_off_by_one, &["targets"]),
    ("CompletedCount off by one", TRIP, spoils::completed_count_off_by_one, &["targets"]),
    (
        "DeliveryTimedOutCount off by one",
        UNDELIVERED,
        spoils::delivery_timed_out_count_off_by_one,
        &["targets"],
    ),
    // Rate control.
    ("one too many in flight", PLAIN, spoils::one_too_many_in_flight, &["max-concurrency"]),
    ("one more than 50 %", PERCENT, spoils::one_too_many_in_flight, &["max-concurrency"]),
    ("skip slow start", PLAIN, spoils::send_before_the_acknowledgement, &["slow-start"]),
    ("skip slow start, then cancel", CANCELLED, spoils::send_before_the_acknowledgement, &["slow-start"]),
    ("an idle slot", PLAIN, spoils::idle_slot, &["work-conservation"]),
    ("idle when the grace is over", UNDELIVERED, spoils::idle_slot, &["work-conservation"]),
    // The stop.
    ("one too late a stop", TRIP, spoils::late_stop, &["stop"]),
    ("too early a stop", TRIP, spoils::early_stop, &["stop"]),
    ("sent after the stop", TRIP, spoils::send_after_the_stop, &["stop"]),
    ("drop ThresholdExceeded", TRIP, spoils::drop_threshold_exceeded, &["stop"]),
    ("double ThresholdExceeded", TRIP, spoils::double_threshold_exceeded, &["stop"]),
    ("drop a Terminated", TRIP, spoils::drop_terminated, &["targets", "stop"]),
    // Counted errors.
    ("one error too many", TRIP, spoils::one_error_too_many, &["counted-errors"]),
    ("ErrorCount off by one", TRIP, spoils::error_count_off_by_one, &["counted-errors"]),
    ("count a DeliveryTimedOut", UNDELIVERED, spoils::uncounted_ending_counted, &["counted-errors"]),
    // Timeouts.
    ("early DeliveryTimedOut", UNDELIVERED, spoils::early_delivery_timed_out, &["timeouts"]),
    ("late DeliveryTimedOut", UNDELIVERED, spoils::late_delivery_timed_out, &["timeouts"]),
    ("end after ExpiresAfter", PLAIN, spoils::ending_after_expiry, &["timeouts"]),
    ("early ExecutionTimedOut", TRIP, spoils::execution_timed_out_too_early, &["timeouts"]),
    ("longer than it took", PLAIN, spoils::execution_longer_than_its_sojourn, &["timeouts"]),
    ("started before it was sent", PLAIN, spoils::started_before_it_was_sent, &["timeouts"]),
    // Endings.
    ("Success with exit code 1", PLAIN, spoils::success_with_exit_code_one, &["endings"]),
    ("TimedOut/Success", PLAIN, spoils::wrong_pair, &["endings"]),
    ("another send time", PLAIN, spoils::wrong_send_time, &["endings"]),
    ("the platform is valid", TRIP, spoils::invalid_platform_on_the_right_one, &["endings"]),
    // Cancels.
    ("drop CancelRequested", CANCELLED, spoils::drop_cancel_requested, &["cancel", "roll-up"]),
    ("drop an invocation's Cancelling", CANCELLED, spoils::drop_invocation_cancelling, &["cancel"]),
    ("drop the command's Cancelling", CANCELLED, spoils::drop_command_cancelling, &["cancel"]),
    // The roll-up.
    ("wrong roll-up of successes", PLAIN, spoils::wrong_roll_up, &["roll-up"]),
    ("wrong roll-up of errors", TRIP, spoils::wrong_roll_up, &["roll-up"]),
    ("wrong roll-up of a cancel", CANCELLED, spoils::wrong_roll_up, &["roll-up"]),
];

#[test]
fn good_histories_are_valid() {
    for (name, story) in good() {
        let reports = story.judge();
        assert_eq!(overall(&reports), Judgement::Valid, "{name}:\n{}", complaints(&reports));
    }
}

#[test]
fn every_rule_judges_something_in_the_good_histories() {
    let all: Vec<_> = good().flat_map(|(_, story)| story.judge()).collect();
    for report in &all {
        let judged: u64 =
            all.iter().filter(|other| other.rule == report.rule).map(|other| other.judged).sum();
        assert_ne!(judged, 0, "{} judged nothing", report.rule);
    }
}

#[test]
fn spoiled_histories_fail_the_rule_they_break() {
    let mut wrong = Vec::new();
    for (name, tale, spoil, expected) in SPOILED {
        for (kind, told) in [("written", Some(tale.written)), ("simulated", tale.simulated)] {
            let Some(story) = told.map(|told| told()) else { continue };
            let reports = judge(&story.plan, &spoil(&story.records));
            if objectors(&reports) != *expected {
                let found = complaints(&reports);
                wrong.push(format!("{name}, {kind}: expected {expected:?}, but\n{found}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_rule_objects_to_some_spoiled_history() {
    for report in (PLAIN.written)().judge() {
        let objects = SPOILED.iter().any(|(.., expected)| expected.contains(&report.rule));
        assert!(
            objects || spoiled_far::is_expected(report.rule) || deliveries::is_expected(report.rule),
            "nothing is spoiled for {}",
            report.rule
        );
    }
}

#[test]
fn no_record_can_be_dropped_unseen() {
    for (name, story) in good() {
        for place in 0..story.records.len() {
            if is_idle(&story.records[place]) {
                continue;
            }
            let mut records = story.records.clone();
            let dropped = records.remove(place);
            // Without its only acknowledgement a history tells none, and two rules are unknown: that is no pass.
            assert_ne!(overall(&judge(&story.plan, &records)), Judgement::Valid, "{name}: {dropped:?}");
        }
    }
}

#[test]
fn no_record_but_a_cancel_can_be_doubled_unseen() {
    for (name, story) in good() {
        for place in 0..story.records.len() {
            let mut records = story.records.clone();
            let doubled = records[place];
            records.insert(place, doubled);
            // S7.3, O-53: a second cancel is legal and changes nothing.
            let is_legal = matches!(doubled.fact, Fact::CancelRequested { .. });
            let found = objectors(&judge(&story.plan, &records));
            assert_eq!(found.is_empty(), is_legal, "{name}: {doubled:?} {found:?}");
        }
    }
}

#[test]
fn no_record_can_be_moved_far_unseen() {
    for (name, story) in good() {
        for place in 0..story.records.len() {
            if is_idle(&story.records[place]) {
                continue;
            }
            let mut records = story.records.clone();
            records[place].time = records[place].time + SimDuration::from_secs(1_000_000);
            let moved = records[place];
            assert_ne!(objectors(&judge(&story.plan, &records)).len(), 0, "{name}: {moved:?}");
        }
    }
}

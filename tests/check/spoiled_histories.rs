//! Good histories pass every rule; spoiled in one way each, they fail exactly the rules named.

use crate::{
    spoils::{self, Spoil},
    story::{self, Story, complaints, judge, objectors},
};
use fleetsim::{
    base::SimDuration,
    check::{Judgement, overall},
    history::Fact,
};

type Tale = fn() -> Story;

const GOOD: [(&str, Tale); 5] = [
    ("plain success", story::plain_success),
    ("threshold trip", story::threshold_trip),
    ("delivery timeout", story::delivery_timeout),
    ("cancelled", story::cancelled),
    ("percentages", story::percentages),
];

/// Which story, spoiled how, and the rules that must object.
const SPOILED: &[(&str, Tale, Spoil, &[&str])] = &[
    // Order.
    ("swap two endings", story::plain_success, spoils::swap_endings, &["order"]),
    ("send before the ending", story::percentages, spoils::send_before_ending, &["order", "max-concurrency"]),
    ("another command", story::plain_success, spoils::another_command, &["order"]),
    ("stranger instance", story::plain_success, spoils::instance_outside_the_fleet, &["order"]),
    // Invocations.
    (
        "drop a send",
        story::plain_success,
        spoils::drop_last_sent,
        &["invocation-states", "work-conservation"],
    ),
    ("drop an acknowledgement", story::plain_success, spoils::drop_acknowledgement, &["invocation-states"]),
    ("drop an InProgress", story::plain_success, spoils::drop_in_progress, &["invocation-states"]),
    ("double a send", story::plain_success, spoils::double_sent, &["invocation-states"]),
    ("double an acknowledgement", story::percentages, spoils::double_acknowledgement, &["invocation-states"]),
    ("double an InProgress", story::plain_success, spoils::double_in_progress, &["invocation-states"]),
    ("double a Success", story::plain_success, spoils::double_ending, &["invocation-states"]),
    ("double a Failed", story::threshold_trip, spoils::double_ending, &["invocation-states"]),
    (
        "Undeliverable in flight",
        story::cancelled,
        spoils::undeliverable_while_running,
        &["invocation-states"],
    ),
    ("late reply too early", story::plain_success, spoils::late_reply_before_the_end, &["invocation-states"]),
    // The command.
    ("drop Requested", story::plain_success, spoils::drop_requested, &["command-states"]),
    ("drop Targeted", story::plain_success, spoils::drop_targeted, &["command-states"]),
    (
        "drop the command's InProgress",
        story::threshold_trip,
        spoils::drop_command_in_progress,
        &["command-states"],
    ),
    ("drop CommandEnded", story::plain_success, spoils::drop_command_ended, &["command-states"]),
    ("double CommandEnded", story::threshold_trip, spoils::double_command_ended, &["command-states"]),
    ("late CommandEnded", story::delivery_timeout, spoils::late_command_ended, &["command-states"]),
    // Targets and counters.
    ("drop the last ending", story::plain_success, spoils::drop_last_ending, &["targets"]),
    ("drop the last ending of a stop", story::threshold_trip, spoils::drop_last_ending, &["targets"]),
    ("drop a DeliveryTimedOut", story::delivery_timeout, spoils::drop_last_ending, &["targets"]),
    ("Targeted off by one", story::plain_success, spoils::targeted_off_by_one, &["targets"]),
    ("TargetCount off by one", story::cancelled, spoils::target_count_off_by_one, &["targets"]),
    ("CompletedCount off by one", story::threshold_trip, spoils::completed_count_off_by_one, &["targets"]),
    (
        "DeliveryTimedOutCount off by one",
        story::delivery_timeout,
        spoils::delivery_timed_out_count_off_by_one,
        &["targets"],
    ),
    // Rate control.
    ("one too many in flight", story::plain_success, spoils::one_too_many_in_flight, &["max-concurrency"]),
    ("one more than 50 %", story::percentages, spoils::one_too_many_in_flight, &["max-concurrency"]),
    ("skip slow start", story::plain_success, spoils::send_before_the_acknowledgement, &["slow-start"]),
    (
        "skip slow start, then cancel",
        story::cancelled,
        spoils::send_before_the_acknowledgement,
        &["slow-start"],
    ),
    ("an idle slot", story::plain_success, spoils::idle_slot, &["work-conservation"]),
    ("idle when the grace is over", story::delivery_timeout, spoils::idle_slot, &["work-conservation"]),
    // The stop.
    ("one too late a stop", story::threshold_trip, spoils::late_stop, &["stop"]),
    ("too early a stop", story::threshold_trip, spoils::early_stop, &["stop"]),
    ("sent after the stop", story::threshold_trip, spoils::send_after_the_stop, &["stop"]),
    ("drop ThresholdExceeded", story::threshold_trip, spoils::drop_threshold_exceeded, &["stop"]),
    ("double ThresholdExceeded", story::threshold_trip, spoils::double_threshold_exceeded, &["stop"]),
    ("drop a Terminated", story::threshold_trip, spoils::drop_terminated, &["targets", "stop"]),
    // Counted errors.
    ("one error too many", story::threshold_trip, spoils::one_error_too_many, &["counted-errors"]),
    ("ErrorCount off by one", story::threshold_trip, spoils::error_count_off_by_one, &["counted-errors"]),
    (
        "count a DeliveryTimedOut",
        story::delivery_timeout,
        spoils::uncounted_ending_counted,
        &["counted-errors"],
    ),
    // Timeouts.
    ("early DeliveryTimedOut", story::delivery_timeout, spoils::early_delivery_timed_out, &["timeouts"]),
    ("late DeliveryTimedOut", story::delivery_timeout, spoils::late_delivery_timed_out, &["timeouts"]),
    ("end after ExpiresAfter", story::plain_success, spoils::ending_after_expiry, &["timeouts"]),
    ("early ExecutionTimedOut", story::threshold_trip, spoils::execution_timed_out_too_early, &["timeouts"]),
    ("longer than it took", story::plain_success, spoils::execution_longer_than_its_sojourn, &["timeouts"]),
    ("started before it was sent", story::plain_success, spoils::started_before_it_was_sent, &["timeouts"]),
    // Endings.
    ("Success with exit code 1", story::plain_success, spoils::success_with_exit_code_one, &["endings"]),
    ("TimedOut/Success", story::plain_success, spoils::wrong_pair, &["endings"]),
    ("another send time", story::plain_success, spoils::wrong_send_time, &["endings"]),
    ("the platform is valid", story::threshold_trip, spoils::invalid_platform_on_the_right_one, &["endings"]),
    // Cancels.
    ("drop CancelRequested", story::cancelled, spoils::drop_cancel_requested, &["cancel", "roll-up"]),
    ("drop an invocation's Cancelling", story::cancelled, spoils::drop_invocation_cancelling, &["cancel"]),
    ("drop the command's Cancelling", story::cancelled, spoils::drop_command_cancelling, &["cancel"]),
    // The roll-up.
    ("wrong roll-up of successes", story::plain_success, spoils::wrong_roll_up, &["roll-up"]),
    ("wrong roll-up of errors", story::threshold_trip, spoils::wrong_roll_up, &["roll-up"]),
    ("wrong roll-up of a cancel", story::cancelled, spoils::wrong_roll_up, &["roll-up"]),
];

#[test]
fn good_histories_are_valid() {
    for (name, tale) in GOOD {
        let reports = tale().judge();
        assert_eq!(overall(&reports), Judgement::Valid, "{name}:\n{}", complaints(&reports));
    }
}

#[test]
fn every_rule_judges_something_in_the_good_histories() {
    let all: Vec<_> = GOOD.map(|(_, tale)| tale().judge()).into_iter().flatten().collect();
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
        let story = tale();
        let reports = judge(&story.plan, &spoil(&story.records));
        if objectors(&reports) != *expected {
            wrong.push(format!("{name}: expected {expected:?}, but\n{}", complaints(&reports)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_rule_objects_to_some_spoiled_history() {
    for report in story::plain_success().judge() {
        let objects = SPOILED.iter().any(|(.., expected)| expected.contains(&report.rule));
        assert!(objects, "nothing is spoiled for {}", report.rule);
    }
}

#[test]
fn no_record_can_be_dropped_unseen() {
    for (name, tale) in GOOD {
        let story = tale();
        for place in 0..story.records.len() {
            let mut records = story.records.clone();
            let dropped = records.remove(place);
            // Without its only acknowledgement a history tells none, and two rules are unknown: that is no pass.
            assert_ne!(overall(&judge(&story.plan, &records)), Judgement::Valid, "{name}: {dropped:?}");
        }
    }
}

#[test]
fn no_record_but_a_cancel_can_be_doubled_unseen() {
    for (name, tale) in GOOD {
        let story = tale();
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
    for (name, tale) in GOOD {
        let story = tale();
        for place in 0..story.records.len() {
            let mut records = story.records.clone();
            records[place].time = records[place].time + SimDuration::from_secs(1_000_000);
            let moved = records[place];
            assert_ne!(objectors(&judge(&story.plan, &records)).len(), 0, "{name}: {moved:?}");
        }
    }
}

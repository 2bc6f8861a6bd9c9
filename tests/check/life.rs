//! One invocation's life and the command's: transitions, timeouts, endings and cancels.

use fleetsim::{
    base::{SimDuration, SimTime},
    history::{Ending, Fact},
    ssm::{
        CommandStatus, InvocationStatus, Readings, StatusDetails as D,
        reading::{CancelUnanswered, TimeoutMeaning},
        status::Platform,
    },
};

use crate::story::{Story, exit, group};

/// One instance, sent to at the start.
fn one() -> Story {
    Story::new(1, "1", "0").requested(1).first_sent(0)
}

/// The rules that object to how a story ends, its roll-up apart.
fn objectors(story: Story, details: D) -> Vec<&'static str> {
    let ended = match details {
        D::Success => story.done(CommandStatus::Success, D::Success),
        D::Failed | D::ExecutionTimedOut => {
            story.fact(Fact::ThresholdExceeded { errors: 1 }).done(CommandStatus::Failed, D::Failed)
        }
        D::DeliveryTimedOut => story.done(CommandStatus::TimedOut, D::DeliveryTimedOut),
        D::Cancelled => story.done(CommandStatus::Failed, D::Incomplete),
        _ => story.done(CommandStatus::Failed, D::Failed),
    };
    ended.objectors()
}

/// The rules that object to an ending changed by hand.
fn with_ending(story: Story, details: D, change: impl FnOnce(&mut Ending)) -> Vec<&'static str> {
    let mut ending = story.ending(0, details);
    change(&mut ending);
    objectors(story.fact(Fact::InvocationEnded { instance: 0, ending }), details)
}

#[test]
fn legal_and_illegal_transitions() {
    // Section 2.1.
    let under_way: [(&str, Story); 4] = [
        ("Pending", one().at(2)),
        ("Delayed", one().at(2).delayed(0).command(CommandStatus::InProgress, D::Delayed)),
        ("InProgress", one().at(2).ack(0)),
        ("unsent", Story::new(1, "1", "0").requested(1)),
    ];
    let legal: [&[D]; 4] = [
        &[D::Undeliverable],
        &[D::Undeliverable],
        &[D::Success, D::Failed],
        &[], // Nothing but its deadline, a stop, a cancel or the plan ends what was never sent.
    ];
    for ((from, story), legal) in under_way.into_iter().zip(legal) {
        for to in [D::Success, D::Failed, D::Undeliverable, D::Terminated] {
            let story = story.clone().at(9);
            let found = objectors(story.ends(0, to), to);
            let is_objected = found.contains(&"invocation-states");
            // T8 lets a stop terminate what was not sent: that there was none is the stop's to object to.
            let is_legal = legal.contains(&to) || (from == "unsent" && to == D::Terminated);
            assert_eq!(is_objected, !is_legal, "{from} to {to:?}: {found:?}");
        }
    }
}

#[test]
fn nothing_is_in_progress_twice() {
    // T17: over a reboot it goes on being InProgress, which is not told.
    let again = one().at(1).ack(0).at(90).invocation(0, InvocationStatus::InProgress, D::InProgress);
    assert_eq!(objectors(again.at(100).ends(0, D::Success), D::Success), ["invocation-states"]);
}

#[test]
fn an_acknowledgement_makes_it_in_progress_at_once() {
    // Settled 8.
    let acknowledged = one().at(1).fact(Fact::Acknowledged { instance: 0 });
    let never = acknowledged.clone().at(160).ends(0, D::DeliveryTimedOut);
    assert_eq!(objectors(never, D::DeliveryTimedOut), ["invocation-states"]);
    let late = acknowledged.at(2).invocation(0, InvocationStatus::InProgress, D::InProgress);
    assert_eq!(objectors(late.at(9).ends(0, D::Success), D::Success), ["invocation-states"]);
}

#[test]
fn the_command_is_delayed_while_every_send_has_failed() {
    // C3.
    let delayed = one().at(2).delayed(0);
    let silent = delayed.clone().at(9).ack(0).at(10).ends(0, D::Success);
    assert_eq!(objectors(silent, D::Success), ["command-states"]);
    let told = delayed.command(CommandStatus::InProgress, D::Delayed).at(9).ack(0);
    assert_eq!(objectors(told.clone().at(10).ends(0, D::Success), D::Success), ["command-states"]);
    let back = told.command(CommandStatus::InProgress, D::InProgress);
    assert!(objectors(back.at(10).ends(0, D::Success), D::Success).is_empty());
    let groundless = one().at(2).command(CommandStatus::InProgress, D::Delayed).at(9).ack(0);
    let groundless = groundless.command(CommandStatus::InProgress, D::InProgress).at(10).ends(0, D::Success);
    assert_eq!(objectors(groundless, D::Success), ["command-states"]);
}

#[test]
fn a_command_that_ends_is_not_delayed_in_that_instant() {
    // C3: its only instance is gone, as the service learns at 2 s.
    let gone = |story: Story| story.ends(0, D::Undeliverable).done(CommandStatus::Failed, D::Failed);
    assert!(gone(one().at(2)).objectors().is_empty());
    let delayed = |story: Story| story.delayed(0).command(CommandStatus::InProgress, D::Delayed);
    assert_eq!(gone(delayed(one().at(2))).objectors(), ["command-states"]);
    assert!(gone(delayed(one().at(2)).at(3)).objectors().is_empty());
}

#[test]
fn a_late_reply_changes_nothing() {
    // O-20.
    let late = one().at(1).ack(0).at(160).ends(0, D::DeliveryTimedOut);
    let done = late.done(CommandStatus::TimedOut, D::DeliveryTimedOut).at(200);
    let story =
        done.fact(Fact::LateReply { instance: 0, response_code: 0 }).fact(Fact::Broken { instance: 0 });
    assert!(story.objectors().is_empty());
    // Once each, also long after the end (Settled 13).
    let again = Fact::LateReply { instance: 0, response_code: 0 };
    assert_eq!(story.clone().fact(again).objectors(), ["invocation-states"]);
    assert_eq!(story.clone().fact(Fact::Broken { instance: 0 }).objectors(), ["invocation-states"]);
    let overwritten = story.ends(0, D::Success);
    assert_eq!(overwritten.objectors(), ["invocation-states"]);
}

#[test]
fn a_reply_in_the_last_instant_counts() {
    // S5.3 and the contract: at ExpiresAfter itself, 160 s, an answer is in time; an instant later it is not.
    let started = one().at(70).ack(0);
    assert!(objectors(started.clone().at(160).ends(0, D::Success), D::Success).is_empty());
    assert_eq!(objectors(started.at(161).ends(0, D::Success), D::Success), ["timeouts"]);
}

#[test]
fn delivery_may_have_a_deadline_of_its_own() {
    // O-18: TimeoutSeconds is 60; what was received by then may take its execution timeout.
    let narrow = |readings: &mut Readings| readings.timeout_meaning = TimeoutMeaning::DeliveryThenExecution;
    let undelivered = |seconds| one().readings(narrow).at(seconds).ends(0, D::DeliveryTimedOut);
    assert!(objectors(undelivered(60), D::DeliveryTimedOut).is_empty());
    assert_eq!(objectors(undelivered(59), D::DeliveryTimedOut), ["timeouts"]);
    assert_eq!(objectors(undelivered(160), D::DeliveryTimedOut), ["timeouts"]);
    let received = |seconds| one().readings(narrow).at(50).ack(0).at(seconds).ends(0, D::DeliveryTimedOut);
    assert_eq!(objectors(received(60), D::DeliveryTimedOut), ["timeouts"]);
    assert!(objectors(received(160), D::DeliveryTimedOut).is_empty());
}

#[test]
fn nothing_is_sent_at_the_deadline() {
    let story = Story::new(1, "1", "0").requested(1).at(160).first_sent(0).at(161).ends(0, D::Undeliverable);
    let found = objectors(story, D::Undeliverable);
    assert!(found.contains(&"timeouts"), "{found:?}");
}

#[test]
fn an_execution_times_out_at_its_timeout() {
    // S5.8, S5.15; earlier only for a script that is killed with 137 (O-44).
    let ended = |seconds| one().at(1).ack(0).at(seconds).ends(0, D::ExecutionTimedOut);
    assert!(objectors(ended(101), D::ExecutionTimedOut).is_empty());
    assert_eq!(objectors(ended(100), D::ExecutionTimedOut), ["timeouts"]);
    assert_eq!(objectors(ended(102), D::ExecutionTimedOut), ["timeouts"]);
    let mut killed = group("a", 1);
    killed.outcomes = vec![exit(137)];
    assert!(objectors(ended(50).groups(vec![killed.clone()]), D::ExecutionTimedOut).is_empty());
    killed.outcomes = vec![exit(-1)];
    assert_eq!(objectors(ended(50).groups(vec![killed]), D::ExecutionTimedOut), ["timeouts"]);
    assert_eq!(objectors(one().at(1).ack(0).at(102).ends(0, D::Success), D::Success), ["timeouts"]);
}

#[test]
fn response_codes_belong_to_their_details() {
    // Section 8.6, S15.12.
    let on = |platform| {
        let mut instances = group("a", 1);
        crate::story::members(&mut instances).platform = platform;
        let mut story = one().groups(vec![instances]);
        story.plan.commands[0].platforms = vec![platform];
        story
    };
    for (platform, details, right, wrong) in [
        (Platform::Linux, D::Success, &[0, 168][..], &[1, -1][..]),
        (Platform::Linux, D::Failed, &[1, 169, 255, -1], &[0, 168, 137]),
        (Platform::Windows, D::Failed, &[1, 137], &[0, 168, -1]),
        (Platform::Linux, D::ExecutionTimedOut, &[137], &[0, 1, -1]),
        (Platform::Windows, D::ExecutionTimedOut, &[-1], &[0, 1, 137]),
        (Platform::Linux, D::DeliveryTimedOut, &[-1], &[0, 1]),
    ] {
        for (code, expected) in right
            .iter()
            .map(|&code| (code, &[][..]))
            .chain(wrong.iter().map(|&code| (code, &["endings"][..])))
        {
            let seconds = match details {
                D::DeliveryTimedOut => 160,
                D::ExecutionTimedOut => 101,
                _ => 9,
            };
            let story = on(platform).at(1).ack(0).at(seconds);
            let found = with_ending(story, details, |ending| ending.response_code = code);
            assert_eq!(found, expected, "{platform:?} {details:?} {code}");
        }
    }
}

#[test]
fn an_ending_tells_only_what_the_service_can_know() {
    let undelivered = one().at(160);
    let untold = |change: fn(&mut Ending)| with_ending(undelivered.clone(), D::DeliveryTimedOut, change);
    assert!(untold(|_| {}).is_empty());
    assert_eq!(untold(|ending| ending.sent = None), ["endings"]);
    assert_eq!(untold(|ending| ending.elapsed = Some(SimDuration::UNIT)), ["endings"]);
    let begun = |ending: &mut Ending| {
        (ending.started, ending.elapsed) = (Some(SimTime(1)), Some(SimDuration::UNIT));
    };
    assert_eq!(untold(begun), ["endings"]);
}

#[test]
fn statuses_of_endings_follow_the_readings() {
    // O-9.
    let timed_out = |readings: &mut Readings| readings.terminated_status = InvocationStatus::TimedOut;
    let story = Story::new(2, "1", "0").requested(2).first_sent(0).at(1).ack(0).at(9).ends(0, D::Failed);
    let stopped = story.fact(Fact::ThresholdExceeded { errors: 1 }).ends(1, D::Terminated);
    let done = stopped.done(CommandStatus::Failed, D::Failed);
    assert!(done.objectors().is_empty());
    assert_eq!(done.readings(timed_out).objectors(), ["endings"]);
}

#[test]
fn what_cannot_be_sent_to_ends_at_once() {
    // S1.23, S1.24, Settled 4: one good instance, one on Windows, one without access.
    let mut groups = [group("a", 1), group("b", 1), group("c", 1)];
    crate::story::members(&mut groups[1]).platform = Platform::Windows;
    crate::story::members(&mut groups[2]).access_denied = true;
    let story = Story::new(3, "3", "0").groups(groups.to_vec()).request(|request| {
        request.targets.as_mut().expect("a selector")[0].values = ["a", "b", "c"].map(str::to_owned).to_vec();
    });
    let begin = story.requested(3);
    let end =
        |story: Story| story.at(1).ack(0).at(9).ends(0, D::Success).done(CommandStatus::Success, D::Success);
    let good = begin.clone().ends(1, D::InvalidPlatform).ends(2, D::AccessDenied);
    assert!(end(good.first_sent(0)).objectors().is_empty());
    let exchanged = begin.clone().ends(1, D::AccessDenied).ends(2, D::InvalidPlatform);
    assert_eq!(end(exchanged.first_sent(0)).objectors(), ["endings"]);
    let late = begin.clone().ends(1, D::InvalidPlatform).first_sent(0).at(1).ends(2, D::AccessDenied);
    assert_eq!(end(late).objectors(), ["endings"]);
    let sent = begin.ends(1, D::InvalidPlatform).first_sent(0).sent(2);
    assert!(sent.objectors().contains(&"endings"));
}

#[test]
fn a_cancel_by_name_reaches_one_invocation() {
    // S7.1, O-24, O-50.
    let named = |instance| Fact::CancelRequested { instance: Some(instance) };
    let begin = Story::new(3, "1", "0").requested(3).first_sent(0).at(1).ack(0).at(2);
    let unsent = begin.clone().fact(named(2));
    assert_eq!(unsent.clone().at(3).objectors(), ["targets", "cancel"]);
    let gone = unsent.ends(2, D::Cancelled).at(3);
    assert_eq!(gone.objectors(), ["targets"]);
    assert_eq!(gone.ends(1, D::Cancelled).objectors(), ["targets", "cancel"]);
    let running = begin.fact(named(0));
    assert_eq!(running.clone().at(3).objectors(), ["targets", "cancel"]);
    assert_eq!(running.clone().cancelling(0).at(3).objectors(), ["targets"]);
    assert!(running.ends(0, D::Cancelled).sent(1).objectors().contains(&"cancel"));
}

#[test]
fn a_cancel_of_what_is_not_received_is_immediate() {
    // O-24: Delayed and Pending ones are Cancelled, not Cancelling.
    let story = one().at(2).cancel().command(CommandStatus::Cancelling, D::Cancelling);
    let cancelled = story.clone().ends(0, D::Cancelled).done(CommandStatus::Cancelled, D::Cancelled);
    assert!(cancelled.objectors().is_empty());
    let waiting = story.cancelling(0).at(160).ends(0, D::Cancelled);
    assert_eq!(waiting.done(CommandStatus::Cancelled, D::Cancelled).objectors(), ["cancel"]);
}

#[test]
fn an_unanswered_cancel_ends_at_expiry_as_told() {
    // O-24, T16.
    let story = one().at(1).ack(0).at(2).cancel().command(CommandStatus::Cancelling, D::Cancelling);
    let story = story.cancelling(0).at(160);
    let cancelled = story.clone().ends(0, D::Cancelled).done(CommandStatus::Cancelled, D::Cancelled);
    let undelivered = story.ends(0, D::DeliveryTimedOut).done(CommandStatus::TimedOut, D::DeliveryTimedOut);
    let strict = |readings: &mut Readings| readings.cancel_unanswered = CancelUnanswered::DeliveryTimedOut;
    assert!(cancelled.objectors().is_empty());
    assert_eq!(undelivered.objectors(), ["cancel"]);
    assert_eq!(cancelled.readings(strict).objectors(), ["cancel"]);
    assert!(undelivered.readings(strict).objectors().is_empty());
}

#[test]
fn a_cancel_may_come_too_late() {
    // T15: the work ended first; O-53: nothing is left to cancel; nothing is sent after a cancel (S7.14).
    let story = Story::new(2, "1", "0").requested(2).first_sent(0).at(1).ack(0).at(2).cancel();
    let story = story.command(CommandStatus::Cancelling, D::Cancelling).cancelling(0);
    let good = story.clone().ends(1, D::Cancelled).at(3).ends(0, D::Success);
    let done = good.done(CommandStatus::Cancelled, D::Cancelled).at(5).cancel();
    assert!(done.objectors().is_empty());
    let changed = done.command(CommandStatus::Cancelling, D::Cancelling);
    assert_eq!(changed.objectors(), ["command-states"]);
    assert!(story.sent(1).objectors().contains(&"cancel"));
}

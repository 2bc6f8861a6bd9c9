//! Window, slow start, work conservation and the stop, each by small histories.

use fleetsim::{
    base::{Rounding, SimDuration},
    history::Fact,
    ssm::{
        CommandStatus, Readings, StatusDetails as D,
        reading::{ErrorBoundary, Gate, Grace, SlowStart, Wait},
    },
};

use crate::story::Story;

/// The rules of this file that object to a history which is cut off in the middle.
fn objectors(story: &Story) -> Vec<&'static str> {
    let ours = ["max-concurrency", "slow-start", "work-conservation", "stop", "counted-errors"];
    story.objectors().into_iter().filter(|rule| ours.contains(rule)).collect()
}

/// A history in which `waves` of sends follow one another, each when all before it are acknowledged.
fn waves(concurrency: &str, waves: &[u32], change: fn(&mut Readings)) -> Story {
    let mut story = Story::new(100, concurrency, "0").readings(change).requested(100);
    let (mut sent, mut acknowledged) = (0, 0);
    for (second, &wave) in (0_u64..).zip(waves) {
        story = story.at(second);
        story = (acknowledged..sent).fold(story, Story::ack);
        acknowledged = sent;
        story = (sent..sent + wave).fold(story, Story::sent);
        sent += wave;
    }
    story
}

#[test]
fn shapes_of_slow_start() {
    // O-12: in flight 1, 3, 7, 15 | 1, 2, 4, 8 | 1, all | all.
    let double: fn(&mut Readings) = |_| {};
    let window: fn(&mut Readings) = |readings| readings.slow_start = SlowStart::Window;
    let jump: fn(&mut Readings) = |readings| readings.slow_start = SlowStart::Jump;
    let off: fn(&mut Readings) = |readings| readings.slow_start = SlowStart::Off;
    for (reading, exact) in [
        (double, &[1, 2, 4, 8, 16, 9][..]),
        (window, &[1, 1, 2, 4, 8, 16, 8][..]),
        (jump, &[1, 39][..]),
        (off, &[40][..]),
    ] {
        assert!(objectors(&waves("40", exact, reading)).is_empty(), "{exact:?}");
        let last = exact.len() - 1;
        for place in 0..exact.len() {
            let mut waves_sent = exact[..=place].to_vec();
            waves_sent[place] += 1;
            let rule = if place == last { "max-concurrency" } else { "slow-start" };
            assert_eq!(objectors(&waves("40", &waves_sent, reading)), [rule], "{waves_sent:?}");
            waves_sent[place] -= 2;
            assert_eq!(
                objectors(&waves("40", &waves_sent, reading)),
                ["work-conservation"],
                "{waves_sent:?}"
            );
        }
    }
}

#[test]
fn the_gate_may_wait_for_the_end() {
    // O-14, S4.9: with gate = complete an acknowledgement opens nothing, and no grace helps.
    let complete = |readings: &mut Readings| readings.gate = Gate::Complete;
    let story = Story::new(9, "9", "0").readings(complete).requested(9).sent(0).at(1).ack(0).at(40);
    assert_eq!(objectors(&story.clone().sent(1)), ["slow-start"]);
    let grown = story.ends(0, D::Success).sent(1).sent(2).sent(3);
    assert!(objectors(&grown).is_empty());
    assert_eq!(objectors(&grown.sent(4)), ["slow-start"]);
}

#[test]
fn an_unanswered_send_holds_the_ramp_for_the_grace() {
    // O-14: 30 s by default, to the microsecond; a Delayed one is no answer.
    let story = Story::new(9, "9", "0").requested(9).sent(0).at(2).delayed(0);
    assert_eq!(objectors(&story.clone().at(29).sent(1)), ["slow-start"]);
    assert!(objectors(&story.clone().at(30).sent(1).sent(2)).is_empty());
    assert_eq!(objectors(&story.clone().at(31).sent(1).sent(2)), ["work-conservation"]);
    let patient = |readings: &mut Readings| readings.unanswered_grace = Grace::Wait(Wait::Wait);
    assert!(objectors(&story.clone().readings(patient).at(100).ack(0).sent(1).sent(2)).is_empty());
    assert_eq!(objectors(&story.readings(patient).at(100).sent(1)), ["slow-start"]);
}

#[test]
fn each_invocation_opens_the_window_once() {
    // Settled 3: the grace, the acknowledgement and the end of one invocation are one answer.
    let quick = |readings: &mut Readings| {
        readings.unanswered_grace = Grace::After(SimDuration::from_secs(5));
    };
    let story =
        Story::new(9, "9", "0").readings(quick).requested(9).sent(0).at(5).sent(1).sent(2).at(6).ack(0);
    assert!(objectors(&story).is_empty());
    assert_eq!(objectors(&story.clone().sent(3)), ["slow-start"]);
    let ended = story.at(7).ends(0, D::Success).sent(3);
    assert!(objectors(&ended).is_empty());
    assert_eq!(objectors(&ended.sent(4)), ["slow-start"]);
}

#[test]
fn percentages_of_concurrency_round_as_told() {
    // O-13: 50 % of 7 is 3.5.
    for (rounding, room) in [(Rounding::Ceil, 4), (Rounding::Floor, 3), (Rounding::HalfUp, 4)] {
        let story = Story::new(7, "50%", "0").readings(|readings| {
            readings.slow_start = SlowStart::Off;
            readings.concurrency_rounding = rounding;
        });
        let full = (0..room).fold(story.requested(7), Story::sent);
        assert!(objectors(&full).is_empty(), "{rounding:?}");
        assert_eq!(objectors(&full.sent(room)), ["max-concurrency"], "{rounding:?}");
    }
}

#[test]
fn one_may_always_be_sent() {
    // Settled 5: 10 % of 3, rounded down, is none.
    let floor = |readings: &mut Readings| readings.concurrency_rounding = Rounding::Floor;
    let story = Story::new(3, "10%", "0").readings(floor).requested(3).sent(0).at(1).ack(0);
    assert!(objectors(&story).is_empty());
    assert_eq!(objectors(&story.sent(1)), ["max-concurrency"]);
}

#[test]
fn delayed_and_cancelling_invocations_hold_their_slots() {
    // O-15, Settled 4.
    let off = |readings: &mut Readings| readings.slow_start = SlowStart::Off;
    let story = Story::new(5, "2", "0").readings(off).requested(5).sent(0).sent(1).at(1).ack(0).delayed(1);
    let story = story.at(3).fact(Fact::CancelRequested { instance: Some(0) }).cancelling(0).at(4);
    assert!(objectors(&story).is_empty());
    assert_eq!(objectors(&story.sent(2)), ["max-concurrency"]);
}

/// Fifty at once, of which `errors` fail one after the other; the stop comes with the last.
fn failing(limit: &str, errors: u32, change: fn(&mut Readings)) -> Story {
    let story = Story::new(50, "45", limit).readings(|readings| {
        readings.slow_start = SlowStart::Off;
        change(readings);
    });
    let mut story = (0..45).fold(story.requested(50), Story::sent).at(1);
    story = (0..45).fold(story, Story::ack);
    for (error, second) in (0..errors).zip(10..) {
        story = story.at(second).ends(error, D::Failed);
        if error + 1 < errors {
            story = story.sent(45 + error);
        }
    }
    let unsent = 45 + errors - 1;
    story.fact(Fact::ThresholdExceeded { errors }).all_end(unsent..50, D::Terminated)
}

#[test]
fn the_stop_comes_with_the_error_beyond_those_tolerated() {
    // S4.18, S4.19, section 4.6; O-11: the fifth of 10 % of 50 by the Automation guide, a count as ever.
    let beyond: fn(&mut Readings) = |_| {};
    let earlier: fn(&mut Readings) = |readings| readings.error_boundary = ErrorBoundary::AutomationDoc;
    for (limit, change, trip) in [
        ("0", beyond, 1),
        ("3", beyond, 4),
        ("10%", beyond, 6),
        ("0%", beyond, 1),
        ("10%", earlier, 5),
        ("0%", earlier, 1),
        ("3", earlier, 4),
    ] {
        for errors in 1..=trip + 1 {
            let found = objectors(&failing(limit, errors, change));
            let expected: &[&str] = if errors == trip { &[] } else { &["stop"] };
            assert_eq!(found, expected, "{errors} errors with MaxErrors {limit}");
        }
    }
}

#[test]
fn execution_timeouts_stop_only_where_they_count() {
    // O-10.
    let story = |counts| {
        let readings = move |readings: &mut Readings| readings.execution_timed_out_counts = counts;
        let story = Story::new(2, "1", "0").readings(readings).requested(2).first_sent(0).at(1).ack(0);
        story.at(101).ends(0, D::ExecutionTimedOut)
    };
    let stopped = |story: Story| story.fact(Fact::ThresholdExceeded { errors: 1 }).ends(1, D::Terminated);
    assert!(objectors(&stopped(story(true))).is_empty());
    assert_eq!(objectors(&story(true).sent(1)), ["stop"]);
    assert!(objectors(&story(false).sent(1)).is_empty());
    assert_eq!(objectors(&stopped(story(false))), ["counted-errors"]);
}

#[test]
fn neutral_endings_never_stop_the_sending() {
    // S4.21: Undeliverable and DeliveryTimedOut are no errors.
    let story = Story::new(3, "1", "0").requested(3).first_sent(0).at(2).ends(0, D::Undeliverable);
    let terminated = story.clone().all_end(1..3, D::Terminated);
    assert_eq!(objectors(&terminated), ["stop"]);
    assert!(objectors(&story.sent(1)).is_empty());
}

#[test]
fn errors_of_one_instant_may_be_told_together() {
    let off = |readings: &mut Readings| readings.slow_start = SlowStart::Off;
    let story = Story::new(4, "3", "0").readings(off).requested(4).first_sent(0).sent(1).sent(2);
    let story = (0..3).fold(story.at(1), Story::ack).at(9).all_end(0..3, D::Failed);
    for (errors, expected) in [(1, &[][..]), (3, &[]), (4, &["counted-errors"])] {
        let told = story.clone().fact(Fact::ThresholdExceeded { errors }).ends(3, D::Terminated);
        let done = told.done(CommandStatus::Failed, D::Failed);
        assert_eq!(objectors(&done), expected, "{errors}");
    }
}

//! The roll-up by the worked examples of section 6.4 and by its readings.

use fleetsim::{
    base::Rounding,
    history::{Fact, Record},
    ssm::{
        CommandState, CommandStatus, Readings, StatusDetails as D,
        reading::{Comparison, NeutralWithSuccess, SlowStart, ToleratedFailures},
    },
};

use crate::story::{Story, objectors};

const SUCCESS: CommandState = CommandState { status: CommandStatus::Success, details: D::Success };
const FAILED: CommandState = CommandState { status: CommandStatus::Failed, details: D::Failed };
const INCOMPLETE: CommandState = CommandState { status: CommandStatus::Failed, details: D::Incomplete };
const UNDELIVERED: CommandState =
    CommandState { status: CommandStatus::TimedOut, details: D::DeliveryTimedOut };
const TOO_LONG: CommandState =
    CommandState { status: CommandStatus::TimedOut, details: D::ExecutionTimedOut };
const CANCELLED: CommandState = CommandState { status: CommandStatus::Cancelled, details: D::Cancelled };
const NONE: CommandState = CommandState { status: CommandStatus::Success, details: D::NoInstancesInTag };

/// How many invocations ended how: S, F, X, D, N and K of section 6.3.
type Endings = [u32; 6];

/// A history with these endings, in which the whole command is cancelled when `cancelled` of them remain unsent.
fn history(endings: Endings, cancelled: u32, errors: &str, readings: &Readings) -> Story {
    let total = endings.iter().sum::<u32>() + cancelled;
    let story = Story::new(total, "100%", errors).readings(|all| {
        *all = Readings { slow_start: SlowStart::Off, ..readings.clone() };
    });
    let mut story = story.requested(total);
    let mut next = 0..total;
    let details =
        [D::Success, D::Failed, D::ExecutionTimedOut, D::DeliveryTimedOut, D::Undeliverable, D::Terminated];
    for (details, count) in details.into_iter().zip(endings) {
        for instance in next.by_ref().take(count as usize) {
            story = match details {
                D::Success | D::Failed => story.at(0).sent(instance).at(1).ack(instance).at(9),
                D::ExecutionTimedOut => story.at(0).sent(instance).at(1).ack(instance).at(101),
                D::DeliveryTimedOut => story.at(0).sent(instance).at(160),
                D::Undeliverable => story.at(0).sent(instance).at(2),
                _ => story.at(9),
            };
            story = story.ends(instance, details);
        }
    }
    if cancelled > 0 {
        story = story.at(5).cancel().all_end(next, D::Cancelled);
    }
    story
}

/// The states, of all a command can end with, that the roll-up accepts.
fn accepted(story: &Story) -> Vec<CommandState> {
    let accepts = |state: &CommandState| {
        let ended = story.clone().at(160).done(state.status, state.details);
        let reports = ended.judge();
        let roll_up = reports.iter().find(|report| report.rule == "roll-up").expect("every rule reports");
        assert_eq!(roll_up.judged, 1);
        !objectors(&reports).contains(&"roll-up")
    };
    let all = [SUCCESS, FAILED, INCOMPLETE, UNDELIVERED, TOO_LONG, CANCELLED, NONE];
    all.into_iter().filter(accepts).collect()
}

fn check(endings: Endings, cancelled: u32, errors: &str, readings: &Readings, expected: CommandState) {
    let story = history(endings, cancelled, errors, readings);
    assert_eq!(accepted(&story), [expected], "{endings:?}, {cancelled} cancelled, MaxErrors {errors}");
}

/// A row of section 6.4: endings, cancelled ones, E, and both columns.
type Row = (Endings, u32, &'static str, CommandState, CommandState);

const ROWS: [Row; 20] = [
    ([50, 0, 0, 0, 0, 0], 0, "0", FAILED, SUCCESS),
    ([50, 0, 0, 0, 0, 0], 0, "5", SUCCESS, SUCCESS),
    ([47, 3, 0, 0, 0, 0], 0, "5", INCOMPLETE, INCOMPLETE),
    ([45, 5, 0, 0, 0, 0], 0, "5", FAILED, INCOMPLETE),
    ([44, 6, 0, 0, 0, 0], 0, "5", FAILED, FAILED),
    ([20, 6, 0, 0, 0, 24], 0, "5", FAILED, FAILED),
    ([20, 5, 1, 0, 0, 24], 0, "5", FAILED, FAILED),
    ([0, 0, 1, 0, 0, 0], 0, "0", FAILED, FAILED),
    ([49, 0, 0, 1, 0, 0], 0, "0", UNDELIVERED, UNDELIVERED),
    ([47, 0, 0, 3, 0, 0], 0, "3", UNDELIVERED, INCOMPLETE),
    ([40, 6, 0, 4, 0, 0], 0, "5", FAILED, FAILED),
    ([38, 6, 0, 6, 0, 0], 0, "5", FAILED, FAILED),
    ([0, 0, 0, 0, 5, 0], 0, "0", FAILED, FAILED),
    ([1, 0, 0, 0, 4, 0], 0, "0", SUCCESS, SUCCESS),
    ([3, 1, 0, 0, 1, 0], 0, "1", FAILED, INCOMPLETE),
    ([0, 0, 0, 1, 4, 0], 0, "3", INCOMPLETE, INCOMPLETE),
    ([30, 0, 0, 0, 0, 0], 20, "0", CANCELLED, CANCELLED),
    ([10, 6, 0, 0, 0, 0], 34, "5", CANCELLED, CANCELLED),
    // The same borders in percent: 10 % of 50.
    ([45, 5, 0, 0, 0, 0], 0, "10%", FAILED, INCOMPLETE),
    ([44, 6, 0, 0, 0, 0], 0, "10%", FAILED, FAILED),
];

#[test]
fn worked_examples_of_section_6_4() {
    let literal = Readings {
        failed_rule: Comparison::AtLeast,
        delivery_timed_out_rule: Comparison::AtLeast,
        ..Readings::default()
    };
    for (endings, cancelled, errors, by_the_letter, recommended) in ROWS {
        check(endings, cancelled, errors, &literal, by_the_letter);
        check(endings, cancelled, errors, &Readings::default(), recommended);
    }
}

#[test]
fn an_empty_target_set_has_no_instances_in_tag() {
    // S1.12, O-56.
    check([0; 6], 0, "0", &Readings::default(), NONE);
}

#[test]
fn execution_timeouts_alone_may_be_the_commands_own() {
    // O-7, S6.13; with a Failed among them it is Failed.
    let own = Readings { command_execution_timed_out: true, ..Readings::default() };
    check([0, 0, 1, 0, 0, 0], 0, "0", &own, TOO_LONG);
    check([0, 1, 1, 0, 0, 0], 0, "0", &own, FAILED);
    check([1, 0, 1, 0, 0, 0], 0, "1", &own, INCOMPLETE);
}

#[test]
fn execution_timeouts_that_do_not_count_leave_it_incomplete() {
    // O-10.
    let uncounted = Readings { execution_timed_out_counts: false, ..Readings::default() };
    check([3, 0, 2, 0, 0, 0], 0, "1", &uncounted, INCOMPLETE);
}

#[test]
fn tolerated_failures_may_be_success() {
    // O-4: the second column of row 3; not beyond what is tolerated, nor beside anything else.
    let tolerated = Readings { tolerated_failures: ToleratedFailures::Success, ..Readings::default() };
    check([47, 3, 0, 0, 0, 0], 0, "5", &tolerated, SUCCESS);
    check([44, 6, 0, 0, 0, 0], 0, "5", &tolerated, FAILED);
    check([46, 3, 0, 0, 1, 0], 0, "5", &tolerated, INCOMPLETE);
}

#[test]
fn neutral_invocations_beside_successes() {
    // O-5.
    let reading = |neutral_with_success| Readings { neutral_with_success, ..Readings::default() };
    for (neutral, expected) in [
        (NeutralWithSuccess::Success, SUCCESS),
        (NeutralWithSuccess::Incomplete, INCOMPLETE),
        (NeutralWithSuccess::Ignore, SUCCESS),
    ] {
        check([1, 0, 0, 0, 4, 0], 0, "0", &reading(neutral), expected);
        check([0, 0, 0, 0, 5, 0], 0, "0", &reading(neutral), FAILED);
        check([1, 1, 0, 0, 3, 0], 0, "1", &reading(neutral), INCOMPLETE);
    }
}

#[test]
fn percentages_of_errors_round_as_told() {
    // O-13: 25 % of 10 is 2.5.
    for (rounding, expected) in
        [(Rounding::Floor, FAILED), (Rounding::Ceil, INCOMPLETE), (Rounding::HalfUp, INCOMPLETE)]
    {
        let readings = Readings { errors_rounding: rounding, ..Readings::default() };
        check([7, 3, 0, 0, 0, 0], 0, "25%", &readings, expected);
    }
}

#[test]
fn one_cancelled_by_name_leaves_it_incomplete() {
    // O-50 and the last but one row of section 6.4.
    let mut story = history([49, 0, 0, 0, 0, 1], 0, "0", &Readings::default());
    for Record { fact, .. } in &mut story.records {
        if let Fact::InvocationEnded { ending, .. } = fact
            && ending.state.details == D::Terminated
        {
            ending.state.details = D::Cancelled;
        }
    }
    let named = story.fact(Fact::CancelRequested { instance: Some(49) });
    assert_eq!(accepted(&named), [INCOMPLETE]);
}

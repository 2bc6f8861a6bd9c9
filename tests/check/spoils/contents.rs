//! Numbers, statuses and times told wrongly.

use fleetsim::{
    base::{SimDuration, SimTime},
    history::{CommandCounts, Ending, Fact, Record},
    ssm::{CommandState, CommandStatus, InvocationState, InvocationStatus, StatusDetails as D},
};

use super::{ended_as, first, last};

/// Changes the endings that `wanted` picks first.
fn with_ending(
    records: &[Record],
    wanted: impl Fn(&Fact) -> bool,
    change: impl Fn(&mut Ending),
) -> Vec<Record> {
    let mut records = records.to_vec();
    let place = first(&records, wanted);
    if let Fact::InvocationEnded { ending, .. } = &mut records[place].fact {
        change(ending);
    }
    records
}

fn with_end(records: &[Record], change: impl Fn(&mut CommandState, &mut CommandCounts)) -> Vec<Record> {
    let mut records = records.to_vec();
    let place = last(&records, |fact| matches!(fact, Fact::CommandEnded { .. }));
    if let Fact::CommandEnded { state, counts } = &mut records[place].fact {
        change(state, counts);
    }
    records
}

/// The stop tells one error more than were received.
pub(crate) fn one_error_too_many(records: &[Record]) -> Vec<Record> {
    let mut records = records.to_vec();
    let place = first(&records, |fact| matches!(fact, Fact::ThresholdExceeded { .. }));
    if let Fact::ThresholdExceeded { errors } = &mut records[place].fact {
        *errors += 1;
    }
    records
}

pub(crate) fn error_count_off_by_one(records: &[Record]) -> Vec<Record> {
    with_end(records, |_, counts| counts.error_count += 1)
}

pub(crate) fn target_count_off_by_one(records: &[Record]) -> Vec<Record> {
    with_end(records, |_, counts| counts.target_count += 1)
}

pub(crate) fn completed_count_off_by_one(records: &[Record]) -> Vec<Record> {
    with_end(records, |_, counts| counts.completed_count -= 1)
}

pub(crate) fn delivery_timed_out_count_off_by_one(records: &[Record]) -> Vec<Record> {
    with_end(records, |_, counts| counts.delivery_timed_out_count += 1)
}

pub(crate) fn targeted_off_by_one(records: &[Record]) -> Vec<Record> {
    let mut records = records.to_vec();
    let place = first(&records, |fact| matches!(fact, Fact::Targeted { .. }));
    if let Fact::Targeted { count } = &mut records[place].fact {
        *count += 1;
    }
    records
}

/// Delivery Timed Out is counted as an error, in ErrorCount and in the stop.
pub(crate) fn uncounted_ending_counted(records: &[Record]) -> Vec<Record> {
    let mut records = with_end(records, |_, counts| counts.error_count += counts.delivery_timed_out_count);
    let place = first(&records, |fact| ended_as(fact, D::DeliveryTimedOut));
    records.insert(place + 1, Record { fact: Fact::ThresholdExceeded { errors: 1 }, ..records[place] });
    records
}

pub(crate) fn wrong_roll_up(records: &[Record]) -> Vec<Record> {
    with_end(records, |state, _| {
        *state = if state.status == CommandStatus::Success {
            CommandState { status: CommandStatus::Failed, details: D::Failed }
        } else {
            CommandState { status: CommandStatus::Success, details: D::Success }
        };
    })
}

pub(crate) fn success_with_exit_code_one(records: &[Record]) -> Vec<Record> {
    with_ending(records, |fact| ended_as(fact, D::Success), |ending| ending.response_code = 1)
}

pub(crate) fn wrong_pair(records: &[Record]) -> Vec<Record> {
    with_ending(
        records,
        |fact| ended_as(fact, D::Success),
        |ending| ending.state.status = InvocationStatus::TimedOut,
    )
}

pub(crate) fn wrong_send_time(records: &[Record]) -> Vec<Record> {
    let earlier = |ending: &mut Ending| ending.sent = Some(SimTime(u64::from(u32::MAX)));
    with_ending(records, |fact| ended_as(fact, D::Success), earlier)
}

pub(crate) fn execution_timed_out_too_early(records: &[Record]) -> Vec<Record> {
    let early = |ending: &mut Ending| {
        ending.state = InvocationState { status: InvocationStatus::TimedOut, details: D::ExecutionTimedOut };
        ending.response_code = 137;
    };
    with_ending(records, |fact| ended_as(fact, D::Failed), early)
}

pub(crate) fn execution_longer_than_its_sojourn(records: &[Record]) -> Vec<Record> {
    with_ending(
        records,
        |fact| ended_as(fact, D::Success),
        |ending| ending.elapsed = ending.elapsed.map(|elapsed| elapsed + SimDuration::UNIT),
    )
}

pub(crate) fn started_before_it_was_sent(records: &[Record]) -> Vec<Record> {
    let mut records = records.to_vec();
    let place = last(&records, |fact| ended_as(fact, D::Success));
    if let Fact::InvocationEnded { ending, .. } = &mut records[place].fact {
        ending.started = ending.sent.map(|sent| SimTime(sent.0.saturating_sub(1)));
    }
    records
}

/// An instance that succeeds is reported Undeliverable while it runs.
pub(crate) fn undeliverable_while_running(records: &[Record]) -> Vec<Record> {
    let neutral = |ending: &mut Ending| {
        ending.state = InvocationState { status: InvocationStatus::Failed, details: D::Undeliverable };
        (ending.response_code, ending.elapsed) = (-1, None);
    };
    with_ending(records, |fact| ended_as(fact, D::Success), neutral)
}

pub(crate) fn invalid_platform_on_the_right_one(records: &[Record]) -> Vec<Record> {
    let invalid = |ending: &mut Ending| {
        ending.state = InvocationState { status: InvocationStatus::Failed, details: D::InvalidPlatform };
    };
    with_ending(records, |fact| ended_as(fact, D::Terminated), invalid)
}

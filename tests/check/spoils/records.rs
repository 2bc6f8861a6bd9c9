//! Records dropped, doubled, swapped, moved and added.

use fleetsim::{
    base::{SimDuration, SimTime},
    history::{Ending, Fact, Record},
    ssm::{CommandStatus, InvocationState, InvocationStatus, StatusDetails as D},
};

use super::{ended_as, first, last};

fn without(records: &[Record], place: usize) -> Vec<Record> {
    let mut records = records.to_vec();
    records.remove(place);
    records
}

fn twice(records: &[Record], place: usize) -> Vec<Record> {
    let mut records = records.to_vec();
    records.insert(place, records[place]);
    records
}

/// Moves all records from `place` on in time.
fn later_from(records: &[Record], place: usize, by: SimDuration) -> Vec<Record> {
    let moved = |(at, record): (usize, &Record)| {
        let time = if at < place { record.time } else { record.time + by };
        Record { time, ..*record }
    };
    records.iter().enumerate().map(moved).collect()
}

pub(crate) fn drop_last_sent(records: &[Record]) -> Vec<Record> {
    without(records, last(records, is_sent))
}

pub(crate) fn drop_acknowledgement(records: &[Record]) -> Vec<Record> {
    without(records, first(records, |fact| matches!(fact, Fact::Acknowledged { .. })))
}

pub(crate) fn drop_in_progress(records: &[Record]) -> Vec<Record> {
    let is_one =
        |fact: &Fact| matches!(fact, Fact::InvocationChanged { state, .. } if state.details == D::InProgress);
    without(records, last(records, is_one))
}

pub(crate) fn drop_last_ending(records: &[Record]) -> Vec<Record> {
    without(records, last(records, |fact| matches!(fact, Fact::InvocationEnded { .. })))
}

pub(crate) fn drop_terminated(records: &[Record]) -> Vec<Record> {
    without(records, last(records, |fact| ended_as(fact, D::Terminated)))
}

pub(crate) fn drop_threshold_exceeded(records: &[Record]) -> Vec<Record> {
    without(records, first(records, |fact| matches!(fact, Fact::ThresholdExceeded { .. })))
}

pub(crate) fn drop_command_in_progress(records: &[Record]) -> Vec<Record> {
    without(records, first(records, |fact| matches!(fact, Fact::CommandChanged { .. })))
}

pub(crate) fn drop_command_ended(records: &[Record]) -> Vec<Record> {
    without(records, last(records, |fact| matches!(fact, Fact::CommandEnded { .. })))
}

pub(crate) fn drop_requested(records: &[Record]) -> Vec<Record> {
    without(records, first(records, |fact| matches!(fact, Fact::Requested)))
}

pub(crate) fn drop_targeted(records: &[Record]) -> Vec<Record> {
    without(records, first(records, |fact| matches!(fact, Fact::Targeted { .. })))
}

pub(crate) fn drop_cancel_requested(records: &[Record]) -> Vec<Record> {
    without(records, first(records, |fact| matches!(fact, Fact::CancelRequested { .. })))
}

pub(crate) fn drop_invocation_cancelling(records: &[Record]) -> Vec<Record> {
    let is_one =
        |fact: &Fact| matches!(fact, Fact::InvocationChanged { state, .. } if state.details == D::Cancelling);
    without(records, last(records, is_one))
}

pub(crate) fn drop_command_cancelling(records: &[Record]) -> Vec<Record> {
    let is_one = |fact: &Fact| matches!(fact, Fact::CommandChanged { state } if state.status == CommandStatus::Cancelling);
    without(records, first(records, is_one))
}

pub(crate) fn double_sent(records: &[Record]) -> Vec<Record> {
    twice(records, last(records, is_sent))
}

pub(crate) fn double_acknowledgement(records: &[Record]) -> Vec<Record> {
    twice(records, first(records, |fact| matches!(fact, Fact::Acknowledged { .. })))
}

pub(crate) fn double_in_progress(records: &[Record]) -> Vec<Record> {
    twice(records, first(records, |fact| matches!(fact, Fact::InvocationChanged { .. })))
}

pub(crate) fn double_ending(records: &[Record]) -> Vec<Record> {
    twice(records, first(records, |fact| matches!(fact, Fact::InvocationEnded { .. })))
}

pub(crate) fn double_threshold_exceeded(records: &[Record]) -> Vec<Record> {
    twice(records, first(records, |fact| matches!(fact, Fact::ThresholdExceeded { .. })))
}

pub(crate) fn double_command_ended(records: &[Record]) -> Vec<Record> {
    twice(records, last(records, |fact| matches!(fact, Fact::CommandEnded { .. })))
}

/// Swaps the first two neighbours that are endings of different instants with nothing else in them.
pub(crate) fn swap_endings(records: &[Record]) -> Vec<Record> {
    let mut records = records.to_vec();
    let is_ending = |record: &Record| matches!(record.fact, Fact::InvocationEnded { .. });
    let place = records
        .windows(2)
        .position(|pair| pair.iter().all(is_ending) && pair[0].time < pair[1].time)
        .expect("two endings in a row");
    records.swap(place, place + 1);
    records
}

/// Swaps an ending with the send that it makes room for, in the same instant.
pub(crate) fn send_before_ending(records: &[Record]) -> Vec<Record> {
    let mut records = records.to_vec();
    let place = records
        .windows(2)
        .position(|pair| {
            matches!(pair[0].fact, Fact::InvocationEnded { ending, .. } if ending.sent.is_some())
                && matches!(pair[1].fact, Fact::Sent { .. })
                && pair[0].time == pair[1].time
        })
        .expect("an ending that makes room");
    records.swap(place, place + 1);
    records
}

pub(crate) fn another_command(records: &[Record]) -> Vec<Record> {
    let mut records = records.to_vec();
    records.push(Record { command: 999, ..*records.last().expect("a record") });
    records
}

pub(crate) fn instance_outside_the_fleet(records: &[Record]) -> Vec<Record> {
    let mut records = records.to_vec();
    let place = last(&records, is_sent);
    records.insert(place, Record { fact: Fact::Sent { instance: u32::MAX }, ..records[place] });
    records
}

/// Moves a send to right behind `place` and to that instant, and tells its ending so.
fn with_send_moved(records: &[Record], from: usize, place: usize, time: SimTime) -> Vec<Record> {
    let mut records = records.to_vec();
    let sent = records.remove(from);
    let Fact::Sent { instance: moved } = sent.fact else { panic!("a send to move") };
    records.insert(place + 1, Record { time, ..sent });
    for record in &mut records {
        match &mut record.fact {
            Fact::InvocationEnded { instance, ending } if *instance == moved => ending.sent = Some(time),
            _ => {}
        }
    }
    records
}

fn is_sent(fact: &Fact) -> bool {
    matches!(fact, Fact::Sent { .. })
}

/// The last send comes with the one before it: one too many in flight.
pub(crate) fn one_too_many_in_flight(records: &[Record]) -> Vec<Record> {
    let from = last(records, is_sent);
    let place = last(&records[..from], is_sent);
    with_send_moved(records, from, place, records[place].time)
}

/// The second send comes with the first: slow start is skipped.
pub(crate) fn send_before_the_acknowledgement(records: &[Record]) -> Vec<Record> {
    let place = first(records, is_sent);
    let from = place + 1 + first(&records[place + 1..], is_sent);
    with_send_moved(records, from, place, records[place].time)
}

/// The last send, and what goes with it, comes a moment after it could have come.
pub(crate) fn idle_slot(records: &[Record]) -> Vec<Record> {
    let place = last(records, is_sent);
    let (then, late) = (records[place].time, records[place].time + SimDuration::UNIT);
    let mut records = with_send_moved(records, place, place - 1, late);
    records[place..].iter_mut().filter(|record| record.time == then).for_each(|record| record.time = late);
    records
}

/// The stop and what it terminates come a moment after the error that exceeds the threshold.
pub(crate) fn late_stop(records: &[Record]) -> Vec<Record> {
    let mut records = records.to_vec();
    for record in &mut records {
        if matches!(record.fact, Fact::ThresholdExceeded { .. }) || ended_as(&record.fact, D::Terminated) {
            record.time = record.time + SimDuration::UNIT;
        }
    }
    records
}

/// One more is sent after the stop, and succeeds, instead of being Terminated.
pub(crate) fn send_after_the_stop(records: &[Record]) -> Vec<Record> {
    let mut records = records.to_vec();
    let place = last(&records, |fact| ended_as(fact, D::Terminated));
    let Record { time: stop, command, fact: Fact::InvocationEnded { instance, .. } } = records.remove(place)
    else {
        unreachable!()
    };
    let end = last(&records, |fact| matches!(fact, Fact::CommandEnded { .. }));
    let time = records[end].time;
    let state = |status, details| InvocationState { status, details };
    let ending = Ending {
        state: state(InvocationStatus::Success, D::Success),
        response_code: 0,
        sent: Some(stop),
        started: Some(stop + SimDuration::UNIT),
        elapsed: Some(SimDuration::ZERO),
    };
    let under_way = state(InvocationStatus::InProgress, D::InProgress);
    records.insert(end, Record { time, command, fact: Fact::InvocationEnded { instance, ending } });
    let at = SimDuration::UNIT;
    for (time, fact) in [
        (stop + at, Fact::InvocationChanged { instance, state: under_way }),
        (stop + at, Fact::Acknowledged { instance }),
        (stop, Fact::Sent { instance }),
    ] {
        records.insert(place, Record { time, command, fact });
    }
    records
}

/// The stop is told after the first ending, with as many errors as there were by then.
pub(crate) fn early_stop(records: &[Record]) -> Vec<Record> {
    let mut records = drop_threshold_exceeded(records);
    let place = first(&records, |fact| matches!(fact, Fact::InvocationEnded { .. }));
    let errors = u32::from(ended_as(&records[place].fact, D::Failed));
    records.insert(place + 1, Record { fact: Fact::ThresholdExceeded { errors }, ..records[place] });
    records
}

pub(crate) fn early_delivery_timed_out(records: &[Record]) -> Vec<Record> {
    let place = first(records, |fact| ended_as(fact, D::DeliveryTimedOut));
    let early = SimTime(records[place].time.0.saturating_sub(1));
    let mut records = records.to_vec();
    for record in &mut records[place..] {
        record.time = record.time.min(early);
    }
    records
}

pub(crate) fn late_delivery_timed_out(records: &[Record]) -> Vec<Record> {
    later_from(records, first(records, |fact| ended_as(fact, D::DeliveryTimedOut)), SimDuration::UNIT)
}

/// The last ending and the command's end come only long after `ExpiresAfter`.
pub(crate) fn ending_after_expiry(records: &[Record]) -> Vec<Record> {
    let place = last(records, |fact| matches!(fact, Fact::InvocationEnded { .. }));
    later_from(records, place, SimDuration::from_secs(86_400))
}

pub(crate) fn late_command_ended(records: &[Record]) -> Vec<Record> {
    let place = last(records, |fact| matches!(fact, Fact::CommandEnded { .. }));
    later_from(records, place, SimDuration::UNIT)
}

pub(crate) fn late_reply_before_the_end(records: &[Record]) -> Vec<Record> {
    let mut records = records.to_vec();
    let place = last(&records, is_sent);
    let Fact::Sent { instance } = records[place].fact else { unreachable!() };
    let fact = Fact::LateReply { instance, response_code: 0 };
    records.insert(place + 1, Record { fact, ..records[place] });
    records
}

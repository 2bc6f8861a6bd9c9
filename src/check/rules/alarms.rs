//! An alarm stops what was not sent, when it goes off and not otherwise, and nothing that was.

use crate::{
    base::SimTime,
    check::{alarms::AlarmBook, ledger::Book, report::About},
    history::{Fact, Record},
    ssm::{StatusDetails, alarm::TriggeredState},
};

pub(crate) const ABOUT: About = About {
    rule: "alarms",
    title: "a command stops when its alarm goes off or cannot be read, sends nothing more, and lets go on what was sent",
    source: "S4.28 to S4.30, O-62",
};

/// Judges a record; `books` stand as before it.
pub(crate) fn judge(record: &Record, books: &[Book], alarms: &mut AlarmBook) {
    let (now, command) = (record.time, record.command);
    match record.fact {
        Fact::InvocationEnded { ending, .. } => {
            if matches!(ending.state.details, StatusDetails::Failed | StatusDetails::ExecutionTimedOut) {
                alarms.count_failure(now);
            }
        }
        Fact::Requested if alarms.has_alarm(command) => {
            alarms.under_way.insert(command, now);
        }
        Fact::AlarmTriggered { state } => judge_stop(record, state, alarms),
        Fact::Sent { .. } if alarms.has_alarm(command) => judge_sent(record, alarms),
        Fact::CommandEnded { .. } if books[command as usize].closed.is_none() => {
            if let Some(requested) = alarms.under_way.remove(&command) {
                miss_stop(command, requested, now, alarms);
            }
        }
        _ => {}
    }
}

fn judge_stop(record: &Record, state: TriggeredState, alarms: &mut AlarmBook) {
    let (now, command) = (record.time, record.command);
    alarms.is_told = true;
    alarms.tally.judged += 1;
    let due = alarms.under_way.get(&command).and_then(|&requested| alarms.due(command, requested, now));
    let offence = if !alarms.has_alarm(command) {
        Some("the command has no alarm that the plan knows")
    } else if !alarms.stopped.insert(command) {
        Some("the alarm stopped it before")
    } else if !alarms.under_way.contains_key(&command) {
        Some("the command is not under way")
    } else {
        match due {
            None => Some("the alarm does not stop it"),
            Some((time, _)) if time != now => Some("the alarm should have stopped it earlier"),
            Some((_, known)) if known != state => Some("the alarm is not in this state"),
            Some(_) => None,
        }
    };
    alarms.stopped_now.push(command);
    if let Some(message) = offence {
        alarms.tally.object(record, "S4.29", || message.into());
    }
}

fn judge_sent(record: &Record, alarms: &mut AlarmBook) {
    let (now, command) = (record.time, record.command);
    alarms.tally.judged += 1;
    let is_stopped = alarms.stopped.contains(&command);
    let requested = alarms.under_way.get(&command).copied();
    let is_due = || requested.and_then(|requested| alarms.due(command, requested, now)).is_some();
    if is_stopped || is_due() {
        alarms.tally.object(record, "S4.30", || "sent although the alarm stops the command".into());
        // Said once is enough.
        alarms.under_way.remove(&command);
    }
}

fn miss_stop(command: u32, requested: SimTime, until: SimTime, alarms: &mut AlarmBook) {
    let due = alarms.due(command, requested, until).filter(|_| !alarms.stopped.contains(&command));
    if let Some((time, _)) = due {
        alarms.tally.miss(time, "S4.29", || format!("the alarm did not stop command {command}"));
    }
}

/// Judges the end of an instant: what was not sent has ended.
pub(crate) fn close(alarms: &mut AlarmBook, at: SimTime, books: &[Book]) {
    for command in std::mem::take(&mut alarms.stopped_now) {
        let waiting = books[command as usize].waiting();
        if waiting > 0 {
            alarms.tally.miss(at, "S4.30", || {
                format!("the alarm went off, but {waiting} invocations not sent did not end")
            });
        }
    }
}

/// Judges what has not come to its end with the history.
pub(crate) fn finish(alarms: &mut AlarmBook, at: SimTime) {
    for (command, requested) in std::mem::take(&mut alarms.under_way) {
        miss_stop(command, requested, at, alarms);
    }
}

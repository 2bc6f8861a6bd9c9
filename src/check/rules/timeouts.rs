//! Nothing outlives its time, and nothing times out before it.

use crate::{
    check::{
        ledger::Step,
        report::{About, Tally},
    },
    history::{Ending, Fact},
    ssm::StatusDetails,
};

pub(crate) const ABOUT: About = About {
    rule: "timeouts",
    title: "deliveries time out exactly at their deadline, executions are never longer than theirs",
    source: "S5.1 to S5.15, S1.17, S1.18, section 8.6, O-18, O-44",
};

/// Judges when things are sent and end.
pub(crate) fn judge(step: &Step, tally: &mut Tally) {
    let record = step.record;
    match record.fact {
        Fact::Sent { .. } if step.book.deadline(false).is_some_and(|deadline| record.time >= deadline) => {
            tally.object(record, "S5.3", || "sent after its deadline".into());
        }
        Fact::InvocationEnded { ending, .. } => {
            tally.judged += 1;
            judge_deadline(step, &ending, tally);
            judge_execution(step, &ending, tally);
        }
        _ => {}
    }
}

fn judge_deadline(step: &Step, ending: &Ending, tally: &mut Tally) {
    let record = step.record;
    let received = ending.started.is_some() || step.seen.live.is_some_and(|live| live.received.is_some());
    let Some(deadline) = step.book.deadline(received) else { return };
    let late = record.time.since(deadline);
    if record.time > deadline {
        tally.object(record, "S5.3", || format!("ended {late} after its deadline"));
    } else if ending.state.details == StatusDetails::DeliveryTimedOut && record.time < deadline {
        tally.object(record, "S1.17", || {
            format!("DeliveryTimedOut {} before its deadline", deadline.since(record.time))
        });
    }
}

fn judge_execution(step: &Step, ending: &Ending, tally: &mut Tally) {
    let record = step.record;
    let Some(started) = ending.started else { return };
    if step.seen.live.and_then(|live| live.sent).is_some_and(|sent| started < sent) {
        tally.object(record, "S5.14", || "the execution began before it was sent".into());
    } else if started > record.time {
        tally.object(record, "S5.14", || "the execution began after it had ended".into());
    }
    let Some(elapsed) = ending.elapsed else { return };
    let limit = step.book.terms.execution_limit;
    let may_be_killed = step.group.is_some_and(|group| group.may_be_killed);
    if elapsed > record.time.since(started) {
        tally.object(record, "S5.14", || format!("an execution of {elapsed} cannot have ended by then"));
    } else if elapsed > limit {
        tally.object(record, "S5.15", || format!("it ran for {elapsed}, the timeout is {limit}"));
    } else if ending.state.details == StatusDetails::ExecutionTimedOut && elapsed < limit && !may_be_killed {
        tally.object(record, "S5.8", || format!("ExecutionTimedOut after {elapsed}, the timeout is {limit}"));
    }
}

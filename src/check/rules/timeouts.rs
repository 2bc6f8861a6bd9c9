//! Nothing outlives its time, and nothing times out before it.

use crate::{
    base::SimTime,
    check::{
        agents::Agents,
        case::Case,
        report::{About, Tally},
    },
    history::Ending,
    ssm::StatusDetails,
};

pub(crate) const ABOUT: About = About {
    rule: "timeouts",
    title: "deliveries time out exactly at their deadline, executions are never longer than theirs",
    source: "S5.1 to S5.15, S1.17, S1.18, section 8.6, O-18, O-44",
};

/// Judges when something is sent.
pub(crate) fn judge_sent(case: &Case<'_>, tally: &mut Tally) {
    if case.book.deadline(false).is_some_and(|deadline| case.record.time >= deadline) {
        tally.object(case.record, "S5.3", || "sent after its deadline".into());
    }
}

/// Judges when an invocation ends, and how long it has taken.
pub(crate) fn judge_end(case: &Case<'_>, instance: u32, ending: &Ending, agents: &Agents, tally: &mut Tally) {
    tally.judged += 1;
    judge_deadline(case, ending, tally);
    judge_execution(case, instance, ending, agents, tally);
}

fn judge_deadline(case: &Case<'_>, ending: &Ending, tally: &mut Tally) {
    let record = case.record;
    let received = ending.started.is_some() || case.live.is_some_and(|live| live.received.is_some());
    let Some(deadline) = case.book.deadline(received) else { return };
    let late = record.time.since(deadline);
    if record.time > deadline {
        tally.object(record, "S5.3", || format!("ended {late} after its deadline"));
    } else if ending.state.details == StatusDetails::DeliveryTimedOut && record.time < deadline {
        tally.object(record, "S1.17", || {
            format!("DeliveryTimedOut {} before its deadline", deadline.since(record.time))
        });
    }
}

fn judge_execution(case: &Case<'_>, instance: u32, ending: &Ending, agents: &Agents, tally: &mut Tally) {
    let record = case.record;
    let Some(started) = ending.started else { return };
    if case.live.and_then(|live| live.sent).is_some_and(|sent| started < sent) {
        tally.object(record, "S5.14", || "the execution began before it was sent".into());
    } else if started > record.time {
        tally.object(record, "S5.14", || "the execution began after it had ended".into());
    }
    let Some(elapsed) = ending.elapsed else { return };
    let script = &case.book.script;
    if elapsed > record.time.since(started) {
        tally.object(record, "S5.14", || format!("an execution of {elapsed} cannot have ended by then"));
        return;
    }
    // Each of several steps has a clock of its own, which `steps` judges.
    if script.is_told() {
        return;
    }
    let limit = script.step(0).limit;
    if elapsed > limit && !may_have_rebooted(case, instance, started, agents) {
        tally.object(record, "S5.15", || format!("it ran for {elapsed}, the timeout is {limit}"));
    } else if ending.state.details == StatusDetails::ExecutionTimedOut
        && elapsed < limit
        && !script.may_be_killed(case.group, 0)
    {
        tally.object(record, "S5.8", || format!("ExecutionTimedOut after {elapsed}, the timeout is {limit}"));
    }
}

/// Whether the time told may hold a reboot, so that it is the time of more than one run.
fn may_have_rebooted(case: &Case<'_>, instance: u32, started: SimTime, agents: &Agents) -> bool {
    let may = agents.terms(case.group).may_reboot;
    may && (!agents.tell_reboots || agents.outages.has_interrupted(instance, started))
}

//! An instance that reboots is gone for a while, and comes back.

use crate::{
    base::SimTime,
    check::{
        agents::Agents,
        case::Case,
        ledger::Book,
        outages::LEAST,
        report::{About, Tally},
        terms::GroupTerms,
    },
    history::{Ending, Fact, Record, Refusal, StepReply},
    scenario::Roster,
    ssm::{InvocationState, StatusDetails, StepStatus},
};

pub(crate) const ABOUT: About = About {
    rule: "reboots",
    title: "a reboot is asked for by a step and lasts 75 s at least, in which nothing reaches the agent or starts on it",
    source: "S8.28 to S8.31, S8.36, S8.39, T17",
};

/// Judges the beginning or the end of a reboot.
pub(crate) fn judge(
    record: &Record,
    instance: u32,
    (book, group): (&Book, &GroupTerms),
    agents: &Agents,
    tally: &mut Tally,
) {
    tally.judged += 1;
    let under_way = agents.outages.of(instance).filter(|outage| outage.ended.is_none());
    if record.fact == (Fact::RebootEnded { instance }) {
        match under_way {
            None => tally.object(record, "S8.29", || "a reboot ends that had not begun".into()),
            Some(outage) if record.time < outage.began + LEAST => tally.object(record, "S8.29", || {
                format!("a reboot of {} is shorter than {LEAST}", record.time.since(outage.began))
            }),
            _ => {}
        }
        return;
    }
    let retries = agents.terms(group).retries;
    let page = book.journal.page(instance);
    let asked = page.asked_again.unwrap_or(page.asked);
    if under_way.is_some() {
        tally.object(record, "S8.29", || "a reboot begins within another one".into());
    } else if !book.was_sent(instance) {
        tally.object(record, "S8.29", || "asked for by an invocation that was never sent".into());
    } else if !book.script.may_reboot(group) {
        tally.object(record, "section 8.6", || "no step of the command can ask for a reboot here".into());
    } else if asked > retries {
        tally.object(record, "S8.36", || format!("it was restarted {asked} times before"));
    }
}

/// Judges what reaches or leaves an agent's queue.
pub(crate) fn judge_agent(case: &Case<'_>, instance: u32, agents: &Agents, tally: &mut Tally) {
    let is_usual =
        matches!(case.record.fact, Fact::Released { .. } | Fact::Refused { why: Refusal::Closed, .. });
    if !is_usual && agents.outages.is_down(instance) {
        tally.object(case.record, "S8.29", || "its instance is rebooting".into());
    }
}

/// Judges a change of an invocation's status.
pub(crate) fn judge_change(
    case: &Case<'_>,
    instance: u32,
    state: InvocationState,
    agents: &Agents,
    tally: &mut Tally,
) {
    let is_received = case.live.is_some_and(|live| live.received.is_some());
    if state.details == StatusDetails::Delayed && is_received && agents.outages.is_down(instance) {
        tally.object(case.record, "S8.30", || "the status stays InProgress over a reboot".into());
    }
}

/// Judges a reply about a step.
pub(crate) fn judge_reply(
    case: &Case<'_>,
    instance: u32,
    reply: &StepReply,
    agents: &Agents,
    tally: &mut Tally,
) {
    let outage = agents.outages.of(instance);
    let end = reply.started + reply.elapsed;
    if reply.status == StepStatus::SuccessAndReboot {
        tally.judged += 1;
        // One that comes at once may come before what it tells of.
        let is_untimely = end < case.record.time && outage.is_none_or(|outage| outage.began < end);
        if is_untimely {
            tally.object(case.record, "S8.29", || "no reboot began when the step ended".into());
        }
    } else if outage.is_some_and(|outage| outage.covers(reply.started)) {
        tally.object(case.record, "S8.29", || "the step began while its instance was rebooting".into());
    }
}

/// Judges a final reply.
pub(crate) fn judge_end(case: &Case<'_>, instance: u32, ending: &Ending, agents: &Agents, tally: &mut Tally) {
    let asked = case.book.journal.page(instance).asked;
    if ending.elapsed.is_some() && asked > agents.terms(case.group).retries {
        tally.object(case.record, "S8.36", || format!("no reply comes after {asked} restarts"));
    }
}

/// Judges the end of an instant: what was told of has begun.
pub(crate) fn close(agents: &mut Agents, at: SimTime, roster: &Roster, tally: &mut Tally) {
    let mut told = std::mem::take(&mut agents.outages.told);
    for instance in told.drain(..) {
        if agents.outages.of(instance).is_none_or(|outage| outage.began < at) {
            tally.miss(at, "S8.29", || format!("{} told of a reboot, but none began", roster.id(instance)));
        }
    }
    agents.outages.told = told;
}

/// Judges a history that has come to its end.
pub(crate) fn finish(down: u32, at: SimTime, tally: &mut Tally) {
    if down > 0 {
        tally.miss(at, "S8.29", || format!("the history is over, and {down} instances are still rebooting"));
    }
}

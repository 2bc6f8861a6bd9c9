//! An agent runs what it accepts, first come, first served, and refuses what it has no place for.

use crate::{
    base::SimTime,
    check::{
        agents::{AgentTerms, Agents},
        case::Case,
        ledger::Book,
        pools::{Job, Phase},
        report::{About, Tally},
    },
    history::{AgentNote, Ending, Fact, Record, Refusal},
    scenario::Roster,
    ssm::StatusDetails,
};

pub(crate) const ABOUT: About = About {
    rule: "agents",
    title: "workers and buffer are never exceeded, the longest waiting starts first, and refusals are repeated in time",
    source: "S5.14, S7.10, S8.2 to S8.4, S8.16, S8.19, S8.20, S8.27, S8.29, S8.36, O-24, O-25, Settled 9",
};

/// Judges what an agent does with an invocation.
pub(crate) fn judge(case: &Case<'_>, instance: u32, agents: &Agents, tally: &mut Tally) {
    let terms = agents.terms(case.group);
    if !terms.is_busy {
        return judge_idle(case, tally);
    }
    tally.judged += 1;
    match case.record.fact {
        Fact::Accepted { queued, .. } => judge_accepted(case, instance, queued, (terms, agents), tally),
        Fact::Refused { why, .. } => judge_refused(case, (instance, why), (terms, agents), tally),
        Fact::Started { .. } => judge_started(case, instance, (terms, agents), tally),
        _ => judge_released(case, instance, (terms, agents), tally),
    }
}

/// Judges an acknowledgement by an agent that may be busy.
pub(crate) fn judge_acknowledged(case: &Case<'_>, instance: u32, agents: &Agents, tally: &mut Tally) {
    let job = agents.pools.job(instance, case.record.command);
    if !case.is_proof && job.is_none_or(|job| matches!(job.phase, Phase::Refused(_))) {
        tally.object(case.record, "S8.20", || "its agent answers, but has not accepted it".into());
    }
}

/// Judges a final reply by what an agent that may be busy did.
pub(crate) fn judge_end(case: &Case<'_>, instance: u32, ending: &Ending, agents: &Agents, tally: &mut Tally) {
    let job = agents.pools.job(instance, case.record.command);
    let Some(job) = job.filter(|job| ending.elapsed.is_some() && !job.is_again) else { return };
    tally.judged += 1;
    let has_run = matches!(job.phase, Phase::Running | Phase::Gone { ran: true });
    if job.phase == (Phase::Gone { ran: false }) {
        tally.object(case.record, "S7.10", || "a reply to what its agent has dropped".into());
    } else if !has_run {
        tally.object(case.record, "S8.3", || "a reply before a worker has taken it up".into());
    } else if job.restarts == 0 && ending.started != Some(job.since) {
        tally.object(case.record, "S5.14", || "it does not begin when a worker took it up".into());
    }
}

/// Where there are never more commands than workers, nothing waits.
fn judge_idle(case: &Case<'_>, tally: &mut Tally) {
    if matches!(
        case.record.fact,
        Fact::Accepted { queued: true, .. } | Fact::Refused { .. } | Fact::Started { .. }
    ) {
        tally.object(case.record, "S8.2", || "its agent has a worker for every command".into());
    }
}

fn judge_accepted(
    case: &Case<'_>,
    instance: u32,
    queued: bool,
    (terms, agents): (&AgentTerms, &Agents),
    tally: &mut Tally,
) {
    let record = case.record;
    let (pool, job) = (agents.pools.pool(instance), agents.pools.job(instance, record.command));
    let taken = pool.taken();
    let held = agents.ears.held(instance);
    let is_held = held.is_some_and(|held| held.command == record.command);
    let is_again = agents.ears.is_again(record.command, instance);
    if job.filter(|_| !is_again).is_some_and(|job| !matches!(job.phase, Phase::Refused(_))) {
        tally.object(record, "S8.4", || "its agent had accepted it before".into());
    } else if taken >= terms.capacity {
        tally.object(record, "S8.2", || format!("accepted although all {taken} places are taken"));
    } else if queued != (taken >= terms.workers) {
        let which = if queued { "it waits although a worker is free" } else { "no worker is free for it" };
        tally.object(record, "S8.2", || which.into());
    } else if job.and_then(|job| job.may_return()).is_some_and(|earliest| record.time < earliest) {
        tally.object(record, "O-25", || "sent again too soon after it was refused".into());
    } else if is_over(case) && !is_held && !is_again {
        tally.object(record, "O-24", || "its invocation had ended before it reached the agent".into());
    } else if held.is_some_and(|held| if is_held { !held.is_tried(record.time) } else { !held.has_ended }) {
        tally.object(record, "S8.16", || "its agent is deaf, and does not try to take this in now".into());
    }
}

/// Judges what is noted of a message: which agents are deaf, and which get it again.
pub(crate) fn judge_note(
    record: &Record,
    (instance, note): (u32, AgentNote),
    agents: &Agents,
    tally: &mut Tally,
) {
    let Some(terms) = agents.of(instance) else { return };
    let taken = agents.pools.pool(instance).taken();
    let job = agents.pools.job(instance, record.command);
    let is_in_pool = job.is_some_and(|job| matches!(job.phase, Phase::Waiting | Phase::Running));
    match note {
        AgentNote::Deaf if !terms.polls => {
            tally.object(record, "S8.19", || "an agent on MGS refuses what it has no place for".into());
        }
        AgentNote::Deaf if !terms.is_busy || taken < terms.capacity => tally.object(record, "S8.16", || {
            format!("deaf although only {taken} of {} places are taken", terms.capacity)
        }),
        AgentNote::Duplicate | AgentNote::AcknowledgedAgain
            if terms.polls != (note == AgentNote::AcknowledgedAgain) =>
        {
            tally.object(record, "S8.17", || "agents on the other channel answer so".into());
        }
        AgentNote::ExecutedAgain if is_in_pool => {
            tally.object(record, "S8.27", || "its agent knows it, for it is in its pool".into());
        }
        AgentNote::Kept | AgentNote::Resent | AgentNote::Dropped => return,
        _ => {}
    }
    tally.judged += 1;
}

/// Whether a message had been withdrawn: until its deadline nothing else ends what its agent has not seen.
fn is_over(case: &Case<'_>) -> bool {
    case.had_ended && case.book.deadline(false).is_some_and(|deadline| case.record.time < deadline)
}

fn judge_refused(
    case: &Case<'_>,
    (instance, why): (u32, Refusal),
    (terms, agents): (&AgentTerms, &Agents),
    tally: &mut Tally,
) {
    let record = case.record;
    let job = agents.pools.job(instance, record.command);
    let taken = agents.pools.pool(instance).taken();
    if job.is_some_and(|job| !matches!(job.phase, Phase::Refused(_))) {
        tally.object(record, "S8.4", || "its agent had accepted it before".into());
    } else if terms.polls {
        tally.object(record, "S8.16", || "an agent on MDS refuses nothing".into());
    } else if why == Refusal::Closed && !agents.outages.is_closing(instance, record.time) {
        tally.object(record, "S8.29", || "refused as by an agent that stops, but it does not".into());
    } else if why == Refusal::BufferFull && taken < terms.capacity {
        tally.object(record, "S8.2", || {
            format!("refused although only {taken} of {} places are taken", terms.capacity)
        });
    } else if job.and_then(|job| job.may_return()).is_some_and(|earliest| record.time < earliest) {
        tally.object(record, "O-25", || "sent again too soon after it was refused".into());
    } else if is_over(case) {
        tally.object(record, "O-24", || "its invocation had ended before it reached the agent".into());
    }
}

fn judge_started(case: &Case<'_>, instance: u32, (terms, agents): (&AgentTerms, &Agents), tally: &mut Tally) {
    let record = case.record;
    let job = agents.pools.job(instance, record.command);
    let is_expired = case.book.deadline(true).is_some_and(|deadline| record.time > deadline);
    if job.is_none_or(|job| job.phase != Phase::Waiting) {
        tally.object(record, "S8.3", || "it was not waiting for a worker".into());
    } else if agents.pools.pool(instance).running >= terms.workers {
        tally.object(record, "S8.2", || format!("all {} workers are busy", terms.workers));
    } else if agents.pools.is_overtaking(instance, record.command) {
        tally.object(record, "S8.3", || "another command has waited longer".into());
    } else if is_expired && !case.book.terms.readings.agent_runs_expired {
        tally.object(record, "Settled 9", || "it expired while it waited, and does not start".into());
    }
}

fn judge_released(
    case: &Case<'_>,
    instance: u32,
    (terms, agents): (&AgentTerms, &Agents),
    tally: &mut Tally,
) {
    let (record, book) = (case.record, case.book);
    let job = agents.pools.job(instance, record.command);
    let Some(job) = job.filter(|job| matches!(job.phase, Phase::Waiting | Phase::Running)) else {
        tally.object(record, "S8.2", || "released, but its agent did not have it".into());
        return;
    };
    if job.phase == Phase::Running || terms.may_have_stopped(record.time) {
        return;
    }
    let is_expired = book.deadline(true).is_some_and(|deadline| record.time >= deadline);
    let may_expire = (is_expired || job.has_ended) && !book.terms.readings.agent_runs_expired;
    let is_overtaking = agents.pools.is_overtaking(instance, record.command);
    if !(may_expire || book.is_cancel_wanted(instance)) {
        tally.object(record, "S7.10", || "dropped while it waited, but neither cancelled nor expired".into());
    } else if is_overtaking || agents.pools.pool(instance).running >= terms.workers {
        tally.object(record, "S7.10", || "dropped before its turn came".into());
    }
}

/// Judges the end of an instant.
pub(crate) fn close(agents: &mut Agents, books: &[Book], at: SimTime, roster: &Roster, tally: &mut Tally) {
    for &instance in &agents.pools.touched {
        let pool = agents.pools.pool(instance);
        let Some(terms) =
            agents.of(instance).filter(|terms| pool.waiting > 0 && pool.running < terms.workers)
        else {
            continue;
        };
        if !agents.outages.is_down(instance) && !terms.may_have_stopped(at) {
            tally.miss(at, "S8.3", || {
                format!("{} commands wait on {}, and a worker is free", pool.waiting, roster.id(instance))
            });
        }
    }
    for &(command, instance) in &agents.pools.delayed {
        let live = books.get(command as usize).and_then(|book| book.in_flight(instance));
        if live.is_some_and(|live| live.phase != StatusDetails::Delayed) {
            tally.miss(at, "O-25", || format!("{} refused it, but it is not Delayed", roster.id(instance)));
        }
    }
    for &(command, instance, fact) in &agents.pools.released {
        let job = agents.pools.job(instance, command);
        if job.is_some_and(|job| matches!(job.phase, Phase::Waiting | Phase::Running)) {
            tally.miss(at, fact, || format!("{} has not released it", roster.id(instance)));
        }
    }
    agents.pools.end_instant();
}

/// Judges a history that has come to its end: every job has left its pool.
pub(crate) fn finish(agents: &Agents, at: SimTime, roster: &Roster, tally: &mut Tally) {
    let stays = |job: &&Job| agents.of(job.instance).is_some_and(|terms| !terms.may_have_stopped(at));
    for job in agents.pools.occupants().filter(stays) {
        tally.miss(at, "S8.2", || {
            format!("{} never released command {}", roster.id(job.instance), job.command)
        });
    }
}

//! Agents go and come back only as the plan's faults have it, and what they keep meanwhile leaves in time or not at all.

use crate::{
    base::{SimDuration, SimTime},
    check::{
        faults::{FaultBook, Window},
        report::About,
    },
    history::{AgentChange, AgentNote, Fact, Record},
    scenario::plan::Trouble,
};

pub(crate) const ABOUT: About = About {
    rule: "faults",
    title: "agents go and come back as the faults have it, nothing reaches them meanwhile, and replies are kept two hours at most",
    source: "S8.4, S8.11, S8.12, S8.21 to S8.25, S8.27, S8.39, S8.40, S8.43, S8.45, O-22",
};

/// A reply is dropped when it is older (S8.21, S8.22).
const LONGEST_KEPT: SimDuration = SimDuration::from_secs(2 * 3600);
/// An agent forgets no message sooner (S8.27).
const LEAST_REMEMBERED: SimDuration = SimDuration::from_secs(30 * 60);
/// `PingStatus` is ConnectionLost so long after the last ping (O-22).
const CONNECTION_LOST_AFTER: SimDuration = SimDuration::from_secs(15 * 60);
/// And that is not longer before a fault (S8.40).
const PERIOD: SimDuration = SimDuration::from_secs(5 * 60);

type Complaint = Option<(&'static str, &'static str)>;

/// Judges a record about an agent.
pub(crate) fn judge(record: &Record, book: &mut FaultBook) {
    let offence = match record.fact {
        Fact::AgentChanged { instance, change } => judge_change(record.time, (instance, change), book),
        Fact::AgentNoted { instance, note } => judge_note(record, (instance, note), book),
        // Whether the agent takes it in is for `agents` to judge.
        Fact::Accepted { instance, .. } | Fact::Refused { instance, .. } => {
            // What a deaf agent holds had reached it before.
            let was_held = book.held.get(&instance) == Some(&record.command);
            if was_held {
                book.held.remove(&instance);
            }
            let is_cut_off = !was_held && book.is_cut_off(instance, record.time);
            is_cut_off.then_some(("S8.25", "a message has reached its agent, which has no connection"))
        }
        _ => return,
    };
    book.is_told |= matches!(record.fact, Fact::AgentChanged { .. } | Fact::AgentNoted { .. });
    book.tally.judged += 1;
    if let Some((fact, message)) = offence {
        book.tally.object(record, fact, || message.into());
    }
}

fn judge_change(now: SimTime, (instance, change): (u32, AgentChange), book: &mut FaultBook) -> Complaint {
    let began = |window: &Window| window.span.start == now;
    let lost = |window: &&Window| matches!(window.trouble, Trouble::Lost);
    let is_over = |window: &Window| window.span.end <= now;
    match change {
        AgentChange::Disconnected => {
            let fits = book.breaks(instance).any(began);
            let was_offline = book.offline.insert(instance, now).is_some();
            (!fits || was_offline).then_some(("S8.24", "no fault takes its connection now"))
        }
        AgentChange::Connected => {
            let Some(since) = book.offline.remove(&instance) else {
                return Some(("S8.24", "it had not lost its connection"));
            };
            let polls = book.polls(instance);
            let returns = |window: &Window| {
                window.span.end >= since && is_over(window) && window.with_return(polls).contains(&now)
            };
            let fits = !book.is_cut_off(instance, now) && book.breaks(instance).any(returns);
            (!fits).then_some(("S8.24", "no fault has just ended that could have kept it away"))
        }
        AgentChange::ConnectionLost => {
            let missed = |window: &Window| {
                let least = CONNECTION_LOST_AFTER.0 - PERIOD.0;
                (least..=CONNECTION_LOST_AFTER.0).contains(&now.since(window.span.start).0)
            };
            let fits = book.breaks(instance).any(missed);
            let was_silent = book.silent.insert(instance, now).is_some();
            (!fits || was_silent).then_some(("O-22", "its pings have not failed for 15 minutes"))
        }
        AgentChange::Online => {
            let fits = book.silent.remove(&instance).is_some() && !book.is_cut_off(instance, now);
            (!fits).then_some(("S8.40", "no ping of it can have come"))
        }
        AgentChange::Crashed => {
            let fits = book.of(instance).filter(lost).any(began);
            // One that boots may lose its power once more.
            let was_crashed = book.crashed.insert(instance, now) == Some(now);
            (!fits || was_crashed).then_some(("S8.39", "no fault takes its power now"))
        }
        AgentChange::Restarted => {
            let certain = |window: &Window| window.is_certain && window.span.contains(&now);
            let fits = book.crashed.remove(&instance).is_some()
                && book.of(instance).filter(lost).any(is_over)
                && !book.of(instance).filter(lost).any(certain);
            (!fits).then_some(("S8.39", "it has no power yet, or never lost it"))
        }
    }
}

fn judge_note(record: &Record, (instance, note): (u32, AgentNote), book: &mut FaultBook) -> Complaint {
    let (now, job) = (record.time, (record.command, instance));
    let doubles =
        |window: &Window| matches!(window.trouble, Trouble::Duplicates(_)) && window.span.start <= now;
    match note {
        AgentNote::Duplicate => {
            let fits = book.of(instance).any(doubles);
            return (!fits).then_some(("S8.27", "no fault doubles its messages"));
        }
        AgentNote::ExecutedAgain => {
            let forgets = |window: &Window| {
                doubles(window) && window.is_late && now >= window.span.start + LEAST_REMEMBERED
            };
            let fits = book.of(instance).any(forgets);
            return (!fits).then_some(("S8.27", "its agent remembers a message for half an hour at least"));
        }
        AgentNote::Deaf => {
            book.held.insert(instance, record.command);
            return None;
        }
        // On MDS a message that was not acknowledged comes again without a fault (S8.18).
        AgentNote::AcknowledgedAgain => return None,
        AgentNote::Kept | AgentNote::Resent | AgentNote::Dropped => {}
    }
    if note == AgentNote::Kept {
        let polls = book.polls(instance);
        let fits = book.breaks(instance).any(|window| window.with_return(polls).contains(&now));
        book.kept.entry(job).or_default().push_back(now);
        return (!fits).then_some(("S8.21", "no fault keeps its replies from leaving"));
    }
    let kept = book.kept.get_mut(&job);
    let since = kept.and_then(|times| times.pop_front());
    if book.kept.get(&job).is_some_and(|times| times.is_empty()) {
        book.kept.remove(&job);
    }
    let Some(since) = since else { return Some(("S8.21", "its agent keeps no reply")) };
    let is_old = now.since(since) > LONGEST_KEPT;
    if note == AgentNote::Dropped {
        return (!is_old).then_some(("S8.21", "dropped before it was two hours old"));
    }
    let is_cut_off = book.is_cut_off(instance, now);
    (is_old || is_cut_off).then_some(("S8.21", "it is too old to be sent, or its agent has no connection"))
}

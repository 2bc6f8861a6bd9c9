//! An invocation changes only in legal ways and reaches exactly one terminal status.

use crate::{
    check::{
        case::Case,
        live::Live,
        marks::Mark,
        report::{About, Tally},
    },
    history::Ending,
    ssm::{InvocationState, InvocationStatus, StatusDetails as D},
};

pub(crate) const ABOUT: About = About {
    rule: "invocation-states",
    title: "an invocation changes only in legal ways and ends at most once",
    source: "S1.4, T1 to T18, O-20",
};

/// Judges a send.
pub(crate) fn judge_sent(case: &Case<'_>, tally: &mut Tally) {
    if is_open(case, tally) && case.was_sent {
        tally.object(case.record, "T2", || "sent twice".into());
    }
}

/// Judges an acknowledgement.
pub(crate) fn judge_acknowledged(case: &Case<'_>, tally: &mut Tally) {
    if is_open(case, tally) && case.live.is_some_and(|live| live.received.is_some()) {
        tally.object(case.record, "Settled 8", || "acknowledged twice".into());
    }
}

/// Judges a change of status. `unacknowledged` takes what only offends in a history that tells acknowledgements at all.
pub(crate) fn judge_changed(
    case: &Case<'_>,
    state: InvocationState,
    tally: &mut Tally,
    unacknowledged: &mut Tally,
) {
    if is_open(case, tally) {
        judge_change(case, state, tally, unacknowledged);
    }
}

/// Judges a terminal status.
pub(crate) fn judge_end(case: &Case<'_>, ending: &Ending, tally: &mut Tally) {
    if !is_open(case, tally) {
        return;
    }
    let (from, to) = (case.live.map(|live| live.phase), ending.state.details);
    if !may_end(from, to) {
        tally.object(case.record, "section 2.1", || match from {
            Some(from) => format!("{} cannot end as {}", from.name(), to.name()),
            None => format!("an invocation that was never sent cannot end as {}", to.name()),
        });
    } else if case.live.is_some_and(|live| live.skips_in_progress()) {
        tally.object(case.record, "Settled 8", || "acknowledged, but never InProgress".into());
    }
}

/// Judges what is told of the agent.
pub(crate) fn judge_agent(case: &Case<'_>, tally: &mut Tally) {
    if case.is_proof {
        tally.object(case.record, "T2", || "the invocation was never sent".into());
    }
}

/// Judges a final reply that came too late.
pub(crate) fn judge_late_reply(case: &Case<'_>, tally: &mut Tally) {
    tally.judged += 1;
    if !case.had_ended {
        tally.object(case.record, "O-20", || "a late reply before the invocation had ended".into());
    } else if case.marks.has(Mark::LateReply) {
        tally.object(case.record, "O-20", || "the final reply came late twice".into());
    }
}

/// Judges that an instance was broken.
pub(crate) fn judge_broken(case: &Case<'_>, tally: &mut Tally) {
    tally.judged += 1;
    if !case.was_sent {
        tally.object(case.record, "T2", || "broken, but never sent".into());
    } else if case.marks.has(Mark::Broken) {
        tally.object(case.record, "Settled 13", || "broken twice".into());
    }
}

/// Whether the invocation was sent, or is now, and has not ended.
fn is_open(case: &Case<'_>, tally: &mut Tally) -> bool {
    tally.judged += 1;
    if case.had_ended {
        tally.object(case.record, "T18", || "nothing follows a terminal status".into());
    } else if case.is_proof {
        tally.object(case.record, "T2", || "the invocation was never sent".into());
    }
    !(case.had_ended || case.is_proof)
}

fn judge_change(case: &Case<'_>, to: InvocationState, tally: &mut Tally, unacknowledged: &mut Tally) {
    let Some(live) = case.live else { return };
    if !is_pair(to) {
        tally.object(case.record, "S1.4", || {
            format!("{:?}/{} is no pair of an invocation under way", to.status, to.details.name())
        });
    } else if !may_change(live, to.details) {
        tally.object(case.record, "section 2.1", || {
            format!("{} cannot become {}", live.phase.name(), to.details.name())
        });
    } else if to.details == D::InProgress && !live.has_run && live.received != Some(case.record.time) {
        unacknowledged.object(case.record, "Settled 8", || "InProgress, but not just acknowledged".into());
    }
}

fn is_pair(state: InvocationState) -> bool {
    matches!(
        (state.status, state.details),
        (InvocationStatus::InProgress, D::InProgress)
            | (InvocationStatus::Delayed, D::Delayed)
            | (InvocationStatus::Cancelling, D::Cancelling)
    )
}

/// T2 to T4, T12. That it goes on being InProgress over a reboot (T17) is no change and is not told.
fn may_change(live: &Live, to: D) -> bool {
    match (live.phase, to) {
        (D::Pending, D::InProgress | D::Delayed)
        | (D::Delayed, D::InProgress)
        | (D::InProgress, D::Delayed | D::Cancelling) => true,
        // What was not received is for `cancel` to judge (O-24).
        (D::Pending | D::Delayed, D::Cancelling) => !live.skips_in_progress(),
        _ => false,
    }
}

/// T5 to T11, T13 to T16; `None` is an invocation that was never sent.
fn may_end(from: Option<D>, to: D) -> bool {
    match from {
        None => {
            matches!(
                to,
                D::Cancelled | D::Terminated | D::InvalidPlatform | D::AccessDenied | D::DeliveryTimedOut
            )
        }
        Some(D::Pending | D::Delayed) => matches!(to, D::DeliveryTimedOut | D::Undeliverable | D::Cancelled),
        Some(_) => {
            matches!(to, D::Success | D::Failed | D::Cancelled | D::ExecutionTimedOut | D::DeliveryTimedOut)
        }
    }
}

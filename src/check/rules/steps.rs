//! The agent tells of every step, in order and as the document has it, and the invocation's ending sums them up.

use crate::{
    base::SimTime,
    check::{
        agents::Agents,
        case::Case,
        outages,
        progress::Page,
        report::{About, Tally},
        script::StepTerms,
        terms::GroupTerms,
    },
    history::{Ending, StepReply},
    ssm::{StatusDetails as D, StepStatus as S, document::OnFailure},
};

pub(crate) const ABOUT: About = About {
    rule: "steps",
    title: "steps are told once each, in the document's order, and add up to the invocation's ending",
    source: "S2.1, S2.2, S5.14, S6.1, S6.3, S7.7, S7.8, S8.26, S8.28, S8.32, S8.34, section 8.6",
};

/// Judges the final reply, which sums the steps up.
pub(crate) fn judge_end(case: &Case<'_>, instance: u32, ending: &Ending, agents: &Agents, tally: &mut Tally) {
    if ending.elapsed.is_none() {
        return;
    }
    let page = case.book.journal.page(instance);
    let may_differ = ending.started.is_some_and(|started| agents.outages.has_interrupted(instance, started));
    if case.book.script.is_told() {
        tally.judged += 1;
        judge_sum(case, &page, ending, may_differ, tally);
    } else {
        judge_only_step(case, &page, ending, may_differ, tally);
    }
}

/// Judges a reply about a step.
pub(crate) fn judge_reply(
    case: &Case<'_>,
    instance: u32,
    (number, reply): (u32, &StepReply),
    agents: &Agents,
    tally: &mut Tally,
) {
    tally.judged += 1;
    let (group, record, retries) = (case.group, case.record, agents.terms(case.group).retries);
    let (script, page) = (&case.book.script, case.book.journal.page(instance));
    let step = script.step(number);
    let left_behind =
        page.latest.filter(|(told, latest)| latest.status == S::Skipped && *told != record.time);
    if case.had_ended {
        tally.object(record, "S8.26", || "a reply about a step after the invocation had ended".into());
    } else if case.live.is_some_and(|live| live.received.is_none()) {
        tally.object(record, "S8.26", || "a reply about a step before the agent's first reply".into());
    } else if !script.is_told() && reply.status != S::SuccessAndReboot {
        tally.object(record, "S8.26", || "a document of one step tells of its end by the final reply".into());
    } else if number != page.next {
        tally.object(record, "S8.26", || format!("step {number} told, but it was the turn of {}", page.next));
    } else if left_behind.is_some() {
        tally.object(record, "S8.26", || "the skipped step before it was told in an earlier instant".into());
    } else if !may_end(reply.status, step, &page, group, case.book.is_cancel_wanted(instance)) {
        let fact = if reply.status == S::Cancelled { "S7.7" } else { "S8.32" };
        tally.object(record, fact, || format!("step {number} cannot be {:?} here", reply.status));
    } else if !fits_code(reply, step, group) {
        tally.object(record, "section 8.6", || {
            format!("response code {} does not belong to {:?}", reply.response_code, reply.status)
        });
    } else if reply.status == S::SuccessAndReboot && page.reboots > retries {
        tally.object(record, "S8.36", || format!("it was restarted {} times before", page.reboots));
    } else {
        judge_times(case, number, reply, &page, tally);
    }
}

/// Whether a step may come to this (S8.32, S8.34, S7.7).
fn may_end(status: S, step: &StepTerms, page: &Page, group: &GroupTerms, is_cancel_wanted: bool) -> bool {
    let fits = step.fits(group.platform);
    match status {
        S::Skipped => !fits || (page.is_over && !step.finally),
        S::Cancelled => is_cancel_wanted,
        _ => fits && (step.finally || !(page.is_over || page.cancelled.is_some())),
    }
}

/// The table of section 8.6.
fn fits_code(reply: &StepReply, step: &StepTerms, group: &GroupTerms) -> bool {
    let (code, kill, reboot) = (reply.response_code, group.kill_code(), group.reboot_code());
    let is_failure = ![0, 168, kill, reboot].contains(&code);
    match reply.status {
        S::Success => {
            [0, 168].contains(&code) || (is_failure && step.on_failure == OnFailure::SuccessAndExit)
        }
        S::Failed => is_failure,
        S::TimedOut => code == kill,
        S::Cancelled => code == kill || code == -1,
        S::Skipped => code == -1,
        S::SuccessAndReboot => code == reboot,
    }
}

fn judge_times(case: &Case<'_>, number: u32, reply: &StepReply, page: &Page, tally: &mut Tally) {
    let (record, script) = (case.record, &case.book.script);
    let StepReply { started, elapsed, .. } = *reply;
    let limit = script.step(number).limit;
    let is_unrun = reply.status == S::Skipped;
    let is_again = page.latest.is_some_and(|(_, latest)| latest.status == S::SuccessAndReboot);
    let earliest = match page.end() {
        Some(end) if is_again && reply.status != S::Cancelled => Some(end + outages::LEAST),
        None => case.live.and_then(|live| live.sent),
        end => end,
    };
    let may_be_killed = script.may_be_killed(case.group, number);
    if earliest.is_some_and(|earliest| started < earliest) {
        tally.object(record, "S5.14", || "it began before what comes before it".into());
    } else if is_unrun && (elapsed.0 > 0 || page.end().is_some_and(|end| started != end)) {
        tally.object(record, "S8.34", || "a step that did not run has no time of its own".into());
    } else if started > record.time || elapsed > record.time.since(started) {
        tally.object(record, "S5.14", || format!("an execution of {elapsed} cannot have ended by then"));
    } else if elapsed > limit {
        tally.object(record, "S5.15", || format!("it ran for {elapsed}, the timeout is {limit}"));
    } else if reply.status == S::TimedOut && elapsed < limit && !may_be_killed {
        tally.object(record, "S5.8", || format!("TimedOut after {elapsed}, the timeout is {limit}"));
    }
}

/// Judges the final reply of a document whose steps are told.
fn judge_sum(case: &Case<'_>, page: &Page, ending: &Ending, may_differ: bool, tally: &mut Tally) {
    let (record, script) = (case.record, &case.book.script);
    let (details, code) = (ending.state.details, ending.response_code);
    let told: Option<SimTime> = page.latest.map(|(told, _)| told);
    if page.next < script.len() {
        tally.object(record, "S8.26", || format!("only {} of {} steps were told", page.next, script.len()));
    } else if told != Some(record.time) {
        tally.object(record, "S8.26", || "its last step was told in an earlier instant".into());
    } else if details != page.sum() {
        tally.object(record, "S6.1", || {
            format!("{} told, but the steps add up to {}", details.name(), page.sum().name())
        });
    } else if !page.may_tell(code) {
        tally.object(record, "S6.1", || format!("response code {code} is not that of the step that decides"));
    } else {
        judge_span(case, page, ending, may_differ, tally);
    }
}

/// Judges the final reply of a document of one step, of which only reboots were told.
fn judge_only_step(case: &Case<'_>, page: &Page, ending: &Ending, may_differ: bool, tally: &mut Tally) {
    let is_forgiving = case.book.script.step(0).on_failure == OnFailure::SuccessAndExit;
    if is_forgiving && ending.state.details == D::Failed {
        tally.object(case.record, "S8.32", || {
            "a failure of its only step ends the document with success".into()
        });
    } else if page.latest.is_some() || page.asked > 0 {
        tally.judged += 1;
        judge_span(case, page, ending, may_differ, tally);
    }
}

/// Judges that an ending spans all steps, from the first run of the first, and that no reboot was left untold.
/// `may_differ`: another command's reboot may have interrupted the first run, of which nothing was told then. The same holds where the
/// agent dropped the reply about it.
fn judge_span(case: &Case<'_>, page: &Page, ending: &Ending, may_differ: bool, tally: &mut Tally) {
    let record = case.record;
    let started = ending.started;
    let end = started.zip(ending.elapsed).map(|(started, elapsed)| started + elapsed);
    let may_differ = may_differ || page.dropped > 0;
    let begins_with = |began| started == Some(began) || (may_differ && started < Some(began));
    if page.asked > page.reboots + page.dropped {
        tally.object(record, "S8.26", || {
            format!("{} reboots were asked for, {} were told", page.asked, page.reboots)
        });
    } else if page.began.is_some_and(|began| !begins_with(began)) {
        tally.object(record, "S5.14", || "it does not begin with its first step".into());
    } else if case.book.script.is_told() && end != page.end() {
        tally.object(record, "S5.14", || "it does not end with its last step".into());
    }
}

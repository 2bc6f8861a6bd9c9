//! Outputs go where the request wants them and the instance profile lets them, before the reply about their step.

use crate::{
    base::{SimDuration, SimTime},
    check::{
        ledger::Book,
        report::{About, Tally},
        terms::GroupTerms,
        uploads::UploadBook,
    },
    history::{Ending, Record, StepReply},
    output::{Failure, Store, Upload, logs, s3},
    ssm::{StatusDetails, StepStatus},
};

pub(crate) const ABOUT: About = About {
    rule: "uploads",
    title: "outputs are put where they are wanted and allowed, as often as may be, and before the reply about their step",
    source: "S11.5, S11.6, S11.12, S11.14 to S11.16, S12.18",
};

/// Judges what became of a stream. `may_run_again`: its step may have begun anew after a reboot.
pub(crate) fn judge(
    record: &Record,
    upload: &Upload,
    (book, group, may_run_again): (&Book, &GroupTerms, bool),
    uploads: &mut UploadBook,
) {
    let command = record.command;
    let (put, group) = (uploads.before(command, upload.instance), group.group);
    let fault = if !uploads.wants(command, group, upload.store) {
        Some(("S11.12", "nobody asked for outputs there"))
    } else if upload.step >= book.script.len() {
        Some(("S11.2", "the document has no such step"))
    } else if !book.was_sent(upload.instance) {
        Some(("S11.6", "its invocation was never sent"))
    } else if uploads.has_replied(command, upload.instance)
        || book.journal.page(upload.instance).next > upload.step
    {
        Some(("S11.15", "the reply about its step had come"))
    } else if !may_run_again && put.contains(&(upload.step, upload.stream, upload.store)) {
        Some(("S11.6", "it was put before"))
    } else if put.last().is_some_and(|(step, ..)| *step > upload.step) {
        Some(("S11.6", "a later step has begun"))
    } else if uploads.denies(command, group, upload.store) != (upload.failure == Some(Failure::AccessDenied))
    {
        Some(("S12.18", "the instance profile says otherwise"))
    } else if upload.bytes > 0 && uploads.is_out(upload, record.time) {
        Some(("S11.6", "the store took nothing then"))
    } else {
        fault_of_calls(record.time, upload, uploads.period)
    };
    uploads.tally.judged += 1;
    if let Some((fact, message)) = fault {
        uploads.tally.object(record, fact, || message.into());
    }
    uploads.note(command, upload);
}

/// What is wrong with the number of calls and their times.
fn fault_of_calls(
    time: SimTime,
    upload: &Upload,
    period: SimDuration,
) -> Option<(&'static str, &'static str)> {
    let Upload { store, bytes, calls, since, failure, .. } = *upload;
    let took = time.since(since);
    if since > time {
        return Some(("S11.6", "the first call was made after the last"));
    }
    if bytes == 0 && failure.is_none() {
        return Some(("S11.5", "an empty stream is not put"));
    }
    match (store, failure) {
        (Store::S3, Some(Failure::TimedOut)) | (Store::Logs, Some(Failure::Failed)) => {
            Some(("S11.6", "it cannot fail like this"))
        }
        (Store::S3, _) => {
            let delays = (1..calls).map(|attempt| s3::delay_bounds(attempt).0.0).sum();
            if !(1..=s3::ATTEMPTS).contains(&calls) || (failure.is_some() && calls < s3::ATTEMPTS) {
                Some(("S11.6", "an object is tried once and at most five times more, until it is put"))
            } else if took < SimDuration(delays) {
                Some(("S11.6", "it was tried again too soon"))
            } else {
                None
            }
        }
        (Store::Logs, Some(Failure::AccessDenied)) if calls > 0 => {
            Some(("S11.16", "a stream that is denied is not made"))
        }
        (Store::Logs, _) if bytes > u64::from(calls) * logs::CALL_BYTES => {
            Some(("S11.14", "its calls cannot have put so much"))
        }
        (Store::Logs, _) if took.0 < u64::from(calls).saturating_sub(1) * period.0 => {
            Some(("S11.14", "its calls came too fast"))
        }
        (Store::Logs, _) => None,
    }
}

/// Judges when a reply about a step comes: not before the agent has seen that nothing is left to put.
pub(crate) fn judge_reply(record: &Record, reply: &StepReply, group: &GroupTerms, uploads: &mut UploadBook) {
    let has_run = !matches!(reply.status, StepStatus::Skipped | StepStatus::Cancelled);
    if has_run {
        judge_wait(record, (reply.started, reply.elapsed), group, uploads);
    }
}

/// Judges a final reply. `is_only`: there is one step, which ran once.
pub(crate) fn judge_end(
    record: &Record,
    ending: &Ending,
    (group, is_only): (&GroupTerms, bool),
    uploads: &mut UploadBook,
) {
    let (Some(started), Some(elapsed)) = (ending.started, ending.elapsed) else { return };
    if is_only && ending.state.details != StatusDetails::Cancelled {
        judge_wait(record, (started, elapsed), group, uploads);
    }
}

fn judge_wait(
    record: &Record,
    (started, elapsed): (SimTime, SimDuration),
    group: &GroupTerms,
    uploads: &mut UploadBook,
) {
    if !uploads.wants(record.command, group.group, Store::Logs) || elapsed == SimDuration::ZERO {
        return;
    }
    uploads.tally.judged += 1;
    let ticks = elapsed.0.div_ceil(uploads.period.0.max(1));
    let seen = started + SimDuration(ticks * uploads.period.0);
    if record.time < seen.min(started + elapsed + logs::LONGEST_WAIT) {
        let tally: &mut Tally = &mut uploads.tally;
        tally.object(record, "S11.15", || "the reply did not wait for the log events".into());
    }
}

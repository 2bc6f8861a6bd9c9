//! Nothing is cancelled that nobody cancelled, and nothing is sent after a cancel.

use super::{Case, Tally, shown};
use crate::{
    check::{outside::case::Invocation, report::About},
    seen::{CancelSighting, track::later},
    ssm::{CommandStatus, StatusDetails as D},
};

pub(crate) const ABOUT: About = About {
    rule: "cancel",
    title: "nothing is cancelled that nobody cancelled, and nothing is sent after a cancel",
    source: "S7.1, T12 to T16, C7, C8, Settled 6",
};

pub(super) fn judge(case: &Case<'_>, tally: &mut Tally) -> Vec<&'static str> {
    for invocation in &case.invocations {
        tally.judged += 1;
        judge_cause(case, invocation, tally);
        judge_sent(case, invocation, tally);
    }
    vec![]
}

fn judge_cause(case: &Case<'_>, invocation: &Invocation<'_>, tally: &mut Tally) {
    let is_cancelled = |details| matches!(details, D::Cancelling | D::Cancelled);
    let found =
        invocation.phases.iter().find(|phase| phase.details_told && is_cancelled(phase.state.details));
    let Some(phase) = found else { return };
    let (by, instance) = (phase.began.until, invocation.instance);
    let mut causes = case.cancels.iter().filter(|cancel| names(cancel, instance));
    if causes.any(|cancel| cancel.when.earliest() <= by) {
        return;
    }
    if case.has_alarm() {
        // What its alarm keeps from being sent may be told as Cancelled (S4.30, O-62).
        return tally.doubt(format!("command {}: whether its alarm stopped it is not told", case.id));
    }
    if case.header.requests {
        let message = format!("command {}: nobody had cancelled it on {instance} by then", case.id);
        return tally.object(by, "S7.1", message);
    }
    let cancelled = [CommandStatus::Cancelling, CommandStatus::Cancelled];
    let sights = case.command.polled.sights().iter().chain(case.command.told.sights());
    if !sights.into_iter().any(|sight| cancelled.contains(&sight.state.status)) {
        tally.doubt(format!("command {}: the record does not tell who cancelled it on {instance}", case.id));
    }
}

fn judge_sent(case: &Case<'_>, invocation: &Invocation<'_>, tally: &mut Tally) {
    let (Some(requested), Some(_)) = (invocation.track.requested, invocation.sent_by) else { return };
    let before = |cancel: &&CancelSighting| later(cancel.when.latest(), case.slack) < requested;
    let mut cancels = case.cancels.iter().filter(|cancel| names(cancel, invocation.instance));
    if let Some(cancel) = cancels.find(before) {
        let (at, since) = (shown(requested), shown(cancel.when.latest()));
        let message =
            format!("command {}: sent to {} at {at}, cancelled at {since}", case.id, invocation.instance);
        tally.object(requested, "T13", message);
    }
}

fn names(cancel: &CancelSighting, instance: &str) -> bool {
    cancel.instance_ids.is_empty() || cancel.instance_ids.iter().any(|id| id == instance)
}

//! An invocation changes only in legal ways and reaches one terminal status.

use super::{Case, Tally, shown};
use crate::{
    check::{outside::case::Invocation, report::About},
    ssm::{InvocationState, InvocationStatus, StatusDetails as D},
};

pub(crate) const ABOUT: About = About {
    rule: "invocation-states",
    title: "an invocation changes only in legal ways and ends at most once",
    source: "S1.4, T1 to T18",
};

pub(super) fn judge(case: &Case<'_>, tally: &mut Tally) -> Vec<&'static str> {
    for invocation in &case.invocations {
        tally.judged += invocation.track.polled.sights().len() as u64;
        judge_one(case, invocation, tally);
    }
    vec![]
}

fn judge_one(case: &Case<'_>, invocation: &Invocation<'_>, tally: &mut Tally) {
    let sights = invocation.track.polled.sights();
    let who = || format!("command {} on {}", case.id, invocation.instance);
    if let Some((one, other)) = invocation.track.polled.second_end() {
        let (one, other) = (name(one.state), name(other.state));
        let at = sights.last().map(|sight| sight.first.to).unwrap_or_default();
        return tally.object(at, "T18", format!("{}: seen to end as {one} and as {other}", who()));
    }
    if let Some((early, late)) = invocation.track.polled.step_back() {
        let fact = if late.state.status.is_terminal() { "T18" } else { "section 2.1" };
        let (early, late, since) = (name(early.state), name(late.state), (early.last.from, late.first.to));
        let message = format!("{}: {late} at {}, and then {early}", who(), shown(since.1));
        return tally.object(since.0, fact, message);
    }
    // T8 to T10: what was never sent alone ends so.
    let unsent = [D::Terminated, D::InvalidPlatform, D::AccessDenied];
    if let Some(end) =
        sights.last().filter(|sight| sight.details_told && unsent.contains(&sight.state.details))
        && let Some(sent) = sights.iter().find(|sight| is_sent(sight.state.status))
    {
        let message = format!("{}: {} cannot end as {}", who(), name(sent.state), name(end.state));
        tally.object(end.first.to, "section 2.1", message);
    }
}

fn is_sent(status: InvocationStatus) -> bool {
    matches!(status, InvocationStatus::InProgress | InvocationStatus::Delayed)
}

fn name(state: InvocationState) -> String {
    format!("{}/{}", state.status.name(), state.details.name())
}

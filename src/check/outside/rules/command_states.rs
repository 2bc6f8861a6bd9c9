//! A command changes only in legal ways, and ends with its last invocation.

use super::{Case, Tally, shown};
use crate::{
    check::report::About,
    ssm::{CommandState, CommandStatus},
};

pub(crate) const ABOUT: About = About {
    rule: "command-states",
    title: "a command changes only in legal ways, and ends once, with its last invocation",
    source: "C1 to C10, O-2, O-8",
};

pub(super) fn judge(case: &Case<'_>, tally: &mut Tally) -> Vec<&'static str> {
    let sights = case.command.polled.sights();
    tally.judged += sights.len() as u64;
    if let Some((one, other)) = case.command.polled.second_end() {
        let (at, one, other) = (other.first.to, name(one.state), name(other.state));
        tally.object(at, "C9", format!("command {}: seen to end as {one} and as {other}", case.id));
    } else if let Some((early, late)) = case.command.polled.step_back() {
        let (at, since) = (early.last.from, shown(late.first.to));
        let (early, late) = (name(early.state), name(late.state));
        tally.object(at, "section 2.2", format!("command {}: {late} at {since}, and then {early}", case.id));
    }
    judge_pending(case, tally);
    judge_end(case, tally)
}

/// By the later of the two readings a command is InProgress when the first agent has received it.
fn judge_pending(case: &Case<'_>, tally: &mut Tally) {
    let Some(pending) =
        case.command.polled.sights().first().filter(|sight| sight.state.status == CommandStatus::Pending)
    else {
        return;
    };
    let sent = case.invocations.iter().filter_map(|invocation| Some((invocation.sent_by?, invocation)));
    if let Some((sent_by, invocation)) = sent.min_by_key(|(sent_by, _)| *sent_by)
        && pending.last.from > sent_by
    {
        let (since, instance) = (shown(sent_by), invocation.instance);
        let message = format!("command {}: Pending, but {instance} had it at {since}", case.id);
        tally.object(pending.last.from, "O-2", message);
    }
}

fn judge_end(case: &Case<'_>, tally: &mut Tally) -> Vec<&'static str> {
    let last = case.command.polled.sights().last();
    let Some(end) = last.filter(|sight| sight.state.status.is_terminal()) else { return vec![] };
    let by = end.first.to;
    let open = case.invocations.iter().filter(|invocation| invocation.open_at > by);
    let Some(open) = open.max_by_key(|invocation| invocation.open_at) else { return vec![] };
    if end.state.status == CommandStatus::Failed {
        return vec!["O-8: a command is Failed before its last invocation ends"];
    }
    let (since, until, end) = (shown(by), shown(open.open_at), name(end.state));
    let message =
        format!("command {}: {end} at {since}, but {} had not ended at {until}", case.id, open.instance);
    tally.object(open.open_at, "C9", message);
    vec![]
}

fn name(state: CommandState) -> String {
    format!("{}/{}", state.status.name(), state.details.name())
}

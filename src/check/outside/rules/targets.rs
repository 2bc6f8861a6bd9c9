//! A command goes to the instances that the request names, and to as many as `TargetCount` says.

use super::{Case, Tally};
use crate::check::report::About;

pub(crate) const ABOUT: About = About {
    rule: "targets",
    title: "a command goes to the instances that its request names, and to TargetCount of them",
    source: "S1.28, S3.1, S3.8, O-45",
};

pub(super) fn judge(case: &Case<'_>, tally: &mut Tally) -> Vec<&'static str> {
    let ids = case.command.request.as_ref().and_then(|request| request.instance_ids.as_deref());
    for invocation in &case.invocations {
        tally.judged += 1;
        if let Some(ids) = ids.filter(|ids| !ids.is_empty())
            && !ids.iter().any(|id| id == invocation.instance)
            && let Some(phase) = invocation.phases.first()
        {
            tally.object(
                phase.began.until,
                "S3.1",
                format!(
                    "command {} names its instances, and {} is none of them",
                    case.id, invocation.instance
                ),
            );
        }
    }
    let Some(total) = case.total else { return vec![] };
    tally.judged += 1;
    if case.invocations.len() > total as usize {
        let latest = case.invocations.iter().filter_map(|invocation| invocation.phases.first());
        let at = latest.map(|phase| phase.began.until).max().unwrap_or_default();
        let found = case.invocations.len();
        tally.object(at, "S1.28", format!("command {}: {found} invocations, TargetCount {total}", case.id));
    }
    vec![]
}

//! The counters of a command count its invocations.

use jiff::Timestamp;

use super::{Case, Tally};
use crate::{
    check::{
        outside::{case::Invocation, command::Counts},
        report::About,
    },
    ssm::{CommandStatus, StatusDetails as D},
};

pub(crate) const ABOUT: About = About {
    rule: "counters",
    title: "TargetCount, CompletedCount, ErrorCount and DeliveryTimedOutCount count the command's invocations",
    source: "S1.28, S4.20 to S4.22, O-45, O-47",
};

pub(super) fn judge(case: &Case<'_>, tally: &mut Tally) -> Vec<&'static str> {
    let missing = case.missing();
    // S1.28: by the model's list InvalidPlatform and AccessDenied are not completed; O-47: Terminated may not be either.
    let unclear = [D::InvalidPlatform, D::AccessDenied, D::Terminated];
    let surely = |one: &Invocation<'_>| one.ending().is_none_or(|details| !unclear.contains(&details));
    let errors = [D::Failed, D::ExecutionTimedOut];
    let count = |certain: &dyn Fn(&Invocation<'_>) -> bool, possible: &dyn Fn(&Invocation<'_>) -> bool| {
        Bounds::new(&case.invocations, missing, certain, possible)
    };
    let is =
        |ways: &'static [D]| move |one: &Invocation<'_>| one.ending().is_some_and(|way| ways.contains(&way));
    let completed = count(&surely, &|_| true);
    let failed = count(&is(&[D::Failed, D::ExecutionTimedOut]), &|one| one.may_end_as(&errors));
    let late = count(&is(&[D::DeliveryTimedOut]), &|one| one.may_end_as(&[D::DeliveryTimedOut]));
    for counts in &case.command.counts {
        judge_target(case, counts, tally);
        for (name, told, bounds) in [
            ("CompletedCount", counts.completed, &completed),
            ("ErrorCount", counts.error, &failed),
            ("DeliveryTimedOutCount", counts.delivery_timed_out, &late),
        ] {
            let Some(told) = told else { continue };
            tally.judged += 1;
            let (least, most) = (bounds.least(counts.at.from), bounds.most(counts.at.to));
            if told < least || most.is_some_and(|most| told > most) {
                let most = most.map_or("any number".into(), |most| most.to_string());
                let message =
                    format!("command {}: {name} {told}, by the invocations it is {least} to {most}", case.id);
                tally.object(counts.at.to, "S1.28", message);
            }
        }
    }
    vec![]
}

/// `TargetCount` stays what it is, once the targets are resolved.
fn judge_target(case: &Case<'_>, counts: &Counts, tally: &mut Tally) {
    let (Some(told), Some(total)) = (counts.target, case.total) else { return };
    tally.judged += 1;
    if counts.status != CommandStatus::Pending && told != total {
        tally.object(
            counts.at.to,
            "S1.28",
            format!("command {}: TargetCount {told}, and {total} in another answer", case.id),
        );
    }
}

/// How many invocations had ended in a certain way, at the least and at the most.
struct Bounds {
    /// The instants by which one more certainly had.
    by: Vec<Timestamp>,
    /// The instants until which one more certainly had not.
    not_before: Vec<Timestamp>,
    /// Those that the record tells nothing of; `None` when nobody knows how many.
    missing: Option<u32>,
}

impl Bounds {
    fn new(
        invocations: &[Invocation<'_>],
        missing: Option<u32>,
        certain: &dyn Fn(&Invocation<'_>) -> bool,
        possible: &dyn Fn(&Invocation<'_>) -> bool,
    ) -> Self {
        let certain = invocations.iter().filter(|one| certain(one));
        let mut by: Vec<Timestamp> = certain.filter_map(|one| Some(one.end()?.began.until)).collect();
        let possible = invocations.iter().filter(|one| possible(one));
        let mut not_before: Vec<Timestamp> = possible.map(|one| one.open_at).collect();
        by.sort_unstable();
        not_before.sort_unstable();
        Self { by, not_before, missing }
    }

    fn least(&self, at: Timestamp) -> u32 {
        u32::try_from(self.by.partition_point(|&by| by <= at)).unwrap_or(u32::MAX)
    }

    fn most(&self, at: Timestamp) -> Option<u32> {
        let possible = self.not_before.partition_point(|&not_before| not_before < at);
        u32::try_from(possible).ok()?.checked_add(self.missing?)
    }
}

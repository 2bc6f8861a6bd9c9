//! Quotas that the user assumes.

use crate::{
    base::{CallRate, SimDuration},
    scenario::{
        document::{Calls, Scenario},
        origin::Basis,
        plan::AssumedQuotas,
        review::Review,
    },
};

/// As the standard mode of AWS's SDKs.
const ATTEMPTS: u32 = 3;

/// The quotas of a scenario that has any.
pub(super) fn resolve(scenario: &Scenario, review: &mut Review<'_>) -> Option<AssumedQuotas> {
    let written = scenario.assumed.as_ref()?;
    review.origins.note("/assumed", Basis::Scenario);
    let why = "as AWS's SDKs do in their standard mode";
    let attempts = review.choose("/assumed/attempts", written.attempts, ATTEMPTS, why);
    if written.list_command_invocations.is_some() && scenario.polling.is_none() {
        let help = "add [polling], whose client makes such calls";
        review.warning("/assumed/list_command_invocations", "nobody lists invocations", help);
    }
    let lists = rate("/assumed/list_command_invocations", written.list_command_invocations, review);
    Some(AssumedQuotas {
        send_command: rate("/assumed/send_command", written.send_command, review),
        list_command_invocations: lists,
        pending_invocations: written.pending_invocations,
        attempts,
    })
}

fn rate(path: &str, written: Option<Calls>, review: &mut Review<'_>) -> Option<CallRate> {
    let Calls { rate, burst } = written?;
    let default = rate.ceil() as u32;
    let burst = review.choose(format!("{path}/burst"), burst, default, "as many as pass in a second");
    Some(CallRate { every: SimDuration((1e6 / rate).round() as u64), burst })
}

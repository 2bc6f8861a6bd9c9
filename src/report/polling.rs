//! What clients that list invocations ask of the API, in figures and sentences.

use serde::Serialize;

use super::human;
use crate::{
    ensemble::Ensemble,
    measure::{PollingTotals, Spread},
    scenario::plan::Plan,
};

/// What clients did that list invocations until a command has ended, over all replications. Times are microseconds.
#[derive(Clone, Debug, Serialize)]
pub struct PollingSummary {
    /// From one listing to the next.
    pub every: u64,
    /// Invocations in a page.
    pub page: u32,
    /// Listings of all replications, each of all pages.
    pub listings: u64,
    /// Calls of all replications that the assumed rate refused first (O-46).
    pub throttled: u64,
    /// Calls of `ListCommandInvocations`, replication by replication.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub calls: Option<Spread>,
    /// The most of them in any second, replication by replication.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub peak_per_second: Option<Spread>,
    /// From the end of a command to the listing that shows it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub late: Option<Spread>,
    /// What it means, in sentences.
    pub story: Vec<String>,
}

/// The figures; `None` where the plan has no such client.
pub(super) fn sum_up(plan: &Plan, ensemble: &Ensemble) -> Option<PollingSummary> {
    let (polling, totals) = (plan.polling?, ensemble.polling.as_ref()?);
    let calls = Spread::of_sample(&totals.calls);
    let peak_per_second = Spread::of_sample(&totals.peaks);
    let late = Spread::of_durations(&totals.late);
    let mut story = Vec::new();
    if let (Some(calls), Some(peak)) = (&calls, &peak_per_second) {
        story.push(format!(
            "a client that lists {} invocations a page every {} makes {} calls of ListCommandInvocations, {} in one second at most",
            polling.page,
            polling.every,
            human::count(calls.p50),
            human::count(peak.max),
        ));
    }
    if let Some(late) = &late {
        let [p50, max] = [late.p50, late.max].map(|micros| human::micros(micros as f64));
        story.push(format!("it sees the end of a command {p50} late in the median, {max} at most"));
    }
    if totals.throttled > 0 {
        let calls = human::count(totals.throttled);
        story.push(format!(
            "the assumed rate refused {calls} calls first, which were made as soon as they passed"
        ));
    }
    let (every, page) = (polling.every.0, polling.page);
    let PollingTotals { listings, throttled, .. } = *totals;
    Some(PollingSummary { every, page, listings, throttled, calls, peak_per_second, late, story })
}

//! What became of outputs, and what putting them asks of S3 and CloudWatch Logs, in figures and sentences.

use serde::Serialize;

use super::{human, rows::Table};
use crate::{
    ensemble::Ensemble,
    measure::{Spread, uploads::StoreResult},
    scenario::plan::Plan,
};

/// What became of outputs over all replications.
#[derive(Clone, Debug, Serialize)]
pub struct UploadsSummary {
    /// Of each store that outputs were to go to.
    pub stores: Vec<StoreSummary>,
    /// What it means, in sentences.
    pub story: Vec<String>,
}

/// What became of the streams that were to go to one store, over all replications. Times are microseconds.
#[derive(Clone, Debug, Serialize)]
pub struct StoreSummary {
    /// `S3` or `CloudWatch Logs`.
    pub store: &'static str,
    /// Streams that are there as a whole.
    pub stored: u64,
    /// Streams that the instance profile denied.
    pub denied: u64,
    /// Streams of which every attempt failed.
    pub failed: u64,
    /// Streams that were not there as a whole in time.
    pub timed_out: u64,
    /// Bytes that are there.
    pub bytes: u64,
    /// Calls of `PutObject` or `PutLogEvents`.
    pub calls: u64,
    /// Most calls in any second of any replication.
    pub peak_per_second: f64,
    /// When that second begins; only of a single replication.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub peak_at: Option<String>,
    /// The peak of each replication, in millionths of a call a second.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub peak_per_replication: Option<Spread>,
    /// From the first call for a stream that is there to its end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub took: Option<Spread>,
}

/// The figures; `None` where the plan has no outputs.
pub(super) fn sum_up(plan: &Plan, ensemble: &Ensemble) -> Option<UploadsSummary> {
    let totals = ensemble.uploads.as_ref()?;
    let all = [("S3", &totals.sums.s3), ("CloudWatch Logs", &totals.sums.logs)];
    let mut stores = Vec::new();
    let mut story = Vec::new();
    for ((store, sum), sample) in all.into_iter().zip(&totals.peaks).filter(|((_, sum), _)| sum.streams() > 0)
    {
        let peak_at = (ensemble.count == 1 && sum.peak > 0).then(|| human::instant(&plan.start, sum.peak_at));
        story.extend(self::story(store, sum, peak_at.as_deref()));
        stores.push(StoreSummary {
            store,
            stored: sum.stored,
            denied: sum.denied,
            failed: sum.failed,
            timed_out: sum.timed_out,
            bytes: sum.bytes,
            calls: sum.calls,
            peak_per_second: sum.peak as f64 / 1e6,
            peak_at,
            peak_per_replication: Spread::of_sample(sample),
            took: Spread::of_durations(&sum.took),
        });
    }
    Some(UploadsSummary { stores, story })
}

fn story(store: &str, sum: &StoreResult, peak_at: Option<&str>) -> Vec<String> {
    let mut story = Vec::new();
    let (count, is_s3) = (human::count, store == "S3");
    if sum.peak > 0 {
        let (call, most) = (if is_s3 { "PutObject" } else { "PutLogEvents" }, peak(sum.peak as f64));
        let when = peak_at.map(|when| format!(", at {when}")).unwrap_or_default();
        story.push(format!("{store}: at most {most} {call} a second{when}"));
    }
    if sum.denied > 0 {
        let (denied, all) = (count(sum.denied), count(sum.streams()));
        let effect = match is_s3 {
            true => "their steps went on as if nothing had happened (S11.6, S12.18)",
            false => "each held its step back for 60 s (S11.15, S11.16)",
        };
        story.push(format!("{store}: the instance profile DENIED {denied} of {all} outputs; {effect}"));
    }
    if sum.failed > 0 {
        let failed = count(sum.failed);
        story.push(format!(
            "{store}: {failed} outputs were lost after 6 attempts each; their steps went on (S11.6)"
        ));
    }
    if sum.timed_out > 0 {
        let late = count(sum.timed_out);
        story.push(format!("{store}: of {late} outputs the rest was lost, 60 s after their step (S11.15)"));
    }
    story
}

/// The table of stores.
pub(super) fn stores(uploads: &UploadsSummary) -> Table {
    let time = |spread: &Option<Spread>, which: fn(&Spread) -> f64| {
        spread.as_ref().map_or("-".into(), |spread| human::micros(which(spread)))
    };
    let row = |one: &StoreSummary| {
        vec![
            one.store.into(),
            human::count(one.stored),
            bytes(one.bytes),
            human::count(one.calls),
            peak(one.peak_per_second * 1e6),
            human::count(one.denied),
            human::count(one.failed),
            human::count(one.timed_out),
            time(&one.took, |spread| spread.p50 as f64),
            time(&one.took, |spread| spread.p99 as f64),
        ]
    };
    let header = vec![
        "outputs", "stored", "bytes", "calls", "peak/s", "denied", "failed", "cut off", "took p50",
        "took p99",
    ];
    (header, uploads.stores.iter().map(row).collect())
}

/// Millionths of calls.
fn peak(millionths: f64) -> String {
    human::number((millionths / 1e6 * 10.0).round() / 10.0)
}

/// Bytes, as people read them.
fn bytes(count: u64) -> String {
    let units = ["B", "kB", "MB", "GB", "TB", "PB"];
    let mut value = count as f64;
    let mut unit = 0;
    while value >= 1000.0 && unit + 1 < units.len() {
        value /= 1000.0;
        unit += 1;
    }
    match unit {
        0 => format!("{count} B"),
        _ => format!("{value:.1} {}", units[unit]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_rounded_for_people() {
        for (count, text) in [(0, "0 B"), (999, "999 B"), (1_000, "1.0 kB"), (12_345_678, "12.3 MB")] {
            assert_eq!(bytes(count), text);
        }
    }
}

//! What faults did to agents, in figures and sentences.

use serde::Serialize;

use super::human;
use crate::{
    base::SimTime,
    ensemble::Ensemble,
    measure::{FaultTotals, Spread},
    scenario::plan::Plan,
};

/// What faults did to agents, over all replications. Times are microseconds.
#[derive(Clone, Debug, Serialize)]
pub struct FaultsSummary {
    /// Agents that lost their connection, each time.
    pub disconnected: u64,
    /// How long they were away that came back; absent when none did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub away: Option<Spread>,
    /// When the last agent came back, replication by replication; absent when none did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_back: Option<Spread>,
    /// The most that came back in one second of one replication: the storm of reconnects.
    pub most_back: u64,
    /// Agents whose `PingStatus` became ConnectionLost, each time.
    pub connection_lost: u64,
    /// The most of them at once in one replication.
    pub most_lost: u64,
    /// Instances that lost power, each time.
    pub crashed: u64,
    /// Replies that could not leave, and were kept.
    pub replies_kept: u64,
    /// Of those, the ones that left later.
    pub replies_resent: u64,
    /// Of those, the ones that were dropped, for they were older than two hours.
    pub replies_dropped: u64,
    /// Messages that agents knew already.
    pub duplicates: u64,
    /// How often an agent on MDS grew deaf; absent when none did.
    #[serde(skip_serializing_if = "is_zero")]
    pub deaf: u64,
    /// Commands that agents executed again because they had forgotten them; absent when there were none.
    #[serde(skip_serializing_if = "is_zero")]
    pub executed_again: u64,
    /// What it means, in sentences.
    pub story: Vec<String>,
}

/// The figures; `None` where the plan has no faults that agents notice.
pub(super) fn sum_up(plan: &Plan, ensemble: &Ensemble) -> Option<FaultsSummary> {
    let totals = ensemble.faults.as_ref()?;
    let sums = &totals.sums;
    let [replies_kept, replies_resent, replies_dropped] = sums.replies;
    Some(FaultsSummary {
        disconnected: sums.disconnected,
        away: Spread::of_durations(&sums.away),
        last_back: Spread::of_sample(&totals.last_back),
        most_back: sums.most_back,
        connection_lost: sums.connection_lost,
        most_lost: sums.most_lost,
        crashed: sums.crashed,
        replies_kept,
        replies_resent,
        replies_dropped,
        duplicates: sums.duplicates,
        deaf: sums.deaf,
        executed_again: sums.executed_again,
        story: story(plan, totals),
    })
}

fn story(plan: &Plan, totals: &FaultTotals) -> Vec<String> {
    let (sums, count) = (&totals.sums, human::count);
    let instant = |time: SimTime| human::instant(&plan.start, time);
    let mut story = Vec::new();
    if sums.crashed > 0 {
        story.push(format!("{} lost power", instances(sums.crashed)));
    }
    if sums.disconnected > 0 {
        let back = match sums.last_back {
            Some(last) => format!("the last to come back did so at {}", instant(last)),
            None => "none of them came back".into(),
        };
        story.push(format!("{} lost the connection; {back}", instances(sums.disconnected)));
    }
    if let Some(away) = Spread::of_durations(&sums.away) {
        let [p50, p99, max] = [away.p50, away.p99, away.max].map(|micros| human::micros(micros as f64));
        story.push(format!(
            "they were away {p50} in the median, {p99} at the 99th percentile, {max} at most (S8.24)"
        ));
    }
    if let Some(at) = sums.most_back_at {
        let most = instances(sums.most_back);
        story.push(format!("at most {most} came back in one second, at {} (S8.25)", instant(at)));
    }
    if let Some(at) = sums.most_lost_at {
        let most = instances(sums.most_lost);
        story.push(format!(
            "{most} at most were ConnectionLost at once, first at {} (assumed after 15 min, O-22)",
            instant(at)
        ));
    }
    let [kept, resent, dropped] = sums.replies;
    if kept > 0 {
        let (kept, resent) = (count(kept), count(resent));
        story.push(format!(
            "{kept} replies were kept until there was a connection, and {resent} of them left later (S8.21)"
        ));
    }
    if dropped > 0 {
        let dropped = count(dropped);
        story.push(format!(
            "{dropped} REPLIES WERE DROPPED after two hours, whatever the work had come to (S8.23)"
        ));
    }
    if sums.duplicates > 0 {
        story.push(format!("{} messages came twice, and agents knew them (S8.27)", count(sums.duplicates)));
    }
    if sums.deaf > 0 {
        let times = count(sums.deaf);
        let deaf = if sums.deaf == 1 { "once".into() } else { format!("{times} times") };
        story.push(format!(
            "AGENTS GREW DEAF {deaf}: full, on MDS, they heard of nothing else, nor of cancels (S8.16)"
        ));
    }
    if sums.executed_again > 0 {
        let again = count(sums.executed_again);
        story.push(format!("{again} COMMANDS WERE EXECUTED AGAIN: they came again when their agents had forgotten them (S8.27)"));
    }
    if story.is_empty() {
        story.push("no agent lost its connection".into());
    }
    story
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}

fn instances(number: u64) -> String {
    format!("{} {}", human::count(number), if number == 1 { "instance" } else { "instances" })
}

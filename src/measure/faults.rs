//! What faults did to agents: who was away for how long, and what became of the replies that they kept.

use std::cmp::Reverse;

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use super::{latency::Durations, sample::Sample};
use crate::{
    base::SimTime,
    history::{AgentChange, AgentNote, Fact, Record},
    scenario::plan::{Channel, FaultKind, Plan},
};

/// What faults did to agents in one replication, or in several.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FaultResult {
    /// Agents that lost their connection, each time.
    pub disconnected: u64,
    /// How long they were away that came back.
    pub away: Durations,
    /// When the last one came back; in several replications, in the one in which it was latest.
    pub last_back: Option<SimTime>,
    /// The most that came back in one second of the simulation.
    pub most_back: u64,
    /// When the first such second begins.
    pub most_back_at: Option<SimTime>,
    /// Agents whose `PingStatus` became ConnectionLost, each time.
    pub connection_lost: u64,
    /// The most of them at once.
    pub most_lost: u64,
    /// When that was first so.
    pub most_lost_at: Option<SimTime>,
    /// Instances that lost power, each time.
    pub crashed: u64,
    /// Replies that agents kept, those that left later, and those that were dropped.
    pub replies: [u64; 3],
    /// Messages that agents knew already.
    pub duplicates: u64,
    /// How often an agent on MDS grew deaf.
    #[serde(default)]
    pub deaf: u64,
    /// Commands that agents executed again because they had forgotten them.
    #[serde(default)]
    pub executed_again: u64,
}

/// What faults did over replications: everything merges, in any order.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FaultTotals {
    /// Sums over replications.
    pub sums: FaultResult,
    /// When the last agent came back, one value a replication; microseconds.
    pub last_back: Sample,
}

/// Follows what faults do in one replication.
#[derive(Clone, Debug, Default)]
pub struct FaultMeasure {
    result: FaultResult,
    away: FxHashMap<u32, SimTime>,
    lost: u64,
    /// The second in which agents came back last, and how many.
    second: (SimTime, u64),
}

const SECOND: u64 = 1_000_000;

impl FaultMeasure {
    /// A measure of what a plan's faults do; `None` where it has none that agents notice, and no agents on MDS.
    pub fn new(plan: &Plan) -> Option<Self> {
        let strikes =
            |kind: &FaultKind| matches!(kind, FaultKind::RegionOutage | FaultKind::Instances { .. });
        let polls = || plan.groups.iter().any(|group| group.channel == Channel::Mds);
        let is_needed = plan.faults.iter().any(|fault| strikes(&fault.kind)) || polls();
        is_needed.then(Self::default)
    }

    /// Takes note of a fact about an agent. Apart, to be out of the way of the others.
    #[cold]
    pub fn follow(&mut self, record: &Record) {
        match record.fact {
            Fact::AgentChanged { instance, change } => self.follow_change(record.time, instance, change),
            Fact::AgentNoted { note, .. } => {
                let [kept, resent, dropped] = &mut self.result.replies;
                let count = match note {
                    AgentNote::Kept => kept,
                    AgentNote::Resent => resent,
                    AgentNote::Dropped => dropped,
                    AgentNote::Duplicate | AgentNote::AcknowledgedAgain => &mut self.result.duplicates,
                    AgentNote::Deaf => &mut self.result.deaf,
                    AgentNote::ExecutedAgain => &mut self.result.executed_again,
                };
                *count += 1;
            }
            _ => {}
        }
    }

    fn follow_change(&mut self, now: SimTime, instance: u32, change: AgentChange) {
        let result = &mut self.result;
        match change {
            AgentChange::Disconnected => {
                result.disconnected += 1;
                self.away.insert(instance, now);
            }
            AgentChange::Connected => {
                if let Some(since) = self.away.remove(&instance) {
                    result.away.add(now.since(since));
                    result.last_back = result.last_back.max(Some(now));
                    let second = SimTime(now.0 / SECOND * SECOND);
                    self.second = (second, if second == self.second.0 { self.second.1 + 1 } else { 1 });
                    if self.second.1 > result.most_back {
                        (result.most_back, result.most_back_at) = (self.second.1, Some(second));
                    }
                }
            }
            AgentChange::ConnectionLost => {
                result.connection_lost += 1;
                self.lost += 1;
                if self.lost > result.most_lost {
                    (result.most_lost, result.most_lost_at) = (self.lost, Some(now));
                }
            }
            AgentChange::Online => self.lost = self.lost.saturating_sub(1),
            AgentChange::Crashed => result.crashed += 1,
            AgentChange::Restarted => {}
        }
    }

    /// What came of it.
    pub fn finish(self) -> FaultResult {
        self.result
    }
}

impl FaultResult {
    fn merge(&mut self, other: &Self) {
        self.disconnected += other.disconnected;
        self.away.merge(&other.away);
        self.last_back = self.last_back.max(other.last_back);
        self.connection_lost += other.connection_lost;
        (self.most_back, self.most_back_at) =
            larger((self.most_back, self.most_back_at), (other.most_back, other.most_back_at));
        (self.most_lost, self.most_lost_at) =
            larger((self.most_lost, self.most_lost_at), (other.most_lost, other.most_lost_at));
        self.crashed += other.crashed;
        self.replies.iter_mut().zip(other.replies).for_each(|(mine, theirs)| *mine += theirs);
        self.duplicates += other.duplicates;
        self.deaf += other.deaf;
        self.executed_again += other.executed_again;
    }
}

/// The larger number with its time; of equals the earlier one.
fn larger(one: (u64, Option<SimTime>), other: (u64, Option<SimTime>)) -> (u64, Option<SimTime>) {
    if (other.0, Reverse(other.1)) > (one.0, Reverse(one.1)) { other } else { one }
}

impl FaultTotals {
    /// Takes in one more replication.
    pub fn add(&mut self, one: &FaultResult) {
        self.sums.merge(one);
        if let Some(SimTime(last)) = one.last_back {
            self.last_back.add(last);
        }
    }

    /// Takes in other replications.
    pub fn merge(&mut self, other: &Self) {
        self.sums.merge(&other.sums);
        self.last_back.merge(&other.last_back);
    }
}

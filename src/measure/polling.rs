//! What clients ask of `ListCommandInvocations` that list invocations until a command has ended, and when they know of it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{latency::Durations, outcome::CommandResult, sample::Sample};
use crate::{
    base::{SimDuration, SimTime},
    scenario::plan::Polling,
};

const SECOND: u64 = 1_000_000;

/// What the clients of one replication did.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PollingResult {
    /// Listings, each of all pages.
    pub listings: u64,
    /// Calls, one for each page.
    pub calls: u64,
    /// The most calls in any second of the simulation.
    pub peak: u64,
    /// When that second begins; the first such.
    pub peak_at: SimTime,
    /// From the end of each command to the listing that shows it.
    pub late: Durations,
}

/// What they did over replications: everything merges, in any order.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PollingTotals {
    /// Listings of all replications.
    pub listings: u64,
    /// Calls of each replication.
    pub calls: Sample,
    /// The peak of each replication.
    pub peaks: Sample,
    /// Of all commands of all replications.
    pub late: Durations,
}

impl PollingResult {
    /// What clients do that follow these commands. Every target is listed from the request on, and the pages of a listing come in one instant.
    pub fn of(polling: Polling, commands: &[CommandResult]) -> Self {
        let mut result = Self::default();
        let mut seconds: BTreeMap<u64, u64> = BTreeMap::new();
        let every = polling.every.0.max(1);
        for command in commands {
            let Some((ended, ..)) = command.ended else { continue };
            let pages = u64::from(command.targets.div_ceil(polling.page.max(1)).max(1));
            let makespan = ended.since(command.requested).0;
            let listings = makespan.div_ceil(every).max(1);
            result.listings += listings;
            result.calls += listings * pages;
            result.late.add(SimDuration(listings * every - makespan));
            for number in 1..=listings {
                let second = (command.requested.0 + number * every) / SECOND;
                *seconds.entry(second).or_default() += pages;
            }
        }
        for (second, calls) in seconds {
            if calls > result.peak {
                (result.peak, result.peak_at) = (calls, SimTime(second * SECOND));
            }
        }
        result
    }
}

impl PollingTotals {
    /// Takes in one more replication.
    pub fn add(&mut self, one: &PollingResult) {
        self.listings += one.listings;
        self.calls.add(one.calls);
        self.peaks.add(one.peak);
        self.late.merge(&one.late);
    }

    /// Takes in other replications.
    pub fn merge(&mut self, other: &Self) {
        self.listings += other.listings;
        self.calls.merge(&other.calls);
        self.peaks.merge(&other.peaks);
        self.late.merge(&other.late);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        history::CommandCounts,
        ssm::{CommandState, CommandStatus, StatusDetails},
    };

    fn command(requested: u64, ended: u64, targets: u32) -> CommandResult {
        let state = CommandState { status: CommandStatus::Success, details: StatusDetails::Success };
        let ended = Some((SimTime(ended * 100_000), state, CommandCounts::default()));
        CommandResult { requested: SimTime(requested * 100_000), ended, targets, ..CommandResult::default() }
    }

    /// Every 5 s, 50 a page. 120 targets are three pages: at 5 and 10 s, 9 s are seen a second late. One of 51 that is
    /// requested at 5 s and takes 5 s is listed once, at 10 s, in two pages: five calls in that second.
    #[test]
    fn calls_and_their_peak_are_counted() {
        let polling = Polling { every: SimDuration::from_secs(5), page: 50 };
        let result = PollingResult::of(polling, &[command(0, 90, 120), command(50, 100, 51)]);
        assert_eq!((result.listings, result.calls), (3, 8));
        assert_eq!((result.peak, result.peak_at), (5, SimTime(10_000_000)));
        // A command that ends with its request is listed once, and in one page even when it is empty.
        let empty = PollingResult::of(polling, &[command(7, 7, 0)]);
        assert_eq!((empty.listings, empty.calls, empty.peak_at), (1, 1, SimTime(5_000_000)));
    }
}

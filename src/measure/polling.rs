//! What clients ask of `ListCommandInvocations` that list invocations until a command has ended, and when they know of it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{latency::Durations, outcome::CommandResult, sample::Sample};
use crate::{
    base::{CallRate, SimDuration, SimTime, TokenBucket},
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
    /// Calls that the assumed rate refused first.
    #[serde(default)]
    pub throttled: u64,
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
    /// Calls of all replications that the assumed rate refused first.
    #[serde(default)]
    pub throttled: u64,
    /// Calls of each replication.
    pub calls: Sample,
    /// The peak of each replication.
    pub peaks: Sample,
    /// Of all commands of all replications.
    pub late: Durations,
}

impl PollingResult {
    /// What clients do that follow these commands. Every target is listed from the request on, and the pages of a listing are
    /// called for in one instant. A call that the assumed rate refuses is made as soon as it passes, in the order in which they
    /// came; the next listing begins when it would have.
    pub fn of(polling: Polling, rate: Option<CallRate>, commands: &[CommandResult]) -> Self {
        let mut result = Self::default();
        let mut seconds: BTreeMap<u64, u64> = BTreeMap::new();
        let mut bucket = rate.map(TokenBucket::new);
        for listing in listings(polling, commands) {
            result.listings += 1;
            let mut now = listing.at;
            for _ in 0..listing.pages {
                let passes_at = bucket.as_ref().map_or(now, |bucket| bucket.ready_at().max(now));
                result.throttled += u64::from(passes_at > listing.at);
                now = passes_at;
                if let Some(bucket) = &mut bucket {
                    bucket.take(now);
                }
                result.calls += 1;
                *seconds.entry(now.0 / SECOND).or_default() += 1;
            }
            if let Some(ended) = listing.shows_end_of {
                result.late.add(now.since(ended));
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

/// One look at all invocations of a command.
struct Listing {
    at: SimTime,
    pages: u64,
    /// When the command had ended, of the listing that shows it.
    shows_end_of: Option<SimTime>,
}

/// The listings of all clients, in the order of time.
fn listings(polling: Polling, commands: &[CommandResult]) -> Vec<Listing> {
    let every = polling.every.0.max(1);
    let mut all = Vec::new();
    for command in commands {
        let Some((ended, ..)) = command.ended else { continue };
        let pages = u64::from(command.targets.div_ceil(polling.page.max(1)).max(1));
        let last = ended.since(command.requested).0.div_ceil(every).max(1);
        all.extend((1..=last).map(|number| Listing {
            at: command.requested + SimDuration(number * every),
            pages,
            shows_end_of: (number == last).then_some(ended),
        }));
    }
    all.sort_by_key(|listing| listing.at);
    all
}

impl PollingTotals {
    /// Takes in one more replication.
    pub fn add(&mut self, one: &PollingResult) {
        self.listings += one.listings;
        self.throttled += one.throttled;
        self.calls.add(one.calls);
        self.peaks.add(one.peak);
        self.late.merge(&one.late);
    }

    /// Takes in other replications.
    pub fn merge(&mut self, other: &Self) {
        self.listings += other.listings;
        self.throttled += other.throttled;
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
        let result = PollingResult::of(polling, None, &[command(0, 90, 120), command(50, 100, 51)]);
        assert_eq!((result.listings, result.calls), (3, 8));
        assert_eq!((result.peak, result.peak_at), (5, SimTime(10_000_000)));
        // A command that ends with its request is listed once, and in one page even when it is empty.
        let empty = PollingResult::of(polling, None, &[command(7, 7, 0)]);
        assert_eq!((empty.listings, empty.calls, empty.peak_at), (1, 1, SimTime(5_000_000)));
    }

    /// Five a second after a burst of two. The 7 pages of the first listing, at 5 s: two pass, then one every 200 ms; the last
    /// at 6 s, so that an end at 5 s is seen a second late. The page of the second, at 5.5 s, passes 200 ms after that.
    #[test]
    fn calls_wait_for_the_assumed_rate() {
        let polling = Polling { every: SimDuration::from_secs(5), page: 50 };
        let rate = CallRate { every: SimDuration(200_000), burst: 2 };
        let commands = [command(0, 50, 350), command(5, 55, 10)];
        let result = PollingResult::of(polling, Some(rate), &commands);
        assert_eq!((result.calls, result.throttled), (8, 6));
        assert_eq!((result.late.min, result.late.max), (700_000, 1_000_000));
        // From 5 s to 5.8 s there are six calls, from 6 s on two.
        assert_eq!((result.peak, result.peak_at), (6, SimTime(5_000_000)));
    }
}

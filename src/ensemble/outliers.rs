//! Replications that took far longer or shorter than the rest.

use std::{cmp::Reverse, collections::BTreeSet};

use serde::{Deserialize, Serialize};

use super::replicate::Replication;
use crate::measure::{CommandResult, Sample};

/// Outliers that a sample of checks goes back to, at most.
const MOST: usize = 100;

/// The makespans of replications, and which of those that were not checked had the shortest and the longest.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Makespans {
    all: Sample,
    /// Makespan and index; of equal ones the lower index is the more extreme.
    shortest: BTreeSet<(u64, u64)>,
    /// Likewise.
    longest: BTreeSet<(Reverse<u64>, u64)>,
}

impl Makespans {
    pub(super) fn add(&mut self, replication: &Replication, checked: bool) {
        let makespans = replication.commands.iter().filter_map(CommandResult::makespan);
        let makespan = makespans.map(|time| time.0).max().unwrap_or(0);
        self.all.add(makespan);
        if !checked {
            keep(&mut self.shortest, (makespan, replication.index));
            keep(&mut self.longest, (Reverse(makespan), replication.index));
        }
    }

    pub(super) fn merge(&mut self, other: Self) {
        self.all.merge(&other.all);
        other.shortest.into_iter().for_each(|one| keep(&mut self.shortest, one));
        other.longest.into_iter().for_each(|one| keep(&mut self.longest, one));
    }

    /// Replications not checked yet whose makespan lies beyond three times the interquartile range from the quartiles
    /// (J. W. Tukey, "Exploratory data analysis", 1977: the outer fences); the farthest if there are too many.
    pub(super) fn outliers(&self) -> Vec<u64> {
        let [Some(low), Some(high)] = [250, 750].map(|share| self.all.quantile(share)) else {
            return Vec::new();
        };
        let reach = 3 * (high - low);
        let beyond =
            |value: u64| low.saturating_sub(reach).saturating_sub(value) + value.saturating_sub(high + reach);
        let ends = self.shortest.iter().map(|&(makespan, index)| (makespan, index));
        let ends = ends.chain(self.longest.iter().map(|&(Reverse(makespan), index)| (makespan, index)));
        let distances: BTreeSet<_> =
            ends.map(|(makespan, index)| (Reverse(beyond(makespan)), index)).collect();
        let far = distances.into_iter().filter(|(Reverse(distance), _)| *distance > 0);
        far.take(MOST).map(|(_, index)| index).collect()
    }
}

/// Keeps the first of them.
fn keep<T: Ord>(most_extreme: &mut BTreeSet<T>, one: T) {
    most_extreme.insert(one);
    if most_extreme.len() > MOST {
        most_extreme.pop_last();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        base::SimTime,
        history::{CommandCounts, Digest},
        ssm::{CommandState, CommandStatus, StatusDetails},
    };

    fn lasting(index: u64, makespan: u64) -> Replication {
        let state = CommandState { status: CommandStatus::Success, details: StatusDetails::Success };
        let ended = Some((SimTime(makespan), state, CommandCounts::default()));
        let commands = vec![CommandResult { ended, ..CommandResult::default() }];
        Replication {
            index,
            digest: Digest::default(),
            commands,
            events: None,
            faults: None,
            uploads: None,
            polling: None,
        }
    }

    fn of(makespans: impl IntoIterator<Item = (u64, u64)>) -> Makespans {
        let mut all = Makespans::default();
        makespans.into_iter().for_each(|(index, makespan)| all.add(&lasting(index, makespan), index == 7));
        all
    }

    /// Quartiles 1,250 and 1,750 of 1,001 to 2,000, so the fences are -250 and 3,250; number 7 is checked already.
    #[test]
    fn what_lies_beyond_the_outer_fences_is_an_outlier() {
        let usual = || (1000..2000).map(|index| (index, index + 1));
        assert_eq!(of(usual()).outliers(), [0; 0]);
        let far = of(usual().chain([(7, 90_000), (8, 3_240), (9, 50_000), (3, 60_000), (4, 50_000)]));
        assert_eq!(far.outliers(), [3, 4, 9]);
        let mut merged = of(usual().take(400));
        merged.merge(of([(9, 50_000), (4, 50_000)]));
        merged.merge(of(usual().skip(400).chain([(7, 90_000), (8, 3_240), (3, 60_000)])));
        assert_eq!(merged, far);
    }

    #[test]
    fn of_too_many_outliers_the_farthest_count() {
        let many = of((0..1000).map(|index| (index, if index < 850 { 500 } else { 10_000 + index })));
        assert_eq!(many.outliers(), (900..1000).rev().collect::<Vec<_>>());
    }
}

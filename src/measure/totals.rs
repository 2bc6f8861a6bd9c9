//! What one command came to over many replications. The memory that it takes does not grow with their number.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    carriage::Carriage, notifications::Reception, outcome::CommandResult, sample::Sample, statistics,
};
use crate::{
    scenario::threshold::{METRICS, Metric},
    ssm::{CommandStatus, StatusDetails},
};

/// What one command came to over replications: everything merges, in any order.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Totals {
    /// How many replications ended in each terminal status.
    statuses: BTreeMap<CommandStatus, BTreeMap<StatusDetails, u64>>,
    /// Of each metric of a whole replication, in the order of [`METRICS`]; those of invocations stay empty.
    samples: Vec<Sample>,
    /// How many replications its alarm stopped (S4.29).
    #[serde(default, skip_serializing_if = "is_zero")]
    pub alarmed: u64,
    /// How often an assumed quota refused its request (O-46).
    #[serde(default, skip_serializing_if = "is_zero")]
    pub throttled: u64,
    /// In how many replications it was never sent, because its caller gave up.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub never_sent: u64,
    /// What each subscription of its topic received.
    pub receptions: Vec<ReceptionTotals>,
    /// What the deliveries to each subscription came to, as far as they are followed; empty where none is.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub carriages: Vec<Option<Carriage>>,
}

/// What one subscription received over replications.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReceptionTotals {
    /// Messages published, second publications (O-59) included.
    pub published: u64,
    /// Messages that arrived.
    pub arrived: u64,
    /// Messages that never arrive.
    pub lost: u64,
    /// Further arrivals.
    pub duplicates: u64,
    /// Arrivals of an older status after a newer one of the same entity.
    pub out_of_order: u64,
    /// The longest time that the consumer was wrong in any replication, in microseconds.
    pub wrong_for: u64,
    /// Entities that it believes wrongly for good.
    pub wrong_for_good: u64,
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}

impl Totals {
    /// Takes in one more replication.
    pub fn add(&mut self, result: &CommandResult) {
        if let Some((_, state, _)) = result.ended {
            *self.statuses.entry(state.status).or_default().entry(state.details).or_insert(0) += 1;
        }
        self.alarmed += u64::from(result.alarm.is_some());
        self.throttled += u64::from(result.throttled);
        self.never_sent += u64::from(result.gave_up);
        self.samples.resize(METRICS.len(), Sample::default());
        for (sample, &(_, metric)) in self.samples.iter_mut().zip(&METRICS) {
            statistics::value(result, metric).into_iter().for_each(|value| sample.add(value));
        }
        self.receptions.resize(result.notifications.len(), ReceptionTotals::default());
        for (mine, one) in self.receptions.iter_mut().zip(&result.notifications) {
            mine.merge(&ReceptionTotals::from(one));
        }
        self.merge_carriages(&result.carriages);
    }

    fn merge_carriages(&mut self, others: &[Option<Carriage>]) {
        self.carriages.resize(self.carriages.len().max(others.len()), None);
        for (mine, theirs) in self.carriages.iter_mut().zip(others) {
            if let Some(theirs) = theirs {
                mine.get_or_insert_default().merge(theirs);
            }
        }
    }

    /// Takes in other replications.
    pub fn merge(&mut self, other: &Self) {
        for (status, endings) in &other.statuses {
            for (details, count) in endings {
                *self.statuses.entry(*status).or_default().entry(*details).or_insert(0) += count;
            }
        }
        self.alarmed += other.alarmed;
        self.throttled += other.throttled;
        self.never_sent += other.never_sent;
        self.samples.resize(self.samples.len().max(other.samples.len()), Sample::default());
        self.samples.iter_mut().zip(&other.samples).for_each(|(mine, theirs)| mine.merge(theirs));
        self.receptions.resize(self.receptions.len().max(other.receptions.len()), ReceptionTotals::default());
        self.receptions.iter_mut().zip(&other.receptions).for_each(|(mine, theirs)| mine.merge(theirs));
        self.merge_carriages(&other.carriages);
    }

    /// How many replications ended in each terminal Status and StatusDetails.
    pub fn statuses(&self) -> impl Iterator<Item = (CommandStatus, StatusDetails, u64)> {
        let of_status = |(&status, endings): (&CommandStatus, &'_ BTreeMap<StatusDetails, u64>)| {
            endings.iter().map(|(&details, &count)| (status, details, count)).collect::<Vec<_>>()
        };
        self.statuses.iter().flat_map(of_status)
    }

    /// The values of a metric of a whole replication; `None` where it has none.
    pub fn sample(&self, metric: Metric) -> Option<&Sample> {
        let (_, sample) = METRICS.iter().zip(&self.samples).find(|((_, one), _)| *one == metric)?;
        (sample.count() > 0).then_some(sample)
    }
}

impl From<&Reception> for ReceptionTotals {
    fn from(one: &Reception) -> Self {
        Self {
            published: one.published.into(),
            arrived: one.arrived.into(),
            lost: one.lost.into(),
            duplicates: one.duplicates.into(),
            out_of_order: one.out_of_order.into(),
            wrong_for: one.wrong_for.0,
            wrong_for_good: one.wrong_for_good.into(),
        }
    }
}

impl ReceptionTotals {
    fn merge(&mut self, other: &Self) {
        self.published += other.published;
        self.arrived += other.arrived;
        self.lost += other.lost;
        self.duplicates += other.duplicates;
        self.out_of_order += other.out_of_order;
        self.wrong_for = self.wrong_for.max(other.wrong_for);
        self.wrong_for_good += other.wrong_for_good;
    }
}

//! What one replication and what many come to.

use serde::{Deserialize, Serialize};

use super::{
    checks::{RuleSummary, merge, summarize},
    outliers::Makespans,
};
use crate::{
    check::{Checker, RuleReport},
    history::{Digest, Observer},
    measure::{
        CommandResult, EventResult, EventTotals, FaultResult, FaultTotals, Latencies, Measure, PollingResult,
        PollingTotals, Totals, UploadResult, UploadTotals, Whole,
    },
    world::{Model, World},
};

/// What one replication came to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Replication {
    /// Its index.
    pub index: u64,
    /// The digest of its facts.
    pub digest: Digest,
    /// What each command came to.
    pub commands: Vec<CommandResult>,
    /// What became of events; `None` where the plan has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub events: Option<EventResult>,
    /// What faults did to agents; `None` where the plan has none that they notice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub faults: Option<FaultResult>,
    /// What became of outputs; `None` where the plan has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uploads: Option<UploadResult>,
    /// What clients did that list invocations; `None` where the plan has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub polling: Option<PollingResult>,
}

/// What many replications came to. The memory that it takes does not grow with their number. It merges in any order.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Ensemble {
    /// The one with the lowest index; `None` of none.
    pub first: Option<Replication>,
    /// How many there are.
    pub count: u64,
    /// What each command came to.
    pub commands: Vec<Totals>,
    /// Durations pooled over all invocations of all replications, for each command.
    pub latencies: Vec<Latencies>,
    /// What became of events; `None` where the plan has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub events: Option<EventTotals>,
    /// What faults did to agents; `None` where the plan has none that they notice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub faults: Option<FaultTotals>,
    /// What became of outputs; `None` where the plan has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uploads: Option<UploadTotals>,
    /// What clients did that list invocations; `None` where the plan has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub polling: Option<PollingTotals>,
    /// The digest of the run.
    pub digest: Digest,
    /// How many replications were checked.
    pub checked: u64,
    /// What the rules say; empty when nothing was checked.
    pub rules: Vec<RuleSummary>,
    makespans: Makespans,
}

impl Ensemble {
    /// Runs one more replication, with another observer beside the measures, and says what it came to.
    pub(super) fn replicate(
        &mut self,
        model: &Model<'_>,
        seed: u64,
        index: u64,
        check: bool,
        observer: &mut impl Observer,
    ) -> Replication {
        self.latencies.resize(model.plan().commands.len(), Latencies::default());
        let mut digest = Digest::default();
        let mut measure = Measure::new(model.plan(), &mut self.latencies);
        let mut world = World::new(model, seed, index);
        let always = (&mut digest, &mut measure);
        let reports = if check {
            let mut checker = Checker::new(model.plan());
            world.run(&mut (always, (&mut checker, observer)));
            Some(checker.finish())
        } else {
            // Apart, for a checker needs facts in order of time, which takes longer.
            world.run(&mut (always, observer));
            None
        };
        let Whole { commands, events, faults, uploads, polling } = measure.finish_whole(model.plan());
        let replication = Replication { index, digest, commands, events, faults, uploads, polling };
        self.add(&replication, reports);
        replication
    }

    /// Takes in other replications.
    pub fn merge(&mut self, other: Self) {
        let firsts = [self.first.take(), other.first];
        self.first = firsts.into_iter().flatten().min_by_key(|one| one.index);
        self.count += other.count;
        self.commands.resize(self.commands.len().max(other.commands.len()), Totals::default());
        self.commands.iter_mut().zip(&other.commands).for_each(|(mine, theirs)| mine.merge(theirs));
        self.latencies.resize(self.latencies.len().max(other.latencies.len()), Latencies::default());
        self.latencies.iter_mut().zip(&other.latencies).for_each(|(mine, theirs)| mine.merge(theirs));
        if let Some(events) = &other.events {
            self.events.get_or_insert_default().merge(events);
        }
        if let Some(faults) = &other.faults {
            self.faults.get_or_insert_default().merge(faults);
        }
        if let Some(uploads) = &other.uploads {
            self.uploads.get_or_insert_default().merge(uploads);
        }
        if let Some(polling) = &other.polling {
            self.polling.get_or_insert_default().merge(polling);
        }
        self.digest.merge(other.digest);
        self.checked += other.checked;
        merge(&mut self.rules, other.rules);
        self.makespans.merge(other.makespans);
    }

    /// Replications with outlying makespans that were not checked.
    pub(super) fn outliers(&self) -> Vec<u64> {
        self.makespans.outliers()
    }

    /// Takes in the verdicts on one more replication, whose measures are known already.
    pub(super) fn add_rules(&mut self, rules: Vec<RuleSummary>) {
        self.checked += 1;
        merge(&mut self.rules, rules);
    }

    fn add(&mut self, replication: &Replication, reports: Option<Vec<RuleReport>>) {
        if self.first.as_ref().is_none_or(|first| replication.index < first.index) {
            self.first = Some(replication.clone());
        }
        self.count += 1;
        self.commands.resize(replication.commands.len(), Totals::default());
        for (totals, result) in self.commands.iter_mut().zip(&replication.commands) {
            totals.add(result);
        }
        if let Some(events) = &replication.events {
            self.events.get_or_insert_default().add(events);
        }
        if let Some(faults) = &replication.faults {
            self.faults.get_or_insert_default().add(faults);
        }
        if let Some(uploads) = &replication.uploads {
            self.uploads.get_or_insert_default().add(uploads);
        }
        if let Some(polling) = &replication.polling {
            self.polling.get_or_insert_default().add(polling);
        }
        self.digest.add_replication(replication.index, replication.digest);
        self.makespans.add(replication, reports.is_some());
        if let Some(reports) = reports {
            self.add_rules(summarize(replication.index, reports));
        }
    }
}

/// Runs one replication alone, with another observer beside the measures.
pub fn run_one(
    model: &Model<'_>,
    seed: u64,
    index: u64,
    check: bool,
    observer: &mut impl Observer,
) -> Ensemble {
    let mut ensemble = Ensemble::default();
    ensemble.replicate(model, seed, index, check, observer);
    ensemble
}

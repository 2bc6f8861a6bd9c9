//! Which replications are checked, and the rules' verdicts over all of them.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::check::{Judgement, Offence, RuleReport, Verdict};

/// Which replications the rules judge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Checks {
    /// Every one.
    All,
    /// The first, every hundredth, and each whose makespan is an outlier.
    Sample,
    /// None.
    None,
}

impl Checks {
    /// Whether the replication with this index is judged, whatever comes of it.
    pub fn selects(self, index: u64) -> bool {
        match self {
            Self::All => true,
            Self::Sample => index.is_multiple_of(100),
            Self::None => false,
        }
    }
}

/// What one rule says of all replications that were checked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RuleSummary {
    /// The rule's name.
    pub rule: Cow<'static, str>,
    /// What it demands.
    pub title: Cow<'static, str>,
    /// The facts it rests on.
    pub source: Cow<'static, str>,
    /// How many decisions it judged, over all replications checked.
    pub judged: u64,
    /// The worst verdict.
    pub verdict: Judgement,
    /// What is missing, where it could not tell; of several reasons the first in the alphabet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// How often something offended against it.
    pub offences: u64,
    /// The first offence with the replication it happened in: that of the lowest index.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first: Option<(u64, Offence)>,
}

/// The rules' verdicts on one replication as a summary of one.
pub fn summarize(replication: u64, reports: Vec<RuleReport>) -> Vec<RuleSummary> {
    reports.into_iter().map(|report| RuleSummary::of_one(replication, report)).collect()
}

/// Adds the verdicts on other replications, rule by rule.
pub(super) fn merge(mine: &mut Vec<RuleSummary>, theirs: Vec<RuleSummary>) {
    if mine.is_empty() {
        *mine = theirs;
        return;
    }
    for (mine, theirs) in mine.iter_mut().zip(theirs) {
        mine.merge(theirs);
    }
}

impl RuleSummary {
    fn of_one(replication: u64, report: RuleReport) -> Self {
        let mut summary = Self {
            rule: report.rule.into(),
            title: report.title.into(),
            source: report.source.into(),
            judged: report.judged,
            verdict: report.verdict.judgement(),
            reason: None,
            offences: 0,
            first: None,
        };
        match report.verdict {
            Verdict::Valid => {}
            Verdict::Unknown { reason } => summary.reason = Some(reason),
            Verdict::Invalid { offences, count } => {
                summary.offences = count;
                summary.first = offences.into_iter().next().map(|offence| (replication, offence));
            }
        }
        summary
    }

    /// The order of merging does not matter.
    fn merge(&mut self, other: Self) {
        self.judged += other.judged;
        self.verdict = self.verdict.max(other.verdict);
        self.reason = [self.reason.take(), other.reason].into_iter().flatten().min();
        self.offences += other.offences;
        let firsts = [self.first.take(), other.first];
        self.first = firsts.into_iter().flatten().min_by_key(|(replication, _)| *replication);
    }
}

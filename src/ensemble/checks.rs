//! Which replications are checked, and the rules' verdicts over all of them.

use serde::Serialize;

use crate::check::{Judgement, Offence, RuleReport, Verdict};

/// Which replications the rules judge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RuleSummary {
    /// The rule's name.
    pub rule: &'static str,
    /// What it demands.
    pub title: &'static str,
    /// The facts it rests on.
    pub source: &'static str,
    /// How many decisions it judged, over all replications checked.
    pub judged: u64,
    /// The worst verdict.
    pub verdict: Judgement,
    /// What is missing, where it could not tell.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// How often something offended against it.
    pub offences: u64,
    /// The first offence with the replication it happened in: that of the lowest index.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first: Option<(u64, Offence)>,
}

/// The verdicts of several replications, which come in the order of their index, joined rule by rule.
pub fn summarize(reports: impl IntoIterator<Item = (u64, Vec<RuleReport>)>) -> Vec<RuleSummary> {
    let mut summaries: Vec<RuleSummary> = Vec::new();
    for (replication, reports) in reports {
        if summaries.is_empty() {
            summaries = reports.iter().map(RuleSummary::of_rule).collect();
        }
        for (summary, report) in summaries.iter_mut().zip(reports) {
            summary.add(replication, report);
        }
    }
    summaries
}

impl RuleSummary {
    fn of_rule(report: &RuleReport) -> Self {
        Self {
            rule: report.rule,
            title: report.title,
            source: report.source,
            judged: 0,
            verdict: Judgement::Valid,
            reason: None,
            offences: 0,
            first: None,
        }
    }

    fn add(&mut self, replication: u64, report: RuleReport) {
        self.judged += report.judged;
        self.verdict = self.verdict.max(report.verdict.judgement());
        match report.verdict {
            Verdict::Valid => {}
            Verdict::Unknown { reason } => self.reason = self.reason.take().or(Some(reason)),
            Verdict::Invalid { offences, count } => {
                self.offences += count;
                if self.first.is_none() {
                    self.first = offences.into_iter().next().map(|offence| (replication, offence));
                }
            }
        }
    }
}

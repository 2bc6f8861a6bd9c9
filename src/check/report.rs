//! Verdicts: what a rule says of a history.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::{
    base::SimTime,
    history::{Record, codec},
    scenario::Roster,
};

/// So many offences against a rule are told in full; the rest are counted.
const TOLD: usize = 5;

/// What one rule says of a history.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RuleReport {
    /// The rule's name, kebab-case.
    pub rule: &'static str,
    /// What it demands, in one line.
    pub title: &'static str,
    /// The facts that it rests on.
    pub source: &'static str,
    /// How many decisions it judged. A rule that is valid after judging none was never put to the test.
    pub judged: u64,
    /// What it says.
    #[serde(flatten)]
    pub verdict: Verdict,
}

/// A rule's verdict.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "verdict", rename_all = "kebab-case")]
pub enum Verdict {
    /// Nothing offends against the rule.
    Valid,
    /// Something does.
    Invalid {
        /// The first few offences.
        offences: Vec<Offence>,
        /// How many there are.
        count: u64,
    },
    /// The evidence is missing. That is no pass.
    Unknown {
        /// What is missing.
        reason: String,
    },
}

/// Something in a history that offends against a rule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Offence {
    /// The instant.
    pub time: SimTime,
    /// What is wrong.
    pub message: String,
    /// The number of the fact that it contradicts.
    pub fact: Cow<'static, str>,
    /// The offending records, as lines of a history; none when the offence is that something did not happen.
    pub records: Vec<String>,
}

/// A verdict without its reasons, from best to worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Judgement {
    /// No rule objects.
    Valid,
    /// No rule objects, but one could not tell.
    Unknown,
    /// A rule objects.
    Invalid,
}

impl Verdict {
    /// The verdict without its reasons.
    pub fn judgement(&self) -> Judgement {
        match self {
            Self::Valid => Judgement::Valid,
            Self::Unknown { .. } => Judgement::Unknown,
            Self::Invalid { .. } => Judgement::Invalid,
        }
    }
}

/// The worst of all verdicts; valid when there are none.
pub fn overall(reports: &[RuleReport]) -> Judgement {
    reports.iter().map(|report| report.verdict.judgement()).max().unwrap_or(Judgement::Valid)
}

/// What a rule is called, demands and rests on.
pub(crate) struct About {
    pub(crate) rule: &'static str,
    pub(crate) title: &'static str,
    pub(crate) source: &'static str,
}

/// What a rule has judged so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tally {
    pub(crate) judged: u64,
    count: u64,
    offences: Vec<(Offence, Option<Record>)>,
}

impl Tally {
    /// Takes note of a record that offends.
    #[cold]
    pub(crate) fn object(&mut self, record: &Record, fact: &'static str, message: impl FnOnce() -> String) {
        self.note(record.time, Some(record), fact, message);
    }

    /// Takes note of what is wrong at the end of an instant.
    #[cold]
    pub(crate) fn miss(&mut self, time: SimTime, fact: &'static str, message: impl FnOnce() -> String) {
        self.note(time, None, fact, message);
    }

    fn note(
        &mut self,
        time: SimTime,
        record: Option<&Record>,
        fact: &'static str,
        message: impl FnOnce() -> String,
    ) {
        self.count += 1;
        if self.offences.len() < TOLD {
            let offence = Offence { time, message: message(), fact: fact.into(), records: Vec::new() };
            self.offences.push((offence, record.copied()));
        }
    }

    /// Whether anything offended.
    pub(crate) fn has_objected(&self) -> bool {
        self.count > 0
    }

    /// Adds what was judged apart.
    pub(crate) fn merge(&mut self, other: Self) {
        self.judged += other.judged;
        self.count += other.count;
        self.offences.extend(other.offences);
        self.offences.sort_by_key(|(offence, _)| offence.time);
        self.offences.truncate(TOLD);
    }

    /// The report; `missing` is the evidence that the rule would have needed.
    pub(crate) fn report(self, about: &About, missing: Option<&str>, roster: &Roster) -> RuleReport {
        let with_records = |(offence, record): (Offence, Option<Record>)| {
            let records = record.map(|record| codec::to_line(&record, roster)).into_iter().collect();
            Offence { records, ..offence }
        };
        let verdict = match missing {
            Some(reason) => Verdict::Unknown { reason: reason.into() },
            None if self.count == 0 => Verdict::Valid,
            None => {
                let offences = self.offences.into_iter().map(with_records).collect();
                Verdict::Invalid { offences, count: self.count }
            }
        };
        RuleReport {
            rule: about.rule,
            title: about.title,
            source: about.source,
            judged: self.judged,
            verdict,
        }
    }
}

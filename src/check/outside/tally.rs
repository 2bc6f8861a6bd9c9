//! What a rule has judged so far.

use jiff::Timestamp;

use crate::{
    base::SimTime,
    check::report::{About, Offence, RuleReport, Verdict},
};

/// So many offences against a rule are told in full; the rest are counted.
const TOLD: usize = 5;

/// What a rule has judged so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Tally {
    pub(super) judged: u64,
    count: u64,
    offences: Vec<(Timestamp, &'static str, String)>,
    unknown: Option<String>,
}

impl Tally {
    /// Takes note of something that no times make right.
    pub(super) fn object(&mut self, at: Timestamp, fact: &'static str, message: String) {
        self.count += 1;
        if self.offences.len() < TOLD {
            self.offences.push((at, fact, message));
        }
    }

    /// Takes note of what cannot be told; the first reason stands.
    pub(super) fn doubt(&mut self, reason: String) {
        self.unknown.get_or_insert(reason);
    }

    /// The first instant at which something offended, of those that are told.
    pub(super) fn first(&self) -> Option<Timestamp> {
        self.offences.iter().map(|(at, ..)| *at).min()
    }

    /// The report; `since` puts an instant into the time of the record.
    pub(super) fn report(self, about: &About, since: impl Fn(Timestamp) -> SimTime) -> RuleReport {
        let offence = |(at, fact, message): (Timestamp, &'static str, String)| Offence {
            time: since(at),
            message,
            fact: fact.into(),
            records: Vec::new(),
        };
        let verdict = match self.unknown {
            _ if self.count > 0 => Verdict::Invalid {
                offences: self.offences.into_iter().map(offence).collect(),
                count: self.count,
            },
            Some(reason) => Verdict::Unknown { reason },
            None => Verdict::Valid,
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

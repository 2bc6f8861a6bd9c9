//! The checker for what was seen from outside: a stranger who judges a record of sightings, of a real system or of any other.
//!
//! What polling cannot see is a window and not a point. A rule says invalid only when no times within the windows make it
//! right, and unknown, with the reason, where the record is silent. Where AWS's texts can be read in several ways
//! (section 16 of `docs/semantics.md`), what any of them allows is right; which one it took is told beside the verdicts.
//!
//! Memory grows with the commands that are open.

mod case;
mod command;
mod rules;
mod story;
mod tally;

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use super::report::RuleReport;
use crate::{
    base::SimTime,
    seen::{Header, Sighting, When, Window, track::later},
};
use case::Case;
use rules::RULES;
use story::Story;
use tally::Tally;

/// A command that has ended is judged when nothing has told of it for so long.
const QUIET: SignedDuration = SignedDuration::from_hours(1);

/// Judges one record of sightings.
#[derive(Debug)]
pub struct OutsideChecker {
    header: Header,
    stories: BTreeMap<String, Story>,
    /// Commands that were judged.
    closed: BTreeSet<String>,
    tallies: Vec<Tally>,
    readings: BTreeSet<&'static str>,
    first: Option<Timestamp>,
    latest: Timestamp,
    /// When to look for commands that can be judged again.
    next_look: Timestamp,
    commands: u64,
    stragglers: u64,
}

/// What the checker says.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// The verdict of every rule, always in the same order.
    pub reports: Vec<RuleReport>,
    /// What time 0 of the offences stands for, in RFC 3339: the first instant of the record.
    pub start: String,
    /// The readings that it took to make the record right, where they are not the default; each names its open point.
    pub readings: Vec<&'static str>,
    /// How many commands it judged.
    pub commands: u64,
    /// How many sightings told of a command that had been judged, and were left out.
    pub stragglers: u64,
}

impl OutsideChecker {
    /// A checker for a record with this header.
    pub fn new(header: &Header) -> Self {
        Self {
            header: *header,
            stories: BTreeMap::new(),
            closed: BTreeSet::new(),
            tallies: vec![Tally::default(); RULES.len()],
            readings: BTreeSet::new(),
            first: None,
            latest: Timestamp::MIN,
            next_look: Timestamp::MIN,
            commands: 0,
            stragglers: 0,
        }
    }

    /// Takes note of a sighting. They may come in any order, but for commands that ended an hour before.
    pub fn observe(&mut self, sighting: &Sighting) {
        let when = self.widen(sighting.when());
        self.first = Some(self.first.map_or(when.order(), |first| first.min(when.order())));
        self.latest = self.latest.max(when.order());
        let id = sighting.command_id();
        match self.stories.get_mut(id) {
            Some(story) => story.note(sighting, when),
            None if self.closed.contains(id) => self.stragglers += 1,
            None => self.stories.entry(id.to_string()).or_default().note(sighting, when),
        }
        if self.latest > self.next_look {
            self.next_look = later(self.latest, QUIET);
            self.judge_quiet();
        }
    }

    /// The verdicts.
    pub fn finish(mut self) -> Outcome {
        for (id, story) in std::mem::take(&mut self.stories) {
            self.judge(&id, &story);
        }
        let offences = self.tallies.iter().filter_map(Tally::first);
        let origin = offences.chain(self.first).min().unwrap_or(Timestamp::UNIX_EPOCH);
        let since =
            |at: Timestamp| SimTime(u64::try_from(at.duration_since(origin).as_micros()).unwrap_or_default());
        let reports = RULES.iter().zip(self.tallies).map(|(rule, tally)| tally.report(&rule.about, since));
        Outcome {
            reports: reports.collect(),
            start: origin.to_string(),
            readings: self.readings.into_iter().collect(),
            commands: self.commands,
            stragglers: self.stragglers,
        }
    }

    /// The times of a sighting as far as clocks can be trusted.
    fn widen(&self, when: When) -> When {
        let error = SignedDuration::from_millis(self.header.clock_error_ms.into());
        match when {
            When::Polled { asked, answered } => {
                When::Polled { asked: later(asked, -error), answered: later(answered, error) }
            }
            When::Began(Window { after, until }) => When::Began(Window {
                after: after.map(|after| later(after, -error)),
                until: later(until, error),
            }),
        }
    }

    fn judge_quiet(&mut self) {
        let quiet = |story: &Story| later(story.latest, QUIET) < self.latest && story.has_ended();
        let ready = self.stories.iter().filter(|(_, story)| quiet(story)).map(|(id, _)| id.clone());
        for id in ready.collect::<Vec<_>>() {
            if let Some(story) = self.stories.remove(&id) {
                self.judge(&id, &story);
                self.closed.insert(id);
            }
        }
    }

    fn judge(&mut self, id: &str, story: &Story) {
        self.commands += 1;
        let case = Case::new(id, story, &self.header);
        for (rule, tally) in RULES.iter().zip(&mut self.tallies) {
            self.readings.extend((rule.judge)(&case, tally));
        }
    }
}

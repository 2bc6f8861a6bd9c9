//! The stream of notifications, for who watches: as sent and as arrived.

use std::collections::VecDeque;

use serde::Serialize;

use crate::base::SimTime;

/// How many are kept.
const KEPT: usize = 4000;

/// Something that happened to a message.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Bulletin {
    /// Counted from 1.
    pub number: u64,
    /// When, in simulated seconds.
    pub seconds: f64,
    /// `published`, `arrived`, `delivered` or `failed`.
    pub what: &'static str,
    /// The topic's ARN.
    pub topic: String,
    /// Where it goes; none of a publication.
    pub to: Option<String>,
    /// The command or the instance that it is about.
    pub subject: String,
    /// The status that it tells.
    pub status: String,
    /// Whether it came once already.
    pub duplicate: bool,
    /// From its publication until then, in seconds.
    pub late_seconds: Option<f64>,
}

/// The latest bulletins.
#[derive(Debug, Default)]
pub struct Board {
    kept: VecDeque<Bulletin>,
    count: u64,
}

impl Board {
    /// Pins up another one, whose number and time are given here.
    pub fn pin(&mut self, time: SimTime, bulletin: Bulletin) {
        self.count += 1;
        let seconds = time.since(SimTime::ZERO).as_secs_f64();
        if self.kept.len() == KEPT {
            self.kept.pop_front();
        }
        self.kept.push_back(Bulletin { number: self.count, seconds, ..bulletin });
    }

    /// Those behind the one with this number, as far as they are kept.
    pub fn after(&self, number: u64) -> impl Iterator<Item = &Bulletin> {
        let first = self.kept.front().map_or(0, |bulletin| bulletin.number);
        let skipped = (number + 1).saturating_sub(first);
        self.kept.iter().skip(usize::try_from(skipped).unwrap_or(usize::MAX))
    }
}

//! A load as data: what was asked of the generator, and what was counted. Parts of one load, from several machines, are
//! joined to what one machine would have written.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{
    messages::Messages,
    tally::{Durations, Tally},
    verdict,
};

/// The version of the form.
pub const FORMAT: u32 = 1;

/// A load and what came of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LoadRecord {
    /// [`FORMAT`].
    pub fleetsim_load: u32,
    /// What is the same in all parts of one load.
    pub job: Job,
    /// The parts that this is made of, in order: I of N.
    pub shards: Vec<u64>,
    /// How long it took, in seconds.
    pub seconds: f64,
    /// Whether it was ended before its time.
    pub interrupted: bool,
    /// The error of a bare timer loop that kept the same schedule meanwhile, in nanoseconds, if one was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bare: Option<Durations>,
    /// The notifications that arrived, where somebody listened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub messages: Option<Messages>,
    /// What was counted.
    pub tally: Tally,
}

/// What was asked of the generator.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Job {
    /// The version of the program.
    pub version: String,
    /// The endpoint.
    pub endpoint: String,
    /// What is sent when, in words.
    pub arrivals: String,
    /// The operations with their weights, in words.
    pub mix: String,
    /// The seed.
    pub seed: u64,
    /// How many parts the load has.
    pub parts: u64,
    /// How late a send may be, in microseconds.
    pub bound_us: u64,
    /// Connections at once.
    pub connections: usize,
    /// Whether the load was open: planned by time.
    pub open: bool,
    /// The demands, as they were written.
    pub demands: Vec<String>,
}

impl LoadRecord {
    /// Why it says nothing about the endpoint, if so.
    pub fn void(&self) -> Option<String> {
        verdict::void(&self.tally.schedule, Duration::from_micros(self.job.bound_us))
    }

    /// The demands held against it.
    pub fn findings(&self) -> Vec<verdict::Finding> {
        let demands = self.job.demands.iter().filter_map(|text| text.parse::<verdict::Demand>().ok());
        demands.map(|demand| demand.judge(&self.tally)).collect()
    }

    /// Joins the parts of one load.
    ///
    /// # Errors
    ///
    /// When they are of different loads, or not each there exactly once.
    pub fn merge(mut parts: Vec<Self>) -> Result<Self, String> {
        parts.sort_by_key(|part| part.shards.first().copied());
        let mut parts = parts.into_iter();
        let mut whole = parts.next().ok_or("there is no part")?;
        for part in parts {
            if part.job != whole.job {
                return Err(format!(
                    "part {:?} is of another load than part {:?}",
                    part.shards, whole.shards
                ));
            }
            whole.shards.extend(&part.shards);
            whole.seconds = whole.seconds.max(part.seconds);
            whole.interrupted |= part.interrupted;
            if let (Some(mine), Some(theirs)) = (&mut whole.bare, &part.bare) {
                mine.merge(theirs);
            }
            if let (Some(mine), Some(theirs)) = (&mut whole.messages, &part.messages) {
                mine.merge(theirs);
            }
            whole.tally.merge(&part.tally);
        }
        let expected: Vec<u64> = (1..=whole.job.parts).collect();
        if whole.shards != expected {
            return Err(format!("the parts are {:?}, and not 1 to {}", whole.shards, whole.job.parts));
        }
        Ok(whole)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(number: u64, planned: u64) -> LoadRecord {
        let mut tally = Tally::default();
        tally.schedule.planned = planned;
        let job = Job { parts: 3, ..Job::default() };
        LoadRecord {
            fleetsim_load: FORMAT,
            job,
            shards: vec![number],
            seconds: 1.0,
            interrupted: false,
            bare: None,
            messages: None,
            tally,
        }
    }

    #[test]
    fn all_parts_have_to_be_there_once() {
        let whole = LoadRecord::merge(vec![part(3, 5), part(1, 7), part(2, 1)]).unwrap();
        assert_eq!((whole.tally.schedule.planned, whole.shards), (13, vec![1, 2, 3]));
        assert!(LoadRecord::merge(vec![part(1, 1), part(2, 1)]).is_err());
        assert!(LoadRecord::merge(vec![part(1, 1), part(1, 1), part(2, 1)]).is_err());
        let mut other = part(3, 1);
        other.job.seed = 9;
        assert!(LoadRecord::merge(vec![part(1, 1), part(2, 1), other]).unwrap_err().contains("another load"));
    }
}

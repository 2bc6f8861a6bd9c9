//! The digest of a history: a sum of the hashes of its facts, so that it merges over threads and shards and does
//! not depend on the order of emission.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};
use xxhash_rust::xxh3::xxh3_128_with_seed;

use super::{
    canonical::canonical,
    fact::{Observer, Record},
};

/// A wrapping 128-bit sum of fact hashes. Equal histories have equal digests, on any platform.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Digest(u128);

impl Digest {
    /// The digest of a whole run grows by one replication, whose place `index` counts too.
    pub fn add_replication(&mut self, index: u64, replication: Self) {
        let mixed = xxh3_128_with_seed(&replication.0.to_le_bytes(), index);
        self.0 = self.0.wrapping_add(mixed);
    }

    /// The sum of two digests of disjoint sets of facts or replications.
    pub fn merge(&mut self, other: Self) {
        self.0 = self.0.wrapping_add(other.0);
    }
}

impl Observer for Digest {
    fn observe(&mut self, record: &Record) {
        self.0 = self.0.wrapping_add(canonical(record, xxh3_128_with_seed));
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl FromStr for Digest {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let right = text.len() == 32;
        u128::from_str_radix(text, 16)
            .ok()
            .filter(|_| right)
            .map(Self)
            .ok_or_else(|| format!("`{text}` is not a digest; it has 32 hexadecimal digits"))
    }
}

impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{base::SimTime, history::Fact};

    fn record(time: u64, fact: Fact) -> Record {
        Record { time: SimTime(time), command: 0, fact }
    }

    fn digest(records: &[Record]) -> Digest {
        let mut digest = Digest::default();
        records.iter().for_each(|record| digest.observe(record));
        digest
    }

    #[test]
    fn order_of_emission_does_not_matter_and_content_does() {
        let a = record(1, Fact::Sent { instance: 1 });
        let b = record(1, Fact::Sent { instance: 2 });
        assert_eq!(digest(&[a, b]), digest(&[b, a]));
        let all = [
            digest(&[a]),
            digest(&[b]),
            digest(&[a, a]),
            digest(&[record(2, Fact::Sent { instance: 1 })]),
            digest(&[record(1, Fact::Acknowledged { instance: 1 })]),
            digest(&[Record { command: 1, ..a }]),
        ];
        for (i, one) in all.iter().enumerate() {
            assert!(all[i + 1..].iter().all(|other| other != one));
        }
    }

    #[test]
    fn replications_count_with_their_place() {
        let (a, b) = (digest(&[record(1, Fact::Requested)]), digest(&[record(2, Fact::Requested)]));
        let run = |order: [(u64, Digest); 2]| {
            let mut run = Digest::default();
            for (index, replication) in order {
                run.add_replication(index, replication);
            }
            run
        };
        assert_eq!(run([(0, a), (1, b)]), run([(1, b), (0, a)]));
        assert_ne!(run([(0, a), (1, b)]), run([(1, a), (0, b)]));
    }

    #[test]
    fn text_and_back() {
        let one = digest(&[record(1, Fact::Requested)]);
        assert_eq!(one.to_string().parse(), Ok(one));
        assert!("12".parse::<Digest>().is_err());
    }
}

//! The digest of a history: a sum of the hashes of its facts, so that it merges over threads and shards and does
//! not depend on the order of emission.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};
use xxhash_rust::xxh3::xxh3_128_with_seed;

use super::fact::{Fact, Notice, Observer, Record};

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
        let mut bytes = Canonical::default();
        bytes.record(record);
        self.0 = self.0.wrapping_add(xxh3_128_with_seed(bytes.written(), 0));
    }
}

/// The canonical bytes of one fact: a fixed tag and fixed-width fields, little-endian.
struct Canonical {
    bytes: [u8; 64],
    len: usize,
}

impl Default for Canonical {
    fn default() -> Self {
        Self { bytes: [0; 64], len: 0 }
    }
}

impl Canonical {
    fn written(&self) -> &[u8] {
        &self.bytes[..self.len]
    }

    fn put<const N: usize>(&mut self, field: [u8; N]) {
        self.bytes[self.len..self.len + N].copy_from_slice(&field);
        self.len += N;
    }

    fn head(&mut self, tag: u8, instance: Option<u32>) {
        self.put([tag]);
        self.put(instance.unwrap_or(u32::MAX).to_le_bytes());
    }

    /// Facts about the agent and about messages.
    fn beyond_the_service(&mut self, fact: Fact) {
        match fact {
            Fact::StepEnded { instance, step, reply } => {
                self.head(12, Some(instance));
                self.put(step.to_le_bytes());
                self.put([reply.status as u8]);
                self.put(reply.response_code.to_le_bytes());
                self.put(reply.started.0.to_le_bytes());
                self.put(reply.elapsed.0.to_le_bytes());
            }
            Fact::Accepted { instance, queued } => {
                self.head(13, Some(instance));
                self.put([u8::from(queued)]);
            }
            Fact::Started { instance } => self.head(14, Some(instance)),
            Fact::Released { instance } => self.head(15, Some(instance)),
            Fact::Refused { instance } => self.head(16, Some(instance)),
            Fact::RebootBegan { instance } => self.head(17, Some(instance)),
            Fact::RebootEnded { instance } => self.head(18, Some(instance)),
            Fact::Published(notice) => self.notice(19, notice),
            Fact::Arrived { notice, subscription, duplicate, published } => {
                self.notice(20, notice);
                self.put(subscription.to_le_bytes());
                self.put([u8::from(duplicate)]);
                self.put(published.0.to_le_bytes());
            }
            Fact::Lost { notice, subscription } => {
                self.notice(21, notice);
                self.put(subscription.to_le_bytes());
            }
            _ => unreachable!("told above"),
        }
    }

    fn notice(&mut self, tag: u8, notice: Notice) {
        self.head(tag, notice.instance);
        self.put([notice.status as u8, u8::from(notice.again)]);
    }

    fn record(&mut self, record: &Record) {
        self.put(record.time.0.to_le_bytes());
        self.put(record.command.to_le_bytes());
        match record.fact {
            Fact::Requested => self.head(0, None),
            Fact::Targeted { count } => {
                self.head(1, None);
                self.put(count.to_le_bytes());
            }
            Fact::CommandChanged { state } => {
                self.head(2, None);
                self.put([state.status as u8, state.details as u8]);
            }
            Fact::CommandEnded { state, counts } => {
                self.head(3, None);
                self.put([state.status as u8, state.details as u8]);
                for count in [
                    counts.target_count,
                    counts.completed_count,
                    counts.error_count,
                    counts.delivery_timed_out_count,
                ] {
                    self.put(count.to_le_bytes());
                }
            }
            Fact::Sent { instance } => self.head(4, Some(instance)),
            Fact::Acknowledged { instance } => self.head(5, Some(instance)),
            Fact::InvocationChanged { instance, state } => {
                self.head(6, Some(instance));
                self.put([state.status as u8, state.details as u8]);
            }
            Fact::InvocationEnded { instance, ending } => {
                self.head(7, Some(instance));
                self.put([ending.state.status as u8, ending.state.details as u8]);
                self.put(ending.response_code.to_le_bytes());
                self.put(ending.sent.map_or(u64::MAX, |time| time.0).to_le_bytes());
                self.put(ending.started.map_or(u64::MAX, |time| time.0).to_le_bytes());
                self.put(ending.elapsed.map_or(u64::MAX, |elapsed| elapsed.0).to_le_bytes());
            }
            Fact::CancelRequested { instance } => self.head(8, instance),
            Fact::ThresholdExceeded { errors } => {
                self.head(9, None);
                self.put(errors.to_le_bytes());
            }
            Fact::LateReply { instance, response_code } => {
                self.head(10, Some(instance));
                self.put(response_code.to_le_bytes());
            }
            Fact::Broken { instance } => self.head(11, Some(instance)),
            fact => self.beyond_the_service(fact),
        }
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
    use crate::base::SimTime;

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

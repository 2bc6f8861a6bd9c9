//! The digest of a history: a sum of the hashes of its facts, so that it merges over threads and shards and does
//! not depend on the order of emission.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};
use xxhash_rust::xxh3::xxh3_128_with_seed;

use super::{
    fact::{Ending, Fact, Notice, Record, StepReply},
    observer::Observer,
    parcel::Parcel,
    trouble::Refusal,
};
use crate::{output::Upload, sns::Answer, ssm::StatusDetails};

mod events;

/// How much of time and command the first word of a fact has room for, beside the tag of its kind.
const TIME_BITS: u32 = 46;
const COMMAND_BITS: u32 = 12;
const TAG_BITS: u32 = 6;

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
    const IN_ORDER: bool = false;

    #[inline(always)]
    fn observe(&mut self, record: &Record) {
        self.0 = self.0.wrapping_add(canonical(record, xxh3_128_with_seed));
    }
}

/// Hands the canonical bytes of a fact, and what they have no room for, to `hash`. No two facts have both alike.
#[inline(always)]
fn canonical<T>(record: &Record, hash: impl Fn(&[u8], u64) -> T) -> T {
    let (tag, word) = match record.fact {
        Fact::Requested => (0, 0),
        Fact::Targeted { count } => (1, pair(0, count)),
        Fact::CommandChanged { state } => (2, pair(0, packed(state.status as u32, state.details))),
        Fact::CommandEnded { state, counts } => {
            let words = [
                pair(packed(state.status as u32, state.details), counts.target_count),
                pair(counts.completed_count, counts.error_count),
                pair(counts.delivery_timed_out_count, 0),
            ];
            return bytes(record, 3, words, hash);
        }
        Fact::Sent { instance } => (4, pair(instance, 0)),
        Fact::Acknowledged { instance } => (5, pair(instance, 0)),
        Fact::InvocationChanged { instance, state } => {
            (6, pair(instance, packed(state.status as u32, state.details)))
        }
        Fact::InvocationEnded { instance, ending } => {
            return bytes(record, 7, ending_words(instance, &ending), hash);
        }
        Fact::CancelRequested { instance } => {
            (8, pair(instance.unwrap_or_default(), instance.is_some().into()))
        }
        Fact::ThresholdExceeded { errors } => (9, pair(0, errors)),
        Fact::LateReply { instance, response_code } => (10, pair(instance, response_code.cast_unsigned())),
        Fact::Broken { instance } => (11, pair(instance, 0)),
        Fact::StepEnded { instance, step, reply } => {
            let StepReply { status, response_code, started, elapsed } = reply;
            let outcome = pair(response_code.cast_unsigned(), status as u32);
            return bytes(record, 12, [pair(instance, step), outcome, started.0, elapsed.0], hash);
        }
        Fact::Accepted { instance, queued } => (13, pair(instance, queued.into())),
        Fact::Started { instance } => (14, pair(instance, 0)),
        Fact::Released { instance } => (15, pair(instance, 0)),
        Fact::Refused { instance, why } => (16, pair(instance, refusal_word(why))),
        Fact::RebootBegan { instance } => (17, pair(instance, 0)),
        Fact::RebootEnded { instance } => (18, pair(instance, 0)),
        Fact::Published(notice) => (19, notice_word(notice)),
        Fact::Arrived { notice, subscription, duplicate, published } => {
            let words = [notice_word(notice), pair(subscription, duplicate.into()), published.0];
            return bytes(record, 20, words, hash);
        }
        Fact::Lost { notice, subscription } => {
            return bytes(record, 21, [notice_word(notice), pair(subscription, 0)], hash);
        }
        Fact::Attempted { .. } | Fact::Answered { .. } | Fact::Dropped { .. } => {
            let (tag, words) = delivery_words(&record.fact);
            return bytes(record, tag, words, hash);
        }
        Fact::Throttled { attempt, gives_up } => (62, pair(attempt, gives_up.into())),
        Fact::AlarmTriggered { state } => (61, pair(0, state as u32)),
        Fact::Uploaded(upload) => return bytes(record, 60, upload_words(upload), hash),
        _ => {
            let (tag, words) = events::words(&record.fact);
            return bytes(record, tag, words, hash);
        }
    };
    bytes(record, tag, [word], hash)
}

/// Tag and words of what is told of a delivery.
#[cold]
fn delivery_words(fact: &Fact) -> (u64, [u64; 5]) {
    let (tag, parcel, what, more) = match *fact {
        Fact::Attempted { parcel, attempt, throttled, answer } => {
            (22, parcel, pair(attempt, answer.map_or(0, Answer::word)), throttled.0)
        }
        Fact::Answered { parcel, attempt, answer } => (23, parcel, pair(attempt, answer.word()), 0),
        Fact::Dropped { parcel, why } => (24, parcel, pair(0, why as u32), 0),
        _ => unreachable!("no other fact tells of a delivery"),
    };
    let Parcel { notice, subscription, copy, published } = parcel;
    (tag, [notice_word(notice), pair(subscription, copy.into()), published.0, what, more])
}

fn upload_words(upload: Upload) -> [u64; 4] {
    let Upload { instance, step, stream, store, bytes, calls, since, failure } = upload;
    let failure = failure.map_or(0, |failure| 1 + failure as u32);
    let what = failure << 2 | (store as u32) << 1 | stream as u32;
    [pair(instance, step), pair(what, calls), bytes, since.0]
}

/// The word of a refusal: zero of the usual one, which was the only one once.
fn refusal_word(why: Refusal) -> u32 {
    if why == Refusal::BufferFull { 0 } else { why.code() }
}

fn notice_word(notice: Notice) -> u64 {
    let flags = u32::from(notice.instance.is_some()) | u32::from(notice.again) << 1;
    pair(notice.instance.unwrap_or_default(), (notice.status as u32) << 2 | flags)
}

fn ending_words(instance: u32, ending: &Ending) -> [u64; 5] {
    let Ending { state, response_code, sent, started, elapsed } = *ending;
    let known = [sent.is_some(), started.is_some(), elapsed.is_some()];
    let known = known.iter().fold(0, |bits, &known| bits << 1 | u32::from(known));
    [
        pair(instance, response_code.cast_unsigned()),
        pair(packed(state.status as u32, state.details), known),
        sent.map_or(0, |time| time.0),
        started.map_or(0, |time| time.0),
        elapsed.map_or(0, |time| time.0),
    ]
}

/// The canonical bytes are words, little-endian: first time, command and tag, then what the fact says. The highest bits
/// of time and command, which are zero in every history of ours, stand beside them.
#[inline(always)]
fn bytes<T, const N: usize>(record: &Record, tag: u64, words: [u64; N], hash: impl Fn(&[u8], u64) -> T) -> T {
    let (time, command) = (record.time.0, u64::from(record.command));
    let head = time << (COMMAND_BITS + TAG_BITS) | (command % (1 << COMMAND_BITS)) << TAG_BITS | tag;
    let high = time >> TIME_BITS << (u32::BITS - COMMAND_BITS) | command >> COMMAND_BITS;
    let mut bytes = [[0; 8]; 8];
    bytes[0] = head.to_le_bytes();
    for (bytes, word) in bytes[1..=N].iter_mut().zip(words) {
        *bytes = word.to_le_bytes();
    }
    hash(bytes[..=N].as_flattened(), high)
}

fn pair(upper: u32, lower: u32) -> u64 {
    u64::from(upper) << 32 | u64::from(lower)
}

fn packed(status: u32, details: StatusDetails) -> u32 {
    status << 8 | details as u32
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
mod tests;

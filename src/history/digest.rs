//! The digest of a history: a sum of the hashes of its facts, so that it merges over threads and shards and does
//! not depend on the order of emission.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};
use xxhash_rust::xxh3::xxh3_128_with_seed;

use super::fact::{Ending, Fact, Notice, Observer, Record, StepReply};
use crate::ssm::StatusDetails;

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
        Fact::Refused { instance } => (16, pair(instance, 0)),
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
        _ => {
            let (tag, words) = events::words(&record.fact);
            return bytes(record, tag, words, hash);
        }
    };
    bytes(record, tag, [word], hash)
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
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::{
        base::{SimDuration, SimTime},
        history::CommandCounts,
        ssm::{CommandState, CommandStatus, InvocationState, InvocationStatus, NotifiedStatus, StepStatus},
    };

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

    /// Facts whose numbers are all 0 but for one, and that has one bit. Every state.
    fn facts_of_one_bit() -> Vec<Fact> {
        use CommandStatus::{Failed, Pending, TimedOut};
        use InvocationStatus as Invocation;
        use StatusDetails::{Cancelled, Delayed, NoInstancesInTag, Terminated};
        let state = InvocationState { status: Invocation::Pending, details: StatusDetails::Pending };
        let ending = Ending { state, response_code: 0, sent: None, started: None, elapsed: None };
        let command = CommandState { status: Pending, details: StatusDetails::Pending };
        let counts = CommandCounts::default();
        let (started, elapsed) = (SimTime(0), SimDuration(0));
        let reply = StepReply { status: StepStatus::Success, response_code: 0, started, elapsed };
        let about_command = Notice { instance: None, status: NotifiedStatus::InProgress, again: false };
        let again = Notice { again: true, ..about_command };
        let success = Notice { status: NotifiedStatus::Success, ..about_command };
        let mut facts = vec![Fact::Requested, Fact::CancelRequested { instance: None }];
        for n in [0].into_iter().chain((0..32).map(|bit| 1 << bit)) {
            let (instance, response_code) = (n, n as i32);
            let ended = |counts| Fact::CommandEnded { state: command, counts };
            facts.extend([
                Fact::Targeted { count: n },
                ended(CommandCounts { target_count: n, ..counts }),
                ended(CommandCounts { completed_count: n, ..counts }),
                ended(CommandCounts { error_count: n, ..counts }),
                ended(CommandCounts { delivery_timed_out_count: n, ..counts }),
                Fact::Sent { instance },
                Fact::Acknowledged { instance },
                Fact::InvocationChanged { instance, state },
                Fact::InvocationEnded { instance, ending },
                Fact::InvocationEnded { instance: 0, ending: Ending { response_code, ..ending } },
                Fact::CancelRequested { instance: Some(n) },
                Fact::ThresholdExceeded { errors: n },
                Fact::LateReply { instance, response_code: 0 },
                Fact::LateReply { instance: 0, response_code },
                Fact::Broken { instance },
                Fact::StepEnded { instance, step: 0, reply },
                Fact::StepEnded { instance: 0, step: n, reply },
                Fact::StepEnded { instance: 0, step: 0, reply: StepReply { response_code, ..reply } },
                Fact::Accepted { instance, queued: false },
                Fact::Accepted { instance, queued: true },
                Fact::Started { instance },
                Fact::Released { instance },
                Fact::Refused { instance },
                Fact::RebootBegan { instance },
                Fact::RebootEnded { instance },
                Fact::Lost { notice: about_command, subscription: n },
                Fact::Arrived {
                    notice: about_command,
                    subscription: n,
                    duplicate: false,
                    published: SimTime(0),
                },
                Fact::Arrived {
                    notice: about_command,
                    subscription: n,
                    duplicate: true,
                    published: SimTime(0),
                },
            ]);
            for notice in [about_command, again, Notice { instance: Some(n), ..about_command }, success] {
                facts.extend([
                    Fact::Published(notice),
                    Fact::Lost { notice, subscription: 0 },
                    Fact::Arrived { notice, subscription: 0, duplicate: false, published: SimTime(0) },
                ]);
            }
        }
        for n in [0].into_iter().chain((0..64).map(|bit| 1 << bit)) {
            let endings = [
                Ending { sent: Some(SimTime(n)), ..ending },
                Ending { started: Some(SimTime(n)), ..ending },
                Ending { elapsed: Some(SimDuration(n)), ..ending },
            ];
            facts.extend(endings.map(|ending| Fact::InvocationEnded { instance: 0, ending }));
            let replies =
                [StepReply { started: SimTime(n), ..reply }, StepReply { elapsed: SimDuration(n), ..reply }];
            facts.extend(replies.map(|reply| Fact::StepEnded { instance: 0, step: 0, reply }));
            let published = SimTime(n);
            facts.push(Fact::Arrived { notice: about_command, subscription: 0, duplicate: false, published });
        }
        for details in [
            StatusDetails::InProgress,
            Delayed,
            StatusDetails::Success,
            Cancelled,
            Terminated,
            NoInstancesInTag,
        ] {
            for status in
                [Invocation::InProgress, Invocation::Delayed, Invocation::Cancelled, Invocation::Cancelling]
            {
                let state = InvocationState { status, details };
                facts.push(Fact::InvocationChanged { instance: 0, state });
                facts.push(Fact::InvocationEnded { instance: 0, ending: Ending { state, ..ending } });
            }
            for status in [CommandStatus::InProgress, CommandStatus::Success, TimedOut, Failed] {
                let state = CommandState { status, details };
                facts.extend([Fact::CommandChanged { state }, Fact::CommandEnded { state, counts }]);
            }
        }
        facts
    }

    /// Every field is shifted to a place of its own: if two shared a bit, two of these would look the same.
    #[test]
    fn canonical_forms_differ_in_every_bit_of_every_field() {
        let bits = |count| [0].into_iter().chain((0..count).map(|bit| 1_u64 << bit));
        let moments = bits(64).map(|time| (time, 0)).chain(bits(32).map(|command| (0, command as u32)));
        let facts = facts_of_one_bit();
        let mut forms = BTreeMap::new();
        for (time, command) in moments {
            for &fact in &facts {
                let record = Record { time: SimTime(time), command, fact };
                let form = canonical(&record, |bytes, high| (bytes.to_vec(), high));
                let other = forms.insert(form, record);
                assert!(other.is_none_or(|other| other == record), "{other:?} and {record:?}");
            }
        }
        assert!(forms.len() > 50_000);
    }
}

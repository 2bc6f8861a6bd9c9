//! The canonical bytes of a fact, which its hash is of: a few words of 64 bits, packed, so that most facts come to 16 bytes.

use super::fact::{Ending, Fact, Notice, Record, StepReply};
use crate::ssm::StatusDetails;

/// How much of time and command the first word of a fact has room for, beside the tag of its kind.
const TIME_BITS: u32 = 46;
const COMMAND_BITS: u32 = 12;
const TAG_BITS: u32 = 6;

/// Hands the canonical bytes of a fact, and what they have no room for, to `hash`. No two facts have both alike.
#[inline(always)]
pub(super) fn canonical<T>(record: &Record, hash: impl Fn(&[u8], u64) -> T) -> T {
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
        _ => return beyond_the_service(record, hash),
    };
    bytes(record, tag, [word], hash)
}

/// Facts about the agent and about messages.
#[inline(always)]
fn beyond_the_service<T>(record: &Record, hash: impl Fn(&[u8], u64) -> T) -> T {
    let (tag, word) = match record.fact {
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
            return bytes(record, 21, [notice_word(notice), subscription.into()], hash);
        }
        _ => unreachable!("told above"),
    };
    bytes(record, tag, [word], hash)
}

fn notice_word(Notice { instance, status, again }: Notice) -> u64 {
    let flags = u32::from(instance.is_some()) | u32::from(again) << 1;
    pair(instance.unwrap_or_default(), flags << 8 | status as u32)
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
    let head = time << (COMMAND_BITS + TAG_BITS) | command % (1 << COMMAND_BITS) << TAG_BITS | tag;
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::{
        base::{SimDuration, SimTime},
        history::CommandCounts,
        ssm::{CommandState, CommandStatus, InvocationState, InvocationStatus, NotifiedStatus, StepStatus},
    };

    fn zero_and_bits(count: u32) -> impl Iterator<Item = u64> {
        [0].into_iter().chain((0..count).map(|bit| 1 << bit))
    }

    /// Facts about the service whose numbers are all 0 but for one, and that has one bit.
    fn facts_of_the_service() -> Vec<Fact> {
        let state = InvocationState { status: InvocationStatus::Pending, details: StatusDetails::Pending };
        let ending = Ending { state, response_code: 0, sent: None, started: None, elapsed: None };
        let command = CommandState { status: CommandStatus::Pending, details: StatusDetails::Pending };
        let counts = CommandCounts::default();
        let mut facts = vec![Fact::Requested, Fact::CancelRequested { instance: None }];
        for n in zero_and_bits(32).map(|n| n as u32) {
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
            ]);
        }
        for n in zero_and_bits(64) {
            let endings = [
                Ending { sent: Some(SimTime(n)), ..ending },
                Ending { started: Some(SimTime(n)), ..ending },
                Ending { elapsed: Some(SimDuration(n)), ..ending },
            ];
            facts.extend(endings.map(|ending| Fact::InvocationEnded { instance: 0, ending }));
        }
        facts
    }

    /// The same of facts about the agent and about messages.
    fn facts_beyond_the_service() -> Vec<Fact> {
        let step = |instance, step, response_code, started, elapsed| {
            let (started, elapsed) = (SimTime(started), SimDuration(elapsed));
            let reply = StepReply { status: StepStatus::Success, response_code, started, elapsed };
            Fact::StepEnded { instance, step, reply }
        };
        let notice = Notice { instance: None, status: NotifiedStatus::InProgress, again: false };
        let arrived = |notice, subscription, duplicate, published| Fact::Arrived {
            notice,
            subscription,
            duplicate,
            published: SimTime(published),
        };
        let mut facts = vec![Fact::Accepted { instance: 0, queued: true }, arrived(notice, 0, true, 0)];
        for again in [false, true] {
            for status in NotifiedStatus::ALL {
                let notice = Notice { status, again, ..notice };
                facts.extend([Fact::Published(notice), arrived(notice, 0, false, 0)]);
                facts.push(Fact::Lost { notice, subscription: 0 });
            }
        }
        for n in zero_and_bits(32).map(|n| n as u32) {
            let (instance, about) = (n, Notice { instance: Some(n), ..notice });
            facts.extend([
                step(n, 0, 0, 0, 0),
                step(0, n, 0, 0, 0),
                step(0, 0, n as i32, 0, 0),
                Fact::Accepted { instance, queued: false },
                Fact::Started { instance },
                Fact::Released { instance },
                Fact::Refused { instance },
                Fact::RebootBegan { instance },
                Fact::RebootEnded { instance },
                Fact::Published(about),
                arrived(about, 0, false, 0),
                arrived(notice, n, false, 0),
                Fact::Lost { notice: about, subscription: 0 },
                Fact::Lost { notice, subscription: n },
            ]);
        }
        for n in zero_and_bits(64) {
            facts.extend([step(0, 0, 0, n, 0), step(0, 0, 0, 0, n), arrived(notice, 0, false, n)]);
        }
        facts
    }

    /// Statuses with details, of which no two share more than a few bits.
    fn facts_of_states() -> Vec<Fact> {
        use InvocationStatus as Invocation;
        use StatusDetails as Details;
        let counts = CommandCounts::default();
        let mut facts = Vec::new();
        for details in [
            Details::InProgress,
            Details::Delayed,
            Details::Success,
            Details::Cancelled,
            Details::Terminated,
            Details::NoInstancesInTag,
        ] {
            for status in
                [Invocation::InProgress, Invocation::Delayed, Invocation::Cancelled, Invocation::Cancelling]
            {
                let state = InvocationState { status, details };
                let ending = Ending { state, response_code: 0, sent: None, started: None, elapsed: None };
                facts.push(Fact::InvocationChanged { instance: 0, state });
                facts.push(Fact::InvocationEnded { instance: 0, ending });
            }
            for status in [CommandStatus::InProgress, CommandStatus::Success, CommandStatus::Failed] {
                let state = CommandState { status, details };
                facts.extend([Fact::CommandChanged { state }, Fact::CommandEnded { state, counts }]);
            }
        }
        for status in [StepStatus::Failed, StepStatus::TimedOut, StepStatus::Skipped] {
            let (started, elapsed) = (SimTime::ZERO, SimDuration::ZERO);
            let reply = StepReply { status, response_code: 0, started, elapsed };
            facts.push(Fact::StepEnded { instance: 0, step: 0, reply });
        }
        facts
    }

    /// Every field is shifted to a place of its own: if two shared a bit, two of these would look the same.
    #[test]
    fn canonical_forms_differ_in_every_bit_of_every_field() {
        let times = zero_and_bits(64).map(|time| (time, 0));
        let commands = zero_and_bits(32).map(|command| (0, command as u32));
        let facts = [facts_of_the_service(), facts_beyond_the_service(), facts_of_states()].concat();
        let mut forms = BTreeMap::new();
        for (time, command) in times.chain(commands) {
            for &fact in &facts {
                let record = Record { time: SimTime(time), command, fact };
                let form = canonical(&record, |bytes, high| (bytes.to_vec(), high));
                let other = forms.insert(form, record);
                assert!(other.is_none_or(|other| other == record), "{other:?} and {record:?}");
            }
        }
        assert!(forms.len() > 100_000);
    }
}

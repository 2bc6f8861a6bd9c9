//! When a failed attempt is repeated: the delivery policy with jitter.

use crate::{
    base::{SimDuration, philox::philox4x64},
    service::Outgoing,
};

/// What tells these words from all others that are drawn.
const STREAM: u64 = 0x5245_5452_4945_5321;

/// A delay is longer or shorter by up to this part of it (S9.26).
const JITTER: u64 = 10;

/// The delay before a retry, counted from 1; `None` when the policy has no such retry. A function of the message's number, so
/// that it is the same on replay.
pub fn retry_delay(outgoing: &Outgoing, retry: u32) -> Option<SimDuration> {
    let [word, ..] = philox4x64([outgoing.id, retry.into(), 0, 0], [0, STREAM]);
    outgoing.retries.delay(retry).map(|nominal| jittered(nominal, word))
}

/// Every value within the bounds is equally likely.
fn jittered(SimDuration(nominal): SimDuration, word: u64) -> SimDuration {
    let width = nominal / JITTER;
    let part = (u128::from(2 * width + 1) * u128::from(word)) >> 64;
    SimDuration(nominal - width + part as u64).max(SimDuration::UNIT)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The numbers of the simulation's own test: 20 s and a tenth.
    #[test]
    fn jitter_stays_within_its_bounds_on_both_sides() {
        let twenty = SimDuration::from_secs(20);
        assert_eq!(jittered(twenty, 0), SimDuration::from_secs(18));
        assert_eq!(jittered(twenty, u64::MAX), SimDuration::from_secs(22));
        assert_eq!(jittered(twenty, 1 << 63), twenty);
        assert_eq!(jittered(SimDuration::ZERO, u64::MAX), SimDuration::UNIT);
    }
}

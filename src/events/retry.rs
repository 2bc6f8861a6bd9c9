//! How EventBridge tries a target again (S10.27, S10.30).

use serde::{Deserialize, Serialize};

use super::happening::Exhausted;
use crate::base::{SimDuration, SimTime};

/// The wait before the first retry. Assumed, as the doubling and the cap are: AWS says no more than exponential with jitter.
const FIRST: SimDuration = SimDuration::from_secs(1);
/// The longest wait between two attempts: with it, 185 of them take about a day.
const LONGEST: SimDuration = SimDuration::from_secs(512);

/// `RetryPolicy` of a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RetryPolicy {
    /// `MaximumRetryAttempts`: 0 to 185.
    pub maximum_retry_attempts: u32,
    /// `MaximumEventAgeInSeconds`: 60 to 86,400.
    pub maximum_event_age_in_seconds: u32,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self { maximum_retry_attempts: 185, maximum_event_age_in_seconds: 86_400 }
    }
}

impl RetryPolicy {
    /// When the next attempt comes after attempt number `made`, counted from 1, failed at `now`; or which limit forbids it.
    /// `born` is when the event happened, `word` a random word for the jitter.
    pub fn next(self, made: u32, born: SimTime, now: SimTime, word: u64) -> Result<SimTime, Exhausted> {
        if made > self.maximum_retry_attempts {
            return Err(Exhausted::MaximumRetryAttempts);
        }
        let next = now + backoff(made, word);
        let oldest = SimDuration::from_secs(self.maximum_event_age_in_seconds.into());
        if next.since(born) > oldest { Err(Exhausted::MaximumEventAgeInSeconds) } else { Ok(next) }
    }
}

/// Between half and all of the wait, which doubles up to the cap.
fn backoff(made: u32, word: u64) -> SimDuration {
    let whole = SimDuration(FIRST.0 << (made - 1).min(9)).min(LONGEST).0;
    let part = (u128::from(whole / 2) * u128::from(word)) >> 64;
    SimDuration(whole / 2 + part as u64)
}

/// The bounds of the wait after attempt number `made`, both inclusive.
pub fn bounds(made: u32) -> (SimDuration, SimDuration) {
    (backoff(made, 0), backoff(made, u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: u64 = 1_000_000;

    #[test]
    fn waits_double_up_to_the_cap() {
        for (made, least, most) in
            [(1, 500_000, SECOND), (2, SECOND, 2 * SECOND), (11, 256 * SECOND, 512 * SECOND)]
        {
            let (low, high) = bounds(made);
            assert_eq!((low.0, high.0), (least, most - 1), "{made}");
        }
    }

    /// S10.27: 185 retries, or a day, whatever comes first; the defaults are made for each other.
    #[test]
    fn attempts_end_by_count_or_by_age() {
        let run = |policy: RetryPolicy, word| {
            let (mut now, mut made) = (SimTime::ZERO, 1);
            loop {
                match policy.next(made, SimTime::ZERO, now, word) {
                    Ok(next) => (now, made) = (next, made + 1),
                    Err(why) => return (made, why, now),
                }
            }
        };
        let policy = RetryPolicy::default();
        assert_eq!(run(policy, 0).1, Exhausted::MaximumRetryAttempts);
        assert_eq!(run(policy, 0).0, 186);
        let (_, why, last) = run(policy, u64::MAX);
        assert_eq!(why, Exhausted::MaximumEventAgeInSeconds);
        assert!(last.0 <= 86_400 * SECOND);
        let never = RetryPolicy { maximum_retry_attempts: 0, ..policy };
        assert_eq!(run(never, 7).0, 1);
        let short = RetryPolicy { maximum_event_age_in_seconds: 60, ..policy };
        assert_eq!(run(short, u64::MAX).1, Exhausted::MaximumEventAgeInSeconds);
    }
}

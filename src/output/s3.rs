//! How the agent puts an object: again after a while, a few times (S11.6).

use crate::base::SimDuration;

/// How often an upload is tried in all: once, and five times more.
pub const ATTEMPTS: u32 = 6;
/// The delay before the first retry; it doubles from one to the next.
const FIRST_DELAY: SimDuration = SimDuration(100_000);
/// By which part a delay may be shorter or longer, in percent.
const JITTER: u64 = 20;

/// The bounds of the delay after an attempt that failed, counted from 1: the shortest and the longest.
pub fn delay_bounds(attempt: u32) -> (SimDuration, SimDuration) {
    let middle = FIRST_DELAY.0 << (attempt - 1).min(ATTEMPTS);
    (SimDuration(middle * (100 - JITTER) / 100), SimDuration(middle * (100 + JITTER) / 100))
}

/// The delay that a random word stands for.
pub fn delay(attempt: u32, word: u64) -> SimDuration {
    let (shortest, longest) = delay_bounds(attempt);
    let part = (u128::from(longest.0 - shortest.0 + 1) * u128::from(word)) >> 64;
    SimDuration(shortest.0 + part as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// S11.6: from 100 ms doubling, jitter 0.2.
    #[test]
    fn delays_double_and_jitter() {
        let middles = [100, 200, 400, 800, 1600];
        for (attempt, middle) in (1..ATTEMPTS).zip(middles) {
            let (shortest, longest) = (middle * 800, middle * 1200);
            assert_eq!(delay_bounds(attempt), (SimDuration(shortest), SimDuration(longest)));
            assert_eq!(delay(attempt, 0), SimDuration(shortest));
            assert_eq!(delay(attempt, u64::MAX), SimDuration(longest));
            assert_eq!(delay(attempt, 1 << 63).0, middle * 1000);
        }
    }
}

//! What a caller of the API does when a call is refused.

use super::{Luck, behaviour::part, luck::Purpose};
use crate::base::SimDuration;

/// The longest wait that the standard mode of AWS's SDKs allows.
const LONGEST_WAIT: SimDuration = SimDuration::from_secs(20);

/// The most that a caller waits after so many refusals, counted from 1: a second, doubled each time, up to 20 s.
pub fn longest_wait(refusals: u32) -> SimDuration {
    let doubled = 1_u64.checked_shl(refusals - 1).unwrap_or(u64::MAX);
    SimDuration::from_secs(doubled.min(LONGEST_WAIT.0 / 1_000_000))
}

/// How long the caller of a command waits after so many refusals, counted from 1: any part of the longest, at least a microsecond.
pub fn wait(luck: &Luck, command: u32, refusals: u32) -> SimDuration {
    let [word, ..] = luck.of_command(command, Purpose::Refusal, refusals);
    part(longest_wait(refusals), word).max(SimDuration::UNIT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_twenty_seconds() {
        let longest: Vec<u64> = (1..8).map(|refusals| longest_wait(refusals).0 / 1_000_000).collect();
        assert_eq!(longest, [1, 2, 4, 8, 16, 20, 20]);
        assert_eq!(longest_wait(1000), LONGEST_WAIT);
        let luck = Luck::new(7, 0);
        let waits: Vec<u64> = (0..10_000).map(|command| wait(&luck, command, 3).0).collect();
        assert!(waits.iter().all(|&wait| (1..4_000_000).contains(&wait)));
        // Uniform on 0 to 4 s: the mean of 10,000 is 2 s, give or take five times 4 s / sqrt(12 * 10,000) = 58 ms.
        let mean = waits.iter().sum::<u64>() / 10_000;
        assert!((1_942_000..2_058_000).contains(&mean), "{mean}");
    }
}

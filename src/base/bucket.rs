//! A bucket of tokens, in integers.

use serde::{Deserialize, Serialize};

use super::{SimDuration, SimTime};

/// How many calls pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CallRate {
    /// After so long another call passes; more than zero.
    pub every: SimDuration,
    /// So many pass at once after a long silence; at least 1.
    pub burst: u32,
}

/// A bucket that is full at the beginning: it holds `burst` tokens, and gets one more after every `every`.
#[derive(Clone, Copy, Debug)]
pub struct TokenBucket {
    rate: CallRate,
    /// When it is full again.
    full_at: SimTime,
}

impl TokenBucket {
    /// A full bucket.
    pub fn new(rate: CallRate) -> Self {
        Self { rate, full_at: SimTime::ZERO }
    }

    /// From when on there is a token, if nobody takes another one.
    pub fn ready_at(&self) -> SimTime {
        let rest = self.rate.every.0.saturating_mul(u64::from(self.rate.burst - 1));
        SimTime(self.full_at.0.saturating_sub(rest))
    }

    /// Takes a token, if there is one. Times must not go back.
    pub fn take(&mut self, now: SimTime) -> bool {
        let is_ready = self.ready_at() <= now;
        if is_ready {
            self.full_at = SimTime(self.full_at.max(now).0.saturating_add(self.rate.every.0));
        }
        is_ready
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_passes_and_then_the_rate() {
        let rate = CallRate { every: SimDuration::from_secs(2), burst: 3 };
        let mut bucket = TokenBucket::new(rate);
        let mut passed = |from: u64, to: u64| {
            (from..to).filter(|&tenth| bucket.take(SimTime(tenth * 100_000))).collect::<Vec<_>>()
        };
        // Three at once; the tokens come back after 2, 4, 6 s.
        assert_eq!(passed(0, 70), [0, 1, 2, 20, 40, 60]);
        // After 8 s without a call (the next token was due at 8 s) there are three again, and not four.
        assert_eq!(passed(160, 180), [160, 161, 162]);
    }

    #[test]
    fn it_says_when_the_next_token_is_there() {
        let mut bucket = TokenBucket::new(CallRate { every: SimDuration(10), burst: 1 });
        assert_eq!(bucket.ready_at(), SimTime(0));
        assert!(bucket.take(SimTime(5)) && !bucket.take(SimTime(14)));
        assert_eq!(bucket.ready_at(), SimTime(15));
        assert!(bucket.take(SimTime(15)));
    }
}

//! Ids that the service gives out.

use std::fmt::Write;

use crate::base::philox::philox4x64;

/// What tells these words from all others that are drawn under the same seed.
const STREAM: u64 = 0x5345_5256_4943_4549;

/// A source of ids: a function of a seed and of how many were given out before, so that the same calls get the same ids.
#[derive(Clone, Debug)]
pub struct Ids {
    seed: u64,
    given: u64,
}

impl Ids {
    /// The ids of a seed, from the first on.
    pub fn new(seed: u64) -> Self {
        Self { seed, given: 0 }
    }

    /// The next id, in the form of a UUID of version 4.
    pub fn uuid(&mut self) -> String {
        let [high, low] = self.words();
        let high = high & !0xF000 | 0x4000;
        let low = low & (u64::MAX >> 2) | 1 << 63;
        format!(
            "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
            high >> 32,
            high >> 16 & 0xFFFF,
            high & 0xFFFF,
            low >> 48,
            low & 0xFFFF_FFFF_FFFF
        )
    }

    /// The next id as so many hexadecimal digits.
    pub fn hex(&mut self, digits: usize) -> String {
        let mut text = String::with_capacity(digits + 32);
        while text.len() < digits {
            let [high, low] = self.words();
            write!(text, "{high:016x}{low:016x}").expect("a string takes what is written");
        }
        text.truncate(digits);
        text
    }

    fn words(&mut self) -> [u64; 2] {
        let [high, low, ..] = philox4x64([self.given, 0, 0, 0], [self.seed, STREAM]);
        self.given += 1;
        [high, low]
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn ids_differ_and_come_again_with_their_seed() {
        let ids = |seed| {
            let mut ids = Ids::new(seed);
            (0..1000).map(|_| ids.uuid()).collect::<Vec<_>>()
        };
        assert_eq!(ids(1), ids(1));
        let all: BTreeSet<_> = ids(1).into_iter().chain(ids(2)).collect();
        assert_eq!(all.len(), 2000);
    }

    /// RFC 9562, section 5.4: the digit of the version is 4, that of the variant 8, 9, a or b.
    #[test]
    fn a_uuid_is_of_version_4() {
        let mut ids = Ids::new(7);
        for _ in 0..100 {
            let id = ids.uuid();
            let lengths: Vec<_> = id.split('-').map(str::len).collect();
            assert_eq!(lengths, [8, 4, 4, 4, 12]);
            assert_eq!(&id[14..15], "4");
            assert!("89ab".contains(&id[19..20]), "{id}");
        }
        assert_eq!(ids.hex(250).len(), 250);
    }
}

//! Philox4x64-10, a counter-based random function: the words are a function of a key and a counter, so that
//! any draw can be made at any time and nothing is stored.
//!
//! J. K. Salmon, M. A. Moraes, R. O. Dror, D. E. Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011.

const MULTIPLIER: [u64; 2] = [0xD2E7_470E_E14C_6C93, 0xCA5A_8263_9512_1157];
const WEYL: [u64; 2] = [0x9E37_79B9_7F4A_7C15, 0xBB67_AE85_84CA_A73B];
const ROUNDS: usize = 10;

/// The function under one key. The keys of all rounds are made once.
#[derive(Clone, Debug)]
pub struct Philox4x64 {
    round_keys: [[u64; 2]; ROUNDS],
}

impl Philox4x64 {
    /// The function under `key`.
    pub fn new(mut key: [u64; 2]) -> Self {
        let mut round_keys = [key; ROUNDS];
        for round_key in &mut round_keys[1..] {
            key = [key[0].wrapping_add(WEYL[0]), key[1].wrapping_add(WEYL[1])];
            *round_key = key;
        }
        Self { round_keys }
    }

    /// The four words that belong to `counter`.
    #[inline]
    pub fn words(&self, mut counter: [u64; 4]) -> [u64; 4] {
        for key in self.round_keys {
            let [high0, low0] = multiply(MULTIPLIER[0], counter[0]);
            let [high1, low1] = multiply(MULTIPLIER[1], counter[2]);
            counter = [high1 ^ counter[1] ^ key[0], low1, high0 ^ counter[3] ^ key[1], low0];
        }
        counter
    }
}

/// The four words that belong to `counter` under `key`.
pub fn philox4x64(counter: [u64; 4], key: [u64; 2]) -> [u64; 4] {
    Philox4x64::new(key).words(counter)
}

#[inline]
fn multiply(a: u64, b: u64) -> [u64; 2] {
    let product = u128::from(a) * u128::from(b);
    [(product >> 64) as u64, product as u64]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Counter, key and result of one published vector.
    type Vector = ([u64; 4], [u64; 2], [u64; 4]);

    /// The known-answer vectors that the authors publish with Random123 (`philox4x64 10`).
    #[test]
    fn published_vectors() {
        let all = u64::MAX;
        let vectors: [Vector; 3] = [
            (
                [0; 4],
                [0; 2],
                [0x16554d9eca36314c, 0xdb20fe9d672d0fdc, 0xd7e772cee186176b, 0x7e68b68aec7ba23b],
            ),
            (
                [all; 4],
                [all; 2],
                [0x87b092c3013fe90b, 0x438c3c67be8d0224, 0x9cc7d7c69cd777b6, 0xa09caebf594f0ba0],
            ),
            (
                [0x243f6a8885a308d3, 0x13198a2e03707344, 0xa4093822299f31d0, 0x082efa98ec4e6c89],
                [0x452821e638d01377, 0xbe5466cf34e90c6c],
                [0xa528f45403e61d95, 0x38c72dbd566e9788, 0xa5a1610e72fd18b5, 0x57bd43b5e52b7fe6],
            ),
        ];
        for (counter, key, expected) in vectors {
            assert_eq!(philox4x64(counter, key), expected);
        }
    }
}

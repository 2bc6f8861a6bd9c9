//! What a random word stands for: u = (word + 1/2) / 2^64.

/// 2^-64, the share of one word.
pub(super) const UNIT: f64 = 1.0 / 18_446_744_073_709_551_616.0;

/// The u of a word. The complement 1 - u is that of `!word`: ask for whichever of the two is small.
pub(super) fn probability(word: u64) -> f64 {
    (word as f64 + 0.5) * UNIT
}

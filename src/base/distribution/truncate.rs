//! A quantile function cut at both ends: only the words are used whose values lie between the bounds.

use super::{quantile::Quantile, word::UNIT};

/// All words in the place of those from `first` on, `count` many, whose values lie between the bounds.
///
/// The values are those of a word of fewer bits: with a kept probability of k there are k 2^64 of them, so that
/// at the least k allowed, 1e-12, neighbours are some 5e-8 of the kept probability apart.
#[derive(Clone, Debug)]
pub(super) struct Truncated {
    first: u64,
    /// At most 2^64.
    count: u128,
    min: f64,
    max: f64,
    of: Quantile,
}

impl Truncated {
    /// The probability with which `of` lies between the bounds, both included, and what it is then;
    /// none if no word reaches between them.
    pub(super) fn new(of: Quantile, min: f64, max: f64) -> Option<(f64, Self)> {
        let first = first_word(&of, |value| value >= min);
        let end = first_word(&of, |value| value > max);
        let count = end.checked_sub(first).filter(|count| *count > 0)?;
        Some((count as f64 * UNIT, Self { first: first as u64, count, min, max, of }))
    }

    pub(super) fn at(&self, word: u64) -> f64 {
        // Half a count puts the word in the middle of its share; when nothing is cut this is the word itself.
        let within = (u128::from(word) * self.count + self.count / 2) >> 64;
        // Rounding in the inner function may step over a bound by a last bit.
        self.of.at(self.first + within as u64).clamp(self.min, self.max)
    }
}

/// The first word whose value is `beyond` a bound, 2^64 if there is none.
fn first_word(of: &Quantile, beyond: impl Fn(f64) -> bool) -> u128 {
    let (mut low, mut high) = (0, 1_u128 << 64);
    while low < high {
        let middle = (low + high) / 2;
        if beyond(of.at(middle as u64)) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    low
}

//! From a random word to a value.

use super::{
    Distribution,
    prepare::{self, Weighted},
    quantile::Quantile,
};

/// Why a distribution cannot exist.
#[derive(Clone, Debug, PartialEq)]
pub struct Impossible {
    /// The parameter at fault, as the scenario spells it.
    pub parameter: &'static str,
    /// What is wrong with it and what would be right.
    pub reason: String,
}

/// A distribution made ready for drawing.
#[derive(Clone, Debug)]
pub struct Sampler(Drawing);

#[derive(Clone, Debug)]
enum Drawing {
    Single(Quantile),
    Mixture(Vec<Part>),
}

impl Sampler {
    /// Checks the parameters and builds what tables are needed.
    ///
    /// Every parameter must be finite and not negative, and no value may be infinite: a lognormal, Weibull or Pareto
    /// whose 1 - 2^-65 quantile is beyond the floats is refused. A gamma's shape is from 0.05 to 1,000,000. At most 8
    /// mixtures, shifts and truncations stand within one another, and at most 64 distributions are mixed. A
    /// truncation keeps a probability of at least 1e-12. A gamma takes some milliseconds to build and 256 KiB to keep.
    pub fn new(distribution: &Distribution) -> Result<Self, Impossible> {
        let mut parts = prepare::parts(distribution)?;
        if parts.len() == 1 {
            return Ok(Self(Drawing::Single(parts.remove(0).1)));
        }
        Ok(Self(Drawing::Mixture(share_words(parts))))
    }

    /// The value at the quantile that `word` stands for: u = (word + 1/2) / 2^64.
    ///
    /// Both tails are kept: near 1 the complement 1 - u is what is computed with. Except for a mixture, whose parts
    /// share the words by weight, a larger word gives no smaller value. For constant, uniform, values and quantiles
    /// this holds to the bit, for the others up to rounding: a relative 1e-14. The same rounding is the error of all
    /// but three: gamma, a table with a relative error of at most 2e-5 (1e-8 from shape 0.5); truncated, where u is
    /// rounded to 2^-64 of the distribution that is cut; and mixture, where it is rounded likewise in each part.
    #[inline]
    pub fn sample(&self, word: u64) -> f64 {
        match &self.0 {
            Drawing::Single(quantile) => quantile.at(word),
            Drawing::Mixture(parts) => parts[parts.partition_point(|part| part.first <= word) - 1].at(word),
        }
    }
}

/// One part of a mixture and the words that choose it.
#[derive(Clone, Debug)]
struct Part {
    /// The first of its words; the first of the next part ends them.
    first: u64,
    /// 2^128 / the number of its words: one word more is so much further in the part's own, in units of 2^-64.
    stretch: u128,
    quantile: Quantile,
}

impl Part {
    fn at(&self, word: u64) -> f64 {
        // The middle of the word's share. The distance is below the number of words, so nothing overflows.
        let stretched = u128::from(word - self.first) * self.stretch + self.stretch / 2;
        self.quantile.at((stretched >> 64) as u64)
    }
}

/// Divides the words among the parts by weight, in order. A part of less than one word gets none.
fn share_words(parts: Vec<Weighted>) -> Vec<Part> {
    const ALL: u128 = 1 << 64;
    let last = parts.len() - 1;
    let (mut sum, mut first, mut shared) = (0.0, 0, Vec::new());
    for (index, (weight, quantile)) in parts.into_iter().enumerate() {
        sum += weight;
        let end = if index == last { ALL } else { ((sum * ALL as f64) as u128).min(ALL) };
        if end > first {
            let stretch = ((end - first).wrapping_neg() / (end - first)).saturating_add(1);
            shared.push(Part { first: first as u64, stretch, quantile });
        }
        first = end;
    }
    shared
}

//! From a random word to a value. (Being written.)

use super::Distribution;

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
pub struct Sampler(f64);

impl Sampler {
    /// Checks the parameters and builds what tables are needed.
    pub fn new(distribution: &Distribution) -> Result<Self, Impossible> {
        let Distribution::Constant { value } = distribution else {
            return Err(Impossible { parameter: "", reason: "not yet".into() });
        };
        Ok(Self(*value))
    }

    /// The value at the quantile that `word` stands for: (word + 1/2) / 2^64.
    pub fn sample(&self, _word: u64) -> f64 {
        self.0
    }
}

//! Counts, percentages and chances as integers.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// An absolute count or a whole percentage of the targets, as the two rate controls take them (S4.1, S4.16).
/// It is kept as written: "25%" is never replaced by the number it comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rate {
    /// So many invocations.
    Count(u32),
    /// So many of a hundred targets, 0 to 100.
    Percent(u8),
}

/// How a percentage that does not come to a whole number is rounded (O-13).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Rounding {
    /// To the next whole number above.
    Ceil,
    /// To the next whole number below.
    Floor,
    /// To the nearest whole number, a half upwards.
    HalfUp,
}

impl Rate {
    /// The number it comes to over `total` targets. An absolute count is not capped at `total`.
    pub fn of(self, total: u32, rounding: Rounding) -> u32 {
        let percent = match self {
            Self::Count(count) => return count,
            Self::Percent(percent) => percent,
        };
        let hundredfold = u64::from(percent) * u64::from(total);
        let rounded = match rounding {
            Rounding::Ceil => hundredfold.div_ceil(100),
            Rounding::Floor => hundredfold / 100,
            Rounding::HalfUp => (hundredfold + 50) / 100,
        };
        u32::try_from(rounded).expect("a percentage of a u32 is a u32")
    }
}

/// A probability in parts per billion, so that sums of chances are exact. As data it is the probability itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct Chance(pub u32);

impl Chance {
    /// Certainty, a billion parts.
    pub const ONE: Self = Self(1_000_000_000);

    /// The chance nearest to a probability between 0 and 1; `None` outside that range.
    pub fn from_probability(probability: f64) -> Option<Self> {
        (0.0..=1.0).contains(&probability).then_some(Self((probability * 1e9 + 0.5) as u32))
    }

    /// The chance as a probability, for reports.
    pub fn probability(self) -> f64 {
        f64::from(self.0) / 1e9
    }

    /// The number of 64-bit words that this chance covers: a random word below it is a hit.
    pub fn words(self) -> u128 {
        (u128::from(self.0) << 64) / 1_000_000_000
    }
}

impl TryFrom<f64> for Chance {
    type Error = String;

    fn try_from(probability: f64) -> Result<Self, String> {
        Self::from_probability(probability)
            .ok_or_else(|| format!("{probability} is no chance; it lies between 0 and 1"))
    }
}

impl From<Chance> for f64 {
    fn from(chance: Chance) -> Self {
        chance.probability()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentages_of_small_fleets_round_as_told() {
        // The rows of section 4.6: concurrency up, errors down.
        for (percent, total, up, down) in
            [(10, 50, 5, 5), (25, 10, 3, 2), (10, 3, 1, 0), (5, 1000, 50, 50), (50, 7, 4, 3)]
        {
            assert_eq!(Rate::Percent(percent).of(total, Rounding::Ceil), up);
            assert_eq!(Rate::Percent(percent).of(total, Rounding::Floor), down);
        }
        assert_eq!(Rate::Percent(50).of(7, Rounding::HalfUp), 4);
        assert_eq!(Rate::Percent(10).of(3, Rounding::HalfUp), 0);
        assert_eq!(Rate::Percent(100).of(u32::MAX, Rounding::Ceil), u32::MAX);
    }

    #[test]
    fn chances_cover_the_words_exactly() {
        assert_eq!(Chance::ONE.words(), 1 << 64);
        assert_eq!(Chance(0).words(), 0);
        assert_eq!(Chance::from_probability(0.5).unwrap().words(), 1 << 63);
        assert_eq!(Chance::from_probability(1.5), None);
        assert_eq!(Chance::from_probability(f64::NAN), None);
        for parts in [0, 1, 3, 333_333_333, 999_999_999] {
            assert_eq!(Chance::try_from(f64::from(Chance(parts))), Ok(Chance(parts)));
        }
    }
}

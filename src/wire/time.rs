//! Times on the wire.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A time as the JSON protocols write it: seconds since 1970 as a number with a fraction. Kept in milliseconds, the
/// finest that the services tell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EpochSeconds {
    /// Milliseconds since 1970.
    pub millis: i64,
}

impl EpochSeconds {
    /// The time so many milliseconds after 1970 began.
    pub fn from_millis(millis: i64) -> Self {
        Self { millis }
    }
}

impl Serialize for EpochSeconds {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.millis as f64 / 1e3)
    }
}

impl<'de> Deserialize<'de> for EpochSeconds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let seconds = f64::deserialize(deserializer)?;
        Ok(Self { millis: (seconds * 1e3).round() as i64 })
    }
}

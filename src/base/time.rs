//! Integer time: microseconds since the start of the simulation.

use std::{borrow::Cow, fmt, ops::Add, str::FromStr, time::Duration};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

/// A point of simulation time, in microseconds since the scenario's `start`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SimTime(pub u64);

/// A length of simulation time, in microseconds. Written and read as text such as `1h 30m` or `250ms`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SimDuration(pub u64);

impl SimTime {
    /// The start of the simulation.
    pub const ZERO: Self = Self(0);
    /// The last time the calendar can hold: 2^46 - 1 microseconds, 814 days.
    pub const MAX: Self = Self((1 << 46) - 1);

    /// The time elapsed since `earlier`; zero when `earlier` is later.
    pub fn since(self, earlier: Self) -> SimDuration {
        SimDuration(self.0.saturating_sub(earlier.0))
    }
}

impl SimDuration {
    /// No time at all.
    pub const ZERO: Self = Self(0);
    /// The smallest delay of the model: one microsecond, so that nothing cascades within an instant.
    pub const UNIT: Self = Self(1);
    /// The longest duration that a scenario may name: 400 days, well inside the calendar's range.
    pub const LONGEST: Self = Self(400 * 86_400 * 1_000_000);

    /// A duration of whole seconds.
    pub const fn from_secs(seconds: u64) -> Self {
        Self(seconds * 1_000_000)
    }

    /// The duration in seconds, for reports.
    pub fn as_secs_f64(self) -> f64 {
        self.0 as f64 / 1e6
    }
}

impl Add<SimDuration> for SimTime {
    type Output = Self;

    fn add(self, by: SimDuration) -> Self {
        Self(self.0.saturating_add(by.0).min(Self::MAX.0))
    }
}

impl Add for SimDuration {
    type Output = Self;

    fn add(self, by: Self) -> Self {
        Self(self.0.saturating_add(by.0))
    }
}

impl fmt::Display for SimDuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        humantime::format_duration(Duration::from_micros(self.0)).fmt(f)
    }
}

impl FromStr for SimDuration {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = |why: String| {
            format!(
                "`{text}` is not a duration ({why}); write a number and a unit, such as \"30s\", \"1h 30m\" or \"250ms\""
            )
        };
        let parsed = humantime::parse_duration(text).map_err(|error| wrong(error.to_string()))?;
        let micros = u64::try_from(parsed.as_micros()).unwrap_or(u64::MAX);
        if micros > Self::LONGEST.0 {
            return Err(wrong("longer than the 400 days that can be simulated".into()));
        }
        if parsed.subsec_nanos() % 1_000 != 0 {
            return Err(wrong("finer than a microsecond, the unit of simulation time".into()));
        }
        Ok(Self(micros))
    }
}

impl Serialize for SimDuration {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for SimDuration {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

impl JsonSchema for SimDuration {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Duration".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": "human-duration", "examples": ["30s", "1h 30m", "250ms"] })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_back() {
        for text in ["0s", "1us", "250ms", "30s", "1h 30m", "30days", "1h 2m 3s 4ms 5us"] {
            assert_eq!(text.parse::<SimDuration>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn bad_text_names_what_is_right() {
        for text in ["", "30", "-3s", "abc", "3 parsecs", "500days", "1ns"] {
            let error = text.parse::<SimDuration>().unwrap_err();
            assert!(error.contains("such as"), "{error}");
        }
    }

    #[test]
    fn time_never_leaves_the_calendar() {
        assert_eq!(SimTime::MAX + SimDuration(1), SimTime::MAX);
        assert_eq!(SimTime::ZERO.since(SimTime(5)), SimDuration::ZERO);
    }
}

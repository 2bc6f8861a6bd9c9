//! Dates as AWS's tools print them: ISO 8601 or seconds since 1970, whichever `cli_timestamp_format` says.

use std::fmt;

use jiff::{Timestamp, civil::DateTime, tz::TimeZone};
use serde::{Deserialize, Deserializer, de};

/// An instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Date(pub Timestamp);

/// The instant that a text tells; a date without a zone is taken as UTC. `None` when it tells none.
pub fn parse(text: &str) -> Option<Timestamp> {
    if let Ok(instant) = text.parse() {
        return Some(instant);
    }
    // Python's isoformat of a date without a zone.
    if let Ok(civil) = text.parse::<DateTime>() {
        return civil.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp());
    }
    text.parse().ok().and_then(of_seconds)
}

/// So many seconds since 1970, to the millisecond, the finest that the services tell.
fn of_seconds(seconds: f64) -> Option<Timestamp> {
    let millis = (seconds * 1e3).round();
    // Beyond this a float is no exact number of milliseconds, nor a date that a service tells.
    (millis.abs() < 1e15).then_some(millis as i64).and_then(|millis| Timestamp::from_millisecond(millis).ok())
}

impl<'de> Deserialize<'de> for Date {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Visitor)
    }
}

struct Visitor;

impl de::Visitor<'_> for Visitor {
    type Value = Date;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a date in ISO 8601 or in seconds since 1970")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Date, E> {
        parse(text).map(Date).ok_or_else(|| E::invalid_value(de::Unexpected::Str(text), &self))
    }

    fn visit_f64<E: de::Error>(self, seconds: f64) -> Result<Date, E> {
        of_seconds(seconds).map(Date).ok_or_else(|| E::invalid_value(de::Unexpected::Float(seconds), &self))
    }

    fn visit_u64<E: de::Error>(self, seconds: u64) -> Result<Date, E> {
        self.visit_f64(seconds as f64)
    }

    fn visit_i64<E: de::Error>(self, seconds: i64) -> Result<Date, E> {
        self.visit_f64(seconds as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_print_one_instant() {
        for json in [
            "1582136283.089",
            "\"2020-02-19T18:18:03.089Z\"",
            "\"2020-02-19T18:18:03.089000+00:00\"",
            "\"2020-02-19T20:18:03.089000+02:00\"",
            "\"2020-02-19T18:18:03.089000\"",
            "\"1582136283.089\"",
        ] {
            let date: Date = serde_json::from_str(json).unwrap();
            assert_eq!(date.0.as_millisecond(), 1_582_136_283_089, "{json}");
        }
        for json in ["\"\"", "\"soon\"", "1e300", "null", "{}"] {
            assert!(serde_json::from_str::<Date>(json).is_err(), "{json}");
        }
    }
}

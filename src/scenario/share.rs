//! A chance as the user writes it: a number from 0 to 1, or a percentage as text.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de::Error};

use crate::base::Chance;

/// A chance: `0.01` or `"1%"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share(pub Chance);

/// The two spellings.
#[derive(Deserialize)]
#[serde(untagged)]
enum Spelling {
    Number(f64),
    Text(String),
}

impl Share {
    /// A percentage such as `1%` or `0.25%`, exact to a billionth.
    pub fn parse_percent(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is not a chance; write \"1%\", \"0.25%\" or a number from 0 to 1");
        let percent = text.strip_suffix('%').map(str::trim).ok_or_else(wrong)?;
        let (whole, fraction) = percent.split_once('.').unwrap_or((percent, "0"));
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if !digits(whole) || !digits(fraction) || fraction.len() > 7 {
            return Err(wrong());
        }
        let whole = whole.parse::<u64>().map_err(|_| wrong())?;
        let fraction = format!("{fraction:0<7}").parse::<u64>().map_err(|_| wrong())?;
        let billionths = whole.saturating_mul(10_000_000).saturating_add(fraction);
        if billionths > u64::from(Chance::ONE.0) {
            return Err(wrong());
        }
        Ok(Self(Chance(billionths as u32)))
    }
}

impl<'de> Deserialize<'de> for Share {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Spelling::deserialize(deserializer)? {
            Spelling::Number(number) => Chance::from_probability(number)
                .map(Self)
                .ok_or_else(|| D::Error::custom(format!("{number} is not a chance from 0 to 1"))),
            Spelling::Text(text) => Self::parse_percent(&text).map_err(D::Error::custom),
        }
    }
}

impl JsonSchema for Share {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Chance".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "anyOf": [
                { "type": "number", "minimum": 0, "maximum": 1 },
                { "type": "string", "format": "percentage", "pattern": "^[0-9]+([.][0-9]{1,7})? *%$" },
            ],
            "examples": [0.01, "1%"],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentages_are_exact() {
        for (text, billionths) in
            [("1%", 10_000_000), ("0%", 0), ("100%", 1_000_000_000), ("0.25 %", 2_500_000), ("0.0000001%", 1)]
        {
            assert_eq!(Share::parse_percent(text), Ok(Share(Chance(billionths))), "{text}");
        }
        for text in ["", "%", "1", "-1%", "101%", "100.1%", "1.%", "1.12345678%", "1e1%"] {
            assert!(Share::parse_percent(text).is_err(), "{text}");
        }
    }
}

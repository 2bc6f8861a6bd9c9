//! Preconditions of steps (schema 2.2): `StringEquals` on the platform, or on texts with parameters.

use std::collections::BTreeMap;

use super::{
    Parameter,
    remark::{Remarks, inside},
    values::{Values, names_in},
};
use crate::ssm::{limits::hint, status::Platform};

/// When a step runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Precondition {
    /// On this platform; `None` is one that no agent has, so nowhere.
    Platform(Option<Platform>),
    /// When these texts are equal once the parameters' values are put into them.
    Equal(String, String),
}

/// The name that stands for the platform of the instance.
const PLATFORM_TYPE: &str = "platformType";
/// The platforms as a precondition spells them, in any case.
const PLATFORMS: [(&str, Platform); 3] =
    [("Linux", Platform::Linux), ("Windows", Platform::Windows), ("MacOS", Platform::MacOS)];

impl Precondition {
    /// The precondition of a step. What the agent does not understand makes the step fail on every instance that it
    /// would run on, and is refused here.
    pub(super) fn read(
        content: &BTreeMap<String, Vec<String>>,
        parameters: &BTreeMap<String, Parameter>,
        pointer: &str,
        remarks: &mut Remarks,
    ) -> Option<Self> {
        let mut found = None;
        for (operator, arguments) in content {
            let pointer = inside(pointer, operator);
            if operator != "StringEquals" {
                remarks.refuse(pointer, "the agent knows the operator `StringEquals` only");
                continue;
            }
            match read_equals(arguments, parameters) {
                Ok(condition) => {
                    if condition == Self::Platform(None) {
                        let named = arguments.iter().find(|text| *text != PLATFORM_TYPE);
                        let help =
                            hint(named.map_or("", String::as_str), PLATFORMS.iter().map(|(name, _)| *name));
                        let help = format!("the platforms are Linux, Windows and MacOS{help}");
                        remarks.warn(pointer, "no instance is of this platform: the step never runs", help);
                    }
                    found = Some(condition);
                }
                Err(message) => remarks.refuse(pointer, message),
            }
        }
        found
    }

    /// Whether it lets the step run on a platform, with these values.
    pub fn holds(&self, platform: Platform, values: &Values) -> bool {
        match self {
            Self::Platform(only) => *only == Some(platform),
            Self::Equal(one, other) => values.put_into(one) == values.put_into(other),
        }
    }
}

fn read_equals(
    arguments: &[String],
    parameters: &BTreeMap<String, Parameter>,
) -> Result<Precondition, &'static str> {
    let [one, other] = arguments else { return Err("StringEquals compares exactly two texts") };
    if one == other {
        return Err("both texts are the same");
    }
    if [one, other].into_iter().flat_map(|text| names_in(text)).any(|name| name.starts_with("ssm")) {
        return Err("the agent does not compare with parameters of Parameter Store");
    }
    let names_a_parameter = |text: &str| names_in(text).any(|name| parameters.contains_key(name));
    let platform = match (one == PLATFORM_TYPE, other == PLATFORM_TYPE) {
        (true, _) => other,
        (_, true) => one,
        _ if names_a_parameter(one) || names_a_parameter(other) => {
            return Ok(Precondition::Equal(one.clone(), other.clone()));
        }
        _ => return Err("one of the texts is `platformType` or names a parameter of the document"),
    };
    if names_a_parameter(platform) {
        return Err("the agent does not compare `platformType` with a parameter");
    }
    let known = PLATFORMS.iter().find(|(name, _)| name.eq_ignore_ascii_case(platform));
    Ok(Precondition::Platform(known.map(|(_, platform)| *platform)))
}

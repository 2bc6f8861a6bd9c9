//! The limits that the API states, and the two rate controls as values (section 14.1).

use std::sync::LazyLock;

use regex::Regex;

use crate::base::Rate;

/// Most entries of `InstanceIds`, in `SendCommand` and in `CancelCommand` (S3.1, S7.1).
pub const INSTANCE_IDS: usize = 50;
/// Most entries of `Targets` (S3.2).
pub const TARGETS: usize = 5;
/// Values of one target above which the guide and the model disagree (O-29).
pub const TARGET_VALUES_IN_GUIDE: usize = 5;
/// Most values of `resource-groups:ResourceTypeFilters` (section 3.2).
pub const RESOURCE_TYPES: usize = 5;
/// Most characters of `MaxConcurrency` and `MaxErrors` (S4.1, S4.16).
pub const RATE_LENGTH: usize = 7;
/// `MaxConcurrency` of a request that names none (S4.2).
pub const DEFAULT_MAX_CONCURRENCY: &str = "50";
/// `MaxErrors` of a request that names none (S4.17).
pub const DEFAULT_MAX_ERRORS: &str = "0";
/// The range of `TimeoutSeconds` (S5.1).
pub const TIMEOUT_SECONDS: std::ops::RangeInclusive<i64> = 30..=2_592_000;
/// Most bytes of a document's content, the values of its parameters included (section 14.1).
pub const DOCUMENT_SIZE: usize = 64 << 10;

/// The pattern of `MaxConcurrency` (S4.1), as the API prints it.
pub const MAX_CONCURRENCY_PATTERN: &str = "^([1-9][0-9]*|[1-9][0-9]%|[1-9]%|100%)$";
/// The pattern of `MaxErrors` (S4.16), as the API prints it.
pub const MAX_ERRORS_PATTERN: &str = "^([1-9][0-9]*|[0]|[1-9][0-9]%|[0-9]%|100%)$";

/// A field refused its value: what the value must satisfy, in the words of S14.6 that follow "Member must".
pub type Constraint = String;

/// `MaxConcurrency` as a value: a count from 1, or 1 % to 100 %.
pub fn parse_max_concurrency(text: &str) -> Result<Rate, Constraint> {
    static PATTERN: LazyLock<Regex> = LazyLock::new(|| regex(MAX_CONCURRENCY_PATTERN));
    parse_rate(text, &PATTERN)
}

/// `MaxErrors` as a value: a count from 0, or 0 % to 100 %.
pub fn parse_max_errors(text: &str) -> Result<Rate, Constraint> {
    static PATTERN: LazyLock<Regex> = LazyLock::new(|| regex(MAX_ERRORS_PATTERN));
    parse_rate(text, &PATTERN)
}

fn parse_rate(text: &str, pattern: &Regex) -> Result<Rate, Constraint> {
    length(text, 1, RATE_LENGTH)?;
    matches(text, pattern)?;
    Ok(match text.strip_suffix('%') {
        Some(percent) => Rate::Percent(percent.parse().expect("the pattern admits 0 to 100")),
        None => Rate::Count(text.parse().expect("7 digits are a u32")),
    })
}

/// A pattern of the API, compiled. `$` is the very end: a trailing newline does not slip through (S14.2).
pub(crate) fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).expect("a pattern of section 14.1")
}

/// Whether `text` has between `min` and `max` characters.
pub(crate) fn length(text: &str, min: usize, max: usize) -> Result<(), Constraint> {
    match text.chars().count() {
        few if few < min => Err(format!("have length greater than or equal to {min}")),
        many if many > max => Err(format!("have length less than or equal to {max}")),
        _ => Ok(()),
    }
}

/// Whether the pattern admits `text`.
pub(crate) fn matches(text: &str, pattern: &Regex) -> Result<(), Constraint> {
    if pattern.is_match(text) {
        return Ok(());
    }
    Err(format!("satisfy regular expression pattern: {}", pattern.as_str()))
}

/// Whether `text` is one of `words`, in this very case (S9.2).
pub(crate) fn one_of(text: &str, words: &[&str]) -> Result<(), Constraint> {
    if words.contains(&text) {
        return Ok(());
    }
    Err(format!("satisfy enum value set: [{}]", words.join(", ")))
}

/// `; did you mean ...?` when a known name is near.
pub(crate) fn hint<'a>(found: &str, known: impl Iterator<Item = &'a str>) -> String {
    crate::base::nearest(found, known).map(|name| format!("; did you mean `{name}`?")).unwrap_or_default()
}

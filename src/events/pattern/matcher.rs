//! Matchers: what one leaf of an event is held against.

use core::net::IpAddr;

use super::{
    address::{self, Block},
    event::Value,
    wildcard::Wildcard,
};

/// One alternative for the value of a field (S10.13 to S10.16).
#[derive(Clone, Debug)]
pub enum Matcher {
    /// This very string.
    Text(String),
    /// This address, however it is written.
    Address(IpAddr),
    /// A number written in the same way, or of the same value.
    Number(String, Option<f64>),
    /// `true`, `false` or `null`.
    Literal(&'static str),
    /// A string of a kind.
    Like(Like),
    /// A number in a range.
    Numeric(Range),
    /// An address in a block.
    Cidr(Block),
    /// Any value at all.
    Exists,
    /// No value at all; no leaf matches it.
    Absent,
    /// Every value but these strings.
    ButTexts(Vec<String>),
    /// Every value but these numbers.
    ButNumbers(Vec<f64>),
    /// Every value but strings of these kinds.
    ButLike(Vec<Like>),
}

/// A kind of strings.
#[derive(Clone, Debug)]
pub enum Like {
    /// Those that begin so.
    Prefix(String),
    /// Those that end so.
    Suffix(String),
    /// Those that are the same but for case.
    IgnoringCase(String),
    /// Those that begin so but for case.
    PrefixIgnoringCase(String),
    /// Those that end so but for case.
    SuffixIgnoringCase(String),
    /// Those that fit.
    Wildcard(Wildcard),
}

/// A range of numbers. A bound that is not there does not bind.
#[derive(Clone, Copy, Debug, Default)]
pub struct Range {
    /// The least number, and whether it is outside.
    pub bottom: Option<(f64, bool)>,
    /// The greatest number, and whether it is outside.
    pub top: Option<(f64, bool)>,
}

impl Matcher {
    /// Whether a leaf matches.
    pub fn matches(&self, value: &Value) -> bool {
        match (self, value) {
            (Self::Exists, _) => true,
            (Self::Absent, _) => false,
            (Self::Text(wanted), Value::Text(text)) => text == wanted,
            (Self::Address(wanted), Value::Text(text)) => address::address(text) == Some(*wanted),
            (Self::Number(wanted, number), Value::Number(text, found)) => {
                text == wanted || (number.is_some() && number == found)
            }
            (Self::Literal(wanted), Value::Literal(literal)) => literal == wanted,
            (Self::Like(like), Value::Text(text)) => like.holds(text),
            (Self::Numeric(range), Value::Number(_, Some(number))) => range.contains(*number),
            (Self::Cidr(block), Value::Text(text)) => {
                address::address(text).is_some_and(|ip| block.contains(ip))
            }
            (Self::ButTexts(texts), Value::Text(text)) => !texts.contains(text),
            (Self::ButNumbers(numbers), Value::Number(_, Some(number))) => !numbers.contains(number),
            (Self::ButLike(likes), Value::Text(text)) => !likes.iter().any(|like| like.holds(text)),
            (Self::ButTexts(_) | Self::ButNumbers(_) | Self::ButLike(_), _) => true,
            _ => false,
        }
    }
}

impl Like {
    fn holds(&self, text: &str) -> bool {
        match self {
            Self::Prefix(prefix) => text.starts_with(prefix.as_str()),
            Self::Suffix(suffix) => text.ends_with(suffix.as_str()),
            Self::IgnoringCase(wanted) => behind(wanted, text) == Some(""),
            Self::PrefixIgnoringCase(prefix) => behind(prefix, text).is_some(),
            Self::SuffixIgnoringCase(suffix) => ends(suffix, text),
            Self::Wildcard(wildcard) => wildcard.matches(text),
        }
    }
}

impl Range {
    fn contains(&self, number: f64) -> bool {
        let above = |(bottom, open): (f64, bool)| number > bottom || (!open && number == bottom);
        let below = |(top, open): (f64, bool)| number < top || (!open && number == top);
        self.bottom.is_none_or(above) && self.top.is_none_or(below)
    }
}

/// What stands behind a beginning that is the same but for case.
fn behind<'a>(wanted: &str, text: &'a str) -> Option<&'a str> {
    wanted
        .chars()
        .try_fold(text, |rest, wanted| forms(wanted).iter().find_map(|form| rest.strip_prefix(form.as_str())))
}

/// Whether a text ends in the same but for case.
fn ends(wanted: &str, text: &str) -> bool {
    let before = |rest: &'_ str, wanted: char| -> Option<usize> {
        forms(wanted).iter().find_map(|form| rest.strip_suffix(form.as_str()).map(str::len))
    };
    wanted.chars().rev().try_fold(text.len(), |end, wanted| before(&text[..end], wanted)).is_some()
}

/// A character, in lower and in upper case.
fn forms(wanted: char) -> [String; 3] {
    [wanted.to_string(), wanted.to_lowercase().collect(), wanted.to_uppercase().collect()]
}

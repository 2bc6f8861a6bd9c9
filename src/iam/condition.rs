//! Conditions: operators, and whether a request satisfies them.

use core::net::IpAddr;

use jiff::{Timestamp, civil, tz::Offset};

use super::{request::Context, template::Template};

/// One line of a condition: a key of the request compared with values, of which one suffices.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    /// The operator, as written.
    pub operator: String,
    /// The name of the key, as written.
    pub key: String,
    /// The values.
    pub values: Vec<Template>,
    pub(super) test: Operator,
}

/// What an operator does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Operator {
    quantifier: Option<Quantifier>,
    comparison: Comparison,
    is_negated: bool,
    if_exists: bool,
}

/// How the several values of a key of the request are treated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Quantifier {
    /// One of them has to match.
    Any,
    /// Each of them has to; of none all do.
    All,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Comparison {
    Equals,
    EqualsIgnoreCase,
    Like,
    Arn,
    Numeric(Relation),
    Date(Relation),
    Bool,
    Binary,
    Address,
    Null,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Relation {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// The operators without prefix and suffix: comparison, and whether it is negated.
const OPERATORS: [(&str, Comparison, bool); 28] = {
    use Comparison::{Address, Arn, Binary, Bool, Date, Equals, EqualsIgnoreCase, Like, Null, Numeric};
    use Relation::{Equal, Greater, GreaterOrEqual, Less, LessOrEqual};
    [
        ("StringEquals", Equals, false),
        ("StringNotEquals", Equals, true),
        ("StringEqualsIgnoreCase", EqualsIgnoreCase, false),
        ("StringNotEqualsIgnoreCase", EqualsIgnoreCase, true),
        ("StringLike", Like, false),
        ("StringNotLike", Like, true),
        ("NumericEquals", Numeric(Equal), false),
        ("NumericNotEquals", Numeric(Equal), true),
        ("NumericLessThan", Numeric(Less), false),
        ("NumericLessThanEquals", Numeric(LessOrEqual), false),
        ("NumericGreaterThan", Numeric(Greater), false),
        ("NumericGreaterThanEquals", Numeric(GreaterOrEqual), false),
        ("DateEquals", Date(Equal), false),
        ("DateNotEquals", Date(Equal), true),
        ("DateLessThan", Date(Less), false),
        ("DateLessThanEquals", Date(LessOrEqual), false),
        ("DateGreaterThan", Date(Greater), false),
        ("DateGreaterThanEquals", Date(GreaterOrEqual), false),
        ("Bool", Bool, false),
        ("BoolNotEquals", Bool, true),
        ("BinaryEquals", Binary, false),
        ("IpAddress", Address, false),
        ("NotIpAddress", Address, true),
        ("ArnEquals", Arn, false),
        ("ArnLike", Arn, false),
        ("ArnNotEquals", Arn, true),
        ("ArnNotLike", Arn, true),
        ("Null", Null, false),
    ]
};

/// The names of all operators, without prefix and suffix.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    OPERATORS.iter().map(|(name, ..)| *name)
}

impl Operator {
    /// The operator of this name; `None` of no operator.
    pub(super) fn parse(name: &str) -> Option<Self> {
        let (quantifier, rest) = match name.split_once(':') {
            Some(("ForAnyValue", rest)) => (Some(Quantifier::Any), rest),
            Some(("ForAllValues", rest)) => (Some(Quantifier::All), rest),
            Some(_) => return None,
            None => (None, name),
        };
        let (bare, if_exists) = match rest.strip_suffix("IfExists") {
            Some(bare) => (bare, true),
            None => (rest, false),
        };
        let (_, comparison, is_negated) = *OPERATORS.iter().find(|(name, ..)| *name == bare)?;
        // Null asks itself whether the key exists.
        let is_sound = comparison != Comparison::Null || (quantifier.is_none() && !if_exists);
        is_sound.then_some(Self { quantifier, comparison, is_negated, if_exists })
    }

    /// Whether its values may have policy variables.
    pub(super) fn takes_variables(self) -> bool {
        use Comparison::{Arn, Equals, EqualsIgnoreCase, Like};
        matches!(self.comparison, Equals | EqualsIgnoreCase | Like | Arn)
    }

    /// Whether it compares text, with or without wildcards, and is not negated.
    pub(super) fn demands_text(self) -> bool {
        use Comparison::{Equals, EqualsIgnoreCase, Like};
        matches!(self.comparison, Equals | EqualsIgnoreCase | Like) && !self.is_negated
    }

    /// What would be right instead of a value that it cannot compare with; `None` of one that it can.
    pub(super) fn fault_of(self, value: &str) -> Option<&'static str> {
        let (is_right, help) = match self.comparison {
            Comparison::Numeric(_) => (number(value).is_some(), "a number"),
            Comparison::Date(_) => {
                (date(value).is_some(), "a date as 2026-01-31T00:00:00Z, or seconds since 1970")
            }
            Comparison::Bool | Comparison::Null => (boolean(value).is_some(), "`true` or `false`"),
            Comparison::Address => (block(value).is_some(), "an IP address, or a block as 203.0.113.0/24"),
            _ => (true, ""),
        };
        (!is_right).then_some(help)
    }

    fn compare(self, wanted: &Template, found: &str, context: &Context) -> bool {
        let filled = || wanted.fill(context);
        match self.comparison {
            Comparison::Equals => filled().is_some_and(|wanted| wanted == found),
            Comparison::EqualsIgnoreCase => {
                filled().is_some_and(|wanted| wanted.to_lowercase() == found.to_lowercase())
            }
            Comparison::Like => wanted.pattern(context).is_some_and(|pattern| pattern.matches(found)),
            Comparison::Arn => is_arn_like(wanted, found, context),
            Comparison::Binary => wanted.text == found,
            Comparison::Numeric(relation) => number(&wanted.text)
                .zip(number(found))
                .is_some_and(|(wanted, found)| relation.holds(&found, &wanted)),
            Comparison::Date(relation) => date(&wanted.text)
                .zip(date(found))
                .is_some_and(|(wanted, found)| relation.holds(&found, &wanted)),
            Comparison::Bool => boolean(&wanted.text).is_some_and(|wanted| boolean(found) == Some(wanted)),
            Comparison::Address => block(&wanted.text)
                .zip(found.parse().ok())
                .is_some_and(|(block, found)| contains(block, found)),
            Comparison::Null => false,
        }
    }
}

impl Condition {
    /// Whether a request with this context satisfies it.
    pub(super) fn holds(&self, context: &Context) -> bool {
        let Operator { quantifier, comparison, is_negated, if_exists } = self.test;
        let found = context.get(&self.key);
        if comparison == Comparison::Null {
            let is_absent = found.is_none_or(<[String]>::is_empty);
            return self.values.iter().any(|value| boolean(&value.text) == Some(is_absent));
        }
        let Some(found) = found else {
            let of_nothing = match quantifier {
                Some(Quantifier::All) => true,
                Some(Quantifier::Any) => false,
                None => is_negated,
            };
            return if_exists || of_nothing;
        };
        // A variable without a value differs from nothing, too (S12.20).
        let is_whole = |value: &Template| !self.test.takes_variables() || value.fill(context).is_some();
        if is_negated && !self.values.iter().all(is_whole) {
            return false;
        }
        let holds = |found: &String| {
            self.values.iter().any(|wanted| self.test.compare(wanted, found, context)) != is_negated
        };
        match quantifier {
            Some(Quantifier::All) => found.iter().all(holds),
            None if is_negated => found.iter().all(holds),
            Some(Quantifier::Any) | None => found.iter().any(holds),
        }
    }
}

impl Relation {
    fn holds<T: PartialOrd>(self, found: &T, wanted: &T) -> bool {
        match self {
            Self::Equal => found == wanted,
            Self::Less => found < wanted,
            Self::LessOrEqual => found <= wanted,
            Self::Greater => found > wanted,
            Self::GreaterOrEqual => found >= wanted,
        }
    }
}

/// Each of the six parts of an ARN is compared for itself (IAM user guide, Amazon Resource Name condition operators).
fn is_arn_like(wanted: &Template, found: &str, context: &Context) -> bool {
    let (wanted, found): (Vec<_>, Vec<_>) =
        (wanted.text.splitn(6, ':').collect(), found.splitn(6, ':').collect());
    let is_alike = |(wanted, found): (&&str, &&str)| {
        Template::parse(wanted).pattern(context).is_some_and(|pattern| pattern.matches(found))
    };
    wanted.len() == found.len() && wanted.iter().zip(&found).all(is_alike)
}

fn number(text: &str) -> Option<f64> {
    text.parse().ok().filter(|number: &f64| number.is_finite())
}

/// A date in one of the forms of ISO 8601 that IAM takes, or in seconds since 1970.
fn date(text: &str) -> Option<Timestamp> {
    let of_day = || {
        text.parse::<civil::Date>()
            .ok()?
            .to_datetime(civil::Time::midnight())
            .to_zoned(jiff::tz::TimeZone::fixed(Offset::UTC))
            .ok()
    };
    let seconds = || Timestamp::from_second(text.parse().ok()?).ok();
    text.parse().ok().or_else(|| of_day().map(|day| day.timestamp())).or_else(seconds)
}

fn boolean(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" => Some(true),
        "false" => Some(false),
        _ => None,
    }
}

/// The addresses whose first bits are those of one.
type Block = (IpAddr, u32);

fn block(text: &str) -> Option<Block> {
    let (address, bits) = match text.split_once('/') {
        Some((address, bits)) => (address, Some(bits.parse().ok()?)),
        None => (text, None),
    };
    let address: IpAddr = address.parse().ok()?;
    let most = if address.is_ipv4() { 32 } else { 128 };
    Some((address, bits.unwrap_or(most))).filter(|(_, bits)| *bits <= most)
}

fn contains((network, bits): Block, address: IpAddr) -> bool {
    let differs = match (network, address) {
        (IpAddr::V4(network), IpAddr::V4(address)) => (network.to_bits() ^ address.to_bits()).leading_zeros(),
        (IpAddr::V6(network), IpAddr::V6(address)) => (network.to_bits() ^ address.to_bits()).leading_zeros(),
        _ => return false,
    };
    differs >= bits
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(operator: &str, key: &str, values: &[&str], context: &[(&str, &[&str])]) -> bool {
        let test = Operator::parse(operator).unwrap_or_else(|| panic!("{operator}"));
        let values = values.iter().map(|value| Template::parse(value)).collect();
        let mut found = Context::default();
        for (key, values) in context {
            found.insert_all(key, values.iter().map(ToString::to_string).collect());
        }
        Condition { operator: operator.into(), key: key.into(), values, test }.holds(&found)
    }

    /// IAM user guide, condition operators: what a missing key means to each kind of operator.
    #[test]
    fn a_missing_key_matches_only_what_is_negated_or_asks_for_no_more() {
        for (operator, expected) in [
            ("StringEquals", false),
            ("StringNotEquals", true),
            ("StringEqualsIfExists", true),
            ("StringNotLikeIfExists", true),
            ("ForAnyValue:StringEquals", false),
            ("ForAllValues:StringEquals", true),
            ("NumericLessThan", false),
            ("IpAddress", false),
            ("NotIpAddress", true),
            ("ArnNotLike", true),
        ] {
            assert_eq!(holds(operator, "k", &["1"], &[]), expected, "{operator}");
        }
        assert!(holds("Null", "k", &["true"], &[]) && !holds("Null", "k", &["false"], &[]));
        assert!(holds("Null", "K", &["false"], &[("k", &["x"])]));
    }

    #[test]
    fn several_values_of_a_key_are_treated_as_the_prefix_says() {
        let tags: [(&str, &[&str]); 1] = [("aws:TagKeys", &["env", "team"])];
        assert!(holds("ForAnyValue:StringEquals", "aws:TagKeys", &["team"], &tags));
        assert!(!holds("ForAllValues:StringEquals", "aws:TagKeys", &["team"], &tags));
        assert!(holds("ForAllValues:StringLike", "aws:tagkeys", &["t*", "e*"], &tags));
        assert!(holds("ForAnyValue:StringNotEquals", "aws:TagKeys", &["team"], &tags));
        assert!(!holds("ForAllValues:StringNotEquals", "aws:TagKeys", &["team"], &tags));
    }

    #[test]
    fn values_are_compared_by_their_kind() {
        for (operator, wanted, found, expected) in [
            ("StringEquals", "Web*", "WebServer", false),
            ("StringLike", "Web*", "WebServer", true),
            ("StringLike", "web*", "WebServer", false),
            ("StringEqualsIgnoreCase", "ÄB", "äb", true),
            ("NumericEquals", "1.0", "1", true),
            ("NumericGreaterThanEquals", "10", "9", false),
            ("NumericLessThan", "10", "x", false),
            ("DateLessThan", "2026-01-02", "2026-01-01T23:59:59Z", true),
            ("DateEquals", "1767225600", "2026-01-01T01:00:00+01:00", true),
            ("Bool", "true", "True", true),
            ("Bool", "false", "maybe", false),
            ("IpAddress", "10.1.0.0/16", "10.1.255.3", true),
            ("IpAddress", "10.1.0.0/16", "10.2.0.1", false),
            ("IpAddress", "0.0.0.0/0", "8.8.8.8", true),
            ("IpAddress", "10.0.0.1", "10.0.0.1", true),
            ("IpAddress", "2001:db8::/32", "2001:db8:1::1", true),
            ("IpAddress", "0.0.0.0/0", "2001:db8::1", false),
            ("ArnLike", "arn:aws:sns:*:1:t*", "arn:aws:sns:eu-west-1:1:topic", true),
            ("ArnLike", "arn:aws:*:topic", "arn:aws:sns:eu-west-1:1:topic", false),
        ] {
            assert_eq!(
                holds(operator, "k", &[wanted], &[("k", &[found])]),
                expected,
                "{operator} {wanted} {found}"
            );
        }
    }

    #[test]
    fn names_that_are_no_operators_are_not_taken_for_one() {
        for name in
            ["stringequals", "NullIfExists", "ForAllValues:Null", "ForEach:StringEquals", "IfExists", ""]
        {
            assert_eq!(Operator::parse(name), None, "{name}");
        }
    }
}

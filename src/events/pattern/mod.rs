//! Event patterns: one language and one matcher for EventBridge rules and SNS filter policies (S10.13 to S10.21).
//!
//! A pattern is compiled once: every alternative of every `$or` becomes a branch, a list of paths with the matchers of
//! each (S10.18). An event is flattened once: every leaf with its path and the elements of arrays that it lies in. A
//! branch matches when each of its paths has a leaf that matches, and all of these leaves agree on the elements of the
//! arrays they share.

mod address;
mod branch;
mod compile;
mod event;
mod expression;
mod fault;
mod filter;
mod json;
mod matcher;
mod number;
mod wildcard;

use branch::Branch;
use matcher::Matcher;

pub use event::{BadEvent, Event};
pub use fault::Fault;
pub use filter::{Attribute, FilterPolicy, Scope};

/// The most combinations that the `$or` lists of a pattern may expand to (S10.18).
pub const MOST_COMBINATIONS: usize = 1000;

/// The most characters of a rule's pattern, by the service model (S10.20, O-31).
pub const LONGEST: usize = 4096;
/// The same by the page of quotas.
pub const LONGEST_BY_QUOTA: usize = 2048;

/// A compiled pattern.
#[derive(Clone, Debug)]
pub struct Pattern {
    fields: Vec<Field>,
    branches: Vec<Branch>,
}

/// One array of a pattern: what the leaves on one path may be.
#[derive(Clone, Debug)]
struct Field {
    /// The names from the root down, joined by points; `$or` is none of them.
    path: String,
    /// How many names the path has.
    depth: usize,
    /// The array as written, for explanations.
    text: String,
    matchers: Vec<Matcher>,
}

impl Field {
    /// Whether the path may be missing: `{"exists": false}` is among the alternatives.
    fn may_be_absent(&self) -> bool {
        self.matchers.iter().any(|matcher| matches!(matcher, Matcher::Absent))
    }
}

impl Pattern {
    /// Compiles the pattern of an EventBridge rule.
    ///
    /// # Errors
    ///
    /// The first fault, with the text that EventBridge answers.
    pub fn compile(text: &str) -> Result<Self, Fault> {
        compile::compile(text, compile::Service::EventBridge)
    }

    /// Whether an event matches.
    pub fn matches(&self, event: &Event) -> bool {
        self.branches.iter().any(|branch| branch.matches(&self.fields, event))
    }

    /// The fields that it names, in any branch: the names from the root down, joined by points.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.fields.iter().map(|field| field.path.as_str())
    }

    /// The strings that a field may equal, in any branch.
    pub fn strings<'a>(&'a self, path: &'a str) -> impl Iterator<Item = &'a str> {
        let fields = self.fields.iter().filter(move |field| field.path == path);
        fields.flat_map(|field| &field.matchers).filter_map(|matcher| match matcher {
            Matcher::Text(text) => Some(text.as_str()),
            _ => None,
        })
    }

    /// Why an event does not match, one line a reason; empty when it does. Of several `$or` branches the one with the
    /// fewest reasons speaks.
    pub fn why_not(&self, event: &Event) -> Vec<String> {
        let reasons = self.branches.iter().map(|branch| branch.why_not(&self.fields, event));
        reasons.min_by_key(Vec::len).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn why_not(pattern: &str, event: &str) -> Vec<String> {
        Pattern::compile(pattern).unwrap().why_not(&Event::parse(event).unwrap())
    }

    #[test]
    fn a_pattern_says_why_an_event_does_not_match() {
        let pattern = r#"{"a": {"b": ["x", {"prefix": "y"}]}, "c": [1]}"#;
        assert_eq!(why_not(pattern, r#"{"a": {"b": "yes"}, "c": 1.0}"#), [""; 0]);
        assert_eq!(
            why_not(pattern, r#"{"a": {"b": ["no", null]}}"#),
            [
                r#"a.b: "no", null does not match ["x", {"prefix": "y"}]"#,
                "c: the event has no such value; the pattern wants [1]",
            ]
        );
    }

    #[test]
    fn of_alternatives_the_nearest_one_speaks() {
        let pattern = r#"{"$or": [{"a": [1], "b": [1]}, {"c": [1]}]}"#;
        assert_eq!(why_not(pattern, r#"{"a": 2, "b": 2, "c": 2}"#), ["c: 2 does not match [1]"]);
    }

    /// Two fields of one object of a list have to be found in the same object (S10.43).
    #[test]
    fn fields_of_a_list_match_within_one_element() {
        let pattern = r#"{"l": {"a": [1], "b": [2]}}"#;
        assert_eq!(why_not(pattern, r#"{"l": [{"a": 1, "b": 2}]}"#), [""; 0]);
        assert_eq!(
            why_not(pattern, r#"{"l": [{"a": 1}, {"b": 2}]}"#),
            ["l.a, l.b: each matches, but not all of them in the same element of an array"]
        );
    }

    /// Twenty lists of twenty elements: 20^20 combinations, of which none is looked at twice.
    #[test]
    fn many_lists_take_no_time() {
        let names: Vec<String> = (0..20).map(|list| format!("l{list}")).collect();
        let field = |name: &String| format!(r#""{name}": {{"a": [1]}}"#);
        let pattern = format!("{{{}}}", names.iter().map(field).collect::<Vec<_>>().join(","));
        let list = |name: &String| format!(r#""{name}": [{}]"#, vec![r#"{"a": 1}"#; 20].join(","));
        let event = format!("{{{}}}", names.iter().map(list).collect::<Vec<_>>().join(","));
        assert_eq!(why_not(&pattern, &event), [""; 0]);
    }

    #[test]
    fn alternatives_multiply_up_to_a_thousand() {
        let or = |count: usize| {
            let one = |at: usize| format!(r#"{{"f{at}": [1]}}"#);
            format!(r#""$or": [{}]"#, (0..count).map(one).collect::<Vec<_>>().join(","))
        };
        let pattern = |count| format!(r#"{{{}, "x": {{{}}}}}"#, or(25), or(count));
        assert!(Pattern::compile(&pattern(40)).is_ok());
        let fault = Pattern::compile(&pattern(41)).unwrap_err();
        assert_eq!(fault.reason, "$or may expand to at most 1000 combinations");
    }

    /// `$or` over anything but two objects or more is a field of that name (S10.47).
    #[test]
    fn an_or_of_something_else_is_a_field() {
        assert_eq!(why_not(r#"{"$or": ["a"]}"#, r#"{"$or": "a"}"#), [""; 0]);
        assert_eq!(
            Pattern::compile(r#"{"$or": [{"a": [1]}]}"#).unwrap_err().reason,
            "Unrecognized match type a"
        );
    }
}

//! Parameters of documents, and what the service refuses of their values.

use regex::Regex;
use serde_json::Value;

use super::{
    content::{ParameterContent, Whole},
    remark::{Remarks, inside},
};
use crate::ssm::limits::{self, hint};

/// A parameter of a document.
#[derive(Clone, Debug)]
pub struct Parameter {
    /// What it takes.
    pub kind: ParameterKind,
    /// Its value, as it is put into texts, when a request does not give it; `None`: a request must.
    pub default: Option<String>,
    /// The only values it takes; empty: any.
    pub allowed_values: Vec<String>,
    /// What some part of each value matches.
    pub allowed_pattern: Option<Regex>,
    /// How many characters each value has, at least and at most.
    pub chars: (usize, usize),
    /// How many values a list has, at least and at most.
    pub items: (usize, usize),
}

/// What a parameter takes from a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParameterKind {
    /// One text: `String` and `StringMap`.
    Text,
    /// Any number of texts: `StringList`.
    List,
    /// Nothing but its default: `Integer`, `Boolean` and `MapList`, which the agent takes in no other way.
    Fixed,
}

/// The types of parameters.
const TYPES: [(&str, ParameterKind); 6] = [
    ("String", ParameterKind::Text),
    ("StringList", ParameterKind::List),
    ("StringMap", ParameterKind::Text),
    ("Integer", ParameterKind::Fixed),
    ("Boolean", ParameterKind::Fixed),
    ("MapList", ParameterKind::Fixed),
];

/// The fields of a parameter.
const FIELDS: [&str; 10] = [
    "type",
    "description",
    "default",
    "allowedValues",
    "allowedPattern",
    "displayType",
    "minChars",
    "maxChars",
    "minItems",
    "maxItems",
];

impl Parameter {
    /// A parameter from its content at `pointer`.
    pub(super) fn read(content: &ParameterContent, pointer: &str, remarks: &mut Remarks) -> Self {
        let names = || TYPES.iter().map(|(name, _)| *name);
        let kind = TYPES.iter().find(|(name, _)| *name == content.kind).map(|(_, kind)| *kind);
        let kind = kind.unwrap_or_else(|| {
            let (found, known) = (&content.kind, names().collect::<Vec<_>>().join(", "));
            let message = format!("`{found}` is no type of a parameter: {known}{}", hint(found, names()));
            remarks.refuse(inside(pointer, "type"), message);
            ParameterKind::Text
        });
        let pattern = content.allowed_pattern.as_deref().and_then(|pattern| {
            let unreadable = |_| {
                let message =
                    "this pattern is not checked: it is beyond what the agent's regular expressions can say";
                let help = "write it without look-around and back references";
                remarks.warn(inside(pointer, "allowedPattern"), message, help);
            };
            Regex::new(pattern).map_err(unreadable).ok()
        });
        let mut limit = |field: &str, written: Option<&Whole>, otherwise: usize| {
            written.map_or(Some(otherwise), Whole::number).unwrap_or_else(|| {
                remarks.refuse(inside(pointer, field), "not a whole number from 0");
                otherwise
            })
        };
        let chars = (
            limit("minChars", content.min_chars.as_ref(), 0),
            limit("maxChars", content.max_chars.as_ref(), usize::MAX),
        );
        let items = (
            limit("minItems", content.min_items.as_ref(), 0),
            limit("maxItems", content.max_items.as_ref(), usize::MAX),
        );
        remarks.warn_of_others(pointer, content.others.keys(), &FIELDS);
        Self {
            kind,
            default: content.default.as_ref().map(text),
            allowed_values: content.allowed_values.iter().flatten().map(text).collect(),
            allowed_pattern: pattern,
            chars,
            items,
        }
    }

    /// What the service says against these values, if anything.
    pub(super) fn refuse(&self, values: &[String]) -> Option<String> {
        match self.kind {
            ParameterKind::Fixed => return Some("takes its default only".into()),
            ParameterKind::Text if values.len() != 1 => {
                return Some(format!("takes one value, not {}", values.len()));
            }
            ParameterKind::List if values.len() < self.items.0 => {
                return Some(format!("needs at least {} value(s)", self.items.0));
            }
            ParameterKind::List if values.len() > self.items.1 => {
                return Some(format!("takes at most {} value(s)", self.items.1));
            }
            ParameterKind::Text | ParameterKind::List => {}
        }
        values.iter().find_map(|value| self.refuse_one(value))
    }

    fn refuse_one(&self, value: &str) -> Option<String> {
        if !self.allowed_values.is_empty() && !self.allowed_values.iter().any(|allowed| allowed == value) {
            let names = || self.allowed_values.iter().map(String::as_str);
            let known = names().collect::<Vec<_>>().join(", ");
            return Some(format!("is `{value}`, not one of {known}{}", hint(value, names())));
        }
        let (min, max) = self.chars;
        let constraint = limits::length(value, min, max)
            .and_then(|()| self.allowed_pattern.as_ref().map_or(Ok(()), |it| limits::matches(value, it)));
        constraint.err().map(|constraint| format!("is `{value}`; it must {constraint}"))
    }
}

/// A value as it is put into a text: text as it is, anything else as JSON.
pub(super) fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), String::from)
}

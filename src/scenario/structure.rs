//! A walk of a value along the JSON Schema of what it should be, to find everything that has the wrong shape.
//!
//! It knows the part of JSON Schema that the document types generate, not more. What it lets pass, serde reads.

use serde_json::Value;

use super::{
    expectation::{self, Kind, describe, found, kinds, words},
    fault::Fault,
    source::{Parsed, join},
};
use crate::base::{SimDuration, nearest};

/// Every place where the input does not have the shape of `schema`.
pub(super) fn check(schema: &Value, parsed: &Parsed) -> Vec<Fault> {
    let mut walk = Walk { root: schema, parsed, faults: Vec::new() };
    walk.value(schema, &parsed.value, "");
    walk.faults
}

/// The limit of 64 bits, which is nobody's choice and of which a float has not all digits.
const UNBOUNDED: f64 = u64::MAX as f64;

struct Walk<'a> {
    root: &'a Value,
    parsed: &'a Parsed,
    faults: Vec<Fault>,
}

impl<'a> Walk<'a> {
    fn value(&mut self, schema: &'a Value, value: &Value, pointer: &str) {
        let schema = expectation::resolve(self.root, schema);
        if expectation::is_free(schema) {
            return;
        }
        if let Some(words) = words(self.root, schema).filter(|_| value.is_string()) {
            return self.word(&words, value, pointer);
        }
        let branches = expectation::branches(schema);
        if !branches.is_empty() {
            return self.branches(schema, branches, value, pointer);
        }
        if !kinds(self.root, schema).iter().any(|kind| kind.admits(value)) {
            return self.wrong_kind(schema, value, pointer);
        }
        match value {
            Value::Object(_) => self.object(schema, value, pointer),
            Value::Array(items) => self.array(schema, items, pointer),
            Value::Number(_) => self.number(schema, value, pointer),
            Value::String(text) => self.text(schema, text, pointer),
            Value::Null | Value::Bool(_) => {}
        }
    }

    fn branches(&mut self, schema: &'a Value, branches: &'a [Value], value: &Value, pointer: &str) {
        let admits = |branch: &&Value| kinds(self.root, branch).iter().any(|kind| kind.admits(value));
        let fitting: Vec<_> = branches.iter().filter(admits).collect();
        match fitting[..] {
            [] => self.wrong_kind(schema, value, pointer),
            [only] => self.value(only, value, pointer),
            _ if value.is_object() => self.tagged(&fitting, value, pointer),
            _ => self.any(schema, &fitting, value, pointer),
        }
    }

    /// One of several tables, each of which requires a key of its own.
    fn tagged(&mut self, branches: &[&'a Value], value: &Value, pointer: &str) {
        let tag = |branch: &&'a Value| {
            expectation::resolve(self.root, branch)["required"][0].as_str().unwrap_or_default()
        };
        let tags: Vec<_> = branches.iter().map(tag).collect();
        let given: Vec<_> = (0..tags.len()).filter(|at| value.get(tags[*at]).is_some()).collect();
        let list = quoted(&tags);
        match given[..] {
            [only] => self.value(branches[only], value, pointer),
            [] => match value.as_object().and_then(|table| table.keys().next()) {
                Some(unknown) => self.unknown_field(unknown, &tags, &join(pointer, unknown)),
                None => {
                    self.error(pointer, "an empty table".into(), format!("expected exactly one of {list}"));
                }
            },
            _ => {
                let both: Vec<_> = given.iter().map(|at| tags[*at]).collect();
                let message = format!("{} are given together", quoted(&both));
                self.error(pointer, message, format!("give exactly one of {list}"));
            }
        }
    }

    /// One of several scalars: any that fits will do.
    fn any(&mut self, schema: &'a Value, branches: &[&'a Value], value: &Value, pointer: &str) {
        let before = self.faults.len();
        for branch in branches {
            self.faults.truncate(before);
            self.value(branch, value, pointer);
            if self.faults.len() == before {
                return;
            }
        }
        self.faults.truncate(before);
        self.wrong_kind(schema, value, pointer);
    }

    fn object(&mut self, schema: &'a Value, value: &Value, pointer: &str) {
        let Some(table) = value.as_object() else { return };
        let properties = schema["properties"].as_object();
        let others = schema.get("additionalProperties").filter(|others| others.is_object());
        for (name, value) in table {
            let inside = join(pointer, name);
            match (properties.and_then(|properties| properties.get(name)), others) {
                (Some(property), _) => self.value(property, value, &inside),
                (None, Some(other)) => self.value(other, value, &inside),
                (None, None) if schema["additionalProperties"] == true => {}
                (None, None) => {
                    let known: Vec<_> =
                        properties.into_iter().flatten().map(|(name, _)| name.as_str()).collect();
                    self.unknown_field(name, &known, &inside);
                }
            }
        }
        for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            if !table.contains_key(name) {
                let property = &schema["properties"][name];
                let meaning = property["description"].as_str().unwrap_or_default();
                let expected = describe(self.root, property);
                self.error(
                    pointer,
                    format!("the field `{name}` is missing"),
                    format!("give `{name}`, {expected}: {meaning}").trim_end_matches([':', ' ']).into(),
                );
            }
        }
    }

    fn array(&mut self, schema: &'a Value, items: &[Value], pointer: &str) {
        let limit = |name: &str| schema.get(name).and_then(Value::as_u64).map(|limit| limit as usize);
        let (min, max) = (limit("minItems").unwrap_or(0), limit("maxItems").unwrap_or(usize::MAX));
        if items.len() < min || items.len() > max {
            let expected = match (min, max) {
                (min, max) if min == max => format!("exactly {min}"),
                (min, usize::MAX) => format!("at least {min}"),
                (min, max) => format!("from {min} to {max}"),
            };
            self.error(pointer, format!("a list of {} entries", items.len()), format!("expected {expected}"));
        }
        for (at, item) in items.iter().enumerate() {
            let place = schema.get("prefixItems").and_then(|places| places.get(at));
            if let Some(expected) = place.or_else(|| schema.get("items").filter(|items| items.is_object())) {
                self.value(expected, item, &format!("{pointer}/{at}"));
            }
        }
    }

    fn number(&mut self, schema: &Value, value: &Value, pointer: &str) {
        let (low, high) = expectation::range(schema);
        let number = value.as_f64().unwrap_or_default();
        if number < low || number > high {
            let expected = match (low, high) {
                (low, high) if low == high => format!("{low}"),
                (low, f64::INFINITY | UNBOUNDED) => format!("a number from {low}"),
                (low, high) => format!("a number from {low} to {high}"),
            };
            self.error(pointer, format!("{value} is out of range"), format!("expected {expected}"));
        }
    }

    fn text(&mut self, schema: &Value, text: &str, pointer: &str) {
        let problem = match schema["format"].as_str() {
            Some("human-duration") => text.parse::<SimDuration>().err(),
            Some("percentage") => super::share::Share::parse_percent(text).err(),
            _ => None,
        };
        if let Some(problem) = problem {
            let (message, help) = problem.split_once("; ").unwrap_or((&problem, ""));
            return self.error(pointer, message.into(), help.into());
        }
        let limit = |name: &str| schema.get(name).and_then(Value::as_u64);
        let length = text.chars().count() as u64;
        let (min, max) = (limit("minLength").unwrap_or(0), limit("maxLength").unwrap_or(u64::MAX));
        if length < min || length > max {
            self.error(pointer, format!("a text of {length} characters"), format!("expected {min} to {max}"));
        }
    }

    fn word(&mut self, words: &[&str], value: &Value, pointer: &str) {
        let word = value.as_str().unwrap_or_default();
        if !words.contains(&word) {
            let help = did_you_mean(word, words, "expected one of");
            self.error(pointer, format!("the word `{word}` is not known here"), help);
        }
    }

    fn unknown_field(&mut self, name: &str, known: &[&str], pointer: &str) {
        let is_text = |property: &&Value| property["type"].to_string().contains("string");
        let help = match self.root["properties"].get(name).filter(is_text) {
            // In TOML everything behind the head of a table belongs to the table.
            Some(_) => {
                format!("`{name}` stands at the top, not in this table: write it before the first one")
            }
            None => did_you_mean(name, known, "the fields here are"),
        };
        let place = self.parsed.key_place(pointer);
        self.faults.push(Fault::error(place, format!("unknown field `{name}`"), help));
    }

    fn wrong_kind(&mut self, schema: &Value, value: &Value, pointer: &str) {
        let expected = describe(self.root, schema);
        let help = match value {
            Value::Number(number) if expected.contains("duration") => {
                format!("expected {expected}; a duration needs a unit, such as \"{number}s\"")
            }
            Value::String(text) if kinds(self.root, schema).contains(&Kind::Number) => match text
                .parse::<SimDuration>()
            {
                Ok(_) => format!("expected {expected}; it is a plain number without a unit, not a duration"),
                Err(_) => format!("expected {expected}, without quotes"),
            },
            _ => format!("expected {expected}"),
        };
        self.error(pointer, format!("found {}", found(value)), help);
    }

    fn error(&mut self, pointer: &str, message: String, help: String) {
        self.faults.push(Fault::error(self.parsed.place(pointer), message, help));
    }
}

fn did_you_mean(name: &str, known: &[&str], list: &str) -> String {
    match nearest(name, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("{list} {}", quoted(known)),
    }
}

fn quoted(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

//! What a part of a JSON Schema expects, and in which words to say so.

use serde_json::Value;

/// A kind of JSON value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Null,
    Boolean,
    Integer,
    Number,
    Text,
    List,
    Table,
}

impl Kind {
    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "null" => Self::Null,
            "boolean" => Self::Boolean,
            "integer" => Self::Integer,
            "number" => Self::Number,
            "string" => Self::Text,
            "array" => Self::List,
            "object" => Self::Table,
            _ => return None,
        })
    }

    /// Whether a value is of this kind.
    pub(super) fn admits(self, value: &Value) -> bool {
        match self {
            Self::Null => value.is_null(),
            Self::Boolean => value.is_boolean(),
            Self::Integer => value.is_i64() || value.is_u64(),
            Self::Number => value.is_number(),
            Self::Text => value.is_string(),
            Self::List => value.is_array(),
            Self::Table => value.is_object(),
        }
    }
}

/// The schema that a `$ref` leads to; itself without one.
pub(super) fn resolve<'a>(root: &'a Value, mut schema: &'a Value) -> &'a Value {
    while let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
        let pointer = reference.strip_prefix('#').unwrap_or(reference);
        schema = root.pointer(pointer).expect("the generated schema defines what it refers to");
    }
    schema
}

/// The alternatives of a schema; none when it has none.
pub(super) fn branches(schema: &Value) -> &[Value] {
    let list = schema.get("oneOf").or_else(|| schema.get("anyOf"));
    list.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

/// Whether a schema admits anything at all.
pub(super) fn is_free(schema: &Value) -> bool {
    const LIMITS: [&str; 6] = ["type", "enum", "const", "oneOf", "anyOf", "$ref"];
    *schema == Value::Bool(true)
        || schema.as_object().is_some_and(|keys| LIMITS.iter().all(|limit| !keys.contains_key(*limit)))
}

/// The kinds of values that a schema admits.
pub(super) fn kinds(root: &Value, schema: &Value) -> Vec<Kind> {
    let schema = resolve(root, schema);
    match &schema["type"] {
        Value::String(name) => Kind::named(name).into_iter().collect(),
        Value::Array(names) => names.iter().filter_map(Value::as_str).filter_map(Kind::named).collect(),
        _ => branches(schema).iter().flat_map(|branch| kinds(root, branch)).collect(),
    }
}

/// The words that a schema admits, when it admits nothing but words (and null).
pub(super) fn words<'a>(root: &'a Value, schema: &'a Value) -> Option<Vec<&'a str>> {
    let schema = resolve(root, schema);
    if let Some(word) = schema.get("const").and_then(Value::as_str) {
        return Some(vec![word]);
    }
    if let Some(list) = schema.get("enum").and_then(Value::as_array) {
        return Some(list.iter().filter_map(Value::as_str).collect());
    }
    if kinds(root, schema) == [Kind::Null] {
        return Some(Vec::new());
    }
    let branches = branches(schema);
    let lists: Option<Vec<_>> = branches.iter().map(|branch| words(root, branch)).collect();
    lists.filter(|_| !branches.is_empty()).map(|lists| lists.concat())
}

/// The range of a number, from the limits of the schema and those of the integer that holds it.
pub(super) fn range(schema: &Value) -> (f64, f64) {
    let (low, high) = match schema["format"].as_str() {
        Some("int32") => (f64::from(i32::MIN), f64::from(i32::MAX)),
        Some("uint32") => (0.0, f64::from(u32::MAX)),
        Some("int64") => (i64::MIN as f64, i64::MAX as f64),
        Some("uint64") => (0.0, u64::MAX as f64),
        _ => (f64::NEG_INFINITY, f64::INFINITY),
    };
    let limit = |name: &str, otherwise| schema.get(name).and_then(Value::as_f64).unwrap_or(otherwise);
    (limit("minimum", low), limit("maximum", high))
}

/// What a schema expects, as a phrase such as `a number` or `a duration such as "30s"`.
pub(super) fn describe(root: &Value, schema: &Value) -> String {
    let schema = resolve(root, schema);
    if let Some(words) = words(root, schema) {
        let list: Vec<_> = words.iter().map(|word| format!("`{word}`")).collect();
        return if list.len() > 1 { format!("one of {}", list.join(", ")) } else { list.concat() };
    }
    if is_free(schema) {
        return "any value".into();
    }
    let mut phrases: Vec<String> = match branches(schema) {
        [] => kinds(root, schema).into_iter().filter_map(|kind| phrase(kind, schema)).collect(),
        branches => branches.iter().map(|branch| describe(root, branch)).collect(),
    };
    phrases.retain(|phrase| !phrase.is_empty());
    phrases.dedup();
    phrases.join(" or ")
}

fn phrase(kind: Kind, schema: &Value) -> Option<String> {
    Some(
        match kind {
            Kind::Null => return None,
            Kind::Boolean => "true or false",
            Kind::Integer => "a whole number",
            Kind::Number => "a number",
            Kind::Text if schema["format"] == "human-duration" => "a duration such as \"30s\"",
            Kind::Text if schema["format"] == "percentage" => "a percentage such as \"1%\"",
            Kind::Text => "text",
            Kind::List => "a list",
            Kind::Table => "a table",
        }
        .into(),
    )
}

/// What was found, as a phrase such as `the number 5`.
pub(super) fn found(value: &Value) -> String {
    match value {
        Value::Null => "nothing (null)".into(),
        Value::Bool(truth) => format!("the truth value {truth}"),
        Value::Number(number) => format!("the number {number}"),
        Value::String(text) => format!("the text \"{}\"", text.chars().take(60).collect::<String>()),
        Value::Array(_) => "a list".into(),
        Value::Object(_) => "a table".into(),
    }
}

//! The reference of the scenario document, written from its JSON Schema.

use std::fmt::Write;

use serde_json::Value;

use super::{expectation, schema};

/// The hand-written part at the top.
const INTRODUCTION: &str = include_str!("reference.md");

/// `docs/scenario.md`: an introduction, then a table for each table of the document.
pub fn reference() -> String {
    let schema = schema();
    let mut page = String::from(INTRODUCTION);
    section(&mut page, &schema, "Scenario", &schema);
    for (name, definition) in schema["$defs"].as_object().into_iter().flatten() {
        section(&mut page, &schema, name, definition);
    }
    page
}

fn section(page: &mut String, root: &Value, name: &str, definition: &Value) {
    let meaning = text(definition);
    let _ = write!(page, "\n### {name}\n\n{meaning}\n\n");
    if let Some(properties) = definition["properties"].as_object() {
        page.push_str("| field | type | default | meaning |\n|---|---|---|---|\n");
        for (field, property) in properties {
            let required =
                definition["required"].as_array().is_some_and(|names| names.contains(&field.as_str().into()));
            let default = match property.get("default") {
                Some(default) => format!("`{default}`"),
                None if required => "required".into(),
                None => String::new(),
            };
            let kind = kind(root, property);
            let _ = writeln!(page, "| `{field}` | {kind} | {default} | {} |", text(property));
        }
        return;
    }
    for branch in expectation::branches(definition) {
        let _ = writeln!(page, "- {}", alternative(root, branch));
    }
}

/// One of several forms: a word, a table with one key, or a type.
fn alternative(root: &Value, branch: &Value) -> String {
    let meaning = text(branch);
    if let Some(word) = branch.get("const").and_then(Value::as_str) {
        return format!("`{word}`: {meaning}");
    }
    let Some((key, value)) = branch["properties"].as_object().and_then(|properties| properties.iter().next())
    else {
        return format!("{}: {meaning}", kind(root, branch));
    };
    let Some(fields) = value["properties"].as_object() else {
        return format!("`{key}` ({}): {meaning}", kind(root, value));
    };
    let field = |(name, field): (&String, &Value)| {
        let meaning = text(field);
        format!("`{name}` ({}): {}", kind(root, field), meaning.trim_end_matches('.'))
    };
    let fields = fields.iter().map(field).collect::<Vec<_>>().join("; ");
    format!("`{key}`: {meaning} {fields}.")
}

/// The type of a value, with links to the tables that it refers to.
fn kind(root: &Value, schema: &Value) -> String {
    if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
        let name = reference.rsplit('/').next().unwrap_or_default();
        return format!("[{name}](#{})", name.to_lowercase());
    }
    if schema.get("prefixItems").is_none() && schema.get("items").is_some_and(Value::is_object) {
        return format!("list of {}", kind(root, &schema["items"]));
    }
    if let Some(values) = schema.get("additionalProperties").filter(|values| values.is_object()) {
        return format!("table of {}", kind(root, values));
    }
    if let Some(places) = schema.get("prefixItems").and_then(Value::as_array) {
        let kinds: Vec<_> = places.iter().map(|place| kind(root, place)).collect();
        return format!("pair of {}", kinds.join(" and "));
    }
    match expectation::branches(schema) {
        [] => noun(&expectation::describe(root, schema)),
        branches => {
            let kinds = branches.iter().map(|branch| kind(root, branch)).filter(|kind| !kind.is_empty());
            kinds.collect::<Vec<_>>().join(" or ")
        }
    }
}

/// `a duration such as "30s"` as `duration`: the introduction says how values are written.
fn noun(phrase: &str) -> String {
    let noun = phrase.split(" such as ").next().unwrap_or_default();
    noun.strip_prefix("a ").unwrap_or(noun).into()
}

/// The description on one line, safe within a table.
fn text(schema: &Value) -> String {
    let description = schema["description"].as_str().unwrap_or_default();
    description.split_whitespace().collect::<Vec<_>>().join(" ").replace('|', "\\|")
}

//! Numeric fields of the scenario by their paths, such as `group.web.delivery.mean`.

use serde_json::{Map, Value};

use super::expectation::{self, Kind, kinds};
use crate::base::{SimDuration, nearest};

/// So many paths are shown to somebody who missed one.
const SHOWN: usize = 40;

/// Puts a value into the field at `path`: names of fields and of entries of a list, or their numbers, with dots between
/// them. A name may be in the plural or of another case, the table of a request may be left out, and the name of the only
/// field of a table.
pub(super) fn set(schema: &Value, root: &mut Value, path: &str, value: &str) -> Result<(), (String, String)> {
    let names: Vec<&str> = path.split('.').map(str::trim).collect();
    let walk = Walk { schema, root, path };
    let (keys, field) = walk.find(names)?;
    let value = typed(schema, field, value).ok_or_else(|| {
        let expected = expectation::describe(schema, field);
        (format!("`{value}` is nothing to put into `{path}`"), format!("expected {expected}"))
    })?;
    let mut place = root;
    for key in &keys {
        place = match place {
            Value::Array(items) => &mut items[key.parse::<usize>().expect("the walk has found the entry")],
            Value::Object(table) => table.entry(key.as_str()).or_insert_with(|| Value::Object(Map::new())),
            _ => unreachable!("the walk goes through lists and tables"),
        };
    }
    *place = value;
    Ok(())
}

/// A number, or text where the field takes no numbers; `None` for what is no quantity.
fn typed(root: &Value, field: &Value, text: &str) -> Option<Value> {
    if text.parse::<f64>().is_err() && !is_quantity(text) {
        return None;
    }
    let takes_numbers = expectation::is_free(field)
        || kinds(root, field).iter().any(|kind| matches!(kind, Kind::Integer | Kind::Number));
    let number = text.parse::<i64>().map(Value::from).or_else(|_| text.parse::<f64>().map(Value::from));
    Some(number.ok().filter(|_| takes_numbers).unwrap_or_else(|| text.into()))
}

/// Whether a text is a percentage, a duration or a count.
fn is_quantity(text: &str) -> bool {
    let number = text.strip_suffix('%').unwrap_or(text).trim();
    number.parse::<f64>().is_ok() || text.parse::<SimDuration>().is_ok()
}

struct Walk<'a> {
    schema: &'a Value,
    root: &'a Value,
    path: &'a str,
}

impl<'a> Walk<'a> {
    /// The keys that lead to the field, and its schema.
    fn find(&self, names: Vec<&str>) -> Result<(Vec<String>, &'a Value), (String, String)> {
        let (mut keys, mut schema, mut value) = (Vec::new(), self.schema, Some(self.root));
        let mut left = names.into_iter().peekable();
        while let Some(name) = left.peek() {
            let (key, of_key, is_name) = self.step(schema, value, name, &keys)?;
            value = value.and_then(|value| match value {
                Value::Array(items) => items.get(key.parse::<usize>().ok()?),
                value => value.get(&key),
            });
            schema = of_key;
            keys.push(key);
            if is_name {
                left.next();
            }
        }
        // `delivery` alone stands for its only number, as in `delivery = { constant = "1s" }`.
        match value {
            Some(Value::Object(_) | Value::Array(_) | Value::Bool(_)) => {
                Err(self.missing("is no number", "go on to a field of it", &[]))
            }
            _ => Ok((keys, schema)),
        }
    }

    /// The next key, its schema, and whether it is what `name` stands for or was left out before it.
    fn step(
        &self,
        schema: &'a Value,
        value: Option<&'a Value>,
        name: &str,
        keys: &[String],
    ) -> Result<(String, &'a Value, bool), (String, String)> {
        static FREE: Value = Value::Bool(true);
        let here = if keys.is_empty() { "a scenario".to_string() } else { format!("`{}`", keys.join(".")) };
        if let Some(Value::Array(items)) = value {
            let named = |item: &Value| item["name"] == name || item["Key"] == name;
            let at =
                name.parse().ok().filter(|at| *at < items.len()).or_else(|| items.iter().position(named));
            let at = at.ok_or_else(|| {
                let known: Vec<&str> = items.iter().filter_map(|item| item["name"].as_str()).collect();
                self.missing(&format!("has no entry `{name}` in {here}"), "", &known)
            })?;
            return Ok((at.to_string(), list_item(self.schema, schema, at).unwrap_or(&FREE), true));
        }
        let known = properties(self.schema, schema);
        let same = |known: &str| fold(known) == fold(name) || fold(known) + "s" == fold(name);
        if let Some((key, schema)) = known.iter().find(|(known, _)| same(known)) {
            return Ok((key.to_string(), schema, true));
        }
        let table = value.and_then(Value::as_object);
        if let Some(key) = table.and_then(|table| table.keys().find(|key| *key == name)) {
            return Ok((key.clone(), &FREE, true));
        }
        // What stands between is left out: the request of a command, the name of a distribution.
        let only = table.filter(|table| table.len() == 1).and_then(|table| table.keys().next());
        let only = only.map(String::as_str).or(Some("request"));
        if let Some((key, schema)) = known.iter().find(|(known, _)| Some(*known) == only) {
            return Ok((key.to_string(), schema, false));
        }
        let known: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
        Err(self.missing(&format!("has no `{name}` in {here}"), "", &known))
    }

    /// What is wrong with the path, and which ones there are.
    fn missing(&self, what: &str, help: &str, known: &[&str]) -> (String, String) {
        let wrong = known.iter().copied();
        let near = self.path.split('.').filter(|name| !known.contains(name));
        let near = near.filter_map(|name| nearest(name, wrong.clone())).next_back();
        let mut help = match near {
            Some(near) => format!("did you mean `{near}`? "),
            None if help.is_empty() && !known.is_empty() => format!("it has {}. ", known.join(", ")),
            None => format!("{help} ").trim_start().to_string(),
        };
        let mut paths = Vec::new();
        numeric(self.root, String::new(), &mut paths);
        let more = paths.len().saturating_sub(SHOWN);
        paths.truncate(SHOWN);
        help += &format!("The numeric fields that are written: {}", paths.join(", "));
        if more > 0 {
            help += &format!(" and {more} more");
        }
        (format!("`{}` {what}", self.path), help)
    }
}

/// A name without what the spellings of AWS and of scenarios differ in.
fn fold(name: &str) -> String {
    name.to_lowercase().replace(['_', '-'], "")
}

/// The fields of a table, or of each of the tables that a schema has for choice.
fn properties<'a>(root: &'a Value, schema: &'a Value) -> Vec<(&'a str, &'a Value)> {
    let schema = expectation::resolve(root, schema);
    let own = schema["properties"].as_object().into_iter().flatten();
    let own = own.map(|(name, property)| (name.as_str(), property));
    own.chain(expectation::branches(schema).iter().flat_map(|branch| properties(root, branch))).collect()
}

/// The schema of an entry of a list.
fn list_item<'a>(root: &'a Value, schema: &'a Value, at: usize) -> Option<&'a Value> {
    let schema = expectation::resolve(root, schema);
    let place = schema.get("prefixItems").and_then(|places| places.get(at));
    let own = place.or_else(|| schema.get("items").filter(|items| items.is_object()));
    own.or_else(|| expectation::branches(schema).iter().find_map(|branch| list_item(root, branch, at)))
}

/// The paths of all quantities below `value`, as a user would write them.
fn numeric(value: &Value, path: String, paths: &mut Vec<String>) {
    let below = |name: &str| if path.is_empty() { name.to_string() } else { format!("{path}.{name}") };
    match value {
        Value::Object(table) => {
            let fields =
                table.iter().filter(|(name, _)| !["plan", "version", "readings"].contains(&name.as_str()));
            fields.for_each(|(name, value)| numeric(value, below(name), paths));
        }
        Value::Array(items) => {
            for (at, item) in items.iter().enumerate() {
                let name = item["name"].as_str().map_or_else(|| at.to_string(), str::to_string);
                numeric(item, below(&name), paths);
            }
        }
        Value::Number(_) => paths.push(path),
        Value::String(text) if is_quantity(text) => paths.push(path),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn scenario() -> Value {
        json!({
            "version": 1,
            "group": [
                { "name": "web", "count": 10, "execution": "5s", "delivery": { "exponential": { "mean": "1s" } },
                  "outcomes": [{ "chance": 0.01, "exit_code": 1 }] },
            ],
            "command": [{ "request": { "DocumentName": "AWS-RunShellScript", "TimeoutSeconds": 600 } }],
        })
    }

    fn set_to(path: &str, value: &str) -> Result<Value, (String, String)> {
        let mut root = scenario();
        set(&crate::scenario::schema(), &mut root, path, value).map(|()| root)
    }

    #[test]
    fn fields_are_found_however_they_are_spelt() {
        for (path, value, pointer, expected) in [
            ("command.0.request.TimeoutSeconds", "3600", "/command/0/request/TimeoutSeconds", json!(3600)),
            ("commands.0.timeout_seconds", "3600", "/command/0/request/TimeoutSeconds", json!(3600)),
            ("commands.0.max_errors", "5", "/command/0/request/MaxErrors", json!("5")),
            ("command.0.at", "1h", "/command/0/at", json!("1h")),
            ("groups.web.delivery.mean", "2s", "/group/0/delivery/exponential/mean", json!("2s")),
            ("group.web.execution", "7s", "/group/0/execution", json!("7s")),
            ("group.0.outcomes.0.chance", "5%", "/group/0/outcomes/0/chance", json!("5%")),
            ("group.web.outcomes.0.chance", "0.25", "/group/0/outcomes/0/chance", json!(0.25)),
            ("group.web.agent.workers", "2", "/group/0/agent/workers", json!(2)),
        ] {
            assert_eq!(set_to(path, value).unwrap().pointer(pointer), Some(&expected), "{path}");
        }
    }

    #[test]
    fn what_is_not_there_is_named_with_what_is() {
        for (path, value, found, near) in [
            ("group.web.delivry", "1s", "has no `delivry` in `group.0`", "did you mean `delivery`?"),
            ("group.db.count", "1", "has no entry `db` in `group`", "it has web."),
            ("group.web.delivery", "1s", "is no number", "go on to a field of it"),
            ("groop.web.count", "1", "has no `groop` in a scenario", "did you mean `group`?"),
            ("command.0.timeout_second", "1", "has no `timeout_second`", "command.0.request.TimeoutSeconds"),
            ("group.web.count", "many", "`many` is nothing to put", "expected a whole number"),
        ] {
            let (message, help) = set_to(path, value).unwrap_err();
            assert!(message.contains(found) && help.contains(near), "{path}: {message}; {help}");
        }
        let (_, help) = set_to("group.web.nothing", "1").unwrap_err();
        assert!(help.contains("group.web.delivery.exponential.mean, group.web.outcomes.0.chance"), "{help}");
    }
}

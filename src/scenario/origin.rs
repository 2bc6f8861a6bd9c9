//! Where each value of a plan came from.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use super::{Plan, source::join};

/// Lists of numbers longer than this are not shown number by number.
const LONG: usize = 16;

/// Who decided on a value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Basis {
    /// The scenario, or a file that it names.
    Scenario,
    /// The profile of this name.
    Profile(String),
    /// A default, and the fact or reason that it rests on.
    Default(String),
}

/// The origin of the values of a plan at and below a path.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Origin {
    /// JSON pointer into the plan.
    pub path: String,
    /// Who decided.
    pub from: Basis,
}

/// A value of the plan, explained.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Row {
    /// JSON pointer into the plan.
    pub path: String,
    /// The value. A list of more than 16 numbers, or rows of numbers, is cut to a sentence.
    pub value: Value,
    /// Who decided.
    pub from: Basis,
}

/// Origins by path, as they are collected.
#[derive(Clone, Debug, Default)]
pub(super) struct Origins(BTreeMap<String, Basis>);

impl Origins {
    /// Notes who decided on everything at and below `path`; a longer path prevails.
    pub(super) fn note(&mut self, path: impl Into<String>, from: Basis) {
        self.0.insert(path.into(), from);
    }

    pub(super) fn into_list(self) -> Vec<Origin> {
        self.0.into_iter().map(|(path, from)| Origin { path, from }).collect()
    }
}

/// Every value of the plan with its origin. `None` would be a hole in the origins, which a test forbids.
pub(super) fn explain(plan: &Plan, origins: &[Origin]) -> Option<Vec<Row>> {
    let by_path: BTreeMap<_, _> = origins.iter().map(|origin| (origin.path.as_str(), &origin.from)).collect();
    let value = serde_json::to_value(plan).expect("a plan is plain data");
    let mut leaves = Vec::new();
    flatten(String::new(), value, &mut leaves);
    let row = |(path, value): (String, Value)| {
        let from = above(&path).find_map(|path| by_path.get(path)).copied()?.clone();
        Some(Row { path, value, from })
    };
    leaves.into_iter().map(row).collect()
}

/// A path and all the paths above it but the root.
fn above(path: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(path), |path| path.rfind('/').map(|end| &path[..end]))
        .filter(|path| !path.is_empty())
}

/// A number, or a short row of numbers.
fn is_numeric(value: &Value) -> bool {
    value.is_number() || value.as_array().is_some_and(|row| row.iter().all(Value::is_number))
}

fn flatten(path: String, value: Value, leaves: &mut Vec<(String, Value)>) {
    match value {
        Value::Object(table) if !table.is_empty() => {
            for (name, value) in table {
                flatten(join(&path, &name), value, leaves);
            }
        }
        Value::Array(items) if items.len() > LONG && items.iter().all(is_numeric) => {
            leaves.push((path, Value::String(format!("a table of {} rows", items.len()))));
        }
        Value::Array(items) if !items.is_empty() => {
            for (at, value) in items.into_iter().enumerate() {
                flatten(format!("{path}/{at}"), value, leaves);
            }
        }
        leaf => leaves.push((path, leaf)),
    }
}

//! Where each value of a plan came from.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use super::{
    Plan,
    plan::{Group, Instance, Members, ResourceGroup, ResourceGroupMembers},
    source::join,
};

/// Lists of numbers and of ids longer than this are not shown one by one.
const LONG: usize = 16;
/// The same for lists of instances, each of which takes several lines.
const MANY: usize = 4;

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
    /// The value. A list of more than 16 numbers, or rows of numbers, of more than 4 instances, or of more than 16 ids in
    /// a resource group, is cut to a sentence.
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
    let mut short = plan.clone();
    let crowds = short.groups.iter_mut().enumerate().filter_map(|(at, group)| cut(at, group));
    let lists = short.resource_groups.iter_mut().enumerate().filter_map(|(at, group)| cut_ids(at, group));
    let sentences: Vec<_> = crowds.chain(lists).collect();
    let value = serde_json::to_value(short).expect("a plan is plain data");
    let mut leaves = Vec::new();
    flatten(String::new(), value, &mut leaves);
    for (path, sentence) in sentences {
        let leaf = leaves.iter_mut().find(|(known, _)| *known == path);
        leaf.expect("an empty list is a leaf").1 = Value::String(sentence);
    }
    leaves.retain(|(path, _)| !is_repeated(plan, path));
    let row = |(path, value): (String, Value)| {
        let from = above(&path).find_map(|path| by_path.get(path)).copied()?.clone();
        Some(Row { path, value, from })
    };
    leaves.into_iter().map(row).collect()
}

/// Whether a path leads to a command that is like the one before it, of those that a rule may send.
fn is_repeated(plan: &Plan, path: &str) -> bool {
    let rest = path.strip_prefix("/commands/");
    let at = rest.and_then(|rest| rest.split('/').next()).and_then(|at| at.parse().ok());
    at.is_some_and(|at| plan.is_like_the_one_before(at))
}

/// Takes a long list of instances out of a group: where it stands in the plan, and a sentence on it.
fn cut(at: usize, group: &mut Group) -> Option<(String, String)> {
    let Members::Listed(instances) = &mut group.members else { return None };
    let instances = std::mem::take(instances);
    if instances.len() <= MANY {
        group.members = Members::Listed(instances);
        return None;
    }
    Some((format!("/groups/{at}/members/listed"), crowd(&instances)))
}

/// Takes a long list of ids out of a resource group: where it stands in the plan, and a sentence on it.
fn cut_ids(at: usize, group: &mut ResourceGroup) -> Option<(String, String)> {
    let ResourceGroupMembers::InstanceIds(ids) = &mut group.members else { return None };
    let (LONG.., Some(first), Some(last)) = (ids.len(), ids.first(), ids.last()) else { return None };
    let sentence = format!("{} instances; {first} to {last}", ids.len());
    ids.clear();
    Some((format!("/resource_groups/{at}/members/instance-ids"), sentence))
}

/// Many instances in a sentence: how many, of which platforms, with which tags.
fn crowd(instances: &[Instance]) -> String {
    let (mut platforms, mut tags) = (BTreeMap::new(), BTreeMap::new());
    for instance in instances {
        *platforms.entry(format!("{:?}", instance.platform)).or_insert(0) += 1;
        for name in instance.tags.keys() {
            *tags.entry(name.as_str()).or_insert(0) += 1;
        }
    }
    let list = |counts: Vec<String>| counts.join(", ");
    let platforms = list(platforms.iter().map(|(name, count)| format!("{count} {name}")).collect());
    let mut sentence = format!("{} instances: {platforms}", instances.len());
    if !tags.is_empty() {
        let tags = tags.iter().map(|(name, count)| format!("{name} ({count})")).collect();
        sentence += &format!("; with the tags {}", list(tags));
    }
    let denied = instances.iter().filter(|instance| instance.access_denied).count();
    if denied > 0 {
        sentence += &format!("; without access to {denied}");
    }
    let ends = [instances.first(), instances.last()].into_iter().flatten();
    let ends = ends.map(|instance| instance.id.as_str()).collect::<Vec<_>>().join(" to ");
    sentence + "; " + &ends
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

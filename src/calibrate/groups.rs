//! Which invocations are fitted together.

use std::{
    collections::{BTreeMap, BTreeSet},
    str::FromStr,
};

use serde::Serialize;

use super::records::{Records, Row};
use crate::ssm::{SendCommandRequest, status::Platform};

/// By what invocations are told apart.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum GroupBy {
    /// Not at all.
    None,
    /// By the name of the document.
    #[default]
    Document,
    /// By the platform, which inventories and histories tell.
    Platform,
    /// By the value of this tag, which inventories, histories and the targets of commands tell.
    Tag(String),
}

impl FromStr for GroupBy {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match (text, text.strip_prefix("tag:")) {
            ("none", _) => Ok(Self::None),
            ("document", _) => Ok(Self::Document),
            ("platform", _) => Ok(Self::Platform),
            (_, Some(key)) if !key.is_empty() => Ok(Self::Tag(key.into())),
            _ => Err("give none, document, platform or tag:KEY, such as tag:Role".into()),
        }
    }
}

/// What was asked for, as far as it was recorded.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Asked {
    /// `DocumentName`.
    pub document: Option<String>,
    /// `MaxConcurrency`.
    pub max_concurrency: Option<String>,
    /// `MaxErrors`.
    pub max_errors: Option<String>,
    /// `TimeoutSeconds`.
    pub timeout_seconds: Option<i64>,
    /// The document's parameter `executionTimeout`.
    pub execution_timeout: Option<String>,
}

impl Asked {
    fn of(request: &SendCommandRequest) -> Self {
        let said = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
        let parameters = request.parameters.iter();
        let timeout = parameters.filter_map(|parameters| parameters.get("executionTimeout")?.first()).next();
        Self {
            document: Some(request.document_name.clone()).filter(|name| !name.is_empty()),
            max_concurrency: said(&request.max_concurrency),
            max_errors: said(&request.max_errors),
            timeout_seconds: request.timeout_seconds.filter(|seconds| *seconds > 0),
            execution_timeout: timeout.cloned(),
        }
    }
}

/// Invocations that are fitted together.
#[derive(Clone, Debug)]
pub(super) struct Group {
    /// What they have in common.
    pub(super) name: String,
    /// The tag that they were told apart by, and its value.
    pub(super) tag: Option<(String, String)>,
    /// The platform, if all of them have one and the same.
    pub(super) platform: Option<Platform>,
    /// In order of time.
    pub(super) rows: Vec<Row>,
    /// What the largest command asked for.
    pub(super) asked: Asked,
}

/// The name of a group of which nothing is told that would tell it apart.
const UNKNOWN: &str = "unknown";

/// The groups, by name.
pub(super) fn groups(records: &Records, by: &GroupBy) -> Vec<Group> {
    let mut rows: BTreeMap<String, Vec<Row>> = BTreeMap::new();
    for row in &records.rows {
        rows.entry(name(records, by, row)).or_default().push(*row);
    }
    rows.into_iter().map(|(name, rows)| group(records, by, name, rows)).collect()
}

fn name(records: &Records, by: &GroupBy, row: &Row) -> String {
    let name = match by {
        GroupBy::None => Some("all".into()),
        GroupBy::Document => document(records, row),
        GroupBy::Platform => platform(records, row).map(|platform| format!("{platform:?}")),
        GroupBy::Tag(key) => tag(records, row, key),
    };
    name.unwrap_or_else(|| UNKNOWN.into())
}

fn group(records: &Records, by: &GroupBy, name: String, mut rows: Vec<Row>) -> Group {
    rows.sort_by_key(|row| (row.at, row.command, row.instance));
    let tag = match by {
        GroupBy::Tag(key) if name != UNKNOWN => Some((key.clone(), name.clone())),
        _ => None,
    };
    let platforms: BTreeSet<_> = rows.iter().map(|row| platform(records, row)).collect();
    let platform = if platforms.len() == 1 { platforms.into_iter().next().flatten() } else { None };
    let mut sizes: BTreeMap<u32, usize> = BTreeMap::new();
    rows.iter().for_each(|row| *sizes.entry(row.command).or_default() += 1);
    let with_request = sizes.into_iter().filter(|(command, _)| records.requests.contains_key(command));
    let largest = with_request.max_by_key(|(_, size)| *size);
    let mut asked = largest.map(|(command, _)| Asked::of(&records.requests[&command])).unwrap_or_default();
    if asked.document.is_none() {
        asked.document = rows.iter().find_map(|row| document(records, row));
    }
    Group { name, tag, platform, rows, asked }
}

fn document(records: &Records, row: &Row) -> Option<String> {
    let told = row.document.map(|number| records.documents.name(number).to_string());
    let asked = || records.requests.get(&row.command).map(|request| request.document_name.clone());
    told.or_else(asked).filter(|name| !name.is_empty())
}

fn platform(records: &Records, row: &Row) -> Option<Platform> {
    records.known.get(&row.instance)?.platform
}

/// The value of a tag: the instance's own, or the one that the command was sent to.
fn tag(records: &Records, row: &Row, key: &str) -> Option<String> {
    if let Some(value) = records.known.get(&row.instance).and_then(|known| known.tags.get(key)) {
        return Some(value.clone());
    }
    let targets = records.requests.get(&row.command)?.targets.as_ref()?;
    let target = targets.iter().find(|target| target.key.strip_prefix("tag:") == Some(key))?;
    match target.values.as_slice() {
        [value] => Some(value.clone()),
        _ => None,
    }
}

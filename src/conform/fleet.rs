//! The instances that the battery sends to, and which of them does what.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    bench::Bench,
    case::{Halt, unknown},
    json::{list, text, with},
};

/// Which instances do what, as a user says it: the file of `--fleet`. Without one it is the fleet of
/// `scenarios/conform.toml`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Profile {
    works: Choice,
    fails: Choice,
    sleeps: Choice,
    offline: Choice,
    denied: Choice,
}

/// Instances by a tag or by ids, and what is sent to them to make them do it.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Choice {
    /// `NAME=VALUE`.
    tag: Option<String>,
    instance_ids: Vec<String>,
    /// The parameter `commands` of AWS-RunShellScript.
    commands: Vec<String>,
}

impl Default for Profile {
    fn default() -> Self {
        let by_tag = |name: &str| Choice { tag: Some(format!("Conform={name}")), ..Choice::default() };
        Self {
            works: by_tag("works"),
            fails: by_tag("fails"),
            sleeps: by_tag("sleeps"),
            offline: by_tag("offline"),
            denied: by_tag("denied"),
        }
    }
}

impl Profile {
    /// A profile of the text of a file.
    ///
    /// # Errors
    ///
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let profile: Self = toml::from_str(text).map_err(|error| error.to_string())?;
        let choices = [&profile.works, &profile.fails, &profile.sleeps, &profile.offline, &profile.denied];
        let wrong =
            choices.into_iter().filter_map(|choice| choice.tag.as_ref()).find(|tag| !tag.contains('='));
        wrong.map_or(Ok(()), |tag| Err(format!("`{tag}` is no tag; write NAME=VALUE")))?;
        Ok(profile)
    }

    /// One where these instances do whatever they are told by a script.
    pub fn of(tag: Option<String>, instance_ids: Vec<String>) -> Self {
        let all = Choice { tag, instance_ids, commands: Vec::new() };
        Self {
            works: all.clone(),
            fails: all.clone(),
            sleeps: all,
            offline: Choice::default(),
            denied: Choice::default(),
        }
    }
}

/// Instances that do the same.
#[derive(Clone, Debug, Default)]
pub(super) struct Part {
    /// What they do, as in "no 3 instances that fail".
    what: &'static str,
    pub(super) ids: Vec<String>,
    pub(super) tag: Option<(String, String)>,
    pub(super) commands: Vec<String>,
}

/// The instances that were found.
#[derive(Clone, Debug, Default)]
pub struct Fleet {
    pub(super) works: Part,
    pub(super) fails: Part,
    pub(super) sleeps: Part,
    pub(super) offline: Part,
    pub(super) denied: Part,
}

impl Fleet {
    /// The instances of a profile that the endpoint tells of. Where it tells of none that work, every one that it tells of is
    /// taken for one that does what its script says.
    pub(super) async fn find(bench: &Bench, profile: &Profile) -> Self {
        let mut fleet = Self {
            works: find(bench, &profile.works, "work", "true").await,
            fails: find(bench, &profile.fails, "fail", "exit 1").await,
            sleeps: find(bench, &profile.sleeps, "take long", "sleep 20").await,
            offline: find(bench, &profile.offline, "cannot be reached", "true").await,
            denied: find(bench, &profile.denied, "the caller may not reach", "true").await,
        };
        if fleet.works.ids.is_empty() || fleet.offline.ids.is_empty() {
            let all = instances(bench, None).await.unwrap_or_default();
            let with = |is_online: bool| {
                let of =
                    |(id, ping): &(String, String)| ((ping == "Online") == is_online).then(|| id.clone());
                all.iter().filter_map(of).collect::<Vec<_>>()
            };
            if fleet.works.ids.is_empty() {
                [&mut fleet.works, &mut fleet.fails, &mut fleet.sleeps]
                    .into_iter()
                    .for_each(|part| (part.ids, part.tag) = (with(true), None));
            }
            if fleet.offline.ids.is_empty() {
                fleet.offline.ids = with(false);
            }
        }
        fleet
    }
}

impl Part {
    /// So many ids.
    pub(super) fn some(&self, count: usize) -> Result<&[String], Halt> {
        match self.ids.get(..count) {
            Some(ids) => Ok(ids),
            None if self.ids.is_empty() => unknown(format!("no instance that {}", self.verb(1))),
            None => {
                unknown(format!("no {count} instances that {}, but {}", self.verb(count), self.ids.len()))
            }
        }
    }

    /// All ids, `least` at least and `most` at most.
    pub(super) fn up_to(&self, least: usize, most: usize) -> Result<&[String], Halt> {
        self.some(least)?;
        Ok(&self.ids[..self.ids.len().min(most)])
    }

    fn verb(&self, count: usize) -> String {
        match (self.what, count) {
            ("work" | "fail", 1) => format!("{}s", self.what),
            ("take long", 1) => "takes long".into(),
            (what, _) => what.into(),
        }
    }

    /// A request to these ids, which ends soon whatever comes of it, with fields of its own.
    pub(super) fn request(&self, ids: &[String], more: Value) -> Value {
        with(
            json!({
                "DocumentName": "AWS-RunShellScript",
                "InstanceIds": ids,
                "TimeoutSeconds": 30,
                "Parameters": {"commands": self.commands, "executionTimeout": ["60"]},
            }),
            more,
        )
    }
}

async fn find(bench: &Bench, choice: &Choice, what: &'static str, script: &str) -> Part {
    let tag = choice.tag.as_ref().and_then(|tag| tag.split_once('='));
    let tag = tag.map(|(name, value)| (name.to_string(), value.to_string()));
    let mut ids = choice.instance_ids.clone();
    if ids.is_empty() && tag.is_some() {
        let found = instances(bench, tag.as_ref()).await.unwrap_or_default();
        ids = found.into_iter().map(|(id, _)| id).collect();
    }
    let commands = if choice.commands.is_empty() { vec![script.into()] } else { choice.commands.clone() };
    Part { what, ids, tag, commands }
}

/// Ids and `PingStatus` of the instances that have this tag, or of all.
async fn instances(bench: &Bench, tag: Option<&(String, String)>) -> Result<Vec<(String, String)>, Halt> {
    let filters = tag.map(|(name, value)| json!([{"Key": format!("tag:{name}"), "Values": [value]}]));
    let query = json!({"MaxResults": 50, "Filters": filters.unwrap_or_else(|| json!([]))});
    let found = bench.pages("DescribeInstanceInformation", query, "InstanceInformationList").await?;
    let field = |one: &Value, name: &str| text(one, name).to_string();
    Ok(found.iter().map(|one| (field(one, "InstanceId"), field(one, "PingStatus"))).collect())
}

/// The ids in a list of invocations.
pub(super) fn ids(answer: &Value, field: &str) -> Vec<String> {
    list(answer, field).iter().map(|one| text(one, "InstanceId").to_string()).collect()
}

//! What an entry of an answer tells of one instance: the shapes of the three answers.

use std::{borrow::Cow, collections::BTreeMap};

use serde::Deserialize;
use serde_json::value::RawValue;

use super::answer::{Answers, Object};
use crate::ssm::{
    arn::{ArnOf, parse_arn},
    status::Platform,
    target::is_instance_id,
};

/// Tags by name.
pub(super) type Tags = BTreeMap<String, String>;

/// A page of any of the three answers.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Page<'a> {
    #[serde(borrow)]
    instance_information_list: Option<Vec<&'a RawValue>>,
    #[serde(borrow)]
    reservations: Option<Vec<Object<Reservation<'a>>>>,
    #[serde(borrow)]
    resource_tag_mapping_list: Option<Vec<&'a RawValue>>,
    #[serde(borrow)]
    next_token: Option<&'a RawValue>,
    #[serde(borrow)]
    pagination_token: Option<&'a RawValue>,
}

/// Which answer a page is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Information,
    Machines,
    Mappings,
}

/// An entry of `aws ssm describe-instance-information` (S15.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Information {
    pub(super) ping: Ping,
    pub(super) platform: Option<Platform>,
}

/// `PingStatus` (S8.42).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ping {
    Online,
    ConnectionLost,
    Inactive,
}

/// An entry of `aws ec2 describe-instances`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Machine {
    pub(super) state: State,
    pub(super) platform: Platform,
    /// `None`: it has none, which the answer does not spell out.
    pub(super) tags: Option<Tags>,
}

/// The name of an instance's state on EC2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Pending,
    Running,
    ShuttingDown,
    Terminated,
    Stopping,
    Stopped,
}

/// What an entry tells.
pub(super) enum Told {
    Information(Information),
    Machine(Machine),
    /// An entry of `aws resourcegroupstaggingapi get-resources`.
    Mapping(Tags),
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct InformationEntry<'a> {
    #[serde(borrow)]
    instance_id: Option<&'a RawValue>,
    #[serde(borrow)]
    ping_status: Option<&'a RawValue>,
    #[serde(borrow)]
    platform_type: Option<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Reservation<'a> {
    #[serde(borrow, default)]
    instances: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct MachineEntry<'a> {
    #[serde(borrow)]
    instance_id: Option<&'a RawValue>,
    #[serde(borrow)]
    instance_type: Option<&'a RawValue>,
    #[serde(borrow)]
    platform: Option<&'a RawValue>,
    #[serde(borrow)]
    platform_details: Option<&'a RawValue>,
    #[serde(borrow)]
    state: Option<&'a RawValue>,
    #[serde(borrow)]
    tags: Option<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct StateEntry<'a> {
    #[serde(borrow)]
    name: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct MappingEntry<'a> {
    #[serde(borrow, rename = "ResourceARN")]
    resource_arn: Option<&'a RawValue>,
    #[serde(borrow, rename = "Tags")]
    tags: Option<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct TagEntry<'a> {
    #[serde(borrow)]
    key: Option<&'a RawValue>,
    #[serde(borrow)]
    value: Option<&'a RawValue>,
}

impl<'a> Page<'a> {
    /// Which answers it is a page of, and whether it says that another page follows.
    pub(super) fn kinds(&self) -> impl Iterator<Item = (Kind, bool)> {
        let more = |token: Option<&RawValue>| token.is_some_and(|token| token.get() != "\"\"");
        [
            (Kind::Information, self.instance_information_list.is_some(), more(self.next_token)),
            (Kind::Machines, self.reservations.is_some(), more(self.next_token)),
            (Kind::Mappings, self.resource_tag_mapping_list.is_some(), more(self.pagination_token)),
        ]
        .into_iter()
        .filter_map(|(kind, is_there, more)| is_there.then_some((kind, more)))
    }

    /// Hands every entry on: the instance's id, the entry, and what it tells.
    pub(super) fn read(
        &self,
        answers: &mut Answers<'a>,
        mut each: impl FnMut(&mut Answers<'a>, Cow<'a, str>, &'a RawValue, Told),
    ) {
        for entry in self.instance_information_list.iter().flatten().copied() {
            if let Some((id, told)) = information(answers, entry) {
                each(answers, id, entry, Told::Information(told));
            }
        }
        for entry in self.reservations.iter().flatten().flat_map(|Object(one)| &one.instances).copied() {
            if let Some((id, told)) = machine(answers, entry) {
                each(answers, id, entry, Told::Machine(told));
            }
        }
        for entry in self.resource_tag_mapping_list.iter().flatten().copied() {
            if let Some((id, tags)) = mapping(answers, entry) {
                each(answers, id, entry, Told::Mapping(tags));
            }
        }
    }
}

fn information<'a>(answers: &mut Answers<'a>, entry: &'a RawValue) -> Option<(Cow<'a, str>, Information)> {
    let read: InformationEntry<'_> = answers.object(entry, "InstanceInformationList")?;
    let id = instance_id(answers, read.instance_id, entry);
    let ping =
        answers.word(read.ping_status, "PingStatus", Ping::parse, "Online, ConnectionLost or Inactive");
    let platform =
        answers.word(read.platform_type, "PlatformType", platform_type, "Windows, Linux or MacOS (S15.6)");
    let (ping, platform) = (ping.or_absent(), platform.or_absent());
    Some((id?, Information { ping: ping?.unwrap_or(Ping::Online), platform: platform? }))
}

fn machine<'a>(answers: &mut Answers<'a>, entry: &'a RawValue) -> Option<(Cow<'a, str>, Machine)> {
    let read: MachineEntry<'_> = answers.object(entry, "Instances")?;
    let id = instance_id(answers, read.instance_id, entry);
    let windows = answers.word(
        read.platform,
        "Platform",
        |text| text.eq_ignore_ascii_case("windows").then_some(()),
        "`windows`, or no `Platform` for everything else",
    );
    let details = answers.text(read.platform_details, "PlatformDetails").or_absent();
    let kind = answers.text(read.instance_type, "InstanceType").or_absent();
    let state = match read.state.map(|state| answers.object::<StateEntry<'_>>(state, "State")) {
        None => Some(None),
        Some(state) => state.and_then(|StateEntry { name }| {
            let known = "pending, running, shutting-down, terminated, stopping or stopped";
            answers.word(name, "Name", State::parse, known).or_absent()
        }),
    };
    let tags = tags(answers, read.tags);
    let starts = |text: Option<Cow<'_, str>>, with: &str| text.is_some_and(|text| text.starts_with(with));
    let is_windows = windows.or_absent()?.is_some() || starts(details?, "Windows");
    let platform = match (is_windows, starts(kind?, "mac")) {
        (true, _) => Platform::Windows,
        // Its `PlatformDetails` say Linux/UNIX, but only Macs have such types.
        (_, true) => Platform::MacOS,
        _ => Platform::Linux,
    };
    Some((
        id?,
        Machine {
            state: state?.unwrap_or(State::Running),
            platform,
            tags: Some(tags?).filter(|tags| !tags.is_empty()),
        },
    ))
}

/// An entry about an instance; `None` too for one about something else.
fn mapping<'a>(answers: &mut Answers<'a>, entry: &'a RawValue) -> Option<(Cow<'a, str>, Tags)> {
    let read: MappingEntry<'_> = answers.object(entry, "ResourceTagMappingList")?;
    let id = instance_of_arn(answers, read.resource_arn, "ResourceARN", entry)?;
    Some((id, tags(answers, read.tags)?))
}

/// The instance that an ARN names; `None` too when it names something else.
pub(super) fn instance_of_arn<'a>(
    answers: &mut Answers<'a>,
    raw: Option<&'a RawValue>,
    name: &str,
    entry: &'a RawValue,
) -> Option<Cow<'a, str>> {
    let arn = answers.needed_text(raw, name, entry)?;
    let wrong = match parse_arn(&arn) {
        Some(ArnOf::Other) => return None,
        Some(ArnOf::Instance(id)) if is_instance_id(id) => {
            let start = arn.len() - id.len();
            return Some(match arn {
                Cow::Borrowed(arn) => Cow::Borrowed(&arn[start..]),
                Cow::Owned(arn) => Cow::Owned(arn[start..].into()),
            });
        }
        Some(ArnOf::Instance(id)) => format!("`{id}` is not an instance id"),
        None => format!("`{arn}` is not an ARN"),
    };
    let help = "such as arn:aws:ec2:REGION:ACCOUNT:instance/ID or arn:aws:ssm:REGION:ACCOUNT:managed-instance/ID (S3.19)";
    let span = raw.map_or(0..0, |raw| answers.span(raw));
    answers.refuse(span, wrong, help);
    None
}

fn instance_id<'a>(
    answers: &mut Answers<'a>,
    raw: Option<&'a RawValue>,
    entry: &'a RawValue,
) -> Option<Cow<'a, str>> {
    let id = answers.needed_text(raw, "InstanceId", entry)?;
    if is_instance_id(&id) {
        return Some(id);
    }
    let span = raw.map_or(0..0, |raw| answers.span(raw));
    let help = "it is `i-` and 8 or 17 characters, or `mi-` and 17 (S3.14)";
    answers.refuse(span, format!("`{id}` is not an instance id"), help);
    None
}

fn tags<'a>(answers: &mut Answers<'a>, raw: Option<&'a RawValue>) -> Option<Tags> {
    let mut tags = Tags::new();
    let mut is_whole = true;
    for entry in answers.list(raw, "Tags") {
        let read = answers.object(entry, "Tags").and_then(|TagEntry { key, value }| {
            let key = answers.needed_text(key, "Key", entry);
            let value = answers.needed_text(value, "Value", entry);
            Some((key?.into_owned(), value?.into_owned()))
        });
        let Some((key, value)) = read else {
            is_whole = false;
            continue;
        };
        if tags.get(&key).is_some_and(|other| *other != value) {
            answers.refuse(
                answers.span(entry),
                format!("the tag `{key}` has two values"),
                "keep one of them",
            );
            is_whole = false;
        }
        tags.insert(key, value);
    }
    is_whole.then_some(tags)
}

fn platform_type(text: &str) -> Option<Platform> {
    match text {
        "Windows" => Some(Platform::Windows),
        "Linux" => Some(Platform::Linux),
        "MacOS" => Some(Platform::MacOS),
        _ => None,
    }
}

impl Ping {
    fn parse(text: &str) -> Option<Self> {
        match text {
            "Online" => Some(Self::Online),
            "ConnectionLost" => Some(Self::ConnectionLost),
            "Inactive" => Some(Self::Inactive),
            _ => None,
        }
    }
}

impl State {
    fn parse(text: &str) -> Option<Self> {
        match text {
            "pending" => Some(Self::Pending),
            "running" => Some(Self::Running),
            "shutting-down" => Some(Self::ShuttingDown),
            "terminated" => Some(Self::Terminated),
            "stopping" => Some(Self::Stopping),
            "stopped" => Some(Self::Stopped),
            _ => None,
        }
    }
}

//! Which instances a request selects (section 3).

use std::collections::BTreeMap;

use super::plan::{Group, Instance, Members, Numbered, ResourceGroup, ResourceGroupMembers};
use crate::ssm::{SendCommandRequest, request::Target, status::Platform, target::TargetKey};

type Tags = BTreeMap<String, String>;

/// Where a request names instance ids.
pub(super) struct NamedIds<'a> {
    /// JSON pointer to the list, within the request.
    pub(super) pointer: String,
    /// The ids.
    pub(super) ids: &'a [String],
}

/// The ids that a request names when it selects by nothing else; one target with the key `InstanceIds` is the
/// same as the field (S3.8).
pub fn ids_alone(request: &SendCommandRequest) -> Option<&[String]> {
    match (
        request.instance_ids.as_deref().unwrap_or_default(),
        request.targets.as_deref().unwrap_or_default(),
    ) {
        ([], [only]) if is_by_id(only) => Some(&only.values),
        (ids @ [_, ..], []) => Some(ids),
        _ => None,
    }
}

/// Every list of instance ids in a request.
pub(super) fn named_ids(request: &SendCommandRequest) -> Vec<NamedIds<'_>> {
    let field = request.instance_ids.iter().map(|ids| NamedIds { pointer: "/InstanceIds".into(), ids });
    let targets = request.targets.iter().flatten().enumerate().filter(|(_, target)| is_by_id(target));
    let lists = targets
        .map(|(at, target)| NamedIds { pointer: format!("/Targets/{at}/Values"), ids: &target.values });
    field.chain(lists).collect()
}

/// Which instances of one group a request selects (S3.6).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selected {
    /// All of them.
    All,
    /// Those at these places, in order.
    Places(Vec<u32>),
}

/// What a request selects by: an instance must satisfy all of it (S3.6).
#[derive(Debug, Default)]
pub struct Selector<'a> {
    /// Lists of ids, each sorted; the instance's must be in every one.
    lists: Vec<Vec<&'a str>>,
    conditions: Vec<Condition<'a>>,
    /// The caller may not list the resource group (S1.30).
    is_refused: bool,
}

/// What an instance must be like.
#[derive(Debug)]
enum Condition<'a> {
    /// One of the target's values suffices.
    Target(&'a Target),
    /// It has all tags of a resource group.
    HasTags(&'a Tags),
}

impl<'a> Selector<'a> {
    /// The selector of a request: ids, tags, and the resource groups among `groups`; a group not among them has no
    /// members.
    pub fn new(request: &'a SendCommandRequest, groups: &'a [ResourceGroup]) -> Self {
        let mut selector = Self::default();
        if let Some(ids) = request.instance_ids.as_ref().filter(|ids| !ids.is_empty()) {
            selector.add_list(ids);
        }
        for target in request.targets.iter().flatten() {
            match TargetKey::parse(&target.key) {
                Some(TargetKey::InstanceIds) => selector.add_list(&target.values),
                Some(TargetKey::ResourceGroup) => selector.add_group(target, groups),
                _ => selector.conditions.push(Condition::Target(target)),
            }
        }
        selector
    }

    /// Whether it names a resource group that the caller may not list, so that it selects nothing and the command is
    /// AccessDenied as a whole (S1.30, C6).
    pub fn is_refused(&self) -> bool {
        self.is_refused
    }

    /// Which instances of a group it selects.
    pub fn of(&self, group: &Group) -> Selected {
        if self.is_refused || (self.lists.is_empty() && self.conditions.is_empty()) {
            // A request that names nothing is refused (O-57); it selects nothing.
            return Selected::Places(Vec::new());
        }
        match &group.members {
            Members::Numbered(numbered) => self.of_numbered(group, numbered),
            Members::Listed(instances) => self.of_listed(instances),
        }
    }

    fn add_list(&mut self, ids: &'a [String]) {
        let mut list: Vec<&str> = ids.iter().map(String::as_str).collect();
        list.sort_unstable();
        list.dedup();
        self.lists.push(list);
    }

    fn add_group(&mut self, target: &'a Target, groups: &'a [ResourceGroup]) {
        let Some(group) = groups.iter().find(|group| target.values.contains(&group.name)) else {
            return self.add_list(&[]);
        };
        self.is_refused |= group.access_denied;
        match &group.members {
            ResourceGroupMembers::Tags(tags) => self.conditions.push(Condition::HasTags(tags)),
            ResourceGroupMembers::InstanceIds(ids) => self.add_list(ids),
        }
    }

    fn of_numbered(&self, group: &Group, numbered: &Numbered) -> Selected {
        if !self.conditions.iter().all(|condition| condition.holds(&numbered.id_prefix, &numbered.tags)) {
            return Selected::Places(Vec::new());
        }
        let Some(shortest) = self.lists.iter().min_by_key(|list| list.len()) else {
            return Selected::All;
        };
        let everywhere = |id: &&&str| self.is_listed(id);
        let mut places: Vec<u32> =
            shortest.iter().filter(everywhere).filter_map(|id| group.find_instance(id)).collect();
        places.sort_unstable();
        Selected::Places(places)
    }

    fn of_listed(&self, instances: &[Instance]) -> Selected {
        let selects = |instance: &Instance| {
            self.is_listed(&instance.id)
                && self.conditions.iter().all(|condition| condition.holds(&instance.id, &instance.tags))
        };
        let places = (0..).zip(instances).filter(|(_, instance)| selects(instance)).map(|(place, _)| place);
        let places: Vec<u32> = places.collect();
        if places.len() == instances.len() { Selected::All } else { Selected::Places(places) }
    }

    /// Whether every list names the id.
    fn is_listed(&self, id: &str) -> bool {
        self.lists.iter().all(|list| list.binary_search(&id).is_ok())
    }
}

impl Condition<'_> {
    /// Whether it holds for the instance with this id, or for all whose ids begin so.
    fn holds(&self, id: &str, tags: &Tags) -> bool {
        match self {
            Self::Target(target) => target.matches(id, tags),
            Self::HasTags(wanted) => wanted.iter().all(|(name, value)| tags.get(name) == Some(value)),
        }
    }
}

/// Instances of a group that a request selects and that are alike in what decides on their sending.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Alike {
    /// Their group's index.
    pub(super) group: usize,
    pub(super) platform: Platform,
    pub(super) access_denied: bool,
}

/// How many instances the request selects, kind by kind.
pub(super) fn counts(
    groups: &[Group],
    resource_groups: &[ResourceGroup],
    request: &SendCommandRequest,
) -> BTreeMap<Alike, u32> {
    let selector = Selector::new(request, resource_groups);
    let mut counts = BTreeMap::new();
    for (at, group) in groups.iter().enumerate() {
        let mut count = |place, more| {
            let (platform, access_denied) = (group.platform(place), group.access_denied(place));
            *counts.entry(Alike { group: at, platform, access_denied }).or_insert(0) += more;
        };
        match (&group.members, selector.of(group)) {
            (Members::Numbered(_), Selected::All) => count(0, group.count()),
            (Members::Listed(_), Selected::All) => (0..group.count()).for_each(|place| count(place, 1)),
            (_, Selected::Places(places)) => places.into_iter().for_each(|place| count(place, 1)),
        }
    }
    counts
}

fn is_by_id(target: &Target) -> bool {
    TargetKey::parse(&target.key) == Some(TargetKey::InstanceIds)
}

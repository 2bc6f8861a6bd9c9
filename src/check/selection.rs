//! Whom a request selects, worked out afresh from its words: ids by their place in the fleet, the rest instance by
//! instance.

use std::collections::BTreeMap;

use crate::{
    scenario::{
        Roster,
        plan::{Group, Instance, Members, Numbered, Plan, ResourceGroup, ResourceGroupMembers},
    },
    ssm::{SendCommandRequest, request::Target, status::Platform},
};

/// What a request asks of its targets.
#[derive(Debug, Default)]
pub(crate) struct Selection<'a> {
    /// The instances that every list of ids names, in order; `None` without a list.
    pub(crate) named: Option<Vec<u32>>,
    /// The caller may not list the resource group (S1.30).
    pub(crate) is_refused: bool,
    tags: Vec<Wanted<'a>>,
    types: Vec<&'a Target>,
}

/// A tag that an instance must have, with one of these values or with any.
#[derive(Debug)]
struct Wanted<'a> {
    names: Vec<&'a str>,
    values: Option<Vec<&'a str>>,
}

/// An instance, or instances that are alike but for their number.
pub(crate) struct Who<'a> {
    /// Its id, or what their ids begin with.
    id: &'a str,
    pub(crate) platform: Platform,
    tags: &'a BTreeMap<String, String>,
    pub(crate) access_denied: bool,
}

impl<'a> Who<'a> {
    /// The instances of a group in order, each with how many they are.
    pub(crate) fn of(group: &'a Group) -> Vec<(Self, u32)> {
        match &group.members {
            Members::Numbered(Numbered { count, id_prefix: id, platform, tags, access_denied }) => {
                vec![(Self { id, platform: *platform, tags, access_denied: *access_denied }, *count)]
            }
            Members::Listed(instances) => {
                let who = |one: &'a Instance| {
                    let Instance { id, platform, tags, access_denied } = one;
                    (Self { id, platform: *platform, tags, access_denied: *access_denied }, 1)
                };
                instances.iter().map(who).collect()
            }
        }
    }
}

impl<'a> Selection<'a> {
    /// What the request asks, or why that cannot be told.
    pub(crate) fn new(
        plan: &'a Plan,
        roster: &Roster,
        request: &'a SendCommandRequest,
    ) -> Result<Self, String> {
        let mut selection = Self::default();
        if request.instance_ids.is_none() && request.targets.is_none() {
            return Err("the request names neither InstanceIds nor Targets".into());
        }
        if let Some(ids) = request.instance_ids.as_deref().filter(|ids| !ids.is_empty()) {
            selection.narrow(roster, ids);
        }
        for target in request.targets.iter().flatten() {
            selection.add(plan, roster, target)?;
        }
        Ok(selection)
    }

    fn add(&mut self, plan: &'a Plan, roster: &Roster, target: &'a Target) -> Result<(), String> {
        let values = || target.values.iter().map(String::as_str).collect();
        match target.key.as_str() {
            key if key.eq_ignore_ascii_case("InstanceIds") => self.narrow(roster, &target.values),
            "tag-key" => self.tags.push(Wanted { names: values(), values: None }),
            "resource-groups:ResourceTypeFilters" => self.types.push(target),
            "resource-groups:Name" => {
                let is_named = |group: &&ResourceGroup| target.values == [group.name.as_str()];
                let group = plan.resource_groups.iter().find(is_named);
                let unknown = || format!("the plan has no resource group {:?}", target.values);
                self.add_group(roster, group.ok_or_else(unknown)?);
            }
            key => match key.strip_prefix("tag:") {
                Some(name) => self.tags.push(Wanted { names: vec![name], values: Some(values()) }),
                None => {
                    return Err(format!(
                        "the plan does not tell which instances the target key \"{key}\" selects"
                    ));
                }
            },
        }
        Ok(())
    }

    fn add_group(&mut self, roster: &Roster, group: &'a ResourceGroup) {
        self.is_refused |= group.access_denied;
        match &group.members {
            ResourceGroupMembers::InstanceIds(ids) => self.narrow(roster, ids),
            ResourceGroupMembers::Tags(tags) => self.tags.extend(
                tags.iter()
                    .map(|(name, value)| Wanted { names: vec![name], values: Some(vec![value.as_str()]) }),
            ),
        }
    }

    /// Leaves those of the instances named before that these ids name too.
    fn narrow(&mut self, roster: &Roster, ids: &[String]) {
        let mut found: Vec<u32> = ids.iter().filter_map(|id| roster.find(id)).collect();
        found.sort_unstable();
        found.dedup();
        if let Some(before) = &self.named {
            found.retain(|id| before.binary_search(id).is_ok());
        }
        self.named = Some(found);
    }

    /// Whether tags and type of an instance are such as the request asks for (section 3.2).
    pub(crate) fn admits(&self, who: &Who<'_>) -> bool {
        let is_hybrid = who.id.as_bytes().starts_with(b"mi");
        let own_type = if is_hybrid { "aws::ssm::managedinstance" } else { "aws::ec2::instance" };
        let has_type = |target: &Target| target.values.iter().any(|value| value.to_lowercase() == own_type);
        let has_tag = |wanted: &Wanted<'_>| {
            let held = wanted.names.iter().filter_map(|name| who.tags.get(*name));
            held.into_iter()
                .any(|value| wanted.values.as_ref().is_none_or(|list| list.contains(&value.as_str())))
        };
        self.types.iter().all(|target| has_type(target)) && self.tags.iter().all(has_tag)
    }
}

//! Resource groups: who belongs to them (S3.10, S3.19).

use std::collections::BTreeSet;

use super::Fleet;
use crate::{
    base::nearest,
    scenario::{
        Roster,
        document::{self, Scenario},
        inventory::members,
        origin::Basis,
        plan::{ResourceGroup, ResourceGroupMembers},
        review::Review,
    },
};

/// Every resource group. `fleet` is `None` when its faults forbid looking instances up.
pub(super) fn resolve(
    scenario: &Scenario,
    fleet: Option<&Fleet>,
    review: &mut Review<'_>,
) -> Vec<ResourceGroup> {
    let written = scenario.resource_group.as_deref().unwrap_or_default();
    let from = if written.is_empty() { Basis::Default("none".into()) } else { Basis::Scenario };
    review.origins.note("/resource_groups", from);
    let roster = fleet.map(|fleet| Roster::of_groups(&fleet.groups));
    let mut names = BTreeSet::new();
    let mut resolved = Vec::new();
    for (at, group) in written.iter().enumerate() {
        let pointer = format!("/resource_group/{at}");
        if !names.insert(&group.name) {
            let message = format!("there is another resource group `{}`", group.name);
            review.error(&format!("{pointer}/name"), message, "give each resource group a name of its own");
        }
        let path = format!("/resource_groups/{at}/access_denied");
        let access_denied = review.choose(path, group.access_denied, false, "access is the rule");
        if let Some(members) = members(group, access_denied, &pointer, roster.as_ref(), review) {
            resolved.push(ResourceGroup { name: group.name.clone(), access_denied, members });
        }
    }
    resolved
}

fn members(
    group: &document::ResourceGroup,
    access_denied: bool,
    pointer: &str,
    roster: Option<&Roster>,
    review: &mut Review<'_>,
) -> Option<ResourceGroupMembers> {
    match (&group.tags, &group.instance_ids, &group.members) {
        (Some(tags), None, None) => Some(ResourceGroupMembers::Tags(tags.clone())),
        (None, Some(ids), None) => {
            for (at, id) in ids.iter().enumerate() {
                if roster.is_some_and(|roster| roster.find(id).is_none()) {
                    let message = format!("`{id}` is not in the fleet");
                    let help = "name instances of the fleet; the group's other members need not be listed";
                    review.error(&format!("{pointer}/instance_ids/{at}"), message, help);
                }
            }
            Some(by_id(ids.clone()))
        }
        (None, None, Some(file)) => {
            let ids = read(file, &format!("{pointer}/members"), review)?;
            if let Some(roster) = roster {
                warn_of_strangers(&ids, roster, &format!("{pointer}/members"), review);
            }
            Some(by_id(ids))
        }
        (None, None, None) if access_denied => Some(by_id(Vec::new())),
        _ => {
            let message = format!("who belongs to `{}` is said in no way, or in several", group.name);
            review.error(pointer, message, "give exactly one of `tags`, `instance_ids` and `members`");
            None
        }
    }
}

fn by_id(mut ids: Vec<String>) -> ResourceGroupMembers {
    ids.sort_unstable();
    ids.dedup();
    ResourceGroupMembers::InstanceIds(ids)
}

fn read(file: &str, pointer: &str, review: &mut Review<'_>) -> Option<Vec<String>> {
    let source = review.inventory_beside(file, pointer)?;
    match members::read(&source) {
        Ok(ids) => Some(ids),
        Err(faults) => {
            review.faults.extend(faults);
            None
        }
    }
}

/// Members that Systems Manager does not know are no targets (S1.31); more of them than expected may be a mistake.
fn warn_of_strangers(ids: &[String], roster: &Roster, pointer: &str, review: &mut Review<'_>) {
    let mut strangers = ids.iter().filter(|id| roster.find(id).is_none());
    if let Some(first) = strangers.next() {
        let count = 1 + strangers.count();
        let message = format!("not in the fleet: {count} of {} members", ids.len());
        review.warning(pointer, message, format!("they cannot be targeted; the first is {first}"));
    }
}

/// What to say of a resource group that is not in the scenario.
pub(super) fn help(name: &str, groups: &[ResourceGroup]) -> String {
    match nearest(name, groups.iter().map(|group| group.name.as_str())) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "describe it as a `[[resource_group]]`".into(),
    }
}

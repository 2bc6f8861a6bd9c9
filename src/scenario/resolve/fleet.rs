//! The fleet as a whole: its size, names, and instance ids that are one instance's only.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::LazyLock,
};

use regex::Regex;

use crate::scenario::{
    plan::{Group, LARGEST_FLEET, Members, Numbered},
    review::Review,
};

/// Checks names, prefixes and size; whether instance ids can be looked up in these groups. `written` has the index in the
/// scenario of each.
pub(super) fn check(groups: &[Group], written: &[usize], review: &mut Review<'_>) -> bool {
    let before = review.faults.len();
    let total: u64 = groups.iter().map(|group| u64::from(group.count())).sum();
    if total > LARGEST_FLEET {
        review.error(
            "/group",
            format!("the fleet has {total} instances"),
            format!("at most {LARGEST_FLEET} instances are simulated, in all groups together"),
        );
    }
    let mut names = BTreeSet::new();
    for (&at, group) in written.iter().zip(groups) {
        if !names.insert(&group.name) {
            let message = format!("there is another group `{}`", group.name);
            review.error(&format!("/group/{at}/name"), message, "give each group a name of its own");
        }
        if let Members::Numbered(numbered) = &group.members {
            check_prefix(at, numbered, review);
        }
    }
    if review.faults.len() == before {
        check_collisions(groups, written, review);
        check_listed(groups, written, review);
    }
    review.faults.len() == before
}

fn check_prefix(at: usize, group: &Numbered, review: &mut Review<'_>) {
    static SHAPE: LazyLock<Regex> = LazyLock::new(|| crate::ssm::limits::regex("^(i|mi)-[A-Za-z0-9_]*$"));
    let pointer = format!("/group/{at}/id_prefix");
    let prefix = &group.id_prefix;
    if !SHAPE.is_match(prefix) {
        let help = "it is `i-` or `mi-`, then letters, digits and `_` (S3.14), such as \"i-web\"";
        review.error(&pointer, format!("`{prefix}` cannot begin an instance id"), help);
        return;
    }
    // A prefix longer than an id leaves no digits at all.
    let needed = (group.count - 1).to_string().len();
    let left = group.id_width();
    if left < needed || id_rest(prefix).len() + left > 17 {
        let message = format!("`{prefix}` leaves {left} digits for {} instances", group.count);
        let help =
            format!("an id has 17 characters after the hyphen; {needed} of them are needed for the number");
        review.error(&pointer, message, help);
    }
}

/// Two prefixes collide when one is the other and then digits that number an instance of the shorter one.
fn check_collisions(groups: &[Group], written: &[usize], review: &mut Review<'_>) {
    let mut known: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (at, group) in groups.iter().enumerate() {
        if let Some(prefix) = group.members.id_prefix() {
            known.entry(prefix).or_default().push(at);
        }
    }
    for (at, group) in groups.iter().enumerate() {
        let Some(own) = group.members.id_prefix() else { continue };
        let first = group.instance_id(0);
        let digits = id_rest(own).bytes().rev().take_while(u8::is_ascii_digit).count();
        let shorter = (0..=digits).map(|cut| &own[..own.len() - cut]);
        let others = shorter.filter_map(|prefix| known.get(prefix)).flatten().copied();
        let owner = others.into_iter().find(|&other| {
            let is_before = groups[other].members.id_prefix() != Some(own) || other < at;
            is_before && other != at && groups[other].find_instance(&first).is_some()
        });
        if let Some(owner) = owner {
            let message = format!(
                "the instance id `{first}` would belong to `{}` and to `{}`",
                groups[owner].name, group.name
            );
            let pointer = format!("/group/{}/id_prefix", written[at]);
            review.error(&pointer, message, "give one of them another `id_prefix`");
        }
    }
}

/// No id of an inventory is also one of a group with `count`.
fn check_listed(groups: &[Group], written: &[usize], review: &mut Review<'_>) {
    let numbered =
        groups.iter().zip(written).filter_map(|(group, &at)| Some((group.members.id_prefix()?, (group, at))));
    let by_prefix: BTreeMap<&str, (&Group, usize)> = numbered.collect();
    for owner in groups {
        for instance in owner.members.listed() {
            let id = instance.id.as_str();
            let digits = id.bytes().rev().take_while(u8::is_ascii_digit).count();
            let other = (0..=digits).find_map(|cut| by_prefix.get(&id[..id.len() - cut]));
            let Some((other, at)) = other.filter(|(group, _)| group.find_instance(id).is_some()) else {
                continue;
            };
            let message = format!(
                "the instance id `{id}` would belong to `{}` and to `{}` of the inventory",
                other.name, owner.name
            );
            return review.error(&format!("/group/{at}/id_prefix"), message, "give another `id_prefix`");
        }
    }
}

/// A prefix without `i-` or `mi-`.
fn id_rest(prefix: &str) -> &str {
    prefix.split_once('-').map_or("", |(_, rest)| rest)
}

//! Which instances are in which group, and the parts of a group that behave alike.

use std::collections::{BTreeMap, BTreeSet};

use super::inventory::{Condition, Listed, Pool, instances};
use crate::{
    scenario::{
        document::{self, Scenario, Where},
        plan::Instance,
        review::Review,
    },
    ssm::status::Platform,
};

/// How many instances are named in a fault.
const NAMED: usize = 3;

/// A group of the plan to be: a group of the scenario, or those of its instances that have one platform and for which the
/// same rules hold.
#[derive(Debug)]
pub(super) struct Part {
    /// The index of the group in the scenario.
    pub(super) written: usize,
    /// The group's name; where it has several parts, followed by what sets this one apart.
    pub(super) name: String,
    /// Instances of the inventory; `None` for a group with `count`.
    pub(super) listed: Option<Vec<Instance>>,
    /// Whether the inventory shows its instances as not reachable.
    pub(super) is_lost: bool,
}

/// What decides on the part of an instance.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    platform: Platform,
    /// The rules that hold.
    rules: BTreeSet<usize>,
    is_lost: bool,
}

/// The parts of all groups, in order. `rules` are the conditions of whatever acts on single instances.
pub(super) fn parts(
    scenario: &Scenario,
    pool: &mut Pool,
    rules: &[Where],
    review: &mut Review<'_>,
) -> Vec<Part> {
    for (at, group) in scenario.group.iter().enumerate() {
        check(at, group, scenario, pool, review);
    }
    let mut members = assign(scenario, pool, review);
    let mut parts = Vec::new();
    for (written, group) in scenario.group.iter().enumerate() {
        if group.matching.is_some() {
            let listed = std::mem::take(&mut members[written]);
            parts.extend(split(written, group, listed, rules));
        } else {
            parts.push(Part { written, name: group.name.clone(), listed: None, is_lost: false });
        }
    }
    parts
}

/// Whether the fields of a group fit together.
fn check(at: usize, group: &document::Group, scenario: &Scenario, pool: &Pool, review: &mut Review<'_>) {
    let pointer = format!("/group/{at}");
    let help = "give `count` for made-up instances, or `where` for those of an `[[inventory]]`";
    match (group.count, &group.matching) {
        (None, None) => review.error(&pointer, "the group has neither `count` nor `where`", help),
        (Some(_), Some(_)) => {
            review.error(&format!("{pointer}/where"), "`count` and `where` are given together", help);
        }
        (Some(_), None) => {
            if group.connection_lost.is_some() {
                let message = "made-up instances are in no inventory that could show them as lost";
                review.error(&format!("{pointer}/connection_lost"), message, "use `availability`");
            }
        }
        (None, Some(condition)) => {
            if scenario.inventory.as_ref().is_none_or(Vec::is_empty) {
                let help = "add an `[[inventory]]`, or give `count` in place of `where`";
                review.error(&format!("{pointer}/where"), "the scenario has no inventory", help);
            } else if pool.is_whole {
                pool.check_ids(Some(condition), &format!("{pointer}/where"), review);
            }
            let given = [
                ("id_prefix", group.id_prefix.is_some()),
                ("platform", group.platform.is_some()),
                ("tags", group.tags.is_some()),
            ];
            for (field, _) in given.into_iter().filter(|(_, given)| *given) {
                let message = format!("`{field}` of instances of an inventory is the inventory's");
                let help = format!("leave `{field}` out; `where` chooses by it");
                review.error(&format!("{pointer}/{field}"), message, help);
            }
        }
    }
}

/// The instances of each group: the first group that matches takes an instance.
fn assign(scenario: &Scenario, pool: &mut Pool, review: &mut Review<'_>) -> Vec<Vec<Listed>> {
    let conditions: Vec<Option<Condition<'_>>> =
        scenario.group.iter().map(|group| group.matching.as_ref().map(Condition::new)).collect();
    let mut members: Vec<Vec<Listed>> = scenario.group.iter().map(|_| Vec::new()).collect();
    let (mut strangers, mut named) = (0, Vec::new());
    for mut listed in std::mem::take(&mut pool.instances) {
        let Instance { id, platform, tags, .. } = &listed.instance;
        let holds = |condition: &Option<Condition<'_>>| {
            condition.as_ref().is_some_and(|condition| condition.holds(id, *platform, tags))
        };
        match conditions.iter().position(holds) {
            Some(group) => {
                listed.instance.access_denied |= scenario.group[group].access_denied == Some(true);
                members[group].push(listed);
            }
            None => {
                strangers += 1;
                if named.len() < NAMED {
                    named.push(describe(&listed.instance));
                }
            }
        }
    }
    if strangers > 0 {
        let message = format!("in no group: {} of the inventory", instances(strangers));
        let more = if strangers > NAMED { ", ..." } else { "" };
        let help =
            format!("{}{more}; a last group with `where = {{}}` takes all that are left", named.join(", "));
        review.error("/group", message, help);
    }
    for (at, group) in scenario.group.iter().enumerate() {
        if pool.is_whole && group.matching.is_some() && members[at].is_empty() {
            let message = format!("no instance is left for the group `{}`", group.name);
            let help =
                "an instance goes to the first group that matches it by platform, tags and ids, all of them";
            review.warning(&format!("/group/{at}/where"), message, help);
        }
    }
    members
}

/// The parts of a group, in the order in which its instances call for them; one without instances for an empty group.
fn split(written: usize, group: &document::Group, members: Vec<Listed>, rules: &[Where]) -> Vec<Part> {
    let mut order: Vec<Key> = Vec::new();
    let mut by_key: BTreeMap<Key, Vec<Instance>> = BTreeMap::new();
    for Listed { instance, is_lost } in members {
        let holds = |rule: &Where| holds_for_instance(rule, group, &instance);
        let rules = rules.iter().enumerate().filter(|(_, rule)| holds(rule)).map(|(at, _)| at);
        let key = Key { platform: instance.platform, rules: rules.collect(), is_lost };
        match by_key.get_mut(&key) {
            Some(part) => part.push(instance),
            None => {
                order.push(key.clone());
                by_key.insert(key, vec![instance]);
            }
        }
    }
    if order.is_empty() {
        order.push(Key::default());
    }
    let names: Vec<String> = order.iter().map(|key| name(group, rules, key, &order)).collect();
    let part = |(key, name): (Key, String)| {
        let listed = by_key.remove(&key).unwrap_or_default();
        Part { written, name, listed: Some(listed), is_lost: key.is_lost }
    };
    order.into_iter().zip(names).map(part).collect()
}

/// The group's name and, in brackets, what sets this part of it apart from the others: its platform, and the tags of the
/// rules that hold for it.
fn name(group: &document::Group, rules: &[Where], key: &Key, all: &[Key]) -> String {
    let mut marks = BTreeSet::new();
    if all.iter().any(|other| other.platform != key.platform) {
        marks.insert(format!("{:?}", key.platform));
    }
    let own = key.rules.iter().filter(|rule| all.iter().any(|other| !other.rules.contains(rule)));
    for (name, value) in own.flat_map(|rule| rules[*rule].tags.iter().flatten()) {
        marks.insert(format!("{name}={value}"));
    }
    if key.is_lost {
        marks.insert("ConnectionLost".into());
    }
    let marks = marks.into_iter().collect::<Vec<_>>().join(", ");
    if marks.is_empty() { group.name.clone() } else { format!("{} [{marks}]", group.name) }
}

/// Whether a rule holds for an instance of an inventory in a group.
fn holds_for_instance(rule: &Where, group: &document::Group, instance: &Instance) -> bool {
    rule.group.as_ref().is_none_or(|name| *name == group.name)
        && rule.platform.is_none_or(|platform| platform == instance.platform)
        && rule.tags.iter().flatten().all(|(name, value)| instance.tags.get(name) == Some(value))
}

/// An instance in words: id, platform and tags.
fn describe(instance: &Instance) -> String {
    let tags = instance.tags.iter().map(|(name, value)| format!(", {name}={value}"));
    format!("{} ({:?}{})", instance.id, instance.platform, tags.collect::<String>())
}

//! Which instances are in which group, and the parts of a group that behave alike.

use std::collections::{BTreeMap, BTreeSet};

use super::inventory::{Condition, Listed, Pool};
use crate::scenario::{
    document::{self, Scenario, Where},
    plan::Instance,
    review::Review,
};

/// How many instances are named in a fault.
const NAMED: usize = 3;

/// A group of the plan to be: a group of the scenario, or those of its instances for which the same rules hold.
#[derive(Debug)]
pub(super) struct Part {
    /// The index of the group in the scenario.
    pub(super) written: usize,
    /// The group's name; where it has several parts, followed by what sets this one apart.
    pub(super) name: String,
    /// Instances of the inventory; `None` for a group with `count`.
    pub(super) listed: Option<Vec<Instance>>,
    /// The indices of the rules that hold for it.
    pub(super) rules: BTreeSet<usize>,
    /// Whether the inventory shows its instances as not reachable.
    pub(super) is_lost: bool,
}

/// What decides on the part of an instance: the rules that hold, and whether it is lost.
type Key = (BTreeSet<usize>, bool);

/// The parts of all groups, in order. `rules` are the conditions of whatever acts on single instances.
pub(super) fn parts(scenario: &Scenario, pool: Pool, rules: &[Where], review: &mut Review<'_>) -> Vec<Part> {
    for (at, group) in scenario.group.iter().enumerate() {
        check(at, group, scenario, &pool, review);
    }
    let mut members = assign(scenario, pool, review);
    let mut parts = Vec::new();
    for (written, group) in scenario.group.iter().enumerate() {
        if group.matching.is_some() {
            let listed = std::mem::take(&mut members[written]);
            parts.extend(split(written, group, listed, rules));
        } else {
            let holds = |rule: &Where| holds_for_group(rule, group);
            let rules = rules.iter().enumerate().filter(|(_, rule)| holds(rule)).map(|(at, _)| at).collect();
            parts.push(Part { written, name: group.name.clone(), listed: None, rules, is_lost: false });
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
fn assign(scenario: &Scenario, pool: Pool, review: &mut Review<'_>) -> Vec<Vec<Listed>> {
    let conditions: Vec<Option<Condition<'_>>> =
        scenario.group.iter().map(|group| group.matching.as_ref().map(Condition::new)).collect();
    let mut members: Vec<Vec<Listed>> = scenario.group.iter().map(|_| Vec::new()).collect();
    let (mut strangers, mut named) = (0, Vec::new());
    let is_whole = pool.is_whole;
    for mut listed in pool.instances {
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
        let message = format!("{strangers} instances of the inventory are in no group");
        let more = if strangers > NAMED { ", ..." } else { "" };
        let help =
            format!("{}{more}; a last group with `where = {{}}` takes all that are left", named.join(", "));
        review.error("/group", message, help);
    }
    for (at, group) in scenario.group.iter().enumerate() {
        if is_whole && group.matching.is_some() && members[at].is_empty() {
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
    for listed in members {
        let holds = |rule: &Where| holds_for_instance(rule, group, &listed.instance);
        let rules = rules.iter().enumerate().filter(|(_, rule)| holds(rule)).map(|(at, _)| at);
        let key = (rules.collect(), listed.is_lost);
        if !by_key.contains_key(&key) {
            order.push(key.clone());
        }
        by_key.entry(key).or_default().push(listed.instance);
    }
    if order.is_empty() {
        order.push(Key::default());
    }
    let everywhere = order.iter().map(|(rules, _)| rules.clone()).reduce(|one, other| &one & &other);
    let everywhere = everywhere.unwrap_or_default();
    let part = |key: Key| {
        let listed = by_key.remove(&key).unwrap_or_default();
        let name = name(group, rules, &everywhere, &key);
        let (rules, is_lost) = key;
        Part { written, name, listed: Some(listed), rules, is_lost }
    };
    order.into_iter().map(part).collect()
}

/// The group's name and, in brackets, the conditions of the rules that hold here and not in the whole group.
fn name(group: &document::Group, rules: &[Where], everywhere: &BTreeSet<usize>, key: &Key) -> String {
    let (held, is_lost) = key;
    let mut marks: Vec<String> = Vec::new();
    for rule in held.difference(everywhere) {
        let mark = mark(&rules[*rule]);
        if !marks.contains(&mark) {
            marks.push(mark);
        }
    }
    if *is_lost {
        marks.push("ConnectionLost".into());
    }
    if marks.is_empty() { group.name.clone() } else { format!("{} [{}]", group.name, marks.join("; ")) }
}

/// A condition in short, such as `Windows, Stage=prod`.
fn mark(rule: &Where) -> String {
    let platform = rule.platform.map(|platform| format!("{platform:?}"));
    let tags = rule.tags.iter().flatten().map(|(name, value)| format!("{name}={value}"));
    platform.into_iter().chain(tags).collect::<Vec<_>>().join(", ")
}

/// Whether a rule holds for all instances of a group with `count`.
fn holds_for_group(rule: &Where, group: &document::Group) -> bool {
    let has = |(name, value): (&String, &String)| {
        group.tags.as_ref().and_then(|tags| tags.get(name)) == Some(value)
    };
    rule.group.as_ref().is_none_or(|name| *name == group.name)
        && rule.platform.is_none_or(|platform| platform == group.platform.unwrap_or_default())
        && rule.tags.iter().flatten().all(has)
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

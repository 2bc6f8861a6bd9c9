//! The roster: a fleet's instances by index and by id, found without going over all groups.

use std::collections::BTreeMap;

use super::Plan;

/// The names of a plan's instances.
#[derive(Clone, Debug)]
pub struct Roster {
    /// Each group's index of its first instance, prefix of its ids, and number of digits behind that.
    groups: Vec<(u32, String, usize)>,
    by_prefix: BTreeMap<String, usize>,
    size: u32,
}

impl Roster {
    /// The roster of a plan's fleet.
    pub fn new(plan: &Plan) -> Self {
        let mut roster = Self { groups: Vec::new(), by_prefix: BTreeMap::new(), size: 0 };
        for (at, group) in plan.groups.iter().enumerate() {
            roster.by_prefix.insert(group.id_prefix.clone(), at);
            roster.groups.push((roster.size, group.id_prefix.clone(), group.id_width()));
            roster.size += group.count;
        }
        roster
    }

    /// The group of the instance with this index, and its place within the group; `None` outside the fleet.
    pub fn locate(&self, index: u32) -> Option<(usize, u32)> {
        if index >= self.size {
            return None;
        }
        let group = self.groups.partition_point(|&(first, ..)| first <= index) - 1;
        Some((group, index - self.groups[group].0))
    }

    /// The `InstanceId` of the instance with this index; outside the fleet, words to that effect.
    pub fn id(&self, index: u32) -> String {
        let Some((group, place)) = self.locate(index) else {
            return format!("instance {index}, which is not in the fleet,");
        };
        let (_, prefix, width) = &self.groups[group];
        format!("{prefix}{place:0width$}")
    }

    /// The index of the instance with this id.
    pub fn find(&self, id: &str) -> Option<u32> {
        // Prefixes may end in digits: every way to cut the id into prefix and digits is tried.
        let digits = id.bytes().rev().take_while(u8::is_ascii_digit).count();
        (1..=digits).find_map(|width| {
            let (prefix, number) = id.split_at(id.len() - width);
            let group = *self.by_prefix.get(prefix)?;
            let index = self.groups[group].0.checked_add(number.parse().ok()?)?;
            let end = self.groups.get(group + 1).map_or(self.size, |&(first, ..)| first);
            (self.groups[group].2 == width && index < end).then_some(index)
        })
    }
}

//! The roster: a fleet's instances by index and by id, found without going over all groups.

use std::collections::BTreeMap;

use super::{
    Plan,
    plan::{Members, instance_id, place_of},
};

/// The names of a plan's instances.
#[derive(Clone, Debug)]
pub struct Roster {
    /// Each group's index of its first instance, number of instances, and prefix of their ids.
    groups: Vec<(u32, u32, String)>,
    by_prefix: BTreeMap<String, usize>,
    size: u32,
}

impl Roster {
    /// The roster of a plan's fleet.
    pub fn new(plan: &Plan) -> Self {
        let mut roster = Self { groups: Vec::new(), by_prefix: BTreeMap::new(), size: 0 };
        for (at, group) in plan.groups.iter().enumerate() {
            let Members::Numbered(numbered) = &group.members else {
                panic!("no scenario has an inventory yet")
            };
            roster.by_prefix.insert(numbered.id_prefix.clone(), at);
            roster.groups.push((roster.size, numbered.count, numbered.id_prefix.clone()));
            roster.size += numbered.count;
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
        instance_id(&self.groups[group].2, place)
    }

    /// The index of the instance with this id.
    pub fn find(&self, id: &str) -> Option<u32> {
        // Prefixes may end in digits: every way to cut the id into prefix and digits is tried.
        let digits = id.bytes().rev().take_while(u8::is_ascii_digit).count();
        (1..=digits).find_map(|width| {
            let group = *self.by_prefix.get(&id[..id.len() - width])?;
            let (first, count, prefix) = &self.groups[group];
            Some(first + place_of(id, prefix, *count)?)
        })
    }
}

//! The roster: a fleet's instances by index and by id, found without going over all groups.

use std::{borrow::Cow, collections::BTreeMap};

use super::{
    Plan,
    plan::{Group, Members, instance_id, place_of},
};

/// The names of a plan's instances.
#[derive(Clone, Debug, Default)]
pub struct Roster {
    /// Each group's index of its first instance, and the names of its instances.
    groups: Vec<(u32, Names)>,
    by_prefix: BTreeMap<String, usize>,
    /// The indices of the listed instances, in the order of their ids.
    by_id: Vec<u32>,
    size: u32,
}

#[derive(Clone, Debug)]
enum Names {
    Numbered { count: u32, prefix: String },
    Listed(Vec<Box<str>>),
}

impl Roster {
    /// The roster of a plan's fleet.
    pub fn new(plan: &Plan) -> Self {
        Self::of_groups(&plan.groups)
    }

    /// The roster of the fleet that these groups make up.
    pub(super) fn of_groups(groups: &[Group]) -> Self {
        let mut roster = Self::default();
        for (at, group) in groups.iter().enumerate() {
            let first = roster.size;
            let names = match &group.members {
                Members::Numbered(numbered) => {
                    roster.by_prefix.insert(numbered.id_prefix.clone(), at);
                    Names::Numbered { count: numbered.count, prefix: numbered.id_prefix.clone() }
                }
                Members::Listed(instances) => {
                    roster.by_id.extend(first..first + instances.len() as u32);
                    Names::Listed(instances.iter().map(|instance| instance.id.as_str().into()).collect())
                }
            };
            roster.groups.push((first, names));
            roster.size += group.count();
        }
        let mut by_id = std::mem::take(&mut roster.by_id);
        by_id.sort_unstable_by(|&one, &other| roster.name(one).cmp(&roster.name(other)));
        Self { by_id, ..roster }
    }

    /// The group of the instance with this index, and its place within the group; `None` outside the fleet.
    pub fn locate(&self, index: u32) -> Option<(usize, u32)> {
        if index >= self.size {
            return None;
        }
        let group = self.groups.partition_point(|&(first, _)| first <= index) - 1;
        Some((group, index - self.groups[group].0))
    }

    /// The `InstanceId` of the instance with this index; outside the fleet, words to that effect.
    pub fn id(&self, index: u32) -> String {
        match self.name(index) {
            Some(name) => name.into_owned(),
            None => format!("instance {index}, which is not in the fleet,"),
        }
    }

    /// The index of the instance with this id.
    pub fn find(&self, id: &str) -> Option<u32> {
        let listed = self.by_id.binary_search_by(|&index| self.name(index).as_deref().cmp(&Some(id)));
        if let Ok(at) = listed {
            return Some(self.by_id[at]);
        }
        // Prefixes may end in digits: every way to cut the id into prefix and digits is tried.
        let digits = id.bytes().rev().take_while(u8::is_ascii_digit).count();
        (1..=digits).find_map(|width| {
            let group = *self.by_prefix.get(&id[..id.len() - width])?;
            let (first, Names::Numbered { count, prefix }) = &self.groups[group] else { return None };
            Some(first + place_of(id, prefix, *count)?)
        })
    }

    fn name(&self, index: u32) -> Option<Cow<'_, str>> {
        let (group, place) = self.locate(index)?;
        Some(match &self.groups[group].1 {
            Names::Numbered { prefix, .. } => instance_id(prefix, place).into(),
            Names::Listed(ids) => (&*ids[place as usize]).into(),
        })
    }
}

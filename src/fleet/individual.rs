//! What is each instance's own in a group: the key of its luck, and its platform.

use xxhash_rust::xxh3::xxh3_64_with_seed;

use crate::{
    scenario::plan::{Group, Members},
    ssm::status::Platform,
};

/// The instances of a group, one by one.
#[derive(Debug)]
pub(super) enum Individuals {
    /// All alike but for their number: the key of the group, and the platform.
    Numbered(u64, Platform),
    /// Each with the key of its luck and its platform.
    Listed(Vec<(u64, Platform)>),
}

impl Individuals {
    pub(super) fn new(group: &Group) -> Self {
        match &group.members {
            Members::Numbered(numbered) => {
                Self::Numbered(xxh3_64_with_seed(group.name.as_bytes(), 0), numbered.platform)
            }
            // By id alone: however the inventory is grouped, an instance keeps its luck.
            Members::Listed(instances) => {
                let own = |id: &str| xxh3_64_with_seed(id.as_bytes(), 0);
                Self::Listed(instances.iter().map(|one| (own(&one.id), one.platform)).collect())
            }
        }
    }

    /// The key of the luck of the instance at `place`.
    pub(super) fn key(&self, place: u32) -> u64 {
        match self {
            Self::Numbered(group, _) => xxh3_64_with_seed(&place.to_le_bytes(), *group),
            Self::Listed(own) => own[place as usize].0,
        }
    }

    /// The platform of the instance at `place`.
    pub(super) fn platform(&self, place: u32) -> Platform {
        match self {
            Self::Numbered(_, platform) => *platform,
            Self::Listed(own) => own[place as usize].1,
        }
    }
}

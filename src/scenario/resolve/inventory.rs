//! Inventories: their files, read and joined, and which of their instances are in the fleet.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    base::slip,
    scenario::{
        document::{self, InstanceWhere, Scenario},
        inventory::{Inventory, Known, LeftOut},
        plan::Instance,
        review::Review,
    },
    ssm::status::Platform,
};

/// The instances of all inventories.
#[derive(Debug, Default)]
pub(super) struct Pool {
    /// In the order of the inventories and their files.
    pub(super) instances: Vec<Listed>,
    /// Instances that the files name and the fleet does not have, and why.
    pub(super) left_out: BTreeMap<String, &'static str>,
    /// Whether all could be read, so that what is not here does not exist.
    pub(super) is_whole: bool,
}

/// An instance of an inventory.
#[derive(Debug)]
pub(super) struct Listed {
    pub(super) instance: Instance,
    /// Whether the inventory shows it as not reachable.
    pub(super) is_lost: bool,
}

/// An `InstanceWhere`, ready to be asked many times.
pub(super) struct Condition<'a> {
    platform: Option<Platform>,
    tags: &'a BTreeMap<String, String>,
    ids: Option<BTreeSet<&'a str>>,
}

impl<'a> Condition<'a> {
    pub(super) fn new(written: &'a InstanceWhere) -> Self {
        static NO_TAGS: BTreeMap<String, String> = BTreeMap::new();
        Self {
            platform: written.platform,
            tags: written.tags.as_ref().unwrap_or(&NO_TAGS),
            ids: written.instance_ids.as_ref().map(|ids| ids.iter().map(String::as_str).collect()),
        }
    }

    pub(super) fn holds(&self, id: &str, platform: Platform, tags: &BTreeMap<String, String>) -> bool {
        self.platform.is_none_or(|wanted| wanted == platform)
            && self.tags.iter().all(|(name, value)| tags.get(name) == Some(value))
            && self.ids.as_ref().is_none_or(|ids| ids.contains(id))
    }
}

/// Reads every inventory of the scenario.
pub(super) fn resolve(scenario: &Scenario, review: &mut Review<'_>) -> Pool {
    let before = review.faults.len();
    let mut pool = Pool::default();
    for (at, written) in scenario.inventory.iter().flatten().enumerate() {
        if let Some(inventory) = read(at, written, review) {
            pool.take_in(at, written, inventory, review);
        }
    }
    pool.check_twice(review);
    pool.is_whole = !review.has_errors_since(before);
    pool
}

fn read(at: usize, written: &document::Inventory, review: &mut Review<'_>) -> Option<Inventory> {
    let pointer = format!("/inventory/{at}/files");
    let files = written.files.iter().enumerate();
    let sources: Vec<_> =
        files.map(|(number, name)| review.inventory_beside(name, &format!("{pointer}/{number}"))).collect();
    let sources = sources.into_iter().collect::<Option<Vec<_>>>()?;
    match Inventory::read(&sources) {
        Ok(inventory) => {
            advise(&inventory, &pointer, review);
            Some(inventory)
        }
        Err(faults) => {
            review.faults.extend(faults);
            None
        }
    }
}

/// Warnings about what the files do not tell.
fn advise(inventory: &Inventory, pointer: &str, review: &mut Review<'_>) {
    for command in &inventory.unfinished {
        let message = format!("every page of {command} says that another one follows");
        review.warning(pointer, message, "the last page, which has no token for a next one, may be missing");
    }
    let unmanaged = |(id, why): (_, &LeftOut)| (*why == LeftOut::NotManaged).then_some(id);
    let mut unmanaged = inventory.left_out.iter().filter_map(unmanaged);
    if let Some(first) = unmanaged.next() {
        let count = 1 + unmanaged.count();
        let message = format!("not managed: {} of describe-instances", instances(count));
        let help = format!(
            "no describe-instance-information lists them, so they cannot be targeted; such as {first}"
        );
        review.warning(pointer, message, help);
    }
    if !inventory.tells_managed && !inventory.instances.is_empty() {
        let count = inventory.instances.len();
        let message = format!("no file says which instances are managed; all {count} are taken to be");
        review.warning(pointer, message, "add the answer of `aws ssm describe-instance-information` (S3.15)");
    }
    if inventory.instances.is_empty() {
        review.error(pointer, "the files name no managed instance", "an inventory has at least one");
    }
}

impl Pool {
    fn take_in(
        &mut self,
        at: usize,
        written: &document::Inventory,
        inventory: Inventory,
        review: &mut Review<'_>,
    ) {
        let everything = InstanceWhere::default();
        let wanted = Condition::new(written.matching.as_ref().unwrap_or(&everything));
        let access = Condition::new(written.access.as_ref().unwrap_or(&everything));
        let first = self.instances.len();
        let (mine, others): (Vec<_>, Vec<_>) = inventory
            .instances
            .into_iter()
            .partition(|Known { id, platform, tags, .. }| wanted.holds(id, *platform, tags));
        self.left_out.extend(inventory.left_out.into_iter().map(|(id, why)| (id, why.reason())));
        self.instances.extend(mine.into_iter().map(|Known { id, platform, tags, is_lost }| {
            let access_denied = !access.holds(&id, platform, &tags);
            Listed { instance: Instance { id, platform, tags, access_denied }, is_lost }
        }));
        let is_empty = self.instances.len() == first && !others.is_empty();
        if is_empty {
            let message = format!("none of the {} instances matches", others.len());
            review.error(
                &format!("/inventory/{at}/where"),
                message,
                "it matches by platform, tags and ids, all of them",
            );
        }
        let reason = "is not among those that the inventory's `where` takes";
        self.left_out.extend(others.into_iter().map(|known| (known.id, reason)));
        for (field, written) in [("where", &written.matching), ("access", &written.access)] {
            self.check_ids(written.as_ref(), &format!("/inventory/{at}/{field}"), review);
        }
    }

    /// An error for each id of a condition that no file names.
    pub(super) fn check_ids(&self, written: Option<&InstanceWhere>, pointer: &str, review: &mut Review<'_>) {
        let ids = written.and_then(|written| written.instance_ids.as_ref()).into_iter().flatten();
        let known: BTreeSet<&str> = match ids.clone().next() {
            Some(_) => self.instances.iter().map(|listed| listed.instance.id.as_str()).collect(),
            None => return,
        };
        for (at, id) in ids.enumerate().filter(|(_, id)| !known.contains(id.as_str())) {
            let pointer = format!("{pointer}/instance_ids/{at}");
            if let Some(why) = self.left_out.get(id) {
                review.error(&pointer, format!("`{id}` {why}"), "name instances of the fleet");
                continue;
            }
            let help = match slip(id, known.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "name instances of the fleet".into(),
            };
            review.error(&pointer, format!("`{id}` is in no inventory"), help);
        }
    }

    /// An id is one instance's only.
    fn check_twice(&self, review: &mut Review<'_>) {
        let mut ids: Vec<&str> = self.instances.iter().map(|listed| listed.instance.id.as_str()).collect();
        ids.sort_unstable();
        let twice: BTreeSet<&str> =
            ids.windows(2).filter(|pair| pair[0] == pair[1]).map(|pair| pair[0]).collect();
        if let Some(first) = twice.first() {
            let message = format!("in several inventories: {}, such as {first}", instances(twice.len()));
            review.error(
                "/inventory",
                message,
                "list files that overlap in one `[[inventory]]`, which joins them",
            );
        }
    }
}

/// `1 instance`, `2 instances`.
pub(super) fn instances(count: usize) -> String {
    format!("{count} {}", if count == 1 { "instance" } else { "instances" })
}

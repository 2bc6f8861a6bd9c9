//! Targeting: from a request's selector to the instances it means (section 3), one snapshot (S3.12).

use crate::{
    scenario::{
        Roster,
        plan::{Command, Group, Plan},
    },
    ssm::{StatusDetails, target::TargetKey},
};

/// A run of consecutive instances.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Span {
    first: u32,
    len: u32,
}

/// The targets of a command: those that are sent to, and those that never are.
#[derive(Clone, Debug, Default)]
pub struct Targets {
    /// Spans of sendable instances, in the order of the fleet, with the number of sendable ones before each.
    sendable: Vec<(u32, Span)>,
    never_sent: Vec<(Span, StatusDetails)>,
    count: u32,
    sendable_count: u32,
}

impl Targets {
    /// Resolves a command's selector over the plan's fleet.
    pub fn resolve(plan: &Plan, roster: &Roster, command: &Command) -> Self {
        let mut targets = Self::default();
        if let Some(ids) = command.request.instance_ids.as_ref().filter(|ids| !ids.is_empty()) {
            targets.add_ids(plan, roster, command, ids);
            return targets;
        }
        let selectors = command.request.targets.as_deref().unwrap_or_default();
        let (by_id, by_group): (Vec<_>, Vec<_>) = selectors
            .iter()
            .partition(|target| TargetKey::parse(&target.key) == Some(TargetKey::InstanceIds));
        let matches = |group: &Group| by_group.iter().all(|target| target.matches_tags(&group.tags));
        let Some((first, others)) = by_id.split_first() else {
            targets.add_groups(plan, command, matches);
            return targets;
        };
        // All entries must match (S3.6): an id that the first entry lists must be in every other one.
        let in_all = |id: &&String| others.iter().all(|target| target.values.contains(*id));
        let ids = first.values.iter().filter(in_all).filter(|id| {
            let place = roster.find(id).and_then(|index| roster.locate(index));
            place.is_some_and(|(group, _)| matches(&plan.groups[group]))
        });
        targets.add_ids(plan, roster, command, ids);
        targets
    }

    /// `TargetCount`: all targets, those never sent to included.
    pub fn count(&self) -> u32 {
        self.count
    }

    /// How many are sent to.
    pub fn sendable(&self) -> u32 {
        self.sendable_count
    }

    /// The sendable instance at `place`, in the order of the fleet.
    pub fn instance(&self, place: u32) -> u32 {
        let span = self.sendable.partition_point(|&(before, _)| before <= place) - 1;
        let (before, Span { first, .. }) = self.sendable[span];
        first + (place - before)
    }

    /// The place of an instance among the sendable ones.
    pub fn place(&self, instance: u32) -> Option<u32> {
        let span = self.sendable.partition_point(|(_, span)| span.first <= instance).checked_sub(1)?;
        let (before, Span { first, len }) = self.sendable[span];
        (instance - first < len).then_some(before + (instance - first))
    }

    /// The instances that are never sent to, and why.
    pub fn never_sent(&self) -> impl Iterator<Item = (u32, StatusDetails)> {
        self.never_sent
            .iter()
            .flat_map(|&(span, details)| (span.first..span.first + span.len).map(move |i| (i, details)))
    }

    fn add_groups(&mut self, plan: &Plan, command: &Command, matches: impl Fn(&Group) -> bool) {
        let mut first = 0;
        for group in &plan.groups {
            if matches(group) {
                self.add(Span { first, len: group.count }, group, command);
            }
            first += group.count;
        }
    }

    fn add_ids<'a>(
        &mut self,
        plan: &Plan,
        roster: &Roster,
        command: &Command,
        ids: impl IntoIterator<Item = &'a String>,
    ) {
        let mut instances: Vec<u32> = ids.into_iter().filter_map(|id| roster.find(id)).collect();
        instances.sort_unstable();
        instances.dedup();
        for first in instances {
            let (group, _) = roster.locate(first).expect("found in the fleet");
            self.add(Span { first, len: 1 }, &plan.groups[group], command);
        }
    }

    fn add(&mut self, span: Span, group: &Group, command: &Command) {
        if span.len == 0 {
            return;
        }
        self.count += span.len;
        match never_sent(group, command) {
            Some(details) => self.never_sent.push((span, details)),
            None => {
                self.sendable.push((self.sendable_count, span));
                self.sendable_count += span.len;
            }
        }
    }
}

/// Why a command is never sent to the instances of a group (S1.23, S1.24).
fn never_sent(group: &Group, command: &Command) -> Option<StatusDetails> {
    if group.access_denied {
        Some(StatusDetails::AccessDenied)
    } else if command.platforms.contains(&group.platform) {
        None
    } else {
        Some(StatusDetails::InvalidPlatform)
    }
}

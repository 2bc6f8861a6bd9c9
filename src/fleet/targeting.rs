//! Targeting: from a request's selector to the instances it means (section 3), one snapshot (S3.12).

use crate::{
    scenario::{
        plan::{Command, Group, Plan},
        targeting::{Selected, selected},
    },
    ssm::StatusDetails,
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
    pub fn resolve(plan: &Plan, command: &Command) -> Self {
        let mut targets = Self::default();
        let mut first = 0;
        for group in &plan.groups {
            match selected(group, &command.request) {
                Selected::All => targets.add(Span { first, len: group.count() }, group, command),
                Selected::Places(places) => {
                    for place in places {
                        targets.add(Span { first: first + place, len: 1 }, group, command);
                    }
                }
            }
            first += group.count();
        }
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
    if group.access_denied(0) {
        Some(StatusDetails::AccessDenied)
    } else if command.platforms.contains(&group.platform(0)) {
        None
    } else {
        Some(StatusDetails::InvalidPlatform)
    }
}

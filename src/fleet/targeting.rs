//! Targeting: from a request's selector to the instances it means (section 3), one snapshot (S3.12).

use crate::{
    scenario::{
        plan::{Command, Group, Members, Plan},
        targeting::{Selected, Selector},
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
    is_refused: bool,
}

impl Targets {
    /// Resolves a command's selector over the plan's fleet.
    pub fn resolve(plan: &Plan, command: &Command) -> Self {
        let selector = Selector::new(&command.request, &plan.resource_groups);
        let mut targets = Self { is_refused: selector.is_refused(), ..Self::default() };
        let mut first = 0;
        for group in &plan.groups {
            let len = group.count();
            let add_one =
                |place| targets.add(Span { first: first + place, len: 1 }, never_sent(group, place, command));
            match (selector.of(group), &group.members) {
                (Selected::Places(places), _) => places.into_iter().for_each(add_one),
                (Selected::All, Members::Listed(_)) => (0..len).for_each(add_one),
                (Selected::All, Members::Numbered(_)) => {
                    targets.add(Span { first, len }, never_sent(group, 0, command));
                }
            }
            first += len;
        }
        targets
    }

    /// `TargetCount`: all targets, those never sent to included.
    pub fn count(&self) -> u32 {
        self.count
    }

    /// Whether the caller may not list the resource group that is targeted, so that there are no targets (S1.30).
    pub fn is_refused(&self) -> bool {
        self.is_refused
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

    /// Adds instances behind those that are there; neighbours share a span.
    fn add(&mut self, span: Span, never_sent: Option<StatusDetails>) {
        if span.len == 0 {
            return;
        }
        self.count += span.len;
        let Some(details) = never_sent else {
            match self.sendable.last_mut() {
                Some((_, last)) if last.first + last.len == span.first => last.len += span.len,
                _ => self.sendable.push((self.sendable_count, span)),
            }
            self.sendable_count += span.len;
            return;
        };
        match self.never_sent.last_mut() {
            Some((last, other)) if last.first + last.len == span.first && *other == details => {
                last.len += span.len;
            }
            _ => self.never_sent.push((span, details)),
        }
    }
}

/// Why a command is never sent to the instance at `place` of a group (S1.23, S1.24).
fn never_sent(group: &Group, place: u32, command: &Command) -> Option<StatusDetails> {
    if group.access_denied(place) {
        Some(StatusDetails::AccessDenied)
    } else if command.platforms.contains(&group.platform(place)) {
        None
    } else {
        Some(StatusDetails::InvalidPlatform)
    }
}

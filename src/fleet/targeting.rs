//! Targeting: from a request's selector to the instances it means (section 3), one snapshot (S3.12).

use crate::{
    scenario::{
        plan::{Command, Group, InstanceRange, Members, Plan},
        targeting::{Selected, Selector},
    },
    ssm::StatusDetails,
};

/// The targets of a command: those that are sent to, and those that never are.
#[derive(Clone, Debug, Default)]
pub struct Targets {
    /// Spans of sendable instances that are numbered, in the order of the fleet, with how many stand before each.
    numbered: Vec<(u32, InstanceRange)>,
    numbered_count: u32,
    /// Sendable instances of inventories, in the order of their ids. So the order of dispatch depends neither on the
    /// order of a file nor on how the instances are grouped.
    listed: Vec<u32>,
    never_sent: Vec<(InstanceRange, StatusDetails)>,
    count: u32,
    refused: Option<StatusDetails>,
}

impl Targets {
    /// None, for with the command's own too many invocations would be pending (S1.29).
    pub fn beyond_limit() -> Self {
        Self { refused: Some(StatusDetails::LimitExceeded), ..Self::default() }
    }

    /// Resolves a command's selector over the plan's fleet.
    pub fn resolve(plan: &Plan, command: &Command) -> Self {
        let selector = Selector::new(&command.request, &plan.resource_groups);
        let refused = selector.is_refused().then_some(StatusDetails::AccessDenied);
        let mut targets = Self { refused, ..Self::default() };
        let is_denied = |index| InstanceRange::hold(&command.access_denied, index);
        let mut listed = Vec::new();
        let mut first = 0;
        for group in &plan.groups {
            let len = group.count();
            match (selector.of(group), &group.members) {
                (selected, Members::Listed(instances)) => {
                    for place in places(selected, len) {
                        let (index, id) = (first + place, instances[place as usize].id.as_str());
                        let never_sent = never_sent(group, place, is_denied(index), command);
                        if targets.count_in(InstanceRange { first: index, count: 1 }, never_sent) {
                            listed.push((id, index));
                        }
                    }
                }
                (Selected::All, Members::Numbered(_)) => {
                    let whole = InstanceRange { first, count: len };
                    for (part, is_denied) in InstanceRange::cut(&command.access_denied, whole) {
                        targets.add(part, never_sent(group, 0, is_denied, command));
                    }
                }
                (Selected::Places(places), Members::Numbered(_)) => {
                    for place in places {
                        let index = first + place;
                        let never_sent = never_sent(group, place, is_denied(index), command);
                        targets.add(InstanceRange { first: index, count: 1 }, never_sent);
                    }
                }
            }
            first += len;
        }
        listed.sort_unstable();
        Self { listed: listed.into_iter().map(|(_, index)| index).collect(), ..targets }
    }

    /// The targets among those that exist now.
    pub fn existing(&self, exists: impl Fn(u32) -> bool) -> Self {
        let mut left = Self { refused: self.refused, ..Self::default() };
        for (instance, details) in self.never_sent().filter(|&(instance, _)| exists(instance)) {
            left.count_in(InstanceRange { first: instance, count: 1 }, Some(details));
        }
        for &(_, span) in &self.numbered {
            for run in existing(span, &exists) {
                left.add(run, None);
            }
        }
        let listed = self.listed.iter().copied().filter(|&instance| exists(instance));
        for instance in listed {
            left.count_in(InstanceRange { first: instance, count: 1 }, None);
            left.listed.push(instance);
        }
        left
    }

    /// `TargetCount`: all targets, those never sent to included.
    pub fn count(&self) -> u32 {
        self.count
    }

    /// Why the command is refused as a whole, so that there are no targets: AccessDenied where the caller may not list the
    /// resource group that is targeted (S1.30), LimitExceeded (S1.29).
    pub fn refused(&self) -> Option<StatusDetails> {
        self.refused
    }

    /// How many are sent to.
    pub fn sendable(&self) -> u32 {
        self.numbered_count + self.listed.len() as u32
    }

    /// The sendable instance at `place`: the numbered ones in the order of the fleet, then those of inventories by id.
    pub fn instance(&self, place: u32) -> u32 {
        if let Some(place) = place.checked_sub(self.numbered_count) {
            return self.listed[place as usize];
        }
        let span = self.numbered.partition_point(|&(before, _)| before <= place) - 1;
        let (before, InstanceRange { first, .. }) = self.numbered[span];
        first + (place - before)
    }

    /// The place of an instance among the sendable ones. Goes over all that inventories list.
    pub fn place(&self, instance: u32) -> Option<u32> {
        let span = self.numbered.partition_point(|(_, span)| span.first <= instance).checked_sub(1);
        let numbered = span.and_then(|span| {
            let (before, InstanceRange { first, count }) = self.numbered[span];
            (instance - first < count).then_some(before + (instance - first))
        });
        let listed = || self.listed.iter().position(|&listed| listed == instance);
        numbered.or_else(|| Some(self.numbered_count + listed()? as u32))
    }

    /// The instances that are never sent to, and why.
    pub fn never_sent(&self) -> impl Iterator<Item = (u32, StatusDetails)> {
        let each = |&(span, details): &(InstanceRange, _)| span.instances().map(move |i| (i, details));
        self.never_sent.iter().flat_map(each)
    }

    /// Adds numbered instances behind those that are there.
    fn add(&mut self, span: InstanceRange, never_sent: Option<StatusDetails>) {
        if self.count_in(span, never_sent) {
            self.numbered.push((self.numbered_count, span));
            self.numbered_count += span.count;
        }
    }

    /// Counts instances in; whether they are to be sent to. Of those that never are, neighbours share a span.
    fn count_in(&mut self, span: InstanceRange, never_sent: Option<StatusDetails>) -> bool {
        self.count += span.count;
        let Some(details) = never_sent else { return span.count > 0 };
        match self.never_sent.last_mut() {
            Some((last, other)) if last.end() == span.first && *other == details => last.count += span.count,
            _ => self.never_sent.push((span, details)),
        }
        false
    }
}

/// Those instances of a span that exist.
fn existing(span: InstanceRange, exists: &impl Fn(u32) -> bool) -> Vec<InstanceRange> {
    let mut runs = Vec::new();
    for instance in span.instances().filter(|&instance| exists(instance)) {
        InstanceRange::push(&mut runs, instance, 1);
    }
    runs
}

/// The places that are selected among `len`.
fn places(selected: Selected, len: u32) -> Vec<u32> {
    match selected {
        Selected::All => (0..len).collect(),
        Selected::Places(places) => places,
    }
}

/// Why a command is never sent to the instance at `place` of a group (S1.23, S1.24). `is_denied` says whether its
/// principal may not.
fn never_sent(group: &Group, place: u32, is_denied: bool, command: &Command) -> Option<StatusDetails> {
    if is_denied || group.access_denied(place) {
        Some(StatusDetails::AccessDenied)
    } else if command.platforms.contains(&group.platform(place)) {
        None
    } else {
        Some(StatusDetails::InvalidPlatform)
    }
}

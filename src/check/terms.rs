//! What a plan asks of one command, worked out afresh from the raw request.

use std::sync::Arc;

use crate::{
    base::{SimDuration, SimTime},
    check::{
        limit::Limit,
        selection::{Selection, Who},
    },
    scenario::{
        Roster,
        plan::{Command, InstanceRange, Plan},
    },
    ssm::{
        Readings, StatusDetails,
        reading::{ErrorBoundary, TimeoutMeaning},
        status::Platform,
    },
};

/// The terms of one command.
#[derive(Clone, Debug)]
pub(crate) struct Terms {
    groups: Vec<GroupTerms>,
    /// The targets by name, in order, when the request names them; they must be in a targeted group as well.
    named: Option<Vec<u32>>,
    /// Why the command is refused as a whole, so that there are no targets: the caller may not list the resource group (S1.30), or
    /// too many invocations would be pending (S1.29).
    pub(crate) refused: Option<StatusDetails>,
    /// How many targets there are, those never sent to included.
    pub(crate) total: u32,
    /// How many of them can be sent to.
    pub(crate) sendable: u32,
    pub(crate) concurrency: Limit,
    pub(crate) errors: Limit,
    pub(crate) readings: Readings,
    /// The names of the fleet's instances.
    pub(crate) roster: Arc<Roster>,
    delivery_limit: SimDuration,
    execution_limit: SimDuration,
}

/// What is alike for consecutive instances of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct GroupTerms {
    first: u32,
    end: u32,
    targeted: bool,
    /// Its place in the plan.
    pub(crate) group: u32,
    pub(crate) platform: Platform,
    /// The platform is none of the document's (S1.23).
    pub(crate) invalid_platform: bool,
    /// The caller has no access (S1.24).
    pub(crate) access_denied: bool,
}

impl Terms {
    /// The terms of `command`, or why they cannot be told.
    pub(crate) fn new(plan: &Plan, roster: &Arc<Roster>, command: &Command) -> Result<Self, String> {
        let request = &command.request;
        let limit = |field: &str, text: Option<&str>, default: &str| {
            let text = text.unwrap_or(default);
            Limit::parse(text)
                .ok_or_else(|| format!("{field} \"{text}\" is neither a count nor a percentage"))
        };
        let selection = Selection::new(plan, roster, request)?;
        let mut terms = Self {
            groups: group_terms(plan, command, &selection),
            refused: selection.is_refused.then_some(StatusDetails::AccessDenied),
            named: selection.named,
            total: 0,
            sendable: 0,
            concurrency: limit("MaxConcurrency", request.max_concurrency.as_deref(), "50")?,
            errors: limit("MaxErrors", request.max_errors.as_deref(), "0")?,
            readings: plan.readings.clone(),
            roster: Arc::clone(roster),
            delivery_limit: SimDuration::from_secs(u64::from(command.timeout_seconds)),
            execution_limit: SimDuration::from_secs(u64::from(command.execution_timeout_seconds)),
        };
        terms.total = terms.count(|_| true);
        terms.sendable = terms.count(|group| !group.is_never_sent());
        Ok(terms)
    }

    /// Leaves those targets that are there when the command is requested.
    pub(crate) fn narrow(&mut self, exists: impl Fn(u32) -> bool) {
        let there = (0..self.fleet()).filter(|&id| self.target(id).is_some() && exists(id)).collect();
        self.named = Some(there);
        self.total = self.count(|_| true);
        self.sendable = self.count(|group| !group.is_never_sent());
    }

    /// Leaves no targets, for with them too many invocations would be pending (S1.29).
    pub(crate) fn exceed_limit(&mut self) {
        self.refused = Some(StatusDetails::LimitExceeded);
        (self.total, self.sendable) = (0, 0);
    }

    fn count(&self, counts: impl Fn(&GroupTerms) -> bool) -> u32 {
        match &self.named {
            _ if self.refused.is_some() => 0,
            Some(ids) => ids.iter().filter(|&&id| self.group_of(id).is_some_and(&counts)).count() as u32,
            None => self
                .groups
                .iter()
                .filter(|group| group.targeted && counts(group))
                .map(|group| group.end - group.first)
                .sum(),
        }
    }

    /// The group of a target; `None` when the instance is no target.
    pub(crate) fn target(&self, instance: u32) -> Option<&GroupTerms> {
        let is_named = self.named.as_ref().is_none_or(|ids| ids.binary_search(&instance).is_ok());
        self.group_of(instance).filter(|_| is_named)
    }

    fn group_of(&self, instance: u32) -> Option<&GroupTerms> {
        let at = match self.groups.as_slice() {
            [_] => 0,
            groups => groups.partition_point(|group| group.end <= instance),
        };
        let targeted = |group: &&GroupTerms| group.targeted && self.refused.is_none() && instance < group.end;
        self.groups.get(at).filter(targeted)
    }

    /// The size of the fleet.
    pub(crate) fn fleet(&self) -> u32 {
        self.groups.last().map_or(0, |group| group.end)
    }

    /// Whether one more may be sent beside those in flight, slow start apart (Settled 5).
    pub(crate) fn has_room(&self, in_flight: u32) -> bool {
        self.concurrency.has_room(in_flight, self.total, self.readings.concurrency_rounding)
    }

    /// Whether `n` is more than `MaxErrors`.
    pub(crate) fn exceeds_errors(&self, n: u32) -> bool {
        self.errors.is_exceeded_by(n, self.total, self.readings.errors_rounding)
    }

    /// Whether the `n`th error stops the sending (S4.18, O-11).
    pub(crate) fn trips(&self, n: u32) -> bool {
        match self.readings.error_boundary {
            ErrorBoundary::Beyond => self.exceeds_errors(n),
            ErrorBoundary::AutomationDoc => self.errors.is_met_by(n, self.total),
        }
    }

    /// `ExpiresAfter` of a command requested then (S5.1, S5.3).
    pub(crate) fn expires(&self, requested: SimTime) -> SimTime {
        requested + self.delivery_limit + self.execution_limit
    }

    /// When an invocation that has not been received ends undelivered (O-18).
    pub(crate) fn delivery_deadline(&self, requested: SimTime) -> SimTime {
        match self.readings.timeout_meaning {
            TimeoutMeaning::Total => self.expires(requested),
            TimeoutMeaning::DeliveryThenExecution => requested + self.delivery_limit,
        }
    }
}

impl GroupTerms {
    /// Whether its instances are never sent to (Settled 4).
    pub(crate) fn is_never_sent(&self) -> bool {
        self.invalid_platform || self.access_denied
    }

    /// The exit code of a killed process, which the agent takes for a timeout (section 8.6, O-44).
    pub(crate) fn kill_code(&self) -> i32 {
        if self.platform == Platform::Windows { -1 } else { 137 }
    }

    /// The exit code by which a step asks for a reboot (section 8.6).
    pub(crate) fn reboot_code(&self) -> i32 {
        if self.platform == Platform::Windows { 3010 } else { 194 }
    }
}

/// The terms of the whole fleet; neighbours in a group that are alike stand together.
fn group_terms(plan: &Plan, command: &Command, selection: &Selection<'_>) -> Vec<GroupTerms> {
    let mut terms: Vec<GroupTerms> = Vec::new();
    let mut first = 0;
    for (number, group) in (0..).zip(&plan.groups) {
        for (who, count) in Who::of(group) {
            for (part, is_denied) in
                InstanceRange::cut(&command.access_denied, InstanceRange { first, count })
            {
                let one = GroupTerms {
                    first: part.first,
                    end: part.first + part.count,
                    targeted: selection.admits(&who),
                    group: number,
                    platform: who.platform,
                    invalid_platform: !command.platforms.contains(&who.platform),
                    access_denied: who.access_denied || is_denied,
                };
                match terms.last_mut() {
                    Some(last) if *last == (GroupTerms { first: last.first, end: last.end, ..one }) => {
                        last.end = one.end;
                    }
                    _ => terms.push(one),
                }
            }
            first += count;
        }
    }
    terms
}

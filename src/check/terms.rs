//! What a plan asks of one command, worked out afresh from the raw request.

use std::sync::Arc;

use crate::{
    base::{SimDuration, SimTime},
    check::limit::Limit,
    scenario::{
        Roster,
        plan::{Command, Group, Plan},
    },
    ssm::{
        Readings,
        reading::{ErrorBoundary, TimeoutMeaning},
        request::Target,
        status::Platform,
    },
};

/// The terms of one command.
#[derive(Clone, Debug)]
pub(crate) struct Terms {
    groups: Vec<GroupTerms>,
    /// The targets by name, in order, when the request names them; they must be in a targeted group as well.
    named: Option<Vec<u32>>,
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

/// What is alike for all instances of a group.
#[derive(Clone, Copy, Debug)]
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
        let mut groups = group_terms(plan, command);
        let mut named = None;
        if request.instance_ids.is_none() && request.targets.is_none() {
            return Err("the request names neither InstanceIds nor Targets".into());
        }
        if let Some(ids) = request.instance_ids.as_deref().filter(|ids| !ids.is_empty()) {
            narrow(&mut named, roster, ids);
        }
        for target in request.targets.iter().flatten() {
            if target.key.eq_ignore_ascii_case("InstanceIds") {
                narrow(&mut named, roster, &target.values);
                continue;
            }
            for (terms, group) in groups.iter_mut().zip(&plan.groups) {
                terms.targeted &= selects(target, group)?;
            }
        }
        let mut terms = Self {
            groups,
            named,
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

    fn count(&self, counts: impl Fn(&GroupTerms) -> bool) -> u32 {
        match &self.named {
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
        self.groups.get(at).filter(|group| group.targeted && instance < group.end)
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

fn group_terms(plan: &Plan, command: &Command) -> Vec<GroupTerms> {
    let mut first = 0;
    let terms_of = |(number, group): (u32, &Group)| {
        let terms = GroupTerms {
            first,
            end: first + group.count(),
            targeted: true,
            group: number,
            platform: group.platform(0),
            invalid_platform: !command.platforms.contains(&group.platform(0)),
            access_denied: group.access_denied(0),
        };
        first = terms.end;
        terms
    };
    (0..).zip(&plan.groups).map(terms_of).collect()
}

/// Leaves those of the instances named before that these ids name too.
fn narrow(named: &mut Option<Vec<u32>>, roster: &Roster, ids: &[String]) {
    let mut found: Vec<u32> = ids.iter().filter_map(|id| roster.find(id)).collect();
    found.sort_unstable();
    found.dedup();
    if let Some(before) = named {
        found.retain(|id| before.binary_search(id).is_ok());
    }
    *named = Some(found);
}

/// Whether a selector by tag matches the instances of a group (section 3.2).
fn selects(target: &Target, group: &Group) -> Result<bool, String> {
    if let Some(name) = target.key.strip_prefix("tag:") {
        return Ok(group.tags(0).get(name).is_some_and(|value| target.values.contains(value)));
    }
    if target.key == "tag-key" {
        return Ok(target.values.iter().any(|name| group.tags(0).contains_key(name)));
    }
    Err(format!("the plan does not tell which instances the target key \"{}\" selects", target.key))
}

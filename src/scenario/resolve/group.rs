//! Groups: defaults, distributions, chances, the agents' limits.

use std::{collections::BTreeMap, ops::RangeInclusive};

use super::{
    members::Part,
    outcome::{self, PLACEHOLDER, exactly_one, flag},
    output,
};
use crate::{
    base::{Chance, SimDuration, distribution::Distribution},
    scenario::{
        distribution::{Choice, DEFAULT_DELIVERY, DEFAULT_REBOOT, MICROSECONDS, PLAIN, Written},
        document::{self, Profile, Scenario},
        origin::Basis,
        plan::{
            AgentLimits, Availability, AvailabilityState, Channel, Group, Members, Numbered, Outcome, Output,
        },
        review::Review,
    },
    ssm::{Readings, status::Platform},
};

/// Every group, made of its part and without what rules add to it; one with faults gets placeholders, so that the checks behind it can go on.
pub(super) fn resolve(
    scenario: &Scenario,
    parts: Vec<Part>,
    readings: &Readings,
    profile: Profile,
    review: &mut Review<'_>,
) -> Vec<Group> {
    let buffer = agent_buffer(scenario, readings, profile);
    let resolve = |(at, part): (usize, Part)| {
        let written = part.written;
        Resolver { at, written, buffer: &buffer, review: &mut *review }.group(&scenario.group[written], part)
    };
    parts.into_iter().enumerate().map(resolve).collect()
}

/// The buffer of agents that say nothing about it, and who decided on that.
fn agent_buffer(scenario: &Scenario, readings: &Readings, profile: Profile) -> (u32, Basis) {
    let written = scenario.readings.iter().flatten().any(|(name, _)| name == "agent_buffer");
    let from = if written { Basis::Scenario } else { Basis::Profile(profile.name().into()) };
    (readings.agent_buffer, from)
}

struct Resolver<'r, 'a> {
    /// The index of the group in the plan.
    at: usize,
    /// Its index in the scenario.
    written: usize,
    buffer: &'r (u32, Basis),
    review: &'r mut Review<'a>,
}

impl Resolver<'_, '_> {
    fn group(mut self, group: &document::Group, part: Part) -> Group {
        self.review.origins.note(self.path(), Basis::Scenario);
        Group {
            name: part.name,
            members: match part.listed {
                Some(listed) => Members::Listed(listed),
                None => Members::Numbered(self.numbered(group)),
            },
            delivery: self.delivery(group),
            reply: self.reply(group),
            execution: self.distribution(&group.execution, "execution"),
            slowness: self.slowness(group),
            availability: if part.is_lost { self.connection_lost(group) } else { self.availability(group) },
            outcomes: self.outcomes(group),
            steps: self.choose("steps", None, Vec::new(), "every step is like the others"),
            agent: self.agent(group),
            channel: Channel::default(),
            reboot: self.reboot(group),
            output: self.output(group),
        }
    }

    fn numbered(&mut self, group: &document::Group) -> Numbered {
        let prefix = default_prefix(&group.name);
        let field = |name: &str| format!("members/numbered/{name}");
        Numbered {
            count: group.count.unwrap_or(1),
            id_prefix: self.choose(&field("id_prefix"), group.id_prefix.clone(), prefix, "the group's name"),
            platform: self.choose(
                &field("platform"),
                group.platform,
                Platform::Linux,
                "most fleets are Linux",
            ),
            tags: self.choose(&field("tags"), group.tags.clone(), BTreeMap::new(), "none"),
            access_denied: self.choose(
                &field("access_denied"),
                group.access_denied,
                false,
                "access is the rule",
            ),
        }
    }

    fn path(&self) -> String {
        format!("/groups/{}", self.at)
    }

    fn pointer(&self, field: &str) -> String {
        format!("/group/{}/{field}", self.written)
    }

    fn choose<T>(&mut self, field: &str, given: Option<T>, default: T, reason: &str) -> T {
        self.review.choose(format!("{}/{field}", self.path()), given, default, reason)
    }

    fn distribution(&mut self, written: &Choice<SimDuration>, field: &str) -> Distribution {
        outcome::duration(written, &self.pointer(field), self.review)
    }

    fn delivery(&mut self, group: &document::Group) -> Distribution {
        let given = group.delivery.as_ref().map(|written| self.distribution(written, "delivery"));
        self.choose("delivery", given, DEFAULT_DELIVERY, "assumed, near the few samples that were published")
    }

    fn reply(&mut self, group: &document::Group) -> Option<Distribution> {
        let given = group.reply.as_ref().map(|written| self.distribution(written, "reply"));
        self.choose("reply", given.map(Some), None, "part of the delivery")
    }

    fn slowness(&mut self, group: &document::Group) -> Distribution {
        let pointer = self.pointer("slowness");
        let given = group
            .slowness
            .as_ref()
            .map(|written| written.resolve(PLAIN, &pointer, self.review).unwrap_or(PLACEHOLDER));
        self.choose("slowness", given, Distribution::Constant { value: 1.0 }, "all instances are alike")
    }

    fn availability(&mut self, group: &document::Group) -> Vec<Availability> {
        let given = self.states(group.availability.as_deref(), "availability");
        self.choose("availability", given, Vec::new(), "always reachable")
    }

    /// The availability of instances that the inventory shows as not reachable (O-22).
    fn connection_lost(&mut self, group: &document::Group) -> Vec<Availability> {
        let given = self.states(group.connection_lost.as_deref(), "connection_lost");
        let never = vec![Availability { chance: Chance::ONE, state: AvailabilityState::Unreachable }];
        self.choose("availability", given, never, "the inventory shows them as not connected (O-22)")
    }

    fn states(
        &mut self,
        entries: Option<&[document::Availability]>,
        field: &str,
    ) -> Option<Vec<Availability>> {
        let entries = entries?;
        let pointer = self.pointer(field);
        let mut resolved = Vec::new();
        for (at, entry) in entries.iter().enumerate() {
            let inside = format!("{pointer}/{at}");
            let unreachable = AvailabilityState::Unreachable;
            let states = [
                ("unreachable", flag(entry.unreachable, unreachable, &inside, "unreachable", self.review)),
                ("reachable_from", entry.reachable_from.map(AvailabilityState::ReachableFrom)),
                ("stopped_at", entry.stopped_at.map(AvailabilityState::StoppedAt)),
                ("terminated_at", entry.terminated_at.map(AvailabilityState::TerminatedAt)),
                ("up` with `down", self.alternating(entry, &inside)),
            ];
            let state = exactly_one(&states, &inside, self.review);
            resolved.extend(state.map(|state| Availability { chance: entry.chance.0, state }));
        }
        let sum: u64 = entries.iter().map(|entry| u64::from(entry.chance.0.0)).sum();
        if sum > u64::from(Chance::ONE.0) {
            let message = format!("the chances add up to {}", sum as f64 / 1e9);
            self.review.error(&pointer, message, "their sum is at most 1");
        }
        Some(resolved)
    }

    /// A connection that comes and goes.
    fn alternating(&mut self, entry: &document::Availability, pointer: &str) -> Option<AvailabilityState> {
        let (up, down) = match (&entry.up, &entry.down) {
            (None, None) => return None,
            (Some(up), Some(down)) => (up, down),
            (up, _) => {
                let (there, missing) = if up.is_some() { ("up", "down") } else { ("down", "up") };
                let message = format!("`{there}` stands without `{missing}`");
                self.review.error(
                    pointer,
                    message,
                    "give both: how long it can be reached, and how long not",
                );
                return Some(AvailabilityState::Unreachable);
            }
        };
        let (up, down) = (self.spell(up, pointer, "up"), self.spell(down, pointer, "down"));
        Some(AvailabilityState::Alternating { up, down })
    }

    /// How long something lasts each time: not always no time at all, or the next would never end.
    fn spell(&mut self, written: &Written, pointer: &str, field: &str) -> Distribution {
        let pointer = format!("{pointer}/{field}");
        let Some(spell) = written.resolve(MICROSECONDS, &pointer, self.review) else { return PLACEHOLDER };
        if spell.is_zero() {
            let help = "give a duration, or a distribution with a mean above zero";
            self.review.error(&pointer, format!("`{field}` always lasts no time"), help);
        }
        spell
    }

    fn outcomes(&mut self, group: &document::Group) -> Vec<Outcome> {
        let pointer = self.pointer("outcomes");
        let given = group.outcomes.as_deref();
        let given = given.map(|outcomes| outcome::resolve_all(outcomes, &pointer, self.review));
        self.choose("outcomes", given, Vec::new(), "every execution ends with exit code 0")
    }

    /// The agents' limits; a number outside its range stands for the default (S8.1).
    fn agent(&mut self, group: &document::Group) -> AgentLimits {
        let given = group.agent.clone().unwrap_or_default();
        let usual = AgentLimits { buffer: self.buffer.0, ..AgentLimits::default() };
        let own = || Basis::Default("the agent's own limit".into());
        AgentLimits {
            workers: self.limit("workers", given.workers, 1..=i32::MAX, usual.workers, own()),
            buffer: self.limit("buffer", given.buffer, 1..=i32::MAX, usual.buffer, self.buffer.1.clone()),
            retries: self.limit("retries", given.retries, 1..=100, usual.retries, own()),
        }
    }

    fn limit(
        &mut self,
        field: &str,
        given: Option<i32>,
        range: RangeInclusive<i32>,
        usual: u32,
        from: Basis,
    ) -> u32 {
        let usable = given.filter(|number| range.contains(number));
        if let (Some(number), None) = (given, usable) {
            let most = if *range.end() == i32::MAX { String::new() } else { format!(" to {}", range.end()) };
            let message = format!("the agent takes {usual} in the place of {number}");
            let help = format!("it takes a number from {}{most} (S8.1)", range.start());
            self.review.warning(&self.pointer(&format!("agent/{field}")), message, help);
        }
        let from = if usable.is_some() { Basis::Scenario } else { from };
        self.review.origins.note(format!("{}/agent/{field}", self.path()), from);
        usable.map_or(usual, |number| number as u32)
    }

    fn reboot(&mut self, group: &document::Group) -> Distribution {
        let given = group.reboot.as_ref().map(|written| self.distribution(written, "reboot"));
        self.choose("reboot", given, DEFAULT_REBOOT, "assumed")
    }

    fn output(&mut self, group: &document::Group) -> Option<Box<Output>> {
        let written = group.output.as_ref()?;
        let (pointer, path) = (self.pointer("output"), format!("{}/output", self.path()));
        self.review.origins.note(&path, Basis::Scenario);
        Some(Box::new(output::resolve(written, &pointer, &path, self.review)))
    }
}

/// `i-` and up to 8 letters and digits of the name.
fn default_prefix(name: &str) -> String {
    let word = name.chars().filter(char::is_ascii_alphanumeric).take(8).collect::<String>();
    format!("i-{}", word.to_ascii_lowercase())
}

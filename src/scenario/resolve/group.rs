//! Groups: defaults, distributions, chances.

use std::collections::BTreeMap;

use super::members::Part;
use crate::{
    base::{Chance, SimDuration, distribution::Distribution, nearest},
    scenario::{
        distribution::{Choice, DEFAULT_DELIVERY, DEFAULT_REBOOT, MICROSECONDS, PLAIN},
        document::{self, Scenario, Where},
        origin::Basis,
        plan::{
            AgentLimits, Availability, AvailabilityState, ExecutionResult, Group, Members, Numbered, Outcome,
        },
        review::Review,
    },
    ssm::status::Platform,
};

/// Every group, made of its part; one with faults gets placeholders, so that the checks behind it can go on.
pub(super) fn resolve(scenario: &Scenario, parts: Vec<Part>, review: &mut Review<'_>) -> Vec<Group> {
    check_rules(scenario, &parts, review);
    let resolve = |(at, part): (usize, Part)| {
        Resolver { at, written: part.written, review }.group(&scenario.group[part.written], part, scenario)
    };
    parts.into_iter().enumerate().map(resolve).collect()
}

/// The conditions of the `[[outcome]]` rules, each of which may divide a group of an inventory.
pub(super) fn conditions(scenario: &Scenario) -> Vec<Where> {
    rules(scenario).iter().map(|rule| rule.matching.clone().unwrap_or_default()).collect()
}

fn rules(scenario: &Scenario) -> &[document::OutcomeRule] {
    scenario.outcome.as_deref().unwrap_or_default()
}

fn check_rules(scenario: &Scenario, parts: &[Part], review: &mut Review<'_>) {
    let names = || scenario.group.iter().map(|group| group.name.as_str());
    for (at, condition) in conditions(scenario).iter().enumerate() {
        if let Some(name) = condition.group.as_deref().filter(|name| !names().any(|known| known == *name)) {
            let help = match nearest(name, names()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "name a `[[group]]` of this scenario".into(),
            };
            review.error(&format!("/outcome/{at}/where/group"), format!("there is no group `{name}`"), help);
        } else if !parts.iter().any(|part| part.rules.contains(&at)) {
            let help = "it matches by name, platform and tags, all of them";
            review.warning(&format!("/outcome/{at}"), "this outcome matches no group", help);
        }
    }
}

struct Resolver<'r, 'a> {
    /// The index of the group in the plan.
    at: usize,
    /// Its index in the scenario.
    written: usize,
    review: &'r mut Review<'a>,
}

impl Resolver<'_, '_> {
    fn group(mut self, group: &document::Group, part: Part, scenario: &Scenario) -> Group {
        self.review.origins.note(self.path(), Basis::Scenario);
        let members = match part.listed {
            Some(listed) => Members::Listed(listed),
            None => Members::Numbered(self.numbered(group)),
        };
        let rules = part.rules.iter().map(|&at| (at, &rules(scenario)[at]));
        Group {
            name: part.name,
            delivery: self.delivery(group),
            reply: self.reply(group),
            execution: self.distribution(&group.execution, "execution"),
            slowness: self.slowness(group),
            availability: if part.is_lost { self.connection_lost(group) } else { self.availability(group) },
            outcomes: self.outcomes(group, &members, rules),
            steps: self.choose("steps", None, Vec::new(), "every step is like the others"),
            agent: self.choose("agent", None, AgentLimits::default(), "the agent's own limits"),
            reboot: self.choose("reboot", None, DEFAULT_REBOOT, "assumed"),
            members,
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
        let pointer = self.pointer(field);
        written.resolve(MICROSECONDS, &pointer, self.review).unwrap_or(PLACEHOLDER)
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
            let states = [
                (
                    "unreachable",
                    self.flag(entry.unreachable, AvailabilityState::Unreachable, &inside, "unreachable"),
                ),
                ("reachable_from", entry.reachable_from.map(AvailabilityState::ReachableFrom)),
                ("stopped_at", entry.stopped_at.map(AvailabilityState::StoppedAt)),
                ("terminated_at", entry.terminated_at.map(AvailabilityState::TerminatedAt)),
            ];
            let state = self.exactly_one(&states, &inside);
            resolved.extend(state.map(|state| Availability { chance: entry.chance.0, state }));
        }
        self.check_sum(entries.iter().map(|entry| entry.chance.0), &pointer);
        Some(resolved)
    }

    fn outcomes<'s>(
        &mut self,
        group: &document::Group,
        members: &Members,
        rules: impl Iterator<Item = (usize, &'s document::OutcomeRule)>,
    ) -> Vec<Outcome> {
        let pointer = self.pointer("outcomes");
        let own = group.outcomes.iter().flatten().cloned().enumerate();
        let own = own.map(|(at, outcome)| (format!("{pointer}/{at}"), outcome));
        let added = rules.map(|(at, rule)| (format!("/outcome/{at}"), rule.outcome()));
        let entries: Vec<_> = own.chain(added).collect();
        self.check_sum(entries.iter().map(|(_, outcome)| outcome.chance.0), &pointer);
        let given = !entries.is_empty() || group.outcomes.is_some();
        let resolved =
            entries.iter().filter_map(|(at, outcome)| self.outcome(outcome, members, at)).collect();
        self.choose(
            "outcomes",
            given.then_some(resolved),
            Vec::new(),
            "every execution ends with exit code 0",
        )
    }

    fn outcome(&mut self, outcome: &document::Outcome, members: &Members, pointer: &str) -> Option<Outcome> {
        let results = [
            ("exit_code", outcome.exit_code.map(ExecutionResult::Exit)),
            ("hang", self.flag(outcome.hang, ExecutionResult::Hang, pointer, "hang")),
            ("reply_lost", self.flag(outcome.reply_lost, ExecutionResult::ReplyLost, pointer, "reply_lost")),
            ("stopped", self.flag(outcome.stopped, ExecutionResult::Stopped, pointer, "stopped")),
            ("terminated", self.flag(outcome.terminated, ExecutionResult::Terminated, pointer, "terminated")),
        ];
        let execution = outcome.execution.as_ref().map(|written| {
            written.resolve(MICROSECONDS, &format!("{pointer}/execution"), self.review).unwrap_or(PLACEHOLDER)
        });
        let result = self.exactly_one(&results, pointer)?;
        let asks_for_reboot = |platform: Platform| match result {
            ExecutionResult::Exit(194) => platform != Platform::Windows,
            ExecutionResult::Exit(3010) => platform == Platform::Windows,
            _ => false,
        };
        if members.platforms().any(asks_for_reboot) {
            let message =
                "this exit code asks the agent to reboot the instance and run the step again (section 8.6)";
            let help = "reboots are not simulated yet; use another exit code";
            self.review.error(&format!("{pointer}/exit_code"), message, help);
        }
        Some(Outcome { chance: outcome.chance.0, run: None, result, execution })
    }

    /// What a flag stands for; `false` is a fault, as leaving it out says the same.
    fn flag<T>(&mut self, flag: Option<bool>, means: T, pointer: &str, name: &str) -> Option<T> {
        if flag == Some(false) {
            let help = format!("write `{name} = true` or leave it out");
            self.review.error(&format!("{pointer}/{name}"), format!("`{name}` is false"), help);
        }
        flag.map(|_| means)
    }

    fn exactly_one<T: Clone>(&mut self, choices: &[(&str, Option<T>)], pointer: &str) -> Option<T> {
        let given: Vec<_> =
            choices.iter().filter_map(|(name, value)| Some((*name, value.as_ref()?))).collect();
        if let [(_, only)] = given[..] {
            return Some(only.clone());
        }
        let list =
            |names: Vec<&str>| names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        let all = list(choices.iter().map(|(name, _)| *name).collect());
        let message = match given[..] {
            [] => "this entry does not say what happens".into(),
            _ => format!("{} are given together", list(given.iter().map(|(name, _)| *name).collect())),
        };
        self.review.error(pointer, message, format!("give exactly one of {all}"));
        None
    }

    fn check_sum(&mut self, chances: impl Iterator<Item = Chance>, pointer: &str) {
        let sum: u64 = chances.map(|chance| u64::from(chance.0)).sum();
        if sum > u64::from(Chance::ONE.0) {
            let message = format!("the chances add up to {}", sum as f64 / 1e9);
            let help =
                "their sum is at most 1; for outcomes, every `[[outcome]]` that matches the group counts too";
            self.review.error(pointer, message, help);
        }
    }
}

/// Stands where a faulty distribution was, in a plan that is thrown away.
const PLACEHOLDER: Distribution = Distribution::Constant { value: 0.0 };

/// `i-` and up to 8 letters and digits of the name.
fn default_prefix(name: &str) -> String {
    let word = name.chars().filter(char::is_ascii_alphanumeric).take(8).collect::<String>();
    format!("i-{}", word.to_ascii_lowercase())
}

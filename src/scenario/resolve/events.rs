//! The event bus, rules and Auto Scaling groups, and the commands that rules may send.

use std::{collections::BTreeSet, sync::LazyLock};

use regex::Regex;

use super::command::Surroundings;
use crate::{
    base::{Chance, SimDuration, distribution::Distribution, nearest},
    iam::Account,
    scenario::{
        distribution::{DEFAULT_EVENT_LATENCY, MICROSECONDS},
        document::Scenario,
        origin::Basis,
        plan::{Command, EventBus, Events, TargetKind},
        review::Review,
    },
    ssm::limits,
};

mod advice;
mod pattern;
mod rule;
mod scaling;
mod target;

pub(super) use advice::advise;

/// The most commands of a plan: as many as a simulation can tell apart.
const MOST_COMMANDS: usize = 4096;

static NAME: LazyLock<Regex> = LazyLock::new(|| limits::regex(r"^[.\-_A-Za-z0-9]{1,64}$"));

/// Everything about events, if the scenario has any, and the commands that rules may send, behind its own. `None` when
/// faults leave nothing to go on with. `must_send`: whether one without commands is none.
pub(super) fn resolve(
    surroundings: &Surroundings<'_, '_>,
    must_send: bool,
    review: &mut Review<'_>,
) -> Option<(Option<Events>, Vec<Command>)> {
    let scenario = surroundings.scenario;
    let rules = scenario.rule.as_deref().unwrap_or_default();
    let groups = scenario.auto_scaling_group.as_deref().unwrap_or_default();
    if scenario.event_bus.is_none() && rules.is_empty() && groups.is_empty() {
        if must_send && scenario.command.is_empty() {
            review.error("", "nothing is sent: there is no `command`", "add a `[[command]]`");
            return None;
        }
        return Some((None, Vec::new()));
    }
    review.origins.note("/events", Basis::Scenario);
    let before = review.faults.len();
    let bus = bus(scenario, &surroundings.access.account, review);
    let mut commands = Vec::new();
    let rules = rule::resolve(surroundings, &mut commands, review);
    let auto_scaling_groups = scaling::resolve(surroundings, &rules, review);
    let sent = rules.iter().flat_map(|rule| &rule.targets).map(|target| match target.kind {
        TargetKind::RunCommand { at_most, .. } => at_most as usize,
        TargetKind::Topic | TargetKind::Queue => 0,
    });
    let total = scenario.command.len() + sent.sum::<usize>();
    if total > MOST_COMMANDS {
        let message = format!("the scenario's own commands and those that rules may send are {total}");
        review.error("/rule", message, format!("at most {MOST_COMMANDS}; lower `at_most` of the targets"));
    }
    if must_send && total == 0 && !review.has_errors_since(before) {
        let help = "add a `[[command]]`, or a `[[rule]]` with a target that sends one";
        review.error("", "nothing is sent: there is no `command`, and no rule sends one", help);
    }
    check_names(scenario, surroundings.names, &commands, review);
    let is_sound = !review.has_errors_since(before);
    is_sound.then_some((Some(Events { bus, rules, auto_scaling_groups }), commands))
}

fn bus(scenario: &Scenario, account: &Account, review: &mut Review<'_>) -> EventBus {
    let written = scenario.event_bus.clone().unwrap_or_default();
    let Account { id, region } = account.clone();
    let latency = written
        .latency
        .as_ref()
        .and_then(|latency| latency.resolve(MICROSECONDS, "/event_bus/latency", review));
    let path = |name: &str| format!("/events/bus/{name}");
    EventBus {
        account: review.choose(path("account"), scenario.account.clone(), id, "an example's"),
        region: review.choose(path("region"), scenario.region.clone(), region, "the guide's samples"),
        latency: review.choose(path("latency"), latency, DEFAULT_EVENT_LATENCY, "assumed"),
        loss: chance(path("loss"), written.loss, "none is lost", review),
    }
}

fn chance(
    path: String,
    written: Option<crate::scenario::share::Share>,
    reason: &str,
    review: &mut Review<'_>,
) -> Chance {
    review.choose(path, written.map(|share| share.0), Chance(0), reason)
}

/// Names of commands that rules send are made of others, and may meet those of the scenario.
fn check_names(scenario: &Scenario, own: &[String], sent: &[Command], review: &mut Review<'_>) {
    let mut seen: BTreeSet<String> = own.iter().map(|name| name.to_ascii_lowercase()).collect();
    for command in sent {
        if !seen.insert(command.name.to_ascii_lowercase()) {
            let rule = command.trigger.map_or(0, |trigger| trigger.rule);
            let message = format!("there is another command `{}`", command.name);
            let help =
                "commands that a rule sends are named RULE.ID.NUMBER; name the rule or the target otherwise";
            debug_assert!(scenario.rule.is_some());
            return review.error(&format!("/rule/{rule}/name"), message, help);
        }
    }
}

/// A name among others of its kind, once.
fn check_name<'a>(
    name: &'a str,
    what: &str,
    seen: &mut BTreeSet<&'a str>,
    pointer: &str,
    review: &mut Review<'_>,
) {
    if !NAME.is_match(name) {
        let help = "1 to 64 letters, digits, `.`, `-` and `_` (S10.22)";
        review.error(pointer, format!("`{name}` is no name of a {what}"), help);
    } else if !seen.insert(name) {
        review.error(pointer, format!("there is another {what} `{name}`"), "give each a name of its own");
    }
}

/// "did you mean", or what there is.
fn choices<'a>(name: &str, known: impl Iterator<Item = &'a str> + Clone) -> String {
    match nearest(name, known.clone()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => {
            let known: Vec<_> = known.map(|name| format!("`{name}`")).collect();
            if known.is_empty() { "there is none".into() } else { format!("there is {}", known.join(", ")) }
        }
    }
}

/// Stands where a faulty distribution was, in a plan that is thrown away.
const PLACEHOLDER: Distribution = Distribution::Constant { value: 0.0 };

/// Whole seconds from one number to another.
fn whole_seconds(duration: SimDuration, least: u64, most: u64) -> bool {
    let second = SimDuration::from_secs(1).0;
    duration.0.is_multiple_of(second) && (least..=most).contains(&(duration.0 / second))
}

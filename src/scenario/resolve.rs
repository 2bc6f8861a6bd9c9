//! From what the user wrote to a plan: defaults, readings, and the checks of meaning.

use std::collections::BTreeMap;

use super::{
    Access, DocumentText, Faults, Plan, Read, Resolved, assumption,
    document::{Profile, Scenario},
    fault::sort,
    origin::Basis,
    plan::{Group, PLAN_VERSION, Threshold},
    planning::Planning,
    review::Review,
    source::{Parsed, join},
    threshold::Metric,
};
use crate::{
    base::nearest,
    ssm::{Readings, limits},
};

mod access;
mod alarm;
mod assumed;
mod channel;
mod command;
mod condition;
mod delivery;
mod endpoint;
mod events;
mod fault;
mod filter;
mod fleet;
mod group;
pub mod injection;
mod inventory;
mod members;
mod misfit;
mod outcome;
mod output;
mod own_document;
mod part;
mod planning;
mod polling;
mod reception;
mod resource_group;
mod rule;
mod steps;
mod topic;

pub(super) use access::{check_arn, policies};
pub(super) use output::DEFAULT_PUT;
pub(super) use topic::notification;

/// What is wanted of a scenario.
#[derive(Clone, Copy)]
pub(super) struct Wanted {
    /// The index of the bad release that comes with it, if any.
    pub(super) release: Option<usize>,
    /// Whether it must send a command.
    pub(super) commands: bool,
}

/// Resolves a scenario whose structure is known to be right.
pub(super) fn resolve(
    scenario: &Scenario,
    wanted: Wanted,
    input: &Parsed,
    read: Read<'_>,
) -> Result<Resolved, Faults> {
    let mut review = Review::new(input, read);
    review.origins.note("/version", Basis::Scenario);
    let plan = plan(scenario, wanted, &mut review);
    sort(&mut review.faults);
    review.faults.dedup();
    match plan {
        Some((plan, planning, access, documents)) if !review.has_errors() => Ok(Resolved {
            assumptions: assumption::of(&plan),
            plan,
            planning,
            access,
            documents,
            origins: review.origins.into_list(),
            warnings: review.faults,
        }),
        _ => Err(Faults(review.faults)),
    }
}

fn plan(
    scenario: &Scenario,
    wanted: Wanted,
    review: &mut Review<'_>,
) -> Option<(Plan, Planning, Access, Vec<DocumentText>)> {
    let name = name(scenario, review);
    let description = review.choose("/description", scenario.description.clone(), String::new(), "none");
    let profile =
        review.choose("/profile", scenario.profile, Profile::Api, "the recommended reading of every point");
    let readings = readings(scenario, profile, review);
    let start = start(scenario, review);
    let seed = review.choose("/seed", scenario.seed, 1, "a fixed number, so that a run can be repeated");
    let access = access::resolve(scenario, review);
    let mut topics = topic::resolve(scenario, review);
    let names = command::names(scenario, review);
    let documents = own_document::resolve(scenario, review);
    let mut fleet = fleet(scenario, (&readings, profile), &access, review);
    let sound = fleet.is_sound.then_some(&fleet);
    let resource_groups = resource_group::resolve(scenario, sound, review);
    let alarms = alarm::resolve(scenario, review);
    let surroundings = command::Surroundings {
        scenario,
        alarms: &alarms,
        names: &names,
        fleet: sound,
        resource_groups: &resource_groups,
        access: &access,
        documents: &documents,
        readings: &readings,
        profile,
    };
    let commands = command::resolve(&surroundings, review);
    let is_whole = commands.iter().all(Option::is_some);
    let events = events::resolve(&surroundings, wanted.commands, review);
    let runs = rule::Run::all(&commands);
    rule::apply(scenario, &mut fleet, &names, &runs, is_whole, review);
    planning::lay(scenario, &mut fleet, &names, is_whole.then_some(&runs), wanted.release, review);
    let planning = planning::resolve(scenario, &names, review);
    let mut commands: Option<Vec<_>> = commands.into_iter().map(|one| Some(one?.command)).collect();
    topic::attach(commands.as_deref_mut().unwrap_or_default(), &mut topics, review);
    let faults = fault::resolve(scenario, &fleet, &mut topics, review);
    let thresholds = thresholds(scenario, &names, review);
    let (events, triggered) = events?;
    let mut commands = commands?;
    commands.extend(triggered);
    output::judge(scenario, (&access, &documents), &mut fleet, &commands, review);
    let plan = Plan {
        version: PLAN_VERSION,
        name,
        description,
        start,
        seed,
        profile: profile.name().into(),
        readings,
        groups: fleet.groups,
        resource_groups,
        topics,
        events,
        faults,
        alarms,
        polling: polling::resolve(scenario, review),
        assumed: assumed::resolve(scenario, review),
        commands,
        thresholds,
        is_open: false,
    };
    fault::warn_of_unused_stores(scenario, &plan, review);
    events::advise(&plan, review);
    Some((plan, planning, access, documents.texts))
}

fn name(scenario: &Scenario, review: &mut Review<'_>) -> String {
    let stem = review.input.source.path.file_stem().map(|stem| stem.to_string_lossy().into_owned());
    let why = "the name of the scenario's file";
    review.choose("/name", scenario.name.clone(), stem.unwrap_or_default(), why)
}

/// The groups of the plan to be.
struct Fleet {
    groups: Vec<Group>,
    /// The index in the scenario of each.
    written: Vec<usize>,
    /// Instances that inventories name and that are in none of them, and why.
    left_out: BTreeMap<String, &'static str>,
    /// Whether instances can be looked up in them.
    is_sound: bool,
}

fn fleet(
    scenario: &Scenario,
    (readings, profile): (&Readings, Profile),
    access: &Access,
    review: &mut Review<'_>,
) -> Fleet {
    let before = review.faults.len();
    let mut pool = inventory::resolve(scenario, review);
    let parts = members::parts(scenario, &mut pool, &condition::all(scenario), review);
    let is_assigned = !review.has_errors_since(before);
    let written: Vec<usize> = parts.iter().map(|part| part.written).collect();
    let groups = group::resolve(scenario, parts, readings, profile, review);
    let is_sound = fleet::check(&groups, &written, review) && is_assigned;
    let mut fleet = Fleet { groups, written, left_out: pool.left_out, is_sound };
    channel::resolve(scenario, access, &mut fleet, review);
    fleet
}

fn start(scenario: &Scenario, review: &mut Review<'_>) -> String {
    const START: &str = "2026-01-01T00:00:00Z";
    let given = scenario.start.as_ref().and_then(|text| match text.parse::<jiff::Timestamp>() {
        Ok(instant) => Some(instant.to_string()),
        Err(error) => {
            let help = format!("write an instant with its offset, such as \"{START}\"");
            review.error("/start", format!("`{text}` is not an instant: {error}"), help);
            None
        }
    });
    review.choose("/start", given, START.into(), "a fixed instant; the clock is never read")
}

/// The profile's readings, with the scenario's own laid over them; the profile's alone when those have faults.
fn readings(scenario: &Scenario, profile: Profile, review: &mut Review<'_>) -> Readings {
    review.origins.note("/readings", Basis::Profile(profile.name().into()));
    let mut fields = serde_json::to_value(profile.readings()).expect("readings are plain data");
    for (name, value) in scenario.readings.iter().flatten() {
        review.origins.note(join("/readings", name), Basis::Scenario);
        fields[name] = value.clone();
    }
    let before = review.faults.len();
    match serde_json::from_value(fields) {
        Ok(readings) => {
            check_ranges(&readings, review);
            check_terminal(&readings, review);
            if review.faults.len() == before { readings } else { profile.readings() }
        }
        Err(error) => {
            review.error("/readings", error.to_string(), "");
            profile.readings()
        }
    }
}

fn check_ranges(readings: &Readings, review: &mut Review<'_>) {
    let numbers = [
        ("default_timeout_seconds", i64::from(readings.default_timeout_seconds), limits::TIMEOUT_SECONDS),
        ("target_values", i64::from(readings.target_values), 1..=50),
        ("rule_target_values", i64::from(readings.rule_target_values), 1..=50),
        ("agent_buffer", i64::from(readings.agent_buffer), 1..=i64::from(i32::MAX)),
        ("log_period", (readings.log_period.0 / 1_000_000) as i64, 1..=3600),
    ];
    for (name, value, range) in numbers.into_iter().filter(|(_, value, range)| !range.contains(value)) {
        let help = format!("expected a number from {} to {}", range.start(), range.end());
        review.error(&join("/readings", name), format!("{value} is out of range"), help);
    }
}

/// The readings of O-9 and O-56 name how something ended, so the status is a terminal one.
fn check_terminal(readings: &Readings, review: &mut Review<'_>) {
    let statuses = [
        ("no_instances_status", readings.no_instances_status.is_terminal()),
        ("incomplete_status", readings.incomplete_status.is_terminal()),
        ("terminated_status", readings.terminated_status.is_terminal()),
        ("invalid_platform_status", readings.invalid_platform_status.is_terminal()),
        ("access_denied_status", readings.access_denied_status.is_terminal()),
    ];
    for (name, _) in statuses.into_iter().filter(|(_, terminal)| !terminal) {
        let help = "expected one of `Success`, `Cancelled`, `Failed`, `TimedOut`";
        review.error(&join("/readings", name), "nothing ends with this status", help);
    }
}

fn thresholds(scenario: &Scenario, commands: &[String], review: &mut Review<'_>) -> Vec<Threshold> {
    let given = scenario.thresholds.clone();
    let written = review.choose("/thresholds", given, Default::default(), "none");
    let list = written.into_iter().map(|(metric, bound)| Threshold { metric, bound });
    list.inspect(|threshold| {
        let pointer = join("/thresholds", &threshold.metric);
        if let Err((message, help)) = threshold.parse() {
            review.error(&pointer, message, help);
        }
        let hooks = || scenario.auto_scaling_group.iter().flatten().flat_map(|group| group.hook.iter().flatten());
        if threshold.parse().is_ok_and(|parsed| parsed.metric == Metric::Captured) {
            let is_meant = |name: &str| hooks().any(|hook| hook.name == name);
            if hooks().next().is_none() || threshold.command().is_some_and(|name| !is_meant(name)) {
                let help = "name a `[[auto_scaling_group.hook]]` of this scenario before the colon, or none to mean all";
                review.error(&pointer, "there is no such lifecycle hook", help);
            }
            return;
        }
        if commands.is_empty() {
            let help = "rules send all commands here; ask for `captured` of a lifecycle hook";
            review.error(&pointer, "the scenario has no `[[command]]` that this could be about", help);
            return;
        }
        if let Some(name) = threshold.command().filter(|name| !commands.iter().any(|known| known == name)) {
            let help = match nearest(name, commands.iter().map(String::as_str)) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "name a `[[command]]` of this scenario before the colon".into(),
            };
            review.error(&pointer, format!("there is no command `{name}`"), help);
        }
    })
    .collect()
}

//! From what the user wrote to a plan: defaults, readings, and the checks of meaning.

use std::{path::Path, sync::Arc};

use super::{
    Faults, Plan, Read, Resolved, Severity, assumption,
    document::{Profile, Scenario},
    fault::{self, Fault},
    origin::{Basis, Origins},
    plan::{PLAN_VERSION, Threshold},
    source::{LARGEST_FILE, Parsed, Source, join},
};
use crate::ssm::{Readings, limits};

mod command;
mod fleet;
mod group;

pub(super) use group::DEFAULT_DELIVERY;

/// A scenario under review: the input, and what has been found out about it so far.
pub(super) struct Review<'a> {
    pub(super) input: &'a Parsed,
    read: Read<'a>,
    pub(super) faults: Vec<Fault>,
    pub(super) origins: Origins,
}

impl Review<'_> {
    /// Reports an error at a place of the scenario.
    pub(super) fn error(&mut self, pointer: &str, message: impl Into<String>, help: impl Into<String>) {
        self.faults.push(Fault::error(self.input.place(pointer), message, help));
    }

    /// Reports a warning at a place of the scenario.
    pub(super) fn warning(&mut self, pointer: &str, message: impl Into<String>, help: impl Into<String>) {
        self.faults.push(Fault::warning(self.input.place(pointer), message, help));
    }

    /// The value given, or the default; notes where it came from.
    pub(super) fn choose<T>(
        &mut self,
        path: impl Into<String>,
        given: Option<T>,
        default: T,
        reason: &str,
    ) -> T {
        let from = if given.is_some() { Basis::Scenario } else { Basis::Default(reason.into()) };
        self.origins.note(path, from);
        given.unwrap_or(default)
    }

    /// The content of a file beside the scenario; a fault at `pointer` when it cannot be read.
    pub(super) fn read_beside(&mut self, name: &str, pointer: &str) -> Option<String> {
        let help = "the name is relative to the scenario's own folder";
        match (self.read)(&self.beside(name)) {
            Ok(text) if text.len() > LARGEST_FILE => {
                self.error(pointer, format!("{name} has {} bytes", text.len()), "at most 64 MiB are read");
                None
            }
            Ok(text) => Some(text),
            Err(error) => {
                self.error(pointer, format!("cannot read {name}: {error}"), help);
                None
            }
        }
    }

    /// A file beside the scenario, as a source.
    pub(super) fn source_beside(&mut self, name: &str, pointer: &str) -> Option<Arc<Source>> {
        let text = self.read_beside(name, pointer)?;
        Some(Arc::new(Source { path: self.beside(name), text }))
    }

    fn beside(&self, name: &str) -> std::path::PathBuf {
        self.input.source.path.parent().unwrap_or(Path::new("")).join(name)
    }

    fn has_errors(&self) -> bool {
        self.faults.iter().any(|fault| fault.severity == Severity::Error)
    }
}

/// Resolves a scenario whose structure is known to be right.
pub(super) fn resolve(scenario: &Scenario, input: &Parsed, read: Read<'_>) -> Result<Resolved, Faults> {
    let mut review = Review { input, read, faults: Vec::new(), origins: Origins::default() };
    let plan = plan(scenario, &mut review);
    fault::sort(&mut review.faults);
    review.faults.dedup();
    match plan {
        Some(plan) if !review.has_errors() => Ok(Resolved {
            assumptions: assumption::of(&plan),
            plan,
            origins: review.origins.into_list(),
            warnings: review.faults,
        }),
        _ => Err(Faults(review.faults)),
    }
}

fn plan(scenario: &Scenario, review: &mut Review<'_>) -> Option<Plan> {
    let stem = review.input.source.path.file_stem().map(|stem| stem.to_string_lossy().into_owned());
    review.origins.note("/version", Basis::Scenario);
    let name = review.choose(
        "/name",
        scenario.name.clone(),
        stem.unwrap_or_default(),
        "the name of the scenario's file",
    );
    let description = review.choose("/description", scenario.description.clone(), String::new(), "none");
    let profile =
        review.choose("/profile", scenario.profile, Profile::Api, "the recommended reading of every point");
    let readings = readings(scenario, profile, review);
    let start = start(scenario, review);
    let seed = review.choose("/seed", scenario.seed, 1, "a fixed number, so that a run can be repeated");
    let groups = group::resolve(scenario, review);
    let fleet_is_sound = fleet::check(&groups, review);
    let fleet = fleet_is_sound.then_some(groups.as_slice());
    let command = command::resolve(scenario, fleet, &readings, profile, review);
    let thresholds = thresholds(scenario, review);
    Some(Plan {
        version: PLAN_VERSION,
        name,
        description,
        start,
        seed,
        profile: profile.name().into(),
        readings,
        groups,
        commands: vec![command?],
        thresholds,
    })
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

fn thresholds(scenario: &Scenario, review: &mut Review<'_>) -> Vec<Threshold> {
    let given = scenario.thresholds.clone();
    let written = review.choose("/thresholds", given, Default::default(), "none");
    let list = written.into_iter().map(|(metric, bound)| Threshold { metric, bound });
    list.inspect(|threshold| {
        if let Err((message, help)) = threshold.parse() {
            review.error(&join("/thresholds", &threshold.metric), message, help);
        }
    })
    .collect()
}

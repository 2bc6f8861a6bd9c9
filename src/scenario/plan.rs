//! The plan: a scenario with every default explicit. A run is a function of a plan and a seed.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    base::{Chance, SimDuration, distribution::Distribution},
    ssm::{Readings, SendCommandRequest, status::Platform},
};

/// The version of the plan's format.
pub const PLAN_VERSION: u32 = 1;

/// The most instances of a fleet, in all groups together.
pub const LARGEST_FLEET: u64 = (1 << 24) - 1;

/// Everything a run depends on but the seed of its luck.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// [`PLAN_VERSION`].
    pub version: u32,
    /// The scenario's name.
    pub name: String,
    /// The story, as the scenario tells it.
    pub description: String,
    /// The instant that simulation time 0 stands for, RFC 3339 in UTC.
    pub start: String,
    /// The root of all luck.
    pub seed: u64,
    /// The profile that the readings started from.
    pub profile: String,
    /// How AWS's contradictory texts are read.
    pub readings: Readings,
    /// The fleet, in the order in which instances are numbered.
    pub groups: Vec<Group>,
    /// The commands.
    pub commands: Vec<Command>,
    /// Service levels that the result is held to.
    pub thresholds: Vec<Threshold>,
}

/// Instances that are alike.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Group {
    /// Unique name.
    pub name: String,
    /// How many instances.
    pub count: u32,
    /// What instance ids begin with, `i-...` or `mi-...`; the index fills them up with zeros.
    pub id_prefix: String,
    /// The platform.
    pub platform: Platform,
    /// Tags on every instance.
    pub tags: BTreeMap<String, String>,
    /// Whether the caller is denied access to these instances (S1.24).
    pub access_denied: bool,
    /// Send to receipt by the agent; microseconds.
    pub delivery: Distribution,
    /// Each reply of the agent to its receipt by the service; microseconds. `None`: part of `delivery`.
    pub reply: Option<Distribution>,
    /// Time on an instance of average speed; microseconds.
    pub execution: Distribution,
    /// Factor on the execution time, drawn once for each instance and kept for all replications.
    pub slowness: Distribution,
    /// Who cannot be reached when; the remaining chance is always reachable.
    pub availability: Vec<Availability>,
    /// What happens other than exit code 0; the remaining chance is that.
    pub outcomes: Vec<Outcome>,
}

/// A share of a group that is not always reachable.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Availability {
    /// The chance that an instance is like this.
    pub chance: Chance,
    /// In what way.
    pub state: AvailabilityState,
}

/// In what way an instance is not always reachable. Times count from the start of the simulation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AvailabilityState {
    /// Registered, but its agent never answers.
    Unreachable,
    /// Its agent answers from a time on.
    ReachableFrom(SimDuration),
    /// Stopped at a time, for good; a running step is lost without a reply.
    StoppedAt(SimDuration),
    /// Terminated at a time: a send after that is Undeliverable (O-23).
    TerminatedAt(SimDuration),
}

/// One way in which an execution can end, other than exit code 0.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outcome {
    /// The chance of it for one invocation.
    pub chance: Chance,
    /// What it is.
    pub result: ExecutionResult,
    /// Time on an instance of average speed when this happens, instead of the group's; microseconds.
    pub execution: Option<Distribution>,
}

/// What the execution on an instance comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ExecutionResult {
    /// The script ends with this code (section 8.6).
    Exit(i32),
    /// The script never ends by itself.
    Hang,
    /// The work is done with exit code 0, but the final reply never arrives.
    ReplyLost,
    /// The instance stops at a random moment of the execution, for good.
    Stopped,
    /// The instance is terminated at a random moment of the execution.
    Terminated,
}

/// One `SendCommand` and what belongs to it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Command {
    /// When it is sent.
    pub at: SimDuration,
    /// The request as the API takes it, unresolved: "25%" stays "25%".
    pub request: SendCommandRequest,
    /// `TimeoutSeconds` after defaults.
    pub timeout_seconds: u32,
    /// The execution timeout that the agent enforces and the total includes (S5.12, O-21), whole seconds.
    pub execution_timeout_seconds: u32,
    /// Platforms that the document runs on.
    pub platforms: Vec<Platform>,
    /// Cancel requests.
    pub cancels: Vec<Cancel>,
    /// Fields of the request that are checked and kept but do not change the simulation yet.
    pub not_simulated: Vec<String>,
}

/// One `CancelCommand`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cancel {
    /// When it is called, counted from the start of the simulation.
    pub at: SimDuration,
    /// The instances whose invocations are cancelled; empty means the whole command (S7.1).
    pub instance_ids: Vec<String>,
}

/// A service level: what a metric's statistic must satisfy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Threshold {
    /// As written, such as `makespan.p95`.
    pub metric: String,
    /// As written, such as `<= 2h`.
    pub bound: String,
}

impl Plan {
    /// The number of instances in the fleet.
    pub fn fleet_size(&self) -> u32 {
        self.groups.iter().map(|group| group.count).sum()
    }
}

impl Group {
    /// The id of the instance at `place` in this group.
    pub fn instance_id(&self, place: u32) -> String {
        instance_id(&self.id_prefix, place)
    }

    /// The place of the instance with this id in this group.
    pub fn find_instance(&self, id: &str) -> Option<u32> {
        place_of(id, &self.id_prefix, self.count)
    }

    /// How many digits stand behind the prefix.
    pub fn id_width(&self) -> usize {
        id_width(&self.id_prefix)
    }
}

/// The id of the instance at `place` behind a prefix: the prefix, then the place in decimal, filled up with zeros to the
/// 17 characters after the first hyphen that the API asks for (S3.14).
pub(super) fn instance_id(prefix: &str, place: u32) -> String {
    let width = id_width(prefix);
    format!("{prefix}{place:0width$}")
}

/// The place that an id stands for among `count` instances behind a prefix.
pub(super) fn place_of(id: &str, prefix: &str, count: u32) -> Option<u32> {
    let digits = id.strip_prefix(prefix)?;
    let is_whole = digits.len() == id_width(prefix) && digits.bytes().all(|byte| byte.is_ascii_digit());
    digits.parse().ok().filter(|&place| is_whole && place < count)
}

fn id_width(prefix: &str) -> usize {
    let kind = if prefix.starts_with("mi-") { 3 } else { 2 };
    (kind + 17_usize).saturating_sub(prefix.len())
}

//! Groups: who the instances are and how they behave.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::output::{Output, Written};
use crate::{
    base::{Chance, SimDuration, distribution::Distribution},
    ssm::status::Platform,
};

/// Instances that behave alike.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Group {
    /// Unique name.
    pub name: String,
    /// Who they are.
    pub members: Members,
    /// Send to receipt by the agent; microseconds.
    pub delivery: Distribution,
    /// Each reply of the agent to its receipt by the service; microseconds. `None`: part of `delivery`.
    pub reply: Option<Distribution>,
    /// Time of a step on an instance of average speed; microseconds.
    pub execution: Distribution,
    /// Factor on the execution time, drawn once for each instance and kept for all replications.
    pub slowness: Distribution,
    /// Who cannot be reached when; the remaining chance is always reachable.
    pub availability: Vec<Availability>,
    /// What happens to a step other than exit code 0; the remaining chance is that.
    pub outcomes: Vec<Outcome>,
    /// Steps that take other times or end otherwise than `execution` and `outcomes` say.
    pub steps: Vec<StepBehaviour>,
    /// The limits of the agents.
    pub agent: AgentLimits,
    /// The way on which messages reach the agents.
    #[serde(default, skip_serializing_if = "Channel::is_mgs")]
    pub channel: Channel,
    /// Time from the shutdown of a rebooting instance until its agent works again; microseconds.
    pub reboot: Distribution,
    /// What its steps write and how it is put; `None`: nothing is said of it, and nothing is written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<Box<Output>>,
}

/// Who the instances of a group are.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Members {
    /// As many as said, all alike, with numbers for names.
    Numbered(Numbered),
    /// Those of an inventory, in its order.
    Listed(Vec<Instance>),
}

/// Instances that a scenario makes up.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Numbered {
    /// How many.
    pub count: u32,
    /// What instance ids begin with, `i-...` or `mi-...`; the index fills them up with zeros.
    pub id_prefix: String,
    /// The platform.
    pub platform: Platform,
    /// Tags on every instance.
    pub tags: BTreeMap<String, String>,
    /// Whether the caller is denied access to these instances (S1.24).
    pub access_denied: bool,
}

/// One instance of an inventory.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Instance {
    /// `InstanceId`.
    pub id: String,
    /// The platform.
    pub platform: Platform,
    /// Its tags.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: BTreeMap<String, String>,
    /// Whether the caller is denied access to it (S1.24).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub access_denied: bool,
}

/// How one step of one command goes in a group.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StepBehaviour {
    /// Index of the command.
    pub command: u32,
    /// Index of the step in the command's document.
    pub step: u32,
    /// Instead of [`Group::execution`].
    pub execution: Distribution,
    /// Instead of [`Group::outcomes`].
    pub outcomes: Vec<Outcome>,
    /// Instead of what [`Group::output`] says; `None`: as it says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<Box<Written>>,
}

/// The limits of an agent (section 8.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AgentLimits {
    /// `CommandWorkersLimit`: commands that run at once, from 1.
    pub workers: u32,
    /// `CommandWorkerBufferLimit`: accepted commands that wait for a worker, from 1.
    pub buffer: u32,
    /// `CommandRetryLimit`: how often a document is resumed after a restart, 1 to 100 (S8.36).
    pub retries: u32,
}

/// One of the two ways on which messages reach an agent (S8.5).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Channel {
    /// `ssmmessages`: messages are pushed over a connection that stays open, and a full agent refuses them (S8.19).
    #[default]
    Mgs,
    /// `ec2messages`: the agent asks for messages in long polls, and one that is full asks for none (S8.8, S8.16).
    Mds,
}

impl Channel {
    /// Whether it is the one that agents prefer.
    pub fn is_mgs(&self) -> bool {
        *self == Self::Mgs
    }
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
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
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
    /// Its connection comes and goes, each time for a while drawn anew; what runs on it goes on; microseconds.
    Alternating {
        /// How long it can be reached.
        up: Distribution,
        /// How long it cannot.
        down: Distribution,
    },
}

/// One way in which a step can end, other than exit code 0.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outcome {
    /// The chance of it for one run of the step.
    pub chance: Chance,
    /// Only in this run of the step, counted from 1: a step runs again after a reboot. `None`: in every run.
    pub run: Option<u32>,
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

impl ExecutionResult {
    /// Whether it is an exit code that asks the agent of a platform for a reboot (section 8.6).
    pub fn asks_for_reboot(self, platform: Platform) -> bool {
        match platform {
            Platform::Linux | Platform::MacOS => self == Self::Exit(194),
            Platform::Windows => self == Self::Exit(3010),
        }
    }
}

impl Group {
    /// How many instances.
    pub fn count(&self) -> u32 {
        match &self.members {
            Members::Numbered(numbered) => numbered.count,
            Members::Listed(instances) => instances.len() as u32,
        }
    }

    /// The id of the instance at `place` in this group.
    pub fn instance_id(&self, place: u32) -> String {
        match &self.members {
            Members::Numbered(numbered) => instance_id(&numbered.id_prefix, place),
            Members::Listed(instances) => instances[place as usize].id.clone(),
        }
    }

    /// The place of the instance with this id in this group. Goes over all listed instances; a [`Roster`](crate::scenario::Roster)
    /// finds faster.
    pub fn find_instance(&self, id: &str) -> Option<u32> {
        match &self.members {
            Members::Numbered(numbered) => place_of(id, &numbered.id_prefix, numbered.count),
            Members::Listed(instances) => {
                instances.iter().position(|instance| instance.id == id).map(|place| place as u32)
            }
        }
    }

    /// The platform of the instance at `place` in this group.
    pub fn platform(&self, place: u32) -> Platform {
        match &self.members {
            Members::Numbered(numbered) => numbered.platform,
            Members::Listed(instances) => instances[place as usize].platform,
        }
    }

    /// The tags of the instance at `place` in this group.
    pub fn tags(&self, place: u32) -> &BTreeMap<String, String> {
        match &self.members {
            Members::Numbered(numbered) => &numbered.tags,
            Members::Listed(instances) => &instances[place as usize].tags,
        }
    }

    /// Whether the caller is denied access to the instance at `place` in this group.
    pub fn access_denied(&self, place: u32) -> bool {
        match &self.members {
            Members::Numbered(numbered) => numbered.access_denied,
            Members::Listed(instances) => instances[place as usize].access_denied,
        }
    }
}

impl Members {
    /// What the instances' ids begin with, when they are numbered.
    pub fn id_prefix(&self) -> Option<&str> {
        match self {
            Self::Numbered(numbered) => Some(&numbered.id_prefix),
            Self::Listed(_) => None,
        }
    }

    /// The instances, when they are those of an inventory.
    pub fn listed(&self) -> &[Instance] {
        match self {
            Self::Numbered(_) => &[],
            Self::Listed(instances) => instances,
        }
    }

    /// The platforms of the instances: one for all of them, or each one's.
    pub fn platforms(&self) -> impl Iterator<Item = Platform> {
        let numbered = match self {
            Self::Numbered(numbered) => Some(numbered.platform),
            Self::Listed(_) => None,
        };
        numbered.into_iter().chain(self.listed().iter().map(|instance| instance.platform))
    }
}

impl Numbered {
    /// How many digits stand behind the prefix.
    pub fn id_width(&self) -> usize {
        id_width(&self.id_prefix)
    }
}

impl Default for AgentLimits {
    /// The agent's own defaults (section 8.1).
    fn default() -> Self {
        Self { workers: 5, buffer: 5, retries: 15 }
    }
}

/// The id of the instance at `place` behind a prefix: the prefix, then the place in decimal, filled up with zeros to the
/// 17 characters after the first hyphen that the API asks for (S3.14).
pub(in crate::scenario) fn instance_id(prefix: &str, place: u32) -> String {
    let width = id_width(prefix);
    format!("{prefix}{place:0width$}")
}

/// The place that an id stands for among `count` instances behind a prefix.
pub(in crate::scenario) fn place_of(id: &str, prefix: &str, count: u32) -> Option<u32> {
    let digits = id.strip_prefix(prefix)?;
    let is_whole = digits.len() == id_width(prefix) && digits.bytes().all(|byte| byte.is_ascii_digit());
    digits.parse().ok().filter(|&place| is_whole && place < count)
}

fn id_width(prefix: &str) -> usize {
    let kind = if prefix.starts_with("mi-") { 3 } else { 2 };
    (kind + 17_usize).saturating_sub(prefix.len())
}

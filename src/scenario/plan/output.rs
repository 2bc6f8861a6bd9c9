//! What steps write, and how it is put where the request wants it (section 11).

use serde::{Deserialize, Serialize};

use super::{Command, Plan};
use crate::{
    base::{Chance, distribution::Distribution},
    output::Store,
};

/// What the steps of a group write, and how its agents put it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Output {
    /// What a step writes that has nothing of its own.
    pub written: Written,
    /// A put to S3 without its bytes; microseconds.
    pub s3_latency: Distribution,
    /// How many bytes a second a put to S3 takes, from 1.
    pub s3_bytes_per_second: u64,
    /// The chance that a put to S3 fails, each time it is tried.
    pub s3_failure: Chance,
    /// A call of `PutLogEvents`; microseconds, drawn once for a stream.
    pub logs_latency: Distribution,
    /// What the instance profile denies (S12.18), in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub denied: Vec<DeniedStore>,
}

/// How much a step writes to each of its streams; bytes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Written {
    /// To standard output.
    pub stdout: Distribution,
    /// To standard error.
    pub stderr: Distribution,
}

/// Where the instance profile of a group lets no output of a command go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeniedStore {
    /// Index of the command.
    pub command: u32,
    /// Where.
    pub store: Store,
}

impl Output {
    /// Whether the instance profile denies that outputs of a command go there.
    pub fn denies(&self, command: u32, store: Store) -> bool {
        self.denied.binary_search(&DeniedStore { command, store }).is_ok()
    }
}

impl Command {
    /// Whether the request wants outputs there.
    pub fn wants(&self, store: Store) -> bool {
        let request = &self.request;
        match store {
            Store::S3 => request.output_s3_bucket_name.is_some(),
            Store::Logs => {
                let config = request.cloud_watch_output_config.as_ref();
                config.is_some_and(|config| config.cloud_watch_output_enabled == Some(true))
            }
        }
    }

    /// Whether the request wants outputs anywhere.
    pub fn wants_outputs(&self) -> bool {
        self.wants(Store::S3) || self.wants(Store::Logs)
    }
}

impl Plan {
    /// Whether outputs are put anywhere.
    pub fn has_outputs(&self) -> bool {
        self.groups.iter().any(|group| group.output.is_some())
            && (self.is_open || self.commands.iter().any(Command::wants_outputs))
    }
}

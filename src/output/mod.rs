//! What steps write, and where it goes, as data and pure functions: objects in S3, streams in CloudWatch Logs, and what
//! is left of it in answers (section 11).

pub mod key;
pub mod logs;
pub mod s3;
pub mod truncate;

use serde::{Deserialize, Serialize};

use crate::base::SimTime;

/// One of the two streams that a step writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Stream {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
}

/// Where the whole of a stream may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Store {
    /// An object in a bucket of S3, put when the step has ended.
    S3,
    /// A stream of CloudWatch Logs, put while it runs.
    Logs,
}

impl Stream {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Stdout, Self::Stderr];

    /// The name that keys and streams end with.
    pub fn name(self) -> &'static str {
        match self {
            Self::Stdout => "stdout",
            Self::Stderr => "stderr",
        }
    }
}

/// What became of one stream of a step in one store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Upload {
    /// The instance.
    pub instance: u32,
    /// Index of the step in the document.
    pub step: u32,
    /// Which stream.
    pub stream: Stream,
    /// Where to.
    pub store: Store,
    /// How many bytes are there.
    pub bytes: u64,
    /// How often `PutObject` or `PutLogEvents` was called.
    pub calls: u32,
    /// When the first call was made.
    pub since: SimTime,
    /// Why it is not all there.
    pub failure: Option<Failure>,
}

/// Why a stream is not, or not as a whole, in its store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Failure {
    /// The instance profile does not allow it (S12.18, S11.16).
    AccessDenied,
    /// Every attempt failed (S11.6).
    Failed,
    /// It was not over in time (S11.15).
    TimedOut,
}

impl Upload {
    /// An object of a stream of which nothing has been put.
    pub fn of(instance: u32, step: u32, stream: Stream) -> Self {
        let since = SimTime::ZERO;
        Self { instance, step, stream, store: Store::S3, bytes: 0, calls: 0, since, failure: None }
    }
}

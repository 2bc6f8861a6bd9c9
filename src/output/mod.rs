//! What steps write, and where it goes, as data and pure functions: objects in S3, streams in CloudWatch Logs, and what
//! is left of it in answers (section 11).

pub mod key;
pub mod logs;
pub mod s3;
pub mod truncate;

use serde::{Deserialize, Serialize};

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

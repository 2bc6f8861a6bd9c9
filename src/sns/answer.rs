//! Answers to attempts at delivery.

use serde::{Deserialize, Serialize};

/// What an attempt to deliver came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// A status code.
    Status(u16),
    /// No connection.
    Refused,
    /// No answer in time; the endpoint goes on with the request (S9.30).
    TimedOut,
    /// No answer in time, and none to come.
    Hung,
}

impl Answer {
    /// Whether the endpoint took the message.
    pub fn is_accepted(self) -> bool {
        matches!(self, Self::Status(200..=299))
    }

    /// A number for each.
    pub fn word(self) -> u32 {
        match self {
            Self::Status(status) => 1 << 16 | u32::from(status),
            Self::Refused => 2 << 16,
            Self::TimedOut => 3 << 16,
            Self::Hung => 4 << 16,
        }
    }
}

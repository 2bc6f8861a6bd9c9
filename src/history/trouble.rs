//! What faults do to agents.

use serde::{Deserialize, Serialize};

/// How what is known of an agent changes under a fault. Told of instances that could always be reached without one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AgentChange {
    /// It has no connection any more. Visible (`GetConnectionStatus`).
    Disconnected,
    /// It is connected again (S8.24). Visible, as before.
    Connected,
    /// Its `PingStatus` is ConnectionLost (S8.42, O-22). Visible (`DescribeInstanceInformation`).
    ConnectionLost,
    /// Its `PingStatus` is Online again. Visible, as before.
    Online,
    /// Its instance lost power, and what ran was interrupted (S8.39). Told of all. Internal.
    Crashed,
    /// It works again after that. Told of all. Internal.
    Restarted,
}

/// What becomes of a message or a reply under a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AgentNote {
    /// The message came again, and the agent knew it (S8.4, S8.27).
    Duplicate,
    /// A reply could not leave, and the agent keeps it (S8.21).
    Kept,
    /// A reply that was kept leaves (S8.21).
    Resent,
    /// A reply that was kept is dropped, for it is older than two hours (S8.21).
    Dropped,
}

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

/// What becomes of a message or a reply, apart from the usual.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AgentNote {
    /// The message came again, and the agent, on MGS, knew it and refused it with the code 51405 (S8.4, S8.19, S8.27).
    Duplicate,
    /// A reply could not leave, and the agent keeps it (S8.21).
    Kept,
    /// A reply that was kept leaves (S8.21).
    Resent,
    /// A reply that was kept is dropped, for it is older than two hours (S8.21).
    Dropped,
    /// The message came again, and the agent, on MDS, knew it and acknowledged it again (S8.17, S8.27).
    AcknowledgedAgain,
    /// The agent, on MDS, has no place for the message: it tries to take it in every 10 s, and hears nothing meanwhile (S8.16).
    Deaf,
    /// The message came again when the agent had forgotten it, which executes it again (S8.27).
    ExecutedAgain,
}

impl AgentNote {
    /// The code of the refusal that it is, if it is one (S8.19).
    pub fn code(self) -> Option<u32> {
        (self == Self::Duplicate).then_some(51405)
    }
}

/// Why an agent on MGS refused a message that it did not know (S8.19).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Refusal {
    /// Its processor is closed: its modules stop, before a reboot (S8.29).
    Closed = 51401,
    /// Workers and buffer are full (S8.2).
    BufferFull = 51402,
}

impl Refusal {
    /// The code that the negative acknowledgement carries.
    pub fn code(self) -> u32 {
        self as u32
    }

    /// The refusal that a history tells by its code; older ones tell none, and know one refusal. Fails with what would be right.
    pub fn told(code: Option<u32>) -> Result<Self, String> {
        let Some(code) = code else { return Ok(Self::BufferFull) };
        let known = [Self::Closed, Self::BufferFull];
        known.into_iter().find(|refusal| refusal.code() == code).ok_or_else(|| {
            let [closed, full] = known.map(Self::code);
            format!("{code} is no code of a refusal; those told are {closed} and {full} (S8.19)")
        })
    }
}

//! What a rollout came to, and what it cost: the line that the runner reads.

use serde::{Deserialize, Serialize};

/// What a rollout came to. Times in seconds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    pub success: u32,
    pub failed: u32,
    pub timed_out: u32,
    /// Notifications that arrived; nothing where the engine sends none.
    pub notifications: Option<u32>,
    /// InProgress that arrived after the terminal status.
    pub out_of_order: Option<u32>,
    /// From a publication to its arrival.
    pub mean_latency: Option<f64>,
    pub peak_in_flight: u32,
    /// From the send to the terminal status.
    pub mean_duration: f64,
    /// From the first send to the last terminal status.
    pub makespan: f64,
}

/// The line that a program prints.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Line {
    pub outcome: Outcome,
    /// How many equal rollouts were run.
    pub rollouts: u32,
    /// Processor time of all of them, in seconds.
    pub seconds: f64,
    /// The most memory the process has held, in KiB (`VmHWM`), before the first rollout and at the end.
    pub memory: [u64; 2],
}

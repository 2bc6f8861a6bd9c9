//! The service's deadlines (section 5.1, O-18).

use crate::{
    base::{SimDuration, SimTime},
    ssm::reading::TimeoutMeaning,
};

/// When the service gives up on what has not ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadlines {
    /// When everything that was not acknowledged is given up, if before `expires_after`.
    pub delivery: Option<SimTime>,
    /// When everything that has not ended is given up (S5.1, S5.3).
    pub expires_after: SimTime,
}

impl Deadlines {
    /// The deadlines of a command requested at `requested`. Both timeouts are in seconds.
    pub fn new(
        requested: SimTime,
        timeout_seconds: u32,
        execution_timeout_seconds: u32,
        meaning: TimeoutMeaning,
    ) -> Self {
        let timeout = SimDuration::from_secs(timeout_seconds.into());
        let execution = SimDuration::from_secs(execution_timeout_seconds.into());
        Self {
            delivery: (meaning == TimeoutMeaning::DeliveryThenExecution).then(|| requested + timeout),
            expires_after: requested + timeout + execution,
        }
    }
}

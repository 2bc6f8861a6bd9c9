//! `[[alarm]]`: what a CloudWatch alarm does that requests name.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::{base::SimDuration, ssm::alarm::AlarmState};

/// A CloudWatch alarm that requests may name in `AlarmConfiguration`. Give `change` or `failures`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CloudWatchAlarm {
    /// Its name, unique.
    #[schemars(length(min = 1, max = 255))]
    pub name: String,
    /// What its state is from when on, in the order of time; before the first it is INSUFFICIENT_DATA.
    #[schemars(length(min = 1, max = 1000))]
    pub change: Option<Vec<AlarmChange>>,
    /// It goes off by failed invocations.
    pub failures: Option<AlarmFailures>,
}

/// A change of an alarm's state.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AlarmChange {
    /// When, counted from the start of the simulation.
    pub at: SimDuration,
    /// The state from then on.
    pub state: AlarmState,
}

/// An alarm over the number of invocations, of any command, that end as Failed or Execution Timed Out. It is evaluated when a
/// period is over, for that period alone; periods begin with the simulation.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AlarmFailures {
    /// It is in ALARM when at least so many failed in the period.
    #[schemars(range(min = 1))]
    pub at_least: u32,
    /// The period: 10, 20 or 30 seconds, or whole minutes up to a day.
    #[schemars(extend("default" = "1m"))]
    pub period: Option<SimDuration>,
}

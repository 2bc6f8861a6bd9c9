//! `[[behaviour]]`: what groups do in some commands and steps instead of their own.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Outcome, StepOutput, Where};
use crate::scenario::distribution::Written;

/// How groups that match go through steps that match, instead of their own `execution`, `outcomes` and `output`. Of several that
/// match, the first one with a field decides it.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Behaviour {
    /// Which groups, commands and steps. Default: all.
    #[serde(rename = "where")]
    pub matching: Option<Where>,
    /// Time of the step on an instance of average speed.
    pub execution: Option<Written>,
    /// What happens other than exit code 0; the `[[outcome]]`s that match are added.
    pub outcomes: Option<Vec<Outcome>>,
    /// What the step writes.
    pub output: Option<StepOutput>,
}

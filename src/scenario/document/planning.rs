//! `[plan]`: what `fleetsim plan` varies, against which bad releases, and what the result must satisfy.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Outcome, Where};
use crate::scenario::{distribution::Written, share::Share};

/// What `fleetsim plan` tries, and what it demands. A run passes it over. Every field has an option of the same name.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Planning {
    /// The name of the command whose rate controls are planned. Default: the first one.
    pub command: Option<String>,
    /// The values of `MaxConcurrency` to try: counts, percentages and ranges, such as `[5, "10%", "20..100+20"]`.
    /// Default: 1 %, 2 %, 5 %, 10 %, 20 %, 50 % and 100 %.
    #[schemars(length(min = 1, max = 1000))]
    pub max_concurrency: Option<Vec<SweptValue>>,
    /// The values of `MaxErrors` to try, written in the same way. Default: 0, 1 %, 2 %, 5 % and 10 %.
    #[schemars(length(min = 1, max = 1000))]
    pub max_errors: Option<Vec<SweptValue>>,
    /// Further fields to vary.
    #[schemars(length(max = 20), extend("default" = []))]
    pub vary: Option<Vec<Vary>>,
    /// Releases that go wrong. Default: one that ends with exit code 1 on every instance.
    #[schemars(length(min = 1, max = 20))]
    pub bad_release: Option<Vec<BadRelease>>,
    /// By when the healthy release must have ended, and how surely: `"2h@95%"`.
    pub within: Option<String>,
    /// How many instances a bad release may break, and how surely: `"20@99%"`, of the targets `"1%@99%"`.
    pub blast_radius: Option<String>,
    /// By when a bad release must be stopped, and how surely: `"10m@95%"`.
    pub stop_within: Option<String>,
    /// How surely the healthy release must reach every target: not be stopped by failures of its own, nor expire.
    #[schemars(extend("default" = "95%"))]
    pub completes: Option<Share>,
    /// What is best among the settings that satisfy all of it.
    #[schemars(extend("default" = "makespan"))]
    pub minimize: Option<Objective>,
    /// The most replications that a setting gets in each world.
    #[schemars(range(min = 2, max = 1000000), extend("default" = 1000))]
    pub replications: Option<u64>,
}

/// A count or number, or text: a percentage, a duration, or a range such as `"10..50+10"` or `"1%..16%x2"`.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum SweptValue {
    /// A number.
    Number(f64),
    /// A percentage, a duration, or a range.
    Text(String),
}

/// A numeric field of the scenario, and the values to try.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Vary {
    /// The field, such as `command.0.request.TimeoutSeconds` or `group.web.delivery.mean`: names of fields, and of the
    /// entries of a list their numbers from 0 or their names.
    pub path: String,
    /// The values: numbers, percentages, durations and ranges of them.
    #[schemars(length(min = 1, max = 1000))]
    pub values: Vec<SweptValue>,
}

/// What is to be made small. Means over replications.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Objective {
    /// The makespan of the healthy release.
    #[default]
    Makespan,
    /// The instances that the worst of the bad releases breaks.
    Broken,
    /// The time until the worst of the bad releases is stopped.
    TimeToStop,
}

/// A release that goes wrong: with this chance a step that matches ends like this, otherwise as the scenario says. In
/// a scenario of several commands it is the planned one, unless `where` says otherwise.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BadRelease {
    /// Unique name. Default: `bad-release`, from the second one on `bad-release-2` and so on.
    #[schemars(length(min = 1, max = 100))]
    pub name: Option<String>,
    /// Which groups or instances, commands and steps. Default: all of the planned command.
    #[serde(rename = "where")]
    pub matching: Option<Where>,
    /// The chance of it for one run of a step.
    #[schemars(extend("default" = 1))]
    pub chance: Option<Share>,
    /// The script ends with this code. 194, on Windows 3010, asks for a reboot, after which the step runs again.
    pub exit_code: Option<i32>,
    /// The script never ends by itself.
    pub hang: Option<bool>,
    /// The work is done with exit code 0, but the final reply never arrives.
    pub reply_lost: Option<bool>,
    /// The instance stops at a random moment of the execution, for good.
    pub stopped: Option<bool>,
    /// The instance is terminated at a random moment of the execution.
    pub terminated: Option<bool>,
    /// Time of the execution when this happens, instead of the group's.
    pub execution: Option<Written>,
}

impl BadRelease {
    /// The outcome without its condition.
    pub fn outcome(&self) -> Outcome {
        Outcome {
            chance: self.chance.unwrap_or(Share(crate::base::Chance::ONE)),
            run: None,
            exit_code: self.exit_code,
            hang: self.hang,
            reply_lost: self.reply_lost,
            stopped: self.stopped,
            terminated: self.terminated,
            execution: self.execution.clone(),
        }
    }
}

impl SweptValue {
    /// As text.
    pub fn text(&self) -> String {
        match self {
            Self::Number(number) => Value::from(*number).to_string().trim_end_matches(".0").to_string(),
            Self::Text(text) => text.clone(),
        }
    }
}

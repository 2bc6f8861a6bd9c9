//! The content of a Command document as it stands in JSON, before any of it is understood.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

/// The content of a Command document, as `aws ssm create-document --content` takes it.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DocumentContent {
    /// `1.2`, `2.0` or `2.2`.
    pub schema_version: String,
    /// What it is for.
    pub description: Option<String>,
    /// Parameters by name. `{{ name }}` in inputs and preconditions stands for their values.
    pub parameters: Option<BTreeMap<String, ParameterContent>>,
    /// The steps in their order; schemas 2.0 and 2.2.
    pub main_steps: Option<Vec<StepContent>>,
    /// The steps by action; schema 1.2.
    #[schemars(with = "Option<BTreeMap<String, PluginContent>>")]
    pub runtime_config: Option<Map<String, Value>>,
    /// What else stands there; it has no effect.
    #[serde(flatten)]
    pub others: BTreeMap<String, Value>,
}

/// A parameter of a document. Without a default a request must give it.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ParameterContent {
    /// `String`, `StringList` or `StringMap`; of `Integer`, `Boolean` and `MapList` a command takes the default only.
    #[serde(rename = "type")]
    pub kind: String,
    /// What it is for.
    pub description: Option<String>,
    /// Its value when a request does not give it.
    pub default: Option<Value>,
    /// The only values it takes.
    pub allowed_values: Option<Vec<Value>>,
    /// A regular expression that some part of each value matches.
    pub allowed_pattern: Option<String>,
    /// How the console shows it; without effect.
    pub display_type: Option<String>,
    /// The least number of characters of each value.
    pub min_chars: Option<Whole>,
    /// The largest number of characters of each value.
    pub max_chars: Option<Whole>,
    /// The least number of values of a `StringList`.
    pub min_items: Option<Whole>,
    /// The largest number of values of a `StringList`.
    pub max_items: Option<Whole>,
    /// What else stands there; it has no effect.
    #[serde(flatten)]
    pub others: BTreeMap<String, Value>,
}

/// A whole number, or the text of one.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Whole {
    /// The number.
    Number(u64),
    /// Its digits.
    Text(String),
}

/// A step of schema 2.0 or 2.2.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct StepContent {
    /// Unique name.
    pub name: String,
    /// The plugin, such as `aws:runShellScript`.
    pub action: String,
    /// What the plugin takes. Read here: `timeoutSeconds`, `onFailure` (`exit`, `successAndExit`), `onSuccess`
    /// (`exit`), `finallyStep`.
    pub inputs: Option<Map<String, Value>>,
    /// When the step runs; schema 2.2: `{ StringEquals = ["platformType", "Linux"] }`, or two texts with parameters.
    pub precondition: Option<BTreeMap<String, Vec<String>>>,
    /// What else stands there; it has no effect.
    #[serde(flatten)]
    pub others: BTreeMap<String, Value>,
}

/// A step of schema 1.2.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PluginContent {
    /// What the plugin takes: a table or a list of tables. Read here: `timeoutSeconds`.
    pub properties: Option<Value>,
    /// What else stands there; it has no effect.
    #[serde(flatten)]
    pub others: BTreeMap<String, Value>,
}

impl Whole {
    /// The number, if it is one.
    pub fn number(&self) -> Option<usize> {
        match self {
            Self::Number(number) => usize::try_from(*number).ok(),
            Self::Text(text) => text.parse().ok(),
        }
    }
}

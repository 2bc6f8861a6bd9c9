//! `[[document]]`: Command documents beside AWS's own.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::ssm::DocumentContent;

/// A Command document beside those of AWS. One named like a built-in document takes its place.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OwnDocument {
    /// Unique name, 3 to 128 letters, digits, `-`, `_` and `.`; a request names the document by it or by ARN.
    pub name: String,
    /// The content: the name of a file beside the scenario, or the content itself as a table.
    pub content: ContentSource,
}

/// A document's content: the name of a JSON file beside the scenario, or the content itself.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum ContentSource {
    /// The name of a file beside the scenario: the document in JSON, or what `aws ssm get-document` prints.
    File(String),
    /// The content itself.
    Inline(Box<DocumentContent>),
}

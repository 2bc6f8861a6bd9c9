//! Built-in documents: their platforms, parameters and execution timeouts.

use std::sync::LazyLock;

use regex::Regex;

use super::{
    SendCommandRequest, limits,
    status::Platform::{self, Linux, MacOS, Windows},
};

/// A document that AWS publishes, as far as Run Command looks at it.
#[derive(Debug, PartialEq, Eq)]
pub struct Document {
    /// The name, without the ARN's prefix.
    pub name: &'static str,
    /// The platforms it runs on.
    pub platforms: &'static [Platform],
    /// Its parameters.
    pub parameters: &'static [Parameter],
    /// The execution timeout when the parameter for it is absent or not usable by the agent; seconds.
    pub default_timeout: u32,
}

/// A parameter of a document.
#[derive(Debug, PartialEq, Eq)]
pub struct Parameter {
    /// The name.
    pub name: &'static str,
    /// Whether a request must give it.
    pub required: bool,
    /// What it takes.
    pub kind: ParameterKind,
}

/// What a parameter takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParameterKind {
    /// Any number of texts from one.
    Lines,
    /// One text.
    Text,
    /// One of these words.
    Words(&'static [&'static str]),
    /// The execution timeout, 1 to this many seconds (O-21).
    Timeout(u32),
}

use ParameterKind::{Lines, Text, Timeout, Words};

const fn optional(name: &'static str, kind: ParameterKind) -> Parameter {
    Parameter { name, required: false, kind }
}

const fn required(name: &'static str, kind: ParameterKind) -> Parameter {
    Parameter { name, required: true, kind }
}

const SCRIPT: &[Parameter] = &[
    required("commands", Lines),
    optional("workingDirectory", Text),
    optional("executionTimeout", Timeout(172_800)),
];

/// Every document that a scenario can name.
pub const DOCUMENTS: &[Document] = &[
    Document {
        name: "AWS-RunShellScript",
        platforms: &[Linux, MacOS],
        parameters: SCRIPT,
        default_timeout: 3600,
    },
    Document {
        name: "AWS-RunPowerShellScript",
        platforms: &[Windows, Linux, MacOS],
        parameters: SCRIPT,
        default_timeout: 3600,
    },
    Document {
        name: "AWS-RunPatchBaseline",
        platforms: &[Windows, Linux, MacOS],
        parameters: &[
            required("Operation", Words(&["Scan", "Install"])),
            optional("AssociationId", Text),
            optional("SnapshotId", Text),
            optional("InstallOverrideList", Text),
            optional("BaselineOverride", Text),
            optional("RebootOption", Words(&["RebootIfNeeded", "NoReboot"])),
            optional("StepTimeoutSeconds", Timeout(36_000)),
        ],
        default_timeout: 7200,
    },
];

/// The execution timeout of a request (S5.12, O-21).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExecutionTimeout {
    /// As written in the request, if it was.
    pub written: Option<String>,
    /// What the agent makes of it; seconds.
    pub agent: u32,
}

impl Document {
    /// The document of this name or ARN; AWS's own have no account in their ARN.
    pub fn find(name_or_arn: &str) -> Option<&'static Self> {
        static ARN: LazyLock<Regex> =
            LazyLock::new(|| limits::regex("^arn:aws[a-z-]*:ssm:[a-z0-9-]+::document/"));
        let name = ARN.find(name_or_arn).map_or(name_or_arn, |prefix| &name_or_arn[prefix.end()..]);
        DOCUMENTS.iter().find(|document| document.name == name)
    }

    /// The parameter of this name.
    pub fn parameter(&self, name: &str) -> Option<&Parameter> {
        self.parameters.iter().find(|parameter| parameter.name == name)
    }

    /// The parameter that holds the execution timeout.
    pub fn timeout_parameter(&self) -> &'static str {
        let is_timeout = |parameter: &&Parameter| matches!(parameter.kind, Timeout(_));
        self.parameters.iter().find(is_timeout).expect("every built-in document has one").name
    }

    /// The execution timeout that a request's parameters come to.
    pub fn execution_timeout(&self, request: &SendCommandRequest) -> ExecutionTimeout {
        let given = request.parameters.as_ref().and_then(|all| all.get(self.timeout_parameter()));
        let written = given.and_then(|values| values.first());
        ExecutionTimeout {
            written: written.cloned(),
            agent: written.map_or(self.default_timeout, |text| agent_timeout(text)),
        }
    }
}

/// What the agent makes of a timeout: whole seconds from 5 to 172,800, fractions cut off; anything else
/// silently becomes 3600 (S5.12).
pub fn agent_timeout(text: &str) -> u32 {
    let seconds = text.trim().parse::<f64>().map_or(0.0, f64::trunc);
    if (5.0..=172_800.0).contains(&seconds) { seconds as u32 } else { 3600 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_agent_replaces_what_it_cannot_use_by_an_hour() {
        // S5.12.
        for (text, seconds) in [
            ("4", 3600),
            ("5", 5),
            ("5.9", 5),
            ("172800", 172_800),
            ("172801", 3600),
            ("-1", 3600),
            ("soon", 3600),
            ("NaN", 3600),
            ("", 3600),
        ] {
            assert_eq!(agent_timeout(text), seconds, "{text}");
        }
    }

    #[test]
    fn documents_are_found_by_name_and_by_arn() {
        // The account field of AWS's own documents is empty.
        assert_eq!(Document::find("AWS-RunShellScript").unwrap().platforms, [Linux, MacOS]);
        let arn = "arn:aws:ssm:eu-west-1::document/AWS-RunPatchBaseline";
        assert_eq!(Document::find(arn).unwrap().default_timeout, 7200);
        assert_eq!(Document::find("arn:aws:ssm:eu-west-1:123456789012:document/AWS-RunShellScript"), None);
        assert_eq!(Document::find("AWS-RunShelScript"), None);
    }
}

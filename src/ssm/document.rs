//! Command documents: platforms, parameters, steps and their timeouts. Those of AWS and those of a scenario are alike.

use std::{collections::BTreeMap, sync::LazyLock};

use regex::Regex;
use serde::{Deserialize, Serialize};

use super::{ApiError, SendCommandRequest, limits, status::Platform};

pub mod action;
mod built_in;
pub mod content;
mod parameter;
mod precondition;
mod read;
mod remark;
mod values;

pub use action::Action;
pub use built_in::{built_in, built_in_contents};
pub use content::DocumentContent;
pub use parameter::{Parameter, ParameterKind};
pub use precondition::Precondition;
pub use remark::{Remarks, Warning};
pub use values::{Values, names_in};

/// The parameter that stands for the execution timeout of a whole command where a document has it (O-18b).
pub const EXECUTION_TIMEOUT: &str = "executionTimeout";

/// What the agent takes for an execution timeout that is absent or of no use to it, in seconds (S5.12, S5.18).
pub const DEFAULT_TIMEOUT: u32 = 3600;

/// A Command document, as far as Run Command looks at it.
#[derive(Clone, Debug)]
pub struct Document {
    /// The name, without the ARN's prefix.
    pub name: String,
    /// Its parameters by name.
    pub parameters: BTreeMap<String, Parameter>,
    /// Its steps in their order, at least one.
    pub steps: Vec<Step>,
    /// The bytes of its content.
    pub size: usize,
    /// Whether a step whose action does not run on a platform is skipped there, as in schema 2.2; otherwise it has
    /// failed (S8.34).
    pub skips: bool,
}

/// A step of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Unique name; of schema 1.2 the action's.
    pub name: String,
    /// What runs.
    pub action: &'static Action,
    /// `timeoutSeconds` as written, of each run of the plugin: one, or of schema 1.2 one for each entry of its list.
    pub timeouts: Vec<Option<String>>,
    /// When it runs; `None`: always.
    pub precondition: Option<Precondition>,
    /// What follows when it has Failed (S8.32).
    pub on_failure: OnFailure,
    /// Whether the document ends with its success (S8.32).
    pub exit_on_success: bool,
    /// Whether it runs even when the document has ended early (S8.32).
    pub finally: bool,
    /// JSON pointer to its timeout in the content.
    pub timeout_pointer: String,
}

/// What follows a Failed step, its `onFailure` (S8.32).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OnFailure {
    /// Not given: the next step; the document will have Failed.
    #[default]
    Continue,
    /// `exit`: nothing; the document has Failed.
    Exit,
    /// `successAndExit`: nothing; the document has succeeded.
    SuccessAndExit,
}

impl Document {
    /// The platforms on which one of its steps runs, whatever the parameters; in the order of the enumeration.
    pub fn platforms(&self) -> Vec<Platform> {
        let runs = |platform: &Platform| self.steps.iter().any(|step| step.fits(*platform));
        Platform::ALL.into_iter().filter(runs).collect()
    }

    /// Why the service would refuse these parameters; JSON pointers are into the request.
    pub fn refuse(&self, request: &SendCommandRequest) -> Vec<ApiError> {
        let mut errors = Vec::new();
        let mut invalid = |pointer: String, message: String| {
            errors.push(ApiError::new("InvalidParameters", pointer, message));
        };
        let given = request.parameters.clone().unwrap_or_default();
        for (name, values) in &given {
            let pointer = remark::inside("/Parameters", name);
            match self.parameters.get(name) {
                Some(parameter) => {
                    if let Some(problem) = parameter.refuse(values) {
                        invalid(pointer, format!("the parameter `{name}` {problem}"));
                    }
                }
                None => {
                    let hint = limits::hint(name, self.parameters.keys().map(String::as_str));
                    invalid(pointer, format!("{} has no parameter `{name}`{hint}", self.name));
                }
            }
        }
        for (name, parameter) in &self.parameters {
            if parameter.default.is_none() && !given.contains_key(name) {
                invalid("/Parameters".into(), format!("{} needs the parameter `{name}`", self.name));
            }
        }
        let size = self.size + given.values().flatten().map(String::len).sum::<usize>();
        if size > limits::DOCUMENT_SIZE {
            let message =
                format!("document and parameters have {size} bytes, more than {}", limits::DOCUMENT_SIZE);
            errors.push(ApiError::new("MaxDocumentSizeExceeded", "/Parameters", message));
        }
        errors
    }

    /// The execution timeout that enters the total: the parameter `executionTimeout`, else the longest of the steps'
    /// (O-18b); seconds, as the agent takes them (O-21).
    pub fn execution_timeout(&self, values: &Values) -> u32 {
        let longest = || self.steps.iter().map(|step| step.timeout(values)).max();
        let parameter = values.get(EXECUTION_TIMEOUT).map(agent_timeout);
        parameter.or_else(longest).unwrap_or(DEFAULT_TIMEOUT)
    }
}

impl Step {
    /// A step that runs whenever it comes to it, and after which the next one follows.
    pub fn new(name: &str, action: &'static Action) -> Self {
        Self {
            name: name.into(),
            action,
            timeouts: vec![None],
            precondition: None,
            on_failure: OnFailure::Continue,
            exit_on_success: false,
            finally: false,
            timeout_pointer: String::new(),
        }
    }

    /// Its execution timeout in whole seconds, as the agent takes it (S5.12).
    pub fn timeout(&self, values: &Values) -> u32 {
        let of_run = |text: &Option<String>| {
            text.as_ref().map_or(DEFAULT_TIMEOUT, |text| agent_timeout(&values.put_into(text)))
        };
        self.timeouts.iter().map(of_run).sum()
    }

    /// The platforms it runs on with these values; elsewhere it is skipped.
    pub fn platforms(&self, values: &Values) -> Vec<Platform> {
        let holds = |platform: &Platform| {
            self.precondition.as_ref().is_none_or(|condition| condition.holds(*platform, values))
        };
        self.action.platforms.iter().copied().filter(holds).collect()
    }

    /// Whether it may run on a platform, whatever the parameters.
    fn fits(&self, platform: Platform) -> bool {
        let condition =
            !matches!(&self.precondition, Some(Precondition::Platform(only)) if *only != Some(platform));
        condition && self.action.platforms.contains(&platform)
    }
}

/// The document of this name or ARN. AWS's own have no account in their ARN, all others have one (S12.2).
pub fn find<'a>(documents: &'a [Document], name_or_arn: &str) -> Option<&'a Document> {
    static ARN: LazyLock<Regex> =
        LazyLock::new(|| limits::regex("^arn:aws[a-z-]*:ssm:[a-z0-9-]+:([0-9]{12})?:document/(.*)$"));
    let name = match ARN.captures(name_or_arn) {
        None => name_or_arn,
        Some(arn) => {
            let name = arn.get(2).map_or("", |name| name.as_str());
            if arn.get(1).is_some() == is_of_aws(name) {
                return None;
            }
            name
        }
    };
    documents.iter().find(|document| document.name == name)
}

/// Whether AWS keeps names like this for itself.
pub fn is_of_aws(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["aws", "amazon", "amzn"].iter().any(|prefix| name.starts_with(prefix))
}

/// What the agent makes of a timeout: whole seconds from 5 to 172,800, fractions cut off; anything else
/// silently becomes 3600 (S5.12).
pub fn agent_timeout(text: &str) -> u32 {
    let seconds = text.parse::<f64>().map_or(0.0, f64::trunc);
    if (5.0..=172_800.0).contains(&seconds) { seconds as u32 } else { DEFAULT_TIMEOUT }
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
            (" 60", 3600),
            ("NaN", 3600),
            ("", 3600),
        ] {
            assert_eq!(agent_timeout(text), seconds, "{text}");
        }
    }

    #[test]
    fn documents_are_found_by_name_and_by_arn() {
        // S12.2: the account field of AWS's own documents is empty, that of others is not.
        let mut documents = built_in();
        documents.push(Document { name: "Deploy".into(), ..documents[0].clone() });
        let found = |name: &str| find(&documents, name).map(|document| document.name.as_str());
        assert_eq!(found("AWS-RunShellScript"), Some("AWS-RunShellScript"));
        assert_eq!(
            found("arn:aws:ssm:eu-west-1::document/AWS-RunPatchBaseline"),
            Some("AWS-RunPatchBaseline")
        );
        assert_eq!(found("arn:aws:ssm:eu-west-1:123456789012:document/AWS-RunShellScript"), None);
        assert_eq!(found("arn:aws:ssm:eu-west-1:123456789012:document/Deploy"), Some("Deploy"));
        assert_eq!(found("arn:aws:ssm:eu-west-1::document/Deploy"), None);
        assert_eq!(found("AWS-RunShelScript"), None);
    }
}

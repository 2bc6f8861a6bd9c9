//! From the content of a document to the document: what is wrong with it, and what has no effect.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::{
    Document, OnFailure, Parameter, Step,
    action::{self, ACTIONS, Action},
    content::{DocumentContent, StepContent},
    parameter::text,
    precondition::Precondition,
    remark::{Remarks, inside},
};
use crate::ssm::{ApiError, limits, limits::hint};

/// Fields of a step that mean something elsewhere, and what to do instead.
const MISPLACED: [(&str, &str); 5] = [
    ("onFailure", "the agent reads it within `inputs` (S8.32)"),
    ("onSuccess", "the agent reads it within `inputs` (S8.32)"),
    ("finallyStep", "the agent reads it within `inputs` (S8.32)"),
    ("timeoutSeconds", "the agent reads it within `inputs` (S8.33)"),
    ("maxAttempts", "the agent tries a step once (S8.33)"),
];

impl Document {
    /// The document of this name and content, whose text has `size` bytes; `None` when a remark is an error.
    pub fn read(name: &str, content: &DocumentContent, size: usize, remarks: &mut Remarks) -> Option<Self> {
        let before = remarks.errors.len();
        if size > limits::DOCUMENT_SIZE {
            let message = format!("the content has {size} bytes, more than {}", limits::DOCUMENT_SIZE);
            remarks.errors.push(ApiError::new("MaxDocumentSizeExceeded", "", message));
        }
        let parameters: BTreeMap<_, _> = content
            .parameters
            .iter()
            .flatten()
            .map(|(name, parameter)| {
                let pointer = inside("/parameters", name);
                (name.clone(), Parameter::read(parameter, &pointer, remarks))
            })
            .collect();
        remarks.warn_of_others(
            "",
            content.others.keys(),
            &["schemaVersion", "description", "parameters", "mainSteps", "runtimeConfig"],
        );
        let mut reader = Reader { parameters: &parameters, schema: &content.schema_version, remarks };
        let steps = reader.steps(content);
        let is_sound = remarks.errors.len() == before;
        let skips = content.schema_version == "2.2";
        is_sound.then(|| Self { name: name.into(), parameters, steps, size, skips })
    }
}

struct Reader<'a> {
    parameters: &'a BTreeMap<String, Parameter>,
    schema: &'a str,
    remarks: &'a mut Remarks,
}

impl Reader<'_> {
    fn steps(&mut self, content: &DocumentContent) -> Vec<Step> {
        let main_steps = content.main_steps.as_deref().unwrap_or_default();
        let plugins = content.runtime_config.clone().unwrap_or_default();
        let (modern, old) = (("mainSteps", main_steps.len()), ("runtimeConfig", plugins.len()));
        match self.schema {
            "1.2" => {
                self.demand(old, modern);
                self.plugins(&plugins)
            }
            "2.0" | "2.2" => {
                self.demand(modern, old);
                self.main_steps(main_steps)
            }
            version => {
                let kind = if version == "0.3" { ": that is the schema of Automation runbooks" } else { "" };
                let message = format!("schema `{version}` is none of a command: 1.2, 2.0 and 2.2 are{kind}");
                self.remarks.refuse("/schemaVersion", message);
                Vec::new()
            }
        }
    }

    /// Refuses a document whose steps are not where its schema has them.
    fn demand(&mut self, (here, steps): (&str, usize), (there, misplaced): (&str, usize)) {
        let message = format!("a document of schema {} has its steps in `{here}`", self.schema);
        if misplaced > 0 {
            self.remarks.refuse(format!("/{there}"), message);
        } else if steps == 0 {
            self.remarks.refuse("", message);
        }
    }

    fn main_steps(&mut self, contents: &[StepContent]) -> Vec<Step> {
        let mut names = BTreeSet::new();
        let mut read = Vec::new();
        for (at, content) in contents.iter().enumerate() {
            let pointer = format!("/mainSteps/{at}");
            if content.name.is_empty() {
                self.remarks.refuse(format!("{pointer}/name"), "a step has a name");
            } else if !names.insert(&content.name) {
                let message = format!("there is another step `{}`", content.name);
                self.remarks.refuse(format!("{pointer}/name"), message);
            }
            self.warn_of_misplaced(&pointer, content);
            let Some(action) = self.action(&content.action, &format!("{pointer}/action")) else { continue };
            let inputs = content.inputs.clone().unwrap_or_default();
            let mut step = Step::new(&content.name, action);
            step.timeouts = vec![inputs.get("timeoutSeconds").map(text)];
            step.precondition = self.precondition(content, &format!("{pointer}/precondition"));
            self.read_rules(&mut step, &inputs, at + 1 == contents.len(), &format!("{pointer}/inputs"));
            read.push(Step { timeout_pointer: format!("{pointer}/inputs/timeoutSeconds"), ..step });
        }
        read
    }

    fn plugins(&mut self, plugins: &Map<String, Value>) -> Vec<Step> {
        let mut read = Vec::new();
        for (name, plugin) in plugins {
            let pointer = inside("/runtimeConfig", name);
            let Some(action) = self.action(name, &pointer) else { continue };
            let one = std::slice::from_ref(&plugin["properties"]);
            let list = plugin["properties"].as_array().filter(|list| !list.is_empty());
            let runs = list.map_or(one, Vec::as_slice);
            let timeouts: Vec<_> = runs.iter().map(|run| run.get("timeoutSeconds").map(text)).collect();
            if timeouts.len() > 1 {
                let message = format!("{} entries of `properties` are simulated as one run", timeouts.len());
                let help = "its timeout is the sum of theirs (S5.14, S6.6)";
                self.remarks.warn(inside(&pointer, "properties"), message, help);
            }
            let timeout_pointer = inside(&pointer, "properties");
            read.push(Step { timeouts, timeout_pointer, ..Step::new(name, action) });
        }
        if read.len() > 1 {
            let help = "AWS promises no order; schema 2.2 has `mainSteps`, which run in order";
            self.remarks.warn(
                "/runtimeConfig",
                "these steps are simulated in the order in which they are written",
                help,
            );
        }
        read
    }

    fn action(&mut self, name: &str, pointer: &str) -> Option<&'static Action> {
        let found = action::find(name);
        if found.is_none() {
            let hint = hint(name, ACTIONS.iter().map(|action| action.name));
            let message = format!("no action `{name}` is known; an agent that does not know one fails{hint}");
            self.remarks.refuse(pointer, message);
        }
        found
    }

    /// What the inputs of a step say about the steps after it.
    fn read_rules(&mut self, step: &mut Step, inputs: &Map<String, Value>, is_last: bool, pointer: &str) {
        let mut word = |name: &str, known: &[&str]| {
            let word = inputs.get(name).map(text)?;
            if known.contains(&word.as_str()) {
                return Some(word);
            }
            let help = format!("it is {} or left out (S8.32)", known.join(" or "));
            self.remarks.warn(inside(pointer, name), format!("`{name}` has no effect as `{word}`"), help);
            None
        };
        step.on_failure = match word("onFailure", &["exit", "successAndExit"]).as_deref() {
            Some("exit") => OnFailure::Exit,
            Some(_) => OnFailure::SuccessAndExit,
            None => OnFailure::Continue,
        };
        step.exit_on_success = word("onSuccess", &["exit"]).is_some();
        step.finally = word("finallyStep", &["true", "false"]).as_deref() == Some("true") && is_last;
        if !is_last && inputs.get("finallyStep").map(text).as_deref() == Some("true") {
            let message = "`finallyStep` has no effect on a step that is not the last";
            self.remarks.warn(inside(pointer, "finallyStep"), message, "make it the last one (S8.32)");
        }
    }

    fn precondition(&mut self, step: &StepContent, pointer: &str) -> Option<Precondition> {
        let content = step.precondition.as_ref().filter(|content| !content.is_empty())?;
        if self.schema != "2.2" {
            self.remarks.refuse(pointer, "a precondition needs schema 2.2; before that the step fails");
            return None;
        }
        Precondition::read(content, self.parameters, pointer, self.remarks)
    }

    fn warn_of_misplaced(&mut self, pointer: &str, step: &StepContent) {
        let is_misplaced = |name: &str| MISPLACED.iter().find(|(field, _)| *field == name);
        for (name, help) in step.others.keys().filter_map(|name| is_misplaced(name)) {
            let message = format!("`{name}` has no effect beside `inputs`");
            self.remarks.warn(inside(pointer, name), message, *help);
        }
        let others = step.others.keys().filter(|name| is_misplaced(name).is_none());
        self.remarks.warn_of_others(pointer, others, &["name", "action", "inputs", "precondition"]);
    }
}

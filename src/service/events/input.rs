//! What a target gets: the event, a part of it, a text of the rule's, or one made of both (S10.60 to S10.62).

use std::{cell::OnceCell, sync::Arc};

use serde_json::{Map, Value};

use super::{path::Path, template::Template};
use crate::wire::{
    events::target::{InputTransformer, Target},
    fault::Fault,
};

/// The variables that every template has (S10.61).
const RESERVED: [&str; 5] = [
    "aws.events.rule-arn",
    "aws.events.rule-name",
    "aws.events.event.ingestion-time",
    "aws.events.event",
    "aws.events.event.json",
];

/// An event that rules have matched.
#[derive(Debug)]
pub(super) struct Matched<'a> {
    text: &'a str,
    shared: Arc<str>,
    /// When it came to the bus, as events write times.
    ingestion_time: String,
    value: OnceCell<Value>,
}

impl<'a> Matched<'a> {
    /// The event with this text, which came at a time.
    pub(super) fn new(text: &'a str, ingestion_time: String) -> Self {
        Self { text, shared: text.into(), ingestion_time, value: OnceCell::new() }
    }

    /// The event, for all invocations alike.
    pub(super) fn event(&self) -> Arc<str> {
        self.shared.clone()
    }

    /// What a target of a rule gets, or why there is nothing to give.
    pub(super) fn input(&self, target: &Target, rule_arn: &str, rule_name: &str) -> Result<String, String> {
        if let Some(input) = &target.input {
            return Ok(input.clone());
        }
        if let Some(path) = &target.input_path {
            let found = Path::parse(path).and_then(|path| Some(path.find(self.value())?.to_string()));
            return found.ok_or_else(|| format!("The event has nothing at {path}."));
        }
        let Some(transformer) = &target.input_transformer else { return Ok(self.text.into()) };
        let value = |name: &str| match transformer.input_paths_map.get(name) {
            Some(path) => Some(Path::parse(path)?.find(self.value())?.into_owned()),
            None => self.reserved(name, rule_arn, rule_name),
        };
        let filled = Template::parse(&transformer.input_template).fill(value);
        filled.ok_or_else(|| "The input template with the values of this event is no JSON.".into())
    }

    fn reserved(&self, name: &str, rule_arn: &str, rule_name: &str) -> Option<Value> {
        match name {
            "aws.events.rule-arn" => Some(rule_arn.into()),
            "aws.events.rule-name" => Some(rule_name.into()),
            "aws.events.event.ingestion-time" => Some(self.ingestion_time.as_str().into()),
            "aws.events.event" => Some(self.without_detail()),
            "aws.events.event.json" => Some(self.value().clone()),
            _ => None,
        }
    }

    /// The event without its detail, its detail-type in camel case, as AWS was observed to give it (S10.61).
    fn without_detail(&self) -> Value {
        let names = ["id", "account", "detail-type", "time", "source", "region", "resources", "version"];
        let mut event = Map::new();
        for name in names {
            if let Some(value) = self.value().get(name) {
                let name = if name == "detail-type" { "detailType" } else { name };
                event.insert(name.into(), value.clone());
            }
        }
        Value::Object(event)
    }

    fn value(&self) -> &Value {
        self.value.get_or_init(|| serde_json::from_str(self.text).unwrap_or_default())
    }
}

/// Refuses a target of which nothing could ever be made.
///
/// # Errors
///
/// ValidationException, where AWS's words are known in them.
pub(super) fn check(target: &Target) -> Result<(), Fault> {
    let id = &target.id;
    let refuse = |message: String| Err(Fault::new("ValidationException", message));
    let ways = [target.input.is_some(), target.input_path.is_some(), target.input_transformer.is_some()];
    if ways.into_iter().filter(|given| *given).count() > 1 {
        return refuse(format!(
            "Only one of Input, InputPath, or InputTransformer must be provided for target {id}."
        ));
    }
    if target.input.as_deref().is_some_and(|input| serde_json::from_str::<Value>(input).is_err()) {
        return refuse(format!("JSON syntax error in input for target {id}."));
    }
    if target.input_path.as_deref().is_some_and(|path| Path::parse(path).is_none()) {
        return refuse(format!("InputPath for target {id} is invalid."));
    }
    target.input_transformer.as_ref().map_or(Ok(()), |transformer| check_transformer(id, transformer))
}

fn check_transformer(id: &str, transformer: &InputTransformer) -> Result<(), Fault> {
    let refuse = |message: String| Err(Fault::new("ValidationException", message));
    for (name, path) in &transformer.input_paths_map {
        if name.starts_with("aws.") {
            return refuse(format!("InputPathsMap for target {id} has the reserved name {name}."));
        }
        if Path::parse(path).is_none() {
            return refuse(format!("InputPathsMap for target {id} has the invalid path {path}."));
        }
    }
    let template = Template::parse(&transformer.input_template);
    let is_known = |name: &&str| transformer.input_paths_map.contains_key(*name) || RESERVED.contains(name);
    if let Some(name) = template.variables().find(|name| !is_known(name)) {
        return refuse(format!("InputTemplate for target {id} contains invalid placeholder {name}."));
    }
    if template.fill(|_| None).is_none() {
        return refuse(format!("Invalid InputTemplate for target {id} : it is no JSON."));
    }
    Ok(())
}

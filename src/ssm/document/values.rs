//! The values that a document's parameters have in one command, and their place in texts.

use std::{collections::BTreeMap, sync::LazyLock};

use regex::Regex;

use super::{Document, ParameterKind};
use crate::ssm::{SendCommandRequest, limits};

/// The values of a document's parameters by name, as they are put into texts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Values(BTreeMap<String, String>);

/// `{{ name }}`.
static PLACE: LazyLock<Regex> = LazyLock::new(|| limits::regex(r"\{\{\s*([^\s{}]+)\s*\}\}"));

impl Values {
    /// Those that a request gives, and the defaults of the others.
    pub fn of(document: &Document, request: &SendCommandRequest) -> Self {
        let given = request.parameters.iter().flatten();
        let given = given.filter_map(|(name, values)| {
            let text = match document.parameters.get(name)?.kind {
                ParameterKind::List => serde_json::to_string(values).ok()?,
                ParameterKind::Text | ParameterKind::Fixed => values.first()?.clone(),
            };
            Some((name.clone(), text))
        });
        let defaults = document.parameters.iter();
        let defaults =
            defaults.filter_map(|(name, parameter)| Some((name.clone(), parameter.default.clone()?)));
        Self(defaults.chain(given).collect())
    }

    /// The value of a parameter.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// A text with the values in their places; the name of something else stays as it is.
    pub fn put_into(&self, text: &str) -> String {
        let value = |found: &regex::Captures<'_>| self.get(&found[1]).unwrap_or(&found[0]).to_string();
        PLACE.replace_all(text, value).into_owned()
    }
}

/// The names that stand in a text as `{{ name }}`.
pub fn names_in(text: &str) -> impl Iterator<Item = &str> {
    PLACE.captures_iter(text).filter_map(|found| found.get(1)).map(|name| name.as_str())
}

//! Parts of a scenario that may stand in a file of their own: requests and documents.

use schemars::JsonSchema;
use serde::de::DeserializeOwned;

use crate::scenario::{
    fault::{Fault, Place},
    review::Review,
    source::Parsed,
    structure,
};

/// A part of a scenario, and where it was written.
pub(super) struct Part<T> {
    pub(super) content: T,
    /// JSON pointer to it in the scenario.
    pointer: String,
    /// Its own file, when it has one.
    file: Option<Parsed>,
    /// Fields that the scenario has under other names.
    renamed: &'static [(&'static str, &'static str)],
}

impl<T> Part<T> {
    /// A part that stands in the scenario itself.
    pub(super) fn inline(content: T, pointer: String) -> Self {
        Self { content, pointer, file: None, renamed: &[] }
    }

    /// A part that the scenario says in other words: pairs of where its fields would be and where the scenario has them.
    pub(super) fn renamed(
        content: T,
        pointer: String,
        renamed: &'static [(&'static str, &'static str)],
    ) -> Self {
        Self { renamed, ..Self::inline(content, pointer) }
    }

    /// The place of something in it.
    pub(super) fn place(&self, pointer: &str, review: &Review<'_>) -> Place {
        match &self.file {
            Some(file) => file.place(pointer),
            None => {
                let other =
                    self.renamed.iter().find_map(|(name, other)| Some((pointer.strip_prefix(name)?, other)));
                let pointer = other.map_or(pointer.into(), |(rest, other)| format!("{other}{rest}"));
                review.input.place(&format!("{}{pointer}", self.pointer))
            }
        }
    }

    /// Reports an error at something in it.
    pub(super) fn error(
        &self,
        pointer: &str,
        message: impl Into<String>,
        help: impl Into<String>,
        review: &mut Review<'_>,
    ) {
        review.faults.push(Fault::error(self.place(pointer, review), message, help));
    }

    /// Reports a warning at something in it.
    pub(super) fn warning(
        &self,
        pointer: &str,
        message: impl Into<String>,
        help: impl Into<String>,
        review: &mut Review<'_>,
    ) {
        review.faults.push(Fault::warning(self.place(pointer, review), message, help));
    }
}

impl<T: DeserializeOwned + JsonSchema> Part<T> {
    /// A part that stands in a file; its faults of syntax and structure go to the review.
    pub(super) fn in_file(file: Parsed, pointer: String, review: &mut Review<'_>) -> Option<Self> {
        let faults = structure::check(&schemars::schema_for!(T).to_value(), &file);
        if !faults.is_empty() {
            review.faults.extend(faults);
            return None;
        }
        match T::deserialize(&file.value) {
            Ok(content) => Some(Self { content, pointer, file: Some(file), renamed: &[] }),
            Err(error) => {
                review.faults.push(Fault::error(file.place(""), error.to_string(), ""));
                None
            }
        }
    }
}

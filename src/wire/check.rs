//! What the model of a service says of its requests: lengths, ranges, patterns, enumerations (section 14.1).

use std::ops::RangeInclusive;

use regex::Regex;

use super::fault::Fault;
use crate::ssm::{
    ApiError, limits,
    target::{INSTANCE_ID_PATTERN, is_instance_id},
    validate,
};

/// A request that knows what its service's model demands of it.
pub trait Check {
    /// Tells of every violation of the model.
    fn check(&self, _violations: &mut Violations) {}

    /// What the service refuses besides, with an error and words of its own.
    ///
    /// # Errors
    ///
    /// The first reason.
    fn checked(&self) -> Result<(), Fault> {
        Ok(())
    }
}

/// The violations found so far, each with a JSON pointer into the request.
#[derive(Clone, Debug, Default)]
pub struct Violations(Vec<ApiError>);

impl Violations {
    /// All of them, in the order in which they were found.
    pub fn errors(&self) -> &[ApiError] {
        &self.0
    }

    /// Another one: `value` is what stands there, `constraint` what follows "Member must".
    pub fn add(&mut self, pointer: &str, value: &str, constraint: &str) {
        self.0.push(validate::violation(pointer, value, constraint));
    }

    /// A text that has between so many characters.
    pub fn length(&mut self, pointer: &str, text: Option<&str>, range: RangeInclusive<usize>) {
        let Some(text) = text else { return };
        if let Err(constraint) = limits::length(text, *range.start(), *range.end()) {
            self.add(pointer, text, &constraint);
        }
    }

    /// A text that a pattern of the model admits.
    pub fn pattern(&mut self, pointer: &str, text: Option<&str>, pattern: &Regex) {
        let Some(text) = text else { return };
        if let Err(constraint) = limits::matches(text, pattern) {
            self.add(pointer, text, &constraint);
        }
    }

    /// A text that is one of an enumeration's.
    pub fn one_of(&mut self, pointer: &str, text: Option<&str>, words: &[&str]) {
        let Some(text) = text else { return };
        if let Err(constraint) = limits::one_of(text, words) {
            self.add(pointer, text, &constraint);
        }
    }

    /// A number within a range.
    pub fn number(&mut self, pointer: &str, number: Option<i64>, range: RangeInclusive<i64>) {
        let (Some(number), low, high) = (number, range.start(), range.end()) else { return };
        if number < *low {
            let constraint = format!("have value greater than or equal to {low}");
            self.add(pointer, &number.to_string(), &constraint);
        } else if number > *high {
            self.add(pointer, &number.to_string(), &format!("have value less than or equal to {high}"));
        }
    }

    /// A list with so many entries.
    pub fn size(&mut self, pointer: &str, length: usize, range: RangeInclusive<usize>) {
        if length < *range.start() {
            let constraint = format!("have length greater than or equal to {}", range.start());
            self.add(pointer, "[]", &constraint);
        } else if length > *range.end() {
            let constraint = format!("have length less than or equal to {}", range.end());
            self.add(pointer, &format!("{length} members"), &constraint);
        }
    }

    /// An instance id (S3.14).
    pub fn instance_id(&mut self, pointer: &str, id: Option<&str>) {
        if let Some(id) = id.filter(|id| !is_instance_id(id)) {
            self.add(pointer, id, &format!("satisfy regular expression pattern: {INSTANCE_ID_PATTERN}"));
        }
    }
}

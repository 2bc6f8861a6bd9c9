//! Policies: what they say, and what is wrong with their text.

mod read;

use super::{condition::Condition, remark::Remarks, template::Template};
use crate::base::json;

/// What a policy is attached to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A user, group or role that acts.
    Identity,
    /// A role that may be assumed.
    Trust,
}

/// A policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// What it is called in explanations: a file, or a place in a scenario.
    pub name: String,
    /// Its statements, in order.
    pub statements: Vec<Statement>,
}

/// One statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// Its name, if it has one.
    pub sid: Option<String>,
    /// What it does with what it matches.
    pub effect: Effect,
    /// The actions that it is about.
    pub actions: Listed,
    /// The resources that it is about; of a trust policy all.
    pub resources: Listed,
    /// The services that may assume the role; of an identity policy empty.
    pub services: Vec<String>,
    /// Whether anybody may assume the role.
    pub anybody: bool,
    /// What has to hold besides; all of it.
    pub conditions: Vec<Condition>,
}

/// What a statement does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// It allows.
    Allow,
    /// It denies, whatever others allow (S12.11).
    Deny,
}

/// Patterns of which one suffices, or none may match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Whether it is the list of what is not meant: `NotAction` or `NotResource`.
    pub is_negated: bool,
    /// The patterns.
    pub patterns: Vec<Template>,
}

impl Policy {
    /// Reads a policy from its JSON text. `None` when IAM would refuse it; the errors among the remarks say why.
    pub fn read(name: &str, kind: Kind, text: &str, remarks: &mut Remarks) -> Option<Self> {
        let (value, repeated) = match json::parse_last(text) {
            Ok(parsed) => parsed,
            Err(error) => {
                remarks.refuse("", format!("not valid JSON: {error}"), "");
                return None;
            }
        };
        for key in repeated {
            let message = format!("the key `{key}` stands twice; the first is lost");
            remarks.warn("", message, "write its values as one list");
        }
        read::read(name, kind, &value, remarks)
    }
}

impl Statement {
    /// What it is called in explanations.
    pub fn title(&self, index: usize) -> String {
        match &self.sid {
            Some(sid) => format!("statement `{sid}`"),
            None => format!("statement {}", index + 1),
        }
    }
}

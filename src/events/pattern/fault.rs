//! What is wrong with a pattern, in AWS's own words.

use std::fmt;

/// The first fault of a pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// What is wrong, without a place.
    pub reason: String,
    /// Where, as AWS prints it: usually one place, none for values that are judged as a whole, two inside lists.
    pub places: Vec<String>,
}

impl Fault {
    /// A fault of a value as a whole, which AWS reports without a place.
    pub(super) fn of_value(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), places: Vec::new() }
    }

    /// The message of EventBridge's InvalidEventPatternException.
    pub fn event_bridge_message(&self) -> String {
        format!("Event pattern is not valid. Reason: {self}")
    }
}

impl fmt::Display for Fault {
    /// The reason and its places, as AWS prints them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)?;
        self.places.iter().try_for_each(|place| write!(f, "\n at {place}"))
    }
}

impl std::error::Error for Fault {}

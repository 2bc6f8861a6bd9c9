//! An event, flattened: every leaf with its path and the elements of arrays that it lies in.

use std::fmt;

use super::{
    json::{Reader, Token},
    number,
};

/// The fields that EventBridge asks of every event.
const ENVELOPE: [&str; 6] = ["account", "detail-type", "id", "region", "source", "time"];

/// The element of each array of objects or arrays that a leaf lies in: the array's ordinal in the event, and the index
/// in it. In the order of arrays.
pub(super) type Elements = Vec<(u32, u32)>;

/// An event that patterns can be held against.
#[derive(Clone, Debug, Default)]
pub struct Event {
    /// In the order of their paths.
    leaves: Vec<Leaf>,
    arrays: u32,
    /// The names at the top, for the envelope.
    names: Vec<String>,
}

/// A value that is no object and no array.
#[derive(Clone, Debug)]
pub(super) struct Leaf {
    path: String,
    pub(super) value: Value,
    pub(super) elements: Elements,
}

/// The value of a leaf.
#[derive(Clone, Debug)]
pub enum Value {
    /// A string.
    Text(String),
    /// A number as written, and its value where it is comparable.
    Number(String, Option<f64>),
    /// `true`, `false` or `null`.
    Literal(&'static str),
}

/// What is wrong with an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadEvent(
    /// The reason, with its place.
    pub String,
);

impl BadEvent {
    /// What EventBridge's TestEventPattern answers, whatever the reason.
    pub const AWS_TEXT: &'static str = "Parameter Event is not valid.";
}

impl fmt::Display for BadEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for BadEvent {}

impl Event {
    /// Reads an event. A key given twice has both values, as AWS's matcher reads it.
    ///
    /// # Errors
    ///
    /// Broken JSON, or anything else than an object.
    pub fn parse(text: &str) -> Result<Self, BadEvent> {
        let mut reader = Reader::new(text);
        let mut event = Self::default();
        let read = |reader: &mut Reader<'_>, event: &mut Self| {
            if reader.next()? != Some(Token::StartObject) {
                return Err(reader.fault("An event must be a JSON object"));
            }
            event.read_object(reader, "", &mut Vec::new())?;
            reader.end()
        };
        read(&mut reader, &mut event).map_err(|fault| BadEvent(fault.to_string()))?;
        event.leaves.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(event)
    }

    /// Adds a leaf outside of every array to an event under construction.
    pub(super) fn push(&mut self, path: &str, value: Value) {
        let at = self.leaves.partition_point(|leaf| leaf.path.as_str() <= path);
        self.leaves.insert(at, Leaf { path: path.to_string(), value, elements: Vec::new() });
    }

    /// The fields of EventBridge's envelope that are not there. EventBridge takes no event without them.
    pub fn missing_from_envelope(&self) -> Vec<&'static str> {
        ENVELOPE.into_iter().filter(|name| !self.names.iter().any(|there| there == name)).collect()
    }

    /// The leaves on a path.
    pub(super) fn leaves(&self, path: &str) -> &[Leaf] {
        let from = self.leaves.partition_point(|leaf| leaf.path.as_str() < path);
        let count = self.leaves[from..].iter().take_while(|leaf| leaf.path == path).count();
        &self.leaves[from..from + count]
    }

    /// Whether no leaf lies in an element of an array.
    pub(super) fn is_flat(&self) -> bool {
        self.leaves.iter().all(|leaf| leaf.elements.is_empty())
    }

    fn read_object(
        &mut self,
        reader: &mut Reader<'_>,
        path: &str,
        elements: &mut Elements,
    ) -> Result<(), super::Fault> {
        while reader.next()? == Some(Token::FieldName) {
            let name = reader.name();
            if path.is_empty() && elements.is_empty() {
                self.names.push(name.to_string());
            }
            let below = if path.is_empty() { name.to_string() } else { format!("{path}.{name}") };
            let token = reader.next()?;
            self.read_value(reader, token, &below, elements)?;
        }
        Ok(())
    }

    fn read_array(
        &mut self,
        reader: &mut Reader<'_>,
        path: &str,
        elements: &mut Elements,
    ) -> Result<(), super::Fault> {
        let array = self.arrays;
        self.arrays += 1;
        let mut index = 0;
        loop {
            let token = reader.next()?;
            if token == Some(Token::EndArray) {
                return Ok(());
            }
            // Strings and numbers directly in an array are alternatives; only what is in objects belongs together.
            let nested = matches!(token, Some(Token::StartObject | Token::StartArray));
            if nested {
                elements.push((array, index));
            }
            self.read_value(reader, token, path, elements)?;
            if nested {
                elements.pop();
            }
            index += 1;
        }
    }

    fn read_value(
        &mut self,
        reader: &mut Reader<'_>,
        token: Option<Token>,
        path: &str,
        elements: &mut Elements,
    ) -> Result<(), super::Fault> {
        let value = match token {
            Some(Token::StartObject) => return self.read_object(reader, path, elements),
            Some(Token::StartArray) => return self.read_array(reader, path, elements),
            Some(Token::Text) => Value::Text(reader.text()?),
            Some(Token::Number) => {
                let text = reader.text()?;
                let number = number::comparable(&text);
                Value::Number(text, number)
            }
            Some(Token::Literal(literal)) => Value::Literal(literal),
            _ => return Err(reader.fault("A value is missing")),
        };
        self.leaves.push(Leaf { path: path.to_string(), value, elements: elements.clone() });
        Ok(())
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => write!(f, "{}", serde_json::Value::from(text.as_str())),
            Self::Number(text, _) => f.write_str(text),
            Self::Literal(literal) => f.write_str(literal),
        }
    }
}

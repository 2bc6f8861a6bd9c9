//! Templates of input transformers: a text with `<names>` of variables (S10.60 to S10.62).

use serde::de::IgnoredAny;
use serde_json::Value;

/// A template, taken apart.
#[derive(Clone, Debug)]
pub(super) struct Template<'a> {
    parts: Vec<Part<'a>>,
    /// Whether it is a JSON object or list; otherwise it is made of strings.
    is_json: bool,
}

#[derive(Clone, Copy, Debug)]
enum Part<'a> {
    Text(&'a str),
    Variable { name: &'a str, in_string: bool },
}

impl<'a> Template<'a> {
    /// Takes a template apart. What begins with `<` and never ends is text.
    pub(super) fn parse(text: &'a str) -> Self {
        let is_json = text.trim_start().starts_with(['{', '[']);
        let (mut parts, mut rest, mut quotes) = (Vec::new(), text, Quotes::default());
        while let Some((before, name, behind)) = next_variable(rest) {
            quotes.read(before);
            parts.push(Part::Text(before));
            parts.push(Part::Variable { name, in_string: quotes.are_open });
            rest = behind;
        }
        parts.push(Part::Text(rest));
        Self { parts, is_json }
    }

    /// The names of its variables.
    pub(super) fn variables(&self) -> impl Iterator<Item = &'a str> {
        self.parts.iter().filter_map(|part| match part {
            Part::Variable { name, .. } => Some(*name),
            Part::Text(_) => None,
        })
    }

    /// The text with values for its variables; `None` when it is no JSON then, which is not delivered (S10.62).
    pub(super) fn fill(&self, mut value: impl FnMut(&str) -> Option<Value>) -> Option<String> {
        let mut filled = String::new();
        for part in &self.parts {
            match *part {
                Part::Text(text) => filled.push_str(text),
                Part::Variable { name, in_string: true } => filled.push_str(&self.within_string(value(name))),
                // A variable that the event has nothing for is an empty string.
                Part::Variable { name, in_string: false } => {
                    filled.push_str(&value(name).unwrap_or_else(|| "".into()).to_string());
                }
            }
        }
        is_json(&filled).then_some(filled)
    }

    /// A value as it stands between quotes: as it is, without escapes. In a template of strings objects and lists lose
    /// their quotes.
    fn within_string(&self, value: Option<Value>) -> String {
        match value {
            None => String::new(),
            Some(Value::String(text)) => text,
            Some(value) if self.is_json => value.to_string(),
            Some(value) => value.to_string().replace('"', ""),
        }
    }
}

/// The text before the next variable, its name, and what follows it.
fn next_variable(text: &str) -> Option<(&str, &str, &str)> {
    let (before, opened) = text.split_once('<')?;
    let (name, behind) = opened.split_once('>')?;
    Some((before, name, behind))
}

/// Whether a text is JSON: one value, or several, as templates of several lines are.
pub(super) fn is_json(text: &str) -> bool {
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<IgnoredAny>().peekable();
    values.peek().is_some() && values.all(|value| value.is_ok())
}

/// Where strings begin and end.
#[derive(Clone, Copy, Debug, Default)]
struct Quotes {
    are_open: bool,
    is_escape: bool,
}

impl Quotes {
    fn read(&mut self, text: &str) {
        for byte in text.bytes() {
            match byte {
                _ if self.is_escape => self.is_escape = false,
                b'\\' => self.is_escape = self.are_open,
                b'"' => self.are_open = !self.are_open,
                _ => {}
            }
        }
    }
}

//! SNS filter policies: patterns over a message's attributes or its body.

use super::{
    Branch, Event, Fault, Pattern,
    compile::{self, Service},
    event::Value,
    json::{Reader, Token},
    number,
};

/// The most keys of a filter policy.
const MOST_KEYS: usize = 5;

/// The most combinations of values of a filter policy.
const MOST_COMBINATIONS: usize = 150;

/// What a filter policy is held against.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// The message's attributes.
    MessageAttributes,
    /// The message itself, which must be a JSON object to match.
    MessageBody,
}

/// A compiled filter policy of a subscription.
#[derive(Clone, Debug)]
pub struct FilterPolicy {
    pattern: Pattern,
    scope: Scope,
}

/// An attribute of a message.
#[derive(Clone, Debug)]
pub struct Attribute {
    /// Its name.
    pub name: String,
    /// `String`, `String.Array`, `Number` or `Binary`; what follows a point behind the first three is a custom label.
    pub data_type: String,
    /// Its value as text; of binary ones the base64 text, which no policy matches.
    pub value: String,
}

impl FilterPolicy {
    /// Compiles a filter policy. An empty object filters nothing.
    ///
    /// # Errors
    ///
    /// The first fault, with the text that SNS answers behind `Invalid parameter: `.
    pub fn compile(text: &str, scope: Scope) -> Result<Self, Fault> {
        let named = |fault: Fault| Fault { reason: format!("FilterPolicy: {}", fault.reason), ..fault };
        let text = compact(text);
        if text == "{}" {
            let pattern = Pattern { fields: Vec::new(), branches: vec![Branch(Vec::new())] };
            return Ok(Self { pattern, scope });
        }
        let pattern = compile::compile(&text, Service::Sns).map_err(named)?;
        if scope == Scope::MessageAttributes && pattern.fields.iter().any(|field| field.depth > 1) {
            let reason = "Filter policy scope MessageAttributes does not support nested filter policy";
            return Err(Fault::of_value(reason));
        }
        if pattern.fields.len() > MOST_KEYS {
            let reason = format!("Filter policy can not have more than {MOST_KEYS} keys");
            return Err(named(Fault::of_value(reason)));
        }
        if combinations(&pattern) > MOST_COMBINATIONS {
            return Err(named(Fault::of_value("Filter policy is too complex")));
        }
        Ok(Self { pattern, scope })
    }

    /// Whether a message is delivered.
    pub fn matches(&self, message: &str, attributes: &[Attribute]) -> bool {
        self.subject(message, attributes).is_some_and(|event| self.pattern.matches(&event))
    }

    /// Why a message is not delivered, one line a reason; empty when it is.
    pub fn why_not(&self, message: &str, attributes: &[Attribute]) -> Vec<String> {
        match self.subject(message, attributes) {
            Some(event) => self.pattern.why_not(&event),
            None => vec!["the message is not a JSON object".into()],
        }
    }

    /// What the policy is held against, or None where a message's body is no JSON object.
    fn subject(&self, message: &str, attributes: &[Attribute]) -> Option<Event> {
        match self.scope {
            _ if self.pattern.fields.is_empty() => Some(Event::default()),
            Scope::MessageBody => Event::parse(message).ok(),
            Scope::MessageAttributes => {
                let mut event = Event::default();
                for attribute in attributes {
                    values(attribute).into_iter().for_each(|value| event.push(&attribute.name, value));
                }
                Some(event)
            }
        }
    }
}

/// A JSON text without white space between its tokens. SNS compiles policies in this form, so its faults have their
/// places there.
fn compact(text: &str) -> String {
    let (mut within_string, mut escaped) = (false, false);
    let keep = |next: &char| {
        let kept = within_string || !matches!(next, ' ' | '\t' | '\n' | '\r');
        within_string ^= *next == '"' && !escaped;
        escaped = *next == '\\' && !escaped;
        kept
    };
    text.chars().filter(keep).collect()
}

/// How many combinations of values a policy has: every branch multiplies the values of its keys, each as often as its
/// key lies deep.
fn combinations(pattern: &Pattern) -> usize {
    let weight = |field: &usize| pattern.fields[*field].depth * pattern.fields[*field].matchers.len();
    let of_branch = |fields: &[usize]| fields.iter().map(weight).fold(1, usize::saturating_mul);
    pattern.branches.iter().map(|branch| of_branch(&branch.0)).fold(0, usize::saturating_add)
}

/// The values of an attribute that a policy can match.
fn values(attribute: &Attribute) -> Vec<Value> {
    match attribute.data_type.split('.').collect::<Vec<_>>()[..] {
        ["String", "Array", ..] => elements(&attribute.value).unwrap_or_default(),
        ["String", ..] => vec![Value::Text(attribute.value.clone())],
        ["Number", ..] => {
            vec![Value::Number(attribute.value.clone(), number::comparable(&attribute.value))]
        }
        _ => Vec::new(),
    }
}

/// The strings, numbers and literals of a JSON array; None where it is none.
fn elements(text: &str) -> Option<Vec<Value>> {
    let mut reader = Reader::new(text);
    let mut values = Vec::new();
    if reader.next().ok()? != Some(Token::StartArray) {
        return None;
    }
    loop {
        values.push(match reader.next().ok()? {
            Some(Token::EndArray) => return Some(values),
            Some(Token::Text) => Value::Text(reader.text().ok()?),
            Some(Token::Number) => {
                let text = reader.text().ok()?;
                let number = number::comparable(&text);
                Value::Number(text, number)
            }
            Some(Token::Literal(literal)) => Value::Literal(literal),
            _ => return None,
        });
    }
}

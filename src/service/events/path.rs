//! JSON paths as EventBridge reads them: a subset with names, indices and `*`.

use std::borrow::Cow;

use serde_json::Value;

/// A path into an event, such as `$.detail.instances[0].id`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Path(Vec<Segment>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Segment {
    Name(String),
    Index(usize),
    /// `*`: every element or field.
    All,
}

impl Path {
    /// The path in a text; `None` when it is none that EventBridge reads (S10.61).
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut rest = text.strip_prefix('$')?;
        let mut segments = Vec::new();
        while !rest.is_empty() {
            let segment;
            (segment, rest) = match rest.strip_prefix('.') {
                Some(named) => {
                    let end = named.find(['.', '[']).unwrap_or(named.len());
                    (name(&named[..end])?, &named[end..])
                }
                None => {
                    let (inside, behind) = rest.strip_prefix('[')?.split_once(']')?;
                    (index(inside)?, behind)
                }
            };
            segments.push(segment);
        }
        Some(Self(segments))
    }

    /// What stands there; with a `*` a list of all that match. `None` when nothing does.
    pub(super) fn find<'a>(&self, value: &'a Value) -> Option<Cow<'a, Value>> {
        let mut found = vec![value];
        for segment in &self.0 {
            found = found.into_iter().flat_map(|value| segment.below(value)).collect();
        }
        if self.0.contains(&Segment::All) {
            return (!found.is_empty()).then(|| Cow::Owned(found.into_iter().cloned().collect()));
        }
        found.pop().map(Cow::Borrowed)
    }
}

fn name(text: &str) -> Option<Segment> {
    let is_plain = |char: char| char.is_alphanumeric() || ['-', '_', '/'].contains(&char);
    match text {
        "*" => Some(Segment::All),
        name if !name.is_empty() && name.chars().all(is_plain) => Some(Segment::Name(name.into())),
        _ => None,
    }
}

fn index(text: &str) -> Option<Segment> {
    if text == "*" {
        return Some(Segment::All);
    }
    text.parse().ok().map(Segment::Index)
}

impl Segment {
    fn below<'a>(&self, value: &'a Value) -> Vec<&'a Value> {
        match (self, value) {
            (Self::Name(name), Value::Object(fields)) => fields.get(name).into_iter().collect(),
            (Self::Index(index), Value::Array(elements)) => elements.get(*index).into_iter().collect(),
            (Self::All, Value::Array(elements)) => elements.iter().collect(),
            (Self::All, Value::Object(fields)) => fields.values().collect(),
            _ => Vec::new(),
        }
    }
}

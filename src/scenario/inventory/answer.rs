//! Answers of the AWS CLI as a stream of JSON objects: one, or pages one behind the other. Whatever is not asked for is
//! passed over unread; what is asked for and broken is a fault at its place.

use std::{borrow::Cow, fmt, marker::PhantomData, ops::Range, sync::Arc};

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor, value::MapAccessDeserializer},
};
use serde_json::value::RawValue;

use crate::scenario::{
    fault::{Fault, Place},
    source::{Source, offset},
};

/// The most faults that are told of one file; the rest is counted.
const MOST_TOLD: usize = 20;

/// What to do about something that is no answer of the AWS CLI.
const WHOLE_ANSWER: &str =
    "expected the whole answer of the AWS CLI with `--output json` and without `--query`";

/// One file with answers, and what is wrong with it.
pub(super) struct Answers<'a> {
    source: &'a Arc<Source>,
    faults: Vec<Fault>,
    untold: usize,
}

/// A field, read.
pub(super) enum Field<T> {
    /// There is none, or `null`.
    Absent,
    /// Its value.
    Value(T),
    /// It is broken, which has been told.
    Broken,
}

impl<T> Field<T> {
    /// The value or none; `None` for what is broken.
    pub(super) fn or_absent(self) -> Option<Option<T>> {
        match self {
            Self::Absent => Some(None),
            Self::Value(value) => Some(Some(value)),
            Self::Broken => None,
        }
    }
}

impl<'a> Answers<'a> {
    pub(super) fn new(source: &'a Arc<Source>) -> Self {
        Self { source, faults: Vec::new(), untold: 0 }
    }

    /// Reads every page of the file in turn.
    pub(super) fn pages<P: Deserialize<'a>>(&mut self, mut each: impl FnMut(&mut Self, P, usize)) {
        let whole = self.source.text.as_str();
        // PowerShell puts a byte order mark first.
        let text = whole.strip_prefix('\u{feff}').unwrap_or(whole);
        let mut pages = serde_json::Deserializer::from_str(text).into_iter::<Object<P>>();
        let mut count = 0;
        loop {
            let rest = text[pages.byte_offset()..].trim_start();
            let at = whole.len() - rest.len();
            if rest.starts_with(['[', '"']) {
                let found = if rest.starts_with('[') { "a list" } else { "a text" };
                self.refuse(at..at + 1, format!("found {found}, not an object"), WHOLE_ANSWER);
                return;
            }
            match pages.next() {
                Some(Ok(Object(page))) => each(self, page, at),
                Some(Err(error)) => return self.refuse_json(&error, text, whole.len() - text.len()),
                None if count > 0 => return,
                None => return self.refuse(0..0, "the file is empty", WHOLE_ANSWER),
            }
            count += 1;
        }
    }

    /// Refuses a page without any of the lists that it should have.
    pub(super) fn refuse_page(&mut self, at: usize, expected: &str) {
        let help = format!("{WHOLE_ANSWER}: {expected}");
        self.refuse(at..at + 1, "this answer has no list that is read here", help);
    }

    /// An object.
    pub(super) fn object<T: Deserialize<'a>>(&mut self, raw: &'a RawValue, name: &str) -> Option<T> {
        if !raw.get().starts_with('{') {
            self.refuse_value(raw, name, "an object");
            return None;
        }
        match serde_json::from_str(raw.get()) {
            Ok(Object(entry)) => Some(entry),
            Err(error) => {
                let at = self.span(raw).start;
                self.refuse_json(&error, raw.get(), at);
                None
            }
        }
    }

    /// A list; an absent one is empty.
    pub(super) fn list(&mut self, raw: Option<&'a RawValue>, name: &str) -> Vec<&'a RawValue> {
        let Some(raw) = raw else { return Vec::new() };
        serde_json::from_str(raw.get()).unwrap_or_else(|_| {
            self.refuse_value(raw, name, "a list");
            Vec::new()
        })
    }

    /// A text.
    pub(super) fn text(&mut self, raw: Option<&'a RawValue>, name: &str) -> Field<Cow<'a, str>> {
        let Some(raw) = raw else { return Field::Absent };
        let inside = raw.get().strip_prefix('"').and_then(|text| text.strip_suffix('"'));
        match inside {
            Some(plain) if !plain.contains('\\') => Field::Value(Cow::Borrowed(plain)),
            _ => match serde_json::from_str::<String>(raw.get()) {
                Ok(text) => Field::Value(Cow::Owned(text)),
                Err(_) => {
                    self.refuse_value(raw, name, "a text");
                    Field::Broken
                }
            },
        }
    }

    /// A text that must be there.
    pub(super) fn needed_text(
        &mut self,
        raw: Option<&'a RawValue>,
        name: &str,
        entry: &'a RawValue,
    ) -> Option<Cow<'a, str>> {
        match self.text(raw, name) {
            Field::Value(text) => Some(text),
            Field::Broken => None,
            Field::Absent => {
                let at = self.span(entry).start;
                let help =
                    format!("the answers of the AWS CLI have `{name}` in each entry; do not leave it out");
                self.refuse(at..at + 1, format!("an entry without `{name}`"), help);
                None
            }
        }
    }

    /// One of the words that `parse` knows.
    pub(super) fn word<T>(
        &mut self,
        raw: Option<&'a RawValue>,
        name: &str,
        parse: fn(&str) -> Option<T>,
        known: &str,
    ) -> Field<T> {
        let text = match self.text(raw, name) {
            Field::Value(text) => text,
            Field::Absent => return Field::Absent,
            Field::Broken => return Field::Broken,
        };
        match (parse(&text), raw) {
            (Some(value), _) => Field::Value(value),
            (None, raw) => {
                let span = raw.map_or(0..0, |raw| self.span(raw));
                self.refuse(span, format!("`{name}` is `{text}`"), format!("expected {known}"));
                Field::Broken
            }
        }
    }

    /// The bytes of the file in which a value stands.
    pub(super) fn span(&self, raw: &RawValue) -> Range<usize> {
        // Values are borrowed from the text.
        let start = raw.get().as_ptr() as usize - self.source.text.as_ptr() as usize;
        start..start + raw.get().len()
    }

    /// Tells a fault.
    pub(super) fn refuse(&mut self, span: Range<usize>, message: impl Into<String>, help: impl Into<String>) {
        if self.faults.len() == MOST_TOLD {
            self.untold += 1;
            return;
        }
        let place = Place { source: Arc::clone(self.source), pointer: String::new(), span: Some(span) };
        self.faults.push(Fault::error(place, message, help));
    }

    /// Everything wrong with the file.
    pub(super) fn into_faults(mut self) -> Vec<Fault> {
        if self.untold > 0 {
            let end = self.source.text.len();
            let place = Place { span: Some(end..end), ..Place::file(self.source) };
            let message = format!("and {} more faults in this file", self.untold);
            self.faults.push(Fault::error(place, message, ""));
        }
        self.faults
    }

    fn refuse_value(&mut self, raw: &RawValue, name: &str, expected: &str) {
        let found = match raw.get().as_bytes().first() {
            Some(b'{') => "an object",
            Some(b'[') => "a list",
            Some(b'"') => "a text",
            Some(b't' | b'f') => "true or false",
            _ => "a number",
        };
        self.refuse(self.span(raw), format!("`{name}` has {found}"), format!("expected {expected}"));
    }

    /// Tells an error of the JSON parser about `text`, which stands at `start`.
    fn refuse_json(&mut self, error: &serde_json::Error, text: &str, start: usize) {
        let at = start + offset(text, error.line(), error.column());
        let message = error.to_string();
        let message = message.split(" at line ").next().unwrap_or_default();
        let message = if error.is_data() { message.into() } else { format!("not valid JSON: {message}") };
        self.refuse(at..at, message, WHOLE_ANSWER);
    }
}

/// A JSON object. What is derived for a struct would also read a list.
pub(super) struct Object<T>(pub(super) T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ObjectVisitor(PhantomData))
    }
}

struct ObjectVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for ObjectVisitor<T> {
    type Value = Object<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map)).map(Object)
    }
}

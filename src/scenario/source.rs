//! From text to a value, with the place of every key and value where the format tells it.

use std::{collections::BTreeMap, ops::Range, path::PathBuf, sync::Arc};

use serde_json::{Map, Number, Value};
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::fault::{Fault, Place};
use crate::base::json;

/// The largest input file, in bytes.
pub const LARGEST_FILE: usize = 64 << 20;

/// The largest file of an inventory, in bytes: EC2 has some kilobytes to say of each instance.
pub const LARGEST_INVENTORY: usize = 1 << 30;

/// A text and the file it came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The file; a name ending in `.json` is read as JSON, anything else as TOML.
    pub path: PathBuf,
    /// Its content.
    pub text: String,
}

/// A source, parsed.
#[derive(Clone, Debug)]
pub struct Parsed {
    /// Where it came from.
    pub source: Arc<Source>,
    /// The content.
    pub value: Value,
    /// The spans by JSON pointer; empty for JSON.
    spans: BTreeMap<String, Spans>,
}

#[derive(Clone, Debug)]
struct Spans {
    key: Option<Range<usize>>,
    value: Range<usize>,
}

impl Parsed {
    /// Parses a source by the ending of its name. The faults are all syntax errors that could be found.
    pub fn parse(source: &Arc<Source>) -> Result<Self, Vec<Fault>> {
        if source.text.len() > LARGEST_FILE {
            let message = format!("the file has {} bytes", source.text.len());
            let place = Place::file(source);
            return Err(vec![Fault::error(place, message, format!("at most {LARGEST_FILE} bytes are read"))]);
        }
        if source.path.extension().is_some_and(|extension| extension == "json") {
            Self::parse_json(source)
        } else {
            parse_toml(source)
        }
    }

    /// Parses a source as JSON, whatever its name.
    pub fn parse_json(source: &Arc<Source>) -> Result<Self, Vec<Fault>> {
        match json::parse_unique(&source.text) {
            Ok(value) => Ok(Self { source: Arc::clone(source), value, spans: BTreeMap::new() }),
            Err(error) => {
                let start = offset(&source.text, error.line(), error.column());
                let place =
                    Place { source: Arc::clone(source), pointer: String::new(), span: Some(start..start) };
                let message = error.to_string();
                let message = message.split(" at line ").next().unwrap_or_default();
                Err(vec![Fault::error(place, format!("not valid JSON: {message}"), "")])
            }
        }
    }

    /// The place of the value at `pointer`, or of the nearest table around it.
    pub fn place(&self, pointer: &str) -> Place {
        self.place_by(pointer, |spans| spans.value.clone())
    }

    /// The place of the key at `pointer`.
    pub fn key_place(&self, pointer: &str) -> Place {
        self.place_by(pointer, |spans| spans.key.clone().unwrap_or_else(|| spans.value.clone()))
    }

    fn place_by(&self, pointer: &str, span: fn(&Spans) -> Range<usize>) -> Place {
        let mut around = pointer;
        let found = loop {
            match (self.spans.get(around), around.rfind('/')) {
                (Some(spans), _) => break Some(span(spans)),
                (None, Some(end)) => around = &around[..end],
                (None, None) => break None,
            }
        };
        Place { source: Arc::clone(&self.source), pointer: pointer.into(), span: found }
    }
}

/// `pointer` extended by one segment (RFC 6901).
pub fn join(pointer: &str, segment: &str) -> String {
    format!("{pointer}/{}", segment.replace('~', "~0").replace('/', "~1"))
}

/// The byte at a line and column, both from 1, columns in bytes.
pub(super) fn offset(text: &str, line: usize, column: usize) -> usize {
    let before: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    let mut at = (before + column.saturating_sub(1)).min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

fn parse_toml(source: &Arc<Source>) -> Result<Parsed, Vec<Fault>> {
    let (table, errors) = DeTable::parse_recoverable(&source.text);
    let mut reader = TomlReader { source, spans: BTreeMap::new(), faults: Vec::new() };
    for error in errors {
        reader.refuse("", error.span(), format!("not valid TOML: {}", error.message()), "");
    }
    if !reader.faults.is_empty() {
        return Err(reader.faults);
    }
    let value = reader.table("", table.get_ref());
    if !reader.faults.is_empty() {
        return Err(reader.faults);
    }
    Ok(Parsed { source: Arc::clone(source), value, spans: reader.spans })
}

struct TomlReader<'a> {
    source: &'a Arc<Source>,
    spans: BTreeMap<String, Spans>,
    faults: Vec<Fault>,
}

impl TomlReader<'_> {
    fn table(&mut self, pointer: &str, table: &DeTable<'_>) -> Value {
        let mut entries = Map::new();
        for (key, value) in table {
            let pointer = join(pointer, key.get_ref());
            let read = self.value(&pointer, Some(key.span()), value);
            entries.insert(key.get_ref().to_string(), read);
        }
        Value::Object(entries)
    }

    fn value(&mut self, pointer: &str, key: Option<Range<usize>>, value: &Spanned<DeValue<'_>>) -> Value {
        let span = value.span();
        self.spans.insert(pointer.into(), Spans { key, value: span.clone() });
        match value.get_ref() {
            DeValue::String(text) => Value::String(text.to_string()),
            DeValue::Boolean(truth) => Value::Bool(*truth),
            // A date needs no quotes: the only field that takes one reads RFC 3339 text.
            DeValue::Datetime(date) => Value::String(date.to_string()),
            DeValue::Integer(integer) => {
                let digits = integer.as_str();
                let number = u64::from_str_radix(digits, integer.radix())
                    .map(Number::from)
                    .or_else(|_| i64::from_str_radix(digits, integer.radix()).map(Number::from));
                number.map(Value::Number).unwrap_or_else(|_| {
                    let message = format!("`{digits}` does not fit into 64 bits");
                    self.refuse(pointer, Some(span), message, "write a smaller number")
                })
            }
            DeValue::Float(float) => {
                let number = float.as_str().parse().ok().and_then(Number::from_f64);
                number.map(Value::Number).unwrap_or_else(|| {
                    let message = format!("`{}` is not a finite number", float.as_str());
                    self.refuse(pointer, Some(span), message, "write a finite number")
                })
            }
            DeValue::Array(items) => {
                let read = items.iter().enumerate();
                Value::Array(
                    read.map(|(at, item)| self.value(&format!("{pointer}/{at}"), None, item)).collect(),
                )
            }
            DeValue::Table(table) => self.table(pointer, table),
        }
    }

    fn refuse(&mut self, pointer: &str, span: Option<Range<usize>>, message: String, help: &str) -> Value {
        let place = Place { source: Arc::clone(self.source), pointer: pointer.into(), span };
        self.faults.push(Fault::error(place, message, help));
        Value::Null
    }
}

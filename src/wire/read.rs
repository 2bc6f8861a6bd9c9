//! From a tree of values to a request: as serde reads JSON, but with the places that AWS names in its errors, without
//! regard to fields that nobody knows, and, for forms, with numbers and truth values that came as text.

use std::fmt;

use serde::{
    Deserializer,
    de::{
        DeserializeOwned, DeserializeSeed, Error as _, IntoDeserializer, MapAccess, SeqAccess, Visitor,
        value::StrDeserializer,
    },
    forward_to_deserialize_any,
};
use serde_json::{Map, Value};

/// Why a tree is no such request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch {
    /// Where, in the words of S14.6, such as `targets.1.member.id`; empty for the whole request.
    pub place: String,
    /// What is wrong there.
    pub what: What,
}

/// What is wrong with a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// A field that must be there is not, or is null.
    Missing,
    /// A value of another type, in words.
    Type(String),
}

/// How scalars came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scalars {
    /// With their types, as in JSON.
    Typed,
    /// As text, as in a form; an empty text is also the empty list or map.
    Text,
}

/// Reads a request from a tree.
///
/// # Errors
///
/// The first mismatch that is found.
pub fn read<T: DeserializeOwned>(value: &Value, scalars: Scalars) -> Result<T, Mismatch> {
    T::deserialize(Reader { value, scalars })
}

/// A value to be read.
#[derive(Clone, Copy)]
struct Reader<'a> {
    value: &'a Value,
    scalars: Scalars,
}

impl Mismatch {
    fn below(mut self, segment: &str) -> Self {
        let dot = if self.place.is_empty() { "" } else { "." };
        self.place = format!("{segment}{dot}{}", self.place);
        self
    }
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.what {
            What::Missing => write!(f, "{} is missing", self.place),
            What::Type(what) => write!(f, "{}: {what}", self.place),
        }
    }
}

impl std::error::Error for Mismatch {}

impl serde::de::Error for Mismatch {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self { place: String::new(), what: What::Type(message.to_string()) }
    }

    fn missing_field(field: &'static str) -> Self {
        Self { place: lower(field), what: What::Missing }
    }
}

impl<'a> Reader<'a> {
    fn unexpected(self, expected: &str) -> Mismatch {
        let found = match self.value {
            Value::Null => "null",
            Value::Bool(_) => "a truth value",
            Value::Number(_) => "a number",
            Value::String(_) => "a string",
            Value::Array(_) => "a list",
            Value::Object(_) => "an object",
        };
        match self.value {
            Value::Null => Mismatch { place: String::new(), what: What::Missing },
            _ => Mismatch::custom(format!("{found} stands where {expected} is expected")),
        }
    }

    fn is_empty_text(self) -> bool {
        self.scalars == Scalars::Text && self.value.as_str() == Some("")
    }

    /// The text of a form as a number or truth value.
    fn parsed<T: std::str::FromStr>(self, expected: &str) -> Result<T, Mismatch> {
        let text = match (self.scalars, self.value) {
            (Scalars::Text, Value::String(text)) => text.parse().ok(),
            _ => None,
        };
        text.ok_or_else(|| self.unexpected(expected))
    }

    fn integer(self) -> Result<i64, Mismatch> {
        self.value.as_i64().map_or_else(|| self.parsed("an integer"), Ok)
    }

    fn object(self) -> Result<Option<&'a Map<String, Value>>, Mismatch> {
        match self.value {
            Value::Object(fields) => Ok(Some(fields)),
            _ if self.is_empty_text() => Ok(None),
            _ => Err(self.unexpected("an object")),
        }
    }
}

/// The name of a field as AWS spells it in its errors.
fn lower(name: &str) -> String {
    name[..1].to_lowercase() + &name[1..]
}

impl<'de> Deserializer<'de> for Reader<'_> {
    type Error = Mismatch;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        match self.value {
            Value::Null => visitor.visit_unit(),
            Value::Bool(value) => visitor.visit_bool(*value),
            Value::Number(number) => match number.as_i64() {
                Some(integer) => visitor.visit_i64(integer),
                None => visitor.visit_f64(number.as_f64().unwrap_or(f64::NAN)),
            },
            Value::String(text) => visitor.visit_str(text),
            Value::Array(_) => self.deserialize_seq(visitor),
            Value::Object(_) => self.deserialize_map(visitor),
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        visitor.visit_bool(self.value.as_bool().map_or_else(|| self.parsed("a truth value"), Ok)?)
    }

    fn deserialize_i64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        visitor.visit_i64(self.integer()?)
    }

    fn deserialize_u32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        visitor.visit_i64(self.integer()?)
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        visitor.visit_f64(self.value.as_f64().map_or_else(|| self.parsed("a number"), Ok)?)
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        visitor.visit_str(self.value.as_str().ok_or_else(|| self.unexpected("a string"))?)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        self.deserialize_str(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        if self.value.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Mismatch> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        let items = match self.value {
            Value::Array(items) => items.as_slice(),
            _ if self.is_empty_text() => &[],
            _ => return Err(self.unexpected("a list")),
        };
        visitor.visit_seq(Items { items, at: 0, scalars: self.scalars })
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        let fields = self.object()?.into_iter().flatten().collect();
        visitor.visit_map(Fields { fields, at: 0, scalars: self.scalars, members: true })
    }

    /// Fields that the request does not have are passed over, as AWS does.
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        names: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Mismatch> {
        let known = |(name, value): &(&String, &Value)| names.contains(&name.as_str()) && !value.is_null();
        let fields = self.object()?.into_iter().flatten().filter(known).collect();
        visitor.visit_map(Fields { fields, at: 0, scalars: self.scalars, members: false })
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Mismatch> {
        let name = self.value.as_str().ok_or_else(|| self.unexpected("a string"))?;
        visitor.visit_enum(IntoDeserializer::<Mismatch>::into_deserializer(name))
    }

    forward_to_deserialize_any! {
        i8 i16 i32 i128 u8 u16 u64 u128 f32 char bytes byte_buf unit unit_struct tuple tuple_struct identifier
        ignored_any
    }
}

/// The entries of a list that are still to be read.
struct Items<'a> {
    items: &'a [Value],
    at: usize,
    scalars: Scalars,
}

impl<'de> SeqAccess<'de> for Items<'_> {
    type Error = Mismatch;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Mismatch> {
        let Some(value) = self.items.get(self.at) else { return Ok(None) };
        self.at += 1;
        let read = seed.deserialize(Reader { value, scalars: self.scalars });
        read.map(Some).map_err(|mismatch| mismatch.below("member").below(&self.at.to_string()))
    }
}

/// The fields of an object that are still to be read.
struct Fields<'a> {
    fields: Vec<(&'a String, &'a Value)>,
    at: usize,
    scalars: Scalars,
    /// Whether this is a map and not a structure.
    members: bool,
}

impl<'de> MapAccess<'de> for Fields<'_> {
    type Error = Mismatch;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Mismatch> {
        let Some((name, _)) = self.fields.get(self.at) else { return Ok(None) };
        seed.deserialize(StrDeserializer::new(name)).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Mismatch> {
        let (name, value) = self.fields[self.at];
        self.at += 1;
        let read = seed.deserialize(Reader { value, scalars: self.scalars });
        read.map_err(|mismatch| match self.members {
            true => mismatch.below("member").below(name),
            false => mismatch.below(&lower(name)),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::Deserialize;
    use serde_json::json;

    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "PascalCase", deny_unknown_fields)]
    struct Entry {
        id: String,
        count: Option<i64>,
        #[serde(default)]
        on: bool,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Whole {
        #[serde(default)]
        entries: Vec<Entry>,
        #[serde(default)]
        attributes: BTreeMap<String, Entry>,
    }

    fn mismatch(value: &Value) -> String {
        read::<Whole>(value, Scalars::Typed).unwrap_err().to_string()
    }

    /// The form of the places is that of the recorded errors, such as
    /// `publishBatchRequestEntries.1.member.messageAttributes.attr1.member.dataType`.
    #[test]
    fn places_are_named_as_the_services_do() {
        for (value, message) in [
            (json!({"Entries": [{"Id": "a"}, {}]}), "entries.2.member.id is missing"),
            (json!({"Entries": [{"Id": null}]}), "entries.1.member.id is missing"),
            (json!({"Attributes": {"attr1": {}}}), "attributes.attr1.member.id is missing"),
            (
                json!({"Entries": [{"Id": 1}]}),
                "entries.1.member.id: a number stands where a string is expected",
            ),
            (
                json!({"Entries": [{"Id": "a", "Count": "1"}]}),
                "entries.1.member.count: a string stands where an integer is expected",
            ),
            (json!({"Entries": {}}), "entries: an object stands where a list is expected"),
            (json!({"Entries": "a"}), "entries: a string stands where a list is expected"),
        ] {
            assert_eq!(mismatch(&value), message);
        }
    }

    #[test]
    fn unknown_fields_and_nulls_do_not_matter() {
        let value =
            json!({"Other": 1, "Entries": [{"Id": "a", "Count": null, "New": {}}], "Attributes": null});
        let whole: Whole = read(&value, Scalars::Typed).unwrap();
        assert_eq!(whole.entries, [Entry { id: "a".into(), count: None, on: false }]);
    }

    #[test]
    fn forms_have_texts_alone() {
        let value = json!({"Entries": [{"Id": "1", "Count": "-2", "On": "true"}], "Attributes": ""});
        let whole: Whole = read(&value, Scalars::Text).unwrap();
        assert_eq!(whole.entries, [Entry { id: "1".into(), count: Some(-2), on: true }]);
        assert!(read::<Whole>(&value, Scalars::Typed).is_err());
        assert!(read::<Whole>(&json!({"Entries": [{"Id": "1", "Count": "x"}]}), Scalars::Text).is_err());
    }
}

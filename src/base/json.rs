//! JSON in which a key may stand twice: of two, a parser keeps the last and loses the first in silence.

use std::fmt;

use serde::{
    Deserializer,
    de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor},
};
use serde_json::{Map, Number, Value};

/// Parses JSON text in which no key stands twice. Fails with line and column.
pub fn parse_unique(text: &str) -> serde_json::Result<Value> {
    parse(text, Reader { repeated: None })
}

/// Parses JSON text and names the keys that stand twice; the last one counts. Fails with line and column.
pub fn parse_last(text: &str) -> serde_json::Result<(Value, Vec<String>)> {
    let mut repeated = Vec::new();
    let value = parse(text, Reader { repeated: Some(&mut repeated) })?;
    Ok((value, repeated))
}

fn parse(text: &str, reader: Reader<'_>) -> serde_json::Result<Value> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let value = reader.deserialize(&mut deserializer)?;
    deserializer.end()?;
    Ok(value)
}

struct Reader<'a> {
    /// Where the names of repeated keys go; `None` refuses them.
    repeated: Option<&'a mut Vec<String>>,
}

impl Reader<'_> {
    fn inside(&mut self) -> Reader<'_> {
        Reader { repeated: self.repeated.as_deref_mut() }
    }
}

impl<'de> DeserializeSeed<'de> for Reader<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Reader<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.into()))
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(self.inside())? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut entries: A) -> Result<Value, A::Error> {
        let mut table = Map::new();
        while let Some(key) = entries.next_key::<String>()? {
            if table.contains_key(&key) {
                match &mut self.repeated {
                    Some(repeated) => repeated.push(key.clone()),
                    None => return Err(A::Error::custom(format_args!("the key `{key}` stands twice"))),
                }
            }
            let value = entries.next_value_seed(self.inside())?;
            table.insert(key, value);
        }
        Ok(Value::Object(table))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_as_serde_json_but_for_a_key_that_stands_twice() {
        let text = r#"{"a": [1, -2, 0.5, true, null, "x"], "b": {"a": {}}}"#;
        assert_eq!(parse_unique(text).unwrap(), serde_json::from_str::<Value>(text).unwrap());
        let error = parse_unique("{\"a\": 1,\n \"a\": 2}").unwrap_err();
        assert_eq!((error.line(), error.to_string().contains("`a` stands twice")), (2, true));
    }

    #[test]
    fn the_last_of_two_counts_and_its_key_is_named() {
        let text = r#"{"a": [1, {"b": 1, "b": -2}], "d": 0.5, "d": [null, true, "x"]}"#;
        let (value, repeated) = parse_last(text).unwrap();
        assert_eq!(value, serde_json::from_str::<Value>(text).unwrap());
        assert_eq!(repeated, ["b", "d"]);
        assert!(parse_last("{} {}").is_err() && parse_last("{\"a\": }").is_err());
    }
}

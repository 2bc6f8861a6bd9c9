//! The Query protocol's way in: a form with names such as `Attributes.entry.1.key` as a tree of values.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::names::{self, Shape};

/// The deepest name that is read; the APIs need eight parts.
const DEPTH: usize = 16;

/// A form's names, taken apart.
#[derive(Debug, Default)]
struct Node {
    text: Option<String>,
    children: BTreeMap<Part, Node>,
}

/// A part of a name: numbers come first and in their own order, so that `10` follows `9`.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    Number(u32),
    Name(String),
}

/// The parameters of a call from its form or query: lists from `member.N`, maps from `entry.N`, and what SQS writes flat.
/// `None` when a name is too deep.
pub fn parse(form: &[u8]) -> Option<Value> {
    let mut root = Node::default();
    for (name, value) in form_urlencoded::parse(form) {
        if name.split('.').count() > DEPTH {
            return None;
        }
        root.put(&name, value.into_owned());
    }
    Some(root.into_fields())
}

impl Node {
    fn put(&mut self, name: &str, value: String) {
        let node = name.split('.').fold(self, |node, part| {
            let part = part.parse().map_or_else(|_| Part::Name(part.into()), Part::Number);
            node.children.entry(part).or_default()
        });
        node.text = Some(value);
    }

    fn child(&mut self, name: &str) -> Option<Self> {
        self.children.remove(&Part::Name(name.into()))
    }

    fn is_numbered(&self) -> bool {
        self.children.keys().next().is_some_and(|part| matches!(part, Part::Number(_)))
    }

    fn into_value(mut self) -> Value {
        if self.children.is_empty() {
            return Value::String(self.text.unwrap_or_default());
        }
        if let Some(list) = self.child("member") {
            return list.into_list();
        }
        if let Some(map) = self.child("entry") {
            return map.into_map();
        }
        if self.is_numbered() { self.into_list() } else { self.into_fields() }
    }

    fn into_list(self) -> Value {
        self.children.into_values().map(Self::into_value).collect()
    }

    /// Entries are pairs of `key` and `value`, of `Name` and `Value` or, of tags, of `Key` and `Value`.
    fn into_map(self) -> Value {
        let mut map = Map::new();
        for mut entry in self.children.into_values() {
            let key = ["key", "Name", "Key"].iter().find_map(|name| entry.child(name)?.text);
            let value = ["value", "Value"].iter().find_map(|name| entry.child(name));
            map.insert(key.unwrap_or_default(), value.unwrap_or_default().into_value());
        }
        Value::Object(map)
    }

    fn into_fields(self) -> Value {
        let mut fields = Map::new();
        for (part, node) in self.children {
            let name = match part {
                Part::Number(number) => number.to_string(),
                Part::Name(name) => name,
            };
            match names::flat(&name).filter(|_| node.is_numbered()) {
                Some((field, Shape::Map)) => fields.insert(field.into(), node.into_map()),
                Some((field, Shape::List)) => fields.insert(field.into(), node.into_list()),
                None => fields.insert(name, node.into_value()),
            };
        }
        Value::Object(fields)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn lists_and_maps_are_put_together() {
        for (form, value) in [
            ("Name=a+b%26&Version=2010-03-31", json!({"Name": "a b&", "Version": "2010-03-31"})),
            (
                "Tags.member.1.Key=k&Tags.member.1.Value=v&Tags.member.2.Key=l&Tags.member.2.Value=",
                json!({"Tags": [{"Key": "k", "Value": "v"}, {"Key": "l", "Value": ""}]}),
            ),
            (
                "Attributes.entry.1.key=FilterPolicy&Attributes.entry.1.value=%7B%7D",
                json!({"Attributes": {"FilterPolicy": "{}"}}),
            ),
            (
                "MessageAttributes.entry.1.Name=a.b&MessageAttributes.entry.1.Value.DataType=String\
                 &MessageAttributes.entry.1.Value.StringValue=x",
                json!({"MessageAttributes": {"a.b": {"DataType": "String", "StringValue": "x"}}}),
            ),
            ("TagKeys.member.10=j&TagKeys.member.9=i", json!({"TagKeys": ["i", "j"]})),
            ("Tags=", json!({"Tags": ""})),
        ] {
            assert_eq!(parse(form.as_bytes()).unwrap(), value, "{form}");
        }
    }

    /// SQS writes lists and maps flat, and in the singular.
    #[test]
    fn flat_lists_and_maps_have_the_names_of_today() {
        for (form, value) in [
            (
                "QueueName=q&Attribute.1.Name=VisibilityTimeout&Attribute.1.Value=40&Tag.1.Key=a&Tag.1.Value=b",
                json!({"QueueName": "q", "Attributes": {"VisibilityTimeout": "40"}, "tags": {"a": "b"}}),
            ),
            ("AttributeName.1=All", json!({"AttributeNames": ["All"]})),
            (
                "DeleteMessageBatchRequestEntry.1.Id=a&DeleteMessageBatchRequestEntry.1.ReceiptHandle=r",
                json!({"Entries": [{"Id": "a", "ReceiptHandle": "r"}]}),
            ),
            (
                "SendMessageBatchRequestEntry.1.MessageAttribute.1.Name=n\
                 &SendMessageBatchRequestEntry.1.MessageAttribute.1.Value.DataType=Number",
                json!({"Entries": [{"MessageAttributes": {"n": {"DataType": "Number"}}}]}),
            ),
        ] {
            assert_eq!(parse(form.as_bytes()).unwrap(), value, "{form}");
        }
    }

    #[test]
    fn a_name_of_many_parts_is_refused() {
        assert_eq!(parse(vec![b'.'; 100_000].as_slice()), None);
    }
}

//! The Query protocol's way out: answers and errors as XML.

use std::borrow::Cow;

use quick_xml::{
    Writer,
    escape::escape,
    events::{BytesEnd, BytesStart, BytesText, Event},
};
use serde_json::Value;

use super::{fault::Fault, names};

/// How a service writes its XML.
#[derive(Clone, Copy, Debug)]
pub struct Style<'a> {
    /// The name space.
    pub namespace: &'a str,
    /// The operation that is answered.
    pub operation: &'a str,
    /// How it writes lists, maps and what is around them.
    pub lists: Lists,
}

/// How a service writes lists and maps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lists {
    /// An element around the entries, which are called `member` and `entry`: SNS.
    Members,
    /// None around them; they are called as the field, in the singular: SQS.
    Flat,
    /// An element around them, and each is called `item`. Nothing is around the fields of an answer: EC2.
    Items,
}

/// An answer: `NAMEResponse`, in it `NAMEResult` unless there is no output, and the request's id.
pub fn answer(style: &Style, output: &Value, request_id: &str) -> Vec<u8> {
    let mut page = Page::new(style);
    let name = format!("{}Response", style.operation);
    page.root(&name, |page| {
        if style.lists == Lists::Items {
            page.text("requestId", request_id);
            return page.fields(output);
        }
        if !output.is_null() {
            page.inside(&format!("{}Result", style.operation), |page| page.fields(output));
        }
        page.inside("ResponseMetadata", |page| page.text("RequestId", request_id));
    })
}

/// An error, under the name that it has on the wire.
pub fn error(style: &Style, code: &str, fault: &Fault, request_id: &str) -> Vec<u8> {
    let mut page = Page::new(style);
    if style.lists == Lists::Items {
        return page.root("Response", |page| {
            page.inside("Errors", |page| {
                page.inside("Error", |page| {
                    page.text("Code", code);
                    page.text("Message", &fault.message);
                });
            });
            page.text("RequestID", request_id);
        });
    }
    page.root("ErrorResponse", |page| {
        page.inside("Error", |page| {
            page.text("Type", if fault.is_ours() { "Receiver" } else { "Sender" });
            page.text("Code", code);
            page.text("Message", &fault.message);
            if style.lists == Lists::Flat {
                page.text("Detail", "");
            }
        });
        page.text("RequestId", request_id);
    })
}

/// A document being written.
struct Page<'a> {
    style: &'a Style<'a>,
    writer: Writer<Vec<u8>>,
}

impl<'a> Page<'a> {
    fn new(style: &'a Style<'a>) -> Self {
        Self { style, writer: Writer::new(Vec::new()) }
    }

    fn root(&mut self, name: &str, body: impl FnOnce(&mut Self)) -> Vec<u8> {
        let start = BytesStart::new(name).with_attributes([("xmlns", self.style.namespace)]);
        self.event(Event::Start(start));
        body(self);
        self.event(Event::End(BytesEnd::new(name)));
        std::mem::replace(&mut self.writer, Writer::new(Vec::new())).into_inner()
    }

    fn event(&mut self, event: Event) {
        self.writer.write_event(event).expect("a vector takes every byte");
    }

    fn inside(&mut self, name: &str, body: impl FnOnce(&mut Self)) {
        self.event(Event::Start(BytesStart::new(name)));
        body(self);
        self.event(Event::End(BytesEnd::new(name)));
    }

    fn text(&mut self, name: &str, text: &str) {
        self.inside(name, |page| page.event(Event::Text(BytesText::from_escaped(escaped(text)))));
    }

    fn fields(&mut self, value: &Value) {
        for (name, value) in value.as_object().into_iter().flatten() {
            self.field(name, value);
        }
    }

    fn field(&mut self, name: &str, value: &Value) {
        match value {
            Value::Null => {}
            Value::Bool(value) => self.text(name, &value.to_string()),
            Value::Number(number) => self.text(name, &number.to_string()),
            Value::String(text) => self.text(name, text),
            Value::Array(items) if self.style.lists == Lists::Flat => {
                let entry = names::singular(self.style.operation, name);
                items.iter().for_each(|item| self.field(entry, item));
            }
            Value::Array(items) => {
                let entry = if self.style.lists == Lists::Items { "item" } else { "member" };
                self.inside(name, |page| items.iter().for_each(|item| page.field(entry, item)));
            }
            Value::Object(_) if !is_map(name) => self.inside(name, |page| page.fields(value)),
            Value::Object(entries) if self.style.lists == Lists::Flat => {
                let [entry, key, item] = flat_entry(name);
                for (name, value) in entries {
                    self.entry([entry, key, item], name, value);
                }
            }
            Value::Object(entries) => self.inside(name, |page| {
                for (name, value) in entries {
                    page.entry(["entry", "key", "value"], name, value);
                }
            }),
        }
    }

    fn entry(&mut self, [entry, key, item]: [&str; 3], name: &str, value: &Value) {
        self.inside(entry, |page| {
            page.text(key, name);
            page.field(item, value);
        });
    }
}

/// Whether the field is a map and not a structure.
fn is_map(name: &str) -> bool {
    ["Attributes", "MessageAttributes", "Tags"].contains(&name)
}

/// The names of a flat entry, of its key and of its value.
fn flat_entry(field: &str) -> [&str; 3] {
    match field {
        "Tags" => ["Tag", "Key", "Value"],
        "MessageAttributes" => ["MessageAttribute", "Name", "Value"],
        _ => ["Attribute", "Name", "Value"],
    }
}

/// A text with what XML gives a meaning to escaped, so that a reader gets it back: line ends too, which readers would make
/// one. Characters that XML cannot hold become the replacement character.
fn escaped(text: &str) -> String {
    let fits = |c: char| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{fffd}' | '\u{10000}'..);
    let text: Cow<str> = match text.chars().all(fits) {
        true => text.into(),
        false => text.chars().map(|c| if fits(c) { c } else { char::REPLACEMENT_CHARACTER }).collect(),
    };
    escape(text).replace('\r', "&#13;")
}

#[cfg(test)]
mod tests {
    use quick_xml::Reader;
    use serde_json::json;

    use super::*;

    fn style(lists: Lists, operation: &str) -> Style<'_> {
        Style { namespace: "http://example.com/", operation, lists }
    }

    fn written(lists: Lists, operation: &str, output: &Value) -> String {
        let text = String::from_utf8(answer(&style(lists, operation), output, "id")).unwrap();
        let begin = format!("<{operation}Response xmlns=\"http://example.com/\">");
        let end =
            format!("<ResponseMetadata><RequestId>id</RequestId></ResponseMetadata></{operation}Response>");
        text.strip_prefix(&begin).and_then(|rest| rest.strip_suffix(&end)).expect(&text).to_string()
    }

    #[test]
    fn lists_and_maps_have_an_element_around_them() {
        for (operation, output, xml) in [
            ("DeleteTopic", json!(null), ""),
            ("TagResource", json!({}), "<TagResourceResult></TagResourceResult>"),
            (
                "ListTopics",
                json!({"Topics": [{"TopicArn": "a"}], "NextToken": null}),
                "<ListTopicsResult><Topics><member><TopicArn>a</TopicArn></member></Topics></ListTopicsResult>",
            ),
            (
                "GetTopicAttributes",
                json!({"Attributes": {"Owner": "1"}}),
                "<GetTopicAttributesResult><Attributes><entry><key>Owner</key><value>1</value></entry></Attributes>\
                 </GetTopicAttributesResult>",
            ),
        ] {
            assert_eq!(written(Lists::Members, operation, &output), xml);
        }
    }

    #[test]
    fn sqs_writes_lists_and_maps_flat() {
        for (operation, output, xml) in [
            (
                "ListQueues",
                json!({"QueueUrls": ["u", "v"]}),
                "<ListQueuesResult><QueueUrl>u</QueueUrl><QueueUrl>v</QueueUrl></ListQueuesResult>",
            ),
            (
                "ReceiveMessage",
                json!({"Messages": [{"Body": "b", "Attributes": {"SenderId": "s"},
                    "MessageAttributes": {"n": {"DataType": "Number", "StringValue": "1"}}}]}),
                "<ReceiveMessageResult><Message><Body>b</Body><Attribute><Name>SenderId</Name><Value>s</Value>\
                 </Attribute><MessageAttribute><Name>n</Name><Value><DataType>Number</DataType>\
                 <StringValue>1</StringValue></Value></MessageAttribute></Message></ReceiveMessageResult>",
            ),
            (
                "DeleteMessageBatch",
                json!({"Successful": [{"Id": "a"}], "Failed": [{"Id": "b", "SenderFault": true}]}),
                "<DeleteMessageBatchResult><DeleteMessageBatchResultEntry><Id>a</Id></DeleteMessageBatchResultEntry>\
                 <BatchResultErrorEntry><Id>b</Id><SenderFault>true</SenderFault></BatchResultErrorEntry>\
                 </DeleteMessageBatchResult>",
            ),
        ] {
            assert_eq!(written(Lists::Flat, operation, &output), xml);
        }
    }

    #[test]
    fn texts_come_back_as_they_were() {
        for text in ["<a>&\"'</a>", "a\r\nb\rc\n\td", "  spaces  ", "é 🍌", "]]>"] {
            let xml = format!("<a>{}</a>", escaped(text));
            let mut reader = Reader::from_str(&xml);
            let mut read = String::new();
            loop {
                match reader.read_event().unwrap() {
                    Event::Text(part) => read.push_str(&part.xml10_content()),
                    Event::GeneralRef(name) => match name.resolve_char_ref().unwrap() {
                        Some(c) => read.push(c),
                        None => read.push_str(quick_xml::escape::resolve_predefined_entity(&name).unwrap()),
                    },
                    Event::Eof => break,
                    _ => {}
                }
            }
            assert_eq!(read, text, "{xml}");
        }
        assert_eq!(escaped("a\u{0}b\u{ffff}"), "a\u{fffd}b\u{fffd}");
    }

    #[test]
    fn errors_say_whose_fault_they_are() {
        let fault = Fault::new("NotFoundException", "Topic does not exist");
        let text = error(&style(Lists::Members, "Publish"), "NotFound", &fault, "id");
        let expected = "<ErrorResponse xmlns=\"http://example.com/\"><Error><Type>Sender</Type>\
            <Code>NotFound</Code><Message>Topic does not exist</Message></Error><RequestId>id</RequestId></ErrorResponse>";
        assert_eq!(String::from_utf8(text).unwrap(), expected);
    }

    #[test]
    fn ec2_calls_entries_items_and_puts_nothing_around_an_answer() {
        let style = style(Lists::Items, "RunInstances");
        let begin = "xmlns=\"http://example.com/\">";
        let text = |xml: Vec<u8>| String::from_utf8(xml).unwrap();
        let output = json!({"instancesSet": [{"instanceId": "i-1"}]});
        let expected = format!(
            "<RunInstancesResponse {begin}<requestId>id</requestId><instancesSet><item><instanceId>i-1</instanceId>\
             </item></instancesSet></RunInstancesResponse>"
        );
        assert_eq!(text(answer(&style, &output, "id")), expected);
        let fault = Fault::new("MissingParameter", "no MinCount");
        let expected = format!(
            "<Response {begin}<Errors><Error><Code>MissingParameter</Code><Message>no MinCount</Message></Error></Errors>\
             <RequestID>id</RequestID></Response>"
        );
        assert_eq!(text(error(&style, "MissingParameter", &fault, "id")), expected);
    }
}

//! Names that SQS has in the Query protocol and nowhere else: lists and maps are flat there, under a name in the singular.

/// What a flat name stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// `AttributeName.1=…`.
    List,
    /// `Attribute.1.Name=…&Attribute.1.Value=…`.
    Map,
}

/// The name in the Query protocol, the name of the field, and what it is.
const FLAT: [(&str, &str, Shape); 11] = [
    ("Attribute", "Attributes", Shape::Map),
    ("MessageAttribute", "MessageAttributes", Shape::Map),
    ("MessageSystemAttribute", "MessageSystemAttributes", Shape::Map),
    ("Tag", "tags", Shape::Map),
    ("AttributeName", "AttributeNames", Shape::List),
    ("MessageAttributeName", "MessageAttributeNames", Shape::List),
    ("MessageSystemAttributeName", "MessageSystemAttributeNames", Shape::List),
    ("TagKey", "TagKeys", Shape::List),
    ("SendMessageBatchRequestEntry", "Entries", Shape::List),
    ("DeleteMessageBatchRequestEntry", "Entries", Shape::List),
    ("ChangeMessageVisibilityBatchRequestEntry", "Entries", Shape::List),
];

/// The field that a flat name of a request stands for.
pub fn flat(name: &str) -> Option<(&'static str, Shape)> {
    FLAT.iter().find(|(query, _, _)| *query == name).map(|(_, field, shape)| (*field, *shape))
}

/// The name of one entry of a list or map in an answer of SQS.
pub fn singular<'a>(operation: &str, field: &'a str) -> &'a str {
    match (operation, field) {
        ("SendMessageBatch", "Successful") => "SendMessageBatchResultEntry",
        ("DeleteMessageBatch", "Successful") => "DeleteMessageBatchResultEntry",
        ("ChangeMessageVisibilityBatch", "Successful") => "ChangeMessageVisibilityBatchResultEntry",
        (_, "Failed") => "BatchResultErrorEntry",
        _ => field.strip_suffix('s').unwrap_or(field),
    }
}

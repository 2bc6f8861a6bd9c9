//! Attributes of messages, which SNS and SQS have alike, and their digest.

use std::collections::BTreeMap;

use base64::{Engine, engine::general_purpose::STANDARD};
use md5::{Digest, Md5};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

use super::{dialect::Service, fault::Fault};

/// The value of an attribute.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct MessageAttributeValue {
    /// `String`, `Number` or `Binary`, with a point and more behind it if the sender likes; of SNS also `String.Array`.
    pub data_type: String,
    /// The value of a String or Number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub string_value: Option<String>,
    /// The value of a Binary.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub binary_value: Option<Blob>,
}

/// Bytes, on the wire as Base64.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Blob(pub Vec<u8>);

impl Serialize for Blob {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&STANDARD.encode(&self.0))
    }
}

impl<'de> Deserialize<'de> for Blob {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        STANDARD.decode(text).map(Self).map_err(|error| D::Error::custom(format!("no Base64: {error}")))
    }
}

/// What an attribute is, without what the sender added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Text(&'static str),
    Binary,
}

impl MessageAttributeValue {
    fn kind(&self) -> Option<Kind> {
        match self.data_type.split('.').next() {
            Some("String") => Some(Kind::Text("String")),
            Some("Number") => Some(Kind::Text("Number")),
            Some("Binary") => Some(Kind::Binary),
            _ => None,
        }
    }
}

/// Checks names, types and values of attributes.
///
/// # Errors
///
/// In the words of the service.
pub fn check(attributes: &BTreeMap<String, MessageAttributeValue>, service: Service) -> Result<(), Fault> {
    let fault = |message| Err(Fault::new("InvalidParameterValueException", message));
    for (name, value) in attributes {
        if let Some(message) = name_fault(name) {
            return fault(message);
        }
        let text = value.string_value.as_deref().is_some_and(|text| !text.is_empty());
        let bytes = value.binary_value.as_ref().is_some_and(|bytes| !bytes.0.is_empty());
        let is_sns = service == Service::Sns;
        match (value.kind(), text, bytes) {
            (None, _, _) => {
                return fault(format!(
                    "The message attribute '{name}' has an invalid message attribute type, the set of supported type \
                     prefixes is Binary, Number, and String."
                ));
            }
            (Some(Kind::Text(kind)), false, true) if is_sns => {
                return fault(format!(
                    "The message attribute '{name}' with type '{kind}' must use field 'String'."
                ));
            }
            (Some(Kind::Binary), true, false) if is_sns => {
                return fault(format!(
                    "The message attribute '{name}' with type 'Binary' must use field 'Binary'."
                ));
            }
            (Some(Kind::Text(_)), false, _) | (Some(Kind::Binary), _, false) => {
                return fault(empty(name, &value.data_type, is_sns));
            }
            _ => {}
        }
    }
    Ok(())
}

fn empty(name: &str, data_type: &str, is_sns: bool) -> String {
    if is_sns {
        return format!(
            "The message attribute '{name}' must contain non-empty message attribute value for message attribute type \
             '{data_type}'."
        );
    }
    format!("Message (user) attribute '{name}' must contain a non-empty value of type '{data_type}'.")
}

/// What is wrong with the name of an attribute.
fn name_fault(name: &str) -> Option<String> {
    if name.len() > 256 {
        return Some("Length of message attribute name must be less than 256 bytes.".into());
    }
    let allowed = |c: &char| c.is_ascii_alphanumeric() || ['-', '_', '.'].contains(c);
    if let Some(other) = name.chars().find(|c| !allowed(c)) {
        return Some(format!(
            "Invalid non-alphanumeric character '#x{:X}' was found in the message attribute name. Can only include \
             alphanumeric characters, hyphens, underscores, or dots.",
            u32::from(other)
        ));
    }
    if name.starts_with('.') {
        return Some("Invalid message attribute name starting with character '.' was found.".into());
    }
    if name.ends_with('.') {
        return Some("Invalid message attribute name ending with character '.' was found.".into());
    }
    name.contains("..").then(|| "Message attribute name can not have successive '.' character.".into())
}

/// The digest of a body, `MD5OfMessageBody`: hexadecimal digits.
pub fn md5(body: &str) -> String {
    hex(&Md5::digest(body))
}

/// The digest of attributes, `MD5OfMessageAttributes`; `None` when there are none. They count in the order of their names:
/// name, type, a byte that tells texts from bytes, and value, each but the byte behind its length.
pub fn attributes_md5(attributes: &BTreeMap<String, MessageAttributeValue>) -> Option<String> {
    let mut digest = Md5::new();
    let mut put = |bytes: &[u8], mark: Option<u8>| {
        digest.update(mark.as_slice());
        digest.update(u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_be_bytes());
        digest.update(bytes);
    };
    for (name, value) in attributes {
        put(name.as_bytes(), None);
        put(value.data_type.as_bytes(), None);
        match (&value.string_value, &value.binary_value) {
            (Some(text), _) => put(text.as_bytes(), Some(1)),
            (None, bytes) => put(bytes.as_ref().map_or(&[], |bytes| &bytes.0), Some(2)),
        }
    }
    (!attributes.is_empty()).then(|| hex(&digest.finalize()))
}

/// Bytes in hexadecimal digits, as AWS writes them: in lower case.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(value: &str) -> MessageAttributeValue {
        MessageAttributeValue {
            data_type: "Number".into(),
            string_value: Some(value.into()),
            binary_value: None,
        }
    }

    /// What AWS answered for these attributes, as moto's tests have it.
    #[test]
    fn attributes_have_the_digests_of_aws() {
        for (name, value, digest) in [
            ("timestamp", "1493147359900", "235c5c510d26fb653d073faed50ae77c"),
            ("timestamp", "1493147359901", "994258b45346a2cc3f9cbb611aa7af30"),
            ("SOME_Valid.attribute-Name", "1493147359900", "36655e7e9d7c0e8479fa3f3f42247ae7"),
        ] {
            let attributes = BTreeMap::from([(name.to_string(), number(value))]);
            assert_eq!(attributes_md5(&attributes).as_deref(), Some(digest));
        }
        assert_eq!(attributes_md5(&BTreeMap::new()), None);
    }

    /// RFC 1321.
    #[test]
    fn bodies_have_the_digests_of_the_standard() {
        assert_eq!(md5(""), "d41d8cd98f00b204e9800998ecf8427e");
        assert_eq!(md5("message digest"), "f96b697d7cb7938d525a2f31aaf161d0");
    }

    /// The texts are those recorded of SNS and SQS.
    #[test]
    fn bad_attributes_are_refused_in_the_words_of_the_service() {
        let value = |data_type: &str, text: Option<&str>, bytes: Option<&[u8]>| MessageAttributeValue {
            data_type: data_type.into(),
            string_value: text.map(str::to_string),
            binary_value: bytes.map(|bytes| Blob(bytes.into())),
        };
        for (name, value, begin) in [
            (
                "attr1",
                value("String", None, None),
                "The message attribute 'attr1' must contain non-empty message attribute value for message attribute type 'String'.",
            ),
            (
                "attr1",
                value("Number", None, Some(b"1")),
                "The message attribute 'attr1' with type 'Number' must use field 'String'.",
            ),
            (
                "attr1",
                value("Binary", Some("x"), None),
                "The message attribute 'attr1' with type 'Binary' must use field 'Binary'.",
            ),
            (
                "attr1",
                value("Text", Some("x"), None),
                "The message attribute 'attr1' has an invalid message attribute type",
            ),
            ("a^", value("String", Some("x"), None), "Invalid non-alphanumeric character '#x5E' was found"),
            (
                ".a",
                value("String", Some("x"), None),
                "Invalid message attribute name starting with character '.'",
            ),
            ("a..b", value("String", Some("x"), None), "Message attribute name can not have successive '.'"),
        ] {
            let attributes = BTreeMap::from([(name.to_string(), value)]);
            let message = check(&attributes, Service::Sns).unwrap_err().message;
            assert!(message.starts_with(begin), "{message}");
        }
        let attributes = BTreeMap::from([("ErrorDetails".to_string(), value("String", Some(""), None))]);
        let message =
            "Message (user) attribute 'ErrorDetails' must contain a non-empty value of type 'String'.";
        assert_eq!(check(&attributes, Service::Sqs).unwrap_err().message, message);
    }
}

//! What SNS puts around a message (S9.15), as far as a simulation knows it. The envelope that is signed and sent is that of
//! `wire`: of it a run could only invent the half, and `wire` may not know what Run Command says.

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::{Protocol, message};

/// A notification as its subscriber receives it, unless it is delivered raw.
#[derive(Clone, Copy, Debug)]
pub struct Envelope<'a> {
    /// `MessageId`: the same at every retry (S9.17).
    pub message_id: &'a str,
    /// `TopicArn`.
    pub topic_arn: &'a str,
    /// `Message`.
    pub message: &'a str,
    /// `Timestamp`: when it was published.
    pub timestamp: Timestamp,
}

impl Envelope<'_> {
    /// The envelope as JSON, the fields in the order of the guide. There is no `Subject`, for Run Command gives none. What
    /// only SNS can make is left out: `SignatureVersion`, `Signature`, `SigningCertURL` and `UnsubscribeURL`.
    pub fn json(&self) -> String {
        let mut fields = Map::new();
        let mut put = |name: &str, value: &str| fields.insert(name.into(), Value::from(value));
        put("Type", "Notification");
        put("MessageId", self.message_id);
        put("TopicArn", self.topic_arn);
        put("Message", self.message);
        put("Timestamp", &exact(self.timestamp));
        Value::Object(fields).to_string()
    }

    /// What arrives over a protocol: the message alone where it is delivered raw (S9.19) and in an e-mail for people.
    pub fn body(&self, protocol: Protocol, raw: bool) -> String {
        if raw || protocol == Protocol::Email { self.message.into() } else { self.json() }
    }
}

/// A time with exactly three digits behind the point, as envelopes have it.
fn exact(instant: Timestamp) -> String {
    let text = message::time(instant);
    let (whole, fraction) =
        text.trim_end_matches('Z').split_once('.').unwrap_or((text.trim_end_matches('Z'), ""));
    format!("{whole}.{fraction:0<3}Z")
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENVELOPE: Envelope<'_> = Envelope {
        message_id: "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324",
        topic_arn: "arn:aws:sns:us-west-2:123456789012:MyTopic",
        message: r#"{"status":"Success"}"#,
        timestamp: Timestamp::UNIX_EPOCH,
    };

    /// The fields of S9.15 that are not a signature's, and the order of the guide's sample.
    #[test]
    fn the_message_is_a_text_within_the_envelope() {
        let json = ENVELOPE.json();
        let read: Value = serde_json::from_str(&json).unwrap();
        let names: Vec<_> = read.as_object().unwrap().keys().collect();
        assert_eq!(names, ["Type", "MessageId", "TopicArn", "Message", "Timestamp"]);
        assert_eq!(read["Message"], ENVELOPE.message);
        assert_eq!(read["Timestamp"], "1970-01-01T00:00:00.000Z");
        let later = "2012-05-02T00:54:06.65Z".parse().unwrap();
        assert!(Envelope { timestamp: later, ..ENVELOPE }.json().contains("2012-05-02T00:54:06.650Z"));
    }

    #[test]
    fn protocols_decide_what_arrives() {
        assert_eq!(ENVELOPE.body(Protocol::Sqs, false), ENVELOPE.json());
        assert_eq!(ENVELOPE.body(Protocol::Https, true), ENVELOPE.message);
        assert_eq!(ENVELOPE.body(Protocol::EmailJson, false), ENVELOPE.json());
        assert_eq!(ENVELOPE.body(Protocol::Email, false), ENVELOPE.message);
    }
}

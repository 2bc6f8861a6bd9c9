//! Messages are published, by callers and by the other services.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Sns, delivery::Post, no_such_topic};
use crate::{
    base::json::parse_last,
    events::pattern::{Attribute, FilterPolicy},
    service::Moment,
    sns::Protocol,
    wire::{
        attribute::MessageAttributeValue,
        fault::Fault,
        sns::{
            envelope::EnvelopeAttribute,
            invalid,
            publish::{
                PublishBatchInput, PublishBatchResponse, PublishBatchResultEntry, PublishInput,
                PublishResponse,
            },
        },
    },
};

/// The most bytes of a message with its attributes, and of a batch: 256 KiB.
pub const MOST_BYTES: usize = 262_144;
/// The most attributes of a raw message for a queue; one with more is lost.
const MOST_RAW_ATTRIBUTES: usize = 10;

/// What is published.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Publication {
    /// What is said.
    pub message: String,
    /// The subject of mail.
    pub subject: Option<String>,
    /// Attributes by name.
    pub attributes: BTreeMap<String, MessageAttributeValue>,
    /// `json` when the message has a text for each protocol.
    pub structure: Option<String>,
    /// For FIFO topics; a standard one refuses it.
    pub deduplication_id: Option<String>,
}

/// What was published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Published {
    /// A UUID, which every delivery of the message has (S9.17).
    pub message_id: String,
}

/// The texts of a message.
enum Texts<'a> {
    One(&'a str),
    /// A text for each protocol, and one for all others.
    Many(BTreeMap<String, String>, String),
}

impl Texts<'_> {
    fn of(&self, protocol: Protocol) -> &str {
        match self {
            Self::One(text) => text,
            Self::Many(texts, usual) => texts.get(protocol.name()).unwrap_or(usual),
        }
    }
}

impl Sns {
    /// Publishes a message to a topic: every confirmed subscription whose filter policy lets it through gets it.
    ///
    /// # Errors
    ///
    /// `NotFoundException` without the topic, `InvalidParameterException` for a message that SNS does not take.
    pub fn publish(
        &mut self,
        topic_arn: &str,
        publication: &Publication,
        moment: &mut Moment<'_>,
    ) -> Result<Published, Fault> {
        let texts = self.check(publication)?;
        let topic = self.topics.get(topic_arn).ok_or_else(no_such_topic)?;
        let published = Published { message_id: moment.ids.uuid() };
        let attributes: Vec<_> = publication.attributes.iter().map(filtered).collect();
        for subscription in topic.subscriptions.iter().filter(|subscription| subscription.is_confirmed) {
            let message = texts.of(subscription.protocol);
            let passes = |filter: &FilterPolicy| filter.matches(message, &attributes);
            let is_lost = subscription.protocol == Protocol::Sqs
                && subscription.is_raw()
                && attributes.len() > MOST_RAW_ATTRIBUTES;
            if is_lost || !subscription.filter.as_ref().is_none_or(passes) {
                continue;
            }
            let post = Post {
                message_id: &published.message_id,
                subject: publication.subject.as_deref(),
                message,
                attributes: &publication.attributes,
                queues_are_outside: self.queues_are_outside,
            };
            self.desk.notify(topic, subscription, &post, moment);
        }
        Ok(published)
    }

    pub(super) fn publish_request(
        &mut self,
        request: &PublishInput,
        moment: &mut Moment<'_>,
    ) -> Result<PublishResponse, Fault> {
        let publication = Publication {
            message: request.message.clone(),
            subject: request.subject.clone(),
            attributes: request.message_attributes.clone(),
            structure: request.message_structure.clone(),
            deduplication_id: request.message_deduplication_id.clone(),
        };
        let (name, arn) = match (&request.topic_arn, &request.target_arn, &request.phone_number) {
            (Some(arn), _, _) => ("TopicArn", arn),
            (None, Some(arn), _) if arn.contains(":endpoint/") => {
                return Err(invalid("TargetArn Reason: No endpoint found for the target arn specified"));
            }
            (None, Some(arn), _) => ("TargetArn", arn),
            (None, None, Some(_)) => {
                return Err(invalid(
                    "PhoneNumber Reason: text messages to telephones are not supported here",
                ));
            }
            (None, None, None) => {
                return Err(invalid("TopicArn or TargetArn Reason: no value for required parameter"));
            }
        };
        self.check_place(name, arn)?;
        let published = self.publish(arn, &publication, moment)?;
        Ok(PublishResponse { message_id: published.message_id, sequence_number: None })
    }

    /// Publishes a batch, or nothing of it.
    pub(super) fn publish_batch(
        &mut self,
        request: &PublishBatchInput,
        moment: &mut Moment<'_>,
    ) -> Result<PublishBatchResponse, Fault> {
        self.topic("TopicArn", &request.topic_arn)?;
        let entries = request.publish_batch_request_entries.iter().map(|entry| {
            let publication = Publication {
                message: entry.message.clone(),
                subject: entry.subject.clone(),
                attributes: entry.message_attributes.clone(),
                structure: entry.message_structure.clone(),
                deduplication_id: entry.message_deduplication_id.clone(),
            };
            (entry.id.clone(), publication)
        });
        let entries: Vec<_> = entries.collect();
        if entries.iter().map(|(_, publication)| publication.size()).sum::<usize>() > MOST_BYTES {
            let message = "The length of all the messages put together is more than the limit.";
            return Err(Fault::new("BatchRequestTooLongException", message));
        }
        for (_, publication) in &entries {
            self.check(publication)?;
        }
        let mut response = PublishBatchResponse::default();
        for (id, publication) in entries {
            let Published { message_id } = self.publish(&request.topic_arn, &publication, moment)?;
            response.successful.push(PublishBatchResultEntry { id, message_id, sequence_number: None });
        }
        Ok(response)
    }

    fn check<'a>(&self, publication: &'a Publication) -> Result<Texts<'a>, Fault> {
        if publication.message.is_empty() {
            return Err(invalid("Empty message"));
        }
        if publication.subject.as_deref().is_some_and(|subject| !is_subject(subject)) {
            let is_long = publication.subject.as_deref().is_some_and(|subject| subject.chars().count() > 100);
            return Err(match self.lenient && is_long {
                true => Fault::new("InvalidParameterException", "Subject must be less than 100 characters"),
                false => invalid("Subject"),
            });
        }
        if publication.size() > MOST_BYTES {
            return Err(invalid("Message too long"));
        }
        if publication.deduplication_id.is_some() {
            return Err(invalid(
                "MessageDeduplicationId Reason: The request includes MessageDeduplicationId parameter that is not valid \
                 for this topic type",
            ));
        }
        for (name, value) in &publication.attributes {
            let number =
                value.string_value.as_deref().filter(|_| value.data_type.split('.').next() == Some("Number"));
            if number.is_some_and(|number| !number.parse().is_ok_and(f64::is_finite)) {
                let message = format!("Could not cast message attribute '{name}' value to number.");
                return Err(Fault::new("InvalidParameterValueException", message));
            }
        }
        match publication.structure.as_deref() {
            None | Some("") => Ok(Texts::One(&publication.message)),
            Some("json") => texts(&publication.message),
            Some(_) => Err(invalid("MessageStructure Reason: it is `json` or not given")),
        }
    }
}

impl Publication {
    /// What counts against the size of a message: text, and names, types and values of attributes.
    fn size(&self) -> usize {
        let bytes = |(name, value): (&String, &MessageAttributeValue)| {
            let text = value.string_value.as_ref().map_or(0, String::len);
            let binary = value.binary_value.as_ref().map_or(0, |bytes| bytes.0.len());
            name.len() + value.data_type.len() + text + binary
        };
        self.message.len() + self.attributes.iter().map(bytes).sum::<usize>()
    }
}

/// The texts in a message with a structure. What is no text counts as not given.
fn texts(message: &str) -> Result<Texts<'static>, Fault> {
    let Ok((Value::Object(fields), _)) = parse_last(message) else {
        return Err(invalid("Message Structure - JSON message body failed to parse"));
    };
    let texts = fields.into_iter().filter_map(|(name, value)| match value {
        Value::String(text) => Some((name, text)),
        _ => None,
    });
    let mut texts: BTreeMap<_, _> = texts.collect();
    match texts.remove("default") {
        Some(usual) => Ok(Texts::Many(texts, usual)),
        None => Err(invalid("Message Structure - No default entry in JSON message body")),
    }
}

/// A subject is 1 to 100 characters on one line, and begins with neither a space nor a control character.
fn is_subject(subject: &str) -> bool {
    let is_plain = |c: char| !c.is_control();
    (1..=100).contains(&subject.chars().count())
        && subject.chars().all(is_plain)
        && !subject.starts_with(char::is_whitespace)
}

fn filtered((name, value): (&String, &MessageAttributeValue)) -> Attribute {
    let EnvelopeAttribute { kind, value } = value.into();
    Attribute { name: name.clone(), data_type: kind, value }
}

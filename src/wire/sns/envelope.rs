//! What a subscriber gets: the envelope around a message, and the headers of its delivery over HTTP (section 9.3). It is of every
//! type, and signed; a simulated delivery has the fields that a run knows, and is made in `sns`, for reports may not import
//! `wire`.

use std::collections::BTreeMap;

use base64::{Engine, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize};

use crate::wire::attribute::MessageAttributeValue;

/// The type of an envelope around a published message.
pub const NOTIFICATION: &str = "Notification";
/// The type of the one that asks a subscriber for its consent (section 9.3).
pub const SUBSCRIPTION_CONFIRMATION: &str = "SubscriptionConfirmation";
/// The type of the one that tells of an unsubscription, and how to undo it.
pub const UNSUBSCRIBE_CONFIRMATION: &str = "UnsubscribeConfirmation";

/// An envelope (section 9.3), its fields in the order in which SNS writes them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Envelope {
    /// [`NOTIFICATION`], [`SUBSCRIPTION_CONFIRMATION`] or [`UNSUBSCRIBE_CONFIRMATION`].
    #[serde(rename = "Type")]
    pub kind: String,
    /// The same on every retry (S9.17).
    pub message_id: String,
    /// Of a confirmation: what `ConfirmSubscription` takes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    /// The topic.
    pub topic_arn: String,
    /// The subject, if it was published with one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// What was published, or what a confirmation is about.
    pub message: String,
    /// Of a confirmation: the URL to visit.
    #[serde(rename = "SubscribeURL", skip_serializing_if = "Option::is_none")]
    pub subscribe_url: Option<String>,
    /// When it was published: ISO 8601 with three digits of a fraction.
    pub timestamp: String,
    /// `1` or `2`.
    pub signature_version: String,
    /// The signature in Base64; empty before it is signed.
    pub signature: String,
    /// Where the signer's certificate is.
    #[serde(rename = "SigningCertURL")]
    pub signing_cert_url: String,
    /// Of a notification: the URL that ends the subscription.
    #[serde(rename = "UnsubscribeURL", skip_serializing_if = "Option::is_none")]
    pub unsubscribe_url: Option<String>,
    /// Of a notification: the attributes, if it was published with some. They are not signed.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub message_attributes: BTreeMap<String, EnvelopeAttribute>,
}

/// An attribute in an envelope.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct EnvelopeAttribute {
    /// `String`, `Number`, `Binary` and so on.
    #[serde(rename = "Type")]
    pub kind: String,
    /// The value; of a Binary in Base64.
    pub value: String,
}

impl From<&MessageAttributeValue> for EnvelopeAttribute {
    fn from(attribute: &MessageAttributeValue) -> Self {
        let bytes = || attribute.binary_value.as_ref().map(|bytes| STANDARD.encode(&bytes.0));
        let value = attribute.string_value.clone().or_else(bytes).unwrap_or_default();
        Self { kind: attribute.data_type.clone(), value }
    }
}

impl Envelope {
    /// The headers of its delivery over HTTP (section 9.3). `subscription_arn` is `None` before the confirmation.
    pub fn http_headers(&self, subscription_arn: Option<&str>, raw: bool) -> Vec<(&'static str, String)> {
        let mut headers = vec![
            ("x-amz-sns-message-type", self.kind.clone()),
            ("x-amz-sns-message-id", self.message_id.clone()),
            ("x-amz-sns-topic-arn", self.topic_arn.clone()),
        ];
        headers.extend(subscription_arn.map(|arn| ("x-amz-sns-subscription-arn", arn.into())));
        if raw {
            headers.push(("x-amz-sns-rawdelivery", "true".into()));
        }
        headers.push(("Content-Type", "text/plain; charset=UTF-8".into()));
        headers.push(("User-Agent", "Amazon Simple Notification Service Agent".into()));
        headers
    }
}

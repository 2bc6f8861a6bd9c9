//! A queue outside: `SendMessage` in AWS JSON 1.0, signed with keys that were given for it.

use std::{collections::BTreeMap, str::FromStr};

use base64::{Engine, engine::general_purpose::STANDARD};
use http_body_util::Full;
use hyper::{Method, Request, body::Bytes};
use jiff::Timestamp;

use sha2::{Digest, Sha256};

use super::{
    api::{ApiEndpoint, Draft},
    outcome::Failure,
    signer::is_raw,
};
use crate::{
    service::Outgoing,
    wire::{
        attribute::{Blob, MessageAttributeValue},
        sign::Keys,
        sns::envelope::EnvelopeAttribute,
        sqs::message::SendMessageRequest,
    },
};

const CONTENT_TYPE: &str = "application/x-amz-json-1.0";
const TARGET: &str = "AmazonSQS.SendMessage";

/// An SQS outside.
#[derive(Clone, Debug)]
pub struct QueueEndpoint(ApiEndpoint);

impl FromStr for QueueEndpoint {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        text.parse().map(Self)
    }
}

impl QueueEndpoint {
    /// The same endpoint with keys that it knows; most emulators take any.
    pub fn with_keys(self, keys: Keys) -> Self {
        Self(self.0.with_keys(keys))
    }

    /// The request that sends a message to the queue with this ARN, made and signed now.
    ///
    /// # Errors
    ///
    /// [`Failure::Never`] when the endpoint is no queue.
    pub fn request(
        &self,
        outgoing: &Outgoing,
        body: &str,
        now: Timestamp,
    ) -> Result<Request<Full<Bytes>>, Failure> {
        let parts: Vec<_> = outgoing.endpoint.split(':').collect();
        let ["arn", _, "sqs", region, account, name] = parts[..] else {
            return Err(Failure::Never(format!("`{}` is no ARN of a queue", outgoing.endpoint)));
        };
        let request = SendMessageRequest {
            queue_url: format!("{}/{account}/{name}", self.0.origin()),
            message_body: body.into(),
            message_attributes: attributes(outgoing),
            ..SendMessageRequest::default()
        };
        let body = serde_json::to_vec(&request).map_err(|error| Failure::Never(error.to_string()))?;
        let draft = Draft {
            service: "sqs",
            region,
            method: Method::POST,
            path: "/",
            headers: &[("content-type", CONTENT_TYPE), ("x-amz-target", TARGET)],
            digest: &Sha256::digest(&body),
            body: body.into(),
        };
        self.0.request(draft, now)
    }
}

/// Without the envelope the attributes go as those of the queue's message.
fn attributes(outgoing: &Outgoing) -> BTreeMap<String, MessageAttributeValue> {
    if !is_raw(outgoing) {
        return BTreeMap::new();
    }
    let attributes = outgoing.envelope.message_attributes.iter();
    attributes.map(|(name, attribute)| (name.clone(), value(attribute))).collect()
}

fn value(attribute: &EnvelopeAttribute) -> MessageAttributeValue {
    let data_type = attribute.kind.clone();
    match STANDARD.decode(&attribute.value) {
        Ok(bytes) if data_type.starts_with("Binary") => {
            MessageAttributeValue { data_type, binary_value: Some(Blob(bytes)), string_value: None }
        }
        _ => MessageAttributeValue {
            data_type,
            string_value: Some(attribute.value.clone()),
            binary_value: None,
        },
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt;

    use super::*;
    use crate::{
        serve::delivery::tests::outgoing,
        sns::Protocol,
        wire::{
            call::Call,
            http,
            sigv4::{Paths, Secret, verify},
            sqs,
        },
    };

    /// Our own reading side understands the call, and verifies the signature by the rules of the official vectors.
    #[test]
    fn the_call_is_read_and_its_signature_verified() {
        let endpoint: QueueEndpoint = "http://127.0.0.1:9324".parse().unwrap();
        let mut message = outgoing(1, Protocol::Sqs, "arn:aws:sqs:eu-west-1:123456789012:orders");
        message.raw = true;
        let attribute = EnvelopeAttribute { kind: "Binary".into(), value: "AAEC".into() };
        message.envelope.message_attributes.insert("bytes".into(), attribute);
        let now: Timestamp = "2026-01-01T12:30:00Z".parse().unwrap();
        for session_token in [None, Some("session token".to_string())] {
            let keys = Keys { access_key_id: "me".into(), secret: "s3cret".into(), session_token };
            let endpoint = endpoint.clone().with_keys(keys.clone());
            let (parts, body) = endpoint.request(&message, "the text", now).unwrap().into_parts();
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            let body = runtime.block_on(body.collect()).unwrap().to_bytes();
            let headers = parts.headers.iter();
            let headers: Vec<_> = headers
                .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_string()))
                .collect();
            let request = http::Request { method: "POST", target: "/", headers: &headers, body: &body };
            let secret = Secret { key: keys.secret, session_token: keys.session_token };
            let signer = verify(&request, now, Paths::Normalised, |_| Some(secret.clone())).unwrap();
            assert_eq!((signer.access_key_id.as_str(), signer.region.as_str()), ("me", "eu-west-1"));
            assert_eq!(signer.service, "sqs");
            let call = Call::read(&request).unwrap();
            let sqs::Request::SendMessage(sent) = sqs::Request::read(&call).unwrap() else { panic!() };
            assert_eq!(sent.queue_url, "http://127.0.0.1:9324/123456789012/orders");
            assert_eq!(sent.message_body, "the text");
            assert_eq!(sent.message_attributes["bytes"].binary_value, Some(Blob(vec![0, 1, 2])));
        }
    }

    #[test]
    fn what_is_no_queue_is_never_tried() {
        let endpoint: QueueEndpoint = "http://127.0.0.1:9324".parse().unwrap();
        let message = outgoing(1, Protocol::Sqs, "https://sqs.example.com/123/orders");
        assert!(matches!(endpoint.request(&message, "", Timestamp::UNIX_EPOCH), Err(Failure::Never(_))));
        for text in
            ["127.0.0.1:9324", "ftp://a.test", "http://u:p@a.test", "http://a.test/path", "http://a.test?x"]
        {
            assert!(text.parse::<QueueEndpoint>().is_err(), "{text}");
        }
    }
}

//! Messages that are due for endpoints outside.

use crate::{
    base::SimTime,
    sns::{Protocol, RetryPolicy},
    wire::sns::{envelope::Envelope, signature::SignatureVersion},
};

/// A message due for an endpoint outside.
#[derive(Clone, Debug, PartialEq)]
pub struct Outgoing {
    /// In order of creation; the same on replay.
    pub id: u64,
    /// The first attempt is not before this.
    pub due: SimTime,
    /// The subscription; `None` for a confirmation.
    pub subscription_arn: Option<String>,
    /// How it leaves; SQS only towards a real one.
    pub protocol: Protocol,
    /// URL, mail address, or ARN of a queue.
    pub endpoint: String,
    /// Whether the message leaves without its envelope.
    pub raw: bool,
    /// The envelope, not yet signed.
    pub envelope: Envelope,
    /// What it is to be signed with.
    pub signature_version: SignatureVersion,
    /// When it is tried again.
    pub retries: RetryPolicy,
    /// The most requests a second, if the subscription has a limit.
    pub max_receives_per_second: Option<u32>,
    /// The `Content-Type` that the subscription asks for.
    pub content_type: Option<String>,
    /// The ARN of its dead-letter queue.
    pub dead_letter: Option<String>,
}

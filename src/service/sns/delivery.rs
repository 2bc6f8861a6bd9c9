//! What leaves a topic: envelopes on their way to endpoints and queues.

use std::collections::BTreeMap;

use super::{policy::Rules, subscription::Subscription, topic::Topic};
use crate::{
    service::{Moment, Outgoing},
    sns::Protocol,
    wire::{
        attribute::MessageAttributeValue,
        sns::{
            envelope::{Envelope, NOTIFICATION, SUBSCRIPTION_CONFIRMATION, UNSUBSCRIBE_CONFIRMATION},
            signature::SignatureVersion,
        },
    },
};

/// A message for a queue of the service's own SQS.
#[derive(Clone, Debug, PartialEq)]
pub struct Handover {
    /// The queue; it need not be there.
    pub queue_arn: String,
    /// The subscription; `None` for a confirmation.
    pub subscription_arn: Option<String>,
    /// Whether the message arrives without its envelope.
    pub raw: bool,
    /// The envelope, not yet signed.
    pub envelope: Envelope,
    /// The attributes of the message in SQS: those it was published with, if it is raw.
    pub attributes: BTreeMap<String, MessageAttributeValue>,
    /// What it is to be signed with.
    pub signature_version: SignatureVersion,
    /// The ARN of the queue that takes it when the queue is not there (S9.27).
    pub dead_letter: Option<String>,
}

impl Handover {
    /// The body of the message in SQS, with the signature that the envelope has by now.
    pub fn body(&self) -> String {
        match self.raw {
            true => self.envelope.message.clone(),
            false => {
                serde_json::to_string(&self.envelope).expect("an envelope is a tree of names and values")
            }
        }
    }
}

/// Where messages wait to be taken.
#[derive(Debug)]
pub(super) struct Desk {
    base_url: String,
    /// How many messages for endpoints outside there were.
    sent: u64,
    pub outgoing: Vec<Outgoing>,
    pub handovers: Vec<Handover>,
}

/// What is published, as a subscription gets it.
pub(super) struct Post<'a> {
    pub message_id: &'a str,
    pub subject: Option<&'a str>,
    pub message: &'a str,
    pub attributes: &'a BTreeMap<String, MessageAttributeValue>,
    pub queues_are_outside: bool,
}

impl Desk {
    pub fn new(base_url: String) -> Self {
        Self { base_url, sent: 0, outgoing: Vec::new(), handovers: Vec::new() }
    }

    /// A notification for a confirmed subscription.
    pub fn notify(
        &mut self,
        topic: &Topic,
        subscription: &Subscription,
        post: &Post<'_>,
        moment: &Moment<'_>,
    ) {
        let arn = &subscription.arn;
        let envelope = Envelope {
            kind: NOTIFICATION.into(),
            message_id: post.message_id.into(),
            subject: post.subject.map(str::to_string),
            message: post.message.into(),
            unsubscribe_url: Some(format!("{}/?Action=Unsubscribe&SubscriptionArn={arn}", self.base_url)),
            message_attributes: post
                .attributes
                .iter()
                .map(|(name, value)| (name.clone(), value.into()))
                .collect(),
            ..envelope(topic, moment)
        };
        if subscription.protocol == Protocol::Sqs && !post.queues_are_outside {
            let raw = subscription.is_raw();
            self.handovers.push(Handover {
                subscription_arn: Some(arn.clone()),
                raw,
                attributes: if raw { post.attributes.clone() } else { BTreeMap::new() },
                ..handover(topic, subscription, envelope)
            });
            return;
        }
        let rules = Rules::of(&topic.policy, subscription);
        let outgoing = Outgoing {
            subscription_arn: Some(arn.clone()),
            raw: subscription.is_raw(),
            content_type: rules.content_type.clone(),
            dead_letter: subscription.dead_letter.clone(),
            ..outgoing(topic, subscription, envelope, &rules, moment)
        };
        self.send(outgoing);
    }

    /// Asks an endpoint for its consent (S9.18).
    pub fn ask(
        &mut self,
        topic: &Topic,
        subscription: &Subscription,
        token: String,
        moment: &mut Moment<'_>,
    ) {
        let message = format!(
            "You have chosen to subscribe to the topic {}.\nTo confirm the subscription, visit the SubscribeURL included \
             in this message.",
            topic.arn
        );
        self.request(topic, subscription, (SUBSCRIPTION_CONFIRMATION, message, token), moment);
    }

    /// Tells an endpoint that its subscription has ended.
    pub fn say_goodbye(
        &mut self,
        topic: &Topic,
        subscription: &Subscription,
        token: String,
        moment: &mut Moment<'_>,
    ) {
        let message = format!(
            "You have chosen to deactivate subscription {}.\nTo cancel this operation and restore the subscription, visit \
             the SubscribeURL included in this message.",
            subscription.arn
        );
        self.request(topic, subscription, (UNSUBSCRIBE_CONFIRMATION, message, token), moment);
    }

    fn request(
        &mut self,
        topic: &Topic,
        subscription: &Subscription,
        (kind, message, token): (&str, String, String),
        moment: &mut Moment<'_>,
    ) {
        let url =
            format!("{}/?Action=ConfirmSubscription&TopicArn={}&Token={token}", self.base_url, topic.arn);
        let envelope = Envelope {
            kind: kind.into(),
            message_id: moment.ids.uuid(),
            token: Some(token),
            message,
            subscribe_url: Some(url),
            ..envelope(topic, moment)
        };
        if subscription.protocol == Protocol::Sqs {
            self.handovers.push(handover(topic, subscription, envelope));
            return;
        }
        let rules = Rules::of(&topic.policy, subscription);
        self.send(outgoing(topic, subscription, envelope, &rules, moment));
    }

    fn send(&mut self, outgoing: Outgoing) {
        self.outgoing.push(Outgoing { id: self.sent, ..outgoing });
        self.sent += 1;
    }
}

fn envelope(topic: &Topic, moment: &Moment<'_>) -> Envelope {
    Envelope {
        topic_arn: topic.arn.clone(),
        timestamp: moment.text(),
        signature_version: topic.signature_version.name().into(),
        ..Envelope::default()
    }
}

fn handover(topic: &Topic, subscription: &Subscription, envelope: Envelope) -> Handover {
    Handover {
        queue_arn: subscription.endpoint.clone(),
        subscription_arn: None,
        raw: false,
        envelope,
        attributes: BTreeMap::new(),
        signature_version: topic.signature_version,
        dead_letter: subscription.dead_letter.clone(),
    }
}

/// A message in its envelope and with the usual type; its id comes when it is sent.
fn outgoing(
    topic: &Topic,
    subscription: &Subscription,
    envelope: Envelope,
    rules: &Rules,
    moment: &Moment<'_>,
) -> Outgoing {
    Outgoing {
        id: 0,
        due: moment.now,
        subscription_arn: None,
        protocol: subscription.protocol,
        endpoint: subscription.endpoint.clone(),
        raw: false,
        envelope,
        signature_version: topic.signature_version,
        retries: rules.retries,
        max_receives_per_second: rules.max_receives_per_second,
        content_type: None,
        dead_letter: None,
    }
}

//! SNS: standard topics, their subscriptions with the confirmation that a real one needs (S9.18), and what is published
//! (section 9). There are no FIFO topics, no text messages and no mobile endpoints.
//!
//! What a topic sends comes out in two kinds: [`Outgoing`] for endpoints outside, and [`Handover`] for queues of the
//! service's own SQS. Neither is signed yet.

mod confirmation;
mod delivery;
mod lists;
mod policy;
mod publish;
mod subscribe;
mod subscription;
mod tags;
mod topic;

use std::collections::BTreeMap;

use serde::Serialize;

pub use delivery::Handover;
pub use publish::{Publication, Published};

use self::{confirmation::Tokens, delivery::Desk, subscription::Subscription, topic::Topic};
use crate::{
    service::{Moment, Outgoing},
    wire::{
        fault::Fault,
        sns::{
            Request, check_arn, invalid,
            publish::{PublishBatchResponse, PublishResponse},
            subscription::{GetSubscriptionAttributesResponse, ListSubscriptionsResponse, SubscribeResponse},
            topic::{
                CreateTopicResponse, GetTopicAttributesResponse, ListTagsForResourceResponse,
                ListTopicsResponse,
            },
        },
        ssm::Empty,
    },
};

/// The most topics; the quota of an account is 100,000.
pub const MOST_TOPICS: usize = 10_000;
/// The most subscriptions of a topic; the quota is 12,500,000.
pub const MOST_SUBSCRIPTIONS: usize = 10_000;

/// The topics of one account in one Region.
#[derive(Debug)]
pub struct Sns {
    account: String,
    region: String,
    /// Subscriptions are confirmed at once, policies are kept as written, and a topic of another Region is missing rather
    /// than wrong: what moto's tests want, and SNS does not do.
    pub lenient: bool,
    /// Whether messages to queues leave as [`Outgoing`] too.
    pub queues_are_outside: bool,
    /// By ARN.
    topics: BTreeMap<String, Topic>,
    tokens: Tokens,
    desk: Desk,
}

/// What a call is answered with.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
#[allow(missing_docs, reason = "each is the answer of the operations that its content names")]
pub enum Answer {
    Created(CreateTopicResponse),
    Topics(ListTopicsResponse),
    TopicAttributes(GetTopicAttributesResponse),
    Tags(ListTagsForResourceResponse),
    Subscribed(SubscribeResponse),
    Subscriptions(ListSubscriptionsResponse),
    SubscriptionAttributes(GetSubscriptionAttributesResponse),
    Published(PublishResponse),
    PublishedBatch(PublishBatchResponse),
    /// The operation's result has no fields.
    Empty(Empty),
    /// The operation has no result.
    Nothing,
}

/// Who calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Caller {
    /// Somebody with credentials.
    Signed,
    /// Whoever follows a link in a message.
    Anybody,
}

impl Sns {
    /// No topics yet. The links in messages begin with `base_url`, which has no slash at its end.
    pub fn new(account: impl Into<String>, region: impl Into<String>, base_url: impl Into<String>) -> Self {
        Self {
            account: account.into(),
            region: region.into(),
            lenient: false,
            queues_are_outside: false,
            topics: BTreeMap::new(),
            tokens: Tokens::default(),
            desk: Desk::new(base_url.into()),
        }
    }

    /// Makes a topic with this ARN, whatever its account and Region, unless it is there.
    pub fn add_topic(&mut self, arn: &str) {
        self.topics.entry(arn.into()).or_insert_with(|| Topic::new(arn.into()));
    }

    /// Whether there is a topic with this ARN.
    pub fn has_topic(&self, arn: &str) -> bool {
        self.topics.contains_key(arn)
    }

    /// Whether anybody has subscribed to anything.
    pub fn has_subscriptions(&self) -> bool {
        self.topics.values().any(|topic| !topic.subscriptions.is_empty())
    }

    /// The messages for endpoints outside since this was asked last, in the order of their ids.
    pub fn take_outgoing(&mut self) -> Vec<Outgoing> {
        std::mem::take(&mut self.desk.outgoing)
    }

    /// The messages for queues since this was asked last, in the order in which they were sent.
    pub fn take_handovers(&mut self) -> Vec<Handover> {
        std::mem::take(&mut self.desk.handovers)
    }

    /// Answers a call of somebody with credentials.
    ///
    /// # Errors
    ///
    /// Those of SNS, in its words.
    pub fn call(&mut self, request: &Request, moment: &mut Moment<'_>) -> Result<Answer, Fault> {
        self.call_by(Caller::Signed, request, moment)
    }

    /// Answers a call; without credentials subscriptions are confirmed and ended and nothing else is done.
    ///
    /// # Errors
    ///
    /// Those of SNS, in its words.
    pub fn call_by(
        &mut self,
        caller: Caller,
        request: &Request,
        moment: &mut Moment<'_>,
    ) -> Result<Answer, Fault> {
        let nothing = |()| Answer::Nothing;
        let empty = |()| Answer::Empty(Empty {});
        self.forget(moment.now);
        match request {
            Request::ConfirmSubscription(request) => {
                return self.confirm(caller, request).map(Answer::Subscribed);
            }
            Request::Unsubscribe(request) => {
                return self.unsubscribe(caller, &request.subscription_arn, moment).map(nothing);
            }
            _ if caller == Caller::Anybody => {
                let message = "Request is missing Authentication Token";
                return Err(Fault::new("MissingAuthenticationToken", message));
            }
            _ => {}
        }
        match request {
            Request::CreateTopic(request) => self.create_topic(request).map(Answer::Created),
            Request::DeleteTopic(request) => self.delete_topic(&request.topic_arn).map(nothing),
            Request::ListTopics(request) => self.list_topics(request).map(Answer::Topics),
            Request::GetTopicAttributes(request) => {
                self.topic_attributes(&request.topic_arn).map(Answer::TopicAttributes)
            }
            Request::SetTopicAttributes(request) => self.set_topic_attribute(request).map(nothing),
            Request::TagResource(request) => self.tag(request).map(empty),
            Request::UntagResource(request) => self.untag(request).map(empty),
            Request::ListTagsForResource(request) => self.tags(&request.resource_arn).map(Answer::Tags),
            Request::Subscribe(request) => self.subscribe(request, moment).map(Answer::Subscribed),
            Request::ListSubscriptions(request) => {
                self.list_subscriptions(request).map(Answer::Subscriptions)
            }
            Request::ListSubscriptionsByTopic(request) => {
                self.list_subscriptions_by_topic(request).map(Answer::Subscriptions)
            }
            Request::GetSubscriptionAttributes(request) => {
                self.subscription_attributes(&request.subscription_arn).map(Answer::SubscriptionAttributes)
            }
            Request::SetSubscriptionAttributes(request) => {
                self.set_subscription_attribute(request).map(nothing)
            }
            Request::Publish(request) => self.publish_request(request, moment).map(Answer::Published),
            Request::PublishBatch(request) => self.publish_batch(request, moment).map(Answer::PublishedBatch),
            Request::ConfirmSubscription(_) | Request::Unsubscribe(_) => Ok(Answer::Nothing),
        }
    }

    /// The topic with this ARN.
    fn topic(&mut self, name: &str, arn: &str) -> Result<&mut Topic, Fault> {
        self.check_place(name, arn)?;
        self.topics.get_mut(arn).ok_or_else(no_such_topic)
    }

    /// Checks that an ARN is one of this Region, unless it is that of a topic.
    fn check_place(&self, name: &str, arn: &str) -> Result<(), Fault> {
        check_arn(name, arn)?;
        let is_here = arn.split(':').nth(3) == Some(&self.region);
        match is_here || self.lenient || self.topics.contains_key(arn) {
            true => Ok(()),
            false => Err(invalid(name)),
        }
    }

    fn subscription(&mut self, arn: &str) -> Option<&mut Subscription> {
        let (topic, _) = arn.rsplit_once(':')?;
        self.topics.get_mut(topic)?.subscriptions.iter_mut().find(|subscription| subscription.arn == arn)
    }
}

fn no_such_topic() -> Fault {
    Fault::new("NotFoundException", "Topic does not exist")
}

fn no_such_subscription() -> Fault {
    Fault::new("NotFoundException", "Subscription does not exist")
}

#[cfg(test)]
mod tests;

//! Lists of topics and subscriptions, a hundred entries a page.

use super::{Sns, no_such_topic, subscription::Subscription};
use crate::wire::{
    fault::Fault,
    page::{Paged, cut},
    sns::{
        subscription::{
            self, ListSubscriptionsByTopicInput, ListSubscriptionsInput, ListSubscriptionsResponse,
        },
        topic::{ListTopicsInput, ListTopicsResponse, Topic},
    },
};

/// The size of a page.
const PAGE: usize = 100;

impl Sns {
    pub(super) fn list_topics(&self, request: &ListTopicsInput) -> Result<ListTopicsResponse, Fault> {
        let (part, next) = cut(self.topics.keys(), |arn| arn.to_string(), request.after()?.as_deref(), PAGE);
        Ok(ListTopicsResponse {
            topics: part.into_iter().map(|arn| Topic { topic_arn: arn.clone() }).collect(),
            next_token: next.map(|key| request.token(&key)),
        })
    }

    pub(super) fn list_subscriptions(
        &self,
        request: &ListSubscriptionsInput,
    ) -> Result<ListSubscriptionsResponse, Fault> {
        self.page(request, self.topics.values().flat_map(|topic| &topic.subscriptions))
    }

    pub(super) fn list_subscriptions_by_topic(
        &self,
        request: &ListSubscriptionsByTopicInput,
    ) -> Result<ListSubscriptionsResponse, Fault> {
        self.check_place("TopicArn", &request.topic_arn)?;
        let topic = self.topics.get(&request.topic_arn).ok_or_else(no_such_topic)?;
        self.page(request, &topic.subscriptions)
    }

    fn page<'a>(
        &self,
        request: &impl Paged,
        subscriptions: impl IntoIterator<Item = &'a Subscription>,
    ) -> Result<ListSubscriptionsResponse, Fault> {
        let key = |subscription: &&Subscription| subscription.arn.clone();
        let (part, next) = cut(subscriptions, key, request.after()?.as_deref(), PAGE);
        Ok(ListSubscriptionsResponse {
            subscriptions: part.into_iter().map(|subscription| self.entry(subscription)).collect(),
            next_token: next.map(|key| request.token(&key)),
        })
    }

    fn entry(&self, listed: &Subscription) -> subscription::Subscription {
        let pending = subscription::PENDING_IN_LISTS;
        subscription::Subscription {
            subscription_arn: if listed.is_confirmed { listed.arn.clone() } else { pending.into() },
            owner: self.account.clone(),
            protocol: listed.protocol.name().into(),
            endpoint: listed.endpoint.clone(),
            topic_arn: listed.topic().into(),
        }
    }
}

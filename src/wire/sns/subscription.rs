//! Subscriptions.

use serde::{Deserialize, Serialize};

use super::Attributes;
use crate::wire::{check::Check, page::paged};

/// What stands for the ARN of a subscription that waits for its confirmation, in the answer to `Subscribe`.
pub const PENDING: &str = "pending confirmation";
/// The same in lists.
pub const PENDING_IN_LISTS: &str = "PendingConfirmation";

/// The request of `Subscribe`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct SubscribeInput {
    /// The topic.
    pub topic_arn: String,
    /// `http`, `https`, `sqs`, `lambda`, `email` and so on.
    pub protocol: String,
    /// A URL, an ARN or an address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<String>,
    /// Attributes by name.
    #[serde(default)]
    pub attributes: Attributes,
    /// Whether the answer has the ARN even before the confirmation.
    #[serde(default)]
    pub return_subscription_arn: bool,
}

/// The answer of `Subscribe` and of `ConfirmSubscription`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct SubscribeResponse {
    /// The subscription's ARN, or [`PENDING`].
    pub subscription_arn: String,
}

/// The request of `ConfirmSubscription`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ConfirmSubscriptionInput {
    /// The topic.
    pub topic_arn: String,
    /// From the message that asked for the confirmation (section 9.3).
    pub token: String,
    /// `true`: only who owns topic or subscription may unsubscribe.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authenticate_on_unsubscribe: Option<String>,
}

/// The request of `Unsubscribe`; the answer has no result.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct UnsubscribeInput {
    /// The subscription; it need not be there.
    pub subscription_arn: String,
}

/// The request of `ListSubscriptions`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListSubscriptionsInput {
    /// The token of the page before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
}

/// The request of `ListSubscriptionsByTopic`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListSubscriptionsByTopicInput {
    /// The topic.
    pub topic_arn: String,
    /// The token of the page before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
}

/// The answer of `ListSubscriptions` and of `ListSubscriptionsByTopic`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListSubscriptionsResponse {
    /// Up to 100 subscriptions.
    pub subscriptions: Vec<Subscription>,
    /// Where the list goes on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
}

/// A subscription in a list.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Subscription {
    /// Its ARN, or [`PENDING_IN_LISTS`].
    pub subscription_arn: String,
    /// The account.
    pub owner: String,
    /// `http` and so on.
    pub protocol: String,
    /// A URL, an ARN or an address.
    pub endpoint: String,
    /// The topic.
    pub topic_arn: String,
}

/// The request of `GetSubscriptionAttributes`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetSubscriptionAttributesInput {
    /// The subscription.
    pub subscription_arn: String,
}

/// The answer of `GetSubscriptionAttributes`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetSubscriptionAttributesResponse {
    /// Attributes by name.
    pub attributes: Attributes,
}

/// The request of `SetSubscriptionAttributes`; the answer has no result.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct SetSubscriptionAttributesInput {
    /// The subscription.
    pub subscription_arn: String,
    /// The attribute.
    pub attribute_name: String,
    /// Its new value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attribute_value: Option<String>,
}

paged!(ListSubscriptionsInput, "InvalidParameterException", "Invalid parameter: NextToken", next_token);
paged!(
    ListSubscriptionsByTopicInput,
    "InvalidParameterException",
    "Invalid parameter: NextToken",
    next_token
);

impl Check for SubscribeInput {}
impl Check for ConfirmSubscriptionInput {}
impl Check for UnsubscribeInput {}
impl Check for ListSubscriptionsInput {}
impl Check for ListSubscriptionsByTopicInput {}
impl Check for GetSubscriptionAttributesInput {}
impl Check for SetSubscriptionAttributesInput {}

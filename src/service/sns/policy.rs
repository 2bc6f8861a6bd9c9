//! Delivery policies of topics and subscriptions (S9.23): read, filled in, and put together.

use serde_json::{Map, Value, json};

use super::subscription::Subscription;
use crate::{
    base::json::parse_last,
    sns::{
        RetryPolicy,
        policy::{DeliveryPolicy, PolicyRemark, read_subscription_policy, read_topic_policy},
    },
};

/// The `Content-Type` of a delivery where nobody says otherwise.
const CONTENT_TYPE: &str = "text/plain; charset=UTF-8";

/// What the `DeliveryPolicy` of a topic says.
#[derive(Clone, Debug, Default)]
pub(super) struct TopicPolicy {
    said: DeliveryPolicy,
    content_type: Option<String>,
}

/// What the `DeliveryPolicy` of a subscription says.
#[derive(Clone, Debug, Default)]
pub(super) struct SubscriptionPolicy {
    said: DeliveryPolicy,
    content_type: Option<String>,
}

/// How messages of a subscription are delivered.
#[derive(Clone, Debug)]
pub(super) struct Rules {
    pub retries: RetryPolicy,
    pub max_receives_per_second: Option<u32>,
    pub content_type: Option<String>,
}

impl TopicPolicy {
    /// Reads a policy, and gives the text that SNS keeps of it. An empty text is no policy. `Err` is what follows "Invalid
    /// parameter: ".
    pub fn read(text: &str) -> Result<(Self, String), String> {
        if text.is_empty() {
            return Ok(Default::default());
        }
        let mut policy = parse(text)?;
        let (said, remarks) = read_topic_policy(&policy);
        refuse(&remarks)?;
        let content_type = text_at(&policy, "/http/defaultRequestPolicy/headerContentType");
        if let Some(http) = policy.get_mut("http").and_then(Value::as_object_mut) {
            http.retain(|_, value| !value.is_null());
            http.entry("disableSubscriptionOverrides").or_insert(false.into());
        }
        Ok((Self { said, content_type }, policy.to_string()))
    }

    /// The policy with everything that it leaves out.
    pub fn effective(&self) -> String {
        let mut http = Map::new();
        let content_type = self.content_type.as_deref().unwrap_or(CONTENT_TYPE);
        http.insert(
            "defaultHealthyRetryPolicy".into(),
            retries(&self.said.retry.unwrap_or(RetryPolicy::HTTP)),
        );
        http.insert("disableSubscriptionOverrides".into(), self.said.disable_subscription_overrides.into());
        if let Some(most) = self.said.max_receives_per_second {
            http.insert("defaultThrottlePolicy".into(), json!({ "maxReceivesPerSecond": most }));
        }
        http.insert("defaultRequestPolicy".into(), json!({ "headerContentType": content_type }));
        json!({ "http": http }).to_string()
    }
}

impl SubscriptionPolicy {
    /// As [`TopicPolicy::read`].
    pub fn read(text: &str) -> Result<(Self, String), String> {
        if text.is_empty() {
            return Ok(Default::default());
        }
        let policy = parse(text)?;
        let (said, remarks) = read_subscription_policy(&policy);
        refuse(&remarks)?;
        let content_type = text_at(&policy, "/requestPolicy/headerContentType");
        let kept = whole(said.retry.as_ref(), said.max_receives_per_second, content_type.as_deref());
        Ok((Self { said, content_type }, kept))
    }
}

impl Rules {
    /// The subscription's own policy counts before its topic's, unless the topic forbids it; both are for HTTP alone.
    pub fn of(topic: &TopicPolicy, subscription: &Subscription) -> Self {
        let protocol = subscription.protocol;
        if !protocol.is_http() {
            let retries = protocol.retry_policy();
            return Self { retries, max_receives_per_second: None, content_type: None };
        }
        let overrides = !topic.said.disable_subscription_overrides;
        let own = Some(&subscription.policy).filter(|_| overrides);
        let said = own.map(|own| own.said).unwrap_or_default();
        let content_type = own.and_then(|own| own.content_type.clone());
        Self {
            retries: said.retry.or(topic.said.retry).unwrap_or(RetryPolicy::HTTP),
            max_receives_per_second: said.max_receives_per_second.or(topic.said.max_receives_per_second),
            content_type: content_type.or_else(|| topic.content_type.clone()),
        }
    }

    /// The `EffectiveDeliveryPolicy` of a subscription.
    pub fn effective(&self) -> String {
        let content_type = self.content_type.as_deref().unwrap_or(CONTENT_TYPE);
        whole(Some(&self.retries), self.max_receives_per_second, Some(content_type))
    }
}

/// A subscription's policy with all its fields.
fn whole(retry: Option<&RetryPolicy>, throttle: Option<u32>, content_type: Option<&str>) -> String {
    json!({
        "healthyRetryPolicy": retry.map(retries),
        "sicklyRetryPolicy": null,
        "throttlePolicy": throttle.map(|most| json!({ "maxReceivesPerSecond": most })),
        "requestPolicy": content_type.map(|kind| json!({ "headerContentType": kind })),
        "guaranteed": false,
    })
    .to_string()
}

fn retries(policy: &RetryPolicy) -> Value {
    serde_json::to_value(policy).expect("a policy is a tree of names and values")
}

fn parse(text: &str) -> Result<Value, String> {
    match parse_last(text) {
        Ok((value @ Value::Object(_), _)) => Ok(value),
        _ => Err("DeliveryPolicy: failed to parse JSON.".into()),
    }
}

fn refuse(remarks: &[PolicyRemark]) -> Result<(), String> {
    match remarks.iter().find(|remark| !remark.is_warning) {
        Some(remark) => Err(format!("DeliveryPolicy: {}", remark.message)),
        None => Ok(()),
    }
}

fn text_at(policy: &Value, pointer: &str) -> Option<String> {
    policy.pointer(pointer).and_then(Value::as_str).map(str::to_string)
}

//! Subscriptions and their attributes.

use serde_json::Value;

use super::{
    Sns, no_such_subscription,
    policy::{Rules, SubscriptionPolicy, TopicPolicy},
};
use crate::{
    base::json::parse_last,
    events::pattern::{FilterPolicy, Scope},
    sns::Protocol,
    wire::{
        fault::Fault,
        sns::{
            Attributes, check_arn, invalid,
            subscription::{GetSubscriptionAttributesResponse, SetSubscriptionAttributesInput},
        },
    },
};

/// A subscription.
#[derive(Clone, Debug)]
pub(super) struct Subscription {
    pub arn: String,
    pub protocol: Protocol,
    pub endpoint: String,
    /// Those that were set.
    pub attributes: Attributes,
    pub filter: Option<FilterPolicy>,
    pub policy: SubscriptionPolicy,
    /// The ARN of the dead-letter queue.
    pub dead_letter: Option<String>,
    pub is_confirmed: bool,
    /// Whether somebody with credentials confirmed it.
    pub was_authenticated: bool,
    /// Whether nobody without credentials may end it.
    pub is_guarded: bool,
}

impl Subscription {
    /// One that waits for its confirmation.
    pub fn new(arn: String, protocol: Protocol, endpoint: &str) -> Self {
        Self {
            arn,
            protocol,
            endpoint: endpoint.into(),
            attributes: Attributes::new(),
            filter: None,
            policy: SubscriptionPolicy::default(),
            dead_letter: None,
            is_confirmed: false,
            was_authenticated: false,
            is_guarded: false,
        }
    }

    /// The ARN of its topic.
    pub fn topic(&self) -> &str {
        self.arn.rsplit_once(':').map_or("", |(topic, _)| topic)
    }

    /// Whether messages leave without their envelope.
    pub fn is_raw(&self) -> bool {
        self.attributes.get("RawMessageDelivery").is_some_and(|value| value == "true")
    }

    /// Sets an attribute. `Err` is what follows "Invalid parameter: "; `None` there: it has no such attribute.
    pub fn set(&mut self, name: &str, value: &str, lenient: bool) -> Result<(), Option<String>> {
        let mut kept = value.to_string();
        match name {
            "RawMessageDelivery" => self.check_raw(value).map_err(Some)?,
            "FilterPolicy" => self.filter = compile(value, self.scope()).map_err(Some)?,
            "FilterPolicyScope" => {
                let scope = match value {
                    "MessageAttributes" => Scope::MessageAttributes,
                    "MessageBody" => Scope::MessageBody,
                    _ => {
                        return Err(Some(format!(
                            "FilterPolicyScope: Invalid value [{value}]. Please use either MessageBody or MessageAttributes"
                        )));
                    }
                };
                let policy = self.attributes.get("FilterPolicy").map_or("", String::as_str);
                self.filter = compile(policy, scope).map_err(Some)?;
            }
            "DeliveryPolicy" => {
                if !value.is_empty() && !self.protocol.is_http() {
                    return Err(Some(self.unsuited("a delivery policy")));
                }
                let (policy, text) = SubscriptionPolicy::read(value).map_err(Some)?;
                self.policy = policy;
                kept = if lenient { kept } else { text };
            }
            "RedrivePolicy" => self.dead_letter = dead_letter(value).map_err(Some)?,
            "SubscriptionRoleArn" => {}
            _ => return Err(None),
        }
        match kept.is_empty() {
            true => self.attributes.remove(name),
            false => self.attributes.insert(name.into(), kept),
        };
        Ok(())
    }

    fn check_raw(&self, value: &str) -> Result<(), String> {
        match value {
            "true" if self.protocol.is_email() => Err(self.unsuited("raw message delivery")),
            "true" | "false" => Ok(()),
            _ => Err(format!("RawMessageDelivery: Invalid value [{value}]. Must be true or false.")),
        }
    }

    fn unsuited(&self, what: &str) -> String {
        format!("Delivery protocol [{}] does not support {what}.", self.protocol.name())
    }

    fn scope(&self) -> Scope {
        match self.attributes.get("FilterPolicyScope").map(String::as_str) {
            Some("MessageBody") => Scope::MessageBody,
            _ => Scope::MessageAttributes,
        }
    }

    /// All attributes, as `GetSubscriptionAttributes` answers them.
    pub fn all(&self, account: &str, topic: &TopicPolicy) -> Attributes {
        let flag = |value: bool| value.to_string();
        let mut all = Attributes::from(
            [
                ("SubscriptionArn", self.arn.clone()),
                ("TopicArn", self.topic().into()),
                ("Owner", account.into()),
                ("Protocol", self.protocol.name().into()),
                ("Endpoint", self.endpoint.clone()),
                ("PendingConfirmation", flag(!self.is_confirmed)),
                ("ConfirmationWasAuthenticated", flag(self.was_authenticated)),
                ("SubscriptionPrincipal", format!("arn:aws:iam::{account}:root")),
                ("RawMessageDelivery", flag(false)),
            ]
            .map(|(name, value)| (name.to_string(), value)),
        );
        if self.protocol.is_http() {
            all.insert("EffectiveDeliveryPolicy".into(), Rules::of(topic, self).effective());
        }
        all.extend(self.attributes.clone());
        match self.filter {
            // The scope is kept without a policy, and not told.
            None => all.remove("FilterPolicyScope"),
            Some(_) if self.scope() == Scope::MessageBody => None,
            Some(_) => all.insert("FilterPolicyScope".into(), "MessageAttributes".into()),
        };
        all
    }
}

fn compile(policy: &str, scope: Scope) -> Result<Option<FilterPolicy>, String> {
    if policy.is_empty() {
        return Ok(None);
    }
    let compiled = FilterPolicy::compile(policy, scope).map(Some);
    compiled.map_err(|fault| match parse_last(policy) {
        Ok(_) => fault.to_string(),
        Err(_) => {
            let detail = fault.reason.trim_start_matches("FilterPolicy: ");
            format!("FilterPolicy: failed to parse JSON. {detail}")
        }
    })
}

/// The queue in a `RedrivePolicy` such as `{"deadLetterTargetArn": "arn:…"}` (S9.27).
fn dead_letter(policy: &str) -> Result<Option<String>, String> {
    if policy.is_empty() {
        return Ok(None);
    }
    let Ok((policy, _)) = parse_last(policy) else {
        return Err("RedrivePolicy: failed to parse JSON.".into());
    };
    let target = policy.get("deadLetterTargetArn").and_then(Value::as_str).unwrap_or_default();
    match target.split(':').collect::<Vec<_>>()[..] {
        ["arn", _, "sqs", region, account, queue] if ![region, account, queue].contains(&"") => {
            Ok(Some(target.into()))
        }
        _ => Err("RedrivePolicy: deadLetterTargetArn is an invalid arn".into()),
    }
}

impl Sns {
    pub(super) fn subscription_attributes(
        &mut self,
        arn: &str,
    ) -> Result<GetSubscriptionAttributesResponse, Fault> {
        check_arn("SubscriptionArn", arn)?;
        let found = self.subscription(arn).cloned().ok_or_else(no_such_subscription)?;
        let topic = self.topics.get(found.topic()).map(|topic| &topic.policy);
        let attributes = found.all(&self.account, topic.unwrap_or(&TopicPolicy::default()));
        Ok(GetSubscriptionAttributesResponse { attributes })
    }

    pub(super) fn set_subscription_attribute(
        &mut self,
        request: &SetSubscriptionAttributesInput,
    ) -> Result<(), Fault> {
        check_arn("SubscriptionArn", &request.subscription_arn)?;
        let lenient = self.lenient;
        let subscription = self.subscription(&request.subscription_arn).ok_or_else(no_such_subscription)?;
        let value = request.attribute_value.as_deref().unwrap_or_default();
        let set = subscription.set(&request.attribute_name, value, lenient);
        set.map_err(|fault| invalid(&fault.unwrap_or_else(|| "AttributeName".into())))
    }
}

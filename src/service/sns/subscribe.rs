//! Subscriptions begin.

use super::{MOST_SUBSCRIPTIONS, Sns, subscription::Subscription};
use crate::{
    service::Moment,
    sns::Protocol,
    wire::{
        fault::Fault,
        sns::{
            Attributes, invalid,
            subscription::{PENDING, SubscribeInput, SubscribeResponse},
        },
    },
};

/// Protocols that SNS has and that are not supported here.
const OTHERS: [&str; 4] = ["sms", "application", "lambda", "firehose"];

impl Sns {
    /// Subscribes an endpoint. A queue of this account is subscribed at once; every other endpoint is asked first (S9.18).
    /// An endpoint that is subscribed keeps its subscription, and is asked once more if it has not answered.
    pub(super) fn subscribe(
        &mut self,
        request: &SubscribeInput,
        moment: &mut Moment<'_>,
    ) -> Result<SubscribeResponse, Fault> {
        let lenient = self.lenient;
        self.topic("TopicArn", &request.topic_arn)?;
        let protocol = protocol(&request.protocol)?;
        let endpoint = request.endpoint.as_deref().unwrap_or_default();
        check_endpoint(protocol, endpoint)?;
        let topic = self.topic("TopicArn", &request.topic_arn)?;
        let known = topic
            .subscriptions
            .iter()
            .find(|known| known.protocol == protocol && known.endpoint == endpoint)
            .cloned();
        let arn = known.as_ref().map(|known| known.arn.clone());
        let arn = arn.unwrap_or_else(|| format!("{}:{}", topic.arn, moment.ids.uuid()));
        let mut asked = Subscription::new(arn, protocol, endpoint);
        set_all(&mut asked, &request.attributes, lenient)?;
        if let Some(known) = &known {
            let same = |(name, value): (&String, &String)| {
                known.attributes.get(name).map_or(value == "false", |has| has == value)
            };
            if !asked.attributes.iter().all(same) {
                let reason = "Subscription already exists with different attributes";
                return Err(invalid(&format!("Attributes Reason: {reason}")));
            }
        } else if topic.subscriptions.len() >= MOST_SUBSCRIPTIONS {
            let message = format!("A topic has at most {MOST_SUBSCRIPTIONS} subscriptions here.");
            return Err(Fault::new("SubscriptionLimitExceededException", message));
        }
        let is_new = known.is_none();
        let mut subscription = known.unwrap_or(asked);
        if self.lenient || is_own_queue(&subscription, &self.account) {
            subscription.is_confirmed = true;
            subscription.was_authenticated = true;
        }
        let arn = subscription.arn.clone();
        if !subscription.is_confirmed {
            self.ask(&subscription, moment);
        }
        let told = subscription.is_confirmed || request.return_subscription_arn;
        if is_new && let Some(topic) = self.topics.get_mut(&request.topic_arn) {
            topic.subscriptions.push(subscription);
        }
        Ok(SubscribeResponse { subscription_arn: if told { arn } else { PENDING.into() } })
    }
}

/// Sets the attributes of a new subscription; the scope first, by which the filter policy is read.
fn set_all(subscription: &mut Subscription, attributes: &Attributes, lenient: bool) -> Result<(), Fault> {
    let (scope, others): (Vec<_>, Vec<_>) =
        attributes.iter().partition(|(name, _)| *name == "FilterPolicyScope");
    for (name, value) in scope.into_iter().chain(others) {
        subscription.set(name, value, lenient).map_err(|fault| {
            let what = fault.unwrap_or_else(|| format!("Unknown attribute: {name}"));
            let is_nested = what.starts_with("Filter policy scope");
            invalid(&if is_nested { what } else { format!("Attributes Reason: {what}") })
        })?;
    }
    Ok(())
}

fn protocol(name: &str) -> Result<Protocol, Fault> {
    Protocol::parse(name).ok_or_else(|| match OTHERS.contains(&name) {
        true => {
            let names = Protocol::ALL.map(|(name, _)| name).join(", ");
            invalid(&format!("Protocol Reason: {name} is not supported here; there are {names}"))
        }
        false => invalid(&format!("Amazon SNS does not support this protocol string: {name}")),
    })
}

fn check_endpoint(protocol: Protocol, endpoint: &str) -> Result<(), Fault> {
    let is_plain = !endpoint.is_empty() && !endpoint.contains(|c: char| c.is_whitespace() || c.is_control());
    match protocol {
        Protocol::Http | Protocol::Https => {
            let rest = endpoint.split_once("://").filter(|(scheme, _)| *scheme == protocol.name());
            let Some((_, rest)) = rest else {
                return Err(invalid("Endpoint must match the specified protocol"));
            };
            let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
            let fits = is_plain && !host.is_empty();
            if fits { Ok(()) } else { Err(invalid(&format!("Unparsable URL: {endpoint}"))) }
        }
        Protocol::Email | Protocol::EmailJson => {
            let parts = endpoint.rsplit_once('@');
            let fits = is_plain && parts.is_some_and(|(name, host)| !name.is_empty() && !host.is_empty());
            if fits { Ok(()) } else { Err(invalid("Email address")) }
        }
        Protocol::Sqs => match endpoint.split(':').collect::<Vec<_>>()[..] {
            ["arn", _, "sqs", _, _, queue] if queue.ends_with(".fifo") => Err(invalid(
                "Invalid parameter: Endpoint Reason: FIFO SQS Queues can not be subscribed to standard SNS topics",
            )),
            ["arn", _, "sqs", region, account, queue] if ![region, account, queue].contains(&"") => Ok(()),
            _ => Err(invalid("SQS endpoint ARN")),
        },
    }
}

fn is_own_queue(subscription: &Subscription, account: &str) -> bool {
    let owner = subscription.endpoint.split(':').nth(4);
    subscription.protocol == Protocol::Sqs && owner == Some(account)
}

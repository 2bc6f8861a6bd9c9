//! How SNS delivers to a subscription.

use serde_json::{Map, Value};

use super::{endpoint, filter, part::Part};
use crate::{
    base::SimDuration,
    scenario::{
        document::{self, PolicySource},
        plan::{DEFAULT_JITTER, Delivery},
        review::Review,
        source::Parsed,
    },
    sns::{
        Protocol,
        policy::{DeliveryPolicy, PolicyRemark, read_subscription_policy, read_topic_policy},
    },
};

/// Where a subscription stands: in the scenario, in the plan, and below which topic.
pub(super) struct Whereabouts<'a> {
    pub(super) pointer: String,
    pub(super) path: String,
    pub(super) topic_arn: &'a str,
    pub(super) topic_policy: &'a DeliveryPolicy,
}

/// The delivery policy of a topic.
pub(super) fn topic_policy(at: usize, topic: &document::Topic, review: &mut Review<'_>) -> DeliveryPolicy {
    let pointer = format!("/topic/{at}/delivery_policy");
    let Some(source) = &topic.delivery_policy else { return DeliveryPolicy::default() };
    let policy = policy(source, pointer.clone(), read_topic_policy, review);
    let is_http = |one: &document::Subscription| one.protocol.is_some_and(Protocol::is_http);
    if !topic.subscription.iter().flatten().any(is_http) {
        let help = "give a subscription `protocol = \"https\"`, or leave the policy out; other protocols have SNS's own";
        review.warning(&pointer, "no subscription of the topic is of HTTP/S", help);
    }
    policy
}

/// How SNS delivers to a subscription; `None` where nothing is said of it.
pub(super) fn resolve(
    written: &document::Subscription,
    of: &Whereabouts<'_>,
    review: &mut Review<'_>,
) -> Option<Box<Delivery>> {
    if !says_anything(written) {
        return None;
    }
    let path = format!("{}/delivery", of.path);
    let protocol = review.choose(
        format!("{path}/protocol"),
        written.protocol,
        Protocol::Sqs,
        "a queue of the topic's own account",
    );
    refuse_foreign(written, protocol, &of.pointer, review);
    let policy = own_policy(written, of, protocol, review);
    let retry = policy.retry.or(of.topic_policy.retry.filter(|_| protocol.is_http()));
    let pace = policy.max_receives_per_second;
    let pace = pace.or(of.topic_policy.max_receives_per_second.filter(|_| protocol.is_http()));
    Some(Box::new(Delivery {
        protocol,
        raw: review.choose(format!("{path}/raw"), written.raw, false, "with the envelope (S9.15)"),
        confirmed_at: confirmed(written, of, &path, review),
        filter_policy: filter::resolve(written, &of.pointer, &path, review),
        retry_policy: review.choose(
            format!("{path}/retry_policy"),
            retry,
            protocol.retry_policy(),
            "SNS's own policy of the protocol (section 9.5)",
        ),
        jitter: review.choose(
            format!("{path}/jitter"),
            written.jitter.map(|share| share.0),
            DEFAULT_JITTER,
            "assumed: SNS says only that there is jitter (S9.26)",
        ),
        max_receives_per_second: review.choose(
            format!("{path}/max_receives_per_second"),
            pace.map(Some),
            None,
            "no throttling (S9.23)",
        ),
        treat_4xx_as_failure: review.choose(
            format!("{path}/treat_4xx_as_failure"),
            written.treat_4xx_as_failure,
            false,
            "4xx counts as delivered (S9.29, O-61)",
        ),
        dead_letter_queue: dead_letter_queue(written, of, &path, review),
        endpoint: endpoint::resolve(written.endpoint.as_ref(), protocol, of, &path, review),
    }))
}

fn says_anything(written: &document::Subscription) -> bool {
    written.protocol.is_some()
        || written.raw.is_some()
        || written.confirmed.is_some()
        || written.confirm_after.is_some()
        || written.filter_policy.is_some()
        || written.filter_policy_scope.is_some()
        || written.delivery_policy.is_some()
        || written.jitter.is_some()
        || written.treat_4xx_as_failure.is_some()
        || written.dead_letter_queue.is_some()
        || written.endpoint.is_some()
}

/// Fields that a subscription of this protocol cannot have.
fn refuse_foreign(
    written: &document::Subscription,
    protocol: Protocol,
    pointer: &str,
    review: &mut Review<'_>,
) {
    let mut only = |field: &str, is_given: bool, help: &str| {
        if is_given {
            let message = format!("`{field}` is not for this protocol");
            review.error(&format!("{pointer}/{field}"), message, help);
        }
    };
    let help = "SNS delivers raw to SQS and HTTP/S; leave it out (S9.19)";
    only("raw", written.raw == Some(true) && protocol.is_email(), help);
    if !protocol.is_http() {
        let help = "only HTTP/S takes a delivery policy of one's own; give `protocol = \"https\"`, or leave it out (S9.23)";
        only("delivery_policy", written.delivery_policy.is_some(), help);
        let help =
            "it is about the status codes of HTTP/S; give `protocol = \"https\"`, or leave it out (O-61)";
        only("treat_4xx_as_failure", written.treat_4xx_as_failure == Some(true), help);
    }
}

/// What the subscription's own policy says, if its topic lets it speak.
fn own_policy(
    written: &document::Subscription,
    of: &Whereabouts<'_>,
    protocol: Protocol,
    review: &mut Review<'_>,
) -> DeliveryPolicy {
    let Some(source) = written.delivery_policy.as_ref().filter(|_| protocol.is_http()) else {
        return DeliveryPolicy::default();
    };
    let pointer = format!("{}/delivery_policy", of.pointer);
    let policy = policy(source, pointer.clone(), read_subscription_policy, review);
    if of.topic_policy.disable_subscription_overrides {
        let help = "leave it out, or `disableSubscriptionOverrides` of the topic's policy";
        review.warning(&pointer, "the topic's policy does not let subscriptions override it", help);
        return DeliveryPolicy::default();
    }
    policy
}

fn policy(
    source: &PolicySource,
    pointer: String,
    read: fn(&Value) -> (DeliveryPolicy, Vec<PolicyRemark>),
    review: &mut Review<'_>,
) -> DeliveryPolicy {
    let Some(part) = part(source, pointer, review) else { return DeliveryPolicy::default() };
    let (policy, remarks) = read(&Value::Object(part.content.clone()));
    for PolicyRemark { pointer, message, help, is_warning } in remarks {
        match is_warning {
            true => part.warning(&pointer, message, help, review),
            false => part.error(&pointer, message, help, review),
        }
    }
    policy
}

/// A policy in SNS's own form, with where it was written.
pub(super) fn part(
    source: &PolicySource,
    pointer: String,
    review: &mut Review<'_>,
) -> Option<Part<Map<String, Value>>> {
    match source {
        PolicySource::Inline(policy) => Some(Part::inline(policy.clone(), pointer)),
        PolicySource::File(name) => {
            let source = review.source_beside(name, &pointer)?;
            let file = Parsed::parse_json(&source).map_err(|faults| review.faults.extend(faults)).ok()?;
            Part::in_file(file, pointer, review)
        }
    }
}

fn confirmed(
    written: &document::Subscription,
    of: &Whereabouts<'_>,
    path: &str,
    review: &mut Review<'_>,
) -> Option<SimDuration> {
    let pointer = format!("{}/confirmed", of.pointer);
    let never = written.confirmed == Some(false);
    if never && written.confirm_after.is_some() {
        let help = "leave out `confirmed = false`, or `confirm_after`";
        review.error(&pointer, "a subscription that is never confirmed has no time of it", help);
    } else if never {
        let help =
            "SNS delivers nothing before the confirmation (S9.18); leave it out, or say `confirm_after`";
        review.warning(&pointer, "nothing is ever delivered to this subscription", help);
    }
    let given = if never { Some(None) } else { written.confirm_after.map(Some) };
    let default = Some(SimDuration::ZERO);
    let reason = "confirmed before the simulation starts";
    let path = format!("{path}/confirmed_at");
    if written.confirmed == Some(true) && given.is_none() {
        return review.choose(path, Some(default), default, reason);
    }
    review.choose(path, given, default, reason)
}

/// The ARN of a standard queue in the topic's own Region and account.
fn dead_letter_queue(
    written: &document::Subscription,
    of: &Whereabouts<'_>,
    path: &str,
    review: &mut Review<'_>,
) -> Option<String> {
    let path = format!("{path}/dead_letter_queue");
    let given = review.choose(path, written.dead_letter_queue.clone().map(Some), None, "none (S9.27)")?;
    let pointer = format!("{}/dead_letter_queue", of.pointer);
    let place = |arn: &str| -> Option<[String; 3]> {
        let parts: Vec<_> = arn.split(':').collect();
        let ["arn", partition, _, region, account, _] = parts[..] else { return None };
        Some([partition.into(), region.into(), account.into()])
    };
    let parts: Vec<_> = given.split(':').collect();
    let is_name = |name: &str| {
        (1..=80).contains(&name.len())
            && name.chars().all(|letter| letter.is_ascii_alphanumeric() || "-_".contains(letter))
    };
    let is_queue = matches!(parts[..], ["arn", _, "sqs", _, _, name] if is_name(name));
    if !is_queue {
        let help = "it is `arn:aws:sqs:REGION:ACCOUNT:NAME` of a standard queue, beside the topic (S9.27)";
        review.error(&pointer, format!("`{given}` is not the ARN of a standard SQS queue"), help);
    } else if place(of.topic_arn).is_some_and(|topic| Some(topic) != place(&given)) {
        let help = format!("it stands in the Region and account of {} (S9.27)", of.topic_arn);
        review.error(&pointer, format!("`{given}` is not beside the topic"), help);
    }
    Some(given)
}

//! Topics: those declared, those that a request names all the same, and what each command publishes to them.

use std::collections::BTreeSet;

use super::delivery::{self, Whereabouts};
use crate::{
    base::{Chance, distribution::Distribution},
    scenario::{
        distribution::{DEFAULT_LATENCY, MICROSECONDS},
        document::{self, Scenario},
        origin::Basis,
        plan::{Command, Notification, Subscription, Topic},
        review::Review,
    },
    ssm::{NotificationType, NotifiedStatus, request::NotificationConfig, validate::is_topic_arn},
};

/// Every topic of the scenario; what is faulty in one gets a placeholder.
pub(super) fn resolve(scenario: &Scenario, review: &mut Review<'_>) -> Vec<Topic> {
    review.origins.note("/topics", Basis::Default("none".into()));
    let mut arns = BTreeSet::new();
    let mut topics = Vec::new();
    for (at, topic) in scenario.topic.iter().flatten().enumerate() {
        let pointer = format!("/topic/{at}/arn");
        if !is_topic_arn(&topic.arn) {
            let message = format!("`{}` is not the ARN of a standard SNS topic", topic.arn);
            let help = "it is `arn:aws:sns:REGION:ACCOUNT:NAME`, such as \"arn:aws:sns:eu-central-1:123456789012:patching\"";
            review.error(&pointer, message, help);
        } else if !arns.insert(&topic.arn) {
            let message = format!("there is another topic `{}`", topic.arn);
            review.error(&pointer, message, "declare it once, with all its subscriptions");
        }
        topics.push(declared(at, topic, review));
    }
    topics
}

fn declared(at: usize, topic: &document::Topic, review: &mut Review<'_>) -> Topic {
    let path = format!("/topics/{at}");
    review.origins.note(path.clone(), Basis::Scenario);
    let twice = topic.published_twice.map(|share| share.0);
    let given = topic.subscription.as_ref().map(|list| subscriptions(at, topic, list, review));
    let one = vec![default_subscription()];
    Topic {
        arn: topic.arn.clone(),
        published_twice: review.choose(
            format!("{path}/published_twice"),
            twice,
            Chance(0),
            "every change is published once (O-59)",
        ),
        subscriptions: given
            .unwrap_or_else(|| review.choose(format!("{path}/subscriptions"), None, one, "assumed")),
    }
}

fn subscriptions(
    number: usize,
    topic: &document::Topic,
    list: &[document::Subscription],
    review: &mut Review<'_>,
) -> Vec<Subscription> {
    let policy = delivery::topic_policy(number, topic, review);
    let mut names = BTreeSet::new();
    let mut resolved = Vec::new();
    for (at, subscription) in list.iter().enumerate() {
        let (pointer, path) =
            (format!("/topic/{number}/subscription/{at}"), format!("/topics/{number}/subscriptions/{at}"));
        check_name(&subscription.name, &mut names, &pointer, review);
        let of = Whereabouts {
            pointer: pointer.clone(),
            path: path.clone(),
            topic_arn: &topic.arn,
            topic_policy: &policy,
        };
        let delivery = delivery::resolve(subscription, &of, review);
        let latency = subscription.latency.as_ref().map(|written| {
            written.resolve(MICROSECONDS, &format!("{pointer}/latency"), review).unwrap_or(PLACEHOLDER)
        });
        let mut chance = |field: &str, given: Option<Chance>, reason: &str| {
            review.choose(format!("{path}/{field}"), given, Chance(0), reason)
        };
        let duplicate =
            chance("duplicate", subscription.duplicates.map(|share| share.0), "nothing arrives twice (O-58)");
        let loss = chance("loss", subscription.loss.map(|share| share.0), "nothing is lost (O-58)");
        resolved.push(Subscription {
            name: subscription.name.clone(),
            latency: review.choose(format!("{path}/latency"), latency, DEFAULT_LATENCY, "assumed"),
            duplicate,
            loss,
            delivery,
        });
    }
    resolved
}

/// Checks that a name may be a file's and is not another subscription's.
fn check_name<'a>(
    name: &'a String,
    names: &mut BTreeSet<&'a String>,
    pointer: &str,
    review: &mut Review<'_>,
) {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "-_".contains(letter);
    if !name.chars().all(is_plain) {
        let message = format!("`{name}` is no name for a subscription");
        review.error(
            &format!("{pointer}/name"),
            message,
            "use letters, digits, `-` and `_`; files are named after it",
        );
    } else if !names.insert(name) {
        let message = format!("there is another subscription `{name}` of this topic");
        review.error(&format!("{pointer}/name"), message, "give each subscription a name of its own");
    }
}

/// Gives each command with a `NotificationConfig` its notification. Topics that are named and not declared are added to
/// `topics`; those that are declared and not named are told in warnings.
pub(super) fn attach(commands: &mut [Command], topics: &mut Vec<Topic>, review: &mut Review<'_>) {
    let declared = topics.len();
    let mut used = BTreeSet::new();
    for (at, command) in commands.iter_mut().enumerate() {
        let Some(config) = &command.request.notification_config else { continue };
        let arn = config.notification_arn.as_deref().expect("a valid request names its topic");
        let topic = topics.iter().position(|topic| topic.arn == arn).unwrap_or_else(|| {
            let path = format!("/topics/{}", topics.len());
            review.origins.note(format!("{path}/arn"), Basis::Scenario);
            review.origins.note(path, Basis::Default("a topic that is named and not declared".into()));
            topics.push(Topic {
                arn: arn.into(),
                published_twice: Chance(0),
                subscriptions: vec![default_subscription()],
            });
            topics.len() - 1
        });
        used.insert(topic);
        let path = format!("/commands/{at}/notification");
        review.origins.note(path.clone(), Basis::Scenario);
        if config.notification_events.as_ref().is_none_or(Vec::is_empty) {
            let basis = Basis::Default("no events named are all of them".into());
            review.origins.note(format!("{path}/events"), basis);
        }
        if config.notification_type.is_none() {
            let basis = Basis::Default("the command as a whole (S9.1)".into());
            review.origins.note(format!("{path}/kind"), basis);
        }
        command.notification = Some(notification(config, topic as u32));
    }
    for at in (0..declared).filter(|at| !used.contains(at)) {
        let message = format!("no command notifies `{}`", topics[at].arn);
        let help = "name it in a request's `NotificationConfig.NotificationArn`, or leave it out";
        review.warning(&format!("/topic/{at}"), message, help);
    }
}

/// What a valid request asks to be told, over the topic of this index.
pub(in crate::scenario) fn notification(config: &NotificationConfig, topic: u32) -> Notification {
    let events = config.notification_events.as_deref().unwrap_or_default();
    let is_meant = |status: &NotifiedStatus| {
        events.is_empty() || events.iter().any(|event| *event == "All" || *event == format!("{status:?}"))
    };
    Notification {
        topic,
        events: NotifiedStatus::ALL.into_iter().filter(is_meant).collect(),
        kind: match config.notification_type.as_deref() {
            Some("Invocation") => NotificationType::Invocation,
            _ => NotificationType::Command,
        },
    }
}

fn default_subscription() -> Subscription {
    Subscription {
        name: "subscriber".into(),
        latency: DEFAULT_LATENCY,
        duplicate: Chance(0),
        loss: Chance(0),
        delivery: None,
    }
}

/// Stands where a faulty distribution was, in a plan that is thrown away.
const PLACEHOLDER: Distribution = Distribution::Constant { value: 0.0 };

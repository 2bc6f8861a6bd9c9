//! Deliveries in scenarios: what they resolve to, what is said of bad ones, and filter policies against recorded vectors.

mod written;

use std::{fs, path::Path};

use fleetsim::{
    base::{Chance, SimDuration},
    events::pattern::Attribute,
    fleet::Filter,
    scenario::{Faults, Resolved, Severity, plan},
    sns::{FilterPolicyScope, Protocol, RetryPolicy},
};
use serde_json::Value;

const ARN: &str = "arn:aws:sns:eu-central-1:123456789012:ops";

/// A scenario whose topic has more to it, and one subscription with so much about it.
fn scenario(topic: &str, subscription: &str) -> String {
    let topic = format!(
        "[[topic]]\narn = \"{ARN}\"\n{topic}\n[[topic.subscription]]\nname = \"hook\"\n{subscription}"
    );
    written::command_to_five(&written::notify(ARN, ""), &topic)
}

fn load(text: &str) -> Result<Resolved, Faults> {
    let beside = [
        ("policy.json", r#"{"healthyRetryPolicy": {"numRetries": 7}}"#),
        ("bad.json", "{\n  \"healthyRetryPolicy\": {\n    \"numRetries\": 700 } }"),
    ];
    written::load("s.toml", text, &beside)
}

fn delivery(topic: &str, subscription: &str) -> plan::Delivery {
    let resolved = load(&scenario(topic, subscription)).unwrap_or_else(|faults| panic!("{faults}"));
    assert!(!resolved.explain().is_empty());
    *resolved.plan.topics[0].subscriptions[0].delivery.clone().expect("something is said")
}

#[test]
fn without_a_word_nothing_is_followed() {
    let plan = load(&scenario("", "")).unwrap().plan;
    assert_eq!(plan.topics[0].subscriptions[0].delivery, None);
    assert!(!serde_json::to_string(&plan).unwrap().contains("delivery\":{\"protocol"));
}

#[test]
fn a_protocol_alone_brings_every_default() {
    let https = delivery("", "protocol = \"https\"");
    assert_eq!(
        (https.protocol, https.raw, https.confirmed_at),
        (Protocol::Https, false, Some(SimDuration::ZERO))
    );
    assert_eq!((https.retry_policy, https.max_receives_per_second), (RetryPolicy::HTTP, None));
    assert_eq!((https.jitter, https.treat_4xx_as_failure), (Chance(100_000_000), false));
    assert_eq!(https.endpoint, plan::Endpoint::ideal());
    let sqs = delivery("", "protocol = \"sqs\"").endpoint.sqs.unwrap();
    assert_eq!(sqs.visibility_timeout, SimDuration::from_secs(30));
    assert_eq!(sqs.retention, SimDuration::from_secs(4 * 86_400));
    assert_eq!(delivery("", "raw = true").protocol, Protocol::Sqs);
    assert_eq!(delivery("", "protocol = \"email\"").retry_policy, RetryPolicy::CUSTOMER_MANAGED);
}

#[test]
fn a_policy_is_the_subscriptions_or_the_topics() {
    let topic = "delivery_policy = { http = { defaultHealthyRetryPolicy = { numRetries = 9 }, defaultThrottlePolicy = { maxReceivesPerSecond = 3 } } }";
    let own = "protocol = \"https\"\ndelivery_policy = { healthyRetryPolicy = { numRetries = 5 } }";
    let policy =
        |delivery: plan::Delivery| (delivery.retry_policy.num_retries, delivery.max_receives_per_second);
    assert_eq!(policy(delivery(topic, "protocol = \"https\"")), (9, Some(3)));
    assert_eq!(policy(delivery(topic, own)), (5, Some(3)));
    assert_eq!(policy(delivery("", "protocol = \"https\"\ndelivery_policy = \"policy.json\"")), (7, None));
    let strict = topic.replace("{ http = {", "{ http = { disableSubscriptionOverrides = true,");
    let resolved = load(&scenario(&strict, own)).unwrap();
    assert!(resolved.warnings[0].message.contains("does not let subscriptions override"));
    // The topic's policy is for HTTP/S alone.
    assert_eq!(delivery(topic, "protocol = \"sqs\"").retry_policy, RetryPolicy::AWS_MANAGED);
}

/// What is said, where, of a subscription with a fault.
fn fault(subscription: &str) -> (String, String, String) {
    let faults = load(&scenario("", subscription)).expect_err(subscription).0;
    let errors: Vec<_> = faults.iter().filter(|fault| fault.severity == Severity::Error).collect();
    let [fault] = errors[..] else { panic!("{subscription}: {faults:?}") };
    assert!(!fault.help.is_empty(), "{}", fault.message);
    let pointer = fault.place.pointer.trim_start_matches("/topic/0/subscription/0").to_string();
    (pointer, fault.message.clone(), fault.help.clone())
}

#[test]
fn every_fault_is_found_at_its_place() {
    for (subscription, pointer, message, help) in [
        ("protocol = \"email\"\nraw = true", "/raw", "not for this protocol", "S9.19"),
        ("protocol = \"sqs\"\ndelivery_policy = {}", "/delivery_policy", "not for this protocol", "S9.23"),
        ("treat_4xx_as_failure = true", "/treat_4xx_as_failure", "not for this protocol", "O-61"),
        ("confirmed = false\nconfirm_after = \"1s\"", "/confirmed", "never confirmed", "confirm_after"),
        (
            "filter_policy_scope = \"MessageBody\"",
            "/filter_policy_scope",
            "without a filter policy",
            "status",
        ),
        (
            "filter_policy = { status = \"Failed\" }",
            "/filter_policy/status",
            "Invalid parameter: FilterPolicy: ",
            "a list of values",
        ),
        (
            "filter_policy_scope = \"MessageBody\"\nfilter_policy = { documentName = [\"a\"], status = [{ prefx = \"F\" }] }",
            "/filter_policy/status/0/prefx",
            "Unrecognized match type prefx",
            "matchers",
        ),
        (
            "filter_policy = { a = [1], b = [1], c = [1], d = [1], e = [1], f = [1] }",
            "/filter_policy",
            "more than 5 keys",
            "S9.34",
        ),
        (
            "protocol = \"https\"\ndelivery_policy = { healthyRetryPolicy = { numRetries = 101 } }",
            "/delivery_policy/healthyRetryPolicy/numRetries",
            "101",
            "from 0 to 100",
        ),
        (
            "protocol = \"https\"\ndelivery_policy = \"bad.json\"",
            "/healthyRetryPolicy/numRetries",
            "700",
            "from 0 to 100",
        ),
        ("dead_letter_queue = \"dead\"", "/dead_letter_queue", "not the ARN", "arn:aws:sqs"),
        (
            "dead_letter_queue = \"arn:aws:sqs:eu-central-1:123456789012:dead.fifo\"",
            "/dead_letter_queue",
            "standard",
            "S9.27",
        ),
        (
            "dead_letter_queue = \"arn:aws:sqs:eu-west-1:123456789012:dead\"",
            "/dead_letter_queue",
            "not beside",
            ARN,
        ),
        ("protocol = \"https\"\nendpoint = { workers = 3 }", "/endpoint/workers", "take no time", "service"),
        ("protocol = \"https\"\nendpoint = { queue = 3 }", "/endpoint/queue", "nobody waits", "workers"),
        (
            "endpoint = { workers = 1, service = \"1s\", queue = 3 }",
            "/endpoint/queue",
            "not for this protocol",
            "web server",
        ),
        (
            "protocol = \"email\"\nendpoint = { service = \"1s\" }",
            "/endpoint/service",
            "not for this protocol",
            "mailbox",
        ),
        (
            "protocol = \"https\"\nendpoint = { failures = 0.1 }",
            "/endpoint/failures",
            "not for this protocol",
            "sqs",
        ),
        ("endpoint = { visibility_timeout = \"13h\" }", "/endpoint/visibility_timeout", "13h", "12h"),
        ("endpoint = { retention = \"1s\" }", "/endpoint/retention", "1s", "S10.40"),
        (
            "endpoint = { answers = [{ chance = 0.1, hang = true }] }",
            "/endpoint/answers/0/hang",
            "not for this protocol",
            "status",
        ),
        (
            "protocol = \"https\"\nendpoint = { answers = [{ chance = 0.1 }] }",
            "/endpoint/answers/0",
            "no answer is named",
            "exactly one",
        ),
        (
            "protocol = \"https\"\nendpoint = { answers = [{ chance = 0.6, status = 404 }, { chance = 0.6, status = 500 }] }",
            "/endpoint/answers",
            "120 %",
            "at most 100 %",
        ),
        (
            "endpoint = { answers = [{ chance = 0.1, status = 302 }] }",
            "/endpoint/answers/0/status",
            "302",
            "S9.26",
        ),
        (
            "endpoint = { outages = [{ from = \"2s\", until = \"1s\" }] }",
            "/endpoint/outages/0/until",
            "not after",
            "later",
        ),
        (
            "endpoint = { outages = [{ from = \"0s\", until = \"2s\" }, { from = \"1s\", until = \"3s\" }] }",
            "/endpoint/outages/1",
            "overlaps",
            "once",
        ),
    ] {
        let (at, found, right) = fault(subscription);
        assert_eq!(at, pointer, "{subscription}: {found}");
        assert!(found.contains(message), "{found}");
        assert!(right.contains(help), "{right}");
    }
}

#[test]
fn what_is_valid_and_seldom_meant_is_told() {
    for (subscription, message, help) in [
        ("confirmed = false", "nothing is ever delivered", "confirmation"),
        ("filter_policy = { status = [\"Failed\"] }", "lets nothing through", "MessageBody"),
        (
            "filter_policy_scope = \"MessageBody\"\nfilter_policy = { status = [\"In Progress\"] }",
            "no message has the status `In Progress`",
            "did you mean `InProgress`",
        ),
        (
            "filter_policy_scope = \"MessageBody\"\nfilter_policy = { instance-id = [\"i-1\"] }",
            "have no `instance-id`",
            "did you mean `instanceId`",
        ),
        (
            "protocol = \"https\"\ndelivery_policy = { healthyRetryPolicy = { minDelayTarget = 3600, maxDelayTarget = 3600, numRetries = 100 } }",
            "100 retries take",
            "S9.25",
        ),
    ] {
        let warnings = load(&scenario("", subscription)).unwrap_or_else(|faults| panic!("{faults}")).warnings;
        let [warning] = &warnings[..] else { panic!("{subscription}: {warnings:?}") };
        assert!(warning.message.contains(message), "{}", warning.message);
        assert!(warning.help.contains(help), "{}", warning.help);
    }
}

fn attributes(vector: &Value) -> Vec<Attribute> {
    let attribute = |(name, value): (&String, &Value)| {
        let text = &value["StringValue"];
        Attribute {
            name: name.clone(),
            data_type: value["DataType"].as_str().unwrap().into(),
            value: text.as_str().map_or_else(|| text.to_string(), String::from),
        }
    };
    vector["attributes"].as_object().into_iter().flatten().map(attribute).collect()
}

/// Every recorded delivery decides alike on the way that the world takes: from the plan's policy to the prepared filter.
/// (Three of the emulator's own have a policy that AWS refuses; `event_patterns.rs` says which.)
#[test]
fn recorded_deliveries_decide_alike_in_a_simulation() {
    let path = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/data/sns_filter.jsonl"));
    let Ok(text) = fs::read_to_string(path) else {
        return eprintln!("skipped: {} is not there", path.display());
    };
    let mut judged = 0;
    for line in text.lines() {
        let vector: Value = serde_json::from_str(line).unwrap();
        let name = vector["name"].as_str().unwrap();
        let Value::Bool(expected) = vector["expect"] else { continue };
        if name.starts_with("localstack-unit/attributes#")
            && vector["policy"].as_object().is_some_and(|policy| policy.values().any(Value::is_string))
        {
            continue;
        }
        let policy = vector["policy_raw"].as_str().map_or_else(|| vector["policy"].to_string(), String::from);
        let scope = match vector["scope"].as_str() {
            Some("MessageBody") => FilterPolicyScope::MessageBody,
            _ => FilterPolicyScope::MessageAttributes,
        };
        let filter = Filter::new(&plan::FilterPolicy { policy, scope });
        let passes = filter.passes(vector["message"].as_str().unwrap_or(""), &attributes(&vector));
        assert_eq!(passes, expected, "{name}");
        judged += 1;
    }
    assert!(judged > 60, "only {judged} vectors are deliveries");
}

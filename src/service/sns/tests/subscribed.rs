use super::*;

fn attributes(bench: &mut Bench, arn: &str) -> Value {
    parsed(&bench.call("GetSubscriptionAttributes", json!({"SubscriptionArn": arn}))["Attributes"])
}

fn count(bench: &mut Bench, kind: &str) -> Value {
    let answer = bench.call("GetTopicAttributes", json!({"TopicArn": TOPIC}));
    answer["Attributes"][format!("Subscriptions{kind}")].clone()
}

/// The recording's own names for what differs are ours here.
#[test]
fn a_queue_is_subscribed_at_once() {
    let Some(recorded) = recorded("TestSNSSubscriptionSQS::test_subscribe_sqs_queue") else { return };
    let mut bench = Bench::with_topic();
    let filter = r#"{"attr1":[{"numeric":[">",0,"<=",100]}]}"#;
    let arn = bench.subscribe("sqs", QUEUE, json!({"FilterPolicy": filter}));
    let mut ours = attributes(&mut bench, &arn);
    let theirs = &recorded["subscription-attributes"]["Attributes"];
    for name in ["Endpoint", "SubscriptionArn", "TopicArn", "SubscriptionPrincipal"] {
        assert!(ours[name].as_str().unwrap().starts_with("arn:aws:"));
        ours[name] = theirs[name].clone();
    }
    assert_eq!(ours, *theirs);
    assert_eq!(bench.sns.take_outgoing(), []);
}

#[test]
fn an_endpoint_is_subscribed_once() {
    let Some(recorded) = recorded("TestSNSSubscriptionCrud::test_subscribe_idempotency") else { return };
    let mut bench = Bench::with_topic();
    let arn = bench.subscribe("sqs", QUEUE, json!({"RawMessageDelivery": "true"}));
    assert_eq!(bench.subscribe("sqs", QUEUE, json!({"RawMessageDelivery": "true"})), arn);
    assert_eq!(bench.subscribe("sqs", QUEUE, json!({})), arn);
    let other = json!({"TopicArn": TOPIC, "Protocol": "sqs", "Endpoint": QUEUE,
                       "Attributes": {"RawMessageDelivery": "false"}});
    assert_eq!(bench.fault("Subscribe", other), text(&recorded, "subscribe-diff-attributes"));
    assert_eq!(count(&mut bench, "Confirmed"), "1");
}

#[test]
fn a_web_server_is_asked_and_answers_by_token() {
    let test = "TestSNSSubscriptionHttp::test_subscribe_external_http_endpoint[True]";
    let Some(recorded) = recorded(test) else { return };
    let mut bench = Bench::with_topic();
    let asked = json!({"TopicArn": TOPIC, "Protocol": "http", "Endpoint": HOOK});
    assert_eq!(bench.call("Subscribe", asked)["SubscriptionArn"], "pending confirmation");
    assert_eq!((count(&mut bench, "Pending"), count(&mut bench, "Confirmed")), ("1".into(), "0".into()));
    let listed = bench.call("ListSubscriptionsByTopic", json!({"TopicArn": TOPIC}));
    assert_eq!(listed["Subscriptions"][0]["SubscriptionArn"], "PendingConfirmation");
    bench.publish(json!({"Message": "before"}));
    let sent = bench.sns.take_outgoing();
    assert_eq!(sent.len(), 1);
    let (envelope, theirs) = (&sent[0].envelope, &recorded["subscription-confirmation"]);
    assert_eq!((sent[0].id, sent[0].subscription_arn.as_ref(), sent[0].protocol), (0, None, Protocol::Http));
    let text = theirs["Message"].as_str().unwrap();
    assert_eq!(
        envelope.message,
        text.replace("arn:<partition>:sns:<region>:111111111111:<resource:1>", TOPIC)
    );
    let token = envelope.token.clone().unwrap();
    let url = format!("http://localhost:8008/?Action=ConfirmSubscription&TopicArn={TOPIC}&Token={token}");
    assert_eq!(envelope.subscribe_url.as_deref(), Some(url.as_str()));
    assert_eq!(envelope.kind, SUBSCRIPTION_CONFIRMATION);
    let fields =
        |value: &Value| value.as_object().unwrap().keys().cloned().collect::<std::collections::BTreeSet<_>>();
    assert_eq!(fields(&serde_json::to_value(envelope).unwrap()), fields(theirs));
    let visit = |topic: &str, token: &str| json!({"TopicArn": topic, "Token": token});
    let fault = |bench: &mut Bench, asked: Value| {
        let fault = bench.try_by(Caller::Anybody, "ConfirmSubscription", asked).unwrap_err();
        Value::from(fault.message)
    };
    let error = |step: &str| recorded[step]["ErrorResponse"]["Error"]["Message"].clone();
    assert_eq!(fault(&mut bench, visit("topic", &token)), error("broken-topic-arn-confirm"));
    let elsewhere = TOPIC.replace("us-east-1", "us-west-2");
    assert_eq!(fault(&mut bench, visit(&elsewhere, &token)), error("different-region-arn-confirm"));
    assert_eq!(fault(&mut bench, visit(TOPIC, &"0".repeat(288))), error("broken-token-confirm"));
    assert_eq!(fault(&mut bench, visit(TOPIC, "randomtoken")), "Invalid token");
    let arn = bench.try_by(Caller::Anybody, "ConfirmSubscription", visit(TOPIC, &token)).unwrap();
    let found = attributes(&mut bench, arn["SubscriptionArn"].as_str().unwrap());
    assert_eq!(
        (&found["PendingConfirmation"], &found["ConfirmationWasAuthenticated"]),
        (&"false".into(), &"false".into())
    );
    bench.publish(json!({"Message": "after"}));
    assert_eq!(bench.sns.take_outgoing()[0].envelope.message, "after");
}

/// The reference of `Subscribe`: a token is good for two days.
#[test]
fn a_subscription_that_nobody_confirms_goes() {
    let mut bench = Bench::with_topic();
    bench.subscribe("email", "a@example.com", json!({}));
    let token = bench.sns.take_outgoing()[0].envelope.token.clone();
    bench.wait(TOKEN_LIFE);
    let late = bench.fault("ConfirmSubscription", json!({"TopicArn": TOPIC, "Token": token}));
    assert_eq!(late, "Invalid parameter: Token");
    assert_eq!((count(&mut bench, "Pending"), count(&mut bench, "Deleted")), ("0".into(), "1".into()));
    bench.subscribe("email", "a@example.com", json!({}));
    bench.wait(SimDuration(TOKEN_LIFE.0 - 1));
    bench.subscribe("email", "a@example.com", json!({}));
    bench.wait(SimDuration::UNIT);
    assert_eq!(count(&mut bench, "Pending"), "1");
    bench.confirm(Caller::Signed);
    bench.wait(TOKEN_LIFE);
    assert_eq!(count(&mut bench, "Confirmed"), "1");
}

#[test]
fn a_subscription_ends_and_can_be_brought_back() {
    let Some(recorded) = recorded("TestSNSSubscriptionHttp::test_subscribe_external_http_endpoint[True]")
    else {
        return;
    };
    let mut bench = Bench::with_topic();
    let arn = bench.subscribe("http", HOOK, json!({"RawMessageDelivery": "true"}));
    bench.confirm(Caller::Anybody);
    let end = json!({"SubscriptionArn": arn});
    bench.try_by(Caller::Anybody, "Unsubscribe", end.clone()).unwrap();
    bench.call("Unsubscribe", end.clone());
    assert_eq!((count(&mut bench, "Confirmed"), count(&mut bench, "Deleted")), ("0".into(), "1".into()));
    let sent = bench.sns.take_outgoing();
    let text = recorded["unsubscribe-request"]["Message"].as_str().unwrap();
    let theirs = "arn:<partition>:sns:<region>:111111111111:<resource:1>:<resource:2>";
    assert_eq!(sent[0].envelope.message, text.replace(theirs, &arn));
    assert_eq!((sent.len(), sent[0].envelope.kind.as_str()), (1, UNSUBSCRIBE_CONFIRMATION));
    let back =
        json!({"TopicArn": TOPIC, "Token": sent[0].envelope.token, "AuthenticateOnUnsubscribe": "true"});
    assert!(bench.try_by(Caller::Anybody, "ConfirmSubscription", back.clone()).is_err());
    bench.call("ConfirmSubscription", back);
    assert_eq!(attributes(&mut bench, &arn)["RawMessageDelivery"], "true");
    let fault = bench.try_by(Caller::Anybody, "Unsubscribe", end.clone()).unwrap_err();
    assert_eq!(fault.code, "AuthorizationErrorException");
    assert!(bench.try_by(Caller::Anybody, "ListTopics", json!({})).is_err());
    bench.call("Unsubscribe", end);
    assert_eq!(count(&mut bench, "Confirmed"), "0");
}

#[test]
fn what_ends_a_subscription_is_its_arn() {
    let Some(recorded) = recorded("TestSNSSubscriptionCrud::test_unsubscribe_wrong_arn_format") else {
        return;
    };
    let mut bench = Bench::with_topic();
    let parts = "arn:aws:sns:us-east-1:111111111111";
    for (step, arn) in [
        ("invalid-unsubscribe-arn-1", "randomstring".to_string()),
        ("invalid-unsubscribe-arn-2", parts.into()),
        ("invalid-unsubscribe-arn-3", format!("{TOPIC}:nouuid")),
        ("invalid-unsubscribe-arn-4", String::new()),
    ] {
        assert_eq!(bench.fault("Unsubscribe", json!({"SubscriptionArn": arn})), text(&recorded, step));
    }
    bench.call(
        "Unsubscribe",
        json!({"SubscriptionArn": format!("{TOPIC}:00000000-0000-4000-8000-000000000000")}),
    );
}

#[test]
fn attributes_are_refused_in_the_words_that_were_recorded() {
    let set = recorded("TestSNSSubscriptionCrud::test_validate_set_sub_attributes");
    let made = recorded("TestSNSSubscriptionCrud::test_create_subscriptions_with_attributes");
    let (Some(set), Some(made)) = (set, made) else { return };
    let mut bench = Bench::with_topic();
    let arn = bench.subscribe("sqs", QUEUE, json!({}));
    let asked = |name: &str, value: &str| json!({"SubscriptionArn": arn, "AttributeName": name, "AttributeValue": value});
    for (step, name, value) in [
        ("fake-attribute", "FakeAttribute", "test-value"),
        ("raw-message-wrong-value", "RawMessageDelivery", "test-ValUe"),
        ("raw-message-empty-value", "RawMessageDelivery", ""),
        ("fake-arn-redrive-policy", "RedrivePolicy", r#"{"deadLetterTargetArn":"fake-arn"}"#),
    ] {
        assert_eq!(bench.fault("SetSubscriptionAttributes", asked(name, value)), text(&set, step));
    }
    // The line after the first says where in the parser's source the fault is.
    let first = |text: String| text.lines().next().unwrap().to_string();
    let fault = bench.fault("SetSubscriptionAttributes", asked("FilterPolicy", "{invalidjson}"));
    assert_eq!(first(fault), first(text(&set, "invalid-json-filter-policy")));
    let wrong = json!({"TopicArn": TOPIC, "Protocol": "sqs", "Endpoint": format!("{QUEUE}2"),
                       "Attributes": {"RawMessageDelivery": "wrongvalue"}});
    assert_eq!(bench.fault("Subscribe", wrong), text(&made, "subscribe-wrong-attr"));
    let missing = json!({"SubscriptionArn": format!("{arn}0")});
    assert_eq!(bench.fault("GetSubscriptionAttributes", missing), text(&made, "get-attrs-nonexistent-sub"));
    bench.call("SetSubscriptionAttributes", asked("FilterPolicyScope", "MessageBody"));
    assert_eq!(attributes(&mut bench, &arn).get("FilterPolicyScope"), None);
    bench.call("SetSubscriptionAttributes", asked("FilterPolicy", r#"{"a":{"b":["c"]}}"#));
    assert_eq!(attributes(&mut bench, &arn)["FilterPolicyScope"], "MessageBody");
    let nested = bench.fault("SetSubscriptionAttributes", asked("FilterPolicyScope", "MessageAttributes"));
    assert!(nested.contains("does not support nested filter policy"));
    assert!(bench.fault("SetSubscriptionAttributes", asked("DeliveryPolicy", "{}")).contains("[sqs]"));
}

#[test]
fn endpoints_fit_their_protocols() {
    let mut bench = Bench::with_topic();
    for (protocol, endpoint, message) in [
        ("http", "https://a", "Endpoint must match the specified protocol"),
        ("https", "http://a", "Endpoint must match the specified protocol"),
        ("http", "http:///x", "Unparsable URL: http:///x"),
        ("http", "http://a b", "Unparsable URL: http://a b"),
        ("email", "nobody", "Email address"),
        ("email-json", "@", "Email address"),
        ("sqs", "http://localhost:8008/111111111111/queue", "SQS endpoint ARN"),
        (
            "sqs",
            "arn:aws:sqs:us-east-1:111111111111:queue.fifo",
            "Invalid parameter: Endpoint Reason: FIFO SQS Queues can not be subscribed to standard SNS topics",
        ),
        ("test-protocol", "a", "Amazon SNS does not support this protocol string: test-protocol"),
        (
            "lambda",
            "a",
            "Protocol Reason: lambda is not supported here; there are http, https, email, email-json, sqs",
        ),
    ] {
        let asked = json!({"TopicArn": TOPIC, "Protocol": protocol, "Endpoint": endpoint});
        assert_eq!(bench.fault("Subscribe", asked), format!("Invalid parameter: {message}"));
    }
    let asked = json!({"TopicArn": format!("{TOPIC}2"), "Protocol": "sqs", "Endpoint": "asdf"});
    assert_eq!(bench.fault("Subscribe", asked), "Topic does not exist");
}

use super::*;

#[test]
fn a_message_reaches_a_queue_in_its_envelope_or_raw() {
    let mut bench = Bench::with_topic();
    let dead = "arn:aws:sqs:us-east-1:111111111111:dead";
    let policy = json!({"deadLetterTargetArn": dead}).to_string();
    let arn = bench.subscribe("sqs", QUEUE, json!({"RedrivePolicy": policy}));
    let raw = bench.subscribe("sqs", &format!("{QUEUE}-raw"), json!({"RawMessageDelivery": "true"}));
    let attributes = json!({"attr1": {"DataType": "Binary", "BinaryValue": "AgME"}});
    let answer =
        bench.publish(json!({"Message": "Hello", "Subject": "Greeting", "MessageAttributes": attributes}));
    let sent = bench.sns.take_handovers();
    let body: Value = serde_json::from_str(&sent[0].body()).unwrap();
    assert_eq!(
        body,
        json!({
            "Type": NOTIFICATION, "MessageId": answer["MessageId"], "TopicArn": TOPIC, "Subject": "Greeting",
            "Message": "Hello", "Timestamp": "2026-01-01T00:00:00.000Z", "SignatureVersion": "1", "Signature": "",
            "SigningCertURL": "",
            "UnsubscribeURL": format!("http://localhost:8008/?Action=Unsubscribe&SubscriptionArn={arn}"),
            "MessageAttributes": {"attr1": {"Type": "Binary", "Value": "AgME"}},
        })
    );
    assert_eq!((sent[0].queue_arn.as_str(), sent[0].dead_letter.as_deref()), (QUEUE, Some(dead)));
    assert!(sent[0].attributes.is_empty());
    assert_eq!((sent[1].body(), sent[1].subscription_arn.as_deref()), ("Hello".into(), Some(raw.as_str())));
    assert_eq!(serde_json::to_value(&sent[1].attributes).unwrap(), attributes);
    assert_eq!(bench.sns.take_handovers(), []);
    bench.sns.queues_are_outside = true;
    bench.publish(json!({"Message": "Hello"}));
    let outside = bench.sns.take_outgoing();
    assert_eq!((outside[0].protocol, outside[0].retries), (Protocol::Sqs, RetryPolicy::AWS_MANAGED));
    assert_eq!(outside.iter().map(|outgoing| outgoing.id).collect::<Vec<_>>(), [0, 1]);
}

/// The reference of raw delivery: a message with more than ten attributes is lost on its way to a queue.
#[test]
fn a_raw_message_with_too_many_attributes_is_lost() {
    let mut bench = Bench::with_topic();
    bench.subscribe("sqs", QUEUE, json!({"RawMessageDelivery": "true"}));
    bench.subscribe("sqs", &format!("{QUEUE}2"), json!({}));
    for (count, reached) in [(10, 2), (11, 1)] {
        let attribute = |at: u32| (format!("a{at}"), json!({"DataType": "Number", "StringValue": "1"}));
        let attributes: serde_json::Map<_, _> = (0..count).map(attribute).collect();
        bench.publish(json!({"Message": "a", "MessageAttributes": attributes}));
        assert_eq!(bench.sns.take_handovers().len(), reached);
    }
}

#[test]
fn messages_are_refused_in_the_words_that_were_recorded() {
    let structure = recorded("TestSNSPublishCrud::test_message_structure_json_exc");
    let empty = recorded("TestSNSPublishCrud::test_empty_sns_message");
    let subject = recorded("TestSNSPublishCrud::test_publish_with_empty_subject");
    let long = recorded("TestSNSPublishCrud::test_publish_too_long_message");
    let target = recorded("TestSNSPublishCrud::test_publish_non_existent_target");
    let fifo = recorded("TestSNSSubscriptionSQSFifo::test_validations_for_fifo");
    let (Some(structure), Some(empty), Some(subject), Some(long), Some(target), Some(fifo)) =
        (structure, empty, subject, long, target, fifo)
    else {
        return;
    };
    let mut bench = Bench::with_topic();
    let json = |message: &str| json!({"Message": message, "MessageStructure": "json"});
    let attribute = json!({"k": {"DataType": "String", "StringValue": "v"}});
    for (recorded, step, mut asked) in [
        (&structure, "missing-default-key", json(r#"{"sqs": "test"}"#)),
        (&structure, "invalid-json", json(r#"{"default": {"#)),
        (&structure, "key-is-not-string", json(r#"{"default": {"a": 1}}"#)),
        (&empty, "empty-msg-error", json!({"Message": ""})),
        (&subject, "response-with-empty-subject", json!({"Message": "a", "Subject": ""})),
        (&long, "error", json!({"Message": "a".repeat(262_145)})),
        (&long, "error-with-attrs", json!({"Message": "a".repeat(262_143), "MessageAttributes": attribute})),
        (&fifo, "no-msg-dedup-regular-topic", json!({"Message": "a", "MessageDeduplicationId": "x"})),
        (
            &target,
            "non-existent-endpoint",
            json!({"Message": "a", "TargetArn": "arn:aws:sns:us-east-1:111111111111:endpoint/APNS/a/b"}),
        ),
    ] {
        if asked.get("TargetArn").is_none() {
            asked["TopicArn"] = TOPIC.into();
        }
        assert_eq!(bench.fault("Publish", asked), text(recorded, step), "{step}");
    }
    for subject in ["a\nb".to_string(), " a".into(), "a".repeat(101)] {
        let asked = json!({"TopicArn": TOPIC, "Message": "a", "Subject": subject});
        assert_eq!(bench.fault("Publish", asked), "Invalid parameter: Subject");
    }
    bench.publish(json!({"Message": "a".repeat(262_144), "Subject": "a".repeat(100)}));
    bench.publish(json(r#"{"default": "1", "default": "2"}"#));
    let phone = bench.fault("Publish", json!({"PhoneNumber": "+15551234567", "Message": "a"}));
    assert!(phone.starts_with("Invalid parameter: PhoneNumber Reason: "));
}

#[test]
fn each_protocol_has_its_text() {
    let mut bench = Bench::with_topic();
    bench.sns.lenient = true;
    bench.subscribe("sqs", QUEUE, json!({}));
    bench.subscribe("email", "a@example.com", json!({}));
    let message = json!({"default": "default field", "sqs": "for queues", "http": 1}).to_string();
    bench.publish(json!({"Message": message, "MessageStructure": "json"}));
    assert_eq!(bench.sns.take_handovers()[0].envelope.message, "for queues");
    let mail = bench.sns.take_outgoing();
    assert_eq!(
        (mail[0].envelope.message.as_str(), mail[0].retries),
        ("default field", RetryPolicy::CUSTOMER_MANAGED)
    );
}

#[test]
fn filter_policies_decide_who_gets_a_message() {
    let mut bench = Bench::with_topic();
    let by_attribute = json!({"FilterPolicy": r#"{"status":["Failed"]}"#});
    bench.subscribe("sqs", QUEUE, by_attribute);
    let by_body = json!({"FilterPolicy": r#"{"status":["Failed"]}"#, "FilterPolicyScope": "MessageBody"});
    bench.subscribe("sqs", &format!("{QUEUE}2"), by_body);
    let attributes = |value: &str| json!({"status": {"DataType": "String", "StringValue": value}});
    for (body, value, queues) in [
        (r#"{"status":"Failed"}"#, "Failed", vec![QUEUE.to_string(), format!("{QUEUE}2")]),
        (r#"{"status":"Success"}"#, "Failed", vec![QUEUE.into()]),
        (r#"{"status":"Failed"}"#, "Success", vec![format!("{QUEUE}2")]),
        ("no JSON", "Success", vec![]),
    ] {
        bench.publish(json!({"Message": body, "MessageAttributes": attributes(value)}));
        let sent: Vec<_> = bench.sns.take_handovers().into_iter().map(|sent| sent.queue_arn).collect();
        assert_eq!(sent, queues);
    }
}

/// The recording's policies: the topic says the type of the content, the subscription when to try again.
#[test]
fn deliveries_follow_the_policies_of_topic_and_subscription() {
    let test = "TestSNSSubscriptionHttp::test_subscribe_external_http_endpoint_content_type[False]";
    let Some(recorded) = recorded(test) else { return };
    let mut bench = Bench::with_topic();
    let topic = r#"{"http":{"defaultRequestPolicy":{"headerContentType":"application/json"}}}"#;
    let set =
        |value: &str| json!({"TopicArn": TOPIC, "AttributeName": "DeliveryPolicy", "AttributeValue": value});
    bench.call("SetTopicAttributes", set(topic));
    let retries = r#"{"minDelayTarget":1,"maxDelayTarget":1,"numRetries":0,"numNoDelayRetries":0,"numMinDelayRetries":0,
                      "numMaxDelayRetries":0,"backoffFunction":"linear"}"#;
    let own = format!(
        r#"{{"healthyRetryPolicy":{retries},"throttlePolicy":{{"maxReceivesPerSecond":1000}},"guaranteed":false}}"#
    );
    let arn = bench.subscribe("http", HOOK, json!({"DeliveryPolicy": own}));
    let ours =
        parsed(&bench.call("GetSubscriptionAttributes", json!({"SubscriptionArn": arn}))["Attributes"]);
    for name in
        ["DeliveryPolicy", "EffectiveDeliveryPolicy", "PendingConfirmation", "ConfirmationWasAuthenticated"]
    {
        assert_eq!(ours[name], recorded["sub-attrs"]["Attributes"][name], "{name}");
    }
    bench.confirm(Caller::Signed);
    bench.publish(json!({"Message": "a"}));
    let sent = &bench.sns.take_outgoing()[0];
    let rules = (sent.retries.num_retries, sent.max_receives_per_second, sent.content_type.as_deref());
    assert_eq!(rules, (0, Some(1000), Some("application/json")));
    bench.call("SetTopicAttributes", set(r#"{"http":{"disableSubscriptionOverrides":true}}"#));
    bench.publish(json!({"Message": "a"}));
    let sent = &bench.sns.take_outgoing()[0];
    assert_eq!((sent.retries, sent.content_type.as_deref()), (RetryPolicy::HTTP, None));
}

#[test]
fn a_batch_is_published_as_a_whole_or_not() {
    let long = recorded("TestSNSPublishCrud::test_publish_batch_too_long_message");
    let other = recorded("TestSNSSubscriptionSQS::test_publish_batch_exceptions");
    let (Some(long), Some(other)) = (long, other) else { return };
    let mut bench = Bench::with_topic();
    bench.subscribe("sqs", QUEUE, json!({}));
    let batch = |entries: Value| json!({"TopicArn": TOPIC, "PublishBatchRequestEntries": entries});
    let half = "a".repeat(131_073);
    let entries = json!([{"Id": "1", "Message": half}, {"Id": "2", "Message": half}]);
    assert_eq!(bench.fault("PublishBatch", batch(entries)), text(&long, "error-no-attrs"));
    let entries =
        json!([{"Id": "1", "Message": "a"}, {"Id": "2", "Message": "{}", "MessageStructure": "json"}]);
    assert_eq!(bench.fault("PublishBatch", batch(entries)), text(&other, "no-default-key-json"));
    assert_eq!(bench.sns.take_handovers(), []);
    let entries = json!([{"Id": "1", "Message": "a"}, {"Id": "2", "Message": "b"}]);
    let answer = bench.call("PublishBatch", batch(entries));
    let sent = bench.sns.take_handovers();
    for at in 0..2 {
        assert_eq!(answer["Successful"][at]["MessageId"], sent[at].envelope.message_id);
    }
    assert_eq!(answer["Failed"], json!([]));
}

#[test]
fn topics_sign_with_the_version_they_say() {
    let mut bench = Bench::with_topic();
    bench.subscribe("sqs", QUEUE, json!({}));
    let set = |value: &str| json!({"TopicArn": TOPIC, "AttributeName": "SignatureVersion", "AttributeValue": value});
    bench.call("SetTopicAttributes", set("2"));
    assert!(bench.fault("SetTopicAttributes", set("3")).contains("SignatureVersion"));
    bench.publish(json!({"Message": "a"}));
    let sent = &bench.sns.take_handovers()[0];
    assert_eq!((sent.signature_version.name(), sent.envelope.signature_version.as_str()), ("2", "2"));
}

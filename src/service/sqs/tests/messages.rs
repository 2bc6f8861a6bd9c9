use super::*;

/// The recording names attributes in all the ways there are, and has the digests of what came.
#[test]
fn receivers_get_the_attributes_they_name() {
    let Some(recorded) = recorded("test_receive_message_message_attribute_names_filters[sqs]") else {
        return;
    };
    let mut bench = Bench::new();
    let url = bench.make("queue", json!({"VisibilityTimeout": "0"}));
    let text = |text: &str| json!({"DataType": "String", "StringValue": text});
    let attributes = json!({"Help.Me": text("Me"), "Hello": text("There"), "General": text("Kenobi")});
    let sent = bench
        .call("SendMessage", json!({"QueueUrl": url, "MessageBody": "msg", "MessageAttributes": attributes}));
    assert_like(&sent, &recorded["send_message_response"]);
    for (step, names) in [
        ("empty_filter", json!([])),
        ("all_name", json!(["All"])),
        ("all_wildcard_asterisk", json!(["*"])),
        ("all_wildcard", json!([".*"])),
        ("only_non_existing_names", json!(["Foo", "Bar"])),
        ("only_existing", json!(["Hello", "General"])),
        ("existing_and_non_existing", json!(["Foo", "Hello"])),
        ("prefix_filter", json!(["Hel.*"])),
    ] {
        let asked = json!({"QueueUrl": url, "MessageAttributeNames": names});
        let answer = bench.call("ReceiveMessage", asked);
        let recorded = &recorded[step];
        let recorded = recorded.pointer("/Messages/0").unwrap_or(recorded);
        assert_like(&answer["Messages"][0], recorded);
    }
    let Some(recorded) = self::recorded("test_send_message_with_binary_attributes[sqs]") else { return };
    let bytes = b"traceparent\x1e00-774062d6c37081a5a0b9b5b88e30627c-2d2482211f6489da-01";
    let bytes = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, bytes);
    let url = bench.make("binary", json!({}));
    let attributes = json!({"attr1": {"DataType": "Binary", "BinaryValue": bytes}});
    let sent = json!({"QueueUrl": url, "MessageBody": "test", "MessageAttributes": attributes});
    bench.call("SendMessage", sent);
    let digest = &recorded["binary-attrs-msg"]["Messages"][0]["MD5OfMessageAttributes"];
    assert_eq!(bench.receive(&url)[0]["MD5OfMessageAttributes"], *digest);
}

#[test]
fn what_is_received_too_often_goes_to_the_dead_letter_queue() {
    let mut bench = Bench::new();
    let dead = bench.make("dead", json!({}));
    let policy =
        json!({"deadLetterTargetArn": "arn:aws:sqs:us-east-1:111111111111:dead", "maxReceiveCount": 1});
    let source = bench.make("source", json!({"RedrivePolicy": policy.to_string(), "VisibilityTimeout": "1"}));
    let attribute = json!({"MyAttribute": {"DataType": "String", "StringValue": "foobar"}});
    let trace = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1";
    let system = json!({"AWSTraceHeader": {"DataType": "String", "StringValue": trace}});
    bench.call(
        "SendMessage",
        json!({"QueueUrl": source, "MessageBody": "message-1", "MessageAttributes": attribute,
               "MessageSystemAttributes": system}),
    );
    bench.send(&source, "message-2");
    let before = bench.receive(&source);
    assert_eq!(bench.receive(&source), [Value::Null; 0]);
    bench.wait(1);
    assert_eq!(bench.receive(&source), [Value::Null; 0]);
    let mut after = bench.receive(&dead);
    assert_eq!(after[0]["MessageId"], before[0]["MessageId"]);
    assert_eq!(bench.counts(&source), ["0", "0", "0"]);
    let Some(recorded) = recorded("test_dead_letter_queue_message_attributes") else { return };
    for at in 0..2 {
        assert_like(&before[at], &recorded["rec-pre-dlq"][at]);
        let arn = "DeadLetterQueueSourceArn";
        assert_eq!(after[at]["Attributes"][arn], "arn:aws:sqs:us-east-1:111111111111:source");
        after[at]["Attributes"][arn] = recorded["dlq-messages"][at]["Attributes"][arn].clone();
        assert_like(&after[at], &recorded["dlq-messages"][at]);
    }
}

/// S10.40: a message is hidden for the visibility timeout, then it comes again with another handle.
#[test]
fn a_receipt_hides_a_message_until_it_is_deleted_or_late() {
    let mut bench = Bench::new();
    let url = bench.make("queue", json!({"VisibilityTimeout": "30"}));
    bench.send(&url, "a");
    assert_eq!(bench.sqs.next_visible(&url), Some(SimTime::ZERO));
    let first = bench.receive(&url);
    assert_eq!(bench.counts(&url), ["0", "0", "1"]);
    assert_eq!(bench.sqs.next_visible(&url), Some(SimTime::ZERO + SimDuration::from_secs(30)));
    bench.wait(29);
    assert!(bench.receive(&url).is_empty());
    bench.wait(1);
    let second = bench.receive(&url);
    assert_eq!(second[0]["Attributes"]["ApproximateReceiveCount"], "2");
    assert_eq!(second[0]["Attributes"]["ApproximateFirstReceiveTimestamp"], "1767225600000");
    let delete = |receipt: &Value| json!({"QueueUrl": url, "ReceiptHandle": receipt["ReceiptHandle"]});
    bench.call("DeleteMessage", delete(&first[0]));
    assert_eq!(bench.counts(&url), ["0", "0", "1"]);
    bench.wait(30);
    bench.call("DeleteMessage", delete(&second[0]));
    bench.call("DeleteMessage", delete(&second[0]));
    assert_eq!(bench.counts(&url), ["0", "0", "0"]);
    assert_eq!(bench.sqs.next_visible(&url), None);
    let bad = json!({"QueueUrl": url, "ReceiptHandle": "garbage"});
    assert_eq!(bench.fault("DeleteMessage", bad).0, "ReceiptHandleIsInvalid");
}

#[test]
fn the_visibility_of_a_message_in_flight_can_be_changed() {
    let mut bench = Bench::new();
    let url = bench.make("queue", json!({}));
    bench.send(&url, "a");
    let receipt = bench.receive(&url)[0]["ReceiptHandle"].clone();
    let change =
        |seconds: i64| json!({"QueueUrl": url, "ReceiptHandle": receipt, "VisibilityTimeout": seconds});
    bench.call("ChangeMessageVisibility", change(100));
    bench.wait(99);
    assert!(bench.receive(&url).is_empty());
    assert!(
        bench.fault("ChangeMessageVisibility", change(43_200)).1.contains("beyond the limit [43200 seconds]")
    );
    bench.call("ChangeMessageVisibility", change(0));
    assert_eq!(bench.fault("ChangeMessageVisibility", change(0)).0, "MessageNotInflight");
    assert_eq!(bench.receive(&url).len(), 1);
    let message = bench.fault("ChangeMessageVisibility", change(0)).1;
    assert!(message.ends_with("Message does not exist or is not available for visibility timeout change."));
}

#[test]
fn messages_are_delayed_and_expire() {
    let mut bench = Bench::new();
    let url = bench.make("queue", json!({"DelaySeconds": "10", "MessageRetentionPeriod": "60"}));
    bench.send(&url, "by the queue");
    bench.call("SendMessage", json!({"QueueUrl": url, "MessageBody": "at once", "DelaySeconds": 0}));
    assert_eq!(bench.counts(&url), ["1", "1", "0"]);
    assert_eq!(bench.receive(&url)[0]["Body"], "at once");
    bench.wait(10);
    assert_eq!(bench.receive(&url)[0]["Body"], "by the queue");
    bench.wait(49);
    assert_eq!(bench.counts(&url), ["2", "0", "0"]);
    bench.wait(1);
    assert_eq!(bench.counts(&url), ["0", "0", "0"]);
}

#[test]
fn sizes_are_limited_in_the_words_that_were_recorded() {
    let mut bench = Bench::new();
    let url = bench.make("queue", json!({"MaximumMessageSize": "1024"}));
    let long = "a".repeat(1025);
    let message = bench.fault("SendMessage", json!({"QueueUrl": url, "MessageBody": long})).1;
    assert_eq!(
        message,
        "One or more parameters are invalid. Reason: Message must be shorter than 1024 bytes."
    );
    bench.send(&url, &long[..1024]);
    let entries = json!([{"Id": "1", "MessageBody": long}, {"Id": "2", "MessageBody": "a"}]);
    let answer = bench.call("SendMessageBatch", json!({"QueueUrl": url, "Entries": entries}));
    assert_eq!(answer["Successful"][0]["MD5OfMessageBody"], "0cc175b9c0f1b6a831c399e269772661");
    let Some(recorded) = recorded("test_send_batch_message_size") else { return };
    let mut failed = recorded["send-message-batch-result"]["Failed"][0].clone();
    failed["Id"] = "1".into();
    assert_eq!(answer["Failed"], json!([failed]));
    let entries = json!([{"Id": "1", "MessageBody": "a".repeat(1_048_576)}, {"Id": "2", "MessageBody": "a"}]);
    let fault = bench.fault("SendMessageBatch", json!({"QueueUrl": url, "Entries": entries}));
    let message = "Batch requests cannot be longer than 1048576 bytes. You have sent 1048577 bytes.";
    assert_eq!(fault, ("BatchRequestTooLong", message.into()));
}

/// S10.41.
#[test]
fn so_many_messages_are_in_flight_and_no_more() {
    let mut bench = Bench::new();
    let url = bench.make("queue", json!({}));
    let arn = "arn:aws:sqs:us-east-1:111111111111:queue";
    let none = BTreeMap::new();
    let (sqs, mut moment) = bench.moment();
    assert!(!sqs.deliver("arn:aws:sqs:us-east-1:111111111111:other", ("a", None), &none, &mut moment));
    assert!(!sqs.deliver("arn:aws:sqs:us-east-2:111111111111:queue", ("a", None), &none, &mut moment));
    assert!(sqs.deliver(arn, ("a", None), &none, &mut moment));
    let shelf = &mut sqs.queues.get_mut("queue").unwrap().shelf;
    let (_, message) = shelf.visible().next().unwrap();
    let message = message.clone();
    for at in 1..MOST_IN_FLIGHT as u64 {
        shelf.put(message.clone(), None);
        shelf.receive(at, SimTime::ZERO, SimTime::ZERO + SimDuration::from_secs(30));
    }
    let ask = ReceiveMessageRequest {
        queue_url: url.clone(),
        max_number_of_messages: Some(10),
        ..ReceiveMessageRequest::default()
    };
    assert_eq!(sqs.receive(&ask, &moment).unwrap().messages.len(), 1);
    assert!(sqs.deliver(arn, ("one too many", None), &none, &mut moment));
    assert_eq!(sqs.receive(&ask, &moment).unwrap_err().code, "OverLimit");
    let patient = ReceiveMessageRequest { wait_time_seconds: Some(1), ..ask };
    assert_eq!(sqs.patience(&patient), SimDuration::from_secs(1));
    assert_eq!(sqs.receive(&patient, &moment).unwrap().messages, []);
    assert_eq!(bench.counts(&url), ["1", "0", "120000"]);
}

#[test]
fn groups_are_kept_and_other_words_of_fifo_queues_refused() {
    let mut bench = Bench::new();
    let url = bench.make("queue", json!({}));
    let send = |name: &str, value: &str| json!({"QueueUrl": url, "MessageBody": "a", name: value});
    bench.call("SendMessage", send("MessageGroupId", "test"));
    assert_eq!(bench.receive(&url)[0]["Attributes"]["MessageGroupId"], "test");
    let message = bench.fault("SendMessage", send("MessageGroupId", "group 123")).1;
    assert_eq!(
        message,
        "Value group 123 for parameter MessageGroupId is invalid. Reason: MessageGroupId can only include alphanumeric \
         and punctuation characters. 1 to 128 in length."
    );
    assert!(bench.try_call("SendMessage", send("MessageDeduplicationId", "a")).is_err());
}

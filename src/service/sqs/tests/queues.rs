use super::*;

#[test]
fn a_new_queue_has_the_attributes_that_were_recorded() {
    let mut bench = Bench::new();
    let url = bench.make("queue", json!({}));
    assert_eq!(url, "http://localhost:8008/111111111111/queue");
    let answer = bench.call("GetQueueAttributes", json!({"QueueUrl": url, "AttributeNames": ["All"]}));
    assert_eq!(answer["Attributes"]["QueueArn"], "arn:aws:sqs:us-east-1:111111111111:queue");
    assert_eq!(answer["Attributes"]["CreatedTimestamp"], "1767225600");
    let Some(recorded) = recorded("test_set_queue_attributes_default_values[sqs]") else { return };
    let step = |bench: &mut Bench, name: &str| {
        let mut answer =
            bench.call("GetQueueAttributes", json!({"QueueUrl": url, "AttributeNames": ["All"]}));
        answer["Attributes"]["QueueArn"] = recorded[name]["Attributes"]["QueueArn"].clone();
        assert_like(&answer, &recorded[name]);
    };
    step(&mut bench, "get-queue-attributes-initial-values");
    let set = |attributes| json!({"QueueUrl": url, "Attributes": attributes});
    bench.call(
        "SetQueueAttributes",
        set(json!({"KmsMasterKeyId": "testKeyId", "KmsDataKeyReusePeriodSeconds": "6000"})),
    );
    step(&mut bench, "get-queue-attributes-after-update");
    bench.call(
        "SetQueueAttributes",
        set(json!({"KmsMasterKeyId": "", "KmsDataKeyReusePeriodSeconds": "", "VisibilityTimeout": ""})),
    );
    step(&mut bench, "get-queue-attributes-after-set-to-defaults");
}

#[test]
fn a_queue_is_made_once() {
    let mut bench = Bench::new();
    let url = bench.make("queue", json!({"DelaySeconds": "1"}));
    assert_eq!(bench.make("queue", json!({"DelaySeconds": "1", "VisibilityTimeout": "30"})), url);
    assert_eq!(bench.make("queue", json!({})), url);
    let other = json!({"QueueName": "queue", "Attributes": {"DelaySeconds": "2"}});
    let message =
        "A queue already exists with the same name and a different value for attribute DelaySeconds";
    assert_eq!(bench.fault("CreateQueue", other), ("QueueNameExists", message.into()));
    for (name, message) in [
        ("FifoQueue", "Unknown Attribute FifoQueue."),
        ("ContentBasedDeduplication", "Unknown Attribute ContentBasedDeduplication."),
        ("DeduplicationScope", "You can specify the DeduplicationScope only when FifoQueue is set to true."),
    ] {
        let made = json!({"QueueName": "other", "Attributes": {name: "false"}});
        assert_eq!(bench.fault("CreateQueue", made), ("InvalidAttributeName", message.into()));
    }
    for (name, value) in [("DelaySeconds", "901"), ("VisibilityTimeout", "-1"), ("MaximumMessageSize", "x")] {
        let made = json!({"QueueName": "other", "Attributes": {name: value}});
        assert_eq!(bench.fault("CreateQueue", made).0, "InvalidAttributeValue");
    }
}

#[test]
fn queues_are_found_by_name_and_url_until_they_are_deleted() {
    let mut bench = Bench::new();
    for at in 0..10 {
        bench.make(&format!("test-queue-{at}"), json!({}));
    }
    bench.make("other", json!({}));
    let first = bench.call("ListQueues", json!({"QueueNamePrefix": "test-queue-", "MaxResults": 2}));
    assert_eq!(first["QueueUrls"][1], format!("{BASE}/{ACCOUNT}/test-queue-1"));
    let next = json!({"QueueNamePrefix": "test-queue-", "NextToken": first["NextToken"]});
    assert_eq!(bench.call("ListQueues", next)["QueueUrls"].as_array().unwrap().len(), 8);
    for url in ["https://queue.amazonaws.com/111111111111/other", "/111111111111/other/", "other"] {
        bench.send(url, "a");
    }
    assert_eq!(bench.counts("other"), ["3", "0", "0"]);
    let missing = ("QueueDoesNotExist", "The specified queue does not exist.".to_string());
    for url in ["http://localhost/222222222222/other", "http://localhost", "missing"] {
        assert_eq!(bench.fault("SendMessage", json!({"QueueUrl": url, "MessageBody": "a"})), missing);
    }
    bench.call("DeleteQueue", json!({"QueueUrl": "other"}));
    assert_eq!(bench.fault("GetQueueUrl", json!({"QueueName": "other"})), missing);
    bench.make("other", json!({}));
    assert_eq!(bench.counts("other"), ["0", "0", "0"]);
}

#[test]
fn redrive_policies_are_checked() {
    let mut bench = Bench::new();
    let dead = "arn:aws:sqs:us-east-1:111111111111:dead";
    bench.make("dead", json!({}));
    let end = |bench: &mut Bench, policy: Value| {
        let policy = policy.as_str().map_or_else(|| policy.to_string(), str::to_string);
        let made = json!({"QueueName": "queue", "Attributes": {"RedrivePolicy": policy}});
        let message = bench.fault("CreateQueue", made).1;
        message.split("Reason: ").nth(1).unwrap().to_string()
    };
    assert_eq!(end(&mut bench, json!("x")), "Redrive policy is not a valid JSON map.");
    let only = json!({"deadLetterTargetArn": dead});
    assert!(end(&mut bench, only).ends_with("mandatory attribute: maxReceiveCount."));
    let zero = json!({"deadLetterTargetArn": dead, "maxReceiveCount": "0"});
    assert!(end(&mut bench, zero).starts_with("Invalid value for maxReceiveCount: 0"));
    let missing =
        json!({"deadLetterTargetArn": "arn:aws:sqs:us-east-1:111111111111:no", "maxReceiveCount": 1});
    assert_eq!(end(&mut bench, missing), "Dead letter target does not exist.");
}

#[test]
fn a_queue_is_purged_once_a_minute() {
    let mut bench = Bench::new();
    let url = bench.make("queue", json!({}));
    bench.send(&url, "a");
    let purge = json!({"QueueUrl": url});
    bench.call("PurgeQueue", purge.clone());
    assert_eq!(bench.counts(&url), ["0", "0", "0"]);
    bench.wait(59);
    let message = "Only one PurgeQueue operation on queue is allowed every 60 seconds.";
    assert_eq!(bench.fault("PurgeQueue", purge.clone()), ("PurgeQueueInProgress", message.into()));
    bench.wait(1);
    bench.call("PurgeQueue", purge);
}

#[test]
fn tags_come_and_go() {
    let mut bench = Bench::new();
    let url = bench.make("queue", json!({}));
    let tags = json!({"tag1": "value1", "tag2": "value2", "tag3": ""});
    bench.call("TagQueue", json!({"QueueUrl": url, "Tags": tags}));
    assert_eq!(bench.call("ListQueueTags", json!({"QueueUrl": url})), json!({"Tags": tags}));
    bench.call("UntagQueue", json!({"QueueUrl": url, "TagKeys": ["tag1", "tag3"]}));
    assert_eq!(bench.call("ListQueueTags", json!({"QueueUrl": url})), json!({"Tags": {"tag2": "value2"}}));
    let many: serde_json::Map<_, _> = (0..50).map(|at| (at.to_string(), "".into())).collect();
    assert!(bench.try_call("TagQueue", json!({"QueueUrl": url, "Tags": many})).is_err());
}

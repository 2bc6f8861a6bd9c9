use super::*;

fn fifo(bench: &mut Bench, name: &str, more: &Value) -> String {
    let mut attributes = json!({"FifoQueue": "true"});
    attributes.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    bench.make(name, attributes)
}

fn message(url: &str, body: &str, group: &str, id: &str) -> Value {
    json!({"QueueUrl": url, "MessageBody": body, "MessageGroupId": group, "MessageDeduplicationId": id})
}

fn bodies(received: &[Value]) -> Vec<&str> {
    received.iter().map(|message| message["Body"].as_str().unwrap()).collect()
}

#[test]
fn name_and_kind_belong_together() {
    let mut bench = Bench::new();
    let made = |name: &str, fifo: &str| json!({"QueueName": name, "Attributes": {"FifoQueue": fifo}});
    assert!(bench.fault("CreateQueue", json!({"QueueName": "a.fifo"})).1.contains("parameter QueueName"));
    assert!(bench.fault("CreateQueue", made("a", "true")).1.contains("must end with .fifo suffix"));
    let url = fifo(&mut bench, "a.fifo", &json!({}));
    let Some(recorded) = recorded("test_set_unsupported_attribute_fifo[sqs]") else { return };
    let error = &recorded["invalid-attr-name-2"]["Error"];
    let set = json!({"QueueUrl": url, "Attributes": {"FifoQueue": "false"}});
    let (code, text) = bench.fault("SetQueueAttributes", set);
    assert_eq!((code, text.as_str()), ("InvalidAttributeValue", error["Message"].as_str().unwrap()));
}

#[test]
fn attributes_are_those_that_were_recorded() {
    let Some(recorded) = recorded("test_fifo_set_content_based_deduplication_strategy[sqs]") else { return };
    let mut bench = Bench::new();
    let url = fifo(&mut bench, "a.fifo", &json!({"ContentBasedDeduplication": "true"}));
    for (step, value) in [("before-update", "true"), ("after-update", "false")] {
        let set = json!({"QueueUrl": url, "Attributes": {"ContentBasedDeduplication": value}});
        bench.call("SetQueueAttributes", set);
        let all = json!({"QueueUrl": url, "AttributeNames": ["All"]});
        let mut answer = bench.call("GetQueueAttributes", all);
        answer["Attributes"]["QueueArn"] = recorded[step]["Attributes"]["QueueArn"].clone();
        assert_like(&answer, &recorded[step]);
    }
}

#[test]
fn what_a_message_lacks_is_said_in_the_recorded_words() {
    let mut bench = Bench::new();
    let url = fifo(&mut bench, "a.fifo", &json!({}));
    let Some(recorded) = recorded("test_posting_to_fifo_requires_deduplicationid_group_id[sqs]") else {
        return;
    };
    let words = |step: &str| recorded[step]["Error"]["Message"].as_str().unwrap().to_string();
    let no_group = json!({"QueueUrl": url, "MessageBody": "a", "MessageDeduplicationId": "1"});
    let no_id = json!({"QueueUrl": url, "MessageBody": "a", "MessageGroupId": "g"});
    let missing = bench.fault("SendMessage", no_group);
    assert_eq!(missing, ("MissingRequiredParameterException", words("missing-parameter")));
    let unknown = bench.fault("SendMessage", no_id);
    assert_eq!(unknown, ("InvalidParameterValueException", words("invalid-parameter-value")));
    let Some(recorded) = self::recorded("test_send_batch_missing_message_group_id_for_fifo_queue[sqs]")
    else {
        return;
    };
    let batch =
        json!({"QueueUrl": url, "Entries": [{"Id": "1", "MessageBody": "a", "MessageDeduplicationId": "1"}]});
    let error = &recorded["test_missing_message_group_id_for_fifo_queue"]["Error"];
    let (code, text) = bench.fault("SendMessageBatch", batch);
    assert_eq!((code, text.as_str()), ("InvalidParameterValueException", error["Message"].as_str().unwrap()));
    let Some(recorded) = self::recorded("test_fifo_queue_send_message_with_delay_seconds_fails[sqs]") else {
        return;
    };
    let mut delayed = message(&url, "a", "g", "1");
    delayed["DelaySeconds"] = 2.into();
    let error = &recorded["send_message"]["Error"];
    assert_eq!(bench.fault("SendMessage", delayed).1, error["Message"].as_str().unwrap());
}

#[test]
fn a_message_that_is_sent_again_within_five_minutes_is_the_same() {
    let mut bench = Bench::new();
    let url = fifo(&mut bench, "a.fifo", &json!({}));
    let first = bench.call("SendMessage", message(&url, "a", "g", "1"));
    bench.wait(299);
    let again = bench.call("SendMessage", message(&url, "b", "other", "1"));
    assert_eq!(
        (&first["MessageId"], &first["SequenceNumber"]),
        (&again["MessageId"], &again["SequenceNumber"])
    );
    assert_eq!(bodies(&bench.receive(&url)), ["a"]);
    bench.wait(1);
    let later = bench.call("SendMessage", message(&url, "c", "other", "1"));
    assert!(later["SequenceNumber"].as_str() > first["SequenceNumber"].as_str());
    assert_eq!(bodies(&bench.receive(&url)), ["c"], "the first one is in flight");
}

#[test]
fn the_body_or_the_group_may_tell_messages_apart() {
    let mut bench = Bench::new();
    let url = fifo(&mut bench, "body.fifo", &json!({"ContentBasedDeduplication": "true"}));
    let body = |body: &str| json!({"QueueUrl": url, "MessageBody": body, "MessageGroupId": "g"});
    for text in ["a", "b", "a"] {
        bench.call("SendMessage", body(text));
    }
    assert_eq!(bodies(&bench.receive(&url)), ["a", "b"]);
    let url = fifo(&mut bench, "group.fifo", &json!({"DeduplicationScope": "messageGroup"}));
    for group in ["g", "h", "g"] {
        bench.call("SendMessage", message(&url, group, group, "1"));
    }
    assert_eq!(bodies(&bench.receive(&url)), ["g", "h"]);
}

/// While a message of a group is in flight, nobody gets what stands behind it in the group.
#[test]
fn groups_keep_their_order() {
    let mut bench = Bench::new();
    let url = fifo(&mut bench, "a.fifo", &json!({}));
    for (body, group) in [("g1", "g"), ("g2", "g"), ("h1", "h")] {
        bench.call("SendMessage", message(&url, body, group, body));
    }
    let one = bench.call("ReceiveMessage", json!({"QueueUrl": url}));
    assert_eq!(one["Messages"][0]["Body"], "g1");
    assert_eq!(bodies(&bench.receive(&url)), ["h1"]);
    let handle = one["Messages"][0]["ReceiptHandle"].clone();
    bench.call("DeleteMessage", json!({"QueueUrl": url, "ReceiptHandle": handle}));
    let next = bench.receive(&url);
    assert_eq!(bodies(&next), ["g2"]);
    assert_eq!(next[0]["Attributes"]["MessageGroupId"], "g");
    assert_eq!(next[0]["Attributes"]["MessageDeduplicationId"], "g2");
}

#[test]
fn dead_letter_queues_are_of_the_same_kind() {
    let mut bench = Bench::new();
    bench.make("dead", json!({}));
    let policy =
        json!({"deadLetterTargetArn": "arn:aws:sqs:us-east-1:111111111111:dead", "maxReceiveCount": 1});
    let made = json!({"QueueName": "a.fifo", "Attributes": {"FifoQueue": "true", "RedrivePolicy": policy.to_string()}});
    assert!(bench.fault("CreateQueue", made).1.contains("same type"));
}

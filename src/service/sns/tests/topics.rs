use super::*;

/// What a recording has in the place of our ARN.
const RECORDED: &str = "arn:<partition>:sns:<region>:111111111111:<resource:1>";

fn attributes(bench: &mut Bench) -> Value {
    let attributes = &bench.call("GetTopicAttributes", json!({"TopicArn": TOPIC}))["Attributes"];
    let text = parsed(attributes).to_string().replace(TOPIC, RECORDED);
    serde_json::from_str(&text).unwrap()
}

#[test]
fn a_new_topic_has_the_attributes_that_were_recorded() {
    let Some(recorded) = recorded("TestSNSTopicCrud::test_create_topic_test_arn") else { return };
    let mut bench = Bench::new();
    assert_eq!(bench.call("CreateTopic", json!({"Name": "topic"})), json!({"TopicArn": TOPIC}));
    assert_eq!(attributes(&mut bench), recorded["get-topic-attrs"]["Attributes"]);
    assert_eq!(bench.call("DeleteTopic", json!({"TopicArn": TOPIC})), Value::Null);
    assert_eq!(bench.call("DeleteTopic", json!({"TopicArn": TOPIC})), Value::Null);
    let missing = bench.fault("GetTopicAttributes", json!({"TopicArn": TOPIC}));
    assert_eq!(missing, text(&recorded, "topic-not-exists"));
}

#[test]
fn a_topic_is_made_once() {
    let different = recorded("TestSNSTopicCrudV2::test_create_topic_different_attrs");
    let tagged = recorded("TestSNSTopicCrud::test_create_duplicate_topic_with_more_tags");
    let (Some(different), Some(tagged)) = (different, tagged) else { return };
    let mut bench = Bench::new();
    let made = |attributes: Value| json!({"Name": "topic", "Attributes": attributes});
    bench.call("CreateTopic", made(json!({"DisplayName": "Value1"})));
    bench.call("CreateTopic", made(json!({})));
    let fault = bench.fault("CreateTopic", made(json!({"DisplayName": "Value2"})));
    assert_eq!(fault, text(&different, "create-topic-diff-attrs"));
    let both = json!({"DisplayName": "Value1", "KmsMasterKeyId": "key"});
    assert_eq!(bench.fault("CreateTopic", made(both)), text(&different, "create-topic-new-and-same-attrs"));
    let tags = json!({"Name": "topic", "Tags": [{"Key": "a", "Value": "1"}]});
    assert_eq!(bench.fault("CreateTopic", tags), text(&tagged, "exception-duplicate"));
    let fifo = json!({"Name": "topic.fifo", "Attributes": {"FifoTopic": "true"}});
    assert!(bench.fault("CreateTopic", fifo).contains("FIFO topics are not supported"));
    assert!(
        bench.fault("CreateTopic", made(json!({"Unknown": "x"}))).ends_with("Unknown attribute: Unknown")
    );
}

/// The steps of the recording, whose topic was a FIFO one.
#[test]
fn delivery_policies_are_filled_in_as_recorded() {
    let Some(recorded) = recorded("TestSNSTopicCrud::test_topic_delivery_policy_crud") else { return };
    let mut bench = Bench::with_topic();
    let set = |policy: &str| json!({"TopicArn": TOPIC, "AttributeName": "DeliveryPolicy", "AttributeValue": policy});
    let retry = r#"{"minDelayTarget":5,"maxDelayTarget":6,"numRetries":1}"#;
    for (step, policy) in [
        ("get-topic-attrs", r#"{"http":{"defaultRequestPolicy":{"headerContentType":"application/json"}}}"#),
        ("get-topic-attrs-after-update", &format!(r#"{{"http":{{"defaultHealthyRetryPolicy":{retry}}}}}"#)),
        ("get-topic-attrs-after-none", r#"{"http":{"defaultHealthyRetryPolicy":null}}"#),
        ("get-topic-attrs-after-delete", ""),
    ] {
        bench.call("SetTopicAttributes", set(policy));
        let (ours, theirs) = (attributes(&mut bench), &recorded[step]["Attributes"]);
        for name in ["DeliveryPolicy", "EffectiveDeliveryPolicy"] {
            assert_eq!(ours.get(name), theirs.get(name), "{step}");
        }
    }
    for bad in [r#"{"http":{"defaultHealthyRetryPolicy":{"numRetries":101}}}"#, "x", "[]", r#"{"https":{}}"#]
    {
        assert!(
            bench.fault("SetTopicAttributes", set(bad)).starts_with("Invalid parameter: DeliveryPolicy: ")
        );
    }
}

#[test]
fn topics_are_named_by_arns_of_the_region() {
    let place = recorded("TestSNSPublishCrud::test_topic_publish_another_region");
    let arn = recorded("TestSNSTopicCrud::test_create_topic_with_attributes");
    let (Some(place), Some(arn)) = (place, arn) else { return };
    let mut bench = Bench::with_topic();
    let elsewhere = "arn:aws:sns:us-west-1:111111111111:topic";
    let publish = json!({"TopicArn": elsewhere, "Message": "a"});
    assert_eq!(bench.fault("Publish", publish.clone()), text(&place, "error"));
    let get = |arn: &str| json!({"TopicArn": arn});
    assert_eq!(bench.fault("GetTopicAttributes", get("topic")), text(&arn, "get-attrs-malformed-topic"));
    bench.sns.add_topic(elsewhere);
    bench.call("Publish", publish);
    assert!(bench.sns.has_topic(elsewhere) && bench.sns.has_topic(TOPIC));
}

#[test]
fn topics_are_listed_a_hundred_a_page() {
    let mut bench = Bench::new();
    (0..150).for_each(|at| bench.sns.add_topic(&format!("{TOPIC}-{at:03}")));
    let first = bench.call("ListTopics", json!({}));
    let next = bench.call("ListTopics", json!({"NextToken": first["NextToken"]}));
    let arns = |page: &Value| page["Topics"].as_array().unwrap().clone();
    assert_eq!((arns(&first).len(), arns(&next).len()), (100, 50));
    assert_eq!(arns(&next)[0]["TopicArn"], format!("{TOPIC}-100"));
    assert_eq!(next.get("NextToken"), None);
    assert_eq!(bench.fault("ListTopics", json!({"NextToken": "x"})), "Invalid parameter: NextToken");
}

#[test]
fn tags_are_those_that_were_recorded() {
    let Some(recorded) = recorded("TestSNSTopicCrud::test_tags") else { return };
    let mut bench = Bench::with_topic();
    let tag = |key: &str, value: &str| json!({"Key": key, "Value": value});
    let put = |tags: Value| json!({"ResourceArn": TOPIC, "Tags": tags});
    let twice = put(json!([tag("k1", "v1"), tag("k2", "v2"), tag("k2", "v2")]));
    assert_eq!(bench.fault("TagResource", twice), text(&recorded, "duplicate-key-error"));
    assert_eq!(bench.call("TagResource", put(json!([tag("k1", "v1"), tag("k2", "v2")]))), json!({}));
    let list =
        |bench: &mut Bench| bench.call("ListTagsForResource", json!({"ResourceArn": TOPIC}))["Tags"].clone();
    assert_eq!(list(&mut bench), recorded["list-created-tags"]["Tags"]);
    bench.call("UntagResource", json!({"ResourceArn": TOPIC, "TagKeys": ["k1"]}));
    assert_eq!(list(&mut bench), recorded["list-after-delete-tags"]["Tags"]);
    bench.call("TagResource", put(json!([tag("k2", "v2b")])));
    assert_eq!(list(&mut bench), recorded["list-after-update-tags"]["Tags"]);
    let many: Vec<_> = (0..50).map(|at| tag(&at.to_string(), "")).collect();
    let message = "Could not complete request: tag quota of per resource exceeded";
    assert_eq!(bench.fault("TagResource", put(many.into())), message);
    let missing = bench.fault("ListTagsForResource", json!({"ResourceArn": QUEUE}));
    assert_eq!(missing, "Resource does not exist");
}

//! Samples of the AWS CLI's documentation and answers that were recorded of AWS: requests are read, and answers go through
//! our structures without losing, gaining or changing a field.

use fleetsim::wire::{
    call::Call,
    dialect::{Dialect, Protocol, Service},
    sqs, ssm,
};
use jiff::civil::DateTime;
use serde_json::{Map, Value, json};

use crate::{answers::answer, lines, shared};

fn assert_unchanged(service: &str, operation: &str, value: &Value) -> bool {
    let Some(written) = answer(service, operation, value) else { return false };
    assert_eq!(written.as_ref(), Ok(value), "{service} {operation}");
    true
}

/// `describe-instance-information` as the API names it.
fn pascal(name: &str) -> String {
    let word = |word: &str| word[..1].to_uppercase() + &word[1..];
    name.split('-').map(word).collect()
}

#[test]
fn documented_answers_go_through_unchanged() {
    let samples = lines("ssm_samples/awscli_examples.jsonl");
    let mut count = 0;
    for sample in &samples {
        let mut output = sample["output"].clone();
        let Some(fields) = output.as_object_mut() else { continue };
        fields.remove("ResponseMetadata");
        let operation = pascal(sample["op"].as_str().unwrap());
        count += usize::from(assert_unchanged(sample["service"].as_str().unwrap(), &operation, &output));
    }
    assert!(samples.is_empty() || count == 21, "{count}");
}

/// The Python SDK's times as the wire has them: numbers.
fn with_numbers(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(with_numbers),
        Value::Object(fields) => {
            for (name, value) in fields {
                let time = ["Date", "Time", "ExpiresAfter"].iter().any(|end| name.ends_with(end));
                match value.as_str().filter(|_| time).and_then(|text| text.parse::<DateTime>().ok()) {
                    Some(time) => {
                        let time = jiff::tz::Offset::UTC.to_timestamp(time).unwrap();
                        *value = json!(time.as_millisecond() as f64 / 1e3);
                    }
                    None => with_numbers(value),
                }
            }
        }
        _ => {}
    }
}

#[test]
fn recorded_answers_go_through_unchanged() {
    let samples = lines("ssm_samples/custodian_placebo.jsonl");
    let mut count = 0;
    for sample in samples.iter().filter(|sample| sample["status_code"] == 200) {
        let (service, operation) = sample["api"].as_str().unwrap().split_once('.').unwrap();
        let mut data = sample["data"].clone();
        data.as_object_mut().unwrap().remove("ResponseMetadata");
        if operation != "GetCommandInvocation" {
            with_numbers(&mut data);
        }
        // The tool that recorded them added tags of its own to two answers.
        if let Some(attributes) = data.get_mut("Attributes").and_then(Value::as_object_mut) {
            attributes.retain(|_, value| !value.is_array());
        }
        count += usize::from(assert_unchanged(service, operation, &data));
    }
    assert!(samples.is_empty() || count == 379, "{count}");
}

/// SQS's digests of bodies and attributes, as AWS sent them.
#[test]
fn recorded_messages_have_our_digests() {
    use fleetsim::wire::attribute::{attributes_md5, md5};
    let samples = lines("ssm_samples/custodian_placebo.jsonl");
    let mut count = 0;
    for sample in samples.iter().filter(|sample| sample["api"] == "sqs.ReceiveMessage") {
        let mut data = sample["data"].clone();
        data.as_object_mut().unwrap().remove("ResponseMetadata");
        let result: sqs::message::ReceiveMessageResult = serde_json::from_value(data).unwrap();
        for message in result.messages {
            assert_eq!(attributes_md5(&message.message_attributes), message.md5_of_message_attributes);
            // Account numbers in some bodies were made unreadable afterwards.
            count += usize::from(md5(&message.body) == message.md5_of_body);
        }
    }
    assert!(samples.is_empty() || count >= 10, "{count}");
}

/// A command line of the samples as the parameters of its operation.
fn parameters(command: &str) -> Value {
    let words = command.replace(['"', '\''], "");
    let mut fields = Map::new();
    for option in words.split(" --").skip(1) {
        let (name, value) = option.split_once(' ').unwrap_or((option, ""));
        let value = value.trim();
        let value = match name {
            "details" => json!(true),
            "filters" | "targets" => value.split_whitespace().map(key_and_values).collect(),
            "parameters" => json!({"commands": [value]}),
            _ => json!(value),
        };
        fields.insert(pascal(name), value);
    }
    Value::Object(fields)
}

/// `Key=a,Values=b,c`.
fn key_and_values(text: &str) -> Value {
    let (key, values) = text.strip_prefix("Key=").unwrap().split_once(",Values=").unwrap();
    json!({ "Key": key, "Values": values.split(',').collect::<Vec<_>>() })
}

#[test]
fn documented_commands_are_read() {
    let mut count = 0;
    let samples = lines("ssm_samples/awscli_examples.jsonl");
    for sample in samples.iter().filter(|sample| sample["service"] == "ssm") {
        let operation = pascal(sample["op"].as_str().unwrap());
        if !ssm::Request::OPERATIONS.contains(&operation.as_str()) {
            continue;
        }
        let dialect = Dialect { service: Service::Ssm, protocol: Protocol::Json11 };
        let parameters = parameters(sample["command"].as_str().unwrap());
        let read = ssm::Request::read(&Call {
            dialect,
            operation: operation.clone(),
            parameters: parameters.clone(),
        });
        let written =
            serde_json::to_value(read.unwrap_or_else(|fault| panic!("{operation}: {fault:?}"))).unwrap();
        for (name, value) in parameters.as_object().unwrap() {
            assert_eq!(&written[&operation][name], value, "{operation} {name}");
        }
        count += 1;
    }
    assert!(samples.is_empty() || count == 10, "{count}");
}

/// Transcripts of AWS with placeholders: what an answer is, its fields tell.
#[test]
fn transcripts_go_through_unchanged() {
    let mut count = 0;
    for (service, file) in [("sns", "test_sns"), ("sqs", "test_sqs"), ("events", "test_events")] {
        let Some(text) = shared(&format!("localstack_snapshots/{file}.snapshot.json")) else { return };
        let tests: Map<String, Value> = serde_json::from_str(&text).unwrap();
        for (_, answer) in tests.values().filter_map(|test| test["recorded-content"].as_object()).flatten() {
            let Some(mut fields) = answer.as_object().cloned() else { continue };
            if fields.remove("ResponseMetadata").is_none_or(|metadata| metadata["HTTPStatusCode"] != 200) {
                continue;
            }
            let operation = match (service, fields.keys().next().map(String::as_str)) {
                ("sns", Some("Topics")) => "ListTopics",
                ("sns", Some("Subscriptions")) => "ListSubscriptions",
                ("sns", Some("SubscriptionArn")) => "Subscribe",
                ("sns", Some("TopicArn")) => "CreateTopic",
                ("sqs", Some("QueueUrls")) => "ListQueues",
                ("events", Some("RuleArn")) => "PutRule",
                ("events", Some("Targets")) => "ListTargetsByRule",
                ("events", Some("FailedEntries")) => "PutTargets",
                _ => continue,
            };
            count += usize::from(assert_unchanged(service, operation, &Value::Object(fields)));
        }
    }
    assert!(count > 50, "{count}");
}

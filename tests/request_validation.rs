//! What the service refuses of a `SendCommand`, edge by edge (section 14.1), and what it accepts.

use std::{collections::BTreeMap, fs, path::Path};

use fleetsim::{
    base::Rate,
    ssm::{
        Readings, SendCommandRequest,
        document::built_in,
        limits::{parse_max_concurrency, parse_max_errors},
        request::Target,
    },
};
use serde_json::{Value, json};

/// A request that is accepted.
fn good() -> Value {
    json!({
        "DocumentName": "AWS-RunShellScript",
        "Targets": [{ "Key": "tag:Role", "Values": ["web"] }],
        "Parameters": { "commands": ["true"] },
    })
}

/// Error codes and pointers of the good request with some fields replaced; `null` removes a field.
fn errors(changes: &Value) -> Vec<(String, String)> {
    let mut request = good();
    for (field, value) in changes.as_object().unwrap() {
        request[field] = value.clone();
    }
    let request: SendCommandRequest = serde_json::from_value(request).unwrap();
    let errors = request.validate(&Readings::default(), &built_in());
    errors.into_iter().map(|error| (error.code.to_string(), error.pointer)).collect()
}

fn id(number: usize) -> String {
    format!("i-{number:017}")
}

#[test]
fn rate_controls_take_what_the_patterns_take() {
    use Rate::{Count, Percent};
    // S4.1, S4.16, S14.2 to S14.5: text, as MaxConcurrency, as MaxErrors.
    for (text, concurrency, errors) in [
        ("1", Some(Count(1)), Some(Count(1))),
        ("0", None, Some(Count(0))),
        ("1%", Some(Percent(1)), Some(Percent(1))),
        ("0%", None, Some(Percent(0))),
        ("00%", None, None),
        ("05%", None, None),
        ("99%", Some(Percent(99)), Some(Percent(99))),
        ("100%", Some(Percent(100)), Some(Percent(100))),
        ("101%", None, None),
        ("010", None, None),
        ("1.5", None, None),
        ("-1", None, None),
        ("", None, None),
        ("5\n", None, None),
        (" 5", None, None),
        ("٥", None, None),
        ("1000000", Some(Count(1_000_000)), Some(Count(1_000_000))),
        ("9999999", Some(Count(9_999_999)), Some(Count(9_999_999))),
        ("10000000", None, None),
    ] {
        assert_eq!(parse_max_concurrency(text).ok(), concurrency, "MaxConcurrency {text:?}");
        assert_eq!(parse_max_errors(text).ok(), errors, "MaxErrors {text:?}");
    }
}

#[test]
fn each_field_has_its_limits() {
    let many = |count: usize| (0..count).map(id).collect::<Vec<_>>();
    let values = |count: usize| vec!["x"; count];
    let by_ids = |ids: Value| json!({ "Targets": null, "InstanceIds": ids });
    let by_target = |key: &str, values: Value| json!({ "Targets": [{ "Key": key, "Values": values }] });
    let topic = "arn:aws:sns:eu-west-1:123456789012:patches";
    let cases = [
        // The name's pattern and whether it is known.
        (
            json!({ "DocumentName": "x" }),
            vec!["ValidationException /DocumentName", "InvalidDocument /DocumentName"],
        ),
        (json!({ "DocumentName": "AWS-RunShelScript" }), vec!["InvalidDocument /DocumentName"]),
        (json!({ "DocumentName": "arn:aws:ssm:eu-west-1::document/AWS-RunShellScript" }), vec![]),
        (json!({ "DocumentVersion": "$LATEST" }), vec![]),
        (json!({ "DocumentVersion": "12" }), vec![]),
        (json!({ "DocumentVersion": "0" }), vec!["ValidationException /DocumentVersion"]),
        (json!({ "DocumentVersion": "x$LATEST" }), vec!["ValidationException /DocumentVersion"]),
        (json!({ "DocumentHash": "a".repeat(256), "DocumentHashType": "Sha256" }), vec![]),
        (json!({ "DocumentHash": "a".repeat(257) }), vec!["ValidationException /DocumentHash"]),
        (json!({ "DocumentHashType": "sha256" }), vec!["ValidationException /DocumentHashType"]),
        // S3.1, S3.14, S3.16.
        (by_ids(json!(many(50))), vec![]),
        (by_ids(json!(many(51))), vec!["ValidationException /InstanceIds"]),
        (by_ids(json!(["i-01234567", "mi-0123456789abcdef0"])), vec![]),
        (by_ids(json!(["mi-01234567"])), vec!["ValidationException /InstanceIds/0"]),
        (by_ids(json!(["i-0123456789abcdef0\n"])), vec!["ValidationException /InstanceIds/0"]),
        (by_ids(json!([id(1), id(2), id(1)])), vec!["DuplicateInstanceId /InstanceIds/2"]),
        // O-57: both, neither; an empty list is none.
        (json!({ "InstanceIds": [id(1)] }), vec!["InvalidParameters /Targets"]),
        (json!({ "InstanceIds": [] }), vec![]),
        (json!({ "Targets": null }), vec!["InvalidParameters "]),
        (json!({ "Targets": [] }), vec!["InvalidParameters "]),
        // S3.2, S3.9, O-29.
        (json!({ "Targets": vec![json!({ "Key": "tag-key", "Values": ["x"] }); 5] }), vec![]),
        (
            json!({ "Targets": vec![json!({ "Key": "tag-key", "Values": ["x"] }); 6] }),
            vec!["ValidationException /Targets"],
        ),
        (by_target("tag:A b", json!(values(50))), vec![]),
        (by_target("tag:A b", json!(values(51))), vec!["ValidationException /Targets/0/Values"]),
        (by_target("tag:Größe", json!(["x"])), vec![]),
        (by_target("tag:a*", json!(["x"])), vec!["ValidationException /Targets/0/Key"]),
        (by_target("tag:a\n", json!(["x"])), vec!["ValidationException /Targets/0/Key"]),
        (
            by_target(&format!("tag:{}", "a".repeat(160)), json!(["x"])),
            vec!["ValidationException /Targets/0/Key"],
        ),
        (by_target("Role", json!(["x"])), vec!["InvalidParameters /Targets/0/Key"]),
        (by_target("resource-groups:Name", json!(["x"])), vec![]),
        // S3.7: `*` is not for Run Command; S3.8: both casings of the key.
        (by_target("InstanceIds", json!(["*"])), vec!["InvalidInstanceId /Targets/0/Values/0"]),
        (by_target("instanceids", json!([id(1), id(1)])), vec!["DuplicateInstanceId /Targets/0/Values/1"]),
        // S5.1.
        (json!({ "TimeoutSeconds": 30 }), vec![]),
        (json!({ "TimeoutSeconds": 29 }), vec!["ValidationException /TimeoutSeconds"]),
        (json!({ "TimeoutSeconds": 2_592_000 }), vec![]),
        (json!({ "TimeoutSeconds": 2_592_001 }), vec!["ValidationException /TimeoutSeconds"]),
        (json!({ "Comment": "ä".repeat(100) }), vec![]),
        (json!({ "Comment": "a".repeat(101) }), vec!["ValidationException /Comment"]),
        // S11.9.
        (
            json!({ "OutputS3Region": "eu", "OutputS3BucketName": "ab" }),
            vec!["ValidationException /OutputS3Region", "ValidationException /OutputS3BucketName"],
        ),
        (json!({ "OutputS3KeyPrefix": "a".repeat(501) }), vec!["ValidationException /OutputS3KeyPrefix"]),
        // S9.1, S9.2, S9.5, S9.21.
        (
            json!({ "NotificationConfig": { "NotificationArn": topic, "NotificationEvents": ["All"] } }),
            vec![],
        ),
        (
            json!({ "NotificationConfig": { "NotificationArn": topic, "NotificationType": "command" } }),
            vec!["ValidationException /NotificationConfig/NotificationType"],
        ),
        (
            json!({ "NotificationConfig": { "NotificationArn": topic, "NotificationEvents": ["Success", "FAILURE"] } }),
            vec!["ValidationException /NotificationConfig/NotificationEvents/1"],
        ),
        (
            json!({ "NotificationConfig": { "NotificationArn": "" } }),
            vec!["InvalidNotificationConfig /NotificationConfig/NotificationArn"],
        ),
        (
            json!({ "NotificationConfig": { "NotificationArn": format!("{topic}.fifo") } }),
            vec!["InvalidNotificationConfig /NotificationConfig/NotificationArn"],
        ),
        // S11.16, S4.29.
        (
            json!({ "CloudWatchOutputConfig": { "CloudWatchLogGroupName": "" } }),
            vec!["ValidationException /CloudWatchOutputConfig/CloudWatchLogGroupName"],
        ),
        (json!({ "AlarmConfiguration": { "Alarms": [{ "Name": "cpu" }] } }), vec![]),
        (
            json!({ "AlarmConfiguration": { "Alarms": [] } }),
            vec!["ValidationException /AlarmConfiguration/Alarms"],
        ),
        (
            json!({ "AlarmConfiguration": { "Alarms": [{ "Name": " " }] } }),
            vec!["ValidationException /AlarmConfiguration/Alarms/0/Name"],
        ),
        // Parameters of the document; O-21.
        (
            json!({ "Parameters": { "comands": ["true"] } }),
            vec!["InvalidParameters /Parameters/comands", "InvalidParameters /Parameters"],
        ),
        (json!({ "Parameters": { "commands": [] } }), vec!["InvalidParameters /Parameters/commands"]),
        (json!({ "Parameters": { "commands": ["true"], "executionTimeout": ["172800"] } }), vec![]),
        (
            json!({ "Parameters": { "commands": ["true"], "executionTimeout": ["172801"] } }),
            vec!["InvalidParameters /Parameters/executionTimeout"],
        ),
        (
            json!({ "Parameters": { "commands": ["true"], "executionTimeout": ["0"] } }),
            vec!["InvalidParameters /Parameters/executionTimeout"],
        ),
        (json!({ "DocumentName": "AWS-RunPatchBaseline", "Parameters": { "Operation": ["Scan"] } }), vec![]),
        (
            json!({ "DocumentName": "AWS-RunPatchBaseline", "Parameters": { "Operation": ["scan"] } }),
            vec!["InvalidParameters /Parameters/Operation"],
        ),
        (
            json!({ "DocumentName": "AWS-RunPatchBaseline", "Parameters": null }),
            vec!["InvalidParameters /Parameters"],
        ),
    ];
    for (changes, expected) in cases {
        let found: Vec<_> = errors(&changes).into_iter().map(|(code, at)| format!("{code} {at}")).collect();
        assert_eq!(found, expected, "{changes}");
    }
}

#[test]
fn all_violations_come_at_once_in_the_words_of_the_service() {
    let mut request: SendCommandRequest = serde_json::from_value(good()).unwrap();
    request.max_concurrency = Some("0".into());
    request.timeout_seconds = Some(1);
    request.targets = Some(vec![Target { key: "tag:a*".into(), values: Vec::new() }]);
    let messages: Vec<_> = request
        .validate(&Readings::default(), &built_in())
        .into_iter()
        .map(|error| error.to_string())
        .collect();
    // The form of S14.6.
    let start = "ValidationException: 1 validation error detected: Value";
    assert_eq!(messages.len(), 3);
    assert!(messages[0].starts_with(&format!(
        "{start} '0' at 'maxConcurrency' failed to satisfy constraint: Member must satisfy regular expression pattern:"
    )));
    assert_eq!(
        messages[1],
        format!(
            "{start} '1' at 'timeoutSeconds' failed to satisfy constraint: Member must have value greater than or \
             equal to 30"
        )
    );
    assert!(messages[2].starts_with(&format!("{start} 'tag:a*' at 'targets.1.member.key' failed")));
}

#[test]
fn the_reading_decides_on_values_per_target() {
    // O-29.
    let mut request: SendCommandRequest = serde_json::from_value(good()).unwrap();
    request.targets = Some(vec![Target { key: "tag:a".into(), values: vec!["x".into(); 6] }]);
    assert_eq!(request.validate(&Readings::default(), &built_in()), []);
    let strict = Readings { target_values: 5, ..Readings::default() };
    assert_eq!(request.validate(&strict, &built_in())[0].pointer, "/Targets/0/Values");
}

#[test]
fn recorded_examples_of_the_aws_cli_are_accepted() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/ssm_samples/awscli_examples.jsonl");
    let Ok(text) = fs::read_to_string(&file) else {
        eprintln!("skipped: {} is not there", file.display());
        return;
    };
    let samples = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let mut judged = 0;
    for sample in samples.filter(|sample| sample["service"] == "ssm" && sample["op"] == "send-command") {
        // The answer repeats the request: what was sent is read from there.
        let command = &sample["output"]["Command"];
        let names = command["DocumentName"].as_str().unwrap();
        let texts = |field: &str| command[field].as_str().filter(|text| !text.is_empty()).map(str::to_string);
        let request = SendCommandRequest {
            document_name: names.into(),
            instance_ids: serde_json::from_value(command["InstanceIds"].clone()).unwrap(),
            targets: serde_json::from_value(command["Targets"].clone()).unwrap(),
            parameters: serde_json::from_value::<BTreeMap<_, _>>(command["Parameters"].clone()).ok(),
            comment: texts("Comment"),
            max_concurrency: texts("MaxConcurrency"),
            max_errors: texts("MaxErrors"),
            ..SendCommandRequest::default()
        };
        assert_eq!(request.validate(&Readings::default(), &built_in()), [], "{command}");
        judged += 1;
    }
    assert!(judged > 0, "the samples hold a send-command");
}

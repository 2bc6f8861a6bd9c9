//! EventBridge behind calls, against recorded answers and messages of AWS.

use std::sync::LazyLock;

use fleetsim::{
    base::{SimDuration, SimTime},
    service::{
        Ids, Moment,
        events::{Destination, EventBridge, Invocation},
    },
    wire::{
        call::Call,
        dialect::{Dialect, Protocol, Service},
        events::Request,
        fault::Fault,
    },
};
use serde_json::{Value, json};

const ACCOUNT: &str = "111111111111";
const QUEUE: &str = "arn:aws:sqs:us-east-1:111111111111:queue";
const PATTERN: &str = r#"{"source":["core.update-account-command"],"detail-type":["core.update-account-command"],"detail":{"command":["update-account"]}}"#;

/// EventBridge and a clock that moves with every call.
struct Bench {
    bridge: EventBridge,
    ids: Ids,
    now: SimTime,
}

impl Bench {
    fn new() -> Self {
        Self { bridge: EventBridge::new(ACCOUNT, "us-east-1"), ids: Ids::new(1), now: SimTime::ZERO }
    }

    fn call(&mut self, operation: &str, parameters: Value) -> Result<Value, Fault> {
        let dialect = Dialect { service: Service::Events, protocol: Protocol::Json11 };
        let request = Request::read(&Call { dialect, operation: operation.into(), parameters })?;
        self.now = self.now + SimDuration(1);
        let start = "2026-01-01T00:00:00Z".parse().unwrap();
        self.bridge.call(&request, &mut Moment { now: self.now, start, ids: &mut self.ids })
    }

    fn ok(&mut self, operation: &str, parameters: Value) -> Value {
        self.call(operation, parameters).unwrap_or_else(|fault| panic!("{operation}: {fault:?}"))
    }

    fn error(&mut self, operation: &str, parameters: Value) -> String {
        let fault = self.call(operation, parameters).unwrap_err();
        format!("{}: {}", fault.code, fault.message)
    }

    /// A rule for the event of [`Bench::put`], with one target.
    fn rule(&mut self, target: &Value) -> Result<Value, Fault> {
        self.call("PutRule", json!({ "Name": "r", "EventPattern": PATTERN }))?;
        self.call("PutTargets", json!({ "Rule": "r", "Targets": [target] }))
    }

    fn put(&mut self, detail: &Value) -> Vec<Invocation> {
        let name = "core.update-account-command";
        let entry = json!({ "Source": name, "DetailType": name, "Detail": detail.to_string() });
        self.ok("PutEvents", json!({ "Entries": [entry] }));
        self.bridge.take_invocations()
    }
}

fn detail() -> Value {
    json!({ "command": "update-account", "payload": { "acc_id": "0a787ecb-4015", "sf_id": "baz" } })
}

/// The recordings in a file of the shared data, by test; `None` with a printed reason when it is not there.
fn recordings(file: &str) -> Option<serde_json::Map<String, Value>> {
    let path =
        format!("{}/../shared/data/localstack_snapshots/{file}.snapshot.json", env!("CARGO_MANIFEST_DIR"));
    match std::fs::read_to_string(&path) {
        Ok(text) => Some(serde_json::from_str(&text).unwrap()),
        Err(error) => {
            eprintln!("skipped: {path}: {error}");
            None
        }
    }
}

static EVENTS: LazyLock<Option<serde_json::Map<String, Value>>> = LazyLock::new(|| recordings("test_events"));

/// What was recorded in a test of `test_events`, with names for the placeholders.
fn recorded(test: &str, names: &[(&str, &str)]) -> Option<Value> {
    let (_, found) = EVENTS.as_ref()?.iter().find(|(key, _)| key.ends_with(test)).expect(test);
    let mut text = found["recorded-content"].to_string();
    for (placeholder, name) in [("<partition>", "aws"), ("<region>", "us-east-1")].iter().chain(names) {
        text = text.replace(placeholder, name);
    }
    serde_json::from_str(&text).ok()
}

/// An answer as it was recorded: without metadata, and patterns parsed.
fn same(recorded: &Value, answer: &Value) -> bool {
    fn parse(value: &mut Value) {
        match value {
            Value::Object(fields) => {
                fields.remove("ResponseMetadata");
                fields.retain(|name, _| name != "CreationTime" && name != "LastModifiedTime");
                if let Some(Value::String(text)) = fields.get("EventPattern") {
                    let parsed = serde_json::from_str(text).unwrap();
                    fields.insert("EventPattern".into(), parsed);
                }
                fields.values_mut().for_each(parse);
            }
            Value::Array(elements) => elements.iter_mut().for_each(parse),
            _ => {}
        }
    }
    let (mut recorded, mut answer) = (recorded.clone(), answer.clone());
    parse(&mut recorded);
    parse(&mut answer);
    recorded == answer || recorded == json!({}) && answer.is_null()
}

#[track_caller]
fn assert_same(recorded: &Value, answer: &Value) {
    assert!(same(recorded, answer), "recorded: {recorded:#}\nanswered: {answer:#}");
}

#[track_caller]
fn assert_error(recorded: &Value, error: &str) {
    let recorded = &recorded["Error"];
    let text = format!("{}: {}", recorded["Code"].as_str().unwrap(), recorded["Message"].as_str().unwrap());
    assert_eq!(text, error);
}

/// The templates stand in the names of the tests; a test that recorded nothing saw no message.
#[test]
fn templates_are_filled_as_recorded() {
    let Some(recordings) = recordings("test_events_inputs") else { return };
    let mut detail = detail();
    detail["listsingle"] = json!(["HIGH"]);
    detail["listmulti"] = json!(["ACTIVE", "INACTIVE"]);
    detail["valid"] = json!(true);
    let paths = json!({
        "userId": "$.detail.payload.acc_id", "payload": "$.detail.payload", "valid": "$.detail.valid",
        "systemstring": "$.detail.awsAccountId", "listsingle": "$.detail.listsingle",
        "listmulti": "$.detail.listmulti",
    });
    let mut seen = [0, 0];
    for (test, recorded) in &recordings {
        let Some((_, template)) = test.split_once("nested_keys_replacement[") else { continue };
        let template = template.strip_suffix(']').unwrap().replace("\\n", "\n");
        let mut bench = Bench::new();
        let transformer = json!({ "InputPathsMap": paths, "InputTemplate": template });
        let put = bench.rule(&json!({ "Id": "t", "Arn": QUEUE, "InputTransformer": transformer }));
        let invocations = bench.put(&detail);
        let inputs: Vec<_> = invocations
            .iter()
            .filter(|one| !matches!(one.destination, Destination::Nowhere(_)))
            .map(|one| one.input.as_str())
            .collect();
        let messages = &recorded["recorded-content"]["input-transformed-messages"];
        match messages[0]["Body"].clone() {
            Value::Null => assert!(put.is_err() || inputs.is_empty(), "{template}: {inputs:?}"),
            Value::String(text) => assert_eq!(inputs, [text.as_str()], "{template}"),
            body => assert_eq!(serde_json::from_str::<Value>(inputs[0]).unwrap(), body, "{template}"),
        }
        seen[usize::from(messages.is_array())] += 1;
    }
    assert!(seen[0] >= 4 && seen[1] >= 13, "{seen:?}");
}

/// Input paths, and the tests whose templates stand elsewhere.
#[test]
fn parts_of_events_are_passed_on_as_recorded() {
    let mut bench = Bench::new();
    for (path, input) in [
        ("$.detail", detail().to_string()),
        ("$.detail.payload", r#"{"acc_id":"0a787ecb-4015","sf_id":"baz"}"#.into()),
        ("$.detail.payload.sf_id", r#""baz""#.into()),
    ] {
        bench.rule(&json!({ "Id": "t", "Arn": QUEUE, "InputPath": path })).unwrap();
        assert_eq!(bench.put(&detail())[0].input, input, "{path}");
    }
    let mut transformed = |template: &str| {
        let paths = json!({ "detail-type": "$.detail-type", "timestamp": "$.time", "command": "$.detail.notinmessage" });
        let transformer = json!({ "InputPathsMap": paths, "InputTemplate": template });
        bench.rule(&json!({ "Id": "t", "Arn": QUEUE, "InputTransformer": transformer })).unwrap();
        bench.put(&detail())[0].input.clone()
    };
    assert_eq!(
        transformed(
            r#""Event of <detail-type> type, at time <timestamp>, info extracted from detail <command>""#
        ),
        r#""Event of core.update-account-command type, at time 2026-01-01T00:00:00Z, info extracted from detail ""#
    );
    assert_eq!(
        transformed(r#"{"detailType": <detail-type>, "time": <timestamp>, "command": <command>}"#),
        r#"{"detailType": "core.update-account-command", "time": "2026-01-01T00:00:00Z", "command": ""}"#
    );
}

/// The examples of the guide (eb-transform-target-input), whose event it has.
#[test]
fn the_guides_examples_come_out() {
    let event = r#"{"version":"0","id":"7bf73129-1428-4cd3-a780-95db273d1602","detail-type":"EC2 Instance State-change Notification","source":"aws.ec2","account":"123456789012","time":"2015-11-11T21:29:54Z","region":"us-east-1","resources":["arn:aws:ec2:us-east-1:123456789012:instance/i-abcd1111"],"detail":{"instance-id":"i-0123456789","state":"RUNNING"}}"#;
    let mut bench = Bench::new();
    let mut transformed = |template: &str| {
        bench.ok("PutRule", json!({ "Name": "example", "EventPattern": r#"{"source":["aws.ec2"]}"# }));
        let paths = json!({ "instance": "$.detail.instance-id", "state": "$.detail.state", "resource": "$.resources[0]" });
        let transformer = json!({ "InputPathsMap": paths, "InputTemplate": template });
        let target = json!({ "Id": "t", "Arn": QUEUE, "InputTransformer": transformer });
        bench.ok("PutTargets", json!({ "Rule": "example", "Targets": [target] }));
        let start = "2026-01-01T00:00:00Z".parse().unwrap();
        bench.bridge.happen(event, &Moment { now: bench.now, start, ids: &mut bench.ids });
        bench.bridge.take_invocations().remove(0).input
    };
    assert_eq!(
        transformed(r#""instance <instance> is in <state>""#),
        r#""instance i-0123456789 is in RUNNING""#
    );
    assert_eq!(
        transformed(r#""instance \"<instance>\" is in <state>""#),
        r#""instance \"i-0123456789\" is in RUNNING""#
    );
    assert_eq!(transformed(r#""<aws.events.rule-name> triggered""#), r#""example triggered""#);
    let json = |text: String| serde_json::from_str::<Value>(&text).unwrap();
    assert_eq!(
        json(transformed(
            r#"{"instance": <instance>, "state": "<state>", "instanceStatus": "instance \"<instance>\" is in <state>"}"#
        )),
        json!({ "instance": "i-0123456789", "state": "RUNNING", "instanceStatus": "instance \"i-0123456789\" is in RUNNING" })
    );
    assert_eq!(
        json(transformed(r#"{"instance": <instance>, "state": [9, <state>, true], "Transformed": "Yes"}"#)),
        json!({ "instance": "i-0123456789", "state": [9, "RUNNING", true], "Transformed": "Yes" })
    );
    assert_eq!(
        json(transformed(
            r#"{"ruleArn": <aws.events.rule-arn>, "originalEvent": <aws.events.event.json>, "at": <aws.events.event.ingestion-time>}"#
        )),
        json!({ "ruleArn": "arn:aws:events:us-east-1:111111111111:rule/example", "originalEvent": json(event.into()), "at": "2026-01-01T00:00:00Z" })
    );
    // The shape of `aws.events.event` is a recorded one.
    let short = transformed(r#"{"event": <aws.events.event>}"#);
    assert_eq!(json(short)["event"]["detailType"], "EC2 Instance State-change Notification");
}

#[test]
fn targets_without_a_sense_are_refused_as_recorded() {
    let Some(recordings) = recordings("test_events_inputs") else { return };
    let find = |name: &str, target: &str| {
        let (_, found) = recordings.iter().find(|(key, _)| key.ends_with(name)).unwrap();
        let text = found["recorded-content"].to_string().replace("<target-id>", target);
        serde_json::from_str::<Value>(&text).unwrap()
    };
    let mut bench = Bench::new();
    let transformer = json!({ "InputPathsMap": {}, "InputTemplate": r#""<notdefinedkey>""# });
    bench.ok("PutRule", json!({ "Name": "r", "EventPattern": PATTERN }));
    let target = json!({ "Id": "t", "Arn": QUEUE, "InputTransformer": transformer });
    let error = bench.error("PutTargets", json!({ "Rule": "r", "Targets": [target] }));
    assert_error(&find("transformer_missing_keys", "t")["missing-key-exception-error"], &error);
    let transformer = json!({ "InputPathsMap": {}, "InputTemplate": r#""x""# });
    let target = json!({ "Id": "t", "Arn": QUEUE, "InputPath": "$.detail", "InputTransformer": transformer });
    let error = bench.error("PutTargets", json!({ "Rule": "r", "Targets": [target] }));
    let recorded = find("put_event_input_path_and_input_transformer", "t");
    assert_error(&recorded["duplicated-input-operations-error"], &error);
}

#[test]
fn rules_are_answered_as_recorded() {
    for (bus, test) in [("default", "[default]"), ("my-bus", "[custom]")] {
        let names = [("<rule-name>", "my-rule"), ("<bus-name>", bus)];
        let Some(recorded_rule) =
            recorded(&format!("test_put_list_with_prefix_describe_delete_rule{test}"), &names)
        else {
            return;
        };
        let mut bench = Bench::new();
        if bus != "default" {
            bench.ok("CreateEventBus", json!({ "Name": bus }));
        }
        let rule = json!({ "Name": "my-rule", "EventBusName": bus });
        let put = json!({ "Name": "my-rule", "EventBusName": bus, "EventPattern": PATTERN });
        let list = json!({ "NamePrefix": "my", "EventBusName": bus });
        assert_same(&recorded_rule["put-rule"], &bench.ok("PutRule", put));
        assert_same(&recorded_rule["list-rules"], &bench.ok("ListRules", list.clone()));
        assert_same(&recorded_rule["describe-rule"], &bench.ok("DescribeRule", rule.clone()));
        let Some(states) = recorded(&format!("test_disable_re_enable_rule{test}"), &names) else { return };
        assert_same(&states["disable-rule"], &bench.ok("DisableRule", rule.clone()));
        assert_same(&states["describe-rule-disabled"], &bench.ok("DescribeRule", rule.clone()));
        assert_same(&states["enable-rule"], &bench.ok("EnableRule", rule.clone()));
        assert_same(&states["describe-rule-enabled"], &bench.ok("DescribeRule", rule.clone()));
        assert_same(&recorded_rule["delete-rule"], &bench.ok("DeleteRule", rule.clone()));
        assert_same(&recorded_rule["list-rules-after-delete"], &bench.ok("ListRules", list));
        // One that is not there is deleted, too.
        bench.ok("DeleteRule", rule);
    }
}

#[test]
fn errors_are_those_recorded() {
    let Some(no_rule) = recorded("test_describe_nonexistent_rule", &[("<rule-name>", "none")]) else {
        return;
    };
    let mut bench = Bench::new();
    let error = bench.error("DescribeRule", json!({ "Name": "none" }));
    assert_error(&no_rule["describe-not-existing-rule-error"], &error);
    bench.rule(&json!({ "Id": "t", "Arn": QUEUE })).unwrap();
    let has_targets = recorded("test_delete_rule_with_targets", &[]).unwrap();
    assert_error(
        &has_targets["delete-rule-with-targets-error"],
        &bench.error("DeleteRule", json!({ "Name": "r" })),
    );
    let limit = recorded("test_add_exceed_fife_targets_per_rule", &[]).unwrap();
    let targets: Vec<_> = (0..7).map(|id| json!({ "Id": format!("t{id}"), "Arn": QUEUE })).collect();
    let error = bench.error("PutTargets", json!({ "Rule": "r", "Targets": targets }));
    assert_error(&limit["put-targets-client-error"], &error);
    assert_eq!(
        bench.ok("ListTargetsByRule", json!({ "Rule": "r" }))["Targets"],
        json!([{ "Id": "t", "Arn": QUEUE }])
    );
    let no_bus = recorded("test_describe_delete_not_existing_event_bus", &[("<bus-name>", "none")]).unwrap();
    let error = bench.error("DescribeEventBus", json!({ "Name": "none" }));
    assert_error(&no_bus["describe-not-existing-event-bus-error"], &error);
    assert_error(
        &no_bus["delete-not-existing-event-bus"],
        &bench.error("DeleteEventBus", json!({ "Name": "none" })),
    );
    let default = recorded("test_delete_default_event_bus", &[]).unwrap();
    assert_error(
        &default["delete-default-event-bus-error"],
        &bench.error("DeleteEventBus", json!({ "Name": "default" })),
    );
    let twice = recorded("test_create_multiple_event_buses_same_name", &[("<bus-name>", "b")]).unwrap();
    bench.ok("CreateEventBus", json!({ "Name": "b" }));
    let error = bench.error("CreateEventBus", json!({ "Name": "b" }));
    assert_error(&twice["create-multiple-event-buses-same-name"], &error);
    let error = bench.error(
        "PutRule",
        json!({ "Name": "s", "ScheduleExpression": "rate(5 minutes)", "EventBusName": "b" }),
    );
    assert_eq!(error, "ValidationException: ScheduleExpression is supported only on the default event bus.");
    let error = bench.error("PutRule", json!({ "Name": "s", "ScheduleExpression": "rate(5 minutes)" }));
    assert!(error.starts_with("ValidationException: ScheduleExpression is not supported here"), "{error}");
}

#[test]
fn buses_are_answered_as_recorded() {
    let test = "test_create_list_describe_delete_custom_event_buses[False-regions0]";
    let Some(recorded) = recorded(test, &[("<bus-name>", "my-bus")]) else { return };
    let mut bench = Bench::new();
    let name = json!({ "Name": "my-bus" });
    assert_same(&recorded["create-custom-event-bus-us-east-1"], &bench.ok("CreateEventBus", name.clone()));
    let listed = bench.ok("ListEventBuses", json!({ "NamePrefix": "my-bus" }));
    assert_same(&recorded["list-event-buses-after-create-us-east-1"], &listed);
    assert_eq!(listed["EventBuses"][0]["CreationTime"].as_f64().unwrap().floor(), 1_767_225_600.0);
    assert_same(
        &recorded["describe-custom-event-bus-us-east-1"],
        &bench.ok("DescribeEventBus", name.clone()),
    );
    bench.ok("DeleteEventBus", name);
    let listed = bench.ok("ListEventBuses", json!({ "NamePrefix": "my-bus" }));
    assert_same(&recorded["list-event-buses-after-delete-us-east-1"], &listed);
    assert_eq!(bench.ok("ListEventBuses", json!({}))["EventBuses"][0]["Name"], "default");
}

#[test]
fn put_events_answers_entry_by_entry() {
    let Some(without_source) = recorded("test_put_events_without_source", &[]) else { return };
    let mut bench = Bench::new();
    let answer = bench.ok("PutEvents", json!({ "Entries": [{ "DetailType": "x", "Detail": "{}" }] }));
    assert_same(&without_source["put-events"], &answer);
    let malformed = recorded("test_put_event_malformed_detail[ARRAY]", &[]).unwrap();
    let answer =
        bench.ok("PutEvents", json!({ "Entries": [{ "Source": "x", "DetailType": "x", "Detail": "[]" }] }));
    assert_same(&malformed["put-events"], &answer);
    // An unknown bus takes events and loses them; sources of AWS's own services are theirs.
    let entry = |bus: &str, source: &str| json!({ "Source": source, "DetailType": "t", "Detail": r#"{"message":1}"#, "EventBusName": bus });
    bench.ok("PutRule", json!({ "Name": "r", "EventPattern": r#"{"account":["111111111111"]}"# }));
    bench.ok("PutTargets", json!({ "Rule": "r", "Targets": [{ "Id": "t", "Arn": QUEUE }] }));
    let entries = [entry("none", "x"), entry("default", "x"), entry("default", "aws.ssm")];
    let answer = bench.ok("PutEvents", json!({ "Entries": entries }));
    assert_eq!(answer["FailedEntryCount"], 1);
    assert_eq!(answer["Entries"][2]["ErrorCode"], "NotAuthorizedForSourceException");
    let invocations = bench.bridge.take_invocations();
    let [one] = &invocations[..] else { panic!("{invocations:?}") };
    let id = answer["Entries"][1]["EventId"].as_str().unwrap();
    // The order of the fields is the recorded one.
    assert_eq!(
        one.input,
        format!(
            r#"{{"version":"0","id":"{id}","detail-type":"t","source":"x","account":"111111111111","time":"2026-01-01T00:00:00Z","region":"us-east-1","resources":[],"detail":{{"message":1}}}}"#
        )
    );
    assert_eq!(one.destination, Destination::Queue { arn: QUEUE.into(), group: None });
}

#[test]
fn a_disabled_rule_and_other_buses_stay_silent() {
    let mut bench = Bench::new();
    bench.ok("CreateEventBus", json!({ "Name": "b" }));
    bench.ok("PutRule", json!({ "Name": "r", "EventPattern": PATTERN, "EventBusName": "b" }));
    bench.ok(
        "PutTargets",
        json!({ "Rule": "r", "EventBusName": "b", "Targets": [{ "Id": "t", "Arn": QUEUE }] }),
    );
    assert_eq!(bench.put(&detail()), []);
    bench.rule(&json!({ "Id": "t", "Arn": QUEUE })).unwrap();
    assert_eq!(bench.put(&detail()).len(), 1);
    assert!(bench.bridge.listens());
    bench.ok("DisableRule", json!({ "Name": "r" }));
    assert_eq!(bench.put(&detail()), []);
    assert!(!bench.bridge.listens());
}

/// S10.31 to S10.34: the document is the ARN, the parameters are the input.
#[test]
fn a_document_as_a_target_sends_a_command() {
    let document = "arn:aws:ssm:us-east-1::document/AWS-RunShellScript";
    let mut bench = Bench::new();
    bench.ok("PutRule", json!({ "Name": "r", "EventPattern": PATTERN }));
    let mut target = json!({ "Id": "t", "Arn": document, "Input": r#"{"commands":["uptime"]}"# });
    let error = bench.error("PutTargets", json!({ "Rule": "r", "Targets": [target] }));
    assert_eq!(
        error,
        "ValidationException: Parameter(s) RunCommandParameters must be specified for target: t."
    );
    target["RunCommandParameters"] =
        json!({ "RunCommandTargets": [{ "Key": "tag:Role", "Values": ["web"] }] });
    let error = bench.error("PutTargets", json!({ "Rule": "r", "Targets": [target] }));
    assert!(error.starts_with("ValidationException: RoleArn is required for target"), "{error}");
    target["RoleArn"] = json!("arn:aws:iam::111111111111:role/run");
    target["RetryPolicy"] = json!({ "MaximumRetryAttempts": 0 });
    bench.ok("PutTargets", json!({ "Rule": "r", "Targets": [target] }));
    let invocation = bench.put(&detail()).remove(0);
    let request = invocation.send_command().unwrap().unwrap();
    assert_eq!(
        serde_json::to_value(&request).unwrap(),
        json!({
            "DocumentName": document, "Parameters": { "commands": ["uptime"] },
            "Targets": [{ "Key": "tag:Role", "Values": ["web"] }],
        })
    );
    assert_eq!(
        (invocation.retry.maximum_retry_attempts, invocation.retry.maximum_event_age_in_seconds),
        (0, 86_400)
    );
    let whole_event = Invocation { input: invocation.event.to_string(), ..invocation };
    assert_eq!(whole_event.send_command().unwrap_err().code, "InvalidParameters");
}

/// S10.29, with the event as the body.
#[test]
fn what_is_not_there_goes_to_the_dead_letter_queue() {
    let mut bench = Bench::new();
    let function = "arn:aws:lambda:us-east-1:111111111111:function:f";
    bench
        .rule(&json!({ "Id": "t", "Arn": function, "DeadLetterConfig": { "Arn": QUEUE }, "Input": "1" }))
        .unwrap();
    let invocation = bench.put(&detail()).remove(0);
    let Destination::Nowhere(failure) = &invocation.destination else { panic!("{invocation:?}") };
    let letter = invocation.dead_letter(failure).unwrap();
    assert_eq!((letter.queue.as_str(), letter.body.as_str()), (QUEUE, &*invocation.event));
    let names: Vec<_> = letter.attributes.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, ["RULE_ARN", "TARGET_ARN", "ERROR_CODE", "ERROR_MESSAGE"]);
    assert_eq!(letter.attributes[2].1, "NO_RESOURCE");
    bench.rule(&json!({ "Id": "t", "Arn": function })).unwrap();
    assert_eq!(bench.put(&detail())[0].dead_letter(failure), None);
}

#[test]
fn lists_come_in_pages() {
    let mut bench = Bench::new();
    for rule in 0..5 {
        let name = format!("rule-{rule}");
        bench.ok("PutRule", json!({ "Name": name, "EventPattern": PATTERN }));
        bench.ok(
            "PutTargets",
            json!({ "Rule": name, "Targets": [{ "Id": "t", "Arn": QUEUE }, { "Id": "u", "Arn": QUEUE }] }),
        );
    }
    let mut names = |operation: &str, mut request: Value, list: &str| {
        let mut pages = Vec::new();
        loop {
            request["Limit"] = json!(2);
            let answer = bench.ok(operation, request.clone());
            pages.push(answer[list].as_array().unwrap().len());
            match answer.get("NextToken") {
                Some(token) => request["NextToken"] = token.clone(),
                None => return pages,
            }
        }
    };
    assert_eq!(names("ListRules", json!({ "NamePrefix": "rule" }), "Rules"), [2, 2, 1]);
    // As recorded: a rule is named once, whatever the number of its targets.
    assert_eq!(names("ListRuleNamesByTarget", json!({ "TargetArn": QUEUE }), "RuleNames"), [2, 2, 1]);
    assert_eq!(names("ListTargetsByRule", json!({ "Rule": "rule-0" }), "Targets"), [2]);
    assert_eq!(names("ListRuleNamesByTarget", json!({ "TargetArn": "arn:x" }), "RuleNames"), [0]);
}

/// The syntax that the guide lists (S10.61); what is no path of it is refused when the target is put.
#[test]
fn paths_lead_to_values() {
    let mut bench = Bench::new();
    let mut detail = detail();
    detail["instance-id"] = json!("i-1");
    detail["list"] = json!([{ "x": 1 }, { "x": 2 }]);
    for (path, found) in [
        ("$.detail.instance-id", Some(json!("i-1"))),
        ("$.detail.list[1]", Some(json!({ "x": 2 }))),
        ("$.detail.list[0].x", Some(json!(1))),
        ("$.detail.list[*].x", Some(json!([1, 2]))),
        ("$.detail.list.*.x", Some(json!([1, 2]))),
        ("$.detail.list[2]", None),
        ("$.detail.nothing[*]", None),
        ("$.source.x", None),
    ] {
        bench.rule(&json!({ "Id": "t", "Arn": QUEUE, "InputPath": path })).unwrap();
        let invocation = bench.put(&detail).remove(0);
        match found {
            Some(found) => {
                assert_eq!(serde_json::from_str::<Value>(&invocation.input).unwrap(), found, "{path}");
            }
            None => assert!(matches!(invocation.destination, Destination::Nowhere(_)), "{path}"),
        }
    }
    for path in
        ["detail", "$detail", "$.", "$.a..b", "$.a[", "$.a[x]", "$.a[-1]", "$.a]b", "$.a b", "$[?(@.x)]"]
    {
        let fault = bench.rule(&json!({ "Id": "t", "Arn": QUEUE, "InputPath": path })).unwrap_err();
        assert_eq!(
            (fault.code, fault.message.as_str()),
            ("ValidationException", "InputPath for target t is invalid."),
            "{path}"
        );
    }
}

//! Whole requests in, whole answers and errors out. Texts of errors are those recorded of AWS where it says so.

use fleetsim::{
    ssm::{Readings, document},
    wire::{
        call::Call,
        dialect::Dialect,
        fault::Fault,
        http::{Request, Response},
        page::Paged,
        {events, sns, sqs, ssm},
    },
};
use serde_json::{Value, json};

fn headers(list: &[(&str, &str)]) -> Vec<(String, String)> {
    list.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect()
}

fn json_call(target: &str, body: &str) -> Call {
    let headers = headers(&[("X-Amz-Target", target), ("Content-Type", "application/x-amz-json-1.1")]);
    Call::read(&Request { method: "POST", target: "/", headers: &headers, body: body.as_bytes() }).unwrap()
}

fn form_call(form: &str) -> Call {
    Call::read(&Request { method: "POST", target: "/", headers: &[], body: form.as_bytes() }).unwrap()
}

fn refused(target: &str, body: &Value) -> Fault {
    let call = json_call(target, &body.to_string());
    let result = match target.split('.').next() {
        Some("AWSEvents") => events::Request::read(&call).map(drop),
        Some("AmazonSQS") => sqs::Request::read(&call).map(drop),
        _ => ssm::Request::read(&call).map(drop),
    };
    result.unwrap_err()
}

fn text(response: &Response) -> String {
    String::from_utf8(response.body.clone()).unwrap()
}

/// What EventBridge was recorded to say.
#[test]
fn violations_are_told_in_the_words_of_event_bridge() {
    let put = |id: &str| json!({"Rule": "r", "Targets": [{"Id": id, "Arn": "arn"}]});
    let begin = "1 validation error detected: Value";
    let fault = refused("AWSEvents.PutTargets", &put("!@#$@!#$"));
    let end =
        "failed to satisfy constraint: Member must satisfy regular expression pattern: [\\.\\-_A-Za-z0-9]+";
    assert_eq!(fault.message, format!("{begin} '!@#$@!#$' at 'targets.1.member.id' {end}"));
    let long = "x".repeat(65);
    let fault = refused("AWSEvents.PutTargets", &put(&long));
    let end = "failed to satisfy constraint: Member must have length less than or equal to 64";
    assert_eq!(fault.message, format!("{begin} '{long}' at 'targets.1.member.id' {end}"));
    assert_eq!(fault.code, "ValidationException");
}

#[test]
fn all_violations_are_in_one_text() {
    let body = json!({"CommandId": "short", "InstanceId": "x", "MaxResults": 51});
    let fault = refused("AmazonSSM.ListCommands", &body);
    assert!(fault.message.starts_with("3 validation errors detected: Value 'short' at 'commandId' failed"));
    assert_eq!(fault.message.matches("; Value '").count(), 2);
    let fault = refused("AmazonSSM.GetCommandInvocation", &json!({"InstanceId": "i-0123456789abcdef0"}));
    let null = "1 validation error detected: Value null at 'commandId' failed to satisfy constraint: Member must not be null";
    assert_eq!(fault.message, null);
}

#[test]
fn what_cannot_be_read_is_a_serialization_exception() {
    assert_eq!(refused("AmazonSSM.ListCommands", &json!({"MaxResults": "5"})).code, "SerializationException");
    for body in ["{", "[]", "\u{0}"] {
        let headers = headers(&[("x-amz-target", "AmazonSSM.ListCommands")]);
        let request = Request { method: "POST", target: "/", headers: &headers, body: body.as_bytes() };
        assert_eq!(Call::read(&request).unwrap_err().fault.code, "SerializationException");
    }
}

#[test]
fn an_unknown_operation_says_what_there_is() {
    let fault = refused("AmazonSSM.StartSession", &json!({}));
    assert_eq!(fault.code, "UnknownOperationException");
    assert!(fault.message.contains("StartSession") && fault.message.contains("SendCommand"), "{fault:?}");
    let headers = headers(&[("X-Amz-Target", "DynamoDB_20120810.ListTables")]);
    let request = Request { method: "POST", target: "/", headers: &headers, body: b"{}" };
    let fault = Call::read(&request).unwrap_err().fault;
    assert!(fault.message.contains("AmazonSSM, AmazonSQS, AWSEvents"), "{fault:?}");
}

/// Sections 14.1 and 3: the model's violations and the documents'.
#[test]
fn send_command_is_checked_against_documents() {
    let send = |body: Value| {
        let call = json_call("AmazonSSM.SendCommand", &body.to_string());
        let Ok(ssm::Request::SendCommand(request)) = ssm::Request::read(&call) else { panic!("{body}") };
        ssm::send_command::check(&request, &Readings::default(), &document::built_in())
    };
    let good = json!({"DocumentName": "AWS-RunShellScript", "InstanceIds": ["i-0123456789abcdef0"],
        "Parameters": {"commands": ["true"]}, "NewField": 1});
    assert_eq!(send(good.clone()), Ok(()));
    for (name, value, code) in [
        ("DocumentName", json!("No-Such"), "InvalidDocument"),
        ("InstanceIds", json!(["i-0123456789abcdef0", "i-0123456789abcdef0"]), "DuplicateInstanceId"),
        ("MaxConcurrency", json!("0"), "ValidationException"),
        ("Parameters", json!({"commands": ["true"], "other": ["x"]}), "InvalidParameters"),
    ] {
        let mut bad = good.clone();
        bad[name] = value;
        assert_eq!(send(bad).unwrap_err().code, code);
    }
}

/// Each error has the spelling of its field, its status, and the headers that SDKs look at.
#[test]
fn errors_look_as_each_service_writes_them() {
    let error = |call: &Call, code: &'static str| {
        let response = call.dialect.refuse(&call.operation, &Fault::new(code, "text"), "id");
        let body: Value = serde_json::from_slice(&response.body).unwrap();
        (response, body)
    };
    let ssm = json_call("AmazonSSM.SendCommand", "{}");
    let (response, body) = error(&ssm, "InvalidDocument");
    assert_eq!((response.status, body), (400, json!({"__type": "InvalidDocument", "Message": "text"})));
    assert_eq!(response.header("x-amzn-ErrorType"), Some("InvalidDocument"));
    assert_eq!(response.header("x-amzn-RequestId"), Some("id"));
    assert_eq!(response.header("Content-Type"), Some("application/x-amz-json-1.1"));
    assert_eq!(
        error(&ssm, "ThrottlingException").1,
        json!({"__type": "ThrottlingException", "message": "text"})
    );
    assert_eq!(error(&ssm, "InternalServerError").0.status, 500);
    let sqs = json_call("AmazonSQS.SendMessage", "{}");
    let (response, body) = error(&sqs, "QueueDoesNotExist");
    assert_eq!(body["__type"], "com.amazonaws.sqs#QueueDoesNotExist");
    let query = "AWS.SimpleQueueService.NonExistentQueue;Sender";
    assert_eq!(response.header("x-amzn-query-error"), Some(query));
}

/// What SQS was recorded to say; the name in `x-amzn-query-error` is what callers see.
#[test]
fn parameters_are_refused_in_the_words_of_sqs() {
    let url = "http://localhost/1/q";
    for (operation, body, message) in [
        (
            "ReceiveMessage",
            json!({"QueueUrl": url, "MaxNumberOfMessages": 11}),
            "Value 11 for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 and 10, if provided.",
        ),
        (
            "ReceiveMessage",
            json!({"QueueUrl": url, "WaitTimeSeconds": -1}),
            "Value -1 for parameter WaitTimeSeconds is invalid. Reason: Must be >= 0 and <= 20, if provided.",
        ),
        (
            "SendMessage",
            json!({"QueueUrl": url, "MessageBody": ""}),
            "The request must contain the parameter MessageBody.",
        ),
        ("SendMessage", json!({"QueueUrl": url}), "The request must contain the parameter MessageBody."),
        (
            "DeleteMessageBatch",
            json!({"QueueUrl": url, "Entries": (0..20).map(|at| json!({"Id": at.to_string(), "ReceiptHandle": "r"}))
                .collect::<Vec<_>>()}),
            "Maximum number of entries per request are 10. You have sent 20.",
        ),
    ] {
        assert_eq!(refused(&format!("AmazonSQS.{operation}"), &body).message, message);
    }
}

/// What SNS was recorded to say, and its errors as XML.
#[test]
fn sns_speaks_query() {
    let call = form_call(
        "Action=Publish&Version=2010-03-31&Message=m&MessageAttributes.entry.1.Name=attr1\
         &MessageAttributes.entry.1.Value.StringValue=x",
    );
    let fault = sns::Request::read(&call).unwrap_err();
    let null = "1 validation error detected: Value null at 'messageAttributes.attr1.member.dataType' failed to satisfy \
                constraint: Member must not be null";
    assert_eq!(fault.message, null);
    let response = call.dialect.refuse(&call.operation, &fault, "id");
    assert_eq!(response.status, 400);
    assert!(
        text(&response).contains("<Type>Sender</Type><Code>ValidationError</Code>"),
        "{}",
        text(&response)
    );
    for name in ["", "a b", "topic.fifo", &"x".repeat(257)] {
        let call =
            form_call(&format!("Action=CreateTopic&Version=2010-03-31&Name={}", name.replace(' ', "+")));
        assert_eq!(sns::Request::read(&call).unwrap_err().message, "Invalid parameter: Topic Name");
    }
    let topics = sns::topic::ListTopicsResponse::default();
    let call = form_call("Action=ListTopics&Version=2010-03-31");
    assert!(matches!(sns::Request::read(&call), Ok(sns::Request::ListTopics(_))));
    let answer = call.dialect.answer(&call.operation, &topics, "id");
    assert!(
        text(&answer).starts_with("<ListTopicsResponse xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\">")
    );
}

/// The URL of a confirmation is a plain GET, and queues can be called by their own URL.
#[test]
fn calls_come_in_the_query_too() {
    let get = |target: &str| Call::read(&Request { method: "GET", target, headers: &[], body: b"" }).unwrap();
    let call = get("/?Action=ConfirmSubscription&TopicArn=arn%3Aaws&Token=t");
    let Ok(sns::Request::ConfirmSubscription(input)) = sns::Request::read(&call) else { panic!("{call:?}") };
    assert_eq!((input.topic_arn.as_str(), input.token.as_str()), ("arn:aws", "t"));
    let call = get("/123456789012/q?Action=ReceiveMessage&AttributeName.1=All&MaxNumberOfMessages=2");
    let Ok(sqs::Request::ReceiveMessage(request)) = sqs::Request::read(&call) else { panic!("{call:?}") };
    assert_eq!(request.queue_url, "/123456789012/q");
    assert_eq!((request.max_number_of_messages, request.attribute_names), (Some(2), vec!["All".to_string()]));
}

/// S15.17, and tokens.
#[test]
fn lists_are_paged_by_tokens_of_their_own() {
    let list = |body: Value| match ssm::Request::read(&json_call("AmazonSSM.ListCommands", &body.to_string()))
    {
        Ok(ssm::Request::ListCommands(request)) => request,
        other => panic!("{other:?}"),
    };
    let first = list(json!({"InstanceId": "i-0123456789abcdef0", "MaxResults": 2}));
    let token = first.token("7");
    let next = list(json!({"InstanceId": "i-0123456789abcdef0", "MaxResults": 5, "NextToken": token}));
    assert_eq!(next.after(), Ok(Some("7".into())));
    let other = list(json!({"NextToken": token}));
    assert_eq!(other.after().unwrap_err().code, "InvalidNextToken");
    let pending =
        json!({"InstanceId": "i-0123456789abcdef0", "Filters": [{"key": "Status", "value": "Pending"}]});
    assert_eq!(list(pending).filter().unwrap_err().code, "InvalidInstanceId");
}

/// What EventBridge was recorded to say of single events.
#[test]
fn events_are_refused_one_by_one() {
    let body = json!({"Entries": [
        {"Source": "s", "DetailType": "t", "Detail": "{}"},
        {"DetailType": "t", "Detail": "{}"},
        {"Source": "s", "DetailType": "t", "Detail": "[]"},
    ]});
    let call = json_call("AWSEvents.PutEvents", &body.to_string());
    let Ok(events::Request::PutEvents(request)) = events::Request::read(&call) else { panic!() };
    let said: Vec<_> =
        request.entries.iter().map(|entry| entry.refusal().and_then(|r| r.error_message)).collect();
    let source = "Parameter Source is not valid. Reason: Source is a required argument.";
    assert_eq!(said, [None, Some(source.into()), Some("Detail is malformed.".into())]);
}

/// An answer of several services without a result.
#[test]
fn no_result_is_an_empty_object_or_no_element() {
    let answer = |dialect: Dialect, operation| text(&dialect.answer(operation, &(), "id"));
    assert_eq!(answer(json_call("AWSEvents.DeleteRule", "").dialect, "DeleteRule"), "{}");
    let xml = answer(form_call("Action=DeleteTopic").dialect, "DeleteTopic");
    assert!(xml.ends_with(
        "\"><ResponseMetadata><RequestId>id</RequestId></ResponseMetadata></DeleteTopicResponse>"
    ));
}

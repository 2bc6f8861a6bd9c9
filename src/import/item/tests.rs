use super::*;
use crate::{
    seen::InvocationSighting,
    ssm::{CommandStatus, InvocationStatus, StatusDetails},
};

fn read(text: &str) -> Sighting {
    let item = parse(text.as_bytes()).unwrap();
    match item.alone().unwrap() {
        Found::Sighting(sighting) => *sighting,
        Found::Other => panic!("about something else: {text}"),
    }
}

fn invocation(text: &str) -> InvocationSighting {
    match read(text) {
        Sighting::Invocation(sighting) => sighting,
        other => panic!("{other:?}"),
    }
}

/// The guide's samples of both messages (section 9.2), by the order of their fields.
const MESSAGE: &str = r#"{"commandId":"c","documentName":"AWS-RunPowerShellScript","instanceId":"i-1","requestedDateTime":"2016-11-16T17:18:44.423Z","status":"Timed Out","eventTime":"2016-11-16T17:18:45.1Z"}"#;
const OF_COMMAND: &str = r#"{"commandId":"c","documentName":"D","instanceIds":["i-1"],"requestedDateTime":"2019-04-24T17:18:44.423Z","expiresAfter":"2019-04-24T18:28:44.423Z","outputS3BucketName":"","outputS3KeyPrefix":"","status":"Success","eventTime":"2019-04-24T17:18:45Z"}"#;
/// The guide's sample of an event (S10.1 to S10.7).
const EVENT: &str = r#"{"version":"0","id":"51c0891d-0e34-45b1-83d6-95db273d1602","detail-type":"EC2 Command Invocation Status-change Notification","source":"aws.ssm","account":"123456789012","time":"2016-07-10T21:51:32Z","region":"us-east-1","resources":["arn:aws:ec2:us-east-1:123456789012:instance/i-abcd1111"],"detail":{"command-id":"e8d3c0e4-71f7-4491-898f-c9b35bee5f3b","document-name":"AWS-RunPowerShellScript","instance-id":"i-9bb89e2b","requested-date-time":"2016-07-10T21:51:30.049Z","status":"Success"}}"#;

#[test]
fn messages_raw_in_envelopes_and_out_of_queues_tell_the_same() {
    let raw = invocation(MESSAGE);
    assert_eq!((raw.state.status, raw.details_told), (InvocationStatus::TimedOut, false));
    let until = raw.when.latest().to_string();
    assert_eq!(until, "2016-11-16T17:18:45.101Z");
    let envelope = serde_json::json!({"Type": "Notification", "MessageId": "m", "TopicArn": "t", "Message": MESSAGE,
        "Timestamp": "2016-11-16T17:18:46.000Z", "SignatureVersion": "1"});
    let queue = serde_json::json!({"MessageId": "q", "ReceiptHandle": "r", "MD5OfBody": "x", "Body": envelope.to_string()});
    let function = serde_json::json!({"EventSource": "aws:sns", "Sns": envelope});
    let raw_in_queue = serde_json::json!({"messageId": "q", "body": MESSAGE});
    for text in [envelope.to_string(), queue.to_string(), function.to_string(), raw_in_queue.to_string()] {
        assert_eq!(invocation(&text), raw, "{text}");
    }
    let Sighting::Command(command) = read(OF_COMMAND) else { panic!("a command") };
    assert_eq!((command.state.status, command.request), (CommandStatus::Success, None));
    assert_eq!(command.expires_after.unwrap().to_string(), "2019-04-24T18:28:44.423Z");
}

#[test]
fn messages_of_before_2019_have_pascal_case() {
    // S9.8.
    let pascal = r#"{"CommandId":"c","DocumentName":"D","InstanceId":"i-1","RequestedDateTime":"2016-11-16T17:18:44Z","Status":"InProgress","EventTime":"2016-11-16T17:18:45Z"}"#;
    assert_eq!(invocation(pascal).state.status, InvocationStatus::InProgress);
}

#[test]
fn events_have_whole_seconds() {
    let event = invocation(EVENT);
    assert_eq!((event.instance_id.as_str(), event.state.status), ("i-9bb89e2b", InvocationStatus::Success));
    assert_eq!(event.when.earliest().to_string(), "2016-07-10T21:51:31Z");
    assert_eq!(event.when.latest().to_string(), "2016-07-10T21:51:33Z");
    assert_eq!(event.requested.unwrap().to_string(), "2016-07-10T21:51:30.049Z");
    let other = EVENT.replace(
        "EC2 Command Invocation Status-change Notification",
        "EC2 Instance State-change Notification",
    );
    assert_eq!(parse(other.as_bytes()).unwrap().alone(), Ok(Found::Other));
}

#[test]
fn steps_tell_when_the_execution_was() {
    // CLIEX list-command-invocations, with a step added that goes on.
    let text = r#"{"CommandId":"c","InstanceId":"i-0","DocumentName":"D","RequestedDateTime":1582136283.089,"Status":"Failed","StatusDetails":"Failed","CommandPlugins":[
        {"Name":"a","Status":"Success","StatusDetails":"Success","ResponseCode":0,"ResponseStartDateTime":1582136283.419,"ResponseFinishDateTime":1582136283.51,"Output":"\u00e9"},
        {"Name":"b","Status":"Failed","StatusDetails":"Failed","ResponseCode":3,"ResponseStartDateTime":1582136284,"ResponseFinishDateTime":1582136285.5},
        {"Name":"c","Status":"Pending","StatusDetails":"Pending","ResponseCode":-1}]}"#;
    let seen = invocation(text);
    assert_eq!(seen.state.details, StatusDetails::Failed);
    assert_eq!((seen.response_code, seen.steps.len()), (Some(3), 2));
    assert_eq!(seen.started.unwrap().as_millisecond(), 1_582_136_283_419);
    assert_eq!(seen.finished.unwrap().as_millisecond(), 1_582_136_285_500);
    assert_eq!(seen.when.latest(), seen.finished.unwrap());
}

#[test]
fn what_is_wrong_is_told() {
    for (text, needle) in [
        (r#"{"CommandId":"c","InstanceId":"i","Status":"Success"}"#, "--asked-at"),
        (r#"{"CommandId":"c","InstanceId":"i","RequestedDateTime":1,"Status":"Done"}"#, "no Status"),
        (r#"{"CommandId":"c","InstanceId":"i","RequestedDateTime":1}"#, "has no Status"),
        (r#"{"commandId":"c","instanceId":"i","status":"Success","eventTime":"now"}"#, "no date"),
    ] {
        let item = parse(text.as_bytes()).unwrap();
        let fault = item.alone().unwrap_err();
        assert!(fault.contains(needle), "{text}: {fault}");
    }
    assert!(parse(br#"{"CommandId":5}"#).is_err());
    let fault = parse(MESSAGE.as_bytes()).unwrap().sighting(None, Some(Format::Events)).unwrap_err();
    assert!(fault.contains("messages"), "{fault}");
    assert_eq!(
        parse(br#"{"Type":"SubscriptionConfirmation","Message":"You have chosen"}"#).unwrap().alone(),
        Ok(Found::Other)
    );
}

#[test]
fn parameters_are_left_out_but_for_the_timeout() {
    let text = r#"{"Command":{"CommandId":"c","DocumentName":"D","RequestedDateTime":1,"ExpiresAfter":7201,"Status":"Pending","StatusDetails":"Pending","Parameters":{"commands":["secret"],"executionTimeout":["60"]},"InstanceIds":["i-1"],"Targets":[],"MaxConcurrency":"50","MaxErrors":"0","TargetCount":1,"CompletedCount":0,"ErrorCount":0,"NotificationConfig":{"NotificationArn":"","NotificationEvents":[],"NotificationType":""}}}"#;
    let Sighting::Command(command) = read(text) else { panic!("a command") };
    let request = command.request.unwrap();
    assert_eq!(request.parameters.unwrap().keys().collect::<Vec<_>>(), ["executionTimeout"]);
    assert_eq!((request.targets, request.notification_config), (None, None));
    assert_eq!(command.when.latest().as_second(), 1);
}

/// What is exported as an answer is taken in again as it was, to the millisecond.
#[test]
fn exported_answers_come_back() {
    let text = r#"{"CommandId":"c","InstanceId":"i-0","DocumentName":"D","RequestedDateTime":1582136283.089,"Status":"Failed","StatusDetails":"Failed","CommandPlugins":[
        {"Name":"a","Status":"Failed","StatusDetails":"Failed","ResponseCode":3,"ResponseStartDateTime":1582136284,"ResponseFinishDateTime":1582136285.5}]}"#;
    let seen = invocation(text);
    let again = serde_json::to_string(&crate::seen::export::command_invocation(&seen)).unwrap();
    assert_eq!(invocation(&again), seen);
    // Where no step is known, one is made of the execution.
    let bare = InvocationSighting { steps: Vec::new(), ..seen.clone() };
    let again = invocation(&serde_json::to_string(&crate::seen::export::command_invocation(&bare)).unwrap());
    assert_eq!((again.started, again.finished, again.response_code), (seen.started, seen.finished, Some(3)));
    let text = r#"{"CommandId":"c","DocumentName":"D","RequestedDateTime":1,"ExpiresAfter":7201,"Status":"Success","StatusDetails":"Success","InstanceIds":["i-1"],"Targets":[],"MaxConcurrency":"50","MaxErrors":"0","TimeoutSeconds":600,"TargetCount":1,"CompletedCount":1,"ErrorCount":0,"DeliveryTimedOutCount":0}"#;
    let Sighting::Command(seen) = read(text) else { panic!("a command") };
    let again = read(&serde_json::to_string(&crate::seen::export::command(&seen)).unwrap());
    assert_eq!(again, Sighting::Command(seen));
}

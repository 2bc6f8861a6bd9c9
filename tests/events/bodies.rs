//! The bodies of events, held against the samples of AWS's guides.

use fleetsim::{
    base::SimTime,
    events::{Cause, Happening, pattern},
    history::{Fact, Record},
    scenario::{Narrator, Plan, Roster, narrator::Ids},
    ssm::EventStatus,
};
use serde_json::{Value, json};

use super::{COMMAND, history, load, scenario};

const IDS: [&str; 2] = ["51c0891d-0e34-45b1-83d6-95db273d1602", "e8d3c0e4-71f7-4491-898f-c9b35bee5f3b"];

fn tell(plan: &Plan, happening: Happening, time: u64, requested: u64) -> String {
    let roster = Roster::new(plan);
    let ids = Ids { event: IDS[0].into(), subject: IDS[1].into() };
    let cause = Cause { time: SimTime(time), happening };
    Narrator::new(plan, &roster).unwrap().tell(cause, SimTime(requested), ids).to_json()
}

/// The plan of the guide's sample: its document, times and parameters.
fn sample() -> Plan {
    let text = r#"
start = "2016-07-10T21:51:30Z"
version = 1
[[group]]
name = "web"
count = 1
platform = "Windows"
id_prefix = "i-abcd1111"
execution = "1s"
[event_bus]
[[command]]
[command.request]
DocumentName = "AWS-RunPowerShellScript"
InstanceIds = ["i-abcd1111000000000"]
TimeoutSeconds = 342600
Parameters = { commands = ["date"], executionTimeout = ["3600"] }
"#;
    load(text)
}

/// UG monitoring-systems-manager-event-examples, "Run Command Status-change Notification" (S10.2, S10.3), with the longer id that the
/// API asks for (S3.14).
#[test]
fn the_event_of_a_command() {
    let happening = Happening::Command { command: 0, status: EventStatus::Success };
    let event = tell(&sample(), happening, 2_000_000, 49_000);
    let expected = r#"{"version":"0","id":"51c0891d-0e34-45b1-83d6-95db273d1602","detail-type":"EC2 Command Status-change Notification","source":"aws.ssm","account":"123456789012","time":"2016-07-10T21:51:32Z","region":"us-east-1","resources":["arn:aws:ec2:us-east-1:123456789012:instance/i-abcd1111000000000"],"detail":{"command-id":"e8d3c0e4-71f7-4491-898f-c9b35bee5f3b","document-name":"AWS-RunPowerShellScript","expire-after":"2016-07-14T22:01:30.049Z","parameters":{"commands":["date"],"executionTimeout":["3600"]},"requested-date-time":"2016-07-10T21:51:30.049Z","status":"Success"}}"#;
    assert_eq!(event, expected);
}

/// The same page, "Run Command Invocation Status-change Notification" (S10.4).
#[test]
fn the_event_of_an_invocation() {
    let happening = Happening::Invocation { command: 0, instance: 0, status: EventStatus::Success };
    let event = tell(&sample(), happening, 2_999_999, 49_000);
    let expected = r#"{"version":"0","id":"51c0891d-0e34-45b1-83d6-95db273d1602","detail-type":"EC2 Command Invocation Status-change Notification","source":"aws.ssm","account":"123456789012","time":"2016-07-10T21:51:32Z","region":"us-east-1","resources":["arn:aws:ec2:us-east-1:123456789012:instance/i-abcd1111000000000"],"detail":{"command-id":"e8d3c0e4-71f7-4491-898f-c9b35bee5f3b","document-name":"AWS-RunPowerShellScript","instance-id":"i-abcd1111000000000","requested-date-time":"2016-07-10T21:51:30.049Z","status":"Success"}}"#;
    assert_eq!(event, expected);
}

const SCALING: &str = r#"
[[auto_scaling_group]]
name = "my-asg"
group = "web"
launches = [{ at = "1m", count = 2 }]
terminations = [{ at = "5m", count = 2 }]
[[auto_scaling_group.hook]]
name = "my-lifecycle-hook"
transition = "autoscaling:EC2_INSTANCE_LAUNCHING"
notification_metadata = "additional-info"
[[auto_scaling_group.hook]]
name = "my-other-hook"
transition = "autoscaling:EC2_INSTANCE_TERMINATING"
"#;

/// Auto Scaling's guide, "Amazon EC2 Auto Scaling event reference": names of fields and their values (S10.51).
/// The plan of a group that comes and goes, in another Region.
fn scaling() -> Plan {
    load(&format!("region = \"us-west-2\"\n{}", scenario(&format!("{COMMAND}{SCALING}"))))
}

#[test]
fn the_events_of_lifecycle_actions() {
    let plan = scaling();
    let event = |hook| -> Value {
        let happening = Happening::LifecycleAction { instance: 0, hook };
        serde_json::from_str(&tell(&plan, happening, 0, 0)).unwrap()
    };
    let launch = event(0);
    assert_eq!(launch["detail-type"], "EC2 Instance-launch Lifecycle Action");
    assert_eq!(launch["source"], "aws.autoscaling");
    assert_eq!(launch["region"], "us-west-2");
    assert_eq!(
        launch["detail"],
        json!({
            "LifecycleActionToken": IDS[1],
            "AutoScalingGroupName": "my-asg",
            "LifecycleHookName": "my-lifecycle-hook",
            "EC2InstanceId": "i-web00000000000000",
            "LifecycleTransition": "autoscaling:EC2_INSTANCE_LAUNCHING",
            "NotificationMetadata": "additional-info",
            "Origin": "EC2",
            "Destination": "AutoScalingGroup"
        })
    );
    let [arn] = &launch["resources"].as_array().unwrap()[..] else { panic!("{launch}") };
    assert!(arn.as_str().unwrap().ends_with(":autoScalingGroupName/my-asg"));
    let terminate = event(1);
    assert_eq!(terminate["detail-type"], "EC2 Instance-terminate Lifecycle Action");
    let detail = &terminate["detail"];
    assert_eq!((&detail["Origin"], &detail["Destination"]), (&json!("AutoScalingGroup"), &json!("EC2")));
    assert_eq!(detail["LifecycleTransition"], "autoscaling:EC2_INSTANCE_TERMINATING");
    assert_eq!(detail.get("NotificationMetadata"), None);
}

/// The same page, successful and unsuccessful scaling events (S10.52).
#[test]
fn the_events_of_scaling_activities() {
    let plan = scaling();
    let event = |happening| -> Value { serde_json::from_str(&tell(&plan, happening, 0, 0)).unwrap() };
    for (happening, kind, code) in [
        (Happening::Launched { instance: 3 }, "EC2 Instance Launch Successful", "InProgress"),
        (Happening::LaunchFailed { instance: 3 }, "EC2 Instance Launch Unsuccessful", "Failed"),
        (Happening::Terminated { instance: 3 }, "EC2 Instance Terminate Successful", "InProgress"),
    ] {
        let event = event(happening);
        assert_eq!((&event["detail-type"], &event["detail"]["StatusCode"]), (&json!(kind), &json!(code)));
        assert_eq!(event["resources"].as_array().unwrap().len(), 2, "the group and the instance");
        for field in [
            "AutoScalingGroupName",
            "ActivityId",
            "RequestId",
            "StartTime",
            "EndTime",
            "EC2InstanceId",
            "Cause",
        ] {
            assert!(event["detail"][field].is_string(), "{field}");
        }
    }
}

/// O-32: the ARN of hybrid instances is Systems Manager's; of a command to several nothing is there.
#[test]
fn resources() {
    let plan = scaling();
    let command = Happening::Command { command: 0, status: EventStatus::InProgress };
    assert!(tell(&plan, command, 0, 0).contains(r#""resources":[]"#));
    let arn = fleetsim::events::body::instance_arn("r", "1", "mi-0123");
    assert_eq!(arn, "arn:aws:ssm:r:1:managed-instance/mi-0123");
}

/// S10.2: whatever happens, the event is one that TestEventPattern would take, and matches a pattern that names what is in it.
#[test]
fn every_event_has_its_envelope() {
    let plan = scaling();
    let mut seen = std::collections::BTreeSet::new();
    for Record { time, fact, .. } in history(&plan, 0) {
        let Fact::EventEmitted { happening } = fact else { continue };
        let text = tell(&plan, happening, time.0, 0);
        let event = pattern::Event::parse(&text).unwrap();
        assert_eq!(event.missing_from_envelope(), [""; 0]);
        let value: Value = serde_json::from_str(&text).unwrap();
        let wanted = json!({ "detail-type": [value["detail-type"]], "source": [value["source"]] });
        assert!(pattern::Pattern::compile(&wanted.to_string()).unwrap().matches(&event));
        seen.insert(value["detail-type"].to_string());
    }
    // Nobody completes the hook: launches are abandoned.
    assert_eq!(seen.len(), 6, "{seen:?}");
}

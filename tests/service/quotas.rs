//! Quotas that a served fleet assumes.

use fleetsim::service::{Options, Service};
use serde_json::{Value, json};

use crate::{FLEET, after, judge, pages, service_with, shell, well, written};

/// S1.29, O-46: thirty of forty may be pending; beside them there is room for the five, and in the same instant not for five more. When all
/// have ended there is room again. What is beyond is accepted, dead and told as such.
#[test]
fn pending_invocations_may_be_assumed_to_be_limited() {
    let mut service = service_with(Options { pending_limit: Some(39), ..Options::default() });
    let web = || shell(&json!({"Targets": [{"Key": "tag:Role", "Values": ["web"]}]}));
    let office = || {
        json!({
            "DocumentName": "AWS-RunPowerShellScript",
            "Parameters": {"commands": ["dir"]},
            "Targets": [{"Key": "tag:Role", "Values": ["office"]}],
        })
    };
    let mut send = |time: f64, request: Value| {
        service.advance(after(time));
        let answer = well(&mut service, "SendCommand", request);
        assert_eq!(answer["Command"]["Status"], "Pending");
        answer["Command"]["CommandId"].clone()
    };
    let ids =
        [send(0.0, web()), send(0.0, office()), send(0.0, office()), send(0.1, web()), send(3600.0, web())];
    service.advance(after(7200.0));
    let dead: Vec<bool> = ids.iter().map(|id| is_dead(&mut service, id)).collect();
    assert_eq!(dead, [false, false, true, true, false]);
    judge(&service);
}

/// Whether a command is LimitExceeded, with no invocations, and found by that filter (S1.6).
fn is_dead(service: &mut Service, id: &Value) -> bool {
    let listed = well(service, "ListCommands", json!({"CommandId": id}));
    let command = &listed["Commands"][0];
    let filters = json!([{"key": "Status", "value": "LimitExceeded"}]);
    let found = pages(service, "ListCommands", "Commands", json!({"Filters": filters}));
    let is_found = found.iter().any(|command| command["CommandId"] == *id);
    let invocations =
        pages(service, "ListCommandInvocations", "CommandInvocations", json!({"CommandId": id}));
    let is_dead = command["StatusDetails"] == "LimitExceeded";
    assert_eq!((is_found, invocations.is_empty()), (is_dead, is_dead), "{command}");
    assert_eq!(command["TargetCount"] == 0, is_dead, "{command}");
    assert!(!is_dead || command["Status"] == "Failed", "{command}");
    is_dead
}

/// What the scenario assumes holds without an option, and the rates of calls do not.
#[test]
fn the_scenarios_pending_invocations_hold() {
    let scenario =
        format!("{FLEET}\n[assumed]\npending_invocations = 5\nsend_command = {{ rate = 0.001 }}\n");
    let resolved = written::load("served.toml", &scenario, &[]).unwrap_or_else(|faults| panic!("{faults}"));
    let mut service = Service::new(resolved.into(), Options::default()).unwrap();
    let web = || shell(&json!({"Targets": [{"Key": "tag:Role", "Values": ["web"]}]}));
    let ids: Vec<Value> =
        (0..2).map(|_| well(&mut service, "SendCommand", web())["Command"]["CommandId"].clone()).collect();
    service.advance(after(3600.0));
    assert!(ids.iter().all(|id| is_dead(&mut service, id)));
}

//! The service that answers calls, held to what the world and the checker say.

mod faults;
mod quotas;
#[path = "../written/mod.rs"]
mod written;

use fleetsim::{
    base::{SimDuration, SimTime},
    check::{Checker, Judgement},
    history::{Observer, codec::HistoryReader},
    scenario::{Draft, Plan, Source},
    service::{Options, Service},
    wire::{
        call::Call,
        dialect::{self, Dialect, Protocol},
    },
};
use serde_json::{Value, json};

const FLEET: &str = r#"
version = 1

[[group]]
name = "web"
count = 30
tags = { Role = "web" }
delivery = "300ms"
reply = "100ms"
execution = { uniform = { min = "5s", max = "20s" } }
outcomes = [{ chance = "10%", exit_code = 3 }]

[[group]]
name = "windows"
count = 5
platform = "Windows"
tags = { Role = "office" }
execution = "1s"

[[command]]
[command.request]
DocumentName = "AWS-RunShellScript"
Targets = [{ Key = "tag:Role", Values = ["web"] }]
Parameters = { commands = ["./update"] }
"#;

pub(crate) fn plan(text: &str) -> Plan {
    written::load("served.toml", text, &[]).unwrap_or_else(|faults| panic!("{faults}")).plan
}

fn service() -> Service {
    service_with(Options::default())
}

pub(crate) fn service_with(options: Options) -> Service {
    let resolved = written::load("served.toml", FLEET, &[]).unwrap_or_else(|faults| panic!("{faults}"));
    Service::new(resolved.into(), options).unwrap()
}

pub(crate) fn after(seconds: f64) -> SimTime {
    SimTime::ZERO + SimDuration((seconds * 1e6) as u64)
}

/// What is answered: the status and the body.
pub(crate) fn ask(service: &mut Service, operation: &str, parameters: Value) -> (u16, Value) {
    let dialect = Dialect { service: dialect::Service::Ssm, protocol: Protocol::Json11 };
    let response = service.call(&Call { dialect, operation: operation.into(), parameters }, None);
    (response.status, serde_json::from_slice(&response.body).unwrap())
}

#[track_caller]
pub(crate) fn well(service: &mut Service, operation: &str, parameters: Value) -> Value {
    let (status, body) = ask(service, operation, parameters);
    assert_eq!(status, 200, "{body}");
    body
}

/// The name of the error.
pub(crate) fn refused(service: &mut Service, operation: &str, parameters: Value) -> String {
    let (status, body) = ask(service, operation, parameters);
    assert_eq!(status, 400, "{body}");
    body["__type"].as_str().unwrap().into()
}

pub(crate) fn shell(more: &Value) -> Value {
    let mut request = json!({
        "DocumentName": "AWS-RunShellScript",
        "Targets": [{ "Key": "tag:Role", "Values": ["web"] }],
        "Parameters": { "commands": ["./update"] },
    });
    request.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    request
}

fn id_of(answer: &Value) -> String {
    answer["Command"]["CommandId"].as_str().unwrap().into()
}

/// All pages of a list.
pub(crate) fn pages(service: &mut Service, operation: &str, list: &str, mut request: Value) -> Vec<Value> {
    let mut all = Vec::new();
    loop {
        let answer = well(service, operation, request.clone());
        all.extend(answer[list].as_array().unwrap().clone());
        match answer.get("NextToken") {
            Some(token) => request["NextToken"] = token.clone(),
            None => return all,
        }
    }
}

pub(crate) fn judge(service: &Service) {
    let mut file = Vec::new();
    service.write_history(&mut file).unwrap();
    let mut reader = HistoryReader::new(file.as_slice()).unwrap();
    let plan = reader.plan.clone();
    let mut checker = Checker::new(&plan);
    while let Some(record) = reader.next_record().unwrap() {
        checker.observe(&record);
    }
    assert_eq!(reader.digest(), service.digest(), "told again it is the same");
    for report in checker.finish() {
        assert_ne!(report.verdict.judgement(), Judgement::Invalid, "{report:#?}");
    }
}

/// A fleet without commands is no scenario to run, and one to send to.
#[test]
fn a_fleet_without_commands_is_served() {
    let (fleet, _) = FLEET.split_once("[[command]]").unwrap();
    let told = written::load("fleet.toml", fleet, &[]).unwrap_err().to_string();
    assert!(told.contains("nothing is sent"), "{told}");
    let source = Source { path: "fleet.toml".into(), text: fleet.into() };
    let resolved = Draft::parse(source).unwrap().as_fleet().resolve(None, &|_| unreachable!()).unwrap();
    let mut service = Service::new(resolved.into(), Options::default()).unwrap();
    let sent = well(&mut service, "SendCommand", shell(&json!({ "MaxErrors": "100%" })));
    service.advance(after(7200.0));
    let command = well(&mut service, "ListCommands", json!({ "CommandId": id_of(&sent) }));
    assert_eq!(command["Commands"][0]["CompletedCount"], 30);
    judge(&service);
}

/// S3.8: a selector of ids is answered as the ids, and nothing else is.
#[test]
fn a_selector_of_ids_is_told_as_ids() {
    let mut service = service();
    let told = |service: &mut Service, targets: Value| {
        let sent = well(service, "SendCommand", shell(&json!({ "Targets": targets })));
        let found =
            well(service, "ListCommands", json!({ "CommandId": id_of(&sent) }))["Commands"][0].clone();
        assert_eq!(found["InstanceIds"], sent["Command"]["InstanceIds"]);
        (found["InstanceIds"].as_array().unwrap().len(), found["Targets"].as_array().unwrap().len())
    };
    let ids = well(&mut service, "DescribeInstanceInformation", json!({ "MaxResults": 5 }));
    let ids =
        ids["InstanceInformationList"].as_array().unwrap()[..2].iter().map(|one| one["InstanceId"].clone());
    let ids: Vec<_> = ids.collect();
    assert_eq!(told(&mut service, json!([{ "Key": "instanceids", "Values": ids }])), (2, 0));
    assert_eq!(told(&mut service, json!([{ "Key": "tag:Role", "Values": ["web"] }])), (0, 1));
}

fn run_instances(service: &mut Service, count: &str) -> (u16, String) {
    let dialect = Dialect { service: dialect::Service::Ec2, protocol: Protocol::Query };
    let tags = json!([{ "ResourceType": "instance", "tags": { "Name": "one" } }, { "ResourceType": "volume", "tags": { "Name": "two" } }]);
    let parameters = json!({ "MinCount": "1", "MaxCount": count, "TagSpecification": tags });
    let response = service.call(&Call { dialect, operation: "RunInstances".into(), parameters }, None);
    (response.status, String::from_utf8(response.body).unwrap())
}

/// `--compat moto`: instances that are asked for can be selected by their tags, and all has succeeded at once.
#[test]
fn made_up_instances_have_their_tags() {
    assert!(run_instances(&mut service(), "2").1.contains("--compat moto"), "the fleet is the scenario's");
    let resolved = written::load("served.toml", FLEET, &[]).unwrap();
    let lenient = Options { is_lenient: true, ..Options::default() };
    let mut service = Service::new(resolved.into(), lenient).unwrap();
    let (status, body) = run_instances(&mut service, "0");
    assert_eq!(status, 400, "{body}");
    let (status, body) = run_instances(&mut service, "2");
    assert_eq!((status, body.matches("<instanceId>i-").count()), (200, 2), "{body}");
    let mut sent_to = |tag: &str, value: &str| {
        let target = json!({ "Targets": [{ "Key": tag, "Values": [value] }] });
        let sent = well(&mut service, "SendCommand", shell(&target));
        let all = json!({ "CommandId": id_of(&sent) });
        let of = well(&mut service, "ListCommandInvocations", all)["CommandInvocations"].clone();
        assert!(of.as_array().unwrap().iter().all(|one| one["Status"] == "Success"));
        of.as_array().unwrap().len()
    };
    assert_eq!(
        [sent_to("tag:Name", "one"), sent_to("tag:Name", "two"), sent_to("tag:Role", "office")],
        [2, 0, 5]
    );
}

/// S15.7, S1.4, S4.9: Pending at once, some in flight later and never more than allowed, and in the end the counts that the
/// invocations have.
#[test]
fn a_command_goes_from_pending_to_its_end() {
    let mut service = service();
    service.advance(after(3.0));
    let answer =
        well(&mut service, "SendCommand", shell(&json!({ "MaxConcurrency": "4", "MaxErrors": "100%" })));
    let command = &answer["Command"];
    assert_eq!(command["Status"], "Pending");
    assert_eq!(command["TargetCount"], 0, "O-45");
    assert_eq!(command["MaxConcurrency"], "4");
    let id = id_of(&answer);
    let mut seen = Vec::new();
    for second in 4..400 {
        service.advance(after(f64::from(second)));
        let request = json!({ "CommandId": id, "Details": true });
        let all = pages(&mut service, "ListCommandInvocations", "CommandInvocations", request);
        assert_eq!(all.len(), 30);
        let count = |status: &str| all.iter().filter(|one| one["Status"] == status).count();
        assert!(count("InProgress") <= 4, "{} at {second} s", count("InProgress"));
        let listed = well(&mut service, "ListCommands", json!({ "CommandId": id }));
        let command = &listed["Commands"][0];
        assert_eq!(command["TargetCount"], 30);
        assert_eq!(command["CompletedCount"], count("Success") + count("Failed"));
        assert_eq!(command["ErrorCount"], count("Failed"));
        seen.push(command["Status"].as_str().unwrap().to_string());
    }
    seen.dedup();
    assert_eq!(seen[seen.len() - 2], "InProgress");
    // O-4: some errors, no more than tolerated.
    assert_eq!(seen.last().unwrap(), "Failed", "Incomplete is a detail of Failed (O-9)");
    judge(&service);
}

/// A history that is asked for while commands run is judged by what it has.
#[test]
fn a_history_may_end_in_the_middle() {
    let mut service = service();
    well(&mut service, "SendCommand", shell(&json!({ "MaxConcurrency": "4" })));
    service.advance(after(9.0));
    judge(&service);
}

/// S15.4, S15.9, S15.12: what one invocation tells before, while and after it runs.
#[test]
fn an_invocation_tells_of_its_step() {
    let mut service = service();
    let plan = plan(FLEET);
    let instance = plan.groups[0].instance_id(7);
    let request = json!({
        "DocumentName": "AWS-RunShellScript", "InstanceIds": [instance], "Parameters": { "commands": ["x"] },
    });
    let answer = well(&mut service, "SendCommand", request);
    assert_eq!(answer["Command"]["TargetCount"], 1, "S15.7");
    let asked = json!({ "CommandId": id_of(&answer), "InstanceId": instance });
    let get = |service: &mut Service| well(service, "GetCommandInvocation", asked.clone());
    let before = get(&mut service);
    assert_eq!((&before["Status"], &before["ResponseCode"]), (&json!("Pending"), &json!(-1)));
    assert_eq!(before["ExecutionStartDateTime"], "");
    service.advance(after(2.0));
    let running = get(&mut service);
    assert_eq!(running["Status"], "InProgress");
    assert_eq!(running["StandardOutputContent"], "");
    service.advance(after(60.0));
    let ended = get(&mut service);
    assert!(["Success", "Failed"].contains(&ended["Status"].as_str().unwrap()), "{ended}");
    assert!(ended["ExecutionElapsedTime"].as_str().unwrap().starts_with("PT"), "S15.13: {ended}");
    assert_eq!(ended["PluginName"], "aws:runShellScript");
    let wrong = |name: &str, value: &str| {
        let mut asked = asked.clone();
        asked[name] = value.into();
        asked
    };
    let other = plan.groups[0].instance_id(8);
    assert_eq!(
        refused(&mut service, "GetCommandInvocation", wrong("InstanceId", &other)),
        "InvocationDoesNotExist"
    );
    let none = "00000000-0000-4000-8000-000000000000";
    assert_eq!(
        refused(&mut service, "GetCommandInvocation", wrong("CommandId", none)),
        "InvocationDoesNotExist"
    );
    assert_eq!(
        refused(&mut service, "GetCommandInvocation", wrong("PluginName", "nonsense")),
        "InvalidPluginName"
    );
}

/// O-41, O-42, S14.6.
#[test]
fn what_the_service_refuses_is_told_by_name() {
    let mut service = service();
    let windows = plan(FLEET).groups[1].instance_id(0);
    let by_id = |id: &str| json!({ "DocumentName": "AWS-RunShellScript", "InstanceIds": [id], "Parameters": { "commands": ["x"] } });
    assert_eq!(refused(&mut service, "SendCommand", by_id("i-0123456789abcdef0")), "InvalidInstanceId");
    assert_eq!(refused(&mut service, "SendCommand", by_id(&windows)), "UnsupportedPlatformType");
    assert_eq!(refused(&mut service, "SendCommand", by_id("web-1")), "ValidationException");
    assert_eq!(
        refused(&mut service, "SendCommand", shell(&json!({ "DocumentName": "Nothing" }))),
        "InvalidDocument"
    );
    assert_eq!(
        refused(&mut service, "ListCommands", json!({ "CommandId": "0".repeat(36) })),
        "InvalidCommandId"
    );
    assert_eq!(
        refused(&mut service, "CancelCommand", json!({ "CommandId": "0".repeat(36) })),
        "InvalidCommandId"
    );
    assert_eq!(refused(&mut service, "StartSession", json!({})), "UnknownOperationException");
    let digest = service.digest();
    assert_eq!(digest, self::service().digest(), "what is refused leaves no trace");
}

/// S7.1, S7.3: what was not sent is Cancelled; the command ends.
#[test]
fn a_cancel_ends_a_command() {
    let mut service = service();
    let answer = well(&mut service, "SendCommand", shell(&json!({ "MaxConcurrency": "2" })));
    let id = id_of(&answer);
    service.advance(after(4.0));
    let stranger = plan(FLEET).groups[1].instance_id(0);
    let named = json!({ "CommandId": id, "InstanceIds": [stranger] });
    assert_eq!(refused(&mut service, "CancelCommand", named), "InvalidInstanceId");
    well(&mut service, "CancelCommand", json!({ "CommandId": id }));
    let listed = well(&mut service, "ListCommands", json!({ "CommandId": id }));
    assert_eq!(listed["Commands"][0]["Status"], "Cancelling");
    service.advance(after(8000.0));
    let listed = well(&mut service, "ListCommands", json!({ "CommandId": id }));
    assert_eq!(listed["Commands"][0]["Status"], "Cancelled");
    assert_eq!(listed["Commands"][0]["CompletedCount"], 30);
    judge(&service);
}

/// S4.28 to S4.30: the alarm goes off at 20 s. By then some were sent, which go on; the others end without, and the alarm is told.
#[test]
fn an_alarm_stops_a_command() {
    let alarm = "[[alarm]]\nname = \"errors\"\nchange = [{ at = \"20s\", state = \"ALARM\" }]\n";
    let text = format!("{FLEET}{alarm}");
    let resolved = written::load("served.toml", &text, &[]).unwrap_or_else(|faults| panic!("{faults}"));
    let mut service = Service::new(resolved.into(), Options::default()).unwrap();
    let config = json!({ "Alarms": [{ "Name": "errors" }] });
    let request = json!({ "MaxConcurrency": "2", "MaxErrors": "100%", "AlarmConfiguration": config });
    let id = id_of(&well(&mut service, "SendCommand", shell(&request)));
    let command = |service: &mut Service| {
        well(service, "ListCommands", json!({ "CommandId": id }))["Commands"][0].clone()
    };
    service.advance(after(19.0));
    assert!(command(&mut service)["TriggeredAlarms"].as_array().is_none_or(Vec::is_empty));
    service.advance(after(8000.0));
    let ended = command(&mut service);
    assert_eq!(ended["TriggeredAlarms"], json!([{ "Name": "errors", "State": "ALARM" }]));
    let request = json!({ "CommandId": id });
    let all = pages(&mut service, "ListCommandInvocations", "CommandInvocations", request);
    let count = |details: &str| all.iter().filter(|one| one["StatusDetails"] == details).count();
    let ran = count("Success") + count("Failed");
    // Two at a time, of 5 s at least each: no more than eight began by then.
    assert!((2..=8).contains(&ran), "{ran}");
    assert_eq!(count("Terminated"), 30 - ran);
    judge(&service);
}

/// What one client does, each call at its time, and between the calls the world in slices of so many seconds.
fn session(slice: f64) -> (Vec<Value>, String) {
    let mut service = service();
    let mut answers = Vec::new();
    let to = |service: &mut Service, end: f64| {
        while service.now() < after(end) {
            let next = service.now() + SimDuration((slice * 1e6) as u64);
            service.advance(next.min(after(end)));
        }
    };
    for at in [1.0, 1.0, 7.5, 30.0] {
        to(&mut service, at);
        let sent =
            well(&mut service, "SendCommand", shell(&json!({ "MaxConcurrency": "3", "MaxErrors": "2" })));
        answers.push(sent.clone());
        answers.push(well(&mut service, "ListCommands", json!({})));
        if at > 7.0 {
            answers.push(well(&mut service, "CancelCommand", json!({ "CommandId": id_of(&sent) })));
        }
    }
    to(&mut service, 500.0);
    answers.push(well(&mut service, "ListCommands", json!({ "MaxResults": 50 })));
    judge(&service);
    (answers, service.digest().to_string())
}

#[test]
fn same_calls_at_the_same_times_come_to_the_same() {
    let whole = session(1000.0);
    assert_eq!(session(1000.0), whole);
    assert_eq!(session(0.37), whole, "however often somebody looks");
}

/// Lists are cut into pages without loss and without doubles, the newest command first.
#[test]
fn pages_make_up_the_list() {
    let mut service = service();
    let ids: Vec<_> = (0..7)
        .map(|second| {
            service.advance(after(f64::from(second)));
            id_of(&well(&mut service, "SendCommand", shell(&json!({}))))
        })
        .collect();
    service.advance(after(600.0));
    let listed = pages(&mut service, "ListCommands", "Commands", json!({ "MaxResults": 2 }));
    let listed: Vec<_> = listed.iter().map(|command| command["CommandId"].as_str().unwrap()).collect();
    let newest: Vec<_> = ids.iter().rev().map(String::as_str).collect();
    assert_eq!(listed, newest);
    let request = json!({ "MaxResults": 13 });
    let all = pages(&mut service, "ListCommandInvocations", "CommandInvocations", request);
    assert_eq!(all.len(), 7 * 30);
    let mut keys: Vec<_> =
        all.iter().map(|one| (one["CommandId"].to_string(), one["InstanceId"].to_string())).collect();
    keys.sort();
    keys.dedup();
    assert_eq!(keys.len(), 7 * 30);
    let instance = plan(FLEET).groups[0].instance_id(4);
    let request = json!({ "InstanceId": instance, "MaxResults": 3 });
    let own = pages(&mut service, "ListCommandInvocations", "CommandInvocations", request);
    assert_eq!(own.len(), 7);
    let failed = json!({ "Filters": [{ "key": "Status", "value": "Failed" }] });
    let failed = pages(&mut service, "ListCommandInvocations", "CommandInvocations", failed);
    assert!(!failed.is_empty() && failed.iter().all(|one| one["Status"] == "Failed"));
}

#[test]
fn instances_are_described_page_by_page() {
    let mut service = service();
    let all = pages(&mut service, "DescribeInstanceInformation", "InstanceInformationList", json!({}));
    assert_eq!(all.len(), 35);
    let windows = json!({ "Filters": [{ "Key": "PlatformTypes", "Values": ["Windows"] }] });
    let windows = pages(&mut service, "DescribeInstanceInformation", "InstanceInformationList", windows);
    assert_eq!(windows.len(), 5);
    let tagged = json!({ "Filters": [{ "Key": "tag:Role", "Values": ["web"] }], "MaxResults": 50 });
    assert_eq!(
        pages(&mut service, "DescribeInstanceInformation", "InstanceInformationList", tagged).len(),
        30
    );
}

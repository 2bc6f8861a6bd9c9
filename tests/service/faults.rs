//! Faults that are asked for while a fleet is served: what comes is what a plan comes to that had them from the beginning.

use fleetsim::{
    scenario::{Draft, Source},
    service::{Options, Service},
};
use serde_json::json;

use crate::{after, judge, pages, shell, well};

const FLEET: &str = r#"
version = 1

[[group]]
name = "web"
count = 40
tags = { Role = "web" }
delivery = "300ms"
reply = "100ms"
execution = { uniform = { min = "1m", max = "5m" } }

[[group]]
name = "spare"
count = 10
tags = { Role = "spare" }
execution = "10s"

[[fault]]
kind = "agents-slow"
factor = 3
where = { group = "spare" }
from = "1h"
until = "2h"
"#;

fn service() -> Service {
    let source = Source { path: "served.toml".into(), text: FLEET.into() };
    let resolved = Draft::parse(source).unwrap().as_fleet().resolve(None, &|_| unreachable!()).unwrap();
    Service::new(resolved.into(), Options::default()).unwrap()
}

fn send(service: &mut Service, role: &str) -> String {
    let targets = json!([{ "Key": "tag:Role", "Values": [role] }]);
    let sent = well(service, "SendCommand", shell(&json!({ "Targets": targets, "MaxConcurrency": "100%" })));
    sent["Command"]["CommandId"].as_str().unwrap().into()
}

/// How many of the invocations of a command have this status.
fn count(service: &mut Service, id: &str, status: &str) -> usize {
    let request = json!({ "CommandId": id });
    let all = pages(service, "ListCommandInvocations", "CommandInvocations", request);
    all.iter().filter(|one| one["Status"] == status).count()
}

/// Cut off for ten minutes from 10 s on: what runs goes on and ends within 5 minutes, and nothing of it is heard until then. Agents
/// come back by their back-off, at 40 minutes and half as much again at the latest, and send what they kept five minutes later at most.
#[test]
fn a_fault_holds_replies_back_until_it_is_over() {
    let mut service = service();
    let id = send(&mut service, "web");
    service.advance(after(10.0));
    assert_eq!(
        service.begin_fault(br#"{"kind": "agents-cut-off", "for": "10m", "where": {"group": "web"}}"#),
        Ok(1)
    );
    service.advance(after(610.0));
    assert_eq!(count(&mut service, &id, "Success"), 0);
    service.advance(after(10.0 + 600.0 + 3600.0 + 300.0 + 1.0));
    assert_eq!(count(&mut service, &id, "Success"), 40);
    judge(&service);
}

/// The same, ended after a minute.
#[test]
fn a_fault_can_be_ended_early() {
    let mut service = service();
    let id = send(&mut service, "web");
    service.advance(after(10.0));
    service.begin_fault(br#"{"kind": "region-outage", "for": "10m"}"#).unwrap();
    service.advance(after(70.0));
    assert!(service.faults()[1].active);
    service.end_fault(1).unwrap();
    service.advance(after(70.1));
    assert!(!service.faults()[1].active);
    assert_eq!(service.faults()[1].until_seconds, Some(70.000_001));
    // The waits until then are 5 to 10 s, 10 to 20 s and 20 to 40 s, each longer by half at most: the next attempt is no later than
    // 2.5 + 15 + 30 + 60 s after the beginning, or, if that was before the end, 120 s after that.
    service.advance(after(10.0 + 60.0 + 120.0 + 300.0 + 300.0));
    assert_eq!(count(&mut service, &id, "Success"), 40);
    judge(&service);
}

/// What happened before stays, whatever is asked for and when, and all of it is what the history's plan comes to.
#[test]
fn faults_one_after_the_other_keep_what_has_happened() {
    let mut service = service();
    let kinds = [
        r#"{"kind": "agents-slow", "for": "2m", "factor": 2.5, "share": "50%"}"#,
        r#"{"kind": "agents-lost", "for": "90s", "share": 0.3, "where": {"tags": {"Role": "web"}}}"#,
        r#"{"kind": "agents-hibernate", "for": "1h", "share": 0.1}"#,
        r#"{"kind": "duplicate-deliveries", "for": "1h", "chance": 1, "after": {"uniform": {"min": "1s", "max": "1h"}}}"#,
        r#"{"kind": "clock-skew", "for": "10m", "by": "6m", "share": 0.2}"#,
        r#"{"kind": "sns-outage", "for": "5m"}"#,
        r#"{"kind": "s3-outage", "for": "5m"}"#,
        r#"{"kind": "logs-outage", "for": "5m"}"#,
        r#"{"kind": "agents-lost", "share": 0.05}"#,
    ];
    for (number, kind) in (0..).zip(kinds) {
        let now = 100.0 * f64::from(number);
        service.advance(after(now));
        send(&mut service, if number % 3 == 2 { "spare" } else { "web" });
        service.advance(after(now + 40.0));
        let before = service.digest();
        assert_eq!(service.begin_fault(kind.as_bytes()), Ok(number + 1));
        assert_eq!(service.digest(), before, "{kind}");
        judge(&service);
    }
    service.advance(after(20_000.0));
    judge(&service);
    let lasting: Vec<_> =
        service.faults().iter().filter(|fault| fault.active).map(|fault| fault.id).collect();
    assert_eq!(lasting, [9], "the instances that are lost for good");
}

#[test]
fn bad_requests_say_what_would_be_right() {
    let mut service = service();
    service.advance(after(10.0));
    for (body, parts) in [
        ("", &["the body is like", "agents-cut-off"] as &[&str]),
        ("[]", &["the body is like"]),
        (r#"{"kind": "region-outage", "kind": "s3-outage", "for": "1m"}"#, &["`kind` stands twice"]),
        (r#"{"kind": "region-outage", "zzz": 1}"#, &["zzz", "`for`", "`share`"]),
        (r#"{"kind": "agents-lost", "where": {"grup": "web"}}"#, &["`where.grup`", "`group`"]),
        (r#"{"kind": "agents-lost", "share": 2}"#, &["`share`"]),
        (r#"{"kind": "clock-skew", "for": "1m", "by": "1m"}"#, &["`by`", "five minutes"]),
        (r#"{"kind": "duplicate-deliveries", "chance": 1, "for": "1m", "after": "zz"}"#, &["`after`", "zz"]),
        (r#"{"for": "10m"}"#, &["kind"]),
        (r#"{"kind": "flood", "for": "10m"}"#, &["flood", "region-outage"]),
        (r#"{"kind": "region-outage"}"#, &["needs `for`"]),
        (r#"{"kind": "region-outage", "for": "0s"}"#, &["`for`", "more than 0s"]),
        (r#"{"kind": "region-outage", "for": 10}"#, &["`for`"]),
        (r#"{"kind": "region-outage", "from": "1s", "for": "10m"}"#, &["`from`", "begins now"]),
        (r#"{"kind": "region-outage", "until": "10m"}"#, &["`until`", "`for`"]),
        (r#"{"kind": "region-outage", "for": "10m", "share": 0.5}"#, &["`share`", "leave it out"]),
        (r#"{"kind": "agents-slow", "for": "10m"}"#, &["needs `factor`"]),
        (r#"{"kind": "agents-slow", "for": "10m", "factor": 0}"#, &["`factor`", "above 0"]),
        (r#"{"kind": "agents-lost", "where": {"group": "wep"}}"#, &["`where`", "`web`", "`spare`"]),
        (r#"{"kind": "agents-lost", "were": {}}"#, &["were"]),
        (r#"{"kind": "agents-lost", "after": "1m"}"#, &["`after`", "leave it out"]),
        (
            r#"{"kind": "duplicate-deliveries", "chance": 1, "for": "1m", "after": {"uniform": {"min": "2s", "max": "1s"}}}"#,
            &["`after.uniform.min`"],
        ),
        (
            r#"{"kind": "consumer-outage", "for": "1m", "topic": "a", "subscription": "b"}"#,
            &["`kind`", "endpoint"],
        ),
    ] {
        let told = service.begin_fault(body.as_bytes()).unwrap_err();
        for part in parts {
            assert!(told.contains(part), "{part:?} is not in {told:?} of {body}");
        }
    }
    assert_eq!(service.faults().len(), 1);
    let told = service.begin_fault(br#"{"kind": "region-outage", "topic": "a", "for": "1m"}"#).unwrap_err();
    assert!(!told.contains("`subscription`"), "{told}");
    assert!(service.end_fault(1).unwrap_err().contains("no fault 1"));
    assert!(service.end_fault(0).unwrap_err().contains("has not begun"));
    service.advance(after(7200.0));
    assert!(service.end_fault(0).unwrap_err().contains("over already"));
}

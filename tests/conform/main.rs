//! The battery against the endpoint, where every case is valid, and against one whose answers are spoiled on the way, where the
//! case that is about them is not.

mod proxy;

use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
    time::Duration,
};

use fleetsim::{
    check::Judgement,
    client::{Client, Endpoint, Limits},
    conform::{self, BATTERY, Bench, Finding, Profile, Settings, time::Pace},
};
use proxy::{Exchange, Proxy};
use serde_json::{Value, json};
use tokio::task::LocalSet;

const SPEED: f64 = 60.0;

/// The endpoint with the fleet of the battery, for as long as it is held.
struct Served(Child, String);

impl Served {
    fn start() -> Self {
        let scenario = concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios/conform.toml");
        let mut command = Command::new(env!("CARGO_BIN_EXE_fleetsim"));
        command.args(["serve", scenario, "--listen", "127.0.0.1:0", "--speed", &SPEED.to_string()]);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let url = line.split([' ', ';']).find(|word| word.starts_with("http://")).unwrap().to_string();
        Self(child, url)
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Plays cases at an address.
async fn play(url: &str, wanted: impl Fn(&str) -> bool) -> Vec<Finding> {
    let endpoint = Endpoint::new(url, &[], None, "us-east-1").unwrap();
    let client = Client::new(endpoint, Limits::default(), None).unwrap();
    let settings = Settings {
        pace: Pace::new(SPEED).unwrap(),
        patience: Duration::from_secs(60),
        commands: 300,
        interval: 1.2,
        lateness: 60.0,
    };
    let bench = Bench::new(client, settings, &Profile::default()).await;
    conform::play(&bench, wanted, |_| true).await
}

fn in_a_set<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    LocalSet::new().block_on(&runtime, future)
}

#[test]
fn every_case_is_valid() {
    let served = Served::start();
    let findings = in_a_set(play(&served.1, |_| true));
    assert_eq!(findings.len(), BATTERY.iter().map(|family| family.cases.len()).sum::<usize>());
    let others: Vec<_> = findings.iter().filter(|finding| finding.verdict != Judgement::Valid).collect();
    assert!(others.is_empty(), "{others:#?}");
}

/// The page names every case, with what it expects and why.
#[test]
fn the_page_has_the_whole_battery() {
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/conform.md")).unwrap();
    let mut list = Command::new(env!("CARGO_BIN_EXE_fleetsim"));
    let list = list.args(["conform", "--list", "--format", "markdown"]).output().unwrap();
    assert!(list.status.success());
    let table = String::from_utf8(list.stdout).unwrap();
    assert!(page.contains(table.trim()), "put this into docs/conform.md:\n{table}");
}

/// Cases by name, and what is done to requests and answers that they have to find.
type Spoil = (&'static [&'static str], fn(&mut Exchange));

/// The objects of a list in an answer.
fn each<'a>(value: &'a mut Value, list: &str) -> impl Iterator<Item = &'a mut Value> {
    value.get_mut(list).and_then(Value::as_array_mut).into_iter().flatten()
}

/// Changes the states of what is in a list.
fn restate(value: &mut Value, list: &str, from: (&str, &str), to: (&str, &str)) {
    for one in each(value, list).filter(|one| one["Status"] == from.0 && one["StatusDetails"] == from.1) {
        (one["Status"], one["StatusDetails"]) = (to.0.into(), to.1.into());
    }
}

fn invocations(exchange: &mut Exchange, from: (&str, &str), to: (&str, &str)) {
    restate(&mut exchange.answer, "CommandInvocations", from, to);
}

fn rename(exchange: &mut Exchange, to: &str) {
    if exchange.answer.get("__type").is_some() {
        exchange.answer["__type"] = to.into();
    }
}

const SPOILS: [Spoil; 24] = [
    (&["default-limits"], |it| it.set("SendCommand", "/Command/MaxConcurrency", "100")),
    (&["answer-at-once"], |it| it.set("SendCommand", "/Command/Status", "Success")),
    (&["total-timeout", "default-timeout"], |it| {
        if let Some(expires) = it.answer.pointer_mut("/Command/ExpiresAfter") {
            *expires = (expires.as_f64().unwrap() + 100.0).into();
        }
    }),
    (&["no-token"], |it| it.set("SendCommand", "/Command/CommandId", "11111111-1111-4111-8111-111111111111")),
    // More in flight than MaxConcurrency.
    (&["absolute-limit", "at-least-one"], |it| {
        invocations(it, ("Pending", "Pending"), ("InProgress", "InProgress"));
    }),
    // No stop after the error that exceeds MaxErrors, and starts after it.
    (&["stop-at-first", "stop-at-n-plus-1", "percent-errors"], |it| {
        invocations(it, ("Cancelled", "Terminated"), ("Success", "Success"));
    }),
    (&["overshoot"], |it| invocations(it, ("Cancelled", "Terminated"), ("Failed", "Failed"))),
    (&["counters"], |it| {
        each(&mut it.answer, "Commands").for_each(|one| one["CompletedCount"] = 1.into());
    }),
    (&["roll-up", "tolerated"], |it| {
        restate(&mut it.answer, "Commands", ("Failed", "Incomplete"), ("TimedOut", "DeliveryTimedOut"));
    }),
    // What has ended begins anew.
    (&["course"], |it| {
        if it.number.is_multiple_of(3) {
            invocations(it, ("Success", "Success"), ("Pending", "Pending"));
        }
    }),
    (&["cancel-running"], |it| invocations(it, ("Cancelled", "Cancelled"), ("Failed", "Failed"))),
    (&["cancel-unsent"], |it| invocations(it, ("Cancelled", "Cancelled"), ("Success", "Success"))),
    (&["delivery-timeout"], |it| {
        invocations(it, ("TimedOut", "DeliveryTimedOut"), ("TimedOut", "ExecutionTimedOut"));
    }),
    (&["execution-timeout"], |it| invocations(it, ("TimedOut", "ExecutionTimedOut"), ("Success", "Success"))),
    (&["nothing-matches"], |it| {
        restate(&mut it.answer, "Commands", ("Success", "NoInstancesInTag"), ("Success", "Success"));
    }),
    (&["by-tag", "ids-as-selector"], |it| {
        if let Some(all) = it.answer.get_mut("CommandInvocations").and_then(Value::as_array_mut) {
            all.pop();
        }
    }),
    // The end of a list is lost, and its filters are passed over.
    (&["pages-of-invocations", "pages-of-commands", "pages-of-instances"], |it| {
        it.answer.as_object_mut().map(|fields| fields.remove("NextToken"));
    }),
    (&["invocations-by-status", "commands-by-status"], |it| {
        it.request.as_object_mut().map(|fields| fields.remove("Filters"));
    }),
    (&["bad-concurrency"], |it| it.ask("SendCommand", "MaxConcurrency", json!("1"))),
    (&["unknown-id", "duplicate-id", "unknown-document"], |it| rename(it, "InternalServerError")),
    (&["denied-by-id"], |it| rename(it, "InvalidInstanceId")),
    (&["only-wanted-events"], |it| {
        if let Some(events) = it.request.pointer_mut("/NotificationConfig/NotificationEvents") {
            *events = json!(["All"]);
        }
    }),
    (&["rule-that-does-not-match"], |it| {
        it.ask("PutRule", "EventPattern", json!("{\"source\": [\"aws.ssm\"]}"));
    }),
    (&["test-event-pattern"], |it| it.set("TestEventPattern", "/Result", true)),
];

#[test]
fn what_is_spoiled_is_found() {
    let served = Served::start();
    let missed: Vec<_> = SPOILS
        .iter()
        .flat_map(|(names, spoil)| {
            let findings = in_a_set(async {
                let proxy = Proxy::open(&served.1, *spoil).await;
                play(&proxy.url(), |name| names.contains(&name)).await
            });
            assert_eq!(findings.len(), names.len(), "there is no such case: {names:?}");
            findings.into_iter().filter(|finding| finding.verdict != Judgement::Invalid)
        })
        .collect();
    assert!(missed.is_empty(), "{missed:#?}");
}

/// Notifications that are lost, all of them: nobody can tell that from ones that are late.
#[test]
fn silence_is_not_valid() {
    let served = Served::start();
    let findings = in_a_set(async {
        let silence = |it: &mut Exchange| {
            it.request.as_object_mut().map(|fields| fields.remove("NotificationConfig"));
        };
        let proxy = Proxy::open(&served.1, silence).await;
        play(&proxy.url(), |name| ["of-the-command", "of-invocations"].contains(&name)).await
    });
    assert_eq!(findings.len(), 2);
    assert!(findings.iter().all(|finding| finding.verdict != Judgement::Valid), "{findings:#?}");
}

/// An endpoint that has nothing of what is asked for: nothing is known, and nothing is invalid.
#[test]
fn what_an_endpoint_does_not_have_is_unknown() {
    let served = Served::start();
    let findings = in_a_set(async {
        let nothing = |it: &mut Exchange| {
            (it.status, it.answer) = (400, json!({ "__type": "UnknownOperationException" }));
        };
        let proxy = Proxy::open(&served.1, nothing).await;
        play(&proxy.url(), |_| true).await
    });
    let others: Vec<_> = findings.iter().filter(|finding| finding.verdict != Judgement::Unknown).collect();
    assert!(others.is_empty(), "{others:#?}");
}

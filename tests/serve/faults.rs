//! Faults by route, over sockets and over a restart.

use serde_json::json;

use crate::{
    client::Client,
    server::{SEND, Server, Wish},
};

fn paused(journal: Option<std::path::PathBuf>) -> Server {
    let server = Server::start(Wish { journal, ..Wish::default() });
    assert_eq!(server.client().post("/_fleetsim/pause", "").status, 200);
    server
}

/// Cut off from 1 s to 301 s after it was asked for: the ten replies of an execution of ten seconds come with the agents.
#[test]
fn a_fault_begins_and_ends() {
    let server = paused(None);
    let mut client = server.client();
    assert_eq!(client.get("/_fleetsim/faults").json(), json!({ "faults": [] }));
    assert_eq!(client.call("AmazonSSM.SendCommand", SEND).status, 200);
    client.post("/_fleetsim/advance", r#"{"by_seconds": 1}"#);
    let fault = client.post("/_fleetsim/fault", r#"{"kind": "agents-cut-off", "for": "5m"}"#);
    assert_eq!(fault.status, 200, "{}", fault.text());
    let fault = fault.json();
    assert_eq!((fault["id"].as_u64(), fault["kind"].as_str()), (Some(0), Some("agents-cut-off")));
    let (from, until) = (fault["from_seconds"].as_f64().unwrap(), fault["until_seconds"].as_f64().unwrap());
    assert!((until - from - 300.0).abs() < 1e-6, "{fault}");
    client.post("/_fleetsim/advance", r#"{"by_seconds": 60}"#);
    let succeeded = |client: &mut Client| {
        let all = client.call("AmazonSSM.ListCommands", "{}").json();
        all["Commands"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["CompletedCount"].as_u64().unwrap())
            .sum::<u64>()
    };
    assert_eq!(client.get("/_fleetsim/faults").json()["faults"][0]["active"], true);
    assert_eq!(succeeded(&mut client), 0);
    let ended = client.post("/_fleetsim/end-fault", r#"{"id": 0}"#);
    assert_eq!(ended.status, 200, "{}", ended.text());
    client.post("/_fleetsim/advance", r#"{"by_seconds": 3600}"#);
    assert_eq!(client.get("/_fleetsim/faults").json()["faults"][0]["active"], false);
    assert_eq!(succeeded(&mut client), 20, "of both commands");
}

#[test]
fn bad_requests_are_refused_in_words() {
    let server = paused(None);
    let mut client = server.client();
    for (route, body, part) in [
        ("fault", "", "the body is like"),
        ("fault", r#"{"kind": "agents-cut-off"}"#, "needs `for`"),
        ("fault", r#"{"kind": "consumer-outage", "for": "1m"}"#, "`kind`"),
        ("end-fault", r#"{"id": 0}"#, "no fault 0"),
        ("end-fault", r#"{"number": 0}"#, "{\"id\": 0}"),
    ] {
        let answer = client.post(&format!("/_fleetsim/{route}"), body);
        assert_eq!(answer.status, 400, "{body}");
        let told = answer.json()["error"].as_str().unwrap().to_string();
        assert!(told.contains(part), "{part:?} is not in {told:?}");
    }
    assert_eq!(client.get("/_fleetsim/fault").status, 405);
    assert_eq!(client.get("/_fleetsim/faults").json(), json!({ "faults": [] }));
}

/// A server that begins again with its journal has the faults at their times, and comes to the same.
#[test]
fn faults_are_in_the_journal() {
    let folder = tempfile::tempdir().unwrap();
    let journal = folder.path().join("journal");
    let server = paused(Some(journal.clone()));
    let mut client = server.client();
    client.call("AmazonSSM.SendCommand", SEND);
    client.post("/_fleetsim/advance", r#"{"by_seconds": 2}"#);
    assert_eq!(client.post("/_fleetsim/fault", r#"{"kind": "region-outage", "for": "1h"}"#).status, 200);
    client.post("/_fleetsim/advance", r#"{"by_seconds": 120}"#);
    assert_eq!(client.post("/_fleetsim/end-fault", r#"{"id": 0}"#).status, 200);
    let later = |client: &mut Client, seconds: u32| {
        let to = json!({ "to_seconds": seconds }).to_string();
        assert_eq!(client.post("/_fleetsim/advance", &to).status, 200);
        let digest = client.get("/_fleetsim/digest").json();
        (client.get("/_fleetsim/faults").json()["faults"][0]["until_seconds"].clone(), digest)
    };
    let before = later(&mut client, 5000);
    drop(client);
    server.stop().unwrap();

    let again = paused(Some(journal));
    let mut client = again.client();
    assert!(client.seconds() >= 5000.0);
    assert_eq!(later(&mut client, 6000), before, "nothing happens in between");
    let history = client.get("/_fleetsim/history").text();
    assert!(history.contains(r#""change":"disconnected""#) && history.contains(r#""change":"connected""#));
}

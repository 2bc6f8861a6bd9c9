//! Simulated time as clients see and control it.

use std::{
    thread,
    time::{Duration, Instant},
};

use fleetsim::serve::clock::Speed;
use serde_json::json;

use crate::server::{SEND, Server, Wish};

fn start(speed: &str) -> Server {
    let speed: Speed = speed.parse().unwrap();
    Server::start(Wish { speed, ..Wish::default() })
}

#[test]
fn time_is_paced_paused_and_advanced() {
    let server = start("1000");
    let mut client = server.client();
    let (began, first) = (Instant::now(), client.seconds());
    thread::sleep(Duration::from_millis(300));
    let gone = client.seconds() - first;
    assert!((300.0..=1000.0 * began.elapsed().as_secs_f64() + 1.0).contains(&gone), "{gone}");

    let stopped = client.post("/_fleetsim/pause", "").json()["seconds"].as_f64().unwrap();
    thread::sleep(Duration::from_millis(50));
    assert_eq!(client.seconds(), stopped);
    let answer = client.post("/_fleetsim/advance", r#"{"by_seconds": 3600.5}"#).json();
    assert_eq!((&answer["speed"], &answer["paused"]), (&json!(1000.0), &json!(true)));
    assert!((answer["seconds"].as_f64().unwrap() - stopped - 3600.5).abs() < 1e-6, "{answer}");
    let to = json!({ "to_seconds": 90_000 }).to_string();
    assert_eq!(client.post("/_fleetsim/advance", &to).json()["seconds"], 90_000.0);
    let refused = client.post("/_fleetsim/advance", r#"{"to_seconds": 5}"#);
    assert!(refused.status == 400 && refused.text().contains("does not go back"), "{}", refused.text());
    for bad in [r#"{"by_seconds": -1}"#, r#"{"by_seconds": 1e999}"#, r#"{"to": "tomorrow"}"#, "{}", "[]", ""]
    {
        assert_eq!(client.post("/_fleetsim/advance", bad).status, 400, "{bad}");
    }
    assert_eq!(client.post("/_fleetsim/speed", r#"{"speed": 0}"#).status, 400);
    assert_eq!(client.post("/_fleetsim/speed", "{}").status, 400);
    assert_eq!(client.post("/_fleetsim/speed", r#"{"speed": 2}"#).json()["speed"], 2.0);
    client.post("/_fleetsim/resume", "");
    thread::sleep(Duration::from_millis(100));
    assert!((90_000.1..90_100.0).contains(&client.seconds()));
    assert_eq!(client.post("/_fleetsim/reset", "").json()["seconds"], 0.0);
}

#[test]
fn as_fast_as_requests_allow_there_is_always_progress() {
    let server = start("max");
    let mut client = server.client();
    assert_eq!(client.call("AmazonSSM.SendCommand", SEND).status, 200);
    let began = Instant::now();
    while client.get("/_fleetsim/state").json()["next_seconds"] != json!(null) {
        assert!(began.elapsed() < Duration::from_secs(20));
    }
    assert!(client.seconds() >= 10.0);
}

#[test]
fn who_polls_a_queue_waits_in_simulated_time_and_holds_nobody_up() {
    let server = start("10");
    let address = server.address;
    let mut client = server.client();
    let url = format!("http://{address}/123456789012/q");
    let poll = json!({ "QueueUrl": url, "WaitTimeSeconds": 10 }).to_string();
    let poller = thread::spawn(move || {
        let began = Instant::now();
        crate::client::Client::new(address).call("AmazonSQS.ReceiveMessage", &poll);
        began.elapsed()
    });
    for _ in 0..100 {
        let began = Instant::now();
        assert_eq!(client.call("AmazonSSM.ListCommands", "{}").status, 200);
        assert!(began.elapsed() < Duration::from_millis(500));
    }
    let waited = poller.join().unwrap();
    assert!(waited >= Duration::from_millis(900) && waited < Duration::from_secs(8), "{waited:?}");
}

#[test]
fn the_stream_tells_of_changes_and_ends_with_the_server() {
    let server = start("1");
    let mut stream = server.client();
    stream.write(b"GET /_fleetsim/stream HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    let head = stream.answer(false).unwrap();
    assert_eq!((head.status, head.header("content-type")), (200, Some("text/event-stream")));
    let event = |stream: &mut crate::client::Client| loop {
        let line = stream.line().unwrap();
        if let Some(data) = line.strip_prefix("data: ") {
            return serde_json::from_str::<serde_json::Value>(data).unwrap();
        }
    };
    assert_eq!(event(&mut stream)["paused"], false);
    let began = Instant::now();
    server.client().post("/_fleetsim/pause", "");
    assert_eq!(event(&mut stream)["paused"], true);
    assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
    let began = Instant::now();
    server.stop().unwrap();
    assert!(began.elapsed() < Duration::from_secs(8), "{:?}", began.elapsed());
}

#[test]
fn a_command_goes_on_whatever_the_time_at_which_it_was_sent() {
    for speed in ["60", "max"] {
        let server = start(speed);
        let mut client = server.client();
        client.post("/_fleetsim/pause", "");
        for _ in 0..5 {
            assert_eq!(client.call("AmazonSSM.SendCommand", SEND).status, 200);
        }
        let advanced = client.post("/_fleetsim/advance", r#"{"to": "next-change"}"#);
        assert_eq!(advanced.status, 200);
        let before = client.seconds();
        let advanced = client.post("/_fleetsim/advance", r#"{"by_seconds": 86400}"#).json();
        assert_eq!(advanced["seconds"].as_f64().unwrap().round(), (before + 86_400.0).round());
        let commands = client.call("AmazonSSM.ListCommands", "{}").json();
        let commands = commands["Commands"].as_array().unwrap();
        // The scenario has one of its own.
        assert_eq!(commands.len(), 6);
        assert!(commands.iter().all(|one| one["Status"] == "Success"), "{commands:?}");
    }
}

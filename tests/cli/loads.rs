//! `fleetsim load` against `fleetsim serve`: what it says, writes, judges and refuses.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    process::{Child, Stdio},
};

use hdrhistogram::serialization::interval_log::{IntervalLogIterator, LogEntry};

use super::program::{Place, number};

const FLEET: &str = r#"
version = 1
[[group]]
name = "web"
count = 12
execution = "300ms"
tags = { Role = "web" }
[[command]]
[command.request]
DocumentName = "AWS-RunShellScript"
Targets = [{ Key = "tag:Role", Values = ["web"] }]
Parameters = { commands = ["true"] }
MaxConcurrency = "4"
"#;

/// A server of the fleet, for as long as it is held.
struct Served(Child, String);

impl Served {
    fn start(place: &Place) -> Self {
        let mut command = place.command(&["serve", "s.toml", "--listen", "127.0.0.1:0"]);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let url = line.split_whitespace().find_map(|word| word.strip_suffix(';')).unwrap().to_string();
        Self(child, url)
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Commands are sent, followed and judged; every request is in the record, and nothing is invalid.
#[test]
fn commands_are_sent_followed_and_judged() {
    let place = Place::with(FLEET);
    let served = Served::start(&place);
    let options = ["--rate", "2", "--for", "2s", "--poll-interval", "50ms", "-o", "out"];
    let ran = place.run(&[&["load", "s.toml", "--endpoint-url", &served.1], &options[..]].concat());
    assert!([0, 4].contains(&ran.code), "{}{}", ran.out, ran.err);
    let summary = place.json("out/summary.json");
    assert_eq!(summary["schedule"]["planned"], 4);
    assert_eq!(summary["rules"]["commands"], 4);
    assert_ne!(summary["rules"]["verdict"], "invalid", "{}", ran.out);
    let row = |operation: &str| {
        let rows = summary["requests"].as_array().unwrap();
        rows.iter().find(|row| row["operation"] == operation).unwrap().clone()
    };
    assert_eq!(
        (row("SendCommand")["good"].as_u64(), row("ListCommands")["good"].as_u64()),
        (Some(4), Some(8))
    );
    let done: u64 = place.csv("out/timeline.csv").iter().filter_map(|row| number(row, "done")).sum();
    assert_eq!(row("all")["done"].as_u64(), Some(done));
    let by_each = [
        &["load", "s.toml", "--endpoint-url", &served.1],
        &options[..4],
        &["--poll-by", "get-command-invocation"],
    ];
    let ran = place.run(&[&by_each.concat()[..], &["--poll-interval", "50ms", "-o", "each"]].concat());
    assert!([0, 4].contains(&ran.code), "{}{}", ran.out, ran.err);
    let rows = place.json("each/summary.json")["requests"].as_array().unwrap().clone();
    let asked: Vec<_> = rows.iter().map(|row| row["operation"].as_str().unwrap().to_string()).collect();
    assert!(asked.contains(&"GetCommandInvocation".to_string()), "{asked:?}");
    // The record stands on its own: the checker comes to the same.
    let again = place.run(&["check", "out/sightings.jsonl", "--format", "json"]);
    assert_eq!(
        serde_json::from_str::<serde_json::Value>(&again.out).unwrap()["verdict"],
        summary["rules"]["verdict"]
    );
}

/// S9.1, S9.4, S9.7: of each invocation InProgress and its end are told, to a listener that confirmed; nothing of it stays behind.
#[test]
fn notifications_are_listened_to() {
    let place = Place::with(FLEET);
    let served = Served::start(&place);
    let options = ["--rate", "2", "--for", "1s", "--poll-interval", "50ms", "--notify", "-o", "out"];
    let ran = place.run(&[&["load", "s.toml", "--endpoint-url", &served.1], &options[..]].concat());
    assert!([0, 4].contains(&ran.code), "{}{}", ran.out, ran.err);
    let summary = place.json("out/summary.json");
    let told = &summary["notifications"];
    assert_eq!(told["received"], 2 * 12 * 2, "{told}");
    assert_eq!((&told["doubled"], &told["unreadable"]), (&0.into(), &0.into()));
    assert_eq!(told["latency"]["count"], 48);
    assert!(place.read("out/notification_latency.hgrm").contains("#[Max"));
    let rules = summary["rules"]["rules"].as_array().unwrap();
    let rule = rules.iter().find(|rule| rule["rule"] == "notifications").unwrap();
    assert_eq!(rule["verdict"], "valid", "{rule}");
    assert!(rule["judged"].as_u64() >= Some(48), "{rule}");
    assert!(place.read("out/sightings.jsonl").lines().next().unwrap().contains("\"notifications\":true"));
    let topics = call(&served.1, "Action=ListTopics&Version=2010-03-31");
    assert!(topics.contains("ListTopicsResult") && !topics.contains("fleetsim-load"), "{topics}");
}

/// Without SNS there is nothing to listen to, and nothing is sent.
#[test]
fn an_endpoint_without_sns_is_told_of() {
    let place = Place::with(FLEET);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let refuse = |mut stream: TcpStream| {
        let mut buffer = [0; 4096];
        let body = r#"{"__type":"UnknownOperationException"}"#;
        while matches!(stream.read(&mut buffer), Ok(read) if read > 0) {
            let head = "HTTP/1.1 400 Bad Request\r\nContent-Type: application/x-amz-json-1.1";
            let _ = write!(stream, "{head}\r\nContent-Length: {}\r\n\r\n{body}", body.len());
        }
    };
    std::thread::spawn(move || {
        listener.incoming().flatten().for_each(|stream| drop(std::thread::spawn(move || refuse(stream))));
    });
    let load = ["load", "s.toml", "--endpoint-url", &url, "--for", "1s", "--connections", "1", "--notify"];
    place.run(&load).exits(2).complains(&["CreateTopic to", "UnknownOperationException"]);
    place.run(&[&load[..], &["--no-check"]].concat()).exits(2).complains(&["cannot be used with"]);
}

/// Calls an operation of the Query protocol, unsigned.
fn call(url: &str, form: &str) -> String {
    let host = url.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(host).unwrap();
    let head =
        format!("POST / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Length: {}", form.len());
    write!(stream, "{head}\r\nContent-Type: application/x-www-form-urlencoded\r\n\r\n{form}").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

/// Two shards are the whole, request for request, and their histograms add up.
#[test]
fn shards_are_joined_and_compared() {
    let place = Place::with(FLEET);
    let served = Served::start(&place);
    let load = |rest: &[&str]| {
        let options = ["load", "--endpoint-url", &served.1, "--rate", "101", "--for", "1s", "--no-check"];
        let options = [&options[..], &["--operation", "DescribeInstanceInformation"], rest].concat();
        place.run(&options).exits(0);
    };
    load(&["--shard", "1/2", "-o", "one"]);
    load(&["--shard", "2/2", "-o", "two"]);
    load(&["-o", "whole"]);
    let count =
        |name: &str| place.json(&format!("{name}/summary.json"))["requests"][0]["good"].as_u64().unwrap();
    assert_eq!([count("one"), count("two"), count("whole")], [51, 50, 101]);
    place.run(&["merge", "one", "two", "-o", "joined"]).exits(0);
    assert_eq!(count("joined"), 101);
    place.run(&["merge", "one"]).exits(2).complains(&["not 1 to 2"]);
    let log = place.read("joined/latencies.hlog");
    let entries = IntervalLogIterator::new(log.as_bytes());
    let tags: Vec<_> = entries
        .filter_map(|entry| match entry.unwrap() {
            LogEntry::Interval(interval) => Some(interval.tag().unwrap().as_str().to_string()),
            _ => None,
        })
        .collect();
    let name = |which| format!("DescribeInstanceInformation/load/{which}");
    assert_eq!(tags, [name("planned"), name("actual")]);

    let same = place.run(&["compare", "whole", "whole", "--fail-if", "p99 > +5%"]).exits(0);
    assert!(same.out.contains("+0.0 %"), "{}", same.out);
    place.run(&["compare", "whole", "whole", "--fail-if", "p99 > -5%"]).exits(1);
    let two = |rest: &[&str]| {
        place.run(&[&["compare", "whole", "whole", "--fail-if", "p99 > +5%"], rest].concat()).exits(0).out
    };
    let junit = two(&["--format", "junit", "--html", "two.html"]);
    assert!(
        junit.contains("tests=\"1\" failures=\"0\"") && junit.contains("name=\"p99 &gt; +5%\"/>"),
        "{junit}"
    );
    assert!(place.read("two.html").contains("Latencies of the candidate"));
    let tracked: serde_json::Value = serde_json::from_str(&two(&["--format", "json"])).unwrap();
    assert_eq!((&tracked[0]["name"], &tracked[0]["unit"]), (&"all: p50".into(), &"ms".into()), "{tracked}");
    place.run(&["compare", "whole", "whole", "--fail-if", "makespan.p95 > +5%"]).exits(2);
}

#[test]
fn thresholds_and_verdicts_have_their_exit_codes() {
    let place = Place::with(FLEET);
    let served = Served::start(&place);
    let load = |rest: &[&str]| {
        let options = ["load", "--endpoint-url", &served.1, "--rate", "50", "--for", "500ms", "--no-check"];
        place.run(&[&options[..], &["--operation", "DescribeInstanceInformation"], rest].concat())
    };
    load(&["--threshold", "p50 < 10s"]).exits(0);
    load(&["--threshold", "max < 1us"]).exits(1);
    load(&["--threshold", "SendCommand: p50 < 1s"]).exits(4);
    let void = load(&["--late-bound", "0s"]).exits(5);
    assert!(void.out.contains("VOID: the generator did not keep its schedule"), "{}", void.out);
    let found = load(&["--find-max-rate", "p99 < 30s", "--up-to", "100", "--tries", "1"]).exits(0);
    assert!(found.out.contains("100.0 requests a second meet p99 < 30s"), "{}", found.out);
}

#[test]
fn nobody_is_called_by_mistake() {
    let place = Place::with(FLEET);
    let load = |rest: &[&str]| place.run(&[&["load", "--for", "1s"], rest].concat());
    let remote = ["--endpoint-url", "http://192.0.2.1"];
    load(&remote).exits(2).complains(&["192.0.2.1 is not on this machine", "--allow-remote 192.0.2.1"]);
    let named = [&remote[..], &["--allow-remote", "192.0.2.1"]].concat();
    load(&named).exits(2).complains(&["--credentials"]);
    place.write("keys.json", "{\"AccessKeyId\": \"AKID\", \"SecretAccessKey\": 7, \"x\": \"hidden\"}");
    let ran = load(&[&named[..], &["--credentials", "keys.json"]].concat()).exits(2);
    assert!(ran.err.contains("keys.json holds no keys") && !ran.err.contains("hidden"), "{}", ran.err);
    load(&["--endpoint-url", "127.0.0.1:8008"]).exits(2).complains(&["is no endpoint"]);
    // Nobody listens there.
    load(&["--endpoint-url", "http://127.0.0.1:9"]).exits(2).complains(&["no connection"]);
}

//! Sizes, numbers and times of requests and connections; methods and paths.

use std::{
    thread,
    time::{Duration, Instant},
};

use fleetsim::serve::server::Limits;

use crate::server::{Server, Wish};

#[test]
fn a_connection_serves_many_requests() {
    let server = Server::start(Wish::default());
    let mut client = server.client();
    for _ in 0..100 {
        assert_eq!(client.call("AmazonSSM.ListCommands", "{}").status, 200);
    }
    let metrics = client.get("/_fleetsim/metrics").text();
    let line = "fleetsim_requests_total{service=\"ssm\",operation=\"ListCommands\",status=\"200\"} 100";
    assert!(metrics.contains(line), "{metrics}");
    assert!(metrics.contains("\nfleetsim_connections 1\n"), "{metrics}");
}

#[test]
fn bodies_have_a_limit() {
    let server = Server::start(Wish::default());
    assert_eq!(server.client().post("/", &" ".repeat(4097)).status, 413);
    assert_ne!(server.client().call("AmazonSSM.ListCommands", &" ".repeat(4096)).status, 413);
    // Without a length beforehand.
    let mut client = server.client();
    client.write(b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n").unwrap();
    for _ in 0..5 {
        client.write(format!("400\r\n{}\r\n", " ".repeat(1024)).as_bytes()).unwrap();
    }
    assert_eq!(client.answer(true).unwrap().status, 413);
}

#[test]
fn who_is_too_many_waits() {
    let limits = Limits { connections: 2, ..Limits::default() };
    let server = Server::start(Wish { limits, ..Wish::default() });
    let [mut first, mut second] = [server.client(), server.client()];
    assert_eq!((first.get("/_fleetsim/digest").status, second.get("/_fleetsim/digest").status), (200, 200));
    let address = server.address;
    let began = Instant::now();
    let third = thread::spawn(move || {
        let status = crate::client::Client::new(address).get("/_fleetsim/digest").status;
        (status, began.elapsed())
    });
    thread::sleep(Duration::from_millis(500));
    assert_eq!(second.get("/_fleetsim/digest").status, 200);
    drop(first);
    let (status, waited) = third.join().unwrap();
    assert_eq!(status, 200);
    assert!(waited >= Duration::from_millis(500), "{waited:?}");
}

#[test]
fn silence_ends_a_connection() {
    let limits = Limits { idle: Duration::from_millis(500), ..Limits::default() };
    let server = Server::start(Wish { limits, ..Wish::default() });
    let began = Instant::now();
    let mut idle = server.client();
    assert_eq!(idle.get("/_fleetsim/digest").status, 200);
    let mut slow = server.client();
    slow.write(b"POST / HTTP/1.1\r\nHost: 127").unwrap();
    let mut stuck = server.client();
    stuck.write(b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9\r\n\r\n{").unwrap();
    assert!(idle.answer(true).is_none());
    assert!(slow.answer(true).is_none_or(|answer| answer.status == 408));
    assert_eq!(stuck.answer(true).unwrap().status, 408);
    assert!(began.elapsed() < Duration::from_secs(10));
}

#[test]
fn paths_and_methods_that_are_not_there_say_what_is() {
    let server = Server::start(Wish::default());
    let mut client = server.client();
    for (method, target, status, part) in [
        ("GET", "/nothing", 404, "/_fleetsim/advance"),
        ("POST", "/nothing", 404, "AWS calls go to POST /"),
        ("GET", "/_fleetsim/nothing", 404, "/_fleetsim/state"),
        ("DELETE", "/", 405, "GET, HEAD and POST"),
        ("GET", "/_fleetsim/pause", 405, "POST alone"),
        ("POST", "/_fleetsim/state", 405, "GET alone"),
        ("POST", "/_fleetsim/speed", 400, "the body is"),
        ("GET", "/_fleetsim/instance?index=10", 404, "no such instance"),
        ("POST", "/", 400, "MissingAction"),
        ("POST", "/123456789012/queue", 400, "MissingAction"),
        ("GET", "/?Action=Nothing", 400, "InvalidAction"),
    ] {
        let answer = client.ask(method, target, &[], "");
        assert_eq!(answer.status, status, "{method} {target}: {}", answer.text());
        assert!(answer.text().contains(part), "{method} {target}: {}", answer.text());
    }
    let answer = client.call("AmazonSSM.StartSession", "{}");
    assert_eq!((answer.status, answer.header("x-amzn-errortype")), (400, Some("UnknownOperationException")));
    assert!(answer.text().contains("SendCommand"), "{}", answer.text());
    let head = client.ask("HEAD", "/_fleetsim/grid", &[], "");
    assert_eq!((head.status, head.header("content-length"), head.body.len()), (200, Some("10"), 0));
    assert_eq!(client.get("/_fleetsim/grid").body.len(), 10);
}

//! The journal, with servers that are killed: nothing acknowledged is lost, and nobody sees time go back.

use std::{
    path::Path,
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::Duration,
};

use crate::{
    client::Client,
    program::Program,
    server::{SCENARIO, SEND, Server, Wish},
};

/// The calls of this kind that the journal holds.
fn count(folder: &Path, operation: &str) -> u64 {
    let journal = std::fs::read_to_string(folder.join("journal")).unwrap();
    journal.lines().filter(|line| line.contains(operation)).count() as u64
}

#[test]
fn a_server_that_is_killed_goes_on_where_it_was() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("served.toml"), SCENARIO).unwrap();
    let acknowledged = Arc::new(AtomicU64::new(0));
    let latest = Arc::new(AtomicU64::new(0));
    for round in 0..6_u64 {
        let program = Program::start(folder.path(), &[]);
        let address = program.address;
        let mut client = Client::new(address);
        let told = (client.seconds() * 1e6) as u64;
        assert!(told >= latest.load(Ordering::SeqCst), "time went back in round {round}");
        let (calls, time) = (acknowledged.clone(), latest.clone());
        let load = thread::spawn(move || {
            let mut client = Client::new(address);
            let mut ask = |target: &str| {
                let head = "POST / HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-amz-json-1.1";
                let body = SEND;
                let request = format!(
                    "{head}\r\nX-Amz-Target: {target}\r\nContent-Length: {}\r\n\r\n{body}",
                    body.len()
                );
                client.write(request.as_bytes()).ok()?;
                client.answer(true).filter(|answer| answer.status == 200)?;
                calls.fetch_add(1, Ordering::SeqCst);
                client.write(b"GET /_fleetsim/state HTTP/1.1\r\nHost: localhost\r\n\r\n").ok()?;
                let state = client.answer(true)?.json();
                time.fetch_max((state["seconds"].as_f64()? * 1e6) as u64, Ordering::SeqCst);
                Some(())
            };
            while ask("AmazonSSM.SendCommand").is_some() {}
        });
        thread::sleep(Duration::from_millis(150 + 37 * round));
        program.kill();
        load.join().unwrap();
        assert!(count(folder.path(), "SendCommand") >= acknowledged.load(Ordering::SeqCst));
    }
    assert!(acknowledged.load(Ordering::SeqCst) > 6);
    // Six rounds of more than 150 ms at speed 60.
    assert!(latest.load(Ordering::SeqCst) > 30_000_000, "time stood still: {latest:?}");
}

#[test]
fn the_state_after_a_kill_is_the_state_before() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("served.toml"), SCENARIO).unwrap();
    let program = Program::start(folder.path(), &[]);
    let mut client = Client::new(program.address);
    for _ in 0..20 {
        assert_eq!(client.call("AmazonSSM.SendCommand", SEND).status, 200);
    }
    // Until everything has ended, so that nothing more happens by itself.
    assert_eq!(client.post("/_fleetsim/advance", r#"{"by_seconds": 86400}"#).status, 200);
    let digest = client.get("/_fleetsim/digest").text();
    program.kill();
    let program = Program::start(folder.path(), &[]);
    let mut client = Client::new(program.address);
    assert_eq!(client.get("/_fleetsim/digest").text(), digest);
    assert_eq!(client.post("/_fleetsim/reset", "").status, 200);
    let fresh = client.get("/_fleetsim/digest").text();
    assert_ne!(fresh, digest);
    program.kill();
    let program = Program::start(folder.path(), &[]);
    assert_eq!(Client::new(program.address).get("/_fleetsim/digest").text(), fresh);
    program.kill();
}

#[cfg(unix)]
#[test]
fn a_server_that_is_asked_to_stop_writes_its_history_and_exits_with_0() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("served.toml"), SCENARIO).unwrap();
    let mut program = Program::start(folder.path(), &["--history", "history.jsonl"]);
    let mut client = Client::new(program.address);
    assert_eq!(client.call("AmazonSSM.SendCommand", SEND).status, 200);
    assert_eq!(client.post("/_fleetsim/advance", r#"{"by_seconds": 86400}"#).status, 200);
    let history = client.get("/_fleetsim/history").body;
    let pid = program.child.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    assert_eq!(program.child.wait().unwrap().code(), Some(0));
    assert_eq!(std::fs::read(folder.path().join("history.jsonl")).unwrap(), history);
    assert_eq!(count(folder.path(), "SendCommand"), 1);
}

#[test]
fn in_one_process_too_a_journal_brings_everything_back() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Some(folder.path().join("journal"));
    let wish = || Wish { journal: journal.clone(), ..Wish::default() };
    let server = Server::start(wish());
    assert_eq!(server.client().call("AmazonSSM.SendCommand", SEND).status, 200);
    assert_eq!(server.client().post("/_fleetsim/advance", r#"{"by_seconds": 86400}"#).status, 200);
    let digest = server.stop().unwrap();
    assert_eq!(Server::start(wish()).stop().unwrap(), digest);
    let path = journal.clone().unwrap();
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[20] ^= 1;
    std::fs::write(&path, bytes).unwrap();
    let message = Server::start(wish()).stop().unwrap_err();
    assert!(message.contains("line 1 of the journal") && message.contains("begin anew"), "{message}");
}

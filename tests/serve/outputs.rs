//! Outputs that leave for an S3 and a CloudWatch Logs outside.

use std::{path::Path, process::Command};

use fleetsim::wire::{
    http::Request,
    sigv4::{Paths, Secret, verify},
};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::{
    client::Client,
    program::Program,
    server::SCENARIO,
    sink::{Sink, Taken},
};

/// A command of two steps whose standard output has so many bytes, and whose standard error has none.
fn scenario(folder: &Path, bytes: u32) {
    let group = format!("execution = {{ constant = \"10s\" }}\n\n[group.output]\nstdout = {bytes}\n");
    let text =
        SCENARIO.replace("execution = { constant = \"10s\" }\n", &group).replace("count = 10", "count = 2");
    assert!(text.contains("[group.output]"), "{text}");
    std::fs::write(folder.join("served.toml"), text).unwrap();
}

/// A command that wants its outputs in these stores. Its id.
fn send(client: &mut Client, more: &Value) -> String {
    let mut request = json!({
        "DocumentName": "AWS-RunShellScript",
        "Targets": [{ "Key": "tag:Role", "Values": ["web"] }],
        "Parameters": { "commands": ["true"] },
    });
    request.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let answer = client.call("AmazonSSM.SendCommand", &request.to_string());
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()["Command"]["CommandId"].as_str().unwrap().into()
}

fn advance(client: &mut Client) {
    assert_eq!(client.post("/_fleetsim/advance", r#"{"by_seconds": 3600}"#).status, 200);
}

/// Who signed a request with the keys that emulators are given, for which service.
#[track_caller]
fn signer(taken: &Taken) -> (String, String) {
    // The verifier encodes the path itself.
    let target = taken.target.replace("%20", " ");
    let request =
        Request { method: &taken.method, target: &target, headers: &taken.headers, body: &taken.body };
    let secret = |id: &str| (id == "test").then(|| Secret { key: "test".into(), session_token: None });
    let signer = verify(&request, Timestamp::now(), Paths::AsWritten, secret).unwrap();
    (signer.service, signer.region)
}

fn ids(client: &mut Client, command: &str) -> Vec<String> {
    let request = json!({ "CommandId": command }).to_string();
    let all = client.call("AmazonSSM.ListCommandInvocations", &request).json();
    let all = all["CommandInvocations"].as_array().unwrap();
    let mut ids: Vec<_> = all.iter().map(|one| one["InstanceId"].as_str().unwrap().to_string()).collect();
    ids.sort();
    ids
}

#[track_caller]
fn counted(client: &mut Client, store: &str, fate: &str, count: u64) {
    let line = format!("fleetsim_outputs_total{{store=\"{store}\",result=\"{fate}\"}} {count}");
    let began = std::time::Instant::now();
    loop {
        let text = client.get("/_fleetsim/metrics").text();
        if text.lines().any(|one| one == line) {
            return;
        }
        assert!(began.elapsed().as_secs() < 60, "{line} is not in {text}");
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
}

/// S11.1, S11.2, S11.4, S11.5: an object for each stream that is not empty, under the agent's key, of the size that was simulated.
#[test]
fn objects_are_put_and_signed() {
    let folder = tempfile::tempdir().unwrap();
    scenario(folder.path(), 1000);
    let s3 = Sink::start(|_| (200, String::new()));
    let program = Program::start(folder.path(), &["--s3-endpoint", &s3.url()]);
    let mut client = Client::new(program.address);
    let wants = json!({ "OutputS3BucketName": "outputs", "OutputS3KeyPrefix": "one two/runs" });
    let id = send(&mut client, &wants);
    advance(&mut client);
    let mut taken = s3.wait_for(2);
    taken.sort_by(|one, other| one.target.cmp(&other.target));
    counted(&mut client, "s3", "done", 2);
    assert_eq!(s3.taken().len(), 2, "standard error is empty");
    for (put, instance) in taken.iter().zip(ids(&mut client, &id)) {
        let key = format!("one%20two/runs/{id}/{instance}/awsrunShellScript/0.awsrunShellScript/stdout");
        assert_eq!((put.method.as_str(), put.target.as_str()), ("PUT", format!("/outputs/{key}").as_str()));
        assert_eq!(put.header("content-type"), "text/plain");
        assert_eq!(put.header("host"), s3.address.to_string());
        assert_eq!(signer(put), ("s3".into(), "us-east-1".into()));
        let request = json!({ "CommandId": id, "InstanceId": instance }).to_string();
        let told = client.call("AmazonSSM.GetCommandInvocation", &request).json();
        let text = told["StandardOutputContent"].as_str().unwrap().repeat(1000);
        assert_eq!(String::from_utf8_lossy(&put.body), text[..1000]);
    }
}

/// S11.12 to S11.14: the stream of the agent's name, whose group is made, and four events of 200,000 bytes a call.
#[test]
fn log_events_are_put_in_portions() {
    let folder = tempfile::tempdir().unwrap();
    scenario(folder.path(), 1_000_000);
    let missing = std::sync::atomic::AtomicBool::new(true);
    let logs = Sink::start(move |taken| match taken.operation() {
        "CreateLogGroup" => {
            missing.store(false, std::sync::atomic::Ordering::SeqCst);
            (200, String::new())
        }
        "CreateLogStream" if missing.load(std::sync::atomic::Ordering::SeqCst) => {
            (400, r#"{"__type":"com.amazonaws#ResourceNotFoundException","message":"none"}"#.into())
        }
        "CreateLogStream" => (400, r#"{"__type":"ResourceAlreadyExistsException"}"#.into()),
        _ => (200, r#"{"nextSequenceToken":"1"}"#.into()),
    });
    let program = Program::start(folder.path(), &["--logs-endpoint", &logs.url()]);
    let mut client = Client::new(program.address);
    let id = send(&mut client, &json!({ "CloudWatchOutputConfig": { "CloudWatchOutputEnabled": true } }));
    advance(&mut client);
    counted(&mut client, "logs", "done", 2);
    let taken = logs.taken();
    assert!(taken.iter().all(|call| signer(call) == ("logs".into(), "us-east-1".into())));
    let group = "/aws/ssm/AWS-RunShellScript";
    assert!(taken.iter().all(|call| call.json()["logGroupName"] == group));
    for instance in ids(&mut client, &id) {
        let name = format!("{id}/{instance}/aws-runShellScript/stdout");
        let puts = taken.iter().filter(|call| call.operation() == "PutLogEvents");
        let puts: Vec<_> = puts.map(Taken::json).filter(|put| put["logStreamName"] == name).collect();
        let lengths = |put: &Value| -> Vec<usize> {
            let events = put["logEvents"].as_array().unwrap().iter();
            events.map(|event| event["message"].as_str().unwrap().len()).collect()
        };
        let lengths: Vec<_> = puts.iter().map(lengths).collect();
        assert_eq!(lengths, [vec![200_000; 4], vec![200_000]]);
        let first = puts[0]["logEvents"][0]["message"].as_str().unwrap();
        assert!(first.starts_with(&format!("aws:runShellScript on {instance}: done\n")), "{}", &first[..80]);
    }
}

/// What the plan let happen stays, whatever the endpoint says.
#[test]
fn an_endpoint_that_fails_changes_nothing() {
    let digest = |more: &[&str], failed: u64| {
        let folder = tempfile::tempdir().unwrap();
        scenario(folder.path(), 1000);
        let program = Program::start(folder.path(), more);
        let mut client = Client::new(program.address);
        assert_eq!(client.post("/_fleetsim/pause", "").status, 200);
        assert_eq!(client.post("/_fleetsim/advance", r#"{"to_seconds": 1000}"#).status, 200);
        let id = send(&mut client, &json!({ "OutputS3BucketName": "outputs" }));
        advance(&mut client);
        counted(&mut client, "s3", "failed", failed);
        let listed = client.call("AmazonSSM.ListCommands", &json!({ "CommandId": id }).to_string()).json();
        assert_eq!(listed["Commands"][0]["Status"], "Success");
        client.get("/_fleetsim/digest").text()
    };
    let s3 = Sink::start(|_| (404, "<Error><Code>NoSuchBucket</Code></Error>".into()));
    assert_eq!(digest(&["--s3-endpoint", &s3.url()], 2), digest(&[], 0));
    // Nobody listens there.
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    assert_eq!(digest(&["--s3-endpoint", &format!("http://{closed}")], 2), digest(&[], 0));
}

#[test]
fn what_was_put_before_a_restart_is_not_put_again() {
    let folder = tempfile::tempdir().unwrap();
    scenario(folder.path(), 1000);
    let s3 = Sink::start(|_| (200, String::new()));
    let wants = json!({ "OutputS3BucketName": "outputs" });
    let program = Program::start(folder.path(), &["--s3-endpoint", &s3.url()]);
    let mut client = Client::new(program.address);
    let first = send(&mut client, &wants);
    advance(&mut client);
    counted(&mut client, "s3", "done", 2);
    program.kill();
    let program = Program::start(folder.path(), &["--s3-endpoint", &s3.url()]);
    let mut client = Client::new(program.address);
    let second = send(&mut client, &wants);
    advance(&mut client);
    counted(&mut client, "s3", "done", 2);
    let taken = s3.taken();
    let of = |id: &str| taken.iter().filter(|put| put.target.contains(id)).count();
    assert_eq!((of(&first), of(&second), taken.len()), (2, 2, 4));
}

/// A fault that begins meanwhile runs the world again, and nothing is put again, nor is anything lost that comes.
#[test]
fn a_fault_by_route_puts_nothing_again() {
    let folder = tempfile::tempdir().unwrap();
    scenario(folder.path(), 1000);
    let s3 = Sink::start(|_| (200, String::new()));
    let program = Program::start(folder.path(), &["--s3-endpoint", &s3.url()]);
    let mut client = Client::new(program.address);
    let wants = json!({ "OutputS3BucketName": "outputs" });
    send(&mut client, &wants);
    advance(&mut client);
    counted(&mut client, "s3", "done", 2);
    assert_eq!(client.post("/_fleetsim/fault", r#"{"kind": "s3-outage", "for": "10m"}"#).status, 200);
    // Every attempt falls into the outage (S11.6): no object.
    send(&mut client, &wants);
    assert_eq!(client.post("/_fleetsim/advance", r#"{"by_seconds": 1200}"#).status, 200);
    let third = send(&mut client, &wants);
    advance(&mut client);
    counted(&mut client, "s3", "done", 4);
    let taken = s3.taken();
    assert_eq!((taken.len(), taken.iter().filter(|put| put.target.contains(&third)).count()), (4, 2));
}

#[test]
fn endpoints_elsewhere_have_to_be_allowed() {
    let folder = tempfile::tempdir().unwrap();
    scenario(folder.path(), 1000);
    for (option, url, part) in [
        ("--s3-endpoint", "http://192.0.2.1:9000", "--allow-delivery 192.0.2.1"),
        ("--logs-endpoint", "https://192.0.2.1", "--allow-delivery 192.0.2.1"),
        ("--s3-endpoint", "http://127.0.0.1:9000/bucket", "http://host:port"),
        ("--s3-endpoint", "ftp://127.0.0.1", "http://host:port"),
    ] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_fleetsim"));
        let command = command.args(["serve", "served.toml", "--listen", "127.0.0.1:0", option, url]);
        let output = command.current_dir(folder.path()).output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{told}");
        assert!(told.contains(option) && told.contains(part), "{told}");
    }
    let more = ["--s3-endpoint", "http://192.0.2.1:9000", "--allow-delivery", "192.0.2.1"];
    assert_eq!(Client::new(Program::start(folder.path(), &more).address).get("/_fleetsim/state").status, 200);
}

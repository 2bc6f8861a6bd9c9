//! A log stream of CloudWatch Logs: `CreateLogStream`, the group before it where there is none, and `PutLogEvents`.
//!
//! The agent puts events while a step runs (S11.14); here all of them are put when the stream is over, in portions of the
//! same size. CloudWatch Logs takes no event that is old or from the future, so that each has the time of the wall.

use hyper::{Method, body::Bytes};
use jiff::Timestamp;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::{
    output::logs::{CALL_EVENTS, EVENT_BYTES},
    serve::delivery::{
        api::{ApiEndpoint, Draft},
        outcome::Failure,
        web::Web,
    },
};

/// What CloudWatch Logs says of what is there already.
const EXISTS: &str = "ResourceAlreadyExistsException";
/// What it says of a group that is not there.
const MISSING: &str = "ResourceNotFoundException";

/// Where calls go.
struct Caller<'a> {
    web: &'a Web,
    endpoint: &'a ApiEndpoint,
    region: &'a str,
}

/// What is answered to a call that was not done: the name of the error, and in words.
struct Refusal {
    code: String,
    text: String,
}

/// Puts a stream.
///
/// # Errors
///
/// Why it is not there, or not as a whole.
pub async fn put(
    web: &Web,
    endpoint: &ApiEndpoint,
    region: &str,
    (group, name): (&str, &str),
    body: &[u8],
) -> Result<(), Failure> {
    let caller = Caller { web, endpoint, region };
    create(&caller, group, name).await?;
    for call in body.chunks((EVENT_BYTES * CALL_EVENTS) as usize) {
        let timestamp = Timestamp::now().as_millisecond();
        let event = |part: &[u8]| json!({ "timestamp": timestamp, "message": String::from_utf8_lossy(part) });
        let events: Vec<Value> = call.chunks(EVENT_BYTES as usize).map(event).collect();
        let request = json!({ "logGroupName": group, "logStreamName": name, "logEvents": events });
        let answer = well(caller.call("PutLogEvents", &request).await?, &[])?;
        if let Some(rejected) = answer.get("rejectedLogEventsInfo").filter(|rejected| !rejected.is_null()) {
            return Err(Failure::Never(format!("PutLogEvents rejected events: {rejected}")));
        }
    }
    Ok(())
}

/// Several steps may write to one stream (S11.13), and one command after the other to one group.
async fn create(caller: &Caller<'_>, group: &str, name: &str) -> Result<(), Failure> {
    let stream = json!({ "logGroupName": group, "logStreamName": name });
    match caller.call("CreateLogStream", &stream).await? {
        Err(refusal) if refusal.code == MISSING => {
            let made = caller.call("CreateLogGroup", &json!({ "logGroupName": group })).await?;
            well(made, &[EXISTS])?;
            well(caller.call("CreateLogStream", &stream).await?, &[EXISTS])?;
        }
        answer => drop(well(answer, &[EXISTS])?),
    }
    Ok(())
}

/// The answer, where one of these errors is as good as none.
fn well(answer: Result<Value, Refusal>, good: &[&str]) -> Result<Value, Failure> {
    match answer {
        Ok(answer) => Ok(answer),
        Err(refusal) if good.contains(&refusal.code.as_str()) => Ok(Value::Null),
        Err(refusal) => Err(Failure::Never(refusal.text)),
    }
}

impl Caller<'_> {
    async fn call(&self, operation: &str, request: &Value) -> Result<Result<Value, Refusal>, Failure> {
        let body = Bytes::from(serde_json::to_vec(request).expect("plain data"));
        let target = format!("Logs_20140328.{operation}");
        let draft = Draft {
            service: "logs",
            region: self.region,
            method: Method::POST,
            path: "/",
            headers: &[("content-type", "application/x-amz-json-1.1"), ("x-amz-target", &target)],
            digest: &Sha256::digest(&body),
            body,
        };
        let (status, answer) = self.web.ask(self.endpoint.request(draft, Timestamp::now())?).await?;
        let answer: Value = serde_json::from_slice(&answer).unwrap_or_default();
        if (200..=299).contains(&status) {
            return Ok(Ok(answer));
        }
        let code = answer["__type"].as_str().unwrap_or_default().rsplit('#').next().unwrap_or_default();
        let told = if code.is_empty() { String::new() } else { format!(", {code}") };
        let text = format!("{operation} was answered with status {status}{told}");
        Ok(Err(Refusal { code: code.into(), text }))
    }
}

//! The routes under `/_fleetsim/`: the state of things for people and programs, and the control of time.

use std::rc::Rc;

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{clock::Speed, endpoint::Endpoint};
use crate::{
    base::{SimDuration, SimTime},
    service::{Bulletin, Overview, moment},
    wire::http::{Request, Response},
};

/// Where everything begins anew for suites that know moto's server.
pub const MOTO_RESET: &str = "/moto-api/reset";

/// What every path of control begins with.
pub const PREFIX: &str = "/_fleetsim/";

/// The routes with their methods.
pub const ROUTES: [(&str, &str); 16] = [
    ("GET", "state"),
    ("GET", "stream"),
    ("GET", "grid"),
    ("GET", "instance"),
    ("GET", "digest"),
    ("GET", "history"),
    ("GET", "metrics"),
    ("GET", "faults"),
    ("GET", "certificate.pem"),
    ("POST", "pause"),
    ("POST", "resume"),
    ("POST", "speed"),
    ("POST", "advance"),
    ("POST", "reset"),
    ("POST", "fault"),
    ("POST", "end-fault"),
];

/// The state, as the console shows it.
#[derive(Debug, Serialize)]
struct State {
    #[serde(flatten)]
    overview: Overview,
    start: String,
    now: String,
    seconds: f64,
    speed: Option<f64>,
    paused: bool,
    next_seconds: Option<f64>,
    digest: String,
    bulletins: Vec<Bulletin>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SpeedRequest {
    #[serde(deserialize_with = "Option::deserialize")]
    speed: Option<f64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
enum AdvanceRequest {
    #[serde(rename = "to_seconds")]
    ToSeconds(f64),
    #[serde(rename = "by_seconds")]
    BySeconds(f64),
    #[serde(rename = "to")]
    To(Change),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EndFaultRequest {
    id: u32,
}

#[derive(Deserialize)]
enum Change {
    #[serde(rename = "next-change")]
    Next,
}

/// The JSON of a value.
pub fn json_response(status: u16, value: &impl Serialize) -> Response {
    let body = serde_json::to_vec(value).expect("plain data");
    Response { status, headers: vec![("Content-Type", "application/json".into())], body }
}

/// An error of a control route.
pub fn error(status: u16, message: &str) -> Response {
    json_response(status, &json!({ "error": message }))
}

fn seconds(time: SimTime) -> f64 {
    time.since(SimTime::ZERO).as_secs_f64()
}

/// The state, with the bulletins behind number `after`, and the number of the last of them.
pub fn state(endpoint: &Endpoint, after: u64) -> (Vec<u8>, u64) {
    let mut host = endpoint.host.borrow_mut();
    host.tick();
    let next_seconds = host.next_time().map(seconds);
    let (service, now) = (host.service(), host.now());
    let instant = |time| format!("{:.3}", moment::instant(service.start(), time));
    let state = State {
        overview: service.overview(),
        start: instant(SimTime::ZERO),
        now: instant(now),
        seconds: seconds(now),
        speed: host.clock().speed().as_factor(),
        paused: host.clock().is_paused(),
        next_seconds,
        digest: service.digest().to_string(),
        bulletins: service.bulletins(after),
    };
    let last = state.bulletins.last().map_or(after, |bulletin| bulletin.number);
    (serde_json::to_vec(&state).expect("plain data"), last)
}

/// Answers a control request, the stream excepted.
pub async fn answer(endpoint: &Rc<Endpoint>, request: &Request<'_>) -> Response {
    let path = request.path();
    let name = if path == MOTO_RESET { "reset" } else { path.strip_prefix(PREFIX).unwrap_or_default() };
    let method = if request.method == "HEAD" { "GET" } else { request.method };
    match ROUTES.iter().find(|(_, route)| *route == name) {
        None => return error(404, &missing()),
        Some((allowed, _)) if *allowed != method => {
            let mut refusal = error(405, &format!("{name} takes {allowed} alone"));
            refusal.headers.push(("Allow", (*allowed).into()));
            return refusal;
        }
        Some(_) => {}
    }
    endpoint.catch_up().await;
    let response = match (method, &endpoint.settings.signer) {
        ("GET", Some(signer)) if name == "certificate.pem" => Ok(signer.certificate().await),
        ("GET", _) => Ok(read(endpoint, name, request)),
        _ => change(endpoint, name, request.body).await,
    };
    let response = response.unwrap_or_else(|message| error(400, &message));
    match endpoint.pass().await {
        Ok(()) => response,
        Err(_) => error(500, "the journal cannot be written"),
    }
}

/// What there is, for those who ask for something else.
pub fn missing() -> String {
    let routes = ROUTES.map(|(method, name)| format!("{method} {PREFIX}{name}")).join(", ");
    format!("there is no such path; AWS calls go to POST /, and there are {routes}, POST {MOTO_RESET}")
}

fn read(endpoint: &Endpoint, name: &str, request: &Request<'_>) -> Response {
    let plain = |kind: &str, body: Vec<u8>| Response {
        status: 200,
        headers: vec![("Content-Type", kind.into()), ("Cache-Control", "no-store".into())],
        body,
    };
    let number = |name: &str| request.parameter(name).and_then(|text| text.parse().ok());
    endpoint.host.borrow_mut().tick();
    let host = endpoint.host.borrow();
    match name {
        "state" => {
            drop(host);
            plain("application/json", state(endpoint, number("after").unwrap_or(0)).0)
        }
        "grid" => {
            let command = request.parameter("command");
            plain("application/octet-stream", host.service().grid(command.as_deref()))
        }
        "instance" => {
            let index = number("index").and_then(|index| u32::try_from(index).ok());
            match index.and_then(|index| host.service().instance(index)) {
                Some(instance) => json_response(200, &instance),
                None => error(404, "the fleet has no such instance; ?index=N counts from 0"),
            }
        }
        "digest" => json_response(200, &json!({ "digest": host.service().digest().to_string() })),
        "history" => {
            let mut text = Vec::new();
            match host.service().write_history(&mut text) {
                Ok(()) => plain("application/x-ndjson", text),
                Err(failure) => error(500, &failure.to_string()),
            }
        }
        "faults" => json_response(200, &json!({ "faults": host.service().faults() })),
        "metrics" => plain("text/plain; version=0.0.4", host.metrics.to_text(&host.gauges()).into_bytes()),
        _ => error(404, &missing()),
    }
}

/// Controls time, or faults; the answer is the time then, or the faults.
async fn change(endpoint: &Rc<Endpoint>, name: &str, body: &[u8]) -> Result<Response, String> {
    match name {
        "pause" => endpoint.host.borrow_mut().pause(),
        "resume" => endpoint.host.borrow_mut().resume(),
        "speed" => {
            let SpeedRequest { speed } = parse(body, r#"{"speed": 60} or {"speed": null}"#)?;
            let speed = speed.map_or(Ok(Speed::Max), Speed::factor)?;
            endpoint.host.borrow_mut().set_speed(speed);
        }
        "advance" => {
            let form = r#"{"to_seconds": 120}, {"by_seconds": 10} or {"to": "next-change"}"#;
            let time = target(endpoint, &parse(body, form)?)?;
            endpoint.host.borrow_mut().jump(time);
            endpoint.until(time).await;
        }
        "reset" => endpoint.host.borrow_mut().reset(),
        "fault" => {
            let request = std::str::from_utf8(body).map_err(|error| error.to_string())?;
            let id = endpoint.host.borrow_mut().begin_fault(request)?;
            return Ok(told_fault(endpoint, id));
        }
        "end-fault" => {
            let EndFaultRequest { id } = parse(body, r#"{"id": 0}"#)?;
            endpoint.host.borrow_mut().end_fault(id)?;
            return Ok(told_fault(endpoint, id));
        }
        _ => return Err(missing()),
    }
    endpoint.wake();
    let host = endpoint.host.borrow();
    let (speed, paused) = (host.clock().speed().as_factor(), host.clock().is_paused());
    Ok(json_response(200, &json!({ "seconds": seconds(host.now()), "speed": speed, "paused": paused })))
}

/// A fault that has changed.
fn told_fault(endpoint: &Rc<Endpoint>, id: u32) -> Response {
    endpoint.wake();
    let faults = endpoint.host.borrow().service().faults();
    json_response(200, &faults[id as usize])
}

fn parse<'a, T: Deserialize<'a>>(body: &'a [u8], form: &str) -> Result<T, String> {
    serde_json::from_slice(body).map_err(|error| format!("{error}; the body is {form}"))
}

fn target(endpoint: &Endpoint, request: &AdvanceRequest) -> Result<SimTime, String> {
    let mut host = endpoint.host.borrow_mut();
    host.tick();
    let now = host.now();
    let length = |seconds: &f64| match *seconds >= 0.0 && seconds.is_finite() {
        true => Ok(SimDuration((seconds * 1e6).round() as u64)),
        false => Err(format!("{seconds} is no time")),
    };
    let time = match request {
        AdvanceRequest::ToSeconds(seconds) => SimTime::ZERO + length(seconds)?,
        AdvanceRequest::BySeconds(seconds) => now + length(seconds)?,
        AdvanceRequest::To(Change::Next) => host.next_time().unwrap_or(now),
    };
    match time >= now {
        true => Ok(time),
        false => Err(format!(
            "it is {} already, and time does not go back; POST {PREFIX}reset begins anew",
            seconds(now)
        )),
    }
}

/// An event of the stream.
pub fn event(state: &[u8]) -> Vec<u8> {
    [b"event: state\ndata: ", state, b"\n\n"].concat()
}

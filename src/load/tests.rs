//! The generator against a server that answers by script.

use std::{
    cell::RefCell,
    convert::Infallible,
    future::pending,
    net::SocketAddr,
    rc::Rc,
    sync::mpsc,
    time::{Duration, Instant},
};

use http_body_util::{BodyExt, Full};
use hyper::{Request, Response, body::Bytes, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use jiff::Timestamp;
use tokio::{
    net::TcpListener,
    task::{LocalSet, spawn_local},
    time::sleep,
};

use super::{
    arrivals::{Plan, Profile, Spacing, Stage},
    drive,
    engine::{Engine, Settings},
    follow::Manner,
    log::Happening,
    material::Material,
    mix::{Mix, Operation},
    tally::Tally,
    verdict,
};
use crate::{
    base::SimDuration,
    client::{Client, Endpoint, Limits},
    ssm::SendCommandRequest,
    wire::{
        http,
        sigv4::{Paths, Secret, verify},
    },
};

/// What the server says to a request: status and body, after a pause.
type Script = Rc<dyn Fn(&str, u64) -> (Duration, u16, String)>;

/// A request as it came.
struct Came {
    operation: String,
    headers: Vec<(String, String)>,
    body: Bytes,
}

#[derive(Clone)]
struct Server {
    address: SocketAddr,
    came: Rc<RefCell<Vec<Came>>>,
}

async fn server(script: Script) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let server = Server { address: listener.local_addr().unwrap(), came: Rc::default() };
    let came = server.came.clone();
    spawn_local(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let (script, came) = (script.clone(), came.clone());
            let service = service_fn(move |request| answer(request, script.clone(), came.clone()));
            spawn_local(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
        }
    });
    server
}

async fn answer(
    request: Request<Incoming>,
    script: Script,
    came: Rc<RefCell<Vec<Came>>>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let text = |value: &hyper::header::HeaderValue| value.to_str().unwrap().to_string();
    let headers: Vec<_> =
        request.headers().iter().map(|(name, value)| (name.to_string(), text(value))).collect();
    let operation = text(&request.headers()["x-amz-target"]).replace("AmazonSSM.", "");
    let body = request.into_body().collect().await.unwrap().to_bytes();
    let number = came.borrow().len() as u64;
    came.borrow_mut().push(Came { operation: operation.clone(), headers, body });
    let (pause, status, body) = script(&operation, number);
    if !pause.is_zero() {
        sleep(pause).await;
    }
    Ok(Response::builder().status(status).body(Full::new(body.into())).unwrap())
}

/// What a test asks of the generator.
struct Wish {
    rate: f64,
    length: Duration,
    operation: Operation,
    limits: Limits,
    settings: Settings,
}

impl Default for Wish {
    fn default() -> Self {
        Self {
            rate: 200.0,
            length: Duration::from_secs(1),
            operation: Operation::DescribeInstanceInformation,
            limits: Limits { connections: 16, ..Limits::default() },
            settings: Settings { poll: None, ..Settings::default() },
        }
    }
}

/// Runs the generator against a script; what was counted, and what came.
fn run(wish: &Wish, script: impl Fn(&str, u64) -> (Duration, u16, String) + 'static) -> (Tally, Server) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    LocalSet::new().block_on(&runtime, async {
        let server = server(Rc::new(script)).await;
        let endpoint = Endpoint::new(&format!("http://{}", server.address), &[], None, "us-east-1").unwrap();
        let client = Client::new(endpoint, wish.limits, None).unwrap();
        let length = SimDuration(wish.length.as_micros() as u64);
        let profile = Profile::new(&[Stage::constant("a", length, wish.rate)], 1);
        let plan = Plan::Profile(profile, Spacing::Even);
        let request = SendCommandRequest { document_name: "D".into(), ..SendCommandRequest::default() };
        let mix = Mix::new(vec![wish.operation.name().parse().unwrap()], 1);
        let (sender, receiver) = mpsc::channel();
        let engine = Engine::new(client, wish.settings, mix, Material::new(&[request]), sender);
        drive::open(&engine, &plan, (1, 1), pending()).await.unwrap();
        let mut tally = Tally::default();
        for happening in receiver.try_iter() {
            if let Happening::Interval(interval) = happening {
                interval.add_to(&mut tally, &["a".to_string()]);
            }
        }
        (tally, server)
    })
}

fn good(_: &str, _: u64) -> (Duration, u16, String) {
    (Duration::ZERO, 200, "{}".into())
}

#[test]
fn all_that_is_planned_is_sent_and_signed() {
    let (tally, server) = run(&Wish::default(), good);
    let sum = tally.sum(|_, _| true);
    assert_eq!((tally.schedule.planned, sum.good, sum.planned.0.len()), (200, 200, 200));
    assert_eq!(sum.errors.len(), 0);
    let came = server.came.borrow();
    assert_eq!(came.len(), 200);
    let Came { headers, body, .. } = &came[7];
    let request = http::Request { method: "POST", target: "/", headers, body };
    let secret = |id: &str| (id == "test").then(|| Secret { key: "test".into(), session_token: None });
    let signer = verify(&request, Timestamp::now(), Paths::AsWritten, secret).unwrap();
    assert_eq!((signer.service.as_str(), signer.region.as_str()), ("ssm", "us-east-1"));
    let wrong = |_: &str| Some(Secret { key: "other".into(), session_token: None });
    assert!(verify(&request, Timestamp::now(), Paths::AsWritten, wrong).is_err());
}

/// The server answers nothing for 400 ms. Over one connection what was planned meanwhile waits: a generator that asks only
/// after the answer would see one slow answer, and so does the latency from the actual send. From the plan, about 40 % of a
/// second's requests are slow, the later the less: half of these by more than 200 ms.
#[test]
fn a_stall_is_in_the_latencies_from_the_plan() {
    let begin = Instant::now();
    let stall = move |_: &str, number: u64| match number {
        0 => (Duration::from_millis(400), 200, "{}".into()),
        _ => good("", 0),
    };
    let limits = Limits { connections: 1, ..Limits::default() };
    let (tally, _) = run(&Wish { limits, ..Wish::default() }, stall);
    assert!(begin.elapsed() < Duration::from_secs(5));
    let sum = tally.sum(|_, _| true);
    assert_eq!(sum.good, 200);
    let slow = |histogram: &hdrhistogram::Histogram<u64>, millis: u64| {
        histogram.count_between(millis * 1000, u64::MAX)
    };
    // Of 200 a second, those planned in the first 200 ms.
    let planned = slow(&sum.planned.0, 200);
    assert!((40..=60).contains(&planned), "{planned}");
    assert!(slow(&sum.actual.0, 200) <= 2, "{}", slow(&sum.actual.0, 200));
    assert_eq!(verdict::void(&tally.schedule, Duration::from_millis(250)), None);
}

#[test]
fn errors_are_counted_by_name_and_throttles_apart() {
    let script = |_: &str, number: u64| match number % 4 {
        0 => (Duration::ZERO, 400, r#"{"__type":"ThrottlingException"}"#.into()),
        1 => (Duration::ZERO, 400, r#"{"__type":"InvalidInstanceId"}"#.into()),
        2 => (Duration::ZERO, 500, String::new()),
        _ => good("", 0),
    };
    let sum = run(&Wish::default(), script).0.sum(|_, _| true);
    assert_eq!((sum.good, sum.throttles["ThrottlingException"]), (50, 50));
    assert_eq!((sum.errors["InvalidInstanceId"], sum.errors["HTTP 500"]), (50, 50));
    assert_eq!(sum.planned.0.len(), 50);
}

#[test]
fn nothing_is_sent_again_unless_asked_and_then_it_is_counted() {
    let script = |_: &str, number: u64| match number {
        0..2 => (Duration::ZERO, 400, r#"{"__type":"ThrottlingException"}"#.into()),
        _ => good("", 0),
    };
    let wish = |retries| Wish {
        rate: 1.0,
        settings: Settings { poll: None, retries, ..Settings::default() },
        ..Wish::default()
    };
    let once = run(&wish(0), script).0.sum(|_, _| true);
    assert_eq!((once.good, once.throttled(), once.retries), (0, 1, 0));
    let again = run(&wish(2), script).0.sum(|_, _| true);
    assert_eq!((again.good, again.throttled(), again.retries), (1, 0, 2));
}

#[test]
fn calls_that_take_too_long_are_errors_and_latencies() {
    let script = |_: &str, _: u64| (Duration::from_secs(60), 200, String::new());
    let limits = Limits { connections: 16, answer: Duration::from_millis(100), ..Limits::default() };
    let sum = run(&Wish { rate: 10.0, limits, ..Wish::default() }, script).0.sum(|_, _| true);
    assert_eq!((sum.good, sum.errors["(timed out)"]), (0, 10));
    assert!(sum.planned.quantile(0.5).unwrap() >= 99_000);
}

/// More is planned than the generator may have under way: what is due beyond is skipped, and the result is void.
#[test]
fn a_schedule_that_cannot_be_kept_is_void() {
    let script = |_: &str, _: u64| (Duration::from_millis(300), 200, "{}".into());
    let settings = Settings { poll: None, most_under_way: 20, ..Settings::default() };
    let (tally, server) = run(&Wish { settings, ..Wish::default() }, script);
    let schedule = &tally.schedule;
    assert_eq!(schedule.planned, 200);
    assert!(schedule.skipped > 100, "{}", schedule.skipped);
    assert_eq!(server.came.borrow().len() as u64, 200 - schedule.skipped);
    assert_eq!(schedule.most_under_way, 20);
    assert!(verdict::void(schedule, Duration::from_millis(10)).is_some());
}

/// A generator that is held up by its own machine is late, and says so.
#[test]
fn a_generator_that_is_held_up_is_void() {
    let script = |_: &str, number: u64| {
        if number == 0 {
            // The server is on the generator's own thread: nothing goes on for so long.
            std::thread::sleep(Duration::from_millis(200));
        }
        good("", 0)
    };
    let (tally, _) = run(&Wish::default(), script);
    assert!((20..=50).contains(&tally.schedule.late), "{}", tally.schedule.late);
    assert!(verdict::void(&tally.schedule, Duration::from_millis(10)).is_some());
}

#[test]
fn commands_are_followed_to_their_end() {
    let script = |operation: &str, number: u64| {
        let body = match operation {
            "SendCommand" => {
                r#"{"Command": {"CommandId": "c", "Status": "Pending", "MaxConcurrency": "50"}}"#.into()
            }
            "ListCommands" => r#"{"Commands": [{"CommandId": "c", "Status": "Success"}]}"#.into(),
            _ => {
                let status = if number < 4 { "InProgress" } else { "Success" };
                format!(
                    r#"{{"CommandInvocations": [{{"CommandId": "c", "InstanceId": "i", "Status": "{status}"}}]}}"#
                )
            }
        };
        (Duration::ZERO, 200, body)
    };
    let settings = Settings {
        poll: Some(Duration::from_millis(50)),
        drain: Duration::from_secs(5),
        ..Settings::default()
    };
    let wish = Wish { rate: 1.0, operation: Operation::SendCommand, settings, ..Wish::default() };
    let (tally, server) = run(&wish, script);
    let operations: Vec<_> = server.came.borrow().iter().map(|came| came.operation.clone()).collect();
    let polls = ["ListCommandInvocations"; 3];
    assert_eq!(operations, [&["SendCommand", "ListCommands"], &polls[..], &["ListCommands"]].concat());
    assert_eq!(tally.schedule.planned, 1);
    assert_eq!(tally.cells[&(Operation::ListCommandInvocations, "a".into())].good, 3);
}

/// As a waiter does (5 s apart there): what is not there yet is asked for again.
#[test]
fn invocations_are_followed_by_themselves() {
    let script = |_: &str, number: u64| match number {
        0 => (Duration::ZERO, 200, r#"{"Command": {"CommandId": "c", "InstanceIds": ["i", "j"]}}"#.into()),
        1 => (Duration::ZERO, 400, r#"{"__type": "InvocationDoesNotExist"}"#.into()),
        _ => (Duration::ZERO, 200, r#"{"CommandId": "c", "InstanceId": "i", "Status": "Success"}"#.into()),
    };
    let settings = Settings {
        poll: Some(Duration::from_millis(50)),
        manner: Manner::Get,
        drain: Duration::from_secs(5),
        ..Settings::default()
    };
    let wish = Wish { rate: 1.0, operation: Operation::SendCommand, settings, ..Wish::default() };
    let (tally, server) = run(&wish, script);
    let operations: Vec<_> = server.came.borrow().iter().map(|came| came.operation.clone()).collect();
    assert_eq!(operations, [&["SendCommand"], &["GetCommandInvocation"; 3][..]].concat());
    let cell = &tally.cells[&(Operation::GetCommandInvocation, "a".into())];
    assert_eq!((cell.good, cell.errors["InvocationDoesNotExist"]), (2, 1));
}

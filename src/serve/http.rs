//! A request as hyper hands it over, led to whoever answers it.

use std::{convert::Infallible, rc::Rc, time::Duration};

use http_body_util::{
    BodyExt, Either, Full, LengthLimitError, Limited,
    channel::{Channel, Sender},
};
use hyper::{
    Method,
    body::{Body as _, Bytes, Incoming},
    header::{HeaderName, HeaderValue},
};
use tokio::time::{sleep, timeout};

use super::{
    console,
    control::{self, error},
    endpoint::Endpoint,
};
use crate::wire::http::{Request, Response};

/// A body that is sent: all at once, or as it comes.
pub type Body = Either<Full<Bytes>, Channel<Bytes>>;

/// Streams tell of changes so often at most.
const SHORTEST: Duration = Duration::from_millis(200);
/// And of time so often at least.
const LONGEST: Duration = Duration::from_secs(5);

/// What is known of a connection.
#[derive(Clone, Copy, Debug)]
pub struct Peer {
    /// Whether it comes from this machine.
    pub is_local: bool,
    /// How long its bodies may take.
    pub patience: Duration,
}

/// Answers a request.
pub async fn handle(
    endpoint: Rc<Endpoint>,
    peer: Peer,
    request: hyper::Request<Incoming>,
) -> Result<hyper::Response<Body>, Infallible> {
    let (head, body) = request.into_parts();
    let body = match read(body, endpoint.settings.max_body, peer.patience).await {
        Ok(body) => body,
        Err(refusal) => {
            endpoint.host.borrow_mut().metrics.refused += 1;
            return Ok(whole(refusal));
        }
    };
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let headers: Vec<_> =
        head.headers.iter().map(|(name, value)| (name.as_str().to_string(), text(value))).collect();
    let target = head.uri.path_and_query().map_or("/", |target| target.as_str());
    let request = Request { method: head.method.as_str(), target, headers: &headers, body: &body };
    let refused = |status, message: &str| {
        endpoint.host.borrow_mut().metrics.refused += 1;
        Ok(whole(error(status, message)))
    };
    match route(&head.method, &request) {
        Route::Asset(kind, bytes) => match endpoint.settings.names.check(&request) {
            Err(reason) => refused(403, reason),
            Ok(()) => Ok(whole(page(kind, bytes))),
        },
        Route::Call => {
            let checked = match head.method {
                Method::POST => endpoint.settings.names.check_post(&request),
                _ => endpoint.settings.names.check(&request),
            };
            match checked {
                Err(reason) => refused(403, reason),
                Ok(()) => Ok(whole(endpoint.answer(&request).await)),
            }
        }
        // Links in messages are followed from anywhere, and have a token that nobody guesses.
        Route::Link => Ok(whole(endpoint.answer(&request).await)),
        Route::Control if endpoint.settings.auth.is_some() && !peer.is_local => {
            refused(403, "where callers have to sign, control is for this machine alone")
        }
        Route::Control => match endpoint.settings.names.check(&request) {
            Err(reason) => refused(403, reason),
            Ok(()) if is_stream(&request) => Ok(stream(endpoint, &request)),
            Ok(()) => Ok(whole(control::answer(&endpoint, &request).await)),
        },
        Route::None => refused(404, &control::missing()),
        Route::NoMethod => {
            let mut refusal = error(405, "this path takes GET, HEAD and POST");
            refusal.headers.push(("Allow", "GET, HEAD, POST".into()));
            Ok(whole(refusal))
        }
    }
}

/// A file of the console.
fn page(kind: &str, bytes: &[u8]) -> Response {
    let headers = vec![
        ("Content-Type", kind.to_string()),
        ("Content-Security-Policy", console::POLICY.into()),
        ("Cache-Control", "no-store".into()),
        ("X-Content-Type-Options", "nosniff".into()),
    ];
    Response { status: 200, headers, body: bytes.to_vec() }
}

/// Where a request leads.
enum Route {
    /// A file of the console.
    Asset(&'static str, &'static [u8]),
    Call,
    Link,
    Control,
    None,
    NoMethod,
}

fn route(method: &Method, request: &Request) -> Route {
    let path = request.path();
    let is_read = matches!(*method, Method::GET | Method::HEAD);
    if let Some((kind, bytes)) = console::asset(path).filter(|_| is_read && request.query().is_empty()) {
        return Route::Asset(kind, bytes);
    }
    if path.starts_with(control::PREFIX) || path == control::MOTO_RESET {
        return Route::Control;
    }
    let is_of_services = path == "/" || is_queue(path);
    match *method {
        _ if !is_of_services => Route::None,
        Method::POST => Route::Call,
        Method::GET | Method::HEAD => match request.parameter("Action").as_deref() {
            Some("ConfirmSubscription" | "Unsubscribe") => Route::Link,
            Some(_) => Route::Call,
            None => Route::None,
        },
        _ => Route::NoMethod,
    }
}

/// Whether a path is that of a queue's URL: `/ACCOUNT/NAME`.
fn is_queue(path: &str) -> bool {
    let parts: Vec<_> = path.split('/').collect();
    matches!(parts[..], ["", account, name]
        if account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit()) && !name.is_empty())
}

/// The whole body, if it is not too large and comes in time.
async fn read(body: Incoming, most: usize, patience: Duration) -> Result<Bytes, Response> {
    if body.is_end_stream() {
        return Ok(Bytes::new());
    }
    let too_large = || error(413, &format!("the body has more than {most} bytes"));
    if body.size_hint().lower() > most as u64 {
        return Err(too_large());
    }
    match timeout(patience, Limited::new(body, most).collect()).await {
        Ok(Ok(collected)) => Ok(collected.to_bytes()),
        Ok(Err(failure)) if failure.is::<LengthLimitError>() => Err(too_large()),
        Ok(Err(_)) => Err(error(400, "the body is not as its headers say")),
        Err(_) => Err(error(408, "the body did not come in time")),
    }
}

/// A response as hyper takes it.
fn whole(response: Response) -> hyper::Response<Body> {
    let mut sent = hyper::Response::new(Either::Left(Full::new(response.body.into())));
    *sent.status_mut() = hyper::StatusCode::from_u16(response.status).unwrap_or_default();
    for (name, value) in response.headers {
        let name = HeaderName::from_bytes(name.as_bytes());
        if let (Ok(name), Ok(value)) = (name, HeaderValue::try_from(value)) {
            sent.headers_mut().append(name, value);
        }
    }
    sent
}

fn is_stream(request: &Request) -> bool {
    request.method == "GET" && request.path().strip_prefix(control::PREFIX) == Some("stream")
}

/// Server-sent events with the state, from the bulletin `after` on.
fn stream(endpoint: Rc<Endpoint>, request: &Request) -> hyper::Response<Body> {
    let after = request.parameter("after").and_then(|after| after.parse().ok()).unwrap_or(0);
    let (sender, channel) = Channel::new(1);
    tokio::task::spawn_local(feed(endpoint, sender, after));
    let mut response = hyper::Response::new(Either::Right(channel));
    for (name, value) in [("content-type", "text/event-stream"), ("cache-control", "no-store")] {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

/// Sends the state whenever it changes, until nobody listens any more.
async fn feed(endpoint: Rc<Endpoint>, mut sender: Sender<Bytes>, after: u64) {
    let mut after = after;
    while !endpoint.is_stopping() {
        let seen = endpoint.host.borrow().version;
        let (state, last) = control::state(&endpoint, after);
        after = last;
        if endpoint.pass().await.is_err() || sender.send_data(control::event(&state).into()).await.is_err() {
            return;
        }
        sleep(SHORTEST).await;
        let _ = timeout(LONGEST, async {
            loop {
                let changed = endpoint.changed();
                if endpoint.host.borrow().version != seen || endpoint.is_stopping() {
                    return;
                }
                changed.await;
            }
        })
        .await;
    }
}

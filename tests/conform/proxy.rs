//! A server in front of another one that changes what goes through.

use std::{cell::Cell, convert::Infallible, net::SocketAddr, rc::Rc};

use http_body_util::{BodyExt, Full};
use hyper::{
    Request, Response,
    body::{Bytes, Incoming},
    header::CONTENT_LENGTH,
    http::response,
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::{
    net::{TcpListener, TcpStream},
    task::{JoinHandle, spawn_local},
};

/// A request on its way there, and the answer on its way back. The answer is null on the way there.
pub struct Exchange {
    /// The operation, such as `SendCommand`; empty of other requests.
    pub operation: String,
    /// How many requests went before.
    pub number: u64,
    /// The request's body; null when it is no JSON.
    pub request: Value,
    /// The status of the answer; 0 on the way there.
    pub status: u16,
    /// The answer's body; null when it is no JSON.
    pub answer: Value,
}

impl Exchange {
    /// Sets a field in the answer to an operation, if it is there.
    pub fn set(&mut self, operation: &str, pointer: &str, value: impl Into<Value>) {
        if let (true, Some(field)) = (self.operation == operation, self.answer.pointer_mut(pointer)) {
            *field = value.into();
        }
    }

    /// Sets a field of the request of an operation, if it has it.
    pub fn ask(&mut self, operation: &str, field: &str, value: Value) {
        if self.operation == operation && self.request.get(field).is_some() {
            self.request[field] = value;
        }
    }
}

/// Listens for as long as it lives.
pub struct Proxy {
    address: SocketAddr,
    task: JoinHandle<()>,
}

struct Way {
    target: String,
    spoil: fn(&mut Exchange),
    number: Cell<u64>,
}

impl Proxy {
    /// A proxy in front of the server at a URL. Requests are spoiled on the way there, and answers on the way back.
    pub async fn open(url: &str, spoil: fn(&mut Exchange)) -> Self {
        let socket = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = socket.local_addr().unwrap();
        let target = url.strip_prefix("http://").unwrap().to_string();
        let way = Rc::new(Way { target, spoil, number: Cell::new(0) });
        let task = spawn_local(async move {
            loop {
                let (stream, _) = socket.accept().await.unwrap();
                let way = way.clone();
                let service = service_fn(move |request| pass(request, way.clone()));
                spawn_local(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
            }
        });
        Self { address, task }
    }

    /// Where it listens.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn pass(request: Request<Incoming>, way: Rc<Way>) -> Result<Response<Full<Bytes>>, Infallible> {
    let (mut head, body) = request.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    let target = head.headers.get("x-amz-target").map(|target| target.to_str().unwrap().to_string());
    let operation = target.and_then(|target| Some(target.split_once('.')?.1.to_string())).unwrap_or_default();
    let number = way.number.replace(way.number.get() + 1);
    let mut exchange = Exchange { operation, number, request: parsed(&body), status: 0, answer: Value::Null };
    (way.spoil)(&mut exchange);
    let body = written(&exchange.request, body);
    head.headers.remove(CONTENT_LENGTH);
    let (head, answer) = send(&way.target, Request::from_parts(head, Full::new(body))).await;
    let is_of_services =
        head.headers.get("content-type").is_some_and(|kind| kind.to_str().unwrap().contains("amz-json"));
    (exchange.status, exchange.answer) =
        (head.status.as_u16(), if is_of_services { parsed(&answer) } else { Value::Null });
    (way.spoil)(&mut exchange);
    let answer = written(&exchange.answer, answer);
    Ok(Response::builder().status(exchange.status).body(Full::new(answer)).unwrap())
}

fn parsed(body: &Bytes) -> Value {
    serde_json::from_slice(body).unwrap_or_default()
}

fn written(value: &Value, body: Bytes) -> Bytes {
    if value.is_null() { body } else { value.to_string().into() }
}

async fn send(target: &str, request: Request<Full<Bytes>>) -> (response::Parts, Bytes) {
    let stream = TcpStream::connect(target).await.unwrap();
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.unwrap();
    spawn_local(connection);
    let (head, body) = sender.send_request(request).await.unwrap().into_parts();
    (head, body.collect().await.unwrap().to_bytes())
}

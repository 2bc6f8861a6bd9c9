//! A subscriber over HTTP on this machine: it takes what is posted to it, and keeps it.

use std::{cell::RefCell, convert::Infallible, io, net::SocketAddr, rc::Rc};

use http_body_util::{BodyExt, Full, Limited};
use hyper::{
    Method, Request, Response, StatusCode,
    body::{Bytes, Incoming},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use jiff::Timestamp;
use tokio::{
    net::TcpListener,
    task::{JoinHandle, spawn_local},
};

use crate::wire::sns::envelope::Envelope;

/// No message of SNS is longer.
const LONGEST: usize = 1 << 20;
/// More messages than any case expects are not kept.
const MOST: usize = 1000;

/// Something that was posted.
#[derive(Clone, Debug)]
pub struct Arrival {
    /// When it was there.
    pub at: Timestamp,
    /// The path that it was posted to, which tells one subscription from another.
    pub path: String,
    /// What it holds; `None` where that is no envelope.
    pub envelope: Option<Envelope>,
}

/// Listens for as long as it lives.
#[derive(Debug)]
pub struct Listener {
    address: SocketAddr,
    arrivals: Rc<RefCell<Vec<Arrival>>>,
    task: JoinHandle<()>,
}

impl Listener {
    /// Listens on a free port of this machine. Needs a `LocalSet`.
    ///
    /// # Errors
    ///
    /// When no port can be had.
    pub async fn open() -> io::Result<Self> {
        let socket = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = socket.local_addr()?;
        let arrivals = Rc::new(RefCell::new(Vec::new()));
        let task = spawn_local(accept(socket, Rc::clone(&arrivals)));
        Ok(Self { address, arrivals, task })
    }

    /// The URL of a path of it.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// What has arrived at a path.
    pub fn at(&self, path: &str) -> Vec<Arrival> {
        self.arrivals.borrow().iter().filter(|arrival| arrival.path == path).cloned().collect()
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn accept(socket: TcpListener, arrivals: Rc<RefCell<Vec<Arrival>>>) {
    while let Ok((stream, _)) = socket.accept().await {
        let arrivals = Rc::clone(&arrivals);
        spawn_local(async move {
            let service = service_fn(move |request| take(request, Rc::clone(&arrivals)));
            // A connection that breaks is the sender's loss: it will try again.
            let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

async fn take(
    request: Request<Incoming>,
    arrivals: Rc<RefCell<Vec<Arrival>>>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let (path, is_post) = (request.uri().path().to_string(), request.method() == Method::POST);
    let body = Limited::new(request.into_body(), LONGEST).collect().await;
    let mut answer = Response::new(Full::default());
    match body {
        Ok(body) if is_post && arrivals.borrow().len() < MOST => {
            let envelope = serde_json::from_slice(&body.to_bytes()).ok();
            arrivals.borrow_mut().push(Arrival { at: Timestamp::now(), path, envelope });
        }
        _ => *answer.status_mut() = StatusCode::BAD_REQUEST,
    }
    Ok(answer)
}

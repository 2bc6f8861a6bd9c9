//! A subscriber over HTTP on this machine: it takes what is posted to it.

use std::{convert::Infallible, io, net::SocketAddr, rc::Rc};

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

/// Takes in what was posted, and says whether there was room for it.
type Take = Rc<dyn Fn(Arrival) -> bool>;

/// Listens for as long as it lives.
#[derive(Debug)]
pub struct Listener {
    address: SocketAddr,
    task: JoinHandle<()>,
}

impl Listener {
    /// Listens on a free port of this machine, and hands on what arrives. What `take` has no room for is refused. Needs a
    /// `LocalSet`.
    ///
    /// # Errors
    ///
    /// When no port can be had.
    pub async fn open(take: impl Fn(Arrival) -> bool + 'static) -> io::Result<Self> {
        let socket = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = socket.local_addr()?;
        Ok(Self { address, task: spawn_local(accept(socket, Rc::new(take))) })
    }

    /// The URL of a path of it.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn accept(socket: TcpListener, take: Take) {
    while let Ok((stream, _)) = socket.accept().await {
        let take = Rc::clone(&take);
        spawn_local(async move {
            let service = service_fn(move |request| answer(request, Rc::clone(&take)));
            // A connection that breaks is the sender's loss: it will try again.
            let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

async fn answer(request: Request<Incoming>, take: Take) -> Result<Response<Full<Bytes>>, Infallible> {
    let (path, is_post) = (request.uri().path().to_string(), request.method() == Method::POST);
    let body = Limited::new(request.into_body(), LONGEST).collect().await;
    let is_taken = match body {
        Ok(body) if is_post => {
            let envelope = serde_json::from_slice(&body.to_bytes()).ok();
            take(Arrival { at: Timestamp::now(), path, envelope })
        }
        _ => false,
    };
    let mut answer = Response::new(Full::default());
    if !is_taken {
        *answer.status_mut() = StatusCode::BAD_REQUEST;
    }
    Ok(answer)
}

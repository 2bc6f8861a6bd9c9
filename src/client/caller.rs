//! Calls over a bounded number of connections that are kept.

use std::{cell::RefCell, rc::Rc, time::Duration};

use http_body_util::Full;
use hyper::{Request, Uri, body::Bytes, header::HOST};
use jiff::Timestamp;
use tokio::{sync::Semaphore, time::timeout};

use super::{
    answer::{Answer, Failure},
    connection::{Connection, Lost, Opener},
    endpoint::Endpoint,
    request::Prepared,
};
use crate::wire::{dialect::Service, sign::Signer};

/// What a client may use up.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Connections at once; more calls wait for one.
    pub connections: usize,
    /// How long a connection may take to come about.
    pub connect: Duration,
    /// How long a call may take, from when it has its connection.
    pub answer: Duration,
    /// So many bytes of an answer are read.
    pub body: usize,
}

impl Default for Limits {
    fn default() -> Self {
        let (connect, answer) = (Duration::from_secs(10), Duration::from_secs(60));
        Self { connections: 64, connect, answer, body: 16 << 20 }
    }
}

/// A client of one endpoint, for one thread; its copies share their connections.
#[derive(Clone)]
pub struct Client(Rc<Inner>);

struct Inner {
    endpoint: Endpoint,
    signer: Signer,
    opener: Opener,
    limits: Limits,
    /// One permit for each connection that may be open and in use.
    permits: Semaphore,
    idle: RefCell<Vec<Connection>>,
}

impl Client {
    /// A client of this endpoint, whose certificate is from a public authority or one in `authorities`, which is PEM.
    ///
    /// # Errors
    ///
    /// What is wrong with `authorities`.
    pub fn new(endpoint: Endpoint, limits: Limits, authorities: Option<&[u8]>) -> Result<Self, String> {
        let opener = Opener::new(&endpoint.url, &endpoint.addresses, authorities, limits.connect)?;
        let signer = Signer::new(endpoint.keys.clone(), endpoint.region.clone());
        let permits = Semaphore::new(limits.connections);
        let idle = RefCell::default();
        Ok(Self(Rc::new(Inner { endpoint, signer, opener, limits, permits, idle })))
    }

    /// Where calls go.
    pub fn endpoint(&self) -> &Endpoint {
        &self.0.endpoint
    }

    /// Calls an operation; `body` as [`Prepared::new`] takes it.
    ///
    /// # Errors
    ///
    /// When no answer comes; an error of the service is an answer.
    pub async fn call(&self, service: Service, operation: &str, body: Vec<u8>) -> Result<Answer, Failure> {
        self.send(&Prepared::new(service, operation, body)).await
    }

    /// Sends what was prepared.
    ///
    /// # Errors
    ///
    /// As [`Self::call`].
    pub async fn send(&self, call: &Prepared) -> Result<Answer, Failure> {
        self.exchange(|| call.request(&self.0.endpoint.host, &self.0.signer, Timestamp::now())).await
    }

    /// Fetches what the endpoint has at a path, without a signature: a certificate, a page of state.
    ///
    /// # Errors
    ///
    /// As [`Self::call`].
    pub async fn get(&self, path: &str) -> Result<Answer, Failure> {
        let uri: Uri = path.parse().map_err(|_| Failure::Broken(format!("`{path}` is no path")))?;
        let mut request = Request::new(Full::default());
        *request.uri_mut() = uri;
        request.headers_mut().insert(HOST, self.0.endpoint.host.clone());
        self.exchange(|| request).await
    }

    async fn exchange(&self, request: impl FnOnce() -> Request<Full<Bytes>>) -> Result<Answer, Failure> {
        // The semaphore is never closed.
        let _permit = self.0.permits.acquire().await.map_err(|error| Failure::Broken(error.to_string()))?;
        let limits = self.0.limits;
        let (mut connection, used) = match self.take_idle() {
            Some(connection) => (connection, true),
            None => (self.0.opener.open().await?, false),
        };
        let request = request();
        let exchange = async {
            let answer = match connection.call(request, limits.body).await {
                // It was closed by the other side just now; nothing has been sent.
                Err(Lost::Unsent(request)) if used => {
                    connection = self.0.opener.open().await?;
                    connection.call(*request, limits.body).await
                }
                answer => answer,
            };
            answer.map_err(|lost| match lost {
                Lost::Unsent(_) => Failure::Broken("the connection was closed".into()),
                Lost::Failed(failure) => failure,
            })
        };
        let answer = timeout(limits.answer, exchange).await.unwrap_or(Err(Failure::TimedOut));
        if answer.is_ok() {
            self.0.idle.borrow_mut().push(connection);
        }
        answer
    }

    /// Opens so many connections before they are needed.
    ///
    /// # Errors
    ///
    /// When one does not come about.
    pub async fn warm_up(&self, connections: usize) -> Result<(), Failure> {
        for _ in 0..connections.min(self.0.limits.connections) {
            let connection = self.0.opener.open().await?;
            self.0.idle.borrow_mut().push(connection);
        }
        Ok(())
    }

    /// How many calls may begin at once.
    pub fn free(&self) -> usize {
        self.0.permits.available_permits()
    }

    fn take_idle(&self) -> Option<Connection> {
        loop {
            let mut connection = self.0.idle.borrow_mut().pop()?;
            if connection.is_open() {
                return Some(connection);
            }
        }
    }
}

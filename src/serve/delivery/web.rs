//! Requests over HTTP and HTTPS: hyper's client, whose connections the guard makes.

use std::{
    error::Error,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use http_body_util::{BodyExt, Full, Limited};
use hyper::{Request, Response, Uri, body::Bytes, body::Incoming};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{self, Client},
    rt::{TokioExecutor, TokioIo, TokioTimer},
};
use rustls::{
    ClientConfig, RootCertStore,
    crypto::ring,
    pki_types::{CertificateDer, pem::PemObject},
};
use tokio::{net::TcpStream, time::timeout};
use tower_service::Service;

use super::{guard::Guard, outcome::Failure};
use crate::wire::http;

/// A connection that nobody needs is closed after so long: sooner than common servers do, which could cross a request.
const IDLE: Duration = Duration::from_secs(2);

/// Connections to one host that are kept for what comes next.
const MOST_IDLE: usize = 32;

/// So much of the answer is read, and so long, for the connection to be used again.
const MOST_READ: usize = 64 << 10;
const LONGEST_READ: Duration = Duration::from_secs(1);

/// Sends requests.
#[derive(Clone)]
pub struct Web(Client<HttpsConnector<Door>, Full<Bytes>>);

impl Web {
    /// A client that trusts the public authorities and those in `authorities`, which is PEM.
    ///
    /// # Errors
    ///
    /// What is wrong with `authorities`.
    pub fn new(guard: Arc<Guard>, authorities: Option<&[u8]>) -> Result<Self, String> {
        let mut roots = RootCertStore::from_iter(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
        if let Some(pem) = authorities {
            let before = roots.len();
            for certificate in CertificateDer::pem_slice_iter(pem) {
                let certificate = certificate.map_err(|error| error.to_string())?;
                roots.add(certificate).map_err(|error| error.to_string())?;
            }
            if roots.len() == before {
                return Err("there is no certificate in it".into());
            }
        }
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| error.to_string())?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let connector = HttpsConnectorBuilder::new()
            .with_tls_config(config)
            .https_or_http()
            .enable_http1()
            .wrap_connector(Door(guard));
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE)
            .pool_max_idle_per_host(MOST_IDLE)
            .build(connector);
        Ok(Self(client))
    }

    /// The status of the answer to a request. Redirects are answers like any other.
    ///
    /// # Errors
    ///
    /// [`Failure::Never`] from the guard, [`Failure::Again`] for the rest.
    pub async fn send(&self, request: Request<Full<Bytes>>) -> Result<u16, Failure> {
        let response = self.0.request(request).await.map_err(|error| failure(&error))?;
        let status = response.status().as_u16();
        tokio::spawn(read_to_end(response));
        Ok(status)
    }
}

impl Web {
    /// The status of the answer to a request, and its body as far as it is read.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send), and [`Failure::Again`] when the body breaks off.
    pub async fn ask(&self, request: Request<Full<Bytes>>) -> Result<(u16, Bytes), Failure> {
        let response = self.0.request(request).await.map_err(|error| failure(&error))?;
        let status = response.status().as_u16();
        let body = Limited::new(response.into_body(), MOST_READ).collect().await;
        let body = body.map_err(|error| Failure::Again(format!("no whole answer: {error}")))?;
        Ok((status, body.to_bytes()))
    }
}

/// A connection is used again only when its answer was read.
async fn read_to_end(response: Response<Incoming>) {
    let body = Limited::new(response.into_body(), MOST_READ);
    let _ = timeout(LONGEST_READ, body.collect()).await;
}

/// The guard's own words if it was the guard, else those of the innermost error, which say most.
fn failure(error: &legacy::Error) -> Failure {
    let mut innermost: &(dyn Error + 'static) = error;
    loop {
        if let Some(failure) = innermost.downcast_ref::<Failure>() {
            return failure.clone();
        }
        match innermost.source() {
            Some(source) => innermost = source,
            None if error.is_connect() => return Failure::Again(format!("no connection: {innermost}")),
            None => return Failure::Again(format!("no answer: {innermost}")),
        }
    }
}

/// The guard as hyper asks for connections.
#[derive(Clone)]
struct Door(Arc<Guard>);

impl Service<Uri> for Door {
    type Response = TokioIo<TcpStream>;
    type Error = Failure;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Failure>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Failure>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let guard = self.0.clone();
        Box::pin(async move {
            let usual = if uri.scheme_str() == Some("https") { 443 } else { 80 };
            let host = uri.host().unwrap_or_default();
            // Without the user and the password before it.
            let authority = uri.authority().map_or("", |authority| authority.as_str());
            let place = authority.rsplit_once('@').map_or(authority, |(_, place)| place);
            let port = http::port(place, host, usual);
            let port = port.ok_or_else(|| Failure::Again(format!("`{place}` has no port up to 65535")))?;
            guard.connect(host, port).await.map(TokioIo::new)
        })
    }
}

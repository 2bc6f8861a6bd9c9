//! One connection: it is opened, carries one call at a time, and is driven by who calls.

use std::{
    future::poll_fn,
    io,
    net::SocketAddr,
    pin::{Pin, pin},
    sync::Arc,
    task::{Context, Poll, Waker},
    time::{Duration, Instant},
};

use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::{
    Request, Uri,
    body::Bytes,
    client::conn::http1::{self, SendRequest},
};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder, MaybeHttpsStream};
use hyper_util::rt::TokioIo;
use rustls::{
    ClientConfig, RootCertStore,
    crypto::ring,
    pki_types::{CertificateDer, pem::PemObject},
};
use tokio::{net::TcpStream, time::timeout};
use tower_service::Service;

use super::answer::{Answer, Failure};

type Stream = MaybeHttpsStream<TokioIo<TcpStream>>;

/// An open connection.
pub(super) struct Connection {
    sender: SendRequest<Full<Bytes>>,
    /// Moves bytes whenever it is polled.
    wire: http1::Connection<Stream, Full<Bytes>>,
}

/// Opens connections.
#[derive(Clone)]
pub(super) struct Opener {
    connector: HttpsConnector<Door>,
    url: Uri,
    patience: Duration,
}

impl Opener {
    /// Opens connections to `url` at one of `addresses`, over TLS if it says so, trusting the public authorities and those in
    /// `authorities`, which is PEM.
    pub(super) fn new(
        url: &Uri,
        addresses: &[SocketAddr],
        authorities: Option<&[u8]>,
        patience: Duration,
    ) -> Result<Self, String> {
        let mut roots = RootCertStore::from_iter(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
        for certificate in authorities.into_iter().flat_map(CertificateDer::pem_slice_iter) {
            let certificate = certificate.map_err(|error| error.to_string())?;
            roots.add(certificate).map_err(|error| error.to_string())?;
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
            .wrap_connector(Door(addresses.into()));
        Ok(Self { connector, url: url.clone(), patience })
    }

    /// A new connection.
    pub(super) async fn open(&self) -> Result<Connection, Failure> {
        let mut connector = self.connector.clone();
        let stream = timeout(self.patience, connector.call(self.url.clone())).await;
        let none = |error: String| Failure::NoConnection(error);
        let stream =
            stream.map_err(|_| none("it took too long".into()))?.map_err(|error| none(error.to_string()))?;
        let (sender, wire) = http1::handshake(stream).await.map_err(|error| none(error.to_string()))?;
        Ok(Connection { sender, wire })
    }
}

/// A call that came to nothing.
pub(super) enum Lost {
    /// Nothing of it had left: it may go over another connection.
    Unsent(Box<Request<Full<Bytes>>>),
    /// It failed.
    Failed(Failure),
}

impl Connection {
    /// Whether the other side has left it open while nobody looked.
    pub(super) fn is_open(&mut self) -> bool {
        let mut context = Context::from_waker(Waker::noop());
        Pin::new(&mut self.wire).poll(&mut context).is_pending() && self.sender.is_ready()
    }

    /// Sends a request and takes the answer, of which so many bytes are read at most.
    pub(super) async fn call(&mut self, request: Request<Full<Bytes>>, most: usize) -> Result<Answer, Lost> {
        let sent = Instant::now();
        let Self { sender, wire } = self;
        let mut exchange = pin!(async {
            let response = sender.try_send_request(request).await.map_err(|mut error| {
                let unsent = error.take_message();
                match unsent {
                    Some(request) => Lost::Unsent(Box::new(request)),
                    None => Lost::Failed(Failure::Broken(error.error().to_string())),
                }
            })?;
            let status = response.status().as_u16();
            let header = response.headers().get("x-amzn-errortype").cloned();
            let body = Limited::new(response.into_body(), most).collect().await;
            let body = body.map_err(|error| {
                let too_long = error.is::<LengthLimitError>();
                Lost::Failed(if too_long { Failure::TooLong } else { Failure::Broken(error.to_string()) })
            })?;
            let header = header.as_ref().and_then(|header| header.to_str().ok());
            Ok(Answer::new(status, header, body.to_bytes(), (sent, Instant::now())))
        });
        let mut gone = false;
        poll_fn(|context| {
            // The request has to be with the connection before it is driven, and what it brought has to be looked at after.
            if let Poll::Ready(answer) = exchange.as_mut().poll(context) {
                return Poll::Ready(answer);
            }
            if !gone {
                gone = Pin::new(&mut *wire).poll(context).is_ready();
            }
            exchange.as_mut().poll(context)
        })
        .await
    }
}

/// Connections to addresses that were checked before.
#[derive(Clone)]
struct Door(Arc<[SocketAddr]>);

impl Service<Uri> for Door {
    type Response = TokioIo<TcpStream>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Self::Response>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Uri) -> Self::Future {
        let addresses = self.0.clone();
        Box::pin(async move {
            let stream = TcpStream::connect(&addresses[..]).await?;
            // A request is one write; waiting to add to it would be waiting for nothing.
            stream.set_nodelay(true)?;
            Ok(TokioIo::new(stream))
        })
    }
}

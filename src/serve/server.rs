//! The listening socket and its connections.

use std::{
    future::Future,
    io,
    net::{IpAddr, SocketAddr, TcpListener},
    rc::Rc,
    sync::Arc,
    time::Duration,
};

use hyper::{server::conn::http1, service::service_fn};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
};
use tokio::{net::TcpStream, sync::Semaphore, task::spawn_local, time};

use super::{
    endpoint::Endpoint,
    http::{self, Peer},
};

/// How long requests may take to finish when the server stops.
const FAREWELL: Duration = Duration::from_secs(10);

/// What connections are granted.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// How many may be open; more wait to be accepted.
    pub connections: usize,
    /// How long a connection may be silent between requests, within a head, or within a body.
    pub idle: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { connections: 1024, idle: Duration::from_secs(60) }
    }
}

/// Serves until `stop`, then lets the requests under way finish. Has to run in a `LocalSet`.
///
/// # Errors
///
/// When the socket cannot be used.
pub async fn serve(
    listener: TcpListener,
    endpoint: &Rc<Endpoint>,
    limits: Limits,
    stop: impl Future<Output = ()>,
) -> io::Result<()> {
    listener.set_nonblocking(true)?;
    let listener = tokio::net::TcpListener::from_std(listener)?;
    let driver = spawn_local(endpoint.clone().drive());
    let places = Arc::new(Semaphore::new(limits.connections));
    let graceful = GracefulShutdown::new();
    let accept = async {
        loop {
            let Ok(place) = places.clone().acquire_owned().await else { return };
            match listener.accept().await {
                Ok((stream, peer)) => {
                    // Answers are written whole; waiting for more to send would only delay them.
                    let _ = stream.set_nodelay(true);
                    let connection = connection(endpoint, stream, peer, limits.idle, &graceful);
                    spawn_local(async move {
                        connection.await;
                        drop(place);
                    });
                }
                // Out of file descriptors, or a peer that is gone already.
                Err(_) => time::sleep(Duration::from_millis(20)).await,
            }
        }
    };
    tokio::select! { () = accept => {}, () = stop => {} }
    drop(listener);
    endpoint.stop();
    let _ = time::timeout(FAREWELL, graceful.shutdown()).await;
    driver.abort();
    Ok(())
}

/// A connection, to its end.
fn connection(
    endpoint: &Rc<Endpoint>,
    stream: TcpStream,
    address: SocketAddr,
    idle: Duration,
    graceful: &GracefulShutdown,
) -> impl Future<Output = ()> + 'static {
    let counted = endpoint.clone();
    let endpoint = endpoint.clone();
    let peer = Peer { is_local: is_loopback(address.ip()), patience: idle };
    let service = service_fn(move |request| http::handle(endpoint.clone(), peer, request));
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(idle);
    let connection = graceful.watch(builder.serve_connection(TokioIo::new(stream), service));
    async move {
        counted.host.borrow_mut().metrics.connections += 1;
        // Whatever goes wrong here is the peer's affair, which has been told what can be told.
        let _ = connection.await;
        counted.host.borrow_mut().metrics.connections -= 1;
    }
}

/// Whether an address is of this machine alone.
pub fn is_loopback(address: IpAddr) -> bool {
    address.to_canonical().is_loopback()
}

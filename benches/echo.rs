//! A bare server: whatever is posted comes back as a body of as many bytes as an answer to `GetCommandInvocation` has. What it
//! costs to be an HTTP server at all, for `benches/serve.sh` to compare the endpoint with. It prints its address and ends with
//! its standard input.

use std::{
    convert::Infallible,
    io::{self, Write},
    net::Ipv4Addr,
};

use http_body_util::{BodyExt, Full};
use hyper::{
    Request, Response,
    body::{Bytes, Incoming},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use tokio::{net::TcpListener, runtime::Builder, task::LocalSet};

/// The bytes of an answer.
const LENGTH: usize = 700;

fn main() -> io::Result<()> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    std::thread::spawn(|| {
        // Whatever ends the input ends the server.
        let _ = io::copy(&mut io::stdin(), &mut io::sink());
        std::process::exit(0);
    });
    LocalSet::new().block_on(&runtime, serve())
}

async fn serve() -> io::Result<()> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    writeln!(io::stdout(), "listening on http://{}", listener.local_addr()?)?;
    let body = Bytes::from(vec![b'x'; LENGTH]);
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let body = body.clone();
        let service = service_fn(move |request| answer(request, body.clone()));
        tokio::task::spawn_local(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
    }
}

async fn answer(request: Request<Incoming>, body: Bytes) -> Result<Response<Full<Bytes>>, Infallible> {
    // A body that breaks off breaks the connection, which is the client's affair.
    let _ = request.into_body().collect().await;
    Ok(Response::new(Full::new(body)))
}

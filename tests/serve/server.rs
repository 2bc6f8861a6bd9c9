//! A server in this process, on a free port.

use std::{
    net::{SocketAddr, TcpListener},
    path::PathBuf,
    sync::mpsc,
    thread::{self, JoinHandle},
    time::Duration,
};

use fleetsim::{
    scenario::{self, Source},
    serve::{
        clock::Speed,
        endpoint::Settings,
        journal::{FORMAT, Header},
        run::{self, Config},
        server::Limits,
    },
    service::{self, Options, Service},
};
use tokio::sync::oneshot;

use crate::client::Client;

/// A fleet of ten.
pub const SCENARIO: &str = r#"
version = 1
name = "served"

[[group]]
name = "web"
count = 10
tags = { Role = "web" }
execution = { constant = "10s" }

[[command]]
request = { DocumentName = "AWS-RunShellScript", Targets = [{ Key = "tag:Role", Values = ["web"] }], Parameters = { commands = ["true"] } }
"#;

/// A command to all of them.
pub const SEND: &str = r#"{"DocumentName":"AWS-RunShellScript","Targets":[{"Key":"tag:Role","Values":["web"]}],"Parameters":{"commands":["true"]}}"#;

/// What a test may ask for.
pub struct Wish {
    pub speed: Speed,
    pub settings: Settings,
    pub limits: Limits,
    pub journal: Option<PathBuf>,
}

impl Default for Wish {
    fn default() -> Self {
        let settings = Settings { max_body: 4096, ..Settings::default() };
        Self { speed: Speed::Factor(1.0), settings, limits: Limits::default(), journal: None }
    }
}

/// A server that stops when it is dropped.
pub struct Server {
    pub address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<Result<String, String>>>,
}

fn served() -> service::Scenario {
    let source = Source { path: "served.toml".into(), text: SCENARIO.into() };
    let nothing = |_: &std::path::Path| Err(std::io::ErrorKind::NotFound.into());
    scenario::load(source, &nothing).unwrap_or_else(|faults| panic!("{faults}")).into()
}

impl Server {
    pub fn start(wish: Wish) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let (ready, is_ready) = mpsc::channel();
        let thread = thread::spawn(move || {
            let Wish { speed, settings, limits, journal } = wish;
            let served = served();
            let options = Options { sends_commands: true, ..Options::default() };
            let begin = Box::new(move || Service::new(served.clone(), options.clone()).unwrap());
            let header = Header { format: FORMAT, ..Header::default() };
            let config = Config { listener, begin, header, speed, journal, settings, limits };
            let stop = async {
                let _ = stopped.await;
            };
            let end = |endpoint: &fleetsim::serve::endpoint::Endpoint| {
                endpoint.host.borrow().service().digest().to_string()
            };
            let deliver = |_, leaving| {
                drop(leaving);
                Ok(())
            };
            run::run(config, |_| ready.send(()).unwrap(), deliver, stop, end)
        });
        let _ = is_ready.recv_timeout(Duration::from_secs(20));
        Self { address, stop: Some(stop), thread: Some(thread) }
    }

    pub fn client(&self) -> Client {
        Client::new(self.address)
    }

    /// Stops the server; the answer is the digest of its history.
    pub fn stop(mut self) -> Result<String, String> {
        self.end().unwrap()
    }

    fn end(&mut self) -> Option<Result<String, String>> {
        let _ = self.stop.take()?.send(());
        Some(self.thread.take()?.join().unwrap())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if !thread::panicking() {
            self.end();
        }
    }
}

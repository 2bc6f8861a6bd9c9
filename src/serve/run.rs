//! A server put together from what the user asked for, and run to its end.

use std::{future::Future, io, net::TcpListener, path::PathBuf, rc::Rc};

use tokio::{runtime, sync::mpsc::UnboundedReceiver, task::LocalSet};

use super::{
    clock::Speed,
    endpoint::{Departure, Endpoint, Settings},
    host::Host,
    journal::Header,
    server::{self, Limits},
};
use crate::service::Service;

/// What is served, and how.
pub struct Config {
    /// Where clients come in.
    pub listener: TcpListener,
    /// Makes the service at time 0.
    pub begin: Box<dyn Fn() -> Service>,
    /// What a journal of this server belongs to.
    pub header: Header,
    /// The pace.
    pub speed: Speed,
    /// The file of the journal, if there is one.
    pub journal: Option<PathBuf>,
    /// Who may call, and the like.
    pub settings: Settings,
    /// What connections are granted.
    pub limits: Limits,
}

/// Serves until `stop`. `ready` is called with notes for the user as soon as clients are answered; `deliver` takes the messages
/// that leave for endpoints outside; `end` sees the endpoint when everything has come to its end and is on disk.
///
/// # Errors
///
/// In words for the user: the journal or the socket cannot be used.
pub fn run<T>(
    config: Config,
    ready: impl FnOnce(&[String]),
    deliver: impl FnOnce(Rc<Endpoint>, UnboundedReceiver<Departure>) -> Result<(), String>,
    stop: impl Future<Output = ()>,
    end: impl FnOnce(&Endpoint) -> T,
) -> Result<T, String> {
    let runtime = runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| format!("cannot start: {error}"))?;
    LocalSet::new().block_on(&runtime, async {
        let Config { listener, begin, header, speed, journal, settings, limits } = config;
        let mut host = Host::new(begin, speed);
        let (journal, file, notes) = match journal {
            None => (None, None, Vec::new()),
            Some(path) => {
                let (journal, file, notes) = host.open_journal(&path, header, settings.auth.as_ref())?;
                (Some(journal), Some(file), notes)
            }
        };
        if let Some(outbox) = &settings.outputs {
            host.put_outputs(outbox.stores);
        }
        let (endpoint, departures) = Endpoint::new(host, settings);
        deliver(endpoint.clone(), departures)?;
        if let (Some(journal), Some(file)) = (&journal, file) {
            let woken = endpoint.clone();
            tokio::task::spawn_local(journal.clone().keep(file, move || woken.wake()));
        }
        ready(&notes);
        let failed = |error: io::Error| format!("cannot serve: {error}");
        match &journal {
            None => server::serve(listener, &endpoint, limits, stop).await.map_err(failed)?,
            Some(journal) => {
                let stop = async {
                    tokio::select! { () = stop => {}, _ = journal.failure() => {} }
                };
                server::serve(listener, &endpoint, limits, stop).await.map_err(failed)?;
                journal.close().await.map_err(|_| {
                    let why = journal.progress().failure.unwrap_or_default();
                    format!("the journal cannot be written: {why}; what was acknowledged is in it")
                })?;
            }
        }
        Ok(end(&endpoint))
    })
}

//! Outputs of steps put to an S3 and a CloudWatch Logs outside, at the moment at which the world has put them.
//!
//! It runs beside the server on the same thread, as deliveries do; bodies are made on threads of their own. What waits is
//! bounded, and so is what runs. An endpoint that fails is counted and told, and changes nothing that is simulated.

mod object;
mod stream;

use std::{collections::BTreeSet, rc::Rc, sync::Arc, time::Duration};

use hyper::body::Bytes;
use tokio::{
    sync::mpsc,
    task::{JoinSet, spawn_blocking, spawn_local},
    time::timeout,
};

use super::{
    delivery::{api::ApiEndpoint, guard::Guard, outcome::Failure, web::Web},
    endpoint::Endpoint,
};
use crate::{
    output::Store,
    service::{Destination, OutgoingOutput, Stores},
};

/// So many outputs wait at most; more are dropped.
pub const MOST_WAITING: usize = 100_000;
/// So many are put at the same time at most.
const MOST_RUNNING: usize = 8;
/// The most bytes that are put of a stream.
pub const MOST_BYTES: u64 = 10_000_000;
/// How long one may take.
const PATIENCE: Duration = Duration::from_secs(60);
/// Reasons that were told once are not told again; so many are remembered.
const MOST_NOTES: usize = 1000;

/// How outputs are put.
pub struct Settings {
    /// Where they may go.
    pub guard: Guard,
    /// Certificates in PEM that are trusted beside the public authorities.
    pub authorities: Option<Vec<u8>>,
    /// Where objects go (`--s3-endpoint`).
    pub s3: Option<ApiEndpoint>,
    /// Where log events go (`--logs-endpoint`).
    pub logs: Option<ApiEndpoint>,
    /// The Region that requests are signed for.
    pub region: String,
    /// Is told, once for each reason, of what was not put.
    pub note: Box<dyn Fn(&str)>,
}

/// The end at which outputs are handed over.
#[derive(Clone, Debug)]
pub struct Outbox {
    /// Where they go.
    pub stores: Stores,
    sender: mpsc::Sender<OutgoingOutput>,
}

/// What became of an output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fate {
    /// It is there.
    Done,
    /// The endpoint did not take it, or was not reached.
    Failed,
    /// Too many waited.
    Dropped,
}

impl Fate {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Done, Self::Failed, Self::Dropped];

    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Dropped => "dropped",
        }
    }
}

impl Settings {
    /// The stores that there are endpoints for.
    pub fn stores(&self) -> Stores {
        Stores { s3: self.s3.is_some(), logs: self.logs.is_some() }
    }

    /// Checks that the endpoints may be reached.
    ///
    /// # Errors
    ///
    /// Which may not, and what would allow it.
    pub fn check(&self) -> Result<(), String> {
        for (option, endpoint) in [("--s3-endpoint", &self.s3), ("--logs-endpoint", &self.logs)] {
            if let Some(endpoint) = endpoint {
                let (host, port) = endpoint.host();
                self.guard.admits(host, port).map_err(|why| format!("{option}: {why}"))?;
            }
        }
        Ok(())
    }
}

/// The two ends of the way of outputs.
pub fn channel(stores: Stores) -> (Outbox, mpsc::Receiver<OutgoingOutput>) {
    let (sender, receiver) = mpsc::channel(MOST_WAITING);
    (Outbox { stores, sender }, receiver)
}

impl Outbox {
    /// Hands an output over; false when there is no room for it.
    pub fn hand(&self, output: OutgoingOutput) -> bool {
        self.sender.try_send(output).is_ok()
    }
}

/// Puts what comes, as tasks of the current `LocalSet`.
///
/// # Errors
///
/// What is wrong with the settings.
pub fn start(
    endpoint: &Rc<Endpoint>,
    coming: mpsc::Receiver<OutgoingOutput>,
    settings: Settings,
) -> Result<(), String> {
    settings.check()?;
    let web = Web::new(Arc::new(settings.guard.clone()), settings.authorities.as_deref())?;
    spawn_local(carry(endpoint.clone(), coming, Rc::new(Tools { settings, web })));
    Ok(())
}

/// What a put needs.
struct Tools {
    settings: Settings,
    web: Web,
}

async fn carry(endpoint: Rc<Endpoint>, mut coming: mpsc::Receiver<OutgoingOutput>, tools: Rc<Tools>) {
    let mut running = JoinSet::new();
    let mut told = BTreeSet::new();
    loop {
        tokio::select! {
            output = coming.recv(), if running.len() < MOST_RUNNING => {
                let Some(output) = output else { return };
                running.spawn_local(put(tools.clone(), output));
            }
            Some(ended) = running.join_next() => {
                let Ok((store, result)) = ended else { continue };
                let what = if result.is_ok() { Fate::Done } else { Fate::Failed };
                endpoint.host.borrow_mut().metrics.note_output(store, what);
                if let Err(failure) = result {
                    note(&tools.settings, &mut told, &failure);
                }
            }
        }
    }
}

/// Tells something once. Answers of servers are in it, which must not play with a terminal.
fn note(settings: &Settings, told: &mut BTreeSet<String>, text: &str) {
    let text = text.replace(char::is_control, " ");
    if told.len() < MOST_NOTES && told.insert(text.clone()) {
        (settings.note)(&text);
    }
}

/// Puts an output, and says which store it was for and why it is not there.
async fn put(tools: Rc<Tools>, output: OutgoingOutput) -> (Store, Result<(), String>) {
    let store = output.destination.store();
    let (endpoint, what) = match &output.destination {
        Destination::Object { bucket, .. } => (&tools.settings.s3, format!("the bucket {bucket}")),
        Destination::Stream { group, .. } => (&tools.settings.logs, format!("the log group {group}")),
    };
    let Some(endpoint) = endpoint else { return (store, Err("there is no endpoint for it".into())) };
    let put = async {
        let bytes = output.bytes.min(MOST_BYTES) as usize;
        let body = spawn_blocking(move || body(&output.text, bytes)).await;
        let body = body.map_err(|error| Failure::Again(error.to_string()))?;
        let (web, region) = (&tools.web, tools.settings.region.as_str());
        match &output.destination {
            Destination::Object { bucket, key } => {
                object::put(web, endpoint, region, (bucket, key), body).await
            }
            Destination::Stream { group, name } => {
                stream::put(web, endpoint, region, (group, name), &body).await
            }
        }
    };
    let late = |_| Err(Failure::Again(format!("not done in {PATIENCE:?}")));
    let result = timeout(PATIENCE, put).await.unwrap_or_else(late);
    let failed = |failure: Failure| {
        format!("outputs are not put to {what} of {}: {}", endpoint.origin(), failure.reason())
    };
    (store, result.map_err(failed))
}

/// A text again and again, until it is so long.
fn body(text: &str, bytes: usize) -> Bytes {
    text.bytes().cycle().take(bytes).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_has_the_length_that_was_asked_for() {
        assert_eq!(body("abc\n", 10), "abc\nabc\nab");
        assert_eq!(body("abc\n", 2), "ab");
        assert_eq!(body("x", 1_000_000).len(), 1_000_000);
    }
}

//! What cases work with: calls to the endpoint, its fleet, its time, and bounds on how much they may do.

use std::{
    cell::{Cell, RefCell},
    time::{Duration, Instant},
};

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tokio::time::{sleep, timeout};

use super::{
    case::{Case, Halt, Outcome, invalid, unknown},
    fleet::{Fleet, Profile},
    json::{list, text, with},
    leftover::Leftover,
    time::Pace,
};
use crate::{
    client::{Client, Prepared},
    wire::dialect::Service,
};

/// Bounds, and how the endpoint's time goes.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// How fast the endpoint's time goes.
    pub pace: Pace,
    /// So long a case may take, of our time.
    pub patience: Duration,
    /// So many commands the whole battery may send.
    pub commands: u32,
    /// So many of the endpoint's seconds lie between two polls.
    pub interval: f64,
    /// So many of the endpoint's seconds messages and events may take.
    pub lateness: f64,
}

/// The workbench of cases.
pub struct Bench {
    client: Client,
    pub(super) settings: Settings,
    pub(super) fleet: Fleet,
    begin: (Instant, Timestamp),
    case: Cell<&'static str>,
    commands: Cell<u32>,
    pub(super) leftovers: RefCell<Vec<Leftover>>,
    /// Tells the names of one battery's topics, queues and rules from those of another.
    pub(super) mark: String,
}

/// An answer, and when it was so.
#[derive(Clone, Debug)]
pub(super) struct Reply {
    /// The error's name; `None` of a good answer.
    pub(super) error: Option<String>,
    /// The status of HTTP.
    pub(super) status: u16,
    /// The body as text: XML of SNS.
    pub(super) body: String,
    /// The body as JSON; null when it is none.
    pub(super) json: Value,
    /// When the request left.
    pub(super) asked: Timestamp,
    /// When the answer was there.
    pub(super) answered: Timestamp,
}

impl Bench {
    /// A bench at an endpoint, with the instances of a profile.
    pub async fn new(client: Client, settings: Settings, profile: &Profile) -> Self {
        let begin = (Instant::now(), Timestamp::now());
        let mark = format!("fleetsim-conform-{:x}", begin.1.as_microsecond());
        let mut bench = Self {
            client,
            settings,
            fleet: Fleet::default(),
            begin,
            case: Cell::new(""),
            commands: Cell::new(0),
            leftovers: RefCell::default(),
            mark,
        };
        bench.fleet = Fleet::find(&bench, profile).await;
        bench
    }

    /// Plays a case and puts away what it left behind.
    pub(super) async fn play(&self, case: &Case) -> Outcome {
        self.case.set(case.name);
        let patience = self.settings.patience;
        let outcome = timeout(patience, (case.run)(self)).await;
        self.tidy().await;
        outcome.unwrap_or_else(|_| unknown(format!("not done after {} s", patience.as_secs())))
    }

    /// Removes topics, queues and rules, and cancels what still runs.
    pub async fn tidy(&self) {
        let leftovers = self.leftovers.take();
        for leftover in leftovers.into_iter().rev() {
            let (service, operation, body) = leftover.removal();
            // What cannot be removed was told when it was made, or is not there any more.
            let _ = self.call(service, operation, body).await;
        }
    }

    /// Calls an operation. An endpoint that does not answer, or does not have the operation, leaves everything unknown.
    pub(super) async fn call(&self, service: Service, operation: &str, body: Vec<u8>) -> Result<Reply, Halt> {
        let answer = match self.client.send(&Prepared::new(service, operation, body)).await {
            Ok(answer) => answer,
            Err(failure) => return unknown(format!("{operation}: {failure}")),
        };
        let body = String::from_utf8_lossy(&answer.body).into_owned();
        let json = serde_json::from_str(&body).unwrap_or_default();
        let (asked, answered) = (self.at(answer.sent), self.at(answer.answered));
        let reply = Reply { error: answer.error, status: answer.status, body, json, asked, answered };
        if reply.is_of_a_missing_operation() {
            return unknown(format!("the endpoint has no {operation}"));
        }
        // A server that breaks down over a request has not answered it, and some do over operations that they lack.
        if reply.status >= 500 && reply.is_without_a_name() {
            return unknown(format!("{operation}: HTTP {}, and no error of AWS", reply.status));
        }
        Ok(reply)
    }

    /// Calls an operation of a service that speaks JSON.
    pub(super) async fn json(&self, service: Service, operation: &str, body: &Value) -> Result<Reply, Halt> {
        self.call(service, operation, body.to_string().into_bytes()).await
    }

    /// Calls an operation of Systems Manager.
    pub(super) async fn ssm(&self, operation: &str, body: &Value) -> Result<Reply, Halt> {
        self.json(Service::Ssm, operation, body).await
    }

    /// Calls an operation of Systems Manager that has to succeed.
    pub(super) async fn good(&self, operation: &str, body: &Value) -> Result<Value, Halt> {
        self.ssm(operation, body).await?.good(operation)
    }

    /// All elements of a list, page by page.
    pub(super) async fn pages(&self, operation: &str, query: Value, field: &str) -> Result<Vec<Value>, Halt> {
        const MOST: usize = 400;
        let (mut all, mut token) = (Vec::new(), None::<String>);
        for _ in 0..MOST {
            let more = token.as_ref().map_or_else(|| json!({}), |token| json!({"NextToken": token}));
            let answer = self.good(operation, &with(query.clone(), more)).await?;
            all.extend_from_slice(list(&answer, field));
            match text(&answer, "NextToken") {
                "" => return Ok(all),
                next => token = Some(next.into()),
            }
        }
        invalid(format!("{operation} goes on after {MOST} pages"))
    }

    /// The request that a case sends: with the case's name as its comment.
    pub(super) fn named(&self, request: Value) -> Value {
        match request.get("Comment") {
            Some(_) => request,
            None => with(request, json!({"Comment": format!("fleetsim conform: {}", self.case.get())})),
        }
    }

    /// Takes note that another command is sent.
    pub(super) fn count_command(&self) -> Result<(), Halt> {
        let sent = self.commands.get();
        if sent >= self.settings.commands {
            return unknown(format!("{sent} commands were sent, and no more are allowed"));
        }
        self.commands.set(sent + 1);
        Ok(())
    }

    /// How many commands were sent.
    pub fn commands(&self) -> u32 {
        self.commands.get()
    }

    /// Where calls go.
    pub(super) fn client(&self) -> &Client {
        &self.client
    }

    /// Waits for so many of the endpoint's seconds.
    pub(super) async fn wait(&self, seconds: f64) {
        // A poll costs the endpoint time of its own.
        sleep(self.settings.pace.wall(seconds).max(Duration::from_millis(5))).await;
    }

    /// How many of the endpoint's seconds have gone by.
    pub(super) fn seconds(&self) -> f64 {
        self.settings.pace.seconds(self.begin.0.elapsed())
    }

    fn at(&self, instant: Instant) -> Timestamp {
        let since = SignedDuration::try_from(instant.saturating_duration_since(self.begin.0));
        since.ok().and_then(|since| self.begin.1.checked_add(since).ok()).unwrap_or(self.begin.1)
    }
}

impl Reply {
    /// The answer, if it is a good one.
    pub(super) fn good(self, operation: &str) -> Result<Value, Halt> {
        match &self.error {
            None => Ok(self.json),
            Some(_) => invalid(format!("{operation} was refused: {}", self.shown())),
        }
    }

    /// What it says, in short.
    pub(super) fn shown(&self) -> String {
        let message = ["message", "Message"].iter().find_map(|name| self.json.get(name)?.as_str());
        match (&self.error, message) {
            (None, _) => "accepted".into(),
            (Some(name), Some(message)) if !message.is_empty() => {
                let short: String = message.chars().take(120).collect();
                format!("{name}: {short}")
            }
            (Some(name), _) => name.clone(),
        }
    }

    /// Whether nobody answers this operation, as endpoints say it that have only some.
    fn is_of_a_missing_operation(&self) -> bool {
        const NAMES: [&str; 6] = [
            "UnknownOperationException",
            "UnknownOperation",
            "InvalidAction",
            "NotImplemented",
            "NotImplementedException",
            "UnsupportedOperation",
        ];
        let named = self.error.as_deref().is_some_and(|error| NAMES.contains(&error));
        named || matches!(self.status, 404 | 405 | 501) && self.is_without_a_name()
    }

    /// Whether the error has no name but the status of HTTP.
    fn is_without_a_name(&self) -> bool {
        self.error.as_deref().is_some_and(|name| name.starts_with("HTTP "))
    }
}

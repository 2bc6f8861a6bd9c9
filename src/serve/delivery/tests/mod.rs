//! Deliveries to listeners on this machine that answer by script.

mod listener;
mod mail;
mod queue;
mod tls;
mod web;

use std::{cell::RefCell, rc::Rc, sync::LazyLock, time::Duration};

use tokio::{sync::mpsc::UnboundedReceiver, task::LocalSet};

use super::{
    Deliveries, Settings,
    guard::Guard,
    outcome::{Outcome, Report},
    signer::Signer,
};
use crate::{
    base::{SimDuration, SimTime},
    service::Outgoing,
    sns::Protocol,
    wire::sns::{
        envelope::{Envelope, NOTIFICATION},
        signature::SignatureVersion,
    },
};

/// A message to an endpoint, by the protocol's own policy.
pub fn outgoing(id: u64, protocol: Protocol, endpoint: &str) -> Outgoing {
    Outgoing {
        id,
        due: SimTime::ZERO,
        subscription_arn: Some(format!("arn:aws:sns:eu-west-1:123456789012:fleet:{endpoint}")),
        protocol,
        endpoint: endpoint.into(),
        raw: false,
        envelope: Envelope {
            kind: NOTIFICATION.into(),
            message_id: format!("message-{id}"),
            topic_arn: "arn:aws:sns:eu-west-1:123456789012:fleet".into(),
            message: format!("message {id}"),
            timestamp: "2026-01-01T00:00:00.000Z".into(),
            ..Envelope::default()
        },
        signature_version: SignatureVersion::One,
        retries: protocol.retry_policy(),
        max_receives_per_second: None,
        content_type: None,
        dead_letter: None,
    }
}

/// One key for all tests.
static SIGNER: LazyLock<Signer> = LazyLock::new(|| Signer::new(1, "http://127.0.0.1:8008/"));

/// Deliveries under test, a simulated second of which takes a millisecond.
struct Test {
    deliveries: Deliveries,
    reports: UnboundedReceiver<Report>,
    notes: Rc<RefCell<Vec<String>>>,
}

/// Runs a test with settings that it may change; it may take half a minute.
fn test<F: Future>(change: impl FnOnce(&mut Settings), run: impl FnOnce(Test) -> F) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut settings = Settings::new(Guard::new(Vec::new(), None), SIGNER.clone());
    let notes: Rc<RefCell<Vec<String>>> = Rc::default();
    let told = notes.clone();
    settings.note = Box::new(move |note| told.borrow_mut().push(note.into()));
    change(&mut settings);
    let begun = async {
        let pace = |time: SimDuration| Duration::from_nanos(time.0);
        let (deliveries, reports) = Deliveries::start(settings, Box::new(pace)).unwrap();
        let run = run(Test { deliveries, reports, notes });
        tokio::time::timeout(Duration::from_secs(30), run).await.expect("it ends");
    };
    LocalSet::new().block_on(&runtime, begun);
}

impl Test {
    fn hand(&self, outgoing: Outgoing) {
        self.deliveries.hand(outgoing, 42).expect("there is room");
    }

    async fn report(&mut self) -> Report {
        self.reports.recv().await.expect("the loop runs")
    }

    /// The next outcome in short: a status, `again`, `never` or `dropped`.
    async fn outcome(&mut self) -> String {
        short(&self.report().await.outcome)
    }
}

fn short(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Delivered { status } => status.to_string(),
        Outcome::Failed { .. } => "again".into(),
        Outcome::GivenUp { .. } => "never".into(),
        Outcome::Dropped { .. } => "dropped".into(),
    }
}

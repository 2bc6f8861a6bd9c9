//! Deliveries to endpoints outside: HTTP and HTTPS, e-mail by way of an SMTP server, and queues of a real SQS.
//!
//! It runs beside the server on the same thread, and never holds it up: what waits is waited for, names are resolved and
//! messages signed on threads of their own. Delays are simulated time and shrink with the clock; how long an endpoint takes
//! for an answer does not.

pub mod api;
mod clock;
mod desk;
mod engine;
pub mod guard;
pub mod mail;
pub mod outcome;
mod post;
pub mod queue;
mod retry;
pub mod signer;
pub mod web;

#[cfg(test)]
mod tests;

use std::{cell::Cell, rc::Rc, time::Duration};

use tokio::{
    sync::mpsc,
    task::{JoinHandle, spawn_local},
};

pub use clock::Pace;
pub use desk::Bounds;

use crate::{service::Outgoing, sns::protocol::REQUEST_TIMEOUT};
use clock::Clock;
use engine::{Ends, Engine, Event};
use guard::Guard;
use mail::SmtpServer;
use outcome::Report;
use queue::QueueEndpoint;
use signer::Signer;

/// How deliveries are made.
pub struct Settings {
    /// Where they may go.
    pub guard: Guard,
    /// Who signs them.
    pub signer: Signer,
    /// Certificates in PEM that are trusted beside the public authorities (`--delivery-ca`).
    pub authorities: Option<Vec<u8>>,
    /// Where e-mail goes (`--smtp`); without it, e-mail is dropped.
    pub smtp: Option<SmtpServer>,
    /// Where queues are (`--sqs-endpoint`).
    pub sqs: Option<QueueEndpoint>,
    /// How long an answer is waited for (S9.30).
    pub patience: Duration,
    /// How many attempts run at the same time at most.
    pub bounds: Bounds,
    /// How many messages are held at most; the others wait where they come from.
    pub most_messages: usize,
    /// Is told, once for each reason, of what was given up or dropped.
    pub note: Box<dyn Fn(&str)>,
}

impl Settings {
    /// 32 attempts for a subscription and 256 in all, 10,000 messages, no e-mail, and nobody who is told.
    pub fn new(guard: Guard, signer: Signer) -> Self {
        Self {
            guard,
            signer,
            authorities: None,
            smtp: None,
            sqs: None,
            patience: Duration::from_micros(REQUEST_TIMEOUT.0),
            bounds: Bounds { lane: 32, all: 256 },
            most_messages: 10_000,
            note: Box::new(|_| {}),
        }
    }
}

/// The deliveries of a server, as the server sees them.
pub struct Deliveries {
    events: mpsc::UnboundedSender<Event>,
    room: Rc<Cell<usize>>,
    engine: JoinHandle<Vec<Rc<Outgoing>>>,
}

impl Deliveries {
    /// Begins to deliver, as a task of the current `LocalSet`. `pace` says how long simulated time takes on the wall. There is
    /// a report for every attempt.
    ///
    /// # Errors
    ///
    /// What is wrong with the settings.
    pub fn start(settings: Settings, pace: Pace) -> Result<(Self, mpsc::UnboundedReceiver<Report>), String> {
        let (own, events) = mpsc::unbounded_channel();
        let (reports, received) = mpsc::unbounded_channel();
        let room = Rc::new(Cell::new(settings.most_messages));
        let ends = Ends { events, own: own.clone(), reports, room: room.clone() };
        let engine = Engine::new(settings, Clock::new(pace), ends)?;
        Ok((Self { events: own, room, engine: spawn_local(engine.run()) }, received))
    }

    /// How many more messages there is room for. It grows with every report but [`outcome::Outcome::Failed`].
    pub fn room(&self) -> usize {
        self.room.get()
    }

    /// Hands over a message that is due. Its reports repeat `mark`, by which a server that was reset tells what belongs to its
    /// past.
    ///
    /// # Errors
    ///
    /// The message itself when there is no room for it.
    pub fn hand(&self, outgoing: Outgoing, mark: u64) -> Result<(), Box<Outgoing>> {
        let outgoing = Box::new(outgoing);
        let Some(room) = self.room.get().checked_sub(1) else { return Err(outgoing) };
        self.room.set(room);
        // The loop listens until it is stopped, and stopping it takes the sender away.
        let _ = self.events.send(Event::Hand(outgoing, mark));
        Ok(())
    }

    /// Starts nothing more, waits for the attempts that run, though not longer than `within`, and gives back the messages
    /// that were not delivered, in the order in which they came.
    pub async fn stop(self, within: Duration) -> Vec<Rc<Outgoing>> {
        let _ = self.events.send(Event::Stop(within));
        self.engine.await.unwrap_or_default()
    }
}

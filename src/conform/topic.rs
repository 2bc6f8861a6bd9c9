//! A topic that a case makes, with a subscription that arrives here.

use std::{cell::RefCell, rc::Rc};

use super::{
    bench::{Bench, Reply},
    case::{Halt, invalid, unknown},
    leftover::{Leftover, form},
};
use crate::{
    load::{
        listener::{Arrival, Listener},
        told::element,
    },
    wire::{
        dialect::Service,
        sns::envelope::{NOTIFICATION, SUBSCRIPTION_CONFIRMATION},
    },
};

/// Where a subscription's messages arrive.
const PATH: &str = "/messages";

/// More messages than any case expects are not kept.
const MOST: usize = 1000;

/// A topic and who listens to it.
pub(super) struct Topic {
    pub(super) arn: String,
    arrivals: Rc<RefCell<Vec<Arrival>>>,
    _listener: Listener,
}

impl Topic {
    /// A topic, with a subscription that was not confirmed yet.
    pub(super) async fn new(bench: &Bench, name: &str) -> Result<Self, Halt> {
        let made = sns(bench, "CreateTopic", &[("Name", &format!("{}-{name}", bench.mark))]).await?;
        let Some(arn) = element(&made.body, "TopicArn") else {
            return invalid("the answer to CreateTopic has no TopicArn");
        };
        bench.leftovers.borrow_mut().push(Leftover::Topic(arn.clone()));
        let arrivals = Rc::new(RefCell::new(Vec::new()));
        let kept = Rc::clone(&arrivals);
        let keep = move |arrival| {
            let is_room = kept.borrow().len() < MOST;
            if is_room {
                kept.borrow_mut().push(arrival);
            }
            is_room
        };
        let listener = match Listener::open(keep).await {
            Ok(listener) => listener,
            Err(error) => return unknown(format!("no port to listen on: {error}")),
        };
        let url = listener.url(PATH);
        let subscription = [("TopicArn", arn.as_str()), ("Protocol", "http"), ("Endpoint", &url)];
        sns(bench, "Subscribe", &subscription).await?;
        Ok(Self { arn, arrivals, _listener: listener })
    }

    /// Waits for the request to confirm, and does. The token goes to the endpoint itself, by ConfirmSubscription: no link is
    /// followed.
    pub(super) async fn confirm(&self, bench: &Bench) -> Result<(), Halt> {
        let asks = |arrival: &Arrival| {
            let envelope = arrival.envelope.as_ref();
            envelope.filter(|envelope| envelope.kind == SUBSCRIPTION_CONFIRMATION)?.token.clone()
        };
        let until = bench.seconds() + bench.settings.lateness;
        loop {
            if let Some(token) = self.arrivals().iter().find_map(asks) {
                let fields = [("TopicArn", self.arn.as_str()), ("Token", &token)];
                sns(bench, "ConfirmSubscription", &fields).await?;
                return Ok(());
            }
            if bench.seconds() > until {
                return unknown("no request to confirm the subscription arrived here");
            }
            bench.wait(1.0).await;
        }
    }

    /// Everything that has arrived.
    pub(super) fn arrivals(&self) -> Vec<Arrival> {
        self.arrivals.borrow().clone()
    }

    /// The notifications that have arrived.
    pub(super) fn notifications(&self) -> Vec<crate::wire::sns::envelope::Envelope> {
        let envelopes = self.arrivals().into_iter().filter_map(|arrival| arrival.envelope);
        envelopes.filter(|envelope| envelope.kind == NOTIFICATION).collect()
    }
}

/// Calls an operation of SNS that has to succeed; where it does not, nothing can be said of notifications.
pub(super) async fn sns(bench: &Bench, operation: &str, fields: &[(&str, &str)]) -> Result<Reply, Halt> {
    let reply = bench.call(Service::Sns, operation, form(fields)).await?;
    match reply.error {
        None => Ok(reply),
        Some(error) => unknown(format!("{operation} was refused: {error}")),
    }
}

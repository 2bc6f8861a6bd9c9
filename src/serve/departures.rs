//! Messages that leave: from the service to those who deliver, and back what came of them.

use std::{rc::Rc, time::Duration};

use tokio::{sync::mpsc::UnboundedReceiver, task::spawn_local};

use super::{
    delivery::{
        Deliveries, Pace, Settings,
        outcome::{Outcome, Report},
    },
    endpoint::{Departure, Endpoint},
};
use crate::base::SimDuration;

/// Delivers what leaves the endpoint, as tasks of the current `LocalSet`.
///
/// # Errors
///
/// What is wrong with the settings.
pub fn start(
    endpoint: &Rc<Endpoint>,
    leaving: UnboundedReceiver<Departure>,
    settings: Settings,
) -> Result<(), String> {
    let (deliveries, reports) = Deliveries::start(settings, pace(endpoint.clone()))?;
    spawn_local(carry(endpoint.clone(), leaving, deliveries, reports));
    Ok(())
}

/// How long simulated time takes on the wall.
fn pace(endpoint: Rc<Endpoint>) -> Pace {
    Box::new(move |span: SimDuration| {
        let host = endpoint.host.borrow();
        let clock = host.clock();
        match clock.speed().as_factor() {
            _ if clock.is_paused() => Duration::MAX,
            None => Duration::ZERO,
            Some(factor) => Duration::try_from_secs_f64(span.as_secs_f64() / factor).unwrap_or(Duration::MAX),
        }
    })
}

async fn carry(
    endpoint: Rc<Endpoint>,
    mut leaving: UnboundedReceiver<Departure>,
    deliveries: Deliveries,
    mut reports: UnboundedReceiver<Report>,
) {
    loop {
        // Without room the rest waits where it is, until reports make some.
        tokio::select! {
            departure = leaving.recv(), if deliveries.room() > 0 => {
                let Some(Departure { outgoing, epoch }) = departure else { return };
                let handed = deliveries.hand(outgoing, epoch);
                debug_assert!(handed.is_ok(), "there is room");
            }
            report = reports.recv() => {
                let Some(report) = report else { return };
                tell(&endpoint, report);
            }
        }
    }
}

fn tell(endpoint: &Endpoint, Report { mark, id, outcome, .. }: Report) {
    match outcome {
        Outcome::Delivered { .. } | Outcome::Dropped { .. } => endpoint.note_delivery(mark, id),
        Outcome::GivenUp { outgoing, .. } => endpoint.bury(mark, &outgoing),
        Outcome::Failed { .. } => {}
    }
}

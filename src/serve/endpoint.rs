//! What all connections share: the host, and how they wait for it.

use std::{
    cell::{Cell, RefCell},
    future::Future,
    rc::Rc,
    time::Duration,
};

use jiff::Timestamp;
use tokio::{
    sync::{Notify, mpsc},
    time::{Instant, sleep_until, timeout},
};

use super::{
    auth::Auth,
    delivery::signer::Signer,
    host::{Host, Next},
    journal::{Gate, Lost},
    metrics,
    origin::Names,
    outputs::{self, Outbox},
    throttle::Throttle,
};
use crate::{
    base::SimTime,
    service::{Ids, Outgoing},
    wire::{
        call::{Call, NoCall},
        dialect::Dialect,
        fault::Fault,
        http::{Request, Response},
    },
};

/// Nobody waits longer for a message in a queue, however slow simulated time is (the longest `WaitTimeSeconds`).
const LONGEST_POLL: Duration = Duration::from_secs(20);

/// A message that leaves, and the epoch that it belongs to.
#[derive(Debug)]
pub struct Departure {
    /// The message.
    pub outgoing: Outgoing,
    /// [`Host::epoch`] when it was handed on.
    pub epoch: u64,
}

/// What is given from outside.
#[derive(Default)]
pub struct Settings {
    /// Who may call; everybody where there is none.
    pub auth: Option<Auth>,
    /// Names of hosts under which pages may reach the endpoint.
    pub names: Names,
    /// `--assumed-throttle`.
    pub throttle: Option<Throttle>,
    /// `--assumed-latency`.
    pub latency: Duration,
    /// The largest body of a request, in bytes.
    pub max_body: usize,
    /// Who signs messages.
    pub signer: Option<Signer>,
    /// Where outputs leave that are put to stores outside.
    pub outputs: Option<Outbox>,
}

/// The endpoint.
pub struct Endpoint {
    /// The service and what drives it. Never borrowed across a wait.
    pub host: RefCell<Host>,
    /// What was given from outside.
    pub settings: Settings,
    throttle: RefCell<Option<Throttle>>,
    request_ids: RefCell<Ids>,
    wake: Notify,
    changed: Notify,
    is_stopping: Cell<bool>,
    departures: mpsc::UnboundedSender<Departure>,
}

/// An alarm that is dropped when nobody waits for it any more.
struct Alarm<'a> {
    endpoint: &'a Endpoint,
    time: SimTime,
    number: u64,
}

impl Drop for Alarm<'_> {
    fn drop(&mut self) {
        self.endpoint.host.borrow_mut().drop_alarm(self.time, self.number);
    }
}

impl Endpoint {
    /// An endpoint, and the messages that leave it.
    pub fn new(host: Host, mut settings: Settings) -> (Rc<Self>, mpsc::UnboundedReceiver<Departure>) {
        let (departures, leaving) = mpsc::unbounded_channel();
        let throttle = RefCell::new(settings.throttle.take());
        // Ids of requests are no part of what is simulated: no two servers give out the same.
        let seed = Timestamp::now().as_nanosecond() as u64;
        let endpoint = Self {
            host: RefCell::new(host),
            settings,
            throttle,
            request_ids: RefCell::new(Ids::new(seed)),
            wake: Notify::new(),
            changed: Notify::new(),
            is_stopping: Cell::new(false),
            departures,
        };
        (Rc::new(endpoint), leaving)
    }

    /// Drives the service for ever.
    pub async fn drive(self: Rc<Self>) {
        let mut seen = 0;
        loop {
            let (next, version) = {
                let mut host = self.host.borrow_mut();
                (host.drive(), host.version)
            };
            self.send_outgoing();
            self.send_outputs();
            if version != seen || next == Next::Now {
                seen = version;
                self.changed.notify_waiters();
            }
            match next {
                Next::Now => tokio::task::yield_now().await,
                Next::At(instant) => {
                    let wake = self.wake.notified();
                    tokio::select! { () = sleep_until(instant.into()) => {}, () = wake => {} }
                }
                Next::Idle => self.wake.notified().await,
            }
        }
    }

    /// Hands messages on, once all that they rest on is on disk.
    fn send_outgoing(self: &Rc<Self>) {
        let (outgoing, gate, epoch) = {
            let mut host = self.host.borrow_mut();
            let Some((outgoing, gate)) = host.take_outgoing() else { return };
            (outgoing, gate, host.epoch)
        };
        let endpoint = self.clone();
        let hand_on = move || {
            for outgoing in outgoing {
                // Where nobody delivers, nobody listens.
                let _ = endpoint.departures.send(Departure { outgoing, epoch });
            }
        };
        self.after(gate, hand_on);
    }

    /// Hands outputs on in the same way. Where there is no room for one it is dropped, and counted.
    fn send_outputs(self: &Rc<Self>) {
        let Some((outputs, gate)) = self.host.borrow_mut().take_outputs() else { return };
        let endpoint = self.clone();
        let hand_on = move || {
            let Some(outbox) = &endpoint.settings.outputs else { return };
            for output in outputs {
                let store = output.destination.store();
                if !outbox.hand(output) {
                    endpoint.host.borrow_mut().metrics.note_output(store, outputs::Fate::Dropped);
                }
            }
        };
        self.after(gate, hand_on);
    }

    /// Does something when all that it rests on is on disk.
    fn after(&self, gate: Option<Gate>, act: impl FnOnce() + 'static) {
        match gate {
            None => act(),
            Some(gate) => drop(tokio::task::spawn_local(async move {
                if gate.pass().await.is_ok() {
                    act();
                }
            })),
        }
    }

    /// Something was changed from outside: the service is driven on.
    pub fn wake(&self) {
        self.wake.notify_one();
    }

    /// The next change; one that comes before the answer is waited for counts.
    pub fn changed(&self) -> impl Future<Output = ()> {
        self.changed.notified()
    }

    /// From now on nobody waits for anything but the disk.
    pub fn stop(&self) {
        self.is_stopping.set(true);
        self.changed.notify_waiters();
    }

    /// Whether the server is about to end.
    pub fn is_stopping(&self) -> bool {
        self.is_stopping.get()
    }

    /// Waits until simulated time has reached `time`.
    pub async fn until(&self, time: SimTime) {
        let alarm = self.alarm(time);
        self.wake();
        loop {
            let changed = self.changed.notified();
            if self.host.borrow().now() >= time || self.is_stopping() {
                break;
            }
            changed.await;
        }
        drop(alarm);
    }

    fn alarm(&self, time: SimTime) -> Alarm<'_> {
        let number = self.host.borrow_mut().set_alarm(time);
        Alarm { endpoint: self, time, number }
    }

    /// A message has arrived outside.
    pub fn note_delivery(&self, epoch: u64, id: u64) {
        self.host.borrow_mut().note_delivery(epoch, id);
    }

    /// A message is given up.
    pub fn bury(&self, epoch: u64, outgoing: &Outgoing) {
        self.host.borrow_mut().bury(epoch, outgoing);
        self.wake();
    }

    /// Brings the service to the time that the clock shows, unless that takes long.
    pub async fn catch_up(&self) {
        let gate = self.host.borrow_mut().catch_up();
        if let Some(gate) = gate {
            // A journal that is lost shows when the answer is to leave.
            let _ = gate.pass().await;
        }
    }

    /// Waits until all that an answer rests on is on disk.
    ///
    /// # Errors
    ///
    /// When it never will be.
    pub async fn pass(&self) -> Result<(), Lost> {
        let gate = self.host.borrow().gate();
        match gate {
            Some(gate) => gate.pass().await,
            None => Ok(()),
        }
    }

    /// Answers a request to one of the services.
    pub async fn answer(&self, request: &Request<'_>) -> Response {
        let began = Instant::now();
        if !self.settings.latency.is_zero() {
            tokio::time::sleep(self.settings.latency).await;
        }
        let call = match Call::read(request) {
            Ok(call) => call,
            Err(NoCall { dialect, fault }) => {
                self.host.borrow_mut().metrics.refused += 1;
                return self.refuse(dialect, "", &fault);
            }
        };
        let response = match self.serve(request, &call).await {
            Ok(response) => response,
            Err(fault) => self.refuse(call.dialect, &call.operation, &fault),
        };
        let operation = metrics::known(&call);
        let metrics = &mut self.host.borrow_mut().metrics;
        metrics.note(call.dialect.service, operation, response.status, began.elapsed());
        response
    }

    async fn serve(&self, request: &Request<'_>, call: &Call) -> Result<Response, Fault> {
        self.check_throttle(call)?;
        let caller = match &self.settings.auth {
            Some(auth) => auth.admit(request, call, Timestamp::now())?,
            None => None,
        };
        self.catch_up().await;
        self.wait_for_message(call).await;
        let (response, gate) = self.host.borrow_mut().call(call, caller);
        self.wake();
        if let Some(gate) = gate {
            gate.pass()
                .await
                .map_err(|Lost| Fault::new("InternalFailure", "the journal cannot be written"))?;
        }
        Ok(response)
    }

    fn check_throttle(&self, call: &Call) -> Result<(), Fault> {
        let mut throttle = self.throttle.borrow_mut();
        let Some(throttle) = &mut *throttle else { return Ok(()) };
        let wall = self.host.borrow().wall();
        match throttle.admits(call.dialect.service, metrics::known(call), wall) {
            true => Ok(()),
            false => Err(Fault::new("ThrottlingException", "Rate exceeded")),
        }
    }

    /// Of a `ReceiveMessage` that would find nothing: waits for a message as long as its caller is ready to, in simulated
    /// time, while others are served.
    async fn wait_for_message(&self, call: &Call) {
        let first = {
            let mut host = self.host.borrow_mut();
            host.tick();
            let Some(patience) = host.patience(call) else { return };
            host.now() + patience
        };
        let wait = async {
            let _alarm = self.alarm(first);
            self.wake();
            loop {
                let changed = self.changed.notified();
                {
                    let mut host = self.host.borrow_mut();
                    host.tick();
                    if host.now() >= first || self.is_stopping() || host.patience(call).is_none() {
                        return;
                    }
                }
                changed.await;
            }
        };
        // Whoever waited long enough is told that there is nothing.
        let _ = timeout(LONGEST_POLL, wait).await;
    }

    /// An error in the words of a service that is not asked.
    pub fn refuse(&self, dialect: Dialect, operation: &str, fault: &Fault) -> Response {
        let request_id = self.request_ids.borrow_mut().uuid();
        dialect.refuse(operation, fault, &request_id)
    }
}

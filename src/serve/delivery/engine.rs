//! The loop that carries messages: it waits for what happens next, and starts attempts beside itself.

use std::{
    cell::Cell,
    collections::BTreeSet,
    rc::Rc,
    sync::Arc,
    time::{Duration, Instant},
};

use hyper::body::Bytes;
use jiff::Timestamp;
use tokio::{
    sync::{OnceCell, mpsc},
    task::JoinSet,
    time::timeout,
};

use super::{
    Settings,
    clock::Clock,
    desk::{Desk, Next, Verdict},
    guard::Guard,
    outcome::{Failure, Outcome, Report, judge},
    post,
    web::Web,
};
use crate::{base::SimDuration, service::Outgoing, sns::Protocol};

/// Without anything to wait for, the loop looks at the clock so often.
const IDLE: Duration = Duration::from_secs(60);

/// Reasons that were told once are not told again; so many are remembered.
const MOST_NOTES: usize = 1000;

/// What happens to the loop.
pub enum Event {
    /// There is a message to carry, and a mark for its reports.
    Hand(Box<Outgoing>, u64),
    /// An attempt has ended.
    Ended {
        /// The message.
        number: u64,
        /// Its mark.
        mark: u64,
        /// What it came to.
        result: Result<u16, Failure>,
        /// How long it took.
        wall: Duration,
    },
    /// Nothing more is to be started; what runs may end within this time.
    Stop(Duration),
}

/// What an attempt needs.
struct Tools {
    settings: Settings,
    guard: Arc<Guard>,
    web: Web,
}

/// What goes with a message.
struct Baggage {
    /// What is sent: made once, for all attempts.
    body: Rc<OnceCell<Bytes>>,
    mark: u64,
}

/// The loop.
pub struct Engine {
    tools: Rc<Tools>,
    desk: Desk<Baggage>,
    clock: Clock,
    room: Rc<Cell<usize>>,
    own: mpsc::UnboundedSender<Event>,
    events: mpsc::UnboundedReceiver<Event>,
    reports: mpsc::UnboundedSender<Report>,
    attempts: JoinSet<()>,
    told: BTreeSet<String>,
}

/// The ends of the channels that the loop holds.
pub struct Ends {
    /// What happens.
    pub events: mpsc::UnboundedReceiver<Event>,
    /// The other end of it, for attempts.
    pub own: mpsc::UnboundedSender<Event>,
    /// Where reports go.
    pub reports: mpsc::UnboundedSender<Report>,
    /// How many more messages there is room for.
    pub room: Rc<Cell<usize>>,
}

impl Engine {
    /// A loop without messages.
    ///
    /// # Errors
    ///
    /// What is wrong with the settings.
    pub fn new(settings: Settings, clock: Clock, ends: Ends) -> Result<Self, String> {
        let guard = Arc::new(settings.guard.clone());
        let web = Web::new(guard.clone(), settings.authorities.as_deref())?;
        let desk = Desk::new(settings.bounds);
        let tools = Rc::new(Tools { settings, guard, web });
        let Ends { events, own, reports, room } = ends;
        let (attempts, told) = (JoinSet::new(), BTreeSet::new());
        Ok(Self { tools, desk, clock, room, own, events, reports, attempts, told })
    }

    /// Runs until it is stopped, and gives back what was not delivered.
    pub async fn run(mut self) -> Vec<Rc<Outgoing>> {
        loop {
            let now = self.clock.now();
            while let Some(parcel) = self.desk.start(now) {
                let attempt =
                    attempt(self.tools.clone(), parcel.outgoing.clone(), parcel.baggage.body.clone());
                let own = self.own.clone();
                let (number, mark) = (parcel.number, parcel.baggage.mark);
                self.attempts.spawn_local(async move {
                    let (result, wall) = attempt.await;
                    // Nobody listens any more when the loop was stopped.
                    let _ = own.send(Event::Ended { number, mark, result, wall });
                });
            }
            while self.attempts.try_join_next().is_some() {}
            let wait = self.desk.next_time().map_or(IDLE, |time| self.clock.wait(time));
            match timeout(wait, self.events.recv()).await {
                Err(_) => {}
                Ok(Some(Event::Stop(within))) => return self.stop(within).await,
                Ok(Some(event)) => self.take(event),
                Ok(None) => return self.stop(Duration::ZERO).await,
            }
        }
    }

    fn take(&mut self, event: Event) {
        let now = self.clock.now();
        match event {
            Event::Hand(outgoing, mark) => {
                self.desk.put(outgoing.into(), Baggage { body: Rc::default(), mark }, now);
            }
            Event::Stop(_) => {}
            Event::Ended { number, mark, result, wall } => {
                let verdict = match &result {
                    Ok(_) | Err(Failure::NoWay(_)) => Verdict::Done,
                    Err(Failure::Again(_)) => Verdict::Failed,
                    Err(Failure::Never(_)) => Verdict::Hopeless,
                };
                let took = SimDuration(wall.as_micros() as u64);
                let Some((outgoing, attempt, next)) = self.desk.finish(number, verdict, took, now) else {
                    return;
                };
                let id = outgoing.id;
                if next != Next::Attempt {
                    self.room.set(self.room.get() + 1);
                }
                let outcome = self.outcome(outgoing, result, next);
                // Who does not want reports has dropped the other end.
                let _ = self.reports.send(Report { mark, id, attempt, outcome, wall });
            }
        }
    }

    fn outcome(&mut self, outgoing: Rc<Outgoing>, result: Result<u16, Failure>, next: Next) -> Outcome {
        match result {
            Ok(status) => Outcome::Delivered { status },
            Err(Failure::NoWay(reason)) => {
                self.note(&reason);
                Outcome::Dropped { reason }
            }
            Err(failure) => {
                let reason = failure.reason().to_string();
                if next == Next::Attempt {
                    return Outcome::Failed { reason };
                }
                self.note(&format!("gave up deliveries to {}: {reason}", post::shown(&outgoing.endpoint)));
                Outcome::GivenUp { reason, outgoing }
            }
        }
    }

    /// Tells something once. Answers of servers are in it, which must not play with a terminal.
    fn note(&mut self, text: &str) {
        let text = text.replace(char::is_control, " ");
        if self.told.len() < MOST_NOTES && self.told.insert(text.clone()) {
            (self.tools.settings.note)(&text);
        }
    }

    async fn stop(mut self, within: Duration) -> Vec<Rc<Outgoing>> {
        let end = tokio::time::Instant::now() + within;
        while self.desk.is_running() {
            let Ok(Some(event)) = tokio::time::timeout_at(end, self.events.recv()).await else { break };
            self.take(event);
        }
        self.events.close();
        while let Ok(event) = self.events.try_recv() {
            self.take(event);
        }
        self.desk.into_rest()
    }
}

/// An attempt, and how long it took. The message is signed before its time begins.
async fn attempt(
    tools: Rc<Tools>,
    outgoing: Rc<Outgoing>,
    body: Rc<OnceCell<Bytes>>,
) -> (Result<u16, Failure>, Duration) {
    let make = || async { Bytes::from(tools.settings.signer.body(&outgoing).await) };
    let body = body.get_or_init(make).await.clone();
    let start = Instant::now();
    let patience = tools.settings.patience;
    let result = timeout(patience, carry(&tools, &outgoing, body)).await;
    let late = |_| Err(Failure::Again(format!("no answer in {patience:?}")));
    (result.unwrap_or_else(late), start.elapsed())
}

async fn carry(tools: &Tools, outgoing: &Outgoing, body: Bytes) -> Result<u16, Failure> {
    let no_way =
        |what: &str, option: &str| Failure::NoWay(format!("{what} are dropped: there is no {option}"));
    let text = || str::from_utf8(&body).unwrap_or_default();
    let request = match outgoing.protocol {
        Protocol::Http | Protocol::Https => post::request(outgoing, body)?,
        Protocol::Email | Protocol::EmailJson => {
            let server = tools.settings.smtp.as_ref().ok_or_else(|| no_way("e-mails", "--smtp"))?;
            return server.send(&tools.guard, outgoing, text()).await;
        }
        Protocol::Sqs => {
            let queues = tools.settings.sqs.as_ref();
            let queues = queues.ok_or_else(|| no_way("messages to queues outside", "--sqs-endpoint"))?;
            queues.request(outgoing, text(), Timestamp::now())?
        }
    };
    judge(outgoing.protocol, tools.web.send(request).await?)
}

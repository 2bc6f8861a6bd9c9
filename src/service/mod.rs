//! The service that answers calls: Run Command over a world that has its calls as events, and as much of SNS, SQS and
//! EventBridge as it touches. A sans-I/O machine: calls with their times go in, answers and messages to deliver come out.
//! Same plan, same calls at the same simulated times, same answers and history.

pub mod bulletin;
mod calls;
pub mod documents;
pub mod events;
pub mod faults;
pub mod ids;
mod listener;
pub mod moment;
mod neighbours;
pub mod outgoing;
mod overview;
mod post;
pub mod run_command;
pub mod sns;
pub mod sqs;
pub mod ssm;
pub mod store;
pub mod tags;
pub mod uploads;

use std::io::{self, Write};

use jiff::Timestamp;

pub use bulletin::Bulletin;
pub use calls::{changes_state, operations};
pub use ids::Ids;
pub use moment::Moment;
pub use neighbours::CERTIFICATE_PATH;
pub use outgoing::Outgoing;
pub use overview::Overview;
pub use uploads::{Destination, OutgoingOutput, Stores};

use self::{
    documents::Documents, events::Failure, faults::FaultView, listener::Heard, neighbours::Neighbours,
    run_command::RunCommand, ssm::View, tags::Tags, uploads::Uploads,
};
use crate::{
    base::{SimDuration, SimTime},
    history::Digest,
    scenario::{Access, DocumentText, Plan, Resolved, letter, plan::AssumedQuotas},
    wire::{self, call::Call, fault::Fault},
};

/// What a service begins with.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// The fleet, and everything about it.
    pub plan: Plan,
    /// Where it is, and who may do what.
    pub access: Access,
    /// The scenario's own documents.
    pub documents: Vec<DocumentText>,
}

impl From<Resolved> for Scenario {
    fn from(resolved: Resolved) -> Self {
        let Resolved { plan, access, documents, .. } = resolved;
        Self { plan, access, documents }
    }
}

/// How a service differs from the real one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Whether the scenario's own commands are sent at their times; otherwise they only say how the steps go of commands
    /// with the same document.
    pub sends_commands: bool,
    /// How long a command stays unseen after its request. Assumed; nothing is known of the real gap.
    pub read_gap: SimDuration,
    /// How many invocations may be pending, if not as many as the scenario assumes; a command beyond is LimitExceeded (S1.29). AWS
    /// publishes no number (O-46).
    pub pending_limit: Option<u64>,
    /// Where links in messages and URLs of queues begin, without a slash at the end.
    pub base_url: String,
    /// Whether messages to queues leave for an SQS outside.
    pub queues_are_outside: bool,
    /// Whether callers must sign, so that who does not only follows a link.
    pub asks_for_signatures: bool,
    /// What moto takes and AWS refuses.
    pub is_lenient: bool,
}

/// All services of one account in one Region, over one fleet.
#[derive(Debug)]
pub struct Service {
    access: Access,
    start: Timestamp,
    options: Options,
    now: SimTime,
    run_command: RunCommand,
    documents: Documents,
    tags: Tags,
    neighbours: Neighbours,
    uploads: Uploads,
    /// Ids of what calls make; a call that changes nothing takes none.
    ids: Ids,
    /// Ids of requests.
    request_ids: Ids,
}

impl Service {
    /// The service before its first call.
    ///
    /// # Errors
    ///
    /// For a document that cannot be read, which no scenario without faults has.
    pub fn new(scenario: Scenario, options: Options) -> Result<Self, Fault> {
        let Scenario { mut plan, access, documents } = scenario;
        let account = &access.account;
        if !options.sends_commands {
            plan.commands
                .iter_mut()
                .filter(|command| command.is_sent())
                .for_each(|own| own.is_template = true);
        }
        let mut neighbours = Neighbours::new(&plan, account, &options.base_url);
        neighbours.sns.lenient = options.is_lenient;
        neighbours.sns.queues_are_outside = options.queues_are_outside;
        if let Some(limit) = options.pending_limit {
            plan.assumed = Some(AssumedQuotas::of_pending(limit));
        }
        Ok(Self {
            documents: Documents::new(&account.id, &documents)?,
            access,
            start: letter::instant(&plan, SimTime::ZERO),
            options,
            now: SimTime::ZERO,
            ids: Ids::new(plan.seed),
            request_ids: Ids::new(!plan.seed),
            neighbours,
            uploads: Uploads::default(),
            tags: Tags::default(),
            run_command: RunCommand::new(plan),
        })
    }

    /// The last moment reached.
    pub fn now(&self) -> SimTime {
        self.now
    }

    /// The instant that simulated time 0 stands for.
    pub fn start(&self) -> Timestamp {
        self.start
    }

    /// When next something happens by itself.
    pub fn next_time(&mut self) -> Option<SimTime> {
        self.run_command.next_time().into_iter().chain(self.neighbours.next_time(self.now)).min()
    }

    /// Everything that happens up to a time and with it. A time that is over is none at all.
    pub fn advance(&mut self, to: SimTime) {
        while self.now < to {
            let listens = self.neighbours.listens();
            let end = self.neighbours.next_due().map_or(to, |due| due.min(to)).max(self.now);
            let mut heard = Heard { wants_changes: self.neighbours.events.listens(), ..Heard::default() };
            self.run_command.run_to(end, &mut heard, |heard| listens && !heard.is_empty());
            self.now = self.run_command.now();
            self.uploads.gather(&mut self.run_command, self.documents.known());
            let mut moment = Moment { now: self.now, start: self.start, ids: &mut self.ids };
            self.neighbours.hear(&heard, &self.run_command, &mut moment);
            self.settle();
        }
    }

    /// What is due now is delivered, and what rules ask of Run Command is sent.
    fn settle(&mut self) {
        self.neighbours.deliver_due(self.now, self.start, &mut self.ids);
        for (request, invocation) in self.neighbours.take_requests() {
            let sent = ssm::send::send(&mut self.run_command, &request, self.documents.known(), &[]);
            if let Err(fault) = sent {
                let is_throttled = fault.code == "ThrottlingException";
                let code = if is_throttled { "THROTTLING" } else { "INVALID_PARAMETER" };
                let failure = Failure::new(code, fault.message);
                let mut moment = Moment { now: self.now, start: self.start, ids: &mut self.ids };
                self.neighbours.give_up(&invocation, &failure, &mut moment);
            }
        }
    }

    /// The messages that are due to leave for endpoints outside, each of them once.
    pub fn take_outgoing(&mut self) -> Vec<Outgoing> {
        self.neighbours.take_outgoing()
    }

    /// From now on outputs that are put to these stores are put outside too.
    pub fn put_outputs(&mut self, stores: Stores) {
        self.uploads.begin(stores, &mut self.run_command);
    }

    /// The outputs that have been put, each of them once.
    pub fn take_outputs(&mut self) -> Vec<OutgoingOutput> {
        self.uploads.take()
    }

    /// All attempts failed: the message goes to its dead-letter queue, if it has one.
    pub fn bury(&mut self, outgoing: &Outgoing) {
        let mut moment = Moment { now: self.now, start: self.start, ids: &mut self.ids };
        self.neighbours.bury(outgoing, &mut moment);
    }

    /// Of a `ReceiveMessage` that would find nothing now: how long its caller is ready to wait.
    pub fn patience(&self, call: &Call) -> Option<SimDuration> {
        if call.operation != "ReceiveMessage" {
            return None;
        }
        let Ok(wire::sqs::Request::ReceiveMessage(request)) = wire::sqs::Request::read(call) else {
            return None;
        };
        let queues = &self.neighbours.sqs;
        let is_empty = queues.next_visible(&request.queue_url).is_none_or(|time| time > self.now);
        Some(queues.patience(&request)).filter(|patience| is_empty && *patience > SimDuration::ZERO)
    }

    /// The faults that there are, over and to come.
    pub fn faults(&self) -> Vec<FaultView> {
        self.run_command.faults()
    }

    /// A fault begins in the instant after now. Its number.
    ///
    /// # Errors
    ///
    /// See [`RunCommand::begin_fault`].
    pub fn begin_fault(&mut self, body: &[u8]) -> Result<u32, String> {
        let id = self.run_command.begin_fault(body)?;
        self.neighbours.heed_outages(self.run_command.plan(), self.now);
        Ok(id)
    }

    /// A fault is over in the instant after now.
    ///
    /// # Errors
    ///
    /// See [`RunCommand::end_fault`].
    pub fn end_fault(&mut self, id: u32) -> Result<(), String> {
        self.run_command.end_fault(id)?;
        self.neighbours.heed_outages(self.run_command.plan(), self.now);
        Ok(())
    }

    /// The digest of everything that has happened, which another run of the same calls comes to as well.
    pub fn digest(&self) -> Digest {
        self.run_command.digest()
    }

    /// Writes the history of everything that has happened.
    ///
    /// # Errors
    ///
    /// The first one that the output has.
    pub fn write_history(&self, output: impl Write) -> io::Result<()> {
        self.run_command.write_history(output)
    }

    fn view(&self) -> View<'_> {
        View { run_command: &self.run_command, start: self.start, gap: self.options.read_gap }
    }
}

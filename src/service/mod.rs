//! The service that answers calls: Run Command over a world that has its calls as events, and as much of SNS, SQS and
//! EventBridge as it touches. A sans-I/O machine: calls with their times go in, answers and messages to deliver come out.
//! Same plan, same calls at the same simulated times, same answers and history.

mod calls;
pub mod documents;
pub mod events;
pub mod ids;
mod listener;
pub mod moment;
pub mod outgoing;
mod outside;
pub mod run_command;
pub mod sns;
pub mod sqs;
pub mod ssm;
pub mod store;
pub mod tags;

use std::io::{self, Write};

use jiff::Timestamp;

pub use calls::changes_state;
pub use ids::Ids;
pub use moment::Moment;
pub use outgoing::Outgoing;
pub use outside::{Bulletin, Overview, operations};

use self::{listener::Heard, run_command::RunCommand, ssm::View};
use crate::{
    base::{SimDuration, SimTime},
    history::Digest,
    scenario::{Plan, letter},
    ssm::document::{self, Document},
};

/// How a service differs from the real one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Whether the scenario's own commands are sent at their times; otherwise they only say how the steps go of commands
    /// with the same document.
    pub sends_commands: bool,
    /// How long a command stays unseen after its request. Assumed; nothing is known of the real gap.
    pub read_gap: SimDuration,
}

/// All services of one account in one Region, over one fleet.
#[derive(Debug)]
pub struct Service {
    start: Timestamp,
    options: Options,
    now: SimTime,
    run_command: RunCommand,
    documents: Vec<Document>,
    /// Ids of what calls make; a call that changes nothing takes none.
    ids: Ids,
    /// Ids of requests.
    request_ids: Ids,
}

impl Service {
    /// The service before its first call. `own` are the scenario's documents, beside those of AWS.
    pub fn new(plan: Plan, own: Vec<Document>, options: Options) -> Self {
        let mut plan = plan;
        if !options.sends_commands {
            plan.commands
                .iter_mut()
                .filter(|command| command.is_sent())
                .for_each(|own| own.is_template = true);
        }
        Self {
            start: letter::instant(&plan, SimTime::ZERO),
            options,
            now: SimTime::ZERO,
            ids: Ids::new(plan.seed),
            request_ids: Ids::new(!plan.seed),
            run_command: RunCommand::new(plan),
            documents: own.into_iter().chain(document::built_in()).collect(),
        }
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
        self.run_command.next_time()
    }

    /// Everything that happens up to a time and with it. A time that is over is none at all.
    pub fn advance(&mut self, to: SimTime) {
        if to <= self.now {
            return;
        }
        let mut heard = Heard::default();
        self.run_command.run_to(to, &mut heard);
        self.now = to;
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

//! What the endpoint asks the service besides its calls: so far Run Command has nothing to say of queues and messages.

use serde::Serialize;
use serde_json::{Value, json};

use super::{Outgoing, Service};
use crate::{
    base::SimDuration,
    wire::{self, call::Call, dialect},
};

/// What the console shows.
#[derive(Clone, Debug, Serialize)]
pub struct Overview {
    /// The scenario's name.
    pub scenario: String,
    /// The fleet: how many instances, in which groups.
    pub fleet: Value,
    /// The newest commands.
    pub commands: Vec<Value>,
}

/// What happened to a message.
#[derive(Clone, Debug, Serialize)]
pub struct Bulletin {
    /// Counted from 1.
    pub number: u64,
    /// When, in simulated seconds.
    pub seconds: f64,
}

/// The operations of a service.
pub fn operations(service: dialect::Service) -> &'static [&'static str] {
    match service {
        dialect::Service::Ssm => wire::ssm::Request::OPERATIONS,
        dialect::Service::Sns => wire::sns::Request::OPERATIONS,
        dialect::Service::Sqs => wire::sqs::Request::OPERATIONS,
        dialect::Service::Events => wire::events::Request::OPERATIONS,
    }
}

impl Service {
    /// Of a `ReceiveMessage` that would find nothing now: how long its caller is ready to wait. [`Service::next_time`] has to
    /// tell when a message becomes visible.
    pub fn patience(&self, call: &Call) -> Option<SimDuration> {
        let wait = call.parameters.get("WaitTimeSeconds")?;
        let seconds = wait.as_u64().or_else(|| wait.as_str()?.parse().ok())?;
        (call.operation == "ReceiveMessage").then(|| SimDuration::from_secs(seconds.min(20)))
    }

    /// The messages that are due to leave for endpoints outside, each of them once.
    pub fn take_outgoing(&mut self) -> Vec<Outgoing> {
        Vec::new()
    }

    /// All attempts failed: the message goes to its dead-letter queue, if it has one.
    pub fn bury(&mut self, _outgoing: &Outgoing) {}

    /// How many invocations are not at their end.
    pub fn live_invocations(&self) -> u64 {
        let commands = self.run_command.store.newest_first();
        commands.map(|(_, command)| u64::from(command.in_flight())).sum()
    }

    /// What the console shows.
    pub fn overview(&self) -> Overview {
        let plan = self.run_command.plan();
        let fleet = json!({ "count": self.count(), "groups": [] });
        Overview { scenario: plan.name.clone(), fleet, commands: Vec::new() }
    }

    fn count(&self) -> u32 {
        self.run_command.plan().groups.iter().map(|group| group.count()).sum()
    }

    /// A byte an instance: the status code of its invocation, of the latest command when none is named.
    pub fn grid(&self, _command_id: Option<&str>) -> Vec<u8> {
        vec![0; self.count() as usize]
    }

    /// An instance, by its place in the fleet.
    pub fn instance(&self, _index: u32) -> Option<Value> {
        None
    }

    /// What happened to messages behind the bulletin `after`.
    pub fn bulletins(&self, _after: u64) -> Vec<Bulletin> {
        Vec::new()
    }
}

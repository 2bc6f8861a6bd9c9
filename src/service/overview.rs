//! What a watcher sees at a glance: the fleet, the newest commands, and a byte for each instance.

use serde::Serialize;
use serde_json::{Value, json};

use super::{
    Bulletin, Service,
    store::{Invocation, Stored},
};
use crate::{
    base::SimTime,
    ssm::{InvocationStatus, StatusDetails},
};

/// How many commands are shown.
const COMMANDS: usize = 50;

/// The whole.
#[derive(Clone, Debug, Serialize)]
pub struct Overview {
    /// The scenario's name.
    pub scenario: String,
    /// The fleet.
    pub fleet: Fleet,
    /// The newest commands.
    pub commands: Vec<Row>,
}

/// The fleet.
#[derive(Clone, Debug, Serialize)]
pub struct Fleet {
    /// How many instances there are.
    pub count: u32,
    /// Its groups, in the order in which instances are numbered.
    pub groups: Vec<GroupRow>,
}

/// A group of the fleet.
#[derive(Clone, Debug, Serialize)]
pub struct GroupRow {
    /// Its name.
    pub name: String,
    /// The index of its first instance.
    pub first: u32,
    /// How many there are.
    pub count: u32,
}

/// A command.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    /// `CommandId`.
    pub id: String,
    /// The document.
    pub document: String,
    /// The comment.
    pub comment: String,
    /// When it was requested, in simulated seconds.
    pub requested_seconds: f64,
    /// Its status.
    pub status: &'static str,
    /// The finer one.
    pub details: &'static str,
    /// `TargetCount`.
    pub target_count: u32,
    /// `CompletedCount`.
    pub completed_count: u32,
    /// `ErrorCount`.
    pub error_count: u32,
    /// `DeliveryTimedOutCount`.
    pub delivery_timed_out_count: u32,
    /// `MaxConcurrency`, as the service takes it.
    pub max_concurrency: String,
    /// `MaxErrors`, as the service takes it.
    pub max_errors: String,
    /// How many are sent and have not ended.
    pub in_flight: u32,
    /// Grows whenever the command or one of its invocations changes.
    pub change: u64,
}

impl Row {
    fn of(stored: &Stored) -> Self {
        let request = &stored.request;
        Self {
            id: stored.id.clone(),
            document: request.document_name.clone(),
            comment: request.comment.clone().unwrap_or_default(),
            requested_seconds: stored.requested.since(SimTime::ZERO).as_secs_f64(),
            status: stored.state.status.name(),
            details: stored.state.details.name(),
            target_count: stored.tally.targets,
            completed_count: stored.tally.completed(),
            error_count: stored.tally.error_count(),
            delivery_timed_out_count: stored.tally.delivery_timed_out,
            max_concurrency: request.max_concurrency_or_default().into(),
            max_errors: request.max_errors_or_default().into(),
            in_flight: stored.in_flight(),
            change: stored.change,
        }
    }
}

impl Service {
    /// What a watcher sees at a glance.
    pub fn overview(&self) -> Overview {
        let plan = self.run_command.plan();
        let groups = plan.groups.iter().scan(0, |next, group| {
            let first = *next;
            *next += group.count();
            Some(GroupRow { name: group.name.clone(), first, count: group.count() })
        });
        let newest = self.run_command.store.newest_first().take(COMMANDS);
        Overview {
            scenario: plan.name.clone(),
            fleet: Fleet { count: plan.fleet_size(), groups: groups.collect() },
            commands: newest.map(|(_, stored)| Row::of(stored)).collect(),
        }
    }

    /// A byte for each instance: the code of its invocation of a command, of the newest when none is named.
    pub fn grid(&self, command_id: Option<&str>) -> Vec<u8> {
        let store = &self.run_command.store;
        let mut cells = vec![0; self.run_command.plan().fleet_size() as usize];
        let index = match command_id {
            Some(id) => store.find(id),
            None => store.newest_first().next().map(|(index, _)| index),
        };
        for (&instance, invocation) in
            index.and_then(|index| store.get(index)).iter().flat_map(|one| &one.invocations)
        {
            if let Some(cell) = cells.get_mut(instance as usize) {
                *cell = code(invocation);
            }
        }
        cells
    }

    /// An instance by its index.
    pub fn instance(&self, index: u32) -> Option<Value> {
        let (group, place) = self.run_command.locate(index)?;
        let group = &self.run_command.plan().groups[group];
        let newest = self.run_command.store.newest_first().next().map(|(_, stored)| stored);
        let invocation = newest.and_then(|stored| stored.invocations.get(&index));
        Some(json!({
            "id": group.instance_id(place),
            "name": self.tags.of_instance(&self.run_command, index).get("Name"),
            "group": group.name,
            "platform": format!("{:?}", group.platform(place)),
            "tags": self.tags.of_instance(&self.run_command, index).as_ref(),
            "status": invocation.map(|invocation| invocation.state.details.name()),
        }))
    }

    /// What happened to messages behind the bulletin with this number, as far as it is kept.
    pub fn bulletins(&self, after: u64) -> Vec<Bulletin> {
        self.neighbours.board.after(after).cloned().collect()
    }

    /// How many invocations are in flight.
    pub fn live_invocations(&self) -> u64 {
        let commands = self.run_command.store.newest_first();
        commands.map(|(_, command)| u64::from(command.in_flight())).sum()
    }
}

/// What a cell says of an invocation.
fn code(invocation: &Invocation) -> u8 {
    match (invocation.state.status, invocation.state.details) {
        (_, StatusDetails::Terminated) => 9,
        (InvocationStatus::Pending, _) if invocation.sent.is_none() => 10,
        (InvocationStatus::Pending, _) => 1,
        (InvocationStatus::InProgress, _) => 2,
        (InvocationStatus::Delayed, _) => 3,
        (InvocationStatus::Success, _) => 4,
        (InvocationStatus::Failed, _) => 5,
        (InvocationStatus::TimedOut, _) => 6,
        (InvocationStatus::Cancelled, _) => 7,
        (InvocationStatus::Cancelling, _) => 8,
    }
}

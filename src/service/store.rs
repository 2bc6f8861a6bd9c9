//! What callers may ask for: commands and invocations as the service knows them, from what is told of them.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use crate::{
    base::{SimDuration, SimTime},
    control::Tally,
    fleet::Targets,
    history::{Ending, Fact, Observer, Record, StepReply},
    scenario::{plan::Command, targeting::ids_alone},
    ssm::{
        CommandState, CommandStatus, InvocationState, InvocationStatus, SendCommandRequest, StatusDetails,
        alarm::TriggeredState,
    },
};

/// From the request of a pretended command to `ExpiresAfter`: an hour.
const DEFAULT_TIMEOUT_SECONDS: u32 = 3600;

/// All commands, in the order in which they were sent.
#[derive(Debug, Default)]
pub struct Store {
    /// By index in the plan; `None` for those that were never sent.
    commands: Vec<Option<Stored>>,
    by_id: FxHashMap<String, u32>,
    /// Those that may be sent without a call.
    foreseen: BTreeMap<u32, Stored>,
    /// The indices in the order of the requests.
    order: Vec<u32>,
    /// Grows with every change that callers may see.
    change: u64,
}

/// A command.
#[derive(Debug)]
pub struct Stored {
    /// `CommandId`.
    pub id: String,
    /// Its place in the order of the requests.
    place: usize,
    /// As it was sent.
    pub request: SendCommandRequest,
    /// The names of the document's steps.
    pub steps: Vec<String>,
    /// Their actions, as far as they are known.
    pub plugins: Vec<&'static str>,
    /// `RequestedDateTime`.
    pub requested: SimTime,
    /// From then to `ExpiresAfter` (S5.1).
    pub total: SimDuration,
    /// Status and details.
    pub state: CommandState,
    /// What its invocations came to so far, and `TargetCount`.
    pub tally: Tally,
    /// How many were sent.
    pub sent: u32,
    /// How many of those have ended.
    pub sent_ended: u32,
    /// Why its alarm stopped it, if it did (S4.29).
    pub triggered: Option<TriggeredState>,
    /// By instance.
    pub invocations: BTreeMap<u32, Invocation>,
    /// The number of the last change of the command or one of its invocations.
    pub change: u64,
}

/// An invocation. Small, for there may be millions.
#[derive(Clone, Debug)]
pub struct Invocation {
    /// When it was sent.
    pub sent: Option<SimTime>,
    /// When its execution began, as far as the service knows.
    pub started: Option<SimTime>,
    /// When its execution ended, as far as the service knows.
    pub finished: Option<SimTime>,
    /// Status and details.
    pub state: InvocationState,
    /// The exit code; -1 before there is one.
    pub response_code: i32,
    /// What replies told of single steps; empty for documents of one step.
    pub steps: Vec<Option<StepReply>>,
}

impl Invocation {
    /// One that was not sent yet.
    pub const PENDING: Self = Self {
        sent: None,
        started: None,
        finished: None,
        state: InvocationState { status: InvocationStatus::Pending, details: StatusDetails::Pending },
        response_code: -1,
        steps: Vec::new(),
    };
}

impl Stored {
    /// A command that is accepted at its time: Pending, its targets not known yet.
    pub fn new(id: String, command: &Command) -> Self {
        let total = u64::from(command.timeout_seconds) + u64::from(command.execution_timeout_seconds);
        Self {
            id,
            place: 0,
            request: command.request.clone(),
            steps: command.steps.iter().map(|step| step.name.clone()).collect(),
            plugins: Vec::new(),
            requested: SimTime::ZERO + command.at,
            total: SimDuration::from_secs(total),
            state: CommandState { status: CommandStatus::Pending, details: StatusDetails::Pending },
            // Ids are counted at once; what tags select is not known yet (O-45).
            tally: Tally {
                targets: ids_alone(&command.request).map_or(0, |ids| ids.len() as u32),
                ..Tally::default()
            },
            sent: 0,
            sent_ended: 0,
            triggered: None,
            invocations: BTreeMap::new(),
            change: 0,
        }
    }

    /// A command that has succeeded on these instances as soon as it was sent.
    pub fn succeeded(
        id: String,
        request: &SendCommandRequest,
        steps: Vec<String>,
        instances: &[u32],
        now: SimTime,
    ) -> Self {
        let state = InvocationState { status: InvocationStatus::Success, details: StatusDetails::Success };
        let (sent, started, finished) = (Some(now), Some(now), Some(now));
        let done = Invocation { sent, started, finished, state, response_code: 0, steps: Vec::new() };
        let count = instances.len() as u32;
        Self {
            id,
            place: 0,
            request: request.clone(),
            steps,
            plugins: Vec::new(),
            requested: now,
            total: SimDuration::from_secs(DEFAULT_TIMEOUT_SECONDS.into()),
            state: CommandState { status: CommandStatus::Success, details: StatusDetails::Success },
            tally: Tally { targets: count, success: count, ..Tally::default() },
            sent: count,
            sent_ended: count,
            triggered: None,
            invocations: instances.iter().map(|&instance| (instance, done.clone())).collect(),
            change: 0,
        }
    }

    /// `ExpiresAfter`.
    pub fn expires_after(&self) -> SimTime {
        self.requested + self.total
    }

    /// How many are in flight: sent, and not ended.
    pub fn in_flight(&self) -> u32 {
        self.sent - self.sent_ended
    }
}

impl Store {
    /// Takes in a command at its index in the plan.
    pub fn insert(&mut self, index: u32, mut command: Stored) {
        self.change += 1;
        command.change = self.change;
        command.place = self.order.len();
        let at = index as usize;
        if self.commands.len() <= at {
            self.commands.resize_with(at + 1, || None);
        }
        self.by_id.insert(command.id.clone(), index);
        self.order.push(index);
        self.commands[at] = Some(command);
    }

    /// An index that no command of the store has.
    pub fn next_index(&self) -> u32 {
        self.commands.len() as u32
    }

    /// Takes in a command that may be sent later without a call; nobody knows it before.
    pub fn foresee(&mut self, index: u32, command: Stored) {
        self.foreseen.insert(index, command);
    }

    /// The targets of a command are known: each has an invocation that is Pending.
    pub fn expect(&mut self, index: u32, targets: &Targets) {
        let Some(command) = self.get_mut(index) else { return };
        let sendable = (0..targets.sendable()).map(|place| targets.instance(place));
        command.invocations = sendable.map(|instance| (instance, Invocation::PENDING)).collect();
    }

    /// The index of the command with this id.
    pub fn find(&self, id: &str) -> Option<u32> {
        self.by_id.get(id).copied()
    }

    /// A command by its index.
    pub fn get(&self, index: u32) -> Option<&Stored> {
        self.commands.get(index as usize)?.as_ref()
    }

    /// All commands, the newest first, each with its index.
    pub fn newest_first(&self) -> impl Iterator<Item = (u32, &Stored)> {
        self.from(None)
    }

    /// The same from a command on.
    pub fn from(&self, first: Option<u32>) -> impl Iterator<Item = (u32, &Stored)> {
        let at = first.and_then(|first| self.get(first)).map_or(self.order.len(), |first| first.place + 1);
        let indices = self.order[..at].iter().rev();
        indices.filter_map(|&index| Some((index, self.get(index)?)))
    }

    /// How many commands there are.
    pub fn len(&self) -> usize {
        self.order.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.order.is_empty()
    }

    /// The number of the last change.
    pub fn change(&self) -> u64 {
        self.change
    }

    fn get_mut(&mut self, index: u32) -> Option<&mut Stored> {
        self.commands.get_mut(index as usize)?.as_mut()
    }

    fn invocation(&mut self, command: u32, instance: u32) -> Option<&mut Invocation> {
        let command = self.get_mut(command)?;
        Some(command.invocations.entry(instance).or_insert(Invocation::PENDING))
    }

    fn end(&mut self, index: u32, instance: u32, ending: Ending) {
        let Some(command) = self.get_mut(index) else { return };
        command.tally.record(ending.state.details);
        command.sent_ended += u32::from(ending.sent.is_some());
        let Some(invocation) = self.invocation(index, instance) else { return };
        invocation.state = ending.state;
        invocation.response_code = ending.response_code;
        invocation.started = ending.started.or(invocation.started);
        let finished = ending.started.zip(ending.elapsed).map(|(started, elapsed)| started + elapsed);
        invocation.finished = finished;
    }

    fn tell_step(&mut self, command: u32, instance: u32, step: u32, reply: StepReply) {
        let Some(invocation) = self.invocation(command, instance) else { return };
        let at = step as usize;
        if invocation.steps.len() <= at {
            invocation.steps.resize(at + 1, None);
        }
        invocation.steps[at] = Some(reply);
    }

    fn note(&mut self, Record { time, command: index, fact }: &Record) -> Option<()> {
        match *fact {
            Fact::Requested => {
                if let Some(command) = self.foreseen.remove(index) {
                    self.insert(*index, Stored { requested: *time, ..command });
                }
            }
            Fact::Targeted { count } => {
                let command = self.get_mut(*index)?;
                command.tally.targets = count;
                // S1.29: beyond the limit there are no invocations, whatever the selector matches.
                if count == 0 {
                    command.invocations.clear();
                }
            }
            Fact::CommandChanged { state } | Fact::CommandEnded { state, .. } => {
                self.get_mut(*index)?.state = state;
            }
            Fact::AlarmTriggered { state } => self.get_mut(*index)?.triggered = Some(state),
            Fact::Sent { instance } => {
                self.get_mut(*index)?.sent += 1;
                self.invocation(*index, instance)?.sent = Some(*time);
            }
            Fact::InvocationChanged { instance, state } => {
                let invocation = self.invocation(*index, instance)?;
                invocation.state = state;
                if state.status == InvocationStatus::InProgress {
                    invocation.started = invocation.started.or(Some(*time));
                }
            }
            Fact::InvocationEnded { instance, ending } => self.end(*index, instance, ending),
            Fact::StepEnded { instance, step, reply } => self.tell_step(*index, instance, step, reply),
            _ => return None,
        }
        self.change += 1;
        let change = self.change;
        self.get_mut(*index)?.change = change;
        Some(())
    }
}

impl Observer for Store {
    fn observe(&mut self, record: &Record) {
        // What callers cannot see changes nothing here.
        let _ = self.note(record);
    }
}

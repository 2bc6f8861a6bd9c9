//! A client that polls a simulated history: at random instants, with answers that take their time.

use std::collections::BTreeMap;

use fleetsim::{
    base::SimTime,
    history::{Fact, Record},
    scenario::{Roster, plan::Plan},
    seen::{CancelSighting, CommandSighting, InvocationSighting, Sighting, When, Window},
    ssm::{
        CommandState, CommandStatus, InvocationState, InvocationStatus, NotificationType, NotifiedStatus,
        SendCommandRequest, StatusDetails as D, request::NotificationConfig,
    },
};
use jiff::{SignedDuration, Timestamp};

const START: i64 = 1_767_225_600;

/// A client's choices, each a number to take the remainder of.
#[derive(Clone, Debug)]
pub(crate) struct Habits {
    /// The gaps between polls, in milliseconds.
    pub(crate) gaps: Vec<u64>,
    /// How long each question and each answer was under way, in milliseconds.
    pub(crate) trips: Vec<(u64, u64)>,
    /// Whether a poll asks for invocations, for commands, or for both.
    pub(crate) asks: Vec<u8>,
    /// Whether the answers tell when executions began and ended.
    pub(crate) tells_times: bool,
    /// Whether notifications are listened to.
    pub(crate) listens: bool,
}

/// One command as the service knows it.
#[derive(Default)]
struct Service {
    state: Vec<(SimTime, CommandState)>,
    requested: Option<SimTime>,
    targets: u32,
    invocations: BTreeMap<u32, Invocation>,
}

#[derive(Default)]
struct Invocation {
    states: Vec<(SimTime, InvocationState)>,
    sent: Option<SimTime>,
    started: Option<SimTime>,
    finished: Option<SimTime>,
    response_code: Option<i32>,
}

pub(crate) fn instant(time: SimTime) -> Timestamp {
    Timestamp::from_microsecond(START * 1_000_000 + time.0 as i64).unwrap()
}

/// What the service tells has milliseconds.
fn told(time: SimTime) -> Timestamp {
    Timestamp::from_millisecond(instant(time).as_millisecond()).unwrap()
}

/// What a client of these habits sees of a history.
pub(crate) fn sightings(plan: &Plan, history: &[Record], habits: &Habits) -> Vec<Sighting> {
    let services: Vec<Service> = (0..plan.commands.len()).map(|command| service(history, command)).collect();
    let last = history.iter().rev().find(|record| !record.fact.is_of_no_command());
    let end = last.map_or(0, |record| record.time.0) + 5_000_000;
    let mut found = events(plan, history, habits);
    let (mut at, mut turn) = (0, 0);
    while at < end {
        let (before, after) = habits.trips[turn % habits.trips.len()];
        let asks = habits.asks[turn % habits.asks.len()];
        let when = When::Polled {
            asked: instant(SimTime(at)) - SignedDuration::from_millis(before as i64),
            answered: instant(SimTime(at)) + SignedDuration::from_millis(after as i64),
        };
        for (command, service) in services.iter().enumerate() {
            if service.requested.is_some_and(|requested| requested <= SimTime(at)) {
                if !asks.is_multiple_of(3) {
                    found.push(service.command(plan, command, SimTime(at), when));
                }
                if asks % 3 != 1 {
                    found.extend(service.invocations(plan, command, (SimTime(at), when), habits.tells_times));
                }
            }
        }
        // Later and later, or a long outage would fill the memory with answers.
        at += 1000 * habits.gaps[turn % habits.gaps.len()].max(1) * (1 + turn as u64 / 50);
        turn += 1;
        assert!(turn < 1_000_000, "a poller without end");
    }
    found
}

fn service(history: &[Record], command: usize) -> Service {
    let mut service = Service::default();
    let state = |status, details| CommandState { status, details };
    for record in history.iter().filter(|record| record.command as usize == command) {
        let time = record.time;
        match record.fact {
            Fact::Requested => {
                service.requested = Some(time);
                service.state.push((time, state(CommandStatus::Pending, D::Pending)));
            }
            Fact::Targeted { count } => service.targets = count,
            Fact::CommandChanged { state } | Fact::CommandEnded { state, .. } => {
                service.state.push((time, state));
            }
            Fact::Sent { instance } => service.invocations.entry(instance).or_default().sent = Some(time),
            Fact::InvocationChanged { instance, state } => {
                service.invocations.entry(instance).or_default().states.push((time, state));
            }
            Fact::InvocationEnded { instance, ending } => {
                let invocation = service.invocations.entry(instance).or_default();
                invocation.states.push((time, ending.state));
                invocation.started = ending.started;
                invocation.finished =
                    ending.started.zip(ending.elapsed).map(|(started, elapsed)| started + elapsed);
                invocation.response_code = Some(ending.response_code);
            }
            _ => {}
        }
    }
    service
}

impl Service {
    fn command(&self, plan: &Plan, command: usize, at: SimTime, when: When) -> Sighting {
        let (resolved, requested) = (&plan.commands[command], self.requested.unwrap());
        let state = self.state.iter().rfind(|(time, _)| *time <= at).unwrap().1;
        let seconds = resolved.timeout_seconds + resolved.execution_timeout_seconds;
        let ended = |ways: &dyn Fn(D) -> bool| {
            let ended = self.invocations.values().filter(|invocation| {
                let state = invocation.state(at);
                state.status.is_terminal() && ways(state.details)
            });
            Some(ended.count() as u32)
        };
        Sighting::Command(CommandSighting {
            command_id: format!("command-{command}"),
            when,
            state,
            details_told: true,
            requested: Some(told(requested)),
            expires_after: Some(told(requested) + SignedDuration::from_secs(seconds.into())),
            request: Some(request(plan, command)),
            target_count: Some(self.targets),
            completed_count: ended(&|_| true),
            error_count: ended(&|details| matches!(details, D::Failed | D::ExecutionTimedOut)),
            delivery_timed_out_count: ended(&|details| details == D::DeliveryTimedOut),
        })
    }

    fn invocations<'a>(
        &'a self,
        plan: &'a Plan,
        command: usize,
        (at, when): (SimTime, When),
        tells_times: bool,
    ) -> impl Iterator<Item = Sighting> + 'a {
        let roster = Roster::new(plan);
        self.invocations.iter().map(move |(&instance, invocation)| {
            let state = invocation.state(at);
            let sent = invocation.sent.filter(|&sent| sent <= at);
            let is_told = tells_times && state.status.is_terminal();
            Sighting::Invocation(InvocationSighting {
                command_id: format!("command-{command}"),
                instance_id: roster.id(instance),
                when,
                state,
                details_told: true,
                document_name: None,
                requested: sent.or(self.requested).map(told),
                response_code: invocation.response_code.filter(|_| is_told),
                started: invocation.started.filter(|_| is_told).map(told),
                finished: invocation.finished.filter(|_| is_told).map(told),
                steps: vec![],
            })
        })
    }
}

impl Invocation {
    fn state(&self, at: SimTime) -> InvocationState {
        let pending = InvocationState { status: InvocationStatus::Pending, details: D::Pending };
        self.states.iter().rfind(|(time, _)| *time <= at).map_or(pending, |(_, state)| *state)
    }
}

/// What was asked for, as an answer repeats it.
fn request(plan: &Plan, command: usize) -> SendCommandRequest {
    let command = &plan.commands[command];
    let mut request = command.request.clone();
    request.timeout_seconds = Some(command.timeout_seconds.into());
    request.notification_config = command.notification.as_ref().map(|notification| NotificationConfig {
        notification_arn: Some("arn:aws:sns:us-east-1:123456789012:topic".into()),
        notification_events: Some(notification.events.iter().map(|event| format!("{event:?}")).collect()),
        notification_type: Some(match notification.kind {
            NotificationType::Command => "Command".into(),
            NotificationType::Invocation => "Invocation".into(),
        }),
    });
    request
}

/// The client's own cancels, and the notifications that it hears.
fn events(plan: &Plan, history: &[Record], habits: &Habits) -> Vec<Sighting> {
    let roster = Roster::new(plan);
    let mut found = Vec::new();
    for record in history {
        let command_id = format!("command-{}", record.command);
        let at = instant(record.time);
        match record.fact {
            Fact::CancelRequested { instance } => found.push(Sighting::Cancel(CancelSighting {
                command_id,
                instance_ids: instance.map(|instance| roster.id(instance)).into_iter().collect(),
                when: When::Polled { asked: at, answered: at },
            })),
            Fact::Published(notice) if habits.listens => {
                let until = told(record.time) + SignedDuration::from_millis(1);
                let after = Some(told(record.time) - SignedDuration::from_millis(1));
                let when = When::Began(Window { after, until });
                found.push(match notice.instance {
                    Some(instance) => Sighting::Invocation(InvocationSighting {
                        command_id,
                        instance_id: roster.id(instance),
                        when,
                        state: invocation_state(notice.status),
                        details_told: false,
                        document_name: None,
                        requested: None,
                        response_code: None,
                        started: None,
                        finished: None,
                        steps: vec![],
                    }),
                    None => Sighting::Command(CommandSighting {
                        command_id,
                        when,
                        state: command_state(notice.status),
                        details_told: false,
                        requested: None,
                        expires_after: None,
                        request: None,
                        target_count: None,
                        completed_count: None,
                        error_count: None,
                        delivery_timed_out_count: None,
                    }),
                });
            }
            _ => {}
        }
    }
    found
}

fn invocation_state(status: NotifiedStatus) -> InvocationState {
    fleetsim::seen::answer::invocation_state(&format!("{status:?}"), None).unwrap().0
}

fn command_state(status: NotifiedStatus) -> CommandState {
    fleetsim::seen::answer::command_state(&format!("{status:?}"), None).unwrap().0
}

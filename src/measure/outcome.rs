//! What a command came to in one replication: counters, makespan, the story of the stop.

use serde::{Deserialize, Serialize};

use super::{
    carriage::{Carriage, Follower},
    events::{EventMeasure, EventResult},
    faults::{FaultMeasure, FaultResult},
    latency::Latencies,
    notifications::{Arrival, Audience, Reception},
    polling::PollingResult,
    uploads::{UploadMeasure, UploadResult},
};
use crate::{
    base::{SimDuration, SimTime},
    history::{CommandCounts, Fact, Notice, Observer, Record},
    scenario::Plan,
    ssm::{CommandState, StatusDetails, alarm::TriggeredState},
};

/// What one command came to in one replication.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommandResult {
    /// When it was requested.
    pub requested: SimTime,
    /// When its last invocation ended, with the terminal status and counters.
    pub ended: Option<(SimTime, CommandState, CommandCounts)>,
    /// `TargetCount`.
    pub targets: u32,
    /// Invocations by their ending, in the order of [`StatusDetails::INVOCATION_ENDINGS`].
    pub endings: [u32; StatusDetails::INVOCATION_ENDINGS.len()],
    /// Invocations sent.
    pub sent: u32,
    /// Invocations that the end of the total timeout found not sent yet (Settled 6).
    pub expired_unsent: u32,
    /// Invocations that a cancel found not sent yet (S7.7).
    pub cancelled_unsent: u32,
    /// When the first cancel was requested, of the whole command or of single instances.
    pub cancel: Option<SimTime>,
    /// The most invocations in flight at once.
    pub peak_in_flight: u32,
    /// The blast radius: instances on which the step started and did not succeed, whatever was reported.
    pub broken: u32,
    /// Final replies that came after the invocation had ended (O-20).
    pub late_replies: u32,
    /// The stop, if the errors exceeded `MaxErrors`.
    pub stop: Option<Stop>,
    /// When and why its alarm stopped it, if it did (S4.29).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alarm: Option<(SimTime, TriggeredState)>,
    /// How often an assumed quota refused its request (O-46).
    #[serde(default, skip_serializing_if = "is_zero")]
    pub throttled: u32,
    /// Whether its caller gave up, so that it was never sent.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub gave_up: bool,
    /// What each subscription of its topic received; empty when it publishes nothing.
    pub notifications: Vec<Reception>,
    /// What the deliveries to each subscription came to, as far as they are followed; empty where none is.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub carriages: Vec<Option<Carriage>>,
}

fn is_zero(number: &u32) -> bool {
    *number == 0
}

/// The moment at which the errors exceeded `MaxErrors`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stop {
    /// When.
    pub time: SimTime,
    /// The number of the error that did it.
    pub errors: u32,
    /// Invocations in flight at that moment.
    pub in_flight: u32,
    /// Errors among those afterwards.
    pub overshoot: u32,
}

impl CommandResult {
    /// How many invocations ended in this way.
    pub fn ending(&self, details: StatusDetails) -> u32 {
        position(details).map_or(0, |at| self.endings[at])
    }

    /// `ErrorCount`: Failed and Execution Timed Out (S1.28).
    pub fn errors(&self) -> u32 {
        self.ending(StatusDetails::Failed) + self.ending(StatusDetails::ExecutionTimedOut)
    }

    /// From the request to the command's terminal status.
    pub fn makespan(&self) -> Option<SimDuration> {
        self.ended.map(|(time, ..)| time.since(self.requested))
    }

    /// From the request to the stop, if there was one.
    pub fn time_to_stop(&self) -> Option<SimDuration> {
        self.stop.map(|stop| stop.time.since(self.requested))
    }
}

/// Follows the commands of one replication.
#[derive(Debug)]
pub struct Measure<'a> {
    commands: Vec<(CommandResult, u32)>,
    /// Who listens to each command's notifications.
    audiences: Vec<Audience>,
    /// Who follows the deliveries of each command; `None` where there are none to follow.
    followers: Option<Vec<Vec<Option<Follower>>>>,
    latencies: &'a mut [Latencies],
    /// Of EventBridge and Auto Scaling; `None` where the plan has no events.
    events: Option<Box<EventMeasure>>,
    /// Of faults; `None` where the plan has none that agents notice.
    faults: Option<Box<FaultMeasure>>,
    /// Of outputs; `None` where the plan has none.
    uploads: Option<Box<UploadMeasure>>,
}

/// What a replication came to.
#[derive(Debug)]
pub struct Whole {
    /// Of each command, in plan order.
    pub commands: Vec<CommandResult>,
    /// Of EventBridge and Auto Scaling; `None` where the plan has no events.
    pub events: Option<EventResult>,
    /// Of faults; `None` where the plan has none that agents notice.
    pub faults: Option<FaultResult>,
    /// Of outputs; `None` where the plan has none.
    pub uploads: Option<UploadResult>,
    /// Of clients that list invocations; `None` where the plan has none.
    pub polling: Option<PollingResult>,
}

impl<'a> Measure<'a> {
    /// A measure that adds durations to `latencies`, one for each command of the plan.
    pub fn new(plan: &Plan, latencies: &'a mut [Latencies]) -> Self {
        Self {
            commands: vec![Default::default(); latencies.len()],
            audiences: plan.commands.iter().map(|command| Audience::new(plan, command)).collect(),
            followers: Follower::of_plan(plan),
            latencies,
            events: EventMeasure::new(plan).map(Box::new),
            faults: FaultMeasure::new(plan).map(Box::new),
            uploads: UploadMeasure::new(plan).map(Box::new),
        }
    }

    /// Not inlined, to be out of the way of plans without notifications.
    #[inline(never)]
    fn receive(&mut self, command: u32, subscription: u32, arrival: Arrival) {
        self.audiences[command as usize].receive(subscription, arrival);
        if !arrival.duplicate {
            self.latencies[command as usize]
                .add_notification(subscription, arrival.now.since(arrival.published));
        }
        if self.followers.is_some() {
            self.follow_arrival(command, subscription, arrival);
        }
    }

    fn publish(&mut self, record: &Record, notice: Notice) {
        self.audiences[record.command as usize].publish(notice);
        if self.followers.is_some() {
            self.follow(record);
        }
    }

    #[cold]
    fn follow_arrival(&mut self, command: u32, subscription: u32, arrival: Arrival) {
        if let Some(follower) = self.follower(command, subscription) {
            follower.receive(arrival.notice, arrival.published, arrival.now);
        }
    }

    /// Few plans have deliveries to follow.
    #[cold]
    fn follow(&mut self, record: &Record) {
        let Record { time, command, ref fact } = *record;
        match *fact {
            Fact::Published(notice) => {
                let all = self.followers.iter_mut().flat_map(|commands| &mut commands[command as usize]);
                all.flatten().for_each(|follower| follower.publish(notice, time));
            }
            Fact::Attempted { parcel, .. } | Fact::Answered { parcel, .. } | Fact::Dropped { parcel, .. } => {
                if let Some(follower) = self.follower(command, parcel.subscription) {
                    follower.follow(fact, time);
                }
            }
            _ => {}
        }
    }

    fn follower(&mut self, command: u32, subscription: u32) -> Option<&mut Follower> {
        self.followers.as_mut()?[command as usize].get_mut(subscription as usize)?.as_mut()
    }

    fn follow_agents(&mut self, record: &Record) {
        match (&mut self.uploads, &mut self.faults) {
            (Some(uploads), _) if matches!(record.fact, Fact::Uploaded(_)) => uploads.follow(record),
            (_, Some(faults)) => faults.follow(record),
            _ => {}
        }
    }

    /// What a replication came to in everything.
    pub fn finish_whole(mut self, plan: &Plan) -> Whole {
        let (events, faults, uploads) = (self.events.take(), self.faults.take(), self.uploads.take());
        let commands = self.finish();
        Whole {
            events: events.map(|events| events.finish(plan, &commands)),
            faults: faults.map(|faults| faults.finish()),
            uploads: uploads.map(|uploads| uploads.finish()),
            polling: plan.polling.map(|polling| {
                let rate = plan.assumed.and_then(|quotas| quotas.list_command_invocations);
                PollingResult::of(polling, rate, &commands)
            }),
            commands,
        }
    }

    /// What each command came to.
    pub fn finish(self) -> Vec<CommandResult> {
        let Self { commands, audiences, followers, latencies, .. } = self;
        let mut results: Vec<_> = commands
            .into_iter()
            .zip(audiences)
            .map(|((result, _), audience)| CommandResult { notifications: audience.finish(), ..result })
            .collect();
        for ((result, followers), latencies) in
            results.iter_mut().zip(followers.into_iter().flatten()).zip(latencies)
        {
            let finish = |(at, follower): (usize, Option<Follower>)| {
                follower.map(|follower| follower.finish(latencies.trust_of(at)))
            };
            result.carriages = followers.into_iter().enumerate().map(finish).collect();
        }
        results
    }
}

impl Observer for Measure<'_> {
    const IN_ORDER: bool = false;

    #[inline(always)]
    fn observe(&mut self, record: &Record) {
        let (result, in_flight) = &mut self.commands[record.command as usize];
        match record.fact {
            Fact::Requested => result.requested = record.time,
            Fact::Targeted { count } => result.targets = count,
            Fact::Sent { .. } => {
                result.sent += 1;
                *in_flight += 1;
                result.peak_in_flight = result.peak_in_flight.max(*in_flight);
            }
            Fact::InvocationEnded { ending, .. } => {
                *in_flight -= u32::from(ending.sent.is_some());
                if let Some(at) = position(ending.state.details) {
                    result.endings[at] += 1;
                }
                match ending.state.details {
                    StatusDetails::DeliveryTimedOut if ending.sent.is_none() => result.expired_unsent += 1,
                    StatusDetails::Cancelled if ending.sent.is_none() => result.cancelled_unsent += 1,
                    _ => {}
                }
                let errors = result.errors();
                if let Some(stop) = &mut result.stop {
                    stop.overshoot = errors.saturating_sub(stop.errors);
                }
                self.latencies[record.command as usize].record(result.requested, record.time, &ending);
            }
            Fact::ThresholdExceeded { errors } => {
                let in_flight = *in_flight;
                result.stop = Some(Stop { time: record.time, errors, in_flight, overshoot: 0 });
            }
            Fact::Throttled { gives_up, .. } => {
                result.throttled += 1;
                result.gave_up = gives_up;
            }
            Fact::AlarmTriggered { state } => result.alarm = Some((record.time, state)),
            Fact::LateReply { .. } => result.late_replies += 1,
            Fact::Broken { .. } => result.broken += 1,
            Fact::CancelRequested { .. } => result.cancel = result.cancel.or(Some(record.time)),
            Fact::CommandEnded { state, counts } => result.ended = Some((record.time, state, counts)),
            Fact::Published(notice) => self.publish(record, notice),
            Fact::Arrived { notice, subscription, duplicate, published } => {
                let arrival = Arrival { notice, duplicate, published, now: record.time };
                self.receive(record.command, subscription, arrival);
            }
            Fact::Lost { subscription, .. } => self.audiences[record.command as usize].lose(subscription),
            Fact::Attempted { .. } | Fact::Answered { .. } | Fact::Dropped { .. } => self.follow(record),
            Fact::EventEmitted { .. }
            | Fact::EventLost { .. }
            | Fact::TargetInvoked { .. }
            | Fact::GivenUp { .. }
            | Fact::Triggered { .. }
            | Fact::TriggerDropped { .. }
            | Fact::ActionStarted { .. }
            | Fact::ActionHeartbeat { .. }
            | Fact::ActionEnded { .. } => {
                if let Some(events) = &mut self.events {
                    events.follow(record);
                }
            }
            Fact::Uploaded(_) | Fact::AgentChanged { .. } | Fact::AgentNoted { .. } => {
                self.follow_agents(record);
            }
            _ => {}
        }
    }
}

/// The place of an ending in [`StatusDetails::INVOCATION_ENDINGS`]; `None` of details that no invocation ends with.
pub(super) fn position(details: StatusDetails) -> Option<usize> {
    StatusDetails::INVOCATION_ENDINGS.iter().position(|&ending| ending == details)
}

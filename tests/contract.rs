//! The contract of a history (`src/history/mod.rs`), kept by random plans of every kind.

mod common;
mod random;

use std::collections::{BTreeMap, BTreeSet};

use common::*;
use fleetsim::{
    base::SimTime,
    history::{AgentNote, DropReason, Ending, Fact, Notice, Parcel, Record},
    scenario::plan::Plan,
    ssm::{
        CommandState, CommandStatus, InvocationStatus, StatusDetails, StepStatus, document::OnFailure,
        reading::ErrorBoundary, reading::TimeoutMeaning,
    },
};
use proptest::prelude::*;

/// What is known of one invocation so far.
#[derive(Default)]
struct Invocation {
    sent: Option<SimTime>,
    acknowledged: bool,
    changes: Vec<StatusDetails>,
    ended: Option<Ending>,
    late: bool,
    broken: bool,
    /// Replies that faults keep.
    kept: u32,
    /// The step that is told next.
    step: u32,
    accepted: u32,
    /// How often the agent had forgotten it (S8.27).
    again: u32,
    released: u32,
}

/// One command's part of a history, read record by record.
struct Reader<'a> {
    plan: &'a Plan,
    command: usize,
    now: SimTime,
    requested: Option<SimTime>,
    /// How often the request was refused.
    refusals: u32,
    gave_up: bool,
    count: u32,
    invocations: BTreeMap<u32, Invocation>,
    sent_now: bool,
    in_flight: u32,
    errors: u32,
    exceeded: Option<SimTime>,
    alarmed: Option<SimTime>,
    cancelled: bool,
    last_ended: Option<SimTime>,
    state: Option<CommandState>,
    ended: Option<SimTime>,
    previous: Option<Fact>,
    /// The messages published, with the time of each and how many have arrived or are lost.
    published: Vec<(Notice, SimTime, u32)>,
    /// The messages kept back, lost or attempted, of subscriptions whose delivery is followed.
    parcels: Vec<(Notice, u32, SimTime)>,
    /// Of each copy under way how many attempts there were, and whether SNS waits for the answer to the last.
    attempts: BTreeMap<Parcel, (u32, bool)>,
}

impl<'a> Reader<'a> {
    fn new(plan: &'a Plan, command: usize) -> Self {
        Self {
            plan,
            command,
            now: SimTime::ZERO,
            requested: None,
            refusals: 0,
            gave_up: false,
            count: 0,
            invocations: BTreeMap::new(),
            sent_now: false,
            in_flight: 0,
            errors: 0,
            exceeded: None,
            alarmed: None,
            cancelled: false,
            last_ended: None,
            state: None,
            ended: None,
            previous: None,
            published: Vec::new(),
            parcels: Vec::new(),
            attempts: BTreeMap::new(),
        }
    }

    fn read(&mut self, record: &Record) {
        assert!(record.time >= self.now, "records are in order of time");
        if record.time > self.now {
            (self.now, self.sent_now) = (record.time, false);
        }
        match record.fact {
            Fact::Requested => {
                let called = SimTime::ZERO + self.plan.commands[self.command].at;
                assert_eq!(self.now > called, self.refusals > 0);
                assert!(!self.gave_up && self.now >= called);
                assert!(self.requested.replace(self.now).is_none());
            }
            Fact::Throttled { attempt, gives_up } => {
                assert!(!self.gave_up && self.requested.is_none());
                self.refusals += 1;
                self.gave_up = gives_up;
                let quotas = self.plan.assumed.expect("the plan has quotas");
                assert_eq!((attempt, gives_up), (self.refusals, attempt == quotas.attempts));
            }
            Fact::Targeted { count } => {
                assert_eq!((self.previous, self.requested), (Some(Fact::Requested), Some(self.now)));
                self.count = count;
            }
            Fact::Sent { instance } => self.read_sent(instance),
            Fact::Acknowledged { instance } => {
                let invocation = self.invocations.get_mut(&instance).expect("sent before");
                assert!(!std::mem::replace(&mut invocation.acknowledged, true));
                assert!(invocation.sent < Some(self.now) && invocation.ended.is_none());
            }
            Fact::InvocationChanged { instance, state } => self.read_changed(instance, state.details),
            Fact::InvocationEnded { instance, ending } => self.read_ended(instance, ending),
            Fact::ThresholdExceeded { errors } => {
                assert_eq!(errors, self.errors);
                assert!(matches!(self.previous, Some(Fact::InvocationEnded { .. })));
                assert!(self.exceeded.replace(self.now).is_none());
            }
            Fact::AlarmTriggered { .. } => {
                assert!(self.ended.is_none() && !self.sent_now);
                assert!(self.alarmed.replace(self.now).is_none(), "once at most");
            }
            Fact::CommandChanged { state } => self.read_command_changed(state),
            Fact::CommandEnded { state, counts } => {
                assert!(state.status.is_terminal() && self.ended.replace(self.now).is_none());
                assert_eq!((counts.target_count, counts.completed_count), (self.count, self.count));
                assert_eq!(self.now, self.last_ended.or(self.requested).unwrap(), "with the last ending");
            }
            Fact::CancelRequested { instance } => {
                self.cancelled |= instance.is_none() && self.ended.is_none();
            }
            Fact::LateReply { instance, .. } => {
                let invocation = self.invocations.get_mut(&instance).unwrap();
                assert!(invocation.ended.is_some() && !std::mem::replace(&mut invocation.late, true));
            }
            Fact::Broken { instance } => {
                let invocation = self.invocations.get_mut(&instance).unwrap();
                assert!(invocation.sent < Some(self.now) && !std::mem::replace(&mut invocation.broken, true));
            }
            Fact::Uploaded(upload) => {
                let invocation = self.invocations.get(&upload.instance).expect("sent before");
                assert!(invocation.sent < Some(upload.since) && upload.since <= self.now);
                let command = &self.plan.commands[self.command];
                assert!(command.wants(upload.store) && (upload.step as usize) < command.steps.len());
            }
            other => self.read_far(other),
        }
        // Messages follow the facts that they tell, and stand between none of the service's own.
        if !matches!(
            record.fact,
            Fact::Published(_)
                | Fact::Lost { .. }
                | Fact::Arrived { .. }
                | Fact::Attempted { .. }
                | Fact::Answered { .. }
                | Fact::Dropped { .. }
        ) {
            self.previous = Some(record.fact);
        }
    }

    fn read_sent(&mut self, instance: u32) {
        let invocation = self.invocations.entry(instance).or_default();
        assert!(invocation.ended.is_none() && invocation.sent.replace(self.now).is_none());
        let is_stopped = self.exceeded.is_some() || self.alarmed.is_some();
        assert!(!is_stopped && !self.cancelled && self.ended.is_none(), "sending has ended");
        assert!(self.now < self.sending_ends());
        self.in_flight += 1;
        self.sent_now = true;
        assert!(self.in_flight <= self.max_concurrency());
    }

    fn read_changed(&mut self, instance: u32, details: StatusDetails) {
        let invocation = self.invocations.get_mut(&instance).expect("sent before");
        assert!(invocation.ended.is_none());
        if details == StatusDetails::InProgress {
            assert_eq!(self.previous, Some(Fact::Acknowledged { instance }));
        }
        invocation.changes.push(details);
        use StatusDetails::{Cancelling, Delayed, InProgress};
        let ways: [&[StatusDetails]; 6] = [
            &[Delayed],
            &[InProgress],
            &[Delayed, InProgress],
            &[InProgress, Cancelling],
            &[Delayed, InProgress, Cancelling],
            &[],
        ];
        assert!(ways.contains(&invocation.changes.as_slice()), "{:?}", invocation.changes);
    }

    fn read_ended(&mut self, instance: u32, ending: Ending) {
        assert!(self.ended.is_none() && self.now <= self.expires_after());
        let (sent_now, now) = (self.sent_now, self.now);
        let invocation = self.invocations.entry(instance).or_default();
        assert!(invocation.ended.replace(ending).is_none(), "a target ends once");
        assert_eq!(ending.sent, invocation.sent);
        assert_eq!(ending.started.is_some(), invocation.acknowledged);
        assert!(ending.state.status.is_terminal());
        let details = ending.state.details;
        if ending.sent.is_some() {
            assert!(!sent_now, "within an instant endings stand before sends");
            self.in_flight -= 1;
        }
        use StatusDetails::{DeliveryTimedOut, ExecutionTimedOut, Failed, Success, Terminated};
        match details {
            Success | Failed | ExecutionTimedOut => {
                assert!(ending.elapsed.is_some());
                assert!(invocation.broken || details == Success);
                // The failure of one among several steps may be forgiven (S8.32).
                let steps = &self.plan.commands[self.command].steps;
                // A process that has failed runs again when a reboot comes while its outputs are put (S8.39).
                let is_plain = !self.plan.has_outputs();
                if is_plain && matches!(&steps[..], [only] if only.on_failure != OnFailure::SuccessAndExit) {
                    assert_eq!(invocation.broken, details != Success);
                }
                let counts = details == Failed
                    || details == ExecutionTimedOut && self.plan.readings.execution_timed_out_counts;
                self.errors += u32::from(counts);
            }
            Terminated => {
                assert_eq!(ending.sent, None);
                assert!([self.exceeded, self.alarmed].contains(&Some(now)), "stopped in this instant");
            }
            DeliveryTimedOut => assert!(now == self.expires_after() || now == self.sending_ends()),
            _ => assert_ne!(ending.state.status, InvocationStatus::Success),
        }
        self.last_ended = Some(now);
    }

    fn read_command_changed(&mut self, state: CommandState) {
        assert!(self.ended.is_none() && self.state != Some(state));
        let ended = self.invocations.values().filter(|invocation| invocation.ended.is_some()).count();
        match state.status {
            CommandStatus::InProgress => {
                assert!(!self.cancelled && !self.invocations.is_empty());
                assert!(ended < self.count as usize, "something is left to do");
            }
            // Also in the instant in which the last invocation ends.
            CommandStatus::Cancelling => assert!(self.cancelled),
            other => panic!("changed to {other:?}"),
        }
        self.state = Some(state);
    }

    /// What is told of agents and messages.
    fn read_far(&mut self, fact: Fact) {
        let now = self.now;
        match fact {
            Fact::StepEnded { instance, step, reply } => {
                let invocation = self.invocations.get_mut(&instance).expect("sent before");
                assert!(invocation.acknowledged && invocation.ended.is_none());
                assert_eq!(step, invocation.step, "in the document's order");
                assert!(reply.started + reply.elapsed <= now);
                invocation.step += u32::from(reply.status != StepStatus::SuccessAndReboot);
            }
            Fact::Accepted { instance, .. } => self.invocations.get_mut(&instance).unwrap().accepted += 1,
            Fact::Released { instance } => self.invocations.get_mut(&instance).unwrap().released += 1,
            Fact::Started { instance } => {
                let invocation = &self.invocations[&instance];
                assert_eq!(invocation.accepted - invocation.released, 1);
            }
            Fact::Refused { instance, .. } => assert_eq!(self.invocations[&instance].accepted, 0),
            Fact::RebootBegan { instance } | Fact::RebootEnded { instance } => {
                assert!(self.invocations[&instance].sent < Some(now));
            }
            Fact::AgentChanged { .. } => assert!(fact.is_of_no_command()),
            Fact::AgentNoted { instance, note } => {
                let invocation = self.invocations.get_mut(&instance).expect("sent before");
                assert!(invocation.sent < Some(now));
                match note {
                    AgentNote::Duplicate | AgentNote::AcknowledgedAgain | AgentNote::Deaf => {}
                    AgentNote::ExecutedAgain => invocation.again += 1,
                    AgentNote::Kept => invocation.kept += 1,
                    AgentNote::Resent | AgentNote::Dropped => {
                        invocation.kept = invocation.kept.checked_sub(1).expect("kept before");
                    }
                }
            }
            Fact::Published(notice) => self.published.push((notice, now, 0)),
            Fact::Lost { notice, subscription } => match self.follows(subscription) {
                true => self.parcels.push((notice, subscription, now)),
                false => self.deliver(notice, now),
            },
            Fact::Arrived { notice, subscription, duplicate, published } => {
                assert!(published < now);
                if self.follows(subscription) {
                    assert!(
                        self.attempts
                            .keys()
                            .any(|parcel| (parcel.notice, parcel.subscription) == (notice, subscription)
                                && parcel.published == published)
                    );
                } else if !duplicate {
                    self.deliver(notice, published);
                }
            }
            other => self.read_delivery(other),
        }
    }

    /// What is told of deliveries.
    fn read_delivery(&mut self, fact: Fact) {
        let now = self.now;
        match fact {
            Fact::Attempted { parcel, attempt, answer, .. } => {
                assert!(parcel.published < now && self.follows(parcel.subscription));
                let (made, waits) = self.attempts.entry(parcel).or_default();
                assert_eq!((attempt, *waits), (*made + 1, false), "one after another");
                (*made, *waits) = (attempt, answer.is_none());
                if attempt == 1 && !parcel.copy {
                    self.parcels.push((parcel.notice, parcel.subscription, parcel.published));
                }
            }
            Fact::Answered { parcel, attempt, .. } => {
                let (made, waits) = self.attempts.get_mut(&parcel).expect("attempted before");
                assert!(attempt <= *made);
                *waits &= attempt != *made;
            }
            Fact::Dropped { parcel, why } => {
                assert!(self.follows(parcel.subscription));
                if matches!(why, DropReason::Unconfirmed | DropReason::FilteredOut) {
                    assert_eq!(parcel.published, now);
                    self.parcels.push((parcel.notice, parcel.subscription, now));
                }
            }
            Fact::AgentChanged { .. } | Fact::AgentNoted { .. } => {}
            other => panic!("{other:?} is read elsewhere"),
        }
    }

    fn follows(&self, subscription: u32) -> bool {
        let subscriptions = self.plan.subscriptions(&self.plan.commands[self.command]);
        subscriptions[subscription as usize].delivery.is_some()
    }

    fn deliver(&mut self, notice: Notice, published: SimTime) {
        let is_one = |message: &&mut (Notice, SimTime, u32)| (message.0, message.1) == (notice, published);
        self.published.iter_mut().find(is_one).expect("published then").2 += 1;
    }

    /// When nothing is sent any more for want of time (S5.3, O-18).
    fn sending_ends(&self) -> SimTime {
        let command = &self.plan.commands[self.command];
        match self.plan.readings.timeout_meaning {
            TimeoutMeaning::Total => self.expires_after(),
            TimeoutMeaning::DeliveryThenExecution => {
                self.requested.unwrap() + lasting(command.timeout_seconds.into())
            }
        }
    }

    fn expires_after(&self) -> SimTime {
        let command = &self.plan.commands[self.command];
        let seconds = command.timeout_seconds + command.execution_timeout_seconds;
        self.requested.unwrap() + lasting(seconds.into())
    }

    /// Settled 5 as fractions: the least number of which a hundred times is no less than p T, and at least one.
    fn max_concurrency(&self) -> u32 {
        let text = self.plan.commands[self.command].request.max_concurrency.as_deref().unwrap();
        match text.strip_suffix('%').map(|percent| percent.parse::<u32>().unwrap()) {
            Some(percent) => (1..).find(|number| 100 * number >= percent * self.count).unwrap(),
            None => text.parse().unwrap(),
        }
    }

    /// S4.18, S4.19, O-11.
    fn too_many(&self) -> bool {
        let text = self.plan.commands[self.command].request.max_errors.as_deref().unwrap();
        let Some(percent) = text.strip_suffix('%').map(|percent| percent.parse::<u32>().unwrap()) else {
            return self.errors > text.parse().unwrap();
        };
        match self.plan.readings.error_boundary {
            ErrorBoundary::Beyond => 100 * self.errors > percent * self.count,
            ErrorBoundary::AutomationDoc => self.errors > 0 && 100 * self.errors >= percent * self.count,
        }
    }

    fn close(&self) {
        if self.gave_up {
            return assert!(self.requested.is_none() && self.invocations.is_empty());
        }
        assert!(self.ended.is_some(), "the command ends");
        assert!(self.invocations.values().all(|invocation| invocation.ended.is_some()));
        assert_eq!(self.invocations.len() as u32, self.count, "every target ends");
        assert_eq!(self.exceeded.is_some(), self.too_many());
        assert!(
            self.invocations
                .values()
                .all(|one| one.released <= one.accepted && one.accepted <= 1 + one.again)
        );
        if let Some(asked) = &self.plan.commands[self.command].notification {
            let subscriptions = &self.plan.topics[asked.topic as usize].subscriptions;
            let listeners = subscriptions.iter().filter(|one| one.delivery.is_none()).count();
            assert!(self.published.iter().all(|(.., delivered)| *delivered as usize == listeners));
            // Each message to each other subscription is kept back, lost or attempted, once.
            let others = subscriptions.len() - listeners;
            assert_eq!(self.parcels.len(), self.published.len() * others);
            assert_eq!(self.parcels.iter().collect::<BTreeSet<_>>().len(), self.parcels.len());
            assert!(self.attempts.values().all(|(_, waits)| !waits), "SNS waits for no answer for ever");
        }
        let sent = self.invocations.values().any(|invocation| invocation.sent.is_some());
        assert!(self.state.is_some() || !sent, "the first send makes it InProgress");
    }
}

proptest! {
    #![proptest_config(random::config(20_000))]

    /// The contract, Settled 1, 5, 6 and 13, S1.28, S4.18, S5.3, T1 to T18.
    #[test]
    fn every_history_keeps_the_contract(plan in random::plans()) {
        let history = history(&plan, 0);
        let mut now = SimTime::ZERO;
        for record in &history {
            assert!(record.time >= now);
            now = record.time;
        }
        for command in 0..plan.commands.len() {
            let mut reader = Reader::new(&plan, command);
            history.iter().filter(|record| record.command == command as u32).for_each(|one| reader.read(one));
            reader.close();
        }
    }
}

/// The random plans are worth something only if they come to every ending.
#[test]
fn random_plans_reach_every_ending() {
    use proptest::{strategy::ValueTree, test_runner::TestRunner};
    let mut runner = TestRunner::new(random::config(1));
    let mut reached = BTreeSet::new();
    for _ in 0..300 {
        let plan = random::plans().new_tree(&mut runner).unwrap().current();
        for record in history(&plan, 0) {
            match record.fact {
                Fact::InvocationEnded { ending, .. } => {
                    reached.insert(ending.state.details.name());
                }
                Fact::CommandEnded { state, .. } => {
                    reached.insert(state.details.name());
                }
                Fact::LateReply { .. } => {
                    reached.insert("late");
                }
                _ => {}
            }
        }
    }
    let missing: Vec<_> =
        StatusDetails::INVOCATION_ENDINGS.iter().filter(|one| !reached.contains(one.name())).collect();
    assert!(missing.is_empty(), "{missing:?}");
    assert!(["Incomplete", "NoInstancesInTag", "late"].iter().all(|name| reached.contains(name)));
}

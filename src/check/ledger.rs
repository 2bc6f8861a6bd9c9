//! The ledger: what the rules remember of a history, kept once for all of them.
//!
//! For each command it holds a few counters, an entry for each invocation in flight, and two bits an instance.
//! Rules read it as it stood before the record that they judge. After an offence it goes on with what the history
//! claims, so that one fault is not reported again and again.

use rustc_hash::{FxHashMap, FxHashSet};

use crate::{
    base::SimTime,
    check::{
        marks::Marks,
        ramp::Ramp,
        terms::{GroupTerms, Terms},
    },
    history::{Ending, Fact, Record},
    ssm::{CommandState, CommandStatus, StatusDetails},
};

/// An invocation in flight.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Live {
    /// When it was sent; `None` when no record tells.
    pub(crate) sent: Option<SimTime>,
    wave: u32,
    /// Pending, InProgress, Delayed or Cancelling.
    pub(crate) phase: StatusDetails,
    /// When its agent first answered.
    pub(crate) received: Option<SimTime>,
    /// It has been InProgress.
    pub(crate) has_run: bool,
    /// It has been Delayed.
    was_delayed: bool,
}

/// What the ledger knew of a record's invocation before the record.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Seen {
    /// Its entry, when it was in flight.
    pub(crate) live: Option<Live>,
    /// It had been sent.
    pub(crate) was_sent: bool,
    /// It had ended.
    pub(crate) had_ended: bool,
    /// No `Sent` was recorded, but this record proves that there must have been one.
    pub(crate) is_proof: bool,
}

/// A record as the rules see it.
pub(crate) struct Step<'a> {
    pub(crate) record: &'a Record,
    /// The command as it stood before.
    pub(crate) book: &'a Book,
    /// The invocation as it stood before.
    pub(crate) seen: Seen,
    /// The invocation's group; `None` for facts about the command.
    pub(crate) group: Option<GroupTerms>,
}

/// One command.
#[derive(Debug)]
pub(crate) struct Book {
    pub(crate) terms: Terms,
    /// The instant of its latest record.
    pub(crate) now: Option<SimTime>,
    marks: Marks,
    live: FxHashMap<u32, Live>,
    pub(crate) ramp: Ramp,
    pub(crate) requested: Option<SimTime>,
    pub(crate) targeted: Option<SimTime>,
    pub(crate) state: CommandState,
    /// When `CommandEnded` came.
    pub(crate) closed: Option<SimTime>,
    pub(crate) sent: u32,
    pub(crate) first_sent: Option<SimTime>,
    /// When `Sent` came last.
    pub(crate) last_sent: Option<SimTime>,
    pub(crate) in_flight: u32,
    /// How many of those in flight are Cancelling.
    pub(crate) cancelling: u32,
    /// How many sends failed: Delayed at least once, or Undeliverable.
    failed_sends: u32,
    pub(crate) last_failed: Option<SimTime>,
    pub(crate) first_received: Option<SimTime>,
    ended_as: [u32; 15],
    pub(crate) ended: u32,
    pub(crate) last_ended: Option<SimTime>,
    ended_unsent: u32,
    /// Endings that count against `MaxErrors`.
    pub(crate) errors: u32,
    /// When they first exceeded it, and how many they were.
    pub(crate) tripped: Option<(SimTime, u32)>,
    /// `ThresholdExceeded` came.
    pub(crate) told_exceeded: bool,
    /// A Terminated invocation came.
    told_terminated: bool,
    /// When a cancel of the whole command was accepted.
    pub(crate) cancelled: Option<SimTime>,
    named: FxHashSet<u32>,
    /// The instances named by cancels in this instant.
    pub(crate) named_now: Vec<u32>,
}

impl Book {
    pub(crate) fn new(terms: Terms) -> Self {
        Self {
            ramp: Ramp::new(&terms.readings),
            terms,
            now: None,
            marks: Marks::default(),
            live: FxHashMap::default(),
            requested: None,
            targeted: None,
            state: CommandState { status: CommandStatus::Pending, details: StatusDetails::Pending },
            closed: None,
            sent: 0,
            first_sent: None,
            last_sent: None,
            in_flight: 0,
            cancelling: 0,
            failed_sends: 0,
            last_failed: None,
            first_received: None,
            ended_as: [0; 15],
            ended: 0,
            last_ended: None,
            ended_unsent: 0,
            errors: 0,
            tripped: None,
            told_exceeded: false,
            told_terminated: false,
            cancelled: None,
            named: FxHashSet::default(),
            named_now: Vec::new(),
        }
    }

    /// How many invocations ended so.
    pub(crate) fn ended_as(&self, details: StatusDetails) -> u32 {
        self.ended_as[details as usize]
    }

    /// How many targets have not ended.
    pub(crate) fn missing(&self) -> u32 {
        self.terms.total.saturating_sub(self.ended)
    }

    /// How many invocations could still be sent.
    pub(crate) fn waiting(&self) -> u32 {
        self.terms.sendable.saturating_sub(self.sent + self.ended_unsent)
    }

    /// Whether every send has failed so far, the lost ones included (C3).
    pub(crate) fn every_send_failed(&self) -> bool {
        self.sent > 0 && self.failed_sends == self.sent && self.first_received.is_none()
    }

    /// Whether sending has stopped, by right or as the history has it.
    pub(crate) fn is_stopped(&self) -> bool {
        self.tripped.is_some() || self.is_told_stopped()
    }

    /// Whether the history says that sending has stopped.
    pub(crate) fn is_told_stopped(&self) -> bool {
        self.told_exceeded || self.told_terminated
    }

    /// Whether a cancel covers this instance's invocation.
    pub(crate) fn is_cancel_wanted(&self, instance: u32) -> bool {
        self.cancelled.is_some() || self.named.contains(&instance)
    }

    /// The entry of an invocation in flight.
    pub(crate) fn in_flight(&self, instance: u32) -> Option<&Live> {
        self.live.get(&instance)
    }

    /// Whether an instance's invocation has ended.
    pub(crate) fn has_ended(&self, instance: u32) -> bool {
        self.marks.get(instance).1
    }

    /// A target that has not ended, for a message.
    pub(crate) fn first_missing(&self) -> Option<u32> {
        (0..self.terms.fleet()).find(|&id| self.terms.target(id).is_some() && !self.has_ended(id))
    }

    /// When an invocation runs out of time, received by its agent or not (S5.3, O-18).
    pub(crate) fn deadline(&self, received: bool) -> Option<SimTime> {
        let requested = self.requested?;
        Some(if received { self.terms.expires(requested) } else { self.terms.delivery_deadline(requested) })
    }

    /// Looks the record's invocation up, changes its entry, and tells what was there: the one look-up a record.
    pub(crate) fn enter(&mut self, record: &Record) -> Seen {
        let Some(instance) = invocation_of(&record.fact) else { return Seen::default() };
        let (was_sent, had_ended) = self.marks.get(instance);
        let mut seen = Seen { live: None, was_sent, had_ended, is_proof: false };
        if had_ended || matches!(record.fact, Fact::LateReply { .. } | Fact::Broken { .. }) {
            return seen;
        }
        if !was_sent && let Some(sent) = proven_send(record) {
            seen.is_proof = true;
            seen.was_sent = true;
            let told = matches!(record.fact, Fact::InvocationEnded { .. }).then_some(sent);
            self.send(instance, sent, told);
            self.count_sent(sent);
        }
        match record.fact {
            Fact::Sent { .. } if !was_sent => self.send(instance, record.time, Some(record.time)),
            Fact::InvocationEnded { .. } => {
                self.marks.set_ended(instance, self.terms.fleet());
                seen.live = if seen.was_sent { self.live.remove(&instance) } else { None };
            }
            _ => {
                let live = self.live.get_mut(&instance);
                seen.live = live.as_deref().copied();
                if let Some(live) = live {
                    live.change(record);
                }
            }
        }
        seen
    }

    fn send(&mut self, instance: u32, time: SimTime, told: Option<SimTime>) {
        self.marks.set_sent(instance, self.terms.fleet());
        let wave = self.ramp.send(time);
        let live = Live {
            sent: told,
            wave,
            phase: StatusDetails::Pending,
            received: None,
            has_run: false,
            was_delayed: false,
        };
        self.live.insert(instance, live);
    }

    fn count_sent(&mut self, time: SimTime) {
        self.sent += 1;
        self.in_flight += 1;
        self.first_sent.get_or_insert(time);
    }

    /// Brings the counters up to date with a record that `enter` looked up and the rules have judged.
    pub(crate) fn count(&mut self, record: &Record, seen: &Seen) {
        let time = record.time;
        match record.fact {
            Fact::Requested => {
                self.requested.get_or_insert(time);
                return;
            }
            Fact::CommandChanged { state } if self.closed.is_none() => self.state = state,
            Fact::CommandEnded { .. } => self.closed = self.closed.or(Some(time)),
            Fact::CancelRequested { instance: None } if self.closed.is_none() => {
                self.cancelled.get_or_insert(time);
            }
            Fact::CancelRequested { instance: Some(instance) } => {
                self.named.insert(instance);
                self.named_now.push(instance);
            }
            Fact::ThresholdExceeded { .. } => self.told_exceeded = true,
            Fact::Sent { .. } if !seen.was_sent && !seen.had_ended => {
                self.count_sent(time);
                self.last_sent = Some(time);
            }
            Fact::Acknowledged { .. } | Fact::InvocationChanged { .. } => self.count_changed(record, seen),
            Fact::InvocationEnded { instance, ending } if !seen.had_ended => {
                self.count_ended(time, instance, &ending, seen);
            }
            _ => {}
        }
        // `Targeted`, or in its place the first fact that presupposes it.
        self.requested.get_or_insert(time);
        self.targeted.get_or_insert(time);
    }

    fn count_changed(&mut self, record: &Record, seen: &Seen) {
        let Some(live) = seen.live else { return };
        if live.received.is_none() && proves_receipt(&record.fact) {
            self.first_received.get_or_insert(record.time);
            self.ramp.acknowledge(live.wave);
        }
        let Fact::InvocationChanged { state, .. } = record.fact else { return };
        if state.details == StatusDetails::Delayed && !live.was_delayed {
            self.failed_sends += 1;
            self.last_failed = Some(record.time);
        }
        let is_cancelling = state.details == StatusDetails::Cancelling;
        self.cancelling += u32::from(is_cancelling && live.phase != StatusDetails::Cancelling);
    }

    fn count_ended(&mut self, time: SimTime, instance: u32, ending: &Ending, seen: &Seen) {
        let details = ending.state.details;
        self.ended += 1;
        self.ended_as[details as usize] += 1;
        self.last_ended = Some(time);
        if let Some(live) = seen.live {
            self.in_flight -= 1;
            self.cancelling -= u32::from(live.phase == StatusDetails::Cancelling);
            if details == StatusDetails::Undeliverable && !live.was_delayed {
                self.failed_sends += 1;
                self.last_failed = Some(time);
            }
            self.ramp.end(live.wave, live.received.is_some());
        } else if self.terms.target(instance).is_some_and(|group| !group.is_never_sent()) {
            self.ended_unsent += 1;
        }
        self.told_terminated |= details == StatusDetails::Terminated;
        let counts = match details {
            StatusDetails::Failed => true,
            StatusDetails::ExecutionTimedOut => self.terms.readings.execution_timed_out_counts,
            _ => false,
        };
        if counts {
            self.errors += 1;
            if self.tripped.is_none() && self.terms.trips(self.errors) {
                self.tripped = Some((time, self.errors));
            }
        }
    }
}

impl Live {
    /// Whether its agent has answered, but it never became InProgress (Settled 8).
    pub(crate) fn skips_in_progress(&self) -> bool {
        self.received.is_some() && !self.has_run
    }

    fn change(&mut self, record: &Record) {
        if proves_receipt(&record.fact) {
            self.received.get_or_insert(record.time);
        }
        if let Fact::InvocationChanged { state, .. } = record.fact {
            self.has_run |= state.details == StatusDetails::InProgress;
            self.phase = state.details;
            self.was_delayed |= state.details == StatusDetails::Delayed;
        }
    }
}

/// The instance whose invocation a fact is about.
pub(crate) fn invocation_of(fact: &Fact) -> Option<u32> {
    match *fact {
        Fact::Sent { instance }
        | Fact::Acknowledged { instance }
        | Fact::InvocationChanged { instance, .. }
        | Fact::InvocationEnded { instance, .. }
        | Fact::LateReply { instance, .. }
        | Fact::Broken { instance } => Some(instance),
        _ => None,
    }
}

/// Whether a fact tells that the agent has the command (Settled 8).
fn proves_receipt(fact: &Fact) -> bool {
    match fact {
        Fact::Acknowledged { .. } => true,
        Fact::InvocationChanged { state, .. } => state.details == StatusDetails::InProgress,
        _ => false,
    }
}

/// When an invocation must have been sent at the latest for this record to be true.
fn proven_send(record: &Record) -> Option<SimTime> {
    match record.fact {
        Fact::Acknowledged { .. } | Fact::InvocationChanged { .. } => Some(record.time),
        Fact::InvocationEnded { ending, .. } => ending.sent,
        _ => None,
    }
}

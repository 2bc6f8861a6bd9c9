//! The ledger: what the rules remember of a history, kept once for all of them.
//!
//! For each command it holds a few counters, an entry for each invocation in flight, and four bits an instance.
//! Rules read it as it stood before the record that they judge. After an offence it goes on with what the history
//! claims, so that one fault is not reported again and again.

use rustc_hash::FxHashSet;

use crate::{
    base::SimTime,
    check::{
        live::{Invocations, Live, Slot, proves_receipt},
        marks::{Mark, Marks},
        progress::Journal,
        ramp::Ramp,
        script::Script,
        terms::{GroupTerms, Terms},
    },
    history::{Ending, Fact, Record},
    ssm::{CommandState, CommandStatus, StatusDetails},
};

/// What the ledger knows of a record's invocation before the record.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Entry {
    slot: Option<Slot>,
    /// It had been sent.
    was_sent: bool,
    /// It had ended.
    had_ended: bool,
    /// No `Sent` was recorded, but this record proves that there must have been one.
    is_proof: bool,
    /// The same fact was told of it before.
    is_repeated: bool,
}

/// A record as the rules see it.
pub(crate) struct Case<'a> {
    pub(crate) record: &'a Record,
    /// The command as it stood before.
    pub(crate) book: &'a Book,
    /// The invocation as it stood before, when it was in flight.
    pub(crate) live: Option<&'a Live>,
    /// The invocation had been sent.
    pub(crate) was_sent: bool,
    /// The invocation had ended.
    pub(crate) had_ended: bool,
    /// No `Sent` was recorded, but this record proves that there must have been one.
    pub(crate) is_proof: bool,
    /// The same `Broken` or `LateReply` was told before.
    pub(crate) is_repeated: bool,
    /// The invocation's group; `None` for facts about the command.
    pub(crate) group: Option<&'a GroupTerms>,
}

/// One command.
#[derive(Debug)]
pub(crate) struct Book {
    pub(crate) terms: Terms,
    pub(crate) script: Script,
    /// The instant of its latest record.
    pub(crate) now: Option<SimTime>,
    marks: Marks,
    live: Invocations,
    /// The replies about steps.
    pub(crate) journal: Journal,
    pub(crate) ramp: Ramp,
    pub(crate) requested: Option<SimTime>,
    /// When what was received, and what was not, runs out of time (S5.3, O-18).
    deadlines: Option<(SimTime, SimTime)>,
    pub(crate) targeted: Option<SimTime>,
    pub(crate) state: CommandState,
    /// When it last became Delayed.
    pub(crate) delayed: Option<SimTime>,
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
    pub(crate) fn new(terms: Terms, script: Script) -> Self {
        Self {
            ramp: Ramp::new(&terms.readings),
            terms,
            script,
            now: None,
            marks: Marks::default(),
            live: Invocations::default(),
            journal: Journal::default(),
            requested: None,
            deadlines: None,
            targeted: None,
            state: CommandState { status: CommandStatus::Pending, details: StatusDetails::Pending },
            delayed: None,
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

    /// An invocation in flight, looked up by its instance.
    pub(crate) fn in_flight(&self, instance: u32) -> Option<&Live> {
        self.live.get(instance)
    }

    /// Whether an instance's invocation has ended.
    pub(crate) fn has_ended(&self, instance: u32) -> bool {
        self.marks.of(instance).has(Mark::Ended)
    }

    /// Whether an instance's invocation was sent.
    pub(crate) fn was_sent(&self, instance: u32) -> bool {
        self.marks.of(instance).has(Mark::Sent)
    }

    /// A target that has not ended, for a message.
    pub(crate) fn first_missing(&self) -> Option<u32> {
        (0..self.terms.fleet()).find(|&id| self.terms.target(id).is_some() && !self.has_ended(id))
    }

    /// When an invocation runs out of time, received by its agent or not (S5.3, O-18).
    pub(crate) fn deadline(&self, received: bool) -> Option<SimTime> {
        let (total, delivery) = self.deadlines?;
        Some(if received { total } else { delivery })
    }

    /// Looks the record's invocation up, once for the record.
    pub(crate) fn enter(&mut self, record: &Record, instance: u32) -> Entry {
        let marks = self.marks.of(instance);
        let mut entry =
            Entry { was_sent: marks.has(Mark::Sent), had_ended: marks.has(Mark::Ended), ..Entry::default() };
        match record.fact {
            Fact::LateReply { .. } => entry.is_repeated = marks.has(Mark::LateReply),
            Fact::Broken { .. } => entry.is_repeated = marks.has(Mark::Broken),
            _ if entry.had_ended => {}
            _ => {
                if !entry.was_sent {
                    let Some(sent) = proven_send(record) else { return entry };
                    (entry.is_proof, entry.was_sent) = (true, true);
                    let told = matches!(record.fact, Fact::InvocationEnded { .. }).then_some(sent);
                    self.send(instance, sent, told);
                }
                entry.slot = match record.fact {
                    Fact::InvocationEnded { .. } => self.live.take(instance),
                    _ => self.live.find(instance),
                };
            }
        }
        entry
    }

    /// What the rules are to judge.
    pub(crate) fn case<'a>(
        &'a self,
        record: &'a Record,
        entry: Entry,
        group: Option<&'a GroupTerms>,
    ) -> Case<'a> {
        let Entry { slot, was_sent, had_ended, is_proof, is_repeated } = entry;
        let live = slot.map(|slot| &self.live[slot]);
        Case { record, book: self, live, was_sent, had_ended, is_proof, is_repeated, group }
    }

    fn send(&mut self, instance: u32, time: SimTime, told: Option<SimTime>) {
        self.marks.set(instance, Mark::Sent, self.terms.fleet());
        let wave = self.ramp.send(time);
        self.live.insert(instance, Live::new(told, wave));
        self.sent += 1;
        self.in_flight += 1;
        self.first_sent.get_or_insert(time);
    }

    /// Takes note of a record about an invocation that the rules have judged.
    pub(crate) fn settle(&mut self, record: &Record, entry: Entry, is_never_sent: bool) {
        let time = record.time;
        match record.fact {
            Fact::Sent { instance } if !entry.was_sent && !entry.had_ended => {
                self.send(instance, time, Some(time));
                self.last_sent = Some(time);
            }
            Fact::Acknowledged { .. } | Fact::InvocationChanged { .. } => self.settle_change(record, entry),
            Fact::InvocationEnded { instance, ending } if !entry.had_ended => {
                self.marks.set(instance, Mark::Ended, self.terms.fleet());
                self.settle_end(time, &ending, entry.slot, is_never_sent);
                self.journal.forget(instance);
            }
            Fact::StepEnded { instance, step, reply } if !entry.had_ended => {
                self.journal.tell(instance, time, step, self.script.step(step), reply);
            }
            Fact::LateReply { instance, .. } => {
                self.marks.set(instance, Mark::LateReply, self.terms.fleet());
            }
            Fact::Broken { instance } => self.marks.set(instance, Mark::Broken, self.terms.fleet()),
            _ => {}
        }
        self.presuppose(time);
    }

    /// Takes note that an invocation in flight asks for a reboot.
    pub(crate) fn ask_reboot(&mut self, instance: u32) {
        if self.live.get(instance).is_some() {
            self.journal.ask(instance);
        }
    }

    /// Takes note of a record about the command that the rules have judged.
    pub(crate) fn count(&mut self, record: &Record) {
        let time = record.time;
        match record.fact {
            Fact::Requested => return self.request(time),
            Fact::CommandChanged { state } if self.closed.is_none() => {
                self.state = state;
                if state.details == StatusDetails::Delayed {
                    self.delayed = Some(time);
                }
            }
            Fact::CommandEnded { .. } => self.closed = self.closed.or(Some(time)),
            Fact::CancelRequested { instance: None } if self.closed.is_none() => {
                self.cancelled.get_or_insert(time);
            }
            Fact::CancelRequested { instance: Some(instance) } => {
                self.named.insert(instance);
                self.named_now.push(instance);
            }
            Fact::ThresholdExceeded { .. } => self.told_exceeded = true,
            _ => {}
        }
        self.presuppose(time);
    }

    /// `Targeted`, or in its place the first fact that presupposes it.
    fn presuppose(&mut self, time: SimTime) {
        if self.targeted.is_none() {
            self.request(time);
            self.targeted = Some(time);
        }
    }

    fn request(&mut self, time: SimTime) {
        if self.requested.is_none() {
            self.requested = Some(time);
            self.deadlines = Some((self.terms.expires(time), self.terms.delivery_deadline(time)));
        }
    }

    fn settle_change(&mut self, record: &Record, entry: Entry) {
        let Some(slot) = entry.slot else { return };
        let live = &mut self.live[slot];
        if live.received.is_none() && proves_receipt(&record.fact) {
            self.first_received.get_or_insert(record.time);
            self.ramp.acknowledge(live.wave);
        }
        if let Fact::InvocationChanged { state, .. } = record.fact {
            if state.details == StatusDetails::Delayed && !live.was_delayed {
                self.failed_sends += 1;
                self.last_failed = Some(record.time);
            }
            let is_cancelling = state.details == StatusDetails::Cancelling;
            self.cancelling += u32::from(is_cancelling && live.phase != StatusDetails::Cancelling);
        }
        live.change(record);
    }

    fn settle_end(&mut self, time: SimTime, ending: &Ending, slot: Option<Slot>, is_never_sent: bool) {
        let details = ending.state.details;
        self.ended += 1;
        self.ended_as[details as usize] += 1;
        self.last_ended = Some(time);
        if let Some(slot) = slot {
            let live = self.live[slot];
            self.live.free(slot);
            self.in_flight -= 1;
            self.cancelling -= u32::from(live.phase == StatusDetails::Cancelling);
            if details == StatusDetails::Undeliverable && !live.was_delayed {
                self.failed_sends += 1;
                self.last_failed = Some(time);
            }
            self.ramp.end(live.wave, live.received.is_some());
        } else if !is_never_sent {
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

/// The instance whose invocation a fact is about.
pub(crate) fn invocation_of(fact: &Fact) -> Option<u32> {
    match *fact {
        Fact::Sent { instance }
        | Fact::Acknowledged { instance }
        | Fact::InvocationChanged { instance, .. }
        | Fact::InvocationEnded { instance, .. }
        | Fact::LateReply { instance, .. }
        | Fact::Broken { instance }
        | Fact::StepEnded { instance, .. }
        | Fact::Accepted { instance, .. }
        | Fact::Started { instance }
        | Fact::Released { instance }
        | Fact::Refused { instance } => Some(instance),
        _ => None,
    }
}

/// When an invocation must have been sent at the latest for this record to be true.
fn proven_send(record: &Record) -> Option<SimTime> {
    match record.fact {
        Fact::Sent { .. } => None,
        Fact::InvocationEnded { ending, .. } => ending.sent,
        _ => Some(record.time),
    }
}

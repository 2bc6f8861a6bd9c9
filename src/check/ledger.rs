//! The ledger: what the rules remember of a history, kept once for all of them.
//!
//! For each command it holds a few counters, an entry for each invocation in flight, and four bits an instance.
//! Rules read it as it stood before the record that they judge. After an offence it goes on with what the history
//! claims, so that one fault is not reported again and again.

use rustc_hash::FxHashSet;

use crate::{
    base::SimTime,
    check::{
        case::{Case, Entry},
        live::{Invocations, Live, Slot},
        marks::{Mark, Marks},
        progress::Journal,
        ramp::Ramp,
        script::Script,
        terms::{GroupTerms, Terms},
    },
    history::{Ending, Fact, Record},
    ssm::{CommandState, CommandStatus, InvocationState, StatusDetails, reading::AlarmStop},
};

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
    /// When it became Delayed last.
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
    /// When its alarm is told to have stopped it.
    pub(crate) alarmed: Option<SimTime>,
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
            alarmed: None,
            named: FxHashSet::default(),
            named_now: Vec::new(),
        }
    }

    /// Whether anything of steps is to be judged: there are several, or what there is does more than run once.
    pub(crate) fn is_stepwise(&self) -> bool {
        !self.script.is_plain() || !self.journal.is_empty()
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

    /// What stays known of an invocation.
    pub(crate) fn recall(&self, instance: u32) -> Entry {
        let marks = self.marks.of(instance);
        let (was_sent, had_ended) = (marks.has(Mark::Sent), marks.has(Mark::Ended));
        Entry { slot: None, marks, was_sent, had_ended, is_proof: false }
    }

    /// Whether an alarm may be why an invocation that was not sent ends so (O-62).
    pub(crate) fn may_end_by_alarm(&self, details: StatusDetails) -> bool {
        let by_alarm = match self.terms.readings.alarm_stop {
            AlarmStop::Terminated => StatusDetails::Terminated,
            AlarmStop::Cancelled => StatusDetails::Cancelled,
        };
        self.alarmed.is_some() && details == by_alarm
    }

    /// Looks up the invocation of a record that presupposes that it was sent.
    pub(crate) fn find(&mut self, record: &Record, instance: u32) -> Entry {
        let mut entry = self.recall(instance);
        if entry.had_ended {
            return entry;
        }
        if !entry.was_sent {
            self.prove_sent(instance, record.time, None, &mut entry);
        }
        entry.slot = self.live.find(instance);
        entry
    }

    /// Looks up an invocation that ends, and takes it out of those in flight.
    pub(crate) fn take(&mut self, record: &Record, instance: u32, ending: &Ending) -> Entry {
        let mut entry = self.recall(instance);
        if entry.had_ended {
            return entry;
        }
        if let Some(sent) = ending.sent.filter(|_| !entry.was_sent) {
            self.prove_sent(instance, sent.min(record.time), Some(sent), &mut entry);
        }
        if entry.was_sent {
            entry.slot = self.live.take(instance);
        }
        entry
    }

    /// Makes up for a `Sent` that is not in the history.
    #[cold]
    fn prove_sent(&mut self, instance: u32, time: SimTime, told: Option<SimTime>, entry: &mut Entry) {
        (entry.is_proof, entry.was_sent) = (true, true);
        self.send(instance, time, told);
    }

    /// What the rules are to judge.
    pub(crate) fn case<'a>(&'a self, record: &'a Record, entry: Entry, group: &'a GroupTerms) -> Case<'a> {
        let Entry { slot, marks, was_sent, had_ended, is_proof } = entry;
        let live = slot.map(|slot| &self.live[slot]);
        Case { record, book: self, live, marks, was_sent, had_ended, is_proof, group }
    }

    fn send(&mut self, instance: u32, time: SimTime, told: Option<SimTime>) {
        self.marks.set(instance, Mark::Sent, self.terms.fleet());
        let wave = self.ramp.send(time);
        self.live.insert(instance, Live::new(told, wave));
        self.sent += 1;
        self.in_flight += 1;
        self.first_sent.get_or_insert(time);
    }

    pub(crate) fn note_sent(&mut self, instance: u32, time: SimTime) {
        self.send(instance, time, Some(time));
        self.last_sent = Some(time);
        self.presuppose(time);
    }

    pub(crate) fn note_acknowledged(&mut self, time: SimTime, entry: Entry) {
        self.presuppose(time);
        if let Some(slot) = entry.slot {
            self.receive(time, slot);
        }
    }

    pub(crate) fn note_changed(&mut self, time: SimTime, state: InvocationState, entry: Entry) {
        self.presuppose(time);
        let Some(slot) = entry.slot else { return };
        match state.details {
            StatusDetails::InProgress => self.receive(time, slot),
            StatusDetails::Delayed if !self.live[slot].was_delayed => {
                self.failed_sends += 1;
                self.last_failed = Some(time);
            }
            _ => {}
        }
        let before = self.live[slot].change(state.details);
        let [was, is] = [before, state.details].map(|details| details == StatusDetails::Cancelling);
        self.cancelling += u32::from(is && !was);
    }

    /// Takes note of what is told of an invocation's steps, or of what came of it too late.
    pub(crate) fn note_agent(&mut self, record: &Record, instance: u32, entry: Entry) {
        let fleet = self.terms.fleet();
        match record.fact {
            Fact::StepEnded { step, reply, .. } if !entry.had_ended => {
                self.journal.tell(instance, record.time, step, self.script.step(step), reply);
            }
            Fact::LateReply { .. } => self.marks.set(instance, Mark::LateReply, fleet),
            Fact::Broken { .. } => self.marks.set(instance, Mark::Broken, fleet),
            _ => {}
        }
        self.presuppose(record.time);
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
            Fact::AlarmTriggered { .. } => self.alarmed = self.alarmed.or(Some(time)),
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

    /// The agent has answered.
    fn receive(&mut self, time: SimTime, slot: Slot) {
        let live = &mut self.live[slot];
        if live.received.is_none() {
            live.received = Some(time);
            self.ramp.acknowledge(live.wave);
            self.first_received.get_or_insert(time);
        }
    }

    pub(crate) fn note_end(
        &mut self,
        time: SimTime,
        instance: u32,
        ending: &Ending,
        entry: Entry,
        is_never_sent: bool,
    ) {
        self.presuppose(time);
        self.marks.set(instance, Mark::Ended, self.terms.fleet());
        self.journal.forget(instance);
        let details = ending.state.details;
        self.ended += 1;
        self.ended_as[details as usize] += 1;
        self.last_ended = Some(time);
        if let Some(slot) = entry.slot {
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
        self.told_terminated |= details == StatusDetails::Terminated && self.alarmed.is_none();
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

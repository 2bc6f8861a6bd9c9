use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::wire::{
    call::Call,
    dialect::{Dialect, Protocol, Service},
};

fn call(number: u32) -> Call {
    let dialect = Dialect { service: Service::Sqs, protocol: Protocol::Json10 };
    Call { dialect, operation: "SendMessage".into(), parameters: json!({ "MessageBody": number }) }
}

fn journal() -> Journal {
    let journal = Journal {
        header: Header { format: FORMAT, ..Header::default() },
        state: RefCell::default(),
        wake: Notify::new(),
        progress: watch::Sender::default(),
    };
    journal.append(&Record::Header(journal.header.clone()), true);
    journal
}

#[derive(Clone, Debug)]
enum Step {
    /// Time goes on, as far as the journal allows.
    Time(u32),
    /// A call that changes something, so many microseconds later.
    Change(u32),
    /// A look at the state.
    Look,
    /// What came together is handed to the disk.
    Write,
    /// The disk is done with it.
    Sync,
    /// Everything begins anew.
    Reset,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        3 => (0..3_000_000_u32).prop_map(Step::Time),
        3 => (1..100_u32).prop_map(Step::Change),
        3 => Just(Step::Look),
        2 => Just(Step::Write),
        2 => Just(Step::Sync),
    ];
    prop::collection::vec(step, 0..60)
}

/// An answer that waits or has left: the time it tells, the calls that it rests on, and its gate.
struct Answer {
    time: SimTime,
    calls: u32,
    gate: Option<Gate>,
}

impl Answer {
    fn has_left(&self) -> bool {
        self.gate.as_ref().is_none_or(|gate| gate.progress.borrow().synced >= gate.position)
    }
}

/// The host's part, without a service.
struct Play {
    journal: Journal,
    now: SimTime,
    calls: u32,
    answers: Vec<Answer>,
    /// What is surely on disk, and what may be.
    disk: Vec<u8>,
    writing: Option<(Batch, u64)>,
}

impl Play {
    fn new() -> Self {
        Self {
            journal: journal(),
            now: SimTime::ZERO,
            calls: 0,
            answers: Vec::new(),
            disk: Vec::new(),
            writing: None,
        }
    }

    fn step(&mut self, step: &Step) {
        match step {
            Step::Time(micros) => {
                let target = self.now + SimDuration(u64::from(*micros));
                let allowed = self.journal.reach(target, SimDuration::from_secs(1)).min(target);
                self.now = self.now.max(allowed);
            }
            Step::Change(micros) => {
                self.now = self.now + SimDuration(u64::from(*micros));
                self.calls += 1;
                self.journal.note_call(Entry::new(self.now, &call(self.calls), None));
                self.look();
            }
            Step::Look => self.look(),
            Step::Write => {
                if self.writing.is_none() {
                    self.writing = self.journal.take();
                }
            }
            Step::Sync => {
                if let Some((batch, position)) = self.writing.take() {
                    if batch.afresh {
                        self.disk.clear();
                    }
                    self.disk.extend(batch.bytes);
                    self.journal.note_sync(position);
                }
            }
            Step::Reset => {
                self.journal.reset();
                (self.now, self.calls) = (SimTime::ZERO, 0);
                self.look();
            }
        }
    }

    fn look(&mut self) {
        let gate = self.journal.gate(self.now);
        self.answers.push(Answer { time: self.now, calls: self.calls, gate });
    }

    /// What a crash may leave: all that is on disk, and any beginning of what is being written.
    fn crash(&self) -> Vec<Vec<u8>> {
        let writing = self.writing.as_ref().map_or(&[][..], |(batch, _)| &batch.bytes);
        (0..=writing.len()).map(|cut| [&self.disk[..], &writing[..cut]].concat()).collect()
    }
}

proptest! {
    /// The law of the journal: whatever was answered, a restart knows the calls that it rests on, and its watermark is not
    /// before the time that was told.
    #[test]
    fn a_crash_at_any_byte_takes_back_nothing_that_was_answered(steps in steps()) {
        let mut play = Play::new();
        for step in &steps {
            play.step(step);
            let left: Vec<_> = play.answers.iter().filter(|answer| answer.has_left()).collect();
            let told = left.iter().map(|answer| answer.time).max().unwrap_or_default();
            let calls = left.iter().map(|answer| answer.calls).max().unwrap_or_default();
            for bytes in play.crash() {
                let records = record::read(&bytes).unwrap().records;
                let watermark = records.iter().filter_map(Record::time).max().unwrap_or_default();
                prop_assert!(watermark >= told, "{watermark:?} {told:?}");
                let known: Vec<_> =
                    records.iter().filter(|record| matches!(record, Record::Call(_))).collect();
                prop_assert!(known.len() >= calls as usize);
                prop_assert!(known.is_sorted_by_key(|record| record.time()));
            }
        }
    }

    #[test]
    fn every_answer_leaves_when_the_disk_is_done(steps in steps()) {
        let mut play = Play::new();
        for step in steps.iter().chain(&[Step::Sync, Step::Write, Step::Sync]) {
            play.step(step);
        }
        prop_assert!(play.answers.iter().all(Answer::has_left));
        prop_assert_eq!(play.journal.gate(play.now).is_none(), true);
    }
}

/// Looks wait for nothing while time is paced and the disk is quicker than the stride.
#[test]
fn looks_do_not_wait_for_the_disk() {
    let mut play = Play::new();
    let turn = |play: &mut Play| [Step::Write, Step::Sync].iter().for_each(|step| play.step(step));
    play.step(&Step::Time(1000));
    turn(&mut play);
    for _ in 0..10_000 {
        play.step(&Step::Time(100_000));
        play.step(&Step::Look);
        assert!(play.answers.pop().unwrap().gate.is_none());
        turn(&mut play);
    }
    // A watermark for every half of a stride, and not one for every step.
    let records = record::read(&play.disk).unwrap().records.len();
    assert!((1000..4000).contains(&records), "{records}");
}

#[test]
fn a_reset_leaves_nothing_of_the_past() {
    let mut play = Play::new();
    for step in [Step::Change(5), Step::Change(5), Step::Write, Step::Reset, Step::Change(7)] {
        play.step(&step);
    }
    for step in [Step::Sync, Step::Write, Step::Sync] {
        play.step(&step);
    }
    let records = record::read(&play.disk).unwrap().records;
    let mut counts = BTreeMap::new();
    for record in &records {
        *counts.entry(matches!(record, Record::Call(_))).or_insert(0) += 1;
    }
    assert_eq!(records.iter().filter_map(Record::time).max(), Some(SimTime(7)));
    assert_eq!(counts[&true], 1);
}

#[test]
fn deliveries_alone_wait_for_nobody() {
    let mut play = Play::new();
    for step in [Step::Write, Step::Sync] {
        play.step(&step);
    }
    play.journal.note_delivery(3);
    assert!(play.journal.gate(SimTime::ZERO).is_none());
    assert_eq!(play.journal.state.borrow().appended, 2);
}

//! The checker: a stranger who judges a history by rules.
//!
//! It sees a plan and a stream of records, never the engine that made them, and works out afresh what the request
//! asks for: targets, percentages, legal transitions, counted errors, windows, deadlines, the roll-up. Each rule in
//! `rules/` gives one of three verdicts. One fault should make one rule object: a rule that has objected goes on
//! from what the history claims, and leaves alone what is another rule's.
//!
//! Memory follows what is in flight, plus two bits an instance. Nothing is allocated for a record.

mod ledger;
mod limit;
mod marks;
mod ramp;
mod report;
mod rules;
mod selection;
mod terms;

pub use report::{Judgement, Offence, RuleReport, Verdict, overall};

use std::sync::Arc;

use crate::{
    base::SimTime,
    history::{Fact, Observer, Record},
    scenario::{Plan, Roster},
    ssm::StatusDetails,
};
use ledger::{Book, Step};
use report::Tally;
use rules::{
    cancel, command_states, counted_errors, endings, invocation_states, max_concurrency, order, roll_up,
    slow_start, stop, targets, timeouts, work_conservation,
};
use terms::Terms;

/// Judges one history, record by record.
#[derive(Debug)]
pub struct Checker {
    books: Vec<Book>,
    roster: Arc<Roster>,
    tallies: Tallies,
    /// What in the plan cannot be judged; then every verdict is unknown.
    faults: Vec<String>,
    /// The time of the latest record.
    before: Option<SimTime>,
    visible_only: bool,
    saw_acknowledged: bool,
    saw_in_progress: bool,
}

#[derive(Debug, Default)]
struct Tallies {
    order: Tally,
    invocation_states: Tally,
    /// Offences of `invocation_states` that stand only if the history tells acknowledgements.
    unacknowledged: Tally,
    command_states: Tally,
    targets: Tally,
    max_concurrency: Tally,
    slow_start: Tally,
    work_conservation: Tally,
    stop: Tally,
    counted_errors: Tally,
    timeouts: Tally,
    endings: Tally,
    cancel: Tally,
    roll_up: Tally,
}

impl Checker {
    /// A checker for a history of this plan.
    pub fn new(plan: &Plan) -> Self {
        let roster = Arc::new(Roster::new(plan));
        let mut faults = Vec::new();
        let mut books = Vec::with_capacity(plan.commands.len());
        for (number, command) in plan.commands.iter().enumerate() {
            match Terms::new(plan, &roster, command) {
                Ok(terms) => books.push(Book::new(terms)),
                Err(fault) => faults.push(format!("command {number}: {fault}")),
            }
        }
        Self {
            books,
            roster,
            tallies: Tallies::default(),
            faults,
            before: None,
            visible_only: false,
            saw_acknowledged: false,
            saw_in_progress: false,
        }
    }

    /// A checker for a history that holds only what an outsider could see, such as one imported from a real
    /// system: slow start and work conservation will be unknown (Settled 12).
    pub fn visible_only(plan: &Plan) -> Self {
        Self { visible_only: true, ..Self::new(plan) }
    }

    /// The verdict of every rule, always in the same order.
    pub fn finish(mut self) -> Vec<RuleReport> {
        let told = self.tells_internals();
        for book in &mut self.books {
            let Some(at) = book.now else { continue };
            self.tallies.end_instant(book, at, told);
            targets::finish(book, at, &mut self.tallies.targets);
        }
        let fault = (!self.faults.is_empty()).then(|| self.faults.join("; "));
        let is_blind = self.visible_only || (self.saw_in_progress && !self.saw_acknowledged);
        let blind = is_blind.then_some("the history tells no acknowledgements");
        self.tallies.report(fault.as_deref(), blind, told, &self.roster)
    }

    fn tells_internals(&self) -> bool {
        self.saw_acknowledged && !self.visible_only
    }

    fn note_kind(&mut self, fact: &Fact) {
        match fact {
            Fact::Acknowledged { .. } => self.saw_acknowledged = true,
            Fact::InvocationChanged { state, .. } => {
                self.saw_in_progress |= state.details == StatusDetails::InProgress;
            }
            _ => {}
        }
    }
}

impl Observer for Checker {
    fn observe(&mut self, record: &Record) {
        if !self.faults.is_empty() {
            return;
        }
        self.note_kind(&record.fact);
        let told = self.tells_internals();
        let tallies = &mut self.tallies;
        order::judge_time(record, self.before.replace(record.time), &mut tallies.order);
        let Some(book) = self.books.get_mut(record.command as usize) else {
            order::unknown_command(record, &mut tallies.order);
            return;
        };
        if book.now != Some(record.time) {
            tallies.pass_time(book, record.time, told);
        }
        let instance = ledger::invocation_of(&record.fact);
        let group = instance.and_then(|instance| book.terms.target(instance)).copied();
        if instance.is_some() && group.is_none() {
            order::unknown_target(record, &mut tallies.order);
            return;
        }
        if !order::judge(record, book, &mut tallies.order) {
            return;
        }
        let seen = book.enter(record);
        tallies.judge(&Step { record, book, seen, group });
        book.count(record, &seen);
    }
}

impl Tallies {
    fn judge(&mut self, step: &Step) {
        invocation_states::judge(step, &mut self.invocation_states, &mut self.unacknowledged);
        let is_resent = step.seen.was_sent && matches!(step.record.fact, Fact::Sent { .. });
        if step.seen.had_ended || is_resent {
            return;
        }
        command_states::judge(step, &mut self.command_states);
        if matches!(
            step.record.fact,
            Fact::Acknowledged { .. } | Fact::LateReply { .. } | Fact::Broken { .. }
        ) {
            return; // Nothing to the rules below.
        }
        targets::judge(step, &mut self.targets);
        max_concurrency::judge(step, &mut self.max_concurrency);
        slow_start::judge(step, &mut self.slow_start);
        stop::judge(step, &mut self.stop);
        counted_errors::judge(step, &mut self.counted_errors);
        timeouts::judge(step, &mut self.timeouts);
        endings::judge(step, &mut self.endings);
        cancel::judge(step, &mut self.cancel);
        roll_up::judge(step, &mut self.roll_up);
    }

    /// Ends the instant in which a command stood, and every one since in which it should have sent something
    /// because the grace of slow start had passed (O-14).
    fn pass_time(&mut self, book: &mut Book, to: SimTime, told: bool) {
        if let Some(at) = book.now {
            self.end_instant(book, at, told);
            while let Some(time) = book.ramp.next_grace().filter(|&time| time < to) {
                book.ramp.pass(time);
                work_conservation::close(book, time, &mut self.work_conservation);
            }
        }
        book.ramp.pass(to);
        book.named_now.clear();
        book.now = Some(to);
    }

    fn end_instant(&mut self, book: &Book, at: SimTime, told: bool) {
        command_states::close(book, at, &mut self.command_states);
        work_conservation::close(book, at, &mut self.work_conservation);
        stop::close(book, at, told, &mut self.stop);
        cancel::close(book, at, &mut self.cancel);
    }

    fn report(
        mut self,
        fault: Option<&str>,
        blind: Option<&str>,
        told: bool,
        roster: &Roster,
    ) -> Vec<RuleReport> {
        if told {
            self.invocation_states.merge(self.unacknowledged);
        }
        let blinded = fault.or(blind);
        [
            (&order::ABOUT, self.order),
            (&invocation_states::ABOUT, self.invocation_states),
            (&command_states::ABOUT, self.command_states),
            (&targets::ABOUT, self.targets),
            (&max_concurrency::ABOUT, self.max_concurrency),
            (&slow_start::ABOUT, self.slow_start),
            (&work_conservation::ABOUT, self.work_conservation),
            (&stop::ABOUT, self.stop),
            (&counted_errors::ABOUT, self.counted_errors),
            (&timeouts::ABOUT, self.timeouts),
            (&endings::ABOUT, self.endings),
            (&cancel::ABOUT, self.cancel),
            (&roll_up::ABOUT, self.roll_up),
        ]
        .map(|(about, tally)| {
            let needs_internals =
                [slow_start::ABOUT.rule, work_conservation::ABOUT.rule].contains(&about.rule);
            tally.report(about, if needs_internals { blinded } else { fault }, roster)
        })
        .into()
    }
}

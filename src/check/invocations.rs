//! How the checker takes in what is told of invocations: look up, judge, take note.
//!
//! The four facts that are told of every invocation have a way of their own, so that each does no more than it must.

use crate::{
    check::{
        Checker,
        ledger::Book,
        rules::{agents, order, publications},
        tallies::Tallies,
        terms::GroupTerms,
    },
    history::{AgentNote, Ending, Fact, Record},
    ssm::InvocationState,
};

/// Ends the instant before, if there was one, and finds the invocation's group; `None` when nothing can be judged.
#[inline]
fn begin(
    record: &Record,
    instance: u32,
    book: &mut Book,
    tallies: &mut Tallies,
    told: bool,
) -> Option<GroupTerms> {
    if book.now != Some(record.time) {
        tallies.pass_time(book, record.time, told);
    }
    let group = book.terms.target(instance).copied();
    if group.is_none() {
        order::unknown_target(record, &mut tallies.order);
    }
    group
}

impl Checker {
    pub(super) fn observe_sent(&mut self, record: &Record, instance: u32) {
        let told = self.evidence.tells_internals();
        let (book, tallies) = (&mut self.books[record.command as usize], &mut self.tallies);
        let Some(group) = begin(record, instance, book, tallies, told) else { return };
        let entry = book.recall(instance);
        let case = book.case(record, entry, &group);
        tallies.judge_sent(&case);
        if !(entry.was_sent || entry.had_ended) {
            book.note_sent(instance, record.time);
        }
    }

    pub(super) fn observe_acknowledged(&mut self, record: &Record, instance: u32) {
        self.evidence.note_acknowledged();
        let told = self.evidence.tells_internals();
        let (book, tallies) = (&mut self.books[record.command as usize], &mut self.tallies);
        let Some(group) = begin(record, instance, book, tallies, told) else { return };
        order::judge_input(record, book, &mut tallies.order);
        let entry = book.find(record, instance);
        tallies.judge_acknowledged(&book.case(record, entry, &group), instance, &self.agents);
        book.note_acknowledged(record.time, entry);
        self.agents.tell_reboots = true;
    }

    pub(super) fn observe_changed(&mut self, record: &Record, instance: u32, state: InvocationState) {
        self.evidence.note_changed(state);
        let told = self.evidence.tells_internals();
        let (book, tallies) = (&mut self.books[record.command as usize], &mut self.tallies);
        let Some(group) = begin(record, instance, book, tallies, told) else { return };
        order::judge_input(record, book, &mut tallies.order);
        let entry = book.find(record, instance);
        let case = book.case(record, entry, &group);
        tallies.judge_change(&case, instance, state, &self.agents);
        if self.mail.is_asked && !entry.had_ended {
            publications::owe_invocation(&case, instance, state.status, &mut self.mail);
        }
        book.note_changed(record.time, state, entry);
    }

    pub(super) fn observe_end(&mut self, record: &Record, instance: u32, ending: &Ending) {
        let told = self.evidence.tells_internals();
        let (book, tallies) = (&mut self.books[record.command as usize], &mut self.tallies);
        let Some(group) = begin(record, instance, book, tallies, told) else { return };
        order::judge_input(record, book, &mut tallies.order);
        let entry = book.take(record, instance, ending);
        let case = book.case(record, entry, &group);
        tallies.judge_end(&case, instance, ending, &self.agents);
        if entry.had_ended {
            return;
        }
        if self.mail.is_asked {
            publications::owe_invocation(&case, instance, ending.state.status, &mut self.mail);
        }
        book.note_end(record.time, instance, ending, entry, group.is_never_sent());
        self.agents.note_end(record, instance, ending, &self.books);
    }

    /// What is told of an invocation's steps and agent, and of what came of it too late.
    /// Takes note of what became of a message or a reply.
    pub(super) fn observe_note(&mut self, record: &Record, instance: u32, note: AgentNote) {
        let job = (record.command, instance);
        let polls = self.agents.of(instance).is_some_and(|terms| terms.polls);
        let is_usual = polls && matches!(note, AgentNote::Deaf | AgentNote::AcknowledgedAgain);
        agents::judge_note(record, (instance, note), &self.agents, &mut self.tallies.agents);
        self.agents.ears.note(record.time, job, note);
        let book = &mut self.books[record.command as usize];
        if book.in_flight(instance).is_some() {
            book.journal.note(instance, note);
        }
        if !is_usual {
            self.observe_unfaulted(record);
        }
    }

    pub(super) fn observe_agent(&mut self, record: &Record, instance: u32) {
        self.evidence.note_agent(&record.fact);
        let told = self.evidence.tells_internals();
        let (book, tallies) = (&mut self.books[record.command as usize], &mut self.tallies);
        let Some(group) = begin(record, instance, book, tallies, told) else { return };
        if !order::judge_subject(record, book, &mut tallies.order) {
            return;
        }
        let entry = if matches!(record.fact, Fact::LateReply { .. } | Fact::Broken { .. }) {
            book.recall(instance)
        } else {
            order::judge_input(record, book, &mut tallies.order);
            book.find(record, instance)
        };
        tallies.judge_agent(&book.case(record, entry, &group), instance, &self.agents);
        book.note_agent(record, instance, entry);
        self.agents.note(record, instance, entry.had_ended);
    }
}

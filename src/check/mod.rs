//! The checker: a stranger who judges a history by rules.
//!
//! It sees a plan and a stream of records, never the engine that made them, and works out afresh what the request
//! asks for: targets, percentages, legal transitions, counted errors, windows, deadlines, the roll-up; what agents
//! accept, start and reboot for; what is published, delivered and arrives. Each rule in `rules/` gives one of three verdicts. One
//! fault should make one rule object: a rule that has objected goes on from what the history claims, and leaves alone
//! what is another rule's.
//!
//! Memory follows what is in flight, plus four bits an instance. Nothing is allocated for a record.

mod agents;
mod alarms;
mod case;
mod ears;
mod events;
mod evidence;
mod faults;
mod follow;
mod invocations;
mod ledger;
mod limit;
mod live;
mod mail;
mod marks;
mod outages;
pub mod outside;
mod pools;
mod post;
mod progress;
mod quotas;
mod ramp;
mod report;
mod rules;
mod script;
mod selection;
mod tallies;
mod terms;
mod uploads;

pub use report::{Judgement, Offence, RuleReport, Verdict, overall};

use std::sync::Arc;

use crate::{
    base::SimTime,
    history::{AgentChange, Fact, Observer, Record},
    scenario::{Plan, Roster},
};
use agents::Agents;
use alarms::AlarmBook;
use events::EventBook;
use evidence::Evidence;
use faults::FaultBook;
use ledger::Book;
use mail::Mail;
use post::Post;
use quotas::QuotaBook;
use rules::{
    arrivals, attempts, deliveries, emissions, lifecycle, order, publications, reboots, rule_targets,
    targets, triggers,
};
use script::Script;
use tallies::Tallies;
use terms::Terms;
use uploads::UploadBook;

/// Judges one history, record by record.
#[derive(Debug)]
pub struct Checker {
    books: Vec<Book>,
    agents: Agents,
    mail: Mail,
    post: Post,
    /// `None` where the plan has no events.
    events: Option<Box<EventBook>>,
    /// `None` where no command has an alarm.
    alarms: Option<Box<AlarmBook>>,
    /// `None` where the plan has no faults that agents notice.
    faults: Option<Box<FaultBook>>,
    /// `None` where the plan assumes no quotas.
    quotas: Option<Box<QuotaBook>>,
    /// `None` where the plan has no outputs.
    uploads: Option<Box<UploadBook>>,
    roster: Arc<Roster>,
    tallies: Tallies,
    /// What in the plan cannot be judged; then every verdict is unknown.
    flaws: Vec<String>,
    /// Whether commands share busy agents, reboot them, or publish, so that the end of an instant matters to all.
    is_shared: bool,
    /// Whether the history may have been cut off while things went on.
    is_open: bool,
    /// The time of the latest record.
    before: Option<SimTime>,
    evidence: Evidence,
}

impl Checker {
    /// A checker for a history of this plan.
    pub fn new(plan: &Plan) -> Self {
        let roster = Arc::new(Roster::new(plan));
        let mut flaws = Vec::new();
        let mut books = Vec::with_capacity(plan.commands.len());
        for (number, command) in (0..).zip(&plan.commands) {
            let terms = Terms::new(plan, &roster, command);
            match terms.and_then(|terms| Ok((terms, Script::new(plan, number, command)?))) {
                Ok((terms, script)) => books.push(Book::new(terms, script)),
                Err(fault) => flaws.push(format!("command {number}: {fault}")),
            }
        }
        let (agents, mail) = (Agents::new(plan), Mail::new(plan));
        let is_shared = agents.may_be_busy || agents.may_reboot || mail.is_asked || plan.events.is_some();
        Self {
            books,
            is_shared: is_shared || plan.has_alarms(),
            is_open: plan.is_open,
            agents,
            mail,
            post: Post::new(plan),
            events: EventBook::new(plan).map(Box::new),
            alarms: AlarmBook::new(plan).map(Box::new),
            faults: FaultBook::new(plan).map(Box::new),
            quotas: QuotaBook::new(plan).map(Box::new),
            uploads: UploadBook::new(plan).map(Box::new),
            roster,
            tallies: Tallies::default(),
            flaws,
            before: None,
            evidence: Evidence::default(),
        }
    }

    /// A checker for a history that holds only what an outsider could see, such as one imported from a real
    /// system: slow start, work conservation and what agents do will be unknown (Settled 12).
    pub fn visible_only(plan: &Plan) -> Self {
        let mut checker = Self::new(plan);
        checker.evidence.visible_only = true;
        checker
    }

    /// The verdict of every rule, always in the same order.
    pub fn finish(mut self) -> Vec<RuleReport> {
        let told = self.evidence.tells_internals();
        for book in &mut self.books {
            let Some(at) = book.now else { continue };
            self.tallies.end_instant(book, at, told);
            if !self.is_open {
                targets::finish(book, at, &mut self.tallies.targets);
            }
        }
        if let Some(at) = self.before {
            self.end_instant(at);
            if !self.is_open {
                self.end_history(at);
            }
        }
        let fault = (!self.flaws.is_empty()).then(|| self.flaws.join("; "));
        let all = (&self.books[..], &self.agents, &self.mail, &self.post);
        let mut reports = self.tallies.report(fault.as_deref(), &self.evidence, all, &self.roster);
        reports.extend(self.events.into_iter().flat_map(|book| {
            let missing = self.evidence.events();
            book.tallies.report(fault.as_deref().or(missing), &self.roster)
        }));
        reports.extend(self.faults.map(|book| {
            let missing = self.evidence.faults(book.is_told);
            book.tally.report(&rules::faults::ABOUT, fault.as_deref().or(missing), &self.roster)
        }));
        reports.extend(self.alarms.map(|book| {
            let missing = self.evidence.alarms(book.is_told);
            book.tally.report(&rules::alarms::ABOUT, fault.as_deref().or(missing), &self.roster)
        }));
        reports.extend(
            self.quotas.map(|book| book.tally.report(&rules::quotas::ABOUT, fault.as_deref(), &self.roster)),
        );
        reports.extend(self.uploads.map(|book| book.report(fault.as_deref(), &self.roster)));
        reports
    }

    /// Judges what has not come to its end with the history.
    fn end_history(&mut self, at: SimTime) {
        rules::agents::finish(&self.agents, at, &self.roster, &mut self.tallies.agents);
        reboots::finish(self.agents.down, at, &mut self.tallies.reboots);
        if let Some(alarms) = &mut self.alarms {
            rules::alarms::finish(alarms, at);
        }
        if let Some(quotas) = &mut self.quotas {
            rules::quotas::finish(quotas, at);
        }
        let is_blind = self.evidence.is_blind();
        arrivals::finish(&self.mail, at, is_blind, &mut self.tallies.arrivals);
        deliveries::finish(&self.post, at, is_blind, &mut self.tallies.deliveries);
        if let Some(book) = &mut self.events {
            rule_targets::finish(book, at);
            lifecycle::finish(book, at, &self.roster);
        }
    }

    /// Ends an instant for what all commands share.
    fn end_instant(&mut self, at: SimTime) {
        if !self.agents.outages.told.is_empty() {
            let tally = &mut self.tallies.reboots;
            reboots::close(&mut self.agents, at, &self.roster, tally);
        }
        if self.agents.pools.is_busy() {
            let tally = &mut self.tallies.agents;
            rules::agents::close(&mut self.agents, &self.books, at, &self.roster, tally);
        }
        if self.mail.is_busy() {
            for &(command, notice) in &self.mail.owed {
                self.post.publish(command, notice, (at, false), &self.roster);
            }
            publications::close(&mut self.mail, at, &self.roster, &mut self.tallies.publications);
        }
        if !self.post.fresh.is_empty() {
            deliveries::close(&mut self.post, at, &self.roster, &mut self.tallies.deliveries);
        }
        if let Some(alarms) = &mut self.alarms {
            rules::alarms::close(alarms, at, &self.books);
        }
        if let Some(book) = &mut self.events {
            emissions::close(book, at, &self.roster);
            triggers::close(book, at);
            lifecycle::close(book, at, &self.roster);
        }
    }

    fn observe_command(&mut self, record: &Record) {
        let book = &mut self.books[record.command as usize];
        if book.now != Some(record.time) {
            self.tallies.pass_time(book, record.time, self.evidence.tells_internals());
        }
        if order::judge_subject(record, book, &mut self.tallies.order) {
            order::judge_command_input(record, book, &mut self.tallies.order);
            self.tallies.judge_command(record, book);
            publications::owe_command(record, book, &mut self.mail);
            book.count(record);
        }
    }

    fn observe_reboot(&mut self, record: &Record, instance: u32) {
        self.evidence.reboots = true;
        let book = &mut self.books[record.command as usize];
        let Some(&group) = book.terms.target(instance) else {
            return order::unknown_target(record, &mut self.tallies.order);
        };
        reboots::judge(record, instance, (book, &group), &self.agents, &mut self.tallies.reboots);
        if matches!(record.fact, Fact::RebootBegan { .. }) {
            book.ask_reboot(instance);
        }
        self.agents.reboot(record, instance, &self.books);
    }

    /// Without a fault, nothing happens to an agent.
    fn observe_unfaulted(&mut self, record: &Record) {
        if self.faults.is_none() {
            order::unfaulted(record, &mut self.tallies.order);
        }
    }

    fn observe_message(&mut self, record: &Record) {
        self.evidence.note_message(&record.fact);
        let (notice, subscription) = match record.fact {
            Fact::Published(notice) => (notice, None),
            Fact::Arrived { notice, subscription, .. } | Fact::Lost { notice, subscription } => {
                (notice, Some(subscription))
            }
            Fact::Attempted { parcel, .. } | Fact::Answered { parcel, .. } | Fact::Dropped { parcel, .. } => {
                (parcel.notice, Some(parcel.subscription))
            }
            _ => return,
        };
        let terms = &self.books[record.command as usize].terms;
        if notice.instance.is_some_and(|instance| terms.target(instance).is_none()) {
            return order::unknown_target(record, &mut self.tallies.order);
        }
        let Some(number) = subscription else {
            let tally = &mut self.tallies.publications;
            let is_sound = publications::judge(record, notice, &mut self.mail, tally);
            return self.post.publish(record.command, notice, (record.time, is_sound), &self.roster);
        };
        match self.mail.subscription(record.command, number) {
            None => order::unknown_subscription(record, number, &mut self.tallies.order),
            Some(terms) if terms.is_followed => self.observe_delivery(record),
            Some(_) if matches!(record.fact, Fact::Arrived { .. } | Fact::Lost { .. }) => {
                arrivals::judge(record, &mut self.mail, &mut self.tallies.arrivals);
            }
            Some(_) => order::unfollowed_delivery(record, &mut self.tallies.order),
        }
    }

    fn observe_delivery(&mut self, record: &Record) {
        let (post, tallies) = (&mut self.post, &mut self.tallies);
        match record.fact {
            Fact::Attempted { .. } => {
                attempts::judge_attempt(record, post, &mut tallies.attempts);
                deliveries::judge_attempt(record, post, &mut tallies.deliveries);
            }
            Fact::Answered { .. } => {
                attempts::judge_answered(record, post, &mut tallies.attempts);
                deliveries::judge_answered(record, post, &mut tallies.deliveries);
            }
            Fact::Dropped { .. } => deliveries::judge_dropped(record, post, &mut tallies.deliveries),
            Fact::Arrived { .. } => deliveries::judge_arrived(record, post, &mut tallies.deliveries),
            _ => deliveries::judge_lost(record, post, &mut tallies.deliveries),
        }
    }
}

impl Observer for Checker {
    fn observe(&mut self, record: &Record) {
        if !self.flaws.is_empty() {
            return;
        }
        let before = self.before.replace(record.time);
        order::judge_time(record, before, &mut self.tallies.order);
        if self.is_shared
            && let Some(before) = before.filter(|&before| before != record.time)
        {
            self.end_instant(before);
        }
        if record.command as usize >= self.books.len() {
            return order::unknown_command(record, &mut self.tallies.order);
        }
        if self.events.is_some() {
            self.follow_events(record);
        }
        self.follow_apart(record);
        match record.fact {
            Fact::Sent { instance } => self.observe_sent(record, instance),
            Fact::Acknowledged { instance } => self.observe_acknowledged(record, instance),
            Fact::InvocationChanged { instance, state } => self.observe_changed(record, instance, state),
            Fact::InvocationEnded { instance, ref ending } => self.observe_end(record, instance, ending),
            Fact::StepEnded { instance, .. }
            | Fact::Accepted { instance, .. }
            | Fact::Started { instance }
            | Fact::Released { instance }
            | Fact::Refused { instance, .. }
            | Fact::LateReply { instance, .. }
            | Fact::Broken { instance } => self.observe_agent(record, instance),
            Fact::RebootBegan { instance } | Fact::RebootEnded { instance } => {
                self.observe_reboot(record, instance);
            }
            Fact::AgentChanged { instance, change: AgentChange::Crashed | AgentChange::Restarted } => {
                self.observe_unfaulted(record);
                self.agents.reboot(record, instance, &self.books);
            }
            Fact::AgentNoted { instance, note } => self.observe_note(record, instance, note),
            Fact::AgentChanged { .. } => self.observe_unfaulted(record),
            Fact::Published(_)
            | Fact::Arrived { .. }
            | Fact::Lost { .. }
            | Fact::Attempted { .. }
            | Fact::Answered { .. }
            | Fact::Dropped { .. } => self.observe_message(record),
            Fact::EventEmitted { .. }
            | Fact::EventLost { .. }
            | Fact::TargetInvoked { .. }
            | Fact::GivenUp { .. }
            | Fact::Triggered { .. }
            | Fact::TriggerDropped { .. }
            | Fact::InstanceLaunched { .. }
            | Fact::InstanceInService { .. }
            | Fact::InstanceTerminated { .. }
            | Fact::ActionStarted { .. }
            | Fact::ActionHeartbeat { .. }
            | Fact::ActionEnded { .. } => {}
            Fact::Uploaded(_) | Fact::Throttled { .. } => {}
            Fact::Requested
            | Fact::Targeted { .. }
            | Fact::CommandChanged { .. }
            | Fact::CommandEnded { .. }
            | Fact::CancelRequested { .. }
            | Fact::AlarmTriggered { .. }
            | Fact::ThresholdExceeded { .. } => self.observe_command(record),
        }
    }
}

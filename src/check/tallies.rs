//! Which rule hears of what, and what each has come to.

use crate::{
    base::SimTime,
    check::{
        agents::Agents,
        case::Case,
        evidence::Evidence,
        ledger::Book,
        mail::Mail,
        post::Post,
        report::{About, RuleReport, Tally},
        rules::{
            agents, arrivals, attempts, cancel, command_states, counted_errors, deliveries, endings,
            invocation_states, max_concurrency, order, publications, reboots, roll_up, slow_start, steps,
            stop, targets, timeouts, work_conservation,
        },
    },
    history::{Ending, Fact, Record},
    scenario::Roster,
    ssm::{InvocationState, StatusDetails},
};

#[derive(Debug, Default)]
pub(crate) struct Tallies {
    pub(crate) order: Tally,
    invocation_states: Tally,
    /// Offences of `invocation_states` that stand only if the history tells acknowledgements.
    unacknowledged: Tally,
    command_states: Tally,
    pub(crate) targets: Tally,
    max_concurrency: Tally,
    slow_start: Tally,
    work_conservation: Tally,
    stop: Tally,
    counted_errors: Tally,
    timeouts: Tally,
    endings: Tally,
    cancel: Tally,
    roll_up: Tally,
    steps: Tally,
    pub(crate) agents: Tally,
    pub(crate) reboots: Tally,
    pub(crate) publications: Tally,
    pub(crate) arrivals: Tally,
    pub(crate) attempts: Tally,
    pub(crate) deliveries: Tally,
}

impl Tallies {
    /// Judges a record about a command.
    pub(crate) fn judge_command(&mut self, record: &Record, book: &Book) {
        command_states::judge(record, book, &mut self.command_states);
        match record.fact {
            Fact::Targeted { .. } => targets::judge(record, book, &mut self.targets),
            Fact::CommandChanged { .. } | Fact::CancelRequested { .. } => {
                cancel::judge(record, book, &mut self.cancel);
            }
            Fact::ThresholdExceeded { errors } => {
                stop::judge_told(record, book, errors, &mut self.stop);
                counted_errors::judge(record, book, &mut self.counted_errors);
            }
            Fact::CommandEnded { .. } => {
                targets::judge(record, book, &mut self.targets);
                counted_errors::judge(record, book, &mut self.counted_errors);
                roll_up::judge(record, book, &mut self.roll_up);
            }
            _ => {}
        }
    }

    /// Judges a send.
    pub(crate) fn judge_sent(&mut self, case: &Case<'_>) {
        invocation_states::judge_sent(case, &mut self.invocation_states);
        if case.had_ended {
            return;
        }
        command_states::judge_sent(case, &mut self.command_states);
        if case.was_sent {
            return;
        }
        max_concurrency::judge_sent(case, &mut self.max_concurrency);
        slow_start::judge_sent(case, &mut self.slow_start);
        stop::judge_sent(case, &mut self.stop);
        timeouts::judge_sent(case, &mut self.timeouts);
        endings::judge_sent(case, &mut self.endings);
        cancel::judge_sent(case, &mut self.cancel);
    }

    /// Judges an acknowledgement.
    pub(crate) fn judge_acknowledged(&mut self, case: &Case<'_>, instance: u32, on: &Agents) {
        invocation_states::judge_acknowledged(case, &mut self.invocation_states);
        if case.had_ended {
            return;
        }
        command_states::judge_invocation(case, &mut self.command_states);
        if on.terms(case.group).is_busy {
            agents::judge_acknowledged(case, instance, on, &mut self.agents);
        }
    }

    /// Judges a change of status.
    pub(crate) fn judge_change(
        &mut self,
        case: &Case<'_>,
        instance: u32,
        state: InvocationState,
        on: &Agents,
    ) {
        let (tally, unacknowledged) = (&mut self.invocation_states, &mut self.unacknowledged);
        invocation_states::judge_changed(case, state, tally, unacknowledged);
        if case.had_ended {
            return;
        }
        command_states::judge_invocation(case, &mut self.command_states);
        if state.details != StatusDetails::InProgress {
            cancel::judge_change(case, instance, state, &mut self.cancel);
            reboots::judge_change(case, instance, state, on, &mut self.reboots);
        }
    }

    /// Judges an ending.
    pub(crate) fn judge_end(&mut self, case: &Case<'_>, instance: u32, ending: &Ending, on: &Agents) {
        invocation_states::judge_end(case, ending, &mut self.invocation_states);
        if case.had_ended {
            return;
        }
        command_states::judge_invocation(case, &mut self.command_states);
        stop::judge_end(case, ending, &mut self.stop);
        timeouts::judge_end(case, instance, ending, on, &mut self.timeouts);
        endings::judge_end(case, ending, &mut self.endings);
        cancel::judge_end(case, instance, ending, &mut self.cancel);
        if case.book.is_stepwise() {
            steps::judge_end(case, instance, ending, on, &mut self.steps);
            reboots::judge_end(case, instance, ending, on, &mut self.reboots);
        }
        if on.terms(case.group).is_busy {
            agents::judge_end(case, instance, ending, on, &mut self.agents);
        }
    }

    /// Judges what is told of an invocation's steps and agent, and of what came of it too late.
    pub(crate) fn judge_agent(&mut self, case: &Case<'_>, instance: u32, on: &Agents) {
        if !case.had_ended {
            command_states::judge_invocation(case, &mut self.command_states);
        }
        match &case.record.fact {
            Fact::LateReply { .. } => {
                invocation_states::judge_late_reply(case, &mut self.invocation_states);
            }
            Fact::Broken { .. } => invocation_states::judge_broken(case, &mut self.invocation_states),
            Fact::StepEnded { step, reply, .. } => {
                invocation_states::judge_agent(case, &mut self.invocation_states);
                steps::judge_reply(case, instance, (*step, reply), on, &mut self.steps);
                reboots::judge_reply(case, instance, reply, on, &mut self.reboots);
            }
            _ => {
                invocation_states::judge_agent(case, &mut self.invocation_states);
                agents::judge(case, instance, on, &mut self.agents);
                reboots::judge_agent(case, instance, on, &mut self.reboots);
            }
        }
    }

    /// Ends the instant in which a command stood, and every one since in which it should have sent something
    /// because the grace of slow start had passed (O-14).
    pub(crate) fn pass_time(&mut self, book: &mut Book, to: SimTime, told: bool) {
        if let Some(at) = book.now {
            self.end_instant(book, at, told);
        }
        if !book.ramp.is_quiet(to) {
            while let Some(time) = book.ramp.next_grace().filter(|&time| time < to) {
                book.ramp.pass(time);
                work_conservation::close(book, time, &mut self.work_conservation);
            }
            book.ramp.pass(to);
        }
        book.named_now.clear();
        book.now = Some(to);
    }

    #[inline]
    pub(crate) fn end_instant(&mut self, book: &Book, at: SimTime, told: bool) {
        command_states::close(book, at, &mut self.command_states);
        work_conservation::close(book, at, &mut self.work_conservation);
        stop::close(book, at, told, &mut self.stop);
        cancel::close(book, at, &mut self.cancel);
    }

    /// The verdict of every rule. `fault` is what in the plan cannot be judged.
    pub(crate) fn report(
        mut self,
        fault: Option<&str>,
        evidence: &Evidence,
        (books, on, mail, post): (&[Book], &Agents, &Mail, &Post),
        roster: &Roster,
    ) -> Vec<RuleReport> {
        if evidence.tells_internals() {
            self.invocation_states.merge(self.unacknowledged);
        }
        let unseen = evidence.acknowledgements();
        let is_stepwise = books.iter().any(|book| book.script.is_told());
        let (pools, steps) = (evidence.pools(on, &self.agents), evidence.steps(&self.steps, is_stepwise));
        let (published, arrived) = (evidence.publications(mail), evidence.arrivals(mail, &self.arrivals));
        let delivered = evidence.deliveries(mail, post);
        let all: [(&About, Tally, Option<&str>); 20] = [
            (&order::ABOUT, self.order, None),
            (&invocation_states::ABOUT, self.invocation_states, None),
            (&command_states::ABOUT, self.command_states, None),
            (&targets::ABOUT, self.targets, None),
            (&max_concurrency::ABOUT, self.max_concurrency, None),
            (&slow_start::ABOUT, self.slow_start, unseen),
            (&work_conservation::ABOUT, self.work_conservation, unseen),
            (&stop::ABOUT, self.stop, None),
            (&counted_errors::ABOUT, self.counted_errors, None),
            (&timeouts::ABOUT, self.timeouts, None),
            (&endings::ABOUT, self.endings, None),
            (&cancel::ABOUT, self.cancel, None),
            (&roll_up::ABOUT, self.roll_up, None),
            (&steps::ABOUT, self.steps, steps),
            (&agents::ABOUT, self.agents, pools),
            (&reboots::ABOUT, self.reboots, evidence.reboots()),
            (&publications::ABOUT, self.publications, published),
            (&arrivals::ABOUT, self.arrivals, arrived),
            (&attempts::ABOUT, self.attempts, delivered),
            (&deliveries::ABOUT, self.deliveries, delivered),
        ];
        all.map(|(about, tally, missing)| tally.report(about, fault.or(missing), roster)).into()
    }
}

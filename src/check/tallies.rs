//! Which rule hears of what, and what each has come to.

use crate::{
    base::SimTime,
    check::{
        agents::Agents,
        evidence::Evidence,
        ledger::{Book, Case},
        mail::Mail,
        report::{About, RuleReport, Tally},
        rules::{
            agents, arrivals, cancel, command_states, counted_errors, endings, invocation_states,
            max_concurrency, order, publications, reboots, roll_up, slow_start, steps, stop, targets,
            timeouts, work_conservation,
        },
    },
    history::Fact,
    scenario::Roster,
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
}

impl Tallies {
    /// Judges a record about a command.
    pub(crate) fn judge_command(&mut self, case: &Case<'_>) {
        command_states::judge(case, &mut self.command_states);
        match case.record.fact {
            Fact::Targeted { .. } => targets::judge(case, &mut self.targets),
            Fact::CommandChanged { .. } | Fact::CancelRequested { .. } => {
                cancel::judge(case, &mut self.cancel)
            }
            Fact::ThresholdExceeded { .. } => {
                stop::judge(case, &mut self.stop);
                counted_errors::judge(case, &mut self.counted_errors);
            }
            Fact::CommandEnded { .. } => {
                targets::judge(case, &mut self.targets);
                counted_errors::judge(case, &mut self.counted_errors);
                roll_up::judge(case, &mut self.roll_up);
            }
            _ => {}
        }
    }

    /// Judges a record about an invocation.
    pub(crate) fn judge_invocation(&mut self, case: &Case<'_>, on: &Agents) {
        invocation_states::judge(case, &mut self.invocation_states, &mut self.unacknowledged);
        match case.record.fact {
            Fact::StepEnded { .. } => {
                steps::judge(case, on, &mut self.steps);
                reboots::judge_case(case, on, &mut self.reboots);
                return;
            }
            Fact::Accepted { .. } | Fact::Started { .. } | Fact::Released { .. } | Fact::Refused { .. } => {
                agents::judge(case, on, &mut self.agents);
                reboots::judge_case(case, on, &mut self.reboots);
                return;
            }
            Fact::Sent { .. } if case.was_sent => return,
            _ if case.had_ended => return,
            _ => {}
        }
        command_states::judge(case, &mut self.command_states);
        match case.record.fact {
            Fact::Sent { .. } => self.judge_sent(case, on),
            Fact::Acknowledged { .. } => agents::judge(case, on, &mut self.agents),
            Fact::InvocationChanged { .. } => {
                cancel::judge(case, &mut self.cancel);
                reboots::judge_case(case, on, &mut self.reboots);
            }
            Fact::InvocationEnded { .. } => self.judge_end(case, on),
            _ => {} // LateReply and Broken are nothing to the other rules.
        }
    }

    fn judge_sent(&mut self, case: &Case<'_>, on: &Agents) {
        max_concurrency::judge(case, &mut self.max_concurrency);
        slow_start::judge(case, &mut self.slow_start);
        stop::judge(case, &mut self.stop);
        timeouts::judge(case, on, &mut self.timeouts);
        endings::judge(case, &mut self.endings);
        cancel::judge(case, &mut self.cancel);
    }

    fn judge_end(&mut self, case: &Case<'_>, on: &Agents) {
        stop::judge(case, &mut self.stop);
        timeouts::judge(case, on, &mut self.timeouts);
        endings::judge(case, &mut self.endings);
        cancel::judge(case, &mut self.cancel);
        steps::judge(case, on, &mut self.steps);
        agents::judge(case, on, &mut self.agents);
        reboots::judge_case(case, on, &mut self.reboots);
    }

    /// Ends the instant in which a command stood, and every one since in which it should have sent something
    /// because the grace of slow start had passed (O-14).
    pub(crate) fn pass_time(&mut self, book: &mut Book, to: SimTime, told: bool) {
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
        (on, mail): (&Agents, &Mail),
        roster: &Roster,
    ) -> Vec<RuleReport> {
        if evidence.tells_internals() {
            self.invocation_states.merge(self.unacknowledged);
        }
        let unseen = evidence.acknowledgements();
        let (pools, steps) = (evidence.pools(on, &self.agents), evidence.steps(&self.steps));
        let (published, arrived) = (evidence.publications(mail), evidence.arrivals(mail, &self.arrivals));
        let all: [(&About, Tally, Option<&str>); 18] = [
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
        ];
        all.map(|(about, tally, missing)| tally.report(about, fault.or(missing), roster)).into()
    }
}

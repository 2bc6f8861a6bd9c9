//! What may be told of one invocation: its steps and their sum (S6.1, S8.26, S8.32, S8.34), what is broken (Settled 13), and
//! what may come after its end.

use fleetsim::{
    base::SimTime,
    history::{Ending, Fact, Record, StepReply},
    scenario::plan::{Plan, Step},
    ssm::{StatusDetails, StepStatus, document::OnFailure},
};

/// One invocation, as the facts tell of it.
pub(crate) struct Invocation<'a> {
    steps: &'a [Step],
    sent: Option<SimTime>,
    acknowledged: Option<SimTime>,
    /// What is told of the steps so far, without runs before a reboot.
    told: Vec<(SimTime, StepReply)>,
    previous: Option<Fact>,
    broken: Option<SimTime>,
    ended: Option<Ending>,
    is_late: bool,
    has_outputs: bool,
}

impl<'a> Invocation<'a> {
    pub(crate) fn new(plan: &'a Plan, (command, _): (u32, u32)) -> Self {
        Self {
            steps: &plan.commands[command as usize].steps,
            sent: None,
            acknowledged: None,
            told: Vec::new(),
            previous: None,
            broken: None,
            ended: None,
            is_late: false,
            has_outputs: plan.has_outputs(),
        }
    }

    pub(crate) fn read(&mut self, record: &Record) {
        let now = record.time;
        match record.fact {
            Fact::Sent { .. } => assert!(self.sent.replace(now).is_none()),
            Fact::Acknowledged { .. } => {
                assert!(self.sent < Some(now) && self.ended.is_none());
                assert!(self.acknowledged.replace(now).is_none());
            }
            Fact::StepEnded { step, reply, .. } => self.read_step(now, step, reply),
            Fact::InvocationEnded { ending, .. } => self.read_end(now, ending),
            Fact::LateReply { .. } => {
                assert!(self.ended.is_some() && !std::mem::replace(&mut self.is_late, true));
            }
            Fact::Broken { .. } => {
                assert!(self.sent < Some(now) && self.broken.replace(now).is_none());
            }
            _ => {}
        }
        if !matches!(record.fact, Fact::AgentNoted { .. }) {
            self.previous = Some(record.fact);
        }
    }

    fn read_step(&mut self, now: SimTime, step: u32, reply: StepReply) {
        assert!(self.ended.is_none() && self.acknowledged < Some(now));
        assert_eq!(step, self.told.len() as u32, "in the document's order");
        if let Some((before, _)) = self.told.last() {
            assert!(*before <= now);
        }
        assert!(reply.started + reply.elapsed <= now);
        let unfit = [StepStatus::Skipped, StepStatus::Cancelled].contains(&reply.status);
        match reply.status {
            StepStatus::SuccessAndReboot => {
                assert!([194, 3010].contains(&reply.response_code));
                return;
            }
            StepStatus::Success => assert!([0, 168].contains(&reply.response_code)),
            StepStatus::Skipped => assert_eq!((reply.response_code, reply.elapsed.0), (-1, 0)),
            StepStatus::Failed => {
                assert!(self.broken.is_some_and(|broken| broken <= now));
                assert_ne!(self.steps[step as usize].on_failure, OnFailure::SuccessAndExit);
            }
            StepStatus::TimedOut | StepStatus::Cancelled => {}
        }
        assert!(unfit || reply.elapsed.0 > 0);
        assert!(self.steps.len() > 1);
        self.told.push((now, reply));
    }

    fn read_end(&mut self, now: SimTime, ending: Ending) {
        assert!(self.ended.replace(ending).is_none());
        assert_eq!((ending.sent, ending.started.is_some()), (self.sent, self.acknowledged.is_some()));
        let details = ending.state.details;
        // A process that has failed runs again when the power goes while its outputs are put (S8.39).
        if details == StatusDetails::Success && !self.has_outputs {
            assert_eq!(self.broken, None);
        }
        let Some(elapsed) = ending.elapsed else {
            assert!(self.told.len() < self.steps.len() || self.steps.len() == 1);
            return;
        };
        assert!(ending.started.unwrap() + elapsed <= now);
        if self.steps.len() == 1 {
            return;
        }
        assert!(matches!(self.previous, Some(Fact::StepEnded { .. })), "the last step right before the end");
        assert_eq!((self.told.len(), self.told.last().unwrap().0), (self.steps.len(), now));
        let has = |wanted| self.told.iter().find(|(_, reply)| reply.status == wanted).map(|(_, reply)| reply);
        let ranked = [
            (StepStatus::Failed, StatusDetails::Failed),
            (StepStatus::TimedOut, StatusDetails::ExecutionTimedOut),
            (StepStatus::Cancelled, StatusDetails::Cancelled),
        ];
        match ranked.into_iter().find_map(|(status, details)| Some((has(status)?, details))) {
            Some((first, expected)) => {
                assert_eq!((details, ending.response_code), (expected, first.response_code));
            }
            None => {
                let succeeded = self.told.iter().rev().find(|(_, reply)| reply.status == StepStatus::Success);
                let code = succeeded.map_or(0, |(_, reply)| reply.response_code);
                assert_eq!((details, ending.response_code), (StatusDetails::Success, code));
            }
        }
        let runs = |reply: &StepReply| reply.response_code != -1 || reply.elapsed.0 > 0;
        if self.told.iter().any(|(_, reply)| runs(reply)) {
            // What does not run begins where the step before it ended, and takes no time.
            let last = self.told.iter().map(|(_, reply)| reply.started + reply.elapsed).max();
            assert_eq!(Some(ending.started.unwrap() + elapsed), last, "it spans all steps");
        }
        self.assert_flow();
    }

    /// S8.32: after an early end nothing runs but what always does; S8.34 aside, nothing else is skipped.
    fn assert_flow(&self) {
        let mut ended_early = false;
        for ((_, reply), step) in self.told.iter().zip(self.steps) {
            let runs = reply.status != StepStatus::Skipped;
            let cancelled = reply.status == StepStatus::Cancelled;
            assert!(cancelled || !runs || !ended_early || step.finally);
            // These plans leave steps to all platforms, or to Windows alone.
            assert!(runs || ended_early || step.platforms.len() == 1);
            ended_early |= match reply.status {
                StepStatus::Success => step.exit_on_success || reply.response_code == 168,
                StepStatus::Failed => step.on_failure == OnFailure::Exit || reply.response_code == 169,
                _ => cancelled,
            };
        }
    }

    pub(crate) fn close(&self) {
        assert!(self.ended.is_some(), "every target ends");
    }
}

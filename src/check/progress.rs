//! What the replies about steps have told of an invocation so far (S8.26), summed up (S6.1).

use rustc_hash::FxHashMap;

use crate::{
    base::SimTime,
    check::script::StepTerms,
    history::{AgentNote, StepReply},
    ssm::{StatusDetails as D, StepStatus as S, document::OnFailure},
};

/// The replies of all invocations in flight of which any was received, and the reboots that they asked for.
#[derive(Debug, Default)]
pub(crate) struct Journal {
    pages: FxHashMap<u32, Page>,
}

/// Those of one invocation.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Page {
    /// The step that is to be told next.
    pub(crate) next: u32,
    /// When the first run of the first step began.
    pub(crate) began: Option<SimTime>,
    /// The latest reply and when it was received.
    pub(crate) latest: Option<(SimTime, StepReply)>,
    /// The document has ended early: what is left is skipped (S8.32).
    pub(crate) is_over: bool,
    /// How many reboots its steps asked for, as their instance saw it.
    pub(crate) asked: u32,
    /// The same of the second execution, of an agent that had forgotten the first (S8.27): it has a run counter of its own.
    pub(crate) asked_again: Option<u32>,
    /// How many reboots were told of.
    pub(crate) reboots: u32,
    /// How many replies the agent has dropped, each of which may have told of one (S8.21).
    pub(crate) dropped: u32,
    /// A step was cancelled, and what is left will be (S7.7).
    pub(crate) cancelled: Option<i32>,
    failed: Option<i32>,
    timed_out: Option<i32>,
    /// The code of the last step that ran and did not fail.
    success: Option<i32>,
    /// That step had failed, but counts as a success: the code to tell is open.
    is_forgiven: bool,
}

impl Journal {
    /// Whether nothing was told.
    pub(crate) fn is_empty(&self) -> bool {
        self.pages.is_empty()
    }

    /// What was told of an instance's invocation.
    pub(crate) fn page(&self, instance: u32) -> Page {
        self.pages.get(&instance).copied().unwrap_or_default()
    }

    /// Takes note of a reply.
    pub(crate) fn tell(
        &mut self,
        instance: u32,
        time: SimTime,
        number: u32,
        step: &StepTerms,
        reply: StepReply,
    ) {
        let page = self.pages.entry(instance).or_default();
        page.began.get_or_insert(reply.started);
        page.latest = Some((time, reply));
        page.next = number + u32::from(reply.status != S::SuccessAndReboot);
        let code = reply.response_code;
        let forgives = step.on_failure == OnFailure::SuccessAndExit;
        match reply.status {
            S::Success => {
                page.success = Some(code);
                page.is_forgiven = forgives && code != 0;
                page.is_over |= code == 168 || step.exit_on_success || page.is_forgiven;
            }
            S::Failed if forgives => {
                (page.success, page.is_forgiven, page.is_over) = (Some(code), true, true);
            }
            S::Failed => {
                page.failed = page.failed.or(Some(code));
                page.is_over |= code == 169 || step.on_failure == OnFailure::Exit;
            }
            S::TimedOut => page.timed_out = page.timed_out.or(Some(code)),
            S::Cancelled => page.cancelled = page.cancelled.or(Some(code)),
            S::Skipped => {}
            S::SuccessAndReboot => page.reboots += 1,
        }
    }

    /// Takes note of a reboot that a step asked for.
    pub(crate) fn ask(&mut self, instance: u32) {
        let page = self.pages.entry(instance).or_default();
        *page.asked_again.as_mut().unwrap_or(&mut page.asked) += 1;
    }

    /// Takes note of a reply that the agent dropped, or that it executes the command for the second time.
    pub(crate) fn note(&mut self, instance: u32, note: AgentNote) {
        match note {
            AgentNote::Dropped => self.pages.entry(instance).or_default().dropped += 1,
            AgentNote::ExecutedAgain => self.pages.entry(instance).or_default().asked_again = Some(0),
            _ => {}
        }
    }

    /// The invocation has ended.
    pub(crate) fn forget(&mut self, instance: u32) {
        if !self.is_empty() {
            self.pages.remove(&instance);
        }
    }
}

impl Page {
    /// How the invocation ends by what its steps told (S6.1).
    pub(crate) fn sum(&self) -> D {
        match self {
            Self { failed: Some(_), .. } => D::Failed,
            Self { timed_out: Some(_), .. } => D::ExecutionTimedOut,
            Self { cancelled: Some(_), .. } => D::Cancelled,
            _ => D::Success,
        }
    }

    /// Whether an ending may tell this code: that of the first step with its status, for Success of the last that ran.
    pub(crate) fn may_tell(&self, code: i32) -> bool {
        let Some(deciding) = self.failed.or(self.timed_out).or(self.cancelled) else {
            return match self.success {
                Some(own) => code == own || (self.is_forgiven && [0, 168].contains(&code)),
                None => code == 0 || code == -1,
            };
        };
        code == deciding
    }

    /// When the latest step told of had ended.
    pub(crate) fn end(&self) -> Option<SimTime> {
        self.latest.map(|(_, reply)| reply.started + reply.elapsed)
    }
}

//! What kinds of facts a history has told: where the evidence for a rule is missing, its verdict is unknown.

use crate::{
    check::{agents::Agents, mail::Mail, post::Post, report::Tally},
    history::Fact,
    ssm::{InvocationState, StatusDetails, StepStatus},
};

/// The kinds of facts seen so far.
#[derive(Debug, Default)]
pub(crate) struct Evidence {
    /// The history holds only what an outsider could see (Settled 12).
    pub(crate) visible_only: bool,
    acknowledged: bool,
    in_progress: bool,
    pools: bool,
    pub(crate) reboots: bool,
    reboot_replies: bool,
    steps: bool,
    published: bool,
    pub(crate) emits: bool,
    arrived: bool,
    delivered: bool,
}

impl Evidence {
    pub(crate) fn note_acknowledged(&mut self) {
        self.acknowledged = true;
    }

    pub(crate) fn note_changed(&mut self, state: InvocationState) {
        self.in_progress |= state.details == StatusDetails::InProgress;
    }

    pub(crate) fn note_agent(&mut self, fact: &Fact) {
        match fact {
            Fact::Accepted { .. } => self.pools = true,
            Fact::StepEnded { reply, .. } => {
                self.steps = true;
                self.reboot_replies |= reply.status == StepStatus::SuccessAndReboot;
            }
            _ => {}
        }
    }

    pub(crate) fn note_message(&mut self, fact: &Fact) {
        self.published |= matches!(fact, Fact::Published(_));
        self.arrived |= matches!(fact, Fact::Arrived { .. });
        self.delivered |= matches!(fact, Fact::Attempted { .. } | Fact::Dropped { .. });
    }

    /// Whether the history is known to tell internal facts.
    pub(crate) fn tells_internals(&self) -> bool {
        self.acknowledged && !self.visible_only
    }

    /// Whether the history leaves out internal facts.
    pub(crate) fn is_blind(&self) -> bool {
        self.visible_only || (self.in_progress && !self.acknowledged)
    }

    /// What slow start and work conservation lack.
    pub(crate) fn acknowledgements(&self) -> Option<&'static str> {
        self.is_blind().then_some("the history tells no acknowledgements")
    }

    /// What the rule on agents lacks.
    pub(crate) fn pools(&self, agents: &Agents, tally: &Tally) -> Option<&'static str> {
        let is_missed = self.is_blind() || tally.has_objected();
        (agents.may_be_busy && is_missed && !self.pools)
            .then_some("the history tells nothing of agents' queues")
    }

    /// What the rule on reboots lacks.
    pub(crate) fn reboots(&self) -> Option<&'static str> {
        (self.reboot_replies && !self.reboots).then_some("the history does not tell when instances rebooted")
    }

    /// What the rule on steps lacks. `is_stepwise`: some document has several.
    pub(crate) fn steps(&self, tally: &Tally, is_stepwise: bool) -> Option<&'static str> {
        (is_stepwise && tally.has_objected() && !self.steps).then_some("the history tells no steps")
    }

    /// What the rule on publications lacks.
    pub(crate) fn publications(&self, mail: &Mail) -> Option<&'static str> {
        (mail.is_asked && self.is_blind() && !self.published).then_some("the history tells no notifications")
    }

    /// What the rule on faults lacks.
    pub(crate) fn faults(&self, is_told: bool) -> Option<&'static str> {
        (self.is_blind() && !is_told).then_some("the history does not tell what faults did to agents")
    }

    /// What the rule on alarms lacks.
    pub(crate) fn alarms(&self, is_told: bool) -> Option<&'static str> {
        (self.is_blind() && !is_told).then_some("the history does not tell which alarms went off")
    }

    /// What the rules on events lack.
    pub(crate) fn events(&self) -> Option<&'static str> {
        (self.is_blind() && !self.emits).then_some("the history tells no events")
    }

    /// What the rule on arrivals lacks.
    pub(crate) fn arrivals(&self, mail: &Mail, tally: &Tally) -> Option<&'static str> {
        let [lossless, lossy] = mail.awaited;
        match self.publications(mail) {
            None if !self.is_blind() => None,
            None if !self.arrived && lossless + lossy > 0 => Some("the history tells no arrivals"),
            None if lossy > 0 && !tally.has_objected() => {
                Some("the history does not tell which messages were lost")
            }
            reason => reason,
        }
    }

    /// What the rules on attempts and deliveries lack.
    pub(crate) fn deliveries(&self, mail: &Mail, post: &Post) -> Option<&'static str> {
        let is_missed = post.is_followed && self.is_blind() && !self.delivered;
        self.publications(mail)
            .filter(|_| post.is_followed)
            .or(is_missed.then_some("the history tells no deliveries"))
    }
}

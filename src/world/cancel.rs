//! `CancelCommand` and what it does to each invocation (section 7, O-24).

use super::{
    event::{Event, Place},
    instant::World,
    live::{LiveEnd, Phase},
};
use crate::{
    base::SimDuration,
    control::Input,
    fleet::{Reach, agent::CourseEnd, reach::reach},
    history::{Fact, Observer},
    ssm::{InvocationStatus, StatusDetails},
};

impl World<'_> {
    pub(super) fn cancel(&mut self, command: u32, index: u32, observer: &mut impl Observer) {
        // S7.1: a command that has not been accepted is unknown.
        if self.commands[command as usize].is_none() {
            return;
        }
        self.unfold(command, observer);
        let plan = self.plan;
        let cancel = &plan.commands[command as usize].cancels[index as usize];
        if cancel.instance_ids.is_empty() {
            self.cancel_command(command, observer);
        }
        for id in &cancel.instance_ids {
            let instance = self.model.roster.find(id).expect("a resolved plan names instances of the fleet");
            self.cancel_instance(command, instance, observer);
        }
    }

    fn cancel_command(&mut self, command: u32, observer: &mut impl Observer) {
        let now = self.now;
        self.emit(observer, command, Fact::CancelRequested { instance: None });
        let run = self.run_of(command);
        if run.has_ended() {
            return;
        }
        run.cancelled = true;
        run.dispatch.handle(now, Input::Cancel);
        self.tell_progress(command, observer);
        for place in self.live.not_ended(command) {
            self.cancel_live(command, place, observer);
        }
    }

    fn cancel_instance(&mut self, command: u32, instance: u32, observer: &mut impl Observer) {
        let now = self.now;
        self.emit(observer, command, Fact::CancelRequested { instance: Some(instance) });
        let run = self.run_of(command);
        let waiting = run.ordinal(instance).filter(|&ordinal| run.dispatch.is_waiting(ordinal));
        if let Some(ordinal) = waiting {
            run.dispatch.handle(now, Input::Withdraw { ordinal });
            self.end_unsent(command, instance, StatusDetails::Cancelled, observer);
            return;
        }
        if let Some(place) = self.live.find(command, instance) {
            self.cancel_live(command, place, observer);
        }
    }

    /// What the service does not know to be received is withdrawn; to the rest a cancel message goes (S7.4).
    fn cancel_live(&mut self, command: u32, place: Place, observer: &mut impl Observer) {
        let now = self.now;
        let live = self.live.get_mut(command, place).expect("not ended");
        match live.phase {
            // O-24: what the agent has goes on there.
            Phase::Sent | Phase::Delayed | Phase::Held { .. } | Phase::Received => {
                self.end(command, place, StatusDetails::Cancelled, None, observer);
            }
            Phase::InProgress => {
                live.phase = Phase::Cancelling;
                let delay = self.model.agents.cancel_delivery(&self.luck, place.instance, command);
                self.calendar.schedule(now + delay, command, Event::CancelReceive(place));
                let (status, details) = (InvocationStatus::Cancelling, StatusDetails::Cancelling);
                self.change(command, place.instance, status, details, observer);
            }
            Phase::Cancelling => {}
            Phase::Foreseen => unreachable!("a cancel comes between"),
        }
    }

    /// A cancel message reaches the instance and kills what still runs (S7.6, S7.7).
    pub(super) fn receive_cancel(&mut self, command: u32, place: Place, observer: &mut impl Observer) {
        if !self.model.is_foreseeable {
            self.cancel_on_agent(command, place, observer);
            return;
        }
        let now = self.now;
        let Some(live) = self.live.get_mut(command, place) else { return };
        let runs = live.runs() && now < live.started + live.elapsed;
        if !runs || reach(live.availability, now) != Reach::Now {
            return;
        }
        live.end = match live.end {
            LiveEnd::Course(CourseEnd::ReplyLost) | LiveEnd::CutOff { silently: true } => {
                LiveEnd::KilledSilently
            }
            _ => LiveEnd::Killed,
        };
        live.elapsed = now.since(live.started);
        live.finish_at = now + live.reply.max(SimDuration::UNIT);
        let finish_at = live.finish_at;
        self.calendar.schedule(finish_at, command, Event::Finish(place));
        self.break_foreseen(command, place, observer);
    }
}

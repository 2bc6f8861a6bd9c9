//! Replies of agents that are followed step by step: none overtakes an earlier one, and where there is no connection
//! they wait for it.

use super::{
    event::{Event, Place},
    instant::World,
    site::{Content, Outcome, Reply, Told},
};
use crate::{
    base::SimDuration,
    fleet::{Reach, reach::Away},
    history::{AgentNote, Fact, Observer, StepReply},
    ssm::StepStatus,
};

impl World<'_> {
    /// The agent replies, at once if it has a connection.
    pub(super) fn reply(&mut self, command: u32, place: Place, reply: Reply, observer: &mut impl Observer) {
        let work = self.site.work(place.slot);
        if work.is_silent {
            return;
        }
        work.replies.push_back(reply);
        let connected = self.connected_despite_faults(place.instance);
        if connected > self.now {
            return self.keep_reply(command, place, observer);
        }
        let work = self.site.work(place.slot);
        if work.keeps {
            // What the agent kept leaves with it, so that none overtakes an earlier one.
            return self.resend(command, place, observer);
        }
        if work.replies.len() - work.under_way > 1 {
            return;
        }
        let live = self.live.get_mut(command, place).expect("it is under way");
        let connected = match live.availability {
            Some(Away::Alternating(which)) => self.connected_from(place, which),
            _ => self.now,
        };
        if connected == self.now {
            self.send_replies(command, place, observer);
        } else {
            self.calendar.schedule(connected, command, Event::Reconnect(place));
        }
    }

    /// The connection should be back over which kept replies leave.
    pub(super) fn reconnect(&mut self, command: u32, place: Place, observer: &mut impl Observer) {
        if self.live.get_mut(command, place).is_none() {
            return;
        }
        if self.site.work(place.slot).keeps {
            return self.resend(command, place, observer);
        }
        match self.reach_agent(command, place) {
            Reach::Now => self.send_replies(command, place, observer),
            Reach::NotBefore(then) => self.calendar.schedule(then, command, Event::Reconnect(place)),
            Reach::Never | Reach::Gone => {
                let work = self.site.work(place.slot);
                work.replies.truncate(work.under_way);
                self.forget_settled(command, place);
            }
        }
    }

    pub(super) fn send_replies(&mut self, command: u32, place: Place, observer: &mut impl Observer) {
        let now = self.now;
        loop {
            let work = self.site.work(place.slot);
            if work.replies.get(work.under_way).is_some_and(|reply| reply.is_kept) {
                self.note(command, place, AgentNote::Resent, observer);
            }
            let work = self.site.work(place.slot);
            let Some(reply) = work.replies.get_mut(work.under_way) else {
                work.keeps = false;
                return;
            };
            let arrives = (now + reply.latency).max(work.last_arrival + SimDuration::UNIT);
            reply.arrives = arrives;
            work.last_arrival = arrives;
            work.under_way += 1;
            if arrives == now {
                self.receive_reply(command, place, observer);
            } else {
                self.calendar.schedule(arrives, command, Event::Reply(place));
            }
        }
    }

    /// A reply is with the service.
    pub(super) fn receive_reply(&mut self, command: u32, place: Place, observer: &mut impl Observer) {
        let work = self.site.work(place.slot);
        let reply = work.replies.pop_front().expect("it is under way");
        work.under_way -= 1;
        debug_assert_eq!(reply.arrives, self.now);
        match reply.content {
            Content::Received if self.is_acknowledged(command, place) => {}
            Content::Received => self.acknowledge(command, place, observer),
            Content::Steps(told) => self.hear_of_steps(command, place, &told, observer),
            Content::Final(told, outcome) => self.hear_of_the_end(command, place, &told, outcome, observer),
        }
        self.forget_settled(command, place);
    }

    /// T2: whichever reply comes first tells the service that the agent has the command; the first one may have been dropped (S8.21).
    fn hear_first(&mut self, command: u32, place: Place, observer: &mut impl Observer) {
        if !self.is_acknowledged(command, place) {
            self.acknowledge(command, place, observer);
        }
    }

    /// Whether the service has had the first reply before: on MDS it may come again (S8.17).
    fn is_acknowledged(&mut self, command: u32, place: Place) -> bool {
        self.live.get_mut(command, place).is_some_and(|live| live.is_acknowledged())
    }

    fn hear_of_steps(&mut self, command: u32, place: Place, told: &Told, observer: &mut impl Observer) {
        self.hear_first(command, place, observer);
        let began = self.site.work(place.slot).began;
        let live = self.live.get_mut(command, place).expect("it is under way");
        if !live.ended {
            live.started = began;
            self.tell_steps(command, place.instance, told, None, observer);
        }
    }

    fn hear_of_the_end(
        &mut self,
        command: u32,
        place: Place,
        told: &Told,
        outcome: Outcome,
        observer: &mut impl Observer,
    ) {
        self.hear_first(command, place, observer);
        let live = self.live.get_mut(command, place).expect("it is under way");
        let response_code = outcome.response_code;
        if live.ended {
            self.emit(observer, command, Fact::LateReply { instance: place.instance, response_code });
            return;
        }
        (live.started, live.elapsed) = (outcome.started, outcome.elapsed);
        self.tell_steps(command, place.instance, told, Some(outcome.rest), observer);
        self.end(command, place, outcome.details, Some(response_code), observer);
    }

    /// Tells the steps that a reply tells of; with `rest`, what the steps behind them are.
    fn tell_steps(
        &mut self,
        command: u32,
        instance: u32,
        told: &Told,
        rest: Option<StepStatus>,
        observer: &mut impl Observer,
    ) {
        let count = self.plan.commands[command as usize].steps.len() as u32;
        let reboots = told.ran.is_some_and(|(_, reply)| reply.status == StepStatus::SuccessAndReboot);
        if count == 1 && !reboots {
            return;
        }
        if let Some(before) = &told.before {
            self.tell_steps(command, instance, before, None, observer);
        }
        let mut tell = |step, reply, observer: &mut _| {
            self.emit(observer, command, Fact::StepEnded { instance, step, reply });
        };
        let not_run =
            |status, started| StepReply { status, response_code: -1, started, elapsed: SimDuration::ZERO };
        let (mut next, mut since) = (told.first, told.since);
        if let Some((step, reply)) = told.ran {
            for skipped in next..step {
                tell(skipped, not_run(StepStatus::Skipped, since), observer);
            }
            tell(step, reply, observer);
            (next, since) = (step + 1, reply.started + reply.elapsed);
        }
        if let Some(status) = rest {
            for step in next..count {
                tell(step, not_run(status, since), observer);
            }
        }
    }
}

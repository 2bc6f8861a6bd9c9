//! Agents followed step by step: what they accept and refuse, what runs and what waits (sections 8.1 and 8.5 to 8.7).

use super::{
    event::{Event, Place},
    instant::World,
    live::{LiveEnd, Phase},
    site::{Agent, Content, Down, Outcome, Reply, StepRun},
};
use crate::{
    base::{SimDuration, SimTime},
    fleet::{
        Reach,
        agent::{CourseEnd, Run},
        poll::{Letter, LetterKind},
        pool::Admission,
        reach::{Away, reach, vanishes},
        steps::{self, RunEnd},
    },
    history::{Fact, Observer, Refusal, StepReply},
    scenario::plan::Step,
    ssm::StepStatus,
};

/// How long an invocation that was refused waits until it is sent again for the first time (O-25).
const FIRST_RESEND: SimDuration = SimDuration::from_secs(10);
/// How long it waits at most (O-25).
const LAST_RESEND: SimDuration = SimDuration::from_secs(300);

impl<'a> World<'a> {
    /// Whether a message for an invocation reaches its agent now.
    pub(super) fn reach_agent(&mut self, command: u32, place: Place) -> Reach {
        match self.site.agent(place.instance).and_then(|agent| agent.down) {
            Some(Down::Rebooting { until, .. }) => return Reach::NotBefore(until),
            Some(Down::Lost { until: SimTime::MAX }) => return Reach::Never,
            Some(Down::Lost { until }) => return Reach::NotBefore(until),
            Some(Down::Stopped) => return Reach::Never,
            Some(Down::Terminated) => return Reach::Gone,
            None => {}
        }
        if let Some(reach) = self.reach_of_scaled(place.instance) {
            return reach;
        }
        let connected = self.connected_despite_faults(place.instance);
        if connected > self.now {
            return if connected == SimTime::MAX { Reach::Never } else { Reach::NotBefore(connected) };
        }
        let availability = self.live.get_mut(command, place).expect("in flight").availability;
        match availability {
            Some(Away::Alternating(which)) => {
                let from = self.connected_from(place, which);
                if from == self.now { Reach::Now } else { Reach::NotBefore(from) }
            }
            other => reach(other, self.now),
        }
    }

    /// The first time from now on at which an alternating instance has a connection.
    pub(super) fn connected_from(&mut self, place: Place, which: u32) -> SimTime {
        let cycle = &mut self.site.work(place.slot).cycle;
        self.model.agents.reachable_from(&self.luck, place.instance, which, cycle, self.now)
    }

    /// A message is with its agent, whose pool takes it in or refuses it.
    pub(super) fn hand_over(&mut self, command: u32, place: Place, observer: &mut impl Observer) {
        let (now, instance) = (self.now, place.instance);
        let admission = self.meet(command, place).pool.handle_accept(place.slot);
        let polls = self.model.agents.polls(instance);
        match admission {
            Admission::Refused if polls => return self.grow_deaf(command, place, observer),
            Admission::Refused => return self.refuse(command, place, observer),
            Admission::Runs | Admission::Waits => {}
        }
        let live = self.live.get_mut(command, place).expect("received");
        live.phase = Phase::Received;
        live.started = now;
        let latency = live.reply;
        let queued = admission == Admission::Waits;
        self.tell_pool(command, instance, Fact::Accepted { instance, queued }, observer);
        self.double(command, place);
        // S8.20: without waiting for a worker.
        self.reply(
            command,
            place,
            Reply { latency, arrives: now, is_kept: false, content: Content::Received },
            observer,
        );
        if polls {
            self.plan_redelivery(command, place);
        }
        if !queued {
            self.begin(command, place, observer);
            self.site.forget_idle(instance);
        }
    }

    /// The agent of an instance, which has something to do from now on.
    pub(super) fn meet(&mut self, command: u32, place: Place) -> &mut Agent {
        let instance = place.instance;
        if self.site.agent(instance).is_none() {
            let availability = match self.live.get_mut(command, place) {
                Some(live) => live.availability,
                None => self.model.agents.availability(&self.luck, instance),
            };
            if let Some(when) = vanishes(availability) {
                self.calendar.schedule(when, command, Event::Vanish { instance });
            }
        }
        let new_agent = || Agent::new(&self.model.agents, &self.luck, instance, self.now);
        self.site.agent_or(instance, new_agent)
    }

    /// The agent tells that it is about to go, if it has the connection to do so (S8.19, S8.29).
    pub(super) fn refuse_closed(&mut self, command: u32, place: Place, observer: &mut impl Observer) {
        let (now, instance) = (self.now, place.instance);
        let down = self.site.agent(instance).and_then(|agent| agent.down);
        let Some(Down::Rebooting { closed, .. }) = down else { return };
        if now >= closed || self.model.agents.polls(instance) || self.connected_despite_faults(instance) > now
        {
            return;
        }
        let is_connected = match self.live.get_mut(command, place).expect("in flight").availability {
            Some(Away::Alternating(which)) => self.connected_from(place, which) == now,
            _ => true,
        };
        if is_connected {
            self.tell_pool(command, instance, Fact::Refused { instance, why: Refusal::Closed }, observer);
        }
    }

    /// O-25: as any send that failed, and sent again later and later.
    fn refuse(&mut self, command: u32, place: Place, observer: &mut impl Observer) {
        let work = self.site.work(place.slot);
        let wait = SimDuration(FIRST_RESEND.0 << work.refusals.min(5)).min(LAST_RESEND);
        work.refusals += 1;
        let instance = place.instance;
        self.tell_pool(command, instance, Fact::Refused { instance, why: Refusal::BufferFull }, observer);
        self.send_again(command, place, self.now + wait);
        self.delay(command, place, observer);
    }

    /// A worker takes an invocation up.
    fn begin(&mut self, command: u32, place: Place, observer: &mut impl Observer) {
        let now = self.now;
        let work = self.site.work(place.slot);
        (work.began, work.since) = (now, now);
        match steps::next_step(self.steps_of(command), self.model.agents.platform(place.instance), 0, false) {
            Some(step) => self.run_step(command, place, step, 1),
            None => {
                let latency = self.live.get_mut(command, place).expect("runs").reply;
                // Settled 1: nothing takes no time at all.
                self.end_document(command, place, (None, now), latency.max(SimDuration::UNIT), observer);
            }
        }
    }

    /// A step begins, for the first time or again.
    pub(super) fn run_step(&mut self, command: u32, place: Place, step: u32, number: u32) {
        let now = self.now;
        let run = Run { command, step, number };
        let execution = self.model.agents.execution(&self.luck, place.instance, run, now);
        let ends = now + execution.elapsed;
        let work = self.site.work(place.slot);
        (work.step, work.runs) = (step, number);
        work.run = Some(StepRun { started: now, ends, end: execution.end, reply: execution.reply });
        self.calendar.schedule(ends, command, Event::StepEnd(place));
    }

    /// A step ends by itself, unless it was interrupted in the meantime.
    pub(super) fn end_run(&mut self, command: u32, place: Place, observer: &mut impl Observer) {
        let now = self.now;
        if self.live.get_mut(command, place).is_none() {
            return;
        }
        let work = self.site.work(place.slot);
        if work.uploading.is_some() {
            return self.go_on_putting(command, place, observer);
        }
        let Some(run) = work.run.take_if(|run| run.ends == now) else { return };
        let end = match run.end {
            CourseEnd::Exit(code) => RunEnd::Exit(code),
            CourseEnd::TimedOut => RunEnd::TimedOut,
            CourseEnd::ReplyLost => {
                self.site.work(place.slot).is_silent = true;
                RunEnd::Exit(0)
            }
            CourseEnd::Stopped => return self.vanish(place.instance, Some(Down::Stopped), observer),
            CourseEnd::Terminated => return self.vanish(place.instance, Some(Down::Terminated), observer),
        };
        self.end_process(command, place, run, end, observer);
    }

    /// A cancel message is with the agent (S7.6, S7.7, S7.10).
    pub(super) fn cancel_on_agent(&mut self, command: u32, place: Place, observer: &mut impl Observer) {
        if self.live.get_mut(command, place).is_none() {
            return;
        }
        let polls = self.model.agents.polls(place.instance);
        match self.reach_agent(command, place) {
            Reach::Now if polls => {
                let letter = Letter { command, slot: place.slot, kind: LetterKind::Cancel };
                self.offer(place, letter, observer);
            }
            Reach::Now => self.cancel_run(command, place, observer),
            // On MDS it stays until it is acknowledged (S8.18).
            Reach::NotBefore(then) if polls => {
                self.calendar.schedule(then, command, Event::CancelReceive(place));
            }
            _ => {}
        }
    }

    /// The agent cancels an invocation. What waits is dropped later; a step whose outputs are being put is over, and the one
    /// after it is cancelled.
    pub(super) fn cancel_run(&mut self, command: u32, place: Place, observer: &mut impl Observer) {
        let work = self.site.work(place.slot);
        if work.is_done {
            return;
        }
        if let Some(uploading) = &mut work.uploading {
            uploading.is_cancelled = true;
            return;
        }
        let Some(mut run) = work.run.take() else {
            work.is_cancelled = true;
            return;
        };
        work.is_silent |= run.end == CourseEnd::ReplyLost;
        run.reply = run.reply.max(SimDuration::UNIT);
        self.end_process(command, place, run, RunEnd::Killed, observer);
    }

    /// A run of a step is over since `ended`: what it comes to, and what is next.
    pub(super) fn conclude(
        &mut self,
        command: u32,
        place: Place,
        (run, end, ended): (StepRun, RunEnd, SimTime),
        observer: &mut impl Observer,
    ) {
        let (steps, platform) = (self.steps_of(command), self.model.agents.platform(place.instance));
        let work = self.site.work(place.slot);
        let result = steps::result_of(&steps[work.step as usize], platform, end);
        let (status, response_code) = (result.status, result.response_code);
        let elapsed = ended.since(run.started);
        let ran = (work.step, StepReply { status, response_code, started: run.started, elapsed });
        if status == StepStatus::SuccessAndReboot {
            self.reboot(command, place, observer);
            self.reply_steps(command, place, ran, run.reply, observer);
            return;
        }
        work.sum.add(status, response_code);
        work.ended_early |= result.ends_document;
        let is_killed = end == RunEnd::Killed;
        let next = steps::next_step(steps, platform, work.step + 1, work.ended_early);
        if status != StepStatus::Success {
            self.break_once(command, place, observer);
        }
        match next.filter(|_| !is_killed) {
            Some(next) => {
                self.reply_steps(command, place, ran, run.reply, observer);
                self.site.work(place.slot).since = ended;
                self.run_step(command, place, next, 1);
            }
            None => {
                self.end_document(command, place, (Some(ran), ended), run.reply, observer);
                self.serve(place.instance, observer);
            }
        }
    }

    /// The reply about a step after which others follow, or the same again.
    fn reply_steps(
        &mut self,
        command: u32,
        place: Place,
        ran: (u32, StepReply),
        latency: SimDuration,
        observer: &mut impl Observer,
    ) {
        let work = self.site.work(place.slot);
        let told = work.tell(Some(ran));
        let (step, StepReply { status, .. }) = ran;
        work.told = if status == StepStatus::SuccessAndReboot { step } else { step + 1 };
        let reply = Reply { latency, arrives: self.now, is_kept: false, content: Content::Steps(told) };
        self.reply(command, place, reply, observer);
    }

    /// The document has ended: the final reply, and the worker is free for what waits.
    fn end_document(
        &mut self,
        command: u32,
        place: Place,
        (ran, ended): (Option<(u32, StepReply)>, SimTime),
        latency: SimDuration,
        observer: &mut impl Observer,
    ) {
        let now = self.now;
        let work = self.site.work(place.slot);
        let is_cancelled = ran.is_some_and(|(_, reply)| reply.status == StepStatus::Cancelled);
        let outcome = Outcome {
            details: work.sum.details(),
            response_code: work.sum.response_code(),
            started: work.began,
            elapsed: ended.since(work.began),
            rest: if is_cancelled { StepStatus::Cancelled } else { StepStatus::Skipped },
        };
        let told = work.tell(ran);
        let reply = Reply { latency, arrives: now, is_kept: false, content: Content::Final(told, outcome) };
        self.reply(command, place, reply, observer);
        self.release(command, place, observer);
    }

    /// An invocation leaves its agent's pool.
    pub(super) fn release(&mut self, command: u32, place: Place, observer: &mut impl Observer) {
        let instance = place.instance;
        let agent = self.site.agent(instance).expect("it has something to do");
        agent.pool.handle_release(place.slot);
        self.tell_pool(command, instance, Fact::Released { instance }, observer);
        self.settle(command, place);
    }

    /// Workers that are free take up what waits (S8.3).
    pub(super) fn serve(&mut self, instance: u32, observer: &mut impl Observer) {
        while let Some(slot) = self.site.agent(instance).and_then(|agent| agent.pool.poll()) {
            let place = Place { instance, slot };
            let work = self.site.work(slot);
            let (command, is_cancelled) = (work.command, work.is_cancelled);
            if is_cancelled || self.is_too_late(command) {
                self.release(command, place, observer);
            } else {
                self.tell_pool(command, instance, Fact::Started { instance }, observer);
                self.begin(command, place, observer);
            }
        }
        self.site.forget_idle(instance);
    }

    /// Settled 9: what still waits when its command expires does not start.
    pub(super) fn is_too_late(&self, command: u32) -> bool {
        let run = self.commands[command as usize].as_ref().expect("it was submitted");
        !self.plan.readings.agent_runs_expired && run.deadlines.expires_after < self.now
    }

    /// Settled 13: a step that began did not succeed.
    pub(super) fn break_once(&mut self, command: u32, place: Place, observer: &mut impl Observer) {
        if !std::mem::replace(&mut self.site.work(place.slot).is_broken, true) {
            self.emit(observer, command, Fact::Broken { instance: place.instance });
        }
    }

    /// The agent is done with an invocation. It is forgotten with its last reply and its end.
    pub(super) fn settle(&mut self, command: u32, place: Place) {
        self.site.work(place.slot).is_done = true;
        self.forget_settled(command, place);
    }

    /// Forgets an invocation that has ended, that the agent is done with, and of which no reply is to come.
    pub(super) fn forget_settled(&mut self, command: u32, place: Place) {
        let work = self.site.work(place.slot);
        if !work.is_done || !work.replies.is_empty() {
            return;
        }
        let live = self.live.get_mut(command, place).expect("it had not been forgotten");
        live.end = LiveEnd::Silent;
        if live.ended {
            self.live.remove(place);
        }
    }

    fn tell_pool(&mut self, command: u32, instance: u32, fact: Fact, observer: &mut impl Observer) {
        if self.model.agents.is_busy(instance) {
            self.emit(observer, command, fact);
        }
    }

    pub(super) fn requested(&self, command: u32) -> SimTime {
        self.commands[command as usize].as_ref().expect("it was submitted").requested
    }

    pub(super) fn steps_of(&self, command: u32) -> &'a [Step] {
        &self.plan.commands[command as usize].steps
    }
}

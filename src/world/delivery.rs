//! An invocation's way: sent, received, acknowledged, executed, ended, or given up.

use super::{
    command::ended_state,
    event::{Event, Place},
    instant::World,
    live::{Live, LiveEnd, Phase},
};
use crate::{
    base::{SimDuration, SimTime},
    control::{Input, counts_as_error},
    fleet::{
        Reach,
        agent::CourseEnd,
        poll::{Letter, LetterKind},
        reach::{reach, vanishes},
        steps::kill_code,
    },
    history::{Ending, Fact, Observer},
    ssm::{InvocationState, InvocationStatus, StatusDetails, reading::CancelUnanswered},
};

impl World<'_> {
    pub(super) fn send<O: Observer>(&mut self, command: u32, ordinal: u32, observer: &mut O) {
        let (now, agents) = (self.now, &self.model.agents);
        let run = self.run_of(command);
        let instance = run.instance(ordinal);
        run.sent += 1;
        let is_news = run.state.details != StatusDetails::InProgress;
        let is_foreseeable = self.model.is_foreseeable;
        let (contact, elapsed, end) = if is_foreseeable {
            let draw = || agents.course(&self.luck, instance, command);
            let course = match &mut self.courses {
                Some(courses) => courses.of(command, instance, draw),
                None => draw(),
            };
            (course.contact, course.elapsed, LiveEnd::Course(course.end))
        } else {
            (agents.contact(&self.luck, instance, command), SimDuration::ZERO, LiveEnd::Open)
        };
        let place = self.live.insert(Live {
            command,
            instance,
            ordinal,
            attempts: 0,
            sent: now,
            started: now,
            finish_at: now,
            elapsed,
            reply: contact.reply,
            end,
            availability: contact.availability,
            phase: Phase::Sent,
            is_broken: false,
            ended: false,
        });
        if !is_foreseeable {
            self.site.open(place.slot, command);
        }
        if let Some(courier) = &mut self.courier {
            courier.note_sent(command, instance, now);
        }
        if !O::IN_ORDER && self.is_foreseen(command, contact.availability, end) {
            self.foresee(command, place, contact.delivery);
        } else {
            self.calendar.schedule(now + contact.delivery, command, Event::Receive(place));
        }
        self.emit_often(observer, command, Fact::Sent { instance });
        if is_news {
            self.tell_progress(command, observer);
        }
    }

    pub(super) fn receive(&mut self, command: u32, place: Place, observer: &mut impl Observer) {
        let now = self.now;
        let Some(live) = self.live.get_mut(command, place) else { return };
        let is_foreseeable = self.model.is_foreseeable;
        let reach = if is_foreseeable {
            reach(live.availability, now)
        } else if matches!(live.phase, Phase::Sent | Phase::Delayed) {
            self.reach_agent(command, place)
        } else {
            return;
        };
        match reach {
            Reach::Now if is_foreseeable => self.execute(command, place, observer),
            Reach::Now if self.model.agents.polls(place.instance) => {
                let letter = Letter { command, slot: place.slot, kind: LetterKind::Send };
                self.offer(place, letter, observer);
            }
            Reach::Now => self.hand_over(command, place, observer),
            reach => self.miss(command, place, reach, observer),
        }
    }

    /// A message is there, and its agent is not.
    pub(super) fn miss(&mut self, command: u32, place: Place, reach: Reach, observer: &mut impl Observer) {
        match reach {
            Reach::Now => unreachable!("it is received"),
            Reach::NotBefore(reachable) => {
                self.refuse_closed(command, place, observer);
                self.send_again(command, place, reachable);
                self.delay(command, place, observer);
            }
            Reach::Never => self.delay(command, place, observer),
            Reach::Gone => {
                self.fail_send(command, place);
                self.end(command, place, StatusDetails::Undeliverable, None, observer);
            }
        }
    }

    /// Another attempt at delivery, which begins at `then`.
    pub(super) fn send_again(&mut self, command: u32, place: Place, then: SimTime) {
        let live = self.live.get_mut(command, place).expect("in flight");
        live.attempts += 1;
        let delay = self.model.agents.redelivery(&self.luck, place.instance, command, live.attempts);
        self.calendar.schedule(then + delay, command, Event::Receive(place));
    }

    /// The agent has the message and begins to execute, as it was foreseen.
    fn execute(&mut self, command: u32, place: Place, observer: &mut impl Observer) {
        let now = self.now;
        let live = self.live.get_mut(command, place).expect("received");
        live.phase = Phase::Received;
        live.started = now;
        if let Some(when) = vanishes(live.availability).filter(|&when| when < now + live.elapsed) {
            live.elapsed = when.since(now);
            live.end = LiveEnd::CutOff { silently: live.end == LiveEnd::Course(CourseEnd::ReplyLost) };
        }
        let replies = match live.end {
            LiveEnd::Course(end) => !end.is_gone(),
            end => !matches!(end, LiveEnd::CutOff { .. }),
        };
        let (stops_at, reply) = (now + live.elapsed, live.reply);
        live.finish_at = stops_at + if replies { reply } else { SimDuration::ZERO };
        let (finish_at, ordinal, end) = (live.finish_at, live.ordinal, live.end);
        if reply == SimDuration::ZERO {
            live.phase = Phase::InProgress;
        }
        self.calendar.schedule(finish_at, command, Event::Finish(place));
        if reply == SimDuration::ZERO {
            self.begin_progress(command, place.instance, ordinal, observer);
        } else {
            self.calendar.schedule(now + reply, command, Event::Acknowledge(place));
            if self.fails(place, end) {
                self.calendar.schedule(stops_at, command, Event::StepEnd(place));
            }
        }
    }

    /// Whether an execution that was foreseen does not succeed, though the agent replies.
    pub(super) fn fails(&self, place: Place, end: LiveEnd) -> bool {
        match end {
            LiveEnd::Course(CourseEnd::Exit(code)) => {
                self.model.agents.details_of_exit(place.instance, code) != StatusDetails::Success
            }
            end => end == LiveEnd::Course(CourseEnd::TimedOut),
        }
    }

    /// Settled 13: a foreseen execution is over on the instance and did not succeed.
    pub(super) fn break_foreseen(&mut self, command: u32, place: Place, observer: &mut impl Observer) {
        let Some(live) = self.live.get_mut(command, place) else { return };
        if !std::mem::replace(&mut live.is_broken, true) {
            self.emit(observer, command, Fact::Broken { instance: place.instance });
        }
    }

    /// A send failed; the service will try again (S1.15).
    pub(super) fn delay(&mut self, command: u32, place: Place, observer: &mut impl Observer) {
        if self.fail_send(command, place) {
            let (status, details) = (InvocationStatus::Delayed, StatusDetails::Delayed);
            self.change(command, place.instance, status, details, observer);
        }
    }

    /// Counts an invocation that failed to be sent, once. True when it is counted now.
    fn fail_send(&mut self, command: u32, place: Place) -> bool {
        let live = self.live.get_mut(command, place).expect("received");
        let before = std::mem::replace(&mut live.phase, Phase::Delayed);
        let is_first = !matches!(before, Phase::Delayed | Phase::Held { was_delayed: true });
        self.run_of(command).failed_sends += u32::from(is_first);
        is_first
    }

    pub(super) fn acknowledge(&mut self, command: u32, place: Place, observer: &mut impl Observer) {
        let Some(live) = self.live.get_mut(command, place).filter(|live| !live.ended) else { return };
        live.phase = Phase::InProgress;
        let ordinal = live.ordinal;
        self.begin_progress(command, place.instance, ordinal, observer);
    }

    /// The service knows from the first reply that the agent has the message.
    #[inline(always)]
    fn begin_progress(&mut self, command: u32, instance: u32, ordinal: u32, observer: &mut impl Observer) {
        let now = self.now;
        let run = self.untouched_run(command);
        // The first one changes the command's status; once the window is open, the others change nothing.
        if !run.acknowledged || run.dispatch.heeds_acknowledgements() {
            let run = self.run_of(command);
            run.acknowledged = true;
            run.dispatch.handle(now, Input::Acknowledged { ordinal });
        }
        self.emit_often(observer, command, Fact::Acknowledged { instance });
        let (status, details) = (InvocationStatus::InProgress, StatusDetails::InProgress);
        self.change(command, instance, status, details, observer);
    }

    /// The execution is over, and its reply, if there is one, is here.
    pub(super) fn finish(&mut self, command: u32, place: Place, observer: &mut impl Observer) {
        let now = self.now;
        let agents = &self.model.agents;
        let Some(live) = self.live.get_mut(command, place).filter(|live| live.is_due(now)) else { return };
        if live.phase == Phase::Foreseen {
            return self.finish_foreseen(command, place, observer);
        }
        let (details, code) = match live.end {
            LiveEnd::Course(CourseEnd::Exit(code)) => {
                (Some(agents.details_of_exit(place.instance, code)), code)
            }
            LiveEnd::Course(CourseEnd::TimedOut) => {
                (Some(StatusDetails::ExecutionTimedOut), kill_code(agents.platform(place.instance)))
            }
            LiveEnd::Killed => (Some(StatusDetails::Cancelled), kill_code(agents.platform(place.instance))),
            LiveEnd::Course(CourseEnd::ReplyLost | CourseEnd::Stopped | CourseEnd::Terminated)
            | LiveEnd::CutOff { .. }
            | LiveEnd::KilledSilently
            | LiveEnd::Silent
            | LiveEnd::Open => (None, -1),
        };
        let succeeded = matches!(details, Some(StatusDetails::Success))
            || matches!(live.end, LiveEnd::Course(CourseEnd::ReplyLost));
        live.end = LiveEnd::Silent;
        let ended = live.ended;
        if !succeeded {
            self.break_foreseen(command, place, observer);
        }
        match details {
            Some(_) if ended => {
                let fact = Fact::LateReply { instance: place.instance, response_code: code };
                self.emit(observer, command, fact);
                self.live.remove(place);
            }
            Some(details) => self.end(command, place, details, Some(code), observer),
            None if ended => self.live.remove(place),
            // Nobody will tell the service: the deadline ends it.
            None => {}
        }
    }

    /// Gives an invocation that was sent its terminal status. `reply` is the exit code of its final reply.
    pub(super) fn end(
        &mut self,
        command: u32,
        place: Place,
        details: StatusDetails,
        reply: Option<i32>,
        observer: &mut impl Observer,
    ) {
        let (now, readings) = (self.now, &self.plan.readings);
        let live = self.live.get_mut(command, place).expect("in flight");
        live.ended = true;
        let ordinal = live.ordinal;
        let ending = Ending {
            state: ended_state(details, readings),
            response_code: reply.unwrap_or(-1),
            sent: Some(live.sent),
            started: live.is_acknowledged().then_some(live.started),
            elapsed: reply.map(|_| live.elapsed),
        };
        if !live.runs() {
            self.live.remove(place);
        }

        let run = self.run_of(command);
        let exceeded_before = run.dispatch.is_exceeded();
        run.tally.record(details);
        let error = counts_as_error(details, readings);
        run.dispatch.handle(now, Input::Ended { ordinal, error });
        let (exceeded, errors) = (run.dispatch.is_exceeded(), run.dispatch.errors());
        self.emit_often(observer, command, Fact::InvocationEnded { instance: place.instance, ending });
        if exceeded && !exceeded_before {
            self.emit(observer, command, Fact::ThresholdExceeded { errors });
        }
        if self.alarms.is_some()
            && matches!(details, StatusDetails::Failed | StatusDetails::ExecutionTimedOut)
        {
            self.count_failure();
        }
    }

    /// The deadline for deliveries (O-18): what was not acknowledged is given up, sent or not.
    pub(super) fn give_up_deliveries(&mut self, command: u32, observer: &mut impl Observer) {
        self.unfold(command, observer);
        for place in self.live.not_ended(command) {
            let live = self.live.get_mut(command, place).expect("not ended");
            if !live.is_acknowledged() {
                self.end(command, place, StatusDetails::DeliveryTimedOut, None, observer);
            }
        }
        self.stop_sending(command);
    }

    /// `ExpiresAfter`: what has not ended is given up, sent or not (S5.3).
    pub(super) fn expire(&mut self, command: u32, observer: &mut impl Observer) {
        self.unfold(command, observer);
        let unanswered_cancel = match self.plan.readings.cancel_unanswered {
            CancelUnanswered::Cancelled => StatusDetails::Cancelled,
            CancelUnanswered::DeliveryTimedOut => StatusDetails::DeliveryTimedOut,
        };
        for place in self.live.not_ended(command) {
            let live = self.live.get_mut(command, place).expect("not ended");
            let details = match live.phase {
                Phase::Cancelling => unanswered_cancel,
                _ => StatusDetails::DeliveryTimedOut,
            };
            self.end(command, place, details, None, observer);
        }
        self.stop_sending(command);
    }

    fn stop_sending(&mut self, command: u32) {
        let now = self.now;
        self.run_of(command).dispatch.handle(now, Input::Expire);
    }

    #[inline(always)]
    pub(super) fn change(
        &mut self,
        command: u32,
        instance: u32,
        status: InvocationStatus,
        details: StatusDetails,
        observer: &mut impl Observer,
    ) {
        let state = InvocationState { status, details };
        self.emit_often(observer, command, Fact::InvocationChanged { instance, state });
    }
}

//! Invocations of which all is known when they are sent, and that nobody must be told of in order of time.
//!
//! Once the window of slow start is open for good, nothing heeds an acknowledgement. Then an invocation on an instance that
//! is always reachable has one event, its end, instead of one for each receipt, acknowledgement and arrival of a
//! message; what lay between is told with it. Only a cancel or a deadline comes between: it finds every such invocation as
//! far as it has come, and from there it goes on event by event.

use super::{
    event::{Event, Place},
    instant::World,
    live::{LiveEnd, Phase},
};
use crate::{
    base::{SimDuration, SimTime},
    fleet::{agent::CourseEnd, reach::Away},
    history::Observer,
};

impl World<'_> {
    /// Whether all of an invocation that is sent now is known, and its acknowledgement changes nothing. What endpoints are to
    /// take in the order of time must be published in it.
    pub(super) fn is_foreseen(&self, command: u32, availability: Option<Away>, end: LiveEnd) -> bool {
        let run = self.untouched_run(command);
        availability.is_none()
            && matches!(end, LiveEnd::Course(CourseEnd::Exit(_) | CourseEnd::TimedOut))
            && run.acknowledged
            && !run.dispatch.heeds_acknowledgements()
            && self.courier.is_none()
    }

    /// An invocation that was sent now, whose message takes `delivery`, has no event but its end.
    pub(super) fn foresee(&mut self, command: u32, place: Place, delivery: SimDuration) {
        let live = self.live.get_mut(command, place).expect("it was sent now");
        live.phase = Phase::Foreseen;
        live.started = live.sent + delivery;
        live.finish_at = live.started + live.elapsed + live.reply;
        let finish_at = live.finish_at;
        self.calendar.schedule(finish_at, command, Event::Finish(place));
    }

    /// Tells what lay between the send and now, and then the end.
    pub(super) fn finish_foreseen(&mut self, command: u32, place: Place, observer: &mut impl Observer) {
        let now = self.now;
        self.holds_messages = true;
        self.acknowledge_foreseen(command, place, observer);
        let live = *self.live.get_mut(command, place).expect("it ends now");
        let stopped_at = live.started + live.elapsed;
        if stopped_at < now && self.fails(place, live.end) {
            self.tell_of(stopped_at, |world| world.break_foreseen(command, place, observer));
        }
        self.tell_held(Some(now), observer);
        self.finish(command, place, observer);
        self.tell_held(None, observer);
        self.holds_messages = false;
    }

    /// Tells the acknowledgement of an invocation that was foreseen, which came before now.
    fn acknowledge_foreseen(&mut self, command: u32, place: Place, observer: &mut impl Observer) {
        let live = self.live.get_mut(command, place).expect("it was foreseen");
        live.phase = Phase::Received;
        let then = live.started + live.reply;
        self.tell_of(then, |world| world.acknowledge(command, place, observer));
    }

    /// Something comes between: the command's invocations that were foreseen are as far as they have come by now, and go on
    /// event by event.
    pub(super) fn unfold(&mut self, command: u32, observer: &mut impl Observer) {
        let now = self.now;
        for place in self.live.not_ended(command) {
            let live = *self.live.get_mut(command, place).expect("not ended");
            if live.phase != Phase::Foreseen {
                continue;
            }
            if live.started > now {
                self.live.get_mut(command, place).expect("not ended").phase = Phase::Sent;
                self.calendar.schedule(live.started, command, Event::Receive(place));
                continue;
            }
            let (acknowledged_at, stops_at) = (live.started + live.reply, live.started + live.elapsed);
            if acknowledged_at <= now {
                self.holds_messages = true;
                self.acknowledge_foreseen(command, place, observer);
                self.tell_held(Some(now), observer);
                self.release_held();
                self.holds_messages = false;
            } else {
                self.live.get_mut(command, place).expect("not ended").phase = Phase::Received;
                self.calendar.schedule(acknowledged_at, command, Event::Acknowledge(place));
            }
            if live.reply > SimDuration::ZERO && self.fails(place, live.end) {
                if stops_at <= now {
                    self.tell_of(stops_at, |world| world.break_foreseen(command, place, observer));
                } else {
                    self.calendar.schedule(stops_at, command, Event::StepEnd(place));
                }
            }
        }
    }

    /// Tells what happened at an earlier time.
    fn tell_of(&mut self, then: SimTime, tell: impl FnOnce(&mut Self)) {
        let now = std::mem::replace(&mut self.now, then);
        tell(self);
        self.now = now;
    }
}

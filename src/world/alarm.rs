//! Alarms that stop commands (S4.29, S4.30): what state each is in, and when commands read it.

use super::{event::Event, instant::World};
use crate::{
    base::SimTime,
    control::Input,
    history::{Fact, Observer},
    scenario::plan::{Alarm, AlarmCause, Plan},
    ssm::alarm::AlarmState,
};

/// What the alarms of a plan have seen. There is none where no command names one.
#[derive(Debug)]
pub(super) struct Alarms {
    /// In the order of the plan.
    counts: Vec<Failures>,
}

/// The failures that an alarm has seen.
#[derive(Clone, Debug, Default)]
struct Failures {
    /// The number of the period of the last one.
    period: u64,
    /// How many there were in that.
    count: u32,
    /// The periods in which there were too many, in order.
    bad: Vec<u64>,
}

impl Alarms {
    /// The alarms of a plan, with their changes entered in the calendar.
    pub(super) fn new(plan: &Plan, calendar: &mut super::calendar::Calendar) -> Option<Box<Self>> {
        if !plan.has_alarms() {
            return None;
        }
        for (at, alarm) in (0..).zip(&plan.alarms) {
            let AlarmCause::Changes(changes) = &alarm.cause else { continue };
            for change in changes {
                calendar.schedule(SimTime::ZERO + change.at, 0, Event::Alarm { at });
            }
        }
        Some(Box::new(Self { counts: vec![Failures::default(); plan.alarms.len()] }))
    }

    /// The state of an alarm at a time, all failures before which have been counted.
    fn state(&self, at: usize, alarm: &Alarm, now: SimTime) -> AlarmState {
        match &alarm.cause {
            AlarmCause::Changes(changes) => {
                let begun = changes.partition_point(|change| SimTime::ZERO + change.at <= now);
                let last = begun.checked_sub(1).map(|last| changes[last].state);
                last.unwrap_or(AlarmState::InsufficientData)
            }
            AlarmCause::Failures { period, .. } => match (now.0 / period.0).checked_sub(1) {
                None => AlarmState::InsufficientData,
                Some(before) if self.counts[at].bad.binary_search(&before).is_ok() => AlarmState::Alarm,
                Some(_) => AlarmState::Ok,
            },
        }
    }
}

impl World<'_> {
    /// An invocation has failed: where it is one too many in a period, the alarm goes off when that is over.
    #[cold]
    pub(super) fn count_failure(&mut self) {
        let now = self.now;
        let Some(alarms) = &mut self.alarms else { return };
        for ((at, alarm), seen) in (0..).zip(&self.plan.alarms).zip(&mut alarms.counts) {
            let AlarmCause::Failures { at_least, period } = alarm.cause else { continue };
            let number = now.0 / period.0;
            if seen.period != number {
                (seen.period, seen.count) = (number, 0);
            }
            seen.count += 1;
            if seen.count == at_least {
                seen.bad.push(number);
                let end = SimTime(number.saturating_add(1).saturating_mul(period.0)).min(SimTime::MAX);
                self.calendar.schedule(end, 0, Event::Alarm { at });
            }
        }
    }

    /// An alarm may have changed: the commands under way that name it read it.
    pub(super) fn change_alarm(&mut self, at: u32, observer: &mut impl Observer) {
        for command in 0..self.commands.len() as u32 {
            let named = self.plan.alarm_of(&self.plan.commands[command as usize]);
            if self.commands[command as usize].is_some()
                && named.is_some_and(|(named, _)| named == at as usize)
            {
                self.read_alarm(command, observer);
            }
        }
    }

    /// A command reads its alarm, and stops if that says so. What was sent goes on (S4.28).
    pub(super) fn read_alarm(&mut self, command: u32, observer: &mut impl Observer) {
        let (now, plan) = (self.now, self.plan);
        let Some(alarms) = &self.alarms else { return };
        let Some((at, ignores)) = plan.alarm_of(&plan.commands[command as usize]) else { return };
        let Some(state) = alarms.state(at, &plan.alarms[at], now).triggers(ignores) else { return };
        let run = self.untouched_run(command);
        if run.has_ended() || run.alarmed {
            return;
        }
        let run = self.run_of(command);
        run.alarmed = true;
        run.dispatch.handle(now, Input::Alarm);
        self.emit(observer, command, Fact::AlarmTriggered { state });
    }
}

//! Random alarms: what their states are when, and which commands name them.

use fleetsim::{
    base::SimDuration,
    scenario::plan::{self, AlarmCause, AlarmChange, Plan},
    ssm::{
        alarm::AlarmState,
        reading::AlarmStop,
        request::{Alarm, AlarmConfiguration},
    },
};
use proptest::{collection::vec, prelude::*, sample::select};

/// Commands are taken in turn, however many there are.
#[derive(Clone, Debug)]
pub struct Alarms {
    alarms: Vec<AlarmCause>,
    /// Of each command the alarm, and whether it ignores that it cannot be read.
    named: Vec<Option<(usize, Option<bool>)>>,
    stop: AlarmStop,
}

pub fn alarms() -> impl Strategy<Value = Alarms> {
    let state =
        select(vec![AlarmState::Ok, AlarmState::Alarm, AlarmState::InsufficientData, AlarmState::Unreadable]);
    // Half seconds, so that instants meet.
    let change = (1..=60_u64, state).prop_map(|(halves, state)| (halves * 500_000, state));
    let changes = vec(change, 1..=4).prop_map(|changes| {
        let mut now = 0;
        let mut from = |after: u64| {
            now += after;
            SimDuration(now)
        };
        let changes = changes.into_iter().map(|(after, state)| AlarmChange { at: from(after), state });
        AlarmCause::Changes(changes.collect())
    });
    let failures = (1..=3_u32, select(vec![1, 5, 10])).prop_map(|(at_least, seconds)| AlarmCause::Failures {
        at_least,
        period: SimDuration::from_secs(seconds),
    });
    let named = (0..3_usize, select(vec![None, Some(false), Some(true)]));
    (
        vec(prop_oneof![changes, failures], 1..=3),
        vec(proptest::option::of(named), 1..=3),
        select(vec![AlarmStop::Terminated, AlarmStop::Cancelled]),
    )
        .prop_map(|(alarms, named, stop)| Alarms { alarms, named, stop })
}

impl Alarms {
    pub fn onto(self, plan: &mut Plan) {
        plan.readings.alarm_stop = self.stop;
        let named = |(number, cause)| plan::Alarm { name: format!("alarm{number}"), cause };
        plan.alarms = self.alarms.into_iter().enumerate().map(named).collect();
        for (command, named) in plan.commands.iter_mut().zip(self.named.iter().cycle()) {
            // One beyond those that there are is not declared.
            command.request.alarm_configuration = named.map(|(alarm, ignore)| AlarmConfiguration {
                ignore_poll_alarm_failure: ignore,
                alarms: vec![Alarm { name: format!("alarm{alarm}") }],
            });
        }
    }
}

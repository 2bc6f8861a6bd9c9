//! The points that alarms rest on.

use super::{Grounds, Point};
use crate::{scenario::plan::AlarmCause, ssm::reading::AlarmStop};

impl Grounds<'_> {
    /// What makes the command's alarm go off, if the plan says so.
    fn alarm(&self) -> Option<&AlarmCause> {
        let (at, _) = self.plan.alarm_of(self.command)?;
        Some(&self.plan.alarms[at].cause)
    }
}

pub(super) const POINTS: &[Point] = &[
    Point {
        name: "O-62",
        matters: |grounds| grounds.alarm().is_some(),
        text: |grounds| match grounds.readings.alarm_stop {
            AlarmStop::Terminated => {
                "What an alarm keeps from being sent is Terminated; what was sent goes on.".into()
            }
            AlarmStop::Cancelled => {
                "What an alarm keeps from being sent is Cancelled; what was sent goes on.".into()
            }
        },
    },
    Point {
        name: "S4.29",
        matters: |grounds| grounds.alarm().is_some(),
        text: |_| {
            "Run Command reads an alarm when it takes the request, and whenever the state changes.".into()
        },
    },
    Point {
        name: "alarm",
        matters: |grounds| matches!(grounds.alarm(), Some(AlarmCause::Failures { .. })),
        text: |_| {
            "An alarm over failures is evaluated as soon as a period is over, for that period alone.".into()
        },
    },
];

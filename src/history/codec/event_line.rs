//! What happened, and what became of an event, in a line of the file.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::line::is_false;
use crate::{
    base::SimTime,
    events::{Cause, Delivery, Happening},
    scenario::Roster,
    ssm::EventStatus,
};

/// What an event tells.
#[derive(Serialize, Deserialize)]
#[serde(tag = "of", rename_all = "kebab-case", deny_unknown_fields)]
pub(super) enum HappeningLine<'a> {
    Command { command: u32, status: EventStatus },
    Invocation { command: u32, instance: Cow<'a, str>, status: EventStatus },
    LifecycleAction { instance: Cow<'a, str>, hook: u32 },
    Launched { instance: Cow<'a, str> },
    LaunchFailed { instance: Cow<'a, str> },
    Terminated { instance: Cow<'a, str> },
}

/// An event on its way to a target.
#[derive(Serialize, Deserialize)]
pub(super) struct DeliveryLine<'a> {
    #[serde(borrow)]
    event: HappeningLine<'a>,
    happened: SimTime,
    rule: u16,
    target: u8,
    #[serde(default, skip_serializing_if = "is_false")]
    second_run: bool,
    #[serde(default, skip_serializing_if = "is_false")]
    again: bool,
}

impl<'a> HappeningLine<'a> {
    pub(super) fn new(happening: Happening, roster: &Roster) -> Self {
        let id = |instance| Cow::Owned(roster.id(instance));
        match happening {
            Happening::Command { command, status } => Self::Command { command, status },
            Happening::Invocation { command, instance, status } => {
                Self::Invocation { command, instance: id(instance), status }
            }
            Happening::LifecycleAction { instance, hook } => {
                Self::LifecycleAction { instance: id(instance), hook }
            }
            Happening::Launched { instance } => Self::Launched { instance: id(instance) },
            Happening::LaunchFailed { instance } => Self::LaunchFailed { instance: id(instance) },
            Happening::Terminated { instance } => Self::Terminated { instance: id(instance) },
        }
    }

    pub(super) fn into_happening(
        self,
        index: &impl Fn(&str) -> Result<u32, String>,
    ) -> Result<Happening, String> {
        Ok(match self {
            Self::Command { command, status } => Happening::Command { command, status },
            Self::Invocation { command, instance, status } => {
                Happening::Invocation { command, instance: index(&instance)?, status }
            }
            Self::LifecycleAction { instance, hook } => {
                Happening::LifecycleAction { instance: index(&instance)?, hook }
            }
            Self::Launched { instance } => Happening::Launched { instance: index(&instance)? },
            Self::LaunchFailed { instance } => Happening::LaunchFailed { instance: index(&instance)? },
            Self::Terminated { instance } => Happening::Terminated { instance: index(&instance)? },
        })
    }
}

impl<'a> DeliveryLine<'a> {
    pub(super) fn new(delivery: Delivery, roster: &Roster) -> Self {
        let Delivery { cause, rule, target, second_run, again } = delivery;
        let event = HappeningLine::new(cause.happening, roster);
        Self { event, happened: cause.time, rule, target, second_run, again }
    }

    pub(super) fn into_delivery(
        self,
        index: &impl Fn(&str) -> Result<u32, String>,
    ) -> Result<Delivery, String> {
        let Self { event, happened: time, rule, target, second_run, again } = self;
        let cause = Cause { time, happening: event.into_happening(index)? };
        Ok(Delivery { cause, rule, target, second_run, again })
    }
}

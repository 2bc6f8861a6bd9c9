//! Facts about events and instances that come and go, to a line of the file and back.

use std::borrow::Cow;

use super::{
    event_line::{DeliveryLine, HappeningLine},
    line::FactLine,
};
use crate::{history::fact::Fact, scenario::Roster};

impl<'a> FactLine<'a> {
    pub(super) fn of_events(fact: &Fact, roster: &Roster) -> Self {
        let id = |instance| Cow::Owned(roster.id(instance));
        let way = |delivery| DeliveryLine::new(delivery, roster);
        match *fact {
            Fact::EventEmitted { happening } => {
                Self::EventEmitted { event: HappeningLine::new(happening, roster) }
            }
            Fact::EventLost { happening } => Self::EventLost { event: HappeningLine::new(happening, roster) },
            Fact::TargetInvoked { delivery, attempt, error } => {
                Self::TargetInvoked { delivery: way(delivery), attempt, error }
            }
            Fact::GivenUp { delivery, error, exhausted, dead_lettered } => {
                Self::GivenUp { delivery: way(delivery), error, exhausted, dead_lettered }
            }
            Fact::Triggered { delivery } => Self::Triggered { delivery: way(delivery) },
            Fact::TriggerDropped { delivery } => Self::TriggerDropped { delivery: way(delivery) },
            Fact::InstanceLaunched { instance } => Self::InstanceLaunched { instance: id(instance) },
            Fact::InstanceInService { instance } => Self::InstanceInService { instance: id(instance) },
            Fact::InstanceTerminated { instance } => Self::InstanceTerminated { instance: id(instance) },
            Fact::ActionStarted { instance, hook } => Self::ActionStarted { instance: id(instance), hook },
            Fact::ActionHeartbeat { instance, hook } => {
                Self::ActionHeartbeat { instance: id(instance), hook }
            }
            Fact::ActionEnded { instance, hook, end } => {
                Self::ActionEnded { instance: id(instance), hook, end }
            }
            Fact::AgentChanged { instance, change } => Self::AgentChanged { instance: id(instance), change },
            Fact::AgentNoted { instance, note } => {
                Self::AgentNoted { instance: id(instance), note, code: note.code() }
            }
            _ => unreachable!("the other facts have lines of their own"),
        }
    }

    pub(super) fn into_fact_of_events(
        self,
        index: &impl Fn(&str) -> Result<u32, String>,
    ) -> Result<Fact, String> {
        Ok(match self {
            Self::EventEmitted { event } => Fact::EventEmitted { happening: event.into_happening(index)? },
            Self::EventLost { event } => Fact::EventLost { happening: event.into_happening(index)? },
            Self::TargetInvoked { delivery, attempt, error } => {
                Fact::TargetInvoked { delivery: delivery.into_delivery(index)?, attempt, error }
            }
            Self::GivenUp { delivery, error, exhausted, dead_lettered } => {
                Fact::GivenUp { delivery: delivery.into_delivery(index)?, error, exhausted, dead_lettered }
            }
            Self::Triggered { delivery } => Fact::Triggered { delivery: delivery.into_delivery(index)? },
            Self::TriggerDropped { delivery } => {
                Fact::TriggerDropped { delivery: delivery.into_delivery(index)? }
            }
            Self::InstanceLaunched { instance } => Fact::InstanceLaunched { instance: index(&instance)? },
            Self::InstanceInService { instance } => Fact::InstanceInService { instance: index(&instance)? },
            Self::InstanceTerminated { instance } => Fact::InstanceTerminated { instance: index(&instance)? },
            Self::ActionStarted { instance, hook } => {
                Fact::ActionStarted { instance: index(&instance)?, hook }
            }
            Self::ActionHeartbeat { instance, hook } => {
                Fact::ActionHeartbeat { instance: index(&instance)?, hook }
            }
            Self::ActionEnded { instance, hook, end } => {
                Fact::ActionEnded { instance: index(&instance)?, hook, end }
            }
            Self::AgentChanged { instance, change } => {
                Fact::AgentChanged { instance: index(&instance)?, change }
            }
            Self::AgentNoted { instance, note, code } => match code {
                Some(code) if note.code() != Some(code) => {
                    return Err(format!("{code} is not the code of this note (S8.19)"));
                }
                _ => Fact::AgentNoted { instance: index(&instance)?, note },
            },
            _ => unreachable!("the other lines are read before"),
        })
    }
}

//! Whether a message reaches an instance's agent at a time (O-23).

use crate::{
    base::{SimDuration, SimTime},
    scenario::plan::AvailabilityState,
};

/// What becomes of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// The agent receives it.
    Now,
    /// The agent will be reachable at that time.
    NotBefore(SimTime),
    /// Registered, but never again reachable.
    Never,
    /// The instance is terminated.
    Gone,
}

/// What becomes of a message that arrives at `now`. `None` stands for an instance that is always reachable.
pub fn reach(availability: Option<AvailabilityState>, now: SimTime) -> Reach {
    match availability {
        None => Reach::Now,
        Some(AvailabilityState::Unreachable) => Reach::Never,
        Some(AvailabilityState::ReachableFrom(from)) if now < at(from) => Reach::NotBefore(at(from)),
        Some(AvailabilityState::ReachableFrom(_)) => Reach::Now,
        Some(AvailabilityState::StoppedAt(when)) if now >= at(when) => Reach::Never,
        Some(AvailabilityState::TerminatedAt(when)) if now >= at(when) => Reach::Gone,
        Some(AvailabilityState::StoppedAt(_) | AvailabilityState::TerminatedAt(_)) => Reach::Now,
    }
}

/// When an instance that is reachable now stops or is terminated, if ever.
pub fn vanishes(availability: Option<AvailabilityState>) -> Option<SimTime> {
    match availability {
        Some(AvailabilityState::StoppedAt(when) | AvailabilityState::TerminatedAt(when)) => Some(at(when)),
        _ => None,
    }
}

fn at(offset: SimDuration) -> SimTime {
    SimTime::ZERO + offset
}

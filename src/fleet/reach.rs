//! Whether a message reaches an instance's agent at a time (O-23).

use crate::base::{SimDuration, SimTime};

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

/// When an instance is away, ready for asking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Away {
    /// Registered, but its agent never answers.
    Unreachable,
    /// Its agent answers from a time on.
    ReachableFrom(SimDuration),
    /// Stopped at a time, for good.
    StoppedAt(SimDuration),
    /// Terminated at a time.
    TerminatedAt(SimDuration),
    /// Its connection comes and goes, in the way that is at this place among those of its group.
    Alternating(u32),
}

/// What becomes of a message that arrives at `now`. `None` stands for an instance that is always reachable. Of an alternating
/// one [`Agents::reachable_from`](super::Agents::reachable_from) knows.
pub fn reach(availability: Option<Away>, now: SimTime) -> Reach {
    match availability {
        None => Reach::Now,
        Some(Away::Unreachable) => Reach::Never,
        Some(Away::ReachableFrom(from)) if now < at(from) => Reach::NotBefore(at(from)),
        Some(Away::ReachableFrom(_)) => Reach::Now,
        Some(Away::StoppedAt(when)) if now >= at(when) => Reach::Never,
        Some(Away::TerminatedAt(when)) if now >= at(when) => Reach::Gone,
        Some(Away::StoppedAt(_) | Away::TerminatedAt(_)) => Reach::Now,
        Some(Away::Alternating(_)) => unreachable!("its cycles are asked"),
    }
}

/// When an instance that is reachable now stops or is terminated, if ever.
pub fn vanishes(availability: Option<Away>) -> Option<SimTime> {
    match availability {
        Some(Away::StoppedAt(when) | Away::TerminatedAt(when)) => Some(at(when)),
        _ => None,
    }
}

fn at(offset: SimDuration) -> SimTime {
    SimTime::ZERO + offset
}

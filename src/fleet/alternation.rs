//! Instances whose connection comes and goes: cycles of being reachable and not, each drawn for itself, so that they are
//! the same whoever asks.

use super::{
    agent::Agents,
    behaviour::{draw, part},
    luck::{Luck, Purpose},
};
use crate::base::{SimDuration, SimTime, distribution::Sampler};

/// No part of a cycle is shorter, or a long simulation would be all cycles.
const SHORTEST: SimDuration = SimDuration::from_secs(1);

/// How long the two parts of a cycle last.
#[derive(Debug)]
pub(super) struct Alternation {
    pub(super) up: Sampler,
    pub(super) down: Sampler,
}

/// One cycle of an instance: reachable, then not. Kept between questions, so that time is not gone through again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cycle {
    ordinal: u32,
    up_until: SimTime,
    down_until: SimTime,
}

impl Agents {
    /// The first time from `now` on at which the instance can be reached. `which` is the alternating state of its group that
    /// holds for it. `cycle` holds what an earlier question, at no later a time, came to.
    pub fn reachable_from(
        &self,
        luck: &Luck,
        instance: u32,
        which: u32,
        cycle: &mut Option<Cycle>,
        now: SimTime,
    ) -> SimTime {
        let mut current = cycle.unwrap_or_else(|| self.cycle(luck, instance, which, 0, SimTime::ZERO));
        while current.down_until <= now && current.down_until < SimTime::MAX {
            current = self.cycle(luck, instance, which, current.ordinal + 1, current.down_until);
        }
        *cycle = Some(current);
        if now < current.up_until { now } else { current.down_until }
    }

    /// A cycle, which begins at `begin`. Of the first one a random part is over then.
    fn cycle(&self, luck: &Luck, instance: u32, which: u32, ordinal: u32, begin: SimTime) -> Cycle {
        let (alternation, key) = self.alternation(instance, which);
        let [up, down, over, _] = luck.of_instance(key, Purpose::Cycle, ordinal);
        let up = draw(&alternation.up, up).max(SHORTEST);
        let down = draw(&alternation.down, down).max(SHORTEST);
        let over = if ordinal == 0 { part(up + down, over) } else { SimDuration::ZERO };
        let end_of = |length: SimDuration| begin + SimDuration(length.0.saturating_sub(over.0));
        Cycle { ordinal, up_until: end_of(up), down_until: end_of(up + down) }
    }
}

//! The luck of events: whether they come, how late, and how the targets of rules fare (section 10).

use super::{
    agent::Agents,
    behaviour::{draw, sampler},
    luck::{Luck, Purpose},
};
use crate::{
    base::{SimDuration, distribution::Sampler},
    events::{Delivery, Happening},
    scenario::plan::Events,
};

/// The longest time that an event is under way, well inside the calendar.
const LONGEST: SimDuration = SimDuration::from_secs(10 * 86_400);

/// The chances of a plan's bus and rules, ready for drawing.
#[derive(Debug)]
pub struct EventLuck {
    latency: Sampler,
    loss: u128,
    rules: Vec<RuleLuck>,
    boots: Vec<Sampler>,
}

#[derive(Debug)]
struct RuleLuck {
    runs_twice: u128,
    /// Of each target the chances of a second invocation and of being throttled.
    targets: Vec<(u128, u128)>,
}

/// What draws need.
#[derive(Clone, Copy, Debug)]
pub struct Dice<'a> {
    /// The luck of the replication.
    pub luck: &'a Luck,
    /// Who knows the instances' keys.
    pub agents: &'a Agents,
}

impl EventLuck {
    /// Prepares the events of a plan. Panics on a distribution that is impossible, which no resolved plan has.
    pub fn new(events: &Events) -> Self {
        let rules = events.rules.iter().map(|rule| {
            let targets = rule.targets.iter();
            RuleLuck {
                runs_twice: rule.runs_twice.words(),
                targets: targets.map(|one| (one.invoked_twice.words(), one.throttled.words())).collect(),
            }
        });
        Self {
            latency: sampler(&events.bus.latency),
            loss: events.bus.loss.words(),
            rules: rules.collect(),
            boots: events.auto_scaling_groups.iter().map(|group| sampler(&group.boot)).collect(),
        }
    }

    /// How long an event takes to the rules; `None` for one that is lost.
    pub fn way(&self, dice: Dice<'_>, happening: Happening) -> Option<SimDuration> {
        let [loss, latency, ..] = dice.draw(happening, Purpose::Emission, 0);
        (u128::from(loss) >= self.loss).then(|| self.later(latency))
    }

    /// How much later an event runs a rule again; `None` when it does not.
    pub fn second_run(&self, dice: Dice<'_>, happening: Happening, rule: u16) -> Option<SimDuration> {
        let chance = self.rules[usize::from(rule)].runs_twice;
        self.again(chance, || dice.draw(happening, Purpose::RuleRun, u32::from(rule) << 13))
    }

    /// How much later a run of a rule invokes a target again; `None` when it does not.
    pub fn second_invocation(&self, dice: Dice<'_>, delivery: &Delivery) -> Option<SimDuration> {
        let chance = self.rules[usize::from(delivery.rule)].targets[usize::from(delivery.target)].0;
        self.again(chance, || dice.draw(delivery.cause.happening, Purpose::TargetRun, place(delivery, 0)))
    }

    /// Whether an attempt is throttled, and a word for the wait before the next one.
    pub fn attempt(&self, dice: Dice<'_>, delivery: &Delivery, attempt: u32) -> (bool, u64) {
        let chance = self.rules[usize::from(delivery.rule)].targets[usize::from(delivery.target)].1;
        let [failure, wait, ..] =
            dice.draw(delivery.cause.happening, Purpose::TargetAttempt, place(delivery, attempt));
        (u128::from(failure) < chance, wait)
    }

    /// From the launch of an instance of an Auto Scaling group until its agent is registered.
    pub fn boot(&self, dice: Dice<'_>, group: usize, instance: u32) -> SimDuration {
        let [word, ..] = dice.luck.of_instance(dice.agents.key(instance), Purpose::Registration, 0);
        draw(&self.boots[group], word).min(LONGEST)
    }

    fn again(&self, chance: u128, words: impl FnOnce() -> [u64; 4]) -> Option<SimDuration> {
        if chance == 0 {
            return None;
        }
        let [twice, latency, ..] = words();
        (u128::from(twice) < chance).then(|| self.later(latency))
    }

    fn later(&self, word: u64) -> SimDuration {
        draw(&self.latency, word).min(LONGEST)
    }
}

impl Dice<'_> {
    fn draw(self, happening: Happening, purpose: Purpose, ordinal: u32) -> [u64; 4] {
        let key = happening.instance().map_or(0, |instance| self.agents.key(instance));
        self.luck.of_invocation(key, happening.command(), purpose, happening.kind() << 22 | ordinal)
    }
}

/// A number for an attempt, below 2^22: 300 rules, 5 targets, 4 copies, 186 attempts.
fn place(delivery: &Delivery, attempt: u32) -> u32 {
    let copy = u32::from(delivery.second_run) << 1 | u32::from(delivery.again);
    u32::from(delivery.rule) << 13 | u32::from(delivery.target) << 10 | copy << 8 | attempt.min(255)
}

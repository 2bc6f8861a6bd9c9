//! The words of facts about events and Auto Scaling.

use super::pair;
use crate::{
    events::{ActionEnd, Delivery, Happening, LifecycleResult},
    history::Fact,
};

/// Tag and words of the facts about events and Auto Scaling. Apart from the others, which every run tells.
#[cold]
pub(super) fn words(fact: &Fact) -> (u64, [u64; 4]) {
    match *fact {
        Fact::EventEmitted { happening } => (30, [happening_word(happening), 0, 0, 0]),
        Fact::EventLost { happening } => (31, [happening_word(happening), 0, 0, 0]),
        Fact::TargetInvoked { delivery, attempt, error } => {
            (32, delivery_words(delivery, pair(attempt, error.map_or(0, |error| 1 + error as u32))))
        }
        Fact::GivenUp { delivery, error, exhausted, dead_lettered } => {
            let how = exhausted.map_or(0, |exhausted| 1 + exhausted as u32) << 1 | u32::from(dead_lettered);
            (33, delivery_words(delivery, pair(error as u32, how)))
        }
        Fact::Triggered { delivery } => (34, delivery_words(delivery, 0)),
        Fact::TriggerDropped { delivery } => (35, delivery_words(delivery, 0)),
        Fact::InstanceLaunched { instance } => (36, [pair(instance, 0), 0, 0, 0]),
        Fact::InstanceInService { instance } => (37, [pair(instance, 0), 0, 0, 0]),
        Fact::InstanceTerminated { instance } => (38, [pair(instance, 0), 0, 0, 0]),
        Fact::ActionStarted { instance, hook } => (39, [pair(instance, hook), 0, 0, 0]),
        Fact::ActionHeartbeat { instance, hook } => (40, [pair(instance, hook), 0, 0, 0]),
        Fact::ActionEnded { instance, hook, end } => {
            let abandoned = |result| u64::from(result == LifecycleResult::Abandon);
            let how = match end {
                ActionEnd::Completed(result) => abandoned(result),
                ActionEnd::TimedOut(result) => 2 + abandoned(result),
                ActionEnd::Skipped => 4,
            };
            (41, [pair(instance, hook), how, 0, 0])
        }
        Fact::AgentChanged { instance, change } => (42, [pair(instance, change as u32), 0, 0, 0]),
        Fact::AgentNoted { instance, note } => (43, [pair(instance, note as u32), 0, 0, 0]),
        _ => unreachable!("the other facts have words of their own"),
    }
}

/// What happened: the instance, then the kind (below 2^10) and the command (below 2^12), which the records of other commands
/// tell as well.
fn happening_word(happening: Happening) -> u64 {
    pair(happening.instance().unwrap_or_default(), happening.kind() << 12 | happening.command())
}

fn delivery_words(delivery: Delivery, last: u64) -> [u64; 4] {
    let Delivery { cause, rule, target, second_run, again } = delivery;
    let copy = u32::from(second_run) << 1 | u32::from(again);
    [happening_word(cause.happening), cause.time.0, pair(rule.into(), u32::from(target) << 2 | copy), last]
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::{
        base::SimTime,
        events::{Cause, Exhausted, TargetError},
        ssm::EventStatus,
    };

    fn happenings() -> Vec<Happening> {
        let mut all = Vec::new();
        for bit in [0].into_iter().chain((0..32).map(|bit| 1 << bit)) {
            let instance = bit;
            all.extend([
                Happening::LifecycleAction { instance, hook: 0 },
                Happening::Launched { instance },
                Happening::LaunchFailed { instance },
                Happening::Terminated { instance },
            ]);
            for status in EventStatus::ALL {
                all.push(Happening::Invocation { command: 0, instance, status });
                // A plan has fewer than 2^12 commands, a group at most 50 hooks.
                if bit < 1 << 12 {
                    all.push(Happening::Command { command: bit, status });
                    all.push(Happening::Invocation { command: bit, instance: 0, status });
                }
            }
            all.extend((bit < 50).then_some(Happening::LifecycleAction { instance: 0, hook: bit }));
        }
        all
    }

    fn facts() -> Vec<Fact> {
        let mut all = Vec::new();
        let delivery = |happening| Delivery {
            cause: Cause { time: SimTime::ZERO, happening },
            rule: 0,
            target: 0,
            second_run: false,
            again: false,
        };
        let of = |delivery| {
            let (attempt, error) = (1, TargetError::NoPermissions);
            let given_up =
                |exhausted, dead_lettered| Fact::GivenUp { delivery, error, exhausted, dead_lettered };
            [
                Fact::TargetInvoked { delivery, attempt, error: None },
                Fact::TargetInvoked { delivery, attempt, error: Some(error) },
                Fact::TargetInvoked { delivery, attempt, error: Some(TargetError::Timeout) },
                Fact::TargetInvoked { delivery, attempt: 2, error: None },
                given_up(None, false),
                given_up(None, true),
                given_up(Some(Exhausted::MaximumRetryAttempts), false),
                given_up(Some(Exhausted::MaximumEventAgeInSeconds), false),
                Fact::GivenUp {
                    delivery,
                    error: TargetError::Timeout,
                    exhausted: None,
                    dead_lettered: false,
                },
                Fact::Triggered { delivery },
                Fact::TriggerDropped { delivery },
            ]
        };
        for happening in happenings() {
            all.extend([Fact::EventEmitted { happening }, Fact::EventLost { happening }]);
            all.extend(of(delivery(happening)));
        }
        let base = delivery(Happening::Launched { instance: 0 });
        all.extend((0..16).flat_map(|bit| of(Delivery { rule: 1 << bit, ..base })));
        all.extend((0..8).flat_map(|bit| of(Delivery { target: 1 << bit, ..base })));
        all.extend(of(Delivery { second_run: true, ..base }));
        all.extend(of(Delivery { again: true, ..base }));
        let time = |bit| Cause { time: SimTime(1_u64 << bit), ..base.cause };
        all.extend((0..64).flat_map(|bit| of(Delivery { cause: time(bit), ..base })));
        for bit in [0].into_iter().chain((0..32).map(|bit| 1 << bit)) {
            for (instance, hook) in [(bit, 0), (0, bit)] {
                all.extend([
                    Fact::ActionStarted { instance, hook },
                    Fact::ActionHeartbeat { instance, hook },
                ]);
                let results = [LifecycleResult::Continue, LifecycleResult::Abandon];
                let ends = results
                    .iter()
                    .flat_map(|&result| [ActionEnd::Completed(result), ActionEnd::TimedOut(result)]);
                all.extend(ends.chain([ActionEnd::Skipped]).map(|end| Fact::ActionEnded {
                    instance,
                    hook,
                    end,
                }));
            }
            let instance = bit;
            all.extend([
                Fact::InstanceLaunched { instance },
                Fact::InstanceInService { instance },
                Fact::InstanceTerminated { instance },
            ]);
        }
        all
    }

    /// Every field is shifted to a place of its own.
    #[test]
    fn no_two_facts_have_the_same_words() {
        let mut seen = BTreeMap::new();
        for fact in facts() {
            let other = seen.insert(words(&fact), fact);
            assert!(other.is_none_or(|other| other == fact), "{other:?} and {fact:?}");
        }
        assert!(seen.len() > 5_000);
    }
}

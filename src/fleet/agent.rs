//! What an instance and its agent do with a command: how long everything takes and how it ends.

use super::{
    individual::Individuals,
    luck::{Luck, Purpose},
    reach::Away,
};
use crate::{
    base::{
        Chance, SimDuration, SimTime,
        distribution::{Distribution, Sampler},
    },
    scenario::plan::{ExecutionResult, Group, Plan},
    ssm::{StatusDetails, status::Platform},
};

/// The exit code of a step that succeeded and after which the remaining steps are skipped (section 8.6).
const EXIT_STOP_WITH_SUCCESS: i32 = 168;

/// All agents of a fleet, ready for drawing.
#[derive(Debug)]
pub struct Agents {
    groups: Vec<GroupModel>,
    /// Index of the first instance of each group.
    firsts: Vec<u32>,
}

#[derive(Debug)]
struct GroupModel {
    individuals: Individuals,
    delivery: Sampler,
    reply: Option<Sampler>,
    execution: Sampler,
    slowness: Option<Sampler>,
    availability: Vec<(u128, Away)>,
    outcomes: Vec<(u128, OutcomeModel)>,
}

#[derive(Debug)]
struct OutcomeModel {
    result: ExecutionResult,
    execution: Option<Sampler>,
}

/// What would happen to one invocation if nobody interfered.
#[derive(Clone, Copy, Debug)]
pub struct Course {
    /// From the send to the receipt by the agent.
    pub delivery: SimDuration,
    /// From a reply of the agent to its receipt by the service; zero when `delivery` covers it.
    pub reply: SimDuration,
    /// How long the execution takes, cut at the execution timeout.
    pub elapsed: SimDuration,
    /// How it ends.
    pub end: CourseEnd,
    /// When, and how, the instance cannot be reached in this replication; `None` if it always can.
    pub availability: Option<Away>,
}

/// How an undisturbed execution ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CourseEnd {
    /// With a final reply that carries this exit code.
    Exit(i32),
    /// The agent kills the step at its execution timeout and replies (S5.15).
    TimedOut,
    /// Well, but the final reply is lost.
    ReplyLost,
    /// The instance stops or is terminated before the end; no reply.
    Vanished,
}

impl Agents {
    /// Compiles the plan's groups. Panics on an impossible distribution: a resolved plan holds none.
    pub fn new(plan: &Plan) -> Self {
        let firsts = plan.groups.iter().scan(0, |next, group| {
            let first = *next;
            *next += group.count();
            Some(first)
        });
        Self { firsts: firsts.collect(), groups: plan.groups.iter().map(GroupModel::new).collect() }
    }

    /// What would happen to an invocation that is sent to the instance and limited to `execution_timeout`.
    pub fn course(&self, luck: &Luck, instance: u32, command: u32, execution_timeout: SimDuration) -> Course {
        let (group, key) = self.locate(instance);
        let [delivery, outcome, execution, reply] = luck.of_invocation(key, command, Purpose::Invocation, 0);
        let outcome = pick(&group.outcomes, outcome);
        let result = outcome.map_or(ExecutionResult::Exit(0), |outcome| outcome.result);
        let sampler = outcome.and_then(|outcome| outcome.execution.as_ref()).unwrap_or(&group.execution);
        let whole = delay(sampler.sample(execution) * group.slowness(luck, key));
        let moment = || {
            let [word, ..] = luck.of_invocation(key, command, Purpose::Interruption, 0);
            SimDuration(((u128::from(whole.0.min(execution_timeout.0)) * u128::from(word)) >> 64) as u64)
        };
        let (elapsed, end) = match result {
            ExecutionResult::Stopped | ExecutionResult::Terminated => {
                (moment().max(SimDuration::UNIT), CourseEnd::Vanished)
            }
            ExecutionResult::Hang => (execution_timeout, CourseEnd::TimedOut),
            _ if whole > execution_timeout => (execution_timeout, CourseEnd::TimedOut),
            ExecutionResult::Exit(code) => (whole, CourseEnd::Exit(code)),
            ExecutionResult::ReplyLost => (whole, CourseEnd::ReplyLost),
        };
        Course {
            delivery: delay(group.delivery.sample(delivery)),
            reply: group.reply.as_ref().map_or(SimDuration::ZERO, |sampler| delay(sampler.sample(reply))),
            elapsed,
            end,
            availability: group.availability(luck, key),
        }
    }

    /// How long another attempt at delivery takes; `attempt` counts from 1.
    pub fn redelivery(&self, luck: &Luck, instance: u32, command: u32, attempt: u32) -> SimDuration {
        self.message(luck, instance, command, Purpose::Redelivery, attempt)
    }

    /// How long the delivery of a cancel message takes.
    pub fn cancel_delivery(&self, luck: &Luck, instance: u32, command: u32) -> SimDuration {
        self.message(luck, instance, command, Purpose::Cancel, 0)
    }

    /// The invocation's terminal details that an exit code stands for (section 8.6, O-44).
    pub fn details_of_exit(&self, instance: u32, code: i32) -> StatusDetails {
        match code {
            0 | EXIT_STOP_WITH_SUCCESS => StatusDetails::Success,
            code if code == self.kill_code(instance) => StatusDetails::ExecutionTimedOut,
            _ => StatusDetails::Failed,
        }
    }

    /// The exit code of a step that was killed: 137, on Windows -1 (S5.15).
    pub fn kill_code(&self, instance: u32) -> i32 {
        let (group, place) = self.group_of(instance);
        match group.individuals.platform(place) {
            Platform::Windows => -1,
            Platform::Linux | Platform::MacOS => 137,
        }
    }

    fn message(
        &self,
        luck: &Luck,
        instance: u32,
        command: u32,
        purpose: Purpose,
        ordinal: u32,
    ) -> SimDuration {
        let (group, key) = self.locate(instance);
        let [word, ..] = luck.of_invocation(key, command, purpose, ordinal);
        delay(group.delivery.sample(word))
    }

    /// The group of an instance, and the key of the instance's luck.
    fn locate(&self, instance: u32) -> (&GroupModel, u64) {
        let (group, place) = self.group_of(instance);
        (group, group.individuals.key(place))
    }

    /// The group of an instance, and its place within the group.
    fn group_of(&self, instance: u32) -> (&GroupModel, u32) {
        let at = self.firsts.partition_point(|&first| first <= instance) - 1;
        (&self.groups[at], instance - self.firsts[at])
    }
}

impl GroupModel {
    fn new(group: &Group) -> Self {
        let sampler = |distribution| Sampler::new(distribution).expect("a resolved plan is possible");
        let constant_one = Distribution::Constant { value: 1.0 };
        Self {
            individuals: Individuals::new(group),
            delivery: sampler(&group.delivery),
            reply: group.reply.as_ref().map(sampler),
            execution: sampler(&group.execution),
            slowness: (group.slowness != constant_one).then(|| sampler(&group.slowness)),
            availability: cumulate(group.availability.iter().map(|a| (a.chance, Away::new(&a.state)))),
            outcomes: cumulate(group.outcomes.iter().map(|outcome| {
                let execution = outcome.execution.as_ref().map(sampler);
                (outcome.chance, OutcomeModel { result: outcome.result, execution })
            })),
        }
    }

    fn availability(&self, luck: &Luck, key: u64) -> Option<Away> {
        if self.availability.is_empty() {
            return None;
        }
        let [word, ..] = luck.of_instance(key, Purpose::Availability);
        pick(&self.availability, word).copied()
    }

    fn slowness(&self, luck: &Luck, key: u64) -> f64 {
        let Some(sampler) = &self.slowness else { return 1.0 };
        let [word, ..] = luck.of_fleet(key, Purpose::Slowness);
        sampler.sample(word)
    }
}

/// Chances as upper bounds of words: a word below the first bound means the first, and so on.
fn cumulate<T>(chances: impl Iterator<Item = (Chance, T)>) -> Vec<(u128, T)> {
    let mut parts = 0;
    chances
        .map(|(chance, what)| {
            parts += chance.0;
            (Chance(parts).words(), what)
        })
        .collect()
}

fn pick<T>(bounds: &[(u128, T)], word: u64) -> Option<&T> {
    bounds.iter().find(|(bound, _)| u128::from(word) < *bound).map(|(_, what)| what)
}

/// Microseconds to a delay of at least one unit and no longer than the calendar.
fn delay(microseconds: f64) -> SimDuration {
    // The cast saturates, and takes NaN to zero.
    SimDuration(((microseconds + 0.5) as u64).clamp(SimDuration::UNIT.0, SimTime::MAX.0))
}

//! How steps go in a group: how long a run takes, and with which chances it ends how.

use crate::{
    base::{
        Chance, SimDuration, SimTime,
        distribution::{Distribution, Sampler},
    },
    scenario::plan::{Command, ExecutionResult, Group, Outcome, Plan, Step},
};

/// The steps of a group, each with its behaviour.
#[derive(Debug)]
pub(super) struct Behaviours {
    /// The group's own, of all steps that have none.
    common: Behaviour,
    of_their_own: Vec<Behaviour>,
    /// For each step of the plan its execution timeout, and the place in `of_their_own` if it has one.
    steps: Vec<(SimDuration, Option<u32>)>,
}

/// How one step goes.
#[derive(Debug)]
pub(super) struct Behaviour {
    pub(super) execution: Sampler,
    outcomes: Vec<OutcomeModel>,
    /// Which of the outcomes a word means, in a run that none of them names.
    chances: Vec<Bounded<usize>>,
    /// The same for each run that one of them names.
    by_run: Vec<(u32, Vec<Bounded<usize>>)>,
}

/// One way to end.
#[derive(Debug)]
pub(super) struct OutcomeModel {
    pub(super) result: ExecutionResult,
    pub(super) execution: Option<Sampler>,
}

/// Something with the upper bound of the words that mean it, beyond those that mean what stands before it.
pub(super) type Bounded<T> = (u128, T);

impl Behaviours {
    /// Compiles a group's. `first_steps` has the place of each command's first step among those of all commands. Panics on
    /// an impossible distribution: a resolved plan holds none.
    pub(super) fn new(plan: &Plan, group: &Group, first_steps: &[usize]) -> Self {
        let all = plan.commands.iter().flat_map(|command| &command.steps);
        let mut steps: Vec<_> = all.map(|step| (timeout(step), None)).collect();
        for (place, step) in (0..).zip(&group.steps) {
            steps[first_steps[step.command as usize] + step.step as usize].1 = Some(place);
        }
        Self {
            common: Behaviour::new(sampler(&group.execution), &group.outcomes),
            of_their_own: (group.steps.iter())
                .map(|step| Behaviour::new(sampler(&step.execution), &step.outcomes))
                .collect(),
            steps,
        }
    }

    /// Takes in a command that was added behind the others; what the group says of its steps stands behind what it says
    /// of theirs.
    pub(super) fn add_command(&mut self, group: &Group, index: u32, command: &Command) {
        let first = self.steps.len();
        self.steps.extend(command.steps.iter().map(|step| (timeout(step), None)));
        for behaviour in &group.steps[self.of_their_own.len()..] {
            debug_assert_eq!(behaviour.command, index);
            self.steps[first + behaviour.step as usize].1 = Some(self.of_their_own.len() as u32);
            self.of_their_own.push(Behaviour::new(sampler(&behaviour.execution), &behaviour.outcomes));
        }
    }

    /// The behaviour of the step at `place` among those of all commands, and its execution timeout.
    #[inline]
    pub(super) fn of_step(&self, place: usize) -> (&Behaviour, SimDuration) {
        let (timeout, own) = self.steps[place];
        (own.map_or(&self.common, |own| &self.of_their_own[own as usize]), timeout)
    }
}

fn timeout(step: &Step) -> SimDuration {
    SimDuration::from_secs(step.timeout_seconds.into())
}

impl Behaviour {
    fn new(execution: Sampler, outcomes: &[Outcome]) -> Self {
        let mut runs: Vec<u32> = outcomes.iter().filter_map(|outcome| outcome.run).collect();
        runs.sort_unstable();
        runs.dedup();
        let of_run = |run| {
            let all = outcomes.iter().enumerate();
            let possible = all.filter(|(_, outcome)| outcome.run.is_none() || outcome.run == run);
            cumulate(possible.map(|(place, outcome)| (outcome.chance, place)))
        };
        let model = |outcome: &Outcome| OutcomeModel {
            result: outcome.result,
            execution: outcome.execution.as_ref().map(sampler),
        };
        Self {
            execution,
            outcomes: outcomes.iter().map(model).collect(),
            chances: of_run(None),
            by_run: runs.into_iter().map(|run| (run, of_run(Some(run)))).collect(),
        }
    }

    /// The outcome that a word stands for in a run; `None` for exit code 0.
    #[inline]
    pub(super) fn outcome(&self, run: u32, word: u64) -> Option<&OutcomeModel> {
        let named = self.by_run.iter().find(|(other, _)| *other == run);
        let place = pick(named.map_or(&self.chances, |(_, chances)| chances), word)?;
        Some(&self.outcomes[*place])
    }
}

/// Chances as upper bounds of words: a word below the first bound means the first, and so on.
pub(super) fn cumulate<T>(chances: impl Iterator<Item = (Chance, T)>) -> Vec<Bounded<T>> {
    let mut parts = 0;
    chances
        .map(|(chance, what)| {
            parts += chance.0;
            (Chance(parts).words(), what)
        })
        .collect()
}

/// What a word means; `None` for what no bound takes in.
pub(super) fn pick<T>(bounds: &[Bounded<T>], word: u64) -> Option<&T> {
    bounds.iter().find(|(bound, _)| u128::from(word) < *bound).map(|(_, what)| what)
}

/// The sampler of a distribution of a resolved plan.
pub(super) fn sampler(distribution: &Distribution) -> Sampler {
    Sampler::new(distribution).expect("a resolved plan is possible")
}

/// A duration of at least one unit and no longer than the calendar.
#[inline]
pub(super) fn draw(sampler: &Sampler, word: u64) -> SimDuration {
    delay(sampler.sample(word))
}

/// Microseconds to a delay of at least one unit and no longer than the calendar.
#[inline]
pub(super) fn delay(microseconds: f64) -> SimDuration {
    // The cast saturates, and takes NaN to zero. To a signed number it is the shorter one.
    let rounded = (microseconds + 0.5) as i64;
    SimDuration(rounded.clamp(SimDuration::UNIT.0 as i64, SimTime::MAX.0 as i64) as u64)
}

/// The part of a duration that a word stands for, from nothing to not quite all of it.
pub(super) fn part(whole: SimDuration, word: u64) -> SimDuration {
    SimDuration(((u128::from(whole.0) * u128::from(word)) >> 64) as u64)
}

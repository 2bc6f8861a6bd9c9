//! What an instance and its agent do with a command: how long everything takes and how it ends.

use super::{
    alternation::Alternation,
    behaviour::{Behaviours, Bounded, cumulate, delay, draw, part, pick, sampler},
    fault::Faults,
    individual::Individuals,
    luck::{Luck, Purpose},
    output::{Ended, Outputs, StoreOutages, Uploads},
    reach::Away,
    steps,
};
use crate::{
    base::{
        SimDuration, SimTime,
        distribution::{Distribution, Sampler},
    },
    scenario::plan::{AgentLimits, AvailabilityState, Channel, ExecutionResult, Group, Plan},
    ssm::{StatusDetails, StepStatus, status::Platform},
};

/// All agents of a fleet, ready for drawing.
#[derive(Debug)]
pub struct Agents {
    /// Each group, with the index of its first instance.
    groups: Vec<(u32, GroupModel)>,
    /// For each command the place of its first step among those of all commands.
    first_steps: Vec<usize>,
    /// How many steps all commands have.
    steps: usize,
    pub(super) faults: Faults,
    /// Whether any of them hears of messages in polls.
    pub(super) has_polls: bool,
}

#[derive(Debug)]
struct GroupModel {
    individuals: Individuals,
    limits: AgentLimits,
    channel: Channel,
    is_busy: bool,
    delivery: Sampler,
    reply: Option<Sampler>,
    behaviours: Behaviours,
    slowness: Option<Sampler>,
    availability: Vec<Bounded<Away>>,
    alternations: Vec<Alternation>,
    boot: Sampler,
    outputs: Option<Outputs>,
}

/// One run of one step of a command: a step runs again after a reboot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run {
    /// Index of the command.
    pub command: u32,
    /// Index of the step in the command's document.
    pub step: u32,
    /// Which run of the step, from 1.
    pub number: u32,
}

/// What a message to an instance meets.
#[derive(Clone, Copy, Debug)]
pub struct Contact {
    /// From the send to the receipt by the agent.
    pub delivery: SimDuration,
    /// From the agent's first reply to its receipt by the service; zero when `delivery` covers it.
    pub reply: SimDuration,
    /// When, and how, the instance cannot be reached in this replication; `None` if it always can.
    pub availability: Option<Away>,
}

/// What would happen in one run of a step if nobody interfered.
#[derive(Clone, Copy, Debug)]
pub struct Execution {
    /// How long it takes, cut at the execution timeout.
    pub elapsed: SimDuration,
    /// How it ends.
    pub end: CourseEnd,
    /// From the reply about it to its receipt by the service; zero as in [`Contact`].
    pub reply: SimDuration,
}

/// What would happen to an invocation of one step if nobody interfered. All its replies take the same time.
#[derive(Clone, Copy, Debug)]
pub struct Course {
    /// Its way to the instance and back.
    pub contact: Contact,
    /// How long the execution takes, cut at the execution timeout.
    pub elapsed: SimDuration,
    /// How it ends.
    pub end: CourseEnd,
}

/// How an undisturbed execution ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CourseEnd {
    /// With a reply that carries this exit code.
    Exit(i32),
    /// The agent kills the step at its execution timeout and replies (S5.15).
    TimedOut,
    /// Well, but the reply is lost, and so are all later ones.
    ReplyLost,
    /// The instance stops before the end; no reply.
    Stopped,
    /// The instance is terminated before the end; no reply.
    Terminated,
}

impl Agents {
    /// Compiles the plan's groups. Panics on an impossible distribution: a resolved plan holds none.
    pub fn new(plan: &Plan) -> Self {
        let first_steps: Vec<usize> = (plan.commands.iter())
            .scan(0, |next, command| {
                let first = *next;
                *next += command.steps.len();
                Some(first)
            })
            .collect();
        let outages = StoreOutages::new(plan);
        let groups = plan.groups.iter().scan(0, |next, group| {
            let first = *next;
            *next += group.count();
            Some((first, GroupModel::new(plan, group, &first_steps, &outages)))
        });
        let steps = plan.commands.iter().map(|command| command.steps.len()).sum();
        let has_polls = plan.groups.iter().any(|group| group.channel == Channel::Mds);
        Self { groups: groups.collect(), first_steps, steps, faults: Faults::new(plan), has_polls }
    }

    /// Takes in a command that was added to the plan behind the others.
    pub fn add_command(&mut self, plan: &Plan, index: u32) {
        self.first_steps.push(self.steps);
        let command = &plan.commands[index as usize];
        self.steps += command.steps.len();
        for ((_, model), group) in self.groups.iter_mut().zip(&plan.groups) {
            model.behaviours.add_command(group, index, command);
            if let Some(outputs) = &mut model.outputs {
                outputs.take_in(group);
            }
        }
    }

    /// What would happen to an invocation of one step that is sent to the instance.
    pub fn course(&self, luck: &Luck, instance: u32, command: u32) -> Course {
        let (group, key) = self.locate(instance);
        let words = luck.of_invocation(key, command, Purpose::Invocation, 0);
        let run = Run { command, step: 0, number: 1 };
        let (elapsed, end) = self.run(luck, group, key, run, words, 1.0);
        Course { contact: group.contact(luck, key, words), elapsed, end }
    }

    /// What a command's message to the instance meets.
    pub fn contact(&self, luck: &Luck, instance: u32, command: u32) -> Contact {
        let (group, key) = self.locate(instance);
        group.contact(luck, key, luck.of_invocation(key, command, Purpose::Invocation, 0))
    }

    /// What would happen in a run of a step on the instance that begins now.
    pub fn execution(&self, luck: &Luck, instance: u32, run: Run, now: SimTime) -> Execution {
        let (group, key) = self.locate(instance);
        let words = luck.of_invocation(key, run.command, Purpose::Invocation, run.ordinal());
        let slowdown = if self.has_faults() { self.slowdown(luck, instance, now) } else { 1.0 };
        let (elapsed, end) = self.run(luck, group, key, run, words, slowdown);
        Execution { elapsed, end, reply: group.reply(words[3]) }
    }

    // Within `course`, which every invocation of the reference rollout goes through.
    #[inline(always)]
    fn run(
        &self,
        luck: &Luck,
        group: &GroupModel,
        key: u64,
        run: Run,
        words: [u64; 4],
        slowdown: f64,
    ) -> (SimDuration, CourseEnd) {
        let [_, outcome, execution, _] = words;
        let step = self.first_steps[run.command as usize] + run.step as usize;
        let (behaviour, timeout) = group.behaviours.of_step(step);
        let outcome = behaviour.outcome(run.number, outcome);
        let result = outcome.map_or(ExecutionResult::Exit(0), |outcome| outcome.result);
        let sampler = outcome.and_then(|outcome| outcome.execution.as_ref()).unwrap_or(&behaviour.execution);
        let whole = delay(sampler.sample(execution) * group.slowness(luck, key) * slowdown);
        let moment = || {
            let [word, ..] = luck.of_invocation(key, run.command, Purpose::Interruption, run.ordinal());
            part(whole.min(timeout), word).max(SimDuration::UNIT)
        };
        match result {
            ExecutionResult::Stopped => (moment(), CourseEnd::Stopped),
            ExecutionResult::Terminated => (moment(), CourseEnd::Terminated),
            ExecutionResult::Hang => (timeout, CourseEnd::TimedOut),
            _ if whole > timeout => (timeout, CourseEnd::TimedOut),
            ExecutionResult::Exit(code) => (whole, CourseEnd::Exit(code)),
            ExecutionResult::ReplyLost => (whole, CourseEnd::ReplyLost),
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

    /// How long the instance takes to boot, after a reboot that a command asked for after so many `restarts`.
    pub fn boot(&self, luck: &Luck, instance: u32, command: u32, restarts: u32) -> SimDuration {
        let (group, key) = self.locate(instance);
        let [word, ..] = luck.of_invocation(key, command, Purpose::Boot, restarts);
        draw(&group.boot, word)
    }

    /// The invocation's terminal details that the exit code of an only step stands for (section 8.6, O-44).
    pub fn details_of_exit(&self, instance: u32, code: i32) -> StatusDetails {
        if code == 0 {
            return StatusDetails::Success;
        }
        match steps::status_of_exit(self.platform(instance), code) {
            StepStatus::Success => StatusDetails::Success,
            StepStatus::TimedOut => StatusDetails::ExecutionTimedOut,
            _ => StatusDetails::Failed,
        }
    }

    /// What becomes of the outputs of a step on an instance; `None` where nothing is said of them.
    pub fn uploads(&self, luck: &Luck, instance: u32, step: Ended) -> Option<Uploads> {
        let (group, key) = self.locate(instance);
        Some(group.outputs.as_ref()?.uploads(luck, (instance, key), step))
    }

    /// The platform of an instance.
    pub fn platform(&self, instance: u32) -> Platform {
        let (group, place) = self.group_of(instance);
        group.individuals.platform(place)
    }

    /// The limits of an instance's agent.
    pub fn limits(&self, instance: u32) -> AgentLimits {
        self.group_of(instance).0.limits
    }

    /// The way on which messages reach an instance's agent.
    pub(super) fn channel(&self, instance: u32) -> Channel {
        self.group_of(instance).0.channel
    }

    /// Whether what an instance's pool does is worth telling.
    pub fn is_busy(&self, instance: u32) -> bool {
        self.group_of(instance).0.is_busy
    }

    /// An alternating state of an instance's group, and the key of the instance's luck.
    pub(super) fn alternation(&self, instance: u32, which: u32) -> (&Alternation, u64) {
        let (group, key) = self.locate(instance);
        (&group.alternations[which as usize], key)
    }

    /// The key of an instance's luck.
    pub fn key(&self, instance: u32) -> u64 {
        self.locate(instance).1
    }

    /// When, and how, the instance cannot be reached in this replication, faults aside; `None` if it always can.
    pub fn availability(&self, luck: &Luck, instance: u32) -> Option<Away> {
        let (group, key) = self.locate(instance);
        group.availability(luck, key)
    }

    pub(super) fn message(
        &self,
        luck: &Luck,
        instance: u32,
        command: u32,
        purpose: Purpose,
        ordinal: u32,
    ) -> SimDuration {
        let (group, key) = self.locate(instance);
        let [word, ..] = luck.of_invocation(key, command, purpose, ordinal);
        draw(&group.delivery, word)
    }

    /// The group of an instance, and the key of the instance's luck.
    fn locate(&self, instance: u32) -> (&GroupModel, u64) {
        let (group, place) = self.group_of(instance);
        (group, group.individuals.key(place))
    }

    /// The group of an instance, and its place within the group.
    fn group_of(&self, instance: u32) -> (&GroupModel, u32) {
        let at = self.groups.partition_point(|(first, _)| *first <= instance) - 1;
        let (first, group) = &self.groups[at];
        (group, instance - first)
    }
}

impl Run {
    /// The ordinal of its draws; that of the first run of the first step is 0.
    pub(super) fn ordinal(self) -> u32 {
        self.step << 16 | (self.number - 1)
    }
}

impl CourseEnd {
    /// Whether the instance is gone, so that nothing follows.
    pub fn is_gone(self) -> bool {
        matches!(self, Self::Stopped | Self::Terminated)
    }
}

impl GroupModel {
    fn new(plan: &Plan, group: &Group, first_steps: &[usize], outages: &StoreOutages) -> Self {
        let constant_one = Distribution::Constant { value: 1.0 };
        let mut alternations = Vec::new();
        let states = group.availability.iter().map(|availability| {
            let away = match &availability.state {
                AvailabilityState::Unreachable => Away::Unreachable,
                AvailabilityState::ReachableFrom(from) => Away::ReachableFrom(*from),
                AvailabilityState::StoppedAt(when) => Away::StoppedAt(*when),
                AvailabilityState::TerminatedAt(when) => Away::TerminatedAt(*when),
                AvailabilityState::Alternating { up, down } => {
                    alternations.push(Alternation { up: sampler(up), down: sampler(down) });
                    Away::Alternating(alternations.len() as u32 - 1)
                }
            };
            (availability.chance, away)
        });
        Self {
            individuals: Individuals::new(group),
            limits: group.agent,
            channel: group.channel,
            is_busy: plan.has_busy_agents(group),
            delivery: sampler(&group.delivery),
            reply: group.reply.as_ref().map(sampler),
            behaviours: Behaviours::new(plan, group, first_steps),
            slowness: (group.slowness != constant_one).then(|| sampler(&group.slowness)),
            availability: cumulate(states),
            alternations,
            boot: sampler(&group.reboot),
            outputs: Outputs::new(group, outages),
        }
    }

    #[inline(always)]
    fn contact(&self, luck: &Luck, key: u64, [delivery, _, _, reply]: [u64; 4]) -> Contact {
        Contact {
            delivery: draw(&self.delivery, delivery),
            reply: self.reply(reply),
            availability: self.availability(luck, key),
        }
    }

    #[inline]
    fn reply(&self, word: u64) -> SimDuration {
        self.reply.as_ref().map_or(SimDuration::ZERO, |sampler| draw(sampler, word))
    }

    #[inline]
    fn availability(&self, luck: &Luck, key: u64) -> Option<Away> {
        if self.availability.is_empty() {
            return None;
        }
        let [word, ..] = luck.of_instance(key, Purpose::Availability, 0);
        pick(&self.availability, word).copied()
    }

    #[inline]
    fn slowness(&self, luck: &Luck, key: u64) -> f64 {
        let Some(sampler) = &self.slowness else { return 1.0 };
        let [word, ..] = luck.of_fleet(key, Purpose::Slowness);
        sampler.sample(word)
    }
}

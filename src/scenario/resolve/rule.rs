//! Rules: the `[[outcome]]`s and `[[behaviour]]`s of a scenario, laid over its groups.

use super::{Fleet, command::Resolved, condition, outcome, output};
use crate::{
    base::{Chance, distribution::Distribution},
    scenario::{
        document::{Behaviour, OutcomeRule, Scenario, Where},
        origin::Basis,
        plan::{ExecutionResult, Group, Outcome, Step, StepBehaviour, Written},
        review::Review,
    },
    ssm::{document::Document, status::Platform},
};

/// The most steps that go otherwise than their group says, in all groups together.
const MOST_BEHAVIOURS: usize = 1_000_000;

/// One step of one command, for rules to match.
pub(super) struct Run<'a> {
    /// Index of the command.
    command: u32,
    /// Index of the step.
    step: u32,
    pub(super) command_name: &'a str,
    pub(super) document: &'a Document,
    pub(super) step_name: &'a str,
    /// The platforms on which it is not skipped.
    platforms: &'a [Platform],
}

impl<'a> Run<'a> {
    /// Every step of the commands that could be resolved.
    pub(super) fn all(commands: &'a [Option<Resolved<'a>>]) -> Vec<Self> {
        let commands = (0..).zip(commands).filter_map(|(at, command)| Some((at, command.as_ref()?)));
        let runs = commands.flat_map(|(command, Resolved { command: plan, document })| {
            let run = move |(step, plan_step): (u32, &'a Step)| Self {
                command,
                step,
                command_name: &plan.name,
                document,
                step_name: &plan_step.name,
                platforms: &plan_step.platforms,
            };
            (0..).zip(&plan.steps).map(run)
        });
        runs.collect()
    }

    /// Index of the command, and of the step in its document.
    pub(super) fn place(&self) -> (u32, u32) {
        (self.command, self.step)
    }

    /// Whether the step runs on a platform: it is neither skipped there nor fails at once.
    pub(super) fn works_on(&self, platform: Platform) -> bool {
        self.platforms.contains(&platform) && !self.fails_on(platform)
    }

    /// Whether the step fails at once on a platform on which its action does not run: before schema 2.2 it is not
    /// skipped (S8.34).
    fn fails_on(&self, platform: Platform) -> bool {
        let action = self.document.steps[self.step as usize].action;
        !self.document.skips && !action.platforms.contains(&platform)
    }
}

/// Lays the rules over the groups. Where a command has faults, `is_whole` is false and its steps are missing from `runs`.
pub(super) fn apply(
    scenario: &Scenario,
    fleet: &mut Fleet,
    names: &[String],
    runs: &[Run<'_>],
    is_whole: bool,
    review: &mut Review<'_>,
) {
    let name = |written: &usize| scenario.group[*written].name.as_str();
    let groups = fleet.written.iter().map(name).zip(&fleet.groups).collect();
    let scope = condition::Scope { groups, commands: names, runs: is_whole.then_some(runs) };
    let outcomes = scenario.outcome.iter().flatten().enumerate();
    let outcomes = outcomes.map(|(at, rule)| OutcomeLaid::new(at, rule, &scope, review)).collect();
    let behaviours = scenario.behaviour.iter().flatten().enumerate();
    let behaviours = behaviours.map(|(at, rule)| BehaviourLaid::new(at, rule, &scope, review)).collect();
    let rules = Rules { outcomes, behaviours };
    let mut count = 0;
    for (at, (written, group)) in fleet.written.iter().zip(&mut fleet.groups).enumerate() {
        let pointer = format!("/group/{written}/outcomes");
        let Some(platform) = group.members.platforms().next() else {
            outcome::check(&group.outcomes, Platform::default(), &pointer, review);
            continue;
        };
        let added = rules.outcomes_of_all_steps(name(written), group);
        if !added.is_empty() {
            review.origins.note(format!("/groups/{at}/outcomes"), Basis::Scenario);
        }
        group.outcomes.extend(added.iter().cloned());
        outcome::check(&group.outcomes, platform, &pointer, review);
        let most = MOST_BEHAVIOURS - count;
        for (behaviour, rule) in rules.behaviours((name(written), group), &added, runs, most) {
            let pointer = rule.map_or(pointer.clone(), |rule| format!("/behaviour/{rule}/outcomes"));
            outcome::check(&behaviour.outcomes, platform, &pointer, review);
            group.steps.push(behaviour);
        }
        if group.steps.iter().any(|step| step.output.is_some()) {
            group.output.get_or_insert_with(|| Box::new(output::silent()));
        }
        if !group.steps.is_empty() {
            review.origins.note(format!("/groups/{at}/steps"), Basis::Scenario);
        }
        count += group.steps.len();
    }
    if count >= MOST_BEHAVIOURS {
        let message = format!("the rules change {MOST_BEHAVIOURS} steps of groups or more");
        review.error("/behaviour", message, "let them match fewer groups, commands or steps");
    }
}

/// The rules of a scenario, resolved.
struct Rules<'a> {
    outcomes: Vec<OutcomeLaid<'a>>,
    behaviours: Vec<BehaviourLaid<'a>>,
}

struct OutcomeLaid<'a> {
    condition: Option<&'a Where>,
    outcome: Option<Outcome>,
}

struct BehaviourLaid<'a> {
    condition: Option<&'a Where>,
    execution: Option<Distribution>,
    outcomes: Option<Vec<Outcome>>,
    output: Option<Written>,
}

impl<'a> OutcomeLaid<'a> {
    fn new(at: usize, rule: &'a OutcomeRule, scope: &condition::Scope<'_>, review: &mut Review<'_>) -> Self {
        let pointer = format!("/outcome/{at}");
        let condition = rule.matching.as_ref();
        scope.check(condition, &pointer, "outcome", review);
        Self { condition, outcome: outcome::resolve(&rule.outcome(), &pointer, review) }
    }
}

impl<'a> BehaviourLaid<'a> {
    fn new(at: usize, rule: &'a Behaviour, scope: &condition::Scope<'_>, review: &mut Review<'_>) -> Self {
        let pointer = format!("/behaviour/{at}");
        let condition = rule.matching.as_ref();
        scope.check(condition, &pointer, "behaviour", review);
        if rule.execution.is_none() && rule.outcomes.is_none() && rule.output.is_none() {
            let help = "give `execution`, `outcomes`, `output` or several of them";
            review.error(&pointer, "this behaviour does not say what is different", help);
        }
        let execution = rule.execution.as_ref();
        let execution =
            execution.map(|written| outcome::duration(written, &format!("{pointer}/execution"), review));
        let outcomes = rule.outcomes.as_deref();
        let outcomes =
            outcomes.map(|list| outcome::resolve_all(list, &format!("{pointer}/outcomes"), review));
        let output = rule.output.as_ref().map(|written| {
            let pointer = format!("{pointer}/output");
            output::step(written.stdout.as_ref(), written.stderr.as_ref(), &pointer, review)
        });
        Self { condition, execution, outcomes, output }
    }
}

impl Rules<'_> {
    /// What the rules add to every step of a group.
    fn outcomes_of_all_steps(&self, name: &str, group: &Group) -> Vec<Outcome> {
        let of_all = self.outcomes.iter().filter(|rule| !condition::is_of_steps(rule.condition));
        let matching = of_all.filter(|rule| condition::matches(rule.condition, name, group));
        matching.filter_map(|rule| rule.outcome.clone()).collect()
    }

    /// The steps that go otherwise than the group says, `most` at most, each with the rule that its outcomes are from.
    /// `added` is what the rules add to every step.
    fn behaviours(
        &self,
        (name, group): (&str, &Group),
        added: &[Outcome],
        runs: &[Run<'_>],
        most: usize,
    ) -> Vec<(StepBehaviour, Option<usize>)> {
        let behaviours = self.behaviours.iter().enumerate();
        let behaviours: Vec<_> =
            behaviours.filter(|(_, rule)| condition::matches(rule.condition, name, group)).collect();
        let outcomes = self.outcomes.iter().filter(|rule| condition::is_of_steps(rule.condition));
        let outcomes: Vec<_> =
            outcomes.filter(|rule| condition::matches(rule.condition, name, group)).collect();
        let of_run = |run: &Run<'_>| {
            let (command, step) = (run.command, run.step);
            if !run.platforms.contains(&group.platform(0)) {
                return None;
            }
            if run.fails_on(group.platform(0)) {
                // S6.4: a step that has failed without an exit code is told with 1.
                let failed = Outcome {
                    chance: Chance::ONE,
                    run: None,
                    result: ExecutionResult::Exit(1),
                    execution: None,
                };
                let execution = outcome::PLACEHOLDER;
                let outcomes = vec![failed];
                return Some((StepBehaviour { command, step, execution, outcomes, output: None }, None));
            }
            let mut matching = behaviours.iter().filter(|(_, rule)| condition::holds(rule.condition, run));
            let execution = matching.clone().find_map(|(_, rule)| rule.execution.as_ref());
            let written = matching.clone().find_map(|(_, rule)| rule.output.as_ref());
            let own = matching.find_map(|(at, rule)| Some((*at, rule.outcomes.as_ref()?)));
            let more = outcomes.iter().filter(|rule| condition::holds(rule.condition, run));
            let more: Vec<_> = more.filter_map(|rule| rule.outcome.clone()).collect();
            if execution.is_none() && written.is_none() && own.is_none() && more.is_empty() {
                return None;
            }
            let mut all = own.map_or(group.outcomes.clone(), |(_, own)| [own, added].concat());
            all.extend(more);
            let execution = execution.unwrap_or(&group.execution).clone();
            let output = written.cloned().map(Box::new);
            Some((StepBehaviour { command, step, execution, outcomes: all, output }, own.map(|(at, _)| at)))
        };
        runs.iter().filter_map(of_run).take(most).collect()
    }
}

//! What a command's document asks of its steps, and with which codes of a meaning the plan lets them end.

use crate::{
    base::SimDuration,
    check::terms::GroupTerms,
    scenario::plan::{Command, ExecutionResult, Plan, Step},
    ssm::{document::OnFailure, status::Platform},
};

/// The document of one command.
#[derive(Clone, Debug)]
pub(crate) struct Script {
    steps: Vec<StepTerms>,
    /// For each group of the plan, and in it for each step.
    exits: Vec<Exits>,
}

/// One step.
#[derive(Clone, Debug)]
pub(crate) struct StepTerms {
    platforms: Vec<Platform>,
    /// Its execution timeout (S5.14).
    pub(crate) limit: SimDuration,
    pub(crate) on_failure: OnFailure,
    pub(crate) exit_on_success: bool,
    pub(crate) finally: bool,
}

/// The exit codes by which a step of one group may end by itself, out of those that mean something.
#[derive(Clone, Debug, Default)]
struct Exits(Vec<i32>);

impl Script {
    /// The document of the command with this number.
    pub(crate) fn new(plan: &Plan, number: u32, command: &Command) -> Result<Self, String> {
        if command.steps.is_empty() {
            return Err("the document has no steps".into());
        }
        let mut exits = Vec::new();
        for group in &plan.groups {
            for step in 0..command.steps.len() as u32 {
                let own = group.steps.iter().find(|own| own.command == number && own.step == step);
                let outcomes = own.map_or(&group.outcomes, |own| &own.outcomes);
                let codes = outcomes.iter().filter_map(|outcome| match outcome.result {
                    ExecutionResult::Exit(code) if [137, -1, 194, 3010].contains(&code) => Some(code),
                    _ => None,
                });
                exits.push(Exits(codes.collect()));
            }
        }
        Ok(Self { steps: command.steps.iter().map(StepTerms::new).collect(), exits })
    }

    /// How many steps there are.
    pub(crate) fn len(&self) -> u32 {
        self.steps.len() as u32
    }

    /// Whether each step is told of by itself.
    pub(crate) fn is_told(&self) -> bool {
        self.steps.len() > 1
    }

    /// Whether there is one step, whose end is that of the document.
    pub(crate) fn is_plain(&self) -> bool {
        matches!(&self.steps[..], [only] if only.on_failure != OnFailure::SuccessAndExit)
    }

    pub(crate) fn step(&self, step: u32) -> &StepTerms {
        &self.steps[step as usize]
    }

    /// Whether a step may end with the code of a killed process by itself (O-44).
    pub(crate) fn may_be_killed(&self, group: &GroupTerms, step: u32) -> bool {
        self.may_end_with(group, step, group.kill_code())
    }

    /// Whether any step may ask for a reboot.
    pub(crate) fn may_reboot(&self, group: &GroupTerms) -> bool {
        (0..self.len()).any(|step| self.may_end_with(group, step, group.reboot_code()))
    }

    fn may_end_with(&self, group: &GroupTerms, step: u32, code: i32) -> bool {
        let at = group.group as usize * self.steps.len() + step as usize;
        self.exits.get(at).is_some_and(|exits| exits.0.contains(&code))
    }
}

impl StepTerms {
    fn new(step: &Step) -> Self {
        Self {
            platforms: step.platforms.clone(),
            limit: SimDuration::from_secs(u64::from(step.timeout_seconds)),
            on_failure: step.on_failure,
            exit_on_success: step.exit_on_success,
            finally: step.finally,
        }
    }

    /// Whether it runs on this platform (S8.34).
    pub(crate) fn fits(&self, platform: Platform) -> bool {
        self.platforms.contains(&platform)
    }
}

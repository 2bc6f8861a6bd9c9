//! Random plans whose agents have to be followed step by step.

use fleetsim::{
    base::{Chance, SimDuration},
    scenario::plan::{
        AgentLimits, Availability, AvailabilityState, Channel, Command, ExecutionResult, Group, Outcome,
        Plan, Step, StepBehaviour,
    },
    ssm::{document::OnFailure, status::Platform},
};
use proptest::{collection::vec, option, prelude::*, sample::select};

use crate::{common, random};

const PLATFORMS: [Platform; 3] = [Platform::Linux, Platform::Windows, Platform::MacOS];

/// Up to seven commands of up to four steps over up to three groups, with agents that hold few of them.
pub(crate) fn plans() -> impl Strategy<Value = Plan> {
    let documents = vec((vec(step(), 1..=4), vec(behaviour(), 1..=4), 0_u64..60), 4..=7);
    let channel = select(vec![Channel::Mgs, Channel::Mds]);
    let groups = vec((limits(), channel, option::weighted(0.3, alternating())), 3);
    (random::plans(), documents, groups, any::<bool>()).prop_map(
        |(mut plan, documents, groups, agent_runs_expired)| {
            plan.readings.agent_runs_expired = agent_runs_expired;
            // What is known of deadlines here counts from the plan's time.
            plan.assumed = None;
            let drawn = plan.commands.len();
            for (place, (steps, _, at)) in documents.iter().enumerate() {
                let mut command = plan.commands[place % drawn].clone();
                if place >= drawn {
                    command.cancels.clear();
                    command.at = SimDuration::from_secs(*at);
                }
                command = with_steps(command, steps);
                match plan.commands.get_mut(place) {
                    Some(drawn) => *drawn = command,
                    None => plan.commands.push(command),
                }
            }
            for (group, (limits, channel, alternating)) in plan.groups.iter_mut().zip(groups) {
                (group.agent, group.channel) = (limits, channel);
                group.reboot = common::constant(5.0);
                if let Some(state) = alternating {
                    group.availability = vec![Availability { chance: Chance(700_000_000), state }];
                }
                give_behaviours(group, &documents);
            }
            plan
        },
    )
}

type Document = (Vec<Step>, Vec<StepBehaviour>, u64);

/// The command with these steps; now and then it has time for a reboot.
fn with_steps(command: Command, steps: &[Step]) -> Command {
    let longest = steps.iter().map(|step| step.timeout_seconds).max().unwrap();
    let extra = if longest % 2 == 0 { 300 } else { 0 };
    Command {
        timeout_seconds: command.timeout_seconds + extra,
        execution_timeout_seconds: longest,
        platforms: PLATFORMS.to_vec(),
        steps: steps.to_vec(),
        ..command
    }
}

fn give_behaviours(group: &mut Group, documents: &[Document]) {
    group.steps.clear();
    for (command, (steps, behaviours, _)) in (0..).zip(documents) {
        for (step, behaviour) in (0..).zip(behaviours).take(steps.len()) {
            group.steps.push(StepBehaviour { command, step, ..behaviour.clone() });
        }
    }
    // One step in four goes as the group says.
    group.steps.retain(|own| (own.command + own.step) % 4 != 3);
}

fn limits() -> impl Strategy<Value = AgentLimits> {
    (1_u32..=3, 1_u32..=2, 1_u32..=3).prop_map(|(workers, buffer, retries)| AgentLimits {
        workers,
        buffer,
        retries,
    })
}

fn alternating() -> impl Strategy<Value = AvailabilityState> {
    (random::distribution(20.0), random::distribution(8.0))
        .prop_map(|(up, down)| AvailabilityState::Alternating { up, down })
}

fn step() -> impl Strategy<Value = Step> {
    let platforms = select(vec![&PLATFORMS[..], &PLATFORMS, &PLATFORMS, &PLATFORMS[1..2]]);
    let on_failure = select(vec![OnFailure::Continue, OnFailure::Exit, OnFailure::SuccessAndExit]);
    let (exits, finally) = (prop::bool::weighted(0.1), prop::bool::weighted(0.2));
    (platforms, on_failure, exits, finally, 5_u32..40).prop_map(
        |(platforms, on_failure, exit_on_success, finally, timeout_seconds)| Step {
            on_failure,
            exit_on_success,
            finally,
            ..Step::plain("step", platforms, timeout_seconds)
        },
    )
}

fn behaviour() -> impl Strategy<Value = StepBehaviour> {
    let result = select(vec![
        ExecutionResult::Exit(1),
        ExecutionResult::Exit(168),
        ExecutionResult::Exit(169),
        ExecutionResult::Exit(137),
        ExecutionResult::Exit(194),
        ExecutionResult::Exit(194),
        ExecutionResult::Exit(3010),
        ExecutionResult::Hang,
        ExecutionResult::ReplyLost,
        ExecutionResult::Stopped,
        ExecutionResult::Terminated,
    ]);
    let outcome = (result, option::of(1_u32..=2)).prop_map(|(result, run)| Outcome {
        chance: Chance(200_000_000),
        run,
        result,
        execution: None,
    });
    (random::distribution(8.0), vec(outcome, 0..=3)).prop_map(|(execution, outcomes)| StepBehaviour {
        command: 0,
        step: 0,
        execution,
        outcomes,
        output: None,
    })
}

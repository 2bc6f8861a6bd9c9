//! Sightings as the service's own answers: what `aws ssm list-command-invocations --details` and `list-commands` would have
//! printed.

use jiff::Timestamp;

use super::{CommandSighting, InvocationSighting, StepSighting};
use crate::{
    ssm::{SendCommandRequest, StepStatus},
    wire::{
        ssm::{
            command::{Command, FilledNotificationConfig},
            invocation::{CommandInvocation, CommandPlugin},
        },
        time::EpochSeconds,
    },
};

/// The invocation in an answer. Where no step is known but the execution is, the one step of the document is made of it.
pub fn command_invocation(sighting: &InvocationSighting) -> CommandInvocation {
    let mut command_plugins: Vec<CommandPlugin> = sighting.steps.iter().map(plugin).collect();
    if let (true, Some(started)) = (command_plugins.is_empty(), sighting.started) {
        command_plugins.push(CommandPlugin {
            name: "aws:runShellScript".into(),
            status: sighting.state.status.name().into(),
            status_details: sighting.state.details.name().into(),
            response_code: sighting.response_code.unwrap_or(-1).into(),
            response_start_date_time: Some(epoch(started)),
            response_finish_date_time: sighting.finished.map(epoch),
            ..CommandPlugin::default()
        });
    }
    CommandInvocation {
        command_id: sighting.command_id.clone(),
        instance_id: sighting.instance_id.clone(),
        document_name: sighting.document_name.clone().unwrap_or_default(),
        requested_date_time: sighting.requested.map(epoch).unwrap_or_default(),
        status: sighting.state.status.name().into(),
        status_details: sighting.state.details.name().into(),
        command_plugins,
        ..CommandInvocation::default()
    }
}

/// The command in an answer.
pub fn command(sighting: &CommandSighting) -> Command {
    let count = |count: Option<u32>| count.unwrap_or_default().into();
    let nothing = SendCommandRequest::default();
    let request = sighting.request.as_ref().unwrap_or(&nothing);
    let config = request.notification_config.as_ref();
    Command {
        command_id: sighting.command_id.clone(),
        document_name: request.document_name.clone(),
        parameters: request.parameters.clone().unwrap_or_default(),
        instance_ids: request.instance_ids.clone().unwrap_or_default(),
        targets: request.targets.clone().unwrap_or_default(),
        requested_date_time: sighting.requested.map(epoch).unwrap_or_default(),
        expires_after: sighting.expires_after.map(epoch).unwrap_or_default(),
        status: sighting.state.status.name().into(),
        status_details: sighting.state.details.name().into(),
        max_concurrency: request.max_concurrency_or_default().into(),
        max_errors: request.max_errors_or_default().into(),
        timeout_seconds: request.timeout_seconds,
        target_count: count(sighting.target_count),
        completed_count: count(sighting.completed_count),
        error_count: count(sighting.error_count),
        delivery_timed_out_count: count(sighting.delivery_timed_out_count),
        notification_config: config.map(FilledNotificationConfig::from).unwrap_or_default(),
        ..Command::default()
    }
}

fn plugin(step: &StepSighting) -> CommandPlugin {
    let status = match step.status {
        StepStatus::Success | StepStatus::Skipped => "Success",
        StepStatus::Failed => "Failed",
        StepStatus::TimedOut => "TimedOut",
        StepStatus::Cancelled => "Cancelled",
        // It runs again (S8.28).
        StepStatus::SuccessAndReboot => "InProgress",
    };
    CommandPlugin {
        name: step.name.clone(),
        status: status.into(),
        status_details: status.into(),
        response_code: step.response_code.unwrap_or(-1).into(),
        response_start_date_time: step.started.map(epoch),
        response_finish_date_time: step.finished.map(epoch),
        ..CommandPlugin::default()
    }
}

fn epoch(instant: Timestamp) -> EpochSeconds {
    EpochSeconds::from_millis(instant.as_millisecond())
}

//! `ListCommandInvocations` and `GetCommandInvocation`.

use std::ops::Bound;

use super::{
    View,
    command::{document_name, page_size},
    output::{self, Output},
};
use crate::{
    base::{SimDuration, SimTime},
    output::truncate::{
        self, AGENT_STDOUT, COMBINED, STANDARD_ERROR_CONTENT, STANDARD_OUTPUT_CONTENT, in_answer,
    },
    service::{
        moment::{epoch, instant},
        store::{Invocation, Stored},
    },
    ssm::StepStatus,
    wire::{
        fault::Fault,
        page::Paged,
        ssm::{
            filter::Subject,
            invocation::{
                CommandInvocation, CommandPlugin, GetCommandInvocationRequest, GetCommandInvocationResult,
                ListCommandInvocationsRequest, ListCommandInvocationsResult, elapsed,
            },
        },
    },
};

/// A step as answers tell it.
struct Step<'a> {
    name: &'a str,
    status_texts: (&'a str, &'a str),
    response_code: i32,
    started: Option<SimTime>,
    finished: Option<SimTime>,
    output: Output,
}

/// What an answer tells of a stream: the agent cuts both where standard output is cut (O-39), the service again (table 11.3).
fn content(stream: &str, limit: usize) -> String {
    in_answer(&truncate::on_agent(stream, AGENT_STDOUT), limit).into()
}

impl View<'_> {
    /// `ListCommandInvocations`: the newest command first, its invocations in the order of the fleet.
    ///
    /// # Errors
    ///
    /// Those of the request's filters and token; `InvalidCommandId` and `InvalidInstanceId` for what is not there.
    pub fn list_invocations(
        &self,
        request: &ListCommandInvocationsRequest,
    ) -> Result<ListCommandInvocationsResult, Fault> {
        let filter = request.filter()?;
        let instance = request.instance_id.as_deref().map(|id| self.instance_index(id)).transpose()?;
        let only = request.command_id.as_deref().map(|id| self.command_index(id)).transpose()?;
        let after = request.after()?.and_then(|key| parse_key(&key));
        let most = page_size(request.max_results);
        let mut page = Vec::with_capacity(most);
        let mut last = (0, 0);
        let store = &self.run_command.store;
        let first = only.or(after.map(|(command, _)| command));
        for (index, stored) in store.from(first).take(if only.is_some() { 1 } else { usize::MAX }) {
            if !self.sees(stored.requested) {
                continue;
            }
            let after = after.filter(|(command, _)| *command == index).map(|(_, instance)| instance);
            let begin = after.map_or(Bound::Unbounded, Bound::Excluded);
            let range = match instance {
                Some(instance) if after.is_none_or(|after| after < instance) => {
                    stored.invocations.range(instance..=instance)
                }
                Some(_) => continue,
                None => stored.invocations.range((begin, Bound::Unbounded)),
            };
            for (&instance, invocation) in range {
                if !filter.passes(&self.invocation_subject(stored, invocation)) {
                    continue;
                }
                if page.len() == most {
                    let next_token = Some(request.token(&format!("{}/{}", last.0, last.1)));
                    return Ok(ListCommandInvocationsResult { command_invocations: page, next_token });
                }
                last = (index, instance);
                page.push(self.invocation(stored, instance, invocation, request.details));
            }
        }
        Ok(ListCommandInvocationsResult { command_invocations: page, next_token: None })
    }

    /// `GetCommandInvocation`: one step (S15.9).
    ///
    /// # Errors
    ///
    /// `InvocationDoesNotExist` where the command did not go to the instance; `InvalidPluginName` for a step that the
    /// document has not, and where one of several must be named.
    pub fn get_invocation(
        &self,
        request: &GetCommandInvocationRequest,
    ) -> Result<GetCommandInvocationResult, Fault> {
        let missing = || Fault::new("InvocationDoesNotExist", "");
        let index = self.command_index(&request.command_id).map_err(|_| missing())?;
        let stored = self.run_command.store.get(index).ok_or_else(missing)?;
        let instance = self.run_command.find(&request.instance_id).ok_or_else(missing)?;
        let invocation = stored.invocations.get(&instance).ok_or_else(missing)?;
        let at = step_asked_for(stored, request.plugin_name.as_deref())?;
        let step = self.step(stored, invocation, &request.instance_id, at);
        let is_whole = stored.steps.len() == 1;
        let (status, details) = match is_whole {
            true => (invocation.state.status.name(), invocation.state.details.name()),
            false => step.status_texts,
        };
        let text = |time: Option<SimTime>| {
            time.map_or(String::new(), |time| format!("{:.3}", instant(self.start, time)))
        };
        let took = step.started.zip(step.finished).map(|(started, finished)| finished.since(started));
        let asked = &stored.request;
        Ok(GetCommandInvocationResult {
            command_id: stored.id.clone(),
            instance_id: request.instance_id.clone(),
            comment: asked.comment.clone().unwrap_or_default(),
            document_name: document_name(&asked.document_name).into(),
            document_version: asked.document_version.clone().unwrap_or_default(),
            plugin_name: step.started.is_some().then(|| step.name.to_string()),
            response_code: step.response_code.into(),
            execution_start_date_time: text(step.started),
            execution_elapsed_time: took.map_or(String::new(), |SimDuration(micros)| elapsed(micros / 1000)),
            execution_end_date_time: text(step.finished),
            status: status.into(),
            status_details: details.into(),
            standard_output_content: content(&step.output.standard_output, STANDARD_OUTPUT_CONTENT),
            standard_error_content: content(&step.output.standard_error, STANDARD_ERROR_CONTENT),
            cloud_watch_output_config: {
                asked.cloud_watch_output_config.as_ref().map(Into::into).unwrap_or_default()
            },
            ..GetCommandInvocationResult::default()
        })
    }

    fn invocation(
        &self,
        stored: &Stored,
        instance: u32,
        invocation: &Invocation,
        details: bool,
    ) -> CommandInvocation {
        let request = &stored.request;
        let instance_id = self.run_command.instance_id(instance);
        let plugins = match details && invocation.started.is_some() {
            true => {
                (0..stored.steps.len()).map(|at| self.plugin(stored, invocation, &instance_id, at)).collect()
            }
            false => Vec::new(),
        };
        CommandInvocation {
            command_id: stored.id.clone(),
            instance_name: String::new(),
            comment: request.comment.clone().unwrap_or_default(),
            document_name: document_name(&request.document_name).into(),
            document_version: request.document_version.clone().unwrap_or_default(),
            requested_date_time: epoch(self.start, invocation.sent.unwrap_or(stored.requested)),
            status: invocation.state.status.name().into(),
            status_details: invocation.state.details.name().into(),
            trace_output: None,
            command_plugins: plugins,
            service_role: request.service_role_arn.clone().unwrap_or_default(),
            notification_config: request.notification_config.as_ref().map(Into::into).unwrap_or_default(),
            cloud_watch_output_config: {
                request.cloud_watch_output_config.as_ref().map(Into::into).unwrap_or_default()
            },
            instance_id,
            ..CommandInvocation::default()
        }
    }

    fn plugin(
        &self,
        stored: &Stored,
        invocation: &Invocation,
        instance_id: &str,
        at: usize,
    ) -> CommandPlugin {
        let step = self.step(stored, invocation, instance_id, at);
        let time = |time: Option<SimTime>| time.map(|time| epoch(self.start, time));
        let Output { standard_output, standard_error } = &step.output;
        // Cut by bytes on the agent, then by characters (S11.20, S15.3).
        let output = truncate::combine(standard_output, standard_error, COMBINED);
        CommandPlugin {
            name: step.name.into(),
            status: step.status_texts.0.into(),
            status_details: step.status_texts.1.into(),
            response_code: step.response_code.into(),
            response_start_date_time: time(step.started),
            response_finish_date_time: time(step.finished),
            output: in_answer(&output, COMBINED).into(),
            output_s3_region: stored.request.output_s3_region.clone(),
            output_s3_bucket_name: stored.request.output_s3_bucket_name.clone().unwrap_or_default(),
            output_s3_key_prefix: stored.request.output_s3_key_prefix.clone().unwrap_or_default(),
            ..CommandPlugin::default()
        }
    }

    fn step<'s>(
        &self,
        stored: &'s Stored,
        invocation: &'s Invocation,
        instance_id: &str,
        at: usize,
    ) -> Step<'s> {
        let name = stored.steps[at].as_str();
        let told = invocation.steps.get(at).copied().flatten();
        let (status, response_code, started, finished) = match told {
            Some(reply) => {
                let finished = reply.started + reply.elapsed;
                (Some(reply.status), reply.response_code, Some(reply.started), Some(finished))
            }
            None if stored.steps.len() == 1 => {
                let status = output::step_status(invocation.state.details);
                (status, invocation.response_code, invocation.started, invocation.finished)
            }
            None => (None, -1, None, None),
        };
        let status_texts = match status {
            Some(status) => step_texts(status),
            None => (invocation.state.status.name(), invocation.state.details.name()),
        };
        let ran = status.filter(|_| started.is_some());
        let output =
            ran.map(|status| output::of_step(name, instance_id, status, response_code)).unwrap_or_default();
        Step { name, status_texts, response_code, started, finished, output }
    }

    fn invocation_subject<'s>(&self, stored: &'s Stored, invocation: &Invocation) -> Subject<'s> {
        Subject {
            requested: epoch(self.start, invocation.sent.unwrap_or(stored.requested)),
            status: invocation.state.status.name(),
            status_details: invocation.state.details.name(),
            is_terminal: invocation.state.status.is_terminal(),
            document_name: document_name(&stored.request.document_name),
        }
    }
}

/// Status and details of a step (S1.4, S8.34).
fn step_texts(status: StepStatus) -> (&'static str, &'static str) {
    match status {
        StepStatus::Success | StepStatus::SuccessAndReboot | StepStatus::Skipped => ("Success", "Success"),
        StepStatus::Failed => ("Failed", "Failed"),
        StepStatus::TimedOut => ("TimedOut", "ExecutionTimedOut"),
        StepStatus::Cancelled => ("Cancelled", "Cancelled"),
    }
}

/// The place of the step that is asked for (S15.9).
fn step_asked_for(stored: &Stored, name: Option<&str>) -> Result<usize, Fault> {
    let bad = |message: String| Fault::new("InvalidPluginName", message);
    match name {
        None if stored.steps.len() == 1 => Ok(0),
        None => Err(bad(format!("the document has several steps; name one of {}", stored.steps.join(", ")))),
        Some(name) => {
            let at = stored.steps.iter().position(|step| step == name);
            at.ok_or_else(|| {
                bad(format!("the document has no step {name}; it has {}", stored.steps.join(", ")))
            })
        }
    }
}

fn parse_key(key: &str) -> Option<(u32, u32)> {
    let (command, instance) = key.split_once('/')?;
    Some((command.parse().ok()?, instance.parse().ok()?))
}

//! `Command` as answers have it, and `ListCommands`.

use super::View;
use crate::{
    scenario::targeting::ids_alone,
    service::{moment::epoch, store::Stored},
    wire::{
        fault::Fault,
        page::Paged,
        ssm::{
            command::{AlarmStateInformation, Command, ListCommandsRequest, ListCommandsResult},
            filter::Subject,
        },
        time::EpochSeconds,
    },
};

/// The size of a page that does not ask for one.
pub(super) const PAGE: usize = 50;

impl View<'_> {
    /// A command as answers have it (S15.1).
    pub fn command(&self, stored: &Stored) -> Command {
        let request = &stored.request;
        let text = |field: &Option<String>| field.clone().unwrap_or_default();
        // S3.8: a selector of ids is told as the ids.
        let (instance_ids, targets) = match ids_alone(request) {
            Some(ids) => (ids.to_vec(), Vec::new()),
            None => (
                request.instance_ids.clone().unwrap_or_default(),
                request.targets.clone().unwrap_or_default(),
            ),
        };
        Command {
            command_id: stored.id.clone(),
            document_name: document_name(&request.document_name).into(),
            document_version: text(&request.document_version),
            comment: text(&request.comment),
            expires_after: epoch(self.start, stored.expires_after()),
            parameters: request.parameters.clone().unwrap_or_default(),
            instance_ids,
            targets,
            requested_date_time: self.requested(stored),
            status: stored.state.status.name().into(),
            status_details: stored.state.details.name().into(),
            output_s3_region: request.output_s3_region.clone(),
            output_s3_bucket_name: text(&request.output_s3_bucket_name),
            output_s3_key_prefix: text(&request.output_s3_key_prefix),
            max_concurrency: request.max_concurrency_or_default().into(),
            max_errors: request.max_errors_or_default().into(),
            target_count: stored.tally.targets.into(),
            completed_count: stored.tally.completed().into(),
            error_count: stored.tally.error_count().into(),
            delivery_timed_out_count: stored.tally.delivery_timed_out.into(),
            service_role: text(&request.service_role_arn),
            notification_config: request.notification_config.as_ref().map(Into::into).unwrap_or_default(),
            cloud_watch_output_config: {
                request.cloud_watch_output_config.as_ref().map(Into::into).unwrap_or_default()
            },
            timeout_seconds: request.timeout_seconds,
            alarm_configuration: request.alarm_configuration.clone(),
            triggered_alarms: triggered_alarms(stored),
        }
    }

    /// `ListCommands`: the newest first.
    ///
    /// # Errors
    ///
    /// Those of the request's filters and token; `InvalidCommandId` and `InvalidInstanceId` for what is not there.
    pub fn list_commands(&self, request: &ListCommandsRequest) -> Result<ListCommandsResult, Fault> {
        let filter = request.filter()?;
        let instance = request.instance_id.as_deref().map(|id| self.instance_index(id)).transpose()?;
        let only = request.command_id.as_deref().map(|id| self.command_index(id)).transpose()?;
        let after = request.after()?.map(|id| self.command_index(&id)).transpose()?;
        let most = page_size(request.max_results);
        let mut page = Vec::new();
        for (index, stored) in self.run_command.store.from(only.or(after)) {
            let is_meant = after != Some(index)
                && only.is_none_or(|only| only == index)
                && instance.is_none_or(|instance| stored.invocations.contains_key(&instance))
                && self.sees(stored.requested)
                && filter.passes(&self.subject(stored));
            if !is_meant {
                continue;
            }
            if page.len() == most {
                let last: &Command = page.last().expect("a page is not empty");
                let next_token = Some(request.token(&last.command_id));
                return Ok(ListCommandsResult { commands: page, next_token });
            }
            page.push(self.command(stored));
        }
        Ok(ListCommandsResult { commands: page, next_token: None })
    }

    fn subject<'s>(&self, stored: &'s Stored) -> Subject<'s> {
        Subject {
            requested: self.requested(stored),
            status: stored.state.status.name(),
            status_details: stored.state.details.name(),
            is_terminal: stored.state.status.is_terminal(),
            document_name: document_name(&stored.request.document_name),
        }
    }

    pub(super) fn requested(&self, stored: &Stored) -> EpochSeconds {
        epoch(self.start, stored.requested)
    }

    /// The index of the command with this id, if it is seen.
    pub fn command_index(&self, id: &str) -> Result<u32, Fault> {
        let store = &self.run_command.store;
        let found = store
            .find(id)
            .filter(|&index| store.get(index).is_some_and(|stored| self.sees(stored.requested)));
        found.ok_or_else(|| Fault::new("InvalidCommandId", ""))
    }

    /// The index of the instance with this id.
    pub fn instance_index(&self, id: &str) -> Result<u32, Fault> {
        let found = self.run_command.find(id);
        found.ok_or_else(|| Fault::new("InvalidInstanceId", format!("{id} is not a managed instance")))
    }
}

/// `TriggeredAlarms`: the alarm that stopped a command (S4.29).
fn triggered_alarms(stored: &Stored) -> Vec<AlarmStateInformation> {
    let triggered = stored.triggered.zip(stored.request.alarm());
    let alarm = triggered
        .map(|(state, (name, _))| AlarmStateInformation { name: name.into(), state: state.name().into() });
    alarm.into_iter().collect()
}

/// The name of a document, of its ARN too.
pub(in crate::service) fn document_name(name_or_arn: &str) -> &str {
    name_or_arn.rsplit('/').next().unwrap_or_default()
}

pub(super) fn page_size(max_results: Option<i64>) -> usize {
    max_results.and_then(|size| usize::try_from(size).ok()).unwrap_or(PAGE)
}

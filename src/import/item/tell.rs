//! What an object tells, as a sighting.

use jiff::{SignedDuration, Timestamp};

use super::{Found, Item, Plugin, Text};
use crate::{
    import::date,
    seen::{
        CommandSighting, InvocationSighting, Sighting, StepSighting, When, Window,
        answer::{command_state, invocation_state, step_status},
        track::{RESOLUTION, later},
    },
    ssm::{SendCommandRequest, request::NotificationConfig},
};

impl Item<'_> {
    pub(super) fn invocation(&self, when: When) -> Result<Found, String> {
        let (status, details) = (needed(self.status.as_ref(), "Status")?, self.status_details.as_ref());
        let state = invocation_state(status, details.map(|text| text.0.as_ref()));
        let (state, details_told) = state.ok_or_else(|| no_status(status))?;
        let code = |code: i64| i32::try_from(code).ok();
        let is_over = state.status.is_terminal();
        let last = self.command_plugins.iter().rfind(|step| step.response_start_date_time.is_some());
        let response_code = self.response_code.or(last.and_then(|step| step.response_code));
        found(Sighting::Invocation(InvocationSighting {
            command_id: needed(self.command_id.as_ref(), "CommandId")?.into(),
            instance_id: needed(self.instance_id.as_ref(), "InstanceId")?.into(),
            when,
            state,
            details_told,
            document_name: self.document_name.as_ref().map(Text::owned),
            requested: self.requested_date_time.map(|date| date.0),
            response_code: response_code.and_then(code),
            started: self.started(),
            finished: self.finished().filter(|_| is_over),
            steps: self.command_plugins.iter().filter_map(Plugin::sighting).collect(),
        }))
    }

    pub(super) fn command(&self, when: When) -> Result<Found, String> {
        let (status, details) = (needed(self.status.as_ref(), "Status")?, self.status_details.as_ref());
        let state = command_state(status, details.map(|text| text.0.as_ref()));
        let (state, details_told) = state.ok_or_else(|| no_status(status))?;
        found(Sighting::Command(CommandSighting {
            command_id: needed(self.command_id.as_ref(), "CommandId")?.into(),
            when,
            state,
            details_told,
            requested: self.requested_date_time.map(|date| date.0),
            expires_after: self.expires_after.map(|date| date.0),
            request: Some(self.request()),
            target_count: self.target_count,
            completed_count: self.completed_count,
            error_count: self.error_count,
            delivery_timed_out_count: self.delivery_timed_out_count,
        }))
    }

    /// What was asked for, as far as an answer repeats it (S15.1) and a judge needs it; empty texts and lists stand for nothing.
    fn request(&self) -> SendCommandRequest {
        let timeout = self.parameters.as_ref().map(|parameters| &parameters.execution_timeout);
        let timeout = timeout.filter(|values| !values.is_empty()).map(|values| {
            let values = values.iter().map(Text::owned).collect();
            [("executionTimeout".to_string(), values)].into()
        });
        let is_asked = |config: &&NotificationConfig| {
            config.notification_arn.as_ref().is_some_and(|arn| !arn.is_empty())
        };
        SendCommandRequest {
            document_name: self.document_name.as_ref().map(Text::owned).unwrap_or_default(),
            instance_ids: Some(self.instance_ids.clone()).filter(|ids| !ids.is_empty()),
            targets: Some(self.targets.clone()).filter(|targets| !targets.is_empty()),
            timeout_seconds: self.timeout_seconds,
            parameters: timeout,
            max_concurrency: self.max_concurrency.as_ref().map(Text::owned),
            max_errors: self.max_errors.as_ref().map(Text::owned),
            notification_config: self.notification_config.as_ref().filter(is_asked).cloned(),
            ..SendCommandRequest::default()
        }
    }

    /// A message that Run Command published (section 9.2).
    pub(super) fn message(&self) -> Result<Found, String> {
        let time = needed(self.event_time.as_ref(), "eventTime")?;
        // What else has a time and no command is of another publisher.
        let Some(command_id) = &self.command_id else { return Ok(Found::Other) };
        let told = Told {
            command_id: command_id.owned(),
            instance_id: self.instance_id.as_ref().map(Text::owned),
            document_name: self.document_name.as_ref().map(Text::owned),
            status: needed(self.status.as_ref(), "status")?,
            requested: self.requested_date_time.map(|date| date.0),
            expires_after: self.expires_after.map(|date| date.0),
            began: began(time, RESOLUTION)?,
        };
        told.sighting()
    }

    /// An event of Run Command (section 10.1). Its time is in whole seconds (S10.7).
    pub(super) fn event(&self) -> Result<Found, String> {
        let kind = self.detail_type.as_ref().map(|text| text.0.as_ref()).unwrap_or_default();
        if !matches!(
            kind,
            "EC2 Command Status-change Notification" | "EC2 Command Invocation Status-change Notification"
        ) {
            return Ok(Found::Other);
        }
        let detail = self.detail.as_ref().ok_or("the event has no detail")?;
        let date = |text: &Option<Text<'_>>| text.as_ref().and_then(|text| date::parse(&text.0));
        let time = needed(self.time.as_ref(), "time")?;
        let resolution = if time.contains('.') { RESOLUTION } else { SignedDuration::from_secs(1) };
        let told = Told {
            command_id: needed(detail.command_id.as_ref(), "command-id")?.into(),
            instance_id: detail.instance_id.as_ref().map(Text::owned),
            document_name: detail.document_name.as_ref().map(Text::owned),
            status: needed(detail.status.as_ref(), "status")?,
            requested: date(&detail.requested_date_time),
            expires_after: date(&detail.expire_after),
            began: began(time, resolution)?,
        };
        told.sighting()
    }
}

/// What events and messages have in common: a status that began, and no details (S9.11).
struct Told<'a> {
    command_id: String,
    instance_id: Option<String>,
    document_name: Option<String>,
    status: &'a str,
    requested: Option<Timestamp>,
    expires_after: Option<Timestamp>,
    began: When,
}

impl Told<'_> {
    fn sighting(self) -> Result<Found, String> {
        let fault = || no_status(self.status);
        let Some(instance_id) = self.instance_id else {
            let (state, details_told) = command_state(self.status, None).ok_or_else(fault)?;
            return found(Sighting::Command(CommandSighting {
                command_id: self.command_id,
                when: self.began,
                state,
                details_told,
                requested: self.requested,
                expires_after: self.expires_after,
                request: None,
                target_count: None,
                completed_count: None,
                error_count: None,
                delivery_timed_out_count: None,
            }));
        };
        let (state, details_told) = invocation_state(self.status, None).ok_or_else(fault)?;
        found(Sighting::Invocation(InvocationSighting {
            command_id: self.command_id,
            instance_id,
            when: self.began,
            state,
            details_told,
            document_name: self.document_name,
            requested: self.requested,
            response_code: None,
            started: None,
            finished: None,
            steps: Vec::new(),
        }))
    }
}

impl Plugin<'_> {
    fn sighting(&self) -> Option<StepSighting> {
        Some(StepSighting {
            name: self.name.owned(),
            status: step_status(&self.status.0)?,
            response_code: self.response_code.and_then(|code| i32::try_from(code).ok()),
            started: self.response_start_date_time.map(|date| date.0),
            finished: self.response_finish_date_time.map(|date| date.0),
        })
    }
}

#[allow(clippy::unnecessary_wraps, reason = "it ends what may fail")]
fn found(sighting: Sighting) -> Result<Found, String> {
    Ok(Found::Sighting(Box::new(sighting)))
}

fn needed<'t>(text: Option<&'t Text<'_>>, name: &str) -> Result<&'t str, String> {
    text.map(|text| text.0.as_ref()).ok_or_else(|| format!("it has no {name}"))
}

fn no_status(status: &str) -> String {
    format!("{status:?} is no Status")
}

pub(super) fn at(asked: Option<(Timestamp, Timestamp)>) -> Result<When, String> {
    let (asked, answered) =
        asked.ok_or("it has no date, so that nothing says when it was so; --asked-at does")?;
    Ok(When::Polled { asked, answered })
}

/// A time that was told with this resolution, whether it was rounded up or down.
fn began(time: &str, resolution: SignedDuration) -> Result<When, String> {
    let at = date::parse(time).ok_or_else(|| format!("{time:?} is no date"))?;
    Ok(When::Began(Window { after: Some(later(at, -resolution)), until: later(at, resolution) }))
}

//! One sighting as a line of the file.

use std::borrow::Cow;

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::when_of;
use crate::{
    seen::{
        CancelSighting, CommandSighting, InvocationSighting, Sighting, StepSighting, When,
        answer::{command_state, invocation_state},
    },
    ssm::{SendCommandRequest, StepStatus},
};

/// One sighting; the fields have the API's names where it has one.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(clippy::large_enum_variant, reason = "there is one at a time, and most are of the largest")]
pub(super) enum Line<'a> {
    #[serde(borrow)]
    Command(Box<CommandLine<'a>>),
    Invocation(InvocationLine<'a>),
    Cancel(CancelLine<'a>),
}

/// The times, of which either the first two or the last one or two are there.
#[derive(Clone, Copy, Default)]
pub(super) struct Told {
    pub(super) asked: Option<Time>,
    pub(super) answered: Option<Time>,
    pub(super) after: Option<Time>,
    pub(super) until: Option<Time>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct CommandLine<'a> {
    #[serde(borrow)]
    command_id: Cow<'a, str>,
    #[serde(rename = "asked", default, skip_serializing_if = "Option::is_none")]
    asked: Option<Time>,
    #[serde(rename = "answered", default, skip_serializing_if = "Option::is_none")]
    answered: Option<Time>,
    #[serde(rename = "after", default, skip_serializing_if = "Option::is_none")]
    after: Option<Time>,
    #[serde(rename = "until", default, skip_serializing_if = "Option::is_none")]
    until: Option<Time>,
    status: Cow<'a, str>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    status_details: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    requested_date_time: Option<Time>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    expires_after: Option<Time>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    target_count: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    completed_count: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    error_count: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    delivery_timed_out_count: Option<u32>,
    #[serde(rename = "request", default, skip_serializing_if = "Option::is_none")]
    request: Option<Cow<'a, SendCommandRequest>>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct InvocationLine<'a> {
    #[serde(borrow)]
    command_id: Cow<'a, str>,
    #[serde(borrow)]
    instance_id: Cow<'a, str>,
    #[serde(rename = "asked", default, skip_serializing_if = "Option::is_none")]
    asked: Option<Time>,
    #[serde(rename = "answered", default, skip_serializing_if = "Option::is_none")]
    answered: Option<Time>,
    #[serde(rename = "after", default, skip_serializing_if = "Option::is_none")]
    after: Option<Time>,
    #[serde(rename = "until", default, skip_serializing_if = "Option::is_none")]
    until: Option<Time>,
    status: Cow<'a, str>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    status_details: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    document_name: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    requested_date_time: Option<Time>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    response_code: Option<i32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    execution_start_date_time: Option<Time>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    execution_end_date_time: Option<Time>,
    #[serde(rename = "steps", default, skip_serializing_if = "Vec::is_empty")]
    steps: Vec<StepLine<'a>>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct CancelLine<'a> {
    #[serde(borrow)]
    command_id: Cow<'a, str>,
    #[serde(default, skip_serializing_if = "<[_]>::is_empty")]
    instance_ids: Cow<'a, [String]>,
    #[serde(rename = "asked")]
    asked: Time,
    #[serde(rename = "answered")]
    answered: Time,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct StepLine<'a> {
    #[serde(borrow)]
    name: Cow<'a, str>,
    status: StepStatus,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    response_code: Option<i32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    response_start_date_time: Option<Time>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    response_finish_date_time: Option<Time>,
}

/// An instant as RFC 3339 writes it, in UTC.
#[derive(Clone, Copy)]
pub(super) struct Time(pub(super) Timestamp);

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        text.parse().map(Self).map_err(de::Error::custom)
    }
}

impl Told {
    fn of(when: When) -> Self {
        match when {
            When::Polled { asked, answered } => {
                Self { asked: Some(Time(asked)), answered: Some(Time(answered)), ..Self::default() }
            }
            When::Began(window) => {
                Self { after: window.after.map(Time), until: Some(Time(window.until)), ..Self::default() }
            }
        }
    }
}

impl<'a> Line<'a> {
    pub(super) fn of(sighting: &'a Sighting) -> Self {
        match sighting {
            Sighting::Command(command) => Self::Command(Box::new(CommandLine::of(command))),
            Sighting::Invocation(invocation) => Self::Invocation(InvocationLine::of(invocation)),
            Sighting::Cancel(cancel) => Self::Cancel(CancelLine {
                command_id: Cow::Borrowed(&cancel.command_id),
                instance_ids: Cow::Borrowed(&cancel.instance_ids),
                asked: Time(cancel.when.earliest()),
                answered: Time(cancel.when.latest()),
            }),
        }
    }

    pub(super) fn into_sighting(self) -> Result<Sighting, String> {
        Ok(match self {
            Self::Command(line) => Sighting::Command(line.into_sighting()?),
            Self::Invocation(line) => Sighting::Invocation(line.into_sighting()?),
            Self::Cancel(line) => Sighting::Cancel(CancelSighting {
                command_id: line.command_id.into_owned(),
                instance_ids: line.instance_ids.into_owned(),
                when: when_of(&Told {
                    asked: Some(line.asked),
                    answered: Some(line.answered),
                    ..Told::default()
                })?,
            }),
        })
    }
}

impl<'a> CommandLine<'a> {
    fn of(command: &'a CommandSighting) -> Self {
        let Told { asked, answered, after, until } = Told::of(command.when);
        let details = || Cow::Borrowed(command.state.details.name());
        Self {
            command_id: Cow::Borrowed(&command.command_id),
            asked,
            answered,
            after,
            until,
            status: Cow::Borrowed(command.state.status.name()),
            status_details: command.details_told.then(details),
            requested_date_time: command.requested.map(Time),
            expires_after: command.expires_after.map(Time),
            target_count: command.target_count,
            completed_count: command.completed_count,
            error_count: command.error_count,
            delivery_timed_out_count: command.delivery_timed_out_count,
            request: command.request.as_ref().map(Cow::Borrowed),
        }
    }

    fn into_sighting(self) -> Result<CommandSighting, String> {
        let Self { asked, answered, after, until, .. } = self;
        let details = self.status_details.as_deref();
        let (state, details_told) =
            told(command_state(&self.status, details), "a command", &self.status, details)?;
        Ok(CommandSighting {
            when: when_of(&Told { asked, answered, after, until })?,
            command_id: self.command_id.into_owned(),
            state,
            details_told,
            requested: self.requested_date_time.map(|time| time.0),
            expires_after: self.expires_after.map(|time| time.0),
            request: self.request.map(Cow::into_owned),
            target_count: self.target_count,
            completed_count: self.completed_count,
            error_count: self.error_count,
            delivery_timed_out_count: self.delivery_timed_out_count,
        })
    }
}

impl<'a> InvocationLine<'a> {
    fn of(invocation: &'a InvocationSighting) -> Self {
        let Told { asked, answered, after, until } = Told::of(invocation.when);
        let details = || Cow::Borrowed(invocation.state.details.name());
        Self {
            command_id: Cow::Borrowed(&invocation.command_id),
            instance_id: Cow::Borrowed(&invocation.instance_id),
            asked,
            answered,
            after,
            until,
            status: Cow::Borrowed(invocation.state.status.name()),
            status_details: invocation.details_told.then(details),
            document_name: invocation.document_name.as_deref().map(Cow::Borrowed),
            requested_date_time: invocation.requested.map(Time),
            response_code: invocation.response_code,
            execution_start_date_time: invocation.started.map(Time),
            execution_end_date_time: invocation.finished.map(Time),
            steps: invocation.steps.iter().map(StepLine::of).collect(),
        }
    }

    fn into_sighting(self) -> Result<InvocationSighting, String> {
        let Self { asked, answered, after, until, .. } = self;
        let details = self.status_details.as_deref();
        let (state, details_told) =
            told(invocation_state(&self.status, details), "an invocation", &self.status, details)?;
        Ok(InvocationSighting {
            when: when_of(&Told { asked, answered, after, until })?,
            command_id: self.command_id.into_owned(),
            instance_id: self.instance_id.into_owned(),
            state,
            details_told,
            document_name: self.document_name.map(Cow::into_owned),
            requested: self.requested_date_time.map(|time| time.0),
            response_code: self.response_code,
            started: self.execution_start_date_time.map(|time| time.0),
            finished: self.execution_end_date_time.map(|time| time.0),
            steps: self.steps.into_iter().map(StepLine::into_sighting).collect(),
        })
    }
}

impl<'a> StepLine<'a> {
    fn of(step: &'a StepSighting) -> Self {
        Self {
            name: Cow::Borrowed(&step.name),
            status: step.status,
            response_code: step.response_code,
            response_start_date_time: step.started.map(Time),
            response_finish_date_time: step.finished.map(Time),
        }
    }

    fn into_sighting(self) -> StepSighting {
        StepSighting {
            name: self.name.into_owned(),
            status: self.status,
            response_code: self.response_code,
            started: self.response_start_date_time.map(|time| time.0),
            finished: self.response_finish_date_time.map(|time| time.0),
        }
    }
}

/// A state, of which the file tells nothing that is none.
fn told<S>(
    state: Option<(S, bool)>,
    of: &str,
    status: &str,
    details: Option<&str>,
) -> Result<(S, bool), String> {
    let (state, details_told) = state.ok_or_else(|| format!("{status:?} is no Status of {of}"))?;
    match details {
        Some(details) if !details_told => {
            Err(format!("{details:?} are no StatusDetails of {of} that is {status}"))
        }
        _ => Ok((state, details_told)),
    }
}

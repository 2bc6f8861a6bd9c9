//! One object of the input as it stands there, and what sightings it comes to.
//!
//! One type has the fields of everything that is understood: each object is read once, and its fields say what it is.

use std::{borrow::Cow, fmt};

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, de};

use super::date::{self, Date};
use crate::{
    seen::Sighting,
    ssm::request::{NotificationConfig, Target},
};

mod tell;

use tell::at;

/// What an input holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// The answers of `list-command-invocations`.
    ListCommandInvocations,
    /// The answers of `list-commands` and `send-command`.
    ListCommands,
    /// The answers of `get-command-invocation`.
    GetCommandInvocation,
    /// Events of EventBridge.
    Events,
    /// Messages of SNS, raw or in envelopes, from HTTP or from queues.
    Messages,
}

/// What came of an object.
#[derive(Clone, Debug, PartialEq)]
pub enum Found {
    /// It tells this.
    Sighting(Box<Sighting>),
    /// It is about something other than Run Command.
    Other,
}

/// A text, borrowed where it stands in the input without escapes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Text<'a>(Cow<'a, str>);

/// Any of the objects that are understood.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Item<'a> {
    #[serde(rename = "CommandId", alias = "commandId", borrow)]
    command_id: Option<Text<'a>>,
    #[serde(rename = "InstanceId", alias = "instanceId", borrow)]
    instance_id: Option<Text<'a>>,
    #[serde(rename = "DocumentName", alias = "documentName", borrow)]
    document_name: Option<Text<'a>>,
    #[serde(rename = "Status", alias = "status", borrow)]
    status: Option<Text<'a>>,
    #[serde(rename = "StatusDetails", borrow)]
    status_details: Option<Text<'a>>,
    #[serde(rename = "RequestedDateTime", alias = "requestedDateTime")]
    requested_date_time: Option<Date>,
    #[serde(rename = "ExpiresAfter", alias = "expiresAfter")]
    expires_after: Option<Date>,
    #[serde(rename = "EventTime", alias = "eventTime", borrow)]
    event_time: Option<Text<'a>>,
    #[serde(rename = "CommandPlugins", borrow)]
    command_plugins: Vec<Plugin<'a>>,
    #[serde(rename = "ResponseCode")]
    response_code: Option<i64>,
    #[serde(rename = "ExecutionStartDateTime", borrow)]
    execution_start_date_time: Option<Text<'a>>,
    #[serde(rename = "ExecutionEndDateTime", borrow)]
    execution_end_date_time: Option<Text<'a>>,
    #[serde(rename = "TargetCount")]
    target_count: Option<u32>,
    #[serde(rename = "CompletedCount")]
    completed_count: Option<u32>,
    #[serde(rename = "ErrorCount")]
    error_count: Option<u32>,
    #[serde(rename = "DeliveryTimedOutCount")]
    delivery_timed_out_count: Option<u32>,
    #[serde(rename = "MaxConcurrency", borrow)]
    max_concurrency: Option<Text<'a>>,
    #[serde(rename = "MaxErrors", borrow)]
    max_errors: Option<Text<'a>>,
    #[serde(rename = "TimeoutSeconds")]
    timeout_seconds: Option<i64>,
    #[serde(rename = "InstanceIds", alias = "instanceIds")]
    instance_ids: Vec<String>,
    #[serde(rename = "Targets")]
    targets: Vec<Target>,
    #[serde(rename = "Parameters", borrow)]
    parameters: Option<Parameters<'a>>,
    #[serde(rename = "NotificationConfig")]
    notification_config: Option<NotificationConfig>,
    /// `send-command` wraps its answer.
    #[serde(rename = "Command", borrow)]
    command: Option<Box<Item<'a>>>,
    #[serde(rename = "detail-type", borrow)]
    detail_type: Option<Text<'a>>,
    #[serde(rename = "time", borrow)]
    time: Option<Text<'a>>,
    #[serde(rename = "detail", borrow)]
    detail: Option<Detail<'a>>,
    /// An envelope of SNS has its message as a text (S9.15).
    #[serde(rename = "Message", borrow)]
    message: Option<Text<'a>>,
    /// So has a message of SQS.
    #[serde(rename = "Body", alias = "body", borrow)]
    body: Option<Text<'a>>,
    /// What a function that SNS invokes gets.
    #[serde(rename = "Sns", borrow)]
    sns: Option<Box<Item<'a>>>,
}

/// A step of an answer (S15.3).
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Plugin<'a> {
    #[serde(borrow)]
    name: Text<'a>,
    #[serde(borrow)]
    status: Text<'a>,
    response_code: Option<i64>,
    response_start_date_time: Option<Date>,
    response_finish_date_time: Option<Date>,
}

/// The parameter that says how long an execution may take; others are passed over, for they may hold secrets.
#[derive(Debug, Deserialize)]
struct Parameters<'a> {
    #[serde(rename = "executionTimeout", borrow, default)]
    execution_timeout: Vec<Text<'a>>,
}

/// The detail of an event (S10.3, S10.4), or of one of another source.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
struct Detail<'a> {
    #[serde(borrow)]
    command_id: Option<Text<'a>>,
    #[serde(borrow)]
    instance_id: Option<Text<'a>>,
    #[serde(borrow)]
    document_name: Option<Text<'a>>,
    #[serde(borrow)]
    status: Option<Text<'a>>,
    #[serde(borrow)]
    requested_date_time: Option<Text<'a>>,
    #[serde(borrow)]
    expire_after: Option<Text<'a>>,
}

/// So deep may messages be in envelopes in messages.
const DEEPEST: u8 = 4;

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> de::Visitor<'de> for Visitor {
            type Value = Text<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Borrowed(text)))
            }

            fn visit_str<E>(self, text: &str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Owned(text.into())))
            }
        }
        deserializer.deserialize_str(Visitor)
    }
}

impl Text<'_> {
    fn owned(&self) -> String {
        self.0.to_string()
    }
}

/// Reads an object.
///
/// # Errors
///
/// When it is no JSON, or a field is not what it should be.
pub fn parse(text: &[u8]) -> Result<Item<'_>, String> {
    serde_json::from_slice(text).map_err(|error| error.to_string())
}

impl Item<'_> {
    /// What it is; `None` of what is about something else.
    pub fn format(&self) -> Option<Format> {
        if self.detail_type.is_some() {
            Some(Format::Events)
        } else if self.event_time.is_some()
            || self.message.is_some()
            || self.body.is_some()
            || self.sns.is_some()
        {
            Some(Format::Messages)
        } else if self.command.is_some() || (self.command_id.is_some() && self.is_command()) {
            Some(Format::ListCommands)
        } else if self.command_id.is_none() || self.instance_id.is_none() {
            None
        } else if self.execution_start_date_time.is_some() || self.response_code.is_some() {
            Some(Format::GetCommandInvocation)
        } else {
            Some(Format::ListCommandInvocations)
        }
    }

    /// Whether somebody had to ask for it.
    pub fn is_answer(&self) -> bool {
        !matches!(self.format(), None | Some(Format::Events | Format::Messages))
    }

    /// The latest date inside that lies behind: what it tells was so then, or after.
    pub fn latest_date(&self) -> Option<Timestamp> {
        if let Some(command) = &self.command {
            return command.latest_date();
        }
        let steps = self.command_plugins.iter();
        let steps = steps.flat_map(|step| [step.response_start_date_time, step.response_finish_date_time]);
        let own = [self.requested_date_time.map(|date| date.0), self.started(), self.finished()];
        steps.flatten().map(|date| date.0).chain(own.into_iter().flatten()).max()
    }

    /// What it tells; an answer tells what was so between these two instants.
    ///
    /// # Errors
    ///
    /// When it is about Run Command and a field is missing or is not what it should be.
    pub fn sighting(
        &self,
        asked: Option<(Timestamp, Timestamp)>,
        accepted: Option<Format>,
    ) -> Result<Found, String> {
        self.nested(asked, accepted, 0)
    }

    fn nested(
        &self,
        asked: Option<(Timestamp, Timestamp)>,
        accepted: Option<Format>,
        depth: u8,
    ) -> Result<Found, String> {
        let Some(format) = self.format() else { return Ok(Found::Other) };
        // Events come out of queues as messages do.
        let is_wrapped = format == Format::Messages && self.event_time.is_none();
        if accepted.is_some_and(|accepted| accepted != format) && !is_wrapped {
            return Err(format!("this is not what --from says, but one of {format}"));
        }
        let inner = self.message.as_ref().or(self.body.as_ref());
        match format {
            Format::Messages if depth == DEEPEST => Err("envelopes in envelopes, too many of them".into()),
            Format::Messages if self.sns.is_some() => {
                self.sns.as_ref().map_or(Ok(Found::Other), |sns| sns.nested(asked, accepted, depth + 1))
            }
            Format::Messages if self.event_time.is_some() => self.message(),
            Format::Messages => match inner.map(|text| serde_json::from_str::<Item<'_>>(&text.0)) {
                Some(Ok(item)) => item.nested(asked, accepted, depth + 1),
                // Topics and queues carry all kinds of texts.
                Some(Err(_)) | None => Ok(Found::Other),
            },
            Format::Events => self.event(),
            Format::ListCommands => self.command.as_deref().unwrap_or(self).command(at(asked)?),
            Format::GetCommandInvocation | Format::ListCommandInvocations => self.invocation(at(asked)?),
        }
    }

    fn is_command(&self) -> bool {
        self.target_count.is_some() || self.max_concurrency.is_some()
    }

    fn started(&self) -> Option<Timestamp> {
        let of_steps = self.command_plugins.iter().filter_map(|step| step.response_start_date_time);
        let own = self.execution_start_date_time.as_ref().and_then(|text| date::parse(&text.0));
        own.or_else(|| of_steps.map(|date| date.0).min())
    }

    fn finished(&self) -> Option<Timestamp> {
        let of_steps = self.command_plugins.iter().filter_map(|step| step.response_finish_date_time);
        let own = self.execution_end_date_time.as_ref().and_then(|text| date::parse(&text.0));
        own.or_else(|| of_steps.map(|date| date.0).max())
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ListCommandInvocations => "list-command-invocations",
            Self::ListCommands => "list-commands",
            Self::GetCommandInvocation => "get-command-invocation",
            Self::Events => "events",
            Self::Messages => "messages",
        })
    }
}

#[cfg(test)]
mod tests;

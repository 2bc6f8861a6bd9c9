//! What Run Command publishes about a command of a plan.

use jiff::{SignedDuration, Timestamp};

use super::{Plan, plan::Command, targeting::ids_alone};
use crate::{
    base::{SimDuration, SimTime},
    sns::{Message, Subject},
    ssm::NotifiedStatus,
};

/// A change of status that is told.
#[derive(Clone, Copy, Debug)]
pub struct News<'a> {
    /// The `CommandId`.
    pub command_id: &'a str,
    /// The instance whose invocation it is about; `None` for the command as a whole.
    pub instance_id: Option<&'a str>,
    /// The status.
    pub status: NotifiedStatus,
    /// When the command was requested.
    pub requested: SimTime,
    /// When the invocation was sent; when the command was requested for those not sent, and for the command (S9.14).
    pub sent: SimTime,
    /// When it is published.
    pub published: SimTime,
}

/// The instant that a time of the simulation stands for. Panics when `plan` was not made by resolving a scenario.
pub fn instant(plan: &Plan, time: SimTime) -> Timestamp {
    let start: Timestamp = plan.start.parse().expect("a resolved plan's start is a time");
    start.checked_add(SignedDuration::from_micros(time.0 as i64)).unwrap_or(Timestamp::MAX)
}

/// The message that tells it.
pub fn message<'a>(plan: &Plan, command: &'a Command, news: News<'a>) -> Message<'a> {
    let request = &command.request;
    let total = u64::from(command.timeout_seconds) + u64::from(command.execution_timeout_seconds);
    let expires_after = news.requested + SimDuration::from_secs(total);
    Message {
        command_id: news.command_id,
        // The service answers with the name also where the request has the ARN.
        document_name: request.document_name.rsplit('/').next().unwrap_or_default(),
        requested: instant(plan, news.sent),
        status: news.status,
        event_time: instant(plan, news.published),
        subject: match news.instance_id {
            Some(instance_id) => Subject::Invocation { instance_id },
            None => Subject::Command {
                instance_ids: ids_alone(request).unwrap_or_default(),
                expires_after: instant(plan, expires_after),
                output_s3_bucket_name: request.output_s3_bucket_name.as_deref().unwrap_or_default(),
                output_s3_key_prefix: request.output_s3_key_prefix.as_deref().unwrap_or_default(),
            },
        },
    }
}
